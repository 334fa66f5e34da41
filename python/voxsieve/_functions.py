"""Functions of one's own as steps: how they are named, called on blocks, and held to what they promise."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import DTypeLike, NDArray

from voxsieve._errors import FunctionError, ParameterError
from voxsieve._geometry import DIMS, Length, Triple, in_voxels
from voxsieve._hashing import VOLATILE, source_hash
from voxsieve._sources import SHORT_NAMES

Boundary: TypeAlias = Literal["nearest", "reflect", "mirror", "constant", "none"]
Workers: TypeAlias = Literal["threads", "processes"]
Kind: TypeAlias = Literal["image", "mask", "labels"]

_LONG_NAMES = {short: name for name, short in SHORT_NAMES.items() if short not in ("u8", "i8")}

LIVE: WeakValueDictionary[str, Function] = WeakValueDictionary()
"""Functions that steps were made with, as long as somebody holds the steps."""


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


class Function:
    """A function with its arguments, and how it is used on blocks."""

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, Any],
        *,
        halo: Length | None = None,
        boundary: Boundary | None = None,
        boundary_value: float | None = None,
        dtype: DTypeLike | None = None,
        kind: Kind | None = None,
        workers: Workers = "threads",
        memory: int | None = None,
        use: Usage | None = None,
    ) -> None:
        self.callable = function
        self.arguments = dict(arguments)
        self.name = name_of(function)
        self.workers = checked_word("workers", workers, ("threads", "processes"))
        self.memory = memory
        self.use = use
        self.pool: Any = None
        self.probed: float | None = None
        plain = json_arguments(self.arguments)
        unseen = () if plain is not None else (self.arguments,)
        declared = () if use is None else use.declared()
        self.source = source_hash(unwrapped(function), *unseen, *declared)
        self.step: dict[str, Any] = {
            "filter": self.name,
            "function": {
                "source": self.source,
                **({"arguments": plain} if plain else {}),
                **_given(halo=_plain_halo(halo), boundary=boundary, boundary_value=boundary_value),
                **_given(dtype=None if dtype is None else dtype_word(dtype), kind=kind),
            },
        }
        if boundary is not None:
            checked_word("boundary", boundary, ("nearest", "reflect", "mirror", "constant", "none"))
        if kind is not None:
            checked_word("kind", kind, ("image", "mask", "labels"))
        self.portable = plain is not None and not self.source.startswith(VOLATILE) and _can_be_imported(self)
        LIVE[_key(self.step)] = self

    @property
    def volatile(self) -> bool:
        """True when the function cannot be told apart from another one in a later session."""
        return self.source.startswith(VOLATILE)

    def bound(self, step: dict[str, Any], spec: dict[str, Any]) -> Bound:
        """The function on a volume."""
        return Bound(self, step["function"], spec)


@dataclass(frozen=True)
class Usage:
    """What an operator declares once for all uses of its function."""

    halo: Callable[[dict[str, Any]], Length]
    arguments: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
    """Arguments for the function from those that were given, on a volume: lengths become voxels."""
    boundary: Boundary
    dtype: DTypeLike | None
    kind: Kind | None
    words: tuple[str, ...]

    def declared(self) -> tuple[str, ...]:
        """What counts beside the function's source."""
        return self.words


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
        self.dtype = "uint8" if self.mask else dtype or _long(spec["dtype"])
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


def bind(step_text: str, spec_text: str) -> Bound:
    """The function of a step on a volume; called by the library with JSON."""
    step, spec = json.loads(step_text), json.loads(spec_text)
    function = LIVE.get(_key(step))
    if function is None:
        function = _imported(step)
    return function.bound(step, spec)


def _imported(step: dict[str, Any]) -> Function:
    """The function that a step of a file names, if it is still what it was."""
    module, _, path = step["filter"].partition(":")
    used = step["function"]
    if not path or module == "__main__" or "<" in path:
        raise ParameterError(
            f"is a function that cannot be imported; put it into a module and name it module:{path or 'name'}"
        )
    try:
        found: Any = importlib.import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError) as error:
        raise ParameterError(f"cannot be imported ({error}); is its folder on PYTHONPATH?") from error
    arguments = used.get("arguments", {})
    if hasattr(found, "as_function"):
        function: Function = found.as_function(arguments)
    else:
        usual = {
            name: used[name]
            for name in ("halo", "boundary", "boundary_value", "dtype", "kind")
            if name in used
        }
        function = Function(found, arguments, **usual)
    if function.source != used["source"]:
        raise ParameterError(
            "is not what it was when the step was made: its source has changed; make the step anew"
        )
    return function


def name_of(function: Callable[..., Any]) -> str:
    """How a function is named in a pipeline: `module:name`."""
    function = unwrapped(function)
    module = getattr(function, "__module__", None) or type(function).__module__
    if module == "__main__":
        spec = getattr(sys.modules["__main__"], "__spec__", None)
        module = spec.name if spec is not None else "__main__"
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{module}:{name}"


def unwrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function behind arguments that were bound to it."""
    while isinstance(function, functools.partial):
        function = function.func
    return function


def with_bound(
    function: Callable[..., Any], arguments: Mapping[str, Any]
) -> tuple[Callable[..., Any], dict[str, Any]]:
    """A function without what `functools.partial` bound by name, which counts among its arguments."""
    inner: Any = function
    while isinstance(inner, functools.partial) and not inner.args:
        inner, arguments = inner.func, {**inner.keywords, **arguments}
    return inner, dict(arguments)


def json_arguments(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments as plain data; `None` when some cannot be written to a file."""
    plain = {
        name: value.item() if isinstance(value, np.generic) else value for name, value in arguments.items()
    }
    try:
        text = json.dumps(plain, allow_nan=False)
    except (TypeError, ValueError):
        return None
    again: dict[str, Any] = json.loads(text)
    return again


def dtype_word(dtype: DTypeLike) -> str:
    """The name of a type that a result can have.

    >>> dtype_word(np.float32), dtype_word("uint16"), dtype_word(bool)
    ('float32', 'uint16', 'bool')
    """
    if isinstance(dtype, str) and dtype in ("u8", "i8"):
        long = "uint" if dtype == "u8" else "int"
        raise ParameterError(
            f"dtype: {dtype!r} means {long}8 to Voxsieve's command line and {long}64 to NumPy; "
            f"write {long + '8'!r} or {long + '64'!r}"
        )
    word = _LONG_NAMES.get(dtype, dtype) if isinstance(dtype, str) else dtype
    try:
        name = np.dtype(word).newbyteorder("=").name
    except TypeError as error:
        raise ParameterError(f"dtype: {dtype!r} is not a type that NumPy knows") from error
    if name != "bool" and name not in SHORT_NAMES:
        raise ParameterError(f"dtype: a volume cannot have {name}; it can have {', '.join(SHORT_NAMES)}")
    return name


def voxel_type(dtype: DTypeLike) -> str:
    """The name of a type that voxels are stored as."""
    name = dtype_word(dtype)
    if name == "bool":
        raise ParameterError("dtype: bool is no type of voxels; a threshold makes a mask of 0 and 255")
    return name


def checked_word(name: str, value: str, words: tuple[str, ...]) -> str:
    """Refuses a word that is not one of those that are known."""
    if value not in words:
        raise ParameterError(f"{name}: {value!r} is not known; one of {', '.join(words)} is needed")
    return value


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _plain_halo(halo: Length | None) -> Any:
    if halo is None or isinstance(halo, str):
        return halo
    if isinstance(halo, int | float | np.integer | np.floating):
        return float(halo) if halo % 1 else int(halo)
    return [_plain_halo(one) for one in halo]


def _long(short: str) -> str:
    return next(name for name, word in SHORT_NAMES.items() if word == short)


def _bytes_per_voxel(function: Function) -> float:
    """What the function takes beside block and result: as declared, else as probed, else unknown."""
    if function.memory is not None:
        return float(function.memory)
    return function.probed or 0.0


def _takes_info(function: Callable[..., Any]) -> bool:
    with suppress(TypeError, ValueError):
        return "block_info" in inspect.signature(function).parameters
    return False


def _can_be_imported(function: Function) -> bool:
    module, _, path = function.name.partition(":")
    return module != "__main__" and "<" not in path and not isinstance(function.callable, functools.partial)


def _key(step: Mapping[str, Any]) -> str:
    """A step as text that is the same however it came here."""
    return json.dumps(_canonical(step), sort_keys=True)


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _canonical(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_canonical(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


__all__ = ["DIMS", "BlockInfo", "Bound", "Boundary", "Function", "Kind", "Usage", "Workers", "bind"]
