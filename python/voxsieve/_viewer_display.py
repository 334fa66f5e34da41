"""A viewer where it is displayed: as a widget, or as a link and a picture."""

from __future__ import annotations

import base64
import importlib.util
import os
import sys
from html import escape
from typing import Any

import numpy as np

from voxsieve import _html, _pictures, _voxsieve
from voxsieve._viewer_state import Shown

_LOOKED_AT = 16 << 20
"""Voxels of a volume without coarser levels that are looked at before anybody asks."""
_HEIGHTS = {"full": 620, "compact": 420, "none": 420}
RUNGS = {
    "auto": ["direct", "proxy", "comm"],
    "direct": ["direct"],
    "proxy": ["proxy"],
    "comm": ["comm"],
}
"""The ways to the server that a front-end tries, in their order."""


class Displayed(Shown):
    """What notebooks ask of an object."""

    _server: _voxsieve.ViewerServer
    _widget: Any = None
    _shown_in: object = None
    _how: dict[str, Any]

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the viewer. Whoever has it can change what is shown."""
        _ = self._document
        url = self._session.url()
        prefix = self._how["prefix"]
        return prefix + "#" + url.partition("#")[2] if "://" in prefix else url

    def __repr__(self) -> str:
        if self._closed:
            return "<voxsieve.Viewer, closed>"
        return f"<voxsieve.Viewer of {self._names} at {self.url}>"

    @property
    def _names(self) -> str:
        return ", ".join(layer["name"] for layer in self._document["layers"]) or "nothing yet"

    def _ipython_display_(self) -> None:
        """Displays the viewer, but not twice in the cell that made it."""
        cell = current_cell()
        if cell is not None and cell == self._shown_in:
            return
        self._shown_in = cell
        from IPython.display import publish_display_data

        publish_display_data(self._bundle())  # type: ignore[no-untyped-call]
        if self._widget is not None and not self._closed:
            transient = {"display_id": self._still_id}
            publish_display_data(self._still(self._png()), transient=transient)  # type: ignore[no-untyped-call]

    def _bundle(self) -> dict[str, Any]:
        """The viewer in the forms that a notebook can show while the kernel runs."""
        if self._closed:
            return {"text/plain": repr(self)}
        widget = self._as_widget()
        if widget is None:
            png = self._png()
            link = {"text/plain": repr(self), "text/html": self._as_link(png)}
            return link if png is None else {**link, "image/png": base64.b64encode(png).decode()}
        found = widget._repr_mimebundle_()
        view = found[0] if isinstance(found, tuple) else found
        # What is saved, and perhaps given away, says nothing of the way into the session.
        return {**view, "text/plain": f"<voxsieve.Viewer of {self._names}>"}

    @property
    def _still_id(self) -> str:
        return f"voxsieve-still-{self._session.id()}"

    def _still(self, png: bytes | None) -> dict[str, str]:
        """A picture as an output of its own, for when the kernel is gone: a front-end that shows the widget
        hides
        what has this class. As part of the widget's output it would not be shown by a JupyterLab that trusts
        the notebook.
        """
        picture = "" if png is None else f"<img alt='Picture of the viewer' src='{_address(png)}'>"
        return {
            "text/plain": "Picture of the viewer",
            "text/html": f"<div class='{self._still_id}'>{picture}</div>",
        }

    def _keep_still(self, change: dict[str, Any]) -> None:
        """Puts what a front-end shows in place of the picture in the notebook."""
        if self._shown_in is None or self._closed:
            return
        from IPython.display import publish_display_data

        png = base64.b64decode(change["new"].partition(",")[2])
        transient = {"display_id": self._still_id}
        publish_display_data(self._still(png), transient=transient, update=True)  # type: ignore[no-untyped-call]

    def _png(self) -> bytes | None:
        return self._session.last_picture() or self._picture()

    def _as_widget(self) -> Any:
        """The widget; `None` where anywidget, or the front-end's own program, is not installed."""
        if self._widget is None and missing() is None:
            from voxsieve._widget import Widget

            ui = self._how["ui"]
            self._widget = Widget(
                self._server,
                self._session,
                prefix=self._how["prefix"],
                rungs=RUNGS[self._how["transport"]],
                ui=ui,
                height=self._how["height"] or _HEIGHTS[ui],
            )
            self._widget.observe(self._keep_still, "png")
        return self._widget

    def _as_link(self, png: bytes | None) -> str:
        """What is shown without a widget."""
        prefix, url = self._how["prefix"], self.url
        picture = "" if png is None else f"<img src='{_address(png)}'>"
        if prefix:
            # Under the notebook's own address it may stand in a frame.
            address = f"{prefix}#{url.partition('#')[2]}"
            height = self._how["height"] or _HEIGHTS[self._how["ui"]]
            picture = (
                f"<iframe src='{escape(address)}' style='width:100%;height:{height}px;border:0'></iframe>"
            )
        link = f"<a href='{escape(url)}' target='_blank' rel='noopener'>Open the viewer</a>"
        return f"<div>{picture}<p>{link} ({escape(missing() or '')})</p></div>"

    def _picture(self) -> bytes | None:
        """The middle slices of the image as PNG, for where no front-end has been; `None` where looking at
        them
        would take long.
        """
        images = [layer for layer in self._document["layers"] if layer["role"] == "image"]
        volume = self._volumes.get(images[0]["id"]) if images else None
        small = volume is not None and (volume.size <= _LOOKED_AT or len(volume.levels) > 1)
        if volume is None or volume._steps or not small:
            return None
        shown, _ = _html._shown(volume)
        z, y, x = (size // 2 for size in shown.shape)
        planes = [shown[z], shown[:, y], shown[:, :, x]]
        low, high = images[0]["window"]
        with np.errstate(invalid="ignore"):
            greys = [(plane.astype(np.float64) - low) / max(high - low, 1e-30) * 255 for plane in planes]
        height = max(grey.shape[0] for grey in greys)
        framed = [np.pad(grey, ((0, height - grey.shape[0]), (0, 4))) for grey in greys]
        return _pictures.png(np.nan_to_num(np.clip(np.concatenate(framed, axis=1), 0, 255)).astype(np.uint8))


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def missing() -> str | None:
    """What must be installed for the viewer to stand in a notebook, in words; `None` when all is there."""
    if importlib.util.find_spec("anywidget") is None:
        return "to see it in the notebook, install anywidget: pip install anywidget"
    from importlib.resources import files

    if not files("voxsieve").joinpath("static", "widget.js").is_file():
        return "this build of voxsieve has no widget; `make viewer` builds it"
    return None


def kernel() -> Any:
    """IPython's shell, when it is that of a notebook; `None` in scripts and terminals."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if shell is not None and getattr(shell, "kernel", None) is not None else None


def current_cell() -> object:
    """What tells the cell that runs from others."""
    shell = kernel()
    return None if shell is None else shell.execution_count


def proxied(url_prefix: str | None, port: int) -> str:
    """Where the notebook server's proxy shows a port: an address, a path, or nothing where that is not known
    here.
    """
    base = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "") if url_prefix is None else url_prefix
    return f"{base.rstrip('/')}/proxy/{port}/" if base else ""
