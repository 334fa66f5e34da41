//! Borrowed blocks: a slice and its shape, C-order `z, y, x`.

/// A block to read.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    /// The voxels, `x` fastest, without gaps.
    pub data: &'a [T],
    /// Number of voxels along `z, y, x`.
    pub shape: [usize; 3],
}

impl<'a, T> View<'a, T> {
    /// A block over `data`.
    ///
    /// # Panics
    /// When `data` does not have the length of `shape`.
    pub fn new(data: &'a [T], shape: [usize; 3]) -> Self {
        assert_eq!(data.len(), shape.iter().product(), "length of {shape:?}");
        Self { data, shape }
    }

    /// Plane `z`.
    #[inline(always)]
    pub fn plane(&self, z: usize) -> &'a [T] {
        let area = self.shape[1] * self.shape[2];
        &self.data[z * area..(z + 1) * area]
    }

    /// Row `y` of plane `z`.
    #[inline(always)]
    pub fn row(&self, z: usize, y: usize) -> &'a [T] {
        let start = (z * self.shape[1] + y) * self.shape[2];
        &self.data[start..start + self.shape[2]]
    }
}

/// A block to write.
#[derive(Debug)]
pub struct ViewMut<'a, T> {
    /// The voxels, `x` fastest, without gaps.
    pub data: &'a mut [T],
    /// Number of voxels along `z, y, x`.
    pub shape: [usize; 3],
}

impl<'a, T> ViewMut<'a, T> {
    /// A block over `data`.
    ///
    /// # Panics
    /// When `data` does not have the length of `shape`.
    pub fn new(data: &'a mut [T], shape: [usize; 3]) -> Self {
        assert_eq!(data.len(), shape.iter().product(), "length of {shape:?}");
        Self { data, shape }
    }

    /// Row `y` of plane `z`.
    #[inline(always)]
    pub fn row_mut(&mut self, z: usize, y: usize) -> &mut [T] {
        let start = (z * self.shape[1] + y) * self.shape[2];
        &mut self.data[start..start + self.shape[2]]
    }
}

/// Asserts that `input` is `output` with `radius` more voxels on every side.
#[inline(always)]
pub(crate) fn assert_halo(input: [usize; 3], output: [usize; 3], radius: [usize; 3]) {
    for axis in 0..3 {
        assert_eq!(
            input[axis],
            output[axis] + 2 * radius[axis],
            "input {input:?}, output {output:?}, radius {radius:?}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_planes_are_where_they_should_be() {
        let mut data: Vec<u8> = (0..24).collect();
        let view = View::new(&data, [2, 3, 4]);
        assert_eq!(view.row(1, 2), [20, 21, 22, 23]);
        assert_eq!(view.plane(1)[0], 12);
        ViewMut::new(&mut data, [2, 3, 4]).row_mut(0, 1)[0] = 99;
        assert_eq!(data[4], 99);
    }

    #[test]
    #[should_panic(expected = "length of")]
    fn a_wrong_length_is_refused() {
        let _ = View::new(&[0u8; 5], [1, 2, 3]);
    }
}
