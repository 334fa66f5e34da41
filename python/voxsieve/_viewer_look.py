"""How a viewer shows its layers: windows, colours, views, comparisons, pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from voxsieve._errors import ParameterError
from voxsieve._geometry import DIMS, amount
from voxsieve._viewer_layers import checked_opacity
from voxsieve._viewer_state import Shown, nothing_yet
from voxsieve._words import checked_word

Layout: TypeAlias = Literal["quad", "xy", "xz", "yz", "volume"]
Rendering: TypeAlias = Literal["dvr", "mip", "minip", "average", "iso"]
Comparison: TypeAlias = Literal["wipe", "hold", "difference", "side-by-side"]

_LAYOUTS = ("quad", "xy", "xz", "yz", "volume")
_COLOR_MAPS = ("gray", "viridis", "magma", "cividis", "bone")
_RENDERINGS = ("dvr", "mip", "minip", "average", "iso")


class Looks(Shown):
    """What can be done with the way layers look."""

    def set_window(self, low: float, high: float, name: str | None = None) -> None:
        """Values that become black and white.

        Parameters
        ----------
        low, high : float
            The values, in those of the volume.
        name : str, optional
            Name of the layer; the active image when left out.
        """
        if not low < high:
            raise ParameterError(f"window: {low:g} is not below {high:g}")
        self._display(name, {"window": [float(low), float(high)]})

    def set_color_map(self, color_map: str, name: str | None = None, *, inverted: bool = False) -> None:
        """Colours of values: gray, viridis, magma, cividis or bone, as they are or turned round."""
        checked_word("color_map", color_map, _COLOR_MAPS)
        self._display(name, {"colormap": color_map, "inverted": bool(inverted)})

    def set_opacity(self, opacity: float, name: str | None = None) -> None:
        """How much a layer covers what lies under it: 0 (not to be seen) to 1."""
        self._display(name, {"opacity": checked_opacity(opacity)})

    def set_visible(self, visible: bool, name: str | None = None) -> None:
        """Show or hide a layer."""
        self._display(name, {"visible": bool(visible)})

    def set_view_mode(self, layout: Layout | None = None, *, rendering: Rendering | None = None) -> None:
        """Which views there are, and how the volume is drawn.

        Parameters
        ----------
        layout : {"quad", "xy", "xz", "yz", "volume"}, optional
            Three slices and the volume, or one of them.
        rendering : {"dvr", "mip", "minip", "average", "iso"}, optional
            Lit and translucent, greatest or least or mean value along each ray, or a surface.
        """
        view: dict[str, Any] = {}
        if layout is not None:
            view["layout"] = checked_word("layout", layout, _LAYOUTS)
        if rendering is not None:
            view["mode"] = checked_word("rendering", rendering, _RENDERINGS)
        self._patch({"view": view})

    def set_slice(
        self, *, z: int | str | None = None, y: int | str | None = None, x: int | str | None = None
    ) -> None:
        """Move the slices to a voxel of full resolution, or to a place in the world such as `"1.5 mm"`."""
        document = self._document
        frame = document["frame"]
        if frame is None:
            raise nothing_yet(document)
        at = list(document["view"]["slice"])
        for axis, (dim, value) in enumerate(zip(DIMS, (z, y, x), strict=True)):
            if value is not None:
                at[axis] = _voxel(dim, value, frame, axis)
        self._patch({"view": {"slice": at}})

    def set_camera(
        self,
        position: Sequence[float] | None = None,
        target: Sequence[float] | None = None,
        up: Sequence[float] = (-1.0, 0.0, 0.0),
        *,
        zoom: float = 1.0,
        orthographic: bool = False,
    ) -> None:
        """Where the volume is seen from, in the world (z, y, x); without a position it is seen whole again.

        Parameters
        ----------
        position : three floats, optional
            Where the camera stands.
        target : three floats, optional
            What it looks at; the middle of the region of interest when left out.
        up : three floats
            Which way is up.
        zoom : float
            How much it enlarges.
        orthographic : bool
            Whether lines that are parallel stay so.
        """
        if position is None:
            self._patch({"view": {"camera": None}})
            return
        bounds = json.loads(self._session.roi())
        middle = [(a + b) / 2 for a, b in zip(bounds["lower"], bounds["upper"], strict=True)]
        camera = {"position": _three("position", position), "up": _three("up", up)}
        camera["target"] = _three("target", target) if target is not None else middle
        self._patch({"view": {"camera": {**camera, "zoom": float(zoom), "orthographic": orthographic}}})

    def compare(
        self, a: str | None, b: str = "filtered", mode: Comparison = "wipe", position: float = 0.5
    ) -> None:
        """Show two layers beside each other; `compare(None)` ends it.

        Parameters
        ----------
        a, b : str
            Names of the layers.
        mode : {"wipe", "hold", "difference", "side-by-side"}
            A line between them that can be dragged; the first while the space bar is held; what differs; or
            both.
        position : float
            Where the line is: 0 to 1.
        """
        if a is None:
            self._patch({"compare": None})
            return
        checked_word("mode", mode, ("wipe", "hold", "difference", "side-by-side"))
        document = self._document
        pair = [self._layer(name, document)["id"] for name in (a, b)]
        self._patch({"compare": {"a": pair[0], "b": pair[1], "mode": mode, "position": float(position)}})

    def histogram(
        self, name: str | None = None, region: Literal["roi", "volume"] = "roi", bins: int = 256
    ) -> dict[str, Any]:
        """How often values come.

        Parameters
        ----------
        name : str, optional
            Name of the layer; the active image when left out.
        region : {"roi", "volume"}
            Where they are counted.
        bins : int
            Number of intervals of the same length.

        Returns
        -------
        dict
            `counts`; `edges`, the outer ends of the intervals; `percentiles` by their names; `voxels`, how
            many
            were counted; `nan`, how many were no numbers; `level`, the scale level that was looked at; and
            `approximate`, true where that is not the full resolution.
        """
        checked_word("region", region, ("roi", "volume"))
        layer = self._named(name)
        result: dict[str, Any] = json.loads(self._session.histogram(layer["id"], region, int(bins)))
        return result

    def screenshot(self, path: str | os.PathLike[str] | None = None, *, timeout: float = 10) -> bytes:
        """A picture of the viewer as it is looked at now: a PNG.

        Parameters
        ----------
        path : path, optional
            Where it is written too.
        timeout : float
            Most seconds that are waited for a front-end.

        Raises
        ------
        TimeoutError
            When nobody looks at the viewer, or the cell that displays it has not ended yet.
        """
        _ = self._document
        picture = self._session.picture(float(timeout))
        if picture is None:
            raise TimeoutError(
                f"no picture within {timeout:g} s: a viewer must be on a screen; display it, or "
                f"open {self._session.url()}"
            )
        if path is not None:
            Path(path).write_bytes(picture)
        return picture

    def _named(self, name: str | None) -> dict[str, Any]:
        document = self._document
        return self._active(document) if name is None else self._layer(name, document)

    def _display(self, name: str | None, changes: Mapping[str, Any]) -> None:
        self._patch({"display": {self._named(name)["id"]: dict(changes)}})


def _voxel(dim: str, value: int | str, frame: Mapping[str, Any], axis: int) -> int:
    spacing = frame["spacing"]
    place = amount(value, frame["unit"] if spacing is not None else None)
    index = int(value) if place is None else round((place - frame["origin"][axis]) / spacing[axis])
    if not 0 <= index < frame["shape"][axis]:
        raise ParameterError(
            f"{dim}: {value} is outside the volume, which has {frame['shape'][axis]} voxels there"
        )
    return index


def _three(name: str, values: Sequence[float]) -> list[float]:
    three = [float(value) for value in values]
    if len(three) != 3:
        raise ParameterError(f"{name}: three numbers are needed (z, y, x), {len(three)} were given")
    return three
