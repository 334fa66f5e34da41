//! `cylinder-mask`: the circle in which a reconstruction is valid.

use voxsieve_core::{
    Block, Category, Error, Filter, FilterSpec, Halo, Operator, Param, Result, VolumeSpec,
    with_dtype,
};
use voxsieve_kernels::Number;

/// See the constant's own words.
pub static CYLINDER_MASK: FilterSpec = FilterSpec {
    name: "cylinder-mask",
    title: "Cylinder mask",
    doc: "Keep the voxels whose centre lies in a cylinder along z around the middle of the volume, and replace the \
          others by outside. Distances are physical where the voxel size is known. Keeps the type.",
    category: Category::Values,
    params: &[
        Param::number("ratio")
            .default(1.0)
            .limits(0.0, 2.0)
            .slider(0.5, 1.0)
            .doc("Diameter of the cylinder by the shorter side of a slice."),
        Param::number("outside")
            .default(0.0)
            .doc("What the other voxels become."),
    ],
    build: |values, input| {
        let spacing = input.spacing_or_voxels();
        let side = |axis: usize| input.shape[axis] as f64 * spacing[axis];
        let ratio = values.number("ratio")?.unwrap_or(1.0);
        let outside = values.number("outside")?.unwrap_or(0.0);
        if outside.is_nan() {
            return Err(Error::parameter("outside", "must be a number, not NaN"));
        }
        Ok(Operator::filter(CylinderMask {
            middle: [1, 2].map(|axis| (input.shape[axis] as f64 - 1.0) / 2.0),
            spacing: [spacing[1], spacing[2]],
            radius: ratio * side(1).min(side(2)) / 2.0,
            outside,
        }))
    },
};

struct CylinderMask {
    /// Of y and x, in voxels.
    middle: [f64; 2],
    spacing: [f64; 2],
    radius: f64,
    outside: f64,
}

impl CylinderMask {
    /// Voxels of row `y` inside: from, and to but not including.
    fn inside(&self, y: i64, width: i64) -> (i64, i64) {
        let across = (y as f64 - self.middle[0]) * self.spacing[0];
        let within = |x: i64| {
            let along = (x as f64 - self.middle[1]) * self.spacing[1];
            along * along + across * across <= self.radius * self.radius
        };
        // The row is cut in one stretch around the middle; its ends are found by halving.
        let centre = self.middle[1].floor() as i64;
        if !within(centre) {
            return (0, 0);
        }
        let end = |mut inside: i64, mut beyond: i64| {
            while (beyond - inside).abs() > 1 {
                let half = i64::midpoint(inside, beyond);
                if within(half) {
                    inside = half;
                } else {
                    beyond = half;
                }
            }
            inside
        };
        (end(centre, -1), end(centre, width) + 1)
    }
}

impl Filter for CylinderMask {
    fn halo(&self) -> Halo {
        Halo::NONE
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let (region, [nz, ny, nx]) = (input.region, input.shape());
        let width = 2 * self.middle[1] as i64 + 2;
        with_dtype!(input.dtype(), T => {
            let outside = <T as Number>::from_f64_rounded(self.outside);
            let rows = input.as_slice::<T>().chunks_exact(nx);
            let outputs = output.as_mut_slice::<T>().chunks_exact_mut(nx);
            for ((row, out), index) in rows.zip(outputs).zip(0..nz * ny) {
                let y = region.start[1] + (index % ny) as i64;
                let (from, to) = self.inside(y, width);
                let clip = |x: i64| (x - region.start[2]).clamp(0, nx as i64) as usize;
                let (from, to) = (clip(from), clip(to));
                out.fill(outside);
                out[from..to].copy_from_slice(&row[from..to]);
            }
        });
        Ok(())
    }
}
