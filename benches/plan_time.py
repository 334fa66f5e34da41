"""The time that `plan` foretells beside the time that the run takes, for ten different jobs, as Markdown.

`plan_time.py [FOLDER]` makes its volumes in FOLDER (default: bench-output/plan-time) and leaves only those.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
BINARY = Path(os.environ.get("VOXSIEVE_BIN", BUILT / "voxsieve"))
DEV_BINARY = Path(os.environ.get("VOXSIEVE_DEV", BUILT / "voxsieve-dev"))


@dataclass
class Job:
    """One job: what is read, the steps (none: convert), and flags."""

    source: str
    steps: str
    flags: str

    def name(self) -> str:
        return f"{self.source}: {self.steps or 'convert'} {self.flags}"


JOBS = [
    Job("u8-512.tif", "", "--threads 2 --sync block"),
    Job("u8-640.tif", "median --radius 1", "--threads 2 --sync none"),
    Job("u8-384.tif", "median --radius 2", "--threads 1 --sync block"),
    Job("u16-384.tif", "gaussian --sigma 2", "--threads 2 --sync block"),
    Job("u8-512-deflate.tif", "median --radius 1", "--threads 2 --sync none"),
    Job("u16-256-deflate.tif", "", "--threads 1 --sync block"),
    Job("u8-512.zarr", "median --radius 2 then binary-threshold --lower 80", "--threads 2 --sync block"),
    Job("u16-384.zarr", "gaussian --sigma 1", "--threads 2 --sync none"),
    Job("f32-256.zarr", "gaussian --sigma 1.5 then gradient-magnitude", "--threads 2 --sync block"),
    Job(
        "u8-512.tif",
        "gaussian --sigma 1 then median then gradient-magnitude",
        "--threads 2 --sync end",
    ),
]


def call(*words: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in words)}\n{done.stderr}")
    return done.stdout


def make(folder: Path, name: str) -> Path:
    """A phantom of the type, size and form that a name says."""
    path = folder / name
    if path.exists():
        return path
    stem, kind = name.rsplit(".", 1)
    dtype, size, *deflate = stem.split("-")
    if kind == "tif":
        compress = ["--compress", "deflate"] if deflate else []
        call(DEV_BINARY, "phantom", size, path, "--dtype", dtype, *compress)
    elif dtype == "f32":
        tiff = make(folder, f"u8-{size}.tif")
        call(BINARY, "run", tiff, path, "gradient-magnitude", "--quiet")
    else:
        call(BINARY, "convert", make(folder, f"{stem}.tif"), path, "--quiet")
    return path


def measure(folder: Path, job: Job) -> tuple[float, float, float, float]:
    """Low, high and real seconds, and those of the probe."""
    source, output = make(folder, job.source), folder / "out.ome.zarr"
    words = [source, output, *job.steps.split(), *job.flags.split()]
    plan = json.loads(call(BINARY, "plan", *words, "--json"))["forecast"]["time"]
    started = time.perf_counter()
    call(BINARY, "run" if job.steps else "convert", *words, "--quiet")
    seconds = time.perf_counter() - started
    shutil.rmtree(output)
    return plan["low_seconds"], plan["high_seconds"], seconds, plan["probe_seconds"]


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "bench-output" / "plan-time"
    folder.mkdir(parents=True, exist_ok=True)
    print("| job | foretold | took | | probe |\n|---|---|---|---|---|")
    hits = 0
    for job in JOBS:
        low, high, seconds, probe = measure(folder, job)
        hit = low <= seconds <= high
        hits += hit
        said = "hit" if hit else "miss"
        print(
            f"| {job.name()} | {low:.1f} to {high:.1f} s | {seconds:.2f} s | {said} | {probe:.1f} s |",
            flush=True,
        )
    print(f"\n{hits} of {len(JOBS)} within the range")
    return 0 if hits >= 0.8 * len(JOBS) else 1


if __name__ == "__main__":
    sys.exit(main())
