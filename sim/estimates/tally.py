"""From paths to answers: probabilities by date, who blocks, who is last, the commonest paths.

A :class:`Tally` takes in blocks of paths in any number and keeps only counts, so memory does not grow with
the number of trajectories. ``summary`` turns it into the plain data of ``summary.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.dates import DAYS_PER_YEAR, report_dates, years_between
from sim.engines.paths import Paths
from sim.estimates.commonest import Commonest
from sim.estimates.intervals import ShareEstimate, summarise_curve, summarise_share
from sim.model.model import HOW, MEETING, NOT_REACHED, Model

SCHEMA = 1
COMMONEST = 12
"""Paths listed in a summary."""
_MONTHS = 12


def bin_ends(model: Model) -> tuple[list[date], NDArray[np.float64]]:
    """Each meeting of the calendar and each report date, in order: the days, and years since the start [B].

    A step that is taken on such a day falls into the bin that ends on it.
    """
    meetings = np.flatnonzero(model.agenda.kind == MEETING)
    days = {date.fromordinal(int(model.agenda.day[i])) for i in meetings}
    ordered = sorted(days | set(report_dates(model.start, model.horizon)))
    return ordered, np.array([years_between(model.start, day) for day in ordered])


def month_marks(model: Model) -> NDArray[np.float64]:
    """Years since the start, a twelfth apart, to the horizon and not more than a twelfth beyond."""
    return np.arange(1, int(np.ceil(model.horizon_years * _MONTHS)) + 1) / _MONTHS


def month_end(model: Model, years: float) -> date:
    """The day on which a mark falls."""
    return model.start + timedelta(days=years * DAYS_PER_YEAR)


class Tally:
    """Counts over trajectories of a model with S steps, V voters, R watched entries, D dates, W worlds."""

    def __init__(self, model: Model, worlds: int) -> None:
        self.model = model
        self.worlds = worlds
        self.dates = report_dates(model.start, model.horizon)
        self._edges = np.array([years_between(model.start, day) for day in self.dates])
        self._months = month_marks(model)
        names = model.n_steps + len(model.watch_names)
        self.hits = np.zeros((names, worlds, len(self.dates)), np.int64)
        """[S+R, W, D] first reached in the interval that ends on a date; cumulated when read."""
        self.totals = np.zeros(worlds, np.int64)
        self.months = np.zeros((model.n_steps, len(self._months) + 1), np.int64)
        self.how = np.zeros((model.n_steps, len(HOW)), np.int64)
        self.stuck = np.zeros(model.n_steps, np.int64)
        self.last_blockers = np.zeros((model.n_steps, model.n_voters), np.int64)
        self.due = np.zeros((model.n_steps, len(model.years)), np.int64)
        self.blocked = np.zeros((model.n_steps, len(model.years), model.n_voters), np.int64)
        self.last_to_move = np.zeros(model.n_voters + 1, np.int64)
        self.last_to_ratify = np.zeros(model.n_voters + 1, np.int64)
        self.bin_days, self._bin_edges = bin_ends(model)
        self.bins = np.zeros((model.n_steps, len(HOW), len(self.bin_days)), np.int64)
        """[S, H, B] trajectories that took the step so, in the bin that ends on a day."""
        self.paths = Commonest(names, len(model.watch_names) + model.n_steps * len(HOW))

    @property
    def trajectories(self) -> int:
        """How many have been taken in."""
        return int(self.totals.sum())

    def add(self, paths: Paths) -> None:
        """Takes in a block of paths."""
        self.totals += np.bincount(paths.world, minlength=self.worlds)
        times = np.concatenate([paths.time, paths.watch], axis=1)
        for name in range(times.shape[1]):
            self._add_times(name, times[:, name], paths.world)
        for step in range(self.model.n_steps):
            self.how[step] += np.bincount(paths.how[:, step], minlength=len(HOW))
            self.stuck[step] += self._stuck(paths.how, step).sum()
            self.last_blockers[step] += self._still_blocked(paths, step)
            self.bins[step] += self._binned(paths, step)
        self.due += paths.due
        self.blocked += paths.blocked
        self.last_to_move += np.bincount(paths.last_to_move + 1, minlength=self.model.n_voters + 1)
        self.last_to_ratify += np.bincount(paths.last_to_ratify + 1, minlength=self.model.n_voters + 1)
        self.paths.add(self._sequences(paths, times))

    def _add_times(self, name: int, times: NDArray[np.float64], world: NDArray[np.int64]) -> None:
        """Counts each finite time in the first interval whose end it does not exceed."""
        width = len(self.dates)
        slot = np.searchsorted(self._edges, times, side="left")
        inside = slot < width
        flat = np.bincount(world[inside] * width + slot[inside], minlength=self.worlds * width)
        self.hits[name] += flat.reshape(self.worlds, width)
        if name < self.model.n_steps:
            month = np.searchsorted(self._months, times, side="left")
            self.months[name] += np.bincount(month, minlength=len(self._months) + 1)

    def _stuck(self, how: NDArray[np.int8], step: int) -> NDArray[np.bool_]:
        """[n] whether the ladder ends before this step: it is the next one and not taken."""
        before = how[:, step - 1] != NOT_REACHED if step else np.ones(len(how), np.bool_)
        return np.asarray(before & (how[:, step] == NOT_REACHED))

    def _still_blocked(self, paths: Paths, step: int) -> NDArray[np.int64]:
        """[V] who blocked at the last meeting, over trajectories that end before this step."""
        words = paths.blockers[self._stuck(paths.how, step), step]
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")
        counts: NDArray[np.int64] = bits.sum(axis=0, dtype=np.int64)
        return counts[: self.model.n_voters]

    def _binned(self, paths: Paths, step: int) -> NDArray[np.int64]:
        """[H, B] trajectories that take a step in each bin, by the way it is taken."""
        width = len(self._bin_edges)
        slot = np.searchsorted(self._bin_edges, paths.time[:, step], side="left")
        inside = slot < width
        flat = paths.how[inside, step].astype(np.int64) * width + slot[inside]
        return np.bincount(flat, minlength=len(HOW) * width).reshape(len(HOW), width)

    def _sequences(self, paths: Paths, times: NDArray[np.float64]) -> NDArray[np.int64]:
        """[n, R+S] what happened in which order, then -1; watched entries before steps of the same moment."""
        steps = self.model.n_steps
        watched = times.shape[1] - steps
        ordered = np.concatenate([times[:, steps:], times[:, :steps]], axis=1)
        order = np.argsort(ordered, axis=1, kind="stable")
        # an entry is numbered by its column; a step has a number for each way of taking it
        codes = np.tile(np.arange(watched + steps), (len(paths), 1))
        codes[:, watched:] = watched + np.arange(steps) * len(HOW) + paths.how
        sequence = np.take_along_axis(codes, order, axis=1)
        sequence[np.isinf(np.take_along_axis(ordered, order, axis=1))] = -1
        return np.asarray(sequence)

    def curve(self, name: int) -> list[ShareEstimate]:
        """Estimates at each date for step (or, after the steps, watched entry) number ``name``."""
        return summarise_curve(np.cumsum(self.hits[name], axis=1), self.totals)

    def by_end(self, step: int) -> ShareEstimate:
        """The estimate of a step by the horizon."""
        return summarise_share(self.hits[step].sum(axis=1), self.totals)

    def by_horizon(self) -> NDArray[np.float64]:
        """[W, S] share of each world's trajectories that take the step within the horizon."""
        reached = self.hits[: self.model.n_steps].sum(axis=2)
        return np.asarray((reached / np.maximum(self.totals, 1)).T)

    def median(self, step: int) -> str | None:
        """Month (YYYY-MM) by which half of all trajectories have taken the step; None if fewer do."""
        reached = np.cumsum(self.months[step][:-1])
        if not len(reached) or 2 * reached[-1] < self.trajectories:
            return None
        month = float(self._months[np.searchsorted(2 * reached, self.trajectories, side="left")])
        return month_end(self.model, month).isoformat()[:7]


def _estimate(day: date, share: ShareEstimate) -> dict[str, Any]:
    return {"date": day.isoformat(), **_shown(share)}


def _shown(share: ShareEstimate) -> dict[str, Any]:
    return {
        "probability": share.probability,
        "credible_90": None if share.credible_90 is None else list(share.credible_90),
        "credible_error": None if share.credible_error is None else list(share.credible_error),
        "mc_error": share.mc_error,
        "mc_error_within": share.mc_error_within,
    }


def _milestone(tally: Tally, name: int) -> dict[str, Any]:
    median = tally.median(name) if name < tally.model.n_steps else None
    return milestone(tally.dates, tally.curve(name), median)


def milestone(dates: Sequence[date], curve: Sequence[ShareEstimate], median: str | None) -> dict[str, Any]:
    """What the summary says of one step: its estimates by date, and how often it is not taken."""
    last = curve[-1]
    credible = last.credible_90 and [1.0 - last.credible_90[1], 1.0 - last.credible_90[0]]
    return {
        "by": [_estimate(day, share) for day, share in zip(dates, curve, strict=True)],
        "never_within_horizon": {
            "probability": 1.0 - last.probability,
            "credible_90": credible,
            "mc_error": last.mc_error,
        },
        "median": median,
    }


def _shares(counts: NDArray[np.int64], names: tuple[str, ...], of: int) -> dict[str, float]:
    """Name -> share, largest first, without zeroes."""
    order = np.argsort(-counts, kind="stable")
    return {names[i]: int(counts[i]) / of for i in order if counts[i]} if of else {}


def _blockers(tally: Tally, step: int) -> dict[str, Any]:
    model = tally.model
    stuck = int(tally.stuck[step])
    years = []
    for y, year in enumerate(model.years):
        due = int(tally.due[step, y])
        if due:
            shares = _shares(tally.blocked[step, y], model.voter_names, due)
            years.append({"year": year, "meetings": due, "share": shares})
    return {
        "by_year": years,
        "at_last_meeting": _shares(tally.last_blockers[step], model.voter_names, stuck),
        "stuck": stuck,
    }


def _last(counts: NDArray[np.int64], names: tuple[str, ...]) -> dict[str, Any]:
    known = int(counts[1:].sum())
    return {"trajectories": known, "share": _shares(counts[1:], names, known)}


def _label(model: Model, code: int) -> str:
    watched = len(model.watch_names)
    if code < watched:
        return model.watch_names[code]
    step, how = divmod(code - watched, len(HOW))
    return model.step_names[step] + ("" if HOW[how] == "passed" else f" ({HOW[how]})")


def _commonest(tally: Tally) -> list[dict[str, Any]]:
    return [
        {"path": [_label(tally.model, code) for code in codes], "share": count / tally.trajectories}
        for codes, count in tally.paths.top(COMMONEST)
    ]


def heading(model: Model, seed: int, question: str, trajectories: int, worlds: int) -> dict[str, Any]:
    """What a summary begins with."""
    return {
        "schema": SCHEMA,
        "scenario": {"name": model.name, "digest": model.digest, "title": model.title, "question": question},
        "seed": seed,
        "trajectories": trajectories,
        "worlds": worlds,
        "start": model.start.isoformat(),
        "horizon": model.horizon.isoformat(),
    }


def summary(tally: Tally, seed: int, question: str) -> dict[str, Any]:
    """The plain data of ``summary.json`` (see the contract in the design; times are calendar dates).

    Shares in ``blockers`` are of the meetings of a year at which the step was due (``by_year``), or of the
    ``stuck`` trajectories, those whose ladder ends before the step (``at_last_meeting``). Those in
    ``last_to_move`` and ``last_to_ratify`` are of the trajectories that got so far. No share in ``paths`` is
    too low by more than ``paths_error`` (0 unless there were very many different paths), and none is too high.
    """
    model = tally.model
    names = (*model.step_names, *model.watch_names)
    curves: Mapping[str, Any] = {name: _milestone(tally, i) for i, name in enumerate(names)}
    return {
        **heading(model, seed, question, tally.trajectories, tally.worlds),
        "milestones": {name: curves[name] for name in model.step_names},
        "watched": {name: curves[name] for name in model.watch_names},
        "how": {
            step: {HOW[h]: int(n) / tally.trajectories for h, n in enumerate(tally.how[i])}
            for i, step in enumerate(model.step_names)
        },
        "blockers": {step: _blockers(tally, i) for i, step in enumerate(model.step_names)},
        "last_to_move": _last(tally.last_to_move, model.voter_names),
        "last_to_ratify": _last(tally.last_to_ratify, model.voter_names),
        "paths": _commonest(tally),
        "paths_error": tally.paths.missed / tally.trajectories,
    }
