"""The page of a report: complete in itself, and true to the volume."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import tifffile
from measuring import blobs
from PIL import Image
from program import BUDGET, OCCUPIED, USAGE, run, voxsieve
from stored import read, write_tiff

VOID = {"meta", "img", "br", "image", "rect", "path"}


class Page(HTMLParser):
    """Checks that elements are closed in order, and keeps texts, attributes and pictures."""

    def __init__(self, path: Path):
        super().__init__()
        self.open, self.tags, self.links, self.texts = [], [], [], []
        self.source = path.read_text()
        self.feed(self.source)
        assert self.open == []
        self.text = " ".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(text.strip())

    def pictures(self) -> list[np.ndarray]:
        data = (link.removeprefix("data:image/png;base64,") for link in self.links)
        return [np.array(Image.open(io.BytesIO(base64.b64decode(d)))) for d in data]

    def check_nothing_from_elsewhere(self) -> None:
        assert not {"script", "link", "iframe", "object", "embed"} & set(self.tags)
        assert all(link.startswith("data:") for link in self.links)
        assert not re.search(r"url\(|@import|https?:", self.source)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Blobs of grey value 900 to 1100 on a ground of 100 to 300."""
    generator = np.random.default_rng(3)
    solid = blobs((40, 60, 80), 2) > 0
    grey = generator.integers(100, 300, solid.shape) + 800 * solid
    return write_tiff(tmp_path / "scan.tif", grey.astype("u2"), (4.0, 2.0, "um"))


def test_image_and_labels_on_one_page(scan: Path, tmp_path: Path):
    run(scan, tmp_path / "labels.ome.zarr", "median --radius 1 then otsu then label")
    page, table = tmp_path / "page.html", tmp_path / "table.csv"
    flags = ["--html", page, "-o", table, "--json"]
    said = voxsieve("measure", tmp_path / "labels.ome.zarr", "--image", scan, *flags).report()
    assert said["outputs"] == [str(table), str(page)]
    found = Page(page)
    found.check_nothing_from_elsewhere()
    for words in (
        "40 × 60 × 80 voxels",
        "voxel 4 × 2 × 2 µm",
        "Labels made by median (radius 1) → otsu → label",
    ):
        assert words in found.text, words
    assert re.search(r"otsu \d", found.text)
    assert "yen" not in found.text
    assert f"{100 * said['foreground_fraction']:.4g}" in found.text
    assert len(table.read_text().splitlines()) == 1 + said["objects"]
    # Each object has its own colour, the ground is grey.
    labels = read(tmp_path / "labels.ome.zarr")[20]
    picture = found.pictures()[0]
    assert picture.shape == (60, 80, 3)
    is_grey = (picture[..., 0] == picture[..., 1]) & (picture[..., 1] == picture[..., 2])
    np.testing.assert_array_equal(is_grey, labels == 0)


def test_image_alone(scan: Path, tmp_path: Path):
    voxsieve("report", scan, "-o", tmp_path / "page.html")
    found = Page(tmp_path / "page.html")
    found.check_nothing_from_elsewhere()
    assert "yen" in found.text
    assert "objects" not in found.text
    assert [picture.shape for picture in found.pictures()] == [(60, 80, 3), (40, 80, 3), (40, 60, 3)]


def test_labels_alone(scan: Path, tmp_path: Path):
    run(scan, tmp_path / "labels.ome.zarr", "otsu then label")
    voxsieve("report", tmp_path / "labels.ome.zarr", "-o", tmp_path / "page.html", "--roi", "5:25,0:60,10:60")
    found = Page(tmp_path / "page.html")
    assert "20 × 60 × 50 voxels" in found.text
    assert "Histogram" not in found.text
    labels = read(tmp_path / "labels.ome.zarr")[15, :, 10:60]
    np.testing.assert_array_equal((found.pictures()[0] == 24).all(axis=-1), labels == 0)


def test_a_page_of_nothing(tmp_path: Path):
    empty = write_tiff(tmp_path / "<empty> & co.tif", np.zeros((1, 2, 3), "u1"))
    voxsieve("measure", empty, "--image", empty, "--html", tmp_path / "page.html")
    found = Page(tmp_path / "page.html")
    assert "There are no objects." in found.text
    assert "<empty> & co.tif" in found.text


def test_refusals_and_the_budget(scan: Path, tmp_path: Path):
    page = tmp_path / "page.html"
    said = voxsieve("report", scan, "-o", tmp_path / "page.pdf", code=USAGE)
    assert ".html" in said.err
    said = voxsieve("report", scan, "-o", page, "--memory", "8MiB", code=BUDGET)
    assert "give --memory" in said.err
    assert not page.exists()
    voxsieve("report", scan, "-o", page, "--memory", "64MiB")
    voxsieve("report", scan, "-o", page, code=OCCUPIED)
    run(scan, tmp_path / "mask.ome.zarr", "otsu")
    said = voxsieve(
        "report", tmp_path / "mask.ome.zarr", "--labels", scan, "-o", page, "--overwrite", code=USAGE
    )
    assert "--labels" in said.err


def test_the_channel_is_the_image_s(tmp_path: Path):
    image = np.zeros((2, 6, 7, 8), "u2")
    image[1] = 500
    tifffile.imwrite(tmp_path / "image.ome.tif", image, metadata={"axes": "CZYX"})
    labels = write_tiff(tmp_path / "labels.tif", np.ones((6, 7, 8), "u1"))
    flags = ["--image", tmp_path / "image.ome.tif", "--channel", 1, "--html", tmp_path / "page.html"]
    said = voxsieve("measure", labels, *flags, "--json").report()
    place = said["columns"].index("intensity_mean")
    assert said["largest"][0][place] == 500
