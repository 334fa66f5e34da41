//! What can be typed.

use crate::demo::Demo;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;
use voxsieve::{
    Codec, Format, Layout, LengthUnit, OmeVersion, OpenOptions, Options, PyramidOptions, Region,
    ShrinkMethod, SyncPolicy, parse_bytes,
};

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
    /// Say what a volume is: shape, type, voxel size, levels, histogram.
    Info {
        /// TIFF file, folder or quoted pattern of TIFF slices, OME-Zarr folder or zip archive of one.
        #[arg(value_name = "IN")]
        input: PathBuf,
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
    #[command(override_usage = "voxsieve plan [OPTIONS] IN OUT [STEP [then STEP]...]")]
    Plan(Work),
    /// Filter a volume into a multiscale OME-Zarr.
    #[command(
        override_usage = "voxsieve run [OPTIONS] IN OUT STEP [then STEP]...",
        after_help = "STEP is a filter with its flags: median --radius 2 then binary-threshold --lower 80\n\
                      `voxsieve filters` lists the filters, `voxsieve filters NAME` their flags."
    )]
    Run(Work),
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

/// A conversion, a run, or a plan of one.
#[derive(Args)]
pub struct Work {
    /// TIFF file, folder or quoted pattern of TIFF slices, OME-Zarr folder or zip archive of one.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// What to write: an OME-Zarr folder, or a file such as .tif, .nrrd, .mha, .mhd, .raw.
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub talk: Talk,
    /// Most memory for the process, such as 4GiB [default: half of what is available].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Most threads [default: one per processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,
    /// Part of the input, in voxels of full resolution, ends excluded.
    #[arg(long, value_name = "Z0:Z1,Y0:Y1,X0:X1", value_parser = roi)]
    pub roi: Option<Region>,
    /// Make one voxel of N (or Z,Y,X) along each axis before anything else: the mean, or the mode of masks and
    /// labels.
    #[arg(long, value_name = "N", value_parser = triple)]
    pub bin: Option<[u64; 3]>,
    /// Make voxels cubic before anything else, as long as their shortest edge: linear interpolation, or the
    /// nearest voxel of masks and labels.
    #[arg(long)]
    pub isotropic: bool,
    /// How coarser levels are made: mean, gaussian, mode, nearest, min or max [default: mean, or mode of masks
    /// and labels].
    #[arg(long, value_name = "METHOD", value_parser = method)]
    pub pyramid: Option<ShrinkMethod>,
    /// Factor from each level to the next, such as 2 or 1,2,2; or all of them, such as 1,2,2/2/2.
    #[arg(long, value_name = "FACTORS", value_parser = factors)]
    pub factors: Option<Factors>,
    /// Number of levels to write, with the full resolution [default: until a level fits into two chunks].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=32))]
    pub levels: Option<u64>,
    /// Format of OUT: zarr, tiff, slices, nrrd, mha, mhd or raw [default: by the extension of OUT].
    #[arg(long, value_name = "NAME", value_parser = format)]
    pub format: Option<Format>,
    /// Edge of a stored chunk in voxels; a shard has two chunks per axis. Of formats without chunks, most rows
    /// and planes written at once.
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub chunk: u64,
    /// Version of OME-Zarr to write: 0.4 (Zarr 2, a file for each chunk) or 0.5 (Zarr 3, shards).
    #[arg(long, value_name = "VERSION", default_value = "0.5", value_parser = ome)]
    pub ome: OmeVersion,
    /// How chunks are packed: zstd (smaller) or fast (blosc with lz4 and bitshuffle).
    #[arg(long, value_name = "CODEC", default_value = "zstd", value_parser = codec)]
    pub codec: Codec,
    /// Edge of the boxes computed at once; the plan chooses it otherwise.
    #[arg(long, value_name = "N")]
    pub tile: Option<u64>,
    /// Folder for scratch files [default: beside the output].
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// When data must have reached the disk: none, block (each shard) or end.
    #[arg(long, value_name = "WHEN", default_value = "block", value_parser = sync)]
    pub sync: SyncPolicy,
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

impl Work {
    /// For the library.
    pub fn options(&self) -> Options {
        Options {
            open: self.reading.options(),
            roi: self.roi,
            bin: self.bin,
            isotropic: self.isotropic,
            layout: Layout {
                format: self.format,
                chunk: self.chunk,
                sync: self.sync,
                pyramid: PyramidOptions {
                    method: self.pyramid,
                    factors: self
                        .factors
                        .clone()
                        .map(|factors| factors.0)
                        .unwrap_or_default(),
                    levels: self.levels,
                },
                ome: self.ome,
                codec: self.codec,
            },
            scratch: self.scratch.clone(),
            memory: self.memory,
            threads: self.threads.map(|n| n as usize),
            tile: self.tile,
        }
    }
}

/// Factors from each level to the next.
#[derive(Clone, Debug)]
pub struct Factors(Vec<[u64; 3]>);

fn factors(text: &str) -> Result<Factors, String> {
    text.split('/')
        .map(triple)
        .collect::<Result<_, _>>()
        .map(Factors)
}

fn triple(text: &str) -> Result<[u64; 3], String> {
    let numbers: Result<Vec<u64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    match numbers.as_deref() {
        Ok([every]) => Ok([*every; 3]),
        Ok([z, y, x]) => Ok([*z, *y, *x]),
        _ => Err("one whole number is needed, or three: z,y,x".into()),
    }
}

fn method(text: &str) -> Result<ShrinkMethod, String> {
    ShrinkMethod::from_name(text)
        .ok_or_else(|| "mean, gaussian, mode, nearest, min or max is needed".into())
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

fn format(text: &str) -> Result<Format, String> {
    let names: Vec<_> = Format::names().collect();
    Format::from_name(text).ok_or_else(|| format!("one of {} is needed", names.join(", ")))
}

fn sync(text: &str) -> Result<SyncPolicy, String> {
    match text {
        "none" => Ok(SyncPolicy::None),
        "block" => Ok(SyncPolicy::Block),
        "end" => Ok(SyncPolicy::End),
        _ => Err("none, block or end is needed".into()),
    }
}

fn ome(text: &str) -> Result<OmeVersion, String> {
    match text {
        "0.4" => Ok(OmeVersion::V04),
        "0.5" => Ok(OmeVersion::V05),
        _ => Err("0.4 or 0.5 is needed".into()),
    }
}

fn codec(text: &str) -> Result<Codec, String> {
    match text {
        "zstd" => Ok(Codec::Zstd),
        "fast" => Ok(Codec::Fast),
        _ => Err("zstd or fast is needed".into()),
    }
}

fn roi(text: &str) -> Result<Region, String> {
    let axis = |part: &str| -> Option<(i64, u64)> {
        let (from, to) = part.split_once(':')?;
        let (from, to): (u64, u64) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        (from < to).then_some((from as i64, to - from))
    };
    let axes: Option<Vec<_>> = text.split(',').map(axis).collect();
    match axes.as_deref() {
        Some([z, y, x]) => Ok(Region::new([z.0, y.0, x.0], [z.1, y.1, x.1])),
        _ => Err("three ranges are needed: z0:z1,y0:y1,x0:x1, each begin before its end".into()),
    }
}
