"""Results do not depend on the instructions a processor has: AVX2 and the baseline store the same bytes."""

import json
import os
import platform
from pathlib import Path

import numpy as np
import pytest
from program import voxsieve
from stored import hashes, write_tiff

BASELINE = os.environ | {"VOXSIEVE_INSTRUCTIONS": "baseline"}
FASTEST = {name: value for name, value in os.environ.items() if name != "VOXSIEVE_INSTRUCTIONS"}

# Parameters for filters that need some, or have other kernels for them; `OTHER` is a second volume.
WORDS = {
    "median": ["", "--radius 2", "--radius 3", "--radius 1,2,1"],
    "percentile": ["--percentile 30 --radius 2", "--radius 2 --shape ball", "--radius 4"],
    "minimum": ["", "--radius 5"],
    "maximum": ["", "--radius 5"],
    "mean": ["", "--radius 2", "--radius 5"],
    "remove-outliers": ["--difference 10"],
    "gaussian": ["", "--sigma 3"],
    "bilateral": ["--radius 2", "--sigma-space 0.9,1.2,2"],
    "non-local-means": ["--search 2"],
    "threshold": ["--lower 60 --upper 100"],
    "binary-threshold": ["--lower 60 --upper 100"],
    "clamp": ["--lower 60 --upper 100"],
    "invert": ["--low 0 --high 127"],
    "mask": ["--with OTHER"],
    "arithmetic": ["--with OTHER --op divide", "--with OTHER --op multiply"],
    "rescale": ["--lower 20.5 --upper 90 --dtype u16", "--lower 20.5 --upper 90 --dtype u8"],
    "cast": ["--dtype u8", "--dtype f32", "--dtype i16"],
    "erode": ["", "--radius 2 --shape ball"],
    "dilate": ["", "--radius 3 --shape cross"],
    "distance-transform": ["--limit 6"],
    "hysteresis-threshold": ["--lower 60 --upper 100"],
    "label": ["", "--connectivity 26"],
    "relabel": ["--by size"],
}
# What makes grains of grey values, which all touch.
GRAINS = ["binary-threshold", "--lower", 80, "then"]
PYRAMIDS = ["mean", "gaussian", "mode", "nearest", "min", "max"]


@pytest.fixture(scope="module", params=["u1", "u2", "f4"])
def volume(request, tmp_path_factory) -> Path:
    """Grains and noise, in a shape that vectors do not divide."""
    shape = (21, 30, 75)
    z, y, x = np.indices(shape)
    grains = np.where((z // 7 + y // 9 + x // 11) % 2, 40, 90)
    voxels = grains + np.random.default_rng(5).normal(0, 12, shape)
    if request.param != "f4":
        voxels = voxels.round().clip(0, 255)
    return write_tiff(tmp_path_factory.mktemp("instructions") / "in.tif", voxels.astype(request.param))


def stored(words: list[object], source: Path, output: Path, environment: dict[str, str]) -> dict[str, str]:
    voxsieve(words[0], source, output, *words[1:], "--sync", "none", "--quiet", env=environment)
    return hashes(output)


def assert_same(words: list[object], source: Path, folder: Path) -> None:
    # The root names the output, so both have the same name.
    outputs = [folder / "fastest" / "out.ome.zarr", folder / "baseline" / "out.ome.zarr"]
    for output in outputs:
        output.parent.mkdir(parents=True)
    fastest = stored(words, source, outputs[0], FASTEST)
    assert stored(words, source, outputs[1], BASELINE) == fastest, words


def test_the_environment_holds_kernels_back():
    def kernels(environment: dict[str, str]) -> dict:
        checks = json.loads(voxsieve("doctor", "--json", env=environment).out)["checks"]
        return next(check for check in checks if check["check"] == "processor")

    held = kernels(BASELINE)
    if platform.machine() != "x86_64":
        assert held["figures"] == kernels(FASTEST)["figures"]
        return
    assert held["figures"]["kernels"] == "baseline"
    able = "avx2" in Path("/proc/cpuinfo").read_text()
    assert (kernels(FASTEST)["figures"]["kernels"] == "AVX2") == able
    assert ("VOXSIEVE_INSTRUCTIONS" in held["advice"]) == able


def test_every_filter_stores_the_same_bytes(volume: Path, tmp_path: Path):
    for name in (each["name"] for each in json.loads(voxsieve("filters", "--json").out)):
        for number, words in enumerate(WORDS.get(name, [""])):
            given = [volume if word == "OTHER" else word for word in words.split()]
            before = GRAINS if name in ("distance-transform", "label", "relabel") else []
            steps = [*before, name, *given]
            assert_same(["run", *steps, "--levels", 1], volume, tmp_path / f"{name}-{number}")


@pytest.mark.parametrize("kind", PYRAMIDS)
def test_every_pyramid_stores_the_same_bytes(kind: str, volume: Path, tmp_path: Path):
    assert_same(["convert", "--pyramid", kind, "--levels", 3], volume, tmp_path)
