"""Where a volume begins: a file or an object at one scale level, opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voxsieve import _voxsieve
from voxsieve._cached import Cached
from voxsieve._errors import ParameterError
from voxsieve._sources import HELD, Held, Session


@dataclass(frozen=True, eq=False)
class Base:
    """An open source and how it was opened; scale levels open anew."""

    source: _voxsieve.Source
    opening: dict[str, Any]
    """What it was opened with, as the library takes it: a file's options; of an object nothing."""
    path: Path | None = None
    objects: tuple[Held, ...] = ()
    number: int = 0
    """The scale level."""
    fingerprint: Callable[[], str] | None = None
    """What tells an object apart from others (JSON); the library itself looks at files."""
    spec: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def of_file(path: Path, options: dict[str, Any]) -> Base:
        """Opens a file or folder."""
        opening = {name: value for name, value in options.items() if value is not None}
        source = _voxsieve.Source.open(path, json.dumps(opening))
        return Base(
            source, opening, path=path, number=opening.get("level", 0), spec=json.loads(source.spec())
        )

    @staticmethod
    def of_objects(objects: list[Held], number: int) -> Base:
        """Opens a scale level of an object."""
        source, fingerprint = objects[number].source()
        spec = json.loads(source.spec())
        return Base(source, {}, objects=tuple(objects), number=number, fingerprint=fingerprint, spec=spec)

    @property
    def session(self) -> bool:
        """True when it cannot be told apart from another one in a later session."""
        return isinstance(self.fingerprint, Session)

    @property
    def direction(self) -> tuple[tuple[float, ...], ...] | None:
        """Rows of ITK's direction matrix, where the object had one."""
        return self.objects[self.number].place.direction if self.objects else None

    @Cached
    def levels(self) -> tuple[tuple[int, int, int], ...]:
        """Shapes of all scale levels."""
        if self.path is None:
            return tuple(tuple(json.loads(one.source()[0].spec())["shape"]) for one in self.objects)
        shapes = _voxsieve.levels(self.path, json.dumps({**self.opening, "level": 0}))
        return tuple((z, y, x) for z, y, x in shapes)

    def level(self, number: int) -> Base:
        """The same source at another scale level."""
        if number == self.number:
            return self
        if not 0 <= number < len(self.levels):
            raise ParameterError(
                f"level: there are {len(self.levels)} levels, counted from 0; there is no {number}"
            )
        if self.path is None:
            return Base.of_objects(list(self.objects), number)
        # A spacing that was given is that of the full resolution.
        return Base.of_file(self.path, {**self.opening, "level": number})

    def name(self) -> str:
        """A name by which a step can mean this volume."""
        plain = {name: value for name, value in self.opening.items() if value}
        if self.path is not None and not plain:
            return str(self.path.resolve())
        content = f"{self.path} {plain}" if self.fingerprint is None else self.fingerprint()
        name = f"memory:{hashlib.blake2b(content.encode(), digest_size=16).hexdigest()}"
        HELD[name] = self.source
        return name

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is not None:
            return Base.of_file, (self.path.resolve(), self.opening)
        return Base.of_objects, (list(self.objects), self.number)
