"""Exceptions: one class for each kind of failure a caller can act on."""

from __future__ import annotations

import re
from collections.abc import Callable


class VoxsieveError(Exception):
    """Base of all exceptions of Voxsieve's own."""


class ParameterError(VoxsieveError, ValueError):
    """A parameter or option does not make sense."""


class InputError(VoxsieveError, OSError):
    """An input cannot be read."""


class InputNotFoundError(InputError, FileNotFoundError):
    """There is no such file or folder."""


class UnsupportedError(InputError):
    """An input uses something that is not supported."""


class CorruptError(InputError):
    """Stored data is damaged."""


class StorageError(VoxsieveError, OSError):
    """Reading or writing failed during the work; the run can be resumed."""


class OutputExistsError(VoxsieveError, FileExistsError):
    """The output is there already, or another job is making it."""


class BudgetError(VoxsieveError, MemoryError):
    """The work does not fit into the memory budget.

    Attributes
    ----------
    least : int
        The least budget that is enough, in bytes.
    """

    least: int = 0


class FunctionError(VoxsieveError, RuntimeError):
    """A function that was applied to blocks gave back something that is not a block, or its process died."""


# People see them, and import them, as the package's own.
for _class in (VoxsieveError, *VoxsieveError.__subclasses__(), *InputError.__subclasses__()):
    _class.__module__ = "voxsieve"

_CLASSES: dict[str, type[VoxsieveError]] = {
    "Parameter": ParameterError,
    "Missing": InputNotFoundError,
    "Input": InputError,
    "Unsupported": UnsupportedError,
    "Corrupt": CorruptError,
    "Io": StorageError,
    "Occupied": OutputExistsError,
    "Budget": BudgetError,
    "Failed": FunctionError,
}

# Flags of the command line and how the same is said in Python.
_WORDS: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r"--spacing z,y,x --unit (\w+)", r'spacing=(z, y, x), unit="\1"'),
    (r"--(memory|threads|tile|chunk|levels) (\w+)", r'\1="\2"'),
    (r"--(overwrite|resume|isotropic)", r"\1=True"),
    (r"--with\b", "with_"),
    (r"--([a-z][a-z-]*)", lambda match: match[1].replace("-", "_")),
]


def in_python(text: str) -> str:
    """A sentence of the library with the command line's flags as Python's keywords.

    >>> in_python("give --memory 128MiB or more")
    'give memory="128MiB" or more'
    """
    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text)
    return text


def make(kind: str, text: str, least: int | None) -> VoxsieveError:
    """The exception for an error of the library."""
    error = _CLASSES[kind](in_python(text))
    if isinstance(error, BudgetError) and least is not None:
        error.least = least
    return error
