"""Functions of one's own as the viewer offers them: like the filters, with parameters to tune."""

from __future__ import annotations

import inspect
from typing import Any

from voxsieve._errors import ParameterError
from voxsieve._functions import Function, json_arguments, unwrapped
from voxsieve._params import Parameter, parameters_of

_KINDS = {"number": "number", "length": "length"}


def descriptor_of(function: Function) -> dict[str, Any]:
    """A function with the keys of `schema/filters.json`, and how it is used as a step.

    Numbers, lengths and choices can be tuned in the viewer; other arguments stay as they were given.
    """
    plain = unwrapped(function.callable)
    name = function.name.rpartition(":")[2]
    return {
        "name": function.name,
        "title": name.rpartition(".")[2],
        "doc": (inspect.getdoc(plain) or f"The function {name}.").partition("\n\n")[0].replace("\n", " "),
        "category": "own",
        "params": [_param(one, function) for one in _tunable(function)],
        "function": function.step["function"],
    }


def _tunable(function: Function) -> list[Parameter]:
    if json_arguments(function.arguments) is None:
        return []
    try:
        parameters = parameters_of(unwrapped(function.callable))
    except (ParameterError, TypeError, ValueError):
        # Something that cannot be asked for its parameters, such as a function of C, or one with *arguments.
        return []
    given = function.arguments
    return [one for one in parameters if one.name in given and (one.kind in _KINDS or one.choices)]


def _param(one: Parameter, function: Function) -> dict[str, Any]:
    return {
        "name": one.name,
        "doc": one.doc,
        "kind": {"choice": list(one.choices)} if one.choices else _KINDS[one.kind],
        "default": function.arguments[one.name],
        "limits": None if one.limits is None else list(one.limits),
        "slider": None if one.slider is None else list(one.slider),
    }
