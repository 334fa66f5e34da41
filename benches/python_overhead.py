"""What calling Python for every block costs: the time of a function that does nothing beside that of a copy
without Python, and the memory it adds beside those of a filter and of a function that copies its block.

Run by `make bench`, or by hand: `.venv/bin/python benches/python_overhead.py [--profile debug] [--edge 512]`.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

WORK = """
import json, sys, time
from pathlib import Path
import voxsieve as vx
kind, source, output, threads, tile = sys.argv[1:]
def nothing(block):
    return block
def copying(block):
    return block.copy()
def field(name):
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024
scan = vx.open(source)
if kind == "copying":
    scan = scan.map_blocks(copying, memory=0)
elif kind == "invert":
    scan = scan.invert()
elif kind != "copy":
    scan = scan.map_blocks(nothing, workers=kind, memory=0)
Path("/proc/self/clear_refs").write_text("5")
before, started = field("VmRSS"), time.perf_counter()
scan.save(output, threads=int(threads), tile=int(tile) or None, sync="none", progress=False, overwrite=True)
print(json.dumps({"seconds": time.perf_counter() - started, "MiB": field("VmHWM") - before}))
"""

MAKE = """
import sys
import numpy as np, voxsieve as vx
values = np.random.default_rng(1).integers(60, 90, [int(sys.argv[2])] * 3, "uint8")
vx.open(values).save(sys.argv[1], progress=False)
"""


def package(profile: str, folder: Path) -> Path:
    """The package with the module of a profile, in a folder of its own."""
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / profile
    if profile == "release":
        command = ["cargo", "build", "--release", "--quiet", "--package", "voxsieve-python"]
        subprocess.run(command, cwd=ROOT, check=True)
    library = next(
        path for path in (built / "lib_voxsieve.so", built / "lib_voxsieve.dylib") if path.exists()
    )
    shutil.copytree(ROOT / "python" / "voxsieve", folder / "voxsieve", ignore=shutil.ignore_patterns("*.so"))
    shutil.copy(library, folder / "voxsieve" / "_voxsieve.abi3.so")
    return folder


def main() -> None:
    """Prints two tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", default="release", choices=["release", "debug"])
    parser.add_argument("--edge", type=int, default=512)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as name:
        folder = Path(name)
        environment = {**os.environ, "PYTHONPATH": str(package(options.profile, folder))}
        source = folder / "source.ome.zarr"
        subprocess.run([sys.executable, "-c", MAKE, source, str(options.edge)], env=environment, check=True)

        def rounds(kinds: list[str], what: str, tile: int) -> dict[str, float]:
            """Medians; in turns, so that a busy machine is busy for all of them."""
            found: dict[str, list[float]] = {kind: [] for kind in kinds}
            for _ in range(options.repeat):
                for kind in kinds:
                    places = [str(source), str(folder / f"{kind}.ome.zarr")]
                    words = [sys.executable, "-c", WORK, kind, *places, str(options.threads), str(tile)]
                    done = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
                    found[kind].append(json.loads(done.stdout)[what])
            return {kind: statistics.median(figures) for kind, figures in found.items()}

        print(
            f"map_blocks that does nothing, {options.edge}^3 u8, {options.threads} threads, {options.profile}"
        )
        seconds = rounds(["copy", "threads", "processes"], "seconds", 0)
        for kind, median in seconds.items():
            print(f"  {kind:10} {median:7.3f} s   {median / seconds['copy']:5.2f} of the copy")
        print("memory that is added to the process, blocks of 256^3: 16 MiB on each thread")
        for kind, median in rounds(["invert", "threads", "copying"], "MiB", 256).items():
            print(f"  {kind:10} {median:7.1f} MiB")


if __name__ == "__main__":
    main()
