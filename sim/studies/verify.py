"""The engines held against one another: Monte Carlo beside exact, and beside the replay.

*Exact.* In world w the number of trajectories that took a step by a date is binomial with the exact
probability p_w; over the worlds it is a sum of independent binomials, whose tails are worked out as they are
(no normal law), with each p_w moved by the stated error of the exact engine in the direction that favours
agreement. With m comparisons one is called a disagreement if its two-sided p-value is below A / m
(Bonferroni), so that engines that agree are told apart with probability at most A.

*Replay.* Every bit of the results of the first trajectories.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from datetime import date as Day
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from sim.base.errors import ModelError, OptionError
from sim.base.progress import Progress, silent
from sim.engines import exact, montecarlo, replay
from sim.engines.paths import Paths
from sim.estimates.binomials import p_value
from sim.estimates.tally import Tally
from sim.model.compiler import compile_scenario
from sim.model.model import Floats, Ints, Model
from sim.model.worlds import Worlds, draw_worlds
from sim.scenario.load import Scenario, load_scenario
from sim.studies.named import TitledScenario
from sim.studies.options import Sampling

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
FALSE_ALARM = 1e-4
"""Probability that engines that agree are told apart, at most."""
WORLDS = 20
REPLAYED = 200
POWER = 0.99


# --- what it says ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ComparedNumber:
    """The probability of a step, or of a substitute for it, by a date from both engines."""

    step: str
    date: Day
    exact: float
    montecarlo: float
    z: float | None
    """With the exact binomial standard deviation; None where that is 0."""
    p_value: float
    """The verdict uses this one."""
    disagrees: bool


@dataclass(frozen=True)
class Sharpest:
    """Where a comparison is sharpest, and the relative error of a probability that it finds there.

    A Monte Carlo engine that is wrong by so much there is rejected with a probability of at least ``power`` (by
    the normal law, as if all worlds were alike, which overstates the spread).
    """

    step: str
    date: Day
    relative_error: float
    power: float


@dataclass(frozen=True)
class BesideExact:
    """Monte Carlo beside the exact engine."""

    refused: None
    trajectories: int
    worlds: int
    joint_states: int
    error_bound: float
    """Largest error of any exact probability."""
    false_alarm: float
    level: float
    """p-values below this are disagreements."""
    finds: Sharpest | None
    """None where every probability is 0 or 1."""
    numbers: tuple[ComparedNumber, ...]

    @property
    def agrees(self) -> bool:
        """Whether no number disagrees."""
        return not any(number.disagrees for number in self.numbers)

    def table(self) -> pd.DataFrame:
        """The numbers, one row for each step and date."""
        import pandas as pd

        return pd.DataFrame([{**asdict(n), "date": n.date.isoformat()} for n in self.numbers])


@dataclass(frozen=True)
class NotTaken:
    """The exact engine does not take the model."""

    refused: str
    """Why, naming the part and the number."""


@dataclass(frozen=True)
class DifferingColumn:
    """A column of the results in which a bit differs, and the first trajectory in which one does."""

    column: str
    trajectory: int


@dataclass(frozen=True)
class BesideReplay:
    """Monte Carlo beside the replay, bit by bit."""

    trajectories: int
    differences: tuple[DifferingColumn, ...]


@dataclass(frozen=True)
class VerifyAnswer:
    """A verification in short."""

    schema: int
    scenario: TitledScenario
    seed: int
    agrees: bool
    """Whether no disagreement was found."""
    exact: BesideExact | NotTaken
    replay: BesideReplay


@dataclass(frozen=True)
class Verification:
    """What came of holding the engines against one another."""

    model: Model
    answer: VerifyAnswer


# --- verifying ------------------------------------------------------------------------------------------


def verify(
    scenario: str | Path | Scenario,
    options: Sampling | None = None,
    replayed: int = REPLAYED,
    bound: int = exact.BOUND,
    progress: Progress = silent,
) -> Verification:
    """Holds the engines against one another.

    :param options: see ``Sampling``; by default there are 20 worlds, each of which is solved exactly.
    :param replayed: trajectories compared with the replay engine, bit by bit.
    :param bound: joint states that the exact engine takes.
    :param progress: told 1 for each world that is solved.
    :raises AccessionError: the scenario, an override or a number cannot be used.
    """
    options = Sampling() if options is None else options
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario, options.overrides)
    model, seed = compile_scenario(loaded), options.seed
    wanted = WORLDS if options.worlds is None else options.worlds
    for name, number, least in (
        ("worlds", wanted, 1),
        ("trajectories", options.most, wanted if model.uncertain else 1),
        ("replayed", replayed, 1),
        ("bound", bound, 1),
    ):
        if number < least:
            raise OptionError(f"<{name}> {number}: allowed: {least} or more")
    drawn = draw_worlds(model, seed, wanted if model.uncertain else 1)
    found: BesideExact | NotTaken
    try:
        solver = exact.Solver(model, bound)
        found = beside_exact(solver, drawn, drawn, seed, options.most, options.threads, progress)
    except ModelError as reason:
        found = NotTaken(str(reason))
    told = BesideReplay(replayed, differing(model, drawn, seed, replayed))
    agrees = not told.differences and (isinstance(found, NotTaken) or found.agrees)
    return Verification(model, VerifyAnswer(SCHEMA, TitledScenario.of(model), seed, agrees, found, told))


# --- exact ------------------------------------------------------------------------------------------------


def beside_exact(
    solver: exact.Solver,
    solved: Worlds,
    simulated: Worlds,
    seed: int,
    trajectories: int,
    threads: int | None = None,
    progress: Progress = silent,
    false_alarm: float = FALSE_ALARM,
) -> BesideExact:
    """Monte Carlo beside exact, at every date of ``Tally.dates``.

    :param solved: the worlds that the exact engine is given; :param simulated: those of the Monte Carlo
        engine, the same unless a difference is to be found.
    :raises ModelError: a rate that the exact engine does not take.
    """
    model = solver.model
    tally = Tally(model, len(simulated))
    answers = []
    for answer in solver.blocks(solved, seed, range(len(solved)), tally.dates):
        answers.append(answer)
        progress(1)
    with closing(montecarlo.blocks(model, simulated, seed, range(trajectories), threads=threads)) as blocks:
        for paths in blocks:
            tally.add(paths)
    level = false_alarm / (len(tally.outcomes.taken) * len(tally.dates))
    numbers = _compared(tally, answers, level)
    return BesideExact(
        refused=None,
        trajectories=trajectories,
        worlds=len(simulated),
        joint_states=answers[0].states,
        error_bound=max(answer.error_bound for answer in answers),
        false_alarm=false_alarm,
        level=level,
        finds=_sharpest(numbers, level, trajectories),
        numbers=numbers,
    )


def _compared(tally: Tally, answers: Sequence[exact.Exact], level: float) -> tuple[ComparedNumber, ...]:
    """Every step (and substitute) and date; ``answers`` of every world."""
    taken = tally.outcomes.taken
    chances = np.stack([answer.apart for answer in answers])
    error = max(answer.error_bound for answer in answers)
    hits = tally.hits[: len(taken)].sum(axis=1).cumsum(axis=1)
    return tuple(
        _number(name, day, int(hits[s, d]), tally.totals, chances[:, s, d], error, level)
        for s, name in enumerate(taken)
        for d, day in enumerate(tally.dates)
    )


def _number(
    step: str, day: Day, seen: int, totals: Ints, chances: Floats, error: float, level: float
) -> ComparedNumber:
    """One number: seen in so many of the ``totals`` [W] trajectories, with the exact ``chances`` [W]."""
    expected, of = float((totals * chances).sum()), int(totals.sum())
    spread = float(np.sqrt((totals * chances * (1 - chances)).sum()))
    value = p_value(seen, totals, chances, error)
    return ComparedNumber(
        step=step,
        date=day,
        exact=expected / of,
        montecarlo=seen / of,
        z=(seen - expected) / spread if spread > 0 else None,
        p_value=value,
        disagrees=value < level,
    )


def _sharpest(numbers: Sequence[ComparedNumber], level: float, trajectories: int) -> Sharpest | None:
    needed = float(stats.norm.isf(level / 2) + stats.norm.isf(1 - POWER))
    p = np.array([number.exact for number in numbers])
    relative = np.full(len(p), np.inf)
    inside = (p > 0) & (p < 1 - 1e-9)
    relative[inside] = needed * np.sqrt((1 - p[inside]) / (p[inside] * trajectories))
    best = numbers[int(np.argmin(relative))]
    return Sharpest(best.step, best.date, float(relative.min()), POWER) if inside.any() else None


# --- replay -----------------------------------------------------------------------------------------------


def differing(model: Model, worlds: Worlds, seed: int, trajectories: int) -> tuple[DifferingColumn, ...]:
    """Every column of the results in which Monte Carlo and replay differ in any bit."""
    fast = montecarlo.simulate(model, worlds, seed, trajectories)
    told = replay.simulate(model, worlds, seed, trajectories)
    found = {
        field.name: _first_difference(getattr(fast, field.name), getattr(told, field.name))
        for field in fields(Paths)
    }
    return tuple(DifferingColumn(name, row) for name, row in found.items() if row is not None)


def _first_difference(one: np.ndarray, other: np.ndarray) -> int | None:
    """The first row in which two arrays differ as bytes; None if they are the same."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return 0
    if one.tobytes() == other.tobytes():
        return None
    rows = [np.ascontiguousarray(a).reshape(len(a), -1).view(np.uint8) for a in (one, other)]
    return int(np.argmax((rows[0] != rows[1]).any(axis=1)))
