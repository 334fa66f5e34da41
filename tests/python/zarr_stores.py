"""Zarr stores made for a test, and the check that they are read exactly."""

from pathlib import Path

import numpy as np
import zarr
from program import convert
from stored import read

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
