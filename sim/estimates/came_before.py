"""What had come about before a step, in the futures that take it, and how likely it is with and without that.

Counted as blocks of paths stream by, for two steps: the first one ahead by the date of an answer, and the last one by
the horizon. What a scenario watches counts as before a step of the same moment, and steps in the order of the ladder.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.base.dates import answer_date, report_dates, years_between
from sim.engines.paths import Paths
from sim.estimates.conditional import Conditional, conditional
from sim.estimates.given import BATCHES, unit_of
from sim.estimates.outcomes import Outcomes
from sim.model.model import Model
from sim.scenario.names import substitute_name


@dataclass(frozen=True)
class Precursor:
    """Something that can come about before a step: an earlier step, a substitute for one, a watched entry."""

    name: str
    before: Conditional
    """Of the futures that take the step by the date, those in which this came about before."""
    given: Conditional
    """The step by the date, in the futures in which this has come about by then (before it or after)."""
    without: Conditional
    """The same in the others."""


@dataclass(frozen=True)
class CameBefore:
    """What had come about before one step."""

    step: str
    date: dt.date
    futures: int
    """That take the step by the date."""
    precursors: tuple[Precursor, ...]
    """Watched entries, then earlier steps, then substitutes for these."""


class CameBeforeTally:
    """Counts for T steps, by O outcomes and U worlds (or batches of trajectories, where there is one world).

    :param behind: steps that are passed at the start for certain.
    """

    def __init__(self, model: Model, worlds: int, behind: Sequence[str] = ()) -> None:
        self._outcomes = Outcomes.of(model)
        self._worlds, self._units = worlds, worlds if worlds > 1 else BATCHES
        ahead = [i for i, step in enumerate(model.step_names) if step not in behind]
        places = {ahead[-1]: model.horizon} | {
            ahead[0]: answer_date(model.start, report_dates(model.start, model.horizon))
        }
        self._places = sorted(places.items())
        self._edges = [years_between(model.start, day) for _, day in self._places]
        steps, replaced = len(model.step_names), self._outcomes.replaced
        self._ranks = np.array(
            [*range(1, steps + 1), *(1 + s for s in replaced), *[0] * len(model.watch_names)]
        )
        taken, every = len(self._outcomes.taken), len(self._outcomes.names)
        gone = {*behind, *map(substitute_name, behind)}
        order = np.array(
            [o for o in (*range(taken, every), *range(taken)) if self._outcomes.names[o] not in gone], int
        )
        self._columns = [order[self._ranks[order] < self._ranks[step]] for step, _ in self._places]
        """[T] numbers of the outcomes that can come before each step, P of them."""
        self._totals = np.zeros(self._units, np.int64)
        self._took = np.zeros((len(self._places), self._units), np.int64)
        """[T, U] futures that took the step by the date."""
        self._before, self._both, self._cases = (
            [np.zeros((len(columns), self._units), np.int64) for columns in self._columns] for _ in range(3)
        )
        """[T, P, U] of these, those in which it came before, or about by the date; and all in which it did so."""

    def add(self, paths: Paths) -> None:
        """Takes in a block of paths."""
        unit = unit_of(paths.trajectory, paths.world, self._worlds)
        self._totals += np.bincount(unit, minlength=self._units)
        times = self._outcomes.times(paths)
        for place, ((step, _), edge) in enumerate(zip(self._places, self._edges, strict=True)):
            columns = self._columns[place]
            took = np.flatnonzero(times[:, step] <= edge)
            where, when = unit[took], times[took, step]
            self._took[place] += np.bincount(where, minlength=self._units)
            for row, outcome in enumerate(columns):
                time = times[:, outcome]
                self._cases[place][row] += np.bincount(unit[time <= edge], minlength=self._units)
                earlier = time[took]
                # of lower rank, so also if at the same moment
                self._before[place][row] += np.bincount(where[earlier <= when], minlength=self._units)
                self._both[place][row] += np.bincount(where[earlier <= edge], minlength=self._units)

    def found(self) -> tuple[CameBefore, ...]:
        """What is known of each step."""
        names = self._outcomes.names
        return tuple(
            CameBefore(
                names[step],
                day,
                int(self._took[place].sum()),
                tuple(
                    self._precursor(names[outcome], place, row)
                    for row, outcome in enumerate(self._columns[place])
                ),
            )
            for place, (step, day) in enumerate(self._places)
        )

    def _precursor(self, name: str, place: int, row: int) -> Precursor:
        took, cases, both = self._took[place], self._cases[place][row], self._both[place][row]
        return Precursor(
            name,
            conditional(self._before[place][row], took),
            conditional(both, cases),
            conditional(took - both, self._totals - cases),
        )
