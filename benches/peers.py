"""The peers, one operation per process: `peers.py NAME INPUT OUTPUT`.

The last line printed has the seconds of the operation alone: starting Python, importing and loading what an
in-memory peer works on are not held against it.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

THREADS = 2
SLAB = 128


@contextmanager
def timed() -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(json.dumps({"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}))


def array(path: Path, shape: tuple[int, ...] | None = None):
    """A Zarr array in chunks of 128, blosc-lz4: tensorstore's usual way; made when it has a shape."""
    import tensorstore

    limits = {name: {"limit": THREADS} for name in ("data_copy_concurrency", "file_io_concurrency")}
    context = tensorstore.Context({**limits, "cache_pool": {"total_bytes_limit": 0}})
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(path)}}
    if shape is None:
        return tensorstore.open(spec, context=context).result()
    blosc = {"cname": "lz4", "clevel": 5, "shuffle": "bitshuffle", "typesize": 1}
    spec["metadata"] = {
        "shape": list(shape),
        "data_type": "uint8",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [128] * 3}},
        "codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "blosc", "configuration": blosc},
        ],
    }
    return tensorstore.open(spec, context=context, create=True, delete_existing=True).result()


def slabs(depth: int) -> Iterator[slice]:
    """Slab by slab, so that the peers' memory does not grow with the volume either."""
    return (slice(z, min(z + SLAB, depth)) for z in range(0, depth, SLAB))


def pyramid(output: Path, method: str) -> None:
    import tensorstore

    level, size = 0, min(array(output / "0").shape)
    while size >= 2 * SLAB:
        finer = tensorstore.downsample(array(output / str(level)), [2, 2, 2], method=method)
        coarser = array(output / str(level + 1), finer.shape)
        for slab in slabs(finer.shape[0]):
            coarser[slab].write(finer[slab]).result()
        level, size = level + 1, size // 2


def convert(source: Path, output: Path) -> None:
    import numpy
    import tensorstore  # noqa: F401 (imported before the clock starts)
    import tifffile

    with timed(), tifffile.TiffFile(source) as tiff:
        height, width = tiff.pages[0].shape
        depth = len(tiff.pages)
        target = array(output / "0", (depth, height, width))
        buffer = numpy.empty((SLAB, height, width), "u1")
        for slab in slabs(depth):
            for z in range(slab.start, slab.stop):
                tiff.pages[z].asarray(out=buffer[z - slab.start])
            target[slab].write(buffer[: slab.stop - slab.start]).result()
        pyramid(output, "mean")


def convert_folder(source: Path, output: Path) -> None:
    import numpy
    import tensorstore  # noqa: F401 (imported before the clock starts)
    import tifffile

    with timed():
        files = sorted(source.glob("*.tif"))
        first = tifffile.imread(files[0])
        target = array(output / "0", (len(files), *first.shape))
        buffer = numpy.empty((SLAB, *first.shape), "u1")
        for slab in slabs(len(files)):
            for z in range(slab.start, slab.stop):
                tifffile.imread(files[z], out=buffer[z - slab.start])
            target[slab].write(buffer[: slab.stop - slab.start]).result()
        pyramid(output, "mean")


def convert_zarr(source: Path, output: Path) -> None:
    """The full resolution of an OME-Zarr, chunk by chunk, and a pyramid of means."""
    with timed():
        volume = array(source / "0")
        full = array(output / "0", volume.shape)
        for slab in slabs(volume.shape[0]):
            full[slab].write(volume[slab]).result()
        pyramid(output, "mean")


def threshold(source: Path, output: Path) -> None:
    import numpy

    volume = array(source / "0")
    with timed():
        target = array(output / "0", volume.shape)
        for slab in slabs(volume.shape[0]):
            target[slab].write((volume[slab].read().result() >= 80).view(numpy.uint8)).result()
        pyramid(output, "mode")


def median(source: Path, output: Path) -> None:
    """On one corner of half the edge: the whole would take a minute."""
    import numpy
    from skimage.filters import rank

    volume = array(source / "0")
    corner = volume[tuple(slice(0, n // 2) for n in volume.shape)].read().result()
    with timed():
        found = rank.median(corner, numpy.ones((5, 5, 5), numpy.uint8))
    output.mkdir()
    numpy.save(output / "median.npy", found)


PEERS: dict[str, Callable[[Path, Path], None]] = {
    "convert": convert,
    "convert_folder": convert_folder,
    "convert_zarr": convert_zarr,
    "threshold": threshold,
    "median": median,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
