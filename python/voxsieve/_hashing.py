"""What a function does, as a hash: its source, what it was made with, and what it looks at outside of
itself.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import pickle
import sys
import textwrap
import types
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

VOLATILE = "session-"
"""How the hash of something begins whose content cannot be told: it is another one in every session."""


def source_hash(function: Callable[..., Any], *beside: Any) -> str:
    """A hash of everything that decides what a function computes, as far as that can be seen.

    That is its source text, its default values and what it closed over, the values and functions of its own
    module that it names, and `beside`. Functions of other modules count by name and by the version of their
    package.
    """
    hashing = _Hashing()
    hashing.add(function)
    for value in beside:
        hashing.add(value)
    if hashing.volatile:
        return f"{VOLATILE}{uuid.uuid4().hex}"
    return hashing.digest.hexdigest()


class _Hashing:
    def __init__(self) -> None:
        self.digest = hashlib.blake2b(digest_size=16)
        self.volatile = False
        self.seen: set[int] = set()

    def text(self, *words: object) -> None:
        for word in words:
            self.digest.update(repr(word).encode() + b"\0")

    def add(self, value: Any) -> None:
        if id(value) in self.seen:
            return
        if isinstance(value, types.FunctionType):
            self.seen.add(id(value))
            self.function(value)
        elif isinstance(value, functools.partial):
            self.add(value.func)
            self.add(value.args)
            self.add(value.keywords)
        elif isinstance(value, types.MethodType):
            self.add(value.__func__)
            self.data(value.__self__)
        elif isinstance(value, types.ModuleType):
            self.text("module", value.__name__, getattr(value, "__version__", None))
        elif isinstance(value, type | types.BuiltinFunctionType) or type(value).__name__ == "ufunc":
            self.named(value)
        elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
            self.text("array", value.dtype.str, value.shape)
            self.digest.update(np.ascontiguousarray(value).data)
        elif callable(value) and hasattr(value, "__wrapped__"):
            self.add(value.__wrapped__)
        elif isinstance(value, dict):
            for key in sorted(value, key=repr):
                self.text("key", key)
                self.add(value[key])
        elif isinstance(value, list | tuple):
            self.text("items", len(value))
            for item in value:
                self.add(item)
        else:
            self.data(value)

    def named(self, value: Any) -> None:
        self.text("named", getattr(value, "__module__", None), getattr(value, "__qualname__", repr(value)))

    def function(self, function: types.FunctionType) -> None:
        try:
            self.text("source", textwrap.dedent(inspect.getsource(function)))
            # Two on one line have the same source: the text of the whole line.
            told = function.__name__ != "<lambda>"
        except (OSError, TypeError):
            told = False
        if not told:
            self.text("code", function.__code__.co_code.hex(), function.__code__.co_names)
            self.add([c for c in function.__code__.co_consts if not isinstance(c, types.CodeType)])
        self.add(function.__defaults__)
        self.add(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                content = cell.cell_contents
            except ValueError:
                continue  # Its variable has no value.
            self.add(content)
        for name in sorted(_names(function.__code__)):
            if name in function.__globals__:
                self.text("global", name)
                self.outside(function, function.__globals__[name])

    def outside(self, function: types.FunctionType, value: Any) -> None:
        """Something that a function finds in its module."""
        elsewhere = getattr(value, "__module__", None) not in (None, function.__module__)
        if elsewhere and isinstance(value, types.FunctionType | type):
            package = inspect.getmodule(value)
            root = (package.__name__ if package else "").partition(".")[0]
            self.named(value)
            self.text(getattr(sys.modules.get(root), "__version__", None))
        elif isinstance(value, type):
            # A class of the same module, by the text of its definition.
            try:
                self.text("class", inspect.getsource(value))
            except (OSError, TypeError):
                self.volatile = True
        else:
            self.add(value)

    def data(self, value: Any) -> None:
        try:
            self.digest.update(pickle.dumps(value, protocol=4))
        except Exception:
            self.volatile = True


def _names(code: types.CodeType) -> set[str]:
    """Names that a function and what is defined inside of it may look up outside."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names
