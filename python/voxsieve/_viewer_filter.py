"""A viewer's chain of filters: tuned on what is shown, then run over the whole volume."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from voxsieve import _voxsieve
from voxsieve._errors import OutputExistsError, ParameterError
from voxsieve._functions import Function
from voxsieve._storing import layout_of, positive, size_of
from voxsieve._viewer_functions import descriptor_of
from voxsieve._viewer_job import Job
from voxsieve._viewer_layers import Layers
from voxsieve._viewer_region import Regions
from voxsieve._viewer_state import plain_step
from voxsieve._volume import Volume
from voxsieve._words import checked_word


class Filtering(Layers, Regions):
    """What can be done with filters."""

    def set_filter(self, chain: Volume | Sequence[Mapping[str, Any]] | str | os.PathLike[str]) -> None:
        """Show the active image filtered. Only what is looked at is computed; at full resolution the
        voxels are
        those of the full run.

        Parameters
        ----------
        chain : Volume, sequence of steps, or path
            A lazy volume, whose steps are taken; steps as `Volume.steps` gives them; or a pipeline file.

        Raises
        ------
        ParameterError
            When a step or a value of it makes no sense for the image.

        Examples
        --------
        >>> import numpy as np, voxsieve as vx
        >>> scan = vx.open(np.zeros((64, 64, 64), "uint8"), spacing=2.5, unit="um")
        >>> with vx.view(scan) as viewer:
        ...     viewer.set_filter(scan.median(radius="5 um").binary_threshold(lower=80))
        ...     [step["filter"] for step in viewer.filter]
        ['median', 'binary-threshold']
        """
        steps = self._steps_of(chain)
        volume = self._volume(self._active(self._document))
        # What is wrong with a step is said here, in the words of Python.
        _ = volume._with(steps=(*volume._steps, *steps))._outline
        for step in steps:
            if isinstance(step, Function):
                self._offer(step, steps)
        plain = [step.step if isinstance(step, Function) else step for step in steps]
        chain = [{"params": {}, **step, "enabled": True} for step in plain]
        self._patch({"filter": {"enabled": True, "steps": chain}})

    def _offer(self, function: Function, steps: Sequence[Function | dict[str, Any]]) -> None:
        """Lets the chain name a function of one's own, which it does by its name only."""
        for other in steps:
            if (
                isinstance(other, Function)
                and other.name == function.name
                and other.use_key != function.use_key
            ):
                raise ParameterError(
                    f"chain: two different functions are named {function.name}; give each a name of its own"
                )
        self._session.add_function(json.dumps(descriptor_of(function)))
        self._functions[function.name] = function

    @property
    def filter(self) -> tuple[dict[str, Any], ...]:
        """The steps of the filter that are switched on, as they were set in Python or in the viewer.

        `set_filter` takes them, also that of another viewer.
        """
        return tuple(plain_step(step) for step in self._document["filter"]["steps"] if step["enabled"])

    def clear_filter(self) -> None:
        """Show the image as it is."""
        self._patch({"filter": {"steps": []}})

    def apply(
        self,
        output: str | os.PathLike[str],
        *,
        region: Literal["volume", "roi"] = "volume",
        scale: int = 0,
        name: str | None = None,
        memory: int | str | None = None,
        threads: int | None = None,
        overwrite: bool = False,
        resume: bool = False,
        **storing: Any,
    ) -> Job:
        """Run the filter over the whole active image, or the region of interest, in the background.

        Parameters
        ----------
        output : path
            Where the result is stored; see `Volume.save`, which stores the same bytes.
        region : {"volume", "roi"}
            All of the image, or what lies in the region of interest. Filters see the voxels around it.
        scale : int
            Scale level of the image that is filtered; 0 is full resolution.
        name : str, optional
            Name of the layer that shows the result; the name of the output when left out.
        memory, threads, overwrite, resume, **storing
            As for `Volume.save`.

        Returns
        -------
        Job
            The run: its `progress` and `eta`, `cancel`, `resume`, and `result`, which waits.

        Raises
        ------
        BudgetError, OutputExistsError, ParameterError
            When the run would be refused, before anything is written.
        """
        if overwrite and resume:
            raise ParameterError("overwrite: goes on with nothing; give it or resume, not both")
        checked_word("region", region, ("volume", "roi"))
        document = self._document
        layer = self._active(document)
        self._snapshot()[0][layer["id"]].scale(scale)
        path = Path(output).absolute()
        begin = _begin(path, overwrite, resume)
        request = {
            "name": name or path.name.partition(".")[0],
            "begin": begin,
            "roi": region == "roi",
            "level": scale,
        }
        options = _options(memory=memory, threads=threads, **storing)
        job = self._session.apply(path, json.dumps(request), json.dumps(options))
        return Job(self, job, path)

    def _computed(self, volume: Volume, name: str) -> Job:
        """A run into a temporary file, for steps that look at the whole volume."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="voxsieve-")
        path = Path(self._folder.name) / f"{len(self._document['jobs'])}.ome.zarr"
        options = volume._options(**_options())
        self._hold(volume)
        job = self._session.run(volume._base.source, path, volume._steps_json, options, name)
        return Job(self, job, path)

    def _steps_of(self, chain: Any) -> list[Function | dict[str, Any]]:
        if isinstance(chain, Volume):
            return list(chain._steps)  # type: ignore[arg-type]
        if isinstance(chain, str | os.PathLike):
            return list(json.loads(_voxsieve.load_pipeline(Path(chain))))
        if not isinstance(chain, Sequence) or not all(isinstance(step, Mapping) for step in chain):
            raise ParameterError(
                "chain: a volume with steps, a list of steps such as [{'filter': 'median'}], or a "
                "pipeline file "
                "is needed"
            )
        return [self._known(plain_step(step)) for step in chain]

    def _known(self, step: dict[str, Any]) -> Function | dict[str, Any]:
        """A step as the function that it names, where it names one."""
        function = self._functions.get(step["filter"]) if "function" in step else None
        return step if function is None else function.like(step)


def _begin(path: Path, overwrite: bool, resume: bool) -> str:
    if not resume and not overwrite and path.exists():
        raise OutputExistsError(f"{path} exists; give overwrite=True, or another name")
    return "resume" if resume else "overwrite" if overwrite else "fresh"


def _options(memory: int | str | None = None, threads: int | None = None, **storing: Any) -> dict[str, Any]:
    """How an output is stored and what the run may take, as the library takes it."""
    scratch = storing.get("scratch")
    options = {
        "layout": layout_of(storing),
        "sync": storing.get("sync", "block"),
        "memory": size_of(memory),
        "threads": positive("threads", threads),
        "tile": positive("tile", storing.get("tile")),
        "scratch": None if scratch is None else os.fspath(scratch),
    }
    return {name: value for name, value in options.items() if value is not None}
