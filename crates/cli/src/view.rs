//! `view`: the viewer in the browser.

use crate::args::View;
use crate::run::cancel_on_signals;
use crate::say::say;
use serde_json::json;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use voxsieve::{Error, OpenOptions, Options, Result};
use voxsieve_server::{LayerInput, Role, Server, ServerError, ServerOptions, Session};

/// How often Ctrl-C is looked for.
const PULSE: Duration = Duration::from_millis(50);

/// Serves the viewer of a volume until Ctrl-C.
pub fn view(view: &View) -> Result<ExitCode> {
    let cancel = cancel_on_signals()?;
    let server = Server::start(&options(view)).map_err(own)?;
    let session = server.new_session().map_err(own)?;
    show(&session, view)?;
    let url = server.url(&session);
    tell(view, &server, &session, &url);
    if !view.no_browser && has_display() {
        open_browser(&url);
    }
    while !cancel.load(Ordering::Relaxed) {
        std::thread::sleep(PULSE);
    }
    server.stop();
    Ok(ExitCode::SUCCESS)
}

fn options(view: &View) -> ServerOptions {
    ServerOptions {
        port: view.port,
        allow_origins: view.allow_origin.clone(),
        url_prefix: view.url_prefix.clone(),
        output_folder: view.output.clone(),
        cache_folder: view.scratch.clone(),
        memory: view.memory,
        threads: view.threads.map(|n| n as usize),
    }
}

/// Gives the session its layers.
fn show(session: &Arc<Session>, view: &View) -> Result<()> {
    let image = LayerInput {
        options: Options {
            open: view.reading.options(),
            ..Options::default()
        },
        ..LayerInput::of_path("Image", &view.input)
    };
    session.set_layer(&image).map_err(own)?;
    for path in &view.labels {
        let labels = LayerInput {
            role: Some(Role::Labels),
            options: Options {
                open: OpenOptions::default(),
                ..Options::default()
            },
            ..LayerInput::of_path(name(path), path)
        };
        session.set_layer(&labels).map_err(own)?;
    }
    Ok(())
}

/// The name of a file without its endings.
fn name(path: &Path) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = file.split('.').find(|part| !part.is_empty());
    stem.unwrap_or("Labels").to_owned()
}

fn tell(view: &View, server: &Server, session: &Session, url: &str) {
    if view.talk.json {
        let place = json!({
            "url": url, "session": session.id(), "token": session.token(), "port": server.port(),
        });
        say!("{place}");
    } else {
        say!("{url}");
        if !view.talk.quiet {
            eprintln!("The address opens the viewer for whoever has it. Ctrl-C ends it.");
        }
    }
    if !voxsieve_server::is_built() {
        eprintln!(
            "warning: this program was built without the page; `make viewer` and `cargo build` put it in"
        );
    }
}

/// Whether a browser could show itself.
fn has_display() -> bool {
    cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opened = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if opened.is_err() {
        eprintln!("{program} is not there to open a browser; open the address yourself");
    }
}

/// What the command says of what went wrong.
fn own(error: ServerError) -> Error {
    match error {
        ServerError::Library(error) => error,
        other => Error::parameter("view", other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_named_after_its_file() {
        for (path, expected) in [
            ("/a/cells.ome.zarr", "cells"),
            ("cells", "cells"),
            (".hidden.tif", "hidden"),
            ("/", "Labels"),
        ] {
            assert_eq!(name(Path::new(path)), expected, "{path}");
        }
    }
}
