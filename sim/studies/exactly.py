"""A run with the exact engine: every world solved, nothing sampled within them.

What remains uncertain is which worlds were drawn. Of a path the engine knows only by when each step is taken:
who blocked, who was last, how a step was taken, what was watched and in which order things happened are left
empty. (The sample futures of the report are replays of keyed draws, as in any run.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from sim.base.dates import report_dates
from sim.base.errors import ModelError, OptionError
from sim.engines import exact
from sim.engines.exact import BOUND
from sim.estimates.intervals import summarise_exact
from sim.estimates.tally import bin_ends, heading, milestone, month_end, month_marks
from sim.model.model import Floats, Model
from sim.model.worlds import Worlds

__all__ = ["BOUND", "SolvedWorlds", "exact_summary", "solve_worlds"]

NOBODY = {"trajectories": 0, "share": {}}
NO_BLOCKERS = {"by_year": [], "at_last_meeting": {}, "stuck": 0}


@dataclass(frozen=True)
class SolvedWorlds:
    """W worlds of a model with S steps, solved at the D report dates and at all days that matter."""

    model: Model
    dates: list[date]
    """The D report dates."""
    chances: Floats
    """[W, S, D] that the step was taken by the date."""
    days: list[date]
    """Report dates, meetings and ends of months, in order."""
    mean: Floats
    """[S, days] the same, averaged over worlds."""
    states: int
    carried: int
    bound: int
    error_bound: float
    truncation: float

    def by_horizon(self) -> Floats:
        """[W, S]"""
        return self.chances[:, :, -1]

    def bins(self) -> tuple[list[date], Floats]:
        """The days on which bins end, and the probability [S, B] that the step is taken in each."""
        ends, _ = bin_ends(self.model)
        known = self.mean[:, np.searchsorted(_ordinals(self.days), _ordinals(ends))]
        return ends, np.diff(known, axis=1, prepend=0.0)

    def median(self, step: int) -> str | None:
        """Month (YYYY-MM) by which the step is as likely taken as not; None if it is not by the horizon."""
        for mark in _marks(self.model):
            if self.mean[step, self.days.index(mark)] >= 0.5:
                return mark.isoformat()[:7]
        return None


def _ordinals(days: list[date]) -> list[int]:
    return [day.toordinal() for day in days]


def _marks(model: Model) -> list[date]:
    """Ends of months up to the horizon, which is the last."""
    return [min(month_end(model, years), model.horizon) for years in month_marks(model).tolist()]


def solve_worlds(
    model: Model, worlds: Worlds, seed: int, bound: int, progress: Callable[[int], None]
) -> SolvedWorlds:
    """Solves each world.

    :param bound: joint states that are taken; :param progress: told 1 for each world.
    :raises ModelError: the model is refused, naming the part and the number, and what can be done.
    """
    dates = report_dates(model.start, model.horizon)
    days = sorted({*dates, *bin_ends(model)[0], *_marks(model)})
    wanted = np.searchsorted(_ordinals(days), _ordinals(dates))
    try:
        solved = exact.blocks(model, worlds, seed, range(len(worlds)), dates=days, bound=bound)
    except ModelError as reason:
        raise OptionError(f"{reason}.{_way_out(str(reason))}") from None
    chances = np.empty((len(worlds), model.n_steps, len(dates)))
    mean = np.zeros((model.n_steps, len(days)))
    error = truncation = 0.0
    states = carried = 0
    for world, found in enumerate(solved):
        # what is cut off may make a curve fall by less than the error bound; probabilities by date do not
        curve = np.maximum.accumulate(np.clip(found.probability, 0.0, 1.0), axis=1)
        chances[world], mean = curve[:, wanted], mean + curve
        error, truncation = max(error, found.error_bound), max(truncation, found.truncation)
        states, carried = found.states, max(carried, found.carried)
        progress(1)
    return SolvedWorlds(
        model, dates, chances, days, mean / len(worlds), states, carried, bound, error, truncation
    )


def _way_out(reason: str) -> str:
    if "joint states" in reason:
        return (
            " With <bound> more are taken (memory and time grow with them); <overrides> can hold chains still, which "
            "leaves fewer; <engine> montecarlo takes any model."
        )
    return " The engine montecarlo takes any model."


def exact_summary(solved: SolvedWorlds, seed: int, question: str) -> dict[str, Any]:
    """The plain data of ``summary.json``, with the keys of any run and ``exact``.

    ``trajectories`` is 0; what only trajectories can tell is empty. ``exact`` has the number of joint states
    and the largest error of any probability of any world: ``truncation`` is its proven part (what was cut off),
    ``error_bound`` has the error of the grid behind the last decision added, judged by halving its step.
    """
    model = solved.model
    curves = [[summarise_exact(column) for column in solved.chances[:, s].T] for s in range(model.n_steps)]
    return {
        **heading(model, seed, question, 0, len(solved.chances)),
        "exact": {
            "joint_states": solved.states,
            "carried": solved.carried,
            "bound": solved.bound,
            "error_bound": solved.error_bound,
            "truncation": solved.truncation,
        },
        "milestones": {
            name: milestone(solved.dates, curves[s], solved.median(s))
            for s, name in enumerate(model.step_names)
        },
        "watched": {},
        "how": {},
        "blockers": {name: dict(NO_BLOCKERS) for name in model.step_names},
        "last_to_move": dict(NOBODY),
        "last_to_ratify": dict(NOBODY),
        "paths": [],
        "paths_error": 0.0,
    }
