"""TIFF as input: every real file has a row, every way of storing a page is tried, damage is refused.

The oracle is tifffile (with imagecodecs); the program's own OME-Zarr is read back with zarr-python.
"""

import itertools
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
import tifffile
from inputs import CODECS, CUTS, FLOATS, INTEGERS, same, spec, synthetic, voxels
from program import BUDGET, DONE, INPUT, USAGE, convert
from stored import write_tiff

FOLDERS = ["tiff", "tiff_stack", "ome_tiff", "derived", "metaimage/itk", "zip"]


@dataclass
class Row:
    """A real file or folder: what is read from it, or with which words it is refused."""

    path: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    spacing: list[float] | None = None
    unit: str | None = None
    flags: list[object] = field(default_factory=list)
    #: Which of tifffile's planes; all by default.
    planes: object = None
    refused: tuple[int, str] | None = None

    def __str__(self) -> str:
        return " ".join([self.path, *map(str, self.flags)])


def refused(path: str, words: str, code: int = INPUT, flags: list[object] | None = None) -> Row:
    return Row(path, refused=(code, words), flags=flags or [])


VHF = "tiff_stack/vhf_head_u8_every18th"
CHANNELS = "ome_tiff/multi-channel.ome.tif"
ROWS = [
    Row("tiff/bone_128x128x128.tif", (128, 128, 128), "u1", [1.953125] * 3),
    Row("tiff/fibers_150x150x150.tif", (150, 150, 150), "u1"),
    Row("tiff/shell_225x128x128.tif", (225, 128, 128), "u1"),
    Row("tiff/snow_u16_le.tif", (100, 100, 100), "u2"),
    refused("tiff/image-tiff/BigTIFF.tif", "RGB"),
    refused("tiff/image-tiff/BigTIFFMotorola.tif", "RGB"),
    Row("tiff/image-tiff/gradient-1c-32b-float.tiff", (1, 1, 256), "f4"),
    Row("tiff/image-tiff/int16.tif", (1, 64, 64), "i2"),
    Row("tiff/image-tiff/int16_zstd.tif", (1, 64, 64), "i2"),
    Row("tiff/image-tiff/int8.tif", (1, 64, 64), "i1"),
    Row("tiff/image-tiff/issue_69_lzw.tiff", (1, 45, 45), "u2"),
    Row("tiff/image-tiff/issue_69_packbits.tiff", (1, 45, 45), "u2"),
    Row("tiff/image-tiff/minisblack-1c-16b.tiff", (1, 151, 157), "u2"),
    Row("tiff/image-tiff/minisblack-1c-8b.tiff", (1, 151, 157), "u1"),
    Row("tiff/image-tiff/minisblack-1c-i16b.tiff", (1, 151, 157), "i2"),
    Row("tiff/image-tiff/predictor-3-gray-f32.tif", (1, 200, 200), "f4"),
    Row("tiff/image-tiff/seq-1c-8b-multipage-adeefdcc.tiff", (3, 16, 16), "u1"),
    Row("tiff/image-tiff/tiled-oversize-gray-i8.tif", (1, 374, 499), "i1"),
    Row("tiff/itk/TestTIFFCompression_cthead1_Deflate.tif", (1, 256, 256), "u1"),
    Row("tiff/itk/TestTIFFCompression_cthead1_LZW.tif", (1, 256, 256), "u1"),
    Row("tiff/itk/TestTIFFCompression_cthead1_PackBits.tif", (1, 256, 256), "u1"),
    Row("tiff/itk/cthead1.tif", (1, 256, 256), "u1"),
    refused("tiff/itk/ramp.tif", "RGB"),
    Row("tiff/itk/rampShort.tif", (30, 30, 30), "i2"),
    Row("tiff/itk/single-channel.ome.tif", (1, 167, 439), "u1"),
    Row("tiff_stack/trabecular_3155_D_4_bc", (200, 200, 200), "u1"),
    refused(VHF, "slice number 2 is missing"),
    Row(VHF, (13, 512, 512), "u1", flags=["--allow-gaps"]),
    Row(
        VHF,
        (13, 512, 512),
        "u1",
        [18, 1, 1],
        "millimeter",
        flags=["--allow-gaps", "--spacing", "18,1,1", "--unit", "mm"],
    ),
    refused(CHANNELS, "--channel", USAGE),
    refused(CHANNELS, "from 0 to 2", USAGE, ["--channel", 3]),
    refused(CHANNELS, "--time", USAGE, ["--channel", 0, "--time", 1]),
    *[Row(CHANNELS, (1, 167, 439), "i1", flags=["--channel", c], planes=[c]) for c in range(3)],
    Row("derived/shell.ome.tif", (225, 128, 128), "u1", [12.5, 10, 10], "micrometer"),
    Row("derived/snow.f32.tiled64.deflate.pred3.tif", (40, 100, 100), "f4"),
    Row("derived/snow.i16.bigendian.lzw.strips7.tif", (40, 100, 100), "i2"),
    Row("derived/snow.u16.bigtiff.tiled128.zstd.pred2.tif", (100, 100, 100), "u2"),
    *[Row(f"metaimage/itk/SmallRampVolume0{n}.tif", (1, 6, 6), "u1") for n in range(1, 7)],
    Row("metaimage/itk/SmallRampVolume*.tif", (6, 6, 6), "u1"),
    Row("metaimage/itk", (6, 6, 6), "u1"),
    Row("zip/berea_400_u8.tif.zip", (400, 400, 400), "u1"),
]


def unpacked(source: Path, folder: Path) -> Path:
    if source.suffix != ".zip":
        return source
    with zipfile.ZipFile(source) as archive:
        (name,) = archive.namelist()
        return Path(archive.extract(name, folder))


def oracle(source: Path) -> np.ndarray:
    """All planes as tifffile reads them, whatever it calls their axes."""
    if source.is_dir():
        return tifffile.imread(sorted(str(path) for path in source.glob("*.tif")))
    if "*" in source.name:
        return tifffile.imread(sorted(str(path) for path in source.parent.glob(source.name)))
    volume = tifffile.imread(source)
    return volume.reshape((-1, *volume.shape[-2:]))


def test_every_real_file_has_a_row(data: Path):
    covered = [data / row.path for row in ROWS]
    files = [path for name in FOLDERS for path in (data / name).rglob("*") if is_tiff(path)]
    assert len(files) > 200
    missing = [path for path in files if path not in covered and path.parent not in covered]
    assert missing == []


def is_tiff(path: Path) -> bool:
    return path.name.lower().endswith((".tif", ".tiff", ".tif.zip"))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_real_file(row: Row, data: Path, tmp_path: Path, out: Path):
    source = unpacked(data / row.path, tmp_path)
    if row.refused:
        code, words = row.refused
        answer = convert(source, out, *row.flags, code=code)
        assert words in answer.err
        assert list(out.parent.iterdir()) == []
        return
    expected = oracle(source)
    expected = expected if row.planes is None else expected[row.planes]
    said = spec(source, *row.flags)
    assert (said["shape"], said["spacing"], said["unit"]) == ([*row.shape], row.spacing, row.unit)
    stored = voxels(source, out, *row.flags)
    assert stored.dtype == expected.dtype == np.dtype(row.dtype)
    np.testing.assert_array_equal(stored, expected)


def ways() -> list[tuple]:
    """Codec, predictor and type of the values, as far as they go together."""
    types = {1: INTEGERS + FLOATS, 2: INTEGERS, 3: FLOATS}
    return [
        (codec, predictor, dtype)
        for codec in CODECS
        for predictor in (types if codec else [1])
        for dtype in types[predictor]
    ]


@pytest.mark.parametrize(("codec", "predictor", "dtype"), ways())
def test_every_way_of_storing_pages(codec, predictor: int, dtype: str, tmp_path: Path, out: Path):
    volume = synthetic(dtype)
    for order, cut in itertools.product("<>", CUTS):
        options = {"byteorder": order, "bigtiff": order == ">", **cut}
        if codec:
            options |= {"compression": codec, "predictor": predictor}
        source = write_tiff(tmp_path / "in.tif", volume, **options)
        np.testing.assert_array_equal(tifffile.imread(source), volume)
        same(voxels(source, out), volume)


@pytest.mark.parametrize("codec", CODECS)
def test_a_region_of_tiles(codec, tmp_path: Path, out: Path):
    volume = synthetic("u2")
    source = write_tiff(tmp_path / "in.tif", volume, compression=codec, tile=(16, 16), byteorder=">")
    for roi in ("1:3,5:40,17:51", "0:1,16:17,31:33"):
        (z, y, x) = (slice(*map(int, part.split(":"))) for part in roi.split(","))
        same(voxels(source, out, "--roi", roi), volume[z, y, x])


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
@pytest.mark.parametrize("compressor", ["", "LZW", "Deflate", "PackBits"])
def test_files_of_libtiff(compressor: str, dtype: str, tmp_path: Path, out: Path):
    """SimpleITK writes through libtiff, with a predictor where it helps."""
    volume, source = synthetic(dtype), tmp_path / "in.tif"
    image = SimpleITK.GetImageFromArray(volume)
    SimpleITK.WriteImage(image, source, compressor != "", compressor=compressor)
    np.testing.assert_array_equal(tifffile.imread(source), volume)
    same(voxels(source, out), volume)


def test_bits_are_a_mask(tmp_path: Path, out: Path):
    volume = np.random.default_rng(3).random((3, 21, 37)) < 0.5
    for options in ({}, {"rowsperstrip": 4}, {"compression": "packbits"}, {"tile": (16, 16)}):
        source = write_tiff(tmp_path / "in.tif", volume, **options)
        np.testing.assert_array_equal(tifffile.imread(source), volume)
        assert spec(source)["kind"] == "mask"
        np.testing.assert_array_equal(voxels(source, out), volume * np.uint8(255))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"compression": "jpeg"}, "JPEG"),
        ({"compression": "lerc"}, "LERC"),
        ({"photometric": "miniswhite"}, "MinIsWhite"),
        ({"photometric": "rgb", "planarconfig": "contig"}, "RGB"),
        ({"photometric": "rgb", "planarconfig": "separate"}, "RGB"),
        ({"volumetric": True, "tile": (16, 16, 16)}, "ImageDepth"),
    ],
)
def test_refused_by_name(options: dict, words: str, tmp_path: Path, out: Path):
    shape = (3, 16, 48) if options.get("planarconfig") == "separate" else (16, 48, 3)
    shape = shape if options.get("photometric") == "rgb" else (16, 32, 48)
    volume = np.zeros(shape, "u1")
    tifffile.imwrite(tmp_path / "in.tif", volume, **{"photometric": "minisblack"} | options)
    assert words in convert(tmp_path / "in.tif", out, code=INPUT).err


def test_a_coloured_palette_is_refused(tmp_path: Path, out: Path):
    volume = np.zeros((4, 16, 16), "u1")
    colours = np.random.default_rng(1).integers(0, 65535, (3, 256)).astype("u2")
    tifffile.imwrite(tmp_path / "in.tif", volume, photometric="palette", colormap=colours)
    assert "palette" in convert(tmp_path / "in.tif", out, code=INPUT).err


HYPERSTACK = np.random.default_rng(2).integers(0, 65535, (2, 5, 3, 20, 30)).astype("u2")  # t, z, c, y, x


def chosen(source: Path, out: Path, expected: np.ndarray) -> None:
    """Every channel at every time of a volume (t, z, c, y, x), and refusals without a choice."""
    times, _, channels = expected.shape[:3]
    for t, c in itertools.product(range(times), range(channels)):
        same(voxels(source, out, "--channel", c, "--time", t), expected[t, :, c])
    for flags, word in (([], "--channel"), (["--channel", 0], "--time"), (["--channel", channels], "2")):
        assert word in convert(source, out, "--overwrite", *flags, code=USAGE).err


@pytest.mark.parametrize("options", [{}, {"compression": "lzw"}, {"byteorder": ">"}], ids=str)
def test_channel_and_time_of_imagej(options: dict, tmp_path: Path, out: Path):
    axes = {"axes": "TZCYX", "spacing": 3.0, "unit": "um"}
    source = tmp_path / "in.tif"
    tifffile.imwrite(source, HYPERSTACK, imagej=True, resolution=(2, 2), metadata=axes, **options)
    chosen(source, out, HYPERSTACK)
    assert spec(source, "--channel", 0, "--time", 0)["spacing"] == [3.0, 0.5, 0.5]


def test_large_imagej_stack_with_one_directory(tmp_path: Path, out: Path):
    source = tmp_path / "in.tif"
    options = {"imagej": True, "truncate": True, "byteorder": ">"}
    tifffile.imwrite(source, HYPERSTACK, metadata={"axes": "TZCYX"}, **options)
    with tifffile.TiffFile(source) as tiff:
        assert len(tiff.pages) == 1
    chosen(source, out, HYPERSTACK)
    tifffile.imwrite(source, HYPERSTACK[:, :, 0].reshape(10, 20, 30), metadata={"axes": "ZYX"}, **options)
    same(voxels(source, out), HYPERSTACK[:, :, 0].reshape(10, 20, 30))


@pytest.mark.parametrize("order", ["TZCYX", "TCZYX", "ZTCYX", "CZTYX", "ZCTYX", "CTZYX"])
@pytest.mark.parametrize("ome", [True, False])
def test_every_order_of_pages(order: str, ome: bool, tmp_path: Path, out: Path):
    source = tmp_path / ("in.ome.tif" if ome else "in.tif")
    stored = HYPERSTACK.transpose(["TZCYX".index(axis) for axis in order])
    metadata = {"axes": order}
    if ome:
        metadata |= {f"PhysicalSize{axis}": size for axis, size in (("X", 1), ("Y", 2), ("Z", 0.003))}
        metadata |= {"PhysicalSizeZUnit": "mm"}
    tifffile.imwrite(source, stored, photometric="minisblack", metadata=metadata, ome=ome)
    chosen(source, out, HYPERSTACK)
    said = spec(source, "--channel", 0, "--time", 0)
    expected = ([0.003, 0.002, 0.001], "millimeter") if ome else (None, None)
    assert (said["spacing"], said["unit"]) == expected


def test_axes_without_a_name_are_refused(tmp_path: Path, out: Path):
    tifffile.imwrite(tmp_path / "in.tif", HYPERSTACK[0], photometric="minisblack")
    assert "[5, 3, 20, 30]" in convert(tmp_path / "in.tif", out, code=INPUT).err


def test_ome_metadata_elsewhere_are_refused(tmp_path: Path, out: Path):
    text = '<OME xmlns="a"><BinaryOnly MetadataFile="other.companion.ome" UUID="urn:uuid:1"/></OME>'
    write_tiff(tmp_path / "in.ome.tif", synthetic("u1"), description=text)
    assert "another file" in convert(tmp_path / "in.ome.tif", out, code=INPUT).err


def test_x_and_y_alone_are_no_spacing(tmp_path: Path):
    options = {"resolution": (1 / 0.5, 1 / 0.5), "resolutionunit": "CENTIMETER"}
    source = write_tiff(tmp_path / "in.tif", synthetic("u1"), **options)
    assert spec(source)["spacing"] is None
    source = tmp_path / "imagej.tif"
    metadata = {"axes": "ZYX", "unit": "um"}
    tifffile.imwrite(source, synthetic("u1"), imagej=True, resolution=(2, 2), metadata=metadata)
    assert spec(source)["spacing"] is None


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """A file cut off, or with a few wrong bytes; most of them where the structure is."""
    bad = bytearray(content)
    if rng.random() < 0.3:
        return bytes(bad[: rng.integers(0, len(bad))])
    for _ in range(rng.integers(1, 4)):
        ends = rng.integers(0, 400)
        at = [ends, len(bad) - 1 - ends, rng.integers(0, len(bad))][rng.integers(0, 3)]
        bad[at] ^= 1 << rng.integers(0, 8)
    return bytes(bad)


@pytest.mark.parametrize("codec", CODECS)
def test_damage_is_refused_or_harmless(codec, tmp_path: Path, out: Path):
    rng = np.random.default_rng(23)
    volume = synthetic("u2")
    forms = [{"rowsperstrip": 7}, {"tile": (16, 16), "bigtiff": True, "byteorder": ">"}]
    for form in forms:
        source = write_tiff(tmp_path / "in.tif", volume, compression=codec, **form)
        content = source.read_bytes()
        for _ in range(25):
            source.write_bytes(damaged(content, rng))
            answer = convert(source, out, "--overwrite", "--memory", "256MiB", code=None)
            # A size with a wrong bit can ask for more than the budget.
            assert answer.code in (DONE, INPUT, BUDGET), answer.err
