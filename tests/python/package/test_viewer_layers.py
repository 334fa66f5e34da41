"""Layers of a viewer: what can be shown, replaced, read back and taken away."""

import gc
import json
import time
import urllib.error
import urllib.request

import dask.array as da
import itk
import ngff_zarr
import numpy as np
import psutil
import pytest
import voxsieve as vx
import xarray
import zarr


def kinds(scan, folder):
    """A volume in every form in which it can be given."""
    array = scan.compute()
    store = zarr.create_array(store=zarr.storage.MemoryStore(), data=array, chunks=(16, 16, 16))
    return {
        "volume": scan,
        "array": array,
        "view": np.asfortranarray(array)[::1],
        "dask": da.from_array(array, chunks=16),
        "zarr": store,
        "xarray": xarray.DataArray(array, dims=("z", "y", "x")),
        "itk": itk.image_from_array(array),
        "ngff": scan.to_ngff_image(),
        "multiscales": ngff_zarr.to_multiscales(scan.to_ngff_image(), [2]),
        "path": scan.save(folder / "scan.ome.zarr", progress=False).path,
    }


def test_whatever_can_be_opened_can_be_shown(scan, grey, folder):
    with vx.view() as viewer:
        for name, volume in kinds(scan, folder).items():
            viewer.set_image(volume, name)
            assert np.array_equal(viewer.get_image(name), grey), name
            assert np.array_equal(viewer.get_roi_image(0, name), grey), name


def test_a_lazy_volume(scan):
    part = scan[4:40, 3:, :50].median(radius=1)
    with vx.view(part) as viewer:
        viewer.set_roi((slice(3, 20), slice(5, 30), slice(0, 50)))
        expected = part.compute()[viewer.get_roi_slice(0)]
        assert np.array_equal(viewer.get_roi_image(0), expected)
        assert viewer.get_roi_region().lower == pytest.approx(
            tuple(o + (b - 0.5) * s for o, b, s in zip(part.origin, (3, 5, 0), part.spacing, strict=True))
        )


def test_the_voxels_that_a_front_end_gets(scan):
    """Bricks over the comm's way, put together again."""
    with vx.view(scan.median(radius=1)) as viewer:
        assert np.array_equal(level(viewer, 0), scan.median(radius=1).compute())


def level(viewer, number):
    """A level of the first layer from the bricks that the server gives."""
    document = viewer._document
    layer = document["layers"][0]
    shape, edge = layer["levels"][number]["shape"], layer["brick"]
    whole = np.zeros(shape, {"u8": np.uint8, "u16": np.uint16, "u32": np.uint32}[layer["stored"]])
    for z, y, x in np.ndindex(*(-(-size // edge) for size in shape)):
        path = f"layers/{layer['id']}/brick/{number}/{z}/{y}/{x}?version={layer['version']}"
        record = ask(viewer, "GET", path)
        begin = np.array([z, y, x]) * edge
        size = np.minimum(edge, np.array(shape) - begin)
        target = whole[tuple(slice(b, b + n) for b, n in zip(begin, size, strict=True))]
        if record[4] == 1:
            target[...] = np.frombuffer(record[24:28], np.float32)[0]
        else:
            assert record[4] == 0, record[:40]
            cube = np.frombuffer(record[32:], whole.dtype).reshape([edge + 2] * 3)
            target[...] = cube[tuple(slice(1, 1 + n) for n in size)]
    return whole


def ask(viewer, method, path, body=b""):
    """What a front-end would be answered."""
    headers = [("X-Voxsieve-Token", viewer._session.token()), ("Content-Type", "application/json")]
    status, _, answer = viewer._session.handle(method, f"/api/{viewer._session.id()}/{path}", headers, body)
    assert status == 200, (status, answer)
    return answer


def test_a_step_over_the_whole_volume_comes_later(scan):
    labels = scan.binary_threshold(lower=120).label()
    with vx.view(scan) as viewer:
        viewer.set_label_image(labels, "Cells", opacity=0.25, names={1: "first"})
        end = time.monotonic() + 30
        while viewer._document["display"].get("cells", {}).get("opacity") != 0.25:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert viewer._document["display"]["cells"]["names"] == {"1": "first"}
        assert np.array_equal(viewer.get_label_image("Cells"), labels.compute())
        stored = viewer.get_label_image("Cells").path
    assert not stored.exists()


def test_an_image_that_is_still_computed(scan):
    with vx.view(scan.otsu()) as viewer:
        assert viewer.wait_for_scale(timeout=30) == 0
        assert np.array_equal(viewer.get_image(), scan.otsu())
        assert viewer.get_roi_slice(0) == tuple(slice(0, size) for size in scan.shape)


def test_set_image_keeps_what_is_looked_at(scan):
    with vx.view(scan) as viewer:
        wanted = (slice(3, 20), slice(5, 30), slice(0, 50))
        viewer.set_roi(wanted)
        viewer.set_window(10, 90)
        viewer.set_slice(z=7)
        viewer.set_image(scan.median(radius=1))
        assert viewer.get_roi_slice(0) == wanted
        assert viewer._document["display"]["image"]["window"] == [10, 90]
        assert viewer._document["view"]["slice"][0] == 7
        viewer.set_image(scan, keep="never")
        assert viewer.get_roi_slice(0) == tuple(slice(0, size) for size in scan.shape)


def test_another_shape_shows_everything(scan):
    with vx.view(scan) as viewer:
        viewer.set_roi((slice(3, 20), slice(5, 30), slice(0, 50)))
        viewer.set_image(np.zeros((9, 8, 7), np.uint8))
        assert viewer.get_roi_slice(0) == (slice(0, 9), slice(0, 8), slice(0, 7))


def test_an_array_that_was_changed_is_shown_anew(grey):
    voxels = grey.copy()
    with vx.view(voxels) as viewer:
        before = viewer._document["layers"][0]["version"]
        voxels[10] = 7
        viewer.set_image(voxels)
        assert viewer._document["layers"][0]["version"] > before
        assert np.array_equal(level(viewer, 0), voxels)


def test_many_updates_leave_nothing_behind():
    random = np.random.default_rng(3)
    process = psutil.Process()
    with vx.view(random.integers(0, 255, (64, 64, 64), "uint8")) as viewer:
        figures = []
        for number in range(1000):
            viewer.set_image(random.integers(0, 255, (64, 64, 64), "uint8"))
            if number in (199, 999):
                gc.collect()
                figures.append((process.memory_info().rss, process.num_fds(), process.num_threads()))
        (early, handles, threads), (late, more, others) = figures
        # 800 volumes of 256 KiB are 200 MiB.
        assert late - early < 30 << 20
        assert more <= handles
        assert others <= threads + 2
        assert len(viewer._document["layers"]) == 1


def test_layers_by_name(scan, grey):
    with vx.view(scan, name="Bone") as viewer:
        assert np.array_equal(viewer.get_image(), grey)
        viewer.set_image(255 - grey, "Negative")
        viewer.set_label_image((grey > 100).astype(np.uint8), "Mask", colors={1: "#ff0000"})
        viewer.remove("Negative")
        with pytest.raises(vx.ParameterError, match="Bone"):
            viewer.get_image("Bome")
        with pytest.raises(vx.ParameterError, match="is an image"):
            viewer.get_label_image("Bone")
        with pytest.raises(vx.ParameterError, match="no layer"):
            viewer.remove("Negative")
        names = [layer["name"] for layer in viewer._document["layers"]]
        assert names == ["Bone", "Mask"]


def test_layers_stand_at_addresses_for_other_programs(scan, grey):
    with vx.view(scan, name="Bone") as viewer:
        viewer.set_filter(viewer.get_image().median(radius=1))
        image, filtered = viewer.zarr_url(), viewer.zarr_url("filtered")
        assert np.array_equal(zarr.open_group(image, mode="r")["0"][:], grey)
        assert np.array_equal(zarr.open_group(filtered, mode="r")["0"][:], scan.median(radius=1).compute())
        assert viewer._session.token() not in image, "who may read may not change"
        viewer.revoke_zarr_urls()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{image}/zarr.json", timeout=60)
        assert np.array_equal(zarr.open_group(viewer.zarr_url(), mode="r")["0"][:], grey)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"label_image": np.zeros((4, 4, 4), np.float32)}, vx.ParameterError, "whole numbers"),
        ({"image": "nowhere.tif"}, vx.InputNotFoundError, "nowhere"),
        ({"image": object()}, TypeError, "cannot be opened"),
        ({"image": np.zeros((2, 3))}, vx.ParameterError, "three"),
        ({"ui": "loud"}, vx.ParameterError, "full"),
        ({"transport": "pigeon"}, vx.ParameterError, "comm"),
        ({"colormap": "bone"}, TypeError, "color_map"),
        ({"image": np.zeros((4, 4, 4), np.uint8), "window": (3, 1)}, vx.ParameterError, "below"),
        ({"memory_budget": "much"}, vx.ParameterError, "much"),
    ],
)
def test_bad_input(wrong, error, words):
    with pytest.raises(error, match=words):
        vx.view(**wrong)


def test_names_are_only_names(grey):
    with vx.view(grey, name="../<b>Ünïcödé</b> 名") as viewer:
        layer = viewer._document["layers"][0]
        assert layer["name"] == "../<b>Ünïcödé</b> 名"
        assert set(layer["id"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert "<b>" not in viewer._as_link(None)
        assert json.loads(viewer._session.document())["session"] == viewer._session.id()
