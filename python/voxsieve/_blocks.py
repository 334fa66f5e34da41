"""Functions on blocks: what they are given, and what they must give back."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voxsieve._errors import FunctionError, ParameterError
from voxsieve._geometry import Triple, in_voxels
from voxsieve._words import dtype_word, long_name

if TYPE_CHECKING:
    from voxsieve._functions import Function


@dataclass(frozen=True, slots=True)
class BlockInfo:
    """Where a block lies. A function that has a parameter `block_info` is given one.

    Triples are z, y, x.

    Attributes
    ----------
    position : tuple of int
        The first voxel of the block in voxels of the whole volume (at the scale level in work). Negative
        where the block reaches over the border.
    region : tuple of slice
        The part of the volume that the result is for: the block without its halo.
    inner : tuple of slice
        The same part in indices of the block: `block[block_info.inner]`.
    halo : tuple of int
        Voxels of context on each side.
    volume_shape : tuple of int
        Shape of the whole volume.
    spacing : tuple of float or None
        Distance between voxel centres; `None` when unknown.
    origin : tuple of float
        World position of the centre of the block's first voxel, in `unit`, or in voxels when the spacing is
        unknown.
    unit : str or None
        Unit of spacing and origin.
    """

    position: Triple
    region: tuple[slice, slice, slice]
    inner: tuple[slice, slice, slice]
    halo: Triple
    volume_shape: Triple
    spacing: tuple[float, float, float] | None
    origin: tuple[float, float, float]
    unit: str | None


class Bound:
    """A function on a volume: what the library asks of it, and the call for each block."""

    def __init__(self, function: Function, step: dict[str, Any], spec: dict[str, Any]) -> None:
        use = function.use
        self.function = function
        self.name = function.name
        self.spec = spec
        spacing, unit = spec["spacing"], spec["unit"]
        self.arguments = function.arguments
        halo = step.get("halo") or 0
        self.boundary = step.get("boundary") or "nearest"
        dtype, kind = step.get("dtype"), step.get("kind")
        if use is not None:
            self.arguments = use.arguments(function.arguments, spec)
            halo, self.boundary, kind = use.halo(self.arguments), use.boundary, use.kind
            dtype = None if use.dtype is None else dtype_word(use.dtype)
        lengths = in_voxels(halo, spacing, unit)
        if any(voxels < 0 or voxels > 1024 for voxels in lengths):
            raise ParameterError(
                f"halo: {halo!r} is not a number of voxels from 0 to 1024, nor such a length"
            )
        z, y, x = (-int(-voxels // 1) for voxels in lengths)
        self.halo: Triple = (z, y, x)
        self.crops = self.boundary == "none"
        self.boundary_value = float(step.get("boundary_value") or 0.0)
        self.mask = dtype == "bool"
        self.dtype = "uint8" if self.mask else dtype or long_name(spec["dtype"])
        self.kind = kind or ("mask" if self.mask else "image")
        self.bytes_per_voxel = _bytes_per_voxel(function)
        self.takes_info = _takes_info(function.callable)
        if self.boundary == "none":
            self.boundary = "nearest"

    def call(self, block: NDArray[Any], start: list[int], shape: list[int]) -> NDArray[Any]:
        """The result for a region of the volume from its block, which has the halo around it."""
        halo = list(self.halo)
        first = [begin - context for begin, context in zip(start, halo, strict=True)]
        if self.crops:
            block, first = self._cropped(block, first)
        inner = tuple(
            slice(begin - at, begin - at + size) for begin, at, size in zip(start, first, shape, strict=True)
        )
        info = self._info(first, start, shape, inner)
        result = self._result(block, info)
        return self._checked(result, block, info, shape)

    def _cropped(self, block: NDArray[Any], first: list[int]) -> tuple[NDArray[Any], list[int]]:
        """The part of a block that lies in the volume."""
        begin = [max(0, -at) for at in first]
        size = zip(first, block.shape, self.spec["shape"], strict=True)
        end = [min(count, volume - at) for at, count, volume in size]
        cut = tuple(slice(b, e) for b, e in zip(begin, end, strict=True))
        return block[cut], [at + b for at, b in zip(first, begin, strict=True)]

    def _info(self, first: list[int], start: list[int], shape: list[int], inner: Any) -> BlockInfo:
        spacing = self.spec["spacing"]
        steps = spacing or (1.0, 1.0, 1.0)
        origin = [o + s * at for o, s, at in zip(self.spec["origin"], steps, first, strict=True)]
        z, y, x = (slice(begin, begin + size) for begin, size in zip(start, shape, strict=True))
        return BlockInfo(
            position=(first[0], first[1], first[2]),
            region=(z, y, x),
            inner=inner,
            halo=self.halo,
            volume_shape=tuple(self.spec["shape"]),
            spacing=None if spacing is None else tuple(spacing),
            origin=(origin[0], origin[1], origin[2]),
            unit=self.spec["unit"],
        )

    def _result(self, block: NDArray[Any], info: BlockInfo) -> Any:
        arguments = dict(self.arguments)
        if self.takes_info:
            arguments["block_info"] = info
        if self.function.workers == "processes" and self.function.pool is not None:
            return self.function.pool.call(self, block, arguments, info)
        return self.function.callable(block, **arguments)

    def _checked(self, result: Any, block: NDArray[Any], info: BlockInfo, shape: list[int]) -> NDArray[Any]:
        """The part of a result that counts, or an error that names the function and the block."""
        where = "voxels " + ",".join(f"{part.start}:{part.stop}" for part in info.region) + " (z, y, x)"
        if result is None:
            raise FunctionError(f"{self.name} returned None for {where}; is a `return` missing?")
        array = np.asarray(result)
        if array.shape == block.shape:
            array = array[info.inner]
        elif array.shape != tuple(shape):
            halo = f" (or {tuple(shape)}, without the halo)" if any(self.halo) else ""
            raise FunctionError(
                f"{self.name} returned an array of shape {array.shape} for {where}; it must have "
                f"the block's shape, "
                f"{block.shape}{halo}"
            )
        expected = np.dtype(bool if self.mask else self.dtype)
        if array.dtype != expected:
            raise FunctionError(
                f"{self.name} returned {array.dtype} for {where}, but {expected} was declared; give "
                f"dtype={str(array.dtype)!r}, or convert in the function"
            )
        if self.mask:
            return array.view(np.uint8) * np.uint8(255)
        if not array.dtype.isnative:
            return array.astype(self.dtype)
        return array


def _bytes_per_voxel(function: Function) -> float:
    """What the function takes beside block and result: as declared, else as probed, else unknown."""
    if function.memory is not None:
        return float(function.memory)
    return function.probed or 0.0


def _takes_info(function: Callable[..., Any]) -> bool:
    with suppress(TypeError, ValueError):
        return "block_info" in inspect.signature(function).parameters
    return False
