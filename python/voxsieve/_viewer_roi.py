"""The region of interest, read back: slices, world coordinates, and the volume in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from voxsieve._convert import _multiscales, _on_its_own
from voxsieve._errors import ParameterError
from voxsieve._geometry import DIMS, Box
from voxsieve._volume import Volume

Slices = tuple[slice, slice, slice]


class Region(list[dict[str, float]]):
    """A box in the world: a list of its lower and its upper corner, each with `x`, `y` and `z`.

    Attributes
    ----------
    units : str or None
        Unit of all coordinates; `None` when the voxel size is unknown and they are voxels.
    centers : bool
        True when the corners are the centres of the first and the last voxel, not their outer edges.
    """

    def __init__(
        self, lower: Sequence[float], upper: Sequence[float], units: str | None, centers: bool = False
    ) -> None:
        """Corners z, y, x."""
        super().__init__({dim: float(corner["zyx".index(dim)]) for dim in "xyz"} for corner in (lower, upper))
        self.units = units
        self.centers = centers

    @property
    def lower(self) -> tuple[float, float, float]:
        """The lower corner (z, y, x)."""
        return self[0]["z"], self[0]["y"], self[0]["x"]

    @property
    def upper(self) -> tuple[float, float, float]:
        """The upper corner (z, y, x)."""
        return self[1]["z"], self[1]["y"], self[1]["x"]

    @property
    def size(self) -> tuple[float, float, float]:
        """Lengths of the edges along z, y, x."""
        z, y, x = (b - a for a, b in zip(self.lower, self.upper, strict=True))
        return z, y, x


class Multiscale:
    """The same region at every scale level, full resolution first. Nothing is read before it is asked for.

    Attributes
    ----------
    images : tuple of Volume
        The levels.
    name : str
        Name of the layer.
    """

    def __init__(self, images: Sequence[Volume], name: str) -> None:
        """Volumes of one region, from fine to coarse."""
        self.images = tuple(images)
        self.name = name

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, level: int) -> Volume:
        return self.images[level]

    def __iter__(self) -> Iterator[Volume]:
        return iter(self.images)

    def __repr__(self) -> str:
        shapes = ", ".join(" x ".join(map(str, image.shape)) for image in self.images)
        return f"<voxsieve.Multiscale {self.name!r}, {len(self.images)} levels: {shapes}>"

    def to_ngff(self) -> Any:
        """The levels as `ngff_zarr.Multiscales`, with scale and translation of each."""
        return _multiscales([image.to_ngff_image(name=self.name) for image in self.images], self.name)


@dataclass(frozen=True)
class Reported:
    """What the server says of the region of interest on one layer."""

    name: str
    voxel_bytes: int
    """Bytes of a voxel in the viewer's memory."""
    levels: tuple[Box, ...]
    factors: tuple[tuple[float, float, float], ...]
    shapes: tuple[tuple[int, int, int], ...]
    corners: dict[str, tuple[float, float, float]]
    units: str | None

    @staticmethod
    def of(document: dict[str, Any]) -> Reported:
        """From the server's words."""
        levels = document["levels"]
        spans = [[(begin, end) for begin, end in level["slices"]] for level in levels]
        return Reported(
            name=document["name"],
            voxel_bytes=document["voxel_bytes"],
            levels=tuple((z, y, x) for z, y, x in spans),
            factors=tuple(tuple(level["factor"]) for level in levels),
            shapes=tuple(tuple(level["shape"]) for level in levels),
            corners={name: tuple(document[name]) for name in ("lower", "upper", "first", "last")},
            units=document["units"],
        )

    def affordable(self, budget: int) -> int:
        """The finest level whose region fits into a budget in bytes, or the coarsest one."""
        for scale, spans in enumerate(self.levels):
            if math.prod(end - begin for begin, end in spans) * self.voxel_bytes <= budget:
                return scale
        return len(self.levels) - 1

    def scale(self, scale: int) -> int:
        """Refuses a scale level that is not there."""
        if not 0 <= scale < len(self.levels):
            raise IndexError(
                f"scale: {self.name} has the levels 0 to {len(self.levels) - 1} (and -1, the current one); "
                f"there is no {scale}"
            )
        return scale

    def region(self, centers: bool) -> Region:
        """The world at the outer edges, or at the centres of the outermost voxels."""
        lower, upper = ("first", "last") if centers else ("lower", "upper")
        return Region(self.corners[lower], self.corners[upper], self.units, centers)

    def volume(self, volume: Volume, scale: int) -> Volume:
        """The part of a volume that lies in the region at a scale level."""
        level = level_of(volume, scale, self.factors[scale])
        # A level that was made here may be a voxel longer than the one in the file.
        spans = [(b, min(e, size)) for (b, e), size in zip(self.levels[scale], level.shape, strict=True)]
        if level._outline["whole"] is not None:
            level = _on_its_own(level)
        return level._cropped((spans[0], spans[1], spans[2]))


def level_of(volume: Volume, scale: int, factor: Sequence[float]) -> Volume:
    """A scale level of a volume: that of its file, or one made of `factor` voxels along each axis."""
    if scale == 0:
        return volume
    plain = not volume._steps and volume._bins is None and not volume._cubic and volume._box is None
    if plain and volume._base.number + scale < len(volume.levels):
        return volume.level(volume._base.number + scale)
    z, y, x = (max(1, round(one)) for one in factor)
    begin = volume if plain else _on_its_own(volume)
    return begin.bin((z, y, x))


@dataclass(frozen=True)
class Roi:
    """The region of interest at one moment: all its answers agree with each other.

    Attributes
    ----------
    revision : int
        Revision of the viewer's document.
    scale : int
        The scale level that was shown.
    region : Region
        Outer edges in the world.
    """

    revision: int
    scale: int
    region: Region
    _reports: dict[str, Reported] = field(repr=False)
    _volumes: dict[str, Volume] = field(repr=False)
    _first: str = field(repr=False)

    def slices(self, scale: int = -1) -> Slices:
        """Slices along z, y, x at a scale level; -1 is the one that was shown."""
        report = self._reports[self._first]
        return slices_of(report.levels[report.scale(self.scale if scale == -1 else scale)])

    def image(self, scale: int = -1, name: str = "Image") -> Volume:
        """The volume in the region, lazily, at a scale level of a layer."""
        key, report = self._found(name)
        wanted = min(self.scale, len(report.levels) - 1) if scale == -1 else report.scale(scale)
        return report.volume(self._volumes[key], wanted)

    def multiscale(self, name: str = "Image") -> Multiscale:
        """The region at all scale levels of a layer."""
        key, report = self._found(name)
        images = [report.volume(self._volumes[key], scale) for scale in range(len(report.levels))]
        return Multiscale(images, report.name)

    def _found(self, name: str) -> tuple[str, Reported]:
        """A layer by its name, or by its id; the first image when it has another name than the usual one."""
        for key, report in reversed(self._reports.items()):
            if name in (report.name, key) and key in self._volumes:
                return key, report
        if name == "Image":
            return self._first, self._reports[self._first]
        names = ", ".join(report.name for key, report in self._reports.items() if key in self._volumes)
        raise ParameterError(f"name: there is no layer {name!r} that can be read; there is {names}")


def slices_of(box: Box) -> Slices:
    """A box as an index.

    >>> slices_of(((0, 5), (1, 2), (3, 9)))
    (slice(0, 5, None), slice(1, 2, None), slice(3, 9, None))
    """
    z, y, x = (slice(begin, end) for begin, end in box)
    return z, y, x


def spans_of(slices: Any, shape: Sequence[int]) -> list[list[float]]:
    """Begin and end along z, y, x from slices; what is left open reaches to the end of the volume."""
    given = list(slices) if isinstance(slices, tuple | list) else [slices]
    if len(given) != 3:
        raise ValueError(f"slices: three are needed, for z, y and x; {len(given)} were given")
    spans: list[list[float]] = []
    for dim, one, size in zip(DIMS, given, shape, strict=True):
        if not isinstance(one, slice):
            raise TypeError(
                f"slices: {dim} is a {type(one).__name__}; a slice is needed, such as slice(10, 90)"
            )
        begin, end, step = one.indices(size)
        if step != 1 or begin >= end:
            raise ValueError(f"slices: {dim} = {one} has no voxels, or leaves some out")
        spans.append([begin, end])
    return spans
