//! A session from its first layer to the output of a job, through the endpoints that the page uses.

mod common;

use common::{Answer, Bench, Known, LONG, SHAPE, ask, layer, real, value};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use voxsieve::{Begin, Computation, Observe, Options, Pipeline, Region};
use voxsieve_server::{Bounds, JobRequest, JobSteps, LayerInput, Request, RoiWish, ServerOptions};

const MEDIAN: &str = r#"{"filter": "median", "params": {"radius": 1}, "enabled": true}"#;

fn median() -> Value {
    json!([serde_json::from_str::<Value>(MEDIAN).unwrap()])
}

/// One record of a brick.
struct Record {
    status: u8,
    kind: u8,
    level: u32,
    position: [i32; 3],
    payload: Vec<u8>,
}

fn records(mut bytes: &[u8]) -> Vec<Record> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let length = word(0) as usize;
        all.push(Record {
            status: bytes[4],
            kind: bytes[5],
            level: word(8),
            position: [word(12) as i32, word(16) as i32, word(20) as i32],
            payload: bytes[32..32 + length].to_vec(),
        });
        bytes = &bytes[32 + length..];
    }
    all
}

fn u16s(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .map(|b| u16::from_le_bytes([b[0], b[1]]))
        .collect()
}

/// The values of a brick of level 0, the nearest voxel beyond the border.
fn expected(position: [i64; 3]) -> Vec<u16> {
    let axis = |a: usize| {
        let last = SHAPE[a] as i64 - 1;
        (-1..=32).map(move |i| (position[a] * 32 + i).clamp(0, last))
    };
    let mut all = Vec::new();
    for z in axis(0) {
        for y in axis(1) {
            all.extend(axis(2).map(|x| value([z, y, x])));
        }
    }
    all
}

#[test]
fn the_document_tells_what_is_shown() {
    let bench = Bench::new();
    let document = bench.get("state").ok();
    assert_eq!(
        document["frame"],
        json!({"shape": SHAPE, "spacing": [2.5, 2.5, 2.5], "origin": [0.0, 0.0, 0.0], "unit": "micrometer"})
    );
    let image = layer(&document, "image").unwrap();
    assert_eq!(
        (&image["dtype"], &image["stored"], &image["brick"]),
        (&json!("u16"), &json!("u16"), &json!(32))
    );
    assert_eq!(image["levels"][0]["factor"], json!([1.0, 1.0, 1.0]));
    assert_eq!(document["roi"], json!({"start": [0, 0, 0], "end": SHAPE}));
    assert_eq!(document["active"], "image");
    assert_eq!(document["view"]["slice"], json!([20, 25, 35]));
    assert!(document["memory"]["resident_bytes"].as_u64().unwrap() > 0);
    assert_eq!(document, {
        let mut again = bench.session.document();
        again["memory"] = document["memory"].clone();
        again
    });
}

#[test]
fn patches_are_checked_and_snapped() {
    let bench = Bench::new();
    let before = bench.session.revision();
    let answer = bench
        .patch(&json!({"roi": {"start": [1.4, -3.0, 9.6], "end": [1.4, 99.0, 20.0]}}))
        .ok();
    assert_eq!(
        answer["roi"],
        json!({"start": [1, 0, 10], "end": [2, 50, 20]})
    );
    assert_eq!(answer["revision"], before + 1);
    let document = bench.session.document();
    assert_eq!(
        document["changed"]["roi"],
        json!({"revision": before + 1, "client": "c-test"})
    );
    let plain = bench
        .patch(&json!({"view": {"layout": "xy", "zoom": 2.0}, "crop": false}))
        .ok();
    assert_eq!(plain, json!({"revision": before + 2}));
    let same = bench.patch(&json!({"crop": false})).ok();
    assert_eq!(same["revision"], before + 2);
    for (patch, name) in [
        (json!({"revision": 9}), "revision"),
        (json!({"layers": []}), "layers"),
        (json!({"view": {"slices": [1, 2, 3]}}), "view"),
        (json!({"view": {"zoom": -1}}), "view.zoom"),
        (json!({"view": {"layout": "round"}}), "view"),
        (
            json!({"display": {"image": {"opacity": 1.5}}}),
            "display.image.opacity",
        ),
        (
            json!({"display": {"image": {"window": [5, 1]}}}),
            "display.image.window",
        ),
        (
            json!({"display": {"nobody": {"opacity": 1}}}),
            "display.nobody",
        ),
        (json!({"active": "nobody"}), "active"),
        (
            json!({"compare": {"a": "image", "b": "nobody", "mode": "wipe", "position": 0.5}}),
            "compare.b",
        ),
        (json!({"threshold": [9, 1]}), "threshold"),
        (
            json!({"residency": {"level": 99, "loaded": 1.0}}),
            "residency.level",
        ),
        (
            json!({"filter": {"steps": [{"filter": "medain", "params": {}}]}}),
            "medain",
        ),
        (
            json!({"filter": {"steps": [{"filter": "median", "params": {"radius": 99}}]}}),
            "radius",
        ),
        (
            json!({"filter": {"steps": [{"filter": "median", "params": {"raduis": 1}, "enabled": false}]}}),
            "raduis",
        ),
    ] {
        let answer = bench.patch(&patch);
        assert_eq!(answer.status, 400, "{patch}");
        let error = &answer.json()["error"];
        assert!(
            error["parameter"].as_str().unwrap().contains(name)
                || error["message"].as_str().unwrap().contains(name),
            "{patch}: {error}"
        );
    }
    assert_eq!(bench.session.revision(), before + 2);
}

#[test]
fn who_waits_is_woken_by_a_change() {
    let bench = Bench::new();
    let since = bench.session.revision();
    assert_eq!(
        bench
            .get(&format!("events?since={since}&wait=0.05&client=c-1"))
            .status,
        204
    );
    let wait = format!("events?since={since}&client=c-1");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| bench.get(&wait).ok());
        std::thread::sleep(Duration::from_millis(100));
        let begun = Instant::now();
        bench
            .session
            .patch(&json!({"crop": false}), "python")
            .unwrap();
        let document = waiting.join().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert_eq!(document["crop"], false);
    });
    assert!(bench.session.wait(since, Duration::ZERO).is_some());
    assert!(
        bench
            .session
            .wait(since + 1, Duration::from_millis(10))
            .is_none()
    );
    let clients = bench.session.clients();
    assert!(
        clients
            .iter()
            .any(|client| client.name == "c-1" && client.seconds < 60.0)
    );
    assert!(clients.iter().all(|client| client.name != "python"));
}

#[test]
fn bricks_hold_the_voxels() {
    let bench = Bench::new();
    let wanted = [[1, 1, 2], [0, 0, 0], [0, 1, 0], [7, 0, 0]];
    let answer = bench.post(
        "layers/image/bricks",
        &json!({"version": 1, "level": 0, "bricks": wanted}),
    );
    assert_eq!(answer.status, 200);
    let records = records(&answer.body);
    assert_eq!(
        records.iter().map(|r| r.position).collect::<Vec<_>>(),
        wanted
    );
    for record in &records[..3] {
        assert_eq!((record.status, record.kind, record.level), (0, 1, 0));
        assert_eq!(
            u16s(&record.payload),
            expected(record.position.map(i64::from))
        );
    }
    assert_eq!((records[3].status, records[3].payload.len()), (2, 0));
    let one = bench.get("layers/image/brick/0/1/1/2?version=1");
    assert_eq!(one.body[32..], records[0].payload);
    for path in [
        "layers/image/brick/0/0/0/0?version=2",
        "layers/image/brick/0/0/0/0?version=0",
    ] {
        assert_eq!(
            (bench.get(path).status, bench.get(path).kind().as_str()),
            (409, "superseded")
        );
    }
}

#[test]
fn values_are_counted_and_told() {
    let bench = Bench::new();
    let counted = bench.get("layers/image/histogram?level=0&bins=64").ok();
    assert_eq!(counted["voxels"], SHAPE.iter().product::<u64>());
    let sum: u64 = counted["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(sum, SHAPE.iter().product::<u64>());
    bench
        .patch(&json!({"roi": {"start": [0, 0, 0], "end": [4, 5, 6]}}))
        .ok();
    let roi = bench.get("layers/image/histogram?level=0&region=roi").ok();
    assert_eq!(roi["voxels"], 120);
    let at = bench.get("layers/image/value?at=3,4,5").ok();
    assert_eq!(at["value"], value([3, 4, 5]));
    assert_eq!(
        (&at["world"], &at["unit"]),
        (&json!([7.5, 10.0, 12.5]), &json!("micrometer"))
    );
    assert_eq!(
        bench.get("layers/image/value?at=-1,0,0").ok()["value"],
        Value::Null
    );
}

/// The planes of a preview behind its header.
fn preview(answer: &Answer) -> (Value, Vec<u8>) {
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let length = u32::from_le_bytes(answer.body[..4].try_into().unwrap()) as usize;
    let header = serde_json::from_slice(&answer.body[4..4 + length]).unwrap();
    (header, answer.body[4 + length..].to_vec())
}

/// What a run gives.
fn full(pipeline: &[&str]) -> Vec<u16> {
    let pipeline = Pipeline::parse(pipeline).unwrap();
    let work = Computation::new(
        Known::new("known", SHAPE),
        &pipeline,
        &Options::default(),
        None,
    );
    let (block, _) = work.unwrap().run(&Observe::quietly()).unwrap();
    block.as_slice::<u16>().to_vec()
}

#[test]
fn a_preview_shows_what_a_run_gives() {
    let bench = Bench::new();
    let request = |seq: u64| {
        json!({"seq": seq, "layer": "image", "level": 0, "steps": median(), "region": [[2, 30], [0, 50], [5, 70]],
            "slice": [7, 8, 9], "axes": ["z", "x"]})
    };
    let (header, bytes) = preview(&bench.post("preview?client=c-1", &request(5)));
    assert_eq!(
        (
            &header["seq"],
            &header["stored"],
            &header["approximate"],
            &header["roi_only"]
        ),
        (&json!(5), &json!("u16"), &json!(false), &json!(false))
    );
    let planes = header["planes"].as_array().unwrap();
    assert_eq!(planes[0]["shape"], json!([1, 50, 65]));
    assert_eq!(planes[1]["start"], json!([2, 0, 9]));
    let run = full(&["median", "--radius", "1"]);
    let voxels = u16s(&bytes);
    for (n, got) in voxels[..50 * 65].iter().enumerate() {
        let (y, x) = (n / 65, 5 + n % 65);
        assert_eq!(*got, run[(7 * 50 + y) * 70 + x], "{y} {x}");
    }
    let late = bench.post("preview?client=c-1", &request(4));
    assert_eq!((late.status, late.kind().as_str()), (409, "superseded"));
    assert_eq!(bench.post("preview?client=c-2", &request(4)).status, 200);
}

#[test]
fn filtered_voxels_are_those_of_a_run_and_never_stale() {
    let bench = Bench::new();
    bench.patch(&json!({"filter": {"steps": median()}})).ok();
    let document = bench.until(|d| layer(d, "filtered").is_some_and(|l| l["status"] == "ready"));
    let version = layer(&document, "filtered").unwrap()["version"]
        .as_u64()
        .unwrap();
    assert_eq!(
        document["display"]["filtered"],
        document["display"]["image"]
    );
    let brick = |version| bench.get(&format!("layers/filtered/brick/0/0/0/1?version={version}"));
    let record = &records(&brick(version).body)[0];
    let (run, got) = (full(&["median", "--radius", "1"]), u16s(&record.payload));
    for z in 0..32 {
        for y in 0..32 {
            for x in 0..32 {
                assert_eq!(
                    got[((z + 1) * 34 + y + 1) * 34 + x + 1],
                    run[(z * 50 + y) * 70 + 32 + x]
                );
            }
        }
    }
    let wider = json!([{"filter": "median", "params": {"radius": 2}}]);
    bench.patch(&json!({"filter": {"steps": wider}})).ok();
    // What comes under the old version from now on is not the old voxels: it is not there yet, or superseded.
    let stale = brick(version);
    assert!(
        stale.status == 409 || records(&stale.body)[0].status == 4,
        "{}",
        stale.status
    );
    bench.until(|d| layer(d, "filtered").is_some_and(|l| l["status"] == "ready"));
    assert_eq!(brick(version).kind(), "superseded");
    bench.patch(&json!({"filter": {"enabled": false}})).ok();
    assert!(layer(&bench.session.document(), "filtered").is_none());
    bench.patch(&json!({"filter": {"enabled": true}})).ok();
    let again = bench.until(|d| layer(d, "filtered").is_some_and(|l| l["status"] == "ready"));
    assert!(
        layer(&again, "filtered").unwrap()["version"]
            .as_u64()
            .unwrap()
            > version + 1
    );
}

#[test]
fn a_step_that_sees_everything_sees_the_region() {
    let bench = Bench::new();
    bench.patch(&json!({"filter": {"steps": [{"filter": "otsu", "params": {}}]}, "roi": {"start": [0, 0, 0], "end": [10, 20, 30]}})).ok();
    let document =
        bench.until(|d| layer(d, "filtered").is_some_and(|l| l["status"] != "computing"));
    let filtered = layer(&document, "filtered").unwrap();
    assert_eq!(filtered["status"], "ready", "{filtered}");
    assert_eq!(filtered["region"], json!([[0, 10], [0, 20], [0, 30]]));
    assert_eq!(filtered["role"], "labels");
    let version = filtered["version"].as_u64().unwrap();
    bench.patch(&json!({"roi": {"end": [12, 20, 30]}})).ok();
    bench.until(|d| {
        layer(d, "filtered")
            .is_some_and(|l| l["version"].as_u64().unwrap() > version && l["status"] == "ready")
    });
    let path = format!(
        "/zarr/{}/filtered.ome.zarr/zarr.json",
        bench.session.read_token()
    );
    let answer = ask(bench.server.port(), "GET", &path, &[], b"");
    assert_eq!((answer.status, answer.kind().as_str()), (409, "unfinished"));
}

#[test]
fn a_layer_is_a_store_that_others_read() {
    let bench = Bench::new();
    bench.patch(&json!({"filter": {"steps": median()}})).ok();
    bench.until(|d| layer(d, "filtered").is_some_and(|l| l["status"] == "ready"));
    let port = bench.server.port();
    let links = bench.get("links").ok();
    assert_eq!(
        links["zarr"],
        format!("zarr/{}/", bench.session.read_token())
    );
    let root = format!("/{}", links["zarr"].as_str().unwrap().trim_end_matches('/'));
    let get = |path: &str, headers: &[(&str, &str)]| {
        ask(port, "GET", &format!("{root}/{path}"), headers, b"")
    };
    let group = get("image.ome.zarr/zarr.json", &[]).ok();
    let scale = &group["attributes"]["ome"]["multiscales"][0];
    assert_eq!(
        scale["axes"][0],
        json!({"name": "z", "type": "space", "unit": "micrometer"})
    );
    assert_eq!(
        scale["datasets"][0]["coordinateTransformations"][0]["scale"],
        json!([2.5, 2.5, 2.5])
    );
    let array = get("image.ome.zarr/0/zarr.json", &[]).ok();
    assert_eq!(group["consolidated_metadata"]["metadata"]["0"], array);
    assert_eq!(
        (&array["shape"], &array["data_type"]),
        (&json!(SHAPE), &json!("uint16"))
    );
    let chunk = get("image.ome.zarr/0/c/0/0/1", &[]);
    let voxels = u16s(&chunk.body);
    assert_eq!(voxels.len(), 64 * 64 * 64);
    assert_eq!(voxels[(3 * 64 + 4) * 64 + 5], value([3, 4, 69]));
    assert_eq!(voxels[(3 * 64 + 4) * 64 + 6], 0);
    let run = full(&["median", "--radius", "1"]);
    let filtered = u16s(&get("filtered.ome.zarr/0/c/0/0/0", &[]).body);
    assert_eq!(filtered[(5 * 64 + 6) * 64 + 7], run[(5 * 50 + 6) * 70 + 7]);
    let part = get("image.ome.zarr/0/c/0/0/1", &[("Range", "bytes=10-19")]);
    assert_eq!(
        (part.status, part.body.as_slice()),
        (206, &chunk.body[10..20])
    );
    assert_eq!(
        part.headers["content-range"],
        format!("bytes 10-19/{}", chunk.body.len())
    );
    let tail = get("image.ome.zarr/0/c/0/0/1", &[("Range", "bytes=-4")]);
    assert_eq!(tail.body, chunk.body[chunk.body.len() - 4..]);
    let etag = chunk.headers["etag"].clone();
    assert_eq!(
        get("image.ome.zarr/0/c/0/0/1", &[("If-None-Match", &etag)]).status,
        304
    );
    let head = ask(
        port,
        "HEAD",
        &format!("{root}/image.ome.zarr/0/c/0/0/1"),
        &[],
        b"",
    );
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers["content-length"], chunk.body.len().to_string());
    for missing in [
        "image.ome.zarr/.zattrs",
        "image.ome.zarr/0/c/9/0/0",
        "nobody.ome.zarr/zarr.json",
        "image/zarr.json",
        "image.ome.zarr",
    ] {
        assert_eq!(get(missing, &[]).status, 404, "{missing}");
    }
}

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
        (voxsieve_server::JobStatus::Done, None)
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
    assert_eq!(again.status, voxsieve_server::JobStatus::Failed);
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
    assert_eq!(job.status, voxsieve_server::JobStatus::Failed);
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
fn steps_name_layers_and_functions_that_were_given() {
    let bench = Bench::new();
    bench.patch(&json!({"filter": {"steps": median()}})).ok();
    let job = bench.post("jobs", &json!({"name": "out"})).ok()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        bench.session.wait_job(&job, LONG).unwrap().layer.as_deref(),
        Some("out")
    );
    let steps = json!([{"filter": "arithmetic", "params": {"with": "layer:out", "op": "minimum"}}]);
    let outline = bench.post("outline", &json!({ "steps": steps })).ok();
    let output = bench.folder.path().join("out.ome.zarr");
    assert!(
        outline["copies"]["command"]
            .as_str()
            .unwrap()
            .contains(&*output.to_string_lossy())
    );
    bench.patch(&json!({"filter": {"steps": steps}})).ok();
    bench.until(|d| layer(d, "filtered").is_some_and(|l| l["status"] == "ready"));
    let at = bench.get("layers/filtered/value?at=3,4,5").ok();
    let run = full(&["median", "--radius", "1"]);
    assert_eq!(
        at["value"],
        run[(3 * 50 + 4) * 70 + 5].min(value([3, 4, 5]))
    );
    // The layer that the steps name goes: they stay, and say why they give nothing.
    bench.session.remove_layer("out").unwrap();
    let document = bench.until(|d| layer(d, "filtered").is_some_and(|l| l["status"] == "failed"));
    assert!(
        layer(&document, "filtered").unwrap()["note"]
            .as_str()
            .unwrap()
            .contains("out")
    );
    let descriptor = json!({"name": "mine:smooth", "title": "Smooth", "doc": "Mine.", "params": [],
        "function": {"source": "abc", "halo": 2}});
    bench.session.add_operator(&descriptor).unwrap();
    assert!(
        bench
            .session
            .add_operator(&json!({"name": "plain"}))
            .is_err()
    );
    let filters = bench.get("filters").ok();
    let own: Vec<_> = filters
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["category"] == "own")
        .collect();
    assert_eq!(own.len(), 1);
    let answer = bench.post(
        "outline",
        &json!({"steps": [{"filter": "mine:smooth", "params": {"k": 3}}]}),
    );
    // It is known; this program cannot run Python.
    assert!(
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("Python"),
        "{}",
        answer.json()
    );
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

#[test]
fn equal_geometry_keeps_what_was_set() {
    let bench = Bench::new();
    bench.patch(&json!({"roi": {"start": [1, 1, 1], "end": [9, 9, 9]}, "display": {"image": {"window": [5.0, 50.0]}}, "view": {"layout": "xz"}})).ok();
    let id = bench.show("Image", Known::new("other", SHAPE));
    let document = bench.session.document();
    assert_eq!(id, "image");
    assert_eq!(layer(&document, "image").unwrap()["version"], 2);
    assert_eq!(document["roi"]["start"], json!([1, 1, 1]));
    assert_eq!(document["display"]["image"]["window"], json!([5.0, 50.0]));
    bench.show("Image", Known::new("smaller", [8, 9, 10]));
    let document = bench.session.document();
    assert_eq!(
        document["roi"],
        json!({"start": [0, 0, 0], "end": [8, 9, 10]})
    );
    assert_eq!(document["view"]["slice"], json!([4, 4, 5]));
    assert_ne!(document["display"]["image"]["window"], json!([5.0, 50.0]));
    assert_eq!(
        bench.show("Image!", Known::new("more", [8, 9, 10])),
        "image-2"
    );
    assert_eq!(
        bench.show("filtered", Known::new("more", [8, 9, 10])),
        "filtered-2"
    );
    bench.session.remove_layer("image").unwrap();
    assert_eq!(bench.session.document()["active"], "image-2");
    assert!(bench.session.remove_layer("image").is_err());
}

#[test]
fn regions_go_round() {
    let bench = Bench::new();
    let session = &bench.session;
    session
        .set_roi(
            &RoiWish::Slices([[3.0, 9.0], [4.0, 20.0], [5.0, 6.0]], 0),
            "python",
        )
        .unwrap();
    let slices = session.roi_slices("image", 0).unwrap();
    assert_eq!(slices, [[3, 9], [4, 20], [5, 6]]);
    let region = session.roi_region(false);
    assert_eq!(
        region,
        Bounds {
            lower: [6.25, 8.75, 11.25],
            upper: [21.25, 48.75, 13.75]
        }
    );
    assert_eq!(session.roi_region(true).lower, [7.5, 10.0, 12.5]);
    session.set_roi(&RoiWish::Whole, "python").unwrap();
    session.set_roi(&RoiWish::World(region), "python").unwrap();
    assert_eq!(session.roi_slices("image", 0).unwrap(), slices);
    assert!(session.roi_slices("image", 99).is_err() && session.roi_slices("nobody", 0).is_err());
}

#[test]
fn the_level_is_that_of_a_living_front_end() {
    let bench = Bench::new();
    let levels = layer(&bench.session.document(), "image").unwrap()["levels"]
        .as_array()
        .unwrap()
        .len() as u64;
    assert_eq!(bench.session.current_level(), 0);
    bench.session.set_view_bytes(1);
    assert_eq!(bench.session.current_level() as u64, levels - 1);
    bench
        .patch(&json!({"residency": {"level": 0, "loaded": 0.5}}))
        .ok();
    assert_eq!(bench.session.document()["residency"]["client"], "c-test");
    assert_eq!(bench.session.current_level(), 0);
    bench.patch(&json!({"roi": {"start": [1, 1, 1]}})).ok();
    assert_eq!(bench.session.document()["residency"], Value::Null);
    assert_eq!(bench.session.current_level() as u64, levels - 1);
}

#[test]
fn a_picture_comes_from_a_front_end() {
    let bench = Bench::new();
    let png = b"\x89PNG\r\n\x1a\n and more";
    assert!(
        bench
            .session
            .request_screenshot(Duration::from_millis(20))
            .is_none()
    );
    std::thread::scope(|scope| {
        let wished = scope.spawn(|| bench.session.request_screenshot(LONG));
        let document = bench.until(|d| d["screenshot"] == 2);
        let path = format!("screenshot?serial={}", document["screenshot"]);
        assert_eq!(bench.ask("POST", &path, png).status, 204);
        assert_eq!(wished.join().unwrap().unwrap(), png);
    });
    assert_eq!(bench.session.last_screenshot().unwrap(), png);
    assert_eq!(bench.ask("POST", "screenshot?serial=99", png).status, 400);
}

#[test]
fn requests_may_come_through_the_kernel() {
    let bench = Bench::new();
    let request = |token: &str| Request {
        method: "POST".into(),
        path: bench.api("layers/image/bricks"),
        headers: vec![("x-voxsieve-token".into(), token.into())],
        body: json!({"version": 1, "level": 0, "bricks": [[0, 0, 0]]})
            .to_string()
            .into_bytes(),
    };
    let answer = bench.server.handle(request(bench.session.token())).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(u16s(&records(&answer.body)[0].payload), expected([0, 0, 0]));
    assert_eq!(bench.server.handle(request("wrong")).unwrap().status, 401);
    let nonsense = Request {
        method: "G T".into(),
        path: "\n".into(),
        ..Request::default()
    };
    assert!(bench.server.handle(nonsense).is_err());
    bench.server.stop();
    assert!(bench.server.handle(request(bench.session.token())).is_err());
}

#[test]
fn an_outline_says_how_to_do_the_same_elsewhere() {
    let bench = Bench::new();
    let steps = json!([{"filter": "gaussian", "params": {"sigma": "5um"}}, {"filter": "otsu", "params": {}, "enabled": true}]);
    let outline = bench.post("outline", &json!({ "steps": steps })).ok();
    assert_eq!(outline["whole"], "otsu");
    assert_eq!(outline["spec"]["kind"], "mask");
    assert_eq!(outline["notes"].as_array().unwrap().len(), 1);
    let copies = &outline["copies"];
    assert_eq!(
        copies["command"],
        "voxsieve run known filtered.ome.zarr gaussian --sigma 5um then otsu"
    );
    assert!(
        copies["python"].as_str().unwrap().contains(
            "vx.open(\"known\").gaussian(sigma=\"5um\").otsu().save(\"filtered.ome.zarr\")"
        )
    );
    let pipeline: Value = serde_json::from_str(copies["pipeline"].as_str().unwrap()).unwrap();
    assert_eq!(pipeline["kind"], "pipeline");
    let filters = bench.get("filters").ok();
    assert!(
        filters
            .as_array()
            .unwrap()
            .iter()
            .any(|filter| filter["name"] == "median")
    );
}

#[test]
fn coarser_levels_come_by_themselves() {
    let bench = Bench::empty(ServerOptions::default());
    let shape = [200, 400, 480];
    bench.show("Image", Known::new("large", shape));
    let approximate = |layer: &Value| {
        let levels = layer["levels"].as_array().unwrap();
        levels
            .iter()
            .filter(|level| level["approximate"] == true)
            .count()
    };
    let document = bench.session.document();
    let first = layer(&document, "image").unwrap();
    assert!(
        approximate(first) > 0 && first["note"].is_string(),
        "{first}"
    );
    let document = bench.until(|d| approximate(layer(d, "image").unwrap()) == 0);
    let image = layer(&document, "image").unwrap();
    assert_eq!(
        (&image["version"], &image["note"]),
        (&json!(2), &Value::Null)
    );
    assert_eq!(image["levels"][1]["shape"], json!([100, 200, 240]));
    // A mean of eight voxels, rounded half to even.
    let eight = (0..8).map(|n| u32::from(value([20 + (n >> 2), 40 + (n >> 1 & 1), 60 + (n & 1)])));
    let mean = (f64::from(eight.sum::<u32>()) / 8.0).round_ties_even();
    let answer = bench.post(
        "layers/image/bricks",
        &json!({"version": 2, "level": 1, "bricks": [[0, 0, 0]]}),
    );
    let got = u16s(&records(&answer.body)[0].payload)[(11 * 34 + 21) * 34 + 31];
    assert_eq!(f64::from(got), mean);
}

#[test]
fn a_closed_session_is_gone() {
    let bench = Bench::new();
    bench.server.close_session(bench.session.id());
    assert_eq!(bench.get("hello").status, 401);
}

#[test]
fn a_real_scan_and_its_labels() {
    let Some(path) = real("tiff/shell_225x128x128.tif") else {
        return;
    };
    let bench = Bench::empty(ServerOptions::default());
    let id = bench
        .session
        .set_layer(&LayerInput::of_path("Shell", &path))
        .unwrap();
    let document = bench.session.document();
    let shell = layer(&document, &id).unwrap();
    assert_eq!(shell["path"], "shell_225x128x128.tif");
    assert_eq!(document["frame"]["shape"], json!([225, 128, 128]));
    let source = voxsieve::open(&path, &voxsieve::OpenOptions::default()).unwrap();
    let mut block =
        voxsieve::Block::zeros(Region::new([64, 32, 96], [32, 32, 32]), voxsieve::DType::U8);
    voxsieve::Reader::uncached(source.as_ref())
        .read(&block.region.clone(), &mut block)
        .unwrap();
    let record = &records(&bench.get("layers/shell/brick/0/2/1/3?version=1").body)[0];
    for (n, voxel) in block.as_slice::<u8>().iter().enumerate() {
        let (z, y, x) = (n / 1024, n / 32 % 32, n % 32);
        assert_eq!(record.payload[((z + 1) * 34 + y + 1) * 34 + x + 1], *voxel);
    }
}
