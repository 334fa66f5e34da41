//! Filters while they are tuned.

use crate::common::{Answer, Bench, LONG, ask, layer, value};
use crate::{full, median, records, u16s};
use serde_json::{Value, json};

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
