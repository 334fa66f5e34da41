"""Thresholds that follow from the whole volume, against scikit-image."""

import json
from pathlib import Path

import numpy as np
import oracles
import pytest
import tifffile
from program import USAGE, run, voxsieve
from skimage import filters
from stored import attributes, hashes, read, write_tiff

METHODS = {
    "otsu": filters.threshold_otsu,
    "li": filters.threshold_li,
    "yen": filters.threshold_yen,
    "triangle": filters.threshold_triangle,
    "isodata": filters.threshold_isodata,
}


def grey(dtype: str, shape=(40, 50, 60)) -> np.ndarray:
    """Two overlapping peaks, of which the brighter is the smaller."""
    rng = np.random.default_rng(11)
    dark, bright = rng.normal(80, 15, shape), rng.normal(170, 20, shape)
    mixed = np.where(rng.random(shape) < 0.3, bright, dark)
    scale = {"u1": 1, "u2": 37, "i2": -90, "f4": 0.013}[dtype]
    return np.clip(mixed, 0, 255).astype("f8").__mul__(scale).astype(dtype)


def found(output: Path) -> dict:
    return attributes(output)["voxsieve"]["found"][0]["found"]


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4"])
@pytest.mark.parametrize("name", list(METHODS))
def test_thresholds_are_those_of_scikit_image(name: str, dtype: str, tmp_path: Path):
    volume = grey(dtype)
    source, output = write_tiff(tmp_path / "in.tif", volume), tmp_path / "out.ome.zarr"
    run(source, output, name)
    expected = float(METHODS[name](volume))
    threshold = found(output)["threshold"]
    if name == "li" and dtype == "f4":
        # Theirs looks at every float, ours at 256 bins.
        assert threshold == pytest.approx(expected, abs=float(np.ptp(volume)) / 256)
    elif name == "otsu" and dtype != "f4":
        assert threshold == oracles.otsu(volume)
        assert threshold == pytest.approx(expected, rel=1e-3)
    else:
        assert threshold == pytest.approx(expected, rel=1e-6, abs=0.51 if name == "li" else 1e-9)
    np.testing.assert_array_equal(read(output), np.where(volume > threshold, 255, 0))


@pytest.mark.parametrize("name", list(METHODS))
def test_real_scans(name: str, bone_voxels: np.ndarray, bone: Path, snow: Path, tmp_path: Path):
    for source, volume in [(bone, bone_voxels), (snow, tifffile.imread(snow))]:
        output = tmp_path / f"{source.stem}.ome.zarr"
        run(source, output, name)
        expected = float(METHODS[name](volume))
        assert found(output)["threshold"] == pytest.approx(expected, rel=1e-3, abs=0.51)
        if name == "otsu":
            assert found(output)["threshold"] == oracles.otsu(volume)


@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("classes", [2, 3, 4])
def test_multi_otsu(classes: int, dtype: str, tmp_path: Path):
    volume = grey(dtype)
    source, output = write_tiff(tmp_path / "in.tif", volume), tmp_path / "out.ome.zarr"
    run(source, output, f"multi-otsu --classes {classes}")
    thresholds = found(output)["thresholds"]
    np.testing.assert_allclose(thresholds, filters.threshold_multiotsu(volume, classes), rtol=1e-6)
    expected = sum((volume > t).astype("u1") for t in thresholds)
    np.testing.assert_array_equal(read(output), expected)
    assert attributes(output)["voxsieve"]["kind"] == "labels"


def test_a_threshold_of_what_was_filtered(tmp_path: Path):
    """The survey sees the result of the steps before, of the region only; no cut of the work changes it."""
    volume = grey("u2")
    source = write_tiff(tmp_path / "in.tif", volume)
    steps, roi = "median then otsu then invert", ["--roi", "5:35,0:50,7:60", "--chunk", 16]
    run(source, tmp_path / "filtered.ome.zarr", "median", *roi)
    expected = oracles.otsu(read(tmp_path / "filtered.ome.zarr"))
    results = []
    for number, flags in enumerate([["--threads", 1], ["--tile", 8, "--memory", "40MiB"], ["--tile", 32]]):
        output = tmp_path / f"{number}.ome.zarr"
        run(source, output, steps, *roi, *flags)
        assert found(output)["threshold"] == expected
        results.append(hashes(output, root=False))
    assert results[0] == results[1] == results[2]
    inverted = np.where(read(tmp_path / "filtered.ome.zarr") > expected, 0, 255)
    np.testing.assert_array_equal(read(tmp_path / "0.ome.zarr"), inverted)


def test_nothing_to_separate(tmp_path: Path):
    flat = write_tiff(tmp_path / "flat.tif", np.full((4, 5, 6), 7, "u1"))
    run(flat, tmp_path / "flat.ome.zarr", "otsu")
    assert not read(tmp_path / "flat.ome.zarr").any()
    nan = write_tiff(tmp_path / "nan.tif", np.full((4, 5, 6), np.nan, "f4"))
    answer = run(nan, tmp_path / "nan.ome.zarr", "otsu", code=USAGE)
    assert "no finite range" in answer.err
    answer = run(flat, tmp_path / "multi.ome.zarr", "multi-otsu", code=USAGE)
    assert "fewer than 3 values" in answer.err


def test_stats_print_them_all(tmp_path: Path):
    volume = grey("u1")
    source = write_tiff(tmp_path / "in.tif", volume)
    thresholds = json.loads(voxsieve("stats", source, "--json").out)["thresholds"]
    for name, method in METHODS.items():
        assert thresholds[name] == pytest.approx(float(method(volume)), abs=1.01)
    assert "otsu" in voxsieve("stats", source).out
