"""Regions, lengths and positions: what can be given for them, and what is meant."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from voxsieve._errors import ParameterError

Length: TypeAlias = float | str | Sequence[float | str]
"""A length: voxels when it is a plain number, else a text with a unit (`"12 um"`), or one per axis (z, y,
x).
"""

Triple: TypeAlias = tuple[int, int, int]
Span: TypeAlias = tuple[int, int]
Box: TypeAlias = tuple[Span, Span, Span]
"""Begin and end (excluded) along z, y, x in voxels."""

DIMS = ("z", "y", "x")

# Metres; the names and symbols of the library.
UNITS = {
    "angstrom": 1e-10,
    "nanometer": 1e-9,
    "micrometer": 1e-6,
    "millimeter": 1e-3,
    "centimeter": 1e-2,
    "meter": 1.0,
    "inch": 0.0254,
}
_SYMBOLS = {
    "å": "angstrom",
    "nm": "nanometer",
    "um": "micrometer",
    "µm": "micrometer",
    "μm": "micrometer",
    "micron": "micrometer",
    "microns": "micrometer",
    "mm": "millimeter",
    "cm": "centimeter",
    "m": "meter",
    "in": "inch",
}
SHORT = {
    "micrometer": "µm",
    "millimeter": "mm",
    "nanometer": "nm",
    "meter": "m",
    "centimeter": "cm",
    "inch": "in",
}


def unit_name(unit: str) -> str:
    """The full name of a unit of length.

    >>> unit_name("um")
    'micrometer'
    """
    lower = unit.strip().lower().replace("metre", "meter")
    name = _SYMBOLS.get(lower, lower)
    if name not in UNITS:
        raise ParameterError(f"unit: {unit!r} is not a unit of length; um, mm or nm are")
    return name


def factor(unit: str, other: str) -> float:
    """How many of `other` make one of `unit`; powers of ten come out exact."""
    ratio = UNITS[unit] / UNITS[other]
    if ratio >= 1:
        return float(round(ratio)) if math.isclose(ratio, round(ratio), rel_tol=1e-9) else ratio
    return 1 / factor(other, unit)


def amount(value: float | str, unit: str | None) -> float | None:
    """A length in `unit`; `None` when it is a plain number."""
    if not isinstance(value, str):
        return None
    match = re.fullmatch(r"\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*([^\d\s].*?)\s*", value, re.IGNORECASE)
    if match is None:
        raise ParameterError(f"{value!r} is neither a number of voxels nor a length such as '12 um'")
    if unit is None:
        raise ParameterError(
            f"{value!r} needs the voxel size with its unit, which is not known; give spacing=(z, y, "
            f"x) and unit= to open()"
        )
    return float(match[1]) * factor(unit_name(match[2]), unit)


def in_voxels(value: Any, spacing: Sequence[float] | None, unit: str | None) -> tuple[float, float, float]:
    """A length in voxels along z, y, x."""
    each = [value] * 3 if isinstance(value, str) or not isinstance(value, Sequence) else list(value)
    if len(each) != 3:
        raise ParameterError(f"{value!r}: one length or three (z, y, x) are needed")
    voxels = []
    for axis, one in enumerate(each):
        physical = amount(one, unit if spacing is not None else None)
        voxels.append(float(one) if physical is None or spacing is None else physical / spacing[axis])
    return voxels[0], voxels[1], voxels[2]


def box_of_key(
    key: Any, shape: Triple, in_world: Callable[[int, slice], Span] | None = None
) -> tuple[Box, tuple[int, ...]]:
    """What an index of NumPy's kind means: a box, and the axes that an integer takes away. `in_world` tells
    what a slice between lengths is along an axis.

    >>> box_of_key((..., slice(2, 5)), (9, 9, 9))
    (((0, 9), (0, 9), (2, 5)), ())
    >>> box_of_key(-1, (9, 9, 9))
    (((8, 9), (0, 9), (0, 9)), (0,))
    """
    keys = list(key) if isinstance(key, tuple) else [key]
    if sum(one is Ellipsis for one in keys) > 1:
        raise IndexError("an index can have one ellipsis ('...') only")
    if Ellipsis in [one for one in keys if not hasattr(one, "dtype")]:
        at = next(i for i, one in enumerate(keys) if one is Ellipsis)
        keys[at : at + 1] = [slice(None)] * (4 - len(keys))
    if len(keys) > 3:
        raise IndexError(f"a volume has three axes (z, y, x), but {len(keys)} were indexed")
    keys += [slice(None)] * (3 - len(keys))
    spans, gone = [], []
    for axis, (one, size) in enumerate(zip(keys, shape, strict=True)):
        if isinstance(one, slice):
            lengths = any(isinstance(end, str) for end in (one.start, one.stop))
            spans.append(in_world(axis, one) if in_world and lengths else _span_of_slice(one, size))
        else:
            index = _integer(one)
            if not -size <= index < size:
                raise IndexError(f"{index} is outside axis {DIMS[axis]}, which has {size} voxels")
            spans.append((index % size, index % size + 1))
            gone.append(axis)
    return (spans[0], spans[1], spans[2]), tuple(gone)


def _span_of_slice(one: slice, size: int) -> Span:
    begin, end, step = one.indices(size)
    if step != 1:
        raise IndexError(
            "slices have no step: bin() makes fewer voxels of many, level() opens a coarser level"
        )
    return begin, max(begin, end)


def _integer(one: Any) -> int:
    try:
        if not isinstance(one, bool):
            return operator.index(one)
    except TypeError:
        pass
    raise IndexError(
        f"a volume is indexed by slices and integers, not by {type(one).__name__}; "
        "np.asarray(volume) can be indexed by anything"
    )


def shape_of(box: Box) -> Triple:
    """The shape of a box."""
    z, y, x = (end - begin for begin, end in box)
    return z, y, x


def within(box: Box, inner: Box) -> Box:
    """A box that is given in voxels of another one."""
    z, y, x = ((outer[0] + span[0], outer[0] + span[1]) for outer, span in zip(box, inner, strict=True))
    return z, y, x
