"""What the machine can do at all: copying, and the codec on this volume, on one core."""

import time
from pathlib import Path
from statistics import median

import numpy as np
import tifffile
from numcodecs import Zstd

CHUNK = 128


def copy_rate() -> float:
    """Bytes copied per second, in GB/s."""
    source, target = np.ones(256 << 20, "u1"), np.zeros(256 << 20, "u1")
    return median(source.nbytes / seconds(lambda: np.copyto(target, source)) for _ in range(7)) / 1e9


def seconds(action) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def codec_rates(volume: Path) -> tuple[float, float, float]:
    """zstd level 1 on chunks along the volume's diagonal: encoding and decoding in MB/s, and the ratio."""
    encoding, decoding, ratios = [], [], []
    codec = Zstd(level=1)
    with tifffile.TiffFile(volume) as tiff:
        for at in range(0, len(tiff.pages) - CHUNK + 1, CHUNK):
            here = slice(at, at + CHUNK)
            chunk = np.stack([page.asarray()[here, here] for page in tiff.pages[here]])
            encoded = codec.encode(chunk)
            encoding.append(chunk.nbytes / seconds(lambda c=chunk: codec.encode(c)) / 1e6)
            decoding.append(chunk.nbytes / seconds(lambda e=encoded: codec.decode(e)) / 1e6)
            ratios.append(chunk.nbytes / len(encoded))
    return median(encoding), median(decoding), median(ratios)


def roofline(volume: Path) -> dict[str, float]:
    encode, decode, ratio = codec_rates(volume)
    return {
        "copy_gb_per_second": copy_rate(),
        "zstd1_encode_mb_per_second": encode,
        "zstd1_decode_mb_per_second": decode,
        "zstd1_ratio": ratio,
    }
