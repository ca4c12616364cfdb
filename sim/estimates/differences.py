"""How sure a difference between two scenarios is that share worlds and luck.

Of the ``totals[w]`` trajectories of world w, ``gained[w]`` take a step by a date only in the scenario and
``lost[w]`` only in what it is held against; the world's difference is (gained - lost) / totals.

*Within worlds.* A trajectory contributes +1, 0 or -1, so chance within a world gives its difference a known
variance; ``mc_error_within`` is what that makes of the error of the mean. More trajectories shrink it.

*Between worlds.* ``credible_90`` holds the 5 % and 95 % quantiles over worlds of the *true* difference. The
differences that are seen vary more than that, by the variance within worlds. So they are pulled towards their
mean until their variance is that of the true ones, and the quantiles are read off: exact in mean and variance,
but the shape stays that of what was seen. (An end that is seen at 0, where a world has no changed future, stays
there: pulled to the mean it would claim a change that was not seen.) That is good where little is taken out, so
the interval is refused where more than a quarter of the variance would have to go. The interval of a
probability is worked out with more care in ``sim.estimates.intervals``, which can use that it comes from one share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Day
from math import sqrt

import numpy as np

from sim.estimates.intervals import ENDS, FEWEST_PER_WORLD, FEWEST_WORLDS, TAIL, Ends, rank_errors
from sim.estimates.paired import Counts, moved
from sim.model.model import Floats, Ints

MOST_NOISE = 0.25
"""Share of the variance of differences over worlds that may be chance within worlds."""

NO_WORLDS = "nothing is uncertain: there is one world"
FEW_WORLDS = f"fewer than {FEWEST_WORLDS} worlds"
FEW_TRAJECTORIES = f"fewer than {FEWEST_PER_WORLD} trajectories for each world"
NO_CHANGE = "no future differs"
TOO_MUCH_NOISE = "the worlds differ too little to be told apart from chance"
"""Why there is no interval."""


@dataclass(frozen=True)
class StepFutures:
    """What becomes of a step by the last date, as shares of all trajectories."""

    same: float
    """Taken at the same time as in the first scenario."""
    earlier: float
    later: float
    gained: float
    """Taken only here."""
    lost: float
    """Taken only in the first."""
    neither: float
    mean_years_later: float | None
    """Of those that take it in both; None if there are none."""


@dataclass(frozen=True)
class PairedCounts:
    """One step in a scenario and in the first, for U units and D dates."""

    gained: Ints
    """[U, D] trajectories that took it by the date in this scenario only."""
    lost: Ints
    """[U, D] in the first one only."""
    futures: StepFutures


@dataclass(frozen=True)
class DatedDifference:
    """How far the probability of a step by a date is from that in the first scenario."""

    date: Day
    difference: float
    difference_error: float
    """Its standard error under common luck."""
    difference_error_within: float
    """The part of it that chance within worlds makes."""
    variance_ratio: float | None
    """How many times larger the square of the error would be with worlds and luck of their own."""
    variance_ratio_luck: float | None
    """The same with common worlds and luck of their own."""
    credible_90: Ends | None
    credible_error: Ends | None
    no_interval: str | None
    """Why there is none."""
    gained: float
    """Share of trajectories that take the step by the date here only; ``lost``: in the first only."""
    lost: float


@dataclass(frozen=True)
class StepDifference:
    """One step of a scenario against the first."""

    by: tuple[DatedDifference, ...]
    futures: StepFutures


def step_difference(
    step: str, dates: Sequence[Day], first: Counts, other: Counts, paired: PairedCounts
) -> StepDifference:
    """How far a step of a scenario is from the same step of the first, by each date."""
    totals, worlds = first.totals, max(first.worlds, other.worlds)
    before, after, of = first.of(step), other.of(step), int(first.totals.sum())
    by = []
    for d, (day, found) in enumerate(zip(dates, moved(first, other, step), strict=True)):
        gained, lost = paired.gained[:, d], paired.lost[:, d]
        over = spread(gained, lost, totals, worlds)
        luck = luck_ratio(before[:, d], after[:, d], gained, lost, totals)
        by.append(
            DatedDifference(
                date=day,
                difference=found.difference,
                difference_error=found.error,
                difference_error_within=min(over.mc_error_within, found.error),
                variance_ratio=found.ratio,
                variance_ratio_luck=None if np.isnan(luck) else luck,
                credible_90=over.credible_90,
                credible_error=over.credible_error,
                no_interval=over.refused,
                gained=int(gained.sum()) / of,
                lost=int(lost.sum()) / of,
            )
        )
    return StepDifference(tuple(by), paired.futures)


@dataclass(frozen=True, slots=True)
class Spread:
    """What worlds tell of a difference."""

    mc_error_within: float
    """The part of the standard error that chance within worlds makes."""
    credible_90: Ends | None
    credible_error: Ends | None
    """Standard error of each end."""
    refused: str | None
    """Why there is no interval; None if there is one."""


def spread(gained: Ints, lost: Ints, totals: Ints, worlds: int) -> Spread:
    """Error within worlds and credible interval of a difference.

    :param gained, lost, totals: [U] trajectories of each unit; :param worlds: U, or 1 where the units are
        batches of trajectories of one world.
    """
    units, size = len(totals), totals.astype(float)
    seen = (gained - lost) / size
    noise = ((gained + lost) / size - seen**2) / np.maximum(size - 1, 1)
    within = sqrt(float(noise.mean()) / units)
    reason = _reason(seen, noise, totals, worlds)
    if reason is not None:
        return Spread(within, None, None, reason)
    whole = float(seen.var(ddof=1))
    pull = sqrt(1 - float(noise.mean()) / whole)
    mean = float(seen.mean())
    pulled = mean + pull * (seen - mean)
    ends = np.clip(np.quantile(pulled, ENDS), -1.0, 1.0)
    low, high = np.where(np.quantile(seen, ENDS) == 0.0, 0.0, ends).tolist()
    below, above = _errors(seen, pulled, noise, size).tolist()
    return Spread(within, (low, high), (below, above), None)


def luck_ratio(first: Ints, other: Ints, gained: Ints, lost: Ints, totals: Ints) -> float:
    """How many times larger the variance of the difference would be with the same worlds, but separate luck.

    Worlds are what saves most where they differ much; this is what luck within them saves.

    :param first, other: [U] trajectories of each unit that took the step in the two scenarios.
    :returns: NaN where no unit differs.
    """
    size = totals.astype(float)
    seen = (gained - lost) / size
    whole = float(seen.var(ddof=1)) if len(seen) > 1 else 0.0
    if whole <= 1e-30:  # the same difference in every unit leaves a variance of rounding only
        return float("nan")
    rest = np.maximum(size - 1, 1)
    together = float((((gained + lost) / size - seen**2) / rest).mean())
    apart = float(sum((hits / size * (1 - hits / size) / rest).mean() for hits in (first, other)))
    return (max(whole - together, 0.0) + apart) / whole


def _reason(seen: Floats, noise: Floats, totals: Ints, worlds: int) -> str | None:
    """Why there can be no interval."""
    if worlds == 1:
        return NO_WORLDS
    if worlds < FEWEST_WORLDS:
        return FEW_WORLDS
    if totals.min() < FEWEST_PER_WORLD:
        return FEW_TRAJECTORIES
    if not seen.any() and not noise.any():
        return NO_CHANGE
    if noise.mean() > MOST_NOISE * seen.var(ddof=1):
        return TOO_MUCH_NOISE
    return None


def _errors(
    seen: Floats, pulled: Floats, noise: Floats,
    size: Floats,
) -> Floats:  # fmt: skip
    """Standard errors of the two ends [2]: which worlds were drawn, and what is not known of the shape.

    For the second, the larger of: how far the end was pulled; half the standard deviation of chance in the
    worlds about the end (all of the pull is wrong where many worlds share one difference); half a trajectory.
    """
    change = np.abs(np.quantile(seen, ENDS) - np.quantile(pulled, ENDS))
    order, tail = np.argsort(seen, kind="stable"), max(int(2 * TAIL * len(seen)), 1)
    about = np.array([noise[order[:tail]].mean(), noise[order[-tail:]].mean()])
    shape = np.maximum(np.maximum(change, np.sqrt(about) / 2), 0.5 / size.mean())
    errors: Floats = np.sqrt(rank_errors(pulled) ** 2 + shape**2)
    return errors
