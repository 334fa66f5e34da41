"""Objects of other libraries: which arrays they are, and where these lie in the world."""

from __future__ import annotations

from typing import Any

import numpy as np

from voxsieve._errors import ParameterError
from voxsieve._geometry import UNITS, unit_name
from voxsieve._sources import Held, Place
from voxsieve._zarr import levels_of_zarr


def levels_of(source: Any) -> list[Held]:
    """What an object of another library is: its scale levels, full resolution first."""
    library = type(source).__module__.partition(".")[0]
    if isinstance(source, np.ma.MaskedArray):
        raise TypeError(
            "a masked array cannot be opened; give array.filled(value), or the mask as a volume of its own"
        )
    if isinstance(source, np.ndarray):
        return [Held(source, "NumPy array", in_memory=True)]
    if library in ("itk", "itkConfig") or hasattr(source, "GetLargestPossibleRegion"):
        return [_of_itk(source)]
    if library == "SimpleITK":
        return [_of_simpleitk(source)]
    if hasattr(source, "images") and hasattr(source, "metadata"):
        return [_of_ngff_image(image) for image in source.images]
    if hasattr(source, "scale") and hasattr(source, "translation") and hasattr(source, "dims"):
        return [_of_ngff_image(source)]
    if library == "xarray":
        return [_of_xarray(source)]
    if library == "zarr":
        return levels_of_zarr(source)
    return [_of_array(source)]


def _of_array(source: Any, words: str | None = None, **more: Any) -> Held:
    """Anything with a shape, a dtype and slicing."""
    kind = type(source)
    words = words or f"{kind.__module__.partition('.')[0]} {kind.__name__}"
    if isinstance(source, np.ndarray):
        return Held(source, words, in_memory=True, **more)
    if all(hasattr(source, name) for name in ("shape", "dtype", "__getitem__")) and _is_numpy(source.dtype):
        return Held(source, words, chunks=_chunks(source), **more)
    if hasattr(source, "__array__"):
        return Held(np.asarray(source), words, in_memory=True, **more)
    if hasattr(source, "__dlpack__"):
        return Held(np.from_dlpack(source), words, in_memory=True, **more)
    raise TypeError(
        f"a {kind.__module__}.{kind.__qualname__} cannot be opened as a volume; a path, a NumPy, "
        f"dask or zarr array, an "
        "xarray DataArray, an ITK image, or an NgffImage can"
    )


def _is_numpy(dtype: Any) -> bool:
    try:
        np.dtype(dtype)
    except TypeError:
        return False
    return True


def _chunks(source: Any) -> tuple[int, ...] | None:
    """Shape of the pieces in which an object is stored, where it tells; the first of each axis is the usual
    one.
    """
    chunks = getattr(source, "chunks", None)
    if not isinstance(chunks, tuple) or not chunks:
        return None
    return tuple(max(one) if isinstance(one, tuple) else int(one) for one in chunks)


def _of_itk(image: Any) -> Held:
    import itk

    if image.GetImageDimension() != 3:
        raise ParameterError(
            f"the ITK image has {image.GetImageDimension()} dimensions, a volume needs three"
        )
    array = itk.array_view_from_image(image)
    if array.ndim != 3:
        raise ParameterError("the ITK image has several values for each voxel; pick one before opening it")
    direction = np.asarray(itk.array_from_matrix(image.GetDirection()))
    return _placed(array, "ITK image", image.GetSpacing(), image.GetOrigin(), direction)


def _of_simpleitk(image: Any) -> Held:
    import SimpleITK

    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise ParameterError("a SimpleITK image must have three dimensions and one value for each voxel")
    array = SimpleITK.GetArrayViewFromImage(image)
    direction = np.asarray(image.GetDirection()).reshape(3, 3)
    return _placed(array, "SimpleITK image", image.GetSpacing(), image.GetOrigin(), direction)


def _placed(array: Any, words: str, spacing: Any, origin: Any, direction: Any) -> Held:
    """An image of ITK's kind, which counts x, y, z and has no unit: millimetres by convention, but it does
    not say so.
    """
    turned = tuple(tuple(float(v) for v in row) for row in direction)
    place = Place(
        spacing=_reversed(spacing),
        origin=_reversed(origin),
        direction=None if np.array_equal(direction, np.eye(3)) else turned,
    )
    return Held(array, words, place, in_memory=True)


def _reversed(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return z, y, x


def _of_ngff_image(image: Any) -> Held:
    units = image.axes_units or {}
    scale, translation = image.scale or {}, image.translation or {}
    known = all(axis in scale for axis in "zyx")
    names = {units.get(axis) for axis in "zyx"}
    place = Place(
        spacing=tuple(float(scale[axis]) for axis in "zyx") if known else None,  # type: ignore[arg-type]
        origin=tuple(float(translation.get(axis, 0.0)) for axis in "zyx"),  # type: ignore[arg-type]
        unit=names.pop() if len(names) == 1 else None,
    )
    return _of_array(image.data, "NgffImage", place=place, dims=tuple(image.dims))


def _of_xarray(array: Any) -> Held:
    if not hasattr(array, "dims") or not hasattr(array, "coords") or not hasattr(array, "dtype"):
        raise TypeError("an xarray Dataset has several variables; open one of them: dataset['name']")
    dims = [str(name) for name in array.dims]
    axes = ["z", "y", "x"] if {"z", "y", "x"} <= set(dims) else dims[-3:]
    lines = [_line(array, axis) for axis in axes]
    units = {array.coords[axis].attrs.get("units") for axis in axes if axis in array.coords}
    unit = units.pop() if len(units) == 1 else None
    known = [line for line in lines if line is not None]
    place = Place()
    if len(known) == 3:
        (z0, dz), (y0, dy), (x0, dx) = known
        name = unit_name(unit) if isinstance(unit, str) and _is_unit(unit) else None
        place = Place(spacing=(dz, dy, dx), origin=(z0, y0, x0), unit=name)
    return _of_array(array.data, "xarray DataArray", place=place, dims=dims)


def _is_unit(name: str) -> bool:
    try:
        return unit_name(name) in UNITS
    except ParameterError:
        return False


def _line(array: Any, axis: str) -> tuple[float, float] | None:
    """First coordinate and distance between two, where the coordinates are evenly spaced upwards."""
    if axis not in array.coords or array.coords[axis].ndim != 1 or array.coords[axis].dtype.kind not in "iuf":
        return None
    values = np.asarray(array.coords[axis].values, dtype=np.float64)
    if len(values) < 2:
        return None
    step = (values[-1] - values[0]) / (len(values) - 1)
    if step <= 0 or not np.allclose(np.diff(values), step, rtol=1e-4):
        raise ParameterError(
            f"the coordinates along {axis} are not evenly spaced upwards; resample or flip the array"
        )
    return float(values[0]), float(step)
