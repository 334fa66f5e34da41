//! The server: sessions by their names, the listener, and requests that come another way.

use crate::data::ChunkCache;
use crate::error::{Result, ServerError};
use crate::http;
use crate::pool::Pool;
use crate::relay::{Request, Response, inner, outer};
use crate::session::Session;
use axum::Router;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;
use tower::ServiceExt;
use voxsieve::{Error, available};

/// Threads that move bytes; voxels have threads of their own.
const IO_THREADS: usize = 2;
/// Threads for voxels, previews and looks at files, all kinds together.
const BLOCKING_THREADS: usize = 64;
/// Previews at once: one of each of two front-ends.
const PREVIEWS: usize = 2;
/// Calls at once that look at values and files.
const CALLS: usize = 4;
/// Part of the budget in which decoded chunks are kept.
const CACHE_PART: u64 = 4;

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// Port on 127.0.0.1; 0 for any that is free.
    pub port: u16,
    /// Origins whose pages may ask, beside those of this machine.
    pub allow_origins: Vec<String>,
    /// Address under which a proxy shows the server.
    pub url_prefix: Option<String>,
    /// Folder for the outputs of jobs that are named by one word; the current one when missing.
    pub output_folder: Option<PathBuf>,
    /// Folder for coarser levels of volumes that have none; that of the user's caches when missing.
    pub cache_folder: Option<PathBuf>,
    /// Most memory for the process in bytes; half of what is available when missing.
    pub memory: Option<u64>,
    /// Most threads that compute voxels; one per processor when missing.
    pub threads: Option<usize>,
}

/// What sessions need to know of their server.
pub(crate) struct Settings {
    pub output_folder: PathBuf,
    pub cache_folder: Option<PathBuf>,
    pub memory: u64,
    pub threads: Option<usize>,
    pub cache: Arc<ChunkCache>,
    /// Held by the job that runs.
    pub turn: Arc<Mutex<()>>,
}

/// What the router works on.
pub(crate) struct Shared {
    pub sessions: RwLock<BTreeMap<String, Arc<Session>>>,
    pub bricks: Pool,
    pub previews: Pool,
    /// Looks at values and files.
    pub calls: Pool,
    /// Plans, which may run a part of a job to measure the time.
    pub plans: Pool,
    pub settings: Arc<Settings>,
}

/// A running server. Dropping it ends it.
pub struct Server {
    shared: Arc<Shared>,
    router: Router,
    port: u16,
    prefix: Option<String>,
    guard: Arc<http::Guard>,
    handle: Handle,
    runtime: Mutex<Option<Runtime>>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Listens on 127.0.0.1.
    pub fn start(options: &ServerOptions) -> Result<Arc<Self>> {
        let settings = Arc::new(settings(options)?);
        let threads = options.threads.unwrap_or_else(processors);
        let shared = Arc::new(Shared {
            sessions: RwLock::default(),
            bricks: Pool::new(threads),
            previews: Pool::new(PREVIEWS),
            calls: Pool::new(CALLS),
            plans: Pool::new(1),
            settings,
        });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = listen(address)?;
        let port = listener
            .local_addr()
            .map_err(Error::io("cannot listen at", "127.0.0.1"))?
            .port();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(IO_THREADS)
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_name("voxsieve-server")
            .enable_all()
            .build()
            .map_err(Error::io("cannot start threads for", "the server"))?;
        let router = http::router(shared.clone());
        let prefix = options.url_prefix.as_deref();
        let guard = Arc::new(http::Guard::new(&options.allow_origins, prefix));
        let guarded = http::guarded(router.clone(), guard.clone());
        let (stop, stopped) = watch::channel(false);
        let handle = runtime.handle().clone();
        handle.spawn(http::listen(listener, guarded, stopped));
        Ok(Arc::new(Self {
            shared,
            router,
            port,
            prefix: options.url_prefix.clone(),
            guard,
            handle,
            runtime: Mutex::new(Some(runtime)),
            stop,
        }))
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers from now on what comes through the host of this address, such as that of a notebook that shows a session, and
    /// to its pages.
    pub fn allow(&self, address: &str) {
        self.guard.allow(address);
    }

    /// A session that shows nothing yet.
    pub fn new_session(&self) -> Result<Arc<Session>> {
        let session = Session::new(self.shared.settings.clone())?;
        let mut sessions = self
            .shared
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        sessions.insert(session.id().to_owned(), session.clone());
        Ok(session)
    }

    /// Ends a session: its jobs stop and can be resumed, its addresses are gone.
    pub fn close_session(&self, id: &str) {
        let mut sessions = self
            .shared
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let session = sessions.remove(id);
        // Ending a job takes a while, and nobody else need wait for it.
        drop(sessions);
        if let Some(session) = session {
            session.close();
        }
    }

    /// The address of the page that shows a session, with the secret that opens it.
    pub fn url(&self, session: &Session) -> String {
        let (id, token) = (session.id(), session.token());
        format!("{}/#session={id}&token={token}", self.root())
    }

    /// The address below which a session's layers stand as OME-Zarr, each as LAYER.ome.zarr, with the secret that lets
    /// anybody read them.
    pub fn zarr_url(&self, session: &Session) -> String {
        format!("{}/zarr/{}/", self.root(), session.read_token())
    }

    fn root(&self) -> String {
        self.prefix.as_ref().map_or_else(
            || format!("http://127.0.0.1:{}", self.port),
            |prefix| prefix.trim_end_matches('/').to_owned(),
        )
    }

    /// Answers a request that came another way, such as through a kernel's comm. The token is checked as ever; hosts and
    /// origins are not, for there are none.
    pub fn handle(&self, request: Request) -> Result<Response> {
        let asked = inner(request)?;
        let router = self.router.clone();
        let (send, receive) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            let answered = router.oneshot(asked).await;
            let response = match answered {
                Ok(response) => outer(response).await,
                Err(never) => match never {},
            };
            // Nobody waits any more when that fails.
            let _ = send.send(response);
        });
        let stopped = |_| ServerError::Busy("the server has stopped".into());
        receive.recv().map_err(stopped)?
    }

    /// Ends everything: sessions, jobs, connections.
    pub fn stop(&self) {
        let all = self.shared.sessions.write();
        let sessions = std::mem::take(&mut *all.unwrap_or_else(PoisonError::into_inner));
        for session in sessions.values() {
            session.close();
        }
        self.stop.send_replace(true);
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(2));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn settings(options: &ServerOptions) -> Result<Settings> {
    let memory = options
        .memory
        .or_else(|| available().map(|bytes| bytes / 2));
    let memory = memory.unwrap_or(1 << 30);
    let here = || std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    Ok(Settings {
        output_folder: options.output_folder.clone().unwrap_or_else(here),
        cache_folder: options.cache_folder.clone(),
        memory,
        threads: options.threads,
        cache: ChunkCache::new(memory / CACHE_PART)?,
        turn: Arc::default(),
    })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address);
    let listener = listener.map_err(|error| {
        let message = format!(
            "cannot listen at {address}: {error}; give another port, or 0 for any that is free"
        );
        ServerError::parameter("--port", message)
    })?;
    listener
        .set_nonblocking(true)
        .map_err(Error::io("cannot listen at", "127.0.0.1"))?;
    Ok(listener)
}
