"""The region of interest of a viewer, read back without any front-end."""

import math

import numpy as np
import pytest
import voxsieve as vx
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def pyramid(grey, folder) -> vx.Volume:
    """A file with several levels, odd sizes, other voxel sizes along each axis, away from the origin."""
    array = np.pad(grey, ((0, 40), (0, 31), (0, 46)), mode="reflect")
    scan = vx.open(array, spacing=(2.0, 1.5, 0.7), unit="um")[3:, 1:, 2:]
    return scan.save(folder / "scan.ome.zarr", chunk=16, progress=False)


@pytest.fixture
def viewer(pyramid):
    with vx.view(pyramid) as viewer:
        yield viewer


def edges(viewer, name="Image"):
    """World coordinates of the region's outer edges by NumPy, from the image's own metadata."""
    image, slices = viewer.get_image(name), viewer.get_roi_slice(0)
    lower = [o + (one.start - 0.5) * s for o, s, one in zip(image.origin, image.spacing, slices, strict=True)]
    upper = [o + (one.stop - 0.5) * s for o, s, one in zip(image.origin, image.spacing, slices, strict=True)]
    return lower, upper


def test_everything_at_first(viewer, pyramid):
    assert len(pyramid.levels) >= 3
    for scale, shape in enumerate(pyramid.levels):
        assert viewer.get_roi_slice(scale) == tuple(slice(0, size) for size in shape)
    assert viewer.get_current_scale() == 0
    assert viewer.get_roi_slice() == viewer.get_roi_slice(0)


def test_the_current_scale_fits_the_budget(pyramid):
    sizes = [math.prod(shape) for shape in pyramid.levels]
    for scale, size in enumerate(sizes):
        with vx.view(pyramid, memory_budget=size) as viewer:
            assert viewer.get_current_scale() == scale
            assert viewer.wait_for_scale(timeout=0) == scale
            viewer.set_roi((slice(0, 2),) * 3)
            assert viewer.get_current_scale() == 0


def test_the_world(viewer):
    viewer.set_roi((slice(5, 30), slice(7, 8), slice(11, 60)))
    region = viewer.get_roi_region()
    lower, upper = edges(viewer)
    assert region.lower == pytest.approx(tuple(lower), abs=1e-12)
    assert region.upper == pytest.approx(tuple(upper), abs=1e-12)
    assert [region[0][axis] for axis in "zyx"] == list(region.lower)
    assert region.size == pytest.approx((25 * 2.0, 1.5, 49 * 0.7))
    assert region.units == "micrometer"
    centers = viewer.get_roi_region(centers=True)
    assert np.subtract(centers.lower, region.lower) == pytest.approx(np.array([2.0, 1.5, 0.7]) / 2)
    assert np.subtract(region.upper, centers.upper) == pytest.approx(np.array([2.0, 1.5, 0.7]) / 2)


def test_round_trips(viewer):
    wanted = (slice(5, 30), slice(7, 8), slice(11, 60))
    viewer.set_roi(wanted)
    for again in (
        lambda: viewer.set_roi(viewer.get_roi_slice(0)),
        lambda: viewer.set_roi(region=viewer.get_roi_region()),
        lambda: viewer.set_roi(region=viewer.get_roi_region(centers=True)),
    ):
        again()
        assert viewer.get_roi_slice(0) == wanted
    viewer.reset_roi()
    assert viewer.get_roi_slice(0) == tuple(slice(0, size) for size in viewer.get_image().shape)


def test_open_ends_and_other_scales(viewer, pyramid):
    viewer.set_roi((slice(None), slice(4, None), slice(None, -3)), scale=1)
    z, y, x = viewer.get_roi_slice(1)
    assert (y.start, x.stop) == (4, pyramid.levels[1][2] - 3)
    assert viewer.get_roi_slice(0)[0] == slice(0, pyramid.shape[0])
    assert viewer.get_roi_slice(0)[1].start == 8


@settings(max_examples=25, deadline=None)
@given(
    shape=st.tuples(*[st.integers(3, 41)] * 3),
    spacing=st.tuples(*[st.floats(0.05, 30)] * 3),
    factors=st.tuples(*[st.integers(1, 3)] * 3).filter(lambda factors: max(factors) > 1),
    data=st.data(),
)
def test_any_region_of_any_volume(tmp_path_factory, shape, spacing, factors, data):
    voxels = np.arange(math.prod(shape), dtype=np.uint32).reshape(shape)
    path = tmp_path_factory.mktemp("any") / "scan.ome.zarr"
    scan = vx.open(voxels, spacing=spacing, unit="mm")
    scan = scan.save(path, factors=factors, levels=3, chunk=16, progress=False)
    with vx.view(scan) as viewer:
        spans = [sorted(data.draw(st.sets(st.integers(0, n), min_size=2, max_size=2))) for n in shape]
        wanted = tuple(slice(begin, end) for begin, end in spans)
        viewer.set_roi(wanted)
        assert viewer.get_roi_slice(0) == wanted
        viewer.set_roi(region=viewer.get_roi_region())
        assert viewer.get_roi_slice(0) == wanted
        region = viewer.get_roi_region()
        for scale in range(len(scan.levels)):
            level = scan.level(scale)
            slices = viewer.get_roi_slice(scale)
            part = viewer.get_roi_image(scale)
            assert np.array_equal(part, level.compute()[slices])
            first = np.array([one.start for one in slices])
            assert part.origin == pytest.approx(np.array(level.origin) + first * level.spacing, rel=1e-12)
            # What is coarser covers what is finer, and no voxel lies beyond.
            for axis, (one, factor) in enumerate(zip(slices, np.array(level.spacing) / spacing, strict=True)):
                assert one.start * factor <= spans[axis][0] + 1e-6
                assert (one.start + 1) * factor > spans[axis][0] - 1e-6
                assert one.stop * factor >= min(spans[axis][1], level.shape[axis] * factor) - 1e-6
                assert (one.stop - 1) * factor < spans[axis][1] + 1e-6
        assert region.size == pytest.approx(
            tuple((end - begin) * step for (begin, end), step in zip(spans, spacing, strict=True))
        )


def test_levels_that_are_not_there(viewer, pyramid):
    for scale in (len(pyramid.levels), 99, -2):
        for ask in (viewer.get_roi_slice, viewer.get_roi_image, viewer.roi().slices, viewer.roi().image):
            with pytest.raises(IndexError, match=f"there is no {scale}"):
                ask(scale)
        with pytest.raises(IndexError):
            viewer.set_roi((slice(0, 1),) * 3, scale=scale)


def test_the_image_is_like_that_of_ngff_zarr(viewer, pyramid):
    viewer.set_roi((slice(6, 31), slice(7, 21), slice(12, 60)))
    part = viewer.get_roi_image(1)
    level = pyramid.level(1)
    assert part.dims == ("z", "y", "x")
    assert part.scale == dict(zip("zyx", level.spacing, strict=True))
    assert part.axes_units == dict.fromkeys("zyx", "micrometer")
    assert np.array_equal(part.data.compute(), level.compute()[viewer.get_roi_slice(1)])
    ngff = part.to_ngff_image()
    assert (ngff.scale, ngff.translation) == (part.scale, part.translation)
    image = part.to_itk()
    assert tuple(image.GetOrigin())[::-1] == pytest.approx(tuple(part.translation.values()))


def test_all_levels_at_once(viewer, pyramid):
    viewer.set_roi((slice(6, 31), slice(7, 21), slice(12, 60)))
    multiscale = viewer.get_roi_multiscale()
    assert len(multiscale) == len(pyramid.levels)
    stored = multiscale.to_ngff()
    for scale, (image, dataset) in enumerate(zip(multiscale.images, stored.metadata.datasets, strict=True)):
        assert image.shape == viewer.get_roi_image(scale).shape
        written = dataset.coordinateTransformations
        assert written[0].scale == list(image.scale.values())
        assert written[1].translation == list(image.translation.values())


def test_a_snapshot_stays_what_it_was(viewer):
    viewer.set_roi((slice(6, 31), slice(7, 21), slice(12, 60)))
    roi = viewer.roi()
    before = (roi.slices(0), list(roi.region), roi.image(0).shape)
    viewer.reset_roi()
    assert (roi.slices(0), list(roi.region), roi.image(0).shape) == before
    assert viewer.roi().revision > roi.revision
    with pytest.raises(AttributeError):
        roi.scale = 3


def test_labels_with_other_voxels_show_the_same_world(viewer):
    labels = np.arange(20 * 30 * 40, dtype=np.uint32).reshape(20, 30, 40)
    place = {"spacing": (4.0, 3.0, 2.8), "unit": "um"}
    viewer.set_label_image(vx.open(labels, **place))
    viewer.set_roi((slice(4, 20), slice(2, 40), slice(9, 61)))
    region, part = viewer.get_roi_region(), viewer.get_roi_image(0, "Labels")
    for axis in range(3):
        spacing = (4.0, 3.0, 2.8)[axis]
        begin = part.origin[axis] - spacing / 2
        end = begin + part.shape[axis] * spacing
        assert begin <= region.lower[axis] + 1e-9
        assert begin + spacing > region.lower[axis]
        assert end >= region.upper[axis] - 1e-9
        assert end - spacing < region.upper[axis]
    first = [round(o / s) for o, s in zip(part.origin, (4.0, 3.0, 2.8), strict=True)]
    cut = tuple(slice(f, f + n) for f, n in zip(first, part.shape, strict=True))
    assert np.array_equal(part, labels[cut])


def test_an_unknown_voxel_size(grey):
    with vx.view(grey) as viewer:
        viewer.set_roi((slice(1, 9), slice(2, 8), slice(3, 7)))
        region = viewer.get_roi_region()
        assert region.units is None
        assert region.lower == (0.5, 1.5, 2.5)
        assert viewer.get_roi_image(0).shape == (8, 6, 4)


ORIGIN, NOWHERE = dict.fromkeys("xyz", 0), dict.fromkeys("xyz", float("nan"))


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        ({}, vx.ParameterError, "either slices"),
        ({"slices": (slice(0, 1),) * 3, "region": []}, vx.ParameterError, "either slices"),
        ({"slices": (slice(0, 1),) * 2}, ValueError, "three are needed"),
        ({"slices": (slice(5, 5), slice(0, 1), slice(0, 1))}, ValueError, "z"),
        ({"slices": (slice(0, 9, 2), slice(0, 1), slice(0, 1))}, ValueError, "z"),
        ({"slices": (1, 2, 3)}, TypeError, "slice"),
        ({"region": [{"x": 0, "y": 0, "z": 0}]}, vx.ParameterError, "corner"),
        ({"region": [{"x": 9, "y": 9, "z": 9}, {"x": 0, "y": 0, "z": 0}]}, vx.ParameterError, "corner"),
        (
            {"region": [dict.fromkeys("xyz", 0), dict.fromkeys("xyz", float("nan"))]},
            vx.ParameterError,
            "corner",
        ),
    ],
)
def test_what_is_no_region(viewer, wish, error, words):
    before = viewer.get_roi_slice(0)
    with pytest.raises(error, match=words):
        viewer.set_roi(**wish)
    assert viewer.get_roi_slice(0) == before


def test_a_region_beyond_the_volume_is_cut(viewer, pyramid):
    far = [{"x": -1e6, "y": -1e6, "z": -1e6}, {"x": 1e6, "y": 1e6, "z": 1e6}]
    viewer.set_roi(region=far)
    assert viewer.get_roi_slice(0) == tuple(slice(0, size) for size in pyramid.shape)


def test_nothing_to_show():
    with vx.view() as viewer, pytest.raises(vx.ParameterError, match="set_image"):
        viewer.get_roi_slice()


def test_waiting_ends(pyramid):
    with vx.view(pyramid, memory_budget=1) as viewer:
        with pytest.raises(TimeoutError, match="level 0"):
            viewer.wait_for_scale(0, timeout=0.1)
        assert viewer.wait_for_scale(len(pyramid.levels) - 1, timeout=0) == len(pyramid.levels) - 1
