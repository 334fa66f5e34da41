"""`Volume`: a volume that is read when it is asked for, with the steps that are to be done on it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from voxsieve import _convert, _html, _voxsieve
from voxsieve._base import Base
from voxsieve._errors import OutputExistsError, ParameterError
from voxsieve._filters import Filters
from voxsieve._functions import Boundary, Function, Kind, Workers, voxel_type, with_bound
from voxsieve._geometry import DIMS, Box, Length, Triple, amount, box_of_key, shape_of, unit_name, within
from voxsieve._plan import Plan
from voxsieve._progress import Bar
from voxsieve._sources import SHORT_NAMES, Held

Pyramid = Literal["mean", "gaussian", "mode", "nearest", "min", "max"]


class Volume(Filters, _convert.Converters):
    """A volume of voxels along z, y, x that does not have to fit in memory.

    Made by `voxsieve.open`. Nothing is read before it is asked for. Every filter is a method that gives another `Volume`
    and computes nothing; `save` and `compute` run all steps at once, tile by tile, within a memory budget.
    `np.asarray(volume)` and `volume.compute()` are the same.
    """

    def __init__(
        self,
        base: Base,
        *,
        box: Box | None = None,
        bins: Triple | None = None,
        cubic: bool = False,
        steps: Sequence[Function | Mapping[str, Any]] = (),
        keeps: Sequence[Any] = (),
    ) -> None:
        """Use `voxsieve.open`."""
        self._base = base
        self._box = box
        self._bins = bins
        self._cubic = cubic
        self._steps = tuple(steps)
        self._keeps = tuple(keeps)

    @classmethod
    def of_file(cls, path: Path, options: dict[str, Any]) -> Self:
        """Opens a file; see `voxsieve.open`."""
        return cls(Base.of_file(path, options))

    @classmethod
    def of_objects(cls, levels: list[Held], number: int) -> Self:
        """Opens an object; see `voxsieve.open`."""
        return cls(Base.of_objects(levels, number))

    # What it is.

    @cached_property
    def _outline(self) -> dict[str, Any]:
        text = _voxsieve.outline(self._base.source, self._steps_json, self._options())
        outline: dict[str, Any] = json.loads(text)
        return outline

    @property
    def _spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = self._outline["spec"]
        return spec

    @cached_property
    def _steps_json(self) -> str:
        return json.dumps([step.step if isinstance(step, Function) else step for step in self._steps])

    @property
    def shape(self) -> Triple:
        """Voxels along z, y, x."""
        z, y, x = self._spec["shape"]
        return z, y, x

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the voxels, as NumPy says it."""
        return np.dtype(next(name for name, short in SHORT_NAMES.items() if short == self._spec["dtype"]))

    @property
    def ndim(self) -> int:
        """Number of axes: always three."""
        return 3

    @property
    def size(self) -> int:
        """Number of voxels."""
        z, y, x = self.shape
        return z * y * x

    @property
    def nbytes(self) -> int:
        """Bytes of all voxels in memory."""
        return self.size * self.dtype.itemsize

    @property
    def dims(self) -> tuple[str, str, str]:
        """Names of the axes: always z, y, x."""
        return DIMS

    @property
    def spacing(self) -> tuple[float, float, float] | None:
        """Distance between voxel centres along z, y, x in `unit`; `None` when unknown."""
        spacing = self._spec["spacing"]
        return None if spacing is None else (spacing[0], spacing[1], spacing[2])

    @property
    def origin(self) -> tuple[float, float, float]:
        """World position (z, y, x) of the centre of the first voxel, in `unit`; in voxels when the spacing is unknown."""
        z, y, x = self._spec["origin"]
        direction = self._base.direction
        if direction is None:
            return z, y, x
        # The library counts along the axes of the volume, which here are not those of the world.
        begin = self._base.spec["origin"]
        along = [now - then for now, then in zip((x, y, z), reversed(begin), strict=True)]
        turned = np.asarray(direction) @ np.asarray(along) + np.asarray(begin[::-1])
        return float(turned[2]), float(turned[1]), float(turned[0])

    @property
    def unit(self) -> str | None:
        """Unit of spacing and origin, such as `"micrometer"`; `None` when the source names none."""
        unit: str | None = self._spec["unit"]
        return unit

    @property
    def kind(self) -> Kind:
        """What the values mean: `"image"`, `"mask"` (0 and 255) or `"labels"`. Decides how coarser levels are made."""
        kind: Kind = self._spec["kind"]
        return kind

    @property
    def chunks(self) -> Triple:
        """Shape (z, y, x) of the pieces in which the source is stored."""
        z, y, x = self._base.spec["chunk"]
        return z, y, x

    @property
    def levels(self) -> tuple[Triple, ...]:
        """Shapes of all scale levels of the source, full resolution first."""
        return self._base.levels

    @property
    def path(self) -> Path | None:
        """The file or folder that the source is; `None` for an object."""
        return self._base.path

    @property
    def steps(self) -> tuple[dict[str, Any], ...]:
        """The steps that are to be done, as plain data."""
        return tuple(json.loads(self._steps_json))

    @property
    def report(self) -> dict[str, Any] | None:
        """What the run that made this volume says of itself: times, memory, statistics; `None` when nobody kept it."""
        report = self._base.path / ".voxsieve" / "report.json" if self._base.path else None
        if report is None or not report.is_file():
            return None
        document: dict[str, Any] = json.loads(report.read_text())
        return document

    # Parts of it.

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[z] for z in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        """A part, as NumPy would cut it.

        With slices only, the part is a lazy `Volume` that keeps its place in the world, and whose filters see the voxels
        around it. An integer takes its axis away; what is left is no volume and is computed at once as an array:
        `scan[64]` is a plane.

        >>> import numpy as np, voxsieve as vx
        >>> scan = vx.open(np.arange(4 * 5 * 6, dtype="uint16").reshape(4, 5, 6))
        >>> scan[1:3, :, -2:].shape
        (2, 5, 2)
        >>> scan[2].shape, int(scan[2, 3, 4])
        ((5, 6), 82)
        """
        box, gone = box_of_key(key, self.shape)
        if not gone:
            return self._cropped(box)
        if 0 in shape_of(box):
            return np.zeros([n for axis, n in enumerate(shape_of(box)) if axis not in gone], self.dtype)
        plane = self._cropped(box).compute()
        return plane.reshape([n for axis, n in enumerate(plane.shape) if axis not in gone])[()]

    def _cropped(self, box: Box) -> Self:
        if 0 in shape_of(box):
            raise ParameterError(f"the part has no voxels: its shape is {shape_of(box)}")
        whole = self._outline["whole"]
        if box == self._full:
            return self
        if whole is not None:
            raise ParameterError(
                f"{whole} looks at the whole volume, so a part of its result is not the result of a part: crop before "
                f"{whole}, or save() it and crop what was saved"
            )
        if self._cubic:
            raise ParameterError("isotropic() changes the grid by fractions of a voxel: crop before it")
        return self._with(box=within(self._box, box) if self._box is not None else box)

    @property
    def _full(self) -> Box:
        z, y, x = self.shape
        return (0, z), (0, y), (0, x)

    def roi(
        self,
        z: slice | tuple[float | str | None, float | str | None] | None = None,
        y: slice | tuple[float | str | None, float | str | None] | None = None,
        x: slice | tuple[float | str | None, float | str | None] | None = None,
        *,
        unit: str | None = None,
    ) -> Self:
        """A region of interest, in voxels or in world coordinates.

        Parameters
        ----------
        z, y, x : slice or (begin, end), optional
            What is wanted along each axis; all of it when left out. Plain numbers are voxels, the end excluded; texts such
            as `"1.5 mm"`, and numbers when `unit` is given, are positions in the world: every voxel whose centre lies from
            begin to before end.
        unit : str, optional
            Unit of plain numbers.

        Returns
        -------
        Volume
            The part. It keeps its place in the world; filters see the voxels around it, but what looks at the whole
            volume (`label`, `otsu`) sees only the part.

        Examples
        --------
        >>> import numpy as np, voxsieve as vx
        >>> scan = vx.open(np.zeros((50, 60, 70), "uint8"), spacing=2.0, unit="um")
        >>> scan.roi(z=(10, 20), y=("40 um", "0.08 mm")).shape
        (10, 20, 70)
        >>> scan.roi(x=(20, 30), unit="um").origin
        (0.0, 0.0, 20.0)
        """
        axes = zip(DIMS, (z, y, x), self.shape, strict=True)
        spans = [self._span(axis, name, one, size, unit) for axis, (name, one, size) in enumerate(axes)]
        return self._cropped((spans[0], spans[1], spans[2]))

    def _span(self, axis: int, name: str, one: Any, size: int, unit: str | None) -> tuple[int, int]:
        if one is None:
            return 0, size
        begin, end = (one.start, one.stop) if isinstance(one, slice) else one
        if isinstance(one, slice) and one.step not in (None, 1):
            raise ParameterError(f"{name}: slices have no step; bin() makes fewer voxels of many")
        ends = [self._voxel(axis, value, unit) for value in (begin, end)]
        first, last = (0 if ends[0] is None else ends[0]), (size if ends[1] is None else ends[1])
        if not 0 <= first < last <= size:
            raise ParameterError(f"{name}: {first}:{last} is not a part of the {size} voxels along {name}")
        return first, last

    def _voxel(self, axis: int, value: Any, unit: str | None) -> int | None:
        """The first voxel at or behind a position; `None` for an end that is left open."""
        if value is None:
            return None
        if unit is not None and not isinstance(value, str):
            value = f"{float(value)!r} {unit_name(unit)}"
        position = amount(value, self.unit if self.spacing is not None else None)
        if position is None:
            if float(value) != int(value):
                raise ParameterError(f"{DIMS[axis]}: {value} is not a whole number of voxels; with unit= it is a position")
            return int(value)
        if self._base.direction is not None:
            raise ParameterError("the axes of the volume are turned in the world; give the region in voxels")
        assert self.spacing is not None
        voxels = (position - self.origin[axis]) / self.spacing[axis]
        return int(np.ceil(voxels - 1e-9))

    def level(self, number: int) -> Self:
        """The same part of the source at a scale level; 0 is full resolution, `levels` has their shapes."""
        if self._steps or self._bins or self._cubic:
            raise ParameterError("level: choose the scale level before the first filter")
        base = self._base.level(number)
        if self._box is None:
            return type(self)(base)
        sides = zip(self._box, self._ratios(base), base.spec["shape"], strict=True)
        spans = [(int(b / ratio), min(size, int(np.ceil(e / ratio - 1e-9)))) for (b, e), ratio, size in sides]
        return type(self)(base, box=(spans[0], spans[1], spans[2]))

    def _ratios(self, other: Base) -> list[float]:
        """Voxels of this level along one voxel of another one, per axis: the ratio of the scales."""
        mine, theirs = self._base.spec["spacing"], other.spec["spacing"]
        if mine is not None and theirs is not None:
            return [b / a for a, b in zip(mine, theirs, strict=True)]
        shapes = zip(self._base.spec["shape"], other.spec["shape"], strict=True)
        return [2.0 ** round(float(np.log2(a / b))) for a, b in shapes]

    def bin(self, factor: int | Sequence[int]) -> Self:
        """Make one voxel of `factor` (or z, y, x) along each axis: the mean, or the mode of masks and labels.

        It comes before every filter. Boxes are counted from the begin of the whole volume, whatever the part.
        """
        z, y, x = [factor] * 3 if isinstance(factor, int | np.integer) else factor
        self._refuse_grid("bin")
        box = self._box
        if box is not None:
            spans = [(b // f, -(-e // f)) for (b, e), f in zip(box, (z, y, x), strict=True)]
            box = (spans[0], spans[1], spans[2])
        binned = self._with(bins=(int(z), int(y), int(x)), box=box)
        _ = binned.shape
        return binned

    def isotropic(self) -> Self:
        """Make voxels cubic, as long as their shortest edge: linear interpolation, or the nearest voxel of masks and labels.

        It comes before every filter.
        """
        self._refuse_grid("isotropic")
        cubic = self._with(cubic=True)
        _ = cubic.shape
        return cubic

    def _refuse_grid(self, name: str) -> None:
        if self._steps or self._bins or self._cubic:
            raise ParameterError(f"{name}: it changes the grid of voxels once, before the first filter")

    # Steps.

    def _with(self, **changes: Any) -> Self:
        now = {
            "box": self._box,
            "bins": self._bins,
            "cubic": self._cubic,
            "steps": self._steps,
            "keeps": self._keeps,
        }
        return type(self)(self._base, **{**now, **changes})

    def _step(self, name: str, params: dict[str, tuple[Any, Any]]) -> Self:
        keeps: list[Any] = []
        given = {
            key: self._plain(key, value, keeps)
            for key, (value, default) in params.items()
            if value is not None and not (np.isscalar(value) and value == default)
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
            raise ParameterError("with_: it has steps that are not computed yet; give it .compute()d, or save() it first")
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
        """`function(self, *args, **kwargs)`, to be written in a chain: `scan.pipe(sharpen, amount=0.5).median()`."""
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
            Called with a block, a read-only NumPy array (z, y, x), and with `arguments`. It returns an array of the same
            shape. If it has a parameter `block_info`, it is given a `BlockInfo` that says where the block lies.
        dtype : dtype, optional
            Type of what it returns; the volume's own when left out. `bool` makes a mask.
        kind : {"image", "mask", "labels"}, optional
            What the values mean, which decides how coarser levels are made; an image, or a mask where dtype is bool.
        workers : {"threads", "processes"}
            Threads share memory with the function and suit what releases the GIL, as NumPy and ITK do for most of their
            time. Processes are started anew for the run, get blocks through memory-mapped scratch files, and suit pure
            Python; one that dies is replaced and its block is done again.
        memory : int, optional
            Bytes that the function takes for each voxel of a block beside the block and its result. `plan` measures it
            on one block when it is not given. It is part of the budget, but nobody can hold the function to it.
        **arguments
            Passed on to the function. Plain data can be written to a pipeline file.

        Returns
        -------
        Volume
            The result, lazily. Blocks have no fixed size, so the function must not depend on it: `check` tells.

        Raises
        ------
        FunctionError
            During the run, when the function returns something of another shape or type. An exception in the function
            is raised as it is, with a note that names the block; the run can be resumed.

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
        """Apply a function of one's own to every block with voxels around it, so that no block can be seen in the result.

        Parameters
        ----------
        function : callable
            As for `map_blocks`; the block has `halo` more voxels on each side. It returns an array of the shape of that
            block, of which the inner part counts, or of that inner part.
        halo : length
            How far around a voxel the function looks: voxels, a length such as `"8 um"` (rounded up), or one for each of
            z, y, x. If it is too small, the result depends on how blocks were cut: `check` finds that out.
        boundary : {"nearest", "reflect", "mirror", "constant", "none"}
            What stands beyond the border of the volume: the nearest voxel; the volume reflected with its edge repeated, or
            not repeated; `boundary_value`; or nothing: the block ends where the volume does.
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
        >>> bool(np.array_equal(mine, scan.maximum(radius=1, shape="box")))
        True
        """
        function, arguments = with_bound(function, arguments)
        value = boundary_value if boundary == "constant" else None
        how: dict[str, Any] = {"halo": halo, "boundary": boundary, "boundary_value": value}
        step = Function(function, arguments, **how, dtype=dtype, kind=kind, workers=workers, memory=memory)
        return self._followed(step)

    # Results.

    def _options(self, **given: Any) -> str:
        options: dict[str, Any] = {"open": self._base.opening, **given}
        if self._box is not None:
            options["roi"] = self._box_of_source()
        if self._bins is not None:
            options["bin"] = self._bins
        if self._cubic:
            options["isotropic"] = True
        return json.dumps({name: value for name, value in options.items() if value is not None})

    def _box_of_source(self) -> list[tuple[int, int]]:
        """The part in voxels of the full resolution, which the library maps back to this grid."""
        assert self._box is not None
        factors = [1.0] * 3
        whole = list(self._base.spec["shape"])
        if self._base.path is not None and self._base.number > 0:
            full = self._base.level(0)
            factors = [1 / ratio for ratio in self._ratios(full)]
            whole = list(full.spec["shape"])
        if self._bins is not None:
            factors = [factor * count for factor, count in zip(factors, self._bins, strict=True)]
        return [
            (int(np.ceil(begin * factor - 1e-9)), min(size, int(np.floor(end * factor + 1e-9))))
            for (begin, end), factor, size in zip(self._box, factors, whole, strict=True)
        ]

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
            Most memory that is added to the process, the result included, in bytes or as `"4GiB"`; half of what is
            available when left out.
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
        options = self._options(memory=_bytes(memory), threads=_count("threads", threads), scratch=folder)
        with Bar(progress, delay=2.0) as bar, self._workers(threads, folder):
            array, report = _voxsieve.compute(self._base.source, self._steps_json, options, cell, bar)
        document: dict[str, Any] = json.loads(report)
        return array, document

    def _workers(self, threads: int | None, scratch: str | None) -> ExitStack:
        """Processes for the functions that want some, as long as a run needs them."""
        stack = ExitStack()
        for step in self._steps:
            if isinstance(step, Function) and step.workers == "processes":
                from voxsieve._processes import Pool

                stack.enter_context(Pool.of(step, threads or os.cpu_count() or 1, scratch))
        return stack

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("a lazy volume has no array yet, so its voxels cannot be given without making one")
        array = self.compute()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.compute().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return np.empty(0, self.dtype).__dlpack_device__()

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

        Ctrl-C, an exception in a function, a crash or a lost machine leave an unfinished output, which `resume=True`
        finishes; the stored bytes are the same as without the stop.

        Parameters
        ----------
        path : path
            A multiscale OME-Zarr folder, or a `.tif`, `.nrrd`, `.mha`, `.mhd` or `.raw` file, by its extension. With
            `IMAGE/labels/NAME` masks and labels are stored inside the OME-Zarr image that they belong to.
        memory : int or str, optional
            Most memory that is added to the process, in bytes or as `"4GiB"`; half of what is available when left out.
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
            When the work does not fit into the memory budget, before anything is written; `least` is what does.
        """
        if overwrite and resume:
            raise ParameterError("overwrite: goes on with nothing; give it or resume, not both")
        given = {"tile": tile, "scratch": scratch, "factors": factors}
        task = self._task(
            path, memory, threads, pyramid=pyramid, levels=levels, chunk=chunk, ome=ome, codec=codec, format=format,
            sync=sync, **given,
        )  # fmt: skip
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
                f"{what} cannot be fingerprinted, so a run can only be resumed with the very same object: nobody could tell "
                "whether it is still what it was"
            )

    @staticmethod
    def _warn_of_space(task: _voxsieve.Task) -> None:
        import warnings

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
            layout=_layout(given),
            sync=given.get("sync"),
            memory=_bytes(memory),
            threads=_count("threads", threads),
            tile=_count("tile", given.get("tile")),
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
        """What saving will cost, or why it cannot fit: blocks, bytes, memory, halo, passes. Nothing is stored.

        Parameters
        ----------
        path : path
            Where it would be saved; the free space there is looked at.
        memory, threads
            As for `save`.
        time : bool
            Run a small part of the job beside `path` to foretell how long it will take, which itself takes some seconds.
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

    def save_pipeline(self, path: str | os.PathLike[str]) -> None:
        """Write the steps to a file, TOML or JSON by its extension, which `voxsieve run IN OUT --pipeline FILE` runs.

        A function of one's own is written as `module:name` with the hash of its source; run such a file with
        `python -m voxsieve`.
        """
        for step in self._steps:
            if isinstance(step, Function) and not step.portable:
                raise ParameterError(
                    f"{step.name} cannot be named in a file: it must be a function of a module that can be imported, with "
                    "plain data as its arguments"
                )
        _voxsieve.save_pipeline(self._steps_json, Path(path))

    def apply_pipeline(self, path: str | os.PathLike[str]) -> Self:
        """Add the steps of a pipeline file."""
        steps = json.loads(_voxsieve.load_pipeline(Path(path)))
        result = self._with(steps=(*self._steps, *steps))
        _ = result._outline
        return result

    # How it looks.

    def __repr__(self) -> str:
        return _html.text(self)

    def _repr_html_(self) -> str:
        return _html.volume(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if any(isinstance(step, Function) for step in self._steps):
            raise TypeError("a volume with functions of one's own cannot be pickled; save it, or pickle what it begins with")
        parts = (self._base, self._box, self._bins, self._cubic, self._steps, self._keeps)
        return _again, (type(self), *parts)


def _again(kind: type[Volume], base: Base, box: Any, bins: Any, cubic: bool, steps: Any, keeps: Any) -> Volume:
    return kind(base, box=box, bins=bins, cubic=cubic, steps=steps, keeps=keeps)


def _partial(path: Path) -> Path:
    """Where an output is while it is not whole."""
    return path.with_name(f".{path.name}.partial")


def _bytes(memory: int | str | None) -> int | None:
    if memory is None:
        return None
    size = _voxsieve.parse_bytes(memory) if isinstance(memory, str) else int(memory)
    if size <= 0:
        raise ParameterError("memory: a size above 0 is needed, such as '4GiB'")
    return size


def _count(name: str, number: int | None) -> int | None:
    if number is None:
        return None
    if number != int(number) or number < 1:
        raise ParameterError(f"{name}: {number} is not a whole number above 0")
    return int(number)


_CODECS = {"zstd": "zstd-1", "fast": "blosc-lz4-bitshuffle"}


def _layout(given: Mapping[str, Any]) -> dict[str, Any]:
    """How an output is stored, as the library takes it."""
    known = {"pyramid", "levels", "factors", "chunk", "ome", "codec", "format", "sync", "tile", "scratch"}
    unknown = sorted(set(given) - known)
    if unknown:
        raise TypeError(f"{unknown[0]!r} is not an option of save(); there are {', '.join(sorted(known))}")
    words: dict[str, tuple[str, ...]] = {
        "pyramid": ("mean", "gaussian", "mode", "nearest", "min", "max"),
        "ome": ("0.4", "0.5"),
        "codec": tuple(_CODECS),
        "format": ("zarr", "tiff", "slices", "nrrd", "mha", "mhd", "raw"),
        "sync": ("none", "block", "end"),
    }
    for name, allowed in words.items():
        if given.get(name) is not None and given[name] not in allowed:
            raise ParameterError(f"{name}: {given[name]!r} is not known; one of {', '.join(allowed)} is needed")
    return {
        "format": given.get("format"),
        "chunk": _count("chunk", given.get("chunk", 128)),
        "pyramid": {
            "method": given.get("pyramid"),
            "factors": _factors(given.get("factors")),
            "levels": _count("levels", given.get("levels")),
        },
        "ome": given.get("ome", "0.5"),
        "codec": _CODECS[given.get("codec", "zstd")],
    }


def _factors(factors: Any) -> list[list[int]]:
    if factors is None:
        return []
    if isinstance(factors, int | np.integer):
        return [[int(factors)] * 3]
    if all(isinstance(one, int | np.integer) for one in factors) and len(factors) == 3:
        return [[int(one) for one in factors]]
    return [[int(one)] * 3 if isinstance(one, int | np.integer) else [int(n) for n in one] for one in factors]
