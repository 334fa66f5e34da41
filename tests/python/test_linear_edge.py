"""Mean, derivatives, sharpening and filters that keep edges: SciPy, scikit-image, ITK and formulas."""

from pathlib import Path

import numpy as np
import oracles_edge as oracles
import pytest
import SimpleITK
import skimage
import tifffile
from program import USAGE, run
from scipy import ndimage
from stored import hashes, read, write_tiff

DTYPES = ["u1", "u2", "i2", "f4"]
# Seams of chunks and tiles of 32, and a volume that every window leaves on all sides.
SHAPES = {"seams": (41, 35, 69), "tiny": (3, 5, 2)}
DIFFUSIONS = ["gradient-diffusion", "curvature-diffusion"]


def random_volume(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Steps and noise, over a good part of the type's range."""
    generator = np.random.default_rng(5)
    steps = sum(np.indices(shape) // 6) % 3 * 60.0
    values = steps + generator.normal(60, 12, shape)
    if dtype == "f4":
        return (values - 100).astype("f4")
    bounds = np.iinfo(dtype)
    stretched = {"u1": values, "u2": values * 150, "i2": (values - 120) * 150}[dtype]
    return np.rint(stretched).clip(bounds.min, bounds.max).astype(dtype)


def grey(volume: np.ndarray) -> float:
    """How many grey levels of this volume are one of an 8-bit scan."""
    return 150.0 if volume.dtype.itemsize == 2 else 1.0


@pytest.fixture(scope="module", params=[f"{d}-{s}" for d in DTYPES for s in SHAPES])
def volume(request, tmp_path_factory) -> tuple[np.ndarray, Path]:
    dtype, shape = request.param.split("-")
    voxels = random_volume(dtype, SHAPES[shape])
    return voxels, write_tiff(tmp_path_factory.mktemp("edge") / "in.tif", voxels)


SPACING = (3.0, 1.5, 1.5)


@pytest.fixture(scope="module", params=["u1", "f4"])
def anisotropic(request, tmp_path_factory) -> tuple[np.ndarray, Path]:
    voxels = random_volume(request.param, (23, 35, 29))
    path = tmp_path_factory.mktemp("anisotropic") / "in.tif"
    return voxels, write_tiff(path, voxels, spacing=(SPACING[0], SPACING[1], "um"))


@pytest.fixture(scope="module", params=["bone", "fibers", "snow"])
def scan(request, data: Path, tmp_path_factory) -> tuple[np.ndarray, Path]:
    """A crop of a real scan."""
    name = {"bone": "bone_128x128x128", "fibers": "fibers_150x150x150", "snow": "snow_u16_le"}[request.param]
    voxels = np.ascontiguousarray(tifffile.imread(data / "tiff" / f"{name}.tif")[20:64, 20:60, 20:70])
    return voxels, write_tiff(tmp_path_factory.mktemp("scan") / "in.tif", voxels)


def filtered(source: Path, folder: Path, steps: str, *flags: object) -> np.ndarray:
    run(source, folder / "out.ome.zarr", steps, "--chunk", 32, *flags)
    return read(folder / "out.ome.zarr")


def check(
    case: tuple[np.ndarray, Path],
    folder: Path,
    steps: str,
    expected: np.ndarray,
    kept: bool = True,
    worst: float = 1e-5,
) -> None:
    """`kept` says whether the type is the input's, or else f32."""
    voxels, source = case
    found = filtered(source, folder, steps)
    dtype = voxels.dtype if kept else np.dtype("f4")
    oracles.assert_equals(found, expected, dtype, float(np.ptp(voxels)), worst)


@pytest.mark.parametrize("radius", ["1", "2", "4", "0,3,1"])
def test_mean(volume, radius: str, tmp_path: Path):
    each = [int(r) for r in radius.split(",")]
    each = each * 3 if len(each) == 1 else each
    check(volume, tmp_path, f"mean --radius {radius}", oracles.mean(volume[0], each))


def test_mean_of_integers_has_no_wrong_voxel(scan, tmp_path: Path):
    """SciPy's sums of whole numbers in double precision are exact as well."""
    voxels, source = scan
    found = filtered(source, tmp_path, "mean --radius 5")
    sums = ndimage.uniform_filter(voxels.astype(np.float64), 11, mode="nearest")
    exact = oracles.mean(voxels, [5] * 3)
    np.testing.assert_allclose(sums, exact, rtol=1e-9)
    np.testing.assert_array_equal(found, np.rint(exact))


def test_laplacian(volume, tmp_path: Path):
    voxels, _ = volume
    expected = oracles.laplacian(voxels)
    np.testing.assert_allclose(ndimage.laplace(voxels.astype(float), mode="nearest"), expected, atol=1e-9)
    check(volume, tmp_path, "laplacian", expected, kept=False)


def test_laplacian_is_itk_s_per_squared_unit(anisotropic, tmp_path: Path):
    voxels, source = anisotropic
    found = filtered(source, tmp_path, "laplacian")
    image = SimpleITK.GetImageFromArray(voxels.astype("f4"))
    image.SetSpacing(SPACING[::-1])
    itk = SimpleITK.GetArrayFromImage(SimpleITK.Laplacian(image))
    np.testing.assert_allclose(found, itk, rtol=1e-5, atol=1e-4)
    oracles.assert_equals(found, oracles.laplacian(voxels, SPACING), np.dtype("f4"), 255)


def test_sobel(volume, tmp_path: Path):
    voxels, _ = volume
    expected = oracles.sobel(voxels)
    theirs = skimage.filters.sobel(voxels.astype(float), mode="nearest") * np.sqrt(3) / 2
    np.testing.assert_allclose(theirs, expected, atol=1e-9 * np.ptp(voxels))
    check(volume, tmp_path, "sobel", expected, kept=False)


def test_sobel_is_per_unit(anisotropic, tmp_path: Path):
    check(anisotropic, tmp_path, "sobel", oracles.sobel(anisotropic[0], SPACING), kept=False)


@pytest.mark.parametrize(("sigma", "amount", "threshold"), [(1, 1, 0), (2.5, 0.5, 0), (1, 4, 3)])
def test_unsharp_mask(volume, sigma: float, amount: float, threshold: float, tmp_path: Path):
    voxels, _ = volume
    limit = threshold * grey(voxels)
    steps = f"unsharp-mask --sigma {sigma} --amount {amount} --threshold {limit}"
    check(volume, tmp_path, steps, oracles.unsharp(voxels, sigma, amount, limit))


def test_unsharp_mask_is_scikit_image_s_inside(tmp_path: Path):
    """At the border it mirrors, where ours repeats the edge."""
    voxels = random_volume("f4", (30, 31, 32))
    source = write_tiff(tmp_path / "in.tif", voxels)
    found = filtered(source, tmp_path, "unsharp-mask --sigma 1.5 --amount 2")
    theirs = skimage.filters.unsharp_mask(voxels, radius=1.5, amount=2, preserve_range=True)
    inner = (slice(6, -6),) * 3
    np.testing.assert_allclose(found[inner], theirs[inner], atol=1e-3)


@pytest.mark.parametrize("radius", ["1", "3", "0,1,2"])
def test_bilateral(volume, radius: str, tmp_path: Path):
    voxels, _ = volume
    each = [int(r) for r in radius.split(",")]
    each = each * 3 if len(each) == 1 else each
    sigma_range = 15 * grey(voxels)
    steps = f"bilateral --sigma-space 1.5 --sigma-range {sigma_range} --radius {radius}"
    check(volume, tmp_path, steps, oracles.bilateral(voxels, (1.5,) * 3, sigma_range, each))


def test_bilateral_derives_its_radius(scan, tmp_path: Path):
    voxels, _ = scan
    sigma_range = 30 * grey(voxels)
    expected = oracles.bilateral(voxels, (1.1,) * 3, sigma_range, [3] * 3)
    check(scan, tmp_path, f"bilateral --sigma-space 1.1 --sigma-range {sigma_range}", expected)


def test_bilateral_has_the_radius_that_it_is_given(tmp_path: Path):
    """A voxel reaches so far and no further; ITK's takes the radius and ignores it."""
    voxels = np.zeros((15, 15, 15), "f4")
    voxels[7, 7, 7] = 1
    source = write_tiff(tmp_path / "in.tif", voxels)
    found = filtered(source, tmp_path, "bilateral --radius 3 --sigma-space 4 --sigma-range 50")
    assert np.count_nonzero(found) == 7**3
    assert np.count_nonzero(found[4:11, 4:11, 4:11]) == 7**3


@pytest.mark.parametrize("sigma", [0.7, 1])
def test_bilateral_is_itk_s(sigma: float, tmp_path: Path):
    voxels = random_volume("f4", (20, 23, 26))
    source = write_tiff(tmp_path / "in.tif", voxels)
    found = filtered(source, tmp_path, f"bilateral --sigma-space {sigma} --sigma-range 25")
    np.testing.assert_allclose(found, oracles.itk_bilateral(voxels, sigma, 25), atol=1e-3)


def test_bilateral_in_units(anisotropic, tmp_path: Path):
    voxels, _ = anisotropic
    expected = oracles.bilateral(voxels, (0.5, 1, 1), 25, [2, 3, 3])
    check(anisotropic, tmp_path, "bilateral --sigma-space 1.5um --sigma-range 25", expected)


@pytest.mark.parametrize(("search", "patch", "noise"), [(2, 1, 0), (1, 2, 10), ("0,2,1", "1,0,2", 0)])
def test_non_local_means(volume, search, patch, noise: float, tmp_path: Path):
    voxels, _ = volume
    h, sigma = 12 * grey(voxels), noise * grey(voxels)
    each = [[int(r) for r in str(radius).split(",")] for radius in (search, patch)]
    each = [e * 3 if len(e) == 1 else e for e in each]
    steps = f"non-local-means --search {search} --patch {patch} --h {h} --noise {sigma}"
    check(volume, tmp_path, steps, oracles.non_local_means(voxels, *each, h, sigma))


def test_non_local_means_of_a_scan(scan, tmp_path: Path):
    voxels, _ = scan
    h = 15 * grey(voxels)
    expected = oracles.non_local_means(voxels, [3] * 3, [1] * 3, h)
    check(scan, tmp_path, f"non-local-means --h {h}", expected)


def test_non_local_means_is_near_scikit_image_s(tmp_path: Path):
    """Which approximates the exponential, cuts it off and mirrors at the border: near on plain noise."""
    voxels = np.random.default_rng(8).normal(100, 12, (20, 21, 22)).astype("f4")
    source = write_tiff(tmp_path / "in.tif", voxels)
    found = filtered(source, tmp_path, "non-local-means --search 2 --patch 1 --h 30")
    theirs = skimage.restoration.denoise_nl_means(
        voxels.astype(float), patch_size=3, patch_distance=2, h=30, fast_mode=True, preserve_range=True
    )
    inner = (slice(4, -4),) * 3
    assert np.abs(found - theirs)[inner].max() < 0.02 * np.ptp(voxels)
    assert np.abs(found - theirs)[inner].mean() < 0.02 * np.abs(voxels - theirs)[inner].mean()


@pytest.mark.parametrize("name", DIFFUSIONS)
@pytest.mark.parametrize("iterations", [1, 6])
def test_diffusion(volume, name: str, iterations: int, tmp_path: Path):
    voxels, _ = volume
    conductance = 12 * grey(voxels)
    expected = oracles.diffusion(voxels, name.startswith("curvature"), iterations, conductance, 0.05)
    steps = f"{name} --iterations {iterations} --conductance {conductance} --time-step 0.05"
    # Where the gradient nearly vanishes, its direction hangs on the last bits.
    worst = 1e-4 if name.startswith("curvature") else 1e-5
    check(volume, tmp_path, steps, expected, kept=False, worst=worst)


@pytest.mark.parametrize("name", DIFFUSIONS)
def test_diffusion_of_a_scan_is_itk_s(scan, name: str, tmp_path: Path):
    voxels, source = scan
    conductance = 8 * grey(voxels)
    found = filtered(source, tmp_path, f"{name} --conductance {conductance}")
    itk = oracles.itk_diffusion(voxels, name.startswith("curvature"), 5, conductance)
    np.testing.assert_allclose(found, itk, atol=2e-5 * np.ptp(voxels))


@pytest.mark.parametrize("name", DIFFUSIONS)
def test_diffusion_follows_the_shape_of_the_voxels(anisotropic, name: str, tmp_path: Path):
    voxels, _ = anisotropic
    curvature = name.startswith("curvature")
    expected = oracles.diffusion(voxels, curvature, 4, 10, scale=(0.5, 1, 1))
    check(anisotropic, tmp_path, f"{name} --iterations 4", expected, kept=False)


@pytest.mark.parametrize("name", DIFFUSIONS)
def test_diffusion_at_once_is_diffusion_in_steps(name: str, tmp_path: Path):
    """Each step extends its own result at the border, whether the chain makes it or the filter."""
    source = write_tiff(tmp_path / "in.tif", random_volume("u1", (37, 41, 35)))
    run(source, tmp_path / "once.ome.zarr", f"{name} --iterations 4")
    run(source, tmp_path / "steps.ome.zarr", " then ".join([f"{name} --iterations 1"] * 4))
    run(
        source, tmp_path / "mixed.ome.zarr", f"{name} --iterations 3 then {name} --iterations 1", "--tile", 32
    )
    once = hashes(tmp_path / "once.ome.zarr", root=False)
    assert once == hashes(tmp_path / "steps.ome.zarr", root=False)
    assert once == hashes(tmp_path / "mixed.ome.zarr", root=False)


CHAIN = [
    "mean --radius 2,1,3",
    "non-local-means --search 1",
    "bilateral --radius 2",
    "unsharp-mask",
    "curvature-diffusion --iterations 3",
    "gradient-diffusion --iterations 2",
    "sobel",
    "laplacian",
]


@pytest.mark.parametrize("dtype", ["u1", "i2"])
def test_same_voxels_however_cut(dtype: str, tmp_path: Path):
    source = write_tiff(tmp_path / "in.tif", random_volume(dtype, (70, 67, 75)))
    cuts = [[], ["--tile", 32, "--threads", 1], ["--chunk", 32, "--tile", 32], ["--chunk", 48]]
    results = []
    for index, flags in enumerate(cuts):
        output = tmp_path / f"{index}.ome.zarr"
        run(source, output, " then ".join(CHAIN), *flags)
        results.append(read(output))
    for other in results[1:]:
        assert other.tobytes() == results[0].tobytes()


@pytest.fixture(scope="module")
def with_nan(tmp_path_factory) -> tuple[np.ndarray, Path]:
    generator = np.random.default_rng(6)
    values = generator.normal(0, 1, (14, 16, 18)).astype("f4")
    values[generator.random(values.shape) < 0.03] = np.nan
    return values, write_tiff(tmp_path_factory.mktemp("nan") / "in.tif", values)


@pytest.mark.parametrize(
    ("steps", "window"),
    [
        ("mean --radius 1", np.ones((3, 3, 3))),
        ("unsharp-mask --sigma 0.25", np.ones((3, 3, 3))),
        ("laplacian", ndimage.generate_binary_structure(3, 1)),
    ],
)
def test_nan_spreads(with_nan, steps: str, window: np.ndarray, tmp_path: Path):
    voxels, source = with_nan
    found = filtered(source, tmp_path, steps)
    touched = ndimage.binary_dilation(np.isnan(np.pad(voxels, 1, mode="edge")), window)
    np.testing.assert_array_equal(np.isnan(found), touched[1:-1, 1:-1, 1:-1])


def test_bilateral_leaves_nan_out(with_nan, tmp_path: Path):
    voxels, source = with_nan
    found = filtered(source, tmp_path, "bilateral --radius 2 --sigma-space 1 --sigma-range 0.5")
    expected = oracles.bilateral(voxels, (1,) * 3, 0.5, [2] * 3)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(voxels))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_non_local_means_keeps_what_is_near_nan(with_nan, tmp_path: Path):
    voxels, source = with_nan
    found = filtered(source, tmp_path, "non-local-means --search 1 --patch 1 --h 1")
    near = ndimage.binary_dilation(np.isnan(np.pad(voxels, 1, mode="edge")), np.ones((3, 3, 3)))
    near = near[1:-1, 1:-1, 1:-1]
    np.testing.assert_array_equal(found[near], voxels[near])
    assert (found[~near] != voxels[~near]).mean() > 0.9


@pytest.mark.parametrize(
    ("steps", "parameter", "hint"),
    [
        ("mean --radius 51", "radius", "0 to 50"),
        ("mean --radius 1.5", "radius", "whole number"),
        ("mean --radius 2kg", "radius", "length such as"),
        ("mean --radius nan", "radius", "NaN"),
        ("unsharp-mask --sigma 51", "sigma", "0 to 50"),
        ("unsharp-mask --amount -1", "amount", "0 to 100"),
        ("bilateral --sigma-space 0", "sigma-space", "0.1 to 10"),
        ("bilateral --sigma-space 2um", "sigma-space", "--spacing"),
        ("bilateral --sigma-range -5", "sigma-range", "is outside"),
        ("bilateral --sigma-range 5um", "sigma-range", "plain number"),
        ("bilateral --radius 26", "radius", "0 to 25"),
        ("non-local-means --h 0", "h", "is outside"),
        ("non-local-means --search 11", "search", "0 to 10"),
        ("non-local-means --h inf", "h", "is outside"),
        ("gradient-diffusion --iterations 2.5", "iterations", "whole number"),
        ("gradient-diffusion --iterations 0", "iterations", "1 to 50"),
        ("curvature-diffusion --time-step 0.1", "time-step", "0.0625"),
        ("curvature-diffusion --conductance 0", "conductance", "is outside"),
        ("laplacian --radius 1", "radius", "is not a parameter"),
    ],
)
def test_bad_parameters_are_refused_by_name(steps: str, parameter: str, hint: str, tmp_path: Path):
    source = write_tiff(tmp_path / "in.tif", np.zeros((4, 5, 6), "u1"))
    answer = run(source, tmp_path / "out.ome.zarr", steps, code=USAGE)
    assert parameter in answer.err
    assert hint in answer.err
    assert not (tmp_path / "out.ome.zarr").exists()
