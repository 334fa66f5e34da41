//! Voxsieve as a library: volumes that do not fit in memory, filtered exactly, within a memory budget.
//!
//! ```no_run
//! use voxsieve::{Observe, Options, Pipeline, Task};
//! let pipeline = Pipeline::parse(&["median", "--radius", "2", "then", "binary-threshold", "--lower", "80"])?;
//! let task = Task::new("scan.tif", "mask.ome.zarr", &pipeline, &Options::default())?;
//! println!("needs {} bytes", task.projection().peak_bytes);
//! let report = task.run(&Observe::quietly())?;
//! println!("porosity and more: {}", report.summary);
//! # Ok::<(), voxsieve::Error>(())
//! ```
#![forbid(unsafe_code)]

mod compare;
mod disk;
mod doctor;
mod files;
mod findings;
mod forecast;
mod grid;
mod host;
mod identity;
mod info;
mod into;
mod lazy;
mod look;
mod measure;
mod memory;
mod options;
mod outline;
mod pieces;
mod pipeline;
mod plan_file;
mod probe;
mod recipe;
mod replay;
mod report;
mod spools;
mod stages;
mod stand_in;
mod status;
mod task;
mod unspooled;
mod verify;
mod words;

pub use compare::{Comparison, compare};
pub use disk::Room;
pub use doctor::{Check, Checkup, doctor};
pub use files::{FileKind, read as read_file};
pub use findings::{Finding, Severity};
pub use forecast::{Forecast, TimeRange, check_space};
pub use host::{Host, open as open_named, set_host};
pub use identity::Identity;
pub use info::{Info, info, info_thorough, levels, stats};
pub use into::labels_of;
pub use lazy::{Lazy, Opener, Reach};
pub use measure::{MeasureRequest, Measured, Summary, measure};
pub use memory::Computation;
pub use options::Options;
pub use outline::{Outline, outline};
pub use pipeline::{Function, Pipeline, PipelineStep};
pub use plan_file::{PlanFile, RunOptions};
pub use replay::{Replay, same_files};
pub use report::{ReportRequest, report, roles};
pub use status::{Status, status};
pub use task::{Observe, Request, Task};
pub use verify::{Damage, Verification, verify};
pub use voxsieve_core::{
    Begin, Block, DType, Error, FilterSpec, Kind, LengthUnit, Param, ParamKind, Phantom, Region,
    Result, ShrinkMethod, Source, Value, VolumeSpec, nearest, with_dtype,
};
pub use voxsieve_engine::{
    Observer, Projection, Quiet, Reader, Report, available, format_bytes, parse_bytes, peak,
    resident,
};
pub use voxsieve_filters::{FILTERS, find};
pub use voxsieve_io::{
    Codec, Format, Layout, OmeVersion, OpenOptions, Pyramid, PyramidOptions, SyncPolicy, open,
    partial_path,
};
pub use words::shell_quoted;
