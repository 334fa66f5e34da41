"""Distances to the background beside edt and SciPy, as Markdown: a phantom, one process each.

Ours goes from OME-Zarr to OME-Zarr with its pyramid; the peers work on an array that is in memory already,
and write nothing. Peers not installed are left out by name: `pip install edt`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bench
import numpy as np
import objects

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
        mine = [bench.ours(store, output, "distance-transform", objects.BUDGET, flags) for _ in range(rounds)]
        best = min(mine, key=lambda cost: cost["cpu_seconds"])
        row("voxsieve", spacing, size, best | {"most": best["said"]["summary"]["max"]})
        for name in names:
            words = [sys.executable, __file__, "--peer", name, array, "--edges", spacing]
            cost = bench.measured(words)
            row(name, spacing, size, cost | cost["said"])


def main() -> None:
    parser = objects.options(__doc__)
    parser.add_argument("--edges", default="cubic", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        peer(given.peer[0], Path(given.peer[1]), given.edges)
        return
    columns = "| who | volume | voxels | CPU s | wall s | MVoxel per CPU s | peak MiB | greatest |"
    names = objects.chosen("Distances", columns, PEERS, given)
    for size in map(int, given.sizes.split(",")):
        compare(size, names, given.rounds)


if __name__ == "__main__":
    main()
