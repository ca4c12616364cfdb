"""Objections of V voters in n trajectories, for ``numpy_vectorised``: looked at now and then, or at every meeting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared import Baseline
from sim.model.model import Floats

Index = NDArray[np.intp]


class Looked:
    """Drawn when looked at, by the transition probabilities of a two-state chain given the last look."""

    def __init__(self, base: Baseline, worlds: Index, rng: np.random.Generator) -> None:
        self.rng, self.world = rng, worlds
        self.begins, self.ends = base.numbers["objection_rate"], base.numbers["objection_ends"]
        self.raised = base.objection_today.astype(np.float32)[worlds]
        """[n, V] chance of an objection at the last look: 0 or 1 but at the start."""
        self.looked = np.zeros(len(worlds))

    def at(self, who: Index, when: Floats | float) -> NDArray[np.bool_]:
        """[m, V] who objects."""
        world = self.world.take(who)
        begins = self.begins.take(world)
        both = begins + self.ends.take(world)
        stays = np.exp(-both * (when - self.looked.take(who)))
        share = (begins / both * (1 - stays)).astype(np.float32)
        chance = self.raised[who] * stays.astype(np.float32)[:, None] + share[:, None]
        objects: NDArray[np.bool_] = self.rng.random(chance.shape, np.float32) < chance
        self.raised[who] = objects
        self.looked[who] = when
        return objects


class Watched:
    """Lived through: when each objection next begins or ends is kept, so that a look costs little."""

    def __init__(self, base: Baseline, worlds: Index, rng: np.random.Generator) -> None:
        self.rng, self.world = rng, worlds
        numbers = base.numbers
        self.rates = np.stack([numbers["objection_rate"], numbers["objection_ends"]], axis=1).astype(
            np.float32
        )
        """[W, raised]"""
        shape = (len(worlds), len(base.voters))
        self.raised = rng.random(shape, np.float32) < base.objection_today.astype(np.float32)[worlds]
        begins, ends = self.rates[worlds, 0][:, None], self.rates[worlds, 1][:, None]
        self.turns = rng.standard_exponential(shape, np.float32) / np.where(self.raised, ends, begins)
        """[n, V] years."""
        self.looked = np.zeros(len(worlds))

    def at(self, who: Index, when: float) -> NDArray[np.bool_]:
        """[m, V] who objects."""
        row, voter = np.nonzero(self.turns[who] <= np.float32(when))
        row = who[row]
        while len(row):
            raised = ~self.raised[row, voter]
            self.raised[row, voter] = raised
            rate = self.rates[self.world[row], raised.view(np.uint8)]
            turns = self.turns[row, voter] + self.rng.standard_exponential(len(row), np.float32) / rate
            self.turns[row, voter] = turns
            again = turns <= np.float32(when)
            row, voter = row[again], voter[again]
        return self.raised[who]


class Counts:
    """Meetings at which a step was due, and who blocked them, by calendar year."""

    def __init__(self, base: Baseline) -> None:
        self.begin, years = base.model.start, len(base.model.years)
        self.due = np.zeros((3, years), np.int64)
        self.blocked = np.zeros((3, years, len(base.voters)), np.int64)
        days = base.model.agenda
        self.year = dict(zip(days.time.tolist(), days.year.tolist(), strict=True))

    def add(self, step: int, date: float, blocks: NDArray[np.bool_]) -> None:
        """One meeting in many trajectories, [m, V]."""
        year = self.year[date]
        self.due[step, year] += len(blocks)
        self.blocked[step, year] += np.add.reduce(blocks.view(np.uint8), axis=0, dtype=np.int32)
