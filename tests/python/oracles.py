"""The right answers, from SciPy, SimpleITK and NumPy on the whole array."""

import numpy as np
import SimpleITK
from scipy import ndimage


def median(volume: np.ndarray, radius: int) -> np.ndarray:
    """The rank (n - 1) / 2 of a cube; ITK repeats the edge as ours does."""
    image = SimpleITK.GetImageFromArray(volume)
    return SimpleITK.GetArrayFromImage(SimpleITK.Median(image, [radius] * 3))


def median_sorted(volume: np.ndarray, radius: int) -> np.ndarray:
    """The median by definition, with NaN sorted last; for small volumes."""
    edge = np.pad(volume, radius, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(edge, [2 * radius + 1] * 3)
    ranked = np.sort(windows.reshape(*volume.shape, -1), axis=-1)
    return ranked[..., ranked.shape[-1] // 2]


def gaussian(volume: np.ndarray, sigma: float | tuple[float, ...]) -> np.ndarray:
    """SciPy's definition in double precision; integers are rounded half to even, once."""
    smooth = ndimage.gaussian_filter(volume.astype(np.float64), sigma, mode="nearest", truncate=4)
    if np.issubdtype(volume.dtype, np.integer):
        return np.rint(smooth).astype(volume.dtype)
    return smooth


def gradient_magnitude(volume: np.ndarray, spacing: tuple[float, ...] = (1, 1, 1)) -> np.ndarray:
    """Central differences with the edge repeated, in double precision."""
    edge = np.pad(volume.astype(np.float64), 1, mode="edge")
    total = np.zeros(volume.shape)
    for axis, step in enumerate(spacing):
        inner = [slice(1, -1)] * 3
        inner[axis] = slice(2, None)
        ahead = edge[tuple(inner)]
        inner[axis] = slice(None, -2)
        total += (0.5 * (ahead - edge[tuple(inner)]) / step) ** 2
    return np.sqrt(total)


def binary_threshold(volume: np.ndarray, lower: float, upper: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where((volume >= lower) & (volume <= upper), np.uint8(255), np.uint8(0))


def assert_gaussian(found: np.ndarray, source: np.ndarray, sigma: float | tuple[float, ...]) -> None:
    """The design's limits: one grey level on a voxel in 10,000, for a value that near to a half."""
    expected = gaussian(source, sigma)
    assert found.dtype == source.dtype
    difference = np.abs(found.astype(np.float64) - expected)
    if np.issubdtype(source.dtype, np.integer):
        assert difference.max() <= 1
        assert (difference > 0).mean() <= 1e-4
    else:
        assert difference.max() <= 1e-5 * np.ptp(source)


def assert_gradient(found: np.ndarray, source: np.ndarray, spacing: tuple[float, ...] = (1, 1, 1)) -> None:
    """The design allows two units in the last place."""
    assert found.dtype == np.float32
    expected = gradient_magnitude(source, spacing)
    unit = np.spacing(np.maximum(expected, np.ptp(source) * 1e-7).astype(np.float32))
    assert (np.abs(found - expected) / unit).max() <= 2


def shrink_mean(volume: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    """Means of windows of the full resolution; those at the far edges are of what is there."""
    wide = np.float64 if np.issubdtype(volume.dtype, np.floating) else np.int64
    sums, counts = (windows_sum(v, factor) for v in (volume.astype(wide), np.ones(volume.shape, np.int64)))
    if wide is np.float64:
        return (sums / counts).astype(volume.dtype)
    whole, rest = np.divmod(sums, counts)
    up = (2 * rest > counts) | ((2 * rest == counts) & (whole % 2 == 1))
    return (whole + up).astype(volume.dtype)


def shrink_majority(mask: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    """Majorities of windows of the level below; a tie is background."""
    set_voxels = windows_sum((mask != 0).astype(np.int64), factor)
    counts = windows_sum(np.ones(mask.shape, np.int64), factor)
    return np.where(2 * set_voxels > counts, np.uint8(255), np.uint8(0))


def windows_sum(volume: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    for axis, size in enumerate(factor):
        volume = np.add.reduceat(volume, np.arange(0, volume.shape[axis], size), axis=axis)
    return volume


def words(radius: int | tuple[int, ...]) -> str:
    """A radius as on the command line."""
    return ",".join(map(str, np.atleast_1d(radius)))


def footprint(shape: str, radius: int | tuple[int, ...]) -> np.ndarray:
    """The structuring element: all of a box, |offset / radius| <= 1, or three lines."""
    reach = np.broadcast_to(radius, 3)
    offsets = np.stack(np.meshgrid(*(np.arange(-r, r + 1) for r in reach), indexing="ij"))
    if shape == "box":
        return np.ones(offsets.shape[1:], bool)
    if shape == "cross":
        return (offsets != 0).sum(axis=0) <= 1
    # In whole numbers; a radius of 0 leaves the offset 0 alone.
    square = np.maximum(reach, 1).astype(np.int64) ** 2
    parts = (offsets[axis] ** 2 * (square.prod() // square[axis]) for axis in range(3))
    return sum(parts) <= square.prod()


def windows(volume: np.ndarray, footprint: np.ndarray) -> np.ndarray:
    """The values of the footprint around each voxel, edges repeated; for small volumes."""
    edge = np.pad(volume, [(n // 2, n // 2) for n in footprint.shape], mode="edge")
    return np.lib.stride_tricks.sliding_window_view(edge, footprint.shape)[..., footprint]


def extreme(volume: np.ndarray, footprint: np.ndarray, which: np.ufunc) -> np.ndarray:
    """`np.fmin` or `np.fmax` of each window: NaN is skipped."""
    return which.reduce(windows(volume, footprint), axis=-1)


def percentile_sorted(volume: np.ndarray, footprint: np.ndarray, percentile: float) -> np.ndarray:
    """SciPy's rank in each window, with NaN sorted last."""
    count = int(footprint.sum())
    rank = min(count - 1, int(count * percentile / 100))
    return np.sort(windows(volume, footprint), axis=-1)[..., rank]


def otsu(volume: np.ndarray) -> int:
    """The integer threshold of greatest variance between the classes, in exact fractions.

    scikit-image computes in single precision and can miss it.
    """
    values, counts = np.unique(volume, return_counts=True)
    total, weighted = int(counts.sum()), sum(int(n) * int(v) for n, v in zip(counts, values, strict=True))
    below, below_weighted, best, threshold = 0, 0, (-1, 1), int(values[0])
    for value, count in zip(values[:-1], counts[:-1], strict=True):
        below += int(count)
        below_weighted += int(count) * int(value)
        between = (total * below_weighted - below * weighted) ** 2, below * (total - below)
        if between[0] * best[1] > best[0] * between[1]:
            best, threshold = between, int(value)
    return threshold
