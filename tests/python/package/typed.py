"""No test: what people write with the package, for the type checker, which must find nothing wrong with
it.
"""

from typing import Annotated, Any, Literal, assert_type

import numpy as np
import voxsieve as vx
from numpy.typing import NDArray

Array = NDArray[Any]


@vx.operator(halo="radius", dtype="float32")
def local_sum(block: Array, radius: vx.Length = 1, how: Literal["sum", "mean"] = "sum") -> Array:
    """Types are kept where they are known."""
    return np.asarray(block, np.float32)


def sharpen(block: Array, amount: Annotated[float, vx.Param(limits=(0, 1))] = 0.5) -> Array:
    """A plain function."""
    return block


def chain(scan: vx.Volume) -> vx.Volume:
    """Filters are methods with types."""
    smooth = scan.median(radius="4 um", boundary="mirror").bilateral(sigma_range=30)
    assert_type(smooth, vx.Volume)
    assert_type(scan.shape, tuple[int, int, int])
    assert_type(scan.compute(), NDArray[Any])
    plan = smooth.plan(memory="4GiB")
    assert_type(plan.peak_bytes, int)
    return smooth.map_overlap(sharpen, halo=2, boundary="none", dtype=np.uint8).label(connectivity=26)


def look(scan: vx.Volume) -> None:
    """So are those of a viewer."""
    with vx.view(scan, ui="compact") as viewer:
        assert_type(viewer.get_current_scale(), int)
        assert_type(viewer.get_roi_slice(), tuple[slice, slice, slice])
        assert_type(viewer.get_roi_region().lower, tuple[float, float, float])
        assert_type(viewer.get_roi_image(0), vx.Volume)
        assert_type(viewer.get_roi_multiscale().images, tuple[vx.Volume, ...])
        assert_type(viewer.apply("mask.ome.zarr").result(), vx.Volume)
