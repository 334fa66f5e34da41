//! What the tests of reading share: real volumes, and all voxels of a source.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use voxsieve_core::{Access, Block, Region, Result, Source, Voxel};
use voxsieve_io::{OpenOptions, Spooled, open};

/// The folder of real volumes; `None`, with a reason, where there is none.
pub fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("VOXSIEVE_DATA").map(PathBuf::from);
    if folder.is_none() {
        assert!(
            std::env::var_os("VOXSIEVE_REQUIRE_DATA").is_none_or(|v| v != "1"),
            "VOXSIEVE_REQUIRE_DATA is set, VOXSIEVE_DATA is not"
        );
        eprintln!("skipped: VOXSIEVE_DATA does not name the folder of real volumes");
    }
    folder
}

/// Opens without options.
pub fn opened(path: &Path) -> Arc<dyn Source> {
    open(path, &OpenOptions::default()).unwrap()
}

/// The sentence with which a file is refused.
pub fn refusal(path: &Path) -> String {
    match open(path, &OpenOptions::default()) {
        Ok(source) => panic!("{} opened: {}", path.display(), source.describe()),
        Err(error) => error.to_string(),
    }
}

/// All voxels, each chunk decoded once, in two threads.
pub fn whole(source: &Arc<dyn Source>) -> Result<Block> {
    let mut all = Block::zeros(source.spec().region(), source.spec().dtype);
    match source.access() {
        Access::Region(regions) => regions.read(&source.spec().region(), &mut all)?,
        Access::Chunk(chunks) | Access::Sequential(chunks) => {
            let mut chunk = Block::zeros(Region::new([0; 3], [0; 3]), source.spec().dtype);
            for position in source.spec().grid().positions() {
                chunks.decode(position, &mut chunk)?;
                assert_eq!(chunk.region, source.spec().grid().region(position));
                all.copy_from(&chunk, &source.spec().region());
            }
        }
    }
    Ok(all)
}

/// All voxels by way of a scratch file.
pub fn whole_spooled(source: &Arc<dyn Source>) -> Block {
    let folder = tempfile::tempdir().unwrap();
    let spooled = Spooled::new(Arc::clone(source), folder.path());
    spooled.prepare(2, &|_| Ok(())).unwrap();
    let spooled: Arc<dyn Source> = Arc::new(spooled);
    whole(&spooled).unwrap()
}

/// Smallest, largest and sum.
pub fn range<T: Voxel + Into<f64>>(block: &Block) -> (f64, f64, f64) {
    let values = block.as_slice::<T>().iter().map(|v| (*v).into());
    values.fold((f64::MAX, f64::MIN, 0.0), |(low, high, sum), v| {
        (v.min(low), v.max(high), v + sum)
    })
}
