//! Which planes of a file are those of one channel at one time.

use crate::open::OpenOptions;
use std::path::Path;
use voxsieve_core::{Error, Result};

/// What distinguishes planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// Depth.
    Z,
    /// Channel.
    C,
    /// Time point.
    T,
}

/// Planes along each axis, in the order in which they follow one another: the first changes fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order([(Axis, u64); 3]);

impl Order {
    /// `None` unless the axes have `planes` planes together.
    pub fn new(axes: [(Axis, u64); 3], planes: u64) -> Option<Self> {
        let product = (axes.iter()).try_fold(1u64, |product, (_, size)| product.checked_mul(*size));
        (product == Some(planes)).then_some(Self(axes))
    }

    /// All planes are those of one volume.
    pub fn of_volume(planes: u64) -> Self {
        Self([(Axis::Z, planes), (Axis::C, 1), (Axis::T, 1)])
    }

    /// Planes along an axis.
    pub fn size(&self, axis: Axis) -> u64 {
        let found = self.0.iter().find(|(a, _)| *a == axis);
        found.map_or(1, |(_, size)| *size)
    }

    /// Number of a plane.
    pub fn plane(&self, z: u64, channel: u64, time: u64) -> u64 {
        self.0.iter().rev().fold(0, |number, (axis, size)| {
            number * size
                + match axis {
                    Axis::Z => z,
                    Axis::C => channel,
                    Axis::T => time,
                }
        })
    }

    /// Depth, channel and time point of a plane.
    pub fn place(&self, mut plane: u64) -> [u64; 3] {
        let mut place = [0; 3];
        for (axis, size) in self.0 {
            place[axis as usize] = plane % size;
            plane /= size;
        }
        place
    }

    /// The channel and the time point that the options ask for.
    pub fn choose(&self, path: &Path, options: &OpenOptions) -> Result<(u64, u64)> {
        let channel = choose(
            path,
            ("--channel", "channel"),
            options.channel,
            self.size(Axis::C),
        )?;
        let time = choose(
            path,
            ("--time", "time point"),
            options.time,
            self.size(Axis::T),
        )?;
        Ok((channel, time))
    }
}

/// One of `count` things, as asked for; without being asked only where there is no choice.
fn choose(
    path: &Path,
    (option, thing): (&str, &str),
    asked: Option<u64>,
    count: u64,
) -> Result<u64> {
    let path = path.display();
    let last = count - 1;
    let message = match asked {
        None if count == 1 => return Ok(0),
        Some(number) if number < count => return Ok(number),
        None => format!("{path} has {count} {thing}s; say which one is meant, from 0 to {last}"),
        Some(number) if count == 1 => {
            format!("there is no {thing} {number} in {path}, which has only one, number 0")
        }
        Some(number) => {
            format!("there is no {thing} {number} in {path}; give a number from 0 to {last}")
        }
    };
    Err(Error::parameter(option, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_and_its_place() {
        let axes = [(Axis::T, 2), (Axis::Z, 3), (Axis::C, 4)];
        let order = Order::new(axes, 24).unwrap();
        for plane in 0..24 {
            let [z, c, t] = order.place(plane);
            assert_eq!(order.plane(z, c, t), plane);
        }
        assert_eq!(order.place(7), [0, 1, 1]);
        assert!(Order::new(axes, 23).is_none());
    }
}
