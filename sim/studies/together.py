"""Scenarios run side by side, trajectory by trajectory with the same luck, and counted.

Trajectory i of every scenario is held against trajectory i of the first one. Only counts are kept, so memory
does not grow with the number of trajectories.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from sim.base.dates import years_between
from sim.base.progress import Progress, silent
from sim.engines.montecarlo.engine import processors, threads_of
from sim.engines.paths import Paths
from sim.estimates.differences import PairedCounts, StepFutures
from sim.estimates.outcomes import Outcomes
from sim.estimates.paired import Counts
from sim.model.model import Floats, Ints
from sim.studies.prepare import Prepared, paths_of

BATCHES = 1000
"""Where nothing is uncertain there is one world; batches of trajectories are paired in place of worlds."""
SAME_TIME = 1e-8
"""Years, a third of a second. Luck used up at other rates adds up to times that differ in the last digits."""


@dataclass(frozen=True)
class Together:
    """What scenarios that were run side by side leave."""

    counts: tuple[Counts, ...]
    """Of each scenario, with its own steps and substitutes; the units (worlds, or batches) are the same in all."""
    pairs: tuple[Mapping[str, PairedCounts], ...]
    """Of each scenario but the first: each step and substitute that it shares with the first, in its order."""


def run_together(
    scenarios: Sequence[Prepared],
    dates: Sequence[date],
    trajectories: int,
    threads: int | None = None,
    progress: Progress = silent,
    units: int | None = None,
) -> Together:
    """Runs the compiled engine for all scenarios at once.

    :param threads: shared by all scenarios (default: every processor).
    :param progress: told the number of trajectories of each block of each scenario.
    :param units: by which trajectories are counted; see :func:`units_of`, which says it if it is not given.
    """
    units = units or units_of(max(len(prepared.worlds) for prepared in scenarios), trajectories)
    totals = np.zeros(units, np.int64)
    sides = [Side(prepared, dates, units) for prepared in scenarios]
    pairs = [_pair(scenarios[0], other, units, len(dates)) for other in scenarios[1:]]
    for blocks in side_by_side(scenarios, trajectories, threads):
        unit = blocks[0].trajectory % units
        totals += np.bincount(unit, minlength=units)
        first, *others = (side.add(unit, block) for side, block in zip(sides, blocks, strict=True))
        for pair, other in zip(pairs, others, strict=True):
            for step in pair.values():
                step.add(unit, (first, other))
        progress(len(unit) * len(scenarios))
    counts = tuple(side.counts(totals) for side in sides)
    return Together(
        counts,
        tuple(
            {
                name: step.counts(counts[0].of(name), other.of(name), int(totals.sum()))
                for name, step in pair.items()
            }
            for pair, other in zip(pairs, counts[1:], strict=True)
        ),
    )


def counted(
    prepared: Prepared,
    dates: Sequence[date],
    trajectories: int,
    threads: int | None,
    progress: Progress = silent,
    units: int | None = None,
) -> Counts:
    """Runs one scenario; the options are those of :func:`run_together`."""
    return run_together([prepared], dates, trajectories, threads, progress, units).counts[0]


def units_of(worlds: int, trajectories: int) -> int:
    """Worlds; where there is one, batches of trajectories."""
    return worlds if worlds > 1 else min(BATCHES, trajectories)


def side_by_side(
    scenarios: Sequence[Prepared], trajectories: int, threads: int | None
) -> Iterator[tuple[Paths, ...]]:
    """The same block of trajectories of every scenario, from one pool of threads."""
    workers = threads or processors()
    with ExitStack() as stack:
        pool = stack.enter_context(threads_of(workers))
        streams = [
            stack.enter_context(closing(paths_of(prepared, trajectories, threads=workers, pool=pool)))
            for prepared in scenarios
        ]
        yield from zip(*streams, strict=True)


# --- counts while they run ------------------------------------------------------------------------------


class Side:
    """Of one scenario: by which date each step (or substitute) is taken, in every unit."""

    def __init__(self, prepared: Prepared, dates: Sequence[date], units: int) -> None:
        self._prepared = prepared
        self._edges = np.array([years_between(prepared.model.start, day) for day in dates])
        self._outcomes = Outcomes.of(prepared.model)
        self._slots = np.zeros((len(self._outcomes.taken), units, len(dates) + 1), np.int64)

    def add(self, unit: Ints, paths: Paths) -> _Taken:
        """Takes in a block; returns when each was taken."""
        times = self._outcomes.times_taken(paths)
        slots = np.searchsorted(self._edges, times, side="left")
        for counts, slot in zip(self._slots, slots.T, strict=True):
            counts += histogram(unit, slot, counts.shape)
        return _Taken(slots, times)

    def counts(self, totals: Ints) -> Counts:
        """What was counted; ``totals`` are the trajectories of each unit."""
        hits = np.cumsum(self._slots[:, :, :-1], axis=2)
        return Counts(self._outcomes.taken, hits, totals, len(self._prepared.worlds))


def _pair(first: Prepared, other: Prepared, units: int, dates: int) -> dict[str, _PairedStep]:
    """Every step and substitute that a scenario shares with the first one."""
    here, there = Outcomes.of(first.model).taken, Outcomes.of(other.model).taken
    shift = years_between(first.model.start, other.model.start)
    return {
        name: _PairedStep(here.index(name), there.index(name), shift, (units, dates + 1))
        for name in here
        if name in there
    }


class _Taken(NamedTuple):
    """When n trajectories took S steps and K substitutes."""

    slots: Ints
    """[n, S+K] the first date by which it was taken; the last is never."""
    times: Floats
    """[n, S+K] years."""


class _PairedStep:
    """Of a step (or substitute) of a scenario and of the first: when it is taken in both, and what becomes of it."""

    def __init__(self, here: int, there: int, shift: float, shape: tuple[int, int]) -> None:
        self._columns, self._shift = (here, there), shift
        self._both = np.zeros(shape, np.int64)
        """[U, D+1] trajectories by the date by which both have taken it; the last column is later or never."""
        self._same = self._earlier = self._later = self._gained = self._lost = self._neither = 0
        self._years_later = 0.0

    def add(self, unit: Ints, sides: tuple[_Taken, _Taken]) -> None:
        """Takes in a block of both scenarios."""
        before, after = (side.slots[:, column] for side, column in zip(sides, self._columns, strict=True))
        self._both += histogram(unit, np.maximum(before, after), self._both.shape)
        never = self._both.shape[1] - 1
        here, there = before < never, after < never
        both = here & there
        first, other = (side.times[both, column] for side, column in zip(sides, self._columns, strict=True))
        later = other + self._shift - first
        early, late = int((later < -SAME_TIME).sum()), int((later > SAME_TIME).sum())
        self._earlier, self._later = self._earlier + early, self._later + late
        self._same += len(later) - early - late
        self._gained += int((there & ~here).sum())
        self._lost += int((here & ~there).sum())
        self._neither += int((~here & ~there).sum())
        self._years_later += later.sum()

    def counts(self, first: Ints, other: Ints, trajectories: int) -> PairedCounts:
        """What was counted; ``first`` and ``other`` [U, D] took the step by the date in the two scenarios."""
        both, taken = np.cumsum(self._both[:, :-1], axis=1), self._same + self._earlier + self._later
        futures = StepFutures(
            same=self._same / trajectories,
            earlier=self._earlier / trajectories,
            later=self._later / trajectories,
            gained=self._gained / trajectories,
            lost=self._lost / trajectories,
            neither=self._neither / trajectories,
            mean_years_later=float(self._years_later) / taken if taken else None,
        )
        return PairedCounts(other - both, first - both, futures)


def histogram(unit: Ints, slot: Ints, shape: tuple[int, ...]) -> Ints:
    """[U, D+1] trajectories by unit and date; the last column is later or never."""
    units, width = shape
    return np.bincount(unit * width + slot, minlength=units * width).reshape(units, width)
