//! The page, as it was built by `make viewer` and embedded; or a notice that says how to build it.

use rust_embed::{EmbeddedFile, RustEmbed};

/// What the browser may load and do: nothing but what comes from here.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' \
                          blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const NOTICE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Voxsieve</title>\
    <body><h1>Voxsieve</h1><p>This program was built without its viewer. With Node at hand, <code>make viewer</code> \
    and then <code>cargo build</code> put it in.</p></body></html>\n";

#[derive(RustEmbed)]
#[folder = "../../viewer/dist/page"]
struct Files;

/// A file of the page.
pub struct Asset {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Its type.
    pub mime: &'static str,
    /// Changes with what it holds.
    pub etag: String,
    /// Whether its name changes with what it holds, so that it can be kept for good.
    pub lasting: bool,
}

/// True when the page is embedded.
pub fn is_built() -> bool {
    Files::get("index.html").is_some()
}

/// The file at a path below `/`; the page itself at `""`. Only embedded names are known, so no path leads elsewhere.
pub fn asset(path: &str) -> Option<Asset> {
    // Development builds read the folder itself, where this would mean something.
    if path.split('/').any(|part| part == "..") {
        return None;
    }
    let name = if path.is_empty() { "index.html" } else { path };
    match Files::get(name) {
        Some(file) => Some(Asset::of(name, file)),
        None if path.is_empty() => Some(Asset {
            bytes: NOTICE.into(),
            mime: mime("index.html"),
            etag: "\"not-built\"".into(),
            lasting: false,
        }),
        None => None,
    }
}

impl Asset {
    fn of(name: &str, file: EmbeddedFile) -> Self {
        let hash = file.metadata.sha256_hash();
        let digits = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
        Self {
            mime: mime(name),
            etag: format!("\"{}\"", digits.collect::<String>()),
            lasting: name.starts_with("assets/"),
            bytes: file.data.into_owned(),
        }
    }
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_page_and_nothing_beside_it() {
        let page = asset("").unwrap();
        assert!(page.mime.starts_with("text/html") && !page.lasting);
        assert_eq!(is_built(), page.etag != "\"not-built\"");
        for path in [
            "../Cargo.toml",
            "..",
            "/etc/passwd",
            "assets/../index.html",
            "nothing.js",
        ] {
            assert!(asset(path).is_none(), "{path}");
        }
    }
}
