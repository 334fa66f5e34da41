//! Makes sure that there is a folder to embed the page from, so that `cargo build` works without Node.

use std::path::Path;

fn main() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../viewer/dist/page");
    if let Err(error) = std::fs::create_dir_all(&page) {
        println!("cargo::error=cannot create {}: {error}", page.display());
    }
    println!("cargo::rerun-if-changed={}", page.display());
}
