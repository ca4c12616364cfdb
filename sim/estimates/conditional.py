"""Probabilities among the futures in which something else has happened, counted world by world.

The futures of one world have its parameters in common, so n futures in which a condition holds are worth fewer than n
independent ones. The share is a ratio of two sums over worlds; its error comes from how far the worlds are from it
(linearised), and the effective count is how many independent futures would leave that error.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from sim.base.words import counted
from sim.model.model import Floats, Ints

FEWEST = 30
"""Futures in which the condition holds; below it nothing is said."""
FEWEST_EFFECTIVE = 20.0
"""What they must be worth."""


@dataclass(frozen=True)
class Conditional:
    """The probability of something among the futures in which a condition holds; None if there are too few."""

    probability: float | None
    error: float | None
    """Standard error; None where nothing or everything was seen, which bounds the probability by its count alone."""
    futures: int
    """In which the condition holds."""
    effective: float
    """Independent futures that would leave the same error."""
    refused: str = ""
    """Why there is no probability."""


def conditional(hits: Ints | Floats, cases: Ints | Floats, futures: int | None = None) -> Conditional:
    """The share of ``hits`` among ``cases``, both by unit (worlds, or batches of trajectories), shape (U,).

    :param futures: how many they are, where ``hits`` and ``cases`` are sums of weights and not counts.
    """
    of, units = float(cases.sum()), int((cases > 0).sum())
    futures = int(of) if futures is None else futures
    if futures < FEWEST:
        return Conditional(None, None, futures, 0.0, f"fewer than {FEWEST} futures")
    share, off = ratio(hits, cases)
    variance = error_of(off) ** 2
    # where nothing (or everything) was seen, worlds are all that is known to be independent
    effective = min(share * (1 - share) / variance, float(futures)) if variance > 0 else float(units)
    if effective < FEWEST_EFFECTIVE:
        worth = f"worth fewer than {FEWEST_EFFECTIVE:.0f} independent ones"
        return Conditional(None, None, futures, effective, f"{counted(futures, 'future')}, {worth}")
    return Conditional(share, sqrt(variance) if variance > 0 else None, futures, effective)


def ratio(top: Ints | Floats, bottom: Ints | Floats) -> tuple[float, Floats]:
    """The ratio of two sums over units [U], and how far each unit pulls it [U] (linearised), for :func:`error_of`."""
    of = float(bottom.sum())
    share = float(top.sum()) / of
    return share, np.asarray((top - share * bottom) / of)


def error_of(pull: Floats) -> float:
    """The standard error of what units pull so far each; 0 of one unit, or if none pulls."""
    units = len(pull)
    return sqrt(float((pull**2).sum()) * units / (units - 1)) if units > 1 else 0.0
