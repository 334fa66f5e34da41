"""Results that are stored: what that costs, and doing it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from voxsieve import _voxsieve
from voxsieve._computed import Computed
from voxsieve._errors import OutputExistsError, ParameterError
from voxsieve._functions import Function
from voxsieve._plan import Plan
from voxsieve._progress import Bar
from voxsieve._storing import Pyramid, layout_of, positive, size_of

if TYPE_CHECKING:
    from voxsieve._volume import Volume


class Results(Computed):
    """What a volume becomes when it is asked for."""

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        memory: int | str | None = None,
        threads: int | None = None,
        pyramid: Pyramid | None = None,
        levels: int | None = None,
        factors: int | Sequence[int] | Sequence[Sequence[int]] | None = None,
        chunk: int = 128,
        ome: Literal["0.4", "0.5"] = "0.5",
        codec: Literal["zstd", "fast"] = "zstd",
        format: Literal["zarr", "tiff", "slices", "nrrd", "mha", "mhd", "raw"] | None = None,
        sync: Literal["none", "block", "end"] = "block",
        tile: int | None = None,
        scratch: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        resume: bool = False,
        progress: bool = True,
    ) -> Volume:
        """Run all steps over the whole volume and store the result.

        Ctrl-C, an exception in a function, a crash or a lost machine leave an unfinished output, which
        `resume=True` finishes; the stored bytes are the same as without the stop.

        Parameters
        ----------
        path : path
            A multiscale OME-Zarr folder, or a `.tif`, `.nrrd`, `.mha`, `.mhd` or `.raw` file, by its
            extension. With `IMAGE/labels/NAME` masks and labels are stored inside the OME-Zarr image that
            they belong to.
        memory : int or str, optional
            Most memory that is added to the process, in bytes or as `"4GiB"`; half of what is available when
            left out.
        threads : int, optional
            Most threads; one for each processor when left out.
        pyramid : {"mean", "gaussian", "mode", "nearest", "min", "max"}, optional
            How coarser levels are made: mean when left out, mode of masks and labels.
        levels : int, optional
            Number of levels, the full resolution included; until a level fits into two chunks when left out.
        factors : int, three ints, or one of these for each level, optional
            From each level to the next; 2 when left out.
        chunk : int
            Edge of a stored chunk in voxels.
        ome : {"0.5", "0.4"}
            Version of OME-Zarr.
        codec : {"zstd", "fast"}
            How chunks are packed: smaller, or in a shorter time.
        format : str, optional
            The format, where the extension does not say it.
        sync : {"block", "end", "none"}
            When data must have reached the disk.
        tile : int, optional
            Edge of the boxes that are computed at once; the plan chooses it.
        scratch : path, optional
            Folder for scratch files; beside the output when left out.
        overwrite : bool
            Replace an output that exists; discard one that is unfinished.
        resume : bool
            Go on with an unfinished output, or check and repair a finished one.
        progress : bool
            Whether a bar is shown.

        Returns
        -------
        Volume
            What was stored, opened; its `report` tells times, memory and statistics.

        Raises
        ------
        OutputExistsError
            When the output is there already.
        BudgetError
            When the work does not fit into the memory budget, before anything is written; `least` is what
            does.
        """
        if overwrite and resume:
            raise ParameterError("overwrite: goes on with nothing; give it or resume, not both")
        with suppress(Exception):
            # What a function has to say against a block it says during the run, with its place.
            self._probe()
        given = {"tile": tile, "scratch": scratch, "factors": factors}
        task = self._task(
            path,
            memory,
            threads,
            pyramid=pyramid,
            levels=levels,
            chunk=chunk,
            ome=ome,
            codec=codec,
            format=format,
            sync=sync,
            **given,
        )
        if not resume:
            self._warn_of_space(task)
        begin = "resume" if resume else "overwrite" if overwrite else "fresh"
        with Bar(progress) as bar, self._workers(threads, None if scratch is None else os.fspath(scratch)):
            try:
                task.run(begin, bar)
            except OutputExistsError as error:
                self._explain(error, resume)
                raise
            except BaseException as error:
                if _partial(Path(path)).exists():
                    error.add_note(f"{os.fspath(path)} is unfinished; save it with resume=True to go on")
                raise
        from voxsieve._open import open as open_volume

        return open_volume(path)

    def _explain(self, error: OutputExistsError, resume: bool) -> None:
        volatile = [step.name for step in self._steps if isinstance(step, Function) and step.volatile]
        if resume and (volatile or self._base.session):
            what = volatile[0] if volatile else self._base.source.describe()
            error.add_note(
                f"{what} cannot be fingerprinted, so a run can only be resumed with the very same "
                f"object: nobody could tell "
                "whether it is still what it was"
            )

    @staticmethod
    def _warn_of_space(task: _voxsieve.Task) -> None:
        for sentence in task.check_space():
            warnings.warn(sentence, ResourceWarning, stacklevel=3)

    def _task(
        self,
        path: str | os.PathLike[str],
        memory: int | str | None,
        threads: int | None,
        **given: Any,
    ) -> _voxsieve.Task:
        scratch = given.get("scratch")
        options = self._options(
            layout=layout_of(given),
            sync=given.get("sync"),
            memory=size_of(memory),
            threads=positive("threads", threads),
            tile=positive("tile", given.get("tile")),
            scratch=None if scratch is None else os.fspath(scratch),
        )
        return _voxsieve.Task(self._base.source, Path(path), self._steps_json, options)

    def plan(
        self,
        path: str | os.PathLike[str] = "volume.ome.zarr",
        *,
        memory: int | str | None = None,
        threads: int | None = None,
        time: bool = False,
        **storing: Any,
    ) -> Plan:
        """What saving will cost, or why it cannot fit: blocks, bytes, memory, halo, passes. Nothing is
        stored.

        Parameters
        ----------
        path : path
            Where it would be saved; the free space there is looked at.
        memory, threads
            As for `save`.
        time : bool
            Run a small part of the job beside `path` to foretell how long it will take, which itself takes
            some seconds.
        **storing
            The other options of `save`.

        Returns
        -------
        Plan
            A table in notebooks; its figures are attributes.

        Raises
        ------
        BudgetError
            When the work does not fit into the memory budget; `least` is what does.
        """
        self._probe()
        task = self._task(path, memory, threads, **storing)
        functions = [step for step in self._steps if isinstance(step, Function)]
        return Plan(task, functions, time)

    def _probe(self) -> None:
        """Measures on one block what functions take for themselves, where nobody has said it."""
        from voxsieve._probe import probe

        for number, step in enumerate(self._steps):
            if isinstance(step, Function) and step.memory is None and step.probed is None:
                before = self._with(steps=self._steps[:number])
                step.probed = probe(before, step)


def _partial(path: Path) -> Path:
    """Where an output is while it is not whole."""
    return path.with_name(f".{path.name}.partial")
