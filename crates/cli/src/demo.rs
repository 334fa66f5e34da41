//! `demo`: a scan, made or given, two steps of filtering, and what came of them.

use crate::progress::Progress;
use crate::say::say;
use clap::Args;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use tiff::encoder::{TiffEncoder, colortype::Gray8};
use voxsieve::{
    Begin, Block, DType, Error, Observe, OpenOptions, Options, Phantom, Pipeline, Quiet, Reader,
    Region, Report, Result, Task, format_bytes, info, open, parse_bytes, stats, with_dtype,
};

/// Where everything goes.
const FOLDER: &str = "demo-output";

/// What the demo is to work on.
#[derive(Args)]
pub struct Demo {
    /// Edge of the phantom in voxels.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=4096))]
    size: u64,
    /// Filter this scan in place of a phantom.
    #[arg(long, value_name = "SCAN")]
    input: Option<PathBuf>,
    /// Most memory for the process, such as 4GiB [default: half of what is available].
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    memory: Option<u64>,
    /// Most threads [default: one per processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
}

/// Makes or takes the scan, filters it, and prints and draws the result.
pub fn demo(demo: &Demo) -> Result<ExitCode> {
    let folder = Path::new(FOLDER);
    std::fs::create_dir_all(folder).map_err(Error::io("cannot make", folder))?;
    let phantom = Phantom {
        shape: [demo.size; 3],
        seed: 1,
    };
    let scan = match &demo.input {
        Some(path) => path.clone(),
        None => make_phantom(&phantom, &folder.join("phantom.tif"))?,
    };
    let grey = GreyRange::of(&scan)?;
    let lower = if demo.input.is_some() {
        grey.middle()
    } else {
        f64::from(Phantom::MIDDLE)
    };
    let output = folder.join("solid.ome.zarr");
    let steps = format!("median --radius 2 then binary-threshold --lower {lower}");
    say!(
        "voxsieve run {} {} {steps}",
        scan.display(),
        output.display()
    );
    let report = filter(demo, &scan, &output, &steps)?;
    print_porosity(&output, demo.input.is_none().then_some(&phantom))?;
    print_cost(&report);
    draw(&scan, &folder.join("before.png"), &grey)?;
    draw(&output, &folder.join("after.png"), &GreyRange::MASK)?;
    say!(
        "pictures of the middle slice: {FOLDER}/before.png, {FOLDER}/after.png; volume: {}",
        output.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// What `voxsieve run --overwrite` does.
fn filter(demo: &Demo, scan: &Path, output: &Path, steps: &str) -> Result<Report> {
    let pipeline = Pipeline::parse(&steps.split(' ').collect::<Vec<_>>())?;
    let options = Options {
        memory: demo.memory,
        threads: demo.threads.map(|n| n as usize),
        ..Options::default()
    };
    let task = Task::new(scan, output, &pipeline, &options)?;
    let progress = Progress::new(false, false, task.projection().budget_bytes);
    let report = task.run(&Observe {
        observer: &progress,
        cancel: &AtomicBool::new(false),
        begin: Begin::Overwrite,
    });
    progress.finish();
    report
}

/// Writes the phantom slice by slice.
fn make_phantom(phantom: &Phantom, path: &Path) -> Result<PathBuf> {
    let size = phantom.shape[0];
    say!("making a phantom of {size}^3 voxels: {}", path.display());
    let damaged = |error: tiff::TiffError| Error::input(path, error);
    let file = File::create(path).map_err(Error::io("cannot write", path))?;
    // BigTIFF, because the size is the user's choice.
    let mut tiff = TiffEncoder::new_big(BufWriter::new(file)).map_err(damaged)?;
    let [depth, height, width] = phantom.shape;
    let mut slice = Block::zeros(Region::new([0; 3], [1, height, width]), DType::U8);
    for z in 0..depth {
        slice.region.start[0] = z as i64;
        phantom.fill(&mut slice);
        tiff.write_image::<Gray8>(width as u32, height as u32, slice.as_slice())
            .map_err(damaged)?;
    }
    Ok(path.to_owned())
}

/// The grey values that pictures show.
struct GreyRange {
    low: f64,
    high: f64,
}

impl GreyRange {
    const MASK: Self = Self {
        low: 0.0,
        high: 255.0,
    };

    /// All of a volume's values but the darkest and the brightest hundredth.
    fn of(path: &Path) -> Result<Self> {
        let statistics = info(path, &OpenOptions::default())?.statistics;
        let value = |name: &str| statistics[name].as_f64().unwrap_or_default();
        Ok(Self {
            low: value("p01"),
            high: value("p99"),
        })
    }

    /// A threshold for a scan of which nothing else is known.
    fn middle(&self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    fn level(&self, value: f64) -> u8 {
        let share = (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE);
        (share * 255.0).round() as u8
    }
}

/// Porosity from the count of solid voxels, beside the true one where that is known.
fn print_porosity(output: &Path, phantom: Option<&Phantom>) -> Result<()> {
    let counted = stats(output, &OpenOptions::default(), &Quiet)?;
    let number = |name: &str| counted[name].as_f64().unwrap_or_default();
    let (voxels, solid) = (
        number("counted"),
        number("mean") / 255.0 * number("counted"),
    );
    let Some(phantom) = phantom else {
        say!(
            "below the threshold: {:.2} % of the voxels",
            (1.0 - solid / voxels) * 100.0
        );
        return Ok(());
    };
    // All solid lies in the sample, so what the sample has beside it is pore.
    let truth = phantom.count(&Region::whole(phantom.shape));
    let found = 1.0 - solid / truth.sample as f64;
    say!(
        "porosity: found {:.2} %, true {:.2} %",
        found * 100.0,
        truth.porosity() * 100.0
    );
    Ok(())
}

fn print_cost(report: &Report) {
    say!(
        "{:.1} million voxels per second on {} thread{}; peak memory {} of a budget of {}",
        report.voxels as f64 / 1e6 / report.wall_seconds.max(1e-9),
        report.threads,
        if report.threads == 1 { "" } else { "s" },
        format_bytes(report.peak_memory_bytes),
        format_bytes(report.budget_bytes),
    );
}

/// Draws the middle slice of a volume.
fn draw(volume: &Path, picture: &Path, grey: &GreyRange) -> Result<()> {
    let source = open(volume, &OpenOptions::default())?;
    let spec = source.spec();
    let [depth, height, width] = spec.shape;
    let region = Region::new([(depth / 2) as i64, 0, 0], [1, height, width]);
    let mut slice = Block::zeros(region, spec.dtype);
    Reader::uncached(source.as_ref()).read(&region, &mut slice)?;
    let failed = |error: png::EncodingError| {
        Error::io("cannot write", picture)(std::io::Error::other(error))
    };
    let file = File::create(picture).map_err(Error::io("cannot write", picture))?;
    let mut png = png::Encoder::new(BufWriter::new(file), width as u32, height as u32);
    png.set_color(png::ColorType::Grayscale);
    let mut writer = png.write_header().map_err(failed)?;
    writer
        .write_image_data(&levels(&slice, grey))
        .map_err(failed)?;
    writer.finish().map_err(failed)
}

/// A slice as grey levels of a picture.
#[allow(clippy::cast_lossless, reason = "the same line for every type")]
fn levels(slice: &Block, grey: &GreyRange) -> Vec<u8> {
    with_dtype!(slice.dtype(), T => {
        slice.as_slice::<T>().iter().map(|value| grey.level(*value as f64)).collect()
    })
}
