"""Converting: what is stored is what other readers find in the source, voxel by voxel."""

import warnings
from pathlib import Path

import ngff_zarr
import numpy as np
import ome_zarr.io
import ome_zarr.reader
import pytest
import tifffile
import zarr
from ngff_zarr.validate import validate
from program import convert, voxsieve
from stored import attributes, read, read_tensorstore, transform, units, write_tiff

SCANS = {
    "bone_128x128x128.tif": [1.953125] * 3,
    "shell_225x128x128.tif": [1.0] * 3,
    "snow_u16_le.tif": [1.0] * 3,
}


@pytest.fixture(scope="module", params=SCANS)
def scan(request, data: Path, tmp_path_factory) -> tuple[Path, Path]:
    """A real scan and what it was converted to."""
    source = data / "tiff" / request.param
    output = tmp_path_factory.mktemp("convert") / "scan.ome.zarr"
    convert(source, output)
    return source, output


def test_scan_has_the_voxels_and_spacing_of_the_file(scan):
    source, output = scan
    expected = tifffile.imread(source)
    for found in (read(output), read_tensorstore(output)):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert transform(output) == (SCANS[source.name], [0.0] * 3)
    assert units(output) == [None] * 3


def test_scan_passes_the_schemas(scan):
    for strict in (False, True):
        validate(attributes(scan[1]), version="0.5", model="image", strict=strict)


def test_scan_opens_in_ngff_zarr(scan):
    source, output = scan
    image = ngff_zarr.from_ngff_zarr(str(output), validate=True).images[0]
    assert image.dims == ("z", "y", "x")
    assert list(image.scale.values()) == SCANS[source.name]
    np.testing.assert_array_equal(np.asarray(image.data), tifffile.imread(source))


def test_scan_opens_without_a_warning(scan):
    source, output = scan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        group = zarr.open_group(output, mode="r")
        assert group.metadata.consolidated_metadata is not None
        assert all(isinstance(member, zarr.Array) for _, member in group.members())
        (node,) = ome_zarr.reader.Reader(ome_zarr.io.parse_url(output))()
        np.testing.assert_array_equal(node.data[0].compute(), tifffile.imread(source))


def test_layout_is_chunks_in_shards(scan):
    array = zarr.open_array(scan[1] / "0", mode="r")
    assert array.chunks == (128,) * 3
    assert array.shards == (256,) * 3
    assert array.metadata.dimension_names == ("z", "y", "x")


def synthetic(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    values = np.random.default_rng(5).normal(1000, 400, shape)
    return values.astype(dtype) if dtype == "f4" else values.clip(0, 60000).astype("u2").astype(dtype)


def test_spacing_and_unit_of_imagej(tmp_path: Path):
    volume = synthetic((9, 10, 11), "u2")
    source = write_tiff(tmp_path / "in.tif", volume, spacing=(4.0, 2.5, "um"))
    convert(source, tmp_path / "out.ome.zarr")
    assert transform(tmp_path / "out.ome.zarr")[0] == [4.0, 2.5, 2.5]
    assert units(tmp_path / "out.ome.zarr") == ["micrometer"] * 3


def test_spacing_said_by_the_user(bone: Path, tmp_path: Path):
    convert(bone, tmp_path / "out.ome.zarr", "--spacing", "3,2,1.5", "--unit", "mm")
    assert transform(tmp_path / "out.ome.zarr")[0] == [3, 2, 1.5]
    assert units(tmp_path / "out.ome.zarr") == ["millimeter"] * 3


@pytest.mark.parametrize(
    ("name", "scan_name", "scale", "translation", "unit"),
    [
        ("snow.ngffzarr.v04.ome.zarr", "snow_u16_le.tif", 0.01, [1.5, -2.0, 0.25], "millimeter"),
        ("snow.ngffzarr.v05.ome.zarr", "snow_u16_le.tif", 0.01, [1.5, -2.0, 0.25], "millimeter"),
        ("shell.omezarrpy.v04.ome.zarr", "shell_225x128x128.tif", None, None, None),
        ("shell.omezarrpy.v05.ome.zarr", "shell_225x128x128.tif", None, None, None),
    ],
)
def test_ome_zarr_of_other_writers(name, scan_name, scale, translation, unit, data: Path, tmp_path: Path):
    source, output = data / "ome_zarr" / "written" / name, tmp_path / "out.ome.zarr"
    convert(source, output)
    np.testing.assert_array_equal(read(output), tifffile.imread(data / "tiff" / scan_name))
    image = ngff_zarr.from_ngff_zarr(str(source)).images[0]
    assert transform(output)[0] == pytest.approx([image.scale[axis] for axis in "zyx"], rel=1e-12)
    assert transform(output)[1] == pytest.approx([image.translation[axis] for axis in "zyx"], rel=1e-12)
    if scale is not None:
        assert transform(output) == ([scale] * 3, translation)
        assert units(output) == [unit] * 3


def test_own_output_converts_again(bone: Path, tmp_path: Path):
    first, second = tmp_path / "first.ome.zarr", tmp_path / "second.ome.zarr"
    convert(bone, first)
    convert(first, second, "--chunk", 32)
    np.testing.assert_array_equal(read(second), read(first))
    assert transform(second) == transform(first)
    same = voxsieve("compare", first, second)
    assert same.err == ""


@pytest.mark.parametrize("shape", [(1, 50, 60), (40, 1, 30), (20, 30, 1), (1, 1, 1)])
def test_an_axis_of_one_voxel(shape: tuple[int, ...], tmp_path: Path):
    volume = synthetic(shape, "u2")
    convert(write_tiff(tmp_path / "in.tif", volume), tmp_path / "out.ome.zarr", "--chunk", 16)
    np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), volume)


def test_a_region_keeps_its_place(bone: Path, bone_voxels: np.ndarray, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    convert(bone, output, "--roi", "10:50,20:100,3:128")
    np.testing.assert_array_equal(read(output), bone_voxels[10:50, 20:100, 3:128])
    assert transform(output)[1] == [10 * 1.953125, 20 * 1.953125, 3 * 1.953125]


def test_info_says_what_it_is(bone: Path):
    text = voxsieve("info", bone).out
    for word in ("128", "u8", "1.953125"):
        assert word in text
