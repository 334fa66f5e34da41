"""`Plan`: what saving a volume will cost."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from voxsieve._functions import Function
from voxsieve._sources import SHORT_NAMES
from voxsieve._voxsieve import Task, format_bytes


class Plan:
    """What saving will cost; a table in notebooks. Made by `Volume.plan`.

    Attributes
    ----------
    peak_bytes : int
        Most memory that the run will add to the process.
    least_bytes : int
        The least memory budget that is enough with as many threads.
    budget_bytes : int
        The budget that it was planned for.
    threads : int
        Threads that will work.
    tile, chunk, shard : tuple of int
        Voxels (z, y, x) that are computed at once, encoded together, and kept in one file.
    blocks : tuple of int
        Number of tiles along z, y, x.
    halo : tuple of int
        Context (z, y, x) around a tile that all steps need together, in voxels.
    passes : int
        Times that the source is walked through.
    read_amplification : float
        Voxels read or decoded for each voxel of the source that is needed.
    input_bytes, output_bytes, temporary_bytes : int
        Bytes that are read, and at most written, uncompressed; at most needed on disk during the run beside
        the output.
    files : int
        Files of the output.
    shape : tuple of int
        Shape (z, y, x) of the result.
    dtype : str
        Type of the result, as NumPy names it.
    seconds : (float, float) or None
        Least and greatest time foretold, where that was asked for.
    """

    def __init__(self, task: Task, functions: Sequence[Function], time: bool) -> None:
        """Use `Volume.plan`."""
        self._task = task
        self._time = time
        self._functions = tuple(functions)
        projection: dict[str, Any] = json.loads(task.projection())
        spec: dict[str, Any] = json.loads(task.spec())
        self._forecast: dict[str, Any] = json.loads(task.forecast(time))
        self.peak_bytes: int = projection["peak_bytes"]
        self.least_bytes: int = projection["least_bytes"]
        self.budget_bytes: int = projection["budget_bytes"]
        self.threads: int = projection["threads"]
        self.tile = _triple(projection["tile"])
        self.chunk = _triple(projection["chunk"])
        self.shard = _triple(projection["shard"])
        self.halo = _triple(projection["halo"])
        self.passes: int = projection["passes"] + projection["level_passes"]
        self.read_amplification: float = projection["read_amplification"]
        self.input_bytes: int = projection["input_bytes"]
        self.output_bytes: int = projection["output_bytes"]
        self.temporary_bytes: int = (
            projection["temporary_bytes"] + projection["scratch_disk_bytes"] + projection["table_bytes"]
        )
        self.files: int = self._forecast["files"]
        self.shape = _triple(spec["shape"])
        self.dtype = next(name for name, short in SHORT_NAMES.items() if short == spec["dtype"])
        z, y, x = (-(-size // tile) for size, tile in zip(self.shape, self.tile, strict=True))
        self.blocks = (z, y, x)
        time_range = self._forecast["time"]
        self.seconds: tuple[float, float] | None = (
            None if time_range is None else (time_range["low_seconds"], time_range["high_seconds"])
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan to a file, which `voxsieve run FILE` runs. What begins with an object in memory
        cannot be.
        """
        self._task.save(Path(path), self._time)

    def _rows(self) -> list[tuple[str, str, str]]:
        z, y, x = self.blocks
        peak = f"{format_bytes(self.peak_bytes)} of a budget of {format_bytes(self.budget_bytes)}"
        rows = [
            ("Result", f"{_by(self.shape)} {self.dtype}", "z, y, x"),
            ("Memory", peak, f"{format_bytes(self.least_bytes)} are enough"),
            (
                "Blocks",
                f"{z * y * x} of {_by(self.tile)}",
                f"{self.threads} at a time, halo {_by(self.halo)}",
            ),
            (
                "Reads",
                format_bytes(self.input_bytes),
                f"each voxel {self.read_amplification:.2f} times, {_passes(self.passes)}",
            ),
            (
                "Writes",
                f"at most {format_bytes(self.output_bytes)}",
                f"{self.files} files, before compression",
            ),
        ]
        if self.temporary_bytes:
            rows.append(
                ("Scratch", f"at most {format_bytes(self.temporary_bytes)}", "on disk, during the run only")
            )
        if self.seconds is not None:
            low, high = self.seconds
            rows.append(
                ("Time", f"{_duration(low)} to {_duration(high)}", "foretold from a small part of the job")
            )
        for function in self._functions:
            rows.append(("Function", function.name, _own_memory(function)))
        return rows

    def __repr__(self) -> str:
        lines = [f"  {name:9} {value}  ({note})" for name, value, note in self._rows()]
        return "\n".join(["<voxsieve.Plan", *lines, ">"])

    def _repr_html_(self) -> str:
        from voxsieve._html import STYLE

        share = min(100.0, 100.0 * self.peak_bytes / max(1, self.budget_bytes))
        body = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(value)}</td><td class='vx-note'>{escape(note)}</td></tr>"
            for name, value, note in self._rows()
        )
        bar = (
            f"<div class='vx-bar' title='share of the memory budget'><div "
            f"style='width:{share:.1f}%'></div></div>"
        )
        table = f"<table class='vx-plan'>{body}</table>"
        return f"{STYLE}<div class='vx'><div class='vx-title'>Plan</div>{table}{bar}</div>"


def _triple(values: Sequence[int]) -> tuple[int, int, int]:
    z, y, x = values
    return z, y, x


def _by(values: Sequence[int]) -> str:
    return " × ".join(str(value) for value in values)


def _passes(count: int) -> str:
    return "in one pass" if count == 1 else f"in {count} passes"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _own_memory(function: Function) -> str:
    if function.memory is not None:
        return f"takes {function.memory} bytes for each voxel of a block, as declared: not guaranteed"
    if function.workers == "processes":
        return "its processes have memory of their own, which is not counted"
    if function.probed is None:
        return "what it takes for itself is not known, and not counted"
    return f"took {function.probed:.1f} bytes for each voxel of a block when tried once: not guaranteed"
