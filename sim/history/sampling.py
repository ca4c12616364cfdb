"""Samples of equal or unequal weight: drawing them, and how far one is from what happened."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Sample = Array
"""One dimension, equal weights; times in days, ``inf`` for never."""


def middles(count: int) -> Array:
    """Probabilities of the middle quantiles: (i + 1/2) / count."""
    at: Array = (np.arange(count) + 0.5) / count
    return at


def from_grid(log_density: Array, axes: Sequence[Array], count: int, rng: np.random.Generator) -> list[Array]:
    """Draws from a density given on a regular grid (its logarithm, any constant left off).

    ``log_density`` has one dimension for each of ``axes`` (evenly spaced, so that the axes should be on the
    scale where the density is smooth). A cell is drawn by systematic resampling, a point in it uniformly.
    Returns one array of ``count`` values for each axis, in random order.
    """
    cells = resampled(log_density.ravel(), count, rng)
    indices = np.unravel_index(cells, log_density.shape)
    return [
        axis[index] + (rng.random(count) - 0.5) * (axis[1] - axis[0])
        for axis, index in zip(axes, indices, strict=True)
    ]


def normalised(log_weights: Array) -> Array:
    """Weights that sum to 1 from their logarithms."""
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def resampled(log_weights: Array, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Indices drawn in proportion to weights (systematic resampling, then shuffled)."""
    edges = np.cumsum(normalised(log_weights))
    edges[-1] = 1.0
    picked = np.searchsorted(edges, (np.arange(count) + rng.random()) / count, side="right")
    return rng.permutation(picked)


def effective_size(log_weights: Array) -> float:
    """Effective sample size of importance weights, between 1 and their number."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())


def student_t_of_logs(days: Sequence[float], levels: Array) -> Array:
    """Quantiles of the next value of a lognormal law with unknown mean and variance, from two or more values: a
    Student-t law on logarithms.
    """
    from scipy.stats import t as student

    logs, n = np.log(np.array(days)), len(days)
    points = student.ppf(levels, n - 1)
    return np.asarray(np.exp(np.minimum(logs.mean() + logs.std(ddof=1) * np.sqrt(1 + 1 / n) * points, 30.0)))


def sample_crps(sample: Sample, value: float) -> float:
    """Continuous ranked probability score of a sample (smaller is better), exact:
    mean |x_i - y| - 1/(2 N^2) sum_ij |x_i - x_j| (Gneiting and Raftery 2007, for the empirical distribution).
    """
    ordered = np.sort(sample)
    n = len(ordered)
    spread = float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum()) / n**2
    return float(np.abs(ordered - value).mean()) - spread


def share_before(sample: Sample, value: float) -> tuple[float, float]:
    """Shares of a sample below a value, and at most at it."""
    return float((sample < value).mean()), float((sample <= value).mean())


def rounded(value: float, digits: int = 3) -> float:
    """A number to some significant digits."""
    return float(f"{value:.{digits}g}")


def summary(sample: Array) -> list[float]:
    """5, 50 and 95 % points and the mean, to three significant digits: for the manifest."""
    return [rounded(point) for point in (*np.quantile(sample, [0.05, 0.5, 0.95]), sample.mean())]


def shares(groups: Sequence[Hashable]) -> Array:
    """Weight of each item so that every group weighs one in all."""
    return np.array([1.0 / groups.count(group) for group in groups])
