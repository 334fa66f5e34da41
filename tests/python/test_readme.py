"""The commands at the top of the README do what it says."""

import shutil
from pathlib import Path

import program


def commands(heading: str) -> list[list[str]]:
    """The commands in the first block below a heading."""
    readme = "\n" + (program.ROOT / "README.md").read_text()
    block = readme.split(f"\n{heading}\n")[1].split("```")[1]
    return [line.split() for line in block.splitlines() if line.startswith("voxsieve ")]


def test_the_first_commands_work(phantom, tmp_path: Path):
    shutil.copy(phantom("60,70,80"), tmp_path / "scan.tif")
    seen = commands("# Voxsieve")
    assert [words[1] for words in seen] == ["info", "plan", "run"]
    for words in seen:
        program.voxsieve(*words[1:], cwd=tmp_path)
    assert (tmp_path / "mask.ome.zarr" / "zarr.json").is_file()


def test_the_commands_of_measuring_work(phantom, tmp_path: Path):
    shutil.copy(phantom("60,70,80"), tmp_path / "scan.tif")
    seen = commands("## Measure")
    assert [words[1] for words in seen] == ["run", "measure", "report"]
    for words in seen:
        program.voxsieve(*words[1:], cwd=tmp_path)
    for name in ("objects.csv", "objects.html", "scan.html"):
        assert (tmp_path / name).stat().st_size > 0


def test_every_command_of_the_table_exists():
    readme = (program.ROOT / "README.md").read_text()
    help_text = program.voxsieve("--help").out
    for line in readme.splitlines():
        if line.startswith("| `voxsieve "):
            name = line.split()[2].strip("`")
            assert name in help_text, name
