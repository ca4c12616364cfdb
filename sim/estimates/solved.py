"""Worlds that the exact engine has solved, one after the other.

What remains uncertain is which worlds were drawn. Of a path the engine knows only by when each step is taken:
who blocked, who was last, how a step was taken, what was watched and in which order things happened are not
known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sim.base.dates import month_ends, report_dates, years_at
from sim.estimates.indices import Shares
from sim.estimates.intervals import ShareEstimate, summarise_exact
from sim.estimates.outcomes import Outcomes
from sim.estimates.tally import bin_ends
from sim.model.model import Floats, Model

if TYPE_CHECKING:
    from sim.engines.exact.solver import Exact


@dataclass(frozen=True)
class Solution:
    """How large the model is, and the largest error of any probability of any world."""

    joint_states: int
    carried: int
    bound: int
    error_bound: float
    """``truncation``, and the error of the grid behind the last decision, judged by halving its step."""
    truncation: float
    """The proven part: what was cut off."""


class Solved:
    """Probabilities of the worlds of a model with S steps and K substitutes, at all days that matter.

    :param bound: joint states that were allowed.
    """

    trajectories = 0

    def __init__(self, model: Model, bound: int) -> None:
        self.model, self.bound = model, bound
        self.outcomes = replace(Outcomes.of(model), watched=())
        self.dates = report_dates(model.start, model.horizon)
        self._months, ends = month_ends(model.start, model.horizon)
        self._month_ends = [min(years, model.horizon_years) for years in ends]
        wanted: list[date | float] = [*self.dates, *bin_ends(model)[0], *self._month_ends]
        self.moments = sorted({years_at(model.start, when) for when in wanted})
        """Report dates, meetings and ends of months, in years since the start: what each world is to be solved for."""
        self._wanted = self._places(self.dates)
        self._chances: list[Floats] = []
        self._sum = np.zeros((len(self.outcomes.taken), len(self.moments)))
        self._states = self._carried = 0
        self._error = self._truncation = 0.0

    def _places(self, some: Sequence[date | float]) -> list[int]:
        place = {years: i for i, years in enumerate(self.moments)}
        return [place[years_at(self.model.start, when)] for when in some]

    def add(self, found: Exact) -> None:
        """Takes in the next world, solved for ``moments``."""
        # what is cut off may make a curve fall by less than the error bound; probabilities by date do not
        curve = np.maximum.accumulate(found.apart, axis=1)
        self._chances.append(curve[:, self._wanted])
        self._sum = self._sum + curve
        self._states, self._carried = found.states, max(self._carried, found.carried)
        self._error = max(self._error, found.error_bound)
        self._truncation = max(self._truncation, found.truncation)

    @property
    def worlds(self) -> int:
        """How many have been taken in, W."""
        return len(self._chances)

    def solution(self) -> Solution:
        """What the summary says of the solving."""
        return Solution(self._states, self._carried, self.bound, self._error, self._truncation)

    def curve(self, outcome: int) -> list[ShareEstimate]:
        """Estimates of a step (or substitute) at each report date."""
        by_date = np.stack([chances[outcome] for chances in self._chances], axis=1)
        return [summarise_exact(worlds) for worlds in by_date]

    def shares_by(self, outcome: int, day: date) -> Shares:
        """The probability of each world that a step (or substitute) is taken by a report date."""
        place = self.dates.index(day)
        return Shares.solved(np.array([chances[outcome, place] for chances in self._chances]))

    def by_horizon(self) -> Floats:
        """[W, S+K] the probability of each world that the step (or substitute) is taken within the horizon."""
        return np.stack([chances[:, -1] for chances in self._chances])

    def _mean(self) -> Floats:
        """[S+K, moments] that the step (or substitute) was taken by then, over worlds."""
        return np.asarray(self._sum / self.worlds)

    def bins(self) -> tuple[list[date], Floats]:
        """The days on which bins end, and the probability [S+K, B] that the step (or substitute) is taken in each."""
        ends, _ = bin_ends(self.model)
        return ends, np.diff(self._mean()[:, self._places(ends)], axis=1, prepend=0.0)

    def median(self, outcome: int) -> str | None:
        """Month (YYYY-MM) at whose end the step (or substitute) is as likely taken as not; None if it never is."""
        chances = self._mean()[outcome, self._places(self._month_ends)]
        reached = np.flatnonzero(chances >= 0.5)
        return self._months[int(reached[0])] if len(reached) else None
