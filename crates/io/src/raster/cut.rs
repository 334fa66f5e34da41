//! In what boxes a raster file is written. The file is the same for all of them.

use voxsieve_core::VolumeSpec;

/// Bytes of a box that rows of the source can be read into with little more than it needs.
const BOX: u64 = 2 << 20;
/// Most bytes of a box that follows the chunks of the source.
const LARGEST: u64 = 8 << 20;
/// Bytes that are worth a write of their own.
const RUN: u64 = 512;

/// The chunk: as many planes as rows of full width; or, where the source is stored in boxes, whole ones of these side
/// by side. At most `most` planes and rows.
pub(super) fn chunk(spec: &VolumeSpec, most: u64) -> [u64; 3] {
    let size = spec.dtype.bytes();
    let [nz, ny, nx] = spec.shape;
    let stored = spec.chunk;
    if stored[0] > 1 && stored[1] < ny && stored[2] < nx {
        let x = (RUN.div_ceil(size).div_ceil(stored[2]) * stored[2]).min(nx);
        let (mut z, y) = (stored[0].min(most).min(nz), stored[1].min(most).min(ny));
        while z > 1 && z * y * x * size > LARGEST {
            z = z.div_ceil(2);
        }
        if z * y * x * size <= LARGEST {
            return [z, y, x];
        }
    }
    let rows = BOX / (nx * size).max(1);
    if rows == 0 {
        return [1, 1, (BOX / size).min(nx)];
    }
    // A power of two, so that halves and quarters of it are whole.
    let edge = 1 << (rows.isqrt().max(1).ilog2());
    let z = edge.min(most).min(nz);
    let y = edge.min(most).min(ny);
    [z, y, nx]
}

/// The shard: rows of chunks in full width, two by two; of slices, which have one owner each, whole planes.
pub(super) fn shard(shape: [u64; 3], chunk: [u64; 3], slices: bool) -> [u64; 3] {
    let whole = |axis: usize| shape[axis].next_multiple_of(chunk[axis]);
    if slices {
        [chunk[0], whole(1), whole(2)]
    } else {
        [2 * chunk[0], 2 * chunk[1], whole(2)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxsieve_core::DType;

    fn of(shape: [u64; 3], dtype: DType, stored: [u64; 3]) -> [u64; 3] {
        chunk(&VolumeSpec::image(shape, dtype, stored), 128)
    }

    #[test]
    fn boxes_suit_rows_and_chunks() {
        assert_eq!(of([512; 3], DType::U8, [1, 512, 512]), [64, 64, 512]);
        assert_eq!(
            of([3, 2560, 2560], DType::F32, [1, 2560, 2560]),
            [3, 8, 2560]
        );
        assert_eq!(of([999; 3], DType::U8, [128; 3]), [128, 128, 512]);
        assert_eq!(of([999; 3], DType::F64, [128; 3]), [64, 128, 128]);
        assert_eq!(
            of([1, 1, 1 << 40], DType::U8, [1, 1, 1 << 40]),
            [1, 1, 1 << 21]
        );
        assert_eq!(of([1; 3], DType::U8, [1; 3]), [1; 3]);
    }

    #[test]
    fn shards_hold_whole_chunks() {
        assert_eq!(shard([9, 9, 10], [2, 3, 4], false), [4, 6, 12]);
        assert_eq!(shard([9, 10, 10], [2, 3, 4], true), [2, 12, 12]);
    }
}
