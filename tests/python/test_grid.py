"""Other grids of voxels, and the part of a volume that is wanted."""

from pathlib import Path

import numpy as np
import oracles
import pytest
import SimpleITK
from program import USAGE, convert, run, voxsieve
from stored import hashes, levels, read, transform, units, write_tiff

SHAPE = (50, 61, 73)


def volume(dtype: str) -> np.ndarray:
    return np.random.default_rng(6).integers(0, 200, SHAPE).astype(dtype)


@pytest.fixture(scope="module", params=["u1", "u2", "f4"])
def scan(request, tmp_path_factory) -> tuple[np.ndarray, Path]:
    voxels = volume(request.param)
    path = tmp_path_factory.mktemp("scan") / "in.tif"
    return voxels, write_tiff(path, voxels, spacing=(5.0, 2.0, "um"))


@pytest.mark.parametrize(("flag", "factor"), [("2", (2, 2, 2)), ("1,3,4", (1, 3, 4)), ("7", (7, 7, 7))])
def test_bin_is_the_mean(scan, flag: str, factor: tuple[int, ...], tmp_path: Path):
    voxels, source = scan
    output = tmp_path / "out.ome.zarr"
    convert(source, output, "--bin", flag, "--chunk", 16)
    expected = oracles.shrink_mean(voxels, factor)
    if voxels.dtype == np.float32:
        np.testing.assert_allclose(read(output), expected, rtol=1e-6)
    else:
        np.testing.assert_array_equal(read(output), expected)
    scale, translation = transform(output)
    assert scale == pytest.approx([f * s for f, s in zip(factor, (5, 2, 2), strict=True)])
    expected_origin = [(f - 1) / 2 * s for f, s in zip(factor, (5, 2, 2), strict=True)]
    assert translation == pytest.approx(expected_origin)
    assert units(output) == ["micrometer"] * 3


def test_bin_before_filters(scan, tmp_path: Path):
    """Voxel parameters mean the voxels that are left; no cut of the work shows."""
    voxels, source = scan
    convert(source, tmp_path / "binned.ome.zarr", "--bin", 2, "--chunk", 16)
    run(tmp_path / "binned.ome.zarr", tmp_path / "a.ome.zarr", "median --radius 2", "--chunk", 16)
    steps = ["median --radius 2", "--bin", 2, "--chunk", 16]
    run(source, tmp_path / "b.ome.zarr", *steps)
    run(source, tmp_path / "c.ome.zarr", *steps, "--tile", 4, "--threads", 1, "--memory", "32MiB")
    expected = hashes(tmp_path / "a.ome.zarr", root=False)
    assert hashes(tmp_path / "b.ome.zarr", root=False) == expected
    assert hashes(tmp_path / "c.ome.zarr", root=False) == expected


def test_bin_from_chunks(scan, tmp_path: Path):
    """A chunked source gives what an uncompressed file gives."""
    voxels, source = scan
    convert(source, tmp_path / "chunks.ome.zarr", "--chunk", 16)
    for flag in ["2", "3", "1,3,4"]:
        convert(source, tmp_path / f"a{flag}.ome.zarr", "--bin", flag, "--chunk", 16)
        convert(tmp_path / "chunks.ome.zarr", tmp_path / f"b{flag}.ome.zarr", "--bin", flag, "--chunk", 16)
        expected = hashes(tmp_path / f"a{flag}.ome.zarr", root=False)
        assert hashes(tmp_path / f"b{flag}.ome.zarr", root=False) == expected


@pytest.mark.parametrize("spacing", [(5.0, 2.0), (2.0, 3.0)])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_isotropic_is_linear_interpolation(spacing: tuple, dtype: str, tmp_path: Path):
    voxels = volume(dtype)
    source = write_tiff(tmp_path / "in.tif", voxels, spacing=(*spacing, "um"))
    output = tmp_path / "out.ome.zarr"
    convert(source, output, "--isotropic", "--chunk", 16)
    edge = min(spacing)
    scale, origin = transform(output)
    assert scale == pytest.approx([edge] * 3)
    found = read(output).astype(float)
    image = SimpleITK.GetImageFromArray(voxels.astype("f8"))
    image.SetSpacing((spacing[1], spacing[1], spacing[0]))
    size = [int(n) for n in reversed(found.shape)]
    resampled = SimpleITK.Resample(
        image, size, SimpleITK.Transform(), SimpleITK.sitkLinear, origin[::-1], [edge] * 3
    )
    expected = SimpleITK.GetArrayFromImage(resampled)
    assert found.shape == tuple(
        round(n * s / edge) for n, s in zip(SHAPE, (spacing[0], spacing[1], spacing[1]), strict=True)
    )
    # SimpleITK gives 0 outside of the outermost voxels' edges, which rounding a size up can reach.
    inside = tuple(
        slice(0, int(np.floor(n * s / edge + 1e-9)))
        for n, s in zip(SHAPE, (spacing[0], spacing[1], spacing[1]), strict=True)
    )
    limit = 0.5001 if dtype == "u1" else 1e-4
    assert np.abs(found - expected)[inside].max() <= limit


def test_isotropic_labels_are_not_blended(tmp_path: Path):
    mask = (volume("u1") > 100).astype("u1") * 255
    source = write_tiff(tmp_path / "in.tif", mask, spacing=(5.0, 2.0, "um"))
    run(source, tmp_path / "mask.ome.zarr", "binary-threshold --lower 100")
    convert(tmp_path / "mask.ome.zarr", tmp_path / "out.ome.zarr", "--isotropic")
    found = read(tmp_path / "out.ome.zarr")
    assert found.shape == (125, 61, 73)
    assert set(np.unique(found)) == {0, 255}
    places = np.floor((np.arange(125) + 0.5) * 2 / 5).astype(int)
    np.testing.assert_array_equal(found, mask[places])


def test_isotropic_needs_a_voxel_size(tmp_path: Path):
    source = write_tiff(tmp_path / "in.tif", volume("u1"))
    answer = convert(source, tmp_path / "out.ome.zarr", "--isotropic", code=USAGE)
    assert "--spacing" in answer.err
    convert(source, tmp_path / "out.ome.zarr", "--isotropic", "--spacing", "2,1,1", "--unit", "mm")
    assert read(tmp_path / "out.ome.zarr").shape == (100, 61, 73)


def test_a_region_is_given_in_full_resolution(tmp_path: Path):
    """Whatever the level or the bins: every voxel that has a part in the region."""
    voxels = volume("u1")
    source = write_tiff(tmp_path / "in.tif", voxels, spacing=(5.0, 2.0, "um"))
    scan = tmp_path / "scan.ome.zarr"
    convert(source, scan, "--chunk", 16)
    assert levels(scan) >= 2
    roi = ["--roi", "9:41,10:30,3:50"]
    part = (slice(4, 21), slice(5, 15), slice(1, 25))
    convert(scan, tmp_path / "level.ome.zarr", "--level", 1, *roi)
    np.testing.assert_array_equal(read(tmp_path / "level.ome.zarr"), read(scan, 1)[part])
    convert(scan, tmp_path / "bin.ome.zarr", "--bin", 2, *roi)
    np.testing.assert_array_equal(read(tmp_path / "bin.ome.zarr"), read(scan, 1)[part])
    for output in ["level.ome.zarr", "bin.ome.zarr"]:
        assert transform(tmp_path / output)[1] == pytest.approx([5 * 8.5, 2 * 10.5, 2 * 2.5])
    answer = convert(scan, tmp_path / "no.ome.zarr", "--level", 1, "--roi", "0:51,0:1,0:1", code=USAGE)
    assert "0:50,0:61,0:73" in answer.err


@pytest.mark.parametrize(
    "flags", [["--bin", "0"], ["--bin", "65"], ["--bin", "2", "--isotropic"], ["--bin", "2,2"]]
)
def test_nonsense_is_refused(flags: list[str], scan, tmp_path: Path):
    answer = voxsieve("convert", scan[1], tmp_path / "out.ome.zarr", *flags, code=USAGE)
    assert "--bin" in answer.err
    assert not (tmp_path / "out.ome.zarr").exists()
