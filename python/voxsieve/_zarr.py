"""Arrays and groups of zarr-python as volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from voxsieve._errors import ParameterError
from voxsieve._geometry import UNITS
from voxsieve._sources import Held, Place


def levels_of_zarr(node: Any) -> list[Held]:
    """The scale levels of a group, or one array."""
    if hasattr(node, "dtype"):
        return [Held(node, "zarr array", chunks=_chunks(node))]
    attributes = dict(node.attrs)
    document = attributes.get("ome", attributes)
    if "multiscales" not in document:
        raise ParameterError(
            "the zarr group is no OME-Zarr image: it has no multiscales; open one of its arrays"
        )
    image = document["multiscales"][0]
    axes = [axis if isinstance(axis, str) else axis["name"] for axis in image.get("axes", "tczyx")]
    units = {
        axis.get("unit") for axis in image.get("axes", []) if isinstance(axis, dict) and axis["name"] in "zyx"
    }
    unit = units.pop() if len(units) == 1 else None
    outer = image.get("coordinateTransformations", [])
    return [
        Held(
            node[level["path"]],
            "zarr group",
            _place(
                [*level.get("coordinateTransformations", []), *outer], axes, unit if unit in UNITS else None
            ),
            dims=axes,
            chunks=_chunks(node[level["path"]]),
        )
        for level in image["datasets"]
    ]


def _place(transforms: list[dict[str, Any]], axes: list[str], unit: str | None) -> Place:
    """Scale and translation of the last three axes, one transformation after the other."""
    scale, origin, known = [1.0] * len(axes), [0.0] * len(axes), False
    for transform in transforms:
        if "scale" in transform:
            known = True
            scale = [a * b for a, b in zip(scale, transform["scale"], strict=True)]
            origin = [a * b for a, b in zip(origin, transform["scale"], strict=True)]
        if "translation" in transform:
            origin = [a + b for a, b in zip(origin, transform["translation"], strict=True)]
    z, y, x = (axes.index(name) for name in "zyx")
    spacing = (scale[z], scale[y], scale[x]) if known else None
    return Place(spacing=spacing, origin=(origin[z], origin[y], origin[x]), unit=unit)


def _chunks(array: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in array.chunks)


def folder_of(node: Any) -> Path | None:
    """The folder of an array or group in a local store, which is read from there without Python."""
    store = getattr(node, "store", None)
    root = getattr(store, "root", None)
    if type(store).__name__ != "LocalStore" or root is None:
        return None
    return Path(root) / str(getattr(node, "path", "")).strip("/")
