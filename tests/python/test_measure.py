"""Measurements of objects, against scikit-image and formulas in NumPy."""

import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
from measuring import blobs, measured
from program import run
from scipy import ndimage
from skimage.measure import euler_number, regionprops
from stored import read, write_tiff

TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def check_against_skimage(columns: dict, labels: np.ndarray, spacing: tuple, unit: str, image=None) -> None:
    regions = regionprops(labels, spacing=spacing, intensity_image=image)
    assert list(columns["id"]) == [region.label for region in regions]

    def check(name: str, expected: list, **tolerance: float) -> None:
        np.testing.assert_allclose(columns[name], expected, **(tolerance or TIGHT), err_msg=name)

    check("voxels", [region.num_pixels for region in regions])
    check(f"volume_{unit}3", [region.area for region in regions])
    check(f"equivalent_diameter_{unit}", [region.equivalent_diameter_area for region in regions])
    for axis, name in enumerate("zyx"):
        check(f"centroid_{name}_{unit}", [region.centroid[axis] for region in regions])
        check(f"bbox_start_{name}", [region.bbox[axis] for region in regions])
        check(f"bbox_end_{name}", [region.bbox[axis + 3] for region in regions])
    # Roots of what is almost 0 are rounding alone.
    roots = {"rtol": 1e-9, "atol": 1e-6}
    check(f"axis_major_length_{unit}", [region.axis_major_length for region in regions], **roots)
    check(f"axis_minor_length_{unit}", [region.axis_minor_length for region in regions], **roots)
    check("euler_26", [region.euler_number for region in regions])
    check("euler_6", [euler_number(region.image, 1) for region in regions])
    if image is not None:
        check("intensity_mean", [region.intensity_mean for region in regions])
        check("intensity_std", [region.intensity_std for region in regions])
        check("intensity_min", [region.intensity_min for region in regions])
        check("intensity_max", [region.intensity_max for region in regions])
    check_directions(columns, regions)


def check_directions(columns: dict, regions: list) -> None:
    """The principal axes are eigenvectors of scikit-image's tensor of inertia."""
    for row, region in enumerate(regions):
        inertia = region.inertia_tensor
        eigenvalues = np.linalg.eigvalsh(inertia)
        for name, eigenvalue in (("major", eigenvalues[0]), ("minor", eigenvalues[2])):
            axis = np.array([columns[f"axis_{name}_{a}"][row] for a in "zyx"])
            np.testing.assert_allclose(np.linalg.norm(axis), 1, rtol=1e-12)
            np.testing.assert_allclose(inertia @ axis, eigenvalue * axis, atol=1e-9 * max(1, eigenvalues[2]))


def check_against_numpy(columns: dict, labels: np.ndarray, spacing: tuple, unit: str) -> None:
    z, y, x = spacing
    areas = (y * x, z * x, z * y)
    padded = np.pad(labels, 1)
    border = np.ones(labels.shape, bool)
    border[1:-1, 1:-1, 1:-1] = False
    for row, label in enumerate(columns["id"]):
        own = (padded == label).astype("i1")
        faces = sum(np.abs(np.diff(own, axis=a)).sum() * areas[a] for a in range(3))
        np.testing.assert_allclose(columns[f"face_area_{unit}2"][row], faces, rtol=1e-12)
        assert columns["touches_border"][row] == (labels[border] == label).any()
    diameter = columns[f"equivalent_diameter_{unit}"]
    sphericity = math.pi * diameter**2 / columns[f"surface_{unit}2"]
    np.testing.assert_allclose(columns["sphericity"], sphericity, rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_objects_are_those_of_scikit_image(seed: int, tmp_path: Path):
    generator = np.random.default_rng(seed)
    shape = tuple(generator.integers(20, 60, 3))
    labels = blobs(shape, seed)
    image = generator.integers(0, 60000, shape).astype("u2")
    source = write_tiff(tmp_path / "labels.tif", labels.astype(["u1", "u2", "i2", "i4"][seed]))
    grey = write_tiff(tmp_path / "image.tif", image)
    columns, _ = measured(source, tmp_path / "table.csv", "--image", grey)
    check_against_skimage(columns, labels, (1, 1, 1), "voxel", image)
    check_against_numpy(columns, labels, (1, 1, 1), "voxel")


def test_voxels_that_are_not_cubic(tmp_path: Path):
    labels = blobs((30, 40, 50), 7)
    source = write_tiff(tmp_path / "labels.tif", labels.astype("u2"))
    flags = ["--spacing", "2.5,0.5,0.75", "--unit", "um"]
    columns, said = measured(source, tmp_path / "table.csv", *flags)
    check_against_skimage(columns, labels, (2.5, 0.5, 0.75), "um")
    check_against_numpy(columns, labels, (2.5, 0.5, 0.75), "um")
    assert said["unit"] == "um"


@pytest.mark.parametrize("dtype", ["u1", "i1", "u4", "i4", "u8", "i8", "f4", "f8"])
def test_grey_values_of_every_type(dtype: str, tmp_path: Path):
    labels = blobs((20, 30, 40), 3, 6)
    generator = np.random.default_rng(5)
    if dtype[0] == "f":
        image = generator.normal(1e3, 1, labels.shape).astype(dtype)
    else:
        info = np.iinfo(dtype)
        image = generator.integers(info.min, info.max, labels.shape, dtype, endpoint=True)
    columns, _ = measured(
        write_tiff(tmp_path / "labels.tif", labels.astype("u1")),
        tmp_path / "table.csv",
        "--image",
        write_tiff(tmp_path / "image.tif", image),
    )
    for row, label in enumerate(columns["id"]):
        own = image[labels == label]
        # Whole numbers of 64 bits and floats are added exactly, by Python as well.
        exact = [int(v) for v in own] if dtype[0] != "f" else [float(v) for v in own]
        mean = math.fsum(exact) / len(exact)
        spread = math.fsum((v - mean) ** 2 for v in exact) / len(exact)
        np.testing.assert_allclose(columns["intensity_mean"][row], mean, rtol=1e-15)
        np.testing.assert_allclose(columns["intensity_std"][row], math.sqrt(spread), rtol=1e-12)
        assert columns["intensity_min"][row] == own.min()
        assert columns["intensity_max"][row] == own.max()


def test_nan_is_left_out_and_counted(tmp_path: Path):
    labels = np.zeros((4, 5, 6), "u1")
    labels[0], labels[1], labels[2] = 1, 2, 3
    image = np.full(labels.shape, 2.0, "f4")
    image[0, 0, :3] = np.nan
    image[1, 0, 0] = np.inf
    image[2] = np.nan
    columns, _ = measured(
        write_tiff(tmp_path / "labels.tif", labels),
        tmp_path / "table.csv",
        "--image",
        write_tiff(tmp_path / "image.tif", image),
    )
    assert list(columns["intensity_nan_voxels"]) == [3, 0, 30]
    np.testing.assert_array_equal(columns["intensity_mean"], [2, np.inf, np.nan])
    np.testing.assert_array_equal(columns["intensity_std"], [0, np.nan, np.nan])
    np.testing.assert_array_equal(columns["intensity_max"], [2, np.inf, np.nan])


def balls(shape: tuple[int, ...]) -> tuple[np.ndarray, list[float]]:
    """Balls of known radii, away from one another."""
    labels = np.zeros(shape, "u2")
    generator = np.random.default_rng(4)
    radii = []
    for cell in np.ndindex(*(n // 32 for n in shape)):
        radius = generator.uniform(6, 14)
        centre = np.array(cell) * 32 + 16 + generator.uniform(-1, 1, 3)
        at = np.indices(shape, sparse=True)
        distance = sum((a - c) ** 2 for a, c in zip(at, centre, strict=True))
        radii.append(radius)
        labels[distance <= radius**2] = len(radii)
    return labels, radii


def test_balls_of_known_radii(tmp_path: Path):
    labels, radii = balls((96, 128, 64))
    source = write_tiff(tmp_path / "labels.tif", labels)
    columns, said = measured(source, tmp_path / "table.csv")
    radii = np.array(radii)
    assert said["objects"] == len(radii) == 24
    np.testing.assert_allclose(columns["volume_voxel3"], 4 / 3 * math.pi * radii**3, rtol=0.02)
    np.testing.assert_allclose(columns["surface_voxel2"], 4 * math.pi * radii**2, rtol=0.02)
    np.testing.assert_allclose(columns["sphericity"], 1, atol=0.03)
    np.testing.assert_array_equal(columns["euler_26"], 1)
    assert not columns["touches_border"].any()
    # To the voxel.
    assert said["foreground_voxels"] == np.count_nonzero(labels)
    assert said["background_fraction"] == np.count_nonzero(labels == 0) / labels.size
    for axis, name in enumerate("zyx"):
        others = tuple(a for a in range(3) if a != axis)
        np.testing.assert_array_equal(said["profile"][name], (labels > 0).mean(axis=others))
    assert sum(size["objects"] for size in said["sizes"]) == 24
    np.testing.assert_allclose(said["surface"], columns["surface_voxel2"].sum(), rtol=1e-12)
    assert [row[1] for row in said["largest"]] == sorted(columns["voxels"], reverse=True)[:20]


@pytest.mark.parametrize("spacing", [(1.5, 0.75, 0.5), (0.5, 0.5, 1.0), (1.0, 0.5, 0.5), (2.0, 0.5, 0.5)])
def test_surface_of_a_ball_in_voxels_that_are_not_cubic(spacing: tuple, tmp_path: Path):
    shape = [int(54 / s) for s in spacing]
    centre = [27.3, 26.8, 27.1]
    at = np.meshgrid(*(np.arange(n) * s for n, s in zip(shape, spacing, strict=True)), indexing="ij")
    inside = sum((a - c) ** 2 for a, c in zip(at, centre, strict=True)) <= 25**2
    source = write_tiff(tmp_path / "labels.tif", inside.astype("u1"))
    flags = ["--spacing", ",".join(map(str, spacing)), "--unit", "mm"]
    columns, _ = measured(source, tmp_path / "table.csv", *flags)
    np.testing.assert_allclose(columns["surface_mm2"], 4 * math.pi * 25**2, rtol=0.01)


def test_a_part_of_a_volume_is_a_volume(tmp_path: Path):
    labels = blobs((40, 50, 60), 5)
    source = write_tiff(tmp_path / "labels.tif", labels.astype("u1"))
    columns, said = measured(source, tmp_path / "part.csv", "--roi", "5:30,10:50,0:33")
    part = labels[5:30, 10:50, 0:33]
    alone, _ = measured(write_tiff(tmp_path / "alone.tif", part.astype("u1")), tmp_path / "alone.csv")
    assert said["voxels"] == part.size
    offsets = dict(zip("zyx", (5, 10, 0), strict=True))
    for name, values in columns.items():
        moved = next((offsets[a] for a in "zyx" if f"_{a}" in name and "axis" not in name), 0)
        np.testing.assert_allclose(values, alone[name] + moved if moved else alone[name], atol=1e-9)


def test_nothing_but_background_is_an_empty_table(tmp_path: Path):
    source = write_tiff(tmp_path / "labels.tif", np.zeros((5, 6, 7), "u1"))
    columns, said = measured(source, tmp_path / "table.csv")
    assert said["objects"] == 0
    assert said["background_fraction"] == 1
    assert (tmp_path / "table.csv").read_text().splitlines() == [",".join(columns)]


def test_everything_is_one_object(tmp_path: Path):
    source = write_tiff(tmp_path / "labels.tif", np.full((5, 6, 7), 65536, "u4"))
    columns, said = measured(source, tmp_path / "table.csv")
    assert list(columns["id"]) == [65536]
    assert list(columns["voxels"]) == [210]
    assert list(columns["face_area_voxel2"]) == [2 * (5 * 6 + 5 * 7 + 6 * 7)]
    # The sides of the volume are no surface between phases.
    assert said["surface"] == 0


def test_labels_of_eight_bytes(tmp_path: Path):
    """Labels beyond four bytes, which differ in their high words, their low words, or the last bit only."""
    labels = blobs((30, 31, 32), 9, 8)
    wide = np.array([0, 1, 2**32, 2**32 + 1, 2**40, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1], "u8")
    small, _ = measured(write_tiff(tmp_path / "small.tif", labels.astype("u1")), tmp_path / "small.csv")
    large, _ = measured(write_tiff(tmp_path / "large.tif", wide[labels]), tmp_path / "large.csv")
    np.testing.assert_array_equal(large.pop("id"), wide[small.pop("id")])
    for name, values in small.items():
        np.testing.assert_array_equal(large[name], values)


def test_trabecular_bone_is_scikit_image_s(data: Path, tmp_path: Path):
    source = data / "tiff_stack" / "trabecular_3155_D_4_bc"
    voxels = np.stack([tifffile.imread(path) for path in sorted(source.glob("*.tif"))])
    spacing = ("--spacing", "0.04,0.02,0.02", "--unit", "mm")
    run(source, tmp_path / "labels.ome.zarr", "binary-threshold --lower 60 then label", *spacing)
    labels = read(tmp_path / "labels.ome.zarr").astype("i4")
    flags = ["--image", source, "--memory", "128MiB"]
    columns, said = measured(tmp_path / "labels.ome.zarr", tmp_path / "table.csv", *flags)
    check_against_skimage(columns, labels, (0.04, 0.02, 0.02), "mm", voxels)
    assert said["foreground_fraction"] == (voxels >= 60).mean()
    assert said["euler_26"] == euler_number(voxels >= 60, 3)
    assert said["peak_memory_bytes"] <= 128 << 20


def test_porosity_of_berea_sandstone_is_right_to_the_voxel(data: Path, tmp_path: Path):
    with zipfile.ZipFile(data / "zip" / "berea_400_u8.tif.zip") as packed:
        (name,) = (n for n in packed.namelist() if n.endswith(".tif"))
        source = Path(packed.extract(name, tmp_path))
    run(source, tmp_path / "labels.ome.zarr", "label", "--spacing", "5.345,5.345,5.345", "--unit", "um")
    columns, said = measured(tmp_path / "labels.ome.zarr", tmp_path / "table.csv", "--memory", "256MiB")
    solid = tifffile.imread(source) > 0
    labels, count = ndimage.label(solid)
    assert said["objects"] == count
    assert said["foreground_voxels"] == np.count_nonzero(solid)
    assert said["background_fraction"] == np.count_nonzero(~solid) / solid.size
    np.testing.assert_array_equal(columns["voxels"], np.bincount(labels.ravel())[1:])
    boxes = ndimage.find_objects(labels)
    for axis, name in enumerate("zyx"):
        others = tuple(a for a in range(3) if a != axis)
        np.testing.assert_array_equal(said["profile"][name], solid.mean(axis=others))
        np.testing.assert_array_equal(columns[f"bbox_start_{name}"], [box[axis].start for box in boxes])
        np.testing.assert_array_equal(columns[f"bbox_end_{name}"], [box[axis].stop for box in boxes])
    assert said["peak_memory_bytes"] <= 256 << 20
