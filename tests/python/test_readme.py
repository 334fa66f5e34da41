"""The commands at the top of the README do what it says."""

import shutil
from pathlib import Path

import program


def commands() -> list[list[str]]:
    readme = (program.ROOT / "README.md").read_text()
    first_block = readme.split("```")[1]
    return [line.split() for line in first_block.splitlines() if line.startswith("voxsieve ")]


def test_the_first_commands_work(phantom, tmp_path: Path):
    shutil.copy(phantom("60,70,80"), tmp_path / "scan.tif")
    seen = commands()
    assert [words[1] for words in seen] == ["info", "plan", "run"]
    for words in seen:
        program.voxsieve(*words[1:], cwd=tmp_path)
    assert (tmp_path / "mask.ome.zarr" / "zarr.json").is_file()


def test_every_command_of_the_table_exists():
    readme = (program.ROOT / "README.md").read_text()
    help_text = program.voxsieve("--help").out
    for line in readme.splitlines():
        if line.startswith("| `voxsieve "):
            name = line.split()[2].strip("`")
            assert name in help_text, name
