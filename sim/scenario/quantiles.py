"""Quantiles of priors: what a number is at a given luck, in every engine and every message."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


def _triangular(u: Floats, low: float, mode: float, high: float) -> Floats:
    width, left = high - low, mode - low
    rising = low + np.sqrt(u * width * left)
    falling = high - np.sqrt((1 - u) * width * (high - mode))
    return np.where(u * width < left, rising, falling)


QUANTILES: Mapping[str, Callable[..., Floats]] = {
    "gamma": lambda u, shape, rate: special.gammaincinv(shape, u) / rate,
    "beta": lambda u, a, b: special.betaincinv(a, b, u),
    "lognormal": lambda u, median, sigma: median * np.exp(sigma * special.ndtri(u)),
    "logitnormal": lambda u, median, sigma: special.expit(special.logit(median) + sigma * special.ndtri(u)),
    "normal": lambda u, mean, sd: mean + sd * special.ndtri(u),
    "uniform": lambda u, low, high: low + (high - low) * u,
    "triangular": _triangular,
}
"""Value of each law at the probabilities ``u``, shape (W,); its numbers by name."""
