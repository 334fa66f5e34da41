"""`open`: whatever a volume can be taken from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voxsieve._errors import ParameterError, UnsupportedError
from voxsieve._geometry import unit_name
from voxsieve._objects import levels_of
from voxsieve._sources import Held
from voxsieve._zarr import folder_of

if TYPE_CHECKING:
    from voxsieve._volume import Volume


def open(
    source: Any,
    *,
    level: int = 0,
    spacing: float | Sequence[float] | None = None,
    unit: str | None = None,
    channel: int | None = None,
    time: int | None = None,
    allow_gaps: bool = False,
) -> Volume:
    """Open a volume lazily: nothing but its description is read.

    Parameters
    ----------
    source : path or object
        A TIFF, NRRD, MetaImage or raw file, a folder or pattern of TIFF slices, an OME-Zarr folder or a zip
        archive of one; or a NumPy array, a dask array, an array or group of zarr-python, an xarray
        DataArray, an image of ITK or SimpleITK, an `NgffImage` or `Multiscales` of ngff-zarr, an h5py
        dataset, or anything else with a shape, a dtype and slicing, with axes in the order z, y, x. Objects
        are read block by block; arrays in memory are not copied.
    level : int
        Scale level; 0 is full resolution.
    spacing : float or sequence of three floats, optional
        Distance between voxel centres along z, y, x, in place of what the source says.
    unit : str, optional
        Unit of the spacing, such as `"um"` or `"millimeter"`.
    channel, time : int, optional
        Which one of several, counted from 0. Only files have them; of objects pick one before.
    allow_gaps : bool
        Read slices whose numbers have gaps as if they were neighbours.

    Returns
    -------
    Volume
        The lazy volume, axes z, y, x.

    Raises
    ------
    InputError
        When the file cannot be read; `InputNotFoundError`, a `FileNotFoundError`, when there is none.
    TypeError
        When the object is nothing that has voxels.

    Examples
    --------
    >>> import numpy as np
    >>> import voxsieve as vx
    >>> scan = vx.open(np.zeros((64, 64, 64), "uint16"), spacing=2.5, unit="um")
    >>> scan.shape, scan.spacing, scan.unit
    ((64, 64, 64), (2.5, 2.5, 2.5), 'micrometer')
    """
    from voxsieve._volume import Volume

    if isinstance(source, Volume):
        return source
    options = {
        "level": level,
        "spacing": _spacing(spacing),
        "unit": None if unit is None else unit_name(unit),
        "channel": channel,
        "time": time,
        "allow_gaps": allow_gaps,
    }
    if isinstance(source, str | os.PathLike):
        return Volume.of_file(Path(source), options)
    folder = folder_of(source)
    if folder is not None:
        try:
            return Volume.of_file(folder, options)
        except UnsupportedError:
            # Zarr-python may know a codec that the library does not; what else a group says, it must know.
            if not hasattr(source, "dtype"):
                raise
    for name, value in (("channel", channel), ("time", time)):
        if value is not None:
            raise ParameterError(f"{name}: is for files; pick it from the object before opening it")
    levels = [_placed(one, options) for one in levels_of(source)]
    if not 0 <= level < len(levels):
        raise ParameterError(f"level: there are {len(levels)} levels, counted from 0; there is no {level}")
    return Volume.of_objects(levels, level)


def _spacing(spacing: float | Sequence[float] | None) -> list[float] | None:
    if spacing is None:
        return None
    three = (
        [float(s) for s in spacing] if isinstance(spacing, Sequence | np.ndarray) else [float(spacing)] * 3
    )
    if len(three) != 3 or not all(0 < s < float("inf") for s in three):
        raise ParameterError("spacing: one number above 0 is needed, or three: (z, y, x)")
    return three


def _placed(held: Held, options: dict[str, Any]) -> Held:
    """An object with what the caller knows better than it."""
    place = held.place
    if options["spacing"] is not None:
        z, y, x = options["spacing"]
        place = replace(place, spacing=(z, y, x))
    if options["unit"] is not None:
        place = replace(place, unit=options["unit"])
    return replace(held, place=place)
