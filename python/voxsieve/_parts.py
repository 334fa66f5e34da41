"""Parts of a volume: by index, by place in the world, at a scale level, on another grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from voxsieve._errors import ParameterError
from voxsieve._geometry import DIMS, amount, box_of_key, shape_of, unit_name
from voxsieve._results import Results


class Parts(Results):
    """What can be cut from a volume."""

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[z] for z in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        """A part, as NumPy would cut it; between texts such as `"1.5 mm"`, as `roi` would.

        With slices only, the part is a lazy `Volume` that keeps its place in the world, and whose filters
        see the voxels around it. An integer takes its axis away; what is left is no volume and is computed
        at once as an array: `scan[64]` is a plane.

        >>> import numpy as np, voxsieve as vx
        >>> scan = vx.open(np.arange(4 * 5 * 6, dtype="uint16").reshape(4, 5, 6))
        >>> scan[1:3, :, -2:].shape
        (2, 5, 2)
        >>> scan[2].shape, int(scan[2, 3, 4])
        ((5, 6), 82)
        >>> vx.open(scan.compute(), spacing=0.5, unit="mm")["1 mm":, :, "500 um":"2 mm"].shape
        (2, 5, 3)
        """
        box, gone = box_of_key(key, self.shape, self._in_world)
        if not gone:
            return self._cropped(box)
        if 0 in shape_of(box):
            return np.zeros([n for axis, n in enumerate(shape_of(box)) if axis not in gone], self.dtype)
        plane = self._cropped(box).compute()
        return plane.reshape([n for axis, n in enumerate(plane.shape) if axis not in gone])[()]

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
            What is wanted along each axis; all of it when left out. Plain numbers are voxels, the end
            excluded; texts such as `"1.5 mm"`, and numbers when `unit` is given, are positions in the world:
            every voxel whose centre lies from begin to before end.
        unit : str, optional
            Unit of plain numbers.

        Returns
        -------
        Volume
            The part. It keeps its place in the world; filters see the voxels around it, but what looks at
            the whole volume (`label`, `otsu`) sees only the part.

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

    def _in_world(self, axis: int, one: slice) -> tuple[int, int]:
        return self._span(axis, DIMS[axis], one, self.shape[axis], None)

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
        if isinstance(value, str) and self._base.direction is not None:
            raise ParameterError("the axes of the volume are turned in the world; give the region in voxels")
        position = amount(value, self.unit if self.spacing is not None else None)
        if position is None:
            if float(value) != int(value):
                raise ParameterError(
                    f"{DIMS[axis]}: {value} is not a whole number of voxels; with unit= it is a position"
                )
            return int(value)
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
        """Make voxels cubic, as long as their shortest edge: linear interpolation, or the nearest voxel of
        masks and labels.

        It comes before every filter.
        """
        self._refuse_grid("isotropic")
        cubic = self._with(cubic=True)
        _ = cubic.shape
        return cubic

    def _refuse_grid(self, name: str) -> None:
        if self._steps or self._bins or self._cubic:
            raise ParameterError(f"{name}: it changes the grid of voxels once, before the first filter")
