"""Properties that are computed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Cached(Generic[T]):
    """`functools.cached_property` without its lock.

    Before Python 3.12 that is one lock for all instances, and a child of a fork waits for ever for a lock
    that another thread held. Two threads at once compute the same.
    """

    def __init__(self, function: Callable[[Any], T]) -> None:
        self.function, self.name, self.__doc__ = function, function.__name__, function.__doc__

    def __get__(self, instance: Any, owner: type) -> T:
        if instance is None:
            return self  # type: ignore[return-value]
        value = self.function(instance)
        # The next look finds this before the descriptor.
        instance.__dict__[self.name] = value
        return value
