"""Fixtures: a browser, and JupyterLab."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import FLAGS, Lab, Notebook, chromium, open_notebook
from playwright.sync_api import Browser, sync_playwright
from voxsieve._viewer_display import missing


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    assert missing() is None, missing()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server as a hub shows it: under a path of its own, at a host that is not this machine."""
    lab = Lab(tmp_path_factory.mktemp("hub"), "/user/ada/", "hub.test")
    yield lab
    lab.close()


@pytest.fixture
def notebook(browser: Browser, request: pytest.FixtureRequest) -> Iterator:
    """Opens notebooks of these cells, or one that is there; looks afterwards whether another host was
    asked.
    """
    opened: list[Notebook] = []

    def make(lab: Lab, cells: list[str] | None, name: str = "", **context) -> Notebook:
        name = name or f"{request.node.name.replace('[', '-').removesuffix(']')}.ipynb"
        if cells is not None:
            lab.write(name, cells)
        opened.append(open_notebook(browser, lab, name, **context))
        return opened[-1]

    yield make
    for one in opened:
        pictures = Path(request.config.rootpath) / "test-output"
        pictures.mkdir(exist_ok=True)
        one.page.screenshot(path=pictures / f"{one.name.removesuffix('.ipynb')}.png")
        one.page.context.close()
    for one in opened:
        assert one.hosts <= {"127.0.0.1", "hub.test", ""}, one.hosts
        assert not one.errors, one.errors
