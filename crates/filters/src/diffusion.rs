//! What `gradient-diffusion` and `curvature-diffusion` share: steps of diffusion over a growing window.
//!
//! Each step extends its own result at the volume's border, as steps of a chain do. For that the filter knows
//! where the volume ends.

use voxsieve_core::{
    Block, Boundary, DType, Error, Filter, Halo, Kind, Operator, Param, Region, Result, Values,
    VolumeSpec, Voxels, with_dtype,
};
use voxsieve_kernels::{Diffusion, Flow, Number, View, ViewMut, diffuse, diffuse_scratch_bytes};

/// The parameters of both.
pub const PARAMS: &[Param] = &[
    Param::number("iterations")
        .default(5.0)
        .limits(1.0, 50.0)
        .slider(1.0, 20.0)
        .doc("Number of steps; each looks one voxel further."),
    Param::number("time-step")
        .default(0.0625)
        .limits(1e-6, 0.0625)
        .slider(0.01, 0.0625)
        .doc("Length of a step; stable up to a sixteenth."),
    Param::number("conductance")
        .default(10.0)
        .limits(1e-6, 1e9)
        .slider(1.0, 100.0)
        .doc("Gradient in grey levels per voxel, of the shortest edge, from which on smoothing fades."),
];

/// Makes the filter.
pub fn build(flow: Flow, values: &Values, input: &VolumeSpec) -> Result<Operator> {
    let iterations = values.required_number("iterations")?;
    if iterations.fract() != 0.0 {
        let message = format!("{iterations} is not a whole number of steps");
        return Err(Error::parameter("iterations", message));
    }
    let spacing = input.spacing_or_voxels();
    let shortest = spacing.into_iter().fold(f64::INFINITY, f64::min);
    Ok(Operator::filter(Steps {
        volume: input.region(),
        iterations: iterations as u64,
        how: Diffusion {
            flow,
            time_step: values.required_number("time-step")?,
            conductance: values.required_number("conductance")?,
            scale: spacing.map(|s| shortest / s),
        },
    }))
}

struct Steps {
    volume: Region,
    iterations: u64,
    how: Diffusion,
}

impl Steps {
    /// What a step makes when `left` steps follow it, for a part of the result.
    fn made(&self, output: &Region, left: u64) -> Region {
        output.grow(Halo::uniform(left)).intersect(&self.volume)
    }
}

impl Filter for Steps {
    fn halo(&self) -> Halo {
        Halo::uniform(self.iterations)
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: DType::F32,
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn scratch_bytes(&self, output: &Region, _input: DType) -> u64 {
        let shape = |left| output.grow(Halo::uniform(left)).shape.map(|n| n as usize);
        let voxels = |left| shape(left).iter().product::<usize>();
        let block = Voxels::words_for(DType::F32, voxels(self.iterations)) * size_of::<u64>();
        2 * block as u64 + diffuse_scratch_bytes::<f32>(shape(self.iterations - 1))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let region = output.region;
        let voxels = region.grow(self.halo()).voxels() as usize;
        let buffer = || Vec::with_capacity(Voxels::words_for(DType::F32, voxels));
        let mut current = in_f32(input, self.made(&region, self.iterations), buffer());
        let mut spare = buffer();
        for left in (0..self.iterations).rev() {
            let made = self.made(&region, left);
            let seen = made.grow(Halo::uniform(1));
            (current, spare) = extended(current, seen, spare);
            if left == 0 {
                self.step(&current, output);
            } else {
                let mut next = Block::reuse(spare, made, DType::F32);
                self.step(&current, &mut next);
                spare = std::mem::replace(&mut current, next).voxels.into_words();
            }
        }
        Ok(())
    }
}

impl Steps {
    fn step(&self, input: &Block, output: &mut Block) {
        let shape = output.shape();
        diffuse::<f32>(
            View::new(input.as_slice(), input.shape()),
            self.how,
            ViewMut::new(output.as_mut_slice(), shape),
        );
    }
}

/// A part of the input as `f32`.
fn in_f32(input: &Block, region: Region, words: Vec<u64>) -> Block {
    let mut block = Block::reuse(words, region, DType::F32);
    let [_, height, width] = block.shape();
    let [_, rows, length] = input.shape();
    let at: [usize; 3] =
        std::array::from_fn(|a| (region.start[a] - input.region.start[a]) as usize);
    with_dtype!(input.dtype(), T => {
        let voxels = input.as_slice::<T>();
        let lines = block.as_mut_slice::<f32>().chunks_exact_mut(width);
        for (index, line) in lines.enumerate() {
            let (z, y) = (at[0] + index / height, at[1] + index % height);
            let from = &voxels[(z * rows + y) * length + at[2]..][..width];
            for (to, from) in line.iter_mut().zip(from) {
                *to = Number::to_f32(*from);
            }
        }
    });
    block
}

/// The block extended at the volume's border to what the next step looks at, and the buffer that is left.
fn extended(block: Block, region: Region, spare: Vec<u64>) -> (Block, Vec<u64>) {
    if block.region == region {
        return (block, spare);
    }
    let mut wider = Block::reuse(spare, region, DType::F32);
    wider.copy_from(&block, &block.region);
    wider.extend(&block.region, Boundary::Nearest);
    (wider, block.voxels.into_words())
}
