"""What the program stored, read by other people's software, and files for it to read."""

import hashlib
import json
from pathlib import Path

import nrrd
import numpy as np
import SimpleITK
import tensorstore
import tifffile
import zarr


def read(output: Path, level: int = 0) -> np.ndarray:
    """The voxels of a level, read by zarr-python."""
    return zarr.open_array(output / str(level), mode="r")[...]


def read_tensorstore(output: Path, level: int = 0) -> np.ndarray:
    store = {"driver": "file", "path": str(output / str(level))}
    driver = "zarr" if (output / ".zgroup").exists() else "zarr3"
    return tensorstore.open({"driver": driver, "kvstore": store}).result().read().result()


def attributes(output: Path) -> dict:
    """The attributes of the root group."""
    if (output / ".zattrs").exists():
        return json.loads((output / ".zattrs").read_text())
    return json.loads((output / "zarr.json").read_text())["attributes"]


def multiscale(output: Path) -> dict:
    found = attributes(output)
    return found.get("ome", found)["multiscales"][0]


def levels(output: Path) -> int:
    return len(multiscale(output)["datasets"])


def units(output: Path) -> list[str | None]:
    axes = multiscale(output)["axes"]
    assert [axis["name"] for axis in axes] == ["z", "y", "x"]
    assert {axis["type"] for axis in axes} == {"space"}
    return [axis.get("unit") for axis in axes]


def transform(output: Path, level: int = 0) -> tuple[list[float], list[float]]:
    """Scale and translation of a level."""
    parts = {"scale": [1.0] * 3, "translation": [0.0] * 3}
    for part in multiscale(output)["datasets"][level]["coordinateTransformations"]:
        parts[part["type"]] = part[part["type"]]
    return parts["scale"], parts["translation"]


def factors(output: Path, level: int) -> tuple[int, ...]:
    """Voxels of level 0 along one voxel of a level."""
    base, scale = transform(output)[0], transform(output, level)[0]
    return tuple(round(s / b) for s, b in zip(scale, base, strict=True))


def hashes(output: Path, root: bool = True) -> dict[str, str]:
    """The hash of each stored file but the journal's; `root` is what names the source and the steps."""
    assert output.is_dir(), f"{output} is not there"
    found = {}
    for path in sorted(p for p in output.rglob("*") if p.is_file()):
        name = str(path.relative_to(output))
        if not name.startswith(".voxsieve/") and (root or name != "zarr.json"):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def shards(output: Path) -> list[Path]:
    """The stored files of level 0, largest first."""
    files = [p for p in (output / "0").rglob("*") if p.is_file() and p.name not in ("zarr.json", ".zarray")]
    return sorted(files, key=lambda p: p.stat().st_size, reverse=True)


def write_tiff(path: Path, volume: np.ndarray, spacing: tuple | None = None, **options) -> Path:
    """A multi-page TIFF; `spacing` is (z, y = x, unit) as ImageJ writes it."""
    if spacing is not None:
        z, yx, unit = spacing
        options |= {"imagej": True, "resolution": (1 / yx, 1 / yx)}
        options["metadata"] = {"axes": "ZYX", "spacing": z, "unit": unit}
    else:
        options.setdefault("metadata", None)
    # A volume with three slices or columns is not RGB.
    tifffile.imwrite(path, volume, photometric="minisblack", **options)
    return path


def read_nrrd(path: Path) -> tuple[np.ndarray, list[float] | None, str | None]:
    """Voxels (z, y, x), spacing and unit as pynrrd finds them."""
    voxels, header = nrrd.read(str(path), index_order="C")
    directions = header.get("space directions")
    spacing = None if directions is None else [float(np.linalg.norm(d)) for d in directions][::-1]
    units = header.get("space units")
    return voxels, spacing, units[0] if units else None


def read_itk(path: Path) -> tuple[np.ndarray, list[float], list[float]]:
    """Voxels, spacing and origin (z, y, x) as ITK finds them."""
    image = SimpleITK.ReadImage(str(path))
    return SimpleITK.GetArrayFromImage(image), [*image.GetSpacing()][::-1], [*image.GetOrigin()][::-1]


def file_hashes(output: Path) -> dict[str, str]:
    """The hash of each file that a raster output consists of."""
    if output.is_dir():
        paths = sorted(output.iterdir())
    else:
        beside = [output.with_suffix(".raw")] if output.suffix == ".mhd" else []
        paths = [output, *beside]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
