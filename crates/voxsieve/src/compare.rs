//! Whether two volumes are the same, and where they are not.

use crate::pieces::for_each_piece;
use serde::Serialize;
use std::path::Path;
use voxsieve_core::{Block, Result, VolumeSpec, with_dtype};
use voxsieve_engine::{Observer, Reader};
use voxsieve_io::{OpenOptions, open};

/// What two volumes have and do not have in common.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// True when shape, type, place and every voxel agree.
    pub same: bool,
    /// Shape, type, spacing, origin or unit that differ, in words.
    pub metadata: Vec<String>,
    /// Voxels compared.
    pub voxels: u64,
    /// Voxels whose values differ.
    pub different: u64,
    /// The first of them in raster order of the boxes read (z, y, x), with both values.
    pub first: Option<([i64; 3], f64, f64)>,
    /// Largest difference.
    pub max_difference: f64,
    /// Mean difference over all voxels.
    pub mean_difference: f64,
}

/// Compares full resolutions voxel by voxel. NaN equals NaN.
pub fn compare(a: &Path, b: &Path, observer: &dyn Observer) -> Result<Comparison> {
    let (a, b) = (
        open(a, &OpenOptions::default())?,
        open(b, &OpenOptions::default())?,
    );
    let mut found = Comparison {
        same: false,
        metadata: differences(a.spec(), b.spec()),
        voxels: 0,
        different: 0,
        first: None,
        max_difference: 0.0,
        mean_difference: 0.0,
    };
    if a.spec().shape == b.spec().shape && a.spec().dtype == b.spec().dtype {
        let reader = Reader::uncached(b.as_ref());
        let mut words = Vec::new();
        for_each_piece(a.as_ref(), observer, |left| {
            let mut right = Block::reuse(std::mem::take(&mut words), left.region, left.dtype());
            reader.read(&left.region, &mut right)?;
            found.add(left, &right);
            words = right.voxels.into_words();
            Ok(())
        })?;
        found.mean_difference /= found.voxels.max(1) as f64;
    }
    found.same = found.metadata.is_empty() && found.different == 0;
    Ok(found)
}

impl Comparison {
    fn add(&mut self, left: &Block, right: &Block) {
        self.voxels += left.region.voxels();
        if left.voxels.bytes() == right.voxels.bytes() {
            return;
        }
        with_dtype!(left.dtype(), T => {
            let pairs = left.as_slice::<T>().iter().zip(right.as_slice::<T>());
            for (index, (l, r)) in pairs.enumerate() {
                let (l, r) = (*l as f64, *r as f64);
                if l != r && !(l.is_nan() && r.is_nan()) {
                    self.count(left, index as i64, l, r);
                }
            }
        });
    }

    fn count(&mut self, block: &Block, index: i64, left: f64, right: f64) {
        let difference = (left - right).abs();
        self.different += 1;
        self.max_difference = self.max_difference.max(difference);
        self.mean_difference += difference;
        let [_, ny, nx] = block.region.shape.map(|n| n as i64);
        let [z, y, x] = block.region.start;
        let at = [z + index / (ny * nx), y + index / nx % ny, x + index % nx];
        self.first.get_or_insert((at, left, right));
    }
}

fn differences(a: &VolumeSpec, b: &VolumeSpec) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |what: &str, left: String, right: String| {
        if left != right {
            found.push(format!("{what}: {left} and {right}"));
        }
    };
    check("shape", format!("{:?}", a.shape), format!("{:?}", b.shape));
    check("type", a.dtype.to_string(), b.dtype.to_string());
    check(
        "spacing",
        format!("{:?}", a.spacing),
        format!("{:?}", b.spacing),
    );
    check(
        "origin",
        format!("{:?}", a.origin),
        format!("{:?}", b.origin),
    );
    check("unit", format!("{:?}", a.unit), format!("{:?}", b.unit));
    found
}
