"""Runs that share their luck, held against each other within worlds."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sim.estimates.intervals import ShareEstimate, summarise_curve


@dataclass(frozen=True)
class Counts:
    """What a run keeps of its trajectories, for S steps, U units (worlds, or batches) and D dates."""

    hits: NDArray[np.int64]
    """[S, U, D] trajectories that took the step by the date."""
    totals: NDArray[np.int64]
    """[U]"""


def curve(counts: Counts, step: int, worlds: int) -> list[ShareEstimate]:
    """Estimates at each date, over worlds."""
    if worlds > 1:
        return summarise_curve(counts.hits[step], counts.totals)
    return summarise_curve(counts.hits[step].sum(axis=0, keepdims=True), counts.totals.sum(keepdims=True))


def paired_error(
    first: NDArray[np.int64], now: NDArray[np.int64], totals: NDArray[np.int64]
) -> tuple[float, float]:
    """Standard error of the difference of two probabilities with common luck, and the variance ratio.

    :param first, now: [U] hits of each unit at the two points; :param totals: [U] trajectories of each.
    :returns: sd of the differences / sqrt(U), and (variance with separate luck) / (with common luck). Where
        no unit differs, the sample cannot tell the error: it is then that of a proportion of which no case
        was seen (standard deviation of its Jeffreys posterior, about 0.7 / n), and the ratio is NaN.
    """
    units, n = len(totals), float(totals.sum())
    if units < 2 or (first == now).all():
        a, b = 0.5, n + 0.5
        return sqrt(a * b / (a + b + 1)) / (a + b), float("nan")
    before, after = first / totals, now / totals
    together = float(np.var(after - before, ddof=1))
    apart = float(np.var(before, ddof=1) + np.var(after, ddof=1))
    # the same difference in every unit leaves a variance of rounding only
    ratio = apart / together if together > 1e-30 else float("nan")
    return sqrt(together / units), ratio
