"""`doctor` looks at the machine and the folders, and leaves nothing behind."""

import json
import os
from pathlib import Path

import pytest
from program import voxsieve


def checks(*words: object) -> list[dict]:
    found = json.loads(voxsieve("doctor", *words, "--json").out)
    assert found["ok"] == all(check["ok"] for check in found["checks"])
    return found["checks"]


def figures(found: list[dict], name: str) -> dict:
    merged = {}
    for check in found:
        if check["check"] == name:
            merged |= check["figures"]
    return merged


def test_what_it_finds_is_so(tmp_path: Path):
    found = checks(tmp_path)
    memory = figures(found, "memory")
    assert memory["default"] == memory["available"] // 2
    assert figures(found, "processor")["threads"] == len(os.sched_getaffinity(0))
    disk = figures(found, "output folder")
    system = os.statvfs(tmp_path)
    assert disk["free_bytes"] == pytest.approx(system.f_bavail * system.f_frsize, rel=0.1)
    for rate in ("write_bytes_per_second", "durable_write_bytes_per_second", "cached_read_bytes_per_second"):
        assert disk[rate] > 1e5
    assert 0 < disk["sync_seconds"] < 10
    assert list(tmp_path.iterdir()) == []


def test_the_kind_of_file_system_is_that_of_the_mount(tmp_path: Path):
    mounts = [line.split(" - ") for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    points = {left.split()[4]: right.split()[0] for left, right in mounts}
    above = next(str(folder) for folder in [tmp_path, *tmp_path.parents] if str(folder) in points)
    assert figures(checks(tmp_path), "output folder")["file_system"] == points[above]


def test_a_scratch_folder_is_looked_at_too(tmp_path: Path):
    found = checks(tmp_path, "--scratch", tmp_path / "none")
    (scratch,) = [check for check in found if check["check"] == "scratch folder"]
    assert not scratch["ok"]
    assert scratch["advice"]
    assert [check["check"] for check in found].count("output folder") == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission(tmp_path: Path):
    tmp_path.chmod(0o500)
    assert not all(check["ok"] for check in checks(tmp_path))
    tmp_path.chmod(0o700)


def test_a_file_system_that_cannot_be_written():
    found = [check for check in checks("/proc") if check["check"] == "output folder"]
    assert not found[-1]["ok"]
    assert "cannot write in /proc" in found[-1]["found"]


def test_people_get_a_line_per_check(tmp_path: Path):
    lines = voxsieve("doctor", cwd=tmp_path).out.splitlines()
    assert [line.split()[1] for line in lines if line[:4].strip() in ("ok", "warn")][:3] == [
        "version",
        "processor",
        "memory",
    ]
