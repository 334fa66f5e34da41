"""Measuring objects: a table with a row for each."""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voxsieve import _voxsieve
from voxsieve._errors import OutputExistsError
from voxsieve._progress import Bar
from voxsieve._results import Results
from voxsieve._storing import positive, size_of

if TYPE_CHECKING:
    from voxsieve._volume import Volume


class Measuring(Results):
    """What can be measured."""

    def measure(
        self,
        image: Any = None,
        *,
        path: str | os.PathLike[str] | None = None,
        memory: int | str | None = None,
        threads: int | None = None,
        scratch: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        progress: bool = True,
    ) -> Any:
        """Measure every object of a label volume: size, shape, place and, with an image, grey values.

        Objects and volume may be larger than memory; the table must fit. Labels and images with steps that
        are not done yet, or of which a part is meant, are first stored in a scratch folder.

        Parameters
        ----------
        image : Volume, path or array, optional
            Grey values of the same shape.
        path : path, optional
            Keep the table in a file: `.csv`, `.json` or `.parquet`.
        memory, threads, scratch, progress
            As for `Volume.save`; scratch files lie in the folder for temporary files when it is left out.
        overwrite : bool
            Replace a table that exists.

        Returns
        -------
        pandas.DataFrame
            A row for each object; lengths, areas and volumes in the unit that the name of the column says.
            `attrs` has what is known of the whole volume.

        Raises
        ------
        ParameterError
            When the volume has no labels, or the image another shape.
        OutputExistsError
            When the table is there already.

        Examples
        --------
        >>> import numpy as np, voxsieve as vx
        >>> grey = np.zeros((20, 20, 20), "uint8")
        >>> grey[2:6, 2:6, 2:6], grey[10:13, 5:7, 5:7] = 200, 100
        >>> scan = vx.open(grey, spacing=2, unit="um")
        >>> cells = scan.binary_threshold(lower=50).label().measure(scan, progress=False)
        >>> cells["voxels"].tolist()
        [64, 12]
        """
        import pandas

        if path is not None and Path(path).exists() and not overwrite:
            raise OutputExistsError(
                f"{os.fspath(path)} exists; give overwrite=True to replace it, or another name"
            )
        with tempfile.TemporaryDirectory(prefix="voxsieve-", dir=scratch) as folder:
            how = {"memory": memory, "threads": threads, "progress": progress}
            labels = _stored(self, Path(folder) / "labels.ome.zarr", how)
            grey = None if image is None else _stored(_opened(image), Path(folder) / "image.ome.zarr", how)
            usual = "objects.parquet" if importlib.util.find_spec("pyarrow") else "objects.csv"
            table = Path(path) if path is not None else Path(folder) / usual
            given = {"memory": size_of(memory), "threads": positive("threads", threads), "scratch": folder}
            options = json.dumps({name: value for name, value in given.items() if value is not None})
            with Bar(progress) as bar:
                names = (labels._base.name(), None if grey is None else grey._base.name())
                measured = _voxsieve.measure(*names, table, options, overwrite, bar)
            frame = _read(pandas, table)
        frame.attrs.update(json.loads(measured))
        return frame


def _opened(image: Any) -> Volume:
    from voxsieve._open import open as open_volume

    return open_volume(image)


def _stored(volume: Results, path: Path, how: dict[str, Any]) -> Results:
    """A volume that can be read as it is."""
    if not volume._steps and volume._bins is None and not volume._cubic and volume._box is None:
        return volume
    return volume.save(path, levels=1, sync="none", **how)


def _read(pandas: Any, table: Path) -> Any:
    if table.suffix == ".parquet":
        return pandas.read_parquet(table)
    if table.suffix == ".json":
        document = json.loads(table.read_text())
        return pandas.DataFrame(document["objects"], columns=document["columns"])
    if int(pandas.__version__.partition(".")[0]) < 3:
        return pandas.read_csv(table, float_precision="round_trip")
    return pandas.read_csv(table)
