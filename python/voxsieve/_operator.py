"""`operator`: a plain function as a filter with parameters, units and limits."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from voxsieve._errors import ParameterError
from voxsieve._functions import Function, Usage
from voxsieve._geometry import Length, in_voxels
from voxsieve._volume import Volume
from voxsieve._words import Boundary, Kind, Workers, checked_word, dtype_word


@dataclass(frozen=True)
class Param:
    """What there is to know about a parameter beside its type and default: `Annotated[float,
    vx.Param(limits=(0, 1))]`.

    Attributes
    ----------
    limits : (float, float), optional
        Least and greatest value that makes sense; of lengths in voxels.
    slider : (float, float), optional
        Range that a slider offers.
    doc : str
        One sentence.
    """

    limits: tuple[float, float] | None = None
    slider: tuple[float, float] | None = None
    doc: str = ""


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operator."""

    name: str
    kind: str
    """number, length, choice, text or flag."""
    default: Any
    choices: tuple[Any, ...] = ()
    limits: tuple[float, float] | None = None
    slider: tuple[float, float] | None = None
    doc: str = ""


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
            _check(known[name], value)
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
                _check_limits(param, one)
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


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a function behind its block."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError):
        hints = {}
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise ParameterError(f"{function.__name__}: its first parameter must be the block")
    result = []
    for one in parameters[1:]:
        if one.name == "block_info":
            continue
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD, one.POSITIONAL_ONLY):
            raise ParameterError(
                f"{function.__name__}: {one} cannot be given by name; an operator's parameters are"
            )
        result.append(_parameter(one, hints.get(one.name, Any)))
    return tuple(result)


def _parameter(one: inspect.Parameter, hint: Any) -> Parameter:
    about = Param()
    if typing.get_origin(hint) is Annotated:
        hint, *more = typing.get_args(hint)
        about = next((extra for extra in more if isinstance(extra, Param)), about)
    choices: tuple[Any, ...] = ()
    if hint == Length:
        kind = "length"
    elif typing.get_origin(hint) is typing.Literal:
        kind, choices = "choice", typing.get_args(hint)
    elif hint is bool or isinstance(one.default, bool):
        kind = "flag"
    elif hint is str or isinstance(one.default, str):
        kind = "text"
    else:
        kind = "number"
    return Parameter(one.name, kind, one.default, choices, about.limits, about.slider, about.doc)


def _check(param: Parameter, value: Any) -> None:
    if param.kind == "choice" and value not in param.choices:
        raise ParameterError(
            f"{param.name}: {value!r} is not known; one of {', '.join(map(str, param.choices))} is needed"
        )
    if param.kind == "number":
        if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
            if param.limits is not None:
                raise ParameterError(f"{param.name}: {value!r} is not a number")
            return
        _check_limits(param, float(value))


def _check_limits(param: Parameter, value: float) -> None:
    if param.limits is not None and not param.limits[0] <= value <= param.limits[1]:
        raise ParameterError(f"{param.name}: {value:g} is outside {param.limits[0]:g} to {param.limits[1]:g}")
