"""Tables of objects as Python values, and label volumes to measure."""

import csv
from pathlib import Path

import numpy as np
from program import voxsieve
from scipy import ndimage


def measured(labels: Path, table: Path, *flags: object) -> tuple[dict[str, np.ndarray], dict]:
    """The columns of the table by name, and what was said of the whole volume."""
    answer = voxsieve("measure", labels, "-o", table, "--json", "--overwrite", *flags)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = table.read_text().splitlines()[0].split(",")

    def number(text: str) -> float | int | bool:
        if text in ("true", "false"):
            return text == "true"
        return int(text) if text.lstrip("-").isdigit() else float(text or "nan")

    columns = {name: np.array([number(row[name]) for row in rows]) for name in names}
    return columns, answer.report()


def blobs(shape: tuple[int, ...], seed: int, count: int = 40) -> np.ndarray:
    """Objects of all sizes that touch one another and the border, some of them in pieces."""
    generator = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(generator.random((3, *shape)), (0, 2, 2, 2))
    labels = np.digitize(smooth[0], np.quantile(smooth[0], np.linspace(0, 1, count)))
    labels[smooth[1] > np.quantile(smooth[1], 0.7)] = 0
    noise = generator.random(shape) < 0.02
    labels[noise] = generator.integers(0, count, noise.sum())
    return labels
