"""How volumes and plans look in a notebook."""

import base64
import io
import re

import numpy as np
import pytest
import voxsieve as vx
from PIL import Image


def pictures(html: str) -> list[np.ndarray]:
    """The pictures of a card."""
    found = re.findall(r"data:image/png;base64,([^']+)", html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(one)))) for one in found]


def test_a_card_shows_the_middle_slices(scan, grey):
    html = scan._repr_html_()
    low, high = np.percentile(
        np.concatenate([grey[22].ravel(), grey[:, 25].ravel(), grey[:, :, 27].ravel()]), [0.5, 99.5]
    )
    expected = [grey[22], grey[:, 25], grey[:, :, 27]]
    for picture, plane in zip(pictures(html), expected, strict=True):
        assert np.array_equal(picture, np.clip((plane - low) / (high - low) * 255, 0, 255).astype(np.uint8))
    for words in ("45 × 50 × 55", "2 × 1.5 × 1 µm", "uint8", "NumPy array", "<svg"):
        assert words in html


def test_labels_are_coloured(scan):
    labels = vx.open(scan.binary_threshold(lower=120).label().compute())
    labels = labels.map_blocks(lambda block: block, kind="labels")
    assert "Pictures would call the functions" in labels._repr_html_()


def test_what_would_be_dear_is_not_done(scan):
    assert "Pictures need the whole volume, because of label" in scan.binary_threshold().label()._repr_html_()
    huge = vx.open(np.broadcast_to(np.uint8(3), (9000, 9000, 9000)))
    html = huge.median()._repr_html_()
    assert "of the middle 384 × 384 × 384 voxels" in html
    assert len(pictures(html)) == 3


def test_coarser_levels_stand_for_large_volumes(folder):
    large = np.zeros((280, 280, 280), np.uint8)
    large[100:150] = 200
    saved = vx.open(large).save(folder / "a.ome.zarr", progress=False)
    html = saved._repr_html_()
    assert "of scale level 1" in html
    assert pictures(html)[0].shape == (140, 140)


def test_a_card_is_shown_whatever_happens(folder, scan):
    saved = scan.save(folder / "a.ome.zarr", chunk=16, progress=False)
    for shard in (folder / "a.ome.zarr" / "0" / "c").rglob("*"):
        if shard.is_file():
            shard.write_bytes(b"nonsense")
    assert "no pictures: " in saved._repr_html_()


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u8"])
def test_any_type_can_be_looked_at(dtype):
    array = np.arange(1000).reshape(10, 10, 10).astype(dtype)
    if dtype.startswith("f"):
        array[5] = np.nan
        array[4] = np.inf
    html = vx.open(array)._repr_html_()
    assert len(pictures(html)) == 3
    assert pictures(vx.open(np.full((3, 3, 3), np.nan))._repr_html_())[0].max() == 0


def test_a_line_for_terminals(scan):
    line = repr(scan.median().otsu())
    assert line == "<voxsieve.Volume 45 x 50 x 55 uint8 mask, 2 × 1.5 × 1 µm, median then otsu>"
    assert "1.5 of an unknown unit" in repr(vx.open(np.zeros((3, 3, 3)), spacing=1.5))


def test_a_plan_is_a_table(scan):
    plan = scan.median(radius=2).plan(memory="100MiB")
    html = plan._repr_html_()
    for words in ("Memory", "100 MiB", "halo 2 × 2 × 2", "Blocks", "in one pass"):
        assert words in html
    assert "<script" not in html


@pytest.mark.parametrize("shown", [True, False])
def test_a_bar_says_how_far_a_run_is(scan, folder, capsys, shown):
    scan.non_local_means(search=6).save(folder / "a.ome.zarr", chunk=16, threads=1, progress=shown)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert ("computing" in printed.err and "in memory" in printed.err) == shown
    assert "\n" not in printed.err, "the bar is gone at the end"


def test_names_cannot_smuggle_markup(folder, scan):
    name = "a<b>&.ome.zarr"
    scan.save(folder / name, progress=False)
    assert "<b>" not in vx.open(folder / name)._repr_html_()
