"""From paths to answers: probabilities by date, who blocks, who is last, the commonest paths.

A :class:`Tally` takes in blocks of paths in any number and keeps only counts, so memory does not grow with
the number of trajectories. ``sim.estimates.summary`` makes the answer of it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.base.dates import month_ends, report_dates, years_between
from sim.engines.paths import Paths
from sim.estimates.commonest import Commonest
from sim.estimates.indices import Shares
from sim.estimates.intervals import ShareEstimate, summarise_curve, summarise_share
from sim.estimates.outcomes import Outcomes
from sim.model.model import HOW, MEETING, NOT_REACHED, Model


def bin_ends(model: Model) -> tuple[list[date], NDArray[np.float64]]:
    """Each meeting of the calendar and each report date, in order: the days, and years since the start [B].

    A step that is taken on such a day falls into the bin that ends on it.
    """
    meetings = np.flatnonzero(model.agenda.kind == MEETING)
    days = {date.fromordinal(int(model.agenda.day[i])) for i in meetings}
    ordered = sorted(days | set(report_dates(model.start, model.horizon)))
    return ordered, np.array([years_between(model.start, day) for day in ordered])


_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.int64)
"""[256, 8] the bits of each byte, the lowest first."""


MOST_SMALL = 127
"""Columns whose places are numbers of one byte."""


def columnwise(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """[O, n] the columns of [n, O], each in one piece, for what goes over one after another."""
    return np.ascontiguousarray(times.T)


def _places(times: NDArray[np.float64]) -> NDArray[np.integer]:
    """[C, n] the place of each of C columns in the order of a row, equal times by column.

    Columns are few: to compare each with each costs a fraction of sorting row by row.
    """
    columns = len(times)
    place = np.empty(times.shape, np.int8 if columns <= MOST_SMALL else np.int16)
    place[:] = np.arange(columns)[::-1, None]  # as if all came after all that stand behind them
    for later in range(1, columns):
        for earlier in range(later):
            first = (times[earlier] <= times[later]).view(np.int8)
            place[later] += first
            place[earlier] -= first
    return place


class Tally:
    """Counts over trajectories of a model with S steps, K substitutes, V voters, R watched entries, D dates, W worlds.

    O = S + K + R outcomes are counted; see :class:`Outcomes`.
    """

    def __init__(self, model: Model, worlds: int) -> None:
        self.model = model
        self.worlds = worlds
        self.outcomes = Outcomes.of(model)
        self.dates = report_dates(model.start, model.horizon)
        self._edges = np.array([years_between(model.start, day) for day in self.dates])
        self._months, self._month_ends = month_ends(model.start, model.horizon)
        outcomes, self._taken = len(self.outcomes.names), len(self.outcomes.taken)
        self.hits = np.zeros((outcomes, worlds, len(self.dates)), np.int64)
        """[O, W, D] first come about in the interval that ends on a date; cumulated when read."""
        self.totals = np.zeros(worlds, np.int64)
        self.months = np.zeros((self._taken, len(self._months)), np.int64)
        """[S+K, M] taken in each calendar month."""
        self.how = np.zeros((model.n_steps, len(HOW)), np.int64)
        self.stuck = np.zeros(model.n_steps, np.int64)
        blockers = len(model.blocker_names)
        self.last_blockers = np.zeros((model.n_steps, blockers), np.int64)
        self.due = np.zeros((model.n_steps, len(model.years)), np.int64)
        self.blocked = np.zeros((model.n_steps, len(model.years), blockers), np.int64)
        self.last_to_move = np.zeros(model.n_voters + 1, np.int64)
        self.last_to_ratify = np.zeros(model.n_voters + 1, np.int64)
        self.bin_days, self._bin_edges = bin_ends(model)
        self.bins = np.zeros((model.n_steps, len(HOW), len(self.bin_days)), np.int64)
        """[S, H, B] trajectories that took the step so, in the bin that ends on a day."""
        self.paths = Commonest(
            model.n_steps + len(model.watch_names), len(model.watch_names) + model.n_steps * len(HOW)
        )

    @property
    def trajectories(self) -> int:
        """How many have been taken in."""
        return int(self.totals.sum())

    def add(self, paths: Paths) -> None:
        """Takes in a block of paths."""
        self.totals += np.bincount(paths.world, minlength=self.worlds)
        times = columnwise(self.outcomes.times(paths))
        for number, column in enumerate(times):
            self._add_times(number, column, paths.world)
        for step in range(self.model.n_steps):
            how = paths.how[:, step]
            self.how[step] += np.bincount(how, minlength=len(HOW))
            stuck = self._stuck(paths.how, step)
            self.stuck[step] += stuck.sum()
            self.last_blockers[step] += self._still_blocked(paths.blockers[:, step], stuck)
            self.bins[step] += self._binned(paths.time[:, step], how)
        self.due += paths.due
        self.blocked += paths.blocked
        self.last_to_move += np.bincount(paths.last_to_move + 1, minlength=self.model.n_voters + 1)
        self.last_to_ratify += np.bincount(paths.last_to_ratify + 1, minlength=self.model.n_voters + 1)
        self.paths.add(self._sequences(paths))

    def _add_times(self, outcome: int, times: NDArray[np.float64], world: NDArray[np.int64]) -> None:
        """Counts each finite time in the first interval whose end it does not exceed.

        One by one and not in a table for each block, which would be as large as all worlds and dates together.
        """
        width = len(self.dates)
        happened = np.flatnonzero(times <= self._edges[-1])
        when = times[happened]
        slot = np.searchsorted(self._edges, when, side="left")
        np.add.at(self.hits[outcome].reshape(-1), world[happened] * width + slot, 1)
        if outcome < self._taken:
            month = np.searchsorted(self._month_ends, when, side="left")
            self.months[outcome] += np.bincount(month, minlength=len(self._months))

    def _stuck(self, how: NDArray[np.int8], step: int) -> NDArray[np.bool_]:
        """[n] whether the ladder ends before this step: it is the next one and not taken."""
        before = how[:, step - 1] != NOT_REACHED if step else np.ones(len(how), np.bool_)
        return np.asarray(before & (how[:, step] == NOT_REACHED))

    def _still_blocked(self, words: NDArray[np.uint64], stuck: NDArray[np.bool_]) -> NDArray[np.int64]:
        """[B] what blocked at the last meeting, over trajectories that end before a step; ``words`` [n, words]."""
        parts = np.ascontiguousarray(words[stuck]).view(np.uint8)
        names = len(self.model.blocker_names)
        counts = [np.bincount(part, minlength=256) @ _BITS for part in parts.T[: -(-names // 8)]]
        return np.concatenate(counts)[:names]

    def _binned(self, time: NDArray[np.float64], how: NDArray[np.int8]) -> NDArray[np.int64]:
        """[H, B] trajectories that take a step in each bin, by the way it is taken."""
        width = len(self._bin_edges)
        taken = np.flatnonzero(time <= self._bin_edges[-1])
        flat = how[taken].astype(np.int64) * width
        flat += np.searchsorted(self._bin_edges, time[taken], side="left")
        return np.bincount(flat, minlength=len(HOW) * width).reshape(len(HOW), width)

    def _sequences(self, paths: Paths) -> NDArray[np.int64]:
        """[n, R+S] what happened in which order, then -1; watched entries before steps of the same moment."""
        watched = len(self.model.watch_names)
        times = columnwise(np.concatenate([paths.watch, paths.time], axis=1))
        place = _places(times)
        sequence = np.empty(len(paths) * len(times), np.int64)
        row = np.arange(0, len(sequence), len(times))
        for column, time in enumerate(times):
            # an entry is numbered by its column; a step has a number for each way of taking it
            step = column - watched
            code = column if step < 0 else watched + step * len(HOW) + paths.how[:, step]
            sequence[row + place[column]] = np.where(time < np.inf, code, -1)
        return sequence.reshape(len(paths), len(times))

    def curve(self, outcome: int) -> list[ShareEstimate]:
        """Estimates at each date for outcome number ``outcome``."""
        return summarise_curve(np.cumsum(self.hits[outcome], axis=1), self.totals)

    def by_end(self, outcome: int) -> ShareEstimate:
        """The estimate of an outcome by the horizon."""
        return summarise_share(self.hits[outcome].sum(axis=1), self.totals)

    def shares_by(self, outcome: int, day: date) -> Shares:
        """The share of each world's trajectories in which an outcome has come about by a report date."""
        until = self.dates.index(day) + 1
        return Shares.counted(self.hits[outcome, :, :until].sum(axis=1), self.totals)

    def by_horizon(self) -> NDArray[np.float64]:
        """[W, S+K] share of each world's trajectories that take the step (or substitute) within the horizon."""
        reached = self.hits[: self._taken].sum(axis=2)
        return np.asarray((reached / np.maximum(self.totals, 1)).T)

    def median(self, outcome: int) -> str | None:
        """Month (YYYY-MM) in which half of all trajectories have taken the step (or substitute); None if fewer do."""
        reached = np.cumsum(self.months[outcome])
        if 2 * reached[-1] < self.trajectories:
            return None
        return self._months[int(np.searchsorted(2 * reached, self.trajectories, side="left"))]
