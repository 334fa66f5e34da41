"""Functions as bytes, for processes that they are sent to."""

from __future__ import annotations

import importlib
import io
import linecache
import marshal
import os
import pickle
import sys
from contextlib import suppress
from types import CodeType, ModuleType
from typing import Any

from voxsieve._errors import ParameterError
from voxsieve._functions import Function


def payload_of(function: Function) -> bytes:
    """The function for other processes, with the text of the cells of a notebook, for its traceback."""
    cells = {
        name: entry[2]
        for name, entry in linecache.cache.items()
        if len(entry) == 4 and not os.path.exists(name)  # noqa: PTH110 (it may be no path)
    }
    return pickle.dumps((_dumped(function), cells))


def load(payload: bytes) -> Any:
    """The function that `payload_of` wrote."""
    function, cells = pickle.loads(payload)
    for name, lines in cells.items():
        linecache.cache[name] = (sum(map(len, lines)), None, lines, name)
    return pickle.loads(function)


def _dumped(function: Function) -> bytes:
    """By value where cloudpickle is installed, else by name."""
    with suppress(ImportError):
        return _by_value(function.callable)
    if "__main__" in function.name or "<" in function.name:
        raise ParameterError(
            f"workers: {function.name} is defined in a notebook or script, which other processes "
            f"cannot import; install "
            "cloudpickle, or put the function into a module"
        )
    return pickle.dumps(function.callable)


def _by_value(value: Any) -> bytes:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            # A module of a class of its own may write what is in it: ITK's does, and comes back broken.
            if isinstance(obj, ModuleType) and type(obj) is not ModuleType and obj.__name__ in sys.modules:
                return importlib.import_module, (obj.__name__,)
            # Some versions of cloudpickle forget in which file a function is.
            if isinstance(obj, CodeType):
                return marshal.loads, (marshal.dumps(obj),)
            return super().reducer_override(obj)

    file = io.BytesIO()
    Pickler(file).dump(value)
    return file.getvalue()
