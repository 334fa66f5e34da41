"""A run over a whole volume, in the background."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voxsieve._errors import FunctionError, VoxsieveError
from voxsieve._volume import Volume

if TYPE_CHECKING:
    from voxsieve._viewer_state import Shown

ENDED = ("done", "failed", "cancelled")


class Job:
    """A run that goes on in the background, made by `Viewer.apply`. Its result appears as a layer of the
    viewer.
    """

    def __init__(self, viewer: Shown, identifier: str, output: Path) -> None:
        """Use `Viewer.apply`."""
        self._viewer = viewer
        self._id = identifier
        self._output = output

    @property
    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._viewer._session.job(self._id))
        return state

    @property
    def id(self) -> str:
        """Its name in the viewer."""
        return self._id

    @property
    def status(self) -> str:
        """waiting, running, done, failed or cancelled."""
        return str(self._state["status"])

    @property
    def progress(self) -> float:
        """How much of the present stage is done: 0 to 1."""
        state = self._state
        if state["status"] == "done":
            return 1.0
        return float(state["done"]) / state["total"] if state["total"] else 0.0

    @property
    def eta(self) -> float | None:
        """Seconds that the present stage still takes; `None` while nobody knows."""
        eta = self._state["eta_seconds"]
        return None if eta is None else float(eta)

    @property
    def command(self) -> str:
        """The command that does the same in a terminal."""
        return str(self._state["command"])

    def cancel(self) -> None:
        """Ask the run to stop after the tiles that are in work. `resume` goes on with it."""
        self._viewer._session.cancel(self._id)

    def resume(self) -> Job:
        """Go on with a run that was cancelled or has failed; what is stored already is not done again."""
        self._viewer._session.resume(self._id)
        return self

    def result(self, timeout: float | None = None) -> Volume:
        """Wait until the run has ended.

        Parameters
        ----------
        timeout : float, optional
            Most seconds that are waited; for ever when left out.

        Returns
        -------
        Volume
            What was stored, opened.

        Raises
        ------
        TimeoutError
            When it takes longer; the run goes on.
        VoxsieveError
            When it failed or was cancelled; `resume` goes on with it.
        """
        from voxsieve._open import open as open_volume

        end = None if timeout is None else time.monotonic() + timeout
        while True:
            # In short pieces, so that Ctrl-C is heard.
            state = json.loads(self._viewer._session.wait_for_job(self._id, 0.1))
            if state["status"] in ENDED:
                break
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"{state['name']} was not done within {timeout:g} s; it goes on")
        self._refuse(state)
        return open_volume(self._output)

    def _refuse(self, state: dict[str, Any]) -> None:
        """Raises for a run that did not come to its end."""
        hint = "; resume() goes on with it" if state["resumable"] else ""
        if state["status"] == "cancelled":
            raise VoxsieveError(f"{state['name']} was cancelled{hint}")
        if state["status"] == "failed":
            raise FunctionError(f"{state['name']} failed: {state['message']}{hint}")

    def __repr__(self) -> str:
        state = self._state
        words = f"{state['status']}, {self.progress:.0%}"
        return f"<voxsieve.Job {state['name']!r} -> {state['output']}, {words}>"
