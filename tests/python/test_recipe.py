"""Pipelines in files, and outputs made again from what they say of themselves."""

import json
import os
import shutil
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from program import DIFFERENT, INPUT, OCCUPIED, USAGE, voxsieve
from stored import attributes, hashes, write_tiff
from test_plan import refused, validate

STEPS = ["gaussian", "--sigma", "1,2um,2", "then", "median", "--radius", "1"]
SPACING = ["--spacing", "1,1,1", "--unit", "um"]
RECIPE = """
format = 1
kind = "pipeline"

[[steps]]
filter = "gaussian"
params = { sigma = [1, "2um", 2] }

[[steps]]
filter = "median"
params = { radius = 1 }
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    volume = np.random.default_rng(6).integers(0, 256, (40, 50, 60)).astype("u1")
    return write_tiff(tmp_path_factory.mktemp("recipes") / "in.tif", volume)


@pytest.fixture
def recipe(tmp_path) -> Path:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path / "recipe.toml"


def test_a_recipe_is_what_was_typed(source, recipe, tmp_path):
    validate(tomllib.loads(RECIPE), "pipeline.json")
    typed, read = tmp_path / "typed.ome.zarr", tmp_path / "read.ome.zarr"
    voxsieve("run", source, typed, *STEPS, *SPACING, "--quiet")
    voxsieve("run", source, read, "--pipeline", recipe, *SPACING, "--quiet")
    assert hashes(typed, root=False) == hashes(read, root=False)
    assert attributes(typed)["voxsieve"] == attributes(read)["voxsieve"]


@pytest.mark.parametrize("name", ["saved.toml", "saved.json"])
def test_a_saved_recipe_comes_back(name, source, tmp_path):
    file = tmp_path / name
    voxsieve("plan", source, tmp_path / "a.zarr", *STEPS, *SPACING, "--no-probe", "--save-pipeline", file)
    text = file.read_text()
    document = json.loads(text) if name.endswith("json") else tomllib.loads(text)
    validate(document, "pipeline.json")
    assert document["steps"] == tomllib.loads(RECIPE)["steps"]
    again = tmp_path / "again.toml"
    words = ["--pipeline", file, "--save-pipeline", again, *SPACING, "--quiet"]
    voxsieve("run", source, tmp_path / "a.zarr", *words)
    assert tomllib.loads(again.read_text()) == document


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (("format = 1", "format = 2"), INPUT, "format 2"),
        (("format = 1", ""), INPUT, "format = 1 is missing"),
        (('kind = "pipeline"', 'kind = "recipe"'), INPUT, "kind"),
        (('kind = "pipeline"', 'kind = "pipeline"\nauthor = "me"'), USAGE, "author"),
        (("filter =", "fliter ="), USAGE, "did you mean filter?"),
        (("params = { radius", "parms = { radius"), USAGE, "did you mean params?"),
        (("radius", "raduis"), USAGE, "did you mean radius?"),
        (('"median"', '"medain"'), USAGE, "did you mean median?"),
        (("radius = 1", "radius = true"), USAGE, "recipe.toml"),
        (("radius = 1", "radius = -1"), USAGE, "radius"),
        (("[[steps]]", "[[steps"), INPUT, "neither JSON nor TOML"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said(change, code, said, source, recipe, tmp_path):
    recipe.write_text(RECIPE.replace(*change))
    words = ["run", source, tmp_path / "out.zarr", "--pipeline", recipe, *SPACING]
    assert said in refused(code, *words)


def test_a_recipe_stands_alone(source, recipe, tmp_path):
    words = ["run", source, tmp_path / "out.zarr", "--pipeline", recipe]
    assert "together with steps" in refused(USAGE, *words, "median")
    assert "without IN and OUT" in refused(INPUT, "run", recipe)
    assert "no such file" in refused(INPUT, *words[:-1], tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    assert "not text" in refused(INPUT, *words[:-1], tmp_path / "bytes.toml")


def test_the_schema_of_recipes_refuses():
    document = tomllib.loads(RECIPE)
    document["steps"][1]["params"]["raduis"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validate(document, "pipeline.json")


@pytest.fixture
def original(source, tmp_path) -> Path:
    """An output whose source lies beside it."""
    shutil.copy2(source, tmp_path / "in.tif")
    output = tmp_path / "out.ome.zarr"
    flags = ["--roi", "1:40,0:50,3:60", "--chunk", "16", *SPACING]
    voxsieve("run", tmp_path / "in.tif", output, *STEPS, *flags, "--quiet")
    return output


def test_a_replay_makes_the_same_bytes(original):
    text = voxsieve("replay", original, "--threads", "1").out
    again = original.with_name("out.replay.ome.zarr")
    assert "byte for byte" in text
    assert hashes(original, root=False) == hashes(again, root=False)
    assert attributes(original)["voxsieve"] == attributes(again)["voxsieve"]
    assert "exists" in voxsieve("replay", original, code=OCCUPIED).err
    voxsieve("replay", again, original.with_name("third.zarr"), "--quiet")


@pytest.mark.usefixtures("original")
def test_a_replay_finds_what_moved_along(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("in.tif", "out.ome.zarr"):
        shutil.move(tmp_path / name, elsewhere / name)
    voxsieve("replay", elsewhere / "out.ome.zarr", "--quiet")
    (elsewhere / "in.tif").rename(tmp_path / "scan.tif")
    words = ["replay", elsewhere / "out.ome.zarr", elsewhere / "b.zarr", "--quiet"]
    assert "--input" in refused(INPUT, *words)
    answer = voxsieve(*words, "--input", tmp_path / "scan.tif")
    assert "note: " in answer.err
    assert "its name" in answer.err


def test_a_replay_of_another_source_is_refused_or_noted(original, tmp_path):
    scan = tmp_path / "in.tif"
    os.utime(scan, (1, 1))
    words = ["replay", original, tmp_path / "b.zarr", "--quiet"]
    assert "its time of change" in refused(INPUT, *words)
    assert "its time of change" in voxsieve(*words, "--input", scan).err
    write_tiff(scan, np.full((40, 50, 60), 7, "u1"))
    answer = voxsieve(*words, "--overwrite", "--input", scan, code=DIFFERENT)
    assert "differ" in answer.out


def test_only_our_own_outputs_are_replayed(data, source, tmp_path):
    found = data / "ome_zarr" / "written" / "shell.omezarrpy.v05.ome.zarr"
    assert "not written by Voxsieve" in refused(INPUT, "replay", found, tmp_path / "a.zarr")
    assert "not a finished" in refused(INPUT, "replay", source, tmp_path / "a.zarr")


def test_a_level_is_replayed(original, tmp_path):
    coarse = tmp_path / "coarse.ome.zarr"
    voxsieve("run", original, coarse, "median", "--level", "1", "--quiet")
    assert attributes(coarse)["voxsieve"]["reading"]["level"] == 1
    assert "byte for byte" in voxsieve("replay", coarse).out
