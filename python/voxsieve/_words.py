"""Words that people choose from, and types of voxels by whatever name."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from voxsieve._errors import ParameterError
from voxsieve._sources import SHORT_NAMES

Boundary: TypeAlias = Literal["nearest", "reflect", "mirror", "constant", "none"]
Workers: TypeAlias = Literal["threads", "processes"]
Kind: TypeAlias = Literal["image", "mask", "labels"]

_LONG_NAMES = {short: name for name, short in SHORT_NAMES.items() if short not in ("u8", "i8")}


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


def long_name(short: str) -> str:
    """NumPy's name of a type that the library named."""
    return next(name for name, word in SHORT_NAMES.items() if word == short)
