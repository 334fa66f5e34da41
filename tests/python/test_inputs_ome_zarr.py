"""Reading OME-Zarr: axes, channels, transformations, archives, missing chunks and damage."""

import json
import shutil
import zipfile
from pathlib import Path

import ngff_zarr
import numpy as np
import pytest
import zarr
from program import INPUT, USAGE, voxsieve
from stored import read
from zarr_stores import CHUNK, SHAPE, assert_read, axes, voxels, write_image


@pytest.mark.parametrize("chunks", [(1, 1, 8, 8, 8), (2, 3, 8, 8, 8), (2, 2, 5, 30, 16)])
def test_channel_and_time_of_five_axes(chunks: tuple[int, ...], tmp_path: Path):
    array = np.random.default_rng(4).integers(0, 60000, (2, 3, *SHAPE)).astype("u2")
    store = write_image(tmp_path / "in.ome.zarr", array, axes("tczyx"), chunks)
    for time, number in ((0, 2), (1, 1)):
        folder = tmp_path / f"{time}{number}"
        folder.mkdir()
        assert_read(store, array[time, number], folder, "--time", time, "--channel", number)
    assert "2 time points" in voxsieve("info", store, "--channel", 0, code=USAGE).err
    assert "3 channels" in voxsieve("info", store, "--time", 0, code=USAGE).err


@pytest.mark.parametrize("order", ["xyz", "yxz", "zxy", "xzy"])
def test_axes_in_any_order(order: str, tmp_path: Path):
    volume = voxels("i2")
    array = volume.transpose(["zyx".index(axis) for axis in order])
    store = write_image(tmp_path / "in.ome.zarr", array, axes(order), (7, 8, 9))
    assert_read(store, volume, tmp_path)


def test_a_plane(tmp_path: Path):
    plane = voxels("u2")[0]
    store = write_image(tmp_path / "in.ome.zarr", plane, axes("yx"), (7, 8))
    assert_read(store, plane[None], tmp_path)


def test_unknown_keys_do_not_matter(tmp_path: Path):
    volume = voxels("u1")
    store = write_image(tmp_path / "in.ome.zarr", volume, axes("zyx"), (8, 8, 8), colour="red", type=["a"])
    for document in (store / "zarr.json", store / "0" / "zarr.json"):
        content = json.loads(document.read_text())
        document.write_text(json.dumps(content | {"future": {"must_understand": False}, "note": 3}))
    assert_read(store, volume, tmp_path)


def image_of_ngff_zarr(store: Path, volume: np.ndarray, version: str) -> None:
    image = ngff_zarr.to_ngff_image(
        volume,
        dims=["z", "y", "x"],
        scale={"z": 2.0, "y": 0.5, "x": 0.25},
        translation={"z": 1.0, "y": -2.0, "x": 3.0},
        axes_units=dict.fromkeys("zyx", "micrometer"),
    )
    levels = ngff_zarr.to_multiscales(image, scale_factors=[2], chunks=8)
    ngff_zarr.to_ngff_zarr(str(store), levels, version=version)


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("0.4", "in.ome.zarr"),
        ("0.5", "in.ome.zarr"),
        ("0.6", "in.ome.zarr"),
        ("0.5", "in.ozx"),
        ("0.6", "in.ozx"),
    ],
)
def test_versions_of_ngff_zarr(version: str, name: str, tmp_path: Path):
    volume = voxels("u2")
    image_of_ngff_zarr(tmp_path / name, volume, version)
    info = json.loads(voxsieve("info", tmp_path / name, "--json").out)
    assert f"OME-Zarr {version}," in info["format"]
    assert info["spec"]["spacing"] == [2.0, 0.5, 0.25]
    assert info["spec"]["origin"] == [1.0, -2.0, 3.0]
    assert info["spec"]["unit"] == "micrometer"
    assert len(info["levels"]) == 2
    assert_read(tmp_path / name, volume, tmp_path)


def system(name: str, unit: str) -> dict:
    return {"name": name, "axes": [{"name": a, "type": "space", "unit": unit} for a in "zyx"]}


@pytest.mark.parametrize("output", ["inner", {"name": "inner"}])
def test_coordinate_systems(output, tmp_path: Path):
    """Levels lie in the system that their transformation leads to; the image's own lead further on."""
    store = write_image(tmp_path / "in.ome.zarr", voxels("u1"), axes("zyx"), (8, 8, 8))
    content = json.loads((store / "zarr.json").read_text())
    steps = [
        {"type": "identity"},
        {"type": "sequence", "transformations": [{"type": "scale", "scale": [2.0, 3.0, 4.0]}]},
        {"type": "translation", "translation": [5.0, 6.0, 7.0]},
    ]
    sequence = {"type": "sequence", "input": "0", "output": output, "transformations": steps}
    image = {
        "coordinateSystems": [system("outer", "meter"), system("inner", "micrometer")],
        "datasets": [{"path": "0", "coordinateTransformations": [sequence]}],
        "coordinateTransformations": [{"type": "rotation", "input": output, "output": "outer"}],
    }
    content["attributes"]["ome"] = {"version": "0.6", "multiscales": [image]}
    (store / "zarr.json").write_text(json.dumps(content))
    spec = json.loads(voxsieve("info", store, "--json").out)["spec"]
    assert (spec["spacing"], spec["origin"]) == ([2.0, 3.0, 4.0], [5.0, 6.0, 7.0])
    assert spec["unit"] == "micrometer"
    for other in ("rotation", "affine", "mapAxis", "byDimension", "displacements"):
        steps[0]["type"] = other
        (store / "zarr.json").write_text(json.dumps(content))
        assert other in voxsieve("info", store, code=INPUT).err


def test_several_images_are_listed(tmp_path: Path):
    group = zarr.create_group(tmp_path, zarr_format=3)
    group.attrs["ome"] = {"version": "0.5", "bioformats2raw.layout": 3}
    volume = voxels("u1")
    write_image(tmp_path / "0", volume, axes("zyx"), (8, 8, 8))
    assert voxsieve("info", tmp_path).out
    write_image(tmp_path / "1", volume, axes("zyx"), (8, 8, 8))
    assert "several images; name one of the folders in it: 0, 1" in voxsieve("info", tmp_path, code=INPUT).err
    ome = zarr.create_group(tmp_path / "OME", zarr_format=3)
    ome.attrs["ome"] = {"version": "0.5", "series": ["1"]}
    assert voxsieve("info", tmp_path).out


@pytest.mark.parametrize("form", ["chunks", "shards"])
def test_missing_chunks_are_reported(form: str, tmp_path: Path):
    volume = np.full(SHAPE, 7, "i2")
    volume[:8, :9] = 300
    layout = {"chunks": (8, 9, 8)} | ({"shards": CHUNK} if form == "shards" else {})
    array = zarr.create_array(tmp_path / "in.zarr", shape=SHAPE, dtype="i2", fill_value=7, **layout)
    array[...] = volume
    said = "32 of 36 chunks are not stored and read as the fill value 7"
    assert said in voxsieve("info", tmp_path / "in.zarr").out
    answer = voxsieve("convert", tmp_path / "in.zarr", tmp_path / "out.ome.zarr")
    assert f"note: {tmp_path / 'in.zarr'}: {said}" in answer.err
    np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), volume)
    part = voxsieve("convert", tmp_path / "in.zarr", tmp_path / "part.ome.zarr", "--roi", "0:8,0:9,0:29")
    assert part.err == ""


def zipped(store: Path, target: Path, compression: int = zipfile.ZIP_STORED, large: bool = False) -> Path:
    with zipfile.ZipFile(target, "w", compression) as archive:
        for path in sorted(p for p in store.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(store)))
            entry.compress_type = compression
            with archive.open(entry, "w", force_zip64=large) as file:
                file.write(path.read_bytes())
        archive.comment = b'{"ome": {"version": "0.5"}}' * 9
    return target


@pytest.mark.parametrize("large", [False, True])
def test_zip_archive(large: bool, tmp_path: Path):
    volume = voxels("u2")
    store = write_image(tmp_path / "in.ome.zarr", volume, axes("zyx"), CHUNK)
    assert_read(zipped(store, tmp_path / "in.zip", large=large), volume, tmp_path)


def test_zip_archive_of_version_2_in_zip64(tmp_path: Path):
    """An archive of 70,000 entries has its list told by a zip64 record."""
    volume = np.arange(70_000, dtype="u4").reshape(7, 100, 100)
    document = {
        "zarr_format": 2,
        "shape": list(volume.shape),
        "chunks": [1, 1, 1],
        "dtype": "<u4",
        "order": "C",
        "compressor": None,
        "filters": None,
        "fill_value": 9,
    }
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr(".zarray", json.dumps(document))
        for (z, y, x), value in np.ndenumerate(volume):
            archive.writestr(f"{z}.{y}.{x}", value.tobytes())
    assert_read(tmp_path / "in.zip", volume, tmp_path)


def test_zip_archives_that_are_refused(tmp_path: Path):
    store = write_image(tmp_path / "in.ome.zarr", voxels("u1"), axes("zyx"), CHUNK)
    packed = zipped(store, tmp_path / "packed.zip", zipfile.ZIP_DEFLATED)
    assert "deflate" in voxsieve("info", packed, code=INPUT).err
    good = zipped(store, tmp_path / "in.zip").read_bytes()
    for length in (4, 100, len(good) // 2, len(good) - 1):
        (tmp_path / "cut.zip").write_bytes(good[:length])
        assert "cut.zip" in voxsieve("info", tmp_path / "cut.zip", code=INPUT).err
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("notes.txt", "no volume")
    assert "no Zarr metadata" in voxsieve("info", tmp_path / "other.zip", code=INPUT).err


@pytest.mark.parametrize("kind", ["version 2", "version 3", "shards", "zip"])
def test_random_damage(kind: str, tmp_path: Path):
    """Whatever a bit does: voxels or a refusal, never a panic, which `voxsieve` of the tests looks for."""
    random = np.random.default_rng(11)
    store, volume = tmp_path / "in.zarr", voxels("u2")
    layout = {"shards": CHUNK, "chunks": (4, 9, 8)} if kind == "shards" else {"chunks": CHUNK}
    version = 2 if kind == "version 2" else 3
    array = zarr.create_array(store, shape=SHAPE, dtype="u2", zarr_format=version, **layout)
    array[...] = volume
    if kind == "zip":
        store = zipped(store, tmp_path / "in.zip")
    files = [store] if store.is_file() else sorted(p for p in store.rglob("*") if p.is_file())
    documents = [p for p in files if p.name in ("zarr.json", ".zarray")] or files
    for turn in range(40):
        victim = documents[0] if turn % 2 else files[random.integers(len(files))]
        good = victim.read_bytes()
        bad = bytearray(good)
        for _ in range(random.integers(1, 4)):
            at = random.integers(len(bad) // 2 if kind == "zip" and turn % 4 else 0, len(bad))
            bad[at] ^= 1 << random.integers(8)
        victim.write_bytes(bad)
        answer = voxsieve("stats", store, "--json", code=None)
        assert answer.code in (0, INPUT), answer.err
        victim.write_bytes(good)
    voxsieve("stats", store)
    shutil.rmtree(store, ignore_errors=True)
