"""Extremes, morphology and percentiles against SciPy, scikit-image and SimpleITK."""

from pathlib import Path

import numpy as np
import oracles
import pytest
import SimpleITK
import skimage.morphology
import tifffile
from program import USAGE, run
from scipy import ndimage
from stored import read, write_tiff

TYPES = ["u1", "u2", "i2", "f4"]
SHAPES = ["box", "ball", "cross"]
# Of odd sizes, or smaller than the windows: type, size, radius.
CASES = [
    ("u1", (17, 21, 35), 2),
    ("u2", (3, 2, 5), (1, 3, 2)),
    ("i2", (19, 20, 33), (1, 3, 2)),
    ("f4", (2, 5, 3), 3),
    ("f4", (18, 35, 21), (3, 0, 2)),
]
# Chunk and tile, of which the sizes are no multiples.
CUTS = [(16, 4), (32, 8), (64, 64)]

GREY = {
    "erode": ndimage.grey_erosion,
    "dilate": ndimage.grey_dilation,
    "open": ndimage.grey_opening,
    "close": ndimage.grey_closing,
}


def noise(size: tuple[int, ...], dtype: str, seed: int = 1) -> np.ndarray:
    """From the whole range of the type, and with equal values."""
    generator = np.random.default_rng(seed)
    if dtype == "f4":
        return np.where(generator.random(size) < 0.3, 1, generator.normal(0, 50, size)).astype("f4")
    limits = np.iinfo(dtype)
    values = generator.integers(limits.min, limits.max, size, dtype, endpoint=True)
    return np.where(generator.random(size) < 0.2, 7, values).astype(dtype)


def filtered(voxels: np.ndarray, folder: Path, steps: str, cut=CUTS[0], **how) -> np.ndarray:
    source = write_tiff(folder / "in.tif", voxels, **how)
    run(source, folder / "out.ome.zarr", steps, "--chunk", cut[0], "--tile", cut[1], "--overwrite")
    found = read(folder / "out.ome.zarr")
    assert found.dtype == voxels.dtype
    return found


@pytest.mark.parametrize(("dtype", "size", "radius"), CASES)
def test_minimum_and_maximum_are_scipy_s(dtype, size, radius, tmp_path: Path):
    voxels, words, window = noise(size, dtype), oracles.words(radius), oracles.footprint("box", radius).shape
    found = filtered(voxels, tmp_path, f"minimum --radius {words}")
    np.testing.assert_array_equal(found, ndimage.minimum_filter(voxels, window, mode="nearest"))
    found = filtered(voxels, tmp_path, f"maximum --radius {words}")
    np.testing.assert_array_equal(found, ndimage.maximum_filter(voxels, window, mode="nearest"))


@pytest.mark.parametrize(("dtype", "size", "radius"), CASES)
@pytest.mark.parametrize("shape", SHAPES)
def test_grey_morphology_is_scipy_s(shape, dtype, size, radius, tmp_path: Path):
    """Opening and closing are two operations, of which each repeats the edge of what it gets."""
    voxels = noise(size, dtype)
    for name, operation in GREY.items():
        found = filtered(voxels, tmp_path, f"{name} --radius {oracles.words(radius)} --shape {shape}")
        expected = operation(voxels, footprint=oracles.footprint(shape, radius), mode="nearest")
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", GREY)
@pytest.mark.parametrize("cut", CUTS)
def test_cuts_change_nothing(cut, name, tmp_path: Path):
    voxels = noise((30, 41, 37), "u2")
    found = filtered(voxels, tmp_path, f"{name} --radius 3 --shape ball", cut)
    expected = GREY[name](voxels, footprint=skimage.morphology.ball(3), mode="nearest")
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["erosion", "dilation", "opening", "closing"])
def test_balls_are_scikit_image_s(name, bone_voxels: np.ndarray, tmp_path: Path):
    """Its edges are mirrored, or nothing: of a ball, that brings no other value than the edge repeated."""
    voxels = np.ascontiguousarray(bone_voxels[:50, 20:71, 30:75])
    step = {"erosion": "erode", "dilation": "dilate", "opening": "open", "closing": "close"}[name]
    found = filtered(voxels, tmp_path, f"{step} --radius 3 --shape ball", (32, 16))
    operation = getattr(skimage.morphology, name)
    for mode in ("reflect", "ignore"):
        np.testing.assert_array_equal(found, operation(voxels, skimage.morphology.ball(3), mode=mode))


@pytest.mark.parametrize("size", [(40, 41, 43), (2, 3, 4)])
@pytest.mark.parametrize("shape", SHAPES)
def test_masks_are_binary_morphology(shape, size, tmp_path: Path):
    """Beyond the border is what changes nothing: background for a dilation, foreground for an erosion."""
    mask = ndimage.gaussian_filter(np.random.default_rng(2).normal(size=size), 1) > 0
    voxels, footprint = np.where(mask, np.uint8(255), np.uint8(0)), oracles.footprint(shape, 2)

    def eroded(m):
        return ndimage.binary_erosion(m, footprint, border_value=1)

    def dilated(m):
        return ndimage.binary_dilation(m, footprint, border_value=0)

    expected = {
        "erode": eroded(mask),
        "dilate": dilated(mask),
        "open": dilated(eroded(mask)),
        "close": eroded(dilated(mask)),
    }
    for name, of_mask in expected.items():
        found = filtered(voxels, tmp_path, f"{name} --radius 2 --shape {shape}")
        np.testing.assert_array_equal(found, np.where(of_mask, 255, 0))


def test_boxes_are_itk_s(snow: Path, tmp_path: Path):
    """Of opening and closing, without its "safe border", which extends the volume before both stages."""
    voxels = tifffile.imread(snow)
    image = SimpleITK.GetImageFromArray(voxels)
    pairs = {
        "erode": SimpleITK.GrayscaleErode,
        "dilate": SimpleITK.GrayscaleDilate,
        "open": SimpleITK.GrayscaleMorphologicalOpening,
        "close": SimpleITK.GrayscaleMorphologicalClosing,
    }
    for name, itk in pairs.items():
        border = [False] if name in ("open", "close") else []
        expected = SimpleITK.GetArrayFromImage(itk(image, [2] * 3, SimpleITK.sitkBox, *border))
        np.testing.assert_array_equal(filtered(voxels, tmp_path, f"{name} --radius 2", (64, 32)), expected)


def test_a_mask_stays_a_mask(bone: Path, bone_voxels: np.ndarray, tmp_path: Path):
    """The pyramid of a mask holds majorities, that of an image means."""
    output = tmp_path / "out.ome.zarr"
    run(bone, output, "binary-threshold --lower 80 then open --radius 1 --shape cross", "--chunk", 32)
    mask = oracles.binary_threshold(bone_voxels, 80, 255)
    expected = ndimage.grey_opening(mask, footprint=oracles.footprint("cross", 1), mode="nearest")
    np.testing.assert_array_equal(read(output), expected)
    coarse = read(output, 1)
    np.testing.assert_array_equal(coarse, oracles.shrink_majority(expected, (2, 2, 2)))


@pytest.mark.parametrize(("dtype", "size", "radius"), CASES)
@pytest.mark.parametrize("shape", SHAPES)
def test_percentiles_are_scipy_s(shape, dtype, size, radius, tmp_path: Path):
    voxels, footprint = noise(size, dtype), oracles.footprint(shape, radius)
    for percentile in (0, 29, 66.6, 99.9, 100):
        steps = f"percentile --radius {oracles.words(radius)} --percentile {percentile} --shape {shape}"
        expected = ndimage.percentile_filter(voxels, percentile, footprint=footprint, mode="nearest")
        np.testing.assert_array_equal(filtered(voxels, tmp_path, steps), expected)


@pytest.mark.parametrize(("radius", "cut"), [(1, CUTS[0]), (2, CUTS[1]), (3, CUTS[0]), (5, CUTS[2])])
@pytest.mark.parametrize("dtype", TYPES)
def test_half_of_a_box_is_the_median(dtype, radius, cut, tmp_path: Path):
    voxels = noise((20, 23, 27), dtype)
    expected = ndimage.median_filter(voxels, 2 * radius + 1, mode="nearest")
    for steps in (f"median --radius {radius}", f"percentile --percentile 50 --radius {radius}"):
        np.testing.assert_array_equal(filtered(voxels, tmp_path, steps, cut), expected)


@pytest.mark.parametrize("name", ["fibers", "snow"])
def test_percentiles_of_scans(name, request, data: Path, tmp_path: Path):
    source = data / "tiff" / "fibers_150x150x150.tif" if name == "fibers" else request.getfixturevalue(name)
    voxels = np.ascontiguousarray(tifffile.imread(source)[10:40, 20:61, 30:75])
    for shape in SHAPES:
        found = filtered(voxels, tmp_path, f"percentile --percentile 80 --radius 2 --shape {shape}", (32, 16))
        footprint = oracles.footprint(shape, 2)
        expected = ndimage.percentile_filter(voxels, 80, footprint=footprint, mode="nearest")
        np.testing.assert_array_equal(found, expected)


def test_a_length_becomes_voxels_per_axis(tmp_path: Path):
    voxels, spacing = noise((20, 25, 30), "u2"), (4.0, 2.0, "um")
    footprint = oracles.footprint("ball", (1, 2, 2))
    found = filtered(voxels, tmp_path, "dilate --radius 4um --shape ball", spacing=spacing)
    expected = ndimage.grey_dilation(voxels, footprint=footprint, mode="nearest")
    np.testing.assert_array_equal(found, expected)
    steps = "percentile --radius 4um --shape ball --percentile 20"
    found = filtered(voxels, tmp_path, steps, spacing=spacing)
    expected = ndimage.percentile_filter(voxels, 20, footprint=footprint, mode="nearest")
    np.testing.assert_array_equal(found, expected)


@pytest.fixture(scope="module")
def with_nan() -> np.ndarray:
    """One of three voxels is not a number, a corner nothing else; two are infinite."""
    voxels = noise((16, 18, 22), "f4")
    voxels[np.random.default_rng(5).random(voxels.shape) < 0.33] = np.nan
    voxels[:6, :7, :6] = np.nan
    voxels[9, 10, 11], voxels[12, 4, 15] = np.inf, -np.inf
    return voxels


@pytest.mark.parametrize("shape", SHAPES)
def test_extremes_skip_nan(shape, with_nan: np.ndarray, tmp_path: Path):
    footprint = oracles.footprint(shape, 2)
    least = oracles.extreme(with_nan, footprint, np.fmin)
    most = oracles.extreme(with_nan, footprint, np.fmax)
    assert np.isnan(least).any()
    expected = {
        "erode": least,
        "dilate": most,
        "open": oracles.extreme(least, footprint, np.fmax),
        "close": oracles.extreme(most, footprint, np.fmin),
    }
    if shape == "box":
        expected |= {"minimum": least, "maximum": most}
    for name, voxels in expected.items():
        steps = f"{name} --radius 2" + ("" if name.endswith("imum") else f" --shape {shape}")
        np.testing.assert_array_equal(filtered(with_nan, tmp_path, steps), voxels)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("radius", [1, 3])
def test_ranks_sort_nan_last(radius, shape, with_nan: np.ndarray, tmp_path: Path):
    footprint = oracles.footprint(shape, radius)
    for percentile in (10, 50, 90, 100):
        steps = f"percentile --percentile {percentile} --radius {radius} --shape {shape}"
        expected = oracles.percentile_sorted(with_nan, footprint, percentile)
        np.testing.assert_array_equal(filtered(with_nan, tmp_path, steps), expected)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("erode --shape bal", "did you mean ball?"),
        ("erode --shape 7", "one of box, ball, cross is needed"),
        ("dilate --radius 51", "radius: 51 is outside 0 to 50"),
        ("open --radius 1.5", "whole number"),
        ("close --radius 4um", "--spacing"),
        ("minimum --shape ball", "shape: is not a parameter of minimum"),
        ("percentile --percentile 101", "101 is outside 0 to 100"),
        ("percentile --percentile half", "not a plain number"),
    ],
)
def test_nonsense_is_refused(steps: str, words: str, snow: Path, tmp_path: Path):
    answer = run(snow, tmp_path / "out.ome.zarr", steps, code=USAGE)
    assert words in " ".join(answer.err.split())
    assert list(tmp_path.iterdir()) == []
