"""The law of the project: the result does not depend on how the work was cut."""

from pathlib import Path

import numpy as np
import oracles
import pytest
import tifffile
from program import projection, run
from stored import hashes, read, write_tiff

STEPS = [
    "median --radius 2",
    "gaussian --sigma 1.5",
    "gradient-magnitude",
    "binary-threshold --lower 8",
]
CHAINS = {"gradient": STEPS[:3], "mask": STEPS}
SHAPE = (200, 190, 210)
# Derivatives are per micrometre: with this the threshold cuts the gradients of the bone near their middle.
SPACING = 0.4


def joined(steps: list[str]) -> str:
    return " then ".join(steps)


@pytest.fixture(scope="module")
def source(bone_voxels: np.ndarray, tmp_path_factory) -> Path:
    """The bone, mirrored to a shape that no tile, chunk or shard divides."""
    widths = [(0, n - have) for n, have in zip(SHAPE, bone_voxels.shape, strict=True)]
    volume = np.pad(bone_voxels, widths, mode="symmetric")
    path = tmp_path_factory.mktemp("exact") / "in.tif"
    return write_tiff(path, volume, spacing=(SPACING, SPACING, "um"))


@pytest.fixture(scope="module", params=CHAINS)
def chain(request, source: Path, tmp_path_factory) -> tuple[str, dict[str, str]]:
    """A chain and the hashes of what it stores with the settings of the program's own choice."""
    output = tmp_path_factory.mktemp("chain") / "out.ome.zarr"
    run(source, output, joined(CHAINS[request.param]))
    return joined(CHAINS[request.param]), hashes(output)


@pytest.mark.parametrize("tile", [32, 64, 128])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("budget", ["least", "256MiB", "1GiB"])
def test_same_bytes_however_cut(chain, source: Path, tmp_path: Path, tile, threads, budget):
    steps, expected = chain
    output = tmp_path / "out.ome.zarr"
    flags = ["--tile", tile, "--threads", threads]
    if budget == "least":
        budget = projection(source, output, steps, *flags)["least_bytes"]
    report = run(source, output, steps, *flags, "--memory", budget, "--json").report()
    assert hashes(output) == expected
    assert report["peak_memory_bytes"] <= report["budget_bytes"]


@pytest.fixture(scope="module")
def staged(source: Path, tmp_path_factory) -> list[Path]:
    """The steps one by one, each saved and read back by the next; the source comes first."""
    folder = tmp_path_factory.mktemp("staged")
    paths = [source]
    for number, step in enumerate(STEPS):
        paths.append(folder / f"{number}.ome.zarr")
        run(paths[-2], paths[-1], step)
    return paths


@pytest.mark.parametrize("name", CHAINS)
def test_fused_is_staged(name: str, source: Path, staged: list[Path], tmp_path: Path):
    steps = CHAINS[name]
    run(source, tmp_path / "out.ome.zarr", joined(steps))
    # The root names the source and the steps, which differ; every other file has to be the same.
    assert hashes(tmp_path / "out.ome.zarr", root=False) == hashes(staged[len(steps)], root=False)


def test_each_step_is_its_oracle(staged: list[Path]):
    volumes = [tifffile.imread(staged[0]), *(read(path) for path in staged[1:])]
    np.testing.assert_array_equal(volumes[1], oracles.median(volumes[0], 2))
    oracles.assert_gaussian(volumes[2], volumes[1], 1.5)
    oracles.assert_gradient(volumes[3], volumes[2], (SPACING,) * 3)
    np.testing.assert_array_equal(volumes[4], oracles.binary_threshold(volumes[3], 8, np.inf))
    assert 0.3 < (volumes[4] != 0).mean() < 0.7


def test_chunks_change_the_files_and_not_the_voxels(chain, source: Path, tmp_path: Path):
    steps, expected = chain
    run(source, tmp_path / "default.ome.zarr", steps)
    run(source, tmp_path / "small.ome.zarr", steps, "--chunk", 48)
    small = read(tmp_path / "small.ome.zarr")
    np.testing.assert_array_equal(small, read(tmp_path / "default.ome.zarr"))
    assert hashes(tmp_path / "small.ome.zarr") != expected


def test_a_region_is_the_crop_of_the_whole(source: Path, staged: list[Path], tmp_path: Path):
    run(source, tmp_path / "out.ome.zarr", joined(STEPS[:3]), "--roi", "20:77,31:130,5:210")
    np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), read(staged[3])[20:77, 31:130, 5:210])
