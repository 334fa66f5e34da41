"""Speed beside the peers and memory beside the budget, as Markdown; `make bench` runs it.

Whole processes, two threads, warm page cache, no fsync; ours and the peer take turns within one run. A peer's
seconds are those of the operation alone where it is a Python library, which favours the peer.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from meter import metered
from roofline import roofline

ROOT = Path(__file__).resolve().parents[1]
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
BINARY = Path(os.environ.get("VOXSIEVE_BIN", BUILT / "voxsieve"))
DEV_BINARY = Path(os.environ.get("VOXSIEVE_DEV", BUILT / "voxsieve-dev"))
RESULTS = ROOT / "bench-output"
WORK = RESULTS / "work"
MIB = 1 << 20
BUDGET = 256 * MIB
CHAIN = "median --radius 2 then gaussian --sigma 1.5 then gradient-magnitude"

# How zarrs_filter is to store f32: it copies the input's codecs, which name no byte order for u8.
LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
LZ4 = {
    "name": "blosc",
    "configuration": {"cname": "lz4", "clevel": 5, "shuffle": "bitshuffle", "typesize": 4, "blocksize": 0},
}


@dataclass
class Case:
    """One operation: our steps (none: convert), the CPU seconds to reach, and the peer's command."""

    name: str
    steps: str
    reach: float
    peer: str | None
    command: list[str] | None
    note: str = ""


def python_peer(name: str) -> list[str]:
    return [sys.executable, str(ROOT / "benches" / "peers.py"), name]


def zarrs_peer(*words: str) -> list[str] | None:
    found = shutil.which("zarrs_filter", path=os.environ.get("ZARRS_BIN", os.environ.get("PATH")))
    return [found, "--chunk-limit", "2", *words] if found else None


def cases() -> list[Case]:
    gaussian = zarrs_peer("gaussian", "IN/0", "OUT", "1.0,1.0,1.0", "3,3,3")
    gradient = zarrs_peer(
        "gradient-magnitude",
        *("--operator", "central-difference", "-d", "float32"),
        *("--array-to-bytes-codec", json.dumps(LITTLE), "--bytes-to-bytes-codecs", json.dumps([LZ4])),
        *("IN/0", "OUT"),
    )
    return [
        Case("convert", "", 0.6, "tifffile + tensorstore", [*python_peer("convert"), "TIFF", "OUT"]),
        Case(
            "binary-threshold",
            "binary-threshold --lower 80",
            0.7,
            "tensorstore + numpy",
            [*python_peer("threshold"), "IN", "OUT"],
        ),
        Case("median r=1", "median --radius 1", 2.0, None, None),
        Case(
            "median r=2",
            "median --radius 2",
            2.5,
            "skimage.rank",
            [*python_peer("median"), "IN", "OUT"],
            "the peer does an eighth of the volume",
        ),
        Case("gaussian sigma 1", "gaussian --sigma 1", 2.5, "zarrs_filter", gaussian),
        Case("gradient-magnitude", "gradient-magnitude", 2.5, "zarrs_filter", gradient),
    ]


def phantom(size: int) -> Path:
    path = WORK / f"phantom{size}.tif"
    if not path.exists():
        subprocess.run([DEV_BINARY, "phantom", str(size), path.with_suffix(".part")], check=True)
        path.with_suffix(".part").rename(path)
    return path


def measured(command: list[object]) -> dict:
    """Cost of a command; figures that it prints itself as JSON are under `said`."""
    words = [str(word) for word in command]
    cost, done = metered(str(WORK / "cost.json"), words)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return cost | {"said": json.loads(lines[-1]) if lines else {}}


def ours(source: Path, output: Path, steps: str, budget: int = BUDGET, more: Sequence[object] = ()) -> dict:
    shutil.rmtree(output, ignore_errors=True)
    flags = ["--threads", 2, "--memory", budget, "--sync", "none", "--json", *more]
    words = ["run", source, output, *steps.split()] if steps else ["convert", source, output]
    return measured([BINARY, *words, *flags])


def theirs(case: Case, places: dict[str, Path]) -> dict:
    shutil.rmtree(places["OUT"], ignore_errors=True)
    command = []
    for word in case.command:
        head, slash, tail = word.partition("/")
        command.append(f"{places[head]}{slash}{tail}" if head in places else word)
    cost = measured(command)
    return cost | cost["said"]


def speed(source: Path, rounds: int) -> list[dict]:
    """Runs all cases `rounds` times, ours and the peer's in turn."""
    places = {"TIFF": source, "IN": WORK / "peer-input", "OUT": WORK / "peer-output"}
    own_input = WORK / "input.ome.zarr"
    ours(source, own_input, "")
    theirs(cases()[0], places | {"OUT": places["IN"]})
    rows = [{"case": case, "ours": [], "theirs": []} for case in cases()]
    for _ in range(rounds):
        for row in rows:
            case = row["case"]
            row["ours"].append(
                ours(own_input if case.steps else source, WORK / "output.ome.zarr", case.steps)
            )
            if case.command:
                row["theirs"].append(theirs(case, places))
    return rows


def middle(runs: list[dict], name: str) -> float:
    return median(run[name] for run in runs)


def print_speed(rows: list[dict], size: int) -> None:
    print(f"\n## Speed: {size}^3 u8, two threads, warm cache, `--sync none`, `--memory {BUDGET // MIB}MiB`\n")
    print("| operation | CPU s | reach | wall s | peak MiB | read amplification ", end="")
    print("| peer | its CPU s | its peak MiB | peer / ours (CPU) |")
    print("|---" * 10 + "|")
    for row in rows:
        case, runs, peer = row["case"], row["ours"], row["theirs"]
        cpu = middle(runs, "cpu_seconds")
        amplification = median(run["said"]["read_amplification"] for run in runs)
        print(
            f"| {case.name} | {cpu:.2f} | {case.reach} | {middle(runs, 'wall_seconds'):.2f} "
            f"| {middle(runs, 'peak_bytes') / MIB:.0f} | {amplification:.2f} ",
            end="",
        )
        if peer:
            other = middle(peer, "cpu_seconds")
            name = f"{case.peer} ({case.note})" if case.note else case.peer
            print(f"| {name} | {other:.2f} | {middle(peer, 'peak_bytes') / MIB:.0f} | {other / cpu:.1f} |")
        else:
            print(f"| {case.peer + ' is not in $ZARRS_BIN' if case.peer else '-'} | | | |")


def memory(sizes: list[int]) -> list[dict]:
    rows = []
    for size in sizes:
        source = phantom(size)
        for steps in ("", CHAIN):
            run = ours(source, WORK / "output.ome.zarr", steps)
            rows.append({"size": size, "steps": steps or "convert", **run})
        shutil.rmtree(WORK / "output.ome.zarr")
    return rows


def print_memory(rows: list[dict]) -> None:
    print(f"\n## Memory: `--memory {BUDGET // MIB}MiB`, two threads\n")
    print("| volume | steps | peak MiB | peak / budget | CPU s | wall s | read amplification |")
    print("|---" * 7 + "|")
    for row in rows:
        print(
            f"| {row['size']}^3 u8, {row['size'] ** 3 / (1 << 30):g} GiB | {row['steps']} "
            f"| {row['peak_bytes'] / MIB:.0f} | {row['peak_bytes'] / BUDGET:.2f} | {row['cpu_seconds']:.1f} "
            f"| {row['wall_seconds']:.1f} | {row['said']['read_amplification']:.2f} |"
        )


def print_machine(limits: dict[str, float]) -> None:
    codec = (
        f"encode {limits['zstd1_encode_mb_per_second']:.0f} MB/s, "
        f"decode {limits['zstd1_decode_mb_per_second']:.0f} MB/s, ratio {limits['zstd1_ratio']:.2f}"
    )
    print("## The machine, one core\n")
    print(f"memcpy {limits['copy_gb_per_second']:.1f} GB/s; zstd-1 on this volume: {codec}; ", end="")
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512, help="edge of the volume of the speed part")
    parser.add_argument("--rounds", type=int, default=3, help="how often ours and the peer take turns")
    parser.add_argument("--large", action="store_true", help="also 8 GiB in the memory part")
    parser.add_argument("--no-memory", action="store_true", help="leave the memory part out")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    source = phantom(options.size)
    limits = roofline(source)
    print_machine(limits)
    speeds = speed(source, options.rounds)
    print_speed(speeds, options.size)
    sizes = [] if options.no_memory else [1024, 2048] if options.large else [1024]
    memories = memory(sizes)
    if memories:
        print_memory(memories)
    rows = [row | {"case": vars(row["case"])} for row in speeds]
    results = {"machine": limits, "speed": rows, "memory": memories}
    (RESULTS / "bench.json").write_text(json.dumps(results, indent=1, default=str))
    print(f"\nAll figures: {RESULTS / 'bench.json'}")


if __name__ == "__main__":
    main()
