"""What a function takes for itself, measured on one block."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voxsieve._blocks import Bound
from voxsieve._functions import Function
from voxsieve._geometry import Span

if TYPE_CHECKING:
    from voxsieve._results import Results

_EDGE = 64


def probe(before: Results, function: Function) -> float | None:
    """Most bytes for each voxel of a block beside the block and its result, on a block from the middle of
    the volume.

    `None` when that cannot be measured: what comes before looks at the whole volume, or the function works
    in processes.
    """
    if before._outline["whole"] is not None or function.workers == "processes":
        return None
    spans: list[Span] = []
    for size in before.shape:
        begin = max(0, (size - _EDGE) // 2)
        spans.append((begin, min(size, begin + _EDGE)))
    block = before._cropped((spans[0], spans[1], spans[2])).compute(progress=False)
    block.setflags(write=False)
    spec = {**before._outline["spec"], "shape": list(block.shape)}
    bound = Bound(function, function.step["function"], spec)
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        begin_bytes = tracemalloc.get_traced_memory()[0]
        result = bound.call(_with_halo(block, bound), [0, 0, 0], list(block.shape))
        peak = tracemalloc.get_traced_memory()[1] - begin_bytes
    finally:
        if not running:
            tracemalloc.stop()
    voxels = np.prod([size + 2 * halo for size, halo in zip(block.shape, bound.halo, strict=True)])
    padded = voxels * block.itemsize if any(bound.halo) else 0
    return max(0.0, float(peak - padded - voxels * result.itemsize)) / float(voxels)


def _with_halo(block: NDArray[Any], bound: Bound) -> NDArray[Any]:
    if not any(bound.halo):
        return block
    padded = np.pad(block, [(halo, halo) for halo in bound.halo], mode="edge")
    padded.setflags(write=False)
    return padded
