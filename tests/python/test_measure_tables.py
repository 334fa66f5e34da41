"""Tables of objects: their formats, their bytes for any way of cutting, memory, and what is refused."""

import json
import signal
import subprocess
from pathlib import Path

import duckdb
import numpy as np
from measuring import blobs, measured
from program import BUDGET, INPUT, INTERRUPTED, IO, OCCUPIED, USAGE, command, convert, voxsieve, wait_until
from stored import write_tiff


def test_neither_cutting_nor_budget_nor_threads_change_a_byte(tmp_path: Path):
    labels = blobs((70, 80, 90), 11, 3000).astype("u8")
    # Labels from all of the 64 bits.
    labels *= np.uint64(0x0003_0001_0000_0F01)
    image = np.random.default_rng(2).normal(0, 1, labels.shape).astype("f4") ** 9
    source, grey = tmp_path / "labels.ome.zarr", tmp_path / "image.ome.zarr"
    write_tiff(tmp_path / "labels.tif", labels)
    write_tiff(tmp_path / "image.tif", image)
    seen = set()
    for chunk, flags in [
        (128, ["--threads", 1]),
        (16, ["--threads", 2, "--memory", "64MiB"]),
        (32, ["--tile", 23]),
        (64, ["--tile", 64, "--threads", 2]),
        (128, ["--tile", 7, "--memory", "96MiB"]),
    ]:
        convert(tmp_path / "labels.tif", source, "--chunk", chunk, "--overwrite", "--pyramid", "nearest")
        convert(tmp_path / "image.tif", grey, "--chunk", chunk, "--overwrite")
        for ending in ("csv", "json", "parquet"):
            table = tmp_path / f"table.{ending}"
            voxsieve("measure", source, "--image", grey, "-o", table, "--overwrite", "--quiet", *flags)
            seen.add((ending, table.read_bytes()))
    assert len(seen) == 3
    # A TIFF is read in another way.
    columns, _ = measured(tmp_path / "labels.tif", tmp_path / "table.csv", "--image", tmp_path / "image.tif")
    assert ("csv", (tmp_path / "table.csv").read_bytes()) in seen
    np.testing.assert_array_equal(columns["id"], np.unique(labels)[1:])
    assert not list(tmp_path.glob(".*"))


def test_more_objects_than_memory(tmp_path: Path):
    """Every voxel is an object."""
    labels = np.arange(1, 1 + 130 * 130 * 130, dtype="u4").reshape(130, 130, 130)
    source = write_tiff(tmp_path / "labels.tif", labels)
    answer = voxsieve("measure", source, "-o", tmp_path / "t.csv", "--memory", "96MiB", "--json")
    said = answer.report()
    assert said["objects"] == labels.size
    assert said["peak_memory_bytes"] <= 96 << 20
    ids = np.loadtxt(tmp_path / "t.csv", delimiter=",", skiprows=1, usecols=0, dtype="u4")
    np.testing.assert_array_equal(ids, labels.ravel())


def test_json_holds_the_same(tmp_path: Path):
    source = write_tiff(tmp_path / "labels.tif", blobs((20, 20, 20), 1).astype("u1"))
    columns, said = measured(source, tmp_path / "table.csv")
    voxsieve("measure", source, "-o", tmp_path / "table.json")
    found = json.loads((tmp_path / "table.json").read_text())
    assert found["columns"] == list(columns)
    for at, name in enumerate(columns):
        np.testing.assert_array_equal([row[at] for row in found["objects"]], columns[name])
    assert found["volume"]["objects"] == said["objects"]


def test_parquet_holds_the_same(tmp_path: Path):
    """Several groups of rows, and values of every kind, among them none at all."""
    labels = np.arange(1, 1 + 30**3, dtype="u8").reshape(30, 30, 30) << np.uint64(40)
    image = np.random.default_rng(1).normal(size=labels.shape).astype("f4")
    image[3:5] = np.nan
    source = write_tiff(tmp_path / "labels.tif", labels)
    grey = write_tiff(tmp_path / "image.tif", image)
    columns, _ = measured(source, tmp_path / "table.csv", "--image", grey)
    voxsieve("measure", source, "--image", grey, "-o", tmp_path / "table.parquet")
    found = duckdb.read_parquet(str(tmp_path / "table.parquet")).fetchnumpy()
    assert list(found) == list(columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(np.ma.filled(found[name], np.nan), values, err_msg=name)
    assert found["id"].dtype == np.uint64
    assert found["touches_border"].dtype == bool


def test_an_empty_table_is_a_table(tmp_path: Path):
    source = write_tiff(tmp_path / "labels.tif", np.zeros((5, 6, 7), "u1"))
    for ending in ("parquet", "json"):
        voxsieve("measure", source, "-o", tmp_path / f"table.{ending}")
    assert len(duckdb.read_parquet(str(tmp_path / "table.parquet"))) == 0
    assert json.loads((tmp_path / "table.json").read_text())["objects"] == []


def test_an_interrupted_measurement_leaves_nothing(tmp_path: Path):
    labels = np.arange(1, 1 + 200**3, dtype="u4").reshape(200, 200, 200)
    source = write_tiff(tmp_path / "labels.tif", labels)
    words = command("measure", source, "-o", tmp_path / "table.csv", "--tile", "50")
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: list(tmp_path.glob(".*/*")) or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=600)[1]
    assert process.returncode == INTERRUPTED, err
    assert [path.name for path in tmp_path.iterdir()] == ["labels.tif"]


def test_refusals_are_one_sentence(tmp_path: Path):
    ones = write_tiff(tmp_path / "labels.tif", np.ones((5, 6, 7), "u1"))
    floats = write_tiff(tmp_path / "floats.tif", np.ones((5, 6, 7), "f4"))
    negative = write_tiff(tmp_path / "negative.tif", np.full((5, 6, 7), -7, "i2"))
    other = write_tiff(tmp_path / "other.tif", np.ones((5, 6, 8), "u1"))
    table, folder = tmp_path / "table.csv", tmp_path / "folder.csv"
    folder.mkdir()
    for code, words, said in [
        (INPUT, [floats, "-o", table], "labels are whole numbers"),
        (INPUT, [negative, "-o", table], "it holds -7"),
        (USAGE, [ones, "--image", other, "-o", table], "5 x 6 x 8"),
        (USAGE, [ones, "-o", tmp_path / "table.xls"], "table.xls"),
        (USAGE, [ones, "-o", table, "--html", tmp_path / "page.pdf"], "page.pdf"),
        (USAGE, [ones, "-o", table, "--roi", "0:5,0:6,0:8"], "not inside the volume"),
        (INPUT, [tmp_path / "gone.tif", "-o", table], "gone.tif"),
        (INPUT, [ones, "--image", tmp_path / "gone.tif", "-o", table], "gone.tif"),
        (BUDGET, [ones, "-o", table, "--memory", "1MiB"], "give --memory"),
        (IO, [ones, "-o", tmp_path / "gone" / "table.csv"], "cannot create the output"),
        (OCCUPIED, [ones, "-o", folder, "--overwrite"], "is a folder"),
    ]:
        answer = voxsieve("measure", *words, code=code)
        assert said in answer.err
        assert len(answer.err.splitlines()) == 1, answer.err
        assert not table.exists()
        assert not list(tmp_path.glob(".*"))
    table.write_text("mine")
    assert "--overwrite" in voxsieve("measure", ones, "-o", table, code=OCCUPIED).err
    assert table.read_text() == "mine"
