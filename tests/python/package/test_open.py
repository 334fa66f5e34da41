"""Opening files and objects, and cutting parts from them."""

import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tifffile
import voxsieve as vx
from hypothesis import given, settings
from hypothesis import strategies as st

SHAPE = (6, 7, 8)
NUMBERED = np.arange(np.prod(SHAPE), dtype=np.uint16).reshape(SHAPE)


def test_a_volume_says_what_it_is(grey, scan):
    assert scan.shape == grey.shape
    assert scan.dtype == np.uint8
    assert (scan.ndim, scan.size, scan.nbytes, len(scan)) == (3, grey.size, grey.nbytes, 45)
    assert scan.dims == ("z", "y", "x")
    assert scan.spacing == (2.0, 1.5, 1.0)
    assert scan.unit == "micrometer"
    assert scan.origin == (0, 0, 0)
    assert scan.kind == "image"
    assert scan.levels == (grey.shape,)
    assert np.array_equal(np.asarray(scan), grey)
    assert np.array_equal(np.asarray(scan, dtype=np.float64), grey.astype(np.float64))
    assert vx.open(scan) is scan


def test_files_are_opened_as_by_the_program(bone, bone_voxels, folder):
    scan = vx.open(bone)
    assert np.array_equal(scan, bone_voxels)
    saved = scan.save(folder / "scan.ome.zarr", chunk=32, progress=False)
    assert len(saved.levels) > 1
    assert saved.level(1).shape == saved.levels[1]
    assert saved.level(1).spacing == tuple(2 * s for s in saved.spacing)
    assert vx.open(folder / "scan.ome.zarr", level=1).shape == saved.levels[1]
    assert saved.report["voxels"] == scan.size
    assert vx.open(str(bone), spacing=3, unit="um").spacing == (3, 3, 3)


@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "<u2", ">u2", ">i2", "<u4", ">i4", "<u8", ">i8", "<f4", ">f4", ">f8"]
)
def test_every_type_in_any_byte_order(dtype):
    array = (NUMBERED // 3).astype(dtype)
    assert array.dtype.str.endswith(dtype), "NumPy's sums are in the byte order of the machine"
    read = vx.open(array).compute()
    assert read.dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(read, array)


@pytest.mark.parametrize(
    "form",
    [
        np.asfortranarray,
        lambda a: a.transpose(2, 0, 1),
        lambda a: a[::-1, :, ::2],
        lambda a: np.broadcast_to(a[:1], a.shape),
        lambda a: np.frombuffer(b"\0" + a.tobytes(), dtype=np.uint8)[1:].view(a.dtype).reshape(a.shape),
        lambda a: a[np.newaxis, :, :, :, np.newaxis][0, ..., 0],
    ],
)
def test_arrays_of_any_layout_are_read_as_they_are(form):
    array = form(NUMBERED)
    assert np.array_equal(vx.open(array), array)
    assert np.array_equal(vx.open(array)[1:3, :, 2:4], array[1:3, :, 2:4])


@pytest.mark.parametrize(
    "array",
    [np.zeros((200, 200, 200), ">u2"), np.zeros((200, 200, 200), order="F"), np.zeros((200, 200, 200), bool)],
    ids=["swapped", "not contiguous", "bool"],
)
def test_what_must_be_converted_is_copied_block_by_block(array):
    tracemalloc.start()
    try:
        part = vx.open(array)[:8].compute(progress=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert part.shape == (8, 200, 200)
    assert peak < 4 * part.nbytes < array.nbytes / 3


def test_bool_is_a_mask_and_half_floats_are_floats():
    mask = vx.open(NUMBERED > 100)
    assert (mask.kind, mask.dtype) == ("mask", np.uint8)
    assert np.array_equal(mask, np.where(NUMBERED > 100, 255, 0))
    half = vx.open(NUMBERED.astype(np.float16))
    assert half.dtype == np.float32
    assert np.array_equal(half, NUMBERED)


def test_axes_of_one_element_are_left_out():
    assert vx.open(NUMBERED[np.newaxis, np.newaxis]).shape == SHAPE


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        (object(), TypeError, "cannot be opened as a volume"),
        ([1, 2, 3], TypeError, "cannot be opened as a volume"),
        (None, TypeError, "cannot be opened as a volume"),
        (np.zeros((3, 4)), vx.ParameterError, "array\\[np.newaxis\\]"),
        (np.zeros((2, 3, 4, 5)), vx.ParameterError, "pick one before opening"),
        (np.zeros((2, 0, 3)), vx.ParameterError, "no voxels"),
        (np.zeros((2, 2, 2), complex), vx.UnsupportedError, "real part"),
        (np.zeros((2, 2, 2), "U3"), vx.UnsupportedError, "not supported"),
        (np.zeros((2, 2, 2), object), vx.UnsupportedError, "not supported"),
        (np.ma.zeros((2, 2, 2)), TypeError, "filled"),
        ("/nowhere/scan.tif", FileNotFoundError, "no such file"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_a_sentence(source, error, words):
    with pytest.raises(error, match=words) as caught:
        vx.open(source)
    assert "\n" not in str(caught.value)


def test_errors_are_also_those_that_python_has():
    assert issubclass(vx.ParameterError, ValueError)
    assert issubclass(vx.BudgetError, MemoryError)
    assert issubclass(vx.OutputExistsError, FileExistsError)
    assert issubclass(vx.InputError, OSError)
    assert vx.FunctionError.__module__ == "voxsieve"


bounds = st.one_of(st.none(), st.integers(-12, 12))
one_axis = st.one_of(st.integers(-8, 7), st.builds(slice, bounds, bounds))
indices = st.one_of(one_axis, st.lists(one_axis, max_size=3).map(tuple), st.just(Ellipsis))


@settings(deadline=None, max_examples=150)
@given(key=indices, tail=st.booleans())
def test_indexing_is_that_of_numpy(key, tail):
    if tail and isinstance(key, tuple) and len(key) < 3:
        key = (*key, Ellipsis)
    volume = vx.open(NUMBERED)
    try:
        expected = NUMBERED[key]
    except IndexError:
        with pytest.raises(IndexError):
            volume[key]
        return
    if expected.ndim == 3 and expected.size == 0:
        with pytest.raises(vx.ParameterError, match="no voxels"):
            volume[key]
        return
    found = volume[key]
    assert isinstance(found, vx.Volume) == (expected.ndim == 3)
    assert np.array_equal(found, expected)


@settings(deadline=None, max_examples=40)
@given(
    first=st.tuples(*[st.tuples(st.integers(0, 2), st.integers(4, 6))] * 3),
    second=st.tuples(*[st.tuples(st.integers(0, 1), st.integers(2, 3))] * 3),
)
def test_a_part_of_a_part_is_a_part(first, second):
    keys = [tuple(slice(*span) for span in spans) for spans in (first, second)]
    volume = vx.open(NUMBERED, spacing=2.0, unit="mm")[keys[0]][keys[1]]
    assert np.array_equal(volume, NUMBERED[keys[0]][keys[1]])
    assert volume.origin == tuple(2.0 * (a[0] + b[0]) for a, b in zip(first, second, strict=True))


@settings(deadline=None, max_examples=25)
@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    dtype=st.sampled_from(["uint8", "int16", "uint32", "int64", "float32", "float64"]),
    spacing=st.tuples(*[st.floats(0.01, 100)] * 3),
    name=st.sampled_from(["a.ome.zarr", "a.nrrd", "a.mha"]),
    seed=st.integers(0, 1000),
)
def test_what_is_saved_is_what_is_opened(shape, dtype, spacing, name, seed):
    array = np.random.default_rng(seed).integers(0, 200, shape).astype(dtype)
    volume = vx.open(array, spacing=spacing, unit="mm")
    with tempfile.TemporaryDirectory() as folder:
        saved = volume.save(Path(folder) / name, chunk=16, sync="none", progress=False)
        assert saved.dtype == array.dtype
        assert np.array_equal(saved, array)
        assert np.allclose(saved.spacing, spacing, rtol=1e-12)


@pytest.mark.parametrize("key", [[0, 1], NUMBERED > 3, "z", 1.5, True, slice(None, None, 2), (0, 0, 0, 0)])
def test_what_is_no_box_is_refused(key):
    with pytest.raises(IndexError):
        vx.open(NUMBERED)[key]


def test_a_region_in_the_world(scan):
    part = scan.roi(z=("10 um", "0.02 mm"), y=(3, 6), x=slice(None, 20))
    assert part.shape == (5, 3, 20)
    assert part.origin == (10.0, 4.5, 0.0)
    assert np.array_equal(part, scan[5:10, 3:6, :20])
    assert scan.roi(x=(10, 20), unit="um").shape[2] == 10
    assert np.array_equal(scan["10 um":"0.02 mm", 3:6, :20], part)
    assert np.array_equal(scan[..., "20 um":], scan[:, :, 20:])
    assert np.array_equal(scan[7, "15 um":], np.asarray(scan)[7, 10:])
    # Positions stay those of the world in a part.
    assert part.roi(z=("12 um", "14 um")).origin[0] == 12.0
    with pytest.raises(vx.ParameterError, match="not a part"):
        scan.roi(z=(3, 100))
    with pytest.raises(vx.ParameterError, match="needs the voxel size"):
        vx.open(NUMBERED).roi(z=("1 um", "2 um"))
    with pytest.raises(vx.ParameterError, match="needs the voxel size"):
        vx.open(NUMBERED)["1 um":"2 um"]
    with pytest.raises(vx.ParameterError, match="not a part"):
        scan["10 um":"1 m"]


@settings(deadline=None, max_examples=60)
@given(
    spacing=st.integers(1, 40),
    first=st.tuples(*[st.integers(0, 2)] * 3),
    ends=st.tuples(*[st.tuples(st.integers(0, 400), st.integers(0, 400)).map(sorted)] * 3),
)
def test_a_region_in_the_world_is_the_voxels_whose_centres_lie_there(spacing, first, ends):
    """`first` makes the origin another one."""
    volume = vx.open(NUMBERED, spacing=spacing, unit="um")[tuple(slice(begin, None) for begin in first)]
    centres = [np.arange(begin, size) * spacing for begin, size in zip(first, SHAPE, strict=True)]
    chosen = [(low <= at) & (at < high) for at, (low, high) in zip(centres, ends, strict=True)]
    texts = [(f"{low} um", f"{high / 1000} mm") for low, high in ends]
    inside = all(
        mask.any() and low > at[0] - spacing and high <= at[-1] + spacing
        for mask, at, (low, high) in zip(chosen, centres, ends, strict=True)
    )
    if not inside:
        with pytest.raises(vx.ParameterError, match="not a part"):
            volume.roi(*texts)
        return
    expected = NUMBERED[tuple(slice(begin, None) for begin in first)][np.ix_(*chosen)]
    assert np.array_equal(volume.roi(*texts), expected)
    assert np.array_equal(volume[tuple(slice(*text) for text in texts)], expected)


def test_a_part_keeps_its_place_at_every_level(folder, grey):
    saved = vx.open(grey, spacing=2.0, unit="um").save(folder / "a.ome.zarr", chunk=16, progress=False)
    part = saved[8:24, 16:40, 4:20].level(1)
    assert part.shape == (8, 12, 8)
    assert np.array_equal(part, np.asarray(saved.level(1))[4:12, 8:20, 2:10])
    stored = part.median().save(folder / "b.ome.zarr", progress=False)
    assert stored.origin == part.origin
    assert np.array_equal(stored, np.asarray(saved.level(1).median())[4:12, 8:20, 2:10])


def test_bins_and_cubes(scan):
    binned = scan.bin((1, 2, 5))
    assert binned.shape == (45, 25, 11)
    assert binned.spacing == (2.0, 3.0, 5.0)
    assert np.array_equal(binned[3:9, 1:5], np.asarray(binned)[3:9, 1:5])
    assert scan.isotropic().spacing == (1.0, 1.0, 1.0)
    with pytest.raises(vx.ParameterError, match="before the first filter"):
        scan.median().bin(2)


def test_a_stack_of_slices(folder, grey):
    for z, plane in enumerate(grey):
        tifffile.imwrite(folder / f"slice_{z:03}.tif", plane)
    assert np.array_equal(vx.open(folder), grey)


def test_a_plane_of_a_packed_stack_unpacks_no_more(folder, grey):
    tifffile.imwrite(folder / "packed.tif", np.tile(grey, (10, 1, 1)), compression="zlib", rowsperstrip=200)
    scan = vx.open(folder / "packed.tif")
    plane, report = scan[100:101]._computed(progress=False)
    assert np.array_equal(plane[0], grey[100 % len(grey)])
    assert report["read_amplification"] < 3
    assert np.array_equal(scan.median()[7], np.asarray(scan[:20].median())[7])
