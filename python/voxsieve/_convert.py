"""Volumes as what other libraries work with. Each library is imported when it is asked for."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from voxsieve._geometry import DIMS, box_of_key
from voxsieve._results import Results
from voxsieve._sources import Held, Place

if TYPE_CHECKING:
    from voxsieve._volume import Volume


class Converters(Results):
    """What a volume can be given to other libraries as. Its attributes `data`, `dims`, `scale`,
    `translation` and
    `axes_units` are those of an `NgffImage`, so that code written for one takes a volume too.
    """

    @property
    def data(self) -> Any:
        """The voxels as a dask array; see `to_dask`."""
        return self.to_dask()

    @property
    def scale(self) -> dict[str, float]:
        """Distance between voxel centres along each axis by its name; 1 when unknown."""
        return dict(zip(DIMS, self.spacing or (1.0, 1.0, 1.0), strict=True))

    @property
    def translation(self) -> dict[str, float]:
        """World position of the centre of the first voxel along each axis by its name."""
        return dict(zip(DIMS, self.origin, strict=True))

    @property
    def axes_units(self) -> dict[str, str] | None:
        """Unit of each axis by its name; `None` when unknown."""
        return None if self.unit is None else dict.fromkeys(DIMS, self.unit)

    def to_dask(self, *, chunks: int | tuple[int, int, int] | None = None) -> Any:
        """The volume as a dask array: each of its chunks is computed when dask asks for it.

        Parameters
        ----------
        chunks : int or three ints, optional
            Shape of the array's chunks; those of the source when left out, or more of them where they are
            flat.

        Returns
        -------
        dask.array.Array
            Axes z, y, x. A step that looks at the whole volume (`label`, `otsu`) is computed in memory first.
        """
        import dask.array

        if self._outline["whole"] is not None:
            return dask.array.from_array(self.compute(), chunks=chunks or "auto")
        shape = chunks or tuple(
            min(size, max(64, part)) for size, part in zip(self.shape, self.chunks, strict=True)
        )
        return dask.array.from_array(
            _Blocks(cast("Volume", self)), chunks=shape, asarray=False, fancy=False, name=False
        )

    def to_xarray(self, *, name: str | None = None, chunks: int | tuple[int, int, int] | None = None) -> Any:
        """The volume as an `xarray.DataArray` with world coordinates along z, y, x.

        It is backed by a dask array where dask is installed, else it is computed at once.
        """
        import xarray

        self._warn_of_direction("an xarray DataArray")
        try:
            data = self.to_dask(chunks=chunks)
        except ImportError:
            data = self.compute()
        attrs = {} if self.unit is None else {"units": self.unit}
        spacing = self.spacing
        coords = {}
        if spacing is not None:
            for axis, dim in enumerate(DIMS):
                values = self.origin[axis] + spacing[axis] * np.arange(self.shape[axis])
                coords[dim] = xarray.Variable(dim, values, attrs)
        return xarray.DataArray(data, dims=DIMS, coords=coords, name=name)

    def to_itk(self) -> Any:
        """The volume, computed, as an `itk.Image` with spacing, origin and direction (x, y, z), which has no
        unit.
        """
        import itk

        image = itk.image_from_array(self.compute())
        # ITK takes a line of voxels for one along x.
        image.SetRegions(list(reversed(self.shape)))
        if self.spacing is not None:
            image.SetSpacing([float(value) for value in reversed(self.spacing)])
            image.SetOrigin([float(value) for value in reversed(self.origin)])
        if self._base.direction is not None:
            image.SetDirection(np.array(self._base.direction))
        return image

    def _warn_of_direction(self, what: str) -> None:
        if self._base.direction is not None:
            sentence = f"{what} has no direction: the axes of the volume are turned in the world, its are not"
            warnings.warn(sentence, UserWarning, stacklevel=3)

    def to_ngff_image(self, *, name: str = "image") -> Any:
        """The volume as an `ngff_zarr.NgffImage` over a dask array."""
        import ngff_zarr

        self._warn_of_direction("an NgffImage")
        return ngff_zarr.NgffImage(
            data=self.to_dask(),
            dims=list(DIMS),
            scale=self.scale,
            translation=self.translation,
            name=name,
            axes_units=self.axes_units,
        )

    def to_multiscales(self, *, name: str = "image") -> Any:
        """The volume with coarser levels as `ngff_zarr.Multiscales`, all of them lazy.

        The levels are those of the source where it has several and nothing is done to it; else a voxel of
        each is made of two more along each axis (the mean, or the mode of masks and labels), until one fits
        into 128 voxels.
        """
        images = [level.to_ngff_image(name=name) for level in _levels(cast("Volume", self))]
        return _multiscales(images, name)


class _Blocks:
    """What dask takes for an array: parts of a volume, computed when they are indexed."""

    ndim = 3

    def __init__(self, volume: Volume) -> None:
        self.volume, self.shape, self.dtype = volume, volume.shape, volume.dtype

    def __getitem__(self, key: Any) -> Any:
        box, gone = box_of_key(key, self.shape)
        if any(begin == end for begin, end in box):
            return np.zeros([e - b for axis, (b, e) in enumerate(box) if axis not in gone], self.dtype)
        # Dask has its own threads, each at work on another part.
        array = self.volume._cropped(box).compute(threads=1, progress=False)
        return array.reshape([size for axis, size in enumerate(array.shape) if axis not in gone])


def _levels(volume: Volume) -> list[Volume]:
    plain = not volume.steps and volume._bins is None and not volume._cubic
    if plain and len(volume.levels) > 1:
        return [volume.level(number) for number in range(volume._base.number, len(volume.levels))]
    begin = volume if plain else _over_dask(volume)
    factors = [2**number for number in range(1, 7) if max(volume.shape) > 128 * 2 ** (number - 1)]
    return [volume, *(begin.bin(factor) for factor in factors)]


def _over_dask(volume: Volume) -> Volume:
    """The result of a volume's steps as the begin of other volumes."""
    data = volume.to_dask()
    chunks = tuple(max(sizes) for sizes in data.chunks)
    return type(volume).of_objects([Held(data, "dask Array", _place(volume), chunks=chunks)], 0)


def _on_its_own(volume: Volume) -> Volume:
    """The result of a volume's steps as the begin of other volumes: computed part by part when it is read,
    or at
    once where parts cannot be computed by themselves.
    """
    whole = volume._outline["whole"] is not None or volume._cubic
    data = volume.compute(progress=False) if whole else _Blocks(volume)
    chunks = None if whole else tuple(min(size, 64) for size in volume.shape)
    held = Held(data, "lazy volume", _place(volume), chunks=chunks, in_memory=whole)
    return type(volume).of_objects([held], 0)


def _place(volume: Volume) -> Place:
    return Place(volume.spacing, volume.origin, volume.unit, volume.kind, volume._base.direction)


def _multiscales(images: list[Any], name: str) -> Any:
    """`Multiscales` of images that are there already."""
    import ngff_zarr
    from ngff_zarr.v04.zarr_metadata import Axis, Dataset, Metadata, Scale, Translation

    units = images[0].axes_units or {}
    axes = [Axis(name=dim, type="space", unit=units.get(dim)) for dim in DIMS]
    datasets = [
        Dataset(
            path=f"scale{number}/{name}",
            coordinateTransformations=[
                Scale([image.scale[dim] for dim in DIMS]),
                Translation([image.translation[dim] for dim in DIMS]),
            ],
        )
        for number, image in enumerate(images)
    ]
    metadata = Metadata(axes=axes, datasets=datasets, coordinateTransformations=None, name=name)
    return ngff_zarr.Multiscales(images=images, metadata=metadata)
