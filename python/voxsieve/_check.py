"""`check`: whether a function's result depends on how the volume is cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from voxsieve._geometry import Length, Triple
from voxsieve._operator import Operator
from voxsieve._volume import Volume
from voxsieve._words import Boundary

_SHAPE = (40, 44, 48)
"""Shape of the volume that a function is tried on when none is given."""
_MOST = 32
"""Largest halo that is tried as a remedy."""


@dataclass(frozen=True)
class Check:
    """What came of trying a function on blocks of many shapes; true when the blocks cannot be seen.

    Attributes
    ----------
    ok : bool
        Whether every way of cutting gave the same voxels.
    message : str
        The finding, in a sentence.
    different : int
        Voxels that differed, in the worst case.
    blocks : tuple of int or None
        Shape (z, y, x) of the blocks of that case.
    where : tuple of int or None
        The first voxel (z, y, x) that differed.
    enough : int or None
        The least halo with which all was the same, where there is one.
    """

    ok: bool
    message: str
    different: int = 0
    blocks: Triple | None = None
    where: Triple | None = None
    enough: int | None = None

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"<voxsieve.Check {'ok' if self.ok else 'FAILED'}: {self.message}>"


def check(
    function: Callable[..., Any] | Operator,
    volume: Volume | Any = None,
    *,
    halo: Length = 0,
    boundary: Boundary = "nearest",
    dtype: Any = None,
    tries: int = 8,
    seed: int = 0,
    **arguments: Any,
) -> Check:
    """Find out on small blocks whether a function may be used on blocks at all, before a night is lost.

    The function is applied to a volume in one piece and in blocks of random shapes, with the same halo. If
    its halo is too small, or it looks at the block as a whole (its mean, its size), the results differ.

    Parameters
    ----------
    function : callable or Operator
        As for `Volume.map_overlap`, or what `operator` made.
    volume : Volume or array, optional
        What to try it on: a part of the real volume is best, of which the middle is used. Random values when
        left out.
    halo, boundary, dtype, **arguments
        As for `Volume.map_overlap`; an operator knows the first three.
    tries : int
        Ways of cutting.
    seed : int
        Another seed, other cuts and values.

    Returns
    -------
    Check
        True or false, with a sentence; for a halo that is too small also the least one that was enough.

    Examples
    --------
    >>> import numpy as np, voxsieve as vx
    >>> def neighbour(block):
    ...     return np.roll(block, 2, axis=0)
    >>> bool(vx.check(neighbour, halo=2))
    True
    >>> vx.check(neighbour, halo=1).enough
    2
    """
    from voxsieve._open import open as open_volume

    random = np.random.default_rng(seed)
    if volume is None:
        volume = random.integers(0, 256, _SHAPE, "uint8")
    tried = _middle(open_volume(volume))
    how: dict[str, Any] = {"boundary": boundary, "dtype": dtype}
    cells = [_cell(random, tried.shape) for _ in range(tries)]

    def applied(halo: Any) -> Volume:
        if isinstance(function, Operator):
            return tried._followed(function.as_function(arguments))
        return tried.map_overlap(function, halo=halo, **how, **arguments)

    worst = _worst(applied(halo), cells)
    if worst is None:
        cut = f"{tries} ways of cutting gave the same voxels as one piece"
        return Check(True, cut)
    different, cell, where = worst
    enough = None if isinstance(function, Operator) else _enough(applied, cells, _whole(halo))
    name = getattr(function, "__name__", "the function")
    advice = f"; with halo={enough} all are the same" if enough is not None else ""
    cause = (
        "its halo is too small"
        if enough is not None
        else "its halo is too small, or it looks at blocks as a whole"
    )
    message = (
        f"{name}: {different} voxels depend on how the volume is cut, the first at {where} "
        f"(z, y, x): {cause}{advice}"
    )
    return Check(False, message, different, cell, where, enough)


def _middle(volume: Volume) -> Volume:
    """A part that is small enough to be filtered many times."""
    if volume.size <= 64**3:
        return volume
    spans = [(max(0, (size - 64) // 2), min(size, max(0, (size - 64) // 2) + 64)) for size in volume.shape]
    from voxsieve._open import open as open_volume

    part = volume._cropped((spans[0], spans[1], spans[2]))
    return open_volume(
        part.compute(progress=False), spacing=part.spacing, unit=part.unit if part.spacing else None
    )


def _cell(random: np.random.Generator, shape: Triple) -> Triple:
    z, y, x = (int(random.integers(max(1, size // 6), max(2, size // 2))) for size in shape)
    return z, y, x


def _worst(volume: Volume, cells: list[Triple]) -> tuple[int, Triple, Triple] | None:
    """The cut with the most voxels that differ from those in one piece; `None` when there is none."""
    whole = volume._computed(cell=volume.shape, progress=False)[0]
    found = []
    for cell in cells:
        parts = volume._computed(cell=cell, progress=False)[0]
        differ = (whole != parts) & ~((whole != whole) & (parts != parts))
        if differ.any():
            z, y, x = (int(at) for at in np.argwhere(differ)[0])
            found.append((int(differ.sum()), cell, (z, y, x)))
    return max(found) if found else None


def _enough(applied: Callable[[Any], Volume], cells: list[Triple], given: int) -> int | None:
    """The least halo with which no cut can be seen."""
    for halo in range(given + 1, _MOST + 1):
        if _worst(applied(halo), cells) is None:
            return halo
    return None


def _whole(halo: Length) -> int:
    return int(halo) if isinstance(halo, int | float) else 0


__all__ = ["Check", "check"]
