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

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sim.estimates.intervals import ENDS, FEWEST_PER_WORLD, FEWEST_WORLDS, TAIL, rank_errors

MOST_NOISE = 0.25
"""Share of the variance of differences over worlds that may be chance within worlds."""

NO_WORLDS = "nothing is uncertain: there is one world"
FEW_WORLDS = f"fewer than {FEWEST_WORLDS} worlds"
FEW_TRAJECTORIES = f"fewer than {FEWEST_PER_WORLD} trajectories for each world"
NO_CHANGE = "no future differs"
TOO_MUCH_NOISE = "the worlds differ too little to be told apart from chance"
"""Why there is no interval."""

Counts = NDArray[np.int64]
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spread:
    """What worlds tell of a difference."""

    mc_error_within: float
    """The part of the standard error that chance within worlds makes."""
    credible_90: Pair | None
    credible_error: Pair | None
    """Standard error of each end."""
    refused: str | None
    """Why there is no interval; None if there is one."""


def spread(gained: Counts, lost: Counts, totals: Counts, worlds: int) -> Spread:
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


def luck_ratio(first: Counts, other: Counts, gained: Counts, lost: Counts, totals: Counts) -> float:
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


def _reason(seen: NDArray[np.float64], noise: NDArray[np.float64], totals: Counts, worlds: int) -> str | None:
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
    seen: NDArray[np.float64], pulled: NDArray[np.float64], noise: NDArray[np.float64],
    size: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Standard errors of the two ends [2]: which worlds were drawn, and what is not known of the shape.

    For the second, the larger of: how far the end was pulled; half the standard deviation of chance in the
    worlds about the end (all of the pull is wrong where many worlds share one difference); half a trajectory.
    """
    change = np.abs(np.quantile(seen, ENDS) - np.quantile(pulled, ENDS))
    order, tail = np.argsort(seen, kind="stable"), max(int(2 * TAIL * len(seen)), 1)
    about = np.array([noise[order[:tail]].mean(), noise[order[-tail:]].mean()])
    shape = np.maximum(np.maximum(change, np.sqrt(about) / 2), 0.5 / size.mean())
    errors: NDArray[np.float64] = np.sqrt(rank_errors(pulled) ** 2 + shape**2)
    return errors
