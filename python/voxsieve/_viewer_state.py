"""What every part of a viewer stands on: its session, the document, and the volumes behind the layers."""

from __future__ import annotations

import difflib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voxsieve import _voxsieve
from voxsieve._errors import ParameterError
from voxsieve._functions import Function
from voxsieve._volume import Volume

FILTERED = "filtered"
"""The layer that is the chain of filters over the active layer."""


class Shown:
    """A session with what it shows. The document lives in the server; here is only what it cannot hold."""

    def __init__(self, session: _voxsieve.ViewerSession, memory_budget: int) -> None:
        """A session that shows nothing yet."""
        self._session = session
        self._budget = memory_budget
        self._volumes: dict[str, Volume] = {}
        self._functions: dict[str, Function] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._closed = False

    @property
    def _document(self) -> dict[str, Any]:
        if self._closed:
            raise ParameterError("the viewer is closed; make another one with view()")
        document: dict[str, Any] = json.loads(self._session.document())
        return document

    def _patch(self, changes: Mapping[str, Any]) -> None:
        """Changes the document; a value that makes no sense is refused."""
        if self._closed:
            raise ParameterError("the viewer is closed; make another one with view()")
        self._session.patch(json.dumps(changes, allow_nan=False))

    def _find(self, name: str, document: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The layer of this name, or of this id."""
        layers: list[dict[str, Any]] = (document or self._document)["layers"]
        named = [layer for layer in layers if layer["name"] == name]
        found = named or [layer for layer in layers if layer["id"] == name]
        return found[-1] if found else None

    def _layer(self, name: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        document = document or self._document
        layer = self._find(name, document)
        if layer is None:
            names = [one["name"] for one in document["layers"]]
            near = difflib.get_close_matches(name, names, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names) or 'none yet'}"
            raise ParameterError(f"name: there is no layer {name!r}; {hint}")
        return layer

    def _active(self, document: Mapping[str, Any]) -> dict[str, Any]:
        if document["active"] is None:
            raise nothing_yet(document)
        return self._layer(document["active"], document)

    def _volume(self, layer: Mapping[str, Any]) -> Volume:
        """The volume that a layer shows."""
        from voxsieve._open import open as open_volume

        if layer["id"] == FILTERED:
            document = self._document
            return self._chained(self._volume(self._active(document)), document["filter"])
        if layer["id"] not in self._volumes:
            path = self._session.path(layer["id"])
            if path is None or not Path(path).exists():
                raise ParameterError(
                    f"{layer['name']}: it is not stored yet; wait for its job, or look at the viewer"
                )
            self._volumes[layer["id"]] = open_volume(path)
        return self._volumes[layer["id"]]

    def _readable(self, layer: Mapping[str, Any]) -> bool:
        """False for what a job still makes."""
        return layer["id"] in self._volumes or layer["id"] == FILTERED or layer["status"] == "ready"

    def _chained(self, volume: Volume, chain: Mapping[str, Any]) -> Volume:
        """A volume with the steps of the document that are switched on, added to its own."""
        steps: list[Function | dict[str, Any]] = []
        keeps: list[Any] = []
        for step in chain["steps"]:
            if step["enabled"]:
                plain = plain_step(step)
                own = self._functions.get(plain["filter"]) if ":" in plain["filter"] else None
                steps.append(self._resolved(plain, keeps) if own is None else own.like(plain))
        if not steps:
            return volume
        result = volume._with(steps=(*volume._steps, *steps), keeps=(*volume._keeps, *keeps))
        _ = result._outline
        return result

    def _resolved(self, step: dict[str, Any], keeps: list[Any]) -> dict[str, Any]:
        """A step in which another layer has the name by which the library finds its volume."""
        other = step.get("params", {}).get("with")
        if isinstance(other, str) and other.startswith("layer:"):
            volume = self._volume(self._layer(other.removeprefix("layer:")))
            name = volume._named(volume, keeps)
            step = {**step, "params": {**step["params"], "with": name}}
        return step


def computing(document: Mapping[str, Any]) -> bool:
    """True while a run goes on or waits, or is done and its layer still to come."""

    def unshown(job: Mapping[str, Any]) -> bool:
        return job["status"] == "done" and job["layer"] is None and job["message"] is None

    return any(job["status"] in ("waiting", "running") or unshown(job) for job in document["jobs"])


def nothing_yet(document: Mapping[str, Any]) -> ParameterError:
    """Why there is no image."""
    if computing(document):
        return ParameterError("the image is still being computed; wait_for_scale() waits for it")
    return ParameterError("the viewer shows no image yet; give it one with set_image()")


def plain_step(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step of the document as a step of a pipeline: without what is left at its default.

    >>> plain_step({"filter": "median", "params": {"radius": 2, "boundary": None}, "enabled": True})
    {'filter': 'median', 'params': {'radius': 2}}
    """
    params = {name: value for name, value in step.get("params", {}).items() if value is not None}
    plain: dict[str, Any] = {"filter": step["filter"]}
    if params:
        plain["params"] = params
    if step.get("function") is not None:
        plain["function"] = step["function"]
    return plain
