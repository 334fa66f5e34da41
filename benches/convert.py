"""Converting a volume from every format to OME-Zarr, beside tifffile + tensorstore; prints Markdown.

Whole processes, two threads, warm page cache, no fsync; ours and the peer take turns. The peer's seconds are
those of the operation alone, which favours it. `benches/convert.py` makes its volumes itself.
"""

import argparse
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import bench
import numpy as np
import tifffile

WORK = bench.WORK / "convert"


@dataclass
class Case:
    """A way of storing the volume, how it is made from one that is not packed, and the peer's name."""

    name: str
    make: Callable[[Path, Path], None]
    peer: str | None = "convert"


def stack(**options: object) -> Callable[[Path, Path], None]:
    """One file of all slices; `rowsperstrip` is that of a page unless given."""

    def make(source: Path, target: Path) -> None:
        with tifffile.TiffFile(source) as tiff, tifffile.TiffWriter(target, bigtiff=True) as writer:
            for page in tiff.pages:
                rows = {"rowsperstrip": page.shape[0]} | options
                rows = options if "tile" in options else rows
                writer.write(
                    page.asarray(), photometric="minisblack", metadata=None, contiguous=False, **rows
                )

    return make


def slices(**options: object) -> Callable[[Path, Path], None]:
    """A folder of one file for each slice."""

    def make(source: Path, target: Path) -> None:
        target.mkdir()
        with tifffile.TiffFile(source) as tiff:
            for number, page in enumerate(tiff.pages):
                path = target / f"slice_{number:05}.tif"
                tifffile.imwrite(path, page.asarray(), photometric="minisblack", metadata=None, **options)

    return make


def zarr(source: Path, target: Path) -> None:
    """What our own conversion stores."""
    bench.measured([bench.BINARY, "convert", source, target, "--format", "zarr", "--sync", "none", "--quiet"])


def cases() -> list[Case]:
    deflate = {"compression": "zlib", "compressionargs": {"level": 1}}
    return [
        Case("uncompressed", stack()),
        Case("deflate, strips of 32 rows", stack(rowsperstrip=32, **deflate)),
        Case("deflate, predictor 2, one strip per page", stack(predictor=2, **deflate)),
        Case("LZW, one strip per page", stack(compression="lzw")),
        Case("zstd, tiles of 256", stack(compression="zstd", tile=(256, 256))),
        Case("tiles of 256, uncompressed", stack(tile=(256, 256))),
        Case("folder of slices, uncompressed", slices(), "convert_folder"),
        Case("folder of slices, LZW", slices(compression="lzw"), "convert_folder"),
        Case("OME-Zarr", zarr, "convert_zarr"),
    ]


def phantom(shape: str) -> Path:
    path = WORK / f"phantom_{shape.replace(',', 'x')}.tif"
    if not path.exists():
        bench.measured([bench.DEV_BINARY, "phantom", 1, path, "--shape", shape, "--spacing", 0])
    return path


def made(case: Case, source: Path) -> Path:
    name = "".join(c if c.isalnum() else "_" for c in case.name)
    target = WORK / (f"{name}.tif" if case.peer == "convert" else name)
    if not target.exists():
        partial = target.with_name(f"{target.name}.part")
        shutil.rmtree(partial, ignore_errors=True)
        case.make(source, partial)
        partial.rename(target)
    return target


def theirs(case: Case, source: Path) -> dict:
    output = WORK / "peer-output"
    shutil.rmtree(output, ignore_errors=True)
    cost = bench.measured([*bench.python_peer(case.peer), source, output])
    return cost | cost["said"]


def rows(chosen: list[Case], source: Path, rounds: int, keep: bool) -> list[dict]:
    found = []
    for case in chosen:
        volume = made(case, source)
        row = {"name": case.name, "bytes": size(volume), "ours": [], "theirs": []}
        for _ in range(rounds):
            row["ours"].append(bench.ours(volume, WORK / "output.ome.zarr", ""))
            if case.peer:
                row["theirs"].append(theirs(case, volume))
        found.append(row)
        print_row(row)
        if not keep:
            (shutil.rmtree if volume.is_dir() else Path.unlink)(volume)
    return found


def size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def print_row(row: dict) -> None:
    def middle(who: str, name: str) -> float:
        return median(run[name] for run in row[who])

    cells = [row["name"], f"{row['bytes'] / bench.MIB:.0f}"]
    for who in ("ours", "theirs"):
        if row[who]:
            peak = middle(who, "peak_bytes") / bench.MIB
            cells += [
                f"{middle(who, 'cpu_seconds'):.1f}",
                f"{middle(who, 'wall_seconds'):.1f}",
                f"{peak:.0f}",
            ]
        else:
            cells += ["-"] * 3
    ratio = middle("theirs", "cpu_seconds") / middle("ours", "cpu_seconds") if row["theirs"] else np.nan
    print("|", " | ".join([*cells, f"{ratio:.1f}"]), "|", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", default="512,1024,2048", help="slices, rows, columns")
    parser.add_argument("--rounds", type=int, default=3, help="how often ours and the peer take turns")
    parser.add_argument("--only", default="", help="the cases whose names contain this")
    parser.add_argument("--keep", action="store_true", help="leave the volumes for the next time")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    budget = f"`--memory {bench.BUDGET // bench.MIB}MiB`"
    print(f"## Conversion of {options.shape.replace(',', ' x ')} u8, two threads, {budget}\n")
    print("| input | MiB | CPU s | wall s | peak MiB | peer CPU s | wall s | peak MiB | peer / ours (CPU) |")
    print("|---" * 9 + "|")
    chosen = [case for case in cases() if options.only in case.name]
    results = rows(chosen, phantom(options.shape), options.rounds, options.keep)
    (bench.RESULTS / "convert.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
