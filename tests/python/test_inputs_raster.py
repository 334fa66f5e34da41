"""NRRD, MetaImage and raw: each real file is read as SimpleITK or pynrrd reads it, or refused by name."""

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK
from program import DONE, INPUT, convert, voxsieve
from stored import read


@dataclass
class Expected:
    """What a file holds; spacing is z, y, x."""

    shape: tuple[int, int, int]
    dtype: str
    spacing: list[float] | None = None
    unit: str | None = None
    note: str = ""


MM = "millimeter"
TABLE = {
    "nrrd/trabecular_roi_4.nrrd": Expected((201, 201, 201), "u8"),
    "nrrd/headsq/quarter.nhdr": Expected((93, 64, 64), "i16", [1.5, 3.2, 3.2]),
    "nrrd/itk/vol-ascii.nrrd": Expected((7, 6, 5), "f64"),
    "nrrd/itk/vol-raw-little.nrrd": Expected((7, 6, 5), "f64"),
    "nrrd/itk/vol-gzip-little.nrrd": Expected((7, 6, 5), "f64"),
    "nrrd/itk/vol-raw-big.nhdr": Expected((7, 6, 5), "f64"),
    "nrrd/itk/box.nhdr": Expected((20, 20, 20), "f32", [3.0, 2.0, 1.0], None, "axes as stored"),
    "nrrd/itk/HeadMRVolumeWithDirection.nhdr": Expected(
        (42, 62, 48), "u8", [4.0, 4.0, 4.0], None, "axes as stored"
    ),
    "metaimage/itk/HeadMRVolume.mha": Expected((42, 62, 48), "u8", [4.0] * 3, MM),
    "metaimage/itk/HeadMRVolume.mhd": Expected((42, 62, 48), "u8", [4.0] * 3, MM),
    "metaimage/itk/HeadMRVolumeCompressed.mha": Expected((42, 62, 48), "u8", [4.0] * 3, MM),
    "metaimage/itk/HeadMRVolumeWithDirection.mhd": Expected(
        (42, 62, 48), "u8", [4.0] * 3, MM, "axes as stored"
    ),
    "metaimage/itk/GrayscaleVolumeWithVariousShapes.mhd": Expected((21, 100, 100), "u8", [2.0] * 3, MM),
    "metaimage/itk/BinarySquare3D.mhd": Expected((21, 21, 21), "u8", [1.0] * 3, MM),
    "metaimage/itk/SmallRampVolumeList.mhd": Expected((6, 6, 6), "u8"),
    "derived/shell.mhd": Expected((225, 128, 128), "u8", [0.02, 0.01, 0.01], MM),
}
HEADERS = {".nrrd", ".nhdr", ".mha", ".mhd"}


def test_every_file_has_a_row(data: Path):
    found = {str(p.relative_to(data)) for p in data.rglob("*") if p.suffix in HEADERS}
    assert found == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_real_file(name: str, data: Path, tmp_path: Path):
    path, expected = data / name, TABLE[name]
    info = json.loads(voxsieve("info", path, "--json").out)
    assert tuple(info["spec"]["shape"]) == expected.shape
    assert info["spec"]["dtype"] == expected.dtype
    assert info["spec"]["unit"] == expected.unit
    assert expected.note in info["format"]
    if expected.spacing is None:
        assert info["spec"]["spacing"] is None
    else:
        np.testing.assert_allclose(info["spec"]["spacing"], expected.spacing, rtol=1e-5)
    convert(path, tmp_path / "out.ome.zarr")
    reader = oracle_nrrd if path.suffix in (".nrrd", ".nhdr") else oracle_itk
    np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), reader(path))


def oracle_nrrd(path: Path) -> np.ndarray:
    if path.name == "quarter.nhdr":
        # pynrrd looks for the files of a pattern one folder too high.
        planes = [np.fromfile(path.with_name(f"quarter.{n}"), "<i2") for n in range(1, 94)]
        return np.stack(planes).reshape(93, 64, 64)
    return nrrd.read(str(path), index_order="C")[0]


def oracle_itk(path: Path) -> np.ndarray:
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))


VOLUME = np.random.default_rng(31).integers(-3000, 3000, (6, 7, 8)).astype("<i2")
NRRD = "NRRD0004\ntype: short\ndimension: 3\nsizes: 8 7 6\n"


def headers() -> dict[str, tuple[str, bytes]]:
    """Names of headers with what stands in them, and the file `voxels` beside them."""
    raw, swapped = VOLUME.tobytes(), VOLUME.astype(">i2").tobytes()
    text = " ".join(str(v) for v in VOLUME.ravel()).encode()
    beside = "data file: voxels\n"
    mhd = "NDims = 3\nDimSize = 8 7 6\nElementType = MET_SHORT\n"
    return {
        "raw.nhdr": (NRRD + "endian: little\nencoding: raw\n" + beside, raw),
        "big.nhdr": (NRRD + "endian: big\nencoding: raw\n" + beside, swapped),
        "skip.nhdr": (NRRD + "endian: little\nencoding: raw\nbyte skip: 5\n" + beside, b"12345" + raw),
        "end.nhdr": (NRRD + "endian: little\nencoding: raw\nbyte skip: -1\n" + beside, b"123" + raw),
        "gzip.nhdr": (NRRD + "endian: big\nencoding: gzip\n" + beside, gzip.compress(swapped)),
        "text.nhdr": (NRRD + "encoding: text\n" + beside, text),
        "hex.nhdr": (NRRD + "endian: little\nencoding: hex\n" + beside, raw.hex().encode()),
        "four.nhdr": (
            NRRD.replace("dimension: 3\nsizes: 8", "dimension: 4\nsizes: 1 8")
            + "endian: little\nencoding: raw\n"
            + beside,
            raw,
        ),
        "raw.mhd": (mhd + "ElementDataFile = voxels\n", raw),
        "big.mhd": (mhd + "ElementByteOrderMSB = True\nElementDataFile = voxels\n", swapped),
        "end.mhd": (mhd + "HeaderSize = -1\nElementDataFile = voxels\n", b"123" + raw),
        "zlib.mhd": (mhd + "CompressedData = True\nElementDataFile = voxels\n", zlib.compress(raw)),
        "gzip.mhd": (mhd + "CompressedData = True\nElementDataFile = voxels\n", gzip.compress(raw)),
        "text.mhd": (mhd + "BinaryData = False\nElementDataFile = voxels\n", text),
    }


@pytest.mark.parametrize("name", headers())
def test_ways_of_writing(name: str, tmp_path: Path):
    header, voxels = headers()[name]
    (tmp_path / name).write_text(header)
    (tmp_path / "voxels").write_bytes(voxels)
    convert(tmp_path / name, tmp_path / "out.ome.zarr", "--threads", 3)
    np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), VOLUME)


@pytest.mark.parametrize("name", headers())
def test_cut_off(name: str, tmp_path: Path):
    header, voxels = headers()[name]
    if name.startswith("end."):
        voxels = voxels[3:]
    (tmp_path / name).write_text(header)
    (tmp_path / "voxels").write_bytes(voxels[: len(voxels) - 9])
    answer = convert(tmp_path / name, tmp_path / "out.ome.zarr", code=INPUT)
    assert "voxels is damaged" in answer.err


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("sizes: 8 7 6", "sizes: 99999999 99999999 99999999"), "damaged"),
        (("sizes: 8 7 6", "sizes: 9999 9999 9999"), "damaged"),
        (("sizes: 8 7 6", "sizes: 0 7 6"), "damaged"),
        (("encoding: raw", "encoding: bzip2"), "bzip2"),
        (("encoding: raw", "encoding: gzip"), "voxels"),
        (("data file: voxels", "data file: /etc/passwd"), "outside"),
        (("data file: voxels", "data file: absent"), "absent"),
        (("data file: voxels", "data file: voxels.%d 1 999999999 1"), "damaged"),
        (("type: short", "type: block"), "block"),
        (("dimension: 3\nsizes: 8 7 6", "dimension: 4\nsizes: 2 8 7 6"), "4 axes"),
    ],
)
def test_refused_by_name(change: tuple[str, str], word: str, tmp_path: Path):
    header = NRRD + "endian: little\nencoding: raw\ndata file: voxels\n"
    assert change[0] in header
    (tmp_path / "in.nhdr").write_text(header.replace(*change))
    (tmp_path / "voxels").write_bytes(VOLUME.tobytes())
    answer = convert(tmp_path / "in.nhdr", tmp_path / "out.ome.zarr", code=INPUT)
    assert word in answer.err


def test_lists_of_files(tmp_path: Path):
    names = [f"plane-{z:02}.raw" for z in range(6)]
    for name, plane in zip(names, VOLUME, strict=True):
        plane.tofile(tmp_path / name)
    mhd = "NDims = 3\nDimSize = 8 7 6\nElementType = MET_SHORT\n"
    headers = {
        "list.nhdr": NRRD + "endian: little\nencoding: raw\ndata file: LIST\n" + "\n".join(names) + "\n",
        "form.nhdr": NRRD + "endian: little\nencoding: raw\ndata file: plane-%02d.raw 0 5 1\n",
        "form.mhd": mhd + "ElementDataFile = plane-%02d.raw 0 5 1\n",
    }
    for name, header in headers.items():
        (tmp_path / name).write_text(header)
        convert(tmp_path / name, tmp_path / f"{name}.zarr")
        np.testing.assert_array_equal(read(tmp_path / f"{name}.zarr"), VOLUME)
    (tmp_path / names[3]).unlink()
    assert names[3] in convert(tmp_path / "list.nhdr", tmp_path / "out.zarr", code=INPUT).err


def test_raw_needs_its_document(tmp_path: Path):
    VOLUME.tofile(tmp_path / "in.raw")
    assert ".raw.json" in voxsieve("info", tmp_path / "in.raw", code=INPUT).err
    document = {"format": 1, "kind": "raw", "data": "in.raw", "shape": [6, 7, 8], "dtype": "int16"}
    (tmp_path / "in.raw.json").write_text(json.dumps(document | {"byte_order": "little"}))
    for name in ("in.raw", "in.raw.json"):
        voxsieve("compare", tmp_path / "in.raw", tmp_path / name, code=DONE)
    for wrong in ({"shape": [7, 7, 8]}, {"dtype": "complex64"}, {"format": 2}, {"spacing": [0, 1, 1]}):
        (tmp_path / "in.raw.json").write_text(json.dumps(document | {"byte_order": "little"} | wrong))
        voxsieve("info", tmp_path / "in.raw", code=INPUT)
