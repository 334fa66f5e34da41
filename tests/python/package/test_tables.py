"""Measuring in Python: the table of the program, as a DataFrame."""

import csv
import sys

import numpy as np
import pandas
import program
import pytest
import voxsieve as vx
from skimage.measure import regionprops_table


@pytest.fixture(scope="module")
def cells(scan):
    return scan.median().binary_threshold(lower=110).label()


def test_a_row_for_each_object(scan, grey, cells):
    frame = cells.measure(scan, progress=False)
    labels = cells.compute()
    theirs = regionprops_table(labels, grey, properties=("label", "area", "intensity_max", "bbox"))
    assert frame["id"].tolist() == theirs["label"].tolist()
    assert frame["voxels"].tolist() == theirs["area"].astype(int).tolist()
    assert frame["intensity_max"].tolist() == theirs["intensity_max"].astype(int).tolist()
    assert frame["bbox_start_z"].tolist() == theirs["bbox-0"].tolist()
    assert np.allclose(frame["volume_um3"], frame["voxels"] * 3.0)
    assert frame["touches_border"].dtype == bool
    assert frame.attrs["objects"] == len(frame)


def test_it_is_the_table_of_the_program(scan, cells, folder):
    scan.save(folder / "scan.ome.zarr", progress=False)
    stored = cells.save(folder / "cells.ome.zarr", progress=False)
    frame = stored.measure(folder / "scan.ome.zarr", path=folder / "mine.csv", progress=False)
    program.voxsieve(
        "measure",
        folder / "cells.ome.zarr",
        "--image",
        folder / "scan.ome.zarr",
        "-o",
        folder / "theirs.csv",
        "--quiet",
    )
    assert (folder / "mine.csv").read_text() == (folder / "theirs.csv").read_text()
    with (folder / "theirs.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name in ("volume_um3", "sphericity", "intensity_std", "axis_major_z"):
        assert frame[name].tolist() == [float(row[name]) for row in rows]
    with pytest.raises(vx.OutputExistsError, match="overwrite=True"):
        stored.measure(path=folder / "mine.csv", progress=False)
    assert stored.measure(path=folder / "mine.csv", overwrite=True, progress=False)["voxels"].equals(
        frame["voxels"]
    )


@pytest.mark.parametrize("name", ["table.json", "table.parquet"])
def test_every_kind_of_table(cells, folder, name):
    frame = cells.measure(path=folder / name, progress=False)
    assert frame["voxels"].tolist() == cells.measure(progress=False)["voxels"].tolist()


def test_it_is_the_same_table_without_arrow(scan, cells, monkeypatch):
    with_arrow = cells.measure(scan, progress=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    without = cells.measure(scan, progress=False)
    pandas.testing.assert_frame_equal(without, with_arrow, check_exact=True, check_dtype=False)
    assert without["touches_border"].dtype == bool
    assert without["voxels"].dtype.kind in "iu"


def test_parts_and_arrays(scan, grey, cells):
    part = scan[10:40, :30]
    frame = part.median().binary_threshold(lower=110).label().measure(part, progress=False)
    assert frame["centroid_z_um"].min() > 20.0
    by_array = vx.open(cells.compute()).measure(grey, progress=False)
    assert by_array["voxels"].tolist() == cells.measure(progress=False)["voxels"].tolist()


def test_mistakes(scan, cells, monkeypatch):
    with pytest.raises(vx.ParameterError, match="voxels"):
        cells.measure(np.zeros((3, 3, 3)), progress=False)
    with pytest.raises(vx.VoxsieveError):
        scan.astype("float32").measure(progress=False)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError):
        cells.measure(progress=False)
