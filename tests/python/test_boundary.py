"""What filters see beyond the border: SciPy's modes, for every cut and for volumes of one voxel."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import oracles
import oracles_edge
import pytest
import skimage
from program import USAGE, run, voxsieve
from scipy import ndimage
from stored import attributes, read, write_tiff

# Each word as SciPy and as NumPy take it. 77 is not the mean of the volumes.
CONSTANT = 77
WORDS = {
    "nearest": ({"mode": "nearest"}, {"mode": "edge"}),
    "reflect": ({"mode": "reflect"}, {"mode": "symmetric"}),
    "mirror": ({"mode": "mirror"}, {"mode": "reflect"}),
    "constant": ({"mode": "constant", "cval": CONSTANT}, {"mode": "constant", "constant_values": CONSTANT}),
}
# Smaller than the windows, or of odd sizes with seams of chunks and tiles.
SIZES = [(1, 2, 1), (2, 1, 5), (3, 5, 2), (19, 13, 35)]
# Chunk and tile.
CUTS = [(16, 4), (32, 8), (64, 64)]
DTYPES = ["u1", "u2", "i2", "f4"]

BALL = oracles.footprint("ball", (1, 3, 2))
CROSS = oracles.footprint("cross", 2)


def noise(size: tuple[int, ...], dtype: str) -> np.ndarray:
    """Steep, so that a wrong voxel beyond the border shows."""
    values = np.random.default_rng(3).normal(120, 40, size).clip(0, 255)
    return values.astype("f4") if dtype == "f4" else np.rint(values).astype(dtype)


def flags(word: str) -> str:
    return f" --boundary {word}" + (f" --boundary-value {CONSTANT}" if word == "constant" else "")


def filtered(voxels: np.ndarray, folder: Path, steps: str, cut=CUTS[0], *more: object) -> np.ndarray:
    source = write_tiff(folder / "in.tif", voxels)
    run(source, folder / "out.ome.zarr", steps, "--chunk", cut[0], "--tile", cut[1], "--overwrite", *more)
    return read(folder / "out.ome.zarr")


def cases():
    """Volumes of all sizes, the largest in all cuts."""
    for size in SIZES:
        for dtype, cut in zip(DTYPES, [*CUTS, CUTS[0]], strict=True):
            yield noise(size, dtype), cut


# A filter whose result is one of the values of its window, and SciPy's.
RANKS: dict[str, Callable] = {
    "median --radius 2": lambda v, how: ndimage.median_filter(v, 5, **how),
    "percentile --radius 1,3,2 --percentile 30 --shape ball": lambda v, how: ndimage.percentile_filter(
        v, 30, footprint=BALL, **how
    ),
    "minimum --radius 1,2,3": lambda v, how: ndimage.minimum_filter(v, (3, 5, 7), **how),
    "maximum --radius 3": lambda v, how: ndimage.maximum_filter(v, 7, **how),
    "erode --radius 1,3,2 --shape ball": lambda v, how: ndimage.grey_erosion(v, footprint=BALL, **how),
    "dilate --radius 2 --shape cross": lambda v, how: ndimage.grey_dilation(v, footprint=CROSS, **how),
    "open --radius 2": lambda v, how: ndimage.grey_opening(v, 5, **how),
    "open --radius 1,3,2 --shape ball": lambda v, how: ndimage.grey_opening(v, footprint=BALL, **how),
    "close --radius 2 --shape cross": lambda v, how: ndimage.grey_closing(v, footprint=CROSS, **how),
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("steps", RANKS)
def test_ranks_and_morphology_are_scipy_s(steps: str, word: str, tmp_path: Path):
    """Opening and closing extend the result of their first stage as they extend what they get."""
    for voxels, cut in cases():
        found = filtered(voxels, tmp_path, steps + flags(word), cut)
        assert found.dtype == voxels.dtype
        np.testing.assert_array_equal(found, RANKS[steps](voxels, WORDS[word][0]))


@pytest.mark.parametrize("word", WORDS)
def test_outliers_are_those_of_scipy_s_median(word: str, tmp_path: Path):
    for voxels, cut in cases():
        median = ndimage.median_filter(voxels, 3, **WORDS[word][0])
        far = np.abs(voxels.astype(float) - median) > 30
        found = filtered(voxels, tmp_path, "remove-outliers --difference 30" + flags(word), cut)
        np.testing.assert_array_equal(found, np.where(far, median, voxels))


def mean(voxels: np.ndarray, how: dict) -> np.ndarray:
    """Whole sums, which `uniform_filter` divides on the way."""
    wide = voxels.astype(np.int64 if voxels.dtype.kind in "iu" else np.float64)
    exact = ndimage.correlate(wide, np.ones((5, 3, 7)), **how) / 105
    np.testing.assert_allclose(ndimage.uniform_filter(voxels.astype(float), (5, 3, 7), **how), exact)
    return exact


def gaussian(voxels: np.ndarray, how: dict) -> np.ndarray:
    return ndimage.gaussian_filter(voxels.astype(float), 1.3, truncate=4, **how)


def derivatives(weights: Callable, how: dict, numpy: dict, voxels: np.ndarray) -> np.ndarray:
    """Length of a gradient of the extended volume.

    SciPy extends the derivative along an axis, then smooths along the others: not the same for a constant.
    """
    wide = np.pad(voxels.astype(float), 1, **numpy)
    parts = [weights(wide, axis, how) ** 2 for axis in range(3)]
    return np.sqrt(sum(parts))[1:-1, 1:-1, 1:-1]


# A filter whose results are rounded, whether it keeps the type, and the values before.
SUMS: dict[str, tuple[bool, Callable]] = {
    "mean --radius 2,1,3": (True, lambda v, how, _: mean(v, how)),
    "gaussian --sigma 1.3": (True, lambda v, how, _: gaussian(v, how)),
    "unsharp-mask --sigma 1.3 --amount 0.5": (True, lambda v, how, _: 1.5 * v - 0.5 * gaussian(v, how)),
    "laplacian": (False, lambda v, how, _: ndimage.laplace(v.astype(float), **how)),
    "sobel": (
        False,
        lambda v, how, numpy: derivatives(lambda w, a, h: ndimage.sobel(w, a, **h) / 32, how, numpy, v),
    ),
    "gradient-magnitude": (
        False,
        lambda v, how, numpy: derivatives(
            lambda w, a, h: ndimage.correlate1d(w, [-0.5, 0, 0.5], a, **h), how, numpy, v
        ),
    ),
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("steps", SUMS)
def test_linear_filters_are_scipy_s(steps: str, word: str, tmp_path: Path):
    kept, oracle = SUMS[steps]
    for voxels, cut in cases():
        found = filtered(voxels, tmp_path, steps + flags(word), cut)
        dtype = voxels.dtype if kept else np.dtype("f4")
        oracles_edge.assert_equals(found, oracle(voxels, *WORDS[word]), dtype, 255)


@pytest.mark.parametrize("word", ["nearest", "reflect", "mirror"])
def test_sobel_is_scipy_s_on_the_volume_itself(word: str):
    """Where SciPy's separate axes and the extended volume are the same thing."""
    voxels, (how, numpy) = noise((5, 4, 1), "f4"), WORDS[word]
    parts = [ndimage.sobel(voxels.astype(float), axis, **how) / 32 for axis in range(3)]
    expected = SUMS["sobel"][1](voxels, how, numpy)
    np.testing.assert_allclose(np.sqrt(sum(p**2 for p in parts)), expected)


@pytest.mark.parametrize("word", WORDS)
def test_filters_that_keep_edges_see_the_extended_volume(word: str, tmp_path: Path):
    """What they make of it is in `test_linear_edge`."""
    for voxels, cut in cases():
        wide = np.pad(voxels.astype(float), 3, **WORDS[word][1])
        inner = (slice(3, -3),) * 3
        expected = {
            "bilateral --sigma-space 1.5 --sigma-range 40 --radius 3": oracles_edge.bilateral(
                wide, (1.5,) * 3, 40, [3] * 3
            ),
            "non-local-means --search 2 --patch 1 --h 40": oracles_edge.non_local_means(
                wide, [2] * 3, [1] * 3, 40
            ),
        }
        for steps, values in expected.items():
            found = filtered(voxels, tmp_path, steps + flags(word), cut)
            oracles_edge.assert_equals(found, values[inner], voxels.dtype, 255)


def test_scikit_image_is_met_at_the_border_too(tmp_path: Path):
    """With the boundaries that it has by default."""
    voxels = noise((14, 15, 16), "f4")
    found = filtered(voxels, tmp_path, "unsharp-mask --sigma 1.5 --amount 2 --boundary reflect")
    theirs = skimage.filters.unsharp_mask(voxels, radius=1.5, amount=2, preserve_range=True)
    np.testing.assert_allclose(found, theirs, atol=1e-3)
    found = filtered(voxels, tmp_path, "sobel --boundary reflect")
    np.testing.assert_allclose(found, skimage.filters.sobel(voxels) * np.sqrt(3) / 2, atol=1e-3)
    found = filtered(voxels, tmp_path, "non-local-means --search 2 --patch 1 --h 100 --boundary mirror")
    theirs = skimage.restoration.denoise_nl_means(
        voxels, patch_size=3, patch_distance=2, h=100, fast_mode=True, preserve_range=True
    )
    # Its exponential is an approximation.
    assert np.abs(found - theirs).max() < 0.02 * np.ptp(voxels)


@pytest.mark.parametrize("cut", CUTS)
def test_each_step_has_its_own(cut, tmp_path: Path):
    """And extends the result of the one before, in its type: half a grey level beyond a gradient."""
    voxels = noise((20, 9, 37), "u1")
    steps = (
        "median --radius 3 --boundary mirror then gradient-magnitude --boundary reflect then "
        "minimum --radius 5,2,9 --boundary constant --boundary-value 0.5 then maximum --radius 2"
    )
    expected = ndimage.median_filter(voxels, 7, mode="mirror")
    expected = SUMS["gradient-magnitude"][1](expected, *WORDS["reflect"])
    expected = ndimage.minimum_filter(expected, (11, 5, 19), mode="constant", cval=0.5)
    expected = ndimage.maximum_filter(expected, 5, mode="nearest")
    found = filtered(voxels, tmp_path, steps, cut)
    oracles_edge.assert_equals(found, expected, np.dtype("f4"), 255)


def test_the_border_is_the_volume_s_and_not_that_of_a_part(tmp_path: Path):
    voxels = noise((20, 22, 24), "u2")
    found = filtered(
        voxels, tmp_path, "median --radius 2 --boundary mirror", CUTS[0], "--roi", "0:7,9:22,5:20"
    )
    expected = ndimage.median_filter(voxels, 5, mode="mirror")
    np.testing.assert_array_equal(found, expected[0:7, 9:22, 5:20])


def test_a_constant_is_0_when_no_value_is_given(tmp_path: Path):
    voxels = noise((4, 5, 6), "i2")
    found = filtered(voxels, tmp_path, "minimum --boundary constant")
    np.testing.assert_array_equal(found, ndimage.minimum_filter(voxels, 3, mode="constant"))
    found = filtered(voxels, tmp_path, "maximum --boundary constant --boundary-value -7")
    np.testing.assert_array_equal(found, ndimage.maximum_filter(voxels, 3, mode="constant", cval=-7))


def test_outputs_say_their_boundary_and_are_made_again(tmp_path: Path):
    params = {"radius": 2, "boundary": "constant", "boundary-value": CONSTANT}
    filtered(noise((9, 10, 11), "u1"), tmp_path, "median --radius 2" + flags("constant"))
    steps = attributes(tmp_path / "out.ome.zarr")["voxsieve"]["pipeline"]["steps"]
    assert steps == [{"filter": "median", "params": params}]
    assert "byte for byte" in voxsieve("replay", tmp_path / "out.ome.zarr").out


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (
            "median --boundary wrap",
            "boundary: 'wrap' is not known; one of nearest, reflect, mirror, constant",
        ),
        ("median --boundary miror", "did you mean mirror?"),
        ("median --boundary 3", "one of nearest, reflect, mirror, constant is needed"),
        ("median --boundary-value 3", "boundary-value: goes with boundary constant only"),
        ("open --boundary mirror --boundary-value 3", "boundary-value: goes with boundary constant only"),
        ("mean --boundary constant --boundary-value 256", "boundary-value: 256 is outside 0 to 255"),
        ("mean --boundary constant --boundary-value -1", "boundary-value: -1 is outside 0 to 255"),
        ("mean --boundary constant --boundary-value 0.5", "0.5 is not a whole number"),
        ("mean --boundary constant --boundary-value nan", "boundary-value: must be a number"),
        ("mean --boundary constant --boundary-value 1um", "boundary-value: '1um' is not a plain number"),
        (
            "binary-threshold --lower 3 then dilate --boundary constant --boundary-value 7",
            "boundary-value: 7 is neither 0 nor 255",
        ),
        ("gradient-diffusion --boundary mirror", "boundary: is not a parameter of gradient-diffusion"),
        ("binary-threshold --boundary mirror", "boundary: is not a parameter of binary-threshold"),
    ],
)
def test_nonsense_is_refused(steps: str, words: str, tmp_path: Path):
    source = write_tiff(tmp_path / "in.tif", noise((4, 5, 6), "u1"))
    answer = run(source, tmp_path / "out.ome.zarr", steps, code=USAGE)
    assert words in " ".join(answer.err.split())
    assert not (tmp_path / "out.ome.zarr").exists()
