"""Filters that look at one voxel, here or there in another volume, against NumPy and SimpleITK."""

from pathlib import Path

import numpy as np
import oracles
import pytest
import SimpleITK
from program import USAGE, convert, run
from stored import attributes, hashes, read, write_tiff

SHAPE = (21, 34, 45)
CUTS = [["--chunk", 16], ["--chunk", 32, "--tile", 8, "--threads", 1], []]


def volume(dtype: str, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if dtype == "f4":
        voxels = rng.normal(100, 80, SHAPE).astype("f4")
        voxels[3, 4, 5:9] = np.nan
        return voxels
    info = np.iinfo(dtype)
    return rng.integers(max(info.min, -3000), min(info.max, 3000), SHAPE, endpoint=True).astype(dtype)


def filtered(voxels: np.ndarray, steps: str, folder: Path, *flags: object, **options) -> np.ndarray:
    source = write_tiff(folder / "in.tif", voxels, **options)
    results = []
    for number, cut in enumerate(CUTS):
        run(source, folder / f"{number}.ome.zarr", steps, *flags, *cut)
        results.append(read(folder / f"{number}.ome.zarr"))
    assert results[0].tobytes() == results[1].tobytes() == results[2].tobytes()
    return results[0]


DTYPES = ["u1", "u2", "i2", "f4"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_threshold_keeps_what_itk_keeps(dtype: str, tmp_path: Path):
    voxels = volume(dtype)
    found = filtered(voxels, "threshold --lower 21 --upper 180 --outside 3", tmp_path)
    image = SimpleITK.GetImageFromArray(np.nan_to_num(voxels, nan=-9999))
    expected = SimpleITK.GetArrayFromImage(SimpleITK.Threshold(image, 21, 180, 3))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_clamp(dtype: str, tmp_path: Path):
    voxels = volume(dtype)
    found = filtered(voxels, "clamp --lower 50 --upper 120", tmp_path)
    np.testing.assert_array_equal(found, np.clip(voxels, 50, 120))


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2"])
def test_invert(dtype: str, tmp_path: Path):
    voxels = volume(dtype)
    info = np.iinfo(dtype)
    expected = (info.min + info.max - voxels.astype("i8")).astype(dtype)
    np.testing.assert_array_equal(filtered(voxels, "invert", tmp_path), expected)


def test_invert_of_floats_needs_a_range(tmp_path: Path):
    voxels = volume("f4")
    np.testing.assert_allclose(
        filtered(voxels, "invert --low 0 --high 200", tmp_path), 200 - voxels, rtol=1e-6
    )
    answer = run(tmp_path / "in.tif", tmp_path / "no.ome.zarr", "invert", code=USAGE)
    assert answer.err.startswith("error: low")
    assert "high" in answer.err


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_window_spreads_percentiles(dtype: str, tmp_path: Path):
    voxels = volume(dtype)
    known = voxels[~np.isnan(voxels)] if dtype == "f4" else voxels
    found = filtered(voxels, "window --low 5 --high 90", tmp_path)
    lower, upper = (
        attributes(tmp_path / "0.ome.zarr")["voxsieve"]["found"][0]["found"][n] for n in ("lower", "upper")
    )
    if dtype == "f4":
        bound = np.ptp(known) / 256
        assert abs(lower - np.percentile(known, 5)) <= bound
        assert abs(upper - np.percentile(known, 90)) <= bound
        expected = np.clip((voxels.astype("f8") - lower) / (upper - lower), 0, 1)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    else:
        assert lower == np.percentile(known, 5, method="lower")
        assert upper == np.percentile(known, 90, method="lower")
        top = np.iinfo(dtype).max
        expected = np.rint(np.clip((voxels.astype("f8") - lower) * top / (upper - lower), 0, top))
        np.testing.assert_array_equal(found, expected.astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_outliers_become_the_median(dtype: str, tmp_path: Path):
    voxels = volume(dtype)
    found = filtered(voxels, "remove-outliers --radius 1 --difference 60", tmp_path)
    median = oracles.median_sorted(voxels, 1)
    with np.errstate(invalid="ignore"):
        far = ~(np.abs(voxels.astype("f8") - median.astype("f8")) <= 60)
    np.testing.assert_array_equal(found, np.where(far, median, voxels))


@pytest.mark.parametrize("ratio", [1.0, 0.6])
def test_cylinder(ratio: float, tmp_path: Path):
    voxels = volume("u2")
    flags = ["--spacing", "1,2,1.5", "--unit", "um"]
    found = filtered(voxels, f"cylinder-mask --ratio {ratio} --outside 7", tmp_path, *flags)
    y = (np.arange(SHAPE[1]) - (SHAPE[1] - 1) / 2) * 2
    x = (np.arange(SHAPE[2]) - (SHAPE[2] - 1) / 2) * 1.5
    radius = ratio * min(SHAPE[1] * 2, SHAPE[2] * 1.5) / 2
    inside = y[:, None] ** 2 + x[None] ** 2 <= radius**2
    np.testing.assert_array_equal(found, np.where(inside, voxels, 7))
    assert 0.2 < inside.mean() < 0.9


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("chunked", [False, True])
def test_mask_with_another_volume(dtype: str, chunked: bool, tmp_path: Path):
    voxels, other = volume(dtype), volume("u2", 9)
    mask = write_tiff(tmp_path / "mask.tif", other * (other > 1500))
    if chunked:
        convert(mask, tmp_path / "mask.ome.zarr", "--chunk", 16)
        mask = tmp_path / "mask.ome.zarr"
    found = filtered(voxels, f"mask --with {mask} --outside 9", tmp_path)
    np.testing.assert_array_equal(found, np.where(other > 1500, voxels, np.array(9, dtype)))


OPERATIONS = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "minimum": np.fmin,
    "maximum": np.fmax,
    "difference": lambda a, b: np.abs(a - b),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", list(OPERATIONS))
def test_arithmetic(name: str, dtype: str, tmp_path: Path):
    voxels, other = volume(dtype), volume("f4", 8)
    path = write_tiff(tmp_path / "other.tif", other)
    found = filtered(voxels, f"arithmetic --op {name} --with {path}", tmp_path)
    with np.errstate(all="ignore"):
        exact = OPERATIONS[name](voxels.astype("f8"), other.astype("f8"))
    if dtype == "f4":
        expected = exact.astype("f4")
    else:
        info = np.iinfo(dtype)
        expected = np.clip(
            np.rint(np.nan_to_num(exact, nan=0, posinf=1e30, neginf=-1e30)), info.min, info.max
        )
    np.testing.assert_array_equal(found, expected.astype(dtype))


def test_after_a_filter_and_within_a_region(tmp_path: Path):
    """The other volume is read where the voxels are."""
    voxels, other = volume("u1"), volume("u1", 4)
    source = write_tiff(tmp_path / "in.tif", voxels)
    path = write_tiff(tmp_path / "other.tif", other)
    roi = ["--roi", "3:20,5:30,6:40", "--chunk", 16]
    run(source, tmp_path / "median.ome.zarr", "median", *roi)
    run(source, tmp_path / "out.ome.zarr", f"median then arithmetic --op difference --with {path}", *roi)
    part = other[3:20, 5:30, 6:40].astype(int)
    expected = np.abs(read(tmp_path / "median.ome.zarr").astype(int) - part)
    np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), expected)


def test_another_shape_is_refused(tmp_path: Path):
    source = write_tiff(tmp_path / "in.tif", volume("u1"))
    other = write_tiff(tmp_path / "other.tif", volume("u1")[:20])
    answer = run(source, tmp_path / "out.ome.zarr", f"mask --with {other}", code=USAGE)
    assert "20 x 34 x 45" in answer.err
    assert "21 x 34 x 45" in answer.err
    answer = run(source, tmp_path / "out.ome.zarr", "mask", code=USAGE)
    assert answer.err.startswith("error: with")
    answer = run(source, tmp_path / "out.ome.zarr", "arithmetic --op adn --with x.tif", code=USAGE)
    assert "add?" in answer.err


def test_another_volume_is_part_of_the_job(tmp_path: Path):
    """A changed mask is another job: its unfinished or finished output is not taken up."""
    source = write_tiff(tmp_path / "in.tif", volume("u1"))
    mask = write_tiff(tmp_path / "mask.tif", volume("u1", 2))
    output = tmp_path / "out.ome.zarr"
    run(source, output, f"mask --with {mask}")
    before = hashes(output)
    run(source, output, f"mask --with {mask}", "--resume")
    assert hashes(output) == before
    write_tiff(tmp_path / "mask.tif", volume("u1", 3)[:, :, :])
    answer = run(source, output, f"mask --with {mask}", "--resume", code=4)
    assert "not the output of this job" in answer.err
