//! Jobs are done in order, told of, stopped and resumed.

use super::{Jobs, Order};
use crate::session::document::{Job, JobStatus};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use voxsieve::{Begin, Block, DType, Options, Pipeline, Region, Result, Source, VolumeSpec};
use voxsieve_core::{Access, RegionAccess};

const LONG: Duration = Duration::from_mins(1);

/// A volume that is read as slowly as its gate says.
struct Slow {
    spec: VolumeSpec,
    shut: Arc<AtomicBool>,
}

impl Source for Slow {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }
    fn path(&self) -> &Path {
        Path::new("slow")
    }
    fn fingerprint(&self) -> Result<serde_json::Value> {
        Ok(serde_json::json!({"name": "slow"}))
    }
    fn access(&self) -> Access<'_> {
        Access::Region(self)
    }
    fn read_bytes(&self) -> u64 {
        0
    }
    fn describe(&self) -> String {
        "slow".into()
    }
}

impl RegionAccess for Slow {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        while self.shut.load(Ordering::Relaxed) && region.start[0] > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        for z in region.start[0]..region.end()[0] {
            for y in region.start[1]..region.end()[1] {
                let start = region.start[2];
                let row = into.row_bytes_mut([z, y, start], region.shape[2] as usize);
                row.fill(z as u8);
            }
        }
        Ok(())
    }
}

struct Bench {
    folder: tempfile::TempDir,
    shut: Arc<AtomicBool>,
    jobs: Jobs,
    told: Receiver<Job>,
}

impl Bench {
    fn new() -> Self {
        let (sender, told) = channel();
        let sender = Mutex::new(sender);
        Self {
            folder: tempfile::tempdir().unwrap(),
            shut: Arc::default(),
            jobs: Jobs::new(
                Arc::default(),
                Box::new(move |job, _| {
                    let _ = sender.lock().unwrap().send(job.clone());
                }),
            ),
            told,
        }
    }

    fn order(&self, name: &str) -> Order {
        let spec = VolumeSpec::image([512, 32, 32], DType::U8, [512, 32, 32]);
        let source = Slow {
            spec,
            shut: self.shut.clone(),
        };
        Order {
            name: name.to_owned(),
            source: Arc::new(source),
            pipeline: Pipeline::parse(&["invert"]).unwrap(),
            output: self.folder.path().join(format!("{name}.ome.zarr")),
            options: Options {
                threads: Some(1),
                memory: Some(256 << 20),
                ..Options::default()
            },
            begin: Begin::Fresh,
            command: String::new(),
        }
    }
}

#[test]
fn one_after_the_other_and_all_is_told() {
    let bench = Bench::new();
    let first = bench.jobs.add(&bench.order("a")).unwrap();
    let second = bench.jobs.add(&bench.order("b")).unwrap();
    assert_eq!(first.status, JobStatus::Waiting);
    let done = bench.jobs.wait(&second.id, LONG).unwrap();
    assert_eq!(done.status, JobStatus::Done, "{:?}", done.message);
    assert_eq!(bench.jobs.get(&first.id).unwrap().status, JobStatus::Done);
    assert!(bench.folder.path().join("a.ome.zarr/zarr.json").exists());
    let told: Vec<Job> = bench.told.try_iter().collect();
    assert!(
        told.iter()
            .any(|job| job.id == first.id && !job.stage.is_empty() && job.total > 0)
    );
    let ended = |id: &str| {
        told.iter()
            .position(|job| job.id == id && job.status == JobStatus::Done)
    };
    assert!(ended(&first.id) < ended(&second.id));
}

#[test]
fn a_stopped_job_goes_on_where_it_was() {
    let bench = Bench::new();
    bench.shut.store(true, Ordering::Relaxed);
    let job = bench.jobs.add(&bench.order("a")).unwrap();
    let waiting = bench.jobs.add(&bench.order("b")).unwrap();
    while bench.told.recv_timeout(LONG).unwrap().stage.is_empty() {}
    assert_eq!(
        bench.jobs.cancel(&waiting.id).unwrap().status,
        JobStatus::Cancelled
    );
    bench.jobs.cancel(&job.id).unwrap();
    bench.shut.store(false, Ordering::Relaxed);
    let stopped = bench.jobs.wait(&job.id, LONG).unwrap();
    assert_eq!(
        stopped.status,
        JobStatus::Cancelled,
        "{:?}",
        stopped.message
    );
    assert!(stopped.resumable);
    bench.jobs.resume(&job.id).unwrap();
    assert!(bench.jobs.resume(&job.id).is_err());
    let done = bench.jobs.wait(&job.id, LONG).unwrap();
    assert_eq!(done.status, JobStatus::Done, "{:?}", done.message);
}

#[test]
fn what_cannot_be_done_is_refused_at_once() {
    let bench = Bench::new();
    let mut order = bench.order("a");
    order.options.memory = Some(1 << 20);
    assert_eq!(bench.jobs.add(&order).err().unwrap().kind(), "budget");
    assert!(bench.jobs.get("job-1").is_err());
}

#[test]
fn an_output_that_is_there_fails_in_words() {
    let bench = Bench::new();
    std::fs::create_dir(bench.folder.path().join("a.ome.zarr")).unwrap();
    let job = bench.jobs.add(&bench.order("a")).unwrap();
    let failed = bench.jobs.wait(&job.id, LONG).unwrap();
    assert_eq!(failed.status, JobStatus::Failed);
    assert!(failed.message.unwrap().contains("a.ome.zarr"));
}

#[test]
fn dropping_the_jobs_stops_the_one_that_runs() {
    let bench = Bench::new();
    bench.shut.store(true, Ordering::Relaxed);
    let job = bench.jobs.add(&bench.order("a")).unwrap();
    while bench.told.recv_timeout(LONG).unwrap().stage.is_empty() {}
    let shut = bench.shut.clone();
    let opener = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        shut.store(false, Ordering::Relaxed);
    });
    let output = bench.folder.path().join("a.ome.zarr");
    drop(bench.jobs);
    opener.join().unwrap();
    assert_eq!(job.status, JobStatus::Waiting);
    assert!(!output.exists());
}
