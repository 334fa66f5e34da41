"""Every output format: voxels, spacing and unit as other people's readers and the program find them."""

import json
import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tifffile
from meter import metered
from program import (
    IO,
    OCCUPIED,
    USAGE,
    command,
    convert,
    finished_tasks,
    partial,
    projection,
    run,
    stop_after,
    voxsieve,
)
from stored import file_hashes, read, read_itk, read_nrrd, transform, units, write_tiff
from test_refusals import small_disk

MIB = 1 << 20
# Name of the output, and what chooses the format where the name does not.
FORMATS = {
    "tiff": ("out.ome.tif", []),
    "slices": ("out", ["--format", "slices"]),
    "nrrd": ("out.nrrd", []),
    "mha": ("out.mha", []),
    "mhd": ("out.mhd", []),
    "raw": ("out.raw", []),
}
DTYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]
# OME-XML and ImageJ know no integers of 64 bits.
UNKNOWN_TYPES = {"tiff": ["u8", "i8"], "slices": ["u8", "i8"]}
SPACING = (3.0, 1.5, "um")


@pytest.fixture(params=FORMATS)
def form(request) -> str:
    return request.param


def place(form: str, folder: Path) -> tuple[Path, list[str]]:
    name, flags = FORMATS[form]
    return folder / name, flags


def voxels_of(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    generator = np.random.default_rng(21)
    if dtype.startswith("f"):
        return generator.normal(0, 1e3, shape).astype(dtype)
    info = np.iinfo(dtype)
    return generator.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)


def write_input(folder: Path, volume: np.ndarray, spacing: tuple | None = None) -> Path:
    """A MetaImage-free source: the document of raw voxels is the one form that holds every type."""
    volume.astype(volume.dtype.newbyteorder("<")).tofile(folder / "in.raw")
    document = {"format": 1, "kind": "raw", "data": "in.raw", "shape": volume.shape}
    document |= {"dtype": volume.dtype.name, "byte_order": "little", "spacing": None, "unit": None}
    if spacing is not None:
        z, yx, unit = spacing
        document |= {"spacing": [z, yx, yx], "unit": {"um": "micrometer", None: None}[unit]}
    (folder / "in.raw.json").write_text(json.dumps(document))
    return folder / "in.raw"


def slice_of(path: Path) -> np.ndarray:
    with tifffile.TiffFile(path) as tiff:
        return tiff.pages[0].asarray().reshape(tiff.pages[0].imagelength, tiff.pages[0].imagewidth)


def read_others(form: str, output: Path) -> tuple[np.ndarray, list[float] | None, str | None]:
    """Voxels, spacing (z, y, x) and unit as a reader of other people finds them."""
    if form == "tiff":
        with tifffile.TiffFile(output) as tiff:
            assert tiff.is_ome
            assert tiff.is_bigtiff
            assert all(page.is_contiguous for page in tiff.pages)
            pixels = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]["Pixels"]
            voxels = tiff.asarray().reshape([pixels[f"Size{axis}"] for axis in "ZYX"])
        sizes = [pixels.get(f"PhysicalSize{axis}") for axis in "ZYX"]
        unit = pixels.get("PhysicalSizeXUnit")
        return voxels, None if sizes[0] is None else sizes, {"µm": "um"}.get(unit, unit)
    if form == "slices":
        names = sorted(output.iterdir())
        voxels = np.stack([slice_of(name) for name in names])
        with tifffile.TiffFile(names[0]) as tiff:
            assert tiff.is_imagej
            assert not tiff.is_bigtiff
            tags, metadata = tiff.pages[0].tags, tiff.imagej_metadata
            if "spacing" not in metadata:
                assert "XResolution" not in tags
                return voxels, None, None
            per_unit = [tags[name].value for name in ("YResolution", "XResolution")]
        spacing = [metadata["spacing"], *(below / above for above, below in per_unit)]
        return voxels, spacing, {"micrometer": "um"}.get(metadata.get("unit"))
    if form == "nrrd":
        return read_nrrd(output)
    if form in ("mha", "mhd"):
        voxels, spacing, _ = read_itk(output)
        header = output.read_bytes()[:2000].decode("latin1")
        return voxels, None if "spacing unknown" in header else spacing, "mm"
    document = json.loads(Path(f"{output}.json").read_text())
    voxels = np.fromfile(output, document["dtype"]).reshape(document["shape"])
    return voxels, document["spacing"], {"micrometer": "um"}.get(document["unit"])


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_comes_back(form: str, dtype: str, tmp_path: Path):
    volume = voxels_of(dtype, (7, 13, 19))
    source = write_input(tmp_path, volume, SPACING)
    output, flags = place(form, tmp_path)
    if dtype in UNKNOWN_TYPES.get(form, []):
        assert volume.dtype.kind + str(8 * volume.itemsize) in convert(source, output, *flags, code=USAGE).err
        assert not output.exists()
        return
    convert(source, output, *flags)
    found, spacing, unit = read_others(form, output)
    assert found.dtype == volume.dtype
    np.testing.assert_array_equal(found.reshape(volume.shape), volume)
    factor = 1e-3 if unit == "mm" else 1
    np.testing.assert_allclose(spacing, [3 * factor, 1.5 * factor, 1.5 * factor], rtol=1e-12)
    assert unit == ("mm" if form in ("mha", "mhd") else "um")
    assert not partial(output).exists()


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 2, 1), (1, 30, 2), (5, 1, 40), (70, 67, 300)])
@pytest.mark.parametrize("spacing", [None, SPACING, (2.0, 0.7, None)])
def test_odd_shapes_and_spacings(form: str, shape, spacing, tmp_path: Path):
    volume = voxels_of("u2", shape)
    source = write_input(tmp_path, volume, spacing)
    output, flags = place(form, tmp_path)
    convert(source, output, *flags)
    found, size, unit = read_others(form, output)
    np.testing.assert_array_equal(found.reshape(shape), volume)
    if spacing is None:
        assert size is None
        return
    factor = 1e-3 if unit == "mm" and spacing[2] else 1
    np.testing.assert_allclose(size, [spacing[0] * factor, *[spacing[1] * factor] * 2], rtol=1e-9)
    if spacing[2] is None:
        assert unit in (None, "reference frame") or form in ("mha", "mhd")


@pytest.mark.parametrize("spacing", [None, SPACING, (2.0, 0.7, None)])
@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
def test_the_program_reads_what_it_wrote(form: str, dtype: str, spacing, tmp_path: Path):
    volume = voxels_of(dtype, (9, 20, 33))
    source = write_input(tmp_path, volume, spacing)
    output, flags = place(form, tmp_path)
    convert(source, output, *flags)
    convert(output, tmp_path / "back.ome.zarr")
    np.testing.assert_array_equal(read(tmp_path / "back.ome.zarr"), volume)
    unit = units(tmp_path / "back.ome.zarr")[0]
    scale, _ = transform(tmp_path / "back.ome.zarr")
    assert unit == {"um": "millimeter" if form in ("mha", "mhd") else "micrometer"}.get(
        (spacing or [None])[-1]
    )
    factor = 1e-3 if unit == "millimeter" else 1
    expected = [1.0] * 3 if spacing is None else [spacing[0] * factor, *[spacing[1] * factor] * 2]
    np.testing.assert_allclose(scale, expected, rtol=1e-9)
    attributes = json.loads((tmp_path / "back.ome.zarr" / "zarr.json").read_text())["attributes"]["voxsieve"]
    assert attributes["spacing"] == ("unknown" if spacing is None else "known")


def test_nrrd_opens_in_itk(tmp_path: Path):
    volume = voxels_of("i2", (7, 13, 19))
    convert(write_input(tmp_path, volume, SPACING), tmp_path / "out.nrrd")
    voxels, spacing, _ = read_itk(tmp_path / "out.nrrd")
    np.testing.assert_array_equal(voxels, volume)
    assert spacing == [3.0, 1.5, 1.5]


@pytest.mark.parametrize("form", ["nrrd", "mha", "raw"])
def test_a_region_keeps_its_place(form: str, tmp_path: Path):
    volume = voxels_of("u1", (20, 30, 40))
    source = write_input(tmp_path, volume, (3.0, 1.5, None))
    output, _ = place(form, tmp_path)
    convert(source, output, "--roi", "2:20,4:20,6:40")
    convert(output, tmp_path / "back.ome.zarr")
    np.testing.assert_array_equal(read(tmp_path / "back.ome.zarr"), volume[2:20, 4:20, 6:40])
    assert transform(tmp_path / "back.ome.zarr") == ([3.0, 1.5, 1.5], [6.0, 6.0, 9.0])
    if form != "raw":
        assert read_itk(output)[2] == [6.0, 6.0, 9.0]


STEPS = "median --radius 2 then gaussian --sigma 1"


@pytest.fixture(scope="module")
def source(phantom) -> Path:
    return phantom("200,190,210")


@pytest.fixture(scope="module")
def expected(source: Path, tmp_path_factory) -> np.ndarray:
    output = tmp_path_factory.mktemp("outputs") / "out.ome.zarr"
    run(source, output, STEPS)
    return read(output)


def test_same_bytes_however_cut(form: str, source: Path, expected, tmp_path: Path):
    (tmp_path / "first").mkdir()
    output, flags = place(form, tmp_path / "first")
    run(source, output, STEPS, *flags)
    np.testing.assert_array_equal(read_others(form, output)[0], expected)
    hashes = file_hashes(output)
    for tile, threads, budget in [(32, 1, "least"), (64, 2, "256MiB"), (None, 2, "1GiB")]:
        (tmp_path / f"{threads}{budget}").mkdir()
        output, flags = place(form, tmp_path / f"{threads}{budget}")
        words = [*flags, "--threads", threads, *(["--tile", tile] if tile else [])]
        if budget == "least":
            budget = projection(source, output, STEPS, *words)["least_bytes"]
        report = run(source, output, STEPS, *words, "--memory", budget, "--json").report()
        assert file_hashes(output) == hashes
        assert report["peak_memory_bytes"] <= report["budget_bytes"]


@pytest.mark.parametrize("tasks", [1, 9, 30])
def test_killed_and_resumed(form: str, tasks: int, source: Path, expected, tmp_path: Path):
    output, flags = place(form, tmp_path)
    flags = [*flags, "--chunk", 16]
    words = command("run", source, output, *STEPS.split(), *flags, "--threads", 1)
    # Slices have fewer shards: as many planes as a chunk, each of them whole.
    stop_after(min(tasks, 9) if form == "slices" else tasks, signal.SIGKILL, output, words)
    assert not output.exists()
    run(source, output, STEPS, *flags, code=OCCUPIED)
    report = run(source, output, STEPS, *flags, "--resume", "--json", "--memory", "200MiB").report()
    assert report["resumed_shards"] >= min(tasks, 9)
    np.testing.assert_array_equal(read_others(form, output)[0], expected)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []
    run(source, output, STEPS, *flags, "--resume")
    run(source, output, "median --radius 1", *flags, "--resume", code=OCCUPIED)


def test_what_was_lost_is_made_again(form: str, source: Path, expected, tmp_path: Path):
    """A power failure can take voxels back that the journal tells of."""
    output, flags = place(form, tmp_path)
    flags = [*flags, "--chunk", 16]
    words = command("run", source, output, *STEPS.split(), *flags, "--threads", 1, "--sync", "none")
    stop_after(5, signal.SIGKILL, output, words)
    before = finished_tasks(output)
    folder = partial(output) / output.name
    data = (
        sorted(folder.iterdir())[0]
        if form == "slices"
        else next(path for path in partial(output).iterdir() if path.is_file())
    )
    size = data.stat().st_size
    data.write_bytes(b"")
    os.truncate(data, size)
    report = run(source, output, STEPS, *flags, "--resume", "--json").report()
    assert report["resumed_shards"] < before
    np.testing.assert_array_equal(read_others(form, output)[0], expected)


def test_a_stop_between_two_files_is_taken_back(source: Path, tmp_path: Path):
    """The voxels have their name already, the header not yet."""
    output = tmp_path / "out.mhd"
    convert(source, output)
    hashes = file_hashes(output)
    words = command("convert", source, output, "--overwrite", "--chunk", 128, "--sync", "none", "--quiet")
    stop_after(1, signal.SIGKILL, output, words)
    state = partial(output) / ".voxsieve"
    output.unlink()
    (tmp_path / "out.raw").unlink()
    (partial(output) / "out.raw").rename(tmp_path / "out.raw")
    (state / "publishing").write_text("")
    convert(source, output, "--resume")
    assert file_hashes(output) == hashes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mhd", "out.raw"]


def test_an_output_is_replaced_only_on_demand(form: str, source: Path, tmp_path: Path):
    output, flags = place(form, tmp_path)
    convert(source, output, *flags)
    hashes = file_hashes(output)
    names = sorted(path.name for path in tmp_path.iterdir())
    run(source, output, "binary-threshold --lower 99", *flags, code=OCCUPIED)
    assert file_hashes(output) == hashes
    run(source, output, "binary-threshold --lower 99", *flags, "--overwrite")
    assert file_hashes(output) != hashes
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert set(np.unique(read_others(form, output)[0])) == {0, 255}


def test_a_second_file_of_somebody_is_not_touched(source: Path, tmp_path: Path):
    (tmp_path / "out.raw").write_text("precious")
    assert "out.raw" in convert(source, tmp_path / "out.mhd", code=OCCUPIED).err
    assert (tmp_path / "out.raw").read_text() == "precious"
    assert not partial(tmp_path / "out.mhd").exists()


def test_verify_and_status(form: str, source: Path, tmp_path: Path):
    output, flags = place(form, tmp_path)
    convert(source, output, *flags)
    assert "no journal" in voxsieve("verify", output, "--quiet").out
    assert "finished" in voxsieve("status", output).out


def test_unknown_extension(source: Path, tmp_path: Path):
    said = convert(source, tmp_path / "out.vol", code=USAGE).err
    for extension in (".zarr", ".tif", ".nrrd", ".mha", ".mhd", ".raw"):
        assert extension in said
    convert(source, tmp_path / "out.vol", "--format", "nrrd")
    convert(source, tmp_path / "other.vol", "--format", "vol", code=USAGE)


def test_full_disk(form: str, tmp_path: Path):
    volume = voxels_of("u1", (128, 128, 128))
    source = write_input(tmp_path, volume)
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, "1m"):
        output, flags = place(form, disk)
        words = ["convert", source, output, *flags, "--chunk", 32, "--quiet"]
        answer = voxsieve(*words, code=IO)
        assert "--resume" in answer.err
        assert not output.exists()
        subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
        voxsieve(*words, "--resume")
        np.testing.assert_array_equal(read_others(form, output)[0], volume)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a folder that is read-only")
def test_read_only_folder(form: str, source: Path, tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    convert(source, place(form, closed)[0], *place(form, closed)[1], code=IO)


@pytest.mark.parametrize("form", ["tiff", "slices", "nrrd"])
@pytest.mark.parametrize("steps", ["", "median --radius 1"])
def test_memory_is_kept(form: str, steps: str, phantom, tmp_path: Path):
    cube = phantom("512,512,512")
    output, flags = place(form, tmp_path)
    flags = [*flags, "--threads", 2]
    least = projection(cube, output, steps, *flags)["least_bytes"]
    assert least <= 64 * MIB, f"{least / MIB:.1f} MiB"
    words = ["run" if steps else "convert", cube, output, *steps.split(), *flags, "--memory", least]
    cost, done = metered(str(tmp_path / "cost.json"), command(*words, "--sync", "none"))
    assert done.returncode == 0, done.stderr
    assert cost["peak_bytes"] <= least, f"{cost['peak_bytes'] / MIB:.1f} of {least / MIB:.1f} MiB"


def test_from_chunks_to_rows(phantom, tmp_path: Path):
    """A source in boxes is decoded once, although the output lies in rows."""
    volume = phantom("200,190,210")
    convert(volume, tmp_path / "in.ome.zarr", "--chunk", 32)
    report = voxsieve("convert", tmp_path / "in.ome.zarr", tmp_path / "out.tif", "--json").report()
    assert report["read_amplification"] <= 1.001
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out.tif"), tifffile.imread(volume))


@pytest.mark.parametrize(("dtype", "window"), [("u1", (100, 4000)), ("u2", (-5.5, 900.25)), ("f4", (0, 1e4))])
def test_a_window_becomes_the_type(dtype: str, window: tuple[float, float], tmp_path: Path):
    volume = voxels_of("u2", (9, 20, 33)) // 13
    source = write_tiff(tmp_path / "in.tif", volume)
    name = {"u1": "u8", "u2": "u16", "f4": "f32"}[dtype]
    low, high = window
    convert(source, tmp_path / "out.mha", "--dtype", name, f"--window={low},{high}")
    most = 1.0 if dtype == "f4" else np.iinfo(dtype).max
    exact = np.clip((volume.astype("f8") - low) * most / (high - low), 0, most)
    expected = exact.astype("f4") if dtype == "f4" else np.rint(exact).astype(dtype)
    np.testing.assert_array_equal(read_itk(tmp_path / "out.mha")[0], expected)


def test_a_type_alone_casts(tmp_path: Path):
    volume = np.array([[[-1.5, 0.5, 1.5, 2.5, 300, np.nan, np.inf, 255.4]]], "f4")
    source = write_input(tmp_path, volume)
    convert(source, tmp_path / "out.mha", "--dtype", "u8")
    assert read_itk(tmp_path / "out.mha")[0].ravel().tolist() == [0, 0, 2, 2, 255, 0, 255, 255]
    convert(source, tmp_path / "other.mha", "--dtype", "f99", code=USAGE)
    convert(source, tmp_path / "other.mha", "--window", "5,5", code=USAGE)
