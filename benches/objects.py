"""Labels beside cc3d, SciPy, ITK and dask-image, as Markdown: a noisy phantom, one process each.

Ours goes from OME-Zarr to OME-Zarr with its pyramid; the peers label an array that is in memory already, and
write nothing, but for dask-image, which is lazy and writes a Zarr. Peers not installed are left out by
name: `pip install connected-components-3d dask-image`.
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

MIB = 1 << 20
CONNECTIVITIES = (6, 26)
BUDGET = 256 * MIB


def structure(connectivity: int) -> np.ndarray:
    from scipy import ndimage

    return ndimage.generate_binary_structure(3, {6: 1, 18: 2, 26: 3}[connectivity])


def cc3d(mask: np.ndarray, connectivity: int) -> int:
    import cc3d

    return int(cc3d.connected_components(mask, connectivity=connectivity, out_dtype=np.uint32).max())


def scipy(mask: np.ndarray, connectivity: int) -> int:
    from scipy import ndimage

    return ndimage.label(mask, structure(connectivity), output=np.uint32)[1]


def itk(mask: np.ndarray, connectivity: int) -> int:
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(2)
    labels = sitk.ConnectedComponent(sitk.GetImageFromArray(mask), connectivity == 26)
    return int(sitk.GetArrayViewFromImage(labels).max())


def dask_image(mask: np.ndarray, connectivity: int) -> int:
    import dask
    import dask.array
    import dask_image.ndmeasure

    dask.config.set(scheduler="threads", num_workers=2)
    lazy = dask.array.from_array(mask, chunks=128)
    labels, count = dask_image.ndmeasure.label(lazy, structure(connectivity))
    labels.to_zarr(bench.WORK / "dask-labels.zarr", overwrite=True)
    return int(count.compute())


PEERS: dict[str, tuple[str, Callable[[np.ndarray, int], int]]] = {
    "cc3d": ("cc3d", cc3d),
    "SciPy": ("scipy", scipy),
    "ITK": ("SimpleITK", itk),
    "dask-image": ("dask_image", dask_image),
}


def peer(name: str, path: Path, connectivity: int) -> None:
    """In a process of its own: loads the mask, labels it, prints the seconds of that."""
    mask = np.load(path)
    wall, cpu = time.perf_counter(), time.process_time()
    count = PEERS[name][1](mask, connectivity)
    seconds = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps(seconds | {"objects": count}))


def volume(size: int) -> tuple[Path, Path]:
    """The mask of a phantom as OME-Zarr and as an array."""
    store, array = bench.WORK / f"mask{size}.ome.zarr", bench.WORK / f"mask{size}.npy"
    if not array.exists():
        import zarr

        bench.ours(bench.phantom(size), store, "binary-threshold --lower 60")
        np.save(array, zarr.open_array(store / "0", mode="r")[...])
    return store, array


def row(name: str, connectivity: int, size: int, cost: dict) -> None:
    seconds, objects = cost["cpu_seconds"], cost["said"].get("objects", "")
    print(
        f"| {name} | {size}^3 | {connectivity} | {seconds:.2f} | {cost['wall_seconds']:.2f} "
        f"| {size**3 / seconds / 1e6:.0f} | {cost['peak_bytes'] / MIB:.0f} | {objects} |",
        flush=True,
    )


def compare(size: int, names: list[str], rounds: int) -> None:
    store, array = volume(size)
    output = bench.WORK / "labels.ome.zarr"
    for connectivity in CONNECTIVITIES:
        steps = f"label --connectivity {connectivity}"
        mine = [bench.ours(store, output, steps, BUDGET) for _ in range(rounds)]
        best = min(mine, key=lambda cost: cost["cpu_seconds"])
        found = best["said"]["summary"]["found"][0]["found"]["objects"]
        row("voxsieve", connectivity, size, best | {"said": {"objects": found}})
        for name in names:
            words = [sys.executable, __file__, "--peer", name, array, "--connectivity", connectivity]
            cost = bench.measured(words)
            row(name, connectivity, size, cost | cost["said"])


def options(description: str) -> argparse.ArgumentParser:
    """The words that a comparison with peers understands."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sizes", default="512", help="edges of the volumes, such as 512,1024")
    parser.add_argument("--rounds", type=int, default=3, help="how often ours is run; the best counts")
    parser.add_argument("--without", default="", help="peers to leave out, such as dask-image")
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    return parser


def chosen(title: str, columns: str, peers: dict, chosen: argparse.Namespace) -> list[str]:
    """Prints the head of the table; returns the peers that are there and wanted."""
    bench.WORK.mkdir(parents=True, exist_ok=True)
    installed = [name for name, (module, _) in peers.items() if importlib.util.find_spec(module)]
    missing = sorted(set(peers) - set(installed))
    print(f"\n## {title}, two threads, `--memory {BUDGET // MIB}MiB`\n")
    if missing:
        print(f"Not installed: {', '.join(missing)}.\n")
    print(columns)
    print("|---" * (columns.count("|") - 1) + "|")
    return [name for name in installed if name not in chosen.without.split(",")]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--connectivity", type=int, default=6, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        peer(given.peer[0], Path(given.peer[1]), given.connectivity)
        return
    columns = "| who | volume | neighbours | CPU s | wall s | MVoxel per CPU s | peak MiB | objects |"
    names = chosen("Labels", columns, PEERS, given)
    for size in map(int, given.sizes.split(",")):
        compare(size, names, given.rounds)


if __name__ == "__main__":
    main()
