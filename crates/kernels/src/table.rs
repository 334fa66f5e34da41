//! Functions of one 8-bit value, by a table of all its values.

use crate::Number;

/// Voxels from which on a table is worth its making.
const ENOUGH: usize = 4096;

/// Computes `output` from a table that `each` filled, when there are few values and many voxels; `each` computes the
/// voxels themselves otherwise.
pub(crate) fn by_table<T: Number, U: Number>(
    input: &[T],
    output: &mut [U],
    each: impl Fn(&[T], &mut [U]),
) {
    if size_of::<T>() > 1 || input.len() < ENOUGH {
        return each(input, output);
    }
    let values: [T; 256] = std::array::from_fn(|bin| T::from_f64_rounded(T::bin_edge(bin)));
    let mut table = [U::default(); 256];
    each(&values, &mut table);
    for (value, out) in input.iter().zip(output) {
        *out = table[value.bin() & 255];
    }
}
