//! Objects by size: four classes in each doubling of the volume.

use serde::Serialize;

/// Objects of about the same size.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Size {
    /// Least number of voxels.
    pub from_voxels: u64,
    /// All have fewer voxels than this.
    pub to_voxels: u64,
    /// Equivalent diameter of the least.
    pub from_diameter: f64,
    /// Equivalent diameter at the end.
    pub to_diameter: f64,
    /// Objects.
    pub objects: u64,
    /// Their voxels.
    pub voxels: u64,
}

/// Objects and voxels of each class.
#[derive(Default)]
pub struct Sizes(Vec<(u64, u64)>);

impl Sizes {
    /// Counts an object.
    pub fn add(&mut self, voxels: u64) {
        let class = class(voxels);
        if self.0.len() <= class {
            self.0.resize(class + 1, (0, 0));
        }
        self.0[class].0 += 1;
        self.0[class].1 += voxels;
    }

    /// All classes from the first to the last that has objects.
    pub fn finish(&self, spacing: [f64; 3]) -> Vec<Size> {
        let classes = self.0.iter().enumerate();
        let size = |(class, (objects, voxels)): (usize, &(u64, u64))| Size {
            from_voxels: least(class),
            to_voxels: least(class + 1),
            from_diameter: diameter(least(class), spacing),
            to_diameter: diameter(least(class + 1), spacing),
            objects: *objects,
            voxels: *voxels,
        };
        classes
            .skip_while(|(_, (objects, _))| *objects == 0)
            .map(size)
            .collect()
    }
}

/// Diameter of a sphere of so many voxels.
pub fn diameter(voxels: u64, spacing: [f64; 3]) -> f64 {
    let volume = voxels as f64 * spacing.iter().product::<f64>();
    libm::cbrt(6.0 * volume / std::f64::consts::PI)
}

/// The class of a size: four in each doubling, each number of its own below four.
fn class(voxels: u64) -> usize {
    if voxels < 4 {
        return voxels as usize;
    }
    let octave = voxels.ilog2();
    (octave as usize - 1) * 4 + (voxels >> (octave - 2) & 3) as usize
}

/// The least size of a class.
fn least(class: usize) -> u64 {
    if class < 4 {
        return class as u64;
    }
    let (octave, part) = (class / 4 + 1, class % 4);
    (4 + part as u64) << (octave - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_lies_in_its_class() {
        let around =
            (0..62).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1, 5 << (bit / 2)]);
        for voxels in around.filter(|n| *n > 0) {
            let class = class(voxels);
            assert!(
                (least(class)..least(class + 1)).contains(&voxels),
                "{voxels}"
            );
        }
    }
}
