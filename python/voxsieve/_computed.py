"""Results in memory: arrays of a volume's voxels."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from voxsieve import _voxsieve
from voxsieve._functions import Function
from voxsieve._geometry import Triple
from voxsieve._progress import Bar
from voxsieve._state import State
from voxsieve._storing import positive, size_of


class Computed(State):
    """What a volume is as an array."""

    def compute(
        self,
        *,
        memory: int | str | None = None,
        threads: int | None = None,
        scratch: str | os.PathLike[str] | None = None,
        progress: bool = True,
    ) -> NDArray[Any]:
        """Compute all voxels in memory.

        Parameters
        ----------
        memory : int or str, optional
            Most memory that is added to the process, the result included, in bytes or as `"4GiB"`; half of
            what is available when left out.
        threads : int, optional
            Most threads; one for each processor when left out.
        scratch : path, optional
            Folder for what lies on disk meanwhile; the system's folder for temporary files when left out.
        progress : bool
            Whether work that takes longer than two seconds shows a bar.

        Returns
        -------
        ndarray
            The voxels, axes z, y, x.

        Raises
        ------
        BudgetError
            When the result, or what computing it takes, does not fit: `save` it to a file instead.
        """
        return self._computed(memory=memory, threads=threads, scratch=scratch, progress=progress)[0]

    def _computed(
        self,
        *,
        memory: int | str | None = None,
        threads: int | None = None,
        scratch: str | os.PathLike[str] | None = None,
        progress: bool = True,
        cell: Triple | None = None,
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        folder = None if scratch is None else os.fspath(scratch)
        options = self._options(memory=size_of(memory), threads=positive("threads", threads), scratch=folder)
        with Bar(progress, delay=2.0) as bar, self._workers(threads, folder):
            array, report = _voxsieve.compute(self._base.source, self._steps_json, options, cell, bar)
        document: dict[str, Any] = json.loads(report)
        return array, document

    def _workers(self, threads: int | None, scratch: str | None) -> ExitStack:
        """Processes for the functions that want some, as long as a run needs them."""
        with ExitStack() as stack:
            for step in self._steps:
                if isinstance(step, Function) and step.workers == "processes":
                    from voxsieve._processes import Pool

                    stack.enter_context(Pool.of(step, threads or os.cpu_count() or 1, scratch))
            return stack.pop_all()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError(
                "a lazy volume has no array yet, so its voxels cannot be given without making one"
            )
        array = self.compute()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.compute().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return np.empty(0, self.dtype).__dlpack_device__()
