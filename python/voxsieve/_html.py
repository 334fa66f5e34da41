"""How volumes look: a line in a terminal, a card with pictures in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from voxsieve._functions import Function
from voxsieve._geometry import SHORT, Box, Span
from voxsieve._pictures import figure, histogram, window
from voxsieve._voxsieve import format_bytes

if TYPE_CHECKING:
    from voxsieve._volume import Volume

_EDGE = 384
"""Most voxels along a picture; more are not read, so that looking at a volume stays cheap."""
_SMALL = 16 << 20
"""Voxels of a scale level that is small enough to be shown whole."""

STYLE = """<style>
.vx{font:13px/1.45 system-ui,sans-serif;color:inherit;max-width:760px}
.vx-title{font-weight:600;margin:0 0 4px}.vx-title span{font-weight:400;opacity:.65;margin-left:.6em}
.vx table{border-collapse:collapse;margin:0 0 8px;background:none;font-size:inherit}
.vx tr,.vx tr:nth-child(even){background:none!important}
.vx th,.vx td{text-align:left!important;vertical-align:top;padding:1px 14px 1px
0!important;border:0!important} .vx th{font-weight:400;opacity:.65;white-space:nowrap}.vx
.vx-note{opacity:.65} .vx-plan td{white-space:nowrap}
.vx .vx-code{font-family:ui-monospace,monospace;font-size:12px}
.vx-row{display:flex;flex-wrap:wrap;gap:10px;align-items:flex-end}
.vx figure{margin:0!important}.vx figure
img{display:block;image-rendering:auto;border-radius:3px;max-width:220px;max-height:200px} .vx
figcaption{font-size:11px;opacity:.65;margin-top:2px}
.vx-hist{color:#4a7ebb}.vx-bar{height:6px;border-radius:3px;background:rgba(128,128,128,.25);max-width:420px}
.vx-bar div{height:6px;border-radius:3px;background:#4a7ebb} </style>"""


def text(volume: Volume) -> str:
    """One line: `<voxsieve.Volume 200 x 300 x 400 uint8, 2.5 µm, median then binary-threshold>`."""
    shape = " x ".join(str(size) for size in volume.shape)
    parts = [f"{shape} {volume.dtype} {volume.kind}", spacing(volume)]
    parts.append(_steps(volume) or volume._base.source.describe())
    return f"<voxsieve.Volume {', '.join(parts)}>"


def spacing(volume: Volume) -> str:
    """The voxel size for people."""
    if volume.spacing is None:
        return "voxel size unknown"
    unit = SHORT.get(volume.unit, volume.unit) if volume.unit else "of an unknown unit"
    sizes = [f"{size:.6g}" for size in volume.spacing]
    same = len(set(sizes)) == 1
    return f"{sizes[0] if same else ' × '.join(sizes)} {unit}"


def _steps(volume: Volume) -> str:
    steps = [step["filter"] for step in volume.steps]
    return " then ".join(steps)


def volume(volume: Volume) -> str:
    """A card: shape, type, voxel size, chunks; the middle slices as pictures; the histogram of what they
    show.
    """
    try:
        pictures, note = _pictures(volume)
    except Exception as error:
        # A card is shown whatever the file is like; what is wrong with it stands where its pictures would be.
        pictures, note = "", f"no pictures: {error}"
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{value}</td></tr>" for name, value in _rows(volume))
    below = f"<div class='vx-note'>{escape(note)}</div>" if note else ""
    kind = f"{volume.kind}, {volume.dtype}"
    title = f"<div class='vx-title'>voxsieve.Volume<span>{escape(kind)}</span></div>"
    return f"{STYLE}<div class='vx'>{title}<table>{rows}</table>{pictures}{below}</div>"


def _rows(volume: Volume) -> list[tuple[str, str]]:
    shape = " × ".join(str(size) for size in volume.shape)
    chunk = " × ".join(str(size) for size in volume.chunks)
    counts = [-(-size // part) for size, part in zip(volume._base.spec["shape"], volume.chunks, strict=True)]
    source = escape(volume._base.source.describe())
    if volume.path is not None:
        source = (
            f"<span class='vx-code'>{escape(str(volume.path))}</span><br><span "
            f"class='vx-note'>{source}</span>"
        )
    rows = [
        ("Shape", f"{shape} <span class='vx-note'>z, y, x; {format_bytes(volume.nbytes)}</span>"),
        ("Voxel size", escape(spacing(volume)) + _extent(volume)),
        (
            "Chunks",
            f"{chunk} <span class='vx-note'>{' × '.join(map(str, counts))} in the source</span>",
        ),
        ("Source", source),
    ]
    if any(volume.origin):
        origin = ", ".join(f"{value:.6g}" for value in volume.origin)
        rows.insert(2, ("Origin", escape(origin)))
    if not volume.steps and len(volume.levels) > 1:
        shapes = ", ".join(" × ".join(map(str, shape)) for shape in volume.levels)
        rows.append(("Levels", f"{len(volume.levels)} <span class='vx-note'>{shapes}</span>"))
    if volume.steps:
        lines = "<br>".join(f"<span class='vx-code'>{escape(_step(step))}</span>" for step in volume.steps)
        rows.append(("Steps", lines))
    return rows


def _extent(volume: Volume) -> str:
    if volume.spacing is None:
        return " <span class='vx-note'>spacing= and unit= of open() say it</span>"
    unit = SHORT.get(volume.unit or "", volume.unit or "")
    sizes = [f"{n * s:.4g}" for n, s in zip(volume.shape, volume.spacing, strict=True)]
    return f" <span class='vx-note'>{' × '.join(sizes)} {escape(unit)} in all</span>"


def _step(step: dict[str, Any]) -> str:
    given = step.get("params") or step.get("function", {}).get("arguments", {})
    name = step["filter"] if "function" in step else step["filter"].replace("-", "_")
    return f"{name}({', '.join(f'{name}={value}' for name, value in given.items())})"


def _pictures(volume: Volume) -> tuple[str, str]:
    """The middle slices with a histogram, and what to know about them."""
    if any(isinstance(step, Function) for step in volume._steps):
        return "", "Pictures would call the functions of the steps: compute() a part to look at it."
    if volume._outline["whole"] is not None:
        return (
            "",
            f"Pictures need the whole volume, because of {volume._outline['whole']}: compute() or save() it.",
        )
    shown, words = _shown(volume)
    z, y, x = (size // 2 for size in shown.shape)
    planes = [("z", z, shown[z]), ("y", y, shown[:, y]), ("x", x, shown[:, :, x])]
    low, high = window(np.concatenate([plane.ravel() for _, _, plane in planes]), shown.kind)
    figures = "".join(figure(shown, name, at, plane, low, high) for name, at, plane in planes)
    # How often a number of an object comes says nothing.
    bars = "" if shown.kind == "labels" else histogram([plane for _, _, plane in planes])
    return f"<div class='vx-row'>{figures}{bars}</div>", words


def _shown(volume: Volume) -> tuple[Volume, str]:
    """What is small enough to be looked at: the volume, a coarser level of it, or its middle."""
    if volume.size <= _SMALL:
        return volume, ""
    if not volume.steps and volume._bins is None and not volume._cubic:
        for number in range(volume._base.number + 1, len(volume.levels)):
            coarser = volume.level(number)
            if coarser.size <= _SMALL:
                return coarser, f"Pictures and histogram are of scale level {number}."
    spans: list[Span] = []
    for size in volume.shape:
        begin = max(0, (size - _EDGE) // 2)
        spans.append((begin, min(size, begin + _EDGE)))
    box: Box = (spans[0], spans[1], spans[2])
    return volume._cropped(
        box
    ), f"Pictures and histogram are of the middle {' × '.join(str(e - b) for b, e in box)} voxels."
