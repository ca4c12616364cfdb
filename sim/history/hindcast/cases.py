"""Forecasts of the real engine: a scenario file, the numbers fitted again, and what comes out in days.

The cases of the hindcast are data: a scenario file in ``scenarios/hindcast`` and rows in its ``cases.csv``,
one for each step that is scored. A new case needs one file and those rows, and no code.

A scenario is not changed on disk. What was fitted again is laid over it as a child scenario in a temporary
folder: every column of a fit replaces the parameter of the same name; columns ``member_factor_<ally>``
become a factor of that ally's ratification law, ``obstruction_<ally>`` the weight with which it obstructs.
Parameters that no fit gives keep what the file says: those are judged, and with hindsight.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sim.base.errors import FactsError
from sim.engines.montecarlo.engine import simulate
from sim.facts.cells import bounds
from sim.facts.read import Facts
from sim.history.fits.fitted import table_text
from sim.history.hindcast.refit import Fits
from sim.history.record import milestone
from sim.history.samples import Sample
from sim.model.rules import DAYS_PER_YEAR
from sim.scenario.load import LoadedScenario, load_scenario, load_text
from sim.scenario.schema import Ratification
from sim.scenario.sources import SUFFIXES, builtin_folder, needed_files
from sim.studies.prepare import prepare

WORLDS = 2000
TRAJECTORIES = 20_000
SEED = 1
HORIZON_YEARS = 40
MILESTONES = {
    "pfp": "pfp", "map": "map", "invitation": "invitation", "protocol": "protocol_signed",
    "membership": "acceded",
}  # fmt: skip
"""Step of the ladder -> milestone in the facts that says when it was taken."""
SHAPE, SCALE = "ratification_shape", ["ratification_scale", "protocol_factor"]
"""The ratification law that all capitals share, where a scenario treats them alike."""
NEVER = "never"
COLUMNS = ("case", "scenario", "country", "origin", "since", "step", "group", "happened", "source")


@dataclass(frozen=True)
class Case:
    """One step of one candidate to be forecast from one day."""

    case: str
    scenario: str
    """File in the folder of cases."""
    country: str
    origin: date
    since: str
    """The milestone from which the simple forecasts count other candidates' time to the step."""
    step: str
    group: str
    """The decision that it shares with other cases."""
    happened: str
    """When the step was taken, if the milestones do not say; empty: ask them; ``never``: not up to today."""
    source: str


def cases_folder() -> Path:
    """Where the candidate scenarios and their table are."""
    return builtin_folder() / "hindcast"


def read_cases(folder: Path | None = None) -> list[Case]:
    """The rows of ``cases.csv``.

    :raises FactsError: a column, date, step or file that is not there or cannot be used; names the row.
    """
    folder = folder or cases_folder()
    file = folder / "cases.csv"
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
    except OSError as error:
        said = f"cannot be read in {folder}: {error.strerror}; allowed: a folder that holds it and its scenario files."
        raise FactsError(file, None, None, said) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise FactsError(file, None, None, f"cannot be read: {error}.") from None
    if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
        raise FactsError(file, 1, None, f"no column {missing[0]!r}; allowed: {', '.join(COLUMNS)}.")
    if not rows:
        raise FactsError(file, None, None, "has no row under its first line.")
    return [_case(file, number, row) for number, row in enumerate(rows, 2)]


def _case(file: Path, number: int, row: Mapping[str, str | None]) -> Case:
    cells = {column: row.get(column) for column in COLUMNS}
    for column, cell in cells.items():
        if cell is None or (not cell and column != "happened"):
            raise FactsError(file, number, column, "must not be empty.")
    text = {column: str(cell) for column, cell in cells.items()}
    if text["step"] not in MILESTONES:
        raise FactsError(file, number, "step", f"{text['step']!r} is not one of {', '.join(MILESTONES)}.")
    if not (file.parent / text["scenario"]).is_file():
        raise FactsError(
            file, number, "scenario", f"{text['scenario']!r} is not a file in {file.parent.name}."
        )
    try:
        origin = date.fromisoformat(text["origin"])
        if text["happened"] not in ("", NEVER):
            bounds(text["happened"])
    except ValueError as problem:
        raise FactsError(file, number, "origin, happened", str(problem)) from None
    return Case(**{**text, "origin": origin})  # type: ignore[arg-type]


def happened(facts: Facts, case: Case) -> date | None:
    """When the step was taken: as the case says, else its first milestone after the origin; None if it was
    not.
    """
    if case.happened == NEVER:
        return None
    if case.happened:
        return bounds(case.happened).middle
    return milestone(facts, case.country, MILESTONES[case.step], after=case.origin)


# --- the engine on numbers fitted again -----------------------------------------------------------------


def simulated(
    scenario: str, fits: Fits, changes: Mapping[str, Any] | None = None,
    folder: Path | None = None,
    trajectories: int = TRAJECTORIES, seed: int = SEED,
) -> dict[str, Sample]:  # fmt: skip
    """Runs a scenario file of ``folder`` under the given fits: step (and watched entry) -> days, ``inf`` for
    never.

    :param changes: a part of a scenario (as YAML would give it) laid over the file first, such as another
        start.
    """
    with _laid_over(scenario, fits, changes or {}, folder or cases_folder()) as loaded:
        prepared = prepare(loaded, min(WORLDS, trajectories), seed)
        paths = simulate(prepared.model, prepared.worlds, seed, trajectories)
    found = {name: paths.time[:, i] * DAYS_PER_YEAR for i, name in enumerate(prepared.model.step_names)}
    for i, name in enumerate(prepared.model.watch_names):
        found[name] = paths.watch[:, i] * DAYS_PER_YEAR
    return found


def from_law(
    scenario: str, fits: Fits, changes: Mapping[str, Any], members: list[str], seed: int = SEED
) -> dict[str, Sample]:
    """Days that each capital takes in a ratification scenario: its law, or an obstruction by it. By member."""
    with _laid_over(scenario, fits, changes, cases_folder()) as loaded:
        values = prepare(loaded, WORLDS, seed).worlds.parameters
    repeats = TRAJECTORIES // WORLDS
    rng = np.random.Generator(np.random.Philox(seed))
    draws = {name: np.tile(column, repeats) for name, column in values.items()}
    named = {code: draws[f"obstruction_{code}"] for code in members if f"obstruction_{code}" in draws}
    rest = np.maximum(1 - sum(named.values(), np.zeros(TRAJECTORIES)), 0) / max(len(members) - len(named), 1)
    pace = draws["ratification_scale"] * draws["protocol_factor"]
    found = {}
    for code in members:
        scale = pace * draws.get(f"member_factor_{code}", np.ones(TRAJECTORIES))
        days = scale * rng.standard_exponential(TRAJECTORIES) ** (1 / draws["ratification_shape"])
        long = draws["obstruction_median"] * np.exp(
            draws["obstruction_spread"] * rng.standard_normal(TRAJECTORIES)
        )
        chance = draws["obstruction_chance"] * named.get(code, rest)
        found[code] = np.where(rng.random(TRAJECTORIES) < chance, long, days)
    return found


class _laid_over:
    """Context: a scenario file with changes and fits laid over it, its tables in a folder of its own."""

    def __init__(self, scenario: str, fits: Fits, changes: Mapping[str, Any], folder: Path) -> None:
        self.scenario, self.fits, self.changes, self.folder = scenario, fits, changes, folder

    def __enter__(self) -> LoadedScenario:
        self.place = TemporaryDirectory()
        place, folder = Path(self.place.name), self.folder.resolve()
        for file in needed_files(folder / self.scenario) if self.scenario.endswith(SUFFIXES) else ():
            there = place / file.resolve().relative_to(folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, there)
        (place / "refit").mkdir()
        for name, draws in self.fits.items():
            (place / "refit" / f"{name}.csv").write_text(table_text(draws), "utf-8")
        first = _child(self.scenario, self.changes)
        known = load_text(first, folder=place)
        return load_text(_child(self.scenario, self.changes, _overlay(known, self.fits)), folder=place)

    def __exit__(self, *error: object) -> None:
        self.place.cleanup()


def _child(parent: str, *parts: Mapping[str, Any]) -> str:
    """Text of a scenario that extends another; JSON is YAML, but for dates, which stay bare."""
    tree: dict[str, Any] = {"schema": 1, "title": "hindcast", "question": "hindcast", "extends": parent}
    for part in parts:
        tree = _merged(tree, part)
    return "\n".join(f"{key}: {_flow(value)}" for key, value in tree.items()) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(child) for child in value) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def _merged(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, Mapping):
            result[key] = _merged(old, value)
        else:
            result[key] = [*old, *value] if isinstance(old, list) and isinstance(value, list) else value
    return result


def _overlay(known: LoadedScenario, fits: Fits) -> dict[str, Any]:
    """What the fits say, as a part of a scenario."""
    columns = {column: f"refit/{name}.csv" for name, draws in fits.items() for column in draws}
    homes = {column: f"tables/{name}.csv" for name, draws in fits.items() for column in draws}
    parameters: dict[str, Any] = {}

    def take(column: str) -> None:
        parameters[column] = {"prior": {"table": {"file": columns[column], "column": column}}}
        if column not in known.scenario.parameters:
            parameters[column] |= {
                "unit": "as fitted",
                "basis": "fitted",
                "source": "fitted again for the hindcast",
            }

    for column, home in homes.items():
        given = known.scenario.parameters.get(column)
        table = given.prior.table if given is not None and given.prior is not None else None
        if table is not None and table.file == home:  # a number that the file sets itself stays
            take(column)
    return _by_member(known, columns, take) | {"parameters": parameters}


def _is_common(given: Ratification | None) -> bool:
    """Whether a voter ratifies by the law that all capitals share, and not by one that the file gives it."""
    law = given.law.weibull if given is not None else None
    return law is not None and law.shape == SHAPE and law.scale == SCALE


def _by_member(known: LoadedScenario, columns: Mapping[str, str], take: Any) -> dict[str, Any]:
    """Factors of single capitals, where the file treats all alike."""
    found: dict[str, Any] = {}
    present = list(known.scenario.voters)
    for code in present:
        column, law = f"member_factor_{code}", known.scenario.voters[code].ratification
        if column in columns and column not in known.scenario.parameters and _is_common(law):
            take(column)
            weibull = {"shape": SHAPE, "scale": [*SCALE, column]}
            found.setdefault("voters", {})[code] = {"ratification": {"law": {"weibull": weibull}}}
    named = [code for code in present if f"obstruction_{code}" in columns]
    last = known.scenario.ladder[-1]
    alike = (
        last.kind == "ratification"
        and last.obstruction is not None
        and set(last.obstruction.by) == {"others"}
    )
    if named and alike and f"obstruction_{named[0]}" not in known.scenario.parameters:
        for code in named:
            take(f"obstruction_{code}")
        by = {code: f"obstruction_{code}" for code in named} | {"others": "rest"}
        found["ladder"] = [{"step": last.step, "obstruction": {"by": by}}]
    return found


def scenario_of(case: Case, folder: Path | None = None) -> LoadedScenario:
    """The case's file as it stands."""
    return load_scenario((folder or cases_folder()) / case.scenario)
