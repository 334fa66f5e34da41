"""Layers of `voxsieve view` as OME-Zarr: zarr-python and ngff-zarr read them, those not yet computed too."""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fsspec
import ngff_zarr
import numpy as np
import program
import pytest
import scipy.ndimage
import zarr
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader

STEPS = [{"filter": "median", "params": {"radius": 1}}]


@dataclass
class View:
    """A running viewer."""

    port: int
    session: str
    token: str

    def ask(self, method: str, path: str, body: object = None) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{self.session}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Voxsieve-Token": self.token},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def layer(self, name: str) -> str:
        """The address of a layer as OME-Zarr."""
        root = self.ask("GET", "links")["zarr"]
        return f"http://127.0.0.1:{self.port}/{root}{name}.ome.zarr"

    def until_ready(self, name: str) -> dict:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            layers = self.ask("GET", "state")["layers"]
            for layer in layers:
                if layer["id"] == name and layer["status"] == "ready":
                    return layer
            time.sleep(0.05)
        pytest.fail(f"{name} is not ready: {layers}")


@pytest.fixture
def view(bone: Path, tmp_path: Path) -> Iterator[View]:
    words = program.command(
        *("view", bone, "--no-browser", "--json", "--output", tmp_path, "--scratch", tmp_path / "cache"),
        *("--spacing", "2,3,4", "--unit", "um"),
    )
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        place = json.loads(process.stdout.readline())
        try:
            yield View(place["port"], place["session"], place["token"])
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == program.DONE


def test_zarr_python_reads_what_the_file_has(view: View, bone_voxels: np.ndarray) -> None:
    group = zarr.open_group(view.layer("image"), mode="r")
    np.testing.assert_array_equal(group["0"][:], bone_voxels)
    assert group["0"].dtype == bone_voxels.dtype
    assert len(list(group.array_keys())) == len(group.attrs["ome"]["multiscales"][0]["datasets"])


def test_ngff_zarr_reads_scale_and_units(view: View, bone_voxels: np.ndarray) -> None:
    image = ngff_zarr.from_ngff_zarr(fsspec.get_mapper(view.layer("image"))).images[0]
    assert image.scale == {"z": 2.0, "y": 3.0, "x": 4.0}
    assert image.axes_units == dict.fromkeys("zyx", "micrometer")
    np.testing.assert_array_equal(np.asarray(image.data), bone_voxels)


def test_a_filter_is_read_before_it_is_applied(view: View, bone_voxels: np.ndarray) -> None:
    view.ask("PATCH", "state?client=test", {"filter": {"steps": STEPS}})
    view.until_ready("filtered")
    array = zarr.open_group(view.layer("filtered"), mode="r")["0"]
    expected = scipy.ndimage.median_filter(bone_voxels, size=3, mode="nearest")
    np.testing.assert_array_equal(array[:], expected)


def test_ome_zarr_py_which_napari_reads_with_finds_levels_and_places(view: View, bone_voxels) -> None:
    view.ask("PATCH", "state?client=test", {"filter": {"steps": STEPS}})
    view.until_ready("filtered")
    (node,) = Reader(parse_url(view.layer("filtered")))()
    expected = scipy.ndimage.median_filter(bone_voxels, size=3, mode="nearest")
    np.testing.assert_array_equal(np.asarray(node.data[0]), expected)
    assert [level.shape for level in node.data] == [(128, 128, 128), (64, 64, 64)]
    places = node.metadata["coordinateTransformations"]
    assert [place[0]["scale"] for place in places] == [[2.0, 3.0, 4.0], [4.0, 6.0, 8.0]]
    assert [place[1]["translation"] for place in places] == [[0.0, 0.0, 0.0], [1.0, 1.5, 2.0]]


def test_what_needs_the_whole_volume_is_refused(view: View) -> None:
    view.ask("PATCH", "state?client=test", {"filter": {"steps": [{"filter": "otsu", "params": {}}]}})
    view.until_ready("filtered")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(view.layer("filtered") + "/zarr.json", timeout=60)
    assert refused.value.code == 409
    assert "apply the filters" in json.loads(refused.value.read())["error"]["message"]
