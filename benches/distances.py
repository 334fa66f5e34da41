"""Distances to the background beside edt and SciPy, as Markdown: a phantom, one process each.

Ours goes from OME-Zarr to OME-Zarr with its pyramid; the peers work on an array that is in memory already,
and write nothing. Peers not installed are left out by name: `pip install edt`.
"""

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bench
import numpy as np
import objects

BUDGET = 256 * objects.MIB
SPACINGS = {"cubic": (1.0, 1.0, 1.0), "oblong": (2.0, 1.0, 1.0)}


def edt(mask: np.ndarray, spacing: tuple[float, ...]) -> float:
    import edt

    return float(edt.edt(mask, anisotropy=spacing, black_border=False, parallel=2).max())


def scipy(mask: np.ndarray, spacing: tuple[float, ...]) -> float:
    from scipy import ndimage

    return float(ndimage.distance_transform_edt(mask, sampling=spacing).max())


PEERS: dict[str, tuple[str, Callable[[np.ndarray, tuple[float, ...]], float]]] = {
    "edt": ("edt", edt),
    "SciPy": ("scipy", scipy),
}


def peer(name: str, path: Path, spacing: str) -> None:
    """In a process of its own: loads the mask, transforms it, prints the seconds of that."""
    mask = np.load(path)
    wall, cpu = time.perf_counter(), time.process_time()
    most = PEERS[name][1](mask, SPACINGS[spacing])
    seconds = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps(seconds | {"most": most}))


def row(name: str, spacing: str, size: int, cost: dict) -> None:
    seconds, most = cost["cpu_seconds"], cost["most"]
    print(
        f"| {name} | {size}^3 | {spacing} | {seconds:.2f} | {cost['wall_seconds']:.2f} "
        f"| {size**3 / seconds / 1e6:.1f} | {cost['peak_bytes'] / objects.MIB:.0f} | {most:.3f} |",
        flush=True,
    )


def compare(size: int, names: list[str], rounds: int) -> None:
    store, array = objects.volume(size)
    output = bench.WORK / "distances.ome.zarr"
    for spacing, edges in SPACINGS.items():
        flags = ["--spacing", ",".join(map(str, edges)), "--unit", "um"]
        mine = [bench.ours(store, output, "distance-transform", BUDGET, flags) for _ in range(rounds)]
        best = min(mine, key=lambda cost: cost["cpu_seconds"])
        row("voxsieve", spacing, size, best | {"most": best["said"]["summary"]["max"]})
        for name in names:
            words = [sys.executable, __file__, "--peer", name, array, "--edges", spacing]
            cost = bench.measured(words)
            row(name, spacing, size, cost | cost["said"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="512", help="edges of the volumes, such as 512,1024")
    parser.add_argument("--rounds", type=int, default=3, help="how often ours is run; the best counts")
    parser.add_argument("--without", default="", help="peers to leave out, such as SciPy")
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--edges", default="cubic", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer(options.peer[0], Path(options.peer[1]), options.edges)
        return
    bench.WORK.mkdir(parents=True, exist_ok=True)
    installed = [name for name, (module, _) in PEERS.items() if importlib.util.find_spec(module)]
    names = [name for name in installed if name not in options.without.split(",")]
    missing = sorted(set(PEERS) - set(installed))
    print(f"\n## Distances, two threads, `--memory {BUDGET // objects.MIB}MiB`\n")
    if missing:
        print(f"Not installed: {', '.join(missing)}.\n")
    print("| who | volume | voxels | CPU s | wall s | MVoxel per CPU s | peak MiB | greatest |")
    print("|---" * 8 + "|")
    for size in map(int, options.sizes.split(",")):
        compare(size, names, options.rounds)


if __name__ == "__main__":
    main()
