"""Messages through the pipes of a process: their length, then their bytes."""

from __future__ import annotations

import pickle
from typing import IO, Any

_LENGTH = 8


def send(pipe: IO[bytes], message: bytes) -> None:
    """Writes a message with its length before it."""
    pipe.write(len(message).to_bytes(_LENGTH, "little"))
    pipe.write(message)
    pipe.flush()


def receive_bytes(pipe: IO[bytes]) -> bytes:
    """Reads a message; `EOFError` when nobody writes any more."""
    length = _exactly(pipe, _LENGTH)
    return _exactly(pipe, int.from_bytes(length, "little"))


def receive(pipe: IO[bytes]) -> Any:
    """Reads a message of a process that this one started."""
    return pickle.loads(receive_bytes(pipe))


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if data is None or len(data) < size:
        raise EOFError
    return data
