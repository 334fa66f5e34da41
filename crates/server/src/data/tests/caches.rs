//! What is kept, and for how long.

use super::*;
use crate::data::cache::Cached;

fn cached(source: &Arc<Made>, cache: &Arc<ChunkCache>) -> Cached {
    Cached::new(source.clone(), source.spec.clone(), cache)
}

#[test]
fn a_chunk_that_many_want_is_decoded_once() {
    let source = Arc::new(Made::new([64; 3], DType::U16, Reached::InChunks));
    let cached = cached(&source, &cache());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut all = Block::zeros(source.spec.region(), DType::U16);
                cached
                    .fill(&source.spec.region(), &mut all, &GO_ON)
                    .unwrap();
                assert_eq!(all.as_slice::<u16>(), source.block.as_slice::<u16>());
            });
        }
    });
    assert_eq!(source.decoded(), source.spec.grid().len());
    assert_eq!(cached.decoded(), source.decoded());
}

#[test]
fn bytes_stay_within_the_budget_and_go_with_the_source() {
    let source = Arc::new(Made::new([64; 3], DType::U16, Reached::InChunks));
    let small = ChunkCache::new(100_000).unwrap();
    let cached = cached(&source, &small);
    let mut all = Block::zeros(source.spec.region(), DType::U16);
    for _ in 0..3 {
        cached
            .fill(&source.spec.region(), &mut all, &GO_ON)
            .unwrap();
        assert!(small.used() <= small.capacity(), "{}", small.used());
    }
    assert_eq!(all.as_slice::<u16>(), source.block.as_slice::<u16>());
    assert!(small.used() > 30_000);
    drop(cached);
    assert_eq!(small.used(), 0);
}

#[test]
fn what_lies_open_is_not_kept() {
    let source = Arc::new(Made::new([64; 3], DType::U16, Reached::Anywhere));
    let cache = cache();
    let cached = cached(&source, &cache);
    let mut all = Block::zeros(source.spec.region(), DType::U16);
    cached
        .fill(&source.spec.region(), &mut all, &GO_ON)
        .unwrap();
    assert_eq!(cache.used(), 0);
    assert_eq!(all.as_slice::<u16>(), source.block.as_slice::<u16>());
}

#[test]
fn a_failure_is_not_kept() {
    struct Broken(Made);
    impl ChunkAccess for Broken {
        fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
            if self.0.decoded() == 0 {
                self.0.decoded.fetch_add(1, Ordering::Relaxed);
                return Err(Error::corrupt("made", "it is broken"));
            }
            self.0.decode(position, into)
        }
    }
    impl Source for Broken {
        fn spec(&self) -> &VolumeSpec {
            &self.0.spec
        }
        fn path(&self) -> &Path {
            Path::new("broken")
        }
        fn fingerprint(&self) -> Result<serde_json::Value> {
            self.0.fingerprint()
        }
        fn access(&self) -> Access<'_> {
            Access::Chunk(self)
        }
        fn read_bytes(&self) -> u64 {
            0
        }
        fn describe(&self) -> String {
            "broken".into()
        }
    }
    let source = Arc::new(Broken(Made::new([16; 3], DType::U8, Reached::InChunks)));
    let cached = Cached::new(source.clone(), source.0.spec.clone(), &cache());
    let mut all = Block::zeros(source.0.spec.region(), DType::U8);
    let mut fill = || cached.fill(&source.0.spec.region(), &mut all, &GO_ON);
    assert!(matches!(fill(), Err(Error::Corrupt { .. })));
    fill().unwrap();
    assert_eq!(all.as_slice::<u8>(), source.0.block.as_slice::<u8>());
}
