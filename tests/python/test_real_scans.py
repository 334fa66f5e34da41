"""Filters on real scans of three types: the whole array in memory against the command, three chunkings."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import oracles
import oracles_edge as formulas
import pytest
import skimage.filters
import tifffile
from program import run
from scipy import ndimage
from stored import read, write_tiff

SCANS = {
    "bone u8": "tiff/bone_128x128x128.tif",
    "fibres u8": "tiff/fibers_150x150x150.tif",
    "snow u16": "tiff/snow_u16_le.tif",
    "snow f32": "derived/snow.f32.tiled64.deflate.pred3.tif",
}
CHUNKS = [16, 48, 128]
BALL = oracles.footprint("ball", 2)
BOX = oracles.footprint("box", 1)


@pytest.fixture(scope="module", params=SCANS)
def scan(request, data: Path, tmp_path_factory) -> tuple[np.ndarray, Path]:
    """A crop of odd sizes, so that no chunk fits."""
    voxels = np.ascontiguousarray(tifffile.imread(data / SCANS[request.param])[1:38, 20:87, 20:93])
    return voxels, write_tiff(tmp_path_factory.mktemp("scan") / "in.tif", voxels)


# Steps with what SciPy, scikit-image or a formula in double precision makes of them: equal voxel by voxel.
EQUAL: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "median --radius 1": lambda v: ndimage.median_filter(v, 3, mode="nearest"),
    "median --radius 3": lambda v: ndimage.median_filter(v, 7, mode="nearest"),
    "percentile --radius 2 --percentile 20 --shape ball": lambda v: ndimage.percentile_filter(
        v, 20, footprint=BALL, mode="nearest"
    ),
    "minimum --radius 2": lambda v: ndimage.minimum_filter(v, 5, mode="nearest"),
    "maximum --radius 1,2,3": lambda v: ndimage.maximum_filter(v, (3, 5, 7), mode="nearest"),
    "dilate --radius 2 --shape ball": lambda v: ndimage.grey_dilation(v, footprint=BALL, mode="nearest"),
    "erode --radius 1": lambda v: ndimage.grey_erosion(v, footprint=BOX, mode="nearest"),
    "otsu": lambda v: (v > otsu(v)) * np.uint8(255),
    "li": lambda v: (v > skimage.filters.threshold_li(v)) * np.uint8(255),
    "yen": lambda v: (v > skimage.filters.threshold_yen(v)) * np.uint8(255),
    "triangle": lambda v: (v > skimage.filters.threshold_triangle(v)) * np.uint8(255),
    "isodata": lambda v: (v > skimage.filters.threshold_isodata(v)) * np.uint8(255),
}

# The same within the tolerance of rounding; the flag says whether the type is kept.
CLOSE: dict[str, tuple[Callable[[np.ndarray], np.ndarray], bool]] = {
    "gaussian --sigma 1.5": (
        lambda v: ndimage.gaussian_filter(v.astype("f8"), 1.5, mode="nearest", truncate=4),
        True,
    ),
    "mean --radius 2": (lambda v: formulas.mean(v, [2] * 3), True),
    "unsharp-mask --sigma 1 --amount 0.7": (lambda v: formulas.unsharp(v, 1, 0.7), True),
    "gradient-magnitude": (lambda v: oracles.gradient_magnitude(v), False),
    "laplacian": (lambda v: formulas.laplacian(v), False),
    "sobel": (lambda v: formulas.sobel(v), False),
    "bilateral --sigma-space 1.2 --sigma-range RANGE": (
        lambda v: formulas.bilateral(v, (1.2,) * 3, level(v), [3] * 3),
        True,
    ),
    "non-local-means --search 2 --patch 1 --h RANGE": (
        lambda v: formulas.non_local_means(v, [2] * 3, [1] * 3, level(v)),
        True,
    ),
    "curvature-diffusion --iterations 4 --conductance RANGE": (
        lambda v: formulas.diffusion(v, True, 4, level(v)),
        False,
    ),
    "gradient-diffusion --iterations 4 --conductance RANGE": (
        lambda v: formulas.diffusion(v, False, 4, level(v)),
        False,
    ),
}


def otsu(voxels: np.ndarray) -> float:
    """Of integers the exact maximum: scikit-image finds it in single precision, two grey levels away."""
    whole = np.issubdtype(voxels.dtype, np.integer)
    return oracles.otsu(voxels) if whole else skimage.filters.threshold_otsu(voxels)


def level(voxels: np.ndarray) -> float:
    """A grey difference that matters in this scan, exact in the words of a command."""
    return float(np.float32(np.round(np.ptp(voxels) / 12, 2)))


def made(scan: tuple[np.ndarray, Path], folder: Path, steps: str, chunk: int) -> np.ndarray:
    voxels, source = scan
    output = folder / f"{chunk}.ome.zarr"
    run(source, output, steps.replace("RANGE", repr(level(voxels))), "--chunk", chunk)
    return read(output)


@pytest.mark.parametrize("steps", EQUAL)
def test_equal_to_the_whole_array(scan, steps: str, tmp_path: Path):
    if steps == "li" and scan[0].dtype == np.float32:
        pytest.skip("scikit-image iterates over voxels there, ours over 256 bins: see test_thresholds")
    expected = EQUAL[steps](scan[0])
    for chunk in CHUNKS:
        np.testing.assert_array_equal(made(scan, tmp_path, steps, chunk), expected)


@pytest.mark.parametrize("steps", CLOSE)
def test_close_to_the_formula_and_the_same_for_every_chunk(scan, steps: str, tmp_path: Path):
    formula, kept = CLOSE[steps]
    voxels = scan[0]
    found = [made(scan, tmp_path, steps, chunk) for chunk in CHUNKS]
    dtype = voxels.dtype if kept else np.dtype("f4")
    # A neighbour that differs by the cut-off of 4 sigma, to the last bit, counts or not.
    worst = 5e-5 if steps.startswith("bilateral") else 1e-5
    formulas.assert_equals(found[0], formula(voxels), dtype, float(np.ptp(voxels)), worst)
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])
