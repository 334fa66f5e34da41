//! The value at one voxel.

use super::level::Level;
use serde::Serialize;
use std::sync::atomic::AtomicBool;
use voxsieve::{DType, Region, Result, with_dtype};

/// A voxel with its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct At {
    /// The number; null outside of the volume, "nan", "inf" or "-inf" where it is none.
    pub value: serde_json::Value,
    /// The voxel of the level.
    pub voxel: [i64; 3],
    /// Its centre, in the units of the level's spacing.
    pub world: [f64; 3],
    /// The level.
    pub level: usize,
}

/// Looks up a voxel of a level.
pub fn value(level: &Level, number: usize, voxel: [i64; 3], cancel: &AtomicBool) -> Result<At> {
    let meta = &level.meta;
    let world = std::array::from_fn(|a| meta.origin[a] + meta.spacing[a] * voxel[a] as f64);
    let region = Region::new(voxel, [1; 3]);
    let value = if level.filled().contains(&region) {
        let block = level.read(&region, cancel)?;
        match block.dtype() {
            DType::F32 => of_float(f64::from(block.as_slice::<f32>()[0])),
            DType::F64 => of_float(block.as_slice::<f64>()[0]),
            DType::U64 => block.as_slice::<u64>()[0].into(),
            dtype => with_dtype!(dtype, T => (block.as_slice::<T>()[0] as i64).into()),
        }
    } else {
        serde_json::Value::Null
    };
    Ok(At {
        value,
        voxel,
        world,
        level: number,
    })
}

fn of_float(value: f64) -> serde_json::Value {
    match serde_json::Number::from_f64(value) {
        Some(number) => number.into(),
        None => value.to_string().to_lowercase().into(),
    }
}
