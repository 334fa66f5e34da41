"""Fixtures of the package's tests: volumes that are small, and a folder for outputs."""

from pathlib import Path

import numpy as np
import pytest
import voxsieve as vx


@pytest.fixture(scope="session")
def grey() -> np.ndarray:
    """Grey values with structure: steps, so that filters have something to keep, and noise."""
    random = np.random.default_rng(7)
    z, y, x = np.ogrid[:45, :50, :55]
    balls = ((z - 20) ** 2 + (y - 25) ** 2 + (x - 20) ** 2 < 150) | (
        (z - 30) ** 2 + (y - 12) ** 2 + (x - 40) ** 2 < 60
    )
    return np.clip(60 + 110 * balls + random.normal(0, 12, balls.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def scan(grey: np.ndarray) -> vx.Volume:
    """The grey values with a voxel size."""
    return vx.open(grey, spacing=(2.0, 1.5, 1.0), unit="um")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for outputs."""
    return tmp_path
