"""What calling Python for every block costs: a function that does nothing, beside a copy without Python.

Run by `make bench`, or by hand: `.venv/bin/python benches/python_overhead.py [--profile debug] [--edge 512]`.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

WORK = """
import sys, time
import voxsieve as vx
kind, source, output, threads = sys.argv[1:]
scan = vx.open(source)
def nothing(block):
    return block
if kind != "copy":
    scan = scan.map_blocks(nothing, workers=kind, memory=0)
started = time.perf_counter()
scan.save(output, threads=int(threads), sync="none", progress=False, overwrite=True)
print(time.perf_counter() - started)
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
    """Prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", default="release", choices=["release", "debug"])
    parser.add_argument("--edge", type=int, default=512)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as name:
        folder = Path(name)
        environment = {**os.environ, "PYTHONPATH": str(package(options.profile, folder))}
        source = folder / "source.ome.zarr"
        make = "import sys, numpy as np, voxsieve as vx; a = np.random.default_rng(1)" + (
            ".integers(60, 90, [int(sys.argv[2])] * 3, 'uint8'); vx.open(a).save(sys.argv[1], progress=False)"
        )
        subprocess.run([sys.executable, "-c", make, source, str(options.edge)], env=environment, check=True)
        seconds: dict[str, list[float]] = {kind: [] for kind in ("copy", "threads", "processes")}
        for _ in range(options.repeat):
            # In turns, so that a busy machine is busy for all of them.
            for kind, times in seconds.items():
                words = [
                    sys.executable,
                    "-c",
                    WORK,
                    kind,
                    source,
                    folder / f"{kind}.ome.zarr",
                    str(options.threads),
                ]
                done = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
                times.append(float(done.stdout))
        report(options, {kind: statistics.median(times) for kind, times in seconds.items()})


def report(options: argparse.Namespace, seconds: dict[str, float]) -> None:
    """The medians, and how they compare."""
    print(
        f"map_blocks that does nothing, {options.edge}^3 u8, "
        f"{options.threads} threads, {options.profile} build"
    )
    for kind, median in seconds.items():
        print(f"  {kind:10} {median:7.2f} s   {median / seconds['copy']:5.2f} of the copy")


if __name__ == "__main__":
    main()
