"""The coarser levels: every voxel from its definition, and every level in its place."""

from pathlib import Path

import numpy as np
import oracles
import pytest
import tensorstore
from program import convert, run
from stored import factors, levels, read, transform, write_tiff

# Odd sizes: every level has a window that is cut off by the volume's end.
SHAPE = (101, 75, 141)


@pytest.fixture(scope="module", params=["u1", "u2", "f4"])
def image(request, tmp_path_factory) -> tuple[np.ndarray, Path]:
    folder = tmp_path_factory.mktemp("pyramid")
    volume = np.random.default_rng(1).integers(0, 256, SHAPE).astype(request.param)
    convert(write_tiff(folder / "in.tif", volume), folder / "out.ome.zarr", "--chunk", 16)
    return volume, folder / "out.ome.zarr"


def test_means_of_the_full_resolution(image):
    volume, output = image
    assert levels(output) >= 3
    for level in range(1, levels(output)):
        found, expected = read(output, level), oracles.shrink_mean(volume, factors(output, level))
        if volume.dtype == np.float32:
            np.testing.assert_allclose(found, expected, rtol=1e-6)
        else:
            np.testing.assert_array_equal(found, expected)


def test_means_agree_with_tensorstore(image):
    volume, output = image
    expected = downsample(volume, factors(output, 1), "mean")
    # Tensorstore may round an exact half the other way.
    assert np.abs(read(output, 1).astype(np.float64) - expected).max() <= (
        1e-4 if volume.dtype == np.float32 else 1
    )


def downsample(volume: np.ndarray, factor: tuple[int, ...], method: str) -> np.ndarray:
    return tensorstore.downsample(tensorstore.array(volume), factor, method).read().result()


@pytest.fixture(scope="module")
def mask(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("mask")
    volume = np.random.default_rng(2).integers(0, 256, SHAPE).astype("u1")
    source = write_tiff(folder / "in.tif", volume)
    run(source, folder / "out.ome.zarr", "binary-threshold --lower 120 --upper 255", "--chunk", 16)
    return folder / "out.ome.zarr"


def test_masks_are_majorities_of_the_level_below(mask: Path):
    assert levels(mask) >= 3
    finer, before = read(mask), (1, 1, 1)
    for level in range(1, levels(mask)):
        step = tuple(f // b for f, b in zip(factors(mask, level), before, strict=True))
        expected = oracles.shrink_majority(finer, step)
        np.testing.assert_array_equal(read(mask, level), expected)
        assert 0 < (expected != 0).mean() < 1
        finer, before = expected, factors(mask, level)


def test_masks_agree_with_tensorstore(mask: Path):
    expected = downsample(read(mask), factors(mask, 1), "mode")
    np.testing.assert_array_equal(read(mask, 1), expected)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_ramp_proves_the_transforms(axis: int, tmp_path: Path):
    """A volume whose values are positions: every window's mean has to be where its voxel says it is."""
    shape = (64, 80, 96)
    steps = (4.0, 2.0, 2.0)
    along = np.arange(shape[axis], dtype="f4") * steps[axis]
    volume = np.broadcast_to(np.expand_dims(along, [a for a in range(3) if a != axis]), shape)
    output = tmp_path / "out.ome.zarr"
    source = write_tiff(tmp_path / "in.tif", np.ascontiguousarray(volume), spacing=(4.0, 2.0, "um"))
    convert(source, output, "--chunk", 16)
    assert levels(output) >= 3
    for level in range(levels(output)):
        scale, translation = transform(output, level)
        size = read(output, level).shape[axis]
        positions = translation[axis] + scale[axis] * np.arange(size)
        line = np.moveaxis(read(output, level), axis, 0)[:, 0, 0]
        whole = shape[axis] // factors(output, level)[axis]
        np.testing.assert_array_equal(line[:whole], positions[:whole])


def test_levels_of_the_default_chunk(tmp_path: Path):
    """ngff-zarr's rule for chunks of 128: the flat axis stays, the long ones are halved while they may be."""
    source = write_tiff(tmp_path / "in.tif", np.zeros((20, 600, 530), "u1"))
    convert(source, tmp_path / "out.ome.zarr")
    found = [
        read(tmp_path / "out.ome.zarr", level).shape for level in range(levels(tmp_path / "out.ome.zarr"))
    ]
    assert found == [(20, 600, 530), (20, 300, 265), (20, 150, 133)]
