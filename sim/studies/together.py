"""Scenarios run side by side, trajectory by trajectory with the same luck, and counted.

Trajectory i of every scenario is held against trajectory i of the first one. Only counts are kept, so memory
does not grow with the number of trajectories.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.base.dates import years_between
from sim.engines.montecarlo.engine import processors
from sim.engines.paths import Paths
from sim.estimates.paired import Counts
from sim.studies.prepare import Prepared, Progress, paths_of

BATCHES = 1000
"""Where nothing is uncertain there is one world; batches of trajectories are paired in place of worlds."""
SAME_TIME = 1e-8
"""Years, a third of a second. Luck used up at other rates adds up to times that differ in the last digits."""
FUTURES = ("same", "earlier", "later", "gained", "lost", "neither")
"""What can become of a step in a trajectory by the last date: taken at the same time as in the first scenario,
earlier, later, only here, only in the first, or in neither."""


@dataclass(frozen=True)
class Pairing:
    """A scenario held against the first, for C steps that both have, U units and D dates."""

    steps: tuple[str, ...]
    """The C steps, in the order of the first scenario."""
    gained: NDArray[np.int64]
    """[C, U, D] trajectories that took the step by the date in this scenario only."""
    lost: NDArray[np.int64]
    """[C, U, D] that took it by the date in the first one only."""
    futures: NDArray[np.int64]
    """[C, 6] trajectories, see FUTURES."""
    years_later: NDArray[np.float64]
    """[C] sum over trajectories that take the step in both of how much later it is taken here."""
    both: NDArray[np.int64]
    """[C] these trajectories."""


@dataclass(frozen=True)
class Together:
    """What scenarios that were run side by side leave."""

    counts: tuple[Counts, ...]
    """Of each scenario, with its own steps; the units (worlds, or batches) are the same in all."""
    pairings: tuple[Pairing, ...]
    """Of each scenario but the first."""


class _Tally:
    """Counts of one pair of scenarios while they run."""

    def __init__(self, first: Prepared, other: Prepared, units: int, dates: int) -> None:
        common = [name for name in first.model.step_names if name in other.model.step_names]
        self.steps = tuple(common)
        self.columns = [
            (first.model.step_names.index(name), other.model.step_names.index(name)) for name in common
        ]
        self.shift = years_between(first.model.start, other.model.start)
        self.units, self.width = units, dates + 1
        self.slots = np.zeros((len(common), units, self.width), np.int64)
        self.futures = np.zeros((len(common), len(FUTURES)), np.int64)
        self.years_later = np.zeros(len(common))

    def add(
        self, unit: NDArray[np.int64], times: tuple[Paths, Paths], slots: tuple[NDArray[np.int64], ...]
    ) -> None:
        """Takes in a block; ``slots`` [n, S] are the dates by which each step was taken."""
        for c, (here, there) in enumerate(self.columns):
            before, after = slots[0][:, here], slots[1][:, there]
            self.slots[c] += _histogram(unit, np.maximum(before, after), self.units, self.width)
            ends = before < self.width - 1, after < self.width - 1
            each = ends[0] & ends[1]
            later = times[1].time[each, there] + self.shift - times[0].time[each, here]
            early, late = int((later < -SAME_TIME).sum()), int((later > SAME_TIME).sum())
            gained, lost = int((ends[1] & ~ends[0]).sum()), int((ends[0] & ~ends[1]).sum())
            same, neither = len(later) - early - late, len(unit) - len(later) - gained - lost
            self.futures[c] += [same, early, late, gained, lost, neither]
            self.years_later[c] += later.sum()

    def done(self, first: Counts, other: Counts) -> Pairing:
        """What was counted."""
        both = np.cumsum(self.slots[:, :, :-1], axis=2)
        here, there = ([pair[side] for pair in self.columns] for side in (0, 1))
        gained, lost = other.hits[there] - both, first.hits[here] - both
        taken = both[:, :, -1].sum(axis=1)
        return Pairing(self.steps, gained, lost, self.futures, self.years_later, taken)


def _histogram(unit: NDArray[np.int64], slot: NDArray[np.int64], units: int, width: int) -> NDArray[np.int64]:
    """[U, D+1] trajectories by unit and date; the last column is later or never."""
    return np.bincount(unit * width + slot, minlength=units * width).reshape(units, width)


def run_together(
    scenarios: Sequence[Prepared],
    dates: Sequence[date],
    trajectories: int,
    threads: int | None = None,
    progress: Progress = lambda done: None,
) -> Together:
    """Runs the compiled engine for all scenarios at once.

    :param threads: shared by all scenarios (default: every processor).
    :param progress: told the number of trajectories of each block of each scenario.
    """
    worlds = max(len(prepared.worlds) for prepared in scenarios)
    units, width = worlds if worlds > 1 else min(BATCHES, trajectories), len(dates) + 1
    edges = [np.array([years_between(p.model.start, day) for day in dates]) for p in scenarios]
    hits = [np.zeros((p.model.n_steps, units, width), np.int64) for p in scenarios]
    totals = np.zeros(units, np.int64)
    tallies = [_Tally(scenarios[0], other, units, len(dates)) for other in scenarios[1:]]
    workers = threads or processors()
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        streams = [
            stack.enter_context(closing(paths_of(prepared, trajectories, threads=workers, pool=pool)))
            for prepared in scenarios
        ]
        for blocks in zip(*streams, strict=True):
            unit = blocks[0].trajectory % units
            totals += np.bincount(unit, minlength=units)
            slots = [np.searchsorted(e, b.time, side="left") for e, b in zip(edges, blocks, strict=True)]
            for hit, slot in zip(hits, slots, strict=True):
                for step, column in enumerate(slot.T):
                    hit[step] += _histogram(unit, column, units, width)
            for tally, block, slot in zip(tallies, blocks[1:], slots[1:], strict=True):
                tally.add(unit, (blocks[0], block), (slots[0], slot))
            progress(len(unit) * len(scenarios))
    counts = tuple(Counts(np.cumsum(hit[:, :, :-1], axis=2), totals) for hit in hits)
    pairings = tuple(t.done(counts[0], other) for t, other in zip(tallies, counts[1:], strict=True))
    return Together(counts, pairings)


def counted(
    prepared: Prepared,
    dates: Sequence[date],
    trajectories: int,
    threads: int | None,
    progress: Progress = lambda done: None,
) -> Counts:
    """Runs one scenario; ``progress`` is told the number of trajectories of each block."""
    return run_together([prepared], dates, trajectories, threads, progress).counts[0]
