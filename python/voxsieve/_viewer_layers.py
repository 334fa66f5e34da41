"""A viewer's layers: images and labels, given, replaced, read back, and how they look."""

from __future__ import annotations

import abc
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from voxsieve._errors import ParameterError
from voxsieve._functions import Function
from voxsieve._open import open as open_volume
from voxsieve._viewer_job import ENDED, Job
from voxsieve._viewer_state import Shown, nothing_yet
from voxsieve._volume import Volume
from voxsieve._words import checked_word


class Layers(Shown):
    """What can be done with layers."""

    def set_image(
        self, image: Any, name: str = "Image", *, keep: Literal["auto", "always", "never"] = "auto"
    ) -> None:
        """Show a volume under a name, in place of what had that name.

        Parameters
        ----------
        image : volume, path or object
            Whatever `voxsieve.open` takes, or a lazy `Volume`. Steps that look at the whole volume (`label`,
            `otsu`) are run in the background into a temporary file, and the layer fills while they run.
        name : str
            Name of the layer.
        keep : {"auto", "always", "never"}
            Whether region of interest, camera and window stay as they are: when the voxels lie at the same
            place as those before, always, or never.
        """
        self._show(open_volume(image), name, "image", checked_word("keep", keep, ("auto", "always", "never")))

    def set_label_image(
        self,
        labels: Any,
        name: str = "Labels",
        *,
        opacity: float = 0.5,
        names: Mapping[int, str] | None = None,
        colors: Mapping[int, str] | None = None,
    ) -> None:
        """Show numbers of objects, or a mask, in colours over the image. There can be several, by name.

        Parameters
        ----------
        labels : volume, path or object
            Whatever `voxsieve.open` takes, with whole numbers as values; 0 is nothing.
        name : str
            Name of the layer.
        opacity : float
            0 (not to be seen) to 1.
        names : mapping of int to str, optional
            Names of labels.
        colors : mapping of int to str, optional
            Colours of labels, such as `"#c05030"`; the others have colours of their own.
        """
        volume = open_volume(labels)
        if volume.dtype.kind not in "iu":
            raise ParameterError(
                f"labels: they are whole numbers, but the volume has {volume.dtype}; convert it with "
                f'astype("uint32"), or show it with set_image()'
            )
        checked_opacity(opacity)
        look = {"opacity": float(opacity), "names": _by_number(names), "colors": _by_number(colors)}
        look = {key: value for key, value in look.items() if value is not None}
        self._show(volume, name, "labels", "auto", look)

    def get_image(self, name: str = "Image") -> Volume:
        """The volume that a layer shows, lazily. Layers that jobs have made are opened from their files; the
        layer `"filtered"` is the image with the steps of the viewer's filter.
        """
        return self._volume(self._layer_or_image(name))

    def get_label_image(self, name: str = "Labels") -> Volume:
        """The labels that a layer shows, lazily."""
        layer = self._layer(name)
        if layer["role"] != "labels":
            raise ParameterError(f"name: {name!r} is an image; get_image() gives it")
        return self._volume(layer)

    def zarr_url(self, name: str = "Image") -> str:
        """Address of a layer as OME-Zarr, for programs on this machine: zarr-python, dask, napari,
        neuroglancer.

        The layer `"filtered"` can be read too, and is computed as it is read. Whoever has the address can
        read all layers but change nothing; it ends with the viewer, or by `revoke_zarr_urls`.
        """
        identifier = self._layer_or_image(name)["id"]
        return f"{self._session.zarr_url()}{identifier}.ome.zarr"

    def revoke_zarr_urls(self) -> None:
        """Make all addresses useless that `zarr_url`, or the page, has given so far."""
        _ = self._document
        self._session.revoke_zarr_url()

    def remove(self, name: str) -> None:
        """Take a layer out of the viewer. Its file stays where it is."""
        identifier = self._layer(name)["id"]
        self._session.remove(identifier)
        self._volumes.pop(identifier, None)

    def _layer_or_image(self, name: str) -> dict[str, Any]:
        """The layer of a name; "Image" is the first image where none is called so."""
        document = self._document
        if name == "Image" and self._find(name, document) is None:
            return self._first_image(document)
        return self._layer(name, document)

    def _first_image(self, document: Mapping[str, Any]) -> dict[str, Any]:
        images: list[dict[str, Any]] = [one for one in document["layers"] if one["role"] == "image"]
        if not images:
            raise nothing_yet(document)
        return images[0]

    def _show(
        self, volume: Volume, name: str, role: str, keep: str, look: Mapping[str, Any] | None = None
    ) -> None:
        """Gives a volume to the session, at once or when it is computed."""
        if not name:
            raise ParameterError("name: a layer needs a name")
        if volume._outline["whole"] is not None:
            job = self._computed(volume, name)
            work = threading.Thread(target=self._later, args=(job, look), daemon=True)
            work.start()
            return
        base = volume._base
        numbers = range(base.number, len(volume.levels)) if base.path is None else ()
        self._hold(volume)
        before = self._document
        identifier = self._session.show(
            json.dumps({"name": name, "labels": role == "labels"}),
            [base.level(number).source for number in numbers],
            base.path,
            volume._steps_json,
            volume._options(),
        )
        self._volumes[identifier] = volume
        self._kept(keep, identifier, before)
        if look:
            self._patch({"display": {identifier: dict(look)}})

    def _kept(self, keep: str, identifier: str, before: Mapping[str, Any]) -> None:
        """Puts back, or forgets, how it was looked at; the server does that for voxels at the same place."""
        now = self._document
        if keep == "always" and identifier in before["display"]:
            window = before["display"][identifier]["window"]
            changes = {key: before[key] for key in ("roi", "view", "crop")}
            self._patch({**changes, "display": {identifier: {"window": window}}})
        elif keep == "never":
            window = self._layer(identifier, now)["window"]
            self._patch({"view": {"camera": None, "zoom": None}, "display": {identifier: {"window": window}}})
            self._session.reset_roi()

    def _later(self, job: Job, look: Mapping[str, Any] | None) -> None:
        """Waits until a run has made its layer, which then takes the looks that were wished for."""
        while not self._closed:
            state = json.loads(self._session.wait_for_job(job.id, 0.5))
            if state["status"] in ENDED:
                break
        with suppress(ParameterError):
            # The viewer may be closed, or the layer removed, meanwhile.
            layer = None if self._closed else state["layer"]
            if layer is not None and look:
                self._patch({"display": {layer: dict(look)}})

    @abc.abstractmethod
    def _computed(self, volume: Volume, name: str) -> Job:
        """A run that stores a volume where only the viewer looks."""

    def _hold(self, volume: Volume) -> None:
        """Keeps the functions of a volume, which the library finds by what they are made of."""
        for step in volume._steps:
            if isinstance(step, Function):
                self._functions[step.name] = step


def _by_number(words: Mapping[int, str] | None) -> dict[str, str] | None:
    return None if words is None else {str(int(label)): str(word) for label, word in words.items()}


def checked_opacity(opacity: float) -> float:
    """Refuses what is no part of 1."""
    if not 0 <= opacity <= 1:
        raise ParameterError(f"opacity: {opacity:g} is not between 0 and 1")
    return float(opacity)
