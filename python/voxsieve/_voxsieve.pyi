"""What the compiled module offers to the package around it."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, final

from numpy.typing import NDArray

__all__ = [
    "Source",
    "Task",
    "__version__",
    "compute",
    "format_bytes",
    "levels",
    "load_pipeline",
    "main",
    "measure",
    "outline",
    "parse_bytes",
    "save_pipeline",
]

__version__: str

@final
class Source:
    @staticmethod
    def open(path: str | os.PathLike[str], options: str) -> Source: ...
    @staticmethod
    def of_object(
        name: str | os.PathLike[str],
        spec: str,
        words: str,
        chunked: bool,
        read: Callable[[Sequence[int], Sequence[int]], NDArray[Any]],
        fingerprint: Callable[[], str],
    ) -> Source: ...
    def spec(self) -> str: ...
    def describe(self) -> str: ...
    def path(self) -> Path: ...

@final
class Task:
    def __new__(cls, source: Source, output: str | os.PathLike[str], steps: str, options: str) -> Task: ...
    def spec(self) -> str: ...
    def projection(self) -> str: ...
    def forecast(self, time: bool) -> str: ...
    def save(self, path: str | os.PathLike[str], time: bool) -> None: ...
    def check_space(self) -> list[str]: ...
    def run(self, begin: str, listener: Callable[[str, int, int, int], None] | None = None) -> str: ...
    def absent(self) -> str | None: ...

def levels(path: str | os.PathLike[str], options: str) -> list[tuple[int, int, int]]: ...
def outline(source: Source, steps: str, options: str) -> str: ...
def compute(
    source: Source,
    steps: str,
    options: str,
    cell: tuple[int, int, int] | None = None,
    listener: Callable[[str, int, int, int], None] | None = None,
) -> tuple[NDArray[Any], str]: ...
def measure(
    labels: str | os.PathLike[str],
    image: str | os.PathLike[str] | None,
    table: str | os.PathLike[str],
    options: str,
    overwrite: bool = False,
    listener: Callable[[str, int, int, int], None] | None = None,
) -> str: ...
def main(words: Sequence[str]) -> int: ...
def parse_bytes(text: str) -> int: ...
def format_bytes(bytes: int) -> str: ...
def load_pipeline(path: str | os.PathLike[str]) -> str: ...
def save_pipeline(steps: str, path: str | os.PathLike[str]) -> None: ...
