"""The one server of this process: started when the first viewer is made, stopped with the interpreter."""

from __future__ import annotations

import atexit
import os
import threading

from voxsieve import _voxsieve

_LOCK = threading.Lock()
_SERVERS: dict[int, _voxsieve.ViewerServer] = {}


def server() -> _voxsieve.ViewerServer:
    """The server, listening on 127.0.0.1.

    A process that was forked has none of the threads of its parent, so it starts its own.
    """
    with _LOCK:
        process = os.getpid()
        if process not in _SERVERS:
            _SERVERS[process] = _voxsieve.ViewerServer.start()
        return _SERVERS[process]


@atexit.register
def _stop() -> None:
    """Ends the threads of this process's server while the interpreter can still be asked."""
    own = _SERVERS.pop(os.getpid(), None)
    if own is not None:
        own.stop()


def _forget() -> None:
    # What a child inherits of its parent's server is a closed book: nothing answers there.
    global _LOCK
    _LOCK = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
