"""`plan` foretells what a run takes; a saved plan runs, and only on what it was made for."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from program import INPUT, IO, USAGE, command, voxsieve
from stored import attributes, hashes, write_tiff

SCHEMAS = Path(__file__).resolve().parents[2] / "schema"
STEPS = ["median", "--radius", "1", "then", "binary-threshold", "--lower", "80"]


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    volume = np.random.default_rng(5).integers(0, 256, (70, 80, 90)).astype("u1")
    return write_tiff(tmp_path_factory.mktemp("plans") / "in.tif", volume)


def plan(source: Path, output: Path, *words: object) -> dict:
    return json.loads(voxsieve("plan", source, output, *words, "--json").out)


def validate(document: dict, name: str) -> None:
    schema = json.loads((SCHEMAS / name).read_text())
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize(
    "words",
    [
        STEPS,
        [],
        ["gaussian", "--sigma", "1,2,2", "--roi", "0:9,2:20,3:30", "--threads", "1", "--memory", "300MiB"],
        ["gradient-magnitude", "--spacing", "4,2,2", "--unit", "um", "--sync", "end", "--scratch", "/tmp"],
    ],
)
def test_the_plan_keeps_its_schema(words, source, tmp_path):
    found = plan(source, tmp_path / "out.ome.zarr", *words)
    validate(found, "plan.json")
    assert found["forecast"]["time"]["low_seconds"] < found["forecast"]["time"]["high_seconds"]
    assert list(tmp_path.iterdir()) == []


def test_the_schema_refuses(source, tmp_path):
    found = plan(source, tmp_path / "out.ome.zarr", *STEPS, "--no-probe")
    validate(found, "plan.json")
    assert found["forecast"]["time"] is None
    for change in ({"more": 1}, {"format": 2}, {"key": "x"}):
        with pytest.raises(jsonschema.ValidationError):
            validate(found | change, "plan.json")


def test_the_announced_output_is_what_is_made(source, tmp_path):
    output = tmp_path / "out.ome.zarr"
    found = plan(source, output, *STEPS, "--no-probe", "--chunk", "16")
    voxsieve("run", source, output, *STEPS, "--chunk", "16", "--quiet")
    made = list(output.rglob("*"))
    assert found["forecast"]["files"] == sum(path.is_file() for path in made)
    assert found["forecast"]["folders"] == sum(path.is_dir() for path in made) + 1
    assert sum(path.stat().st_size for path in made) <= found["projection"]["output_bytes"] + (1 << 20)
    assert found["forecast"]["stored_input_bytes"] == source.stat().st_size


def test_the_table_has_what_a_proposal_needs(source, tmp_path):
    text = voxsieve("plan", source, tmp_path / "out.ome.zarr", *STEPS).out
    named = [line.split("  ")[0].strip() for line in text.splitlines()]
    for row in (
        "job",
        "result",
        "time",
        "peak memory",
        "threads",
        "bytes in",
        "bytes out",
        "inodes",
        "free space",
    ):
        assert row in named, text
    assert "median, then binary-threshold" in text
    quiet = voxsieve("plan", source, tmp_path / "out.ome.zarr", *STEPS, "--no-probe").out
    assert "not measured" in quiet


def test_the_time_of_a_compressed_scan_counts_its_scratch_file(phantom, tmp_path):
    scan = phantom("96,100,110", "--compress", "deflate")
    found = plan(scan, tmp_path / "out.ome.zarr", "median")
    validate(found, "plan.json")
    assert found["projection"]["scratch_disk_bytes"] == 96 * 100 * 110
    (room,) = found["forecast"]["rooms"]
    assert room["holds"] == ["output", "scratch file"]
    assert room["least_bytes"] >= 96 * 100 * 110
    assert found["forecast"]["time"]["probed_voxels"] > 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_gives_no_time(source, tmp_path):
    found = plan(source, tmp_path / "none" / "out.ome.zarr", "median")
    assert found["forecast"]["time"] is None
    assert "cannot measure the time" in found["forecast"]["no_time"]


def test_a_saved_plan_makes_the_same_bytes(source, tmp_path):
    direct, planned = tmp_path / "direct.ome.zarr", tmp_path / "planned.ome.zarr"
    flags = ["--roi", "3:60,0:80,5:90", "--chunk", "32", "--spacing", "2,1,1", "--unit", "um"]
    voxsieve("run", source, direct, *STEPS, *flags, "--quiet")
    file = tmp_path / "plan.json"
    voxsieve("plan", source, planned, *STEPS, *flags, "--no-probe", "--save", file, "--quiet")
    validate(json.loads(file.read_text()), "plan.json")
    voxsieve("run", file, "--threads", "1", "--memory", "400MiB", "--sync", "none", "--quiet", cwd="/")
    assert hashes(direct, root=False) == hashes(planned, root=False)
    assert attributes(direct)["voxsieve"] == attributes(planned)["voxsieve"]
    assert attributes(direct)["voxsieve"]["roi"] == "3:60,0:80,5:90"


def test_relative_paths_are_taken_from_the_plan(source, tmp_path):
    shutil.copy2(source, tmp_path / "in.tif")
    file = tmp_path / "plan.json"
    voxsieve(
        "plan",
        tmp_path / "in.tif",
        tmp_path / "out.ome.zarr",
        "median",
        "--no-probe",
        "--save",
        file,
        "--quiet",
    )
    document = json.loads(file.read_text())
    assert Path(document["input"]).is_absolute()
    document |= {"input": "in.tif", "output": "other.ome.zarr"}
    file.write_text(json.dumps(document))
    voxsieve("run", file, "--quiet", cwd="/")
    assert (tmp_path / "other.ome.zarr" / "zarr.json").is_file()


@pytest.fixture
def saved(source, tmp_path) -> Path:
    """A plan beside a copy of its input."""
    shutil.copy2(source, tmp_path / "in.tif")
    file = tmp_path / "plan.json"
    voxsieve(
        "plan",
        tmp_path / "in.tif",
        tmp_path / "out.ome.zarr",
        "median",
        "--no-probe",
        "--save",
        file,
        "--quiet",
    )
    return file


def refused(code: int, *words: object) -> str:
    answer = voxsieve(*words, code=code)
    (line,) = answer.err.splitlines()
    return line


def test_a_changed_input_is_refused(saved):
    scan = saved.parent / "in.tif"
    os.utime(scan, (1, 1))
    assert "its time of change" in refused(INPUT, "run", saved)
    assert not (saved.parent / "out.ome.zarr").exists()
    scan.write_bytes(scan.read_bytes() + b"more")
    assert "its size" in refused(INPUT, "run", saved)
    scan.unlink()
    assert "no such file" in refused(INPUT, "run", saved)


def test_a_changed_plan_is_refused(saved):
    document = json.loads(saved.read_text())

    def run(code: int, changed: dict) -> str:
        saved.write_text(json.dumps(changed))
        return refused(code, "run", saved)

    assert "format 2" in run(INPUT, document | {"format": 2})
    assert "did you mean output?" in run(USAGE, document | {"outptu": 1})
    job = document["job"]
    assert "did you mean layout?" in run(USAGE, document | {"job": job | {"layuot": 1}})
    assert "key" in run(USAGE, document | {"job": job | {"pipeline": {"steps": []}}})
    assert "key" in run(USAGE, document | {"job": job | {"version": "0.0.1"}})
    assert "is not a region" in run(USAGE, document | {"job": job | {"roi": "all"}})
    assert "kind" in run(INPUT, {"format": 1, "kind": "journal"})
    assert "kind" in run(INPUT, {"format": 1})
    saved.write_text("{")
    assert "not valid JSON" in refused(INPUT, "run", saved)


@pytest.mark.parametrize("flag", ["--roi=0:4,0:4,0:4", "--chunk=64", "--level=1", "--spacing=1,1,1"])
def test_what_the_plan_decided_stays(flag, saved):
    assert "decided by the plan" in refused(USAGE, "run", saved, flag)


def test_out_is_missing(source):
    assert refused(USAGE, "run", source).startswith("error: OUT: is missing")
    assert refused(USAGE, "convert", source).startswith("error: OUT: is missing")
    assert "no such file" in refused(INPUT, "run", "not-there.json")


def test_a_plan_goes_on_after_an_interruption(saved):
    voxsieve("run", saved, "--quiet", "--resume")
    voxsieve("run", saved, "--quiet", "--resume")
    assert "exists" in voxsieve("run", saved, code=4).err


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MiB, where the tests may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no right to mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_seen_before_the_start(phantom, source, small_disk):
    scan = phantom("160,200,190", "--compress", "deflate")
    for verb in ("plan", "run"):
        line = refused(IO, verb, scan, small_disk / "out.ome.zarr", "median")
        assert "--scratch" in line
        assert "needs at least" in line
    assert list(small_disk.iterdir()) == []
    text = voxsieve("plan", source, small_disk / "out.ome.zarr", "median").out
    assert "NOT ENOUGH" not in text
    more = voxsieve("plan", phantom("128,170,190"), small_disk / "out.ome.zarr", "median", "--no-probe").out
    assert "NOT ENOUGH" in more
    answer = subprocess.run(
        command("run", phantom("128,170,190"), small_disk / "out.ome.zarr", "median", "--quiet"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "warning: " in answer.stderr
    assert "cannot be compressed" in answer.stderr
