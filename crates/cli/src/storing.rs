//! What decides how an output is cut and stored.

use clap::Args;
use voxsieve::{Codec, Format, Layout, OmeVersion, Options, PyramidOptions, Region, ShrinkMethod};

/// The voxels that are made, and how they are stored.
#[derive(Args)]
pub struct Storing {
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
    /// Format of OUT: zarr, tiff, slices, nrrd, mha, mhd or raw [default: by the extension of OUT].
    #[arg(long, value_name = "NAME", value_parser = format)]
    pub format: Option<Format>,
    /// Edge of a stored chunk in voxels; a shard has two chunks per axis. Of formats without chunks, most rows
    /// and planes written at once [default: 128].
    #[arg(long, value_name = "N")]
    pub chunk: Option<u64>,
    /// Version of OME-Zarr to write: 0.4 (Zarr 2, a file for each chunk) or 0.5 (Zarr 3, shards) [default: 0.5].
    #[arg(long, value_name = "VERSION", value_parser = ome)]
    pub ome: Option<OmeVersion>,
    /// How chunks are packed: zstd (smaller) or fast (blosc with lz4 and bitshuffle) [default: zstd].
    #[arg(long, value_name = "CODEC", value_parser = codec)]
    pub codec: Option<Codec>,
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
}

impl Storing {
    /// Puts what was given into the options of the library.
    pub fn apply(&self, options: &mut Options) {
        let usual = Layout::default();
        options.roi = self.roi;
        options.bin = self.bin;
        options.isotropic = self.isotropic;
        options.layout = Layout {
            format: self.format,
            chunk: self.chunk.unwrap_or(usual.chunk),
            ome: self.ome.unwrap_or(usual.ome),
            codec: self.codec.unwrap_or(usual.codec),
            pyramid: PyramidOptions {
                method: self.pyramid,
                factors: self.factors.clone().map(|f| f.0).unwrap_or_default(),
                levels: self.levels,
            },
            ..usual
        };
    }

    /// Every flag, and whether it was given.
    pub fn given(&self) -> [(&'static str, bool); 10] {
        [
            ("--roi", self.roi.is_some()),
            ("--bin", self.bin.is_some()),
            ("--isotropic", self.isotropic),
            ("--format", self.format.is_some()),
            ("--chunk", self.chunk.is_some()),
            ("--ome", self.ome.is_some()),
            ("--codec", self.codec.is_some()),
            ("--pyramid", self.pyramid.is_some()),
            ("--factors", self.factors.is_some()),
            ("--levels", self.levels.is_some()),
        ]
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

fn format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = Format::names().collect();
        format!("one of {} is needed", names.join(", "))
    })
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

/// A region as people write it.
pub fn roi(text: &str) -> Result<Region, String> {
    Region::parse(text).ok_or_else(|| {
        "three ranges are needed: z0:z1,y0:y1,x0:x1, each begin before its end".into()
    })
}
