"""Likelihood of interval-censored Weibull spells, with its derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.history.sampling import Array


@dataclass(frozen=True)
class Windows:
    """When each capital approved, within bounds: member and wave as indices, days (``low`` may be 0)."""

    member: NDArray[np.intp]
    wave: NDArray[np.intp]
    low: Array
    high: Array
    members: int
    waves: int

    def without(self, wave: int) -> Windows:
        """The windows of all other waves (indices stay)."""
        keep = self.wave != wave
        return Windows(
            self.member[keep], self.wave[keep], self.low[keep], self.high[keep], self.members, self.waves
        )


def log_likelihood(low: Array, high: Array, log_shape: Array, log_scale: Array) -> Array:
    """Log probability of each window, (G, windows).

    ``low`` and ``high`` are (windows,), the others (G, windows). With H = (t / scale)^shape the probability is
    exp(-H_low) - exp(-H_high).
    """
    at_low, at_high = (np.exp(log_h) for log_h in _log_hazards(low, high, log_shape, log_scale))
    result: Array = np.log(-np.expm1(-np.maximum(at_high - at_low, 1e-300))) - at_low
    return result


def derivatives(low: Array, high: Array, log_shape: Array, log_scale: Array) -> tuple[Array, Array]:
    """Of :func:`log_likelihood`, gradient (2, G, windows) and Hessian (3, G, windows) by (log scale, log shape).

    The Hessian's rows are scale-scale, scale-shape, shape-shape.
    """
    shape = np.exp(log_shape)
    log_low, log_high = _log_hazards(low, high, log_shape, log_scale)
    at_low, at_high = np.exp(log_low), np.exp(log_high)
    gap = np.maximum(at_high - at_low, 1e-300)
    inside = -np.expm1(-gap)
    first, second = np.zeros((2, *gap.shape)), np.zeros((3, *gap.shape))
    for hazard, log_hazard, weight in (
        (at_low, log_low, 1.0 / inside),
        (at_high, log_high, -np.exp(-gap) / inside),
    ):
        d_scale, d_shape = -shape * hazard, hazard * log_hazard
        first -= weight * np.stack([d_scale, d_shape])
        second += weight * np.stack(
            [
                d_scale**2 - shape**2 * hazard,
                d_scale * d_shape + shape * hazard * (1.0 + log_hazard),
                d_shape**2 - d_shape * (1.0 + log_hazard),
            ]
        )
    second -= np.stack([first[0] ** 2, first[0] * first[1], first[1] ** 2])
    return first, second


def _log_hazards(low: Array, high: Array, log_shape: Array, log_scale: Array) -> tuple[Array, Array]:
    """Logarithms of H at both bounds, cut off where they no longer count."""
    shape = np.exp(log_shape)
    with np.errstate(divide="ignore"):
        at_low, at_high = (np.clip(shape * (np.log(t) - log_scale), -700.0, 300.0) for t in (low, high))
    return at_low, at_high
