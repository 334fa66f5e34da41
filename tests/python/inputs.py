"""Volumes with which inputs are tried, and what comes of reading them."""

import json
from pathlib import Path

import numpy as np
from program import convert, voxsieve
from stored import read

VALUES = np.random.default_rng(17).normal(1000, 300, (3, 45, 52)).cumsum(axis=2)
INTEGERS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]
FLOATS = ["f2", "f4", "f8"]
CODECS = [None, "packbits", "lzw", "zlib", "zstd"]
CUTS = [{}, {"rowsperstrip": 7}, {"tile": (32, 48)}]


def synthetic(dtype: str) -> np.ndarray:
    """Neighbours are alike but for overflows, so that predictors have something to do."""
    if dtype in FLOATS:
        return (VALUES / 1000).astype(dtype)
    return VALUES.astype("i8").astype(dtype)


def same(stored: np.ndarray, expected: np.ndarray) -> None:
    """Half floats are held as single ones."""
    if expected.dtype == np.float16:
        expected = expected.astype("f4")
    assert stored.dtype == expected.dtype.newbyteorder("=")
    np.testing.assert_array_equal(stored, expected)


def voxels(source: Path, out: Path, *flags: object) -> np.ndarray:
    """What `convert` stores, read back."""
    convert(source, out, "--chunk", 64, "--overwrite", *flags)
    return read(out)


def spec(source: Path, *flags: object) -> dict:
    return json.loads(voxsieve("info", source, "--json", *flags).out)["spec"]
