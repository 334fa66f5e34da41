//! `phantom`: the seeded phantom as a (Big)TIFF, made and written slab by slab.

use crate::Result;
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16};
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{
    Compression, Rational, TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard, TiffValue,
};
use tiff::tags::{ResolutionUnit, Tag};
use voxsieve_core::{Block, DType, Phantom, Region, Voxel};

/// Slices in memory at a time.
const SLAB: u64 = 16;
const THREADS: u64 = 2;
/// Above this many bytes of voxels offsets need 64 bits; the rest is left for the directories.
const CLASSIC: u64 = (1 << 32) - (1 << 26);

/// What to write, and where.
#[derive(Args)]
pub struct Options {
    /// Voxels along each axis
    size: u64,
    /// The file to write
    out: PathBuf,
    /// Type of the voxels
    #[arg(long, value_enum, default_value = "u8")]
    dtype: Type,
    /// Another seed is another sample
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Voxels along z,y,x when they differ; SIZE is then ignored
    #[arg(long, value_delimiter = ',')]
    shape: Vec<u64>,
    /// Compresses each strip
    #[arg(long, value_enum)]
    compress: Option<Compress>,
    /// Distance between voxels in whole micrometres; 0 leaves it unknown
    #[arg(long, default_value_t = 5)]
    spacing: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Type {
    U8,
    U16,
}

#[derive(Clone, Copy, ValueEnum)]
enum Compress {
    Deflate,
}

/// Writes the file that `options` ask for.
pub fn write(options: &Options) -> Result<()> {
    let shape = match options.shape[..] {
        [] => [options.size; 3],
        [z, y, x] => [z, y, x],
        _ => return Err("--shape: three numbers z,y,x are needed".into()),
    };
    if shape.contains(&0) {
        return Err("the phantom needs at least one voxel along each axis".into());
    }
    let phantom = Phantom {
        shape,
        seed: options.seed,
    };
    let bytes = shape.iter().product::<u64>() * options.dtype.voxels().bytes();
    if bytes > CLASSIC {
        write_pages::<TiffKindBig>(options, &phantom)
    } else {
        write_pages::<TiffKindStandard>(options, &phantom)
    }
}

impl Type {
    fn voxels(self) -> DType {
        match self {
            Self::U8 => DType::U8,
            Self::U16 => DType::U16,
        }
    }
}

fn write_pages<K: TiffKind>(options: &Options, phantom: &Phantom) -> Result<()> {
    let file = BufWriter::with_capacity(1 << 20, File::create(&options.out)?);
    let mut tiff = TiffEncoder::<_, K>::new_generic(file)?;
    if options.compress.is_some() {
        tiff = tiff.with_compression(Compression::Deflate(DeflateLevel::Fast));
    }
    let depth = phantom.shape[0];
    for start in (0..depth).step_by(SLAB as usize) {
        let slab = start..depth.min(start + SLAB);
        for (block, z) in slices(phantom, slab.clone(), options.dtype.voxels())
            .iter()
            .zip(slab)
        {
            match options.dtype {
                Type::U8 => write_page::<Gray8, u8, K>(&mut tiff, options, block, (z, depth))?,
                Type::U16 => write_page::<Gray16, u16, K>(&mut tiff, options, block, (z, depth))?,
            }
        }
    }
    Ok(())
}

/// One page; the first also says how many slices there are and how far apart.
fn write_page<C, T, K>(
    tiff: &mut TiffEncoder<BufWriter<File>, K>,
    options: &Options,
    slice: &Block,
    (z, depth): (u64, u64),
) -> Result<()>
where
    C: ColorType<Inner = T>,
    T: Voxel,
    [T]: TiffValue,
    K: TiffKind,
{
    let [_, height, width] = slice.region.shape;
    let mut page = tiff.new_image::<C>(width.try_into()?, height.try_into()?)?;
    if options.spacing > 0 {
        // ImageJ keeps pixels per unit in the resolution, and the unit's name in the description.
        page.resolution(
            ResolutionUnit::None,
            Rational {
                n: 1,
                d: options.spacing,
            },
        );
    }
    if z == 0 {
        page.encoder().write_tag(
            Tag::ImageDescription,
            description(depth, options.spacing).as_str(),
        )?;
    }
    page.write_data(slice.as_slice::<T>())?;
    Ok(())
}

fn description(depth: u64, spacing: u32) -> String {
    let stack = format!("ImageJ=1.53t\nimages={depth}\nslices={depth}\n");
    match spacing {
        0 => stack,
        _ => format!("{stack}unit=um\nspacing={spacing}.0\n"),
    }
}

/// The slices `slab` of the phantom, made by two threads that take turns.
fn slices(phantom: &Phantom, slab: std::ops::Range<u64>, dtype: DType) -> Vec<Block> {
    let [_, height, width] = phantom.shape;
    let mut blocks: Vec<Block> = slab
        .map(|z| Block::zeros(Region::new([z as i64, 0, 0], [1, height, width]), dtype))
        .collect();
    let share = blocks.len().div_ceil(THREADS as usize);
    std::thread::scope(|scope| {
        for part in blocks.chunks_mut(share) {
            scope.spawn(|| part.iter_mut().for_each(|block| phantom.fill(block)));
        }
    });
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiff::decoder::{Decoder, DecodingResult};

    fn options(out: PathBuf, compress: Option<Compress>) -> Options {
        Options {
            size: 1,
            out,
            dtype: Type::U16,
            seed: 3,
            shape: vec![19, 30, 40],
            compress,
            spacing: 5,
        }
    }

    /// Reads every page back and compares it with the phantom; gives the first page's description.
    fn check(options: &Options) -> String {
        let phantom = Phantom {
            shape: [19, 30, 40],
            seed: 3,
        };
        let mut file = Decoder::new(File::open(&options.out).unwrap()).unwrap();
        let description = file.get_tag_ascii_string(Tag::ImageDescription).unwrap();
        for z in 0..19 {
            let mut slice = Block::zeros(Region::new([z, 0, 0], [1, 30, 40]), DType::U16);
            phantom.fill(&mut slice);
            let DecodingResult::U16(page) = file.read_image().unwrap() else {
                panic!("not u16")
            };
            assert_eq!(page, slice.as_slice::<u16>(), "slice {z}");
            assert_eq!(file.more_images(), z < 18);
            if file.more_images() {
                file.next_image().unwrap();
            }
        }
        description
    }

    #[test]
    fn pages_are_the_phantom_s_slices() {
        let folder = tempfile::tempdir().unwrap();
        let classic = options(folder.path().join("a.tif"), Some(Compress::Deflate));
        write(&classic).unwrap();
        assert!(check(&classic).contains("slices=19\nunit=um\nspacing=5.0\n"));
        let big = options(folder.path().join("b.tif"), None);
        write_pages::<TiffKindBig>(
            &big,
            &Phantom {
                shape: [19, 30, 40],
                seed: 3,
            },
        )
        .unwrap();
        check(&big);
        assert_eq!(
            std::fs::read(&big.out).unwrap()[2],
            43,
            "BigTIFF's magic number"
        );
    }

    #[test]
    fn a_shape_of_two_numbers_is_refused() {
        let mut bad = options(PathBuf::from("never-written.tif"), None);
        bad.shape = vec![3, 4];
        assert!(write(&bad).is_err() && !bad.out.exists());
    }
}
