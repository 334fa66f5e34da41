//! What clients read of layers.

use crate::common::{Bench, Known, SHAPE, ask, layer, real, value};
use crate::{expected, full, median, records, u16s};
use serde_json::{Value, json};
use voxsieve::Region;
use voxsieve_server::{LayerInput, ServerOptions};

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
fn coarser_levels_come_by_themselves() {
    let bench = Bench::empty(ServerOptions::default());
    let shape = [520; 3];
    bench.show("Image", Known::source("large", shape));
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
    assert_eq!(image["levels"][1]["shape"], json!([260, 260, 260]));
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
