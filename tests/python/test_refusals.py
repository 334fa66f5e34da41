"""Bad input: one clear sentence, the exit code of the table, nothing left behind, never a panic."""

import contextlib
import os
import subprocess
from pathlib import Path

import numpy as np
import oracles
import pytest
from program import (
    BUDGET,
    INPUT,
    IO,
    OCCUPIED,
    USAGE,
    Answer,
    command,
    partial,
    projection,
    run,
    voxsieve,
)
from stored import hashes, read, write_tiff


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    volume = np.random.default_rng(8).integers(0, 256, (40, 50, 60)).astype("u1")
    return write_tiff(tmp_path_factory.mktemp("refusals") / "in.tif", volume)


def refused(folder: Path, code: int, *words: object) -> str:
    """Runs what has to be refused; gives the sentence."""
    before = listing(folder)
    answer = voxsieve(*words, code=code)
    assert listing(folder) == before
    assert answer.out == ""
    return sentence(answer)


def sentence(answer: Answer) -> str:
    (line,) = [line for line in answer.err.splitlines() if line.strip()]
    assert line.startswith("error: "), line
    return line


def listing(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def cut(source: Path, folder: Path, length: int) -> Path:
    (folder / "cut.tif").write_bytes(source.read_bytes()[:length])
    return folder / "cut.tif"


@pytest.mark.parametrize("length", [0, 7, 200, 60_000, 120_000])
def test_truncated_tiff(length: int, source: Path, tmp_path: Path):
    broken = cut(source, tmp_path, length)
    assert "cut.tif" in refused(tmp_path, INPUT, "convert", broken, tmp_path / "out.ome.zarr")


def test_truncated_scan(bone: Path, tmp_path: Path):
    broken = cut(bone, tmp_path, bone.stat().st_size // 2)
    assert "cut.tif" in refused(tmp_path, INPUT, "convert", broken, tmp_path / "out.ome.zarr")


def test_text_named_tif(tmp_path: Path):
    (tmp_path / "notes.tif").write_text("These are notes, not voxels.\n")
    for words in (
        ["info", tmp_path / "notes.tif"],
        ["convert", tmp_path / "notes.tif", tmp_path / "out.zarr"],
    ):
        assert "notes.tif" in refused(tmp_path, INPUT, *words)


def test_missing_input(tmp_path: Path):
    assert "no.tif" in refused(tmp_path, INPUT, "convert", tmp_path / "no.tif", tmp_path / "out.ome.zarr")


def test_damaged_zarr_metadata(source: Path, tmp_path: Path):
    voxsieve("convert", source, tmp_path / "in.ome.zarr", "--quiet")
    (tmp_path / "in.ome.zarr" / "zarr.json").write_text('{"zarr_format": 3, "node_type": ')
    refused(tmp_path, INPUT, "convert", tmp_path / "in.ome.zarr", tmp_path / "out.ome.zarr")


def test_output_under_a_file(source: Path, tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    refused(tmp_path, IO, "convert", source, tmp_path / "file" / "out.ome.zarr")


def test_output_where_nobody_may_write(source: Path, tmp_path: Path):
    # Not even root may make a folder in /proc.
    assert "/proc" in refused(tmp_path, IO, "convert", source, "/proc/out.ome.zarr")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a folder that is read-only")
def test_output_in_a_read_only_folder(source: Path, tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    refused(tmp_path, IO, "convert", source, closed / "out.ome.zarr")


def test_existing_output(source: Path, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    voxsieve("convert", source, output, "--quiet")
    before = hashes(output)
    assert "--overwrite" in refused(tmp_path, OCCUPIED, "convert", source, output)
    assert hashes(output) == before


def test_output_is_a_file_of_the_user(source: Path, tmp_path: Path):
    (tmp_path / "out.ome.zarr").write_text("precious")
    refused(tmp_path, OCCUPIED, "convert", source, tmp_path / "out.ome.zarr")
    assert (tmp_path / "out.ome.zarr").read_text() == "precious"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("medain --radius 1", ["medain", "median"]),
        ("median --radus 1", ["radus", "radius"]),
        ("median --radius -1", ["radius", "-1"]),
        ("median --radius two", ["radius", "two"]),
        ("gaussian --sigma nan", ["sigma"]),
        ("binary-threshold --lower 100 --upper 80", ["lower", "upper"]),
        ("median --radius 1 then", ["then"]),
        ("median --radius", ["radius"]),
        ("median --radius 1 --memry 1GiB", ["memry", "memory"]),
        ("median --radius 1 --memory lots", ["memory", "lots"]),
        ("median --radius 1 --threads 0", ["threads"]),
        ("median --radius 1 --roi 0:99,0:5,0:5", ["roi"]),
        ("median --radius 1 --roi 5:5,0:5,0:5", ["roi"]),
        ("median --radius 1 --chunk 0", ["chunk"]),
        ("", []),
    ],
)
def test_usage(steps: str, words: list[str], source: Path, tmp_path: Path):
    said = refused(tmp_path, USAGE, "run", source, tmp_path / "out.ome.zarr", *steps.split())
    assert [word for word in words if word not in said] == [], said


def test_unknown_command(tmp_path: Path):
    assert "convert" in refused(tmp_path, USAGE, "convrt", "in", "out")


@pytest.mark.parametrize("command", ["plan", "run"])
def test_budget_too_small(command: str, source: Path, tmp_path: Path):
    words = [command, source, tmp_path / "out.ome.zarr", "median", "--radius", "1"]
    said = refused(tmp_path, BUDGET, *words, "--memory", "1MiB")
    assert "MiB" in said
    least = projection(source, tmp_path / "out.ome.zarr", "median --radius 1")["least_bytes"]
    run(source, tmp_path / "out.ome.zarr", "median --radius 1", "--memory", least)


def test_verify_and_status_of_nothing(tmp_path: Path):
    for word in ("verify", "status", "stats"):
        refused(tmp_path, INPUT, word, tmp_path / "no.ome.zarr")


@pytest.mark.parametrize("shape", [(4, 3, 2), (1, 1, 1), (1, 30, 2)])
@pytest.mark.parametrize("steps", ["median --radius 3", "gaussian --sigma 5", "gradient-magnitude"])
def test_halo_larger_than_the_volume(shape: tuple[int, ...], steps: str, tmp_path: Path):
    volume = np.random.default_rng(9).integers(0, 256, shape).astype("u1")
    run(write_tiff(tmp_path / "in.tif", volume), tmp_path / "out.ome.zarr", steps)
    found = read(tmp_path / "out.ome.zarr")
    if steps.startswith("median"):
        np.testing.assert_array_equal(found, oracles.median_sorted(volume, 3))
    elif steps.startswith("gaussian"):
        oracles.assert_gaussian(found, volume, 5)
    else:
        oracles.assert_gradient(found, volume)


@contextlib.contextmanager
def small_disk(folder: Path, size: str):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a file system for the full disk cannot be mounted: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_full_disk(tmp_path: Path):
    volume = np.random.default_rng(10).integers(0, 256, (128, 128, 128)).astype("u1")
    source = write_tiff(tmp_path / "in.tif", volume)
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, "1m"):
        answer = voxsieve("convert", source, disk / "out.ome.zarr", "--chunk", 32, "--quiet", code=IO)
        errors = [line for line in answer.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1
        assert "--resume" in answer.err
        assert not (disk / "out.ome.zarr").exists()
        assert partial(disk / "out.ome.zarr").is_dir()
        subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
        voxsieve("convert", source, disk / "out.ome.zarr", "--chunk", 32, "--quiet", "--resume")
        np.testing.assert_array_equal(read(disk / "out.ome.zarr"), volume)


@pytest.mark.parametrize("words", [("filters",), ("filters", "--json"), ("completions", "bash"), ("--help",)])
def test_a_reader_that_goes_away_ends_nothing(words: tuple[str, ...]):
    """As in `voxsieve filters | head -1`."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as out:
        done = subprocess.run(command(*words), stdout=out, stderr=subprocess.PIPE, check=False)
    assert b"panicked" not in done.stderr, done.stderr
    assert done.returncode in (0, 2)
