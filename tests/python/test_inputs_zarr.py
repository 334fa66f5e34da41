"""Reading Zarr of every layout: every voxel as zarr-python or tensorstore finds it, or a refusal by name."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numcodecs
import numpy as np
import pytest
import tensorstore
import zarr
from program import INPUT, USAGE, convert, voxsieve
from stored import read
from zarr_stores import CHUNK, SHAPE, assert_read, held, voxels


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
    # What an option answers is a matter of the command.
    code = USAGE if row.refused == MANY else INPUT
    answer = convert(data / "ome_zarr" / row.path, tmp_path / "out.ome.zarr", *row.flags, code=code)
    assert [word for word in row.refused if word not in answer.err] == [], answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_channel_that_is_not_there(data: Path):
    store = data / "ome_zarr" / "found/webknossos_zarr3/color"
    assert "channels 0 to 2" in voxsieve("info", store, "--channel", 3, code=USAGE).err
    single = data / "ome_zarr" / "written/snow.ngffzarr.v05.ome.zarr"
    assert "one time point" in voxsieve("info", single, "--time", 1, code=USAGE).err
    voxsieve("info", single, "--time", 0, "--channel", 0)


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
