"""How far a run is, as a bar in a terminal or a notebook."""

from __future__ import annotations

import time
import warnings
from types import TracebackType
from typing import Any

from voxsieve._voxsieve import format_bytes

_WORDS = {
    "compute": "computing",
    "survey": "looking",
    "objects": "objects",
    "join": "joining",
    "pyramid": "pyramid",
    "check": "checking",
    "scratch": "unpacking",
    "verify": "verifying",
}
_FILES = {"check", "pyramid", "verify"}


class Bar:
    """A progress bar that a run is told to; it appears when the run has gone on for `delay` seconds."""

    def __init__(self, shown: bool, delay: float = 0.0) -> None:
        self.shown, self.from_ = shown, time.monotonic() + delay
        self.bar: Any = None
        self.stage = ""

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, stage: str, done: int, total: int, resident: int) -> None:
        """Told by the library, about twenty times a second."""
        if not self.shown or total == 0 or time.monotonic() < self.from_:
            return
        if stage != self.stage:
            self._begin(stage, total)
        self.bar.total = total
        self.bar.set_postfix_str(f"{format_bytes(resident)} in memory", refresh=False)
        self.bar.update(done - self.bar.n)

    def _begin(self, stage: str, total: int) -> None:
        self.stage = stage
        if self.bar is None:
            with warnings.catch_warnings():
                # Without ipywidgets the bar is text, which is well.
                warnings.simplefilter("ignore")
                from tqdm.auto import tqdm
            self.bar = tqdm(total=total, unit="voxel", unit_scale=True, leave=False)
        self.bar.reset(total)
        self.bar.unit = "file" if stage in _FILES else "voxel"
        self.bar.set_description(_WORDS.get(stage, stage), refresh=False)
