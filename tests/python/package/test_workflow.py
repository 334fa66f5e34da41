"""The notebook on filtering large microCT volumes, from its first cell to its last."""

import re
import subprocess
import sys

import numpy as np
import program
import tifffile
from scipy import ndimage

NOTEBOOK = """
import sys

# As if they were not installed. Tables are of pandas, which is there.
absent = "itk SimpleITK dask ngff_zarr zarr xarray cloudpickle scipy skimage tifffile pyarrow"
sys.modules.update(dict.fromkeys(absent.split()))

import numpy as np
import voxsieve as vx

folder = sys.argv[1]
scan = vx.open(f"{folder}/skull.tif", spacing=0.05, unit="mm")
pyramid = scan.save(f"{folder}/skull.ome.zarr", memory="512MiB", chunk=32)
assert len(pyramid.levels) > 1
roi = pyramid.roi(z=("1 mm", "4 mm"), y=(10, 90))
assert roi.shape == (60, 80, 100)

def apply_threshold(block, threshold=128):
    return block >= threshold

thresholded = roi.map_blocks(apply_threshold, dtype=bool, threshold=80)
assert np.array_equal(thresholded, roi.binary_threshold(lower=80))

median = roi.median(radius=2)
print(median.plan(memory="256MiB"))
stored = median.save(f"{folder}/median_roi.ome.zarr", memory="256MiB", pyramid="gaussian")
labels = stored.binary_threshold(lower=80).label()
components = labels.save(f"{folder}/connected.ome.zarr", memory="256MiB")
assert components.kind == "labels"
gradient = roi.gradient_magnitude().save(f"{folder}/gradient_magnitude.ome.zarr")
assert gradient.dtype == np.float32
bilateral = roi.bilateral(radius=3).save(f"{folder}/bilateral_filtered.ome.zarr")
for volume in (roi, median, stored, components, gradient, bilateral):
    assert volume._repr_html_().count("<img") == 3
np.save(f"{folder}/components.npy", components)
np.save(f"{folder}/gradient.npy", gradient)
assert "pandas" not in sys.modules
table = components.measure(roi)
voxels = np.bincount(np.asarray(components).ravel())[1:]
assert table["voxels"].tolist() == voxels.tolist()
assert np.allclose(table["volume_mm3"], voxels * 0.05**3)
means = np.bincount(np.asarray(components).ravel(), np.asarray(roi).ravel())[1:] / voxels
assert np.allclose(table["intensity_mean"], means)
assert not any(sys.modules[name] for name in absent.split())
"""


def test_without_any_other_library(folder):
    random = np.random.default_rng(5)
    z, y, x = np.ogrid[:90, :100, :100]
    skull = sum(
        ((z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 < 130) for a, b, c in random.integers(15, 85, (9, 3))
    )
    grey = np.clip(40 + 90 * (skull > 0) + random.normal(0, 20, skull.shape), 0, 255).astype(np.uint8)
    tifffile.imwrite(folder / "skull.tif", grey)
    (folder / "notebook.py").write_text(NOTEBOOK)
    environment = {"PYTHONPATH": str(program.ROOT / "python"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "notebook.py", "."], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "voxsieve.Plan" in done.stdout
    median = ndimage.median_filter(grey, 5, mode="nearest")[20:80, 10:90]
    expected, _ = ndimage.label(median >= 80)
    assert np.array_equal(np.load(folder / "components.npy"), expected)
    gradient = np.linalg.norm(
        np.stack(np.gradient(np.pad(grey, 1, mode="edge").astype(float), 0.05)), axis=0
    )[1:-1, 1:-1, 1:-1]
    assert np.allclose(np.load(folder / "gradient.npy"), gradient[20:80, 10:90], rtol=1e-5)


def test_the_readme(folder):
    grey = np.random.default_rng(1).normal(80, 30, (150, 60, 60)).clip(0, 255).astype(np.uint8)
    tifffile.imwrite(folder / "scan.tif", grey)
    code = re.search(r"```python\n(.*?)```", (program.ROOT / "README.md").read_text(), re.DOTALL)[1]
    (folder / "readme.py").write_text(code)
    environment = {"PYTHONPATH": str(program.ROOT / "python"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "readme.py"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "rise.ome.zarr").is_dir()
