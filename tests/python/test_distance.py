"""Distances to the background, over whole lines and up to a limit, against SciPy."""

import signal
from pathlib import Path

import numpy as np
import pytest
from program import INTERRUPTED, OCCUPIED, command, partial, projection, run, stop_when
from scipy import ndimage
from stored import attributes, hashes, read, write_tiff

CUBIC, OBLONG = (1, 1, 1), (2.5, 1, 0.7)


def stored(voxels: np.ndarray, folder: Path, steps: str, *flags: object) -> np.ndarray:
    source = write_tiff(folder / "in.tif", voxels)
    run(source, folder / "out.ome.zarr", steps, "--overwrite", *flags)
    return read(folder / "out.ome.zarr")


def spaced(spacing: tuple[float, ...]) -> list[str]:
    return ["--spacing", ",".join(map(str, spacing)), "--unit", "um"]


def grains(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Blobs with a deep void and a margin without background."""
    mask = ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), 1.5) > 0.5
    return mask | (np.indices(shape)[2] > shape[2] // 2)


def check(found: np.ndarray, mask: np.ndarray, spacing: tuple[float, ...]) -> None:
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ndimage.distance_transform_edt(mask, sampling=spacing), rtol=1e-6)


@pytest.mark.parametrize("chunk", [16, 64, 128])
@pytest.mark.parametrize("spacing", [CUBIC, (0.4, 0.4, 0.4), OBLONG])
def test_whole_lines_are_scipy_s(chunk: int, spacing: tuple[float, ...], tmp_path: Path):
    mask = grains(5, (83, 70, 131))
    found = stored(mask.astype("u1"), tmp_path, "distance-transform", *spaced(spacing), "--chunk", chunk)
    check(found, mask, spacing)
    assert found.max() > 50 * min(spacing)
    background = attributes(tmp_path / "out.ome.zarr")["voxsieve"]["found"][0]["found"]
    assert background == {"background_voxels": int((~mask).sum())}


@pytest.mark.parametrize("seed", range(8))
def test_any_shape_and_type_is_scipy_s(seed: int, tmp_path: Path):
    generator = np.random.default_rng(seed)
    shape = tuple(generator.choice([1, 2, 3, 17, 31, 64, 101], 3))
    mask = generator.random(shape) > generator.choice([0.001, 0.1, 0.6])
    mask[0, 0, 0] = False
    voxels = mask.astype(generator.choice(["u1", "u2", "f4"])) * 7
    if voxels.dtype == np.float32:
        # Below zero is foreground, and what is no number is background.
        voxels[mask] *= generator.choice([-1, 1], mask.sum())
        voxels[0, 0, 0] = np.nan
    spacing = CUBIC if seed % 2 else OBLONG
    flags = [*spaced(spacing), "--chunk", generator.choice([16, 48]), "--threads", generator.integers(1, 3)]
    check(stored(voxels, tmp_path, "distance-transform", *flags), mask, spacing)


@pytest.mark.parametrize("chunk", [16, 64])
@pytest.mark.parametrize("spacing", [CUBIC, OBLONG])
def test_up_to_a_limit_is_scipy_s(chunk: int, spacing: tuple[float, ...], tmp_path: Path):
    mask = grains(21, (40, 51, 47))
    words = [*spaced(spacing), "--chunk", chunk]
    found = stored(mask.astype("u1"), tmp_path, "distance-transform --limit 9um", *words)
    expected = np.minimum(ndimage.distance_transform_edt(mask, sampling=spacing), 9)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    whole = stored(np.ones_like(mask).astype("u1"), tmp_path, "distance-transform --limit 3")
    assert (whole == 3).all()


def test_without_background_distances_are_infinite(tmp_path: Path):
    found = stored(np.ones((20, 21, 22), "u1"), tmp_path, "distance-transform")
    assert np.isposinf(found).all()
    assert (stored(np.zeros((20, 21, 22), "u1"), tmp_path, "distance-transform") == 0).all()


def test_only_the_region_of_interest_is_seen(tmp_path: Path):
    mask = grains(3, (60, 50, 70))
    steps = "distance-transform"
    found = stored(mask.astype("u1"), tmp_path, steps, "--roi", "7:51,3:49,11:66", "--chunk", 32)
    check(found, mask[7:51, 3:49, 11:66], CUBIC)


def test_between_other_steps(tmp_path: Path):
    voxels = np.random.default_rng(9).integers(0, 100, (61, 50, 72), "u1")
    steps = (
        "median --radius 1 then binary-threshold --lower 45 then distance-transform then maximum --radius 2"
    )
    found = stored(voxels, tmp_path, steps, "--chunk", 32)
    mask = ndimage.median_filter(voxels, 3, mode="nearest") >= 45
    distances = ndimage.distance_transform_edt(mask).astype("f4")
    np.testing.assert_allclose(found, ndimage.maximum_filter(distances, 5, mode="nearest"), rtol=1e-6)


@pytest.fixture(scope="module")
def scan(tmp_path_factory) -> Path:
    mask = grains(13, (200, 190, 210)).astype("u1")
    return write_tiff(tmp_path_factory.mktemp("scan") / "in.tif", mask)


@pytest.fixture(scope="module")
def whole(scan: Path, tmp_path_factory) -> dict[str, str]:
    output = tmp_path_factory.mktemp("whole") / "out.ome.zarr"
    run(scan, output, "distance-transform", "--chunk", 64)
    return hashes(output)


@pytest.mark.parametrize(
    "flags", [("--threads", 1), ("--threads", 2, "--memory", "64MiB"), ("--memory", "2GiB")]
)
def test_budget_and_threads_change_no_byte(flags, scan: Path, whole, out: Path):
    report = run(scan, out, "distance-transform", "--chunk", 64, "--json", *flags).report()
    assert hashes(out) == whole
    assert report["peak_memory_bytes"] <= report["budget_bytes"]


@pytest.mark.parametrize("file", ["tables/foreground", "tables/squared", "tables/settled.json", "journal"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_between_and_within_the_passes(file: str, how, scan: Path, whole, out: Path):
    words = command("run", scan, out, "distance-transform", "--chunk", 64, "--threads", 1)
    state = partial(out) / ".voxsieve"

    def reached() -> bool:
        return any(path.stat().st_size > 0 for path in state.glob(f"{file}*"))

    assert stop_when(reached, how, words).code in (-signal.SIGKILL, INTERRUPTED)
    run(scan, out, "distance-transform", "--chunk", 64, code=OCCUPIED)
    run(scan, out, "distance-transform", "--chunk", 64, "--resume", "--memory", "1GiB")
    assert hashes(out) == whole
    assert not (out / ".voxsieve" / "tables").exists()


def test_plan_counts_the_scratch_files(scan: Path, out: Path):
    voxels = 200 * 190 * 210
    cubic = projection(scan, out, "distance-transform")
    assert cubic["table_bytes"] == 5 * voxels
    assert cubic["passes"] == 2
    assert projection(scan, out, "distance-transform", *spaced(OBLONG))["table_bytes"] == 9 * voxels
    assert projection(scan, out, "distance-transform --limit 5")["table_bytes"] == 0
