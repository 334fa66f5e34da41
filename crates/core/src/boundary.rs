//! What a filter sees beyond the border of a volume.

use crate::{DType, Error, Kind, Param, Result, Values, VolumeSpec, with_dtype};
use std::ops::Range;

/// What stands beyond the border of a volume, shown for a line of the voxels `abcd`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Boundary {
    /// The nearest voxel: `aaa abcd ddd`.
    #[default]
    Nearest,
    /// The volume reflected with its edge repeated: `cba abcd dcb`.
    Reflect,
    /// The volume reflected at its edge voxel, which is not repeated: `dcb abcd cba`.
    Mirror,
    /// This value, as the type of the voxels holds it.
    Constant(f64),
}

impl Boundary {
    /// The parameter of a filter that lets people choose.
    pub const PARAM: Param =
        Param::choice("boundary", &["nearest", "reflect", "mirror", "constant"]).doc(
            "What stands beyond the border of the volume: nearest, the edge voxel (also when left out); reflect, the \
             volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not repeated (dcb abcd cba); \
             constant, boundary-value. SciPy's words; NumPy calls them edge, symmetric, reflect and constant.",
        );

    /// The parameter beside it.
    pub const VALUE: Param = Param::number("boundary-value")
        .default(0.0)
        .doc("Value beyond the border, with boundary constant only.");

    /// The boundary asked for.
    pub fn of(values: &Values, input: &VolumeSpec) -> Result<Self> {
        let word = values.choice(Self::PARAM.name)?;
        if word != Some("constant") && values.is_given(Self::VALUE.name) {
            let message = "goes with boundary constant only";
            return Err(Error::parameter(Self::VALUE.name, message));
        }
        Ok(match word {
            Some("reflect") => Self::Reflect,
            Some("mirror") => Self::Mirror,
            Some("constant") => Self::Constant(constant(values, input)?),
            _ => Self::Nearest,
        })
    }

    /// The place within `valid`, which is not empty, whose voxel stands at `index` of a line; `None` for the constant.
    /// A volume narrower than the context is reflected again and again.
    fn source(self, index: usize, valid: &Range<usize>) -> Option<usize> {
        let (last, at) = (valid.len() as i64 - 1, index as i64 - valid.start as i64);
        let folded = match self {
            Self::Nearest => at.clamp(0, last),
            Self::Reflect => {
                let at = at.rem_euclid(2 * last + 2);
                at.min(2 * last + 1 - at)
            }
            Self::Mirror => {
                let at = at.rem_euclid((2 * last).max(1));
                at.min(2 * last - at)
            }
            Self::Constant(_) => return None,
        };
        Some(valid.start + folded as usize)
    }

    /// The places outside `valid` of a line of `len`, each with where its voxel comes from.
    pub(crate) fn sources(self, valid: &Range<usize>, len: usize) -> Vec<(usize, Option<usize>)> {
        let outside = (0..valid.start).chain(valid.end..len);
        outside
            .map(|index| (index, self.source(index, valid)))
            .collect()
    }
}

/// The value beyond the border, which must be one that the voxels of the input can have.
fn constant(values: &Values, input: &VolumeSpec) -> Result<f64> {
    let (value, dtype) = (values.required_number(Boundary::VALUE.name)?, input.dtype);
    let whole = !matches!(dtype, DType::F32 | DType::F64);
    let (inside, range) = with_dtype!(dtype, T => (
        (T::MIN as f64..=T::MAX as f64).contains(&value),
        format!("{:?} to {:?}", T::MIN, T::MAX),
    ));
    let message = if input.kind == Kind::Mask && value != 0.0 && value != 255.0 {
        format!("{value} is neither 0 nor 255, the values of a mask")
    } else if !inside {
        format!("{value} is outside {range}, the range of {dtype}")
    } else if whole && value.fract() != 0.0 {
        format!("{value} is not a whole number, as those of {dtype} are")
    } else {
        return Ok(value);
    };
    Err(Error::parameter(Boundary::VALUE.name, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `valid` voxels of the alphabet with `count` more on each side.
    fn extended(boundary: Boundary, valid: usize, count: usize) -> String {
        let line = count..count + valid;
        let voxel = |index| {
            boundary
                .source(index, &line)
                .map_or('-', |at| char::from(b'a' + (at - count) as u8))
        };
        (0..valid + 2 * count).map(voxel).collect()
    }

    #[test]
    fn lines_are_extended_as_the_words_say() {
        use Boundary::{Constant, Mirror, Nearest, Reflect};
        let known = [
            (Nearest, 4, 3, "aaaabcdddd"),
            (Reflect, 4, 3, "cbaabcddcb"),
            (Mirror, 4, 3, "dcbabcdcba"),
            (Nearest, 1, 2, "aaaaa"),
            (Reflect, 1, 2, "aaaaa"),
            (Mirror, 1, 2, "aaaaa"),
            (Reflect, 2, 5, "aabbaabbaabb"),
            (Mirror, 2, 5, "babababababa"),
            (Constant(1.0), 0, 2, "----"),
        ];
        for (boundary, valid, count, line) in known {
            assert_eq!(extended(boundary, valid, count), line, "{boundary:?}");
        }
    }
}
