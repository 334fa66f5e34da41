"""Versions and codecs of OME-Zarr as written: other software opens them, kills do not harm them."""

import json
import signal
import warnings
from pathlib import Path

import ngff_zarr
import numpy as np
import ome_zarr.io
import ome_zarr.reader
import pytest
import zarr
from ngff_zarr.validate import validate
from program import DIFFERENT, OCCUPIED, USAGE, command, convert, projection, run, stop_after, voxsieve
from stored import (
    attributes,
    hashes,
    levels,
    multiscale,
    read,
    read_tensorstore,
    shards,
    transform,
    units,
    write_tiff,
)

OLD = ("--ome", "0.4")
FAST = ("--codec", "fast")
LAYOUTS = {"0.4": OLD, "0.4 fast": (*OLD, *FAST), "0.5 fast": FAST}
SHAPE = (70, 45, 90)


def volume(dtype: str) -> np.ndarray:
    values = np.random.default_rng(6).normal(0, 3000, SHAPE)
    if np.dtype(dtype).kind == "f":
        return values.astype(dtype)
    info = np.iinfo(dtype)
    return values.clip(info.min, info.max).astype(dtype)


@pytest.fixture(scope="module", params=LAYOUTS)
def output(request, tmp_path_factory) -> Path:
    """An image of the default type in one of the layouts."""
    folder = tmp_path_factory.mktemp("written")
    source = write_tiff(folder / "in.tif", volume("u2"), spacing=(4.0, 2.5, "um"))
    convert(source, folder / "out.ome.zarr", "--chunk", 16, *LAYOUTS[request.param])
    convert(source, folder / "usual.ome.zarr", "--chunk", 16)
    return folder / "out.ome.zarr"


def test_all_levels_are_those_of_the_usual_layout(output: Path):
    usual = output.with_name("usual.ome.zarr")
    np.testing.assert_array_equal(read(output), volume("u2"))
    assert levels(output) == levels(usual) > 2
    for level in range(levels(usual)):
        expected = read(usual, level)
        np.testing.assert_array_equal(read(output, level), expected)
        np.testing.assert_array_equal(read_tensorstore(output, level), expected)
        assert transform(output, level) == transform(usual, level)
    assert units(output) == ["micrometer"] * 3
    assert transform(output)[0] == [4.0, 2.5, 2.5]
    voxsieve("compare", output, usual)


def test_opens_in_other_software_without_a_warning(output: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        group = zarr.open_group(output, mode="r")
        assert group.metadata.consolidated_metadata is not None
        members = dict(group.members())
        assert sorted(members) == [str(level) for level in range(levels(output))]
        (node,) = ome_zarr.reader.Reader(ome_zarr.io.parse_url(output))()
        np.testing.assert_array_equal(node.data[0].compute(), volume("u2"))
    image = ngff_zarr.from_ngff_zarr(str(output), validate=True).images[0]
    assert list(image.scale.values()) == [4.0, 2.5, 2.5]
    np.testing.assert_array_equal(np.asarray(image.data), volume("u2"))


def test_passes_the_schemas(output: Path):
    version = "0.4" if (output / ".zgroup").exists() else "0.5"
    for strict in (False, True):
        validate(attributes(output), version=version, model="image", strict=strict)
    assert multiscale(output)["type"] == "mean"
    assert attributes(output)["voxsieve"]["source"]["name"] == "in.tif"


def test_version_0_4_is_zarr_2_with_a_file_for_each_chunk(tmp_path: Path):
    source = write_tiff(tmp_path / "in.tif", volume("u1"))
    output = tmp_path / "out.ome.zarr"
    planned = projection(source, output, "", "--chunk", 16, *OLD)["files"]
    convert(source, output, "--chunk", 16, *OLD)
    for level in range(levels(output)):
        array = zarr.open_array(output / str(level), mode="r", zarr_format=2)
        assert (array.chunks, array.order, array.metadata.dimension_separator) == ((16,) * 3, "C", "/")
        assert array.nchunks_initialized == array.nchunks
        planned -= array.nchunks
    # What is left are the documents of arrays and image, and the four files of the journal's folder.
    assert planned == levels(output) + 3 + 4
    consolidated = json.loads((output / ".zmetadata").read_text())["metadata"]
    for name, document in consolidated.items():
        assert json.loads((output / name).read_text()) == document
    assert set(consolidated) == {".zgroup", ".zattrs", *(f"{n}/.zarray" for n in range(levels(output)))}
    assert json.loads(voxsieve("info", output, "--json").out)["format"].startswith("OME-Zarr 0.4, chunk")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
def test_every_type(layout: str, dtype: str, tmp_path: Path):
    source, output = write_tiff(tmp_path / "in.tif", volume(dtype)), tmp_path / "out.ome.zarr"
    convert(source, output, "--chunk", 32, *LAYOUTS[layout])
    for found in (read(output), read_tensorstore(output)):
        assert found.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(found, volume(dtype))
    voxsieve("verify", output)


def test_masks_say_so(tmp_path: Path):
    source, output = write_tiff(tmp_path / "in.tif", volume("u1")), tmp_path / "out.ome.zarr"
    run(source, output, "binary-threshold --lower 80", "--chunk", 16, *OLD)
    assert multiscale(output)["type"] == "mode"
    assert json.loads(voxsieve("info", output, "--json").out)["spec"]["kind"] == "mask"


@pytest.mark.parametrize("words", [("--ome", "0.6"), ("--codec", "lzw")])
def test_unknown_words(words, tmp_path: Path):
    source = write_tiff(tmp_path / "in.tif", volume("u1"))
    assert "is needed" in convert(source, tmp_path / "out.ome.zarr", *words, code=USAGE).err


STEPS = "median --radius 3 then gaussian --sigma 1.5"
CHUNK = ("--chunk", 32)


@pytest.fixture(scope="module")
def source(phantom) -> Path:
    return phantom("200,190,210")


@pytest.fixture(scope="module", params=["0.4", "0.4 fast", "0.5 fast"])
def layout(request) -> tuple[str, ...]:
    return LAYOUTS[request.param]


@pytest.fixture(scope="module")
def expected(source: Path, layout, tmp_path_factory) -> dict[str, str]:
    output = tmp_path_factory.mktemp("resume") / "out.ome.zarr"
    run(source, output, STEPS, *CHUNK, *layout)
    return hashes(output)


@pytest.mark.parametrize("tasks", [1, 13])
def test_killed_and_resumed(tasks: int, source: Path, layout, expected, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    flags = (*CHUNK, *layout, "--threads", 1, "--memory", "512MiB")
    stop_after(tasks, signal.SIGKILL, output, command("run", source, output, *STEPS.split(), *flags))
    report = run(source, output, STEPS, *CHUNK, *layout, "--resume", "--json").report()
    assert report["resumed_shards"] >= tasks
    assert hashes(output) == expected


def test_another_layout_does_not_resume(source: Path, layout, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    flags = (*CHUNK, *layout, "--threads", 1)
    stop_after(1, signal.SIGKILL, output, command("run", source, output, *STEPS.split(), *flags))
    run(source, output, STEPS, *CHUNK, "--resume", code=OCCUPIED)


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def test_damage_is_found_and_repaired(source: Path, layout, expected, tmp_path: Path):
    """In any file of a shard, and in one of a coarser level."""
    output = tmp_path / "out.ome.zarr"
    run(source, output, STEPS, *CHUNK, *layout)
    files = shards(output)
    coarse = [p for p in (output / "1").rglob("*") if p.is_file() and p.suffix != ".json"]
    coarse = [p for p in coarse if p.name != ".zarray"]
    for damage, victim in [(truncate, files[0]), (flip_a_bit, files[1]), (Path.unlink, coarse[0])]:
        damage(victim)
    answer = voxsieve("verify", output, code=DIFFERENT)
    for victim in (files[0], files[1], coarse[0]):
        assert str(victim.relative_to(output)) in answer.out + answer.err
    run(source, output, STEPS, *CHUNK, *layout, "--resume")
    voxsieve("verify", output)
    assert hashes(output) == expected


def test_an_output_without_its_journal_is_verified_by_decoding(source: Path, layout, tmp_path: Path):
    output = tmp_path / "out.ome.zarr"
    run(source, output, "median --radius 1", *CHUNK, *layout)
    for journal in (output / ".voxsieve").glob("journal*"):
        journal.unlink()
    voxsieve("verify", output)
