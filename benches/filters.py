"""Filters beside ITK, SciPy and scikit-image on the same voxels, as Markdown; `make bench` runs it.

Our kernels are timed in memory on one core and on two at once (two processes), the peers in memory with one
thread, on a smaller cube where they would take minutes. Then whole runs from disk to disk, beside a plain
re-encoding.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import bench
import numpy as np
import SimpleITK as sitk
import skimage.filters
import skimage.restoration
import tifffile
from scipy import ndimage

SIDE = 160
TYPES = {"u8": "u1", "u16": "u2", "f32": "f4"}
# In MVoxel/s and core, for u8, u16, f32; None is no target.
TARGETS = {
    "threshold": (3000, 3000, 3000),
    "tally": (1500, 600, None),
    "median r=1": (1000, 550, 250),
    "median r=2": (170, 90, 50),
    "mean r=2": (1000, None, 400),
    "dilate box r=2": (2000, None, None),
    "dilate box r=5": (1200, None, None),
    "gaussian R=3": (None, None, 450),
    "gaussian R=6": (None, None, 230),
    "gaussian R=12": (None, None, 100),
    "gradient": (1200, 1200, 1200),
    "laplacian": (None, None, None),
    "sobel": (None, None, None),
    "bilateral r=3": (9, None, 5),
    "bilateral r=10": (1.2, None, None),
    "nlm search=2 patch=1": (20, 20, 20),
    "Curvature diffusion, 1 step": (None, None, 200),
    "Gradient diffusion, 1 step": (None, None, None),
}


def image(voxels: np.ndarray) -> sitk.Image:
    return sitk.GetImageFromArray(voxels)


def bilateral(radius: int) -> Callable[[np.ndarray], object]:
    def run(voxels: np.ndarray) -> object:
        # Its kernel has the radius 2.5 sigma: `radius` has no effect in ITK's filter.
        return sitk.Bilateral(image(voxels), radius / 2.5, 50.0, 100)

    return run


# By kernel: the peer, what it does, and the side of its cube.
PEERS: dict[str, list[tuple[str, Callable[[np.ndarray], object], int]]] = {
    "threshold": [
        ("ITK", lambda v: sitk.BinaryThreshold(image(v), 50.0, 90.0, 255, 0), 128),
        ("NumPy", lambda v: (v >= 50) & (v <= 90), 128),
    ],
    "tally": [("NumPy", lambda v: np.bincount(v.ravel()) if v.dtype != "f4" else None, 128)],
    "median r=1": [
        ("ITK", lambda v: sitk.Median(image(v), [1] * 3), 96),
        ("SciPy", lambda v: ndimage.median_filter(v, 3, mode="nearest"), 96),
    ],
    "median r=2": [
        ("ITK", lambda v: sitk.Median(image(v), [2] * 3), 64),
        ("SciPy", lambda v: ndimage.median_filter(v, 5, mode="nearest"), 64),
    ],
    "mean r=2": [
        ("ITK", lambda v: sitk.Mean(image(v), [2] * 3), 128),
        ("SciPy", lambda v: ndimage.uniform_filter(v, 5, mode="nearest"), 128),
    ],
    "dilate box r=2": [
        ("ITK", lambda v: sitk.GrayscaleDilate(image(v), [2] * 3, sitk.sitkBox), 128),
        ("SciPy", lambda v: ndimage.grey_dilation(v, 5), 128),
    ],
    "dilate box r=5": [
        ("ITK", lambda v: sitk.GrayscaleDilate(image(v), [5] * 3, sitk.sitkBox), 128),
        ("SciPy", lambda v: ndimage.grey_dilation(v, 11), 128),
    ],
    "gaussian R=3": [
        ("SciPy", lambda v: ndimage.gaussian_filter(v, 0.735, mode="nearest"), 128),
        ("ITK", lambda v: sitk.DiscreteGaussian(image(v), 0.735**2), 128),
    ],
    "gaussian R=6": [
        ("SciPy", lambda v: ndimage.gaussian_filter(v, 1.5, mode="nearest"), 128),
        ("skimage", lambda v: skimage.filters.gaussian(v, 1.5, mode="nearest"), 128),
    ],
    "gaussian R=12": [("SciPy", lambda v: ndimage.gaussian_filter(v, 3, mode="nearest"), 128)],
    "gradient": [("ITK", lambda v: sitk.GradientMagnitude(image(v)), 128)],
    "laplacian": [("SciPy", lambda v: ndimage.laplace(v.astype("f4"), mode="nearest"), 128)],
    "sobel": [("skimage", lambda v: skimage.filters.sobel(v), 128)],
    "bilateral r=3": [("ITK", bilateral(3), 40)],
    "bilateral r=10": [("ITK", bilateral(10), 24)],
    "nlm search=2 patch=1": [
        ("skimage", lambda v: skimage.restoration.denoise_nl_means(v.astype("f4"), 3, 2, 10.0), 48)
    ],
    "Curvature diffusion, 1 step": [
        (
            "ITK",
            lambda v: (
                sitk.CurvatureAnisotropicDiffusion(image(v), 0.0625, 10.0, 1, 1) if v.dtype == "f4" else None
            ),
            96,
        )
    ],
    "Gradient diffusion, 1 step": [
        (
            "ITK",
            lambda v: (
                sitk.GradientAnisotropicDiffusion(image(v), 0.0625, 10.0, 1, 1) if v.dtype == "f4" else None
            ),
            96,
        )
    ],
}


def kernel_program() -> list[str]:
    command = ["cargo", "bench", "--package", "voxsieve-kernels", "--bench", "kernels", "--no-run"]
    built = subprocess.run(
        [*command, "--message-format=json"], cwd=bench.ROOT, check=True, capture_output=True, text=True
    )
    lines = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
    return [line["executable"] for line in lines if line.get("executable")]


def kernels(program: list[str], voxels: Path, name: str, processes: int) -> dict[str, float]:
    """MVoxel/s of a kernel by type, summed over processes that run at the same time."""
    command = [*program, "--voxels", str(voxels), *(f"{name} {dtype}" for dtype in TYPES)]
    pipes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    total: dict[str, float] = {}
    for pipe in pipes:
        out = pipe.communicate()[0]
        for line in out.splitlines():
            if line.startswith(name):
                dtype, middle = line[28:].split()[:2]
                total[dtype] = total.get(dtype, 0) + float(middle)
    return total


def peer_speed(run: Callable[[np.ndarray], object], voxels: np.ndarray) -> float | None:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        if run(voxels) is None:
            return None
        seconds.append(time.perf_counter() - start)
    return voxels.size / median(seconds) / 1e6


def print_kernels(volume: np.ndarray, names: list[str]) -> list[dict]:
    rows = []
    path = bench.WORK / "cube.u8"
    volume.tofile(path)
    program = kernel_program()
    print(f"\n## Kernels: {SIDE}^3 of the phantom, MVoxel/s (128^3 for ours)\n")
    print("| kernel | type | one core | target | of target | two cores | peer | its speed | ours / peer |")
    print("|---" * 9 + "|")
    for name in names:
        one, two = kernels(program, path, name, 1), kernels(program, path, name, 2)
        for index, (dtype, code) in enumerate(TYPES.items()):
            if dtype not in one:
                continue
            target = TARGETS[name][index]
            first = True
            for peer, run, side in PEERS.get(name, []):
                cut = slice((SIDE - side) // 2, (SIDE + side) // 2)
                speed = peer_speed(run, np.ascontiguousarray(volume[cut, cut, cut]).astype(code))
                if speed is None:
                    continue
                ours = f"{one[dtype]:.4g}" if first else ""
                aim = f"{target or '-'} | {one[dtype] / target:.2f}" if target and first else "- | -"
                both = f"{two[dtype]:.4g}" if first else ""
                print(
                    f"| {name} | {dtype} | {ours} | {aim} | {both} | {peer} | {speed:.3g} "
                    f"| {one[dtype] / speed:.3g} |",
                    flush=True,
                )
                first = False
                rows.append({"kernel": name, "dtype": dtype, "ours": one[dtype], "two": two[dtype]})
                rows[-1] |= {"target": target, "peer": peer, "peer_speed": speed}
            if first:
                aim = f"{target} | {one[dtype] / target:.2f}" if target else "- | -"
                print(f"| {name} | {dtype} | {one[dtype]:.4g} | {aim} | {two[dtype]:.4g} | - | - | - |")
                rows.append({"kernel": name, "dtype": dtype, "ours": one[dtype], "target": target})
    return rows


# Steps whose kernels are faster than the codec: bound by re-encoding.
POINTS = [
    "threshold --lower 60 --upper 200",
    "binary-threshold --lower 80",
    "clamp --lower 20 --upper 220",
    "invert",
    "rescale --lower 0 --upper 255 --dtype u8",
    "otsu",
    "cast --dtype u16",
    "dilate --radius 1",
    "median --radius 1",
    "gradient-magnitude",
]


def print_runs(source: Path, rounds: int) -> list[dict]:
    """Whole runs; each takes turns with re-encoding what it reads, and what it writes, without a step."""
    bench.ours(source, bench.WORK / "input.ome.zarr", "")
    given = bench.WORK / "input.ome.zarr"
    output, again = bench.WORK / "output.ome.zarr", bench.WORK / "again.ome.zarr"
    rows = []
    print("\n## Disk to disk: zstd-1 to zstd-1, OME-Zarr with its pyramid, two threads, `--sync none`\n")
    print(
        "| steps | CPU s | wall s | re-encoding the input, CPU s | of its speed | the result | of its speed |"
    )
    print("|---" * 7 + "|")
    for steps in POINTS:
        mine, before, after = [], [], []
        for _ in range(rounds):
            before.append(bench.ours(given, again, ""))
            mine.append(bench.ours(given, output, steps))
            after.append(bench.ours(output, again, ""))
        cpu = [bench.middle(runs, "cpu_seconds") for runs in (mine, before, after)]
        wall = bench.middle(mine, "wall_seconds")
        shares = [
            median(p["cpu_seconds"] / m["cpu_seconds"] for p, m in zip(plain, mine, strict=True))
            for plain in (before, after)
        ]
        print(
            f"| {steps} | {cpu[0]:.2f} | {wall:.2f} | {cpu[1]:.2f} | {shares[0]:.2f} | {cpu[2]:.2f} "
            f"| {shares[1]:.2f} |",
            flush=True,
        )
        rows.append({"steps": steps, "cpu": cpu, "wall": wall, "of_its_speed": shares})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="kernels whose name has this in it")
    parser.add_argument("--size", type=int, default=512, help="edge of the volume of the runs; 0 for none")
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often a run and the re-encoding take turns"
    )
    options = parser.parse_args()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    bench.WORK.mkdir(parents=True, exist_ok=True)
    small = tifffile.imread(bench.phantom(256))
    volume = np.ascontiguousarray(small[48:208, 48:208, 48:208])
    names = [name for name in TARGETS if not options.only or options.only in name]
    results = {"kernels": print_kernels(volume, names)}
    if options.size:
        source = bench.phantom(options.size)
        bench.print_machine(bench.roofline(source))
        results["runs"] = print_runs(source, options.rounds)
    (bench.RESULTS / "filters.json").write_text(json.dumps(results, indent=1))
    print(f"\nAll figures: {bench.RESULTS / 'filters.json'}")


if __name__ == "__main__":
    sys.exit(main())
