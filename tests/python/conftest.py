"""Fixtures: the program, the real volumes, and synthetic ones."""

from pathlib import Path

import numpy as np
import program
import pytest
import tifffile


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    for binary in (program.BINARY, program.DEV_BINARY):
        assert binary.is_file(), f"{binary} is not there: run `make build`"


@pytest.fixture(scope="session")
def bone(data: Path) -> Path:
    return data / "tiff" / "bone_128x128x128.tif"


@pytest.fixture(scope="session")
def snow(data: Path) -> Path:
    return data / "tiff" / "snow_u16_le.tif"


@pytest.fixture(scope="session")
def bone_voxels(bone: Path) -> np.ndarray:
    return tifffile.imread(bone)


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory):
    """Makes phantoms: `phantom("200,190,210", "--spacing", "0")` is the path of a TIFF."""
    folder = tmp_path_factory.mktemp("phantoms")

    def make(shape: str, *flags: str) -> Path:
        path = folder / ("_".join([shape, *flags]).replace(",", "x") + ".tif")
        if not path.exists():
            program.call([str(program.DEV_BINARY), "phantom", "1", str(path), "--shape", shape, *flags])
        return path

    return make


@pytest.fixture
def out(tmp_path_factory) -> Path:
    """An output away from the sources."""
    return tmp_path_factory.mktemp("output") / "out.ome.zarr"
