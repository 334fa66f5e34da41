//! `window`: the values between two percentiles spread over the type.

use crate::automatic::{Histogram, histogram_bytes, histogram_rounds, next_for_histogram};
use crate::rescale::Rescale;
use serde_json::{Value, json};
use voxsieve_core::{
    Category, DType, Error, FilterSpec, Kind, Next, Operator, Param, Result, Survey, VolumeSpec,
};

/// See the constant's own words.
pub static WINDOW: FilterSpec = FilterSpec {
    name: "window",
    title: "Window",
    doc: "Spread the values between two percentiles of the whole volume linearly over the range of the type (floats: 0 \
          to 1); what lies beyond is clamped. Percentiles are values of 8- and 16-bit voxels, and of other types the \
          middles of 256 equal bins. NaN is not counted and becomes 0 in an integer. Keeps the type.",
    category: Category::Values,
    params: &[
        Param::number("low")
            .default(1.0)
            .limits(0.0, 50.0)
            .slider(0.0, 10.0)
            .doc("Percentile that becomes the least value."),
        Param::number("high")
            .default(99.0)
            .limits(50.0, 100.0)
            .slider(90.0, 100.0)
            .doc("Percentile that becomes the greatest value."),
    ],
    build: |values, _| {
        let low = values.number("low")?.unwrap_or(1.0);
        let high = values.number("high")?.unwrap_or(99.0);
        Ok(Operator::Survey(Box::new(Window { low, high })))
    },
};

struct Window {
    low: f64,
    high: f64,
}

impl Survey for Window {
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn rounds(&self, dtype: DType) -> u64 {
        histogram_rounds(dtype)
    }

    fn partial_bytes(&self, dtype: DType) -> u64 {
        histogram_bytes(dtype)
    }

    fn next(&self, dtype: DType, gathered: &[Value]) -> Result<Next> {
        let histogram = match next_for_histogram(dtype, gathered)? {
            Ok(reduction) => return Ok(Next::Gather(reduction)),
            Err(histogram) => histogram,
        };
        let (lower, upper) = (
            percentile(&histogram, self.low),
            percentile(&histogram, self.high),
        );
        if lower >= upper {
            let message = format!("both percentiles are {lower}: there is nothing to spread");
            return Err(Error::parameter("high", message));
        }
        Ok(Next::Filter {
            filter: Box::new(Rescale {
                lower,
                upper,
                dtype,
            }),
            found: json!({"lower": lower, "upper": upper}),
        })
    }
}

/// The value of the voxel of this rank.
fn percentile(histogram: &Histogram, percent: f64) -> f64 {
    let rank = (percent / 100.0 * (histogram.total() - 1) as f64) as u64;
    let mut seen = 0;
    let bin = histogram.counts.iter().position(|count| {
        seen += count;
        seen > rank
    });
    histogram.centres[bin.unwrap_or(histogram.centres.len() - 1)]
}
