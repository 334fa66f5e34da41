//! `percentile`: the value below which a part of the neighbourhood lies.

use crate::flat::{RADIUS, SHAPE, footprint, halo, sizes};
use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Operator, Param, Region, Result,
    VolumeSpec, with_dtype,
};
use voxsieve_kernels::{Footprint, View, ViewMut};

/// See the constant's own words.
pub static PERCENTILE: FilterSpec = FilterSpec {
    name: "percentile",
    title: "Percentile",
    doc: "Replace each voxel by a percentile of the box, ball or cross around it: of its n values in order, \
          counted from 0, the one of rank n percentile / 100, rounded down; 100 is the last. Equal to SciPy's \
          percentile_filter; 50 of a box is the median. NaN counts as the largest value. Keeps the type.",
    category: Category::Smoothing,
    params: &[
        RADIUS,
        Param::number("percentile")
            .default(50.0)
            .limits(0.0, 100.0)
            .slider(0.0, 100.0)
            .doc("Part of the values, in percent, that come before the result."),
        SHAPE,
        Boundary::PARAM,
        Boundary::VALUE,
    ],
    build: |values, input| {
        let footprint = footprint(values, input)?;
        let percentile = values.number("percentile")?.unwrap_or(50.0);
        let rank = rank(footprint.voxels(), percentile);
        Ok(Operator::filter(Percentile { footprint, rank }))
    },
};

/// The rule of `percentile_filter`, in its order of operations.
fn rank(voxels: usize, percentile: f64) -> usize {
    let rank = (voxels as f64 * percentile / 100.0) as usize;
    rank.min(voxels - 1)
}

struct Percentile {
    footprint: Footprint,
    rank: usize,
}

impl Filter for Percentile {
    fn halo(&self) -> Halo {
        halo(&self.footprint)
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let shape = sizes(output);
        with_dtype!(input, T => voxsieve_kernels::rank_scratch_bytes::<T>(shape, &self.footprint, self.rank))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::rank::<T>(
            View::new(input.as_slice(), input.shape()),
            &self.footprint,
            self.rank,
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn ranks_are_scipy_s() {
        let known = [
            (27, 0.0, 0),
            (27, 50.0, 13),
            (27, 99.99, 26),
            (27, 100.0, 26),
            (7, 29.0, 2),
        ];
        for (voxels, percentile, expected) in known {
            assert_eq!(
                rank(voxels, percentile),
                expected,
                "{percentile} of {voxels}"
            );
        }
        assert_eq!(rank(125, 100.0_f64.next_down()), 124);
    }
}
