//! A scratch file with the voxels of a source that can only be read in order, so that any region of
//! it can be read.

use crate::fingerprint::hex;
use crate::raw::{Plane, RawVoxels, renew};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use voxsieve_core::{Access, Block, Error, Grid, Region, RegionAccess, Result, Source, VolumeSpec};

/// Starts the name of every scratch file.
const PREFIX: &str = "voxsieve-spool-";
/// Ends the name of a scratch file that is being filled.
const UNFINISHED: &str = ".partial";
/// Time in which a new scratch file is certainly locked.
const JUST_NOW: Duration = Duration::from_mins(1);

/// A source behind a scratch file. After [`prepare`](Source::prepare) any region can be read. The file
/// stays for the next run, unless [`discard`](Spooled::discard) is called.
pub struct Spooled {
    inner: Arc<dyn Source>,
    scratch: PathBuf,
    ready: OnceLock<RawVoxels>,
    discarded: AtomicBool,
}

impl Spooled {
    /// `scratch` is the folder for the file.
    pub fn new(inner: Arc<dyn Source>, scratch: &Path) -> Self {
        Self {
            inner,
            scratch: scratch.to_owned(),
            ready: OnceLock::new(),
            discarded: AtomicBool::new(false),
        }
    }

    /// The scratch file is not needed any more: it is removed when this value goes.
    pub fn discard(&self) {
        self.discarded.store(true, Ordering::Relaxed);
    }

    /// The name of the finished file; the same content always gets the same name.
    fn name(&self) -> Result<String> {
        let spec = self.spec();
        let absolute = std::path::absolute(self.path()).unwrap_or_else(|_| self.path().to_owned());
        let key = format!(
            "{} {} {:?} {}",
            self.inner.fingerprint()?,
            absolute.display(),
            spec.shape,
            spec.dtype
        );
        Ok(format!("{PREFIX}{}.raw", hex(key.as_bytes())))
    }

    /// Opens a finished file, of this run or an earlier one.
    fn open(&self, path: &Path) -> Option<RawVoxels> {
        let file = File::open(path).ok()?;
        let spec = self.spec();
        let [nz, height, width] = spec.shape;
        let plane = height * width * spec.dtype.bytes();
        (file.metadata().ok()?.len() == spec.bytes()).then(|| RawVoxels {
            file,
            path: path.to_owned(),
            planes: (0..nz).map(|z| Plane::Whole(z * plane)).collect(),
            height,
            width,
            dtype: spec.dtype,
            big_endian: false,
        })
    }

    fn fill(
        &self,
        path: &Path,
        threads: usize,
        step: &(dyn Fn(u64) -> Result<()> + Sync),
    ) -> Result<()> {
        std::fs::create_dir_all(&self.scratch)
            .map_err(Error::io("cannot create", &self.scratch))?;
        sweep(&self.scratch, path);
        let (unfinished, file) = Unfinished::create(path)?;
        file.set_len(self.spec().bytes())
            .map_err(Error::io("cannot write", &unfinished.0))?;
        self.copy_all(&file, &unfinished.0, threads, step)?;
        // A name stands for a whole file, also after a power failure.
        file.sync_data()
            .map_err(Error::io("cannot write", &unfinished.0))?;
        std::fs::rename(&unfinished.0, path).map_err(Error::io("cannot rename", &unfinished.0))
    }

    fn copy_all(
        &self,
        file: &File,
        path: &Path,
        threads: usize,
        step: &(dyn Fn(u64) -> Result<()> + Sync),
    ) -> Result<()> {
        let grid = self.spec().grid();
        let next = AtomicU64::new(0);
        let failed = Mutex::new(None);
        let work = || {
            let mut block = Block::zeros(Region::new([0; 3], [0; 3]), self.spec().dtype);
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= grid.len() {
                    return;
                }
                let copied = self
                    .fetch(grid, grid.position(index), &mut block)
                    .and_then(|()| write_block(file, path, self.spec(), &block))
                    .and_then(|()| step(block.region.voxels()));
                if let Err(error) = copied {
                    next.store(grid.len(), Ordering::Relaxed);
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    failed.get_or_insert(error);
                    return;
                }
            }
        };
        let threads = match self.inner.access() {
            Access::Chunk(chunks) | Access::Sequential(chunks) if chunks.in_order() => 1,
            _ => threads,
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.map_or(Ok(()), Err)
    }

    /// Decodes one chunk of the inner source.
    fn fetch(&self, grid: Grid, position: [u64; 3], block: &mut Block) -> Result<()> {
        match self.inner.access() {
            Access::Chunk(chunks) | Access::Sequential(chunks) => chunks.decode(position, block),
            Access::Region(regions) => {
                let region = grid.region(position);
                renew(block, region, self.spec().dtype);
                regions.read(&region, block)
            }
        }
    }
}

impl Source for Spooled {
    fn spec(&self) -> &VolumeSpec {
        self.inner.spec()
    }

    fn path(&self) -> &Path {
        self.inner.path()
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        self.inner.fingerprint()
    }

    fn access(&self) -> Access<'_> {
        Access::Region(self)
    }

    fn read_bytes(&self) -> u64 {
        RawVoxels::READ_BYTES
    }

    fn prepare(&self, threads: usize, step: &(dyn Fn(u64) -> Result<()> + Sync)) -> Result<()> {
        if self.ready.get().is_some() {
            return Ok(());
        }
        self.inner.prepare(threads, step)?;
        let path = self.scratch.join(self.name()?);
        if let Some(raw) = self.open(&path) {
            self.ready.get_or_init(|| raw);
            return step(self.spec().region().voxels());
        }
        self.fill(&path, threads, step)?;
        let raw = self.open(&path);
        let gone = || Error::input(&path, "the scratch file went away");
        let raw = raw.ok_or_else(gone)?;
        self.ready.get_or_init(|| raw);
        Ok(())
    }

    fn prepare_bytes(&self) -> u64 {
        let chunk = Region::whole(self.spec().chunk).voxels() * self.spec().dtype.bytes();
        self.inner.read_bytes() + chunk
    }

    fn scratch_disk_bytes(&self) -> u64 {
        self.spec().bytes() + self.inner.scratch_disk_bytes()
    }

    fn absent(&self, everywhere: bool) -> Result<Option<String>> {
        self.inner.absent(everywhere)
    }

    fn describe(&self) -> String {
        format!("{}, through a scratch file", self.inner.describe())
    }
}

impl RegionAccess for Spooled {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        match self.ready.get() {
            Some(raw) => raw.read(region, into),
            None => Err(Error::input(
                self.path(),
                "its scratch file is not filled yet",
            )),
        }
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if *self.discarded.get_mut()
            && let Some(raw) = self.ready.get()
        {
            // Nothing is lost when the file cannot be removed.
            let _ = std::fs::remove_file(&raw.path);
        }
    }
}

/// A scratch file that is being filled; removed unless it was renamed.
struct Unfinished(PathBuf);

impl Unfinished {
    /// A file of a name that no other process has. Its lock tells others that it is in use.
    fn create(finished: &Path) -> Result<(Self, File)> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut name = finished.as_os_str().to_owned();
        name.push(format!(".{}-{number}{UNFINISHED}", std::process::id()));
        let path = PathBuf::from(name);
        let opened = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path);
        let file = opened.map_err(Error::io("cannot create", &path))?;
        // Some network file systems have no locks; then stale files are merely not swept.
        let _ = file.try_lock();
        Ok((Self(path), file))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Removes what killed runs left of the same scratch file: unfinished files that nobody has locked.
fn sweep(folder: &Path, finished: &Path) {
    let Some(name) = finished.file_name().map(|n| n.to_string_lossy()) else {
        return;
    };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let entry_name = entry.file_name();
        let entry_name = entry_name.to_string_lossy();
        if entry_name.starts_with(&*name)
            && entry_name.ends_with(UNFINISHED)
            && is_abandoned(&entry.path())
        {
            // Whoever else sweeps may be faster.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// True when nobody has locked the file. One that was changed just now may be about to be locked.
fn is_abandoned(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    let age = modified.ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age > JUST_NOW) && file.try_lock().is_ok()
}

/// Writes the rows of a block to where they belong in the file.
fn write_block(file: &File, path: &Path, spec: &VolumeSpec, block: &Block) -> Result<()> {
    let [_, height, width] = spec.shape;
    let size = spec.dtype.bytes();
    let [nz, ny, nx] = block.region.shape;
    let start = block.region.start.map(|s| s as u64);
    // Rows of full width follow one another in the file.
    let rows = if nx == width { ny } else { 1 };
    let bytes = block
        .voxels
        .bytes()
        .chunks_exact((rows * nx * size) as usize);
    for (index, run) in bytes.enumerate().take((nz * ny) as usize) {
        let row = index as u64 * rows;
        let (z, y) = (start[0] + row / ny, start[1] + row % ny);
        let at = ((z * height + y) * width + start[2]) * size;
        file.write_all_at(run, at)
            .map_err(Error::io("cannot write", path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;
    use voxsieve_core::{ChunkAccess, DType};

    const SHAPE: [u64; 3] = [5, 7, 9];

    /// Voxels of their raster number, in chunks that do not divide the volume.
    struct Numbered {
        spec: VolumeSpec,
        decoded: AtomicU64,
    }

    impl Numbered {
        fn new(chunk: [u64; 3]) -> Arc<Self> {
            Arc::new(Self {
                spec: VolumeSpec::image(SHAPE, DType::U16, chunk),
                decoded: AtomicU64::new(0),
            })
        }
    }

    impl ChunkAccess for Numbered {
        fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
            self.decoded.fetch_add(1, Ordering::Relaxed);
            let region = self.spec.grid().region(position);
            renew(into, region, DType::U16);
            let [_, ny, nx] = region.shape;
            for (index, voxel) in into.as_mut_slice::<u16>().iter_mut().enumerate() {
                let index = index as u64;
                let at = [index / (ny * nx), index / nx % ny, index % nx];
                let [z, y, x]: [u64; 3] = std::array::from_fn(|a| region.start[a] as u64 + at[a]);
                *voxel = ((z * SHAPE[1] + y) * SHAPE[2] + x) as u16;
            }
            Ok(())
        }
    }

    impl Source for Numbered {
        fn spec(&self) -> &VolumeSpec {
            &self.spec
        }
        fn path(&self) -> &Path {
            Path::new("numbered")
        }
        fn fingerprint(&self) -> Result<serde_json::Value> {
            Ok(self.spec.chunk.to_vec().into())
        }
        fn access(&self) -> Access<'_> {
            Access::Sequential(self)
        }
        fn read_bytes(&self) -> u64 {
            0
        }
        fn describe(&self) -> String {
            "numbers".to_owned()
        }
    }

    fn check(spooled: &Spooled) {
        let mut all = Block::zeros(Region::whole(SHAPE), DType::U16);
        spooled.read(&Region::whole(SHAPE), &mut all).unwrap();
        let numbers = all.as_slice::<u16>().iter().enumerate();
        assert!(numbers.into_iter().all(|(n, v)| n == usize::from(*v)));
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn any_cut_gives_the_same_file() {
        for chunk in [[1, 7, 9], [1, 3, 9], [2, 4, 4], [5, 7, 9]] {
            let folder = tempfile::tempdir().unwrap();
            let spooled = Spooled::new(Numbered::new(chunk), &folder.path().join("new"));
            assert!(
                spooled
                    .read(
                        &Region::whole([1; 3]),
                        &mut Block::zeros(Region::whole([1; 3]), DType::U16)
                    )
                    .is_err()
            );
            let seen = AtomicU64::new(0);
            let step = |voxels| {
                seen.fetch_add(voxels, Ordering::Relaxed);
                Ok(())
            };
            spooled.prepare(3, &step).unwrap();
            assert_eq!(seen.into_inner(), 5 * 7 * 9);
            check(&spooled);
        }
    }

    #[test]
    fn a_finished_file_is_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let source = Numbered::new([1, 7, 9]);
        for _ in 0..2 {
            let spooled = Spooled::new(source.clone(), folder.path());
            spooled.prepare(2, &|_| Ok(())).unwrap();
            check(&spooled);
        }
        assert_eq!(source.decoded.load(Ordering::Relaxed), 5);
        let last = Spooled::new(source, folder.path());
        last.prepare(1, &|_| Ok(())).unwrap();
        last.discard();
        assert_eq!(files(folder.path()).len(), 1);
        drop(last);
        assert!(files(folder.path()).is_empty());
    }

    #[test]
    fn cancelling_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let spooled = Spooled::new(Numbered::new([1, 7, 9]), folder.path());
        let error = spooled.prepare(2, &|_| Err(Error::Cancelled)).unwrap_err();
        assert!(matches!(error, Error::Cancelled));
        assert!(files(folder.path()).is_empty());
        spooled.prepare(2, &|_| Ok(())).unwrap();
        check(&spooled);
    }

    #[test]
    fn leftovers_of_killed_runs_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let spooled = Spooled::new(Numbered::new([1, 7, 9]), folder.path());
        let finished = folder.path().join(spooled.name().unwrap());
        let (in_use, file) = Unfinished::create(&finished).unwrap();
        let (stale, unlocked) = Unfinished::create(&finished).unwrap();
        let long_ago = SystemTime::now() - 2 * JUST_NOW;
        file.set_modified(long_ago).unwrap();
        unlocked.set_modified(long_ago).unwrap();
        drop(unlocked);
        spooled.prepare(2, &|_| Ok(())).unwrap();
        assert!(in_use.0.exists() && !stale.0.exists());
    }
}
