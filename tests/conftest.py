"""Fixtures of all Python tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real volumes. Without it a test is skipped, in continuous integration it fails."""
    folder = os.environ.get("VOXSIEVE_DATA")
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("VOXSIEVE_REQUIRE_DATA") == "1":
        pytest.fail(f"VOXSIEVE_DATA={folder!r} is not a folder of real volumes")
    return pytest.skip("no real volumes: set VOXSIEVE_DATA")
