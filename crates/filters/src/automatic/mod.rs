//! Thresholds that follow from the histogram of the whole volume.

mod gather;
mod histogram;
mod methods;

use crate::binary_threshold::BinaryThreshold;
use serde_json::{Value, json};
use voxsieve_core::{
    Block, Category, DType, Error, Filter, FilterSpec, Halo, Kind, Next, Operator, Param,
    Reduction, Result, Survey, VolumeSpec, with_dtype,
};
use voxsieve_kernels::Number;

pub use gather::{
    first_look, next as next_for_histogram, partial_bytes as histogram_bytes,
    rounds as histogram_rounds,
};
pub use histogram::Histogram;
use methods::Method;

/// Bins to which more values are joined where every pair of thresholds is weighed.
const MULTI_BINS: usize = 1024;

macro_rules! automatic {
    ($($constant:ident, $name:literal, $title:literal, $doc:literal, $method:path;)*) => {$(
        /// See the constant's own words.
        pub static $constant: FilterSpec = FilterSpec {
            name: $name,
            title: $title,
            doc: $doc,
            category: Category::Thresholds,
            params: &[],
            build: |_, _| Ok(Operator::Survey(Box::new(Automatic { method: $method }))),
        };
    )*

        /// The thresholds by name.
        pub static METHODS: &[(&str, Method)] = &[$(($name, $method)),*];
    };
}

automatic! {
    OTSU, "otsu", "Otsu threshold",
    "Mark with 255 the values greater than the threshold at which the variance between both classes is greatest. \
     The formula of scikit-image's threshold_otsu, which counts in single precision, with exact counts: 8- and 16-bit values are counted one by one, others in 256 equal bins. \
     NaN is outside. Gives a mask (u8).",
    methods::otsu;
    LI, "li", "Li threshold",
    "Mark with 255 the values greater than the threshold of least cross entropy, found by iteration from the mean. \
     Equal to threshold_li of scikit-image for integers; other values are taken as the middles of 256 equal bins. \
     NaN is outside. Gives a mask (u8).",
    methods::li;
    YEN, "yen", "Yen threshold",
    "Mark with 255 the values greater than the threshold of greatest correlation of both classes. \
     Equal to threshold_yen of scikit-image: 8- and 16-bit values are counted one by one, others in 256 equal bins. \
     NaN is outside. Gives a mask (u8).",
    methods::yen;
    TRIANGLE, "triangle", "Triangle threshold",
    "Mark with 255 the values greater than the one farthest from the line between the histogram's peak and its farther \
     end. Equal to threshold_triangle of scikit-image: 8- and 16-bit values are counted one by one, others in 256 \
     equal bins. NaN is outside. Gives a mask (u8).",
    methods::triangle;
    ISODATA, "isodata", "IsoData threshold",
    "Mark with 255 the values greater than the first threshold that is the mean of the means on both sides. \
     Equal to threshold_isodata of scikit-image: 8- and 16-bit values are counted one by one, others in 256 equal \
     bins. NaN is outside. Gives a mask (u8).",
    methods::isodata;
}

/// See the constant's own words.
pub static MULTI_OTSU: FilterSpec = FilterSpec {
    name: "multi-otsu",
    title: "Multi-Otsu classes",
    doc: "Number each voxel's class, from 0 for the darkest, between thresholds at which the variance between the \
          classes is greatest. Equal to threshold_multiotsu of scikit-image: 8-bit values are counted one by one, \
          16-bit ones too while they span at most 1024 values and else in up to 1024 bins, others in 256 equal bins. \
          NaN is in class 0. Gives labels (u8).",
    category: Category::Thresholds,
    params: &[Param::number("classes")
        .default(3.0)
        .limits(2.0, 6.0)
        .slider(2.0, 6.0)
        .doc("Number of classes.")],
    build: |values, _| {
        let classes = values.number("classes")?.unwrap_or(3.0);
        if classes.fract() != 0.0 {
            return Err(Error::parameter(
                "classes",
                format!("{classes} is not a whole number"),
            ));
        }
        Ok(Operator::Survey(Box::new(MultiOtsu {
            classes: classes as usize,
        })))
    },
};

/// All thresholds of a volume of `dtype` by name, from what [`first_look`] gathered. `look` gathers over all voxels
/// once more.
pub fn thresholds(
    dtype: DType,
    first: Value,
    mut look: impl FnMut(&dyn Reduction) -> Result<Value>,
) -> Result<Value> {
    let mut gathered = vec![first];
    loop {
        match gather::next(dtype, &gathered)? {
            Ok(reduction) => gathered.push(look(reduction.as_ref())?),
            Err(histogram) => return Ok(all(&histogram)),
        }
    }
}

fn all(histogram: &Histogram) -> Value {
    let one = |method: &Method| histogram.only().unwrap_or_else(|| method(histogram));
    METHODS
        .iter()
        .map(|(name, method)| ((*name).to_owned(), json!(one(method))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

struct Automatic {
    method: Method,
}

impl Survey for Automatic {
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: DType::U8,
            kind: Kind::Mask,
            ..input.clone()
        })
    }

    fn rounds(&self, dtype: DType) -> u64 {
        gather::rounds(dtype)
    }

    fn partial_bytes(&self, dtype: DType) -> u64 {
        gather::partial_bytes(dtype)
    }

    fn next(&self, dtype: DType, gathered: &[Value]) -> Result<Next> {
        let histogram = match gather::next(dtype, gathered)? {
            Ok(reduction) => return Ok(Next::Gather(reduction)),
            Err(histogram) => histogram,
        };
        let threshold = histogram
            .only()
            .unwrap_or_else(|| (self.method)(&histogram));
        Ok(Next::Filter {
            filter: Box::new(BinaryThreshold::above(threshold)),
            found: json!({"threshold": threshold}),
        })
    }
}

struct MultiOtsu {
    classes: usize,
}

impl Survey for MultiOtsu {
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: DType::U8,
            kind: Kind::Labels,
            ..input.clone()
        })
    }

    fn rounds(&self, dtype: DType) -> u64 {
        gather::rounds(dtype)
    }

    fn partial_bytes(&self, dtype: DType) -> u64 {
        gather::partial_bytes(dtype)
    }

    fn next(&self, dtype: DType, gathered: &[Value]) -> Result<Next> {
        let histogram = match gather::next(dtype, gathered)? {
            Ok(reduction) => return Ok(Next::Gather(reduction)),
            Err(histogram) => histogram.coarser(MULTI_BINS),
        };
        let Some(thresholds) = methods::multi_otsu(&histogram, self.classes) else {
            let message = format!("the volume has fewer than {} values", self.classes);
            return Err(Error::parameter("classes", message));
        };
        Ok(Next::Filter {
            found: json!({"thresholds": thresholds}),
            filter: Box::new(Classes { thresholds }),
        })
    }
}

/// Counts the thresholds below each value.
struct Classes {
    thresholds: Vec<f64>,
}

impl Filter for Classes {
    fn halo(&self) -> Halo {
        Halo::NONE
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: DType::U8,
            kind: Kind::Labels,
            ..input.clone()
        })
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => {
            for (out, voxel) in output.as_mut_slice::<u8>().iter_mut().zip(input.as_slice::<T>()) {
                let value = Number::to_f64(*voxel);
                *out = self.thresholds.iter().map(|t| u8::from(value > *t)).sum();
            }
        });
        Ok(())
    }
}
