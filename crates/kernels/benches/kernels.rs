//! Prints the speed of every kernel, per voxel type, on one block with an output of 128^3 voxels.

use std::hint::black_box;
use std::time::Instant;

use voxsieve_kernels::{
    Extreme, Footprint, Mean, Number, Shape, Tally, View, ViewMut, binary_threshold, divide_sums,
    extreme, gaussian, gaussian_taps, gradient_magnitude, median, min_max, rank, shrink_mode,
    shrink_mode_mask, tally, window_sums,
};

const SIDE: usize = 128;

fn main() {
    let only: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    println!(
        "{:<28}{:>6}{:>12}{:>12}",
        "kernel", "dtype", "MVoxel/s", "best run"
    );
    macro_rules! types {
        ($($t:ident)*) => {$( all::<$t>(&Table { only: &only, dtype: stringify!($t) }); )*};
    }
    types!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);
    masks(&Table {
        only: &only,
        dtype: "u8",
    });
}

struct Table<'a> {
    only: &'a [String],
    dtype: &'a str,
}

impl Table<'_> {
    /// Prints the median of several runs and the best, unless the kernel was not asked for.
    /// `prepare` makes the voxels and returns what is to be timed.
    fn line<R: FnMut()>(&self, kernel: &str, prepare: impl FnOnce() -> R) {
        let name = format!("{kernel} {}", self.dtype);
        if !self.only.is_empty() && !self.only.iter().any(|o| name.contains(o.as_str())) {
            return;
        }
        let mut run = prepare();
        let mut seconds: Vec<f64> = (0..11)
            .map(|_| {
                let start = Instant::now();
                run();
                start.elapsed().as_secs_f64()
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        let speed = |seconds: f64| SIDE.pow(3) as f64 / seconds / 1e6;
        let [median, best] = [seconds[5], seconds[0]].map(speed);
        println!("{kernel:<28}{:>6}{median:>12.1}{best:>12.1}", self.dtype);
    }
}

/// Smooth structure and noise, as in a tomogram.
fn phantom<T: Number>(halo: usize) -> (Vec<T>, [usize; 3]) {
    let side = SIDE + 2 * halo;
    let mut state = 1u32;
    let voxel = |i: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let (z, y, x) = (i / side / side, i / side % side, i % side);
        let grain = if (z / 24 + y / 24 + x / 24) % 2 == 0 {
            40.0
        } else {
            80.0
        };
        T::from_f64_rounded(grain + f64::from(state % 31))
    };
    ((0..side.pow(3)).map(voxel).collect(), [side; 3])
}

fn all<T: Mean>(table: &Table) {
    for radius in [1, 2, 3, 5] {
        table.line(&format!("median r={radius}"), || {
            let (data, shape) = phantom::<T>(radius);
            let mut out = vec![T::default(); SIDE.pow(3)];
            move || {
                let output = ViewMut::new(&mut out, [SIDE; 3]);
                median(View::new(&data, shape), [radius; 3], output);
            }
        });
    }
    for (radius, sigma) in [(3, 0.735), (6, 1.5), (12, 3.0)] {
        table.line(&format!("gaussian R={radius}"), || {
            let (data, shape) = phantom::<T>(radius);
            let taps = gaussian_taps(sigma);
            let mut out = vec![T::default(); SIDE.pow(3)];
            move || {
                let output = ViewMut::new(&mut out, [SIDE; 3]);
                gaussian(View::new(&data, shape), [&taps; 3], output);
            }
        });
    }
    table.line("gradient", || {
        let (data, shape) = phantom::<T>(1);
        let mut out = vec![0.0; SIDE.pow(3)];
        move || {
            let output = ViewMut::new(&mut out, [SIDE; 3]);
            gradient_magnitude(View::new(&data, shape), [0.5; 3], output);
        }
    });
    footprints::<T>(table);
    pointwise::<T>(table);
    pyramid::<T>(table);
}

fn footprints<T: Number>(table: &Table) {
    let forms = [
        ("box", Shape::Box),
        ("ball", Shape::Ball),
        ("cross", Shape::Cross),
    ];
    for (name, form) in forms {
        for radius in [1, 2, 5, 15] {
            table.line(&format!("dilate {name} r={radius}"), || {
                let footprint = Footprint::new(form, [radius; 3]);
                let (data, shape) = phantom::<T>(radius);
                let mut out = vec![T::default(); SIDE.pow(3)];
                move || {
                    let output = ViewMut::new(&mut out, [SIDE; 3]);
                    extreme(Extreme::Most, View::new(&data, shape), &footprint, output);
                }
            });
        }
        table.line(&format!("percentile {name} r=2"), || {
            let footprint = Footprint::new(form, [2; 3]);
            let (data, shape) = phantom::<T>(2);
            let mut out = vec![T::default(); SIDE.pow(3)];
            move || {
                let output = ViewMut::new(&mut out, [SIDE; 3]);
                rank(
                    View::new(&data, shape),
                    &footprint,
                    footprint.voxels() / 5,
                    output,
                );
            }
        });
    }
}

fn pointwise<T: Mean>(table: &Table) {
    table.line("threshold", || {
        let (data, _) = phantom::<T>(0);
        let mut mask = vec![0; data.len()];
        move || binary_threshold(black_box(&data), 50.0, 90.0, 255, 0, &mut mask)
    });
    table.line("tally", || {
        let (data, _) = phantom::<T>(0);
        let mut histogram = Tally::new::<T>();
        move || tally(black_box(&data), &mut histogram)
    });
    table.line("min_max", || {
        let (data, _) = phantom::<T>(0);
        move || {
            black_box(min_max(black_box(&data)));
        }
    });
}

fn pyramid<T: Mean>(table: &Table) {
    for divided in [false, true] {
        let name = if divided {
            "window_sums + divide_sums"
        } else {
            "window_sums"
        };
        table.line(name, || {
            let (data, shape) = phantom::<T>(0);
            let mut sums = vec![T::Sum::default(); data.len() / 8];
            let mut out = vec![T::default(); data.len() / 8];
            move || {
                let shape = window_sums(View::new(black_box(&data), shape), [2; 3], &mut sums);
                if divided {
                    divide_sums(View::new(&sums, shape), [&[2; SIDE / 2]; 3], &mut out);
                }
            }
        });
    }
    table.line("shrink_mode", || {
        let (data, shape) = phantom::<T>(0);
        let mut out = vec![T::default(); data.len() / 8];
        move || {
            shrink_mode(View::new(black_box(&data), shape), [2; 3], &mut out);
        }
    });
}

fn masks(table: &Table) {
    table.line("shrink_mode_mask", || {
        let (mut data, shape) = phantom::<u8>(0);
        for voxel in &mut data {
            *voxel = if *voxel > 75 { 255 } else { 0 };
        }
        let mut out = vec![0; data.len() / 8];
        move || {
            shrink_mode_mask(View::new(black_box(&data), shape), [2; 3], &mut out);
        }
    });
}
