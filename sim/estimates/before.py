"""Looking back from what futures have in common: what had come about in them before, when, and in which order.

The moment of a future is when it is certain that it meets the condition; what came about earlier counts as before.
Counts only, so memory does not grow with the number of futures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.base.dates import month_ends, years_between
from sim.estimates.commonest import Commonest
from sim.estimates.conditional import FEWEST, Conditional, conditional
from sim.estimates.conditions import Met, Times
from sim.estimates.given import Measured
from sim.estimates.intervals import summarise_share
from sim.model.model import Ints

ENDS = (0.05, 0.5, 0.95)
SHOWN = 8
"""Orders that are listed."""
MONTHS = 12


@dataclass(frozen=True)
class When:
    """Months (YYYY-MM) by which 5 %, half and 95 % of them have come about."""

    low: str
    median: str
    high: str


@dataclass(frozen=True)
class Lead:
    """Years before the moment, to the month: exceeded by 95 %, half and 5 %."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Earlier:
    """One happening, looked back at."""

    name: str
    before: Conditional
    """Of the futures that meet the condition, those in which it came about before."""
    when: When | None
    """Of these; None if they are too few."""
    lead: Lead | None
    first: Conditional
    """Those in which nothing else came about before it."""
    by_date: Conditional
    """Of the futures that meet the condition, those in which it came about by the date, before or after."""
    in_all: Measured
    """The same of all futures."""


@dataclass(frozen=True)
class Order:
    """What came about before, in which order, and in which share of the futures that meet the condition."""

    happenings: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Pair:
    """Two happenings, the one with the earlier median first."""

    first: str
    second: str
    share: Conditional
    """Of the futures in which both came about before, those in which they did in this order."""


class BeforeTally:
    """Counts over the futures of a run, for U units, H happenings and M calendar months.

    :param ranks: happening -> rank among those of one moment; the first to last of one rank are in the order given.
    :param until: the date by which happenings are counted whether before or after.
    """

    def __init__(
        self, ranks: Mapping[str, int], start: dt.date, horizon: dt.date, until: dt.date, units: int
    ) -> None:
        self._names, self._units = tuple(ranks), units
        self._ranks = np.array([*ranks.values(), max(ranks.values()) + 1])
        """The last one, number ``AT_THE_END``: after everything."""
        self._order = np.argsort(self._ranks[:-1], kind="stable")
        self._months, ends = month_ends(start, horizon)
        self._ends, self._edge = np.array(ends), years_between(start, until)
        self._horizon = years_between(start, horizon)
        happenings, months = len(self._names), len(self._months)
        self._totals, self._cases = np.zeros(units, np.int64), np.zeros(units, np.int64)
        self._before, self._first, self._these, self._all = (
            np.zeros((happenings, units), np.int64) for _ in range(4)
        )
        self._both, self._ordered = (np.zeros((happenings, happenings, units), np.int32) for _ in range(2))
        """[H, H, U] both came before; the first of them before the second."""
        self._when, self._lead = (np.zeros((happenings, months + 1), np.int64) for _ in range(2))
        self._moment = np.zeros(months + 1, np.int64)
        self._orders = Commonest(happenings, happenings)

    def add(self, unit: Ints, met: Met, times: Times) -> None:
        """Takes in n futures, with the times of all happenings."""
        self._totals += np.bincount(unit, minlength=self._units)
        holds = met.holds
        world, moment = unit[holds], np.minimum(met.time[holds], self._horizon)
        decided = met.decided[holds]
        self._cases += np.bincount(world, minlength=self._units)
        self._moment += np.bincount(self._month(moment), minlength=len(self._moment))
        rank = self._ranks[decided]
        stacked = np.empty((len(world), len(self._names)))
        for number, name in enumerate(self._names):
            every = times[name]
            time = every[holds]
            earlier = (time < moment) | ((time == moment) & (self._ranks[number] < rank))
            self._before[number] += np.bincount(world[earlier], minlength=self._units)
            self._these[number] += np.bincount(world[time <= self._edge], minlength=self._units)
            self._all[number] += np.bincount(unit[every <= self._edge], minlength=self._units)
            lead = np.maximum((moment - time)[earlier] * MONTHS, 0.0).astype(np.int64)
            self._when[number] += np.bincount(self._month(time[earlier]), minlength=len(self._moment))
            self._lead[number] += np.bincount(
                np.minimum(lead, len(self._months)), minlength=len(self._moment)
            )
            stacked[:, number] = np.where(earlier, time, np.inf)
        sequences = self._sequences(stacked)
        self._orders.add(sequences)
        some = sequences[:, 0] >= 0
        np.add.at(self._first, (sequences[some, 0], world[some]), 1)
        self._add_pairs(world, stacked)

    def _add_pairs(self, world: Ints, times: NDArray[np.float64]) -> None:
        there = np.isfinite(times)
        for i, one in enumerate(self._order):
            for other in self._order[i + 1 :]:
                both = there[:, one] & there[:, other]
                earlier = both & (times[:, one] < times[:, other])
                if self._ranks[one] < self._ranks[other]:
                    earlier |= both & (times[:, one] == times[:, other])
                later = both & ~earlier
                for a, b, which in ((one, other, earlier), (other, one, later)):
                    self._ordered[a, b] += np.bincount(world[which], minlength=self._units).astype(np.int32)
                    self._both[a, b] += np.bincount(world[both], minlength=self._units).astype(np.int32)

    def _month(self, times: NDArray[np.float64]) -> Ints:
        return np.searchsorted(self._ends, times, side="left")

    def _sequences(self, times: NDArray[np.float64]) -> Ints:
        """[n, H] happenings in their order, then -1."""
        ordered = times[:, self._order]
        order = np.argsort(ordered, axis=1, kind="stable")
        sequence = self._order[order]
        sequence[np.isinf(np.take_along_axis(ordered, order, axis=1))] = -1
        return np.asarray(sequence)

    @property
    def futures(self) -> int:
        """How many meet the condition."""
        return int(self._cases.sum())

    def chance(self, worlds: int) -> Measured:
        """How likely the condition is."""
        return self._share(self._cases, worlds)

    def _share(self, hits: Ints, worlds: int) -> Measured:
        alone = worlds == 1
        found = (
            summarise_share(hits.sum(keepdims=True), self._totals.sum(keepdims=True))
            if alone
            else summarise_share(hits, self._totals)
        )
        return Measured(found.probability, found.mc_error)

    def moment(self) -> When | None:
        """When the condition is met; None if in too few futures."""
        return self._dates(self._moment)

    def earlier(self, worlds: int) -> list[Earlier]:
        """Every happening, looked back at."""
        return [
            Earlier(
                name,
                conditional(self._before[i], self._cases),
                self._dates(self._when[i]),
                self._leads(self._lead[i]),
                conditional(self._first[i], self._cases),
                conditional(self._these[i], self._cases),
                self._share(self._all[i], worlds),
            )
            for i, name in enumerate(self._names)
        ]

    def orders(self) -> list[Order]:
        """The commonest orders."""
        return [
            Order(tuple(self._names[code] for code in codes), count / self.futures)
            for codes, count in self._orders.top(SHOWN)
        ]

    def pairs(self) -> list[Pair]:
        """Each happening and the next, in the order of their medians; none of those that are too rare for one."""
        known = [i for i in range(len(self._names)) if self._dates(self._when[i]) is not None]
        middle = {i: _quantiles(self._when[i]) or [0] for i in known}
        known.sort(key=lambda i: (middle[i][1], -self._lead_of(i)))
        return [
            Pair(self._names[a], self._names[b], conditional(self._ordered[a, b], self._both[a, b]))
            for a, b in pairwise(known)
        ]

    def _lead_of(self, happening: int) -> float:
        found = self._leads(self._lead[happening])
        return 0.0 if found is None else found.median

    @property
    def orders_error(self) -> float:
        """No share of an order is too low by more than this, and none is too high."""
        return self._orders.missed / max(self.futures, 1)

    def _dates(self, counts: Ints) -> When | None:
        if (places := _quantiles(counts)) is None:
            return None
        return When(*(self._months[place] for place in places))

    @staticmethod
    def _leads(counts: Ints) -> Lead | None:
        places = _quantiles(counts)
        return None if places is None else Lead(*(place / MONTHS for place in places))


def _quantiles(counts: Ints) -> Sequence[int] | None:
    """The bins in which the levels of ``ENDS`` are reached; None of too few."""
    total = int(counts.sum())
    if total < FEWEST:
        return None
    reached = np.cumsum(counts)
    return [int(np.searchsorted(reached, level * total, side="left")) for level in ENDS]
