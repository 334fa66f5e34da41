//! Who may ask for what: everything else is refused in words, and nothing makes the server fail.

mod common;

use common::{Answer, Bench, LONG, ask, raw};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use voxsieve_server::ServerOptions;

const OTHER: &str = "https://neuroglancer.example";

fn hello(bench: &Bench, headers: &[(&str, &str)]) -> Answer {
    ask(
        bench.server.port(),
        "GET",
        &bench.api("hello"),
        headers,
        b"",
    )
}

#[test]
fn a_token_is_needed_everywhere() {
    let bench = Bench::new();
    let port = bench.server.port();
    let wrong = "0".repeat(32);
    let other = bench.server.new_session().unwrap();
    for token in [
        None,
        Some(""),
        Some("x"),
        Some(wrong.as_str()),
        Some(other.token()),
    ] {
        let headers: Vec<_> = token
            .map(|token| ("X-Voxsieve-Token", token))
            .into_iter()
            .collect();
        for (method, path) in [
            ("GET", "hello"),
            ("GET", "state"),
            ("PATCH", "state"),
            ("GET", "events?since=0&wait=0"),
            ("GET", "layers/image/brick/0/0/0/0?version=1"),
            ("POST", "layers/image/bricks"),
            ("GET", "layers/image/histogram"),
            ("GET", "layers/image/value?at=0,0,0"),
            ("GET", "filters"),
            ("POST", "outline"),
            ("POST", "preview"),
            ("POST", "plan"),
            ("POST", "jobs"),
            ("GET", "jobs/job-1"),
            ("DELETE", "jobs/job-1"),
            ("POST", "jobs/job-1/resume"),
            ("POST", "screenshot"),
        ] {
            let answer = ask(port, method, &bench.api(path), &headers, b"{}");
            assert_eq!(
                (answer.status, answer.kind().as_str()),
                (401, "unauthorized"),
                "{method} {path}"
            );
        }
    }
    assert_eq!(
        hello(&bench, &[bench.token()]).ok()["session"],
        bench.session.id()
    );
    let nobody = ask(port, "GET", "/api/nobody/hello", &[bench.token()], b"");
    assert_eq!(nobody.status, 401);
}

#[test]
fn the_read_token_is_another_one_and_can_be_revoked() {
    let bench = Bench::new();
    let port = bench.server.port();
    let get = |token: &str| {
        ask(
            port,
            "GET",
            &format!("/zarr/{token}/image.ome.zarr/zarr.json"),
            &[],
            b"",
        )
        .status
    };
    let token = bench.session.read_token();
    assert_eq!(get(&token), 200);
    assert_eq!(get(bench.session.token()), 401);
    assert_eq!(hello(&bench, &[("X-Voxsieve-Token", &token)]).status, 401);
    let new = bench.session.revoke_read_token().unwrap();
    assert_eq!((get(&token), get(&new)), (401, 200));
}

#[test]
fn hosts_are_those_of_this_machine() {
    let bench = Bench::with(ServerOptions {
        url_prefix: Some("https://hub.example/user/me/proxy/1/".into()),
        ..ServerOptions::default()
    });
    for (host, status) in [
        ("localhost", 200),
        ("127.0.0.1:1234", 200),
        ("[::1]:80", 200),
        ("hub.example", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("", 403),
    ] {
        let answer = hello(&bench, &[("Host", host), bench.token()]);
        assert_eq!(answer.status, status, "{host}");
    }
    let without = format!("GET {} HTTP/1.0\r\n\r\n", bench.api("hello"));
    assert_eq!(
        raw(bench.server.port(), without.as_bytes()).unwrap().status,
        403
    );
    let page = ask(
        bench.server.port(),
        "GET",
        "/",
        &[("Host", "evil.example")],
        b"",
    );
    assert_eq!(page.status, 403);
    assert!(
        bench
            .server
            .url(&bench.session)
            .starts_with("https://hub.example/user/me/proxy/1/#session=")
    );
}

#[test]
fn origins_are_answered_one_by_one() {
    let bench = Bench::with(ServerOptions {
        allow_origins: vec![OTHER.into()],
        ..ServerOptions::default()
    });
    for origin in [OTHER, "http://localhost:8888", "http://127.0.0.1:1"] {
        let answer = hello(&bench, &[bench.token(), ("Origin", origin)]);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["access-control-allow-origin"], origin);
        assert!(answer.headers["access-control-expose-headers"].contains("Content-Range"));
        assert_eq!(answer.headers["vary"], "Origin");
    }
    for origin in [
        "https://evil.example",
        "null",
        "http://neuroglancer.example",
    ] {
        let answer = hello(&bench, &[bench.token(), ("Origin", origin)]);
        assert_eq!(
            (answer.status, answer.kind().as_str()),
            (403, "forbidden"),
            "{origin}"
        );
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[test]
fn a_browser_that_asks_first_is_told_what_it_may() {
    let bench = Bench::new();
    let ask_first = |origin| {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "PATCH"),
            ("Access-Control-Request-Headers", "x-voxsieve-token"),
            ("Access-Control-Request-Private-Network", "true"),
        ];
        ask(
            bench.server.port(),
            "OPTIONS",
            &bench.api("state"),
            &headers,
            b"",
        )
    };
    let answer = ask_first("http://localhost:8888");
    assert_eq!(answer.status, 204);
    assert!(answer.headers["access-control-allow-methods"].contains("PATCH"));
    assert!(
        answer.headers["access-control-allow-headers"]
            .to_lowercase()
            .contains("x-voxsieve-token")
    );
    assert_eq!(
        answer.headers["access-control-allow-private-network"],
        "true"
    );
    assert_eq!(ask_first("https://evil.example").status, 403);
}

#[test]
fn no_path_leads_to_a_file() {
    let bench = Bench::new();
    let secret = bench.folder.path().join("secret.txt");
    std::fs::write(&secret, "secret").unwrap();
    let (port, token) = (bench.server.port(), bench.session.read_token());
    let absolute = secret.to_string_lossy().into_owned();
    let climbs = [
        "..",
        "../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "%2e%2e%2fsecret.txt",
        "%252e%252e/secret.txt",
        "..\\secret.txt",
        "%5c..%5csecret.txt",
        "....//secret.txt",
        "secret.txt%00",
        absolute.as_str(),
    ];
    for climb in climbs {
        for path in [
            format!("/{climb}"),
            format!("/assets/{climb}"),
            format!("/zarr/{token}/{climb}"),
            format!("/zarr/{token}/image.ome.zarr/{climb}"),
            format!("/zarr/{token}/image.ome.zarr/0/{climb}"),
            format!("/zarr/{token}/image.ome.zarr/0/c/0/0/{climb}"),
            format!("/zarr/{climb}/image.ome.zarr/zarr.json"),
            bench.api(climb),
            bench.api(&format!("layers/{climb}/histogram")),
            bench.api(&format!("layers/{climb}/value?at=0,0,0")),
            bench.api(&format!("layers/image/brick/{climb}/0/0/0?version=1")),
            bench.api(&format!("jobs/{climb}")),
        ] {
            let answer = ask(port, "GET", &path, &[bench.token()], b"");
            assert!(
                (400..500).contains(&answer.status),
                "{path}: {}",
                answer.status
            );
            assert!(
                !String::from_utf8_lossy(&answer.body).contains("secret\n"),
                "{path}"
            );
        }
    }
}

#[test]
fn outputs_are_words_and_volumes_are_layers() {
    let bench = Bench::new();
    for name in [
        "",
        ".",
        "..",
        ".hidden",
        "a/b",
        "../a",
        "/tmp/a",
        "a\\b",
        "a b",
        "a\u{0}b",
        "ä",
        &"a".repeat(200),
    ] {
        let wish = json!({"name": name, "steps": [{"filter": "median", "params": {}}]});
        for path in ["plan", "jobs"] {
            let answer = bench.post(path, &wish);
            assert_eq!(
                (answer.status, answer.kind().as_str()),
                (400, "parameter"),
                "{path} {name}"
            );
        }
    }
    for with in [
        "/etc/passwd",
        "../x.tif",
        "layer:nobody",
        "layer:../x",
        "memory:abc",
    ] {
        let steps = json!([{"filter": "mask", "params": {"with": with}}]);
        let answer = bench.post("outline", &json!({ "steps": steps }));
        assert_eq!(
            (answer.status, answer.kind().as_str()),
            (400, "parameter"),
            "{with}"
        );
        assert_eq!(
            bench.patch(&json!({"filter": {"steps": steps}})).status,
            400
        );
    }
    let function = json!([{"filter": "os:system", "params": {"command": "true"}}]);
    assert_eq!(
        bench.patch(&json!({"filter": {"steps": function}})).status,
        400
    );
    let entries = std::fs::read_dir(bench.folder.path()).unwrap().count();
    assert_eq!(entries, 0);
}

#[test]
fn nobody_is_taken_for_the_program() {
    let bench = Bench::new();
    for client in ["python", "server", "", "a%20b", "..%2f", &"c".repeat(65)] {
        let path = format!("state?client={client}");
        let answer = bench.ask("PATCH", &path, b"{\"crop\": false}");
        assert!(
            answer.status == 400 || answer.status == 404,
            "{client}: {}",
            answer.status
        );
    }
    assert_eq!(bench.session.document()["crop"], true);
}

#[test]
fn bodies_are_limited_and_must_make_sense() {
    let bench = Bench::new();
    let large = vec![b' '; (1 << 20) + 1];
    for (method, path) in [
        ("PATCH", "state"),
        ("POST", "preview"),
        ("POST", "jobs"),
        ("POST", "layers/image/bricks"),
    ] {
        let answer = bench.ask(method, path, &large);
        assert_eq!(
            (answer.status, answer.kind().as_str()),
            (413, "too-large"),
            "{path}"
        );
        let deep = "[".repeat(100_000);
        for nonsense in [
            "",
            "{",
            "nul",
            "[1,2",
            "\"\u{1}\"",
            "{\"a\":",
            "\u{fffd}",
            deep.as_str(),
            "[]",
            "{\"no\": 1}",
        ] {
            let answer = bench.ask(method, path, nonsense.as_bytes());
            assert_eq!(
                (answer.status, answer.kind().as_str()),
                (400, "parameter"),
                "{path} {}",
                &nonsense[..nonsense.len().min(9)]
            );
        }
        assert_eq!(bench.ask(method, path, &[0xff, 0xfe, 0]).status, 400);
    }
    let picture = vec![0; (32 << 20) + 1];
    assert_eq!(
        bench.ask("POST", "screenshot?serial=0", &picture).status,
        413
    );
    assert_eq!(
        bench.ask("POST", "screenshot?serial=0", b"GIF89a").status,
        400
    );
    let many: Vec<_> = (0..65).map(|x| json!([0, 0, x])).collect();
    let answer = bench.post(
        "layers/image/bricks",
        &json!({"version": 1, "level": 0, "bricks": many}),
    );
    assert_eq!(answer.status, 413);
    assert_eq!(bench.get("hello").status, 200);
}

#[test]
fn what_is_no_http_is_survived() {
    let bench = Bench::new();
    let port = bench.server.port();
    let long = format!(
        "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a".repeat(1 << 20)
    );
    let headers = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
        "X-A: b\r\n".repeat(20_000)
    );
    for bytes in [
        &b"\r\n\r\n"[..],
        b"\0\xff\xfe\0\r\n\r\n",
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        long.as_bytes(),
        headers.as_bytes(),
    ] {
        if let Some(answer) = raw(port, bytes) {
            assert!(
                answer.status >= 400,
                "{} for {:?}",
                answer.status,
                &bytes[..bytes.len().min(40)]
            );
        }
    }
    assert_eq!(bench.get("hello").status, 200);
}

#[test]
fn numbers_beyond_everything_are_refused() {
    let bench = Bench::new();
    for path in [
        "layers/image/brick/99/0/0/0?version=1",
        "layers/image/brick/0/0/0/99999999999999999999?version=1",
        "layers/image/brick/-1/0/0/0?version=1",
        "layers/image/brick/0/0/0/0",
        "layers/image/brick/0/0/0/0?version=x",
        "layers/image/histogram?bins=0",
        "layers/image/histogram?bins=99999999999",
        "layers/image/histogram?level=99",
        "layers/image/histogram?region=all",
        "layers/image/value?at=1,2",
        "layers/image/value?at=1,2,x",
        "layers/nobody/value?at=1,2,3",
        "events?since=x",
        "events?since=0&wait=1e9",
        "events?since=0&wait=-1",
        "events?since=0&wait=NaN",
        "jobs/job-99",
    ] {
        let status = bench.get(path).status;
        assert!(status == 400 || status == 404, "{path}: {status}");
    }
    let far = i64::MAX;
    for request in [
        json!({"seq": 1, "layer": "image", "level": 99, "steps": [], "region": [[0, 1], [0, 1], [0, 1]], "slice": [0, 0, 0], "axes": ["z"]}),
        json!({"seq": 1, "layer": "image", "level": 0, "steps": [], "region": [[far, far], [far, far], [0, 1]], "slice": [0, 0, 0], "axes": ["z"]}),
        json!({"seq": 1, "layer": "image", "level": 0, "steps": [], "region": [[5, 1], [0, 1], [0, 1]], "slice": [0, 0, 0], "axes": ["z"]}),
        json!({"seq": 1, "layer": "image", "level": 0, "steps": [], "region": [[0, 1], [0, 1], [0, 1]], "slice": [0, 0, 0], "axes": ["w"]}),
    ] {
        let answer = bench.post("preview?client=c-1", &request);
        assert!(
            answer.status == 400 || answer.status == 404,
            "{request}: {}",
            answer.status
        );
    }
    let wide = json!({"seq": 2, "layer": "image", "level": 0, "steps": [], "region": [[-far, far], [-far, far], [-far, far]],
        "slice": [far, -far, 3], "axes": ["z", "y", "x"]});
    assert_eq!(bench.post("preview?client=c-1", &wide).status, 200);
}

#[test]
fn a_thousand_at_once_are_answered() {
    let bench = Bench::new();
    let bench = &bench;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..1000)
            .map(|number: u32| {
                std::thread::Builder::new()
                    .stack_size(256 << 10)
                    .spawn_scoped(scope, move || match number % 4 {
                        0 => bench.get("state").status,
                        1 => {
                            bench
                                .get(&format!(
                                    "layers/image/brick/0/0/0/{}?version=1",
                                    number % 3
                                ))
                                .status
                        }
                        2 => bench.get("layers/image/value?at=1,2,3").status,
                        _ => ask(bench.server.port(), "GET", "/", &[], b"").status,
                    })
                    .unwrap()
            })
            .collect();
        let statuses: Vec<u16> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        let served = statuses.iter().filter(|status| **status == 200).count();
        assert!(
            statuses.iter().all(|status| [200, 503].contains(status)),
            "{statuses:?}"
        );
        assert!(served >= 900, "{served}");
    });
    assert_eq!(bench.get("hello").status, 200);
}

#[test]
fn who_dawdles_keeps_nobody_waiting() {
    let bench = Bench::new();
    let begun = Instant::now();
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", bench.server.port())).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
            stream
        })
        .collect();
    assert_eq!(bench.get("hello").status, 200);
    assert!(begun.elapsed() < Duration::from_secs(5));
    // Headers that do not come end the connection.
    let mut first = &slow[0];
    first.set_read_timeout(Some(LONG)).unwrap();
    let mut rest = Vec::new();
    let _ = first.read_to_end(&mut rest);
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert!(
        rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"),
        "{}",
        String::from_utf8_lossy(&rest)
    );
}

#[test]
fn the_page_lets_nothing_else_in() {
    let bench = Bench::new();
    let page = ask(bench.server.port(), "GET", "/", &[], b"");
    assert_eq!(page.status, 200);
    let policy = &page.headers["content-security-policy"];
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"));
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    let text = String::from_utf8_lossy(&page.body);
    assert!(!text.contains(bench.session.token()) && !text.contains(bench.session.id()));
    let etag = page.headers["etag"].clone();
    let again = ask(
        bench.server.port(),
        "GET",
        "/",
        &[("If-None-Match", &etag)],
        b"",
    );
    assert_eq!((again.status, again.body.len()), (304, 0));
}
