//! The document: what is shown, who changes it, who is told.

use crate::common::{Bench, Known, LONG, SHAPE, layer};
use crate::{expected, records, u16s};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use voxsieve_server::{Bounds, Request, RoiWish};

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
fn equal_geometry_keeps_what_was_set() {
    let bench = Bench::new();
    bench.patch(&json!({"roi": {"start": [1, 1, 1], "end": [9, 9, 9]}, "display": {"image": {"window": [5.0, 50.0]}}, "view": {"layout": "xz"}})).ok();
    let id = bench.show("Image", Known::source("other", SHAPE));
    let document = bench.session.document();
    assert_eq!(id, "image");
    assert_eq!(layer(&document, "image").unwrap()["version"], 2);
    assert_eq!(document["roi"]["start"], json!([1, 1, 1]));
    assert_eq!(document["display"]["image"]["window"], json!([5.0, 50.0]));
    bench.show("Image", Known::source("smaller", [8, 9, 10]));
    let document = bench.session.document();
    assert_eq!(
        document["roi"],
        json!({"start": [0, 0, 0], "end": [8, 9, 10]})
    );
    assert_eq!(document["view"]["slice"], json!([4, 4, 5]));
    assert_ne!(document["display"]["image"]["window"], json!([5.0, 50.0]));
    assert_eq!(
        bench.show("Image!", Known::source("more", [8, 9, 10])),
        "image-2"
    );
    assert_eq!(
        bench.show("filtered", Known::source("more", [8, 9, 10])),
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
fn a_closed_session_is_gone() {
    let bench = Bench::new();
    bench.server.close_session(bench.session.id());
    assert_eq!(bench.get("hello").status, 401);
}
