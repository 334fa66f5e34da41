"""Volumes as what other libraries work with. Each library is imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from voxsieve._geometry import DIMS, box_of_key
from voxsieve._results import Results

if TYPE_CHECKING:
    from voxsieve._volume import Volume


class Converters(Results):
    """What a volume can be given to other libraries as."""

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
        if self.spacing is not None:
            image.SetSpacing([float(value) for value in reversed(self.spacing)])
            image.SetOrigin([float(value) for value in reversed(self.origin)])
        if self._base.direction is not None:
            image.SetDirection(np.array(self._base.direction))
        return image

    def to_ngff_image(self, *, name: str = "image") -> Any:
        """The volume as an `ngff_zarr.NgffImage` over a dask array."""
        import ngff_zarr

        spacing = self.spacing or (1.0, 1.0, 1.0)
        return ngff_zarr.NgffImage(
            data=self.to_dask(),
            dims=list(DIMS),
            scale=dict(zip(DIMS, spacing, strict=True)),
            translation=dict(zip(DIMS, self.origin, strict=True)),
            name=name,
            axes_units=None if self.unit is None else dict.fromkeys(DIMS, self.unit),
        )

    def to_multiscales(self, *, name: str = "image") -> Any:
        """The volume with coarser levels as `ngff_zarr.Multiscales`, all of them lazy.

        The levels are those of the source where nothing is done to it, else each is made of two voxels along
        each axis of the one before (the mean, or the mode of masks and labels), until one fits into 128
        voxels.
        """
        import ngff_zarr

        images = [level.to_ngff_image(name=name) for level in _levels(cast("Volume", self))]
        return (
            ngff_zarr.to_multiscales(images[0], scale_factors=[])
            if len(images) == 1
            else _multiscales(images, name)
        )


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
    if not volume.steps and volume._bins is None and not volume._cubic:
        return [volume.level(number) for number in range(volume._base.number, len(volume.levels))]
    return [volume]


def _multiscales(images: list[Any], name: str) -> Any:
    """`Multiscales` of images that are there already."""
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
    import ngff_zarr

    metadata = Metadata(axes=axes, datasets=datasets, coordinateTransformations=None, name=name)
    return ngff_zarr.Multiscales(images=images, metadata=metadata)
