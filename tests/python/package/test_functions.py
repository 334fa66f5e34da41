"""Functions of one's own: what they are given, what they must give, how they fail, how they are named."""

import sys
import threading
import traceback
from typing import Annotated, Literal

import numpy as np
import program
import pytest
import voxsieve as vx
from scipy import ndimage


def spread(block, size=5):
    """Largest minus smallest around each voxel."""
    return ndimage.maximum_filter(block, size) - ndimage.minimum_filter(block, size)


def test_blocks_are_read_only_views_with_a_place(scan, grey):
    seen = []

    def look(block, block_info):
        assert not block.flags.writeable
        assert not block.flags.owndata
        with pytest.raises(ValueError, match="read-only"):
            block[0, 0, 0] = 1
        seen.append((block.copy(), block_info))
        return block

    part = scan[10:40, 5:, :]
    result = part.map_overlap(look, halo=(1, 0, "2 um"))._computed(cell=(16, 16, 16))[0]
    assert np.array_equal(result, grey[10:40, 5:])
    assert len(seen) == 2 * 3 * 4
    for block, info in seen:
        # Positions are those of the whole volume, and so is the context.
        z, y, x = info.region
        assert np.array_equal(block[info.inner], grey[z, y, x])
        assert info.halo == (1, 0, 2)
        assert info.volume_shape == grey.shape
        assert info.spacing == (2.0, 1.5, 1.0)
        assert info.unit == "micrometer"
        assert info.origin == tuple(s * p for s, p in zip(info.spacing, info.position, strict=True))
        assert info.position == (z.start - 1, y.start, x.start - 2)
        assert np.array_equal(
            block[0],
            np.pad(grey, 2, mode="edge")[z.start + 1, y.start + 2 : y.stop + 2, x.start : x.stop + 4],
        )


@pytest.mark.parametrize("boundary", ["nearest", "reflect", "mirror", "constant"])
def test_boundaries_are_those_of_scipy(scan, grey, boundary):
    mine = scan.map_overlap(ndimage.median_filter, halo=2, boundary=boundary, boundary_value=9, size=5)
    expected = ndimage.median_filter(grey, 5, mode=boundary, cval=9)
    assert np.array_equal(mine._computed(cell=(20, 30, 16))[0], expected)


def test_without_a_boundary_blocks_end_where_the_volume_does(scan, grey):
    shapes = set()

    def mean(block, block_info):
        shapes.add(block.shape)
        assert all(position >= 0 for position in block_info.position)
        return ndimage.uniform_filter(block.astype(np.float64), 3, mode="constant", cval=0).astype(np.float32)

    mine = scan.map_overlap(mean, halo=1, boundary="none", dtype="float32")
    expected = ndimage.uniform_filter(grey.astype(np.float64), 3, mode="constant").astype(np.float32)
    assert np.allclose(mine._computed(cell=(20, 25, 55))[0], expected, rtol=1e-6)
    assert (21, 26, 55) in shapes


def test_a_result_may_leave_the_halo_out(scan, grey):
    def inner(block, block_info):
        return block[block_info.inner] // 2

    assert np.array_equal(scan.map_overlap(inner, halo=3), grey // 2)


def test_functions_stand_anywhere_in_a_chain(scan, folder):
    chain = scan.median(radius=1).map_overlap(spread, halo=2).binary_threshold(lower=40).map_blocks(np.invert)
    smooth = np.asarray(scan.median(radius=1))
    expected = np.invert(np.where(spread(smooth) >= 40, 255, 0).astype(np.uint8))
    assert np.array_equal(chain, expected)
    assert np.array_equal(chain.save(folder / "a.ome.zarr", chunk=16, progress=False), expected)


def test_results_of_bool_are_masks(scan, grey):
    bright = scan.map_blocks(lambda block: block > 100, dtype=bool)
    assert (bright.kind, bright.dtype) == ("mask", np.uint8)
    assert np.array_equal(bright, np.where(grey > 100, 255, 0))
    assert scan.map_blocks(lambda b: b.astype("uint32"), dtype="uint32", kind="labels").kind == "labels"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda block: None, "returned None .* is a `return` missing"),  # noqa: ARG005
        (lambda block: block[1:], r"returned an array of shape .* it must have the block's shape"),
        (lambda block: block.astype(float), "returned float64 .* uint8 was declared; give dtype='float64'"),
        (lambda block: block > 3, "returned bool"),
        (lambda block: 3, r"returned an array of shape \(\)"),  # noqa: ARG005
    ],
)
@pytest.mark.parametrize("workers", ["threads", "processes"])
def test_what_is_no_block_is_refused_by_name_and_place(scan, wrong, words, workers):
    with pytest.raises(vx.FunctionError, match=words) as caught:
        scan.map_blocks(wrong, workers=workers).compute()
    assert "<lambda>" in str(caught.value)
    assert "voxels 0:" in str(caught.value)


def test_an_exception_keeps_its_type_and_traceback_and_the_run_is_resumed(scan, grey, folder):
    calls, broken = [], threading.Event()
    broken.set()

    def fails_once(block, block_info):
        calls.append(block_info.region)
        if broken.is_set() and block_info.region[0].start >= 32:
            raise ZeroDivisionError("the detector was off")
        return block // 2

    out = folder / "a.ome.zarr"
    chain = scan.map_blocks(fails_once, memory=0)
    with pytest.raises(ZeroDivisionError, match="the detector was off") as caught:
        chain.save(out, chunk=16, threads=1, progress=False)
    trace = "".join(traceback.format_exception(caught.value))
    assert 'raise ZeroDivisionError("the detector was off")' in trace
    assert "fails_once failed on voxels 32:" in trace
    assert "resume=True" in trace
    assert not out.exists()
    done, broken_before = len(calls), broken.clear()
    assert broken_before is None
    assert np.array_equal(chain.save(out, chunk=16, threads=1, resume=True, progress=False), grey // 2)
    assert len(calls) - done < 4 * 4 * 3, "blocks of finished shards are not done again"


def test_another_function_does_not_resume(scan, folder):
    def half(block):
        return block // 2

    scan.map_blocks(half).save(folder / "a.ome.zarr", progress=False)
    first = half

    def half(block):  # The same name, another source.
        return block // 3

    assert vx.open(folder / "a.ome.zarr").compute().max() > 0
    scan.map_blocks(first).save(folder / "a.ome.zarr", resume=True, progress=False)
    with pytest.raises(vx.OutputExistsError, match="not the output of this job"):
        scan.map_blocks(half).save(folder / "a.ome.zarr", resume=True, progress=False)


@pytest.mark.parametrize("value", [1, "x", (1, 2), np.arange(3), {"a": 1}])
def test_what_a_function_closed_over_counts(scan, value):
    def made(value):
        return lambda block: block if value is not None else -block

    one, same, other = made(value), made(value), made("another")
    sources = [scan.map_blocks(f).steps[0]["function"]["source"] for f in (one, same, other)]
    assert sources[0] == sources[1] != sources[2]


def test_a_variable_that_has_no_value_yet_does_no_harm(scan):
    def made():
        def function(block):
            return block if block.size else later

        source = scan.map_blocks(function).steps[0]["function"]["source"]
        later = 3
        return source, scan.map_blocks(function).steps[0]["function"]["source"]

    before, after = made()
    assert before != after


LIMIT = 5


def uses_a_global(block):
    return np.minimum(block, LIMIT)


def test_globals_that_a_function_names_count(scan, monkeypatch):
    before = scan.map_blocks(uses_a_global).steps[0]["function"]["source"]
    monkeypatch.setattr(sys.modules[__name__], "LIMIT", 6)
    assert scan.map_blocks(uses_a_global).steps[0]["function"]["source"] != before


def test_what_cannot_be_told_again_is_not_resumed(scan, folder):
    lock = threading.Lock()

    def guarded(block):
        with lock:
            return block

    scan.map_blocks(guarded).save(folder / "a.ome.zarr", progress=False)
    with pytest.raises(vx.OutputExistsError) as caught:
        scan.map_blocks(guarded).save(folder / "a.ome.zarr", resume=True, progress=False)
    assert "cannot be fingerprinted" in caught.value.__notes__[0]


@vx.operator(halo="radius", dtype="float32", boundary="reflect")
def rough(
    block,
    radius: Annotated[vx.Length, vx.Param(limits=(0, 10), slider=(0, 5), doc="How far.")] = 1,
    power: Annotated[float, vx.Param(limits=(0.5, 4))] = 2.0,
    how: Literal["std", "range"] = "std",
):
    """Local roughness."""
    size = [2 * round(r) + 1 for r in radius]
    if how == "range":
        return (ndimage.maximum_filter(block, size) - ndimage.minimum_filter(block, size)).astype(np.float32)
    mean = ndimage.uniform_filter(block.astype(np.float64), size)
    square = ndimage.uniform_filter(block.astype(np.float64) ** power, size)
    return (square - mean**2).round(3).astype(np.float32)


def test_an_operator_is_a_filter(scan, grey):
    result = rough(scan, radius="2 um", how="range").median()
    assert result.dtype == np.float32
    size = (3, 3, 5)
    expected = ndimage.maximum_filter(grey, size, mode="reflect") - ndimage.minimum_filter(
        grey, size, mode="reflect"
    )
    computed = rough(scan, radius="2 um", how="range")._computed(cell=(16, 20, 16))[0]
    assert np.array_equal(computed, expected.astype(np.float32))
    assert np.array_equal(scan.pipe(rough, radius="2 um", how="range"), computed)
    assert rough(np.zeros((3, 3, 3)), radius=(1, 1, 1)).shape == (3, 3, 3)
    assert [param.kind for param in rough.params] == ["length", "number", "choice"]
    assert rough.params[0].slider == (0, 5)
    assert rough.__doc__ == "Local roughness."
    assert vx.check(rough, scan, radius=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"raduis": 1}, "not a parameter of rough"),
        ({"radius": 11}, "11 is outside 0 to 10"),
        ({"radius": "1 km"}, "not a unit"),
        ({"power": 9}, "outside 0.5 to 4"),
        ({"power": "x"}, "not a number"),
        ({"how": "mean"}, "one of std, range"),
    ],
)
def test_an_operator_checks_its_parameters(scan, arguments, words):
    with pytest.raises(vx.ParameterError, match=words):
        rough(scan, **arguments)


MODULE = """
import numpy as np, voxsieve as vx

def darker(block, by=2):
    return block // by

@vx.operator(halo="reach")
def highest(block, reach: vx.Length = 1):
    from scipy import ndimage
    return ndimage.maximum_filter(block, [2 * int(r) + 1 for r in reach])
"""


@pytest.fixture
def module(folder, monkeypatch):
    """A module of a user, in a folder of its own."""
    (folder / "bespoke_steps.py").write_text(MODULE)
    monkeypatch.syspath_prepend(folder)
    sys.modules.pop("bespoke_steps", None)
    import bespoke_steps

    yield bespoke_steps
    sys.modules.pop("bespoke_steps", None)


def test_pipeline_files_name_functions_with_their_source(bone, folder, module):
    scan = vx.open(bone)
    chain = scan.map_blocks(module.darker, by=3).pipe(module.highest, reach=2).median()
    chain.save_pipeline(folder / "recipe.json")
    assert '"bespoke_steps:highest"' in (folder / "recipe.json").read_text()
    expected = chain.compute()
    del chain
    assert np.array_equal(scan.apply_pipeline(folder / "recipe.json"), expected)
    recipe = ["--pipeline", str(folder / "recipe.json"), "--quiet"]
    python = {"PYTHONPATH": f"{program.ROOT / 'python'}:{folder}", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "voxsieve", "run", str(bone), str(folder / "a.ome.zarr"), *recipe]
    program.call(command, env=python)
    assert np.array_equal(vx.open(folder / "a.ome.zarr"), expected)
    answer = program.voxsieve("run", bone, folder / "b.ome.zarr", *recipe, code=program.USAGE)
    assert "python -m voxsieve" in answer.err
    source = folder / "bespoke_steps.py"
    source.write_text(source.read_text().replace("// by", "// (by + 1)"))
    answer = program.call([*command[:5], str(folder / "c.ome.zarr"), *recipe], env=python, code=program.USAGE)
    assert "its source has changed" in answer.err


def test_what_has_no_name_is_not_written(scan, folder):
    with pytest.raises(vx.ParameterError, match="cannot be named in a file"):
        scan.map_blocks(lambda block: block).save_pipeline(folder / "a.toml")


def test_plans_name_functions_and_what_they_take(scan):
    def hungry(block):
        return (block.astype(np.float64) ** 2).astype(np.uint8)

    plan = scan.map_blocks(hungry).plan()
    assert "hungry" in repr(plan)
    assert "not guaranteed" in repr(plan)
    declared = scan.map_blocks(hungry, memory=100).plan()
    assert "as declared" in repr(declared)
    assert declared.peak_bytes > plan.peak_bytes


def neighbours(block, reach):
    return np.roll(block, reach, axis=2) // 2 + np.roll(block, -reach, axis=1) // 2


@pytest.mark.parametrize("reach", [1, 3])
def test_check_finds_a_halo_that_is_too_small(scan, reach):
    assert vx.check(neighbours, scan, halo=reach, reach=reach)
    found = vx.check(neighbours, scan, halo=reach - 1, reach=reach)
    assert not found
    assert found.enough == reach
    assert f"halo={reach}" in found.message


def test_check_finds_what_no_halo_can_heal():
    found = vx.check(lambda block: (block > block.mean()).astype(np.uint8), halo=1, tries=3)
    assert not found
    assert "looks at blocks as a whole" in found.message


def test_check_is_content_with_functions_of_a_window():
    assert vx.check(ndimage.gaussian_filter, halo=8, sigma=2.0, dtype=None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"halo": -1}, "halo"),
        ({"halo": 5000}, "halo"),
        ({"halo": "3 parsec"}, "parsec"),
        ({"halo": (1, 2)}, "three"),
        ({"halo": 1, "boundary": "edge"}, "boundary"),
        ({"halo": 1, "dtype": "complex64"}, "cannot have complex64"),
        ({"halo": 1, "workers": "fibres"}, "workers"),
    ],
)
def test_how_a_function_is_used_is_checked(scan, arguments, words):
    with pytest.raises(vx.ParameterError, match=words):
        scan.map_overlap(spread, **arguments)


def test_two_functions_on_one_line(scan, grey):
    both = scan.map_blocks(lambda block: block // 2).map_blocks(lambda block: block // 3)
    assert np.array_equal(both, grey // 2 // 3)


def test_what_is_no_function_is_refused_at_once(scan):
    with pytest.raises(TypeError, match="a ndarray is not a function of a block"):
        scan.map_blocks(np.zeros(3))
