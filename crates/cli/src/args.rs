//! What can be typed.

use crate::demo::Demo;
use crate::storing::Storing;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;
use voxsieve::{Begin, Error, LengthUnit, OpenOptions, Options, Region, SyncPolicy, parse_bytes};

/// Filter microCT volumes that do not fit in memory: exactly, within a memory budget.
#[derive(Parser)]
#[command(name = "voxsieve", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Say what a volume is: shape, type, voxel size, levels, histogram, and what is odd about it.
    Info {
        /// TIFF file, folder or quoted pattern of TIFF slices, OME-Zarr folder or zip archive of one.
        #[arg(value_name = "IN")]
        input: PathBuf,
        /// Look at every voxel for what is odd, not at some slices only.
        #[arg(long)]
        thorough: bool,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        talk: Talk,
    },
    /// Statistics over every voxel of a volume: range, mean, percentiles, histogram.
    Stats {
        /// TIFF file, folder or quoted pattern of TIFF slices, OME-Zarr folder or zip archive of one.
        #[arg(value_name = "IN")]
        input: PathBuf,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        talk: Talk,
    },
    /// Convert a volume to a multiscale OME-Zarr, or to a `.tif`, `.nrrd`, `.mha`, `.mhd` or `.raw` file.
    Convert(Conversion),
    /// Say what a run will cost, or why it cannot fit.
    ///
    /// A small part of the job is run beside OUT to measure the time; nothing of it stays.
    #[command(override_usage = "voxsieve plan [OPTIONS] IN OUT [STEP [then STEP]...]")]
    Plan(Plan),
    /// Filter a volume into a multiscale OME-Zarr.
    #[command(
        override_usage = "voxsieve run [OPTIONS] IN OUT STEP [then STEP]...\n       \
                          voxsieve run [OPTIONS] IN OUT --pipeline FILE\n       \
                          voxsieve run [OPTIONS] PLAN",
        after_help = "STEP is a filter with its flags: median --radius 2 then binary-threshold --lower 80\n\
                      `voxsieve filters` lists the filters, `voxsieve filters NAME` their flags."
    )]
    Run(Run),
    /// Measure every object of a label volume, and the volume as a whole, into a table.
    Measure(Measure),
    /// Show a volume and its objects on one page, which needs nothing else: histogram, slices, sizes.
    Report(Report),
    /// Look at a volume in the browser: slices and 3D, region of interest, filters while they are tuned.
    View(View),
    /// Make an output again from what it says of itself, and compare the two.
    Replay(Replay),
    /// Say how far an output is.
    Status {
        /// The output of a run.
        #[arg(value_name = "OUT")]
        output: PathBuf,
        #[command(flatten)]
        talk: Talk,
    },
    /// Check that an output is whole and undamaged.
    Verify {
        /// The output of a run, or any OME-Zarr that Voxsieve wrote.
        #[arg(value_name = "OUT")]
        output: PathBuf,
        #[command(flatten)]
        talk: Talk,
    },
    /// Compare two volumes voxel by voxel.
    Compare {
        /// One volume.
        a: PathBuf,
        /// The other.
        b: PathBuf,
        #[command(flatten)]
        talk: Talk,
    },
    /// List the filters, or describe one.
    Filters {
        /// Name of a filter.
        name: Option<String>,
        #[command(flatten)]
        talk: Talk,
    },
    /// Say what this machine and a folder have for a run.
    Doctor {
        /// Folder where outputs would go.
        #[arg(value_name = "DIR", default_value = ".")]
        folder: PathBuf,
        /// Folder where scratch files would go, if that is another.
        #[arg(long, value_name = "DIR")]
        scratch: Option<PathBuf>,
        #[command(flatten)]
        talk: Talk,
    },
    /// Make a phantom, or take a scan, filter it, and show what came of it.
    Demo(Demo),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// How the command talks.
#[derive(Args)]
pub struct Talk {
    /// Print JSON (one object, or one a line while a run goes on).
    #[arg(long)]
    pub json: bool,
    /// Print nothing but results and errors.
    #[arg(long)]
    pub quiet: bool,
}

/// How an input is read.
#[derive(Args)]
pub struct Reading {
    /// Scale level of an OME-Zarr; 0 is full resolution.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub level: usize,
    /// Voxel size along z, y, x where the file does not say it or is wrong.
    #[arg(long, value_name = "Z,Y,X", value_parser = spacing)]
    pub spacing: Option<[f64; 3]>,
    /// Unit of the voxel size.
    #[arg(long, value_name = "UNIT", value_parser = unit)]
    pub unit: Option<LengthUnit>,
    /// Which channel of several, counted from 0.
    #[arg(long, value_name = "N")]
    pub channel: Option<u64>,
    /// Which time point of several, counted from 0.
    #[arg(long, value_name = "N")]
    pub time: Option<u64>,
    /// Read slices whose numbers have gaps as neighbours; say the voxel size with --spacing.
    #[arg(long)]
    pub allow_gaps: bool,
}

impl Reading {
    /// For the library.
    pub fn options(&self) -> OpenOptions {
        OpenOptions {
            level: self.level,
            spacing: self.spacing,
            unit: self.unit,
            channel: self.channel,
            time: self.time,
            allow_gaps: self.allow_gaps,
        }
    }
}

/// How a run goes on; nothing of it changes a stored byte.
#[derive(Args)]
pub struct Running {
    /// Most memory for the process, such as 4GiB [default: half of what is available].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Most threads [default: one per processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,
    /// Edge of the boxes computed at once; the plan chooses it otherwise.
    #[arg(long, value_name = "N")]
    pub tile: Option<u64>,
    /// Folder for scratch files [default: beside the output].
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// When data must have reached the disk: none, block (each shard) or end [default: block].
    #[arg(long, value_name = "WHEN", value_parser = sync)]
    pub sync: Option<SyncPolicy>,
    /// Replace an output that exists; discard one that is unfinished.
    #[arg(long)]
    pub overwrite: bool,
    /// Go on with an unfinished output, or check and repair a finished one.
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
}

/// A conversion.
#[derive(Args)]
pub struct Conversion {
    #[command(flatten)]
    pub work: Work,
    /// Type of the voxels written: u8, i8, u16, i16, u32, i32, u64, i64, f32 or f64.
    #[arg(long, value_name = "TYPE")]
    pub dtype: Option<String>,
    /// Values that become the least and the greatest of the type, the others linearly between.
    #[arg(long, value_name = "LO,HI", value_parser = window, allow_hyphen_values = true)]
    pub window: Option<[f64; 2]>,
}

impl Conversion {
    /// The steps that the options stand for.
    pub fn steps(&self) -> Vec<String> {
        let mut words = Vec::new();
        if let Some([lower, upper]) = self.window {
            let (lower, upper) = (lower.to_string(), upper.to_string());
            words.extend(["rescale", "--lower", &lower, "--upper", &upper].map(str::to_owned));
        } else if self.dtype.is_some() {
            words.push("cast".to_owned());
        }
        if let Some(dtype) = &self.dtype {
            words.extend(["--dtype".to_owned(), dtype.clone()]);
        }
        words
    }
}

impl Running {
    /// Puts what was given into the options of the library.
    pub fn apply(&self, options: &mut Options) {
        options.memory = self.memory.or(options.memory);
        options.threads = self.threads.map(|n| n as usize).or(options.threads);
        options.tile = self.tile.or(options.tile);
        options.scratch = self.scratch.clone().or_else(|| options.scratch.take());
        options.layout.sync = self.sync.unwrap_or(options.layout.sync);
    }

    /// What may be there already.
    pub fn begin(&self) -> Begin {
        match (self.resume, self.overwrite) {
            (true, _) => Begin::Resume,
            (_, true) => Begin::Overwrite,
            _ => Begin::Fresh,
        }
    }
}

/// Where steps come from and go to, beside the command line.
#[derive(Args)]
pub struct Recipe {
    /// Take the steps from a file (TOML or JSON) that --save-pipeline or a person wrote.
    #[arg(long, value_name = "FILE")]
    pub pipeline: Option<PathBuf>,
    /// Write the steps to a file: JSON when its name ends in .json, TOML otherwise.
    #[arg(long, value_name = "FILE")]
    pub save_pipeline: Option<PathBuf>,
}

/// A run.
#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    pub work: Work,
    #[command(flatten)]
    pub recipe: Recipe,
}

/// A plan of a run.
#[derive(Args)]
pub struct Plan {
    #[command(flatten)]
    pub work: Work,
    #[command(flatten)]
    pub recipe: Recipe,
    /// Write the plan to a file, which `voxsieve run FILE` runs.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Do not run a part of the job to measure the time.
    #[arg(long)]
    pub no_probe: bool,
}

/// The viewer.
#[derive(Args)]
pub struct View {
    /// Anything that the other commands read.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Labels or a mask to show over it; may be given several times.
    #[arg(long, value_name = "LABELS")]
    pub labels: Vec<PathBuf>,
    /// Folder for what is computed from the viewer [default: the current one].
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Folder for scratch files and coarser levels of volumes that have none [default: that of the user's caches].
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// Most memory for the process, such as 4GiB [default: half of what is available].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Most threads [default: one per processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,
    /// Port on this machine [default: any that is free].
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// Print the address only.
    #[arg(long)]
    pub no_browser: bool,
    #[arg(
        long,
        value_name = "ORIGIN",
        help = "Also answer pages of this origin, such as https://hub.example.org; may be given several times"
    )]
    pub allow_origin: Vec<String>,
    #[arg(
        long,
        value_name = "URL",
        help = "Address under which a proxy shows this port, such as https://hub.example.org/user/me/proxy/4711/"
    )]
    pub url_prefix: Option<String>,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub talk: Talk,
}

/// Making an output again.
#[derive(Args)]
pub struct Replay {
    /// An OME-Zarr that Voxsieve wrote.
    #[arg(value_name = "OUT")]
    pub original: PathBuf,
    /// Where to make it again [default: OUT with `.replay` in its name].
    #[arg(value_name = "NEWOUT")]
    pub output: Option<PathBuf>,
    /// The source, when it is not where it was or has changed.
    #[arg(long, value_name = "IN")]
    pub input: Option<PathBuf>,
    #[command(flatten)]
    pub running: Running,
    #[command(flatten)]
    pub talk: Talk,
}

/// A measurement.
#[derive(Args)]
pub struct Measure {
    /// A volume of whole numbers: each is an object, 0 is background.
    #[arg(value_name = "LABELS")]
    pub labels: PathBuf,
    /// An image of the same shape, whose grey values are measured too.
    #[arg(long, value_name = "IMG")]
    pub image: Option<PathBuf>,
    /// The table to write, a row for each object: .csv, .json or .parquet.
    #[arg(short, long, value_name = "TABLE")]
    pub output: Option<PathBuf>,
    /// A page to write, which shows the objects: .html, as `voxsieve report` makes it.
    #[arg(long, value_name = "PAGE")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub looking: Looking,
    #[command(flatten)]
    pub talk: Talk,
}

/// A page.
#[derive(Args)]
pub struct Report {
    /// An image, or labels or a mask that Voxsieve wrote.
    #[arg(value_name = "VOLUME")]
    pub volume: PathBuf,
    /// Labels of the objects in the image, of the same shape.
    #[arg(long, value_name = "LABELS")]
    pub labels: Option<PathBuf>,
    /// The page to write: .html.
    #[arg(short, long, value_name = "PAGE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub looking: Looking,
    #[command(flatten)]
    pub talk: Talk,
}

/// How much of a volume is looked at, and how.
#[derive(Args)]
pub struct Looking {
    /// Part of the volume, in its voxels, ends excluded.
    #[arg(long, value_name = "Z0:Z1,Y0:Y1,X0:X1", value_parser = crate::storing::roi)]
    pub roi: Option<Region>,
    /// Most memory for the process, such as 4GiB [default: half of what is available].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Most threads [default: one per processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,
    /// Edge of the boxes that are looked at at once; chosen by the budget otherwise.
    #[arg(long, value_name = "N")]
    pub tile: Option<u64>,
    /// Folder for scratch files [default: beside the output].
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// Replace an output that exists.
    #[arg(long)]
    pub overwrite: bool,
}

impl Looking {
    /// For the library.
    pub fn options(&self, reading: &Reading) -> Options {
        Options {
            open: reading.options(),
            roi: self.roi,
            memory: self.memory,
            threads: self.threads.map(|n| n as usize),
            tile: self.tile,
            scratch: self.scratch.clone(),
            ..Options::default()
        }
    }

    /// What may be there already.
    pub fn begin(&self) -> Begin {
        if self.overwrite {
            Begin::Overwrite
        } else {
            Begin::Fresh
        }
    }
}

/// A conversion, a run, or a plan of one.
#[derive(Args)]
pub struct Work {
    /// What to read: a TIFF, NRRD, `MetaImage` or raw file, a folder or quoted pattern of TIFF slices, an OME-Zarr folder
    /// or a zip archive of one.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// What to write: an OME-Zarr folder, or a file such as .tif, .nrrd, .mha, .mhd, .raw.
    #[arg(value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Instead of OUT: store masks or labels inside this OME-Zarr image, as labels/NAME.
    #[arg(long, value_name = "IMAGE", conflicts_with = "output")]
    pub into: Option<PathBuf>,
    /// Name of the labels inside the image.
    #[arg(long, value_name = "NAME", default_value = "labels", requires = "into")]
    pub name: String,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub talk: Talk,
    #[command(flatten)]
    pub running: Running,
    #[command(flatten)]
    pub storing: Storing,
}

impl Work {
    /// For the library.
    pub fn options(&self) -> Options {
        let mut options = Options {
            open: self.reading.options(),
            ..Options::default()
        };
        self.storing.apply(&mut options);
        self.running.apply(&mut options);
        options
    }

    /// OUT, or the place in the image; only a plan in a file can do without.
    pub fn output(&self) -> voxsieve::Result<PathBuf> {
        match (&self.output, &self.into) {
            (_, Some(image)) => voxsieve::labels_of(image, &self.name),
            (Some(output), None) => Ok(output.clone()),
            (None, None) => Err(Error::Parameter {
                name: "OUT".into(),
                message: "is missing behind IN; --help shows how".into(),
            }),
        }
    }

    /// The first flag that a plan in a file has decided already.
    pub fn decided(&self) -> Option<&'static str> {
        let reading = &self.reading;
        let given = [
            ("--level", reading.level != 0),
            ("--spacing", reading.spacing.is_some()),
            ("--unit", reading.unit.is_some()),
            ("--channel", reading.channel.is_some()),
            ("--time", reading.time.is_some()),
        ];
        let all = given.into_iter().chain(self.storing.given());
        all.filter(|(_, given)| *given).map(|(name, _)| name).next()
    }
}

fn spacing(text: &str) -> Result<[f64; 3], String> {
    let sizes: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    match sizes.as_deref() {
        Ok([z, y, x]) if [z, y, x].iter().all(|s| s.is_finite() && **s > 0.0) => Ok([*z, *y, *x]),
        _ => Err("three sizes greater than 0 are needed: z,y,x".into()),
    }
}

fn unit(text: &str) -> Result<LengthUnit, String> {
    LengthUnit::from_name(text).ok_or_else(|| "a unit of length is needed, such as um or mm".into())
}

fn size(text: &str) -> Result<u64, String> {
    parse_bytes(text).map_err(|_| "a size is needed, such as 4GiB or 500MB".into())
}

fn window(text: &str) -> Result<[f64; 2], String> {
    let ends: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    match ends.as_deref() {
        Ok([lower, upper]) if lower < upper => Ok([*lower, *upper]),
        _ => Err("two numbers are needed, the smaller first: lower,upper".into()),
    }
}

fn sync(text: &str) -> Result<SyncPolicy, String> {
    match text {
        "none" => Ok(SyncPolicy::None),
        "block" => Ok(SyncPolicy::Block),
        "end" => Ok(SyncPolicy::End),
        _ => Err("none, block or end is needed".into()),
    }
}
