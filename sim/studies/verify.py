"""The engines held against one another: Monte Carlo beside exact, and beside the replay.

*Exact.* In world w the number of trajectories that took a step by a date is binomial with the exact
probability p_w; over the worlds it is a sum of independent binomials, whose tails are worked out as they are
(no normal law), with each p_w moved by the stated error of the exact engine in the direction that favours
agreement. With m comparisons one is called a disagreement if its two-sided p-value is below A / m
(Bonferroni), so that engines that agree are told apart with probability at most A.

*Replay.* Every bit of the results of the first trajectories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.errors import ModelError
from sim.engines import exact, montecarlo, replay
from sim.engines.paths import Paths
from sim.estimates.tally import Tally
from sim.model.compiler import compile_scenario
from sim.model.model import Floats, Ints, Model
from sim.model.worlds import Worlds, draw_worlds
from sim.scenario.load import LoadedScenario, load_scenario

if TYPE_CHECKING:
    import pandas as pd

FALSE_ALARM = 1e-4
"""Probability that engines that agree are told apart, at most."""
WORLDS = 20
REPLAYED = 200
POWER = 0.99
_REACH = 40
"""Standard deviations of a count that are worked out on either side."""

Progress = Callable[[int], None]


def _silent(done: int) -> None:
    """No progress shown."""


@dataclass(frozen=True)
class Comparison:
    """Monte Carlo beside exact for S steps and D dates."""

    table: pd.DataFrame
    """A row for each step and date: step, date, exact, montecarlo, z, p_value, disagrees.

    ``z`` uses the exact binomial standard deviation (NaN where that is 0); the verdict uses ``p_value``.
    """
    states: int
    error_bound: float
    false_alarm: float

    @property
    def level(self) -> float:
        """p-values below this are disagreements."""
        return self.false_alarm / len(self.table)

    @property
    def agrees(self) -> bool:
        """Whether no number disagrees."""
        return not self.table["disagrees"].any()


@dataclass(frozen=True)
class VerifyResult:
    """What came of holding the engines against one another."""

    model: Model
    seed: int
    trajectories: int
    worlds: int
    refused: str | None
    """Why the exact engine does not take the model, naming the part and the number."""
    comparison: Comparison | None
    """None if the exact engine does not take the model."""
    replayed: int
    differences: pd.DataFrame
    """A row for each column of the results in which a bit differs: column, trajectory (the first)."""

    @property
    def agrees(self) -> bool:
        """Whether no disagreement was found."""
        return self.differences.empty and (self.comparison is None or self.comparison.agrees)


def verify(
    scenario: str | Path | LoadedScenario,
    trajectories: int = DEFAULT_TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, float] | None = None,
    threads: int | None = None,
    replayed: int = REPLAYED,
    bound: int = exact.BOUND,
    progress: Progress = _silent,
) -> VerifyResult:
    """Holds the engines against one another.

    :param trajectories: of the Monte Carlo engine, over all worlds.
    :param worlds: how many, default 20: each is solved exactly. Where nothing is uncertain there is one.
    :param replayed: trajectories compared with the replay engine, bit by bit.
    :param bound: joint states that the exact engine takes.
    :param progress: told 1 for each world that is solved.
    :raises AccessionError: the scenario, an override or a number cannot be used.
    """
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario, overrides)
    model = compile_scenario(loaded)
    wanted = WORLDS if worlds is None else worlds
    for name, number, least in (
        ("worlds", wanted, 1),
        ("trajectories", trajectories, wanted if model.uncertain else 1),
        ("replayed", replayed, 1),
        ("bound", bound, 1),
    ):
        if number < least:
            raise ModelError(f"--{name} {number}: allowed: {least} or more")
    drawn = draw_worlds(model, seed, wanted if model.uncertain else 1)
    refused, comparison = None, None
    try:
        solver = exact.Solver(model, bound)
        comparison = compare_exact(solver, drawn, drawn, seed, trajectories, threads, progress)
    except ModelError as reason:
        refused = str(reason)
    return VerifyResult(
        model, seed, trajectories, len(drawn), refused, comparison, replayed,
        bits(model, drawn, seed, replayed),
    )  # fmt: skip


# --- exact ------------------------------------------------------------------------------------------------


def compare_exact(
    solver: exact.Solver,
    solved: Worlds,
    simulated: Worlds,
    seed: int,
    trajectories: int,
    threads: int | None = None,
    progress: Progress = _silent,
    false_alarm: float = FALSE_ALARM,
) -> Comparison:
    """Monte Carlo beside exact, at every date of ``Tally.dates``.

    :param solved: the worlds that the exact engine is given; :param simulated: those of the Monte Carlo
        engine, the same unless a difference is to be found.
    :raises ModelError: a rate that the exact engine does not take.
    """
    import pandas as pd

    model = solver.model
    tally = Tally(model, len(simulated))
    answers = []
    for answer in solver.blocks(solved, seed, range(len(solved)), tally.dates):
        answers.append(answer)
        progress(1)
    for paths in montecarlo.blocks(model, simulated, seed, range(trajectories), threads=threads):
        tally.add(paths)
    chance = np.stack([answer.probability for answer in answers])
    error = max(answer.error_bound for answer in answers)
    hits = tally.hits[: model.n_steps].cumsum(axis=2)
    alarm = false_alarm / (model.n_steps * len(tally.dates))
    rows = []
    for step, name in enumerate(model.step_names):
        for j, day in enumerate(tally.dates):
            p, seen = chance[:, step, j], int(hits[step, :, j].sum())
            spread = float(np.sqrt((tally.totals * p * (1 - p)).sum()))
            z = (seen - float((tally.totals * p).sum())) / spread if spread > 0 else np.nan
            value = p_value(seen, tally.totals, p, error)
            rows.append((
                name, day.isoformat(), float((tally.totals * p).sum() / trajectories), seen / trajectories, z,
                value, value < alarm,
            ))  # fmt: skip
    columns = ["step", "date", "exact", "montecarlo", "z", "p_value", "disagrees"]
    return Comparison(pd.DataFrame(rows, columns=columns), answers[0].states, error, false_alarm)


def p_value(seen: int, totals: Ints, chances: Floats, error: float = 0.0) -> float:
    """Two-sided p-value of a sum of independent binomials, at most 1.

    :param totals, chances: trajectories and probability of each world, shape (W,).
    :param error: by which each probability may be wrong.
    """
    more = _tail(seen, totals, np.minimum(chances + error, 1.0), upper=True)
    less = _tail(seen, totals, np.maximum(chances - error, 0.0), upper=False)
    return min(1.0, 2 * min(more, less))


def _tail(seen: int, totals: Ints, chances: Floats, upper: bool) -> float:
    """P(sum >= seen) or P(sum <= seen)."""
    if len(totals) == 1:
        law = stats.binom(int(totals[0]), float(chances[0]))
        return float(law.sf(seen - 1) if upper else law.cdf(seen))
    mean = float((totals * chances).sum())
    reach = _REACH * float(np.sqrt((totals * chances * (1 - chances)).sum())) + 2 * _REACH
    low = int(np.floor(mean - reach))
    width = 1 << int(np.ceil(np.log2(2 * reach + 2)))
    if not low <= seen < low + width:
        return float((seen < mean) == upper)
    # the law from its characteristic function, at as many frequencies as values
    angle = 2j * np.pi * np.arange(width) / width
    log_phi = np.zeros(width, complex)
    with np.errstate(divide="ignore"):
        for n, p in zip(totals.tolist(), chances.tolist(), strict=True):
            one = np.log(1 - p + p * np.exp(angle))
            log_phi += n * one.real + 1j * (n * one.imag)  # apart, so that n times minus infinity stays so
    law = np.fft.fft(np.exp(log_phi - angle * low)).real / width
    part = law[seen - low :] if upper else law[: seen - low + 1]
    return float(np.clip(part.sum(), 0.0, 1.0))


def least_found(comparison: Comparison, trajectories: int) -> tuple[str, str, float]:
    """Where the comparison is sharpest: step, date, and the relative error of a probability that it finds.

    A Monte Carlo engine that is wrong by so much there is rejected with a probability of at least 0.99 (by
    the normal law, as if all worlds were alike, which overstates the spread).
    """
    needed = float(stats.norm.isf(comparison.level / 2) + stats.norm.isf(1 - POWER))
    p = comparison.table["exact"].to_numpy(dtype=float)
    relative = np.full(len(p), np.inf)
    inside = (p > 0) & (p < 1 - 1e-9)
    relative[inside] = needed * np.sqrt((1 - p[inside]) / (p[inside] * trajectories))
    best = comparison.table.iloc[int(np.argmin(relative))]
    return str(best["step"]), str(best["date"]), float(relative.min())


# --- replay -----------------------------------------------------------------------------------------------


def bits(model: Model, worlds: Worlds, seed: int, trajectories: int) -> pd.DataFrame:
    """Every column of the results in which Monte Carlo and replay differ in any bit: column, trajectory."""
    import pandas as pd

    fast = montecarlo.simulate(model, worlds, seed, trajectories)
    told = replay.simulate(model, worlds, seed, trajectories)
    found = [
        (field.name, _first_difference(getattr(fast, field.name), getattr(told, field.name)))
        for field in fields(Paths)
    ]
    return pd.DataFrame(
        [(name, row) for name, row in found if row is not None], columns=["column", "trajectory"]
    )


def _first_difference(one: np.ndarray, other: np.ndarray) -> int | None:
    """The first row in which two arrays differ as bytes; None if they are the same."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return 0
    if one.tobytes() == other.tobytes():
        return None
    rows = [np.ascontiguousarray(a).reshape(len(a), -1).view(np.uint8) for a in (one, other)]
    return int(np.argmax((rows[0] != rows[1]).any(axis=1)))
