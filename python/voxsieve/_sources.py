"""Objects of other libraries as sources of voxels: read block by block, converted block by block."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from voxsieve._errors import ParameterError, UnsupportedError
from voxsieve._geometry import DIMS, Triple
from voxsieve._voxsieve import Source

HELD: WeakValueDictionary[str, Source] = WeakValueDictionary()
"""Volumes in memory that steps name, as long as somebody holds them."""

SHORT_NAMES = {
    "uint8": "u8",
    "int8": "i8",
    "uint16": "u16",
    "int16": "i16",
    "uint32": "u32",
    "int32": "i32",
    "uint64": "u64",
    "int64": "i64",
    "float32": "f32",
    "float64": "f64",
}
"""NumPy's names of the types that a volume can have, and the library's."""

_SLAB = 32 << 20


def held(name: str) -> Source:
    """The volume that a step named; called by the library."""
    source = HELD.get(name)
    if source is None:
        raise ParameterError(
            "it was a volume in memory, which is not there any more; save it and name the file"
        )
    return source


@dataclass(frozen=True)
class Place:
    """Where a volume lies in the world, and what its values mean."""

    spacing: tuple[float, float, float] | None = None
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    unit: str | None = None
    kind: str | None = None
    direction: tuple[tuple[float, ...], ...] | None = None
    """Rows of ITK's direction matrix (x, y, z); `None` when the axes of the volume are those of the world."""


@dataclass(frozen=True)
class Held:
    """An array-like object with its axes in order: what a source is made from."""

    data: Any
    """Anything with a shape, a dtype and slicing."""
    words: str
    """What it is, for people: `NumPy array`."""
    place: Place = field(default_factory=Place)
    dims: Sequence[str] | None = None
    """Names of its axes; the last three are z, y, x when there are none."""
    chunks: Sequence[int] | None = None
    """Shape of its pieces along all its axes, where pieces are read whole."""
    in_memory: bool = False
    """True when its content can be hashed as a fingerprint."""

    def source(self) -> tuple[Source, Callable[[], str]]:
        """The source, and what gives its fingerprint (JSON)."""
        axes = _axes(self.data.shape, self.dims, self.words)
        shape = tuple(int(self.data.shape[axis]) for axis in axes)
        if 0 in shape:
            raise ParameterError(f"the {self.words} has no voxels: its shape is {tuple(self.data.shape)}")
        dtype, mask = stored_dtype(np.dtype(self.data.dtype), self.words)
        reader = _Reader(self.data, axes, dtype, mask)
        chunked = self.chunks is not None
        chunk = tuple(int(self.chunks[axis]) for axis in axes) if self.chunks is not None else shape
        spec = {
            "shape": shape,
            "dtype": SHORT_NAMES[dtype.name],
            "chunk": chunk if chunked else _usual_chunk(shape),
            "spacing": self.place.spacing,
            "origin": self.place.origin,
            "unit": self.place.unit,
            "kind": self.place.kind or ("mask" if mask else "image"),
        }
        fingerprint = _Content(self.words, reader, shape) if self.in_memory else Session(self.words)
        words = f"{self.words}, {np.dtype(self.data.dtype).name}"
        return Source.of_object(
            self.words, json.dumps(spec), words, chunked, reader, fingerprint
        ), fingerprint


def _usual_chunk(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(min(size, 128) for size in shape)


def _axes(shape: Sequence[int], dims: Sequence[str] | None, words: str) -> Triple:
    """Numbers of the axes z, y, x; others must have one element."""
    if dims is not None and set(DIMS) <= set(dims):
        axes = tuple(list(dims).index(name) for name in DIMS)
    else:
        axes = tuple(range(len(shape)))[-3:]
    if len(axes) < 3:
        raise ParameterError(
            f"the {words} has {len(shape)} axes, a volume needs three (z, y, x); array[np.newaxis] "
            f"is a plane as a volume"
        )
    left = {
        (dims[axis] if dims else f"axis {axis}"): shape[axis]
        for axis in range(len(shape))
        if axis not in axes
    }
    many = {name: size for name, size in left.items() if size != 1}
    if many:
        named = ", ".join(f"{name} with {size}" for name, size in many.items())
        raise ParameterError(
            f"the {words} has more than z, y, x: {named} elements; pick one before opening it"
        )
    return axes[0], axes[1], axes[2]


def stored_dtype(dtype: np.dtype[Any], words: str) -> tuple[np.dtype[Any], bool]:
    """The type that voxels of `dtype` are read as, and whether that is a mask."""
    if dtype.kind == "b":
        return np.dtype(np.uint8), True
    if dtype == np.float16:
        return np.dtype(np.float32), False
    native = dtype.newbyteorder("=")
    if native.name in SHORT_NAMES:
        return native, False
    hint = "; open its real part or its absolute value" if dtype.kind == "c" else ""
    raise UnsupportedError(f"the {words} has voxels of type {dtype}, which are not supported{hint}")


class _Reader:
    """Gives voxels of an object, in the type and order of axes of its source."""

    def __init__(self, data: Any, axes: Triple, dtype: np.dtype[Any], mask: bool) -> None:
        self.data, self.axes, self.dtype, self.mask = data, axes, dtype, mask

    def __call__(self, start: Sequence[int], shape: Sequence[int]) -> NDArray[Any]:
        index: list[Any] = [0] * len(self.data.shape)
        for axis, begin, size in zip(self.axes, start, shape, strict=True):
            index[axis] = slice(begin, begin + size)
        part = self.data[tuple(index)]
        part = np.asarray(part)
        order = sorted(self.axes)
        if tuple(order) != self.axes:
            part = part.transpose([order.index(axis) for axis in self.axes])
        if self.mask:
            return np.where(part, np.uint8(255), np.uint8(0))
        if part.dtype != self.dtype or not part.flags.aligned:
            part = part.astype(self.dtype)
        return part


class _Content:
    """The fingerprint of an array in memory: a hash of its voxels as they are now."""

    def __init__(self, words: str, reader: _Reader, shape: tuple[int, ...]) -> None:
        self.words, self.reader, self.shape = words, reader, shape

    def __call__(self) -> str:
        depth, height, width = self.shape
        planes = max(1, _SLAB // max(1, height * width * self.reader.dtype.itemsize))
        digest = hashlib.blake2b(digest_size=16)
        for z in range(0, depth, planes):
            part = self.reader((z, 0, 0), (min(planes, depth - z), height, width))
            digest.update(np.ascontiguousarray(part).data)
        return json.dumps({"name": self.words, "blake2b": digest.hexdigest()})


class Session:
    """The fingerprint of something whose content cannot be looked at: this object, in this session."""

    def __init__(self, words: str) -> None:
        self.words, self.token = words, uuid.uuid4().hex

    def __call__(self) -> str:
        return json.dumps({"name": self.words, "session": self.token})
