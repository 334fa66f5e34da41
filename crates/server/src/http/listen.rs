//! The listener: so many connections at once, none of which may dawdle over its headers.

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// Connections at once; others wait until one ends.
const CONNECTIONS: usize = 512;
/// How long headers may take to come, and how long an idle connection is kept.
const HEADERS: Duration = Duration::from_secs(10);
/// Most bytes of headers.
const HEADER_BYTES: usize = 64 << 10;
/// How long answers under way may take when the server ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Answers connections until it is told to stop.
pub async fn listen(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    // The listener was made by the caller, who was told of every problem; here nothing else can be wrong with it.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = GracefulShutdown::new();
    loop {
        let Ok(slot) = slots.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, most likely: wait until some are closed.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Small answers go out at once.
        let _ = stream.set_nodelay(true);
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(HEADER_BYTES);
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A client that breaks off is none of our errors.
            let _ = connection.await;
            drop(slot);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(FAREWELL, connections.shutdown()).await;
}
