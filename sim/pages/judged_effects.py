"""How far two answers move when one judged number goes from the low to the high end of its range.

Each number is fixed at both ends in turn, all else as it is, and the two runs share their luck: trajectory i
uses the same draws in both. So the difference is that of the number, and its standard error is taken from
differences within worlds. One number at a time: what two of them do together is not seen.

A number is moved only in a scenario that gives both answers for Kosovo (:func:`answers_both`). One that another
candidate or another organisation alone uses has its papers on the page, and no movement.

They are kept in ``docs/judged-effects.csv``, from which the page is made (``sim.pages.judged``).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.base.defaults import DEFAULT_SEED
from sim.scenario.judged import JudgedNumber, middle
from sim.scenario.load import Scenario, load_scenario
from sim.scenario.sources import builtin_folder
from sim.studies.options import Options
from sim.studies.run import run
from sim.studies.sweep.study import sweep

TRAJECTORIES, WORLDS = 100_000, 2_000
"""Of each run. As many worlds as a fitted table has rows."""
ANSWERS = (("pfp", date(2036, 12, 31)), ("membership", date(2056, 12, 1)))
"""The two answers: a step, and the date by which it is taken. The second date is the horizon."""
CANDIDATE, HORIZON = "XKX", ANSWERS[1][1]
RUN_AS = {"baseline": "status-quo"}
"""The scenario in which a number is moved, where it is not the one that introduces it."""
PARTNERS = {"obstruction_TUR": "obstruction_HUN", "obstruction_HUN": "obstruction_TUR"}
"""Two shares of one whole are drawn together. A partner is fixed at its middle in both runs, for beside its
highest draws the high end of the other would be more than the whole."""
FITTED = "settlement_rate"
"""A fitted number for comparison, moved from the lower to the upper quartile of its draws."""
AS_IT_IS = "as it is"
"""What the file calls the run in which nothing is fixed."""


@dataclass(frozen=True)
class Effect:
    """One answer at the two ends of one number: a row of the file."""

    scenario: str
    """The scenario that was run."""
    digest: str
    """Of that scenario, with its tables."""
    parameter: str
    low: float
    high: float
    fixed_too: str
    """What else was fixed, as ``name=value``, or ``nothing``."""
    step: str
    by: date
    at_low: float
    """Probability."""
    at_high: float
    difference: float
    error: float
    """Standard error of the difference, luck in common."""
    trajectories: int
    worlds: int
    seed: int


COLUMNS = tuple(field.name for field in fields(Effect))
Key = tuple[object, ...]


def docs_folder() -> Path:
    """Where the pages of a checkout are."""
    return builtin_folder().parent / "docs"


def effects_file() -> Path:
    """Where the stored movements are."""
    return docs_folder() / "judged-effects.csv"


# --- what is to be run ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Movement:
    """A number to be moved in a scenario (without a number: the scenario as it is)."""

    scenario: str
    digest: str
    parameter: str
    low: float
    high: float
    partner: tuple[str, float] | None

    @property
    def key(self) -> Key:
        """What a row of the file must say to be of use."""
        return (self.scenario, self.digest, self.parameter, self.low, self.high, self.fixed_too)

    @property
    def fixed_too(self) -> str:
        """The partner as the file names it."""
        return f"{self.partner[0]}={self.partner[1]:.6g}" if self.partner else "nothing"


def answers_both(scenario: str) -> bool:
    """Whether a scenario is about Kosovo, has both steps, and ends on the day of the second answer."""
    asked = load_scenario(scenario).content
    steps = {step.step for step in asked.ladder}
    return (
        asked.candidate == CANDIDATE and {step for step, _ in ANSWERS} <= steps and asked.horizon == HORIZON
    )


def movements(numbers: Sequence[JudgedNumber]) -> list[Movement]:
    """Each scenario as it is, and each number in the scenario in which it is moved."""
    found: list[Movement] = []
    digests: dict[str, str] = {}
    answer = {name: answers_both(name) for name in {RUN_AS.get(r.scenario, r.scenario) for r in numbers}}
    for row in numbers:
        scenario = RUN_AS.get(row.scenario, row.scenario)
        if not answer[scenario]:
            continue
        if scenario not in digests:
            digests[scenario] = load_scenario(scenario).digest
            found.append(Movement(scenario, digests[scenario], AS_IT_IS, 0.0, 0.0, None))
            if len(digests) == 1:
                found.append(Movement(scenario, digests[scenario], FITTED, *_quartiles(scenario), None))
        digest = digests[scenario]
        partner = _partner(PARTNERS[row.parameter], numbers) if row.parameter in PARTNERS else None
        found.append(Movement(scenario, digest, row.parameter, row.low, row.high, partner))
    return found


def _quartiles(scenario: str) -> tuple[float, float]:
    """Of the draws of the fitted number, three digits."""
    loaded = load_scenario(scenario)
    prior = loaded.content.parameters[FITTED].prior
    assert prior is not None
    assert prior.table is not None
    low, high = np.quantile(loaded.tables[prior.table.file][prior.table.column], [0.25, 0.75])
    return float(f"{low:.3g}"), float(f"{high:.3g}")


def _partner(name: str, numbers: Sequence[JudgedNumber]) -> tuple[str, float]:
    row = next(row for row in numbers if row.parameter == name)
    loaded = load_scenario(row.scenario)
    value = middle(loaded.content.parameters[name], loaded.tables, row.range_of)
    return name, float(f"{value:.6g}")


def in_step(effects: Sequence[Effect], numbers: Sequence[JudgedNumber]) -> bool:
    """Whether the stored movements are those of these numbers in the scenarios as they are now."""
    stored = [
        (e.scenario, e.digest, e.parameter, e.low, e.high, e.fixed_too, e.step, e.by,
         e.trajectories, e.worlds, e.seed)
        for e in effects
    ]  # fmt: skip
    wanted = [
        (*movement.key, step, by, TRAJECTORIES, WORLDS, DEFAULT_SEED)
        for movement in movements(numbers)
        for step, by in ANSWERS
    ]
    return stored == wanted


# --- running --------------------------------------------------------------------------------------------


def measured(movement: Movement, trajectories: int = TRAJECTORIES, worlds: int = WORLDS) -> list[Effect]:
    """The answers at both ends of a number, and how they differ."""
    size = Options(trajectories=trajectories, worlds=worlds)
    if movement.parameter == AS_IT_IS:
        table = run(movement.scenario, size).probabilities()
        chances = [
            float(table.query("step == @step and date == @day")["probability"].iloc[0])
            for step, day in ((step, by.isoformat()) for step, by in ANSWERS)
        ]
        answers = [(chance, chance, 0.0, 0.0) for chance in chances]
    else:
        grid = {movement.parameter: (movement.low, movement.high)}
        rows = sweep(_with_partner(movement), grid, size).table
        answers = []
        for step, by in ANSWERS:
            ends = rows[(rows["step"] == step) & (rows["date"] == by.isoformat())]
            at_low, at_high = (float(chance) for chance in ends["probability"])
            last = ends.iloc[-1]
            answers.append((at_low, at_high, float(last["difference"]), float(last["difference_error"])))
    m = movement
    return [
        Effect(
            m.scenario, m.digest, m.parameter, m.low, m.high, m.fixed_too, step, by,
            *answer, trajectories, worlds, DEFAULT_SEED,
        )
        for (step, by), answer in zip(ANSWERS, answers, strict=True)
    ]  # fmt: skip


def _with_partner(movement: Movement) -> Scenario:
    """The scenario; with a number and its partner both fixed before the first worlds are drawn, if it has one."""
    if movement.partner is None:
        return load_scenario(movement.scenario)
    fixed = dict([(movement.parameter, movement.low), movement.partner])
    child = {
        "schema": 1, "title": "Fixed", "question": "How far does it move?", "extends": movement.scenario,
        "parameters": {name: {"value": value} for name, value in fixed.items()},
    }  # fmt: skip
    return load_scenario(child)


# --- the file -------------------------------------------------------------------------------------------


def write_effects(effects: Iterable[Effect], path: Path) -> None:
    """Writes the file; six digits of every measured number."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for effect in effects:
            writer.writerow([f"{v:.6g}" if isinstance(v, float) else v for v in astuple(effect)])


def read_effects(path: Path) -> list[Effect]:
    """The rows of the file; none if it is not there or was written with other columns."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as text:
        reader = csv.DictReader(text)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            return []
        return [_effect(row) for row in reader]


def stored(effects: Iterable[Effect]) -> dict[Key, list[Effect]]:
    """What each movement came to, of those rows that were made with the sizes of today."""
    found: dict[Key, list[Effect]] = {}
    for e in effects:
        if (e.trajectories, e.worlds, e.seed) == (TRAJECTORIES, WORLDS, DEFAULT_SEED):
            found.setdefault((e.scenario, e.digest, e.parameter, e.low, e.high, e.fixed_too), []).append(e)
    return found


def _effect(row: dict[str, str]) -> Effect:
    kinds: dict[str, Callable[[str], Any]] = {
        "str": str, "float": float, "int": int, "date": date.fromisoformat
    }  # fmt: skip
    return Effect(**{field.name: kinds[str(field.type)](row[field.name]) for field in fields(Effect)})
