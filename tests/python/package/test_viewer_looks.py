"""How a viewer looks, what it tells, and how it ends."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import numpy as np
import program
import pytest
import voxsieve as vx


@pytest.fixture
def viewer(scan):
    with vx.view(scan) as viewer:
        yield viewer


def shown(viewer):
    return viewer._document["display"]["image"]


def test_looks(viewer):
    viewer.set_window(20, 180.5)
    viewer.set_color_map("viridis", inverted=True)
    viewer.set_opacity(0.5, "Image")
    viewer.set_visible(False)
    look = shown(viewer)
    assert (look["window"], look["colormap"], look["inverted"]) == ([20, 180.5], "viridis", True)
    assert (look["opacity"], look["visible"]) == (0.5, False)
    viewer.set_view_mode("xz", rendering="mip")
    viewer.set_slice(z=3, x="20 um")
    view = viewer._document["view"]
    assert (view["layout"], view["mode"]) == ("xz", "mip")
    assert (view["slice"][0], view["slice"][2]) == (3, 20)
    viewer.set_camera(position=(0, 0, -100), target=(1, 2, 3), orthographic=True)
    assert viewer._document["view"]["camera"]["position"] == [0, 0, -100]
    viewer.set_camera()
    assert viewer._document["view"]["camera"] is None


def test_comparing(viewer, scan):
    viewer.set_image(scan.median(), "Median")
    viewer.compare("Image", "Median", "difference")
    compare = viewer._document["compare"]
    assert (compare["a"], compare["b"], compare["mode"]) == ("image", "median", "difference")
    viewer.compare(None)
    assert viewer._document["compare"] is None


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("set_window", (5, 5)),
        ("set_window", (float("nan"), 5)),
        ("set_color_map", ("rainbow-unicorn",)),
        ("set_opacity", (1.5,)),
        ("set_view_mode", ("sideways",)),
        ("compare", ("Image", "Nothing")),
        ("histogram", ("Nothing",)),
        ("histogram", ("Image", "half")),
        ("set_camera", ((1, 2),)),
        ("on_change", ("weather", print)),
    ],
)
def test_what_makes_no_sense_is_refused(viewer, method, arguments):
    before = shown(viewer)
    with pytest.raises(vx.ParameterError):
        getattr(viewer, method)(*arguments)
    assert shown(viewer) == before


def test_the_histogram(viewer, grey):
    counted = viewer.histogram(region="volume", bins=64)
    assert sum(counted["counts"]) == counted["voxels"] == grey.size
    low, high = counted["edges"]
    expected, _ = np.histogram(grey, bins=len(counted["counts"]), range=(low, high))
    assert len(expected) <= 64
    assert counted["counts"] == expected.tolist()
    viewer.set_roi((slice(5, 33), slice(7, 40), slice(1, 50)))
    assert viewer.histogram()["voxels"] == 28 * 33 * 49


def test_a_picture_that_nobody_makes(viewer):
    begin = time.monotonic()
    with pytest.raises(TimeoutError, match=r"http://127\.0\.0\.1"):
        viewer.screenshot(timeout=0.3)
    assert 0.25 < time.monotonic() - begin < 3


def test_a_picture_that_a_front_end_makes(viewer, folder):
    png = b"\x89PNG\r\n\x1a\n and so on"

    def front_end():
        while viewer._document["screenshot"] == 0:
            time.sleep(0.01)
        headers = [("X-Voxsieve-Token", viewer._session.token())]
        path = f"/api/{viewer._session.id()}/screenshot?serial={viewer._document['screenshot']}"
        assert viewer._session.handle("POST", path, headers, png)[0] == 204

    thread = threading.Thread(target=front_end)
    thread.start()
    assert viewer.screenshot(folder / "shot.png", timeout=10) == png
    thread.join()
    assert (folder / "shot.png").read_bytes() == png


def test_changes_are_told(viewer):
    heard, told = [], threading.Event()

    def changed(roi):
        heard.append(roi.slices(0))
        told.set()

    end = viewer.on_change("roi", changed)
    wanted = (slice(5, 33), slice(7, 40), slice(1, 50))
    viewer.set_roi(wanted)
    assert told.wait(5)
    assert heard == [wanted]
    end()
    viewer.reset_roi()
    time.sleep(0.3)
    assert heard == [wanted]


def test_observing_as_traitlets_do(viewer):
    changes, told = [], threading.Event()

    def handler(change):
        changes.append(change)
        told.set()

    viewer.observe(handler, names=["view"])
    viewer.set_view_mode("xy")
    assert told.wait(5)
    assert (changes[0]["name"], changes[0]["new"]["layout"], changes[0]["owner"]) == ("view", "xy", viewer)


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.status, answer.read()


def test_the_server_is_this_machines_alone(viewer):
    base, _, fragment = viewer.url.partition("#")
    assert base.startswith("http://127.0.0.1:")
    given = dict(part.split("=") for part in fragment.split("&"))
    hello = f"{base}api/{given['session']}/hello"
    status, body = get(hello, **{"X-Voxsieve-Token": given["token"]})
    assert (status, json.loads(body)["session"]) == (200, given["session"])
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get(hello)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        get(hello, **{"X-Voxsieve-Token": given["token"], "Origin": "https://elsewhere.example"})


def test_closed_is_closed(scan):
    viewer = vx.view(scan)
    url = viewer.url
    viewer.close()
    viewer.close()
    with pytest.raises(vx.ParameterError, match="closed"):
        viewer.get_roi_slice()
    with pytest.raises(vx.ParameterError, match="closed"):
        viewer.set_window(0, 1)
    base, _, fragment = url.partition("#")
    given = dict(part.split("=") for part in fragment.split("&"))
    with pytest.raises(urllib.error.HTTPError, match="40[134]"):
        get(f"{base}api/{given['session']}/hello", **{"X-Voxsieve-Token": given["token"]})


def test_what_is_wrong_can_be_asked(viewer):
    said = viewer.diagnose()
    assert said["session"] in viewer.url
    assert said["in a notebook"] is False
    json.dumps(said)


SCRIPT = """
import os, sys
import numpy as np, voxsieve as vx
viewer = vx.view(np.zeros((20, 20, 20), "uint8"))
assert "IPython" not in sys.modules and "anywidget" not in sys.modules
print(viewer.url)
child = os.fork()
if child == 0:
    with vx.view(np.ones((5, 5, 5), "uint8")) as other:
        assert other.get_roi_slice(0)[0] == slice(0, 5)
        assert other.url.split("#")[0] != viewer.url.split("#")[0]
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
viewer.set_filter(viewer.get_image().map_blocks(lambda block: block))
print("end")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_script_ends_by_itself():
    environment = {"PYTHONPATH": str(program.ROOT / "python"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:voxsieve", "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("http://127.0.0.1:")
    assert done.stdout.endswith("end\n")


BUSY = """
import os, sys, time
import numpy as np, voxsieve as vx

def slowly(block):
    time.sleep(0.5)
    return block

viewer = vx.view(np.zeros((200, 200, 200), "uint8"))
viewer.set_filter(viewer.get_image().map_blocks(slowly))
job = viewer.apply(sys.argv[1], chunk=32, threads=2)
while job.status != "running":
    time.sleep(0.01)
print("end")
"""


def test_a_script_ends_while_a_function_of_its_own_runs(folder):
    environment = {"PYTHONPATH": str(program.ROOT / "python"), "PATH": "/usr/bin:/bin"}
    words = [sys.executable, "-c", BUSY, str(folder / "out.ome.zarr")]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_without_anywidget_there_is_a_link(viewer, monkeypatch):
    found = vx._viewer_display.importlib.util.find_spec
    hidden = lambda name, *rest: None if name == "anywidget" else found(name, *rest)  # noqa: E731
    monkeypatch.setattr(vx._viewer_display.importlib.util, "find_spec", hidden)
    bundle = viewer._bundle()
    assert viewer.url.replace("&", "&amp;") in bundle["text/html"]
    assert "pip install anywidget" in bundle["text/html"]
    assert bundle["image/png"].startswith("iVBORw0KGgo")
