"""What a volume is: where it begins, which part of it is meant, and what is to be done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from voxsieve import _voxsieve
from voxsieve._base import Base
from voxsieve._cached import Cached
from voxsieve._errors import ParameterError
from voxsieve._functions import Function
from voxsieve._geometry import DIMS, Box, Triple, shape_of, within
from voxsieve._sources import SHORT_NAMES
from voxsieve._words import Kind


class State:
    """A source, a part of it, a grid, and steps; never changed."""

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

    @Cached
    def _outline(self) -> dict[str, Any]:
        text = _voxsieve.outline(self._base.source, self._steps_json, self._options())
        outline: dict[str, Any] = json.loads(text)
        return outline

    @property
    def _spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = self._outline["spec"]
        return spec

    @Cached
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
        """World position (z, y, x) of the centre of the first voxel, in `unit`; in voxels when the spacing
        is unknown.
        """
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
        """What the values mean: `"image"`, `"mask"` (0 and 255) or `"labels"`. Decides how coarser levels
        are made.
        """
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
        """What the run that made this volume says of itself: times, memory, statistics; `None` when nobody
        kept it.
        """
        report = self._base.path / ".voxsieve" / "report.json" if self._base.path else None
        if report is None or not report.is_file():
            return None
        document: dict[str, Any] = json.loads(report.read_text())
        return document

    @property
    def _full(self) -> Box:
        z, y, x = self.shape
        return (0, z), (0, y), (0, x)

    def _cropped(self, box: Box) -> Self:
        if 0 in shape_of(box):
            raise ParameterError(f"the part has no voxels: its shape is {shape_of(box)}")
        whole = self._outline["whole"]
        if box == self._full:
            return self
        if whole is not None:
            raise ParameterError(
                f"{whole} looks at the whole volume, so a part of its result is not the result of a "
                f"part: crop before "
                f"{whole}, or save() it and crop what was saved"
            )
        if self._cubic:
            raise ParameterError("isotropic() changes the grid by fractions of a voxel: crop before it")
        return self._with(box=within(self._box, box) if self._box is not None else box)

    def _with(self, **changes: Any) -> Self:
        now = {
            "box": self._box,
            "bins": self._bins,
            "cubic": self._cubic,
            "steps": self._steps,
            "keeps": self._keeps,
        }
        return type(self)(self._base, **{**now, **changes})

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

    def _ratios(self, other: Base) -> list[float]:
        """Voxels of this level along one voxel of another one, per axis: the ratio of the scales."""
        mine, theirs = self._base.spec["spacing"], other.spec["spacing"]
        if mine is not None and theirs is not None:
            return [b / a for a, b in zip(mine, theirs, strict=True)]
        shapes = zip(self._base.spec["shape"], other.spec["shape"], strict=True)
        return [2.0 ** round(float(np.log2(a / b))) for a, b in shapes]
