"""What the fits of waiting times share: dates of the facts as days, sampling from a grid, and scores.

Partial dates (``2016-12``) stand for all their days; where one day is needed it is the middle one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sim.facts.read import Facts, Row, bounds

Array = NDArray[np.float64]

DAYS_PER_YEAR = 365.25


def middle(text: str) -> date:
    """The day that a full or partial date stands for (the middle of its span)."""
    first, last = bounds(text)
    return first + timedelta(days=(last - first).days // 2)


def years(start: date, end: date) -> float:
    """Years of 365.25 days from ``start`` to ``end``."""
    return (end - start).days / DAYS_PER_YEAR


def nato_blocks(facts: Facts, candidate: str | None = None, gates: Iterable[str] = ()) -> list[Row]:
    """NATO episodes of ``blocks.csv``, in the file's order; of one candidate and some gates if asked."""
    wanted = set(gates)
    return [
        row
        for row in facts.tables["blocks"]
        if row["organisation"] == "NATO"
        and (candidate is None or row["candidate"] == candidate)
        and (not wanted or row["gate"] in wanted)
    ]


def ended(row: Row, until: date) -> date:
    """When an episode ended; an open one is followed up to ``until``."""
    return middle(row["end"]) if row["end"] else until


def milestone(facts: Facts, country: str, *names: str) -> date | None:
    """First dated milestone of a country among some kinds; None if there is none with a date."""
    rows = facts.tables["milestones"]
    days = [
        middle(r["date"]) for r in rows if r["country"] == country and r["milestone"] in names and r["date"]
    ]
    return min(days, default=None)


def shares(groups: Sequence[str]) -> Array:
    """Weight of each item so that every group weighs one in all."""
    return np.array([1.0 / groups.count(group) for group in groups])


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


def resampled(log_weights: Array, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Indices drawn in proportion to weights (systematic resampling, then shuffled)."""
    weights = np.exp(log_weights - log_weights.max())
    edges = np.cumsum(weights / weights.sum())
    edges[-1] = 1.0
    picked = np.searchsorted(edges, (np.arange(count) + rng.random()) / count, side="right")
    return rng.permutation(picked)


def effective_size(log_weights: Array) -> float:
    """Effective sample size of importance weights, between 1 and their number."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())


def crps(sample: Array, value: float) -> float:
    """Continuous ranked probability score of a forecast sample (smaller is better)."""
    ordered = np.sort(sample)
    n = len(ordered)
    spread = float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum()) / n**2
    return float(np.abs(ordered - value).mean()) - spread


def pit(sample: Array, value: float) -> float:
    """Share of a forecast sample below a value, ties counted half."""
    return float((sample < value).mean() + 0.5 * (sample == value).mean())


def summary(sample: Array, digits: int = 3) -> list[float]:
    """5, 50 and 95 % points and the mean, rounded to significant digits: for the manifest."""
    points = [*np.quantile(sample, [0.05, 0.5, 0.95]), sample.mean()]
    return [float(f"{point:.{digits}g}") for point in points]
