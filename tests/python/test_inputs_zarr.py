"""Reading Zarr of every layout: every voxel as zarr-python or tensorstore finds it, or a refusal by name."""

import json
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import ngff_zarr
import numcodecs
import numpy as np
import pytest
import tensorstore
import zarr
from program import INPUT, USAGE, convert, voxsieve
from stored import read


@dataclass
class Row:
    """What a store must be read as, or the words of its refusal."""

    path: str
    levels: tuple[str, ...] = ()
    shape: tuple[int, int, int] | None = None
    dtype: str = ""
    spacing: list[float] | None = None
    unit: str | None = None
    origin: list[float] = field(default_factory=lambda: [0.0] * 3)
    # From the voxels of the array to those of the volume.
    select: object = None
    flags: tuple[object, ...] = ()
    refused: tuple[str, ...] = ()
    # Chunks of the full resolution that the writer left out, and all of them.
    absent: tuple[int, int] | None = None


def channel(number: int, axes: tuple[int, ...] | None = None):
    """Takes a channel of an array whose channels come first, and puts the other axes in order."""
    return lambda array: array[number] if axes is None else array[number].transpose(axes)


SNOW = {
    "levels": ("scale0/vol", "scale1/vol", "scale2/vol"),
    "shape": (100, 100, 100),
    "dtype": "u16",
    "spacing": [0.01] * 3,
    "unit": "millimeter",
    "origin": [1.5, -2.0, 0.25],
}
SHELL = {
    "levels": tuple(f"s{n}" for n in range(5)),
    "shape": (225, 128, 128),
    "dtype": "u8",
    "absent": (2, 16),
}
B2R = {"levels": ("0/0", "0/1"), "shape": (1, 167, 439), "dtype": "i8"}
MANY = ("3 channels", "--channel")

ROWS = [
    Row("written/snow.ngffzarr.v04.ome.zarr", **SNOW),
    Row("written/snow.ngffzarr.v05.ome.zarr", **SNOW),
    Row("written/shell.omezarrpy.v04.ome.zarr", **SHELL),
    Row("written/shell.omezarrpy.v05.ome.zarr", **SHELL),
    Row("written/snow.zarrpy2.v2.be_zlib_dot.zarr", (".",), (100, 100, 100), "u16"),
    Row("written/bone.zarrpy2.v2.delta_lz4_nested.zarr", refused=("codec delta",)),
    Row("found/spatialdata_v04.ome.zarr", refused=MANY),
    *(
        Row(
            "found/spatialdata_v04.ome.zarr",
            ("0",),
            (1, 12, 12),
            "f64",
            select=lambda array, n=n: array[n][None],
            flags=("--channel", n),
        )
        for n in range(3)
    ),
    Row("found/webknossos_zarr3", refused=("without an OME-Zarr image", "color")),
    Row("found/webknossos_zarr3/color", refused=MANY),
    *(
        Row(
            "found/webknossos_zarr3/color",
            ("1",),
            (24, 24, 24),
            "u8",
            [1.0] * 3,
            "nanometer",
            select=channel(n, (2, 1, 0)),
            flags=("--channel", n),
        )
        for n in range(3)
    ),
    Row("found/bioformats2raw_layout", refused=("no Zarr metadata", "data.zarr")),
    Row("found/bioformats2raw_layout/data.zarr", refused=MANY),
    *(
        Row(
            "found/bioformats2raw_layout/data.zarr",
            **B2R,
            select=lambda array, n=n: array[0, n],
            flags=("--channel", n),
        )
        for n in range(3)
    ),
]


def test_every_store_has_a_row(data: Path):
    folder = data / "ome_zarr"
    stores = {f"{kind}/{store.name}" for kind in ("found", "written") for store in (folder / kind).iterdir()}
    tested = {"/".join(row.path.split("/")[:2]) for row in ROWS}
    assert stores == tested


@pytest.mark.parametrize("row", [r for r in ROWS if not r.refused], ids=lambda r: f"{r.path} {r.flags}")
def test_store_is_read_exactly(row: Row, data: Path, tmp_path: Path):
    store = data / "ome_zarr" / row.path
    info = json.loads(voxsieve("info", store, *row.flags, "--json").out)
    spec = info["spec"]
    assert (tuple(spec["shape"]), spec["dtype"]) == (row.shape, row.dtype)
    assert (spec["spacing"], spec["unit"], spec["origin"]) == (row.spacing, row.unit, row.origin)
    if row.absent is None:
        assert info["absent"] is None
    else:
        missing, chunks = row.absent
        array = zarr.open_array(store / row.levels[0], mode="r")
        assert (array.nchunks - array.nchunks_initialized, array.nchunks) == row.absent
        assert info["absent"].startswith(f"{missing} of {chunks} chunks are not stored")
    assert len(info["levels"]) == len(row.levels)
    for level, name in enumerate(row.levels):
        expected = zarr.open_array(store / name, mode="r")[...]
        expected = expected if row.select is None else row.select(expected)
        assert info["levels"][level] == list(expected.shape)
        output = tmp_path / f"{level}.ome.zarr"
        convert(store, output, "--level", level, "--chunk", 32, *row.flags)
        np.testing.assert_array_equal(read(output), expected)


@pytest.mark.parametrize("row", [r for r in ROWS if r.refused], ids=lambda r: r.path)
def test_store_is_refused_by_name(row: Row, data: Path, tmp_path: Path):
    answer = convert(data / "ome_zarr" / row.path, tmp_path / "out.ome.zarr", *row.flags, code=INPUT)
    assert [word for word in row.refused if word not in answer.err] == [], answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_channel_that_is_not_there(data: Path):
    store = data / "ome_zarr" / "found/webknossos_zarr3/color"
    assert "channels 0 to 2" in voxsieve("info", store, "--channel", 3, code=USAGE).err
    single = data / "ome_zarr" / "written/snow.ngffzarr.v05.ome.zarr"
    assert "one time point" in voxsieve("info", single, "--time", 1, code=USAGE).err
    voxsieve("info", single, "--time", 0, "--channel", 0)


SHAPE = (17, 22, 29)
CHUNK = (8, 9, 16)


def voxels(dtype: str) -> np.ndarray:
    values = np.random.default_rng(3).normal(0, 9000, SHAPE)
    if dtype == "bool":
        return values > 0
    if np.dtype(dtype).kind == "f":
        return values.astype(dtype)
    info = np.iinfo(dtype)
    return values.clip(info.min, info.max).astype(dtype)


def held(volume: np.ndarray) -> np.ndarray:
    """What Voxsieve holds for voxels of this type."""
    if volume.dtype == bool:
        return volume.astype("u1") * 255
    return volume.astype("f4") if volume.dtype == np.float16 else volume


def assert_read(store: Path, expected: np.ndarray, folder: Path, *flags: object) -> None:
    convert(store, folder / "out.ome.zarr", "--chunk", 16, *flags)
    found = read(folder / "out.ome.zarr")
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


DTYPES = ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", [2, 3])
def test_every_type_of_zarr_python(dtype: str, form: int, tmp_path: Path):
    volume = voxels(dtype)
    array = zarr.create_array(
        tmp_path / "in.zarr", shape=SHAPE, chunks=CHUNK, dtype=volume.dtype, zarr_format=form, fill_value=1
    )
    array[...] = volume
    assert_read(tmp_path / "in.zarr", held(volume), tmp_path)


BLOSC = [(c, s) for c in ("blosclz", "lz4", "lz4hc", "zlib", "zstd") for s in (0, 1, 2)]
V2_CODECS = [
    None,
    {"id": "zstd", "level": 3},
    {"id": "zlib", "level": 6},
    {"id": "gzip", "level": 6},
    {"id": "bz2", "level": 5},
    *({"id": "blosc", "cname": c, "clevel": 5, "shuffle": s} for c, s in BLOSC),
]


@pytest.mark.parametrize("compressor", V2_CODECS, ids=str)
@pytest.mark.parametrize(
    ("dtype", "order", "separator"), [("<u2", "C", "/"), (">u2", "F", "."), (">f4", "C", ".")]
)
def test_every_packing_of_version_2(compressor, dtype, order, separator, tmp_path: Path):
    volume = voxels(dtype)
    metadata = {
        "shape": list(SHAPE),
        "chunks": list(CHUNK),
        "dtype": dtype,
        "order": order,
        "compressor": compressor,
        "dimension_separator": separator,
    }
    store = {"driver": "file", "path": str(tmp_path / "in.zarr")}
    array = tensorstore.open({"driver": "zarr", "kvstore": store, "metadata": metadata}, create=True).result()
    array.write(volume).result()
    assert_read(tmp_path / "in.zarr", volume.astype(volume.dtype.newbyteorder("=")), tmp_path)


FILTERS = {
    "shuffle": {"id": "shuffle", "elementsize": 2},
    "zlib": {"id": "zlib", "level": 1},
    "bz2": {"id": "bz2", "level": 1},
    "fixedscaleoffset": {"id": "fixedscaleoffset", "offset": 0, "scale": 1, "dtype": "<u2", "astype": "<u4"},
}
FILTERS_NOT_READ = {
    "crc32c": {"id": "crc32c"},
    "crc32": {"id": "crc32"},
    "adler32": {"id": "adler32"},
    "fletcher32": {"id": "fletcher32"},
    "delta": {"id": "delta", "dtype": "<u2"},
}


def filtered(folder: Path, configuration: dict) -> np.ndarray:
    """Writes an array of version 2 with a filter of numcodecs before zstd."""
    volume = voxels("u2")
    array = zarr.create_array(
        folder / "in.zarr",
        shape=SHAPE,
        chunks=CHUNK,
        dtype="u2",
        zarr_format=2,
        filters=[numcodecs.get_codec(configuration)],
        compressors=numcodecs.Zstd(1),
    )
    array[...] = volume
    return volume


@pytest.mark.parametrize("name", FILTERS)
def test_filters_of_version_2(name: str, tmp_path: Path):
    assert_read(tmp_path / "in.zarr", filtered(tmp_path, FILTERS[name]), tmp_path)


@pytest.mark.parametrize("name", FILTERS_NOT_READ)
def test_filters_that_are_refused(name: str, tmp_path: Path):
    filtered(tmp_path, FILTERS_NOT_READ[name])
    assert f"the codec {name}" in voxsieve("info", tmp_path / "in.zarr", code=INPUT).err


def bytes_codec(endian: str = "little") -> dict:
    return {"name": "bytes", "configuration": {"endian": endian}}


def codec(name: str, **configuration: object) -> dict:
    return {"name": name, "configuration": configuration} if configuration else {"name": name}


CHAINS = {
    "raw": [bytes_codec()],
    "big": [bytes_codec("big")],
    "zstd": [bytes_codec(), codec("zstd", level=3)],
    "gzip big": [bytes_codec("big"), codec("gzip", level=5)],
    "crc": [bytes_codec(), codec("crc32c")],
    "zstd crc": [bytes_codec(), codec("zstd", level=1), codec("crc32c")],
    "transposed": [codec("transpose", order=[2, 0, 1]), bytes_codec(), codec("zstd", level=1)],
    "blosc": [
        bytes_codec(),
        codec("blosc", cname="zstd", clevel=5, shuffle="shuffle", typesize=2, blocksize=0),
    ],
}


def sharded(chain: list[dict], location: str, checksum: bool) -> list[dict]:
    index = [bytes_codec(), codec("crc32c")] if checksum else [bytes_codec()]
    inner = {"chunk_shape": [4, 9, 8], "codecs": chain, "index_codecs": index, "index_location": location}
    return [codec("sharding_indexed", **inner)]


@pytest.mark.parametrize("chain", CHAINS, ids=str)
@pytest.mark.parametrize("form", ["plain", "dot", "v2 keys", "end", "start", "no checksum"])
def test_every_packing_of_version_3(chain: str, form: str, tmp_path: Path):
    volume = voxels("u2")
    codecs = CHAINS[chain]
    keys = {"dot": codec("default", separator="."), "v2 keys": codec("v2", separator="/")}
    if form in ("end", "start", "no checksum"):
        codecs = sharded(codecs, "end" if form == "no checksum" else form, form != "no checksum")
    metadata = {
        "shape": list(SHAPE),
        "data_type": "uint16",
        "chunk_grid": codec("regular", chunk_shape=list(CHUNK)),
        "chunk_key_encoding": keys.get(form, codec("default", separator="/")),
        "codecs": codecs,
    }
    store = {"driver": "file", "path": str(tmp_path / "in.zarr")}
    array = tensorstore.open(
        {"driver": "zarr3", "kvstore": store, "metadata": metadata}, create=True
    ).result()
    array.write(volume).result()
    assert_read(tmp_path / "in.zarr", volume, tmp_path)


NOT_READ = {
    "delta": {"filters": [{"id": "delta", "dtype": "<u2", "astype": "<u2"}]},
    "lzma": {"compressor": {"id": "lzma", "format": 1}},
    "lz4": {"compressor": {"id": "lz4", "acceleration": 1}},
    "categorize": {"filters": [{"id": "categorize", "labels": ["a"], "dtype": "|O", "astype": "u1"}]},
    "<c8": {"dtype": "<c8"},
    "<M8[ns]": {"dtype": "<M8[ns]"},
    "|S4": {"dtype": "|S4"},
    '[["a","<i2"],["b","<f4"]]': {"dtype": [["a", "<i2"], ["b", "<f4"]]},
}


@pytest.mark.parametrize("name", NOT_READ)
def test_what_is_not_read_is_named(name: str, tmp_path: Path):
    document = {
        "zarr_format": 2,
        "shape": [4, 4, 4],
        "chunks": [4, 4, 4],
        "dtype": "<u2",
        "order": "C",
        "compressor": None,
        "filters": None,
        "fill_value": 0,
    }
    (tmp_path / ".zarray").write_text(json.dumps(document | NOT_READ[name]))
    assert name in voxsieve("info", tmp_path, code=INPUT).err


def write_image(folder: Path, array: np.ndarray, axes: list, chunks: tuple[int, ...], **more: object) -> Path:
    """An OME-Zarr 0.5 image of one level, and what else its metadata say."""
    group = zarr.create_group(folder, zarr_format=3)
    stored = group.create_array("0", shape=array.shape, dtype=array.dtype, chunks=chunks)
    stored[...] = array
    scale = {"type": "scale", "scale": [1.0] * array.ndim}
    image = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [scale]}]}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [image | more]}
    return folder


def axes(names: str) -> list[dict]:
    kinds = {"t": "time", "c": "channel"}
    return [{"name": name, "type": kinds.get(name, "space")} for name in names]


@pytest.mark.parametrize("chunks", [(1, 1, 8, 8, 8), (2, 3, 8, 8, 8), (2, 2, 5, 30, 16)])
def test_channel_and_time_of_five_axes(chunks: tuple[int, ...], tmp_path: Path):
    array = np.random.default_rng(4).integers(0, 60000, (2, 3, *SHAPE)).astype("u2")
    store = write_image(tmp_path / "in.ome.zarr", array, axes("tczyx"), chunks)
    for time, number in ((0, 2), (1, 1)):
        folder = tmp_path / f"{time}{number}"
        folder.mkdir()
        assert_read(store, array[time, number], folder, "--time", time, "--channel", number)
    assert "2 time points" in voxsieve("info", store, "--channel", 0, code=INPUT).err
    assert "3 channels" in voxsieve("info", store, "--time", 0, code=INPUT).err


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
