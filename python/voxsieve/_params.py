"""Parameters of an operator: what a function's signature and annotations say of them."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from voxsieve._errors import ParameterError
from voxsieve._geometry import Length


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


def check_value(param: Parameter, value: Any) -> None:
    """Refuses a value that a parameter cannot have."""
    if param.kind == "choice" and value not in param.choices:
        raise ParameterError(
            f"{param.name}: {value!r} is not known; one of {', '.join(map(str, param.choices))} is needed"
        )
    if param.kind == "number":
        if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
            if param.limits is not None:
                raise ParameterError(f"{param.name}: {value!r} is not a number")
            return
        check_limits(param, float(value))


def check_limits(param: Parameter, value: float) -> None:
    """Refuses a number outside of the limits."""
    if param.limits is not None and not param.limits[0] <= value <= param.limits[1]:
        raise ParameterError(f"{param.name}: {value:g} is outside {param.limits[0]:g} to {param.limits[1]:g}")
