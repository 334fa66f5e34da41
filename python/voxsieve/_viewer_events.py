"""Being told what changes in a viewer."""

from __future__ import annotations

import asyncio
import json
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from voxsieve._errors import ParameterError
from voxsieve._viewer_display import kernel
from voxsieve._viewer_state import Shown

NAMES = ("roi", "scale", "layers", "view", "filter", "display", "active", "compare", "threshold", "jobs")
"""What can be listened to."""

Heard = Callable[[dict[str, Any]], Any]


class Events(Shown):
    """What can be listened to."""

    _ears: Ears | None = None

    def on_change(self, name: str, function: Callable[[Any], Any]) -> Callable[[], None]:
        """Call a function with the new value whenever something changes, by whom ever.

        Parameters
        ----------
        name : str
            roi, scale, layers, view, filter, display, active, compare, threshold or jobs.
        function : callable
            It is called with the new value (of `"roi"` a `Roi`, of `"scale"` an int, else plain data). In a
            notebook that is between two cells, in the kernel's own thread; in a script at once, in another
            thread.

        Returns
        -------
        callable
            Ends it.
        """
        handler: Heard = lambda change: function(change["new"])  # noqa: E731
        self.observe(handler, name)
        return lambda: self.unobserve(handler)

    def observe(self, handler: Heard, names: str | Sequence[str] | None = None) -> None:
        """Call a function with a dict of `name`, `old`, `new` and `owner` whenever something changes, as
        traitlets do; see `on_change` for the names. All of them when left out.
        """
        wanted = NAMES if names is None else (names,) if isinstance(names, str) else tuple(names)
        for name in wanted:
            if name not in NAMES:
                raise ParameterError(f"name: {name!r} does not change; one of {', '.join(NAMES)} does")
        if self._ears is None:
            self._ears = Ears(self)
        self._ears.add(handler, wanted)

    def unobserve(self, handler: Heard) -> None:
        """No longer call a function."""
        if self._ears is not None:
            self._ears.remove(handler)


class Ears:
    """A thread that waits for changes and passes them on. It does not keep the viewer alive."""

    def __init__(self, viewer: Shown) -> None:
        self._viewer = weakref.ref(viewer)
        self._session = viewer._session
        self._handlers: list[tuple[Heard, tuple[str, ...]]] = []
        self._loop = _kernel_loop()
        self._old = json.loads(self._session.document())
        self._scale: int | None = None
        threading.Thread(target=self._listen, name="voxsieve-changes", daemon=True).start()

    def add(self, handler: Heard, names: tuple[str, ...]) -> None:
        """From now on this is called."""
        self._handlers.append((handler, names))

    def remove(self, handler: Heard) -> None:
        """From now on this is not called."""
        self._handlers = [one for one in self._handlers if one[0] != handler]

    def _listen(self) -> None:
        while True:
            text = self._session.wait(self._old["revision"], 1.0)
            viewer = self._viewer()
            if viewer is None or viewer._closed:
                return
            if text is not None:
                old, self._old = self._old, json.loads(text)
                self._compare(viewer, old, self._old)
            del viewer

    def _compare(self, viewer: Any, old: dict[str, Any], new: dict[str, Any]) -> None:
        for name in NAMES:
            if name == "scale":
                self._tell_scale(viewer, new)
            elif old[name] != new[name]:
                now = viewer.roi() if name == "roi" and new["layers"] else new[name]
                self._tell(viewer, name, old[name], now)

    def _tell_scale(self, viewer: Any, new: dict[str, Any]) -> None:
        scale = viewer.get_current_scale() if new["layers"] else None
        before, self._scale = self._scale, scale
        if scale != before:
            self._tell(viewer, "scale", before, scale)

    def _tell(self, viewer: Any, name: str, old: Any, new: Any) -> None:
        change = {"name": name, "old": old, "new": new, "owner": viewer, "type": "change"}
        for handler, names in list(self._handlers):
            if name not in names:
                continue
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(_call, handler, change)
            else:
                _call(handler, change)


def _kernel_loop() -> asyncio.AbstractEventLoop | None:
    """The loop of a notebook's kernel; `None` in scripts, whose own loop may not run for long."""
    if kernel() is None:
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _call(handler: Heard, change: dict[str, Any]) -> None:
    """A handler that fails must not end the listening: its error is shown as that of a thread is."""
    try:
        handler(change)
    except Exception as error:
        threading.excepthook(
            threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
        )
