"""How an output is stored: what people say, as the library takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from voxsieve import _voxsieve
from voxsieve._errors import ParameterError

Pyramid: TypeAlias = Literal["mean", "gaussian", "mode", "nearest", "min", "max"]


def size_of(memory: int | str | None) -> int | None:
    """A memory budget in bytes."""
    if memory is None:
        return None
    size = _voxsieve.parse_bytes(memory) if isinstance(memory, str) else int(memory)
    if size <= 0:
        raise ParameterError("memory: a size above 0 is needed, such as '4GiB'")
    return size


def positive(name: str, number: int | None) -> int | None:
    """A whole number above 0, where one is given."""
    if number is None:
        return None
    if number != int(number) or number < 1:
        raise ParameterError(f"{name}: {number} is not a whole number above 0")
    return int(number)


_CODECS = {"zstd": "zstd-1", "fast": "blosc-lz4-bitshuffle"}


def layout_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """How an output is stored, as the library takes it."""
    known = {"pyramid", "levels", "factors", "chunk", "ome", "codec", "format", "sync", "tile", "scratch"}
    unknown = sorted(set(given) - known)
    if unknown:
        raise TypeError(f"{unknown[0]!r} is not an option of save(); there are {', '.join(sorted(known))}")
    words: dict[str, tuple[str, ...]] = {
        "pyramid": ("mean", "gaussian", "mode", "nearest", "min", "max"),
        "ome": ("0.4", "0.5"),
        "codec": tuple(_CODECS),
        "format": ("zarr", "tiff", "slices", "nrrd", "mha", "mhd", "raw"),
        "sync": ("none", "block", "end"),
    }
    for name, allowed in words.items():
        if given.get(name) is not None and given[name] not in allowed:
            raise ParameterError(
                f"{name}: {given[name]!r} is not known; one of {', '.join(allowed)} is needed"
            )
    return {
        "format": given.get("format"),
        "chunk": positive("chunk", given.get("chunk", 128)),
        "pyramid": {
            "method": given.get("pyramid"),
            "factors": _factors(given.get("factors")),
            "levels": positive("levels", given.get("levels")),
        },
        "ome": given.get("ome", "0.5"),
        "codec": _CODECS[given.get("codec", "zstd")],
    }


def _factors(factors: Any) -> list[list[int]]:
    if factors is None:
        return []
    if isinstance(factors, int | np.integer):
        return [[int(factors)] * 3]
    if all(isinstance(one, int | np.integer) for one in factors) and len(factors) == 3:
        return [[int(one) for one in factors]]
    return [[int(one)] * 3 if isinstance(one, int | np.integer) else [int(n) for n in one] for one in factors]
