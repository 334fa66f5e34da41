"""Measurements of objects beside cc3d and scikit-image, as Markdown: labels of a phantom, one process each.

Ours reads OME-Zarr and writes a table; the peers measure an array that is in memory already, and measure
less. Peers not installed are left out by name: `pip install connected-components-3d`.
"""

import argparse
import importlib.util
import json
import sys
import time
from pathlib import Path

import bench
import numpy as np

MIB = 1 << 20
BUDGET = 256 * MIB


def cc3d(labels: np.ndarray) -> int:
    import cc3d

    return len(cc3d.statistics(labels)["voxel_counts"]) - 1


def skimage(labels: np.ndarray) -> int:
    from skimage.measure import regionprops_table

    names = ("label", "num_pixels", "centroid", "bbox", "inertia_tensor", "euler_number")
    return len(regionprops_table(labels, properties=names)["label"])


PEERS = {"cc3d": ("cc3d", cc3d), "scikit-image": ("skimage", skimage)}


def peer(name: str, path: Path) -> None:
    """In a process of its own: loads the labels, measures them, prints the seconds of that."""
    labels = np.load(path)
    wall, cpu = time.perf_counter(), time.process_time()
    count = PEERS[name][1](labels)
    seconds = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps(seconds | {"objects": count}))


def volume(size: int) -> tuple[Path, Path]:
    """The labels of a phantom as OME-Zarr and as an array."""
    store, array = bench.WORK / f"labels{size}.ome.zarr", bench.WORK / f"labels{size}.npy"
    if not array.exists():
        import zarr

        bench.ours(bench.phantom(size), store, "median --radius 1 then otsu then label")
        np.save(array, zarr.open_array(store / "0", mode="r")[...])
    return store, array


def row(name: str, size: int, cost: dict) -> None:
    seconds = cost["cpu_seconds"]
    print(
        f"| {name} | {size}^3 | {seconds:.2f} | {cost['wall_seconds']:.2f} | {size**3 / seconds / 1e6:.0f} "
        f"| {cost['peak_bytes'] / MIB:.0f} | {cost['said']['objects']} |",
        flush=True,
    )


def compare(size: int, names: list[str], rounds: int) -> None:
    store, array = volume(size)
    flags = ["-o", bench.WORK / "objects.csv", "--threads", 2, "--memory", BUDGET, "--json", "--overwrite"]
    for name, more in (("voxsieve", []), ("voxsieve, with the image", ["--image", bench.phantom(size)])):
        words = [bench.BINARY, "measure", store, *flags, *more]
        runs = [bench.measured(words) for _ in range(rounds)]
        row(name, size, min(runs, key=lambda cost: cost["cpu_seconds"]))
    for name in names:
        cost = bench.measured([sys.executable, __file__, "--peer", name, array])
        row(name, size, cost | cost["said"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="512", help="edges of the volumes, such as 256,512")
    parser.add_argument("--rounds", type=int, default=3, help="how often ours is run; the best counts")
    parser.add_argument("--without", default="", help="peers to leave out, such as scikit-image")
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer(options.peer[0], Path(options.peer[1]))
        return
    bench.WORK.mkdir(parents=True, exist_ok=True)
    installed = [name for name, (module, _) in PEERS.items() if importlib.util.find_spec(module)]
    missing = sorted(set(PEERS) - set(installed))
    print(f"\n## Measurements, two threads, `--memory {BUDGET // MIB}MiB`\n")
    if missing:
        print(f"Not installed: {', '.join(missing)}.\n")
    print("| who | volume | CPU s | wall s | MVoxel per CPU s | peak MiB | objects |")
    print("|---" * 7 + "|")
    for size in map(int, options.sizes.split(",")):
        compare(size, [name for name in installed if name not in options.without.split(",")], options.rounds)


if __name__ == "__main__":
    main()
