//! Vectors of order-preserving integers: what a sorting network computes with.

/// A vector of keys.
pub trait Lanes: Copy {
    /// One key.
    type Key: Copy + Default;
    /// Number of keys.
    const COUNT: usize;

    /// Lane by lane minimum.
    fn least(self, other: Self) -> Self;
    /// Lane by lane maximum.
    fn most(self, other: Self) -> Self;
}

/// Vectors in memory, one per rank, `stride` keys apart, at any alignment.
///
/// Addresses are found with wrapping arithmetic: the overflow checks of a development build would
/// cut the networks into thousands of pieces.
#[derive(Clone, Copy)]
pub struct List<V: Lanes> {
    keys: *mut V::Key,
    stride: usize,
}

/// A vector in memory that need not be aligned.
#[repr(C, packed)]
struct Packed<V>(V);

impl<V: Lanes> List<V> {
    /// Starts at `keys`; what is read and written later must lie in the same allocation.
    #[inline(always)]
    pub fn new(keys: *mut V::Key, stride: usize) -> Self {
        Self { keys, stride }
    }

    /// The same lists, some columns further.
    #[inline(always)]
    pub fn shifted(self, columns: usize) -> Self {
        Self {
            keys: self.keys.wrapping_add(columns),
            ..self
        }
    }

    #[inline(always)]
    fn at(self, rank: usize) -> *mut Packed<V> {
        self.keys
            .wrapping_add(rank.wrapping_mul(self.stride))
            .cast()
    }

    /// The vector of that rank.
    ///
    /// # Safety
    /// The memory must hold it.
    #[inline(always)]
    pub unsafe fn get(self, rank: usize) -> V {
        // SAFETY: the caller's promise; a vector is plain data of `COUNT` keys.
        unsafe { (*self.at(rank)).0 }
    }

    /// Writes the vector of that rank.
    ///
    /// # Safety
    /// The memory must hold it.
    #[inline(always)]
    pub unsafe fn set(self, rank: usize, value: V) {
        // SAFETY: the caller's promise; a vector is plain data of `COUNT` keys.
        unsafe { (*self.at(rank)).0 = value }
    }
}

/// The twin for every processor: an array of 32 bytes.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Plain<K, const N: usize>([K; N]);

impl<K: Copy + Default + Ord, const N: usize> Lanes for Plain<K, N> {
    type Key = K;
    const COUNT: usize = N;

    // Not inlined: a network of arrays that the compiler takes apart takes it minutes.
    #[inline(never)]
    fn least(mut self, other: Self) -> Self {
        for lane in 0..N {
            self.0[lane] = self.0[lane].min(other.0[lane]);
        }
        self
    }
    #[inline(never)]
    fn most(mut self, other: Self) -> Self {
        for lane in 0..N {
            self.0[lane] = self.0[lane].max(other.0[lane]);
        }
        self
    }
}
