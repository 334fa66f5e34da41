"""Voxsieve: filters microCT volumes that do not fit in memory, exactly, within a memory budget.

>>> import numpy as np, voxsieve as vx
>>> scan = vx.open(np.random.default_rng(0).integers(0, 255, (40, 50, 60), "uint8"), spacing=2.5, unit="um")
>>> cells = scan.median(radius="5 um").binary_threshold(lower=130).label()
>>> cells
<voxsieve.Volume 40 x 50 x 60 uint32 labels, 2.5 µm, median then binary-threshold then label>
>>> cells.compute().shape
(40, 50, 60)

Axes are always z, y, x. A plain number for a length is voxels; a text with a unit is a length in the world.
"""

from voxsieve._blocks import BlockInfo
from voxsieve._check import Check, check
from voxsieve._errors import (
    BudgetError,
    CorruptError,
    FunctionError,
    InputError,
    InputNotFoundError,
    OutputExistsError,
    ParameterError,
    StorageError,
    UnsupportedError,
    VoxsieveError,
)
from voxsieve._geometry import Length
from voxsieve._open import open
from voxsieve._operator import Operator, operator
from voxsieve._params import Param
from voxsieve._plan import Plan
from voxsieve._viewer import Viewer, view
from voxsieve._viewer_job import Job
from voxsieve._viewer_roi import Multiscale, Region, Roi
from voxsieve._volume import Volume
from voxsieve._voxsieve import __version__

__all__ = [
    "BlockInfo",
    "BudgetError",
    "Check",
    "CorruptError",
    "FunctionError",
    "InputError",
    "InputNotFoundError",
    "Job",
    "Length",
    "Multiscale",
    "Operator",
    "OutputExistsError",
    "Param",
    "ParameterError",
    "Plan",
    "Region",
    "Roi",
    "StorageError",
    "UnsupportedError",
    "Viewer",
    "Volume",
    "VoxsieveError",
    "__version__",
    "check",
    "open",
    "operator",
    "view",
]
