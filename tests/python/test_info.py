"""The scan doctor: each finding on a volume made for it, and no false alarm on real scans."""

import json
from pathlib import Path

import numpy as np
import pytest
from program import convert, voxsieve
from stored import write_tiff

UNKNOWN = {"unknown-spacing"}


def noise(shape=(60, 90, 100), dtype="u2", low=500, high=3000) -> np.ndarray:
    """Smooth structure with a scanner's noise on it."""
    z, y, x = np.indices(shape)
    smooth = np.sin(z / 9) + np.sin(y / 11) + np.sin(x / 13)
    values = (smooth + 3) / 6 + np.random.default_rng(4).normal(0, 0.02, shape)
    return (low + values * (high - low)).astype(dtype)


def info(path: Path, *flags: str) -> dict:
    return json.loads(voxsieve("info", path, "--json", *flags).out)


def findings(path: Path, *flags: str) -> dict[str, dict]:
    found = {finding["kind"]: finding for finding in info(path, *flags)["findings"]}
    if "byte-order" in found:
        # Its figures come from a sample that depends on how the volume is stored.
        del found["byte-order"]["message"]
    return found


def made(folder: Path, volume: np.ndarray, *flags: str) -> dict[str, dict]:
    """What is found in a volume, as TIFF and as chunks, which must be the same."""
    scan = write_tiff(folder / "scan.tif", volume, spacing=(2.0, 1.0, "um"))
    chunks = folder / "chunks.ome.zarr"
    convert(scan, chunks, "--chunk", "32", "--overwrite")
    found = findings(scan, *flags)
    assert found == findings(chunks, *flags) == findings(scan, "--thorough", *flags)
    return found


def test_nothing_odd(tmp_path):
    assert made(tmp_path, noise()) == {}
    text = voxsieve("info", tmp_path / "scan.tif").out
    assert "nothing odd found" in text
    assert "looked at   all voxels" in text


def test_dead_slices(tmp_path):
    volume = noise()
    volume[[20, 21, 40]] = 0
    volume[41] = 700
    finding = made(tmp_path, volume)["constant-slices"]
    assert finding["slices"] == [20, 21, 40, 41]
    assert finding["severity"] == "warning"
    assert "20-21" in finding["message"]


def test_blank_ends(tmp_path):
    volume = noise()
    volume[:3] = volume[-2:] = 0
    found = made(tmp_path, volume)
    assert set(found) == {"blank-ends"}
    assert found["blank-ends"]["slices"] == [0, 1, 2, 58, 59]


def test_duplicate_slices(tmp_path):
    volume = noise()
    volume[11] = volume[10]
    volume[33] = volume[32]
    finding = made(tmp_path, volume)["duplicate-slices"]
    assert finding["slices"] == [11, 33]
    assert finding["severity"] == "warning"


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_clipped(dtype, tmp_path):
    volume = noise(dtype=dtype, low=30, high=220 if dtype == "u1" else 3000)
    top = np.percentile(volume, 97)
    volume = volume.clip(None, top.astype(dtype))
    found = made(tmp_path, volume)
    assert set(found) == {"clipped"}
    assert found["clipped"]["fraction"] == pytest.approx((volume == volume.max()).mean())
    assert found["clipped"]["value"] == volume.max()
    assert found["clipped"]["severity"] == "warning"


@pytest.mark.parametrize("value", [0, 77])
def test_padding_circle(value, tmp_path):
    volume = noise()
    y, x = np.indices(volume.shape[1:])
    outside = np.hypot(y - 44.5, x - 49.5) > 43
    volume[:, outside] = value
    found = made(tmp_path, volume)
    assert set(found) == {"padding-circle"}
    assert found["padding-circle"]["value"] == value
    assert found["padding-circle"]["radius"] == pytest.approx(43, abs=1)


def test_nan_and_infinite(tmp_path):
    volume = noise(dtype="f4")
    volume[3, 4, 5:9] = np.nan
    volume[7, 7, 7] = -np.inf
    found = made(tmp_path, volume)
    assert set(found) == {"not-finite"}
    assert (found["not-finite"]["nan"], found["not-finite"]["infinite"]) == (4, 1)


def test_nothing_but_nan(tmp_path):
    assert "not-finite" in made(tmp_path, np.full((9, 10, 11), np.nan, "f4"))


@pytest.mark.parametrize("dtype", ["u2", "i2", "f4"])
def test_byte_order(dtype, tmp_path):
    volume = noise(dtype=dtype)
    assert made(tmp_path, volume) == {}
    assert "byte-order" in made(tmp_path, volume.byteswap())


def test_eight_bits_in_the_upper_byte_are_in_order(tmp_path):
    assert "byte-order" not in made(tmp_path, noise(high=55000, low=6000) & 0xFF00)


def test_constant_volume(tmp_path):
    found = made(tmp_path, np.zeros((20, 30, 40), "u2"))
    assert set(found) == {"constant-volume"}


def test_looks_like_a_mask(tmp_path):
    volume = (noise() > 1700).astype("u1")
    found = made(tmp_path, volume)
    assert "mask" in found["few-values"]["message"]
    assert found["few-values"]["values"] == [0, 1]
    assert "clipped" not in found
    labels = np.digitize(noise(), [1000, 1500, 2000]).astype("u1")
    assert "labels" in made(tmp_path, labels)["few-values"]["message"]


def test_unknown_spacing(tmp_path):
    found = findings(write_tiff(tmp_path / "scan.tif", noise()))
    assert set(found) == UNKNOWN
    assert "--spacing" in found["unknown-spacing"]["advice"]
    assert findings(tmp_path / "scan.tif", "--spacing", "1,1,1", "--unit", "um") == {}


def test_a_large_volume_is_sampled_and_says_so(phantom, tmp_path):
    scan = phantom("270,256,270")
    described = info(scan)
    assert "of 270 slices" in described["looked_at"]
    assert described["findings"] == []
    assert info(scan, "--thorough")["looked_at"] == "all voxels"
    chunks = tmp_path / "chunks.ome.zarr"
    convert(scan, chunks)
    assert info(chunks)["findings"] == []
    deflated = phantom("270,256,270", "--compress", "deflate")
    assert info(deflated)["findings"] == []
    text = voxsieve("info", scan).out
    assert "--thorough" in text


def test_thorough_finds_what_a_glance_misses(tmp_path):
    volume = noise((270, 256, 270), dtype="u1", low=30, high=200)
    volume[101] = 0
    volume[152] = volume[151]
    scan = write_tiff(tmp_path / "scan.tif", volume)
    found = findings(scan, "--thorough")
    assert found["constant-slices"]["slices"] == [101]
    assert found["duplicate-slices"]["slices"] == [152]


REAL = {
    "tiff/bone_128x128x128.tif": UNKNOWN,
    "tiff/snow_u16_le.tif": UNKNOWN,
    "tiff/shell_225x128x128.tif": UNKNOWN | {"blank-ends", "clipped"},
    "ome_zarr/written/snow.ngffzarr.v05.ome.zarr": set(),
    "ome_zarr/written/shell.omezarrpy.v05.ome.zarr": UNKNOWN | {"blank-ends", "clipped"},
}


@pytest.mark.parametrize("name", REAL)
def test_real_scans(name, data):
    found = findings(data / name)
    assert set(found) == REAL[name]
    assert all(finding["severity"] == "note" for finding in found.values())
