"""Where a probability that depends on one standard score crosses a target, as far as a sample can tell.

The probability is simulated at scores z with common luck, so that it is a function of z; its error is one of the
sample. From the grid on, only the brackets in which it crosses are looked at, the nearer to the middle first. Nothing
is assumed of its course: where it rises and falls, the crossing that is nearest to the middle counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtr, ndtri

GRID = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Quantiles at which a parameter is tried first."""
MOST_STEPS = 10
"""Evaluations within a bracket."""
FINE = 0.004
"""Width of a bracket, in standard scores, that is narrow enough."""
CLOSE = 0.25
"""Errors of the probability within which the target is met."""
BEYOND = 4.0
"""Standard errors beyond which a probability is on one side of the target."""

Value = tuple[float, float]
"""A probability and its standard error."""
Function = Callable[[float], Value]


@dataclass(frozen=True)
class Crossing:
    """A score at which the target is met."""

    score: float
    score_error: float
    probability: float

    @property
    def quantile(self) -> float:
        """Of the prior."""
        return float(ndtr(self.score))

    @property
    def quantile_error(self) -> float:
        """Standard error of the quantile: half of what one error of the score either way makes of it."""
        return float(ndtr(self.score + self.score_error) - ndtr(self.score - self.score_error)) / 2


def scores(quantiles: tuple[float, ...] = GRID) -> list[float]:
    """Standard scores of quantiles."""
    return [float(z) for z in ndtri(np.array(quantiles))]


def nearest(f: Function, known: Mapping[float, Value], target: float, above: bool) -> Crossing | None:
    """The score nearest to the middle at which the probability meets the target; None if none on the grid does.

    :param f: score -> probability; :param known: what it is on the grid, the middle among it.
    """
    sign = 1.0 if above else -1.0
    found = {z: (sign * (p - target), error) for z, (p, error) in known.items()}
    zs = sorted(found)
    if found[0.0][0] >= 0.0:
        return Crossing(0.0, 0.0, known[0.0][0])
    brackets = []
    for side in (1.0, -1.0):
        outward = sorted((z for z in zs if side * z >= 0), key=abs)
        good = next((i for i, z in enumerate(outward) if found[z][0] >= 0.0), None)
        if good is not None:
            brackets.append((abs(outward[good - 1]), outward[good - 1], outward[good]))
    best: Crossing | None = None
    for inner, bad, good_z in sorted(brackets):
        if best is not None and inner >= abs(best.score):
            continue
        crossing = _within(f, bad, found[bad], good_z, found[good_z], target, sign)
        if best is None or abs(crossing.score) < abs(best.score):
            best = crossing
    return best


def between(
    f: Function, bad: float, at_bad: Value, good: float, at_good: Value, target: float, above: bool
) -> Crossing:
    """The crossing between a score at which the target is not met and one at which it is."""
    sign = 1.0 if above else -1.0
    low, high = (sign * (at_bad[0] - target), at_bad[1]), (sign * (at_good[0] - target), at_good[1])
    return _within(f, bad, low, good, high, target, sign)


def _within(
    f: Function, bad: float, at_bad: Value, good: float, at_good: Value, target: float, sign: float
) -> Crossing:
    """The crossing in a bracket: regula falsi, with the end that stays weighted down (Illinois), and halving."""
    coarse = (bad, at_bad, good, at_good)
    weight_bad = weight_good = 1.0
    z, value = good, at_good
    for step in range(MOST_STEPS):
        if abs(good - bad) < FINE:
            break
        low, high = weight_bad * at_bad[0], weight_good * at_good[0]
        share = 0.5 if step % 3 == 2 or high == low else low / (low - high)
        z = bad + min(max(share, 0.05), 0.95) * (good - bad)
        p, error = f(z)
        value = (sign * (p - target), error)
        if value[0] >= 0.0:
            good, at_good, weight_good, weight_bad = z, value, 1.0, weight_bad * 0.5
        else:
            bad, at_bad, weight_bad, weight_good = z, value, 1.0, weight_good * 0.5
        if abs(value[0]) <= CLOSE * error:
            break
    else:
        z, value = good, at_good
    if abs(good - bad) < FINE:
        z, value = good, at_good
    return Crossing(z, _score_error(z, value, (bad, at_bad, good, at_good), coarse), target + sign * value[0])


def _score_error(
    z: float, value: Value, fine: tuple[float, Value, float, Value], coarse: tuple[float, Value, float, Value]
) -> float:
    """The error of the probability over its slope; where it jumps, half of the bracket.

    The slope is that of the last bracket if the sample can tell its ends apart, else that of the first one.
    """
    place = abs(fine[2] - fine[0]) / 2 if abs(value[0]) > value[1] else 0.0
    for bad, at_bad, good, at_good in (fine, coarse):
        rise, noise = abs(at_good[0] - at_bad[0]), sqrt(at_good[1] ** 2 + at_bad[1] ** 2)
        if good != bad and rise > noise:
            return max(value[1] * abs(good - bad) / rise, place)
    return abs(coarse[2] - coarse[0]) / 2
