"""How likely something is by each date among the futures that meet a condition, and what the condition picks.

A condition picks futures, and with them worlds: where a settlement comes early, other things tend to be fast as well.
So the difference from all futures has two parts. The first is what the worlds alone would make: all futures of each
world, each world counted by its share of the futures that meet the condition. The rest lies within worlds. Neither is
the effect of bringing the condition about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sim.estimates.conditional import Conditional, conditional, error_of, ratio
from sim.estimates.conditions import AT_THE_END, Met
from sim.estimates.weighed import FEWEST_EFFECTIVE, LARGEST_WEIGHT, MOST_OF_VARIANCE
from sim.model.model import Floats, Ints

BATCHES = 1000
"""Where there is one world, batches of trajectories stand in place of worlds."""
TOO_UNEVEN = "the weights of the tilted run are too uneven here"


@dataclass(frozen=True)
class Measured:
    """A probability, or a difference of two, with its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Picked:
    """What selecting worlds does, apart from what happens within them."""

    worlds_alone: Measured
    """The probability in all futures, each world counted by its share of the futures that meet the condition."""
    by_worlds: Measured
    """How far that is from all futures."""
    within_worlds: Measured
    """How far the futures that meet the condition are from that."""


@dataclass(frozen=True)
class GivenBy:
    """The probability of a happening by a date, in all futures, in those that meet a condition and in the others."""

    date: dt.date
    overall: Measured
    given: Conditional
    without: Conditional
    difference: Measured | None
    """With the condition less without it; None if one of the two is not known."""
    picked: Picked | None
    """None of one world, with too few futures in each, or if there is no ``given``."""


def unit_of(trajectory: Ints, world: Ints, worlds: int) -> Ints:
    """[n] the unit of each trajectory: its world, or a batch where there is one world."""
    return world if worlds > 1 else trajectory % BATCHES


class GivenTally:
    """Counts of futures by unit and date, for D dates; sums of weights where the run is tilted.

    :param edges: [D] dates in order, as years since the start; :param units: worlds, or batches of one world.
    :param negated: whether what is asked for is told of the futures that do *not* meet what is counted as met.
    """

    def __init__(self, edges: Sequence[float], units: int, worlds: int, negated: bool = False) -> None:
        self._negated = negated
        self._edges, self._units, self._worlds = np.array(edges), units, worlds
        self._totals = np.zeros(units, np.int64)
        self._cases = np.zeros(units)
        self._all, self._given, self._products = (np.zeros((units, len(edges))) for _ in range(3))
        """[U, D] where it came about; where it did and the condition is met; the products of both weights there."""
        self._count = self._futures = 0
        self._weighed = False
        self._squares, self._largest = np.zeros(2), np.zeros(2)
        """Of the weights of futures that meet the condition, and of those in which it came about as well."""

    def add(self, unit: Ints, met: Met, happened: Met, weights: Floats | None = None) -> None:
        """Takes in n futures.

        :param met: where the condition is met; :param happened: where what is asked for came about, at its time.
        :param weights: [n, names] up to each happening, of a tilted run. The condition must not have ``not`` in it
            then: no weight is known of what is certain at the end alone.
        """
        self._weighed = weights is not None
        self._totals += np.bincount(unit, minlength=self._units)
        self._count += len(unit)
        self._futures += int(met.holds.sum())
        later = happened.time > met.time
        condition, asked = _weight(weights, met.decided), _weight(weights, happened.decided)
        both = np.where(later, asked, condition)
        self._cases += self._sums(unit, met.holds, condition)
        slot = np.searchsorted(self._edges, happened.time, side="left")
        self._all += self._by_date(unit, slot, slot < len(self._edges), asked)
        together = (slot < len(self._edges)) & met.holds
        self._given += self._by_date(unit, slot, together, both)
        self._products += self._by_date(unit, slot, together, condition * asked)
        for i, (where, weight) in enumerate(((met.holds, condition), (together, both))):
            kept = weight[where]
            self._squares[i] += float(np.square(kept).sum())
            self._largest[i] = max(self._largest[i], kept.max(initial=0.0))

    def _sums(self, unit: Ints, where: NDArray[np.bool_], weight: Floats) -> Floats:
        return np.bincount(unit[where], weight[where], minlength=self._units).astype(np.float64)

    def _by_date(self, unit: Ints, slot: Ints, where: NDArray[np.bool_], weight: Floats) -> Floats:
        width = len(self._edges)
        flat = np.bincount(unit[where] * width + slot[where], weight[where], minlength=self._units * width)
        return flat.reshape(self._units, width).astype(np.float64)

    @property
    def futures(self) -> int:
        """How many meet the condition."""
        return self._count - self._futures if self._negated else self._futures

    def chance(self) -> Measured:
        """How likely the condition is."""
        return self._mean(self._totals - self._cases if self._negated else self._cases)[0]

    def found(self, dates: Sequence[dt.date]) -> list[GivenBy]:
        """What is known at each date."""
        every, given, products = (
            np.cumsum(part, axis=1) for part in (self._all, self._given, self._products)
        )
        return [self._at(day, every[:, d], given[:, d], products[:, d]) for d, day in enumerate(dates)]

    def _at(self, day: dt.date, every: Floats, given: Floats, products: Floats) -> GivenBy:
        overall, pull = self._mean(every)
        met = self._checked(conditional(given, self._cases, self._futures))
        rest, others = every - given, self._totals - self._cases
        not_met = conditional(rest, others, self._count - self._futures)
        # pairs of two different futures of a world, of which one meets the condition
        pairs = self._cases * every - products
        with_it, without, cases = met, not_met, self._cases
        if self._negated:
            with_it, without, cases, given, rest = not_met, met, others, rest, given
            others, pairs = self._cases, (self._totals - 1) * every - pairs
        if with_it.probability is None:
            return GivenBy(day, overall, with_it, without, None, None)
        difference = None
        if without.probability is not None:
            (one, of_one), (other, of_other) = ratio(given, cases), ratio(rest, others)
            difference = Measured(one - other, error_of(of_one - of_other))
        return GivenBy(
            day, overall, with_it, without, difference, self._picked(every, given, cases, pairs, pull)
        )

    def _picked(
        self, every: Floats, given: Floats, cases: Floats, pairs: Floats, pull: Floats
    ) -> Picked | None:
        """From pairs of different futures of a world, so that chance in one and the same future does not count."""
        if self._worlds == 1 or int(self._totals.min()) < 2:
            return None
        alone, of_alone = ratio(pairs / (self._totals - 1), cases)
        share, of_given = ratio(given, cases)
        overall = float((every / self._totals).mean())
        return Picked(
            Measured(alone, error_of(of_alone)),
            Measured(alone - overall, error_of(of_alone - pull)),
            Measured(share - alone, error_of(of_given - of_alone)),
        )

    def _mean(self, sums: Floats) -> tuple[Measured, Floats]:
        """The mean over worlds with its error, and how far each unit pulls it."""
        if self._worlds == 1:
            share, pull = ratio(sums, self._totals)
        else:
            shares = sums / self._totals
            share = float(shares.mean())
            pull = (shares - share) / len(shares)
        error = error_of(pull)
        if not self._weighed and (self._worlds == 1 or error == 0.0):
            error = _alone(float(sums.sum()), float(self._totals.sum()))
        return Measured(share, error), pull

    def _checked(self, found: Conditional) -> Conditional:
        """Refused where few weights carry nearly all.

        What is known of the other futures comes from the weights of all, which the run has judged.
        """
        if found.probability is None or not self._weighed:
            return found
        sums = np.array([self._cases.sum(), self._given.sum()])
        there = self._squares > 0
        uneven = (self._largest[there] ** 2 > MOST_OF_VARIANCE * self._squares[there]).any()
        few = (sums[there] ** 2 < FEWEST_EFFECTIVE * self._squares[there]).any()
        return replace(found, probability=None, error=None, refused=TOO_UNEVEN) if uneven or few else found


def _alone(hits: float, of: float) -> float:
    """The standard error of one proportion, also where nothing or everything was seen (Jeffreys)."""
    a, b = hits + 0.5, of - hits + 0.5
    return sqrt(a * b / (a + b + 1)) / (a + b)


def _weight(weights: Floats | None, decided: Ints) -> Floats:
    """[n] of each future, the weight up to what decided it; 1 where the run is not tilted."""
    if weights is None:
        return np.ones(len(decided))
    assert (decided != AT_THE_END).all(), "no weight is known of what is certain at the end alone"
    return np.minimum(weights[np.arange(len(decided)), decided], LARGEST_WEIGHT)
