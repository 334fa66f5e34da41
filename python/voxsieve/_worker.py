"""A process that calls a function on blocks; `_processes` starts it and talks to it through its pipes."""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from voxsieve._errors import FunctionError
from voxsieve._payload import load
from voxsieve._pipes import receive, receive_bytes, send


def serve(path: Path) -> None:
    """Takes blocks from the file until nobody asks any more."""
    # What the function prints must not get between the messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    # Ctrl-C is for the process that started this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        function = load(receive_bytes(requests))
    except Exception as error:
        function = _unloadable(error)
    while True:
        try:
            shape, dtype, arguments = receive(requests)
        except EOFError:
            return
        send(answers, pickle.dumps(_answer(path, function, shape, np.dtype(dtype), arguments)))


def _unloadable(error: Exception) -> Any:
    def refuse(*_: Any, **__: Any) -> None:
        raise FunctionError(f"the function cannot be loaded in another process: {error}")

    return refuse


def _answer(path: Path, function: Any, shape: Any, dtype: Any, arguments: dict[str, Any]) -> tuple[Any, ...]:
    """What came of a block: an array that lies in the file now, something else, or an exception."""
    try:
        with path.open("r+b") as file:
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        block = np.frombuffer(view, dtype, int(np.prod(shape))).reshape(shape)
        result = function(block, **arguments)
        if result is None:
            return "other", None
        array = np.asarray(result, order="C")
        if array.dtype.hasobject:
            return "other", array
        _store(path, array)
        return "array", array.shape, array.dtype.str, array.nbytes
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        return "error", _portable(error), trace


def _store(path: Path, array: Any) -> None:
    with path.open("r+b") as file:
        if os.fstat(file.fileno()).st_size < array.nbytes:
            file.truncate(array.nbytes)
        if array.nbytes:
            with mmap.mmap(file.fileno(), 0) as view:
                view[: array.nbytes] = array.reshape(-1).view(np.uint8).data


def _portable(error: Exception) -> Exception:
    """The exception, or what says the same where it cannot be sent."""
    try:
        again: Exception = pickle.loads(pickle.dumps(error))
        return again
    except Exception:
        return FunctionError(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
