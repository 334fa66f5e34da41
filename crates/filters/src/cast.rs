//! `cast`: another type, the same values.

use crate::types::{NAMES, kind_as, named};
use voxsieve_core::{
    Block, Category, DType, Error, Filter, FilterSpec, Halo, Operator, Param, Result, VolumeSpec,
    with_dtype,
};

/// See the constant's own words.
pub static CAST: FilterSpec = FilterSpec {
    name: "cast",
    title: "Cast",
    doc: "Give the voxels another type and keep their values. Integers are rounded half to even and \
          saturate: what is too large becomes the largest value. NaN becomes 0 in an integer type.",
    category: Category::Values,
    params: &[Param::choice("dtype", NAMES)
        .doc("The type: u8, i8, u16, i16, u32, i32, u64, i64, f32 or f64.")],
    build: |values, _| {
        let dtype = named(values)?.ok_or_else(|| Error::parameter("dtype", "must be given"))?;
        Ok(Operator::filter(Cast { dtype }))
    },
};

struct Cast {
    dtype: DType,
}

impl Filter for Cast {
    fn halo(&self) -> Halo {
        Halo::NONE
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: self.dtype,
            kind: kind_as(input.kind, self.dtype),
            ..input.clone()
        })
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        use DType::{F32, I64, U64};
        match (input.dtype(), output.dtype()) {
            (from, to) if from == to => {
                output
                    .voxels
                    .bytes_mut()
                    .copy_from_slice(input.voxels.bytes());
            }
            (U64, I64) => wide(input, output, |v: u64| i64::try_from(v).unwrap_or(i64::MAX)),
            (I64, U64) => wide(input, output, |v: i64| u64::try_from(v).unwrap_or(0)),
            (U64, F32) => wide(input, output, |v: u64| v as f32),
            (I64, F32) => wide(input, output, |v: i64| v as f32),
            (from, to) => with_dtype!(from, T => with_dtype!(to, U => {
                voxsieve_kernels::cast::<T, U>(input.as_slice(), output.as_mut_slice());
            })),
        }
        Ok(())
    }
}

/// Between types of which `f64` does not hold every value.
fn wide<T, U>(input: &Block, output: &mut Block, each: impl Fn(T) -> U)
where
    T: voxsieve_core::Voxel,
    U: voxsieve_core::Voxel,
{
    voxsieve_kernels::cast_wide(input.as_slice(), output.as_mut_slice(), each);
}
