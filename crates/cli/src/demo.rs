//! `demo`: a scan, made or given, two steps of filtering, and what came of them.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tiff::encoder::{TiffEncoder, colortype::Gray8};
use voxsieve::{
    Begin, Block, DType, Error, Observe, Observer, OpenOptions, Options, Phantom, Pipeline, Reader, Region,
    Report, Result, Task, format_bytes, info, open, with_dtype,
};

/// Where everything goes.
const FOLDER: &str = "demo-output";

/// What the demo is to work on.
pub struct Demo {
    /// Edge of the phantom in voxels.
    pub size: u64,
    /// A scan in place of the phantom.
    pub input: Option<PathBuf>,
    /// Memory, threads and the like.
    pub options: Options,
}

/// Makes or takes the scan, filters it, and prints and draws the result.
pub fn demo(demo: &Demo, observer: &dyn Observer, cancel: &AtomicBool) -> Result<()> {
    let folder = Path::new(FOLDER);
    std::fs::create_dir_all(folder).map_err(Error::io("cannot make", folder))?;
    let phantom = Phantom { shape: [demo.size; 3], seed: 1 };
    let scan = match &demo.input {
        Some(path) => path.clone(),
        None => make_phantom(&phantom, &folder.join("phantom.tif"))?,
    };
    let grey = GreyRange::of(&scan, &demo.options.open)?;
    let lower = if demo.input.is_some() { grey.middle() } else { f64::from(Phantom::MIDDLE) };
    let output = folder.join("solid.ome.zarr");
    let steps = format!("median --radius 2 then binary-threshold --lower {lower}");
    println!("voxsieve run {} {} {steps}", scan.display(), output.display());
    let pipeline = Pipeline::parse(&steps.split(' ').collect::<Vec<_>>())?;
    let task = Task::new(&scan, &output, pipeline, demo.options.clone())?;
    let report = task.run(&Observe { observer, cancel, begin: Begin::Overwrite })?;
    print_porosity(&report, demo.input.is_none().then_some(&phantom));
    print_cost(&report);
    draw(&scan, &folder.join("before.png"), &demo.options.open, &grey)?;
    draw(&output, &folder.join("after.png"), &OpenOptions::default(), &GreyRange::MASK)?;
    println!("pictures of the middle slice: {FOLDER}/before.png, {FOLDER}/after.png; volume: {}", output.display());
    Ok(())
}

/// Writes the phantom slice by slice.
fn make_phantom(phantom: &Phantom, path: &Path) -> Result<PathBuf> {
    println!("making a phantom of {} voxels: {}", Region::whole(phantom.shape), path.display());
    let damaged = |error: tiff::TiffError| Error::input(path, error);
    let file = File::create(path).map_err(Error::io("cannot write", path))?;
    // BigTIFF, because the size is the user's choice.
    let mut tiff = TiffEncoder::new_big(BufWriter::new(file)).map_err(damaged)?;
    let [depth, height, width] = phantom.shape;
    let mut slice = Block::zeros(Region::new([0; 3], [1, height, width]), DType::U8);
    for z in 0..depth {
        slice.region.start[0] = z as i64;
        phantom.fill(&mut slice);
        tiff.write_image::<Gray8>(width as u32, height as u32, slice.as_slice()).map_err(damaged)?;
    }
    Ok(path.to_owned())
}

/// The grey values that pictures show.
struct GreyRange {
    low: f64,
    high: f64,
}

impl GreyRange {
    const MASK: Self = Self { low: 0.0, high: 255.0 };

    /// All of a volume's values but the darkest and the brightest hundredth.
    fn of(path: &Path, options: &OpenOptions) -> Result<Self> {
        let statistics = info(path, options)?.statistics;
        let value = |name: &str| statistics[name].as_f64().unwrap_or_default();
        Ok(Self { low: value("p01"), high: value("p99") })
    }

    /// A threshold for a scan of which nothing else is known.
    fn middle(&self) -> f64 {
        (self.low + self.high) / 2.0
    }

    fn level(&self, value: f64) -> u8 {
        let share = (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE);
        (share * 255.0).round() as u8
    }
}

/// Porosity from the count of solid voxels, beside the true one where that is known.
fn print_porosity(report: &Report, phantom: Option<&Phantom>) {
    let solid = report.summary["mean"].as_f64().unwrap_or_default() / 255.0 * report.voxels as f64;
    let Some(phantom) = phantom else {
        let below = 1.0 - solid / report.voxels.max(1) as f64;
        println!("below the threshold: {:.2} % of the voxels", below * 100.0);
        return;
    };
    // All solid lies in the sample, so what the sample has beside it is pore.
    let truth = phantom.count(&Region::whole(phantom.shape));
    let found = 1.0 - solid / truth.sample as f64;
    println!("porosity: found {:.2} %, true {:.2} %", found * 100.0, truth.porosity() * 100.0);
}

fn print_cost(report: &Report) {
    println!(
        "{:.1} million voxels per second on {} threads; peak memory {} of a budget of {}",
        report.voxels as f64 / 1e6 / report.wall_seconds.max(1e-9),
        report.threads,
        format_bytes(report.peak_memory_bytes),
        format_bytes(report.budget_bytes),
    );
}

/// Draws the middle slice of a volume.
fn draw(volume: &Path, picture: &Path, options: &OpenOptions, grey: &GreyRange) -> Result<()> {
    let source = open(volume, options)?;
    let spec = source.spec();
    let [depth, height, width] = spec.shape;
    let region = Region::new([(depth / 2) as i64, 0, 0], [1, height, width]);
    let mut slice = Block::zeros(region, spec.dtype);
    Reader::new(source.as_ref(), Default::default()).read(&region, &mut slice)?;
    let failed = |error: png::EncodingError| {
        Error::io("cannot write", picture)(std::io::Error::other(error))
    };
    let file = File::create(picture).map_err(Error::io("cannot write", picture))?;
    let mut png = png::Encoder::new(BufWriter::new(file), width as u32, height as u32);
    png.set_color(png::ColorType::Grayscale);
    let mut writer = png.write_header().map_err(failed)?;
    writer.write_image_data(&levels(&slice, grey)).map_err(failed)?;
    writer.finish().map_err(failed)
}

/// A slice as grey levels of a picture.
fn levels(slice: &Block, grey: &GreyRange) -> Vec<u8> {
    with_dtype!(slice.dtype(), T => {
        slice.as_slice::<T>().iter().map(|value| grey.level(*value as f64)).collect()
    })
}
