"""Killed, interrupted and damaged runs: the bytes at the end are those of a run left alone."""

import shlex
import signal
from pathlib import Path

import pytest
from program import (
    BINARY,
    DIFFERENT,
    INTERRUPTED,
    OCCUPIED,
    call,
    command,
    partial,
    run,
    stop_after,
    voxsieve,
)
from stored import hashes, shards

# Slow enough that a run of 48 shards can be met in its middle.
STEPS = "median --radius 4 then gaussian --sigma 1.5"
CHUNK = ("--chunk", 32)


@pytest.fixture(scope="module")
def source(phantom) -> Path:
    return phantom("200,190,210")


@pytest.fixture(scope="module")
def expected(source: Path, tmp_path_factory) -> dict[str, str]:
    output = tmp_path_factory.mktemp("resume") / "out.ome.zarr"
    run(source, output, STEPS, *CHUNK)
    return hashes(output)


def slow(source: Path, output: Path) -> list[str]:
    return command("run", source, output, *STEPS.split(), *CHUNK, "--threads", 1, "--memory", "512MiB")


@pytest.mark.parametrize(
    ("tasks", "budget", "threads"), [(1, "256MiB", 2), (9, "1GiB", 1), (24, "128MiB", 2)]
)
def test_killed_and_resumed(tasks, budget, threads, source: Path, expected, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    stop_after(tasks, signal.SIGKILL, output, slow(source, output))
    assert partial(output).is_dir()
    assert not output.exists()
    flags = ["--memory", budget, "--threads", threads, "--resume", "--json"]
    report = run(source, output, STEPS, *CHUNK, *flags).report()
    assert report["resumed_shards"] >= tasks
    assert hashes(output) == expected
    assert not partial(output).exists()


@pytest.mark.torture
def test_killed_again_and_again(source: Path, expected, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    for tasks in range(2, 46, 4):
        stop_after(tasks, signal.SIGKILL, output, [*slow(source, output), "--resume"])
    run(source, output, STEPS, *CHUNK, "--resume")
    assert hashes(output) == expected


def test_killed_twice(source: Path, expected, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    stop_after(3, signal.SIGKILL, output, slow(source, output))
    stop_after(15, signal.SIGKILL, output, [*slow(source, output), "--resume"])
    run(source, output, STEPS, *CHUNK, "--resume")
    assert hashes(output) == expected


def test_interrupted_prints_what_resumes(source: Path, expected, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    answer = stop_after(2, signal.SIGINT, output, slow(source, output))
    assert answer.code == INTERRUPTED, answer.err
    assert "panicked" not in answer.err
    lines = (answer.out + answer.err).splitlines()
    (line,) = [line for line in lines if "--resume" in line]
    words = shlex.split(line[line.index("voxsieve ") :])
    call([str(BINARY), *words[1:]])
    assert hashes(output) == expected


def test_unfinished_output_is_not_touched_unasked(source: Path, expected, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    stop_after(1, signal.SIGKILL, output, slow(source, output))
    before = hashes(partial(output))
    answer = run(source, output, STEPS, *CHUNK, code=OCCUPIED)
    assert "--resume" in answer.err
    assert "--overwrite" in answer.err
    assert hashes(partial(output)) == before
    run(source, output, STEPS, *CHUNK, "--overwrite")
    assert hashes(output) == expected


def test_another_job_does_not_resume(source: Path, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    stop_after(1, signal.SIGKILL, output, slow(source, output))
    run(source, output, "median --radius 1", *CHUNK, "--resume", code=OCCUPIED)
    assert partial(output).is_dir()


@pytest.fixture
def finished(source: Path, expected, tmp_path: Path) -> Path:
    output = tmp_path / "out.ome.zarr"
    run(source, output, STEPS, *CHUNK)
    assert hashes(output) == expected
    return output


def test_resuming_what_is_whole_verifies(finished: Path, source: Path, expected):
    run(source, finished, STEPS, *CHUNK, "--resume")
    voxsieve("verify", finished)
    assert hashes(finished) == expected


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [truncate, flip_a_bit, Path.unlink])
def test_damage_is_found_and_repaired(damage, finished: Path, source: Path, expected):
    shard = shards(finished)[0]
    damage(shard)
    answer = voxsieve("verify", finished, code=DIFFERENT)
    assert str(shard.relative_to(finished)) in answer.out + answer.err
    run(source, finished, STEPS, *CHUNK, "--resume")
    voxsieve("verify", finished)
    assert hashes(finished) == expected


def test_overwriting_replaces_the_whole(finished: Path, source: Path):
    before = hashes(finished)
    run(source, finished, "median --radius 1", *CHUNK, code=OCCUPIED)
    assert hashes(finished) == before
    run(source, finished, "median --radius 1", *CHUNK, "--overwrite")
    after = hashes(finished)
    assert after.keys() == before.keys()
    assert after != before


def test_status_tells_how_far(source: Path, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    stop_after(5, signal.SIGKILL, output, slow(source, output))
    assert voxsieve("status", output).out
    run(source, output, STEPS, *CHUNK, "--resume")
    assert voxsieve("status", output).out


def test_compare_finds_a_difference(finished: Path, source: Path, tmp_path: Path):
    other = tmp_path / "other.ome.zarr"
    run(source, other, "median --radius 1", *CHUNK)
    voxsieve("compare", finished, finished)
    voxsieve("compare", finished, other, code=DIFFERENT)
