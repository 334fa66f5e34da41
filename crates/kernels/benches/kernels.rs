//! Prints the speed of every kernel, per voxel type, on one block with an output of 128^3 voxels.
//!
//! Words choose kernels by a part of `NAME TYPE`; `--voxels FILE` gives raw u8 voxels of a cube to work on.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;

use voxsieve_kernels::{
    Bilateral, BoxMean, Diffusion, Extreme, Flow, Footprint, Mean, NonLocal, Number, Shape, Tally,
    View, ViewMut, bilateral, bilateral_taps, binary_threshold, box_mean, diffuse, divide_sums,
    extreme, gaussian, gaussian_taps, gradient_magnitude, laplacian, median, min_max,
    non_local_means, rank, shrink_mode, shrink_mode_mask, sobel, tally, window_sums,
};

const SIDE: usize = 128;

/// Voxels of a cube, when a file of them was given.
static GIVEN: OnceLock<Vec<u8>> = OnceLock::new();

fn main() -> std::io::Result<()> {
    let mut only = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--voxels" {
            let path = words.next().unwrap_or_default();
            let voxels = std::fs::read(path)?;
            GIVEN.get_or_init(|| voxels);
        } else if !word.starts_with('-') {
            only.push(word);
        }
    }
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
    diffusion(&Table {
        only: &only,
        dtype: "f32",
    });
    Ok(())
}

struct Table<'a> {
    only: &'a [String],
    dtype: &'a str,
}

impl Table<'_> {
    /// Prints the median of several runs and the best, unless the kernel was not asked for.
    /// `prepare` makes the voxels and returns what is to be timed.
    fn line<R: FnMut()>(&self, kernel: &str, prepare: impl FnOnce() -> R) {
        self.runs(11, kernel, prepare);
    }

    /// The same for what takes seconds.
    fn few<R: FnMut()>(&self, kernel: &str, prepare: impl FnOnce() -> R) {
        self.runs(3, kernel, prepare);
    }

    fn runs<R: FnMut()>(&self, count: usize, kernel: &str, prepare: impl FnOnce() -> R) {
        let name = format!("{kernel} {}", self.dtype);
        if !self.only.is_empty() && !self.only.iter().any(|o| name.contains(o.as_str())) {
            return;
        }
        let mut run = prepare();
        let mut seconds: Vec<f64> = (0..count)
            .map(|_| {
                let start = Instant::now();
                run();
                start.elapsed().as_secs_f64()
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        let speed = |seconds: f64| SIDE.pow(3) as f64 / seconds / 1e6;
        let [median, best] = [seconds[count / 2], seconds[0]].map(speed);
        println!("{kernel:<28}{:>6}{median:>12.1}{best:>12.1}", self.dtype);
    }
}

/// The middle of the voxels that were given, or smooth structure and noise, as in a tomogram.
fn phantom<T: Number>(halo: usize) -> (Vec<T>, [usize; 3]) {
    let side = SIDE + 2 * halo;
    let mut state = 1u32;
    let mut noisy = |z: usize, y: usize, x: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let even = (z / 24 + y / 24 + x / 24).is_multiple_of(2);
        let grain = if even { 40.0 } else { 80.0 };
        grain + f64::from(state % 31)
    };
    let given = |voxels: &[u8], z: usize, y: usize, x: usize| {
        let whole = (voxels.len() as f64).cbrt().round() as usize;
        let at = |i: usize| i + (whole - side) / 2;
        f64::from(voxels[(at(z) * whole + at(y)) * whole + at(x)])
    };
    let voxel = |i: usize| {
        let (z, y, x) = (i / side / side, i / side % side, i % side);
        T::from_f64_rounded(match GIVEN.get() {
            Some(voxels) => given(voxels, z, y, x),
            None => noisy(z, y, x),
        })
    };
    ((0..side.pow(3)).map(voxel).collect(), [side; 3])
}

fn all<T: BoxMean>(table: &Table) {
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
    edges::<T>(table);
    for radius in [1, 2, 5] {
        table.line(&format!("mean r={radius}"), || {
            let (data, shape) = phantom::<T>(radius);
            let mut out = vec![T::default(); SIDE.pow(3)];
            move || {
                let output = ViewMut::new(&mut out, [SIDE; 3]);
                box_mean(View::new(&data, shape), [radius; 3], output);
            }
        });
    }
    keeping_edges::<T>(table);
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

fn edges<T: Number>(table: &Table) {
    table.line("laplacian", || {
        let (data, shape) = phantom::<T>(1);
        let mut out = vec![0.0; SIDE.pow(3)];
        move || {
            let output = ViewMut::new(&mut out, [SIDE; 3]);
            laplacian(View::new(&data, shape), [1.0; 3], output);
        }
    });
    table.line("sobel", || {
        let (data, shape) = phantom::<T>(1);
        let mut out = vec![0.0; SIDE.pow(3)];
        move || {
            let output = ViewMut::new(&mut out, [SIDE; 3]);
            sobel(View::new(&data, shape), [1.0 / 32.0; 3], output);
        }
    });
}

/// Of the types that scans have: the others take the same ways.
fn keeping_edges<T: Number>(table: &Table) {
    if !["u8", "u16", "f32"].contains(&table.dtype) {
        return;
    }
    for radius in [1, 2, 3, 5, 10] {
        if radius == 10 && T::BINS > 256 {
            continue;
        }
        table.few(&format!("bilateral r={radius}"), || {
            let (data, shape) = phantom::<T>(radius);
            let taps = bilateral_taps(radius as f64 / 2.5, radius);
            let mut out = vec![T::default(); SIDE.pow(3)];
            move || {
                let how = Bilateral {
                    taps: [&taps; 3],
                    range: 50.0,
                };
                let output = ViewMut::new(&mut out, [SIDE; 3]);
                bilateral(View::new(&data, shape), how, output);
            }
        });
    }
    for (search, patch) in [(2, 1), (3, 1), (3, 2)] {
        table.few(&format!("nlm search={search} patch={patch}"), || {
            let (data, shape) = phantom::<T>(search + patch);
            let how = NonLocal {
                search: [search; 3],
                patch: [patch; 3],
                strength: 10.0,
                noise: 0.0,
            };
            let mut out = vec![T::default(); SIDE.pow(3)];
            move || {
                let output = ViewMut::new(&mut out, [SIDE; 3]);
                non_local_means(View::new(&data, shape), how, output);
            }
        });
    }
}

fn diffusion(table: &Table) {
    for flow in [Flow::Gradient, Flow::Curvature] {
        table.line(&format!("{flow:?} diffusion, 1 step"), || {
            let (data, shape) = phantom::<f32>(1);
            let how = Diffusion {
                flow,
                time_step: 0.0625,
                conductance: 10.0,
                scale: [1.0; 3],
            };
            let mut out = vec![0.0; SIDE.pow(3)];
            move || {
                let output = ViewMut::new(&mut out, [SIDE; 3]);
                diffuse(View::new(&data, shape), how, output);
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
