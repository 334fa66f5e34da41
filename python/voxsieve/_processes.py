"""Processes for functions of one's own: blocks go there and back through memory-mapped scratch files."""

from __future__ import annotations

import mmap
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voxsieve._blocks import BlockInfo
from voxsieve._errors import FunctionError
from voxsieve._functions import Function
from voxsieve._payload import payload_of
from voxsieve._pipes import receive, send

if TYPE_CHECKING:
    from voxsieve._blocks import Bound

_ATTEMPTS = 2
"""Times that a block is given to a process before it is taken to be what kills it."""


class Pool:
    """The processes of one function, for as long as a run lasts. Several runs at a time share them."""

    _lock = threading.Lock()

    def __init__(self, function: Function, count: int, scratch: str | None) -> None:
        self.function, self.count, self.scratch = function, count, scratch
        self.runs = 0
        self.owner = os.getpid()
        self.free: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self.all: list[_Worker] = []

    @classmethod
    def of(cls, function: Function, count: int, scratch: str | None = None) -> Pool:
        """The pool that the function has, or a new one; a child of a fork has pipes of its own."""
        with cls._lock:
            if function.pool is None or function.pool.owner != os.getpid():
                function.pool = cls(function, count, scratch)
            pool: Pool = function.pool
            return pool

    def __enter__(self) -> Pool:
        with self._lock:
            self.runs += 1
            if self.runs == 1:
                payload = payload_of(self.function)
                self.folder = tempfile.TemporaryDirectory(prefix="voxsieve-", dir=self.scratch)
                for number in range(self.count):
                    worker = _Worker(payload, Path(self.folder.name) / str(number))
                    self.all.append(worker)
                    self.free.put(worker)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self.runs -= 1
            if self.runs == 0:
                self.function.pool = None
                for worker in self.all:
                    worker.stop()
                self.folder.cleanup()

    def call(self, bound: Bound, block: NDArray[Any], arguments: dict[str, Any], info: BlockInfo) -> Any:
        """What the function makes of a block, in the next process that is free."""
        worker = self.free.get()
        try:
            for _ in range(_ATTEMPTS):
                try:
                    return worker.call(block, arguments)
                except EOFError:
                    ending = worker.ending()
                    worker.restart()
        finally:
            self.free.put(worker)
        where = ",".join(f"{part.start}:{part.stop}" for part in info.region)
        raise FunctionError(
            f"the process of {bound.name} died ({ending}) on voxels {where} (z, y, x), {_ATTEMPTS} "
            f"times; all other blocks "
            "that were done are kept"
        )


def _unlocked() -> None:
    """Whoever held the lock at a fork does not live in the child."""
    Pool._lock = threading.Lock()


os.register_at_fork(after_in_child=_unlocked)


class _Worker:
    """A process and its scratch file. It is started with its first block."""

    def __init__(self, payload: bytes, path: Path) -> None:
        self.payload, self.path = payload, path
        self.process: subprocess.Popen[bytes] | None = None
        self.map: mmap.mmap | None = None

    def call(self, block: NDArray[Any], arguments: dict[str, Any]) -> Any:
        process = self._started()
        block = np.ascontiguousarray(block)
        self._reserve(block.nbytes)
        assert self.map is not None
        np.frombuffer(self.map, np.uint8, block.nbytes)[:] = block.reshape(-1).view(np.uint8)
        self._send(process, (block.shape, block.dtype.str, arguments))
        return self._answer(process)

    def _answer(self, process: subprocess.Popen[bytes]) -> Any:
        kind, *words = receive(_pipe(process.stdout))
        if kind == "array":
            shape, dtype, size = words
            self._remap(size)
            assert self.map is not None
            count = int(np.prod(shape))
            return np.frombuffer(self.map, dtype, count).reshape(shape).copy()
        if kind == "other":
            return words[0]
        error, trace = words
        error.add_note(f"in a process of its own:\n{trace.rstrip()}")
        raise error

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            command = [sys.executable, "-m", "voxsieve._worker", str(self.path)]
            self.path.touch()
            # The search path is that of this process, so that what it imported is found there too.
            environment = {
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
            }
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self.process = subprocess.Popen(command, env=environment, **pipes)  # type: ignore[call-overload]
            send(_pipe(self.process.stdin), self.payload)
        return self.process

    def _send(self, process: subprocess.Popen[bytes], message: Any) -> None:
        try:
            send(_pipe(process.stdin), pickle.dumps(message))
        except BrokenPipeError as error:
            raise EOFError from error

    def _reserve(self, size: int) -> None:
        """Makes the file long enough for a block."""
        if self.map is None or len(self.map) < size:
            with self.path.open("r+b") as file:
                if os.fstat(file.fileno()).st_size < size:
                    file.truncate(size)
            self._remap(size)

    def _remap(self, size: int) -> None:
        """Sees the file at its present length."""
        if self.map is None or len(self.map) < size:
            with self.path.open("r+b") as file:
                self.map = mmap.mmap(file.fileno(), 0)

    def ending(self) -> str:
        """How the process ended, in words."""
        code = self.process.wait() if self.process else 0
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def restart(self) -> None:
        """Forgets a process that is dead."""
        self.stop()
        self.process = None

    def stop(self) -> None:
        """Ends the process."""
        if self.process is None:
            return
        with suppress(BrokenPipeError):
            # There may be words left for a process that is dead.
            _pipe(self.process.stdin).close()
        _pipe(self.process.stdout).close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.map = None


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
