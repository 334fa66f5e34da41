"""The coarser levels: every voxel from its definition, and every level in its place."""

import json
import shutil
import signal
from pathlib import Path

import ngff_zarr
import numpy as np
import oracles
import pytest
import tensorstore
from program import DIFFERENT, USAGE, command, convert, run, stop_after, voxsieve
from stored import factors, hashes, levels, read, transform, write_tiff

# Odd sizes: every level has a window that is cut off by the volume's end.
SHAPE = (101, 75, 141)


@pytest.fixture(scope="module", params=["u1", "u2", "f4"])
def image(request, tmp_path_factory) -> tuple[np.ndarray, Path]:
    folder = tmp_path_factory.mktemp("pyramid")
    volume = np.random.default_rng(1).integers(0, 256, SHAPE).astype(request.param)
    convert(write_tiff(folder / "in.tif", volume), folder / "out.ome.zarr", "--chunk", 16)
    return volume, folder / "out.ome.zarr"


def test_means_of_the_full_resolution(image):
    volume, output = image
    assert levels(output) >= 3
    for level in range(1, levels(output)):
        found, expected = read(output, level), oracles.shrink_mean(volume, factors(output, level))
        if volume.dtype == np.float32:
            np.testing.assert_allclose(found, expected, rtol=1e-6)
        else:
            np.testing.assert_array_equal(found, expected)


def test_means_agree_with_tensorstore(image):
    volume, output = image
    expected = downsample(volume, factors(output, 1), "mean")
    # Tensorstore may round an exact half the other way.
    assert np.abs(read(output, 1).astype(np.float64) - expected).max() <= (
        1e-4 if volume.dtype == np.float32 else 1
    )


def downsample(volume: np.ndarray, factor: tuple[int, ...], method: str) -> np.ndarray:
    return tensorstore.downsample(tensorstore.array(volume), factor, method).read().result()


@pytest.fixture(scope="module")
def mask(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("mask")
    volume = np.random.default_rng(2).integers(0, 256, SHAPE).astype("u1")
    source = write_tiff(folder / "in.tif", volume)
    run(source, folder / "out.ome.zarr", "binary-threshold --lower 120 --upper 255", "--chunk", 16)
    return folder / "out.ome.zarr"


def test_masks_are_majorities_of_the_level_below(mask: Path):
    assert levels(mask) >= 3
    finer, before = read(mask), (1, 1, 1)
    for level in range(1, levels(mask)):
        step = tuple(f // b for f, b in zip(factors(mask, level), before, strict=True))
        expected = oracles.shrink_majority(finer, step)
        np.testing.assert_array_equal(read(mask, level), expected)
        assert 0 < (expected != 0).mean() < 1
        finer, before = expected, factors(mask, level)


def test_masks_agree_with_tensorstore(mask: Path):
    expected = downsample(read(mask), factors(mask, 1), "mode")
    np.testing.assert_array_equal(read(mask, 1), expected)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_ramp_proves_the_transforms(axis: int, tmp_path: Path):
    """A volume whose values are positions: every window's mean has to be where its voxel says it is."""
    shape = (64, 80, 96)
    steps = (4.0, 2.0, 2.0)
    along = np.arange(shape[axis], dtype="f4") * steps[axis]
    volume = np.broadcast_to(np.expand_dims(along, [a for a in range(3) if a != axis]), shape)
    output = tmp_path / "out.ome.zarr"
    source = write_tiff(tmp_path / "in.tif", np.ascontiguousarray(volume), spacing=(4.0, 2.0, "um"))
    convert(source, output, "--chunk", 16)
    assert levels(output) >= 3
    for level in range(levels(output)):
        scale, translation = transform(output, level)
        size = read(output, level).shape[axis]
        positions = translation[axis] + scale[axis] * np.arange(size)
        line = np.moveaxis(read(output, level), axis, 0)[:, 0, 0]
        whole = shape[axis] // factors(output, level)[axis]
        np.testing.assert_array_equal(line[:whole], positions[:whole])


def test_levels_of_the_default_chunk(tmp_path: Path):
    """ngff-zarr's rule for chunks of 128: the flat axis stays, the long ones are halved while they may be."""
    source = write_tiff(tmp_path / "in.tif", np.zeros((20, 600, 530), "u1"))
    convert(source, tmp_path / "out.ome.zarr")
    found = [
        read(tmp_path / "out.ome.zarr", level).shape for level in range(levels(tmp_path / "out.ome.zarr"))
    ]
    assert found == [(20, 600, 530), (20, 300, 265), (20, 150, 133)]


METHODS = ["min", "max", "mode"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
def test_other_methods_agree_with_tensorstore(method: str, dtype: str, tmp_path: Path):
    volume = np.random.default_rng(3).integers(0, 50, SHAPE).astype(dtype)
    output = tmp_path / "out.ome.zarr"
    convert(write_tiff(tmp_path / "in.tif", volume), output, "--pyramid", method, "--chunk", 32)
    assert levels(output) >= 2
    expected = volume
    for level in range(1, levels(output)):
        expected = downsample(expected, relative(output, level), method)
        np.testing.assert_array_equal(read(output, level), expected)


def relative(output: Path, level: int) -> tuple[int, ...]:
    """Factors from the level below."""
    pairs = zip(factors(output, level), factors(output, level - 1), strict=True)
    return tuple(above // below for above, below in pairs)


def test_nearest_is_the_voxel_in_the_middle(tmp_path: Path):
    volume = np.random.default_rng(4).integers(0, 60000, SHAPE).astype("u2")
    output = tmp_path / "out.ome.zarr"
    flags = ["--pyramid", "nearest", "--chunk", 16, "--factors", "1,2,2/2/3"]
    convert(write_tiff(tmp_path / "in.tif", volume), output, *flags)
    assert [factors(output, level) for level in range(1, 4)] == [(1, 2, 2), (2, 4, 4), (6, 12, 12)]
    for level in range(1, 4):
        places = [
            np.minimum(np.arange(-(-size // f)) * f + (f - 1) // 2, size - 1)
            for size, f in zip(SHAPE, factors(output, level), strict=True)
        ]
        np.testing.assert_array_equal(read(output, level), volume[np.ix_(*places)])


@pytest.mark.parametrize("flags", [["--factors", "3"], ["--factors", "1,2,2/2,3,3/4"]])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_means_of_any_factor_are_of_the_full_resolution(flags: list[str], dtype: str, tmp_path: Path):
    """Windows that lie across chunks come from the finished full resolution."""
    volume = np.random.default_rng(5).integers(0, 256, SHAPE).astype(dtype)
    output = tmp_path / "out.ome.zarr"
    convert(write_tiff(tmp_path / "in.tif", volume), output, "--chunk", 16, *flags, "--levels", 4)
    assert levels(output) == 4
    for level in range(1, 4):
        expected = oracles.shrink_mean(volume, factors(output, level))
        if dtype == "f4":
            np.testing.assert_allclose(read(output, level), expected, rtol=1e-6)
        else:
            np.testing.assert_array_equal(read(output, level), expected)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_gaussian_agrees_with_ngff_zarr(factor: int, bone_voxels: np.ndarray, tmp_path: Path):
    """ITKWASM_GAUSSIAN in the interior; at the far edges ngff-zarr drops what is no whole window."""
    output = tmp_path / "out.ome.zarr"
    flags = ["--pyramid", "gaussian", "--factors", factor, "--levels", 3, "--chunk", 32]
    convert(write_tiff(tmp_path / "in.tif", bone_voxels), output, *flags)
    image = ngff_zarr.to_ngff_image(bone_voxels, dims=("z", "y", "x"), scale=dict.fromkeys("zyx", 1.0))
    method = ngff_zarr.Methods.ITKWASM_GAUSSIAN
    peer = ngff_zarr.to_multiscales(image, [factor, factor**2], method=method, chunks=128)
    for level in (1, 2):
        theirs = np.asarray(peer.images[level].data).astype(int)
        inner = tuple(slice(2, size - 2) for size in theirs.shape)
        difference = np.abs(read(output, level).astype(int)[inner] - theirs[inner])
        assert difference.max() <= 1
        assert np.ptp(theirs[inner]) > 100
        scale, translation = transform(output, level)
        assert scale == pytest.approx([peer.images[level].scale[axis] for axis in "zyx"])
        assert translation == pytest.approx([peer.images[level].translation[axis] for axis in "zyx"])


@pytest.mark.parametrize("method", ["mean", "gaussian"])
@pytest.mark.parametrize("factor", ["2", "3", "1,2,2"])
def test_a_ramp_proves_every_factor(method: str, factor: str, tmp_path: Path):
    """Values are positions, on anisotropic voxels: inside, each level has to say where it is."""
    grid = np.meshgrid(
        *(np.arange(n) * s for n, s in zip((72, 90, 96), (4, 2, 2), strict=False)), indexing="ij"
    )
    volume = (grid[0] + 3 * grid[1] + 7 * grid[2]).astype("f4")
    output = tmp_path / "out.ome.zarr"
    source = write_tiff(tmp_path / "in.tif", volume, spacing=(4.0, 2.0, "um"))
    convert(source, output, "--pyramid", method, "--factors", factor, "--levels", 3, "--chunk", 16)
    for level in range(3):
        scale, translation = transform(output, level)
        found = read(output, level)
        z, y, x = np.meshgrid(
            *(t + s * np.arange(n) for t, s, n in zip(translation, scale, found.shape, strict=True)),
            indexing="ij",
        )
        inner = (slice(3, -3),) * 3
        np.testing.assert_allclose(found[inner], (z + 3 * y + 7 * x)[inner], rtol=2e-6)


@pytest.mark.parametrize("flags", [["--pyramid", "gaussian"], ["--factors", "3"], ["--pyramid", "max"]])
def test_no_cut_changes_a_level(flags: list[str], bone: Path, tmp_path: Path):
    """Levels in passes of their own: the same bytes for tiles, threads and budgets, killed or not."""
    always = ["--chunk", 32, "--levels", 3, *flags]
    convert(bone, tmp_path / "a.ome.zarr", *always, "--threads", 1, "--memory", "1GiB")
    expected = hashes(tmp_path / "a.ome.zarr", root=False)
    convert(bone, tmp_path / "b.ome.zarr", *always, "--threads", 2, "--tile", 8, "--memory", "40MiB")
    assert hashes(tmp_path / "b.ome.zarr", root=False) == expected
    killed = tmp_path / "c.ome.zarr"
    words = ["convert", bone, killed, *always, "--quiet", "--threads", "1"]
    stop_after(10, signal.SIGKILL, killed, command(*words))
    convert(bone, killed, *always, "--resume")
    assert hashes(killed, root=False) == expected
    verified = voxsieve("verify", killed, "--json")
    assert json.loads(verified.out)["damaged"] == []


def test_verify_recomputes_every_method(bone: Path, tmp_path: Path):
    """Without its journal: what is whole is found whole, one changed level is found."""
    for method in ["mean", "gaussian", "mode", "nearest", "min", "max"]:
        output = tmp_path / f"{method}.ome.zarr"
        convert(bone, output, "--chunk", 32, "--pyramid", method)
        shutil.rmtree(output / ".voxsieve")
        assert json.loads(voxsieve("verify", output, "--json").out)["damaged"] == []
    shutil.rmtree(tmp_path / "mean.ome.zarr" / "1")
    shutil.copytree(tmp_path / "max.ome.zarr" / "1", tmp_path / "mean.ome.zarr" / "1")
    found = voxsieve("verify", tmp_path / "mean.ome.zarr", "--json", code=DIFFERENT)
    assert {damage["path"] for damage in json.loads(found.out)["damaged"]} == {"1"}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--pyramid", "median"], "mean, gaussian, mode, nearest, min or max"),
        (["--factors", "1"], "one of them above 1"),
        (["--factors", "17"], "from 1 to 16"),
        (["--factors", "2,2"], "z,y,x"),
        (["--levels", "0"], "1..=32"),
    ],
)
def test_nonsense_is_refused(flags: list[str], words: str, bone: Path, tmp_path: Path):
    answer = convert(bone, tmp_path / "out.ome.zarr", *flags, code=USAGE)
    assert words in answer.err
    assert not (tmp_path / "out.ome.zarr").exists()


def test_a_mask_is_not_blended(mask: Path, tmp_path: Path):
    for method in ["mean", "gaussian"]:
        answer = convert(mask, tmp_path / "out.ome.zarr", "--pyramid", method, code=USAGE)
        assert "--pyramid" in answer.err
        assert "mode" in answer.err
    for method in ["mode", "nearest", "min", "max"]:
        output = tmp_path / f"{method}.ome.zarr"
        convert(mask, output, "--pyramid", method, "--chunk", 16, "--factors", 3)
        assert levels(output) >= 2
        for level in range(levels(output)):
            assert set(np.unique(read(output, level))) <= {0, 255}


def test_an_image_gets_other_levels_and_chunks(image, tmp_path: Path):
    """Converting an OME-Zarr again changes its levels and chunks, and nothing of the full resolution."""
    volume, first = image
    output = tmp_path / "again.ome.zarr"
    convert(first, output, "--chunk", 32, "--levels", 2, "--factors", "1,3,3")
    np.testing.assert_array_equal(read(output), volume)
    assert levels(output) == 2
    assert factors(output, 1) == (1, 3, 3)
