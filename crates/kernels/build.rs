//! Writes `networks.rs`: straight-line min/max code for the medians of radius 1 and 2.
//!
//! A network is a graph of minima and maxima. Equal nodes are shared, nodes that no output needs
//! are never written, and the rest is written depth first from the outputs, with loads at their
//! first use, which keeps few values alive. Merging is Batcher's odd-even merge.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs, io};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Node {
    Load { list: usize, rank: usize },
    Min(usize, usize),
    Max(usize, usize),
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, usize>,
    lists: usize,
}

impl Graph {
    fn add(&mut self, node: Node) -> usize {
        *self.known.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            self.nodes.len() - 1
        })
    }

    /// The next argument of the function: a list, sorted or not.
    fn argument(&mut self, length: usize) -> Vec<usize> {
        let list = self.lists;
        self.lists += 1;
        (0..length)
            .map(|rank| self.add(Node::Load { list, rank }))
            .collect()
    }

    fn sort(&mut self, list: &[usize]) -> Vec<usize> {
        if list.len() < 2 {
            return list.to_vec();
        }
        let (low, high) = list.split_at(list.len() / 2);
        let (low, high) = (self.sort(low), self.sort(high));
        self.merge(&low, &high)
    }

    fn merge(&mut self, a: &[usize], b: &[usize]) -> Vec<usize> {
        if a.is_empty() || b.is_empty() {
            return [a, b].concat();
        }
        if let ([a], [b]) = (a, b) {
            return vec![self.add(Node::Min(*a, *b)), self.add(Node::Max(*a, *b))];
        }
        let every_other = |list: &[usize], first| -> Vec<usize> {
            list.iter().copied().skip(first).step_by(2).collect()
        };
        let even = self.merge(&every_other(a, 0), &every_other(b, 0));
        let odd = self.merge(&every_other(a, 1), &every_other(b, 1));
        let mut merged = vec![even[0]];
        for i in 0..odd.len().max(even.len() - 1) {
            match (odd.get(i), even.get(i + 1)) {
                (Some(&o), Some(&e)) => {
                    merged.push(self.add(Node::Min(o, e)));
                    merged.push(self.add(Node::Max(o, e)));
                }
                (last_odd, last_even) => merged.extend(last_odd.or(last_even)),
            }
        }
        merged
    }

    /// The value of rank `k` of two sorted lists together, without merging them:
    /// the least over `i + j = k + 1` of the larger of `a[i - 1]` and `b[j - 1]`.
    fn select(&mut self, a: &[usize], b: &[usize], k: usize) -> usize {
        let mut best = None;
        for i in (k + 1).saturating_sub(b.len())..=a.len().min(k + 1) {
            let candidate = match (i, k + 1 - i) {
                (0, j) => b[j - 1],
                (i, 0) => a[i - 1],
                (i, j) => self.add(Node::Max(a[i - 1], b[j - 1])),
            };
            best = Some(best.map_or(candidate, |best| self.add(Node::Min(best, candidate))));
        }
        best.unwrap_or_default()
    }

    /// The function `name` that stores `outputs`.
    fn function(&self, name: &str, outputs: &[usize]) -> String {
        let mut code = String::new();
        let mut written = vec![false; self.nodes.len()];
        for (rank, &node) in outputs.iter().enumerate() {
            self.write(node, &mut written, &mut code);
            let _ = writeln!(code, "        out.set({rank}, v{node});");
        }
        let lists: Vec<_> = (0..self.lists)
            .map(|l| format!("l{l}: List<V>, "))
            .collect();
        let lists = lists.concat();
        format!(
            "/// # Safety\n/// Every list must hold the ranks read or written.\n#[inline(always)]\n\
             pub unsafe fn {name}<V: Lanes>({lists}out: List<V>) {{\n    \
             // SAFETY: the caller's promise.\n    unsafe {{\n{code}    }}\n}}\n\n"
        )
    }

    fn write(&self, node: usize, written: &mut [bool], code: &mut String) {
        if std::mem::replace(&mut written[node], true) {
            return;
        }
        if let Node::Min(a, b) | Node::Max(a, b) = self.nodes[node] {
            self.write(a, written, code);
            self.write(b, written, code);
        }
        let value = match self.nodes[node] {
            Node::Load { list, rank } => format!("l{list}.get({rank})"),
            Node::Min(a, b) => format!("v{a}.least(v{b})"),
            Node::Max(a, b) => format!("v{a}.most(v{b})"),
        };
        let _ = writeln!(code, "        let v{node} = {value};");
    }
}

/// Sorts the values of one column.
fn sort(side: usize) -> String {
    let mut graph = Graph::default();
    let column = graph.argument(side);
    let sorted = graph.sort(&column);
    graph.function(&format!("sort_{side}"), &sorted)
}

/// Merges two sorted lists.
fn pair(length: usize) -> String {
    let mut graph = Graph::default();
    let (a, b) = (graph.argument(length), graph.argument(length));
    let merged = graph.merge(&a, &b);
    graph.function(&format!("pair_{length}"), &merged)
}

/// Merges pairs of columns and the last column of a window.
fn window(side: usize) -> String {
    let mut graph = Graph::default();
    let pairs: Vec<_> = (0..side / 2).map(|_| graph.argument(2 * side)).collect();
    let last = graph.argument(side);
    let merged = pairs
        .into_iter()
        .reduce(|a, b| graph.merge(&a, &b))
        .unwrap_or_default();
    let merged = graph.merge(&merged, &last);
    graph.function(&format!("window_{side}"), &merged)
}

/// Two medians from what both windows share, in two lists, and the row that each has alone.
///
/// Of the shared values only the ranks that can be the median of either window are merged.
fn medians(side: usize) -> String {
    let (row, k) = (side * side, side * side * side / 2);
    let mut graph = Graph::default();
    let half = row * (side - 1) / 2;
    let (a, b) = (graph.argument(half), graph.argument(half));
    let own = [graph.argument(row), graph.argument(row)];
    let shared = graph.merge(&a, &b);
    let outputs: Vec<usize> = own
        .iter()
        .map(|own| graph.select(&shared, own, k))
        .collect();
    graph.function(&format!("medians_{side}"), &outputs)
}

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let code: String = [
        sort(3),
        pair(3),
        window(3),
        medians(3), // radius 1
        sort(5),
        pair(5),
        window(5),
        pair(25),
        medians(5), // radius 2
    ]
    .concat();
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(folder.join("networks.rs"), code)
}
