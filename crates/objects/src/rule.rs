//! What becomes of an object.

use crate::forest::Known;
use std::collections::BTreeMap;

/// A part of the object lies on the border of the region.
pub const ON_BORDER: u64 = 1;
/// A part of the object reaches the upper threshold.
pub const STRONG: u64 = 2;

/// Which value an object gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Numbers from 1 on, by first voxel in raster order.
    Position,
    /// Numbers from 1 on, the largest first; of one size, by first voxel.
    Size,
    /// 1 for objects of at least so many voxels, 0 for the others.
    AtLeast(u64),
    /// 1 for so many of the largest objects (of one size, by first voxel), 0 for the others.
    Largest(u64),
    /// 1 for objects that have all of these marks, 0 for the others.
    With(u64),
    /// 1 for objects that have none of these marks, 0 for the others.
    Without(u64),
}

impl Rule {
    /// True when it depends on how many objects of which size there are.
    pub fn compares(self) -> bool {
        matches!(self, Self::Size | Self::Largest(_))
    }
}

/// How many objects have how many voxels. There are at most √(2n) different sizes among n voxels.
pub type Sizes = BTreeMap<u64, u64>;

/// Gives objects their values; asked in raster order of their first voxels.
pub struct Judge {
    rule: Rule,
    /// Objects asked for so far.
    pub objects: u64,
    /// Objects that got another value than 0.
    pub kept: u64,
    /// For each size, the number of the next object of that size.
    next: Sizes,
}

impl Judge {
    /// `sizes` of all objects, for rules that compare them; `before` objects are counted already.
    pub fn new(rule: Rule, before: u64, mut sizes: Sizes) -> Self {
        let mut larger = 0;
        for count in sizes.values_mut().rev() {
            larger += std::mem::replace(count, larger + 1);
        }
        Self {
            rule,
            objects: before,
            kept: 0,
            next: sizes,
        }
    }

    /// The value of the next object.
    pub fn value(&mut self, object: Known) -> u64 {
        self.objects += 1;
        let marked = |marks: u64| object.marks & marks;
        let value = match self.rule {
            Rule::Position => self.objects,
            Rule::Size => self.rank(object.voxels),
            Rule::AtLeast(voxels) => u64::from(object.voxels >= voxels),
            Rule::Largest(count) => u64::from(self.rank(object.voxels) <= count),
            Rule::With(marks) => u64::from(marked(marks) == marks),
            Rule::Without(marks) => u64::from(marked(marks) == 0),
        };
        self.kept += u64::from(value > 0);
        value
    }

    /// The place of the next object of this size among all objects, from 1 on.
    fn rank(&mut self, voxels: u64) -> u64 {
        let next = self.next.entry(voxels).or_insert(1);
        let rank = *next;
        *next += 1;
        rank
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(rule: Rule) -> Vec<u64> {
        let objects = [3, 7, 3, 1, 7].map(|voxels| Known {
            first: 0,
            voxels,
            marks: voxels & 2,
        });
        let mut sizes = Sizes::new();
        for object in objects {
            *sizes.entry(object.voxels).or_default() += 1;
        }
        let mut judge = Judge::new(rule, 0, sizes);
        objects.map(|object| judge.value(object)).to_vec()
    }

    #[test]
    fn every_rule() {
        assert_eq!(values(Rule::Position), [1, 2, 3, 4, 5]);
        assert_eq!(values(Rule::Size), [3, 1, 4, 5, 2]);
        assert_eq!(values(Rule::AtLeast(3)), [1, 1, 1, 0, 1]);
        assert_eq!(values(Rule::Largest(3)), [1, 1, 0, 0, 1]);
        assert_eq!(values(Rule::With(STRONG)), [1, 1, 1, 0, 1]);
        assert_eq!(values(Rule::Without(STRONG)), [0, 0, 0, 1, 0]);
    }
}
