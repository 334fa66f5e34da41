"""JupyterLab for tests: a server of its own, and a page of it in Chromium."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--enable-webgl",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    # A name that is not one of this machine, as a hub's is not.
    "--host-resolver-rules=MAP hub.test 127.0.0.1",
]
LONG = 120_000


def chromium() -> str:
    """The browser of the system."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "chromium is not installed: `make browser` installs it"
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Lab:
    """A JupyterLab server over a folder."""

    def __init__(self, folder: Path, base_url: str = "/", host: str = "127.0.0.1") -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://{host}:{self.port}{base_url}"
        self.base_url = base_url
        settings = folder / "settings"
        self._say_no_to_news(settings)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "python"),
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        words = ["lab", "--no-browser", "--allow-root", "--ServerApp.token=", "--ServerApp.password="]
        words += [f"--port={self.port}", f"--ServerApp.base_url={base_url}", f"--ServerApp.root_dir={folder}"]
        words += ["--ServerApp.allow_remote_access=True"]
        self.log = (folder / "lab.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter", *words], env=environment, stdout=self.log, stderr=self.log
        )
        self._wait()

    @staticmethod
    def _say_no_to_news(settings: Path) -> None:
        """No questions about news and updates, which would be requests to other hosts."""
        notices = settings / "@jupyterlab" / "apputils-extension"
        notices.mkdir(parents=True)
        choice = {"fetchNews": "false", "checkForUpdates": False}
        (notices / "notification.jupyterlab-settings").write_text(json.dumps(choice))

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.base_url}api", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                assert self.process.poll() is None, (self.folder / "lab.log").read_text()
                assert time.monotonic() < end, "JupyterLab did not start within a minute"
                time.sleep(0.2)

    def write(self, name: str, cells: list[str]) -> None:
        """Puts a notebook there."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(book, self.folder / name)

    def close(self) -> None:
        """Ends the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


@dataclass
class Notebook:
    """A notebook that is open in the browser."""

    page: Page
    lab: Lab
    name: str
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def menu(self, menu: str, entry: str) -> None:
        """Chooses something from the menu bar."""
        self.page.get_by_role("menuitem", name=menu, exact=True).first.click()
        self.page.locator(".lm-Menu-itemLabel", has_text=entry).first.click()

    def run_all(self) -> None:
        """Runs all cells; does not wait."""
        self.menu("Run", "Run All Cells")

    def run(self, cell: int) -> None:
        """Runs one cell; does not wait."""
        self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-InputPrompt").click()
        self.menu("Run", "Run Selected Cell")

    def text(self, cell: int) -> str:
        """What a cell printed so far."""
        outputs = self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea-output")
        return "\n".join(outputs.all_inner_texts())

    def wait_for_text(self, cell: int, words: str, timeout: float = 60) -> str:
        """Waits until a cell has printed something."""
        end = time.monotonic() + timeout
        while words not in (text := self.text(cell)):
            assert time.monotonic() < end, f"cell {cell} says {text!r}, not {words!r}"
            self.page.wait_for_timeout(100)
        return text

    def viewer(self, cell: int) -> Any:
        """The element of the viewer that a cell shows, when it is there."""
        element = self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea-output")
        self.page.wait_for_function(ROOT_OF, arg=cell, timeout=LONG)
        return element

    def ask(self, cell: int, expression: str, *rest: Any) -> Any:
        """What a function of `(viewer, ...rest)` gives in the page; `viewer` is `{engine, client, store}`."""
        self.page.wait_for_function(ROOT_OF, arg=cell, timeout=LONG)
        code = f"async ([cell, ...rest]) => ({expression})(({ROOT_OF})(cell), ...rest)"
        return self.page.evaluate(code, [cell, *rest])

    def save(self) -> Any:
        """Saves it, and gives what is in the file."""
        before = (self.lab.folder / self.name).stat().st_mtime_ns
        self.page.keyboard.press("Escape")
        self.menu("File", "Save Notebook")
        end = time.monotonic() + 20
        while (self.lab.folder / self.name).stat().st_mtime_ns == before:
            assert time.monotonic() < end, "the notebook was not saved"
            self.page.wait_for_timeout(100)
        self.page.wait_for_timeout(300)
        return nbformat.read(self.lab.folder / self.name, 4)


# Outputs hold the widget's element, whose property `voxsieve` has an engine when the viewer runs.
ROOT_OF = """(cell) => {
  const cells = document.querySelectorAll('.jp-Notebook .jp-Cell');
  const all = cells[cell] ? cells[cell].querySelectorAll('.jp-OutputArea-output *') : [];
  const root = [...all].find((one) => one.voxsieve?.engine);
  return root ? { root: root.shadowRoot ?? root, ...root.voxsieve } : null;
}"""


def open_notebook(browser: Browser, lab: Lab, name: str, **context: Any) -> Notebook:
    """Opens a notebook in a page of its own, which notes every host that it asks and every error."""
    page = browser.new_context(viewport={"width": 1280, "height": 1000}, **context).new_page()
    notebook = Notebook(page, lab, name)
    page.on("request", lambda request: notebook.hosts.add(request.url.split("/")[2].split(":")[0]))
    page.on("pageerror", lambda error: notebook.errors.append(str(error)))
    # A workspace of its own, or the notebooks of other tests stand open too.
    page.goto(f"{lab.url}lab/workspaces/{Path(name).stem}/tree/{name}", timeout=LONG)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=LONG)
    # Cells that are run before the kernel is there open a dialog.
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=LONG)
    return notebook
