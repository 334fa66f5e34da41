//! The viewer's server and its sessions for `voxsieve._viewer`. Whatever waits does so without the interpreter's lock.

use crate::errors::{from_json, json, raise};
use crate::job::{begin, options, pipeline};
use crate::region::report;
use crate::source::Source;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use voxsieve::{Begin, Error};
use voxsieve_server::{
    Bounds, Content, Count, JobRequest, JobSteps, LayerInput, Order, Request, RoiWish, Role,
    Server, ServerError, ServerOptions, Session,
};

/// Status, headers and body.
type Answer<'py> = (u16, Vec<(String, String)>, Bound<'py, PyBytes>);

/// How the document names changes that come from here.
const CLIENT: &str = "python";

/// A server of this process.
#[pyclass(frozen, module = "voxsieve._voxsieve")]
pub struct ViewerServer(Arc<Server>);

#[pymethods]
impl ViewerServer {
    /// Listens on 127.0.0.1.
    #[staticmethod]
    fn start(py: Python<'_>) -> PyResult<Self> {
        done(py, || Server::start(&ServerOptions::default())).map(Self)
    }

    /// Where it listens.
    fn port(&self) -> u16 {
        self.0.port()
    }

    /// Answers what comes through the host of this address, where a notebook is shown.
    fn allow(&self, address: &str) {
        self.0.allow(address);
    }

    /// A session that shows nothing yet; a front-end of it holds so many bytes of voxels.
    fn open(&self, py: Python<'_>, view_bytes: u64) -> PyResult<ViewerSession> {
        let session = done(py, || self.0.new_session())?;
        session.set_view_bytes(view_bytes);
        Ok(ViewerSession {
            server: self.0.clone(),
            session,
        })
    }

    /// Ends a session.
    fn close(&self, py: Python<'_>, session: &str) {
        py.detach(|| self.0.close_session(session));
    }

    /// Ends everything.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.0.stop());
    }
}

/// What one viewer shows.
#[pyclass(frozen, module = "voxsieve._voxsieve")]
pub struct ViewerSession {
    server: Arc<Server>,
    session: Arc<Session>,
}

/// What a layer is, as Python gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    name: String,
    labels: bool,
}

/// What a run is, as Python gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    begin: String,
    roi: bool,
    level: usize,
}

#[pymethods]
impl ViewerSession {
    /// Its name in addresses.
    fn id(&self) -> &str {
        self.session.id()
    }

    /// The secret that lets a client change it.
    fn token(&self) -> &str {
        self.session.token()
    }

    /// The page that shows it.
    fn url(&self) -> String {
        self.server.url(&self.session)
    }

    /// The address below which its layers stand as OME-Zarr.
    fn zarr_url(&self) -> String {
        self.server.zarr_url(&self.session)
    }

    /// Makes that address useless; there is another one from now on.
    fn revoke_zarr_url(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || self.session.revoke_read_token())?;
        Ok(())
    }

    /// Counts its changes.
    fn revision(&self) -> u64 {
        self.session.revision()
    }

    /// What it shows, as JSON.
    fn document(&self, py: Python<'_>) -> String {
        py.detach(|| self.session.document().to_string())
    }

    /// Changes what clients may change, by a JSON merge patch.
    fn patch(&self, py: Python<'_>, changes: &str) -> PyResult<()> {
        let changes: Value = from_json(changes)?;
        done(py, || self.session.patch(&changes, CLIENT))?;
        Ok(())
    }

    /// Waits for a greater revision: the document as JSON.
    fn wait(&self, py: Python<'_>, since: u64, seconds: f64) -> Option<String> {
        let document = py.detach(|| self.session.wait(since, duration(seconds)));
        document.map(|document| document.to_string())
    }

    /// Front-ends that were heard of, as JSON.
    fn clients(&self) -> String {
        let clients = self.session.clients();
        let clients = clients.iter().map(|client| {
            value!({"name": client.name, "seconds since its last request": client.seconds})
        });
        Value::Array(clients.collect()).to_string()
    }

    /// Shows a volume: a file or the scale levels of an object, full resolution first, with the steps and options (JSON) of
    /// a lazy volume. Gives the layer's id.
    fn show(
        &self,
        py: Python<'_>,
        about: &str,
        levels: Vec<PyRef<'_, Source>>,
        path: Option<PathBuf>,
        steps: &str,
        options: &str,
    ) -> PyResult<String> {
        let about: About = from_json(about)?;
        let content = path.map_or_else(
            || Content::Levels(levels.iter().map(|source| source.0.clone()).collect()),
            Content::Path,
        );
        let input = LayerInput {
            name: about.name,
            role: Some(if about.labels {
                Role::Labels
            } else {
                Role::Image
            }),
            content,
            pipeline: pipeline(steps)?,
            options: self::options(options)?,
            display: None,
            job: None,
        };
        done(py, || self.session.set_layer(&input))
    }

    /// Takes a layer out.
    fn remove(&self, py: Python<'_>, layer: &str) -> PyResult<()> {
        done(py, || self.session.remove_layer(layer))
    }

    /// The file or folder of a layer; nothing for an object.
    fn path(&self, layer: &str) -> Option<PathBuf> {
        self.session.layer_path(layer).ok()
    }

    /// The region of interest on every level of every layer, and in the world, all at one moment, as JSON.
    fn roi(&self, py: Python<'_>) -> PyResult<String> {
        done(py, || report(&self.session)).map(|report| report.to_string())
    }

    /// Moves the region of interest to slices of a level.
    fn set_roi(&self, py: Python<'_>, slices: [[f64; 2]; 3], level: usize) -> PyResult<()> {
        self.wish(py, &RoiWish::Slices(slices, level))
    }

    /// Moves the region of interest to a box of the world.
    fn set_roi_world(&self, py: Python<'_>, lower: [f64; 3], upper: [f64; 3]) -> PyResult<()> {
        self.wish(py, &RoiWish::World(Bounds { lower, upper }))
    }

    /// Makes the region of interest the whole volume.
    fn reset_roi(&self, py: Python<'_>) -> PyResult<()> {
        self.wish(py, &RoiWish::Whole)
    }

    /// Lets steps name a function, by its descriptor (JSON).
    fn add_function(&self, py: Python<'_>, descriptor: &str) -> PyResult<()> {
        let descriptor: Value = from_json(descriptor)?;
        done(py, || self.session.add_operator(&descriptor))
    }

    /// Begins a run of the filter over its layer; gives the job's id.
    fn apply(
        &self,
        py: Python<'_>,
        output: PathBuf,
        request: &str,
        options: &str,
    ) -> PyResult<String> {
        let wanted: Wanted = from_json(request)?;
        let request = JobRequest {
            name: wanted.name,
            output,
            steps: JobSteps::Filter,
            roi: wanted.roi,
            level: wanted.level,
            begin: begin(&wanted.begin)?,
            options: self::options(options)?,
        };
        done(py, || self.session.apply(&request))
    }

    /// Begins a run of steps over any volume, whose result becomes a layer of that name; gives the job's id.
    fn run(
        &self,
        py: Python<'_>,
        source: &Source,
        output: PathBuf,
        steps: &str,
        options: &str,
        name: String,
    ) -> PyResult<String> {
        let order = Order {
            name,
            source: source.0.clone(),
            pipeline: pipeline(steps)?,
            output,
            options: self::options(options)?,
            begin: Begin::Fresh,
            command: String::new(),
        };
        done(py, || self.session.run(&order))
    }

    /// How far a job is, as JSON.
    fn job(&self, py: Python<'_>, job: &str) -> PyResult<String> {
        json(&done(py, || self.session.job(job))?)
    }

    /// The same when it is over, or after so many seconds.
    fn wait_for_job(&self, py: Python<'_>, job: &str, seconds: f64) -> PyResult<String> {
        json(&done(py, || self.session.wait_job(job, duration(seconds)))?)
    }

    /// Asks a job to stop.
    fn cancel(&self, py: Python<'_>, job: &str) -> PyResult<()> {
        done(py, || self.session.cancel(job)).map(|_| ())
    }

    /// Lets a job go on.
    fn resume(&self, py: Python<'_>, job: &str) -> PyResult<()> {
        done(py, || self.session.resume(job)).map(|_| ())
    }

    /// How often values of a layer come, as JSON.
    fn histogram(
        &self,
        py: Python<'_>,
        layer: &str,
        region: &str,
        bins: usize,
    ) -> PyResult<String> {
        let count = Count {
            roi: region == "roi",
            level: None,
            bins,
        };
        let stop = AtomicBool::new(false);
        let counted = done(py, || self.session.histogram(layer, &count, &stop))?;
        Ok(counted.to_string())
    }

    /// Asks the front-ends for a picture and waits for it.
    fn picture<'py>(&self, py: Python<'py>, seconds: f64) -> Option<Bound<'py, PyBytes>> {
        let picture = py.detach(|| self.session.request_screenshot(duration(seconds)));
        picture.map(|png| PyBytes::new(py, &png))
    }

    /// The last picture that a front-end sent.
    fn last_picture<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let picture = self.session.last_screenshot();
        picture.map(|png| PyBytes::new(py, &png))
    }

    /// Answers a request of a front-end that came through the kernel: status, headers, body.
    fn handle<'py>(
        &self,
        py: Python<'py>,
        method: String,
        path: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> PyResult<Answer<'py>> {
        let request = Request {
            method,
            path,
            headers,
            body,
        };
        let response = done(py, || self.server.handle(request))?;
        Ok((
            response.status,
            response.headers,
            PyBytes::new(py, &response.body),
        ))
    }
}

impl ViewerSession {
    fn wish(&self, py: Python<'_>, wish: &RoiWish) -> PyResult<()> {
        done(py, || self.session.set_roi(wish, CLIENT)).map(|_| ())
    }
}

/// Does something without the interpreter's lock, since filters of Python may have to run before it is done.
fn done<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, ServerError> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(|error| refused(py, error))
}

/// An error of the server as an exception.
fn refused(py: Python<'_>, error: ServerError) -> PyErr {
    match error {
        ServerError::Library(error) => raise(py, error),
        other => raise(py, Error::parameter("viewer", other.to_string())),
    }
}

/// Seconds as a duration; what makes no sense is no time.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
