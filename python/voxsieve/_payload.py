"""Functions as bytes, for processes that they are sent to."""

from __future__ import annotations

import importlib
import io
import pickle
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any

from voxsieve._errors import ParameterError
from voxsieve._functions import Function


def payload_of(function: Function) -> bytes:
    """The function for other processes: by value where cloudpickle is installed, else by its name."""
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
            return super().reducer_override(obj)

    file = io.BytesIO()
    Pickler(file).dump(value)
    return file.getvalue()
