"""Functions of one's own as steps: how they are named, called on blocks, and held to what they promise."""

from __future__ import annotations

import functools
import importlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import DTypeLike

from voxsieve._blocks import Bound
from voxsieve._errors import ParameterError
from voxsieve._geometry import Length
from voxsieve._hashing import VOLATILE, source_hash
from voxsieve._words import Boundary, Kind, Workers, checked_word, dtype_word

LIVE: WeakValueDictionary[str, Function] = WeakValueDictionary()
"""Functions that steps were made with, as long as somebody holds the steps."""


class Function:
    """A function with its arguments, and how it is used on blocks."""

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, Any],
        *,
        halo: Length | None = None,
        boundary: Boundary | None = None,
        boundary_value: float | None = None,
        dtype: DTypeLike | None = None,
        kind: Kind | None = None,
        workers: Workers = "threads",
        memory: int | None = None,
        use: Usage | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(f"a {type(function).__name__} is not a function of a block")
        self.callable = function
        self.arguments = dict(arguments)
        self.name = name_of(function)
        checked_word("workers", workers, ("threads", "processes"))
        self.workers: Workers = workers
        self.memory = memory
        self.use = use
        self.pool: Any = None
        self.probed: float | None = None
        plain = json_arguments(self.arguments)
        unseen = () if plain is not None else (self.arguments,)
        declared = () if use is None else use.declared()
        self.source = source_hash(unwrapped(function), *unseen, *declared)
        self.step: dict[str, Any] = {
            "filter": self.name,
            "function": {
                "source": self.source,
                **({"arguments": plain} if plain else {}),
                **_given(halo=_plain_halo(halo), boundary=boundary, boundary_value=boundary_value),
                **_given(dtype=None if dtype is None else dtype_word(dtype), kind=kind),
            },
        }
        if boundary is not None:
            checked_word("boundary", boundary, ("nearest", "reflect", "mirror", "constant", "none"))
        if kind is not None:
            checked_word("kind", kind, ("image", "mask", "labels"))
        self.portable = plain is not None and not self.source.startswith(VOLATILE) and _can_be_imported(self)
        LIVE[_key(self.step)] = self

    @property
    def volatile(self) -> bool:
        """True when the function cannot be told apart from another one in a later session."""
        return self.source.startswith(VOLATILE)

    @property
    def use_key(self) -> str:
        """What must be the same for two functions to be one, whatever their arguments."""
        return _key({**self.step["function"], "filter": self.name, "arguments": None})

    def like(self, step: Mapping[str, Any]) -> Function:
        """The same function, used the same way, with the arguments of a step."""
        given = {**step.get("function", {}).get("arguments", {}), **step.get("params", {})}
        if json_arguments(self.arguments) is None or all(
            self.arguments.get(name) == value for name, value in given.items()
        ):
            return self
        used = self.step["function"]
        how = {name: used.get(name) for name in ("halo", "boundary", "boundary_value", "dtype", "kind")}
        return Function(
            self.callable,
            {**self.arguments, **given},
            **how,
            workers=self.workers,
            memory=self.memory,
            use=self.use,
        )

    def bound(self, step: dict[str, Any], spec: dict[str, Any]) -> Bound:
        """The function on a volume."""
        return Bound(self, step["function"], spec)


@dataclass(frozen=True)
class Usage:
    """What an operator declares once for all uses of its function."""

    halo: Callable[[dict[str, Any]], Length]
    arguments: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
    """Arguments for the function from those that were given, on a volume: lengths become voxels."""
    boundary: Boundary
    dtype: DTypeLike | None
    kind: Kind | None
    words: tuple[str, ...]

    def declared(self) -> tuple[str, ...]:
        """What counts beside the function's source."""
        return self.words


def bind(step_text: str, spec_text: str) -> Bound:
    """The function of a step on a volume; called by the library with JSON."""
    step, spec = json.loads(step_text), json.loads(spec_text)
    function = LIVE.get(_key(step)) or _tuned(step)
    if function is None:
        function = _imported(step)
    return function.bound(step, spec)


def _tuned(step: dict[str, Any]) -> Function | None:
    """A function that somebody holds, with other arguments: the viewer changes them."""
    source = step.get("function", {}).get("source")
    for function in list(LIVE.values()):
        if function.name == step["filter"] and function.source == source:
            return function.like(step)
    return None


def _imported(step: dict[str, Any]) -> Function:
    """The function that a step of a file names, if it is still what it was."""
    module, _, path = step["filter"].partition(":")
    used = step["function"]
    if not path or module == "__main__" or "<" in path:
        raise ParameterError(
            f"is a function that cannot be imported; put it into a module and name it module:{path or 'name'}"
        )
    try:
        found: Any = importlib.import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError) as error:
        raise ParameterError(f"cannot be imported ({error}); is its folder on PYTHONPATH?") from error
    arguments = used.get("arguments", {})
    if hasattr(found, "as_function"):
        function: Function = found.as_function(arguments)
    else:
        usual = {
            name: used[name]
            for name in ("halo", "boundary", "boundary_value", "dtype", "kind")
            if name in used
        }
        function = Function(found, arguments, **usual)
    if function.source != used["source"]:
        raise ParameterError(
            "is not what it was when the step was made: its source has changed; make the step anew"
        )
    return function


def name_of(function: Callable[..., Any]) -> str:
    """How a function is named in a pipeline: `module:name`."""
    function = unwrapped(function)
    module = getattr(function, "__module__", None) or type(function).__module__
    if module == "__main__":
        spec = getattr(sys.modules["__main__"], "__spec__", None)
        module = spec.name if spec is not None else "__main__"
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{module}:{name}"


def unwrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function behind arguments that were bound to it."""
    while isinstance(function, functools.partial):
        function = function.func
    return function


def with_bound(
    function: Callable[..., Any], arguments: Mapping[str, Any]
) -> tuple[Callable[..., Any], dict[str, Any]]:
    """A function without what `functools.partial` bound by name, which counts among its arguments."""
    inner: Any = function
    while isinstance(inner, functools.partial) and not inner.args:
        inner, arguments = inner.func, {**inner.keywords, **arguments}
    return inner, dict(arguments)


def json_arguments(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments as plain data; `None` when some cannot be written to a file."""
    plain = {
        name: value.item() if isinstance(value, np.generic) else value for name, value in arguments.items()
    }
    try:
        text = json.dumps(plain, allow_nan=False)
    except (TypeError, ValueError):
        return None
    again: dict[str, Any] = json.loads(text)
    return again


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _plain_halo(halo: Length | None) -> Any:
    if halo is None or isinstance(halo, str):
        return halo
    if isinstance(halo, int | float | np.integer | np.floating):
        return float(halo) if halo % 1 else int(halo)
    return [_plain_halo(one) for one in halo]


def _can_be_imported(function: Function) -> bool:
    module, _, path = function.name.partition(":")
    return module != "__main__" and "<" not in path and not isinstance(function.callable, functools.partial)


def _key(step: Mapping[str, Any]) -> str:
    """A step as text that is the same however it came here."""
    return json.dumps(_canonical(step), sort_keys=True)


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _canonical(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_canonical(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
