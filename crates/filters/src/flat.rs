//! What the filters with a footprint share: their parameters, and erosion and dilation once or twice.

use voxsieve_core::{
    Block, Boundary, DType, Filter, Halo, Param, Region, Result, Values, VolumeSpec, with_dtype,
};
use voxsieve_kernels::{Extreme, Footprint, Shape, View, ViewMut};

/// How far a footprint reaches.
pub(crate) const RADIUS: Param = Param::whole_length("radius", 1.0)
    .limits(0.0, 50.0)
    .slider(0.0, 10.0)
    .doc("Voxels on each side; a length such as 12um is rounded to whole voxels per axis.");

/// Its form.
pub(crate) const SHAPE: Param = Param::choice("shape", &["box", "ball", "cross"]).doc(
    "Form of the neighbourhood: box, ball (an ellipsoid when the radius differs between axes) or cross \
     (three lines along the axes); a box when left out.",
);

/// A box of the radius asked for.
pub(crate) fn boxed(values: &Values, input: &VolumeSpec) -> Result<Footprint> {
    let radius = values.whole_voxels(RADIUS.name, input)?;
    Ok(Footprint::new(Shape::Box, radius.map(|r| r as usize)))
}

/// The footprint asked for.
pub(crate) fn footprint(values: &Values, input: &VolumeSpec) -> Result<Footprint> {
    let shape = match values.choice(SHAPE.name)? {
        Some("ball") => Shape::Ball,
        Some("cross") => Shape::Cross,
        _ => Shape::Box,
    };
    let radius = values.whole_voxels(RADIUS.name, input)?;
    Ok(Footprint::new(shape, radius.map(|r| r as usize)))
}

/// The reach of a footprint.
pub(crate) fn halo(footprint: &Footprint) -> Halo {
    Halo(footprint.radius().map(|r| r as u64))
}

/// Shape of a region as sizes of a slice.
pub(crate) fn sizes(region: &Region) -> [usize; 3] {
    region.shape.map(|n| n as usize)
}

/// The least or greatest value of a footprint.
pub(crate) struct Flat {
    pub which: Extreme,
    pub footprint: Footprint,
}

impl Flat {
    fn fill(&self, input: &Block, output: &mut Block) {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::extreme::<T>(
            self.which,
            View::new(input.as_slice(), input.shape()),
            &self.footprint,
            ViewMut::new(output.as_mut_slice(), shape),
        ));
    }

    fn bytes(&self, output: &Region, dtype: DType) -> u64 {
        let shape = sizes(output);
        with_dtype!(dtype, T => voxsieve_kernels::extreme_scratch_bytes::<T>(shape, &self.footprint))
    }
}

impl Filter for Flat {
    fn halo(&self) -> Halo {
        halo(&self.footprint)
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        self.bytes(output, input)
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        self.fill(input, output);
        Ok(())
    }
}

/// One extreme of the other, with the same footprint.
pub(crate) struct Twice {
    first: Flat,
    second: Flat,
    boundary: Boundary,
    /// The volume: beyond its border, the first result is extended as between two steps.
    volume: Region,
}

impl Twice {
    /// First one extreme, then of that result the other.
    pub fn new(
        [first, second]: [Extreme; 2],
        footprint: Footprint,
        boundary: Boundary,
        input: &VolumeSpec,
    ) -> Self {
        let flat = |which, footprint| Flat { which, footprint };
        Self {
            first: flat(first, footprint.clone()),
            second: flat(second, footprint),
            boundary,
            volume: input.region(),
        }
    }

    fn between(&self, output: &Region) -> Region {
        output.grow(self.second.halo())
    }
}

impl Filter for Twice {
    fn halo(&self) -> Halo {
        self.first.halo().plus(self.second.halo())
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let between = self.between(output);
        let block = (between.voxels() * input.bytes()).next_multiple_of(8);
        block
            + self
                .first
                .bytes(&between, input)
                .max(self.second.bytes(output, input))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let region = self.between(&output.region);
        let mut between = Block::zeros(region, input.dtype());
        self.first.fill(input, &mut between);
        let valid = region.intersect(&self.volume);
        if !valid.is_empty() {
            between.extend(&valid, self.boundary);
        }
        self.second.fill(&between, output);
        Ok(())
    }
}
