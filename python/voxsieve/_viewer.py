"""`view` and `Viewer`: a volume on the screen, in a notebook or a browser."""

from __future__ import annotations

import difflib
import importlib.util
import json
from types import TracebackType
from typing import Any, Literal, Self

from voxsieve import _voxsieve
from voxsieve._storing import size_of
from voxsieve._viewer_display import RUNGS, Displayed, kernel, missing, proxied
from voxsieve._viewer_events import Events
from voxsieve._viewer_filter import Filtering
from voxsieve._viewer_look import Looks
from voxsieve._viewer_server import server
from voxsieve._words import checked_word

_BUDGET = 256 << 20
"""Bytes of voxels that a front-end holds, where nobody says otherwise."""

_SETTINGS = {
    "window": lambda viewer, value: viewer.set_window(*value),
    "color_map": lambda viewer, value: viewer.set_color_map(value),
    "opacity": lambda viewer, value: viewer.set_opacity(value),
    "layout": lambda viewer, value: viewer.set_view_mode(value),
    "rendering": lambda viewer, value: viewer.set_view_mode(rendering=value),
    "slice": lambda viewer, value: viewer.set_slice(**dict(zip("zyx", value, strict=True))),
    "roi": lambda viewer, value: viewer.set_roi(value),
    "filter": lambda viewer, value: viewer.set_filter(value),
    "height": lambda viewer, value: viewer._how.update(height=int(value)),
}


def view(
    image: Any = None,
    label_image: Any = None,
    *,
    name: str = "Image",
    ui: Literal["full", "compact", "none"] = "full",
    memory_budget: int | str | None = None,
    transport: Literal["auto", "direct", "proxy", "comm"] = "auto",
    url_prefix: str | None = None,
    **settings: Any,
) -> Viewer:
    """Look at a volume: slices and 3D of volumes that do not fit in memory, a region of interest, labels, and
    filters while they are tuned.

    In a notebook the viewer is displayed; in a script nothing opens, and `viewer.url` is where a browser
    finds
    it. Nothing is read but what is looked at.

    Parameters
    ----------
    image : volume, path or object, optional
        Whatever `voxsieve.open` takes, or a lazy `Volume`. Arrays in memory get their coarser levels here.
    label_image : volume, path or object, optional
        Numbers of objects, or a mask, shown in colours over the image; see `Viewer.set_label_image`.
    name : str
        Name of the image.
    ui : {"full", "compact", "none"}
        All controls, few of them, or only the views.
    memory_budget : int or str, optional
        Bytes of voxels that a front-end may hold, 256 MiB when left out. It decides which scale level
        `get_current_scale` gives as long as nobody looks.
    transport : {"auto", "direct", "proxy", "comm"}
        How a front-end reaches the server: whichever way works, or only directly at 127.0.0.1, through
        jupyter-server-proxy, or through the kernel, which is slower and waits while a cell runs.
    url_prefix : str, optional
        Address of the notebook server as the browser sees it, where it is not found by itself, such as
        `"https://hub.example.org/user/ada/"`.
    **settings
        How it is shown at first: `window=(low, high)`, `color_map=`, `opacity=`, `layout=`, `rendering=`,
        `slice=(z, y, x)`, `roi=` (three slices), `filter=`, and `height=` in pixels.

    Returns
    -------
    Viewer
        Its methods read and change what is shown. It can be used with `with`, or closed by `close`.

    Raises
    ------
    InputError
        When a file cannot be read.
    ParameterError
        When a setting makes no sense.

    Examples
    --------
    >>> import numpy as np, voxsieve as vx
    >>> scan = vx.open(np.zeros((64, 80, 96), "uint16"), spacing=2.5, unit="um")
    >>> viewer = vx.view(scan, window=(0, 1000))
    >>> viewer.set_roi((slice(10, 20), slice(0, 80), slice(16, 48)))
    >>> viewer.get_roi_slice(0)
    (slice(10, 20, None), slice(0, 80, None), slice(16, 48, None))
    >>> part = viewer.get_roi_image(0)
    >>> part.shape, part.translation
    ((10, 80, 32), {'z': 25.0, 'y': 0.0, 'x': 40.0})
    >>> viewer.close()
    """
    checked_word("ui", ui, ("full", "compact", "none"))
    checked_word("transport", transport, tuple(RUNGS))
    _check_settings(settings)
    viewer = Viewer(size_of(memory_budget) or _BUDGET, ui, transport, url_prefix)
    try:
        if image is not None:
            viewer.set_image(image, name)
        if label_image is not None:
            viewer.set_label_image(label_image)
        for key, value in settings.items():
            _SETTINGS[key](viewer, value)
    except BaseException:
        viewer.close()
        raise
    if kernel() is not None:
        viewer._ipython_display_()
    return viewer


def _check_settings(settings: dict[str, Any]) -> None:
    for key in settings:
        if key not in _SETTINGS:
            near = difflib.get_close_matches(key, _SETTINGS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_SETTINGS)}"
            raise TypeError(f"{key!r} is not a setting of a viewer; {hint}")


class Viewer(Filtering, Looks, Events, Displayed):
    """A volume on the screen; made by `view`.

    Every method that reads answers at once from the server in this process: also in the cell that made the
    viewer, while a cell runs, and when nobody looks. Scale levels count from 0, the full resolution;
    slices and
    triples are z, y, x.
    """

    def __init__(self, memory_budget: int, ui: str, transport: str, url_prefix: str | None) -> None:
        """Use `voxsieve.view`."""
        self._server = server()
        if url_prefix is not None:
            self._server.allow(url_prefix)
        super().__init__(self._server.open(memory_budget), memory_budget)
        self._how = {
            "ui": ui,
            "transport": transport,
            "port": self._server.port(),
            "prefix": proxied(url_prefix, self._server.port()),
            "height": None,
        }

    def diagnose(self) -> dict[str, Any]:
        """What decides whether the viewer can be seen: print it, or send it along with a report.

        Returns
        -------
        dict
            The server, what is installed, who looks, and for each way to the server that a front-end tried
            whether it worked, or why not.
        """
        widget = self._widget
        return {
            "voxsieve": _voxsieve.__version__,
            "server": f"127.0.0.1:{self._server.port()}",
            "session": self._session.id(),
            "prefix": self._how["prefix"],
            "transport": self._how["transport"],
            "in a notebook": kernel() is not None,
            "anywidget": missing() or "is installed",
            "jupyter-server-proxy": _installed("jupyter_server_proxy"),
            "front-ends": json.loads(self._session.clients()),
            "tried": [] if widget is None else widget.tried,
            "memory": self._document["memory"],
        }

    def close(self) -> None:
        """Stop showing: front-ends are told, and jobs are cancelled. Nothing that was stored is lost."""
        if self._closed:
            return
        self._closed = True
        if self._widget is not None:
            self._widget.end()
        self._server.close(self._session.id())
        self._volumes.clear()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _installed(module: str) -> str:
    found = importlib.util.find_spec(module) is not None
    return "is installed here" if found else "is not installed here; it belongs to the notebook server"
