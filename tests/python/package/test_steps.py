"""Chains of filters: the same results, and the same stored bytes, as the program's."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import program
import pytest
import voxsieve as vx

FILTERS = json.loads((program.ROOT / "schema" / "filters.json").read_text())


@pytest.mark.parametrize("spec", FILTERS, ids=lambda spec: spec["name"])
def test_every_filter_is_a_method_with_its_parameters(spec):
    method = getattr(vx.Volume, spec["name"].replace("-", "_"))
    given = [name.rstrip("_") for name in inspect.signature(method).parameters if name != "self"]
    assert sorted(given) == sorted(param["name"].replace("-", "_") for param in spec["params"])
    for param in spec["params"]:
        assert param["name"].replace("-", "_") in method.__doc__
    for section in ("Parameters\n", "Returns\n", "Raises\n")[0 if spec["params"] else 1 :]:
        assert section in method.__doc__


def journal(output: Path) -> list:
    """Key of the job and hashes of all files."""
    lines = next((output / ".voxsieve").glob("journal*.jsonl")).read_text().splitlines()
    header, *tasks = [json.loads(line) for line in lines]
    return [header["key"], sorted(json.dumps(task["files"]) for task in tasks)]


def test_the_program_and_the_package_are_one(bone, folder):
    steps = "gaussian --sigma 1.5 then binary-threshold --lower 80 then label --connectivity 26"
    program.run(bone, folder / "program.ome.zarr", steps, "--roi", "10:90,0:100,5:128")
    part = vx.open(bone)[10:90, :100, 5:]
    chain = part.gaussian(sigma=1.5).binary_threshold(lower=80).label(connectivity=26)
    chain.save(folder / "package.ome.zarr", progress=False)
    assert journal(folder / "package.ome.zarr") == journal(folder / "program.ome.zarr")
    assert np.array_equal(chain, vx.open(folder / "program.ome.zarr"))


def test_computing_and_saving_give_the_same_voxels(scan, folder):
    chain = scan.median(radius=(1, 2, 1)).gradient_magnitude()
    saved = chain.save(folder / "a.ome.zarr", chunk=16, memory="64MiB", progress=False)
    assert saved.dtype == np.float32
    assert np.array_equal(saved, chain)
    assert saved.spacing == scan.spacing
    assert (saved.unit, saved.origin) == (scan.unit, scan.origin)


def test_a_part_has_the_context_of_the_whole(scan):
    whole = np.asarray(scan.gaussian(sigma="3 um"))
    assert np.array_equal(scan[10:20, 5:9].gaussian(sigma="3 um"), whole[10:20, 5:9])
    assert np.array_equal(scan.gaussian(sigma="3 um")[10:20, 5:9], whole[10:20, 5:9])


def test_what_looks_at_the_whole_sees_the_part_only(scan):
    labels = scan[15:25].binary_threshold(lower=120).label()
    assert labels.kind == "labels"
    assert labels.compute().max() >= 1
    with pytest.raises(vx.ParameterError, match="crop before label"):
        labels[2:5]
    assert np.array_equal(scan.otsu(), np.asarray(scan.otsu()))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda v: v.median(radius=-1), "radius: -1 is outside 0 to 50"),
        (lambda v: v.median(radius=1.5), "whole number of voxels"),
        (lambda v: v.median(radius=True), "not a number"),
        (lambda v: v.gaussian(sigma=float("nan")), "not a finite number"),
        (lambda v: v.gaussian(sigma="3 parsec"), "3 parsec"),
        (lambda v: v.median(boundary="miror"), "did you mean mirror"),
        (lambda v: v.cast("u8"), "uint64 to NumPy"),
        (lambda v: v.astype("complex64"), "cannot have complex64"),
        (lambda v: v.mask(v.otsu()), "not computed yet"),
        (lambda v: v.median(boundary_value=3), "boundary constant only"),
        (lambda v: v.plan(memory="lots"), "not a size"),
        (lambda v: v.plan(threads=0), "above 0"),
        (lambda v: v.plan("x.tif", chunk=0), "above 0"),
        (lambda v: v.plan(pyramid="average"), "pyramid"),
        (lambda v: v.level(1), "there is no 1"),
    ],
)
def test_mistakes_are_found_when_they_are_made(scan, wrong, words):
    with pytest.raises(vx.ParameterError, match=words):
        wrong(scan)


def test_a_name_that_no_filter_has_is_pythons_own_error(scan):
    with pytest.raises(TypeError, match="raduis"):
        scan.median(raduis=2)


def test_types_are_numpys(scan):
    assert scan.astype("float32").dtype == np.float32
    assert scan.cast(np.int16).dtype == np.int16
    assert scan.rescale(lower=0, upper=255, dtype="uint16").dtype == np.uint16


def test_other_volumes(scan, grey, folder):
    expected = np.where(grey > 100, grey, 0)
    assert np.array_equal(scan.mask(grey > 100), expected)
    assert np.array_equal(scan.mask(vx.open(grey > 100)), expected)
    vx.open(grey > 100).save(folder / "mask.ome.zarr", progress=False)
    assert np.array_equal(scan.mask(folder / "mask.ome.zarr"), expected)
    assert np.array_equal(scan[5:9].mask(vx.open(folder / "mask.ome.zarr")[5:9]), expected[5:9])
    saved = scan.mask(grey > 100).save(folder / "kept.ome.zarr", progress=False)
    assert np.array_equal(saved, expected)


def test_existing_outputs_are_not_touched_unasked(scan, folder):
    out = folder / "a.ome.zarr"
    first = scan.save(out, progress=False)
    with pytest.raises(vx.OutputExistsError, match="overwrite=True"):
        scan.median().save(out, progress=False)
    assert np.array_equal(first, scan)
    scan.median().save(out, overwrite=True, progress=False)
    assert np.array_equal(vx.open(out), scan.median())
    # A whole output of this job is checked, and nothing is done.
    scan.median().save(out, resume=True, progress=False)
    with pytest.raises(vx.OutputExistsError, match="not the output of this job"):
        scan.save(out, resume=True, progress=False)


def test_an_array_that_was_changed_is_another_job(folder, grey):
    array = grey.copy()
    scan = vx.open(array)
    scan.save(folder / "a.ome.zarr", progress=False)
    scan.save(folder / "a.ome.zarr", resume=True, progress=False)
    array[0, 0, 0] += 1
    with pytest.raises(vx.OutputExistsError, match="not the output of this job"):
        scan.save(folder / "a.ome.zarr", resume=True, progress=False)


def test_the_budget_is_kept_to_or_refused(scan, folder):
    with pytest.raises(vx.BudgetError, match='memory="') as caught:
        scan.non_local_means().save(folder / "a.ome.zarr", memory="8MiB", progress=False)
    assert caught.value.least > 8 << 20
    assert not any(folder.iterdir())
    with pytest.raises(vx.BudgetError, match="save it to a file"):
        scan.compute(memory=1000)


@pytest.mark.parametrize("name", ["a.tif", "a.nrrd", "a.mha", "a.ome.zarr"])
def test_every_format(scan, folder, name):
    assert np.array_equal(scan.median().save(folder / name, progress=False), scan.median())


def test_pipelines_in_files(scan, folder, bone):
    chain = scan.median(radius="2 um").binary_threshold(lower=80)
    chain.save_pipeline(folder / "recipe.toml")
    assert np.array_equal(scan.apply_pipeline(folder / "recipe.toml"), chain)
    vx.open(bone).median(radius=2).save_pipeline(folder / "plain.toml")
    program.voxsieve("run", bone, folder / "a.ome.zarr", "--pipeline", folder / "plain.toml", "--quiet")
    assert np.array_equal(vx.open(folder / "a.ome.zarr"), vx.open(bone).median(radius=2))


def test_plans_say_what_it_costs(scan, bone, folder):
    plan = vx.open(bone).median(radius=2).plan(folder / "a.ome.zarr", memory="256MiB", threads=1)
    announced = program.projection(
        bone, folder / "a.ome.zarr", "median --radius 2", "--memory", "256MiB", "--threads", 1
    )
    assert plan.peak_bytes == announced["peak_bytes"]
    assert plan.halo == (2, 2, 2)
    assert plan.blocks == (1, 1, 1)
    assert plan.budget_bytes == 256 << 20
    assert plan.seconds is None
    plan.save(folder / "plan.json")
    program.voxsieve("run", folder / "plan.json", "--quiet")
    assert np.array_equal(vx.open(folder / "a.ome.zarr"), vx.open(bone).median(radius=2))
    timed = scan.median().plan(folder / "b.ome.zarr", time=True)
    assert 0 < timed.seconds[0] <= timed.seconds[1]


def test_the_package_is_the_program(bone, folder):
    words = ["run", str(bone), str(folder / "a.ome.zarr"), "median", "--radius", "1", "--quiet"]
    command = [sys.executable, "-m", "voxsieve"]
    subprocess.run([*command, *words], check=True, cwd=program.ROOT / "python")
    again = subprocess.run([*command, *words], capture_output=True, text=True, cwd=program.ROOT / "python")
    assert again.returncode == program.OCCUPIED
    assert "--overwrite" in again.stderr
    assert np.array_equal(vx.open(folder / "a.ome.zarr"), vx.open(bone).median(radius=1))
