"""The right answers of the linear and edge-preserving filters: formulas in double precision, edge repeated.

Each returns the unrounded result; `assert_equals` rounds as the program says it does.
"""

from collections.abc import Iterator

import numpy as np
import SimpleITK
from scipy import ndimage

Triple = tuple[float, float, float]


def assert_equals(
    found: np.ndarray, expected: np.ndarray, dtype: np.dtype, scale: float, worst: float = 1e-5
) -> None:
    """Integers: one grey level on a voxel in 10,000, for a value that near to a half.

    Floats: 1e-5 of the scale, and up to `worst` of it on a voxel in 10,000.
    """
    assert found.dtype == dtype
    if np.issubdtype(dtype, np.integer):
        bounds = np.iinfo(dtype)
        difference = np.abs(np.rint(expected).clip(bounds.min, bounds.max) - found.astype(np.float64))
        assert difference.max() <= 1
        assert (difference > 0).sum() <= 1e-4 * found.size + 1
        # What differs must lie at a half.
        fraction = np.abs(expected - np.floor(expected) - 0.5)[difference > 0]
        assert (fraction < 1e-3 * max(1.0, scale / 255)).all()
    else:
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=worst * scale)
        far = np.abs(found - expected) > 1e-5 * scale + 1e-6 * np.abs(expected)
        assert far.sum() <= 1e-4 * found.size


def edge(volume: np.ndarray, radius: Triple | list[int]) -> np.ndarray:
    return np.pad(volume.astype(np.float64), [(r, r) for r in radius], mode="edge")


def shifts(radius: Triple | list[int]) -> Iterator[tuple[int, ...]]:
    """Every place of the window, counted from its corner."""
    return np.ndindex(*(2 * r + 1 for r in radius))


def part(padded: np.ndarray, start: tuple[int, ...], shape: tuple[int, ...]) -> np.ndarray:
    return padded[tuple(slice(s, s + n) for s, n in zip(start, shape, strict=True))]


def mean(volume: np.ndarray, radius: list[int]) -> np.ndarray:
    wide = np.int64 if np.issubdtype(volume.dtype, np.integer) else np.float64
    padded = np.pad(volume.astype(wide), [(r, r) for r in radius], mode="edge")
    total = sum(part(padded, at, volume.shape) for at in shifts(radius))
    return total / np.prod([2 * r + 1 for r in radius])


def laplacian(volume: np.ndarray, spacing: Triple = (1, 1, 1)) -> np.ndarray:
    kernel = [1.0, -2.0, 1.0]
    return sum(
        ndimage.correlate1d(volume.astype(np.float64), kernel, axis, mode="nearest") / step**2
        for axis, step in enumerate(spacing)
    )


def sobel(volume: np.ndarray, spacing: Triple = (1, 1, 1)) -> np.ndarray:
    parts = [
        ndimage.sobel(volume.astype(np.float64), axis, mode="nearest") / (32 * step)
        for axis, step in enumerate(spacing)
    ]
    return np.sqrt(sum(p**2 for p in parts))


def unsharp(volume: np.ndarray, sigma: float, amount: float, threshold: float = 0) -> np.ndarray:
    values = volume.astype(np.float64)
    difference = values - ndimage.gaussian_filter(values, sigma, mode="nearest", truncate=4)
    return values + np.where(np.abs(difference) > threshold, amount * difference, 0)


def bilateral(volume: np.ndarray, sigma: Triple, sigma_range: float, radius: list[int]) -> np.ndarray:
    centre = volume.astype(np.float64)
    padded = edge(volume, radius)
    sums, weights = np.zeros(volume.shape), np.zeros(volume.shape)
    for at in shifts(radius):
        distance = sum(((a - r) / s) ** 2 for a, r, s in zip(at, radius, sigma, strict=True))
        difference = part(padded, at, volume.shape) - centre
        near = np.abs(difference) < 4 * sigma_range
        difference = np.where(near, difference, 0)
        weight = near * np.exp(-0.5 * distance - 0.5 * (difference / sigma_range) ** 2)
        sums += weight * difference
        weights += weight
    with np.errstate(invalid="ignore"):
        return centre + sums / weights


def itk_bilateral(volume: np.ndarray, sigma: float, sigma_range: float) -> np.ndarray:
    """With so fine a table that its steps do not show; the radius is ceil(2.5 sigma)."""
    image = SimpleITK.GetImageFromArray(volume.astype(np.float32))
    return SimpleITK.GetArrayFromImage(SimpleITK.Bilateral(image, sigma, sigma_range, 1_000_000))


def non_local_means(
    volume: np.ndarray, search: list[int], patch: list[int], h: float, noise: float = 0
) -> np.ndarray:
    centre = volume.astype(np.float64)
    padded = edge(volume, [s + p for s, p in zip(search, patch, strict=True)])
    grown = tuple(n + 2 * p for n, p in zip(volume.shape, patch, strict=True))
    own = part(padded, tuple(search), grown)
    sums, weights = np.zeros(volume.shape), np.zeros(volume.shape)
    for at in shifts(search):
        difference = part(padded, at, grown) - own
        squares = difference**2
        distance = sum(part(squares, inner, volume.shape) for inner in shifts(patch))
        distance /= np.prod([2 * p + 1 for p in patch])
        weight = np.exp(-np.maximum(distance - 2 * noise**2, 0) / h**2)
        sums += weight * part(difference, tuple(patch), volume.shape)
        weights += weight
    return centre + sums / weights


def diffusion_step(
    volume: np.ndarray, curvature: bool, time_step: float, conductance: float, scale: Triple
) -> np.ndarray:
    """ITK's step, with a constant in place of the mean of the gradient."""
    padded = edge(volume, [2, 2, 2])

    def moved(*offset: int) -> np.ndarray:
        """The volume and a voxel around it, moved."""
        grown = tuple(n + 2 for n in volume.shape)
        return part(padded, tuple(o + 1 for o in offset), grown)

    inner = (slice(1, -1),) * 3
    unit = np.eye(3, dtype=int)
    centre = moved(0, 0, 0)
    speed = np.zeros(volume.shape)
    ahead, behind = [], []
    for i in range(3):
        forward = (moved(*unit[i]) - centre) * scale[i]
        square = forward**2
        for j in {0, 1, 2} - {i}:
            central = (moved(*unit[j]) - moved(*-unit[j])) / 2
            beside = (moved(*(unit[i] + unit[j])) - moved(*(unit[i] - unit[j]))) / 2
            square = square + 0.25 * ((central + beside) * scale[j]) ** 2
        flux = forward * np.exp(-square / (2 * conductance**2))
        if curvature:
            flux = flux / np.sqrt(1e-10 + square)
        before = [slice(1, -1)] * 3
        before[i] = slice(0, -2)
        speed += flux[inner] - flux[tuple(before)]
        ahead.append(forward[inner])
        behind.append(forward[tuple(before)])
    if not curvature:
        return volume + time_step * speed
    rising = sum(np.minimum(b, 0) ** 2 + np.maximum(a, 0) ** 2 for a, b in zip(ahead, behind, strict=True))
    falling = sum(np.maximum(b, 0) ** 2 + np.minimum(a, 0) ** 2 for a, b in zip(ahead, behind, strict=True))
    return volume + time_step * speed * np.sqrt(np.where(speed > 0, rising, falling))


def diffusion(
    volume: np.ndarray,
    curvature: bool,
    iterations: int,
    conductance: float,
    time_step: float = 0.0625,
    scale: Triple = (1, 1, 1),
) -> np.ndarray:
    result = volume.astype(np.float64)
    for _ in range(iterations):
        result = diffusion_step(result, curvature, time_step, conductance, scale)
    return result


def itk_diffusion(volume: np.ndarray, curvature: bool, iterations: int, conductance: float) -> np.ndarray:
    """ITK scales the conductance by the mean squared gradient of each step's input: here that is undone."""
    names = {True: "CurvatureAnisotropicDiffusion", False: "GradientAnisotropicDiffusion"}
    filtered = getattr(SimpleITK, names[curvature])
    result = volume.astype(np.float32)
    for _ in range(iterations):
        gradients = [
            ndimage.correlate1d(result.astype(np.float64), [-0.5, 0, 0.5], a, mode="nearest")
            for a in range(3)
        ]
        scaled = conductance / np.sqrt(np.mean(sum(g**2 for g in gradients)))
        image = SimpleITK.GetImageFromArray(result)
        step = filtered(image, timeStep=0.0625, conductanceParameter=scaled, numberOfIterations=1)
        result = SimpleITK.GetArrayFromImage(step)
    return result
