"""`Volume`: a volume that is read when it is asked for, with the steps that are to be done on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from voxsieve import _html
from voxsieve._base import Base
from voxsieve._convert import Converters
from voxsieve._functions import Function
from voxsieve._measure import Measuring
from voxsieve._parts import Parts
from voxsieve._sources import Held
from voxsieve._steps import Steps


class Volume(Parts, Steps, Measuring, Converters):
    """A volume of voxels along z, y, x that does not have to fit in memory.

    Made by `voxsieve.open`. Nothing is read before it is asked for. Every filter is a method that gives
    another `Volume` and computes nothing; `save` and `compute` run all steps at once, tile by tile, within a
    memory budget. `np.asarray(volume)` and `volume.compute()` are the same.
    """

    @classmethod
    def of_file(cls, path: Path, options: dict[str, Any]) -> Self:
        """Opens a file; see `voxsieve.open`."""
        return cls(Base.of_file(path, options))

    @classmethod
    def of_objects(cls, levels: list[Held], number: int) -> Self:
        """Opens an object; see `voxsieve.open`."""
        return cls(Base.of_objects(levels, number))

    def __repr__(self) -> str:
        return _html.text(self)

    def _repr_html_(self) -> str:
        return _html.volume(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if any(isinstance(step, Function) for step in self._steps):
            raise TypeError(
                "a volume with functions of one's own cannot be pickled; save it, or pickle what "
                "it begins with"
            )
        parts = (self._base, self._box, self._bins, self._cubic, self._steps, self._keeps)
        return _again, (type(self), *parts)


def _again(
    kind: type[Volume], base: Base, box: Any, bins: Any, cubic: bool, steps: Any, keeps: Any
) -> Volume:
    return kind(base, box=box, bins=bins, cubic=cubic, steps=steps, keeps=keeps)
