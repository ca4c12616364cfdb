"""Runs that share their luck: what is counted of each, and how far one is from another within worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day
from functools import cached_property
from math import sqrt
from typing import Generic, TypeVar

import numpy as np

from sim.estimates.intervals import Ends, ShareEstimate, summarise_curve
from sim.model.model import Floats, Ints


@dataclass(frozen=True)
class Counts:
    """What a run keeps of its trajectories, for S steps and K substitutes, U units and D dates.

    The units are worlds, or batches of trajectories where there is one world.
    """

    steps: tuple[str, ...]
    """[S+K] names of steps, then of substitutes (``substitute for pfp``)."""
    hits: Ints
    """[S+K, U, D] trajectories that took it by the date."""
    totals: Ints
    """[U]"""
    worlds: int
    """U, or 1 where the units are batches."""

    def of(self, step: str) -> Ints:
        """[U, D] trajectories that took a step (or substitute) by the date."""
        hits: Ints = self.hits[self.steps.index(step)]
        return hits

    @cached_property
    def curves(self) -> dict[str, list[ShareEstimate]]:
        """Step or substitute -> estimates at each date, over worlds."""
        return {step: self._curve(step) for step in self.steps}

    @cached_property
    def spread(self) -> dict[str, tuple[Floats, list[float]]]:
        """Step or substitute -> [D, U] share of each unit's trajectories, and the variance over units at each date."""
        shares = {step: np.ascontiguousarray(self.of(step).T) / self.totals for step in self.steps}
        return {step: (share, _variances(share)) for step, share in shares.items()}

    def _curve(self, step: str) -> list[ShareEstimate]:
        hits, totals = self.of(step), self.totals
        if self.worlds > 1:
            return summarise_curve(hits, totals)
        return summarise_curve(hits.sum(axis=0, keepdims=True), totals.sum(keepdims=True))


@dataclass(frozen=True)
class DatedShare:
    """The probability that a step is taken by a date, as comparisons and variants store it."""

    date: Day
    probability: float
    credible_90: Ends | None
    mc_error: float


Share = TypeVar("Share", bound=DatedShare, covariant=True)


@dataclass(frozen=True)
class Curve(Generic[Share]):
    """One step by each date."""

    by: tuple[Share, ...]


Curves = Mapping[str, Curve[DatedShare]]
"""Step -> its probabilities by date."""


def dated(counts: Counts, dates: Sequence[Day]) -> dict[str, Curve[DatedShare]]:
    """Every step and substitute of a run."""
    return {
        step: Curve(tuple(map(dated_share, dates, estimates))) for step, estimates in counts.curves.items()
    }


def dated_share(day: Day, share: ShareEstimate) -> DatedShare:
    """An estimate, and the date that it is of."""
    return DatedShare(day, share.probability, share.credible_90, share.mc_error)


@dataclass(frozen=True, slots=True)
class Moved:
    """One probability, and how far it is from that of another run with the same luck."""

    share: ShareEstimate
    difference: float
    error: float
    """Standard error of the difference."""
    ratio: float | None
    """Variance of the difference with separate luck over that with common luck; None where nothing differs."""


def moved(first: Counts, now: Counts, step: str) -> list[Moved]:
    """How far ``now`` is from ``first`` at each date. Both have the same units and dates."""
    errors = _paired_errors(first, now, step)
    return [
        Moved(share, share.probability - origin.probability, error, ratio)
        for origin, share, (error, ratio) in zip(first.curves[step], now.curves[step], errors, strict=True)
    ]


def _paired_errors(first: Counts, now: Counts, step: str) -> list[tuple[float, float | None]]:
    """As :func:`paired_error`, of all dates at once and to the same bits; None where there is no ratio."""
    units, n = len(first.totals), float(first.totals.sum())
    (before, alone), (after, other) = first.spread[step], now.spread[step]
    together = _variances(after - before)
    same = (before == after).all(axis=1)
    return [
        (_unseen(n), None)
        if units < 2 or same[d]
        else (sqrt(variance / units), (alone[d] + other[d]) / variance if variance > 1e-30 else None)
        for d, variance in enumerate(together)
    ]


def _variances(shares: Floats) -> list[float]:
    """Of each row [D, U] the variance over units; 0 if there is but one."""
    found: list[float] = (
        np.var(shares, axis=1, ddof=1).tolist() if shares.shape[1] > 1 else [0.0] * len(shares)
    )
    return found


def paired_error(first: Ints, now: Ints, totals: Ints) -> tuple[float, float]:
    """Standard error of the difference of two probabilities with common luck, and the variance ratio.

    :param first, now: [U] hits of each unit at the two points; :param totals: [U] trajectories of each.
    :returns: sd of the differences / sqrt(U), and (variance with separate luck) / (with common luck). Where
        no unit differs, the sample cannot tell the error: it is then that of a proportion of which no case
        was seen (standard deviation of its Jeffreys posterior, about 0.7 / n), and the ratio is NaN.
    """
    units, n = len(totals), float(totals.sum())
    if units < 2 or (first == now).all():
        return _unseen(n), float("nan")
    before, after = first / totals, now / totals
    together = float(np.var(after - before, ddof=1))
    apart = float(np.var(before, ddof=1) + np.var(after, ddof=1))
    # the same difference in every unit leaves a variance of rounding only
    ratio = apart / together if together > 1e-30 else float("nan")
    return sqrt(together / units), ratio


def combined(runs: Sequence[tuple[float, Counts]], step: str) -> list[tuple[float, float]]:
    """A weighted sum of the probabilities of runs that share their luck, and its standard error, at each date.

    What a pair is worth beyond its parts is such a sum: both - one - other + neither.

    :param runs: weight, and counts with the same units and dates.
    """
    totals = runs[0][1].totals
    hits = sum(weight * counts.of(step) for weight, counts in runs)
    shares = np.asarray(hits) / totals[:, None]
    values = np.asarray(hits).sum(axis=0) / totals.sum()
    return [(float(value), _error(column, totals)) for value, column in zip(values, shares.T, strict=True)]


def _error(shares: Floats, totals: Ints) -> float:
    """Standard error of a mean over units; where no unit differs, as in :func:`paired_error`."""
    if len(shares) < 2 or (shares == 0).all():
        return _unseen(float(totals.sum()))
    return sqrt(float(np.var(shares, ddof=1)) / len(shares))


def _unseen(n: float) -> float:
    """Standard deviation of the Jeffreys posterior of a proportion of which none of n cases was seen."""
    a, b = 0.5, n + 0.5
    return sqrt(a * b / (a + b + 1)) / (a + b)
