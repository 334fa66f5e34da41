"""The notebooks of the examples, from the first cell to the last."""

from pathlib import Path

import nbformat
import pytest
from lab import ROOT
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("with_data", [True, False], ids=["bone", "phantom"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_top_to_bottom(path: Path, with_data: bool, request, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "python"))
    if with_data:
        monkeypatch.setenv("VOXSIEVE_DATA", str(request.getfixturevalue("data")))
    else:
        monkeypatch.delenv("VOXSIEVE_DATA", raising=False)
    book = nbformat.read(path, 4)
    NotebookClient(book, timeout=120).execute(cwd=str(path.parent))
    printed = "".join(output.get("text", "") for cell in book.cells for output in cell.get("outputs", []))
    assert ("a phantom takes its place" in printed) == (not with_data)
    assert "Traceback" not in printed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_committed_without_output(path: Path):
    book = nbformat.read(path, 4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert "widgets" not in book.metadata
