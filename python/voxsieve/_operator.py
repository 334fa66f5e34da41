"""`operator`: a plain function as a filter with parameters, units and limits."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, overload

from numpy.typing import DTypeLike, NDArray

from voxsieve._errors import ParameterError
from voxsieve._functions import Function, Usage
from voxsieve._geometry import Length, in_voxels
from voxsieve._params import check_limits, check_value, parameters_of
from voxsieve._volume import Volume
from voxsieve._words import Boundary, Kind, Workers, checked_word, dtype_word


class Operator:
    """A function that filters volumes; made by `operator`.

    Called with a `Volume` it gives the filtered volume, lazily; called with a NumPy array it is the plain
    function.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        halo: Length | Callable[..., Length],
        boundary: Boundary,
        dtype: DTypeLike | None,
        kind: Kind | None,
        workers: Workers,
        memory: int | None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.__wrapped__ = function
        self.params = parameters_of(function)
        self.workers, self.memory = workers, memory
        checked_word("boundary", boundary, ("nearest", "reflect", "mirror", "constant", "none"))
        names = [param.name for param in self.params]
        if isinstance(halo, str) and halo.isidentifier() and halo not in names:
            raise ParameterError(f"halo: {halo!r} is neither a length nor a parameter of {function.__name__}")
        self._halo = halo
        self._use = Usage(
            halo=self._halo_for,
            arguments=self._in_voxels,
            boundary=boundary,
            dtype=dtype,
            kind=kind,
            words=(
                repr(halo) if not callable(halo) else "halo by a function",
                boundary,
                "" if dtype is None else dtype_word(dtype),
                str(kind),
            ),
        )
        self._beside = halo if callable(halo) else None

    def __call__(self, volume: Any, /, **arguments: Any) -> Any:
        if isinstance(volume, Volume):
            return volume._followed(self.as_function(arguments))
        return self.__wrapped__(volume, **arguments)

    def as_function(self, arguments: Mapping[str, Any]) -> Function:
        """The function with its arguments as a step, after checking them."""
        known = {param.name: param for param in self.params}
        for name, value in arguments.items():
            if name not in known:
                raise ParameterError(
                    f"{name}: is not a parameter of {self.__name__}; it has {', '.join(known) or 'none'}"
                )
            check_value(known[name], value)
        given = {param.name: arguments.get(param.name, param.default) for param in self.params}
        missing = [name for name, value in given.items() if value is inspect.Parameter.empty]
        if missing:
            raise ParameterError(f"{missing[0]}: {self.__name__} needs a value for it")
        return Function(self.__wrapped__, given, use=self._use, workers=self.workers, memory=self.memory)

    def _in_voxels(self, arguments: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
        """The arguments as the function takes them: a length is voxels along z, y, x."""
        lengths = {param.name: param for param in self.params if param.kind == "length"}
        result = dict(arguments)
        for name, param in lengths.items():
            voxels = in_voxels(arguments[name], spec["spacing"], spec["unit"])
            for one in voxels:
                check_limits(param, one)
            result[name] = voxels
        return result

    def _halo_for(self, arguments: dict[str, Any]) -> Length:
        """How far the function looks with these arguments."""
        if callable(self._halo):
            halo: Length = self._halo(**arguments)
            return halo
        if isinstance(self._halo, str) and self._halo in arguments:
            named: Length = arguments[self._halo]
            return named
        return self._halo

    def __repr__(self) -> str:
        return f"<operator {self.__name__}({', '.join(param.name for param in self.params)})>"

    __name__: str


@overload
def operator(function: Callable[..., NDArray[Any]], /) -> Operator: ...
@overload
def operator(
    function: None = None,
    /,
    *,
    halo: Length | Callable[..., Length] = 0,
    boundary: Boundary = "nearest",
    dtype: DTypeLike | None = None,
    kind: Kind | None = None,
    workers: Workers = "threads",
    memory: int | None = None,
) -> Callable[[Callable[..., Any]], Operator]: ...
def operator(
    function: Callable[..., Any] | None = None,
    /,
    *,
    halo: Length | Callable[..., Length] = 0,
    boundary: Boundary = "nearest",
    dtype: DTypeLike | None = None,
    kind: Kind | None = None,
    workers: Workers = "threads",
    memory: int | None = None,
) -> Operator | Callable[[Callable[..., Any]], Operator]:
    """Turn a function of a block into a filter.

    Parameters
    ----------
    halo : length, name or callable
        How far around a voxel the function looks: voxels, a length such as `"8 um"`, one for each of z, y,
        x; the name of a parameter that is that length; or a function of the arguments (lengths in voxels
        along z, y, x).
    boundary : {"nearest", "reflect", "mirror", "constant", "none"}
        What stands beyond the border of the volume; see `Volume.map_overlap`.
    dtype, kind, workers, memory
        As for `Volume.map_blocks`.

    Returns
    -------
    Operator
        Called with a `Volume` and the parameters by name it gives the filtered volume, lazily. Called with
        an array it is the function itself.

    Notes
    -----
    Parameters are those of the function behind the block, with their defaults. Annotations say what they
    are: `float` or `int` a number, `vx.Length` a length (the function gets voxels along z, y, x as a tuple
    of three floats, whatever unit was given), `Literal[...]` one of several, and `Annotated[...,
    vx.Param(...)]` adds limits, the range of a slider and a sentence.

    Examples
    --------
    >>> from typing import Annotated
    >>> import numpy as np, voxsieve as vx
    >>> @vx.operator(halo="reach", dtype="float32")
    ... def rise(block, reach: Annotated[vx.Length, vx.Param(limits=(1, 9))] = 1):
    ...     z = int(reach[0])
    ...     padded = np.pad(block.astype("float32"), ((z, z), (0, 0), (0, 0)), mode="edge")
    ...     return padded[2 * z :] - padded[: -2 * z]
    >>> scan = vx.open(np.arange(1000, dtype="uint16").reshape(10, 10, 10), spacing=2, unit="um")
    >>> float(rise(scan, reach="4 um")[5, 5, 5])
    400.0
    """
    how: dict[str, Any] = {
        "halo": halo,
        "boundary": boundary,
        "dtype": dtype,
        "kind": kind,
        "workers": workers,
        "memory": memory,
    }
    if function is not None:
        return Operator(function, **how)
    return lambda function: Operator(function, **how)
