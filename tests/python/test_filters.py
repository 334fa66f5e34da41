"""Each filter against SciPy, SimpleITK and NumPy on the whole array."""

from pathlib import Path

import numpy as np
import oracles
import pytest
import SimpleITK
import tifffile
from program import USAGE, run, voxsieve
from scipy import ndimage
from stored import read, write_tiff

RADII = [1, 2, 3]


@pytest.fixture(scope="module", params=["bone", "snow", "f4"])
def volume(request, tmp_path_factory) -> tuple[np.ndarray, Path]:
    """u8 and u16 from real scans, f32 from noise of both signs."""
    if request.param != "f4":
        source = request.getfixturevalue(request.param)
        return tifffile.imread(source), source
    values = np.random.default_rng(3).normal(0, 100, (50, 61, 70)).astype("f4")
    return values, write_tiff(tmp_path_factory.mktemp("filters") / "in.tif", values)


def filtered(source: Path, folder: Path, steps: str, *flags: object) -> np.ndarray:
    # Chunks much smaller than the volume, so that every filter meets seams.
    run(source, folder / "out.ome.zarr", steps, "--chunk", 32, *flags)
    return read(folder / "out.ome.zarr")


@pytest.mark.parametrize("radius", RADII)
def test_median_is_itk_s(volume, radius: int, tmp_path: Path):
    voxels, source = volume
    found = filtered(source, tmp_path, f"median --radius {radius}")
    assert found.dtype == voxels.dtype
    np.testing.assert_array_equal(found, oracles.median(voxels, radius))


def test_median_is_scipy_s_at_the_border(volume, tmp_path: Path):
    voxels, _ = volume
    corner = np.ascontiguousarray(voxels[:20, :21, :22])
    source = write_tiff(tmp_path / "in.tif", corner)
    found = filtered(source, tmp_path, "median --radius 2")
    np.testing.assert_array_equal(found, ndimage.median_filter(corner, 5, mode="nearest"))


@pytest.mark.parametrize("sigma", [0.5, 1.5, 4])
def test_gaussian_is_scipy_s(volume, sigma: float, tmp_path: Path):
    voxels, source = volume
    found = filtered(source, tmp_path, f"gaussian --sigma {sigma}")
    oracles.assert_gaussian(found, voxels, sigma)


def test_gradient_is_central_differences(volume, tmp_path: Path):
    voxels, source = volume
    # The bone's file knows its spacing; derivatives are per unit of it.
    spacing = (1.953125,) * 3 if "bone" in source.name else (1.0,) * 3
    found = filtered(source, tmp_path, "gradient-magnitude")
    oracles.assert_gradient(found, voxels, spacing)
    image = SimpleITK.GetImageFromArray(voxels.astype("f4"))
    image.SetSpacing(spacing[::-1])
    itk = SimpleITK.GetArrayFromImage(SimpleITK.GradientMagnitude(image))
    np.testing.assert_allclose(found, itk, rtol=1e-6, atol=float(np.ptp(voxels)) * 1e-7)


@pytest.mark.parametrize("part", [(0.25, 0.75), (0.5, 1.0)])
def test_threshold_is_inclusive(volume, part: tuple[float, float], tmp_path: Path):
    voxels, source = volume
    lower, upper = (float(q) for q in np.quantile(voxels, part, method="nearest"))
    found = filtered(source, tmp_path, f"binary-threshold --lower {lower!r} --upper {upper!r}")
    assert found.dtype == np.uint8
    expected = oracles.binary_threshold(voxels, lower, upper)
    np.testing.assert_array_equal(found, expected)
    assert set(np.unique(expected)) == {0, 255}


def test_threshold_between_integers(bone: Path, bone_voxels: np.ndarray, tmp_path: Path):
    found = filtered(bone, tmp_path, "binary-threshold --lower 79.5 --upper 120.2")
    np.testing.assert_array_equal(found, oracles.binary_threshold(bone_voxels, 80, 120))


SPACING = (3.0, 1.5, 1.5)


@pytest.fixture(scope="module")
def anisotropic(tmp_path_factory) -> tuple[np.ndarray, Path]:
    values = np.random.default_rng(4).integers(0, 60000, (40, 50, 45)).astype("u2")
    folder = tmp_path_factory.mktemp("anisotropic")
    return values, write_tiff(folder / "in.tif", values, spacing=(SPACING[0], SPACING[1], "um"))


def test_a_length_becomes_voxels_per_axis(anisotropic, tmp_path: Path):
    voxels, source = anisotropic
    found = filtered(source, tmp_path, "gaussian --sigma 3um")
    oracles.assert_gaussian(found, voxels, (1.0, 2.0, 2.0))


def test_a_plain_number_is_voxels(anisotropic, tmp_path: Path):
    voxels, source = anisotropic
    oracles.assert_gaussian(filtered(source, tmp_path, "gaussian --sigma 1"), voxels, 1)


def test_gradient_is_per_unit(anisotropic, tmp_path: Path):
    voxels, source = anisotropic
    oracles.assert_gradient(filtered(source, tmp_path, "gradient-magnitude"), voxels, SPACING)


def test_a_length_needs_a_spacing(snow: Path, tmp_path: Path):
    answer = run(snow, tmp_path / "out.ome.zarr", "gaussian --sigma 3um", code=USAGE)
    assert "--spacing" in answer.err


@pytest.fixture(scope="module")
def with_nan(tmp_path_factory) -> tuple[np.ndarray, Path]:
    """One of eight voxels is not a number; two are infinite."""
    generator = np.random.default_rng(6)
    values = generator.normal(0, 1, (20, 24, 28)).astype("f4")
    values[generator.random(values.shape) < 0.125] = np.nan
    values[3, 4, 5], values[10, 11, 12] = np.inf, -np.inf
    return values, write_tiff(tmp_path_factory.mktemp("nan") / "in.tif", values)


@pytest.mark.parametrize("radius", [1, 2])
def test_median_sorts_nan_last(with_nan, radius: int, tmp_path: Path):
    voxels, source = with_nan
    found = filtered(source, tmp_path, f"median --radius {radius}")
    np.testing.assert_array_equal(found, oracles.median_sorted(voxels, radius))


def test_threshold_puts_nan_outside(with_nan, tmp_path: Path):
    voxels, source = with_nan
    found = filtered(source, tmp_path, "binary-threshold --lower -1e30 --upper 1e30")
    np.testing.assert_array_equal(found != 0, np.isfinite(voxels))


@pytest.mark.parametrize("steps", ["gaussian --sigma 0.5", "gradient-magnitude"])
def test_linear_filters_propagate_nan(with_nan, steps: str, tmp_path: Path):
    """A result is not finite exactly where its window, along the axes used, holds what is not finite."""
    voxels, source = with_nan
    found = filtered(source, tmp_path, steps)
    edge = np.pad(~np.isfinite(voxels), 2, mode="edge")
    if steps.startswith("gaussian"):
        touched = ndimage.binary_dilation(edge, np.ones((5, 5, 5)))
    else:
        cross = ndimage.generate_binary_structure(3, 1)
        cross[1, 1, 1] = False
        touched = ndimage.binary_dilation(edge, cross)
    np.testing.assert_array_equal(~np.isfinite(found), touched[2:-2, 2:-2, 2:-2])


def test_filters_are_listed():
    text = voxsieve("filters").out
    for name in ("median", "gaussian", "gradient-magnitude", "binary-threshold"):
        assert name in text
        assert name in voxsieve("filters", name).out
