//! A session from its first layer to the output of a job, through the endpoints that the page uses.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "../common/mod.rs"]
mod common;
mod document;
mod filtering;
mod jobs;
mod voxels;

use common::{Known, SHAPE, value};
use serde_json::{Value, json};
use voxsieve::{Computation, Observe, Options, Pipeline};

const MEDIAN: &str = r#"{"filter": "median", "params": {"radius": 1}, "enabled": true}"#;

fn median() -> Value {
    json!([serde_json::from_str::<Value>(MEDIAN).unwrap()])
}

/// One record of a brick.
struct Record {
    status: u8,
    kind: u8,
    level: u32,
    position: [i32; 3],
    payload: Vec<u8>,
}

fn records(mut bytes: &[u8]) -> Vec<Record> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let length = word(0) as usize;
        all.push(Record {
            status: bytes[4],
            kind: bytes[5],
            level: word(8),
            position: [word(12) as i32, word(16) as i32, word(20) as i32],
            payload: bytes[32..32 + length].to_vec(),
        });
        bytes = &bytes[32 + length..];
    }
    all
}

fn u16s(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .map(|b| u16::from_le_bytes([b[0], b[1]]))
        .collect()
}

/// The values of a brick of level 0, the nearest voxel beyond the border.
fn expected(position: [i64; 3]) -> Vec<u16> {
    let axis = |a: usize| {
        let last = SHAPE[a] as i64 - 1;
        (-1..=32).map(move |i| (position[a] * 32 + i).clamp(0, last))
    };
    let mut all = Vec::new();
    for z in axis(0) {
        for y in axis(1) {
            all.extend(axis(2).map(|x| value([z, y, x])));
        }
    }
    all
}

/// What a run gives.
fn full(pipeline: &[&str]) -> Vec<u16> {
    let pipeline = Pipeline::parse(pipeline).unwrap();
    let work = Computation::new(
        Known::source("known", SHAPE),
        &pipeline,
        &Options::default(),
        None,
    );
    let (block, _) = work.unwrap().run(&Observe::quietly()).unwrap();
    block.as_slice::<u16>().to_vec()
}
