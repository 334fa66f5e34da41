"""Steps: filters with their parameters, and functions of one's own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from voxsieve import _voxsieve
from voxsieve._errors import ParameterError
from voxsieve._filters import Filters
from voxsieve._functions import Function, with_bound
from voxsieve._geometry import Length
from voxsieve._sources import SHORT_NAMES
from voxsieve._state import State
from voxsieve._words import Boundary, Kind, Workers, voxel_type


class Steps(Filters, State):
    """What can be done with a volume, lazily."""

    def _step(self, name: str, params: dict[str, tuple[Any, Any]]) -> Self:
        keeps: list[Any] = []
        given = {
            key: self._plain(key, value, keeps)
            for key, (value, default) in params.items()
            if value is not None and not (type(value) in (int, float, str) and value == default)
        }
        step = {"filter": name, **({"params": given} if given else {})}
        return self._followed(step, keeps)

    def _followed(self, step: Function | dict[str, Any], keeps: Sequence[Any] = ()) -> Self:
        result = self._with(steps=(*self._steps, step), keeps=(*self._keeps, *keeps))
        _ = result._outline  # Names and values are checked now, where the mistake is.
        return result

    def _plain(self, name: str, value: Any, keeps: list[Any]) -> Any:
        """A parameter as plain data; another volume becomes a name that means it."""
        if isinstance(value, bool | np.bool_):
            raise ParameterError(f"{name}: {value} is not a number")
        if name == "dtype":
            return SHORT_NAMES[voxel_type(value)]
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, str | int):
            return value
        if isinstance(value, float):
            if not np.isfinite(value):
                raise ParameterError(f"{name}: {value} is not a finite number")
            return value
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if name == "with":
            return self._named(value, keeps)
        if isinstance(value, Sequence | np.ndarray):
            return [self._plain(name, one, keeps) for one in value]
        raise ParameterError(f"{name}: a {type(value).__name__} is not a value of a parameter")

    def _named(self, value: Any, keeps: list[Any]) -> str:
        from voxsieve._open import open as open_volume

        other = open_volume(value)
        if other._steps or other._bins or other._cubic:
            raise ParameterError(
                "with_: it has steps that are not computed yet; give it .compute()d, or save() it first"
            )
        if other._box is not None and other._box != self._box:
            raise ParameterError("with_: it is a part of a volume; give the whole, and crop the result")
        keeps.append(other)
        return other._base.name()

    def astype(self, dtype: DTypeLike) -> Self:
        """The values in another type: rounded half to even and cut to its range, NaN becomes 0.

        The same as `cast`, under NumPy's name.
        """
        return self._step("cast", {"dtype": (dtype, None)})

    def pipe(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """`function(self, *args, **kwargs)`, to be written in a chain: `scan.pipe(sharpen,
        amount=0.5).median()`.
        """
        return function(self, *args, **kwargs)

    def map_blocks(
        self,
        function: Callable[..., Any],
        *,
        dtype: DTypeLike | None = None,
        kind: Kind | None = None,
        workers: Workers = "threads",
        memory: int | None = None,
        **arguments: Any,
    ) -> Self:
        """Apply a function of one's own to every block, each by itself.

        Parameters
        ----------
        function : callable
            Called with a block, a read-only NumPy array (z, y, x), and with `arguments`. It returns an array
            of the same shape. If it has a parameter `block_info`, it is given a `BlockInfo` that says where
            the block lies.
        dtype : dtype, optional
            Type of what it returns; the volume's own when left out. `bool` makes a mask.
        kind : {"image", "mask", "labels"}, optional
            What the values mean, which decides how coarser levels are made; an image, or a mask where dtype
            is bool.
        workers : {"threads", "processes"}
            Threads share memory with the function and suit what releases the GIL, as NumPy and ITK do for
            most of their time. Processes are started anew for the run, get blocks through memory-mapped
            scratch files, and suit pure Python; one that dies is replaced and its block is done again.
        memory : int, optional
            Bytes that the function takes for each voxel of a block beside the block and its result. `plan`
            measures it on one block when it is not given. It is part of the budget, but nobody can hold the
            function to it.
        **arguments
            Passed on to the function. Plain data can be written to a pipeline file.

        Returns
        -------
        Volume
            The result, lazily. Blocks have no fixed size, so the function must not depend on it: `check`
            tells.

        Raises
        ------
        FunctionError
            During the run, when the function returns something of another shape or type. An exception in the
            function is raised as it is, with a note that names the block; the run can be resumed.

        Examples
        --------
        >>> import numpy as np, voxsieve as vx
        >>> scan = vx.open(np.arange(27, dtype="uint8").reshape(3, 3, 3))
        >>> bright = scan.map_blocks(lambda block, lower: block >= lower, dtype=bool, lower=20)
        >>> bright.kind, int(np.count_nonzero(bright))
        ('mask', 7)
        """
        function, arguments = with_bound(function, arguments)
        step = Function(function, arguments, dtype=dtype, kind=kind, workers=workers, memory=memory)
        return self._followed(step)

    def map_overlap(
        self,
        function: Callable[..., Any],
        *,
        halo: Length,
        boundary: Boundary = "nearest",
        boundary_value: float = 0.0,
        dtype: DTypeLike | None = None,
        kind: Kind | None = None,
        workers: Workers = "threads",
        memory: int | None = None,
        **arguments: Any,
    ) -> Self:
        """Apply a function of one's own to every block with voxels around it, so that no block can be seen
        in the result.

        Parameters
        ----------
        function : callable
            As for `map_blocks`; the block has `halo` more voxels on each side. It returns an array of the
            shape of that block, of which the inner part counts, or of that inner part.
        halo : length
            How far around a voxel the function looks: voxels, a length such as `"8 um"` (rounded up), or one
            for each of z, y, x. If it is too small, the result depends on how blocks were cut: `check` finds
            that out.
        boundary : {"nearest", "reflect", "mirror", "constant", "none"}
            What stands beyond the border of the volume: the nearest voxel; the volume reflected with its
            edge repeated, or not repeated; `boundary_value`; or nothing: the block ends where the volume
            does.
        dtype, kind, workers, memory, **arguments
            As for `map_blocks`.

        Returns
        -------
        Volume
            The result, lazily.

        Examples
        --------
        >>> import numpy as np, voxsieve as vx
        >>> scan = vx.open(np.random.default_rng(1).integers(0, 255, (40, 40, 40), "uint8"))
        >>> def highest(block):
        ...     from numpy.lib.stride_tricks import sliding_window_view
        ...     return sliding_window_view(block, (3, 3, 3)).max(axis=(3, 4, 5))
        >>> mine = scan.map_overlap(highest, halo=1)
        >>> bool(np.array_equal(mine, scan.maximum(radius=1)))
        True
        """
        function, arguments = with_bound(function, arguments)
        value = boundary_value if boundary == "constant" else None
        how: dict[str, Any] = {"halo": halo, "boundary": boundary, "boundary_value": value}
        step = Function(function, arguments, **how, dtype=dtype, kind=kind, workers=workers, memory=memory)
        return self._followed(step)

    def save_pipeline(self, path: str | os.PathLike[str]) -> None:
        """Write the steps to a file, TOML or JSON by its extension, which `voxsieve run IN OUT --pipeline
        FILE` runs.

        A function of one's own is written as `module:name` with the hash of its source; run such a file with
        `python -m voxsieve`.
        """
        for step in self._steps:
            if isinstance(step, Function) and not step.portable:
                raise ParameterError(
                    f"{step.name} cannot be named in a file: it must be a function of a module that "
                    f"can be imported, with "
                    "plain data as its arguments"
                )
        _voxsieve.save_pipeline(self._steps_json, Path(path))

    def apply_pipeline(self, path: str | os.PathLike[str]) -> Self:
        """Add the steps of a pipeline file."""
        steps = json.loads(_voxsieve.load_pipeline(Path(path)))
        result = self._with(steps=(*self._steps, *steps))
        _ = result._outline
        return result
