"""The cases of the hindcast, which are data: a scenario file in ``scenarios/hindcast`` and rows in its ``cases.csv``,
one for each step that is scored. A new case needs one file and those rows, and no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.base.errors import FactsError, choice
from sim.base.hints import date_meant
from sim.base.tables import Unreadable, parsed, whole_file
from sim.facts.cells import bounds
from sim.facts.read import Facts
from sim.history.record import milestone
from sim.scenario.sources import builtin_folder

MILESTONES = {
    "pfp": "pfp", "map": "map", "invitation": "invitation", "protocol": "protocol_signed",
    "membership": "acceded",
}  # fmt: skip
"""Step of the ladder -> milestone in the facts that says when it was taken."""
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
        table = parsed(whole_file(file, "a folder that holds it and its scenario files"))
        rows = table.records()
    except Unreadable as error:
        where = f" in {folder}" if error.problem.startswith("cannot") else ""
        said = f"{error.problem}{where}; allowed: {error.allowed}."
        raise FactsError(file, error.row, None, said) from None
    if missing := [column for column in COLUMNS if column not in table.header]:
        raise FactsError(file, 1, None, f"no column {missing[0]!r}; allowed: {', '.join(COLUMNS)}.")
    if not rows:
        raise FactsError(file, None, None, "has no row under its first line.")
    return [_case(file, number, row) for number, row in rows]


def _case(file: Path, number: int, row: Mapping[str, str | None]) -> Case:
    cells = {column: row.get(column) for column in COLUMNS}
    for column, cell in cells.items():
        if cell is None or (not cell and column != "happened"):
            raise FactsError(file, number, column, "must not be empty.")
    text = {column: str(cell) for column, cell in cells.items()}
    if text["step"] not in MILESTONES:
        raise FactsError(
            file, number, "step", f"{text['step']!r} is not a step; {choice(text['step'], MILESTONES)}."
        )
    if not (file.parent / text["scenario"]).is_file():
        raise FactsError(
            file, number, "scenario", f"{text['scenario']!r} is not a file in {file.parent.name}."
        )
    try:
        origin = date.fromisoformat(text["origin"])
    except ValueError:
        raise FactsError(file, number, "origin", _no_date(text["origin"])) from None
    try:
        if text["happened"] not in ("", NEVER):
            bounds(text["happened"])
    except ValueError as problem:
        meant = date_meant(text["happened"])
        raise FactsError(
            file, number, "happened", f"{problem} {meant.capitalize()}." if meant else str(problem)
        ) from None
    return Case(origin=origin, **{name: cell for name, cell in text.items() if name != "origin"})


def _no_date(text: str) -> str:
    meant = date_meant(text)
    return f"{text!r} is not a date; {f'{meant}; ' if meant else ''}allowed: YYYY-MM-DD."


def happened(facts: Facts, case: Case) -> date | None:
    """When the step was taken: as the case says, else its first milestone after the origin; None if it was
    not.
    """
    if case.happened == NEVER:
        return None
    if case.happened:
        return bounds(case.happened).middle
    return milestone(facts, case.country, MILESTONES[case.step], after=case.origin)
