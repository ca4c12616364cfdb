"""Proper scores for the time to an event, when the day up to which it was watched is known.

A forecast is an equal-weight sample of N times in days (``inf``: never), the outcome is observed up to C days
(administrative censoring: C is known when the forecast is made, or would have been). Each score looks only at
min(T, C), which is always observed, so every one is an ordinary proper score of an ordinary outcome. All are
losses: smaller is better.

- CRPS of min(T, C), in days.
- Log score: minus the natural logarithm of the probability that the forecast gave to what was observed: the
  cell of :data:`GRID` that holds T, cut off at C, or "not within C days". Probabilities are mixed with a
  stated share :data:`FLOOR` of a uniform law over the cells, so that nothing costs more than log(cells /
  FLOOR); with the floor the score is proper up to that share.
- Brier score at 1, 3, 5, 10 years, only if C reaches that far.
- PIT: where the outcome lies in the forecast, as a range: ties, and all that lies beyond C if it was
  censored.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.base.dates import DAYS_PER_YEAR
from sim.history.sampling import Sample, sample_crps, share_before

HORIZONS = (1, 3, 5, 10)
"""Years at which the Brier score is taken."""
GRID = (
    0.0, 7.0, 14.0, 30.0, 61.0, 91.0, 137.0, 183.0, 274.0, 365.0, 548.0, 731.0, 1096.0, 1461.0, 1826.0,
    2557.0, 3653.0, 5479.0, 7305.0, 10958.0, float("inf"),
)  # fmt: skip
"""Edges (days) of the cells of the log score: [edge, next edge)."""
FLOOR = 0.02
"""Share of the uniform law over the cells that every forecast is mixed with in the log score."""


@dataclass(frozen=True)
class Observation:
    """What was seen: the event after ``days``, or nothing within ``days`` (then ``censored``).

    ``watched`` is C, the days up to which one looked; for a censored outcome it equals ``days``.
    """

    days: float
    censored: bool
    watched: float


def crps(sample: Sample, outcome: Observation) -> float:
    """CRPS of min(T, C) in days."""
    return sample_crps(np.minimum(sample, outcome.watched), min(outcome.days, outcome.watched))


def cell_of(days: float) -> int:
    """Number of the cell of :data:`GRID` that holds a time."""
    return min(bisect_right(GRID, days) - 1, len(GRID) - 2)


def cells(sample: Sample, watched: float) -> Sample:
    """Probabilities of the cells below C and, last, of "not within C"; mixed with the floor."""
    last = cell_of(watched)
    edges = [*GRID[: last + 1], watched] if GRID[last] < watched else list(GRID[: last + 1])
    before = np.searchsorted(np.sort(sample), [*edges, watched])
    share = np.array([*np.diff(before[:-1]), len(sample) - before[-1]]) / len(sample)
    mixed: Sample = (1 - FLOOR) * share + FLOOR / len(share)
    return mixed


def log_score(sample: Sample, outcome: Observation) -> float:
    """Minus the log probability of what was observed, on the grid, with the floor."""
    probabilities = cells(sample, outcome.watched)
    at = -1 if outcome.censored or outcome.days >= outcome.watched else cell_of(outcome.days)
    return float(-np.log(probabilities[at]))


def brier(sample: Sample, outcome: Observation, years: float) -> float | None:
    """Squared error of P(T <= horizon); None if the horizon had not passed."""
    horizon = years * DAYS_PER_YEAR
    if outcome.watched < horizon:
        return None
    happened = not outcome.censored and outcome.days <= horizon
    return (float((sample <= horizon).mean()) - happened) ** 2


def pit(sample: Sample, outcome: Observation) -> tuple[float, float]:
    """Range of the forecast's distribution in which the outcome lies."""
    before, by_then = share_before(sample, outcome.watched if outcome.censored else outcome.days)
    return (by_then, 1.0) if outcome.censored else (before, by_then)


def scores(sample: Sample, outcome: Observation) -> dict[str, float | None]:
    """All scores by name: crps, log, brier_1 … brier_10, pit_low, pit_high."""
    low, high = pit(sample, outcome)
    found: dict[str, float | None] = {"crps": crps(sample, outcome), "log": log_score(sample, outcome)}
    found |= {f"brier_{years}": brier(sample, outcome, years) for years in HORIZONS}
    return found | {"pit_low": low, "pit_high": high}


SCORES = ("crps", "log", *(f"brier_{years}" for years in HORIZONS), "pit_low", "pit_high")
LOSSES = SCORES[:-2]
"""Those that can be compared between models."""


@dataclass(frozen=True)
class GroupedDifference:
    """Mean paired difference (model minus baseline; below 0 the model is better) over groups, and its
    interval.
    """

    mean: float
    low: float
    high: float
    groups: int
    better: int
    """Groups in which the model has the smaller loss."""


def over_groups(
    differences: Sequence[float],
    groups: Sequence[str],
    level: float = 0.90,
    resamples: int = 4000,
    seed: int = 1,
) -> GroupedDifference:
    """Mean over groups of the mean difference within a group; percentile interval by a bootstrap over groups.

    A group is a wave or a decision: countries of one wave share one outcome and are not resampled apart. With
    few groups (fewer than about twenty) such an interval is too narrow rather than too wide.
    """
    names = list(dict.fromkeys(groups))
    means = np.array(
        [np.mean([d for d, g in zip(differences, groups, strict=True) if g == name]) for name in names]
    )
    rng = np.random.Generator(np.random.Philox(seed))
    picked = means[rng.integers(0, len(means), (resamples, len(means)))].mean(axis=1)
    low, high = np.quantile(picked, [(1 - level) / 2, (1 + level) / 2])
    return GroupedDifference(float(means.mean()), float(low), float(high), len(names), int((means < 0).sum()))
