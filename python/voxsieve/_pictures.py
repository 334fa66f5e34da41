"""Pictures of a volume: planes as PNG, values as bars."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from voxsieve._volume import Volume


def window(values: NDArray[Any], kind: str) -> tuple[float, float]:
    """Values that become black and white."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if finite.size == 0:
        return 0.0, 1.0
    if kind != "image":
        return 0.0, float(max(1, finite.max()))
    low, high = (float(value) for value in np.percentile(finite, [0.5, 99.5]))
    return (low, high) if high > low else (float(finite.min()), float(max(finite.max(), finite.min() + 1)))


def figure(volume: Volume, name: str, at: int, plane: NDArray[Any], low: float, high: float) -> str:
    """A plane as a picture with what it is below."""
    if volume.kind == "labels":
        pixels = _colours(plane)
    else:
        with np.errstate(invalid="ignore"):
            grey = (plane.astype(np.float64) - low) / (high - low) * 255
        pixels = np.nan_to_num(np.clip(grey, 0, 255)).astype(np.uint8)
    across = {"z": ("y", "x"), "y": ("z", "x"), "x": ("z", "y")}[name]
    source = f"data:image/png;base64,{base64.b64encode(png(pixels)).decode()}"
    return (
        f"<figure><img src='{source}' alt='plane {name} = {at}' style='{_proportion(volume, name, plane)}'>"
        f"<figcaption>{name} = {at} <span>({across[0]} down, {across[1]} right)</span></figcaption></figure>"
    )


def _proportion(volume: Volume, name: str, plane: NDArray[Any]) -> str:
    """Size of a picture in which voxels have the proportions of the world."""
    spacing = volume.spacing or (1.0, 1.0, 1.0)
    down, right = {"z": (1, 2), "y": (0, 2), "x": (0, 1)}[name]
    height, width = plane.shape[0] * spacing[down], plane.shape[1] * spacing[right]
    scale = min(200 / height, 220 / width)
    return f"width:{max(1.0, width * scale):.0f}px;height:{max(1.0, height * scale):.0f}px"


def _colours(labels: NDArray[Any]) -> NDArray[np.uint8]:
    """A colour for each label, black for the background."""
    mixed = labels.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    channels = [
        ((mixed >> np.uint64(shift)) & np.uint64(0x7F)).astype(np.uint8) + np.uint8(96)
        for shift in (40, 48, 56)
    ]
    rgb = np.stack(channels, axis=-1)
    rgb[labels == 0] = 0
    return rgb


def histogram(planes: list[NDArray[Any]]) -> str:
    """The values of the pictures as bars."""
    values = np.concatenate([plane.ravel() for plane in planes])
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    if values.size == 0:
        return ""
    counts, edges = np.histogram(values.astype(np.float64), bins=48)
    heights = np.sqrt(counts / max(1, counts.max())) * 96
    bars = "".join(
        f"<rect x='{4 * i}' y='{100 - height:.1f}' width='3.4' height='{height:.1f}'/>"
        for i, height in enumerate(heights)
    )
    return (
        f"<figure><svg class='vx-hist' width='192' height='104' viewBox='0 0 192 104' "
        f"fill='currentColor'>{bars}"
        "<rect y='100.5' width='192' height='.8' opacity='.4'/></svg>"
        f"<figcaption>{edges[0]:.5g} to {edges[-1]:.5g} <span>(square root of "
        f"counts)</span></figcaption></figure>"
    )


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A picture of grey values (y, x) or colours (y, x, 3) as PNG."""
    height, width = pixels.shape[:2]
    colour = 2 if pixels.ndim == 3 else 0
    rows = np.ascontiguousarray(pixels).reshape(height, -1)
    raw = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, data) for name, data in parts)


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
