"""Other libraries' own types: taken as they are, given back with their place in the world."""

import pickle

import dask.array as da
import itk
import ngff_zarr
import numpy as np
import pytest
import SimpleITK
import voxsieve as vx
import xarray as xr
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from numcodecs import Delta

TURNED = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def test_itk_functions_inside_map_overlap(scan):
    """Equal to our own median, block by block."""

    def median(block, radius):
        return itk.median_image_filter(itk.image_from_array(np.asarray(block)), radius=radius)

    theirs = scan.map_overlap(median, halo=2, radius=2)
    ours = scan.median(radius=2).compute()
    assert np.array_equal(theirs._computed(cell=(20, 24, 28))[0], ours)
    # ITK's functions take arrays, too.
    direct = scan.map_overlap(itk.median_image_filter, halo=2, radius=2)
    assert np.array_equal(direct._computed(cell=(20, 24, 28))[0], ours)


def test_itk_functions_in_processes(scan):
    """ITK's module is one that cannot be pickled."""

    def median(block):
        return itk.median_image_filter(block, radius=1)

    part = scan[:20, :20]
    theirs = part.map_overlap(median, halo=1, workers="processes").compute(threads=1)
    assert np.array_equal(theirs, part.median())


@pytest.mark.parametrize("direction", [np.eye(3), TURNED])
def test_itk_images_keep_their_place(grey, direction):
    image = itk.image_from_array(grey)
    image.SetSpacing([1.0, 1.5, 2.0])
    image.SetOrigin([10.0, 20.0, 30.0])
    image.SetDirection(direction)
    scan = vx.open(image)
    assert scan.spacing == (2.0, 1.5, 1.0)
    assert scan.origin == (30.0, 20.0, 10.0)
    back = scan.to_itk()
    for get in ("GetSpacing", "GetOrigin"):
        assert tuple(getattr(back, get)()) == tuple(getattr(image, get)())
    assert np.array_equal(itk.array_from_matrix(back.GetDirection()), direction)
    assert np.array_equal(itk.array_from_image(back), grey)
    part = scan[5:, 3:, 2:].median().to_itk()
    assert tuple(part.GetOrigin()) == tuple(image.TransformIndexToPhysicalPoint([2, 3, 5]))
    assert np.array_equal(itk.array_from_matrix(part.GetDirection()), direction)


def test_a_direction_is_not_lost_silently(grey):
    image = itk.image_from_array(grey)
    image.SetDirection(TURNED)
    with pytest.warns(UserWarning, match="no direction"):
        vx.open(image).to_xarray()
    with pytest.raises(vx.ParameterError, match="give the region in voxels"):
        vx.open(image).roi(z=("1 mm", "2 mm"), unit="mm")


def test_itk_images_that_are_no_volume(grey):
    with pytest.raises(vx.ParameterError, match="several values"):
        vx.open(itk.image_from_array(np.stack([grey, grey], axis=-1), is_vector=True))
    with pytest.raises(vx.ParameterError, match="2 dimensions"):
        vx.open(itk.image_from_array(grey[0]))


def test_simpleitk_images(grey):
    image = SimpleITK.GetImageFromArray(grey)
    image.SetSpacing((1.0, 1.5, 2.0))
    scan = vx.open(image)
    assert scan.spacing == (2.0, 1.5, 1.0)
    assert np.array_equal(scan, grey)


def test_dask_arrays_in_and_out(scan, grey):
    chunked = da.from_array(grey, chunks=(16, 20, 55))
    opened = vx.open(chunked, spacing=(2, 1.5, 1), unit="um")
    assert opened.chunks == (16, 20, 55)
    smooth = opened.gaussian(sigma="2 um")
    assert np.array_equal(smooth, scan.gaussian(sigma="2 um"))
    given = smooth.to_dask(chunks=(20, 20, 20))
    assert given.chunksize == (20, 20, 20)
    assert np.array_equal(given.compute(), smooth)
    assert np.array_equal(given[10:20, 3, ::2].compute(), np.asarray(smooth)[10:20, 3, ::2])
    labels = scan.binary_threshold(lower=120).label()
    assert np.array_equal(labels.to_dask().compute(), labels)


def test_dask_chunks_of_other_sizes_are_refused_or_read(grey):
    uneven = da.from_array(grey, chunks=((5, 20, 20), 50, 55))
    assert np.array_equal(vx.open(uneven).median(), vx.open(grey).median())


def test_xarray_there_and_back(scan):
    array = scan[5:, 2:].to_xarray(name="scan")
    assert array.dims == ("z", "y", "x")
    assert array.name == "scan"
    assert array.coords["z"].values[0] == 10.0
    assert array.coords["y"].attrs["units"] == "micrometer"
    back = vx.open(array)
    assert (back.spacing, back.origin, back.unit) == (scan.spacing, (10.0, 3.0, 0.0), "micrometer")
    assert np.array_equal(back, scan[5:, 2:])
    turned = vx.open(array.transpose("x", "z", "y"))
    assert np.array_equal(turned, back)
    cut = vx.open(array.sel(z=slice(20, 30)))
    assert cut.origin[0] == 20.0
    with pytest.raises(vx.ParameterError, match="evenly spaced"):
        vx.open(
            xr.DataArray(
                np.zeros((3, 2, 2)),
                dims=("z", "y", "x"),
                coords={d: [1, 2, 4][: 3 - (d != "z")] for d in "zyx"},
            )
        )
    with pytest.raises(TypeError, match="several variables"):
        vx.open(array.to_dataset())


def test_ngff_images_and_multiscales(scan, folder):
    image = scan[5:].median().to_ngff_image()
    assert image.scale == {"z": 2.0, "y": 1.5, "x": 1.0}
    assert image.translation["z"] == 10.0
    back = vx.open(image)
    assert (back.spacing, back.origin, back.unit) == (scan.spacing, (10.0, 0.0, 0.0), "micrometer")
    assert np.array_equal(back, scan[5:].median())
    saved = scan.save(folder / "a.ome.zarr", chunk=16, progress=False)
    multiscales = saved.to_multiscales()
    again = vx.open(multiscales)
    assert again.levels == saved.levels
    assert again.level(1).origin == saved.level(1).origin
    assert np.array_equal(again.level(1), saved.level(1))
    ngff_zarr.to_ngff_zarr(str(folder / "theirs.ome.zarr"), multiscales, version="0.5")
    theirs = vx.open(folder / "theirs.ome.zarr")
    assert (theirs.spacing, theirs.unit) == (scan.spacing, "micrometer")
    assert np.array_equal(theirs, scan)


def test_levels_are_made_where_there_are_none(folder):
    grey = np.random.default_rng(3).integers(0, 255, (40, 150, 300), "uint8")
    scan = vx.open(grey, spacing=1.0, unit="mm")
    images = scan.median().to_multiscales().images
    assert [image.data.shape for image in images] == [(40, 150, 300), (20, 75, 150), (10, 38, 75)]
    saved = scan.median().save(folder / "a.ome.zarr", chunk=64, factors=2, progress=False)
    assert np.array_equal(images[1].data.compute(), saved.level(1))
    assert images[1].translation["z"] == 0.5


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_arrays_and_groups(scan, grey, folder, version):
    array = zarr.create_array(
        store=zarr.storage.MemoryStore(),
        shape=grey.shape,
        chunks=(16, 16, 16),
        dtype="u1",
        zarr_format=version,
    )
    array[:] = grey
    opened = vx.open(array)
    assert opened.path is None
    assert opened.chunks == (16, 16, 16)
    assert np.array_equal(opened.median(), scan.median())
    saved = scan.save(folder / "a.ome.zarr", chunk=16, ome={2: "0.4", 3: "0.5"}[version], progress=False)
    group = zarr.open_group(folder / "a.ome.zarr", mode="r")
    opened = vx.open(group)
    assert opened.path == folder / "a.ome.zarr", "what lies in a folder is read without Python"
    assert opened.spacing == scan.spacing
    in_memory = zarr.group(store=zarr.storage.MemoryStore(), zarr_format=version)
    in_memory.attrs.update(dict(group.attrs))
    for name in ("0", "1"):
        level = in_memory.create_array(name, shape=group[name].shape, chunks=(16, 16, 16), dtype="u1")
        level[:] = group[name][:]
    multiscale = vx.open(in_memory)
    assert (multiscale.spacing, multiscale.unit) == (scan.spacing, "micrometer")
    assert np.array_equal(multiscale.level(1), saved.level(1))
    assert multiscale.level(1).origin == saved.level(1).origin


def test_a_codec_that_only_zarr_python_knows(grey, folder):
    options = {"shape": grey.shape, "chunks": (16, 16, 16), "dtype": "u1", "zarr_format": 2}
    array = zarr.create_array(store=folder / "a.zarr", filters=[Delta(dtype="u1")], **options)
    array[:] = grey
    with pytest.raises(vx.UnsupportedError, match="delta"):
        vx.open(folder / "a.zarr")
    opened = vx.open(array)
    assert opened.path is None
    assert np.array_equal(opened.median(), vx.open(grey).median())


def test_one_channel_of_a_zarr_array_in_a_folder(grey, folder):
    options = {"chunks": (1, 16, 16, 16), "dtype": "u1", "dimension_names": ["c", "z", "y", "x"]}
    array = zarr.create_array(store=folder / "a.zarr", shape=(2, *grey.shape), **options)
    array[:] = np.stack([grey, 255 - grey])
    assert np.array_equal(vx.open(array, channel=1), 255 - grey)


@settings(deadline=None, max_examples=25)
@given(
    shape=st.tuples(*[st.integers(2, 7)] * 3),
    dtype=st.sampled_from(["uint8", "int16", "float32"]),
    spacing=st.tuples(*[st.floats(0.01, 100)] * 3),
    begin=st.tuples(*[st.integers(0, 1)] * 3),
)
def test_there_and_back_everything_is_in_its_place(shape, dtype, spacing, begin):
    """A part, so that the origin is another one."""
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    part = vx.open(array, spacing=spacing, unit="um")[tuple(slice(b, None) for b in begin)]
    for give in ("to_itk", "to_xarray", "to_ngff_image", "to_multiscales"):
        if give == "to_xarray" and 1 in part.shape:
            continue  # One coordinate tells no spacing.
        back = vx.open(getattr(part, give)())
        assert np.array_equal(back, part)
        assert back.dtype == part.dtype
        assert np.allclose(back.spacing, part.spacing, rtol=1e-9)
        assert np.allclose(back.origin, part.origin, rtol=1e-9)
        assert back.unit == (None if give == "to_itk" else "micrometer")


def test_dlpack(scan, grey):
    assert np.array_equal(np.from_dlpack(scan.median()), scan.median())

    class Elsewhere:
        """An array of a library that knows DLPack only."""

        def __dlpack__(self, **kwargs):
            return grey.__dlpack__(**kwargs)

        def __dlpack_device__(self):
            return grey.__dlpack_device__()

    assert np.array_equal(vx.open(Elsewhere()), grey)


def test_volumes_travel_to_other_processes(scan, folder):
    saved = scan.save(folder / "a.ome.zarr", chunk=16, progress=False)
    for volume in (scan[3:9].median(), saved[2:20].level(1).gaussian(sigma=1)):
        again = pickle.loads(pickle.dumps(volume))
        assert (again.origin, again.shape) == (volume.origin, volume.shape)
        assert np.array_equal(again, volume)
    with pytest.raises(TypeError, match="functions of one's own"):
        pickle.dumps(scan.map_blocks(lambda block: block))
