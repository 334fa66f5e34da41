//! Runs over whole volumes.

use crate::common::{Bench, LONG, layer};
use crate::{full, median};
use serde_json::json;
use voxsieve::{Begin, Options, Pipeline};
use voxsieve_server::{JobRequest, JobStatus, JobSteps};

#[test]
fn a_job_makes_a_layer() {
    let bench = Bench::new();
    bench.patch(&json!({"filter": {"steps": median()}, "roi": {"start": [0, 0, 0], "end": [20, 30, 40]}})).ok();
    let plan = bench
        .post("plan", &json!({"name": "out", "region": "roi"}))
        .ok();
    assert_eq!(
        (&plan["output"], &plan["exists"]),
        (&json!("out.ome.zarr"), &json!(false))
    );
    assert!(plan["peak_bytes"].as_u64().unwrap() > 0 && plan["disk_bytes"].as_u64().unwrap() > 0);
    let id = bench
        .post("jobs", &json!({"name": "out", "region": "roi"}))
        .ok()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    let job = bench.session.wait_job(&id, LONG).unwrap();
    assert_eq!(
        (job.status, job.message.as_deref()),
        (JobStatus::Done, None)
    );
    assert_eq!(job.layer.as_deref(), Some("out"));
    assert_eq!(
        job.command,
        "voxsieve run --roi 0:20,0:30,0:40 known out.ome.zarr median --radius 1".replace(
            "out.ome.zarr",
            &bench.folder.path().join("out.ome.zarr").to_string_lossy()
        )
    );
    let document = bench.session.document();
    let made = layer(&document, "out").unwrap();
    assert_eq!(
        (&made["levels"][0]["shape"], &made["job"]),
        (&json!([20, 30, 40]), &json!(id))
    );
    assert_eq!(document["jobs"][0]["status"], "done");
    let run = full(&["median", "--radius", "1"]);
    let at = bench.get("layers/out/value?at=19,29,39").ok();
    assert_eq!(at["value"], run[(19 * 50 + 29) * 70 + 39]);
    assert_eq!(bench.get(&format!("jobs/{id}")).ok()["status"], "done");
    let again = bench
        .post("jobs", &json!({"name": "out", "region": "roi"}))
        .ok()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    let again = bench.session.wait_job(&again, LONG).unwrap();
    assert_eq!(again.status, JobStatus::Failed);
    assert!(again.message.unwrap().contains("--overwrite"));
    let resume = bench.ask("POST", "jobs/job-1/resume", b"");
    assert_eq!(resume.status, 400);
}

#[test]
fn a_result_is_seen_before_it_is_written_and_goes_with_its_job() {
    let bench = Bench::new();
    let other = bench.server.new_session().unwrap();
    bench.patch(&json!({"filter": {"steps": median()}})).ok();
    // Somebody else's result stands in the way: the job fails, and its layer goes.
    std::fs::create_dir(bench.folder.path().join("taken.ome.zarr")).unwrap();
    let job = bench.post("jobs", &json!({"name": "taken"})).ok()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    let job = bench.session.wait_job(&job, LONG).unwrap();
    assert_eq!(job.status, JobStatus::Failed);
    assert!(layer(&bench.session.document(), "taken").is_none());
    let before = bench.session.document();
    let job = bench.post("jobs", &json!({"name": "Image"})).ok()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    let announced = bench.session.document();
    let made = layer(&announced, "image-2").unwrap();
    assert_eq!(
        (&made["name"], &made["job"]),
        (&json!("Image 2"), &json!(job))
    );
    let run = full(&["median", "--radius", "1"]);
    assert_eq!(
        bench.get("layers/image-2/value?at=3,4,5").ok()["value"],
        run[(3 * 50 + 4) * 70 + 5]
    );
    assert_eq!(
        bench.session.wait_job(&job, LONG).unwrap().layer.as_deref(),
        Some("image-2")
    );
    let after = bench.session.document();
    assert_eq!(layer(&after, "image-2").unwrap()["status"], "ready");
    assert_eq!(layer(&after, "image"), layer(&before, "image"));
    assert_eq!(other.document()["jobs"], json!([]));
}

#[test]
fn the_program_itself_may_name_any_path() {
    let bench = Bench::new();
    let output = bench.folder.path().join("deeper.ome.zarr");
    let request = JobRequest {
        name: "deeper".into(),
        output: output.clone(),
        steps: JobSteps::Pipeline(
            "image".into(),
            Pipeline::parse(&["gaussian", "--sigma", "1"]).unwrap(),
        ),
        roi: false,
        level: 0,
        begin: Begin::Fresh,
        options: Options::default(),
    };
    let id = bench.session.apply(&request).unwrap();
    assert_eq!(
        bench.session.wait_job(&id, LONG).unwrap().layer.as_deref(),
        Some("deeper")
    );
    assert_eq!(bench.session.layer_path("deeper").unwrap(), output);
    assert!(bench.session.job("job-9").is_err() && bench.session.cancel("job-9").is_err());
}
