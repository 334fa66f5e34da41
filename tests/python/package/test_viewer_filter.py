"""Filters of a viewer: set in Python, read back, applied to the whole volume."""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
import voxsieve as vx


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Everything that is stored, but the journal."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".voxsieve" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def viewer(scan):
    with vx.view(scan) as viewer:
        yield viewer


def test_a_chain_from_a_volume_a_list_and_a_file(viewer, scan, folder):
    chain = scan.median(radius="4 um").binary_threshold(lower=80)
    chain.save_pipeline(folder / "steps.toml")
    for given in (chain, chain.steps, folder / "steps.toml", str(folder / "steps.toml")):
        viewer.clear_filter()
        assert viewer.filter == ()
        viewer.set_filter(given)
        assert viewer.filter == chain.steps
        assert np.array_equal(viewer.get_image("filtered"), chain)


def test_the_filter_of_one_viewer_in_another(viewer, scan):
    viewer.set_filter(scan.gaussian(sigma=1.5))
    with vx.view(scan) as other:
        other.set_filter(viewer.filter)
        assert other.filter == viewer.filter


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ([{"filter": "medain"}], "median"),
        ([{"filter": "median", "params": {"radius": -1}}], "radius"),
        ([{"filter": "median", "params": {"radios": 1}}], "radius"),
        ([{"filter": "nowhere:function", "function": {"source": "x"}}], "nowhere"),
        ([3], "list of steps"),
        (7, "list of steps"),
    ],
)
def test_what_is_no_chain(viewer, scan, chain, words):
    viewer.set_filter(scan.median())
    with pytest.raises(vx.ParameterError, match=words):
        viewer.set_filter(chain)
    assert viewer.filter == scan.median().steps


def test_applied_it_is_what_save_stores(viewer, scan, folder):
    chain = scan.median(radius=1).unsharp_mask(sigma=1)
    viewer.set_filter(chain)
    # The name of an output stands in it.
    applied, saved = (folder / name / "result.ome.zarr" for name in ("applied", "saved"))
    applied.parent.mkdir()
    saved.parent.mkdir()
    job = viewer.apply(applied, chunk=16)
    result = job.result(timeout=60)
    assert (job.status, job.progress) == ("done", 1.0)
    chain.save(saved, chunk=16, progress=False)
    assert bytes_of(applied) == bytes_of(saved)
    assert np.array_equal(result, chain)
    assert np.array_equal(viewer.get_image("result"), chain)


def test_the_region_only(viewer, scan, folder):
    viewer.set_filter(scan.median(radius=2))
    viewer.set_roi((slice(5, 33), slice(7, 40), slice(1, 50)))
    result = viewer.apply(folder / "part.ome.zarr", region="roi").result(timeout=60)
    part = scan.median(radius=2)[viewer.get_roi_slice(0)]
    assert np.array_equal(result, part)
    assert result.origin == pytest.approx(part.origin)


def test_a_coarser_scale(scan, folder):
    pyramid = scan.save(folder / "scan.ome.zarr", chunk=16, progress=False)
    with vx.view(pyramid) as viewer:
        viewer.set_filter(pyramid.median(radius=1))
        result = viewer.apply(folder / "coarse.ome.zarr", scale=1).result(timeout=60)
        assert np.array_equal(result, pyramid.level(1).median(radius=1))
        with pytest.raises(IndexError):
            viewer.apply(folder / "more.ome.zarr", scale=9)


def test_refusals_come_before_anything_is_written(viewer, scan, folder):
    viewer.set_filter(scan.median())
    (folder / "there.ome.zarr").mkdir()
    with pytest.raises(vx.OutputExistsError):
        viewer.apply(folder / "there.ome.zarr")
    with pytest.raises(vx.BudgetError) as caught:
        viewer.apply(folder / "small.ome.zarr", memory=1000)
    assert caught.value.least > 1000
    for wrong in ({"region": "all"}, {"overwrite": True, "resume": True}, {"codec": "gzip"}):
        with pytest.raises(vx.ParameterError):
            viewer.apply(folder / "wrong.ome.zarr", **wrong)
    assert [path.name for path in folder.iterdir()] == ["there.ome.zarr"]


def slowly(block, seconds: Annotated[float, vx.Param(limits=(0, 9), slider=(0, 1))] = 0.05):
    """Takes its time."""
    time.sleep(seconds)
    return block + 1


def test_cancelled_and_resumed(grey, scan, folder):
    with vx.view(scan) as viewer:
        viewer.set_filter(scan.map_blocks(slowly, seconds=0.1))
        job = viewer.apply(folder / "slow.ome.zarr", chunk=16, tile=16, threads=1)
        end = time.monotonic() + 30
        while job.status != "running" or job.progress == 0:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert 0 < job.progress < 1
        job.cancel()
        with pytest.raises(vx.VoxsieveError, match=r"cancelled.*resume"):
            job.result(timeout=30)
        assert not (folder / "slow.ome.zarr").exists()
        assert np.array_equal(job.resume().result(timeout=60), grey + 1)


def test_waiting_for_a_job_ends(scan, folder):
    with vx.view(scan) as viewer:
        viewer.set_filter(scan.map_blocks(slowly, seconds=0.3))
        job = viewer.apply(folder / "slow.ome.zarr", chunk=16, tile=16, threads=1)
        with pytest.raises(TimeoutError):
            job.result(timeout=0.2)
        assert "slow.ome.zarr" in repr(job)


def failing(block):
    """Fails."""
    raise RuntimeError(f"no luck with {block.shape}")


def test_a_function_that_fails(viewer, scan, folder):
    viewer.set_filter(scan.map_blocks(failing))
    with pytest.raises(vx.FunctionError, match="no luck"):
        viewer.apply(folder / "failed.ome.zarr").result(timeout=30)


def test_functions_of_ones_own_are_filters(viewer, scan, folder):
    chain = scan.map_blocks(slowly, seconds=0.0).median(radius=1)
    viewer.set_filter(chain)
    assert viewer.filter == chain.steps
    assert np.array_equal(viewer.get_image("filtered"), chain)
    assert np.array_equal(viewer.apply(folder / "own.ome.zarr").result(timeout=60), chain)


def test_two_functions_of_one_name_are_refused(viewer, scan):
    chain = scan.map_blocks(lambda block: block + 1).map_blocks(lambda block: block + 2)
    with pytest.raises(vx.ParameterError, match="name of its own"):
        viewer.set_filter(chain)
