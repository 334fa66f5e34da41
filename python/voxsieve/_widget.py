"""The viewer as a widget of notebooks. It needs anywidget, which is imported when a viewer is shown."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from voxsieve import _voxsieve

_WORKERS = 8
"""Requests of one front-end that are under way at once."""


class Widget(anywidget.AnyWidget):
    """Where a front-end finds the session, and the way to it through the kernel when there is no other."""

    _esm = files("voxsieve").joinpath("static", "widget.js").read_text()

    session = traitlets.Unicode().tag(sync=True)
    token = traitlets.Unicode().tag(sync=True)
    port = traitlets.Int().tag(sync=True)
    prefix = traitlets.Unicode().tag(sync=True)
    rungs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    height = traitlets.Int(600).tag(sync=True)
    ui = traitlets.Unicode("full").tag(sync=True)
    png = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, server: _voxsieve.ViewerServer, session: _voxsieve.ViewerSession, **traits: Any
    ) -> None:
        """A widget that shows a session."""
        super().__init__(session=session.id(), token=session.token(), port=server.port(), **traits)
        self._server, self._of = server, session
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="voxsieve-comm")
        self._telling = False
        self._ended = threading.Event()
        self.tried: list[dict[str, Any]] = []
        self.on_msg(self._heard)

    def _heard(self, _widget: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        """A message of a front-end: what it asks of the server is answered by a thread, not by the
        kernel's.
        """
        if message.get("kind") == "request":
            self._tell_changes()
            body = bytes(buffers[0]) if buffers else b""
            self._workers.submit(self._answer, message, body)
        elif message.get("kind") == "shown":
            # Whoever can say this through the kernel may do anything here already.
            self._server.allow(str(message["at"]))
        elif message.get("kind") == "tried":
            self.tried = list(message["rungs"])

    def _answer(self, message: dict[str, Any], body: bytes) -> None:
        headers = [(str(name), str(value)) for name, value in dict(message.get("headers") or {}).items()]
        status, told, answer = self._of.handle(message["method"], message["path"], headers, body)
        reply = {"kind": "response", "id": message["id"], "status": status, "headers": dict(told)}
        if not self._ended.is_set():
            self.send(reply, buffers=[answer])

    def _tell_changes(self) -> None:
        """Says that the document has changed, from the first request on: who asks here cannot wait at the
        server.
        """
        if not self._telling:
            self._telling = True
            threading.Thread(target=self._watch, name="voxsieve-comm-changes", daemon=True).start()

    def _watch(self) -> None:
        revision = self._of.revision()
        while not self._ended.is_set():
            if self._of.wait(revision, 1.0) is not None:
                revision = self._of.revision()
                self.send({"kind": "changed", "revision": revision})

    def end(self) -> None:
        """No longer answers."""
        self._ended.set()
        self._workers.shutdown(wait=False, cancel_futures=True)
        self.close()
