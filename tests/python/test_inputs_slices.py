"""Volumes in slices: the order of their numbers, and refusals of what is not one volume."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from inputs import CODECS, CUTS, same, spec, synthetic, voxels
from program import DONE, INPUT, convert, voxsieve
from stored import read, write_tiff


def slices(folder: Path, volume: np.ndarray, name: str = "slice_{}.tif", **options) -> Path:
    """Writes each plane as a file, beside what a folder of slices often has."""
    folder.mkdir(exist_ok=True)
    for number, plane in enumerate(volume, start=8):
        write_tiff(folder / name.format(number), plane, **options)
    for other in ("Thumbs.db", ".slice_9.tif", "._slice_9.tif", "notes.txt"):
        (folder / other).write_text("no slice")
    (folder / "old").mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_a_folder_of_slices(codec, cut: dict, tmp_path: Path, out: Path):
    volume = synthetic("u2")
    source = slices(tmp_path / "scan", volume, compression=codec, byteorder=">", **cut)
    same(voxels(source, out), volume)
    same(voxels(source / "slice_*.tif", out), volume)
    same(voxels(source / "slice_1?.tif", out), volume[2:])
    steps = ["run", source, out.with_name("run.ome.zarr"), "median", "--radius", 1, "--quiet"]
    voxsieve(*steps)
    whole = write_tiff(tmp_path / "whole.tif", volume)
    voxsieve("run", whole, out.with_name("same.ome.zarr"), "median", "--radius", 1, "--quiet")
    np.testing.assert_array_equal(read(steps[2]), read(out.with_name("same.ome.zarr")))


def test_more_slices_than_may_be_open(tmp_path: Path, out: Path):
    volume = np.arange(400 * 6 * 7, dtype="u2").reshape(400, 6, 7)
    source = slices(tmp_path / "scan", volume)
    same(voxels(source, out), volume)


def test_slices_of_different_strips(tmp_path: Path, out: Path):
    volume = synthetic("u2")
    source = slices(tmp_path / "scan", volume, compression="lzw", rowsperstrip=7)
    write_tiff(source / "slice_9.tif", volume[1], compression="lzw", rowsperstrip=5)
    same(voxels(source, out), volume)


def test_spacing_of_slices(tmp_path: Path):
    volume = synthetic("u1")
    options = {"imagej": True, "resolution": (4, 4), "metadata": {"spacing": 0.5, "unit": "mm"}}
    folder = tmp_path / "scan"
    folder.mkdir()
    for number, plane in enumerate(volume):
        tifffile.imwrite(folder / f"{number:03}.tif", plane, **options)
    said = spec(folder)
    assert (said["spacing"], said["unit"]) == ([0.5, 0.25, 0.25], "millimeter")
    (folder / "001.tif").unlink()
    assert spec(folder, "--allow-gaps")["spacing"] is None


def plane(shape: tuple[int, ...] = (45, 52), dtype: str = "u2") -> np.ndarray:
    return np.zeros(shape, dtype)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "slice_9.tif").unlink(), ["slice number 9 is missing", "slice_10"]),
        (lambda folder: write_tiff(folder / "slice_09.tif", plane()), ["number 9 ", "slice_09", "twice"]),
        (lambda folder: write_tiff(folder / "slice_9.tif", plane((44, 52))), ["slice_9.tif", "52 x 44"]),
        (lambda folder: write_tiff(folder / "slice_9.tif", plane(dtype="u1")), ["slice_9.tif", "u8"]),
        (
            lambda folder: write_tiff(folder / "slice_9.tif", plane(), compression="lzw"),
            ["slice_9.tif", "LZW"],
        ),
        (lambda folder: write_tiff(folder / "slice_9.tif", plane((4, 45, 52))), ["slice_9.tif", "4 pages"]),
        (lambda folder: (folder / "slice_9.tif").write_text("no"), ["slice_9.tif", "not a TIFF"]),
        (lambda folder: (folder / "slice_9.tif").write_bytes(b""), ["slice_9.tif", "empty"]),
        (lambda folder: write_tiff(folder / "overview.tif", plane()), ["overview.tif", "pattern"]),
        (lambda folder: write_tiff(folder / "slice_9_2.tif", plane()), ["slice_9_2.tif", "pattern"]),
        (lambda folder: cut_off(folder / "slice_10.tif"), ["slice_10.tif"]),
    ],
)
def test_bad_slices_are_named(change, words: list[str], tmp_path: Path, out: Path):
    source = slices(tmp_path / "scan", synthetic("u2"))
    change(source)
    err = convert(source, out, code=INPUT).err
    assert [word for word in words if word not in err] == [], err
    assert list(out.parent.iterdir()) == []


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def test_no_slices(tmp_path: Path, out: Path):
    assert "no_*.tif" in convert(tmp_path / "no_*.tif", out, code=INPUT).err
    assert "such file" in convert(tmp_path / "none", out, code=INPUT).err
    assert str(tmp_path) in convert(tmp_path, out, code=INPUT).err


def test_another_slice_is_another_input(tmp_path: Path, out: Path):
    """A run is not taken up when a slice has changed."""
    source = slices(tmp_path / "scan", synthetic("u2"))
    convert(source, out)
    convert(source, out, "--resume")
    write_tiff(source / "slice_9.tif", plane(), compression=None, metadata={"more": "bytes"})
    assert convert(source, out, "--resume", code=None).code not in (DONE, INPUT)
