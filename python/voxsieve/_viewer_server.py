"""The one server of this process: started when the first viewer is made, stopped with the interpreter."""

from __future__ import annotations

import atexit
import json
import os
import threading
from typing import Any

from voxsieve import _voxsieve

_LOCK = threading.Lock()
_SERVERS: dict[tuple[int, str | None], _voxsieve.ViewerServer] = {}


def server(url_prefix: str | None = None) -> _voxsieve.ViewerServer:
    """The server that is reached under this prefix, listening on 127.0.0.1.

    A process that was forked has none of the threads of its parent, so it starts its own.
    """
    with _LOCK:
        key = (os.getpid(), url_prefix)
        if key not in _SERVERS:
            options: dict[str, Any] = {"url_prefix": url_prefix}
            _SERVERS[key] = _voxsieve.ViewerServer.start(json.dumps(options))
        return _SERVERS[key]


@atexit.register
def _stop() -> None:
    """Ends the threads of this process's servers while the interpreter can still be asked."""
    for (process, _), one in list(_SERVERS.items()):
        if process == os.getpid():
            one.stop()
    _SERVERS.clear()


def _forget() -> None:
    # What a child inherits of its parent's server is a closed book: nothing answers there.
    global _LOCK
    _LOCK = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
