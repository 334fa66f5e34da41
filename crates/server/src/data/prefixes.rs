//! Nodes of a level that were made lately: a chain that begins like an earlier one shares its nodes, and with them every
//! voxel that was computed.

use super::node::Node;
use super::whole::Whole;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use voxsieve::{Opener, Pipeline, PipelineStep, Reach, Region, Result, Source};

/// Nodes that are remembered.
const NODES: usize = 32;
/// Of them, those that are held in memory as one.
const WHOLE: usize = 2;

/// The nodes behind one level.
#[derive(Default)]
pub struct Prefixes(Mutex<VecDeque<Known>>);

struct Known {
    key: Key,
    node: Arc<Node>,
}

#[derive(PartialEq)]
struct Key {
    /// Number of what it follows from.
    from: u64,
    steps: Vec<PipelineStep>,
    /// Where the steps look at all of a region.
    region: Option<Region>,
    /// Other volumes that the steps look at, by their place in memory, which the node keeps.
    others: Vec<usize>,
}

impl Prefixes {
    /// The node behind `base` and all steps, and the region that it is when it is not all of the level.
    pub fn chain(
        &self,
        base: &Arc<Node>,
        steps: &[PipelineStep],
        region: &Region,
        open: &Opener,
    ) -> Result<(Arc<Node>, Option<Region>)> {
        let pipeline = Pipeline {
            steps: steps.to_vec(),
        };
        let Reach { windowed, whole } = pipeline.reach(base.spec(), open)?;
        let mut node = base.clone();
        for step in &steps[..windowed] {
            node = self.step(&node, step, open)?;
        }
        if windowed == whole {
            return Ok((node, None));
        }
        node = self.whole(&node, &steps[windowed..whole], region, open)?;
        for step in &steps[whole..] {
            node = self.step(&node, step, open)?;
        }
        Ok((node, Some(*region)))
    }

    fn step(&self, from: &Arc<Node>, step: &PipelineStep, open: &Opener) -> Result<Arc<Node>> {
        let steps = std::slice::from_ref(step);
        let key = key(from, steps, None, open)?;
        self.find(key, || Node::step(from, step, open))
    }

    fn whole(
        &self,
        from: &Arc<Node>,
        steps: &[PipelineStep],
        region: &Region,
        open: &Opener,
    ) -> Result<Arc<Node>> {
        let key = key(from, steps, Some(*region), open)?;
        self.find(key, || {
            let whole = Whole::new(from.source(), steps, *region, open)?;
            Ok(Node::whole(from, whole))
        })
    }

    /// Nodes that are remembered.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn find(&self, key: Key, make: impl FnOnce() -> Result<Arc<Node>>) -> Result<Arc<Node>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match all.iter().position(|known| known.key == key) {
            Some(place) => all.remove(place),
            None => None,
        };
        let known = match known {
            Some(known) => known,
            None => Known { key, node: make()? },
        };
        let node = known.node.clone();
        all.push_front(known);
        all.truncate(NODES);
        forget(&mut all);
        Ok(node)
    }
}

/// Forgets the older results that are held in memory as one, with all that follows from them.
fn forget(all: &mut VecDeque<Known>) {
    let whole = all.iter().filter(|known| known.key.region.is_some());
    let mut gone: Vec<u64> = whole
        .skip(WHOLE)
        .map(|known| known.node.source().number())
        .collect();
    while !gone.is_empty() {
        let (mut left, mut next) = (VecDeque::new(), Vec::new());
        for known in all.drain(..) {
            let number = known.node.source().number();
            if gone.contains(&number) {
                continue;
            }
            if gone.contains(&known.key.from) {
                next.push(number);
            }
            left.push_back(known);
        }
        (*all, gone) = (left, next);
    }
}

/// What tells a node from the others. Every other volume that a step names is part of it.
fn key(
    from: &Arc<Node>,
    steps: &[PipelineStep],
    region: Option<Region>,
    open: &Opener,
) -> Result<Key> {
    let others = std::sync::Mutex::new(Vec::new());
    let noting = |path: &Path| -> Result<Arc<dyn Source>> {
        let source = open(path)?;
        let place = Arc::as_ptr(&source).cast::<()>() as usize;
        others
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(place);
        Ok(source)
    };
    let pipeline = Pipeline {
        steps: steps.to_vec(),
    };
    pipeline.chain(from.spec(), None, &noting)?;
    Ok(Key {
        from: from.source().number(),
        steps: steps.to_vec(),
        region,
        others: others.into_inner().unwrap_or_else(PoisonError::into_inner),
    })
}
