"""The viewer in JupyterLab, driven by a browser."""

import base64
import re

import nbformat
import pytest

SHOW = """
import numpy as np, voxsieve as vx
z, y, x = np.ogrid[:60, :70, :80]
ball = ((z - 30) ** 2 + (y - 35) ** 2 + (x - 40) ** 2 < 500).astype(np.uint8) * 180 + 20
viewer = vx.view(vx.open(ball, spacing=2.0, unit="um"), ui="{ui}", height=360, transport="{transport}")
print("slices", viewer.get_roi_slice(0), "scale", viewer.get_current_scale())
"""
BUSY = """
import time
print("busy")
first = viewer.get_roi_slice(0)
end = time.monotonic() + 20
while viewer.get_roi_slice(0) == first and time.monotonic() < end:
    time.sleep(0.05)
print("seen", viewer.get_roi_slice(0), "with", round(end - time.monotonic(), 1), "s left")
"""
AFTER = """print("after", viewer.get_roi_slice(0))"""


def show(ui="compact", transport="auto"):
    return SHOW.format(ui=ui, transport=transport)


def set_roi(book, cell, start, end):
    """As the handles of the box do, through the front-end's own client."""
    book.ask(cell, "(viewer, roi) => viewer.client.patch({ roi })", {"start": start, "end": end})


@pytest.mark.parametrize("transport", ["direct", "proxy"])
def test_run_all_with_getters_while_a_cell_runs(lab, notebook, transport):
    book = notebook(lab, [show(transport=transport), BUSY, AFTER])
    book.run_all()
    assert "slices (slice(0, 60" in book.wait_for_text(0, "scale 0")
    book.wait_for_text(1, "busy")
    # The kernel is at work; the viewer comes all the same, and what is set in it is seen by the cell.
    set_roi(book, 0, [5, 6, 7], [25, 36, 47])
    text = book.wait_for_text(1, "seen")
    assert "slice(5, 25, None), slice(6, 36, None), slice(7, 47, None)" in text
    assert "after (slice(5, 25" in book.wait_for_text(2, "after")


def test_through_the_kernel_only(lab, notebook):
    book = notebook(lab, [show(transport="comm"), AFTER])
    book.run_all()
    book.wait_for_text(1, "after")
    book.viewer(0)
    assert book.ask(0, "(viewer) => viewer.client.transport.rung") == "comm"
    pixels_of(book, 0)
    set_roi(book, 0, [1, 2, 3], [11, 12, 13])
    book.run(1)
    book.wait_for_text(1, "after (slice(1, 11")


def test_a_page_that_may_not_connect_falls_back_to_the_kernel(lab, notebook):
    book = notebook(lab, [show(), AFTER])
    # As a strict policy of a hub, or of VS Code, does.
    elsewhere = re.compile(rf"http://127\.0\.0\.1:(?!{lab.port}/)\d+/")
    book.page.route(elsewhere, lambda route: route.abort())
    book.page.route("**/proxy/**", lambda route: route.abort())
    book.run_all()
    book.wait_for_text(1, "after")
    book.viewer(0)
    assert book.ask(0, "(viewer) => viewer.client.transport.rung") == "comm"
    pixels_of(book, 0)


def test_at_a_hub_through_the_proxy(hub, notebook):
    book = notebook(hub, [show(transport="proxy"), AFTER])
    book.run_all()
    book.wait_for_text(1, "after")
    book.viewer(0)
    assert "hub.test" in book.page.url
    assert "/user/ada/proxy/" in book.ask(0, "(viewer) => viewer.client.transport.base")
    pixels_of(book, 0)
    set_roi(book, 0, [1, 2, 3], [11, 12, 13])
    book.run(1)
    book.wait_for_text(1, "after (slice(1, 11")


def pixels_of(book, cell):
    """Waits until something brighter than the background is drawn."""
    book.page.wait_for_timeout(200)
    picture = book.ask(
        cell,
        """async (viewer) => {
          await viewer.engine.settled();
          const blob = await viewer.engine.screenshot();
          const bytes = [...new Uint8Array(await blob.arrayBuffer())];
          return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''));
        }""",
    )
    png = base64.b64decode(picture)
    assert png.startswith(b"\x89PNG")
    assert len(png) > 2000, "the picture is empty"
    return png


def stills(output):
    """The pictures in an output of a saved notebook."""
    pages = [one.data.get("text/html", "") for one in output if one.output_type == "display_data"]
    return [
        base64.b64decode(found)
        for html in pages
        for found in re.findall("data:image/png;base64,([^']+)", html)
    ]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_saved_notebook_shows_what_was_seen_last(lab, notebook, trusted):
    book = notebook(lab, [show(ui="full"), AFTER])
    book.run_all()
    book.wait_for_text(1, "after")
    pixels_of(book, 0)
    still = book.page.locator("[class^=voxsieve-still] img")
    still.wait_for(state="attached")
    assert not still.is_visible(), "the picture stands beside the viewer"
    # At first that is what Python draws; then what is on the screen takes its place.
    first = still.get_attribute("src")
    book.page.wait_for_function(
        "(first) => document.querySelector('[class^=voxsieve-still] img').src !== first", arg=first
    )
    saved = book.save()
    (png,) = stills(saved.cells[0].outputs)
    assert png.startswith(b"\x89PNG")
    assert still.get_attribute("src").endswith(base64.b64encode(png).decode())
    assert "token=" not in nbformat.writes(saved), "the file opens the session to whoever gets it"
    book.menu("Kernel", "Shut Down Kernel")
    name = f"again-{book.name}"
    if not trusted:
        # JupyterLab knows what it saved itself by a digest of all cells.
        saved.cells[1].source += "  # by somebody else"
    nbformat.write(saved, lab.folder / name)
    again = notebook(lab, None, name)
    picture = again.page.locator(".jp-OutputArea-output img")
    picture.wait_for()
    assert picture.count() == 1
    assert picture.evaluate("(image) => image.naturalWidth") > 300


def test_a_picture_for_python(lab, notebook):
    shot = """
import threading
png = {}
thread = threading.Thread(target=lambda: png.update(bytes=viewer.screenshot(timeout=60)))
thread.start()
"""
    book = notebook(lab, [show(), shot, 'thread.join(60); print("png", png["bytes"][:4])'])
    book.run_all()
    assert "PNG" in book.wait_for_text(2, "png", timeout=90)


BOX = """
viewer.set_roi((slice(10, 50),) * 3)
viewer.set_view_mode("xy")
viewer.set_slice(z=30, y=35, x=40)
"""
# Where a place of the slice across z is on the page: voxel edges along x and y.
PLACE = """async (viewer, x, y) => {
  await viewer.engine.settled();
  const pane = viewer.store.panes.value.z;
  const canvas = viewer.root.querySelector('canvas').getBoundingClientRect();
  const { center, zoom } = viewer.store.document.value.view;
  return [
    canvas.left + pane.left + pane.width / 2 + (x - center[2]) * zoom,
    canvas.top + pane.top + pane.height / 2 + (y - center[1]) * zoom,
  ];
}"""


def test_a_face_that_is_dragged_is_read_in_python(lab, notebook):
    book = notebook(lab, [show(ui="none"), BOX, AFTER])
    book.run_all()
    book.wait_for_text(2, "after (slice(10, 50")
    view = {"center": [30, 35, 40], "zoom": 4}
    book.ask(0, "(viewer, view) => viewer.client.patch({ view })", view)
    book.page.wait_for_timeout(500)
    book.page.locator(".jp-Notebook .jp-Cell").first.scroll_into_view_if_needed()
    (left, top), (right, bottom) = book.ask(0, PLACE, 50, 30), book.ask(0, PLACE, 57, 30)
    mouse = book.page.mouse
    mouse.move(left, top)
    mouse.down()
    mouse.move((left + right) / 2, top)
    mouse.move(right, bottom)
    mouse.up()
    book.page.wait_for_timeout(500)
    book.run(2)
    book.wait_for_text(2, "after (slice(10, 50, None), slice(10, 50, None), slice(10, 57, None))")


LISTEN = """
import threading
heard = []
end = viewer.on_change("roi", lambda roi: heard.append((roi.slices(0)[2], threading.current_thread().name)))
print("listening")
"""


def test_changes_are_told_between_cells_in_the_kernels_own_thread(lab, notebook):
    book = notebook(lab, [show(), LISTEN, 'print("heard", heard)'])
    book.run_all()
    book.wait_for_text(2, "heard []")
    set_roi(book, 0, [1, 2, 3], [11, 12, 13])
    book.page.wait_for_timeout(1000)
    book.run(2)
    book.wait_for_text(2, "heard [(slice(3, 13, None), 'MainThread')]")
