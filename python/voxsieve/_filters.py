"""Filters as methods. Generated from their descriptions: change those, then `voxsieve-dev generate`."""

from __future__ import annotations

from typing import Any, Literal, Self

from numpy.typing import DTypeLike

from voxsieve._geometry import Length


class Filters:
    """What a volume can do: one method for each filter. None computes anything before its result is asked for."""

    def _step(self, name: str, params: dict[str, tuple[Any, Any]]) -> Self:
        """Adds a filter; `params` are values with their defaults."""
        raise NotImplementedError

    def median(
        self,
        radius: Length = 1,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Replace each voxel by the median of the box of 2 radius + 1 voxels around it.

        Removes noise and keeps edges. Equal to SciPy's median_filter and, with boundary nearest, to ITK's
        median_image_filter; NaN counts as the largest value. Keeps the type.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "median",
            {
                "radius": (radius, 1),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def percentile(
        self,
        radius: Length = 1,
        percentile: float = 50,
        *,
        shape: Literal["box", "ball", "cross"] | None = None,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Replace each voxel by a percentile of the box, ball or cross around it: of its n values in order,
        counted from 0, the one of rank n percentile / 100, rounded down; 100 is the last.

        Equal to SciPy's percentile_filter; 50 of a box is the median. NaN counts as the largest value. Keeps
        the type.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        percentile : float, default 50
            Part of the values, in percent, that come before the result. From 0 to 100.
        shape : {box, ball, cross}, optional
            Form of the neighbourhood: box, ball (an ellipsoid when the radius differs between axes) or cross
            (three lines along the axes); a box when left out.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "percentile",
            {
                "radius": (radius, 1),
                "percentile": (percentile, 50),
                "shape": (shape, None),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def minimum(
        self,
        radius: Length = 1,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Replace each voxel by the smallest value of the box of 2 radius + 1 voxels around it.

        Equal to SciPy's minimum_filter. NaN is skipped; where there is nothing else, the result is NaN. Keeps
        the type.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "minimum",
            {
                "radius": (radius, 1),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def maximum(
        self,
        radius: Length = 1,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Replace each voxel by the largest value of the box of 2 radius + 1 voxels around it.

        Equal to SciPy's maximum_filter. NaN is skipped; where there is nothing else, the result is NaN. Keeps
        the type.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "maximum",
            {
                "radius": (radius, 1),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def mean(
        self,
        radius: Length = 1,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Replace each voxel by the mean of the box of 2 radius + 1 voxels around it.

        Integers are summed exactly and rounded once, half to even, where ITK's mean_image_filter truncates
        and SciPy's uniform_filter rounds after every axis. NaN spreads over the window. Keeps the type.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "mean",
            {
                "radius": (radius, 1),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def remove_outliers(
        self,
        difference: float = 0,
        radius: Length = 1,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Replace a voxel by the median of the box of the radius around it where both differ by more than
        difference: zingers and dead pixels go, everything else stays.

        NaN is an outlier. Keeps the type.

        Parameters
        ----------
        difference : float, default 0
            Greatest distance from the median that is kept. From 0 to 1000000000.
        radius : length in whole voxels, default 1
            Voxels on each side of the box, or a length such as 12um. From 0 to 20.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "remove-outliers",
            {
                "difference": (difference, 0),
                "radius": (radius, 1),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def gaussian(
        self,
        sigma: Length = 1,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Smooth with a Gaussian of standard deviation sigma, cut off at 4 sigma and normalised, axis after
        axis.

        Equal to SciPy's gaussian_filter with the boundary as its mode, but integers are computed in floating
        point and rounded once, half to even, where SciPy and ITK truncate after every axis and darken by 1.5
        grey levels. NaN spreads over the window. Keeps the type.

        Parameters
        ----------
        sigma : length, default 1
            Standard deviation in voxels, or a length such as 12um. From 0 to 50.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "gaussian",
            {
                "sigma": (sigma, 1),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def bilateral(
        self,
        sigma_space: Length = 2,
        sigma_range: float = 50,
        *,
        radius: Length | None = None,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Smooth and keep edges: each voxel becomes the mean of the box of 2 radius + 1 voxels around it,
        weighted by a Gaussian of the distance (sigma_space) times a Gaussian of the difference in grey value
        (sigma_range), which is 0 from 4 sigma_range on.

        With boundary nearest, equal to ITK's bilateral_image_filter on floating-point input with a fine table
        of range weights; integers are rounded once, half to even, where ITK truncates. A NaN has no weight
        and stays NaN. Keeps the type.

        Parameters
        ----------
        sigma_space : length, default 2
            Standard deviation of the distance in voxels, or a length such as 12um. From 0.1 to 10.
        sigma_range : float, default 50
            Standard deviation of the difference in grey levels. From 0.000001 to 1000000000.
        radius : length in whole voxels, optional
            Voxels on each side, or a length; 2.5 sigma_space, rounded up, when left out. From 0 to 25.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "bilateral",
            {
                "sigma-space": (sigma_space, 2),
                "sigma-range": (sigma_range, 50),
                "radius": (radius, None),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def non_local_means(
        self,
        search: Length = 3,
        patch: Length = 1,
        *,
        h: float = 10,
        noise: float = 0,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Smooth and keep texture: each voxel becomes the mean of the box of 2 search + 1 voxels around it,
        weighted by exp(-max(D - 2 noise^2, 0) / h^2), where D is the mean squared difference between the
        boxes of 2 patch + 1 voxels around the two.

        With boundary mirror this is scikit-image's denoise_nl_means in fast mode (patch_size = 2 patch + 1,
        patch_distance = search), but with the exact exponential, without its cut-off, and with equal weight
        for each voxel of a patch. Whatever is compared with a NaN or an infinity has no weight, so voxels
        near one keep their value. Integers are rounded once, half to even. Keeps the type.

        Parameters
        ----------
        search : length in whole voxels, default 3
            Voxels on each side among which alike ones are searched, or a length. From 0 to 10.
        patch : length in whole voxels, default 1
            Voxels on each side of the boxes that are compared, or a length. From 0 to 5.
        h : float, default 10
            Root mean squared difference in grey levels at which the weight has fallen to exp(-1). From
            0.000001 to 1000000000.
        noise : float, default 0
            Standard deviation of the noise in grey levels, if known. From 0 to 1000000000.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "non-local-means",
            {
                "search": (search, 3),
                "patch": (patch, 1),
                "h": (h, 10),
                "noise": (noise, 0),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def curvature_diffusion(
        self,
        iterations: float = 5,
        time_step: float = 0.0625,
        *,
        conductance: float = 10,
    ) -> Self:
        """Smooth and keep edges: each step moves the surfaces of equal grey value by their curvature, the
        less the steeper they are, by exp(-gradient^2 / (2 conductance^2)); keeps thin structures better than
        gradient-diffusion.

        Distances are in units of the shortest voxel edge, so anisotropic voxels are smoothed as far along
        each axis. The edge voxel is repeated at every step. Equal to ITK's
        curvature_anisotropic_diffusion_image_filter with a fixed average gradient magnitude of 1; ITK takes
        the mean over the whole image anew at each step, which would make a voxel depend on all others. NaN
        spreads by a voxel per step. Computed in f32, and gives f32 for every input type.

        Parameters
        ----------
        iterations : float, default 5
            Number of steps; each looks one voxel further. From 1 to 50.
        time_step : float, default 0.0625
            Length of a step; stable up to a sixteenth. From 0.000001 to 0.0625.
        conductance : float, default 10
            Gradient in grey levels per voxel, of the shortest edge, from which on smoothing fades. From
            0.000001 to 1000000000.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "curvature-diffusion",
            {
                "iterations": (iterations, 5),
                "time-step": (time_step, 0.0625),
                "conductance": (conductance, 10),
            },
        )

    def gradient_diffusion(
        self,
        iterations: float = 5,
        time_step: float = 0.0625,
        *,
        conductance: float = 10,
    ) -> Self:
        """Smooth and keep edges: each step lets grey values flow to their neighbours, the less the steeper
        they are, by exp(-gradient^2 / (2 conductance^2)) (Perona and Malik 1990).

        Distances are in units of the shortest voxel edge, so anisotropic voxels are smoothed as far along
        each axis. The edge voxel is repeated at every step. Equal to ITK's
        gradient_anisotropic_diffusion_image_filter with a fixed average gradient magnitude of 1; ITK takes
        the mean over the whole image anew at each step, which would make a voxel depend on all others. NaN
        spreads by a voxel per step. Computed in f32, and gives f32 for every input type.

        Parameters
        ----------
        iterations : float, default 5
            Number of steps; each looks one voxel further. From 1 to 50.
        time_step : float, default 0.0625
            Length of a step; stable up to a sixteenth. From 0.000001 to 0.0625.
        conductance : float, default 10
            Gradient in grey levels per voxel, of the shortest edge, from which on smoothing fades. From
            0.000001 to 1000000000.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "gradient-diffusion",
            {
                "iterations": (iterations, 5),
                "time-step": (time_step, 0.0625),
                "conductance": (conductance, 10),
            },
        )

    def unsharp_mask(
        self,
        sigma: Length = 1,
        amount: float = 1,
        *,
        threshold: float = 0,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Sharpen: add amount times the difference between a voxel and its Gaussian smoothing of standard
        deviation sigma, as scikit-image's unsharp_mask does with boundary reflect, but without clipping of
        floats.

        Differences of up to threshold grey levels are left alone, as in ITK. Integers are computed in
        floating point and rounded once, half to even; what leaves the type's range becomes its end. NaN
        spreads over the window. Keeps the type.

        Parameters
        ----------
        sigma : length, default 1
            Standard deviation of the Gaussian in voxels, or a length such as 12um. From 0 to 50.
        amount : float, default 1
            Factor of the difference that is added. From 0 to 100.
        threshold : float, default 0
            Grey levels from which on a difference is sharpened. From 0 to 1000000000.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "unsharp-mask",
            {
                "sigma": (sigma, 1),
                "amount": (amount, 1),
                "threshold": (threshold, 0),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def gradient_magnitude(
        self,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Length of the gradient by central differences, half of (next - previous) / spacing per axis; per
        unit of the voxel size, or per voxel when that is unknown.

        With boundary nearest, equal to ITK's gradient_magnitude_image_filter on floating-point input. NaN
        spreads to its neighbours. Gives f32 for every input type.

        Parameters
        ----------
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "gradient-magnitude",
            {
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def sobel(
        self,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Length of the gradient, each component half of (next - previous) / spacing smoothed by (1, 2, 1) /
        4 along the two other axes; per unit of the voxel size, or per voxel when that is unknown, so a ramp
        gives its slope.

        Equal to half the square root of 3 times scikit-image's sobel with the boundary as its mode where
        voxels are isotropic. NaN spreads to its neighbours. Gives f32 for every input type.

        Parameters
        ----------
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "sobel",
            {
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def laplacian(
        self,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Sum of the second differences (next - 2 voxel + previous) / spacing^2 over the axes; per squared
        unit of the voxel size, or per squared voxel when that is unknown.

        Equal to SciPy's laplace where voxels are isotropic and, with boundary nearest, to ITK's
        laplacian_image_filter on floating-point input. NaN spreads to its neighbours. Gives f32 for every
        input type.

        Parameters
        ----------
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "laplacian",
            {
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def threshold(
        self,
        lower: float | None = None,
        upper: float | None = None,
        *,
        outside: float = 0,
    ) -> Self:
        """Keep the values between lower and upper, both included, and replace the others by outside.

        A bound that is left out does not bind. NaN is outside. Equal to ITK's threshold image filter. Keeps
        the type.

        Parameters
        ----------
        lower : float, optional
            Least value that is kept.
        upper : float, optional
            Greatest value that is kept.
        outside : float, default 0
            What the other voxels become.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "threshold",
            {
                "lower": (lower, None),
                "upper": (upper, None),
                "outside": (outside, 0),
            },
        )

    def binary_threshold(
        self,
        lower: float | None = None,
        upper: float | None = None,
    ) -> Self:
        """Mark the voxels whose value lies between lower and upper, both included, with 255 and the others
        with 0.

        A bound that is left out does not bind. NaN is outside. Gives a mask (u8) for every input type.

        Parameters
        ----------
        lower : float, optional
            Least value inside.
        upper : float, optional
            Greatest value inside.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "binary-threshold",
            {
                "lower": (lower, None),
                "upper": (upper, None),
            },
        )

    def otsu(
        self,
    ) -> Self:
        """Mark with 255 the values greater than the threshold at which the variance between both classes is
        greatest.

        The formula of scikit-image's threshold_otsu, which counts in single precision, with exact counts: 8-
        and 16-bit values are counted one by one, others in 256 equal bins. NaN is outside. Gives a mask (u8).

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "otsu",
            {
            },
        )

    def multi_otsu(
        self,
        classes: float = 3,
    ) -> Self:
        """Number each voxel's class, from 0 for the darkest, between thresholds at which the variance between
        the classes is greatest.

        Equal to threshold_multiotsu of scikit-image: 8-bit values are counted one by one, 16-bit ones too
        while they span at most 1024 values and else in up to 1024 bins, others in 256 equal bins. NaN is in
        class 0. Gives labels (u8).

        Parameters
        ----------
        classes : float, default 3
            Number of classes. From 2 to 6.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "multi-otsu",
            {
                "classes": (classes, 3),
            },
        )

    def li(
        self,
    ) -> Self:
        """Mark with 255 the values greater than the threshold of least cross entropy, found by iteration from
        the mean.

        Equal to threshold_li of scikit-image for integers; other values are taken as the middles of 256 equal
        bins. NaN is outside. Gives a mask (u8).

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "li",
            {
            },
        )

    def yen(
        self,
    ) -> Self:
        """Mark with 255 the values greater than the threshold of greatest correlation of both classes.

        Equal to threshold_yen of scikit-image: 8- and 16-bit values are counted one by one, others in 256
        equal bins. NaN is outside. Gives a mask (u8).

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "yen",
            {
            },
        )

    def triangle(
        self,
    ) -> Self:
        """Mark with 255 the values greater than the one farthest from the line between the histogram's peak
        and its farther end.

        Equal to threshold_triangle of scikit-image: 8- and 16-bit values are counted one by one, others in
        256 equal bins. NaN is outside. Gives a mask (u8).

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "triangle",
            {
            },
        )

    def isodata(
        self,
    ) -> Self:
        """Mark with 255 the values greater than the first threshold that is the mean of the means on both
        sides.

        Equal to threshold_isodata of scikit-image: 8- and 16-bit values are counted one by one, others in 256
        equal bins. NaN is outside. Gives a mask (u8).

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "isodata",
            {
            },
        )

    def clamp(
        self,
        lower: float | None = None,
        upper: float | None = None,
    ) -> Self:
        """Move values below lower up to it and values above upper down to it.

        A bound that is left out does not bind. Bounds are rounded to the type of the voxels. NaN stays. Keeps
        the type.

        Parameters
        ----------
        lower : float, optional
            Least value of the result.
        upper : float, optional
            Greatest value of the result.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "clamp",
            {
                "lower": (lower, None),
                "upper": (upper, None),
            },
        )

    def invert(
        self,
        low: float | None = None,
        high: float | None = None,
    ) -> Self:
        """Turn values round: low + high - value, where low and high are the ends of the integer type; of
        floats they must be given.

        What leaves the type saturates. Keeps the type.

        Parameters
        ----------
        low : float, optional
            Value that becomes high; the least of an integer type when left out.
        high : float, optional
            Value that becomes low; the greatest of an integer type when left out.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "invert",
            {
                "low": (low, None),
                "high": (high, None),
            },
        )

    def window(
        self,
        low: float = 1,
        high: float = 99,
    ) -> Self:
        """Spread the values between two percentiles of the whole volume linearly over the range of the type
        (floats: 0 to 1); what lies beyond is clamped.

        Percentiles are values of 8- and 16-bit voxels, and of other types the middles of 256 equal bins. NaN
        is not counted and becomes 0 in an integer. Keeps the type.

        Parameters
        ----------
        low : float, default 1
            Percentile that becomes the least value. From 0 to 50.
        high : float, default 99
            Percentile that becomes the greatest value. From 50 to 100.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "window",
            {
                "low": (low, 1),
                "high": (high, 99),
            },
        )

    def mask(
        self,
        with_: Any,
        outside: float = 0,
    ) -> Self:
        """Keep the voxels where another volume of the same shape is not zero, and replace the others by
        outside.

        Keeps the type.

        Parameters
        ----------
        with_ : path, Volume or array
            The mask: any nonzero voxel is kept.
        outside : float, default 0
            What the other voxels become.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "mask",
            {
                "with": (with_, None),
                "outside": (outside, 0),
            },
        )

    def arithmetic(
        self,
        with_: Any,
        op: Literal["add", "subtract", "multiply", "divide", "minimum", "maximum", "difference"] | None = None,
    ) -> Self:
        """Join each voxel with the one at the same place of another volume of the same shape, in double
        precision.

        The result is rounded half to even and saturates; what is no number becomes 0 in an integer. minimum
        and maximum skip NaN, difference is the distance of both. Keeps the type.

        Parameters
        ----------
        with_ : path, Volume or array
            The other volume.
        op : {add, subtract, multiply, divide, minimum, maximum, difference}, optional
            What is done with both values; add when left out.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "arithmetic",
            {
                "with": (with_, None),
                "op": (op, None),
            },
        )

    def cylinder_mask(
        self,
        ratio: float = 1,
        outside: float = 0,
    ) -> Self:
        """Keep the voxels whose centre lies in a cylinder along z around the middle of the volume, and
        replace the others by outside.

        Distances are physical where the voxel size is known. Keeps the type.

        Parameters
        ----------
        ratio : float, default 1
            Diameter of the cylinder by the shorter side of a slice. From 0 to 2.
        outside : float, default 0
            What the other voxels become.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "cylinder-mask",
            {
                "ratio": (ratio, 1),
                "outside": (outside, 0),
            },
        )

    def rescale(
        self,
        lower: float,
        upper: float | None = None,
        *,
        dtype: DTypeLike | None = None,
    ) -> Self:
        """Map the values from lower to upper linearly to the whole range of the type, or to 0..1 for floats,
        and clamp the others to its ends.

        Computed in double precision and rounded once, half to even. NaN becomes 0 in an integer type. Keeps
        the type when dtype is left out.

        Parameters
        ----------
        lower : float
            Value that becomes the least.
        upper : float, optional
            Value that becomes the greatest.
        dtype : dtype, optional
            Type of the result; that of the input when left out.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "rescale",
            {
                "lower": (lower, None),
                "upper": (upper, None),
                "dtype": (dtype, None),
            },
        )

    def cast(
        self,
        dtype: DTypeLike,
    ) -> Self:
        """Give the voxels another type and keep their values.

        Integers are rounded half to even and saturate: what is too large becomes the largest value. NaN
        becomes 0 in an integer type.

        Parameters
        ----------
        dtype : dtype
            The type: u8, i8, u16, i16, u32, i32, u64, i64, f32 or f64.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "cast",
            {
                "dtype": (dtype, None),
            },
        )

    def erode(
        self,
        radius: Length = 1,
        shape: Literal["box", "ball", "cross"] | None = None,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Shrink what is bright: each voxel becomes the smallest value of the box, ball or cross around it; a
        mask loses its outermost voxels.

        Equal to SciPy's grey_erosion and, with a ball and boundary nearest, to scikit-image's erosion; then
        nothing beyond the border of the volume counts. NaN is skipped. Keeps the type; a mask stays a mask.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        shape : {box, ball, cross}, optional
            Form of the neighbourhood: box, ball (an ellipsoid when the radius differs between axes) or cross
            (three lines along the axes); a box when left out.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "erode",
            {
                "radius": (radius, 1),
                "shape": (shape, None),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def dilate(
        self,
        radius: Length = 1,
        shape: Literal["box", "ball", "cross"] | None = None,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Grow what is bright: each voxel becomes the largest value of the box, ball or cross around it; a
        mask gains a layer of voxels.

        Equal to SciPy's grey_dilation and, with a ball and boundary nearest, to scikit-image's dilation; then
        nothing beyond the border of the volume counts. NaN is skipped. Keeps the type; a mask stays a mask.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        shape : {box, ball, cross}, optional
            Form of the neighbourhood: box, ball (an ellipsoid when the radius differs between axes) or cross
            (three lines along the axes); a box when left out.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "dilate",
            {
                "radius": (radius, 1),
                "shape": (shape, None),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def open(
        self,
        radius: Length = 1,
        shape: Literal["box", "ball", "cross"] | None = None,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Remove bright details smaller than the box, ball or cross: erode, then dilate.

        Equal to SciPy's grey_opening and, with boundary nearest, to scikit-image's opening; then nothing
        beyond the border of the volume counts, so an object that touches it stays. NaN is skipped. Keeps the
        type; a mask stays a mask.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        shape : {box, ball, cross}, optional
            Form of the neighbourhood: box, ball (an ellipsoid when the radius differs between axes) or cross
            (three lines along the axes); a box when left out.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "open",
            {
                "radius": (radius, 1),
                "shape": (shape, None),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def close(
        self,
        radius: Length = 1,
        shape: Literal["box", "ball", "cross"] | None = None,
        *,
        boundary: Literal["nearest", "reflect", "mirror", "constant"] | None = None,
        boundary_value: float = 0,
    ) -> Self:
        """Fill dark details smaller than the box, ball or cross: dilate, then erode.

        Equal to SciPy's grey_closing and, with boundary nearest, to scikit-image's closing; then nothing
        beyond the border of the volume counts. NaN is skipped. Keeps the type; a mask stays a mask.

        Parameters
        ----------
        radius : length in whole voxels, default 1
            Voxels on each side; a length such as 12um is rounded to whole voxels per axis. From 0 to 50.
        shape : {box, ball, cross}, optional
            Form of the neighbourhood: box, ball (an ellipsoid when the radius differs between axes) or cross
            (three lines along the axes); a box when left out.
        boundary : {nearest, reflect, mirror, constant}, optional
            What stands beyond the border of the volume: nearest, the edge voxel (also when left out);
            reflect, the volume reflected with its edge repeated (cba abcd dcb); mirror, with its edge not
            repeated (dcb abcd cba); constant, boundary_value. SciPy's words; NumPy calls them edge,
            symmetric, reflect and constant.
        boundary_value : float, default 0
            Value beyond the border, with boundary constant only.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "close",
            {
                "radius": (radius, 1),
                "shape": (shape, None),
                "boundary": (boundary, None),
                "boundary-value": (boundary_value, 0),
            },
        )

    def distance_transform(
        self,
        limit: Length | None = None,
    ) -> Self:
        """Give each voxel that is not zero the Euclidean distance from its centre to that of the nearest
        background voxel; background gets 0, and so does NaN.

        Distances are in the unit of the voxel size, or in voxels when that is unknown; voxels need not be
        cubic. What lies beyond the border of the volume is no background; without any background, distances
        are infinite. With a limit one pass is enough; without it, the squares of the distances pass through a
        scratch file of 5 bytes per voxel (9 when voxels are not cubic), and only the region of interest is
        seen. Equal to SciPy's distance_transform_edt with sampling. Gives f32.

        Parameters
        ----------
        limit : length, optional
            Greatest distance that is told apart, such as 30 or 0.1mm: what is further gets it; a plain number
            counts the shortest edges of a voxel. From 1 to 256.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "distance-transform",
            {
                "limit": (limit, None),
            },
        )

    def hysteresis_threshold(
        self,
        lower: float,
        upper: float | None = None,
        *,
        connectivity: Literal[6, 18, 26] | None = None,
    ) -> Self:
        """Find the objects of voxels from lower on that have a voxel from upper on.

        NaN is outside. Equal to scikit-image's apply_hysteresis_threshold, with both bounds included. Makes a
        mask: 255 inside, 0 outside.

        Parameters
        ----------
        lower : float
            Least value of a voxel of an object.
        upper : float, optional
            Least value that a voxel of every object must reach.
        connectivity : {6, 18, 26}, optional
            Neighbours that a voxel touches: 6 by its faces, 18 by its edges too, 26 by its corners too.
            Without it, 6; for labels 26.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "hysteresis-threshold",
            {
                "lower": (lower, None),
                "upper": (upper, None),
                "connectivity": (connectivity, None),
            },
        )

    def fill_holes(
        self,
        connectivity: Literal[6, 18, 26] | None = None,
    ) -> Self:
        """Fill the background that does not reach the border of the volume (or of the region of interest).

        Equal to SciPy's binary_fill_holes. Makes a mask: 255 where the input is not zero or was filled, 0
        elsewhere.

        Parameters
        ----------
        connectivity : {6, 18, 26}, optional
            Neighbours through which background reaches background: 6 by its faces, 18 by its edges too, 26 by
            its corners too. Without it, 6.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "fill-holes",
            {
                "connectivity": (connectivity, None),
            },
        )

    def remove_small(
        self,
        min_volume: float | str = 64,
        connectivity: Literal[6, 18, 26] | None = None,
    ) -> Self:
        """Set the objects with less than min_volume to zero; the others keep their values.

        Equal to scikit-image's remove_small_objects. Keeps the type.

        Parameters
        ----------
        min_volume : number of voxels, or volume such as "0.5 mm3", default 64
            Least volume of an object that stays. From 0 to 1000000000000000.
        connectivity : {6, 18, 26}, optional
            Neighbours that a voxel touches: 6 by its faces, 18 by its edges too, 26 by its corners too.
            Without it, 6; for labels 26.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "remove-small",
            {
                "min-volume": (min_volume, 64),
                "connectivity": (connectivity, None),
            },
        )

    def keep_largest(
        self,
        count: float = 1,
        connectivity: Literal[6, 18, 26] | None = None,
    ) -> Self:
        """Set all but the largest objects to zero; these keep their values.

        Of objects of one size, those whose first voxel comes first in z, y, x order stay. Keeps the type.

        Parameters
        ----------
        count : float, default 1
            Number of objects that stay. From 1 to 1000000000000000.
        connectivity : {6, 18, 26}, optional
            Neighbours that a voxel touches: 6 by its faces, 18 by its edges too, 26 by its corners too.
            Without it, 6; for labels 26.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "keep-largest",
            {
                "count": (count, 1),
                "connectivity": (connectivity, None),
            },
        )

    def clear_border(
        self,
        connectivity: Literal[6, 18, 26] | None = None,
    ) -> Self:
        """Set the objects with a voxel on the border of the volume (or of the region of interest) to zero;
        the others keep their values.

        Equal to scikit-image's clear_border, but for which voxels touch. Keeps the type.

        Parameters
        ----------
        connectivity : {6, 18, 26}, optional
            Neighbours that a voxel touches: 6 by its faces, 18 by its edges too, 26 by its corners too.
            Without it, 6; for labels 26.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "clear-border",
            {
                "connectivity": (connectivity, None),
            },
        )

    def label(
        self,
        connectivity: Literal[6, 18, 26] | None = None,
        join: Literal["nonzero", "equal"] | None = None,
        *,
        dtype: DTypeLike | None = None,
    ) -> Self:
        """Number the objects, that is sets of voxels that touch: 1 for the one whose first voxel comes first
        in z, y, x order, and so on; 0 is background.

        NaN is background. Equal to SciPy's label, number by number. Makes labels of type u32 or u64.

        Parameters
        ----------
        connectivity : {6, 18, 26}, optional
            Neighbours that a voxel touches: 6 by its faces, 18 by its edges too, 26 by its corners too.
            Without it, 6; for labels 26.
        join : {nonzero, equal}, optional
            What belongs together: all voxels that are not zero, or those of one value. Without it, nonzero.
        dtype : dtype, optional
            Type of the numbers; without it, u32. More than 4294967295 objects need u64.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "label",
            {
                "connectivity": (connectivity, None),
                "join": (join, None),
                "dtype": (dtype, None),
            },
        )

    def relabel(
        self,
        by: Literal["position", "size"] | None = None,
        dtype: DTypeLike | None = None,
    ) -> Self:
        """Number the objects of labels anew from 1 on, without gaps: by the place of their first voxel in z,
        y, x order, or the largest first (of one size, by place).

        An object is a set of voxels of one value that touch, by their corners at least. Makes labels of type
        u32 or u64.

        Parameters
        ----------
        by : {position, size}, optional
            Order of the numbers. Without it, position.
        dtype : dtype, optional
            Type of the numbers; without it, u32. More than 4294967295 objects need u64.

        Returns
        -------
        Volume
            The result, lazily: of the same shape (z, y, x) at the same place in the world.

        Raises
        ------
        ParameterError
            When a value is outside its limits, or the filter does not take the type of the voxels.
        """
        return self._step(
            "relabel",
            {
                "by": (by, None),
                "dtype": (dtype, None),
            },
        )
