"""A viewer's region of interest: read without waiting for a browser, and set."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from voxsieve._errors import ParameterError
from voxsieve._viewer_roi import Multiscale, Region, Reported, Roi, Slices, spans_of
from voxsieve._viewer_state import Shown, computing, nothing_yet
from voxsieve._volume import Volume


class Regions(Shown):
    """What can be asked of, and done to, the region of interest."""

    def get_current_scale(self) -> int:
        """The scale level that is shown in the region of interest; 0 is full resolution.

        It is the coarsest level that is still shown there, and becomes smaller while voxels arrive. As
        long as
        nobody looks at the viewer it is the finest level whose region of interest fits into `memory_budget`.
        """
        return self.roi().scale

    def get_roi_slice(self, scale: int = -1) -> Slices:
        """Slices along z, y, x of the region of interest.

        Parameters
        ----------
        scale : int
            Scale level whose voxels are meant; -1 is the one that is shown (`get_current_scale`).

        Returns
        -------
        tuple of slice
            Three slices, end excluded, that index an array of that level. A coarser level's slices cover
            those
            of a finer one.

        Raises
        ------
        IndexError
            When there is no such level.
        """
        return self.roi().slices(scale)

    def get_roi_region(self, centers: bool = False) -> Region:
        """The region of interest in world coordinates.

        Parameters
        ----------
        centers : bool
            Give the centres of the first and the last voxel (the habit of ITK and VTK) in place of their
            outer
            edges.

        Returns
        -------
        Region
            A list of two dicts, the lower and the upper corner, with `x`, `y` and `z`; it has also `lower`,
            `upper`, `size` (z, y, x) and `units`.
        """
        reports = self._snapshot()
        return reports[0][reports[1]["first"]].region(centers)

    def get_roi_image(self, scale: int = -1, name: str = "Image") -> Volume:
        """The part of a layer in the region of interest, as a lazy volume with its place in the world.

        Parameters
        ----------
        scale : int
            Scale level; -1 is the one that is shown.
        name : str
            Name of the layer. One with other voxels than the image gives the same region of the world.

        Returns
        -------
        Volume
            Nothing is read before it is asked for. Its `translation` is the centre of its first voxel.

        Raises
        ------
        IndexError
            When there is no such level.
        """
        return self.roi().image(scale, name)

    def get_roi_multiscale(self, name: str = "Image") -> Multiscale:
        """The region of interest at all scale levels of a layer: `.images`, full resolution first, and
        `.to_ngff()`.
        """
        return self.roi().multiscale(name)

    def roi(self) -> Roi:
        """All there is to know of the region of interest, at one moment: what the snapshot answers cannot be
        changed by what is dragged or loaded meanwhile.
        """
        reports, said = self._snapshot()
        first = reports[said["first"]]
        ready = [layer for layer in self._document["layers"] if layer["id"] in reports]
        volumes = {layer["id"]: self._volume(layer) for layer in ready if self._readable(layer)}
        return Roi(
            revision=said["revision"],
            scale=said["scale"],
            region=first.region(False),
            _reports=reports,
            _volumes=volumes,
            _first=said["first"],
        )

    def _snapshot(self) -> tuple[dict[str, Reported], dict[str, Any]]:
        """What the server says of the region on every layer, all of the same revision."""
        said: dict[str, Any] = json.loads(self._session.roi())
        if said["first"] is None:
            raise nothing_yet(self._document)
        return {key: Reported.of(layer) for key, layer in said["layers"].items()}, said

    def set_roi(
        self,
        slices: Slices | None = None,
        *,
        scale: int = 0,
        region: Sequence[Mapping[str, float]] | None = None,
    ) -> None:
        """Move the region of interest. Its edges go to the nearest edges of voxels of full resolution.

        Parameters
        ----------
        slices : tuple of slice
            Slices along z, y, x, such as `get_roi_slice` gives them.
        scale : int
            Scale level of the slices.
        region : sequence of two dicts
            In place of slices: the lower and the upper corner in the world, such as `get_roi_region` gives
            them.
        """
        if (slices is None) == (region is None):
            raise ParameterError("set_roi: give either slices, or region=")
        if region is not None:
            lower, upper = _corners(region, self._document["frame"])
            self._session.set_roi_world(lower, upper)
            return
        reports, said = self._snapshot()
        report = reports[said["first"]]
        self._session.set_roi(spans_of(slices, report.shapes[report.scale(scale)]), scale)

    def reset_roi(self) -> None:
        """Make the region of interest the whole volume again."""
        self._snapshot()
        self._session.reset_roi()

    def wait_for_scale(self, scale: int | None = None, timeout: float = 30) -> int:
        """Wait until the region of interest is shown at a scale level, or a finer one; before that
        for an image that is still being computed.

        Parameters
        ----------
        scale : int, optional
            The level; the finest one that fits into `memory_budget` when left out.
        timeout : float
            Most seconds that are waited.

        Returns
        -------
        int
            The level that is shown.

        Raises
        ------
        TimeoutError
            When it takes longer; the message names the level that is shown by then.
        """
        end = time.monotonic() + timeout
        while True:
            document = self._document
            there = bool(document["layers"]) or not computing(document)
            roi = self.roi() if there else None
            if roi is not None and roi.scale <= self._wanted(roi, scale):
                return roi.scale
            left = end - time.monotonic()
            if left <= 0:
                now = "the image is still being computed" if roi is None else f"level {roi.scale} is shown"
                wanted = "an affordable level" if roi is None else f"level {self._wanted(roi, scale)}"
                raise TimeoutError(
                    f"{wanted} was not shown within {timeout:g} s, {now}; give it longer, a smaller region, "
                    f"or look at the viewer: {self._session.url()}"
                )
            # Whether somebody looks on is no part of the document, so it is asked for now and then.
            self._session.wait(document["revision"], min(left, 0.5))

    def _wanted(self, roi: Roi, scale: int | None) -> int:
        report = roi._reports[roi._first]
        return report.affordable(self._budget) if scale is None else report.scale(scale)


def _corners(
    region: Sequence[Mapping[str, float]], frame: Mapping[str, Any]
) -> tuple[list[float], list[float]]:
    """Outer edges (z, y, x) of a box in the world."""
    half = 0.5 if isinstance(region, Region) and region.centers else 0.0
    spacing = frame["spacing"] or (1.0, 1.0, 1.0)
    if len(region) != 2:
        raise ParameterError(f"region: a lower and an upper corner are needed, {len(region)} were given")
    lower, upper = (
        [float(corner[dim]) + side * half * step for dim, step in zip("zyx", spacing, strict=True)]
        for corner, side in zip(region, (-1, 1), strict=True)
    )
    for dim, begin, end in zip("zyx", lower, upper, strict=True):
        if not (math.isfinite(begin) and math.isfinite(end) and begin <= end):
            raise ParameterError(f"region: {dim} does not go from a lower to an upper corner")
    return lower, upper
