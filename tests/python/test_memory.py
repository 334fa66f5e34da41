"""The least budget that `plan` names is small, and a run with it keeps it."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from meter import metered
from program import command, projection

MIB = 1 << 20
CHAIN = "median --radius 2 then gaussian --sigma 1.5 then gradient-magnitude"


@pytest.fixture(scope="module")
def cube(phantom) -> Path:
    return phantom("512,512,512")


@pytest.fixture(scope="module")
def wide(tmp_path_factory) -> Path:
    """As wide as a detector and a little deeper than a chunk; slices are rolled copies of one."""
    path = tmp_path_factory.mktemp("wide") / "wide.tif"
    page = np.random.default_rng(11).normal(128, 20, (2560, 2560)).clip(0, 255).astype("u1")
    with tifffile.TiffWriter(path) as tiff:
        for z in range(130):
            tiff.write(np.roll(page, 7 * z), photometric="minisblack", metadata=None, contiguous=False)
    return path


def keeps_its_least_budget(source: Path, folder: Path, steps: str, limit: int) -> None:
    flags = ["--threads", 2]
    least = projection(source, folder / "out.ome.zarr", steps, *flags)["least_bytes"]
    assert least <= limit, f"{least / MIB:.1f} MiB"
    name = "run" if steps else "convert"
    words = [name, source, folder / "out.ome.zarr", *steps.split(), *flags, "--memory", least]
    cost, done = metered(str(folder / "cost.json"), command(*words, "--sync", "none", "--json"))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["event"] == "done"
    assert report["budget_bytes"] == least
    assert report["peak_memory_bytes"] <= least
    # What the kernel says of the process, from outside.
    assert cost["peak_bytes"] <= least, f"{cost['peak_bytes'] / MIB:.1f} of {least / MIB:.1f} MiB"
    assert cost["peak_bytes"] >= report["peak_memory_bytes"] * 0.9


@pytest.mark.parametrize("steps", ["", "median --radius 1"])
def test_half_a_thousand_cubed(steps: str, cube: Path, tmp_path: Path):
    keeps_its_least_budget(cube, tmp_path, steps, 64 * MIB)


@pytest.mark.parametrize("steps", ["", "median --radius 1"])
def test_wide_slab(steps: str, wide: Path, tmp_path: Path):
    keeps_its_least_budget(wide, tmp_path, steps, 192 * MIB)


def test_plan_is_kept_with_room_to_spare(cube: Path, tmp_path: Path):
    """With a budget far above the least the peak stays below what was announced, too."""
    flags = ["--threads", 2, "--memory", "400MiB", "--sync", "none", "--roi", "0:256,0:512,0:512"]
    announced = projection(cube, tmp_path / "out.ome.zarr", CHAIN, *flags)
    words = command("run", cube, tmp_path / "out.ome.zarr", *CHAIN.split(), *flags)
    cost, done = metered(str(tmp_path / "cost.json"), words)
    assert done.returncode == 0, done.stderr
    assert cost["peak_bytes"] <= announced["peak_bytes"] <= 400 * MIB


@pytest.mark.torture
@pytest.mark.parametrize("steps", ["", CHAIN])
def test_a_gibibyte_in_a_quarter_of_it(steps: str, phantom, tmp_path: Path):
    volume = phantom("1024,1024,1024")
    name = "run" if steps else "convert"
    words = [name, volume, tmp_path / "out.ome.zarr", *steps.split(), "--threads", 2, "--memory", "256MiB"]
    cost, done = metered(str(tmp_path / "cost.json"), command(*words, "--sync", "none"))
    assert done.returncode == 0, done.stderr
    assert cost["peak_bytes"] <= 256 * MIB
