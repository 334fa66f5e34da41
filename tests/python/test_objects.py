"""Labels and what follows from objects, against SciPy and scikit-image."""

import signal
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage.filters
import skimage.morphology
import skimage.segmentation
import tifffile
import zarr
from program import (
    INTERRUPTED,
    OCCUPIED,
    USAGE,
    command,
    convert,
    partial,
    projection,
    run,
    stop_when,
    voxsieve,
)
from scipy import ndimage
from stored import attributes, hashes, levels, read, write_tiff

RANKS = {6: 1, 18: 2, 26: 3}
# Chunks of 16 make tiles of 32 voxels: whole shards.
CHUNKS = [16, 64, 128]


def labelled(voxels: np.ndarray, connectivity: int) -> np.ndarray:
    return ndimage.label(voxels, ndimage.generate_binary_structure(3, RANKS[connectivity]))[0]


def stored(voxels: np.ndarray, folder: Path, steps: str, *flags: object) -> np.ndarray:
    source = write_tiff(folder / "in.tif", voxels)
    run(source, folder / "out.ome.zarr", steps, "--overwrite", *flags)
    return read(folder / "out.ome.zarr")


def random_mask(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    if generator.random() < 0.5:
        return generator.random(shape) < generator.choice([0.02, 0.1, 0.2, 0.312, 0.5, 0.8, 0.98])
    return ndimage.gaussian_filter(generator.random(shape), generator.uniform(0.5, 2)) > 0.5


@pytest.mark.parametrize("seed", range(20))
def test_random_masks_in_any_chunks_are_scipy_s(seed: int, tmp_path: Path):
    generator = np.random.default_rng(seed)
    for _ in range(10):
        shape = tuple(generator.integers(1, 72, 3))
        mask = random_mask(generator, shape)
        connectivity = int(generator.choice([6, 18, 26]))
        flags = ["--chunk", generator.choice(CHUNKS), "--threads", generator.integers(1, 3)]
        found = stored(mask.astype("u1"), tmp_path, f"label --connectivity {connectivity}", *flags)
        np.testing.assert_array_equal(found, labelled(mask, connectivity), f"{shape} {connectivity} {flags}")


def spiral(size: int) -> np.ndarray:
    """A path that winds inwards in every second plane; two planes and two are joined at its begin."""
    plane = np.zeros((size, size), bool)
    low, high = 0, size - 1
    while low < high:
        plane[low, low : high + 1] = plane[low : high + 1, high] = plane[high, low : high + 1] = True
        plane[low + 2 : high + 1, low] = True
        plane[low + 2, low : low + 2] = True
        low, high = low + 2, high - 2
    volume = np.zeros((size, size, size), bool)
    volume[::2] = plane
    volume[1::4, 0, 0] = True
    return volume


def comb(size: int) -> np.ndarray:
    """Teeth that cross every tile and meet only in the last row: all numbers but one go at the very end."""
    volume = np.zeros((size, size, size), bool)
    volume[:, :, ::2] = volume[:, -1, :] = True
    volume[::2, :-1] = False
    return volume


ADVERSARIES = {
    "salt at the threshold of 6": lambda: np.random.default_rng(1).random((97, 70, 83)) < 0.3116,
    "salt at the threshold of 26": lambda: np.random.default_rng(2).random((97, 70, 83)) < 0.0976,
    "spiral": lambda: spiral(67),
    "comb": lambda: comb(71),
    "chessboard": lambda: np.indices((66, 34, 65)).sum(0) % 2 == 0,
    "ones": lambda: np.ones((70, 33, 65), bool),
    "zeros": lambda: np.zeros((33, 70, 40), bool),
    "sheet": lambda: np.eye(97, dtype=bool)[:, None, :].repeat(64, 1),
    "one voxel": lambda: np.ones((1, 1, 1), bool),
    "one row": lambda: np.arange(131).reshape(1, 1, 131) % 3 > 0,
    "primes": lambda: np.random.default_rng(3).random((31, 37, 101)) < 0.4,
}


@pytest.mark.parametrize("name", ADVERSARIES)
@pytest.mark.parametrize("connectivity", RANKS)
def test_adversaries_are_scipy_s(name: str, connectivity: int, tmp_path: Path):
    mask = ADVERSARIES[name]()
    for chunk in CHUNKS:
        found = stored(
            mask.astype("u1") * 255, tmp_path, f"label --connectivity {connectivity}", "--chunk", chunk
        )
        np.testing.assert_array_equal(found, labelled(mask, connectivity))


@pytest.fixture(scope="module")
def berea(data: Path, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("berea")
    with zipfile.ZipFile(data / "zip" / "berea_400_u8.tif.zip") as packed:
        (name,) = (n for n in packed.namelist() if n.endswith(".tif"))
        return Path(packed.extract(name, folder))


def test_pores_of_berea_sandstone_are_scipy_s(berea: Path, tmp_path: Path):
    voxels = tifffile.imread(berea)
    for connectivity in RANKS:
        expected = labelled(voxels, connectivity)
        for flags in (["--chunk", 128], ["--chunk", 64, "--memory", "160MiB"]):
            run(
                berea,
                tmp_path / "out.ome.zarr",
                f"label --connectivity {connectivity}",
                *flags,
                "--overwrite",
            )
            np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), expected)


def test_trabecular_bone_is_scipy_s(data: Path, tmp_path: Path):
    source = data / "tiff_stack" / "trabecular_3155_D_4_bc"
    voxels = np.stack([tifffile.imread(path) for path in sorted(source.glob("*.tif"))])
    run(source, tmp_path / "out.ome.zarr", "binary-threshold --lower 60 then label --connectivity 26")
    np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), labelled(voxels >= 60, 26))


def test_more_objects_than_two_bytes_can_number(tmp_path: Path):
    mask = np.zeros((90, 90, 90), "u1")
    mask[::2, ::2, ::2] = 1
    found = stored(mask, tmp_path, "label")
    assert found.dtype == np.uint32
    np.testing.assert_array_equal(found[mask > 0], np.arange(1, 91125 + 1))
    assert {256, 65536} <= set(np.unique(found))
    wide = stored(mask, tmp_path, "label --dtype u64")
    assert wide.dtype == np.uint64
    np.testing.assert_array_equal(wide, found)


def test_labels_say_what_they_are(tmp_path: Path):
    mask = random_mask(np.random.default_rng(5), (140, 150, 160))
    found = stored(mask.astype("u1"), tmp_path, "label", "--chunk", 32)
    output = tmp_path / "out.ome.zarr"
    assert levels(output) > 1
    # A label of a coarser level is one of the finer level, never a mean.
    for level in range(1, levels(output)):
        assert set(np.unique(read(output, level))) <= set(np.unique(found))
    assert "image-label" in str(attributes(output))
    assert attributes(output)["voxsieve"]["found"][0]["found"]["objects"] == found.max()


def test_values_that_touch_can_be_kept_apart(tmp_path: Path):
    generator = np.random.default_rng(7)
    voxels = generator.integers(0, 3, (45, 70, 66)).astype("u2")
    for connectivity in RANKS:
        found = stored(voxels, tmp_path, f"label --join equal --connectivity {connectivity}", "--chunk", 16)
        expected = skimage.measure.label(voxels, background=0, connectivity=RANKS[connectivity])
        np.testing.assert_array_equal(found > 0, expected > 0)
        pairs = np.unique(np.stack([found.ravel(), expected.ravel()]), axis=1)
        assert pairs.shape[1] == found.max() + 1 == expected.max() + 1
        first = ndimage.minimum(np.arange(found.size).reshape(found.shape), found, range(1, found.max() + 1))
        assert (np.diff(first) > 0).all()


def test_not_a_number_is_background(tmp_path: Path):
    voxels = np.random.default_rng(8).choice([0, 1, -3, np.nan], (20, 40, 50)).astype("f4")
    expected = labelled(np.nan_to_num(voxels), 6)
    np.testing.assert_array_equal(stored(voxels, tmp_path, "label", "--chunk", 16), expected)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_cleaning_is_scikit_image_s(chunk: int, tmp_path: Path):
    mask = random_mask(np.random.default_rng(11), (71, 66, 75)) | (
        np.random.default_rng(1).random((71, 66, 75)) < 0.1
    )

    def cleaned(steps: str) -> np.ndarray:
        return stored(mask.astype("u1") * 255, tmp_path, steps, "--chunk", chunk) > 0

    for connectivity, rank in RANKS.items():
        words = f"--connectivity {connectivity}"
        large = skimage.morphology.remove_small_objects(mask, max_size=19, connectivity=rank)
        np.testing.assert_array_equal(cleaned(f"remove-small --min-volume 20 {words}"), large)
        labels = labelled(mask, connectivity)
        edge = np.ones_like(mask)
        edge[1:-1, 1:-1, 1:-1] = False
        inner = mask & ~np.isin(labels, np.unique(labels[edge & mask]))
        np.testing.assert_array_equal(cleaned(f"clear-border {words}"), inner)
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        order = np.lexsort([np.arange(sizes.size), -sizes])
        np.testing.assert_array_equal(
            cleaned(f"keep-largest --count 3 {words}"), np.isin(labels, order[:3]) & mask
        )
        structure = ndimage.generate_binary_structure(3, rank)
        filled = ndimage.binary_fill_holes(~mask, structure)
        hollow = stored((~mask).astype("u1"), tmp_path, f"fill-holes {words}", "--chunk", chunk)
        np.testing.assert_array_equal(hollow, filled * np.uint8(255))


def test_hysteresis_is_scikit_image_s(bone: Path, bone_voxels: np.ndarray, tmp_path: Path):
    run(bone, tmp_path / "out.ome.zarr", "hysteresis-threshold --lower 80 --upper 200", "--chunk", 32)
    expected = skimage.filters.apply_hysteresis_threshold(bone_voxels, 79, 199)
    np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), expected * np.uint8(255))


def test_relabelling(tmp_path: Path):
    mask = random_mask(np.random.default_rng(12), (60, 61, 62))
    labels = labelled(mask, 6)
    names = np.random.default_rng(0).permutation(labels.max()) * 3 + 1
    shuffled = np.concatenate([[0], names]).astype("u4")[labels]
    source = write_tiff(tmp_path / "in.tif", shuffled)
    for chunk in CHUNKS:
        run(source, tmp_path / "out.ome.zarr", "relabel", "--chunk", chunk, "--overwrite")
        np.testing.assert_array_equal(read(tmp_path / "out.ome.zarr"), labels)
        run(source, tmp_path / "size.ome.zarr", "relabel --by size", "--chunk", chunk, "--overwrite")
        sizes = np.bincount(read(tmp_path / "size.ome.zarr").ravel())[1:]
        assert (np.diff(sizes) <= 0).all()


def test_steps_behind_objects_are_stages_of_their_own(bone: Path, bone_voxels: np.ndarray, out: Path):
    steps = "binary-threshold --lower 100 then fill-holes then remove-small --min-volume 50"
    steps += " then label then maximum"
    run(bone, out, steps, "--chunk", 32)
    filled = ndimage.binary_fill_holes(bone_voxels >= 100)
    expected = labelled(skimage.morphology.remove_small_objects(filled, max_size=49), 6)
    np.testing.assert_array_equal(read(out), ndimage.maximum_filter(expected, 3, mode="nearest"))
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert projection(bone, out.with_name("other.ome.zarr"), steps)["passes"] == 7


def test_a_region_of_interest_is_all_there_is(bone: Path, bone_voxels: np.ndarray, out: Path):
    run(
        bone,
        out,
        "median then binary-threshold --lower 90 then label",
        "--roi",
        "20:90,13:100,5:128",
        "--chunk",
        32,
    )
    smooth = ndimage.median_filter(bone_voxels, 3, mode="nearest")
    np.testing.assert_array_equal(read(out), labelled(smooth[20:90, 13:100, 5:128] >= 90, 6))


@pytest.mark.parametrize("ome", ["0.4", "0.5"])
def test_labels_inside_an_image(ome: str, bone: Path, bone_voxels: np.ndarray, out: Path):
    convert(bone, out, "--chunk", 32, "--ome", ome)
    words = ["--into", out, "--name", "pores", "--chunk", 32, "--sync", "none", "--quiet"]
    voxsieve("run", out, *words, *["binary-threshold", "--lower", "90", "then", "label"])
    expected = labelled(bone_voxels >= 90, 6)
    np.testing.assert_array_equal(read(out / "labels" / "pores"), expected)
    voxsieve("run", out, *words[:2], "--name", "mask", *words[4:], "otsu")
    group = zarr.open_group(out, mode="r")
    assert "labels/pores/0" in dict(group.members(max_depth=None))
    listed = group["labels"].attrs.asdict()
    assert listed.get("ome", listed)["labels"] == ["pores", "mask"]
    found = attributes(out / "labels" / "pores")
    assert found.get("ome", found)["image-label"]["source"] == {"image": "../../"}
    # The image is as good as before, and the labels are refused where they do not fit.
    np.testing.assert_array_equal(read(out), bone_voxels)
    voxsieve("verify", out)
    refused = voxsieve("run", out, *words, "--overwrite", "--bin", 2, "label", code=USAGE)
    assert "same grid" in refused.err
    assert "grey values" in voxsieve("run", out, *words, "--overwrite", "median", code=USAGE).err
    assert "OME-Zarr" in voxsieve("run", out, "--into", bone, "label", code=USAGE).err


STEPS = "binary-threshold --lower 30 then label"


@pytest.fixture(scope="module")
def noisy(tmp_path_factory) -> Path:
    voxels = np.random.default_rng(13).integers(0, 100, (260, 200, 210), "u1")
    return write_tiff(tmp_path_factory.mktemp("noisy") / "in.tif", voxels)


@pytest.fixture(scope="module")
def whole(noisy: Path, tmp_path_factory) -> dict[str, str]:
    output = tmp_path_factory.mktemp("whole") / "out.ome.zarr"
    run(noisy, output, STEPS, "--chunk", 64)
    return hashes(output)


@pytest.mark.parametrize(
    "flags", [("--threads", 1), ("--threads", 2, "--memory", "96MiB"), ("--memory", "2GiB")]
)
def test_budget_and_threads_change_no_byte(flags, noisy: Path, whole, out: Path):
    run(noisy, out, STEPS, "--chunk", 64, *flags)
    assert hashes(out) == whole


@pytest.mark.parametrize("file", ["tables/parts", "tables/lists", "tables/settled.json", "journal"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_between_and_within_the_passes(file: str, how, noisy: Path, whole, out: Path):
    words = command("run", noisy, out, *STEPS.split(), "--chunk", 64, "--threads", 1)
    state = partial(out) / ".voxsieve"

    def reached() -> bool:
        return any(path.stat().st_size > 0 for path in state.glob(f"{file}*"))

    assert stop_when(reached, how, words).code in (-signal.SIGKILL, INTERRUPTED)
    run(noisy, out, STEPS, "--chunk", 64, code=OCCUPIED)
    run(noisy, out, STEPS, "--chunk", 64, "--resume", "--memory", "1GiB")
    assert hashes(out) == whole
    assert not list((out / ".voxsieve").glob("tables*"))


def test_memory_is_the_budget_s(noisy: Path, out: Path):
    report = run(noisy, out, STEPS, "--chunk", 64, "--memory", "96MiB", "--json").report()
    assert report["peak_memory_bytes"] <= 96 << 20


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        ("label --connectivity 8", ["connectivity", "6, 18, 26"]),
        ("label --dtype u16", ["dtype", "u32, u64"]),
        ("remove-small --min-volume -3", ["min-volume", "0"]),
        ("remove-small --min-volume 3um", ["min-volume", "0.5mm3"]),
        ("remove-small --min-volume 3um3", ["min-volume", "--spacing"]),
        ("keep-largest --count 0", ["count", "1"]),
        ("keep-largest --count 1.5", ["count", "whole"]),
        ("hysteresis-threshold --lower 5 --upper 3", ["lower", "upper"]),
        ("hysteresis-threshold --lower 5", ["upper", "given"]),
        ("cast --dtype f32 then relabel", ["f32", "whole"]),
        ("cast --dtype f32 then label --join equal", ["f32", "whole"]),
    ],
)
def test_what_makes_no_sense_is_refused(steps: str, names: list[str], tmp_path: Path):
    source = write_tiff(tmp_path / "in.tif", np.zeros((4, 5, 6), "u1"))
    answer = run(source, tmp_path / "out.ome.zarr", steps, code=USAGE)
    assert all(name in answer.err for name in names), answer.err
    assert not (tmp_path / "out.ome.zarr").exists()


def test_volumes_in_physical_units(bone: Path, bone_voxels: np.ndarray, tmp_path: Path):
    flags = ["--spacing", "2,3,4", "--unit", "um"]
    steps = "binary-threshold --lower 150 then remove-small --min-volume"
    run(bone, tmp_path / "a.ome.zarr", f"{steps} 1200um3", *flags)
    expected = skimage.morphology.remove_small_objects(bone_voxels >= 150, max_size=49)
    np.testing.assert_array_equal(read(tmp_path / "a.ome.zarr") > 0, expected)
