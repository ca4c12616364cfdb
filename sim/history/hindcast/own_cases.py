"""A hindcast of one's own cases: a folder with ``cases.csv`` and scenario files, like the built-in one.

Only rolling: the facts are frozen on the day of each case, every fitted number that the case's scenario takes
from a built-in table is fitted again to what is left, and numbers that the file sets itself stay. What the
judged numbers and the file know of the time afterwards leaks all the same (see ``frozen``).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.base.errors import AccessionError, FactsError, ScenarioError, choice
from sim.facts.cells import country_problem
from sim.facts.frozen import FACTS_UNTIL, frozen
from sim.facts.read import Facts
from sim.history.fits.registry import FITS
from sim.history.hindcast.cases import NEVER, Case, happened, read_cases
from sim.history.hindcast.components import DECLARED, CaseForecasts
from sim.history.hindcast.forecasts import MODEL, Forecast, write_forecasts, write_scores
from sim.history.hindcast.jobs import ROLLING, Job, modes, of_countries
from sim.history.hindcast.scores import crps, pit
from sim.history.hindcast.spells import membership_spells
from sim.scenario.load import Scenario, load_scenario

ONE_CASE = ("scenario", "country", "origin", "group")
"""Columns that must be the same in all rows of one case."""


def own_jobs(facts: Facts, folder: Path) -> list[Job]:
    """A job for each case of a folder, in the order of its table.

    :raises FactsError: a row that cannot be used, named; :raises ScenarioError: a scenario that cannot be.
    """
    rows = read_cases(folder)
    found: dict[str, list[Case]] = {}
    files: dict[str, Scenario] = {}
    for number, row in enumerate(rows, 2):
        place = _Place(folder / "cases.csv", number)
        _check_row(place, row, facts, found.setdefault(row.case, []))
        if row.scenario not in files:
            files[row.scenario] = _loaded(place, row, folder)
        _check_scenario(place, row, files[row.scenario])
        found[row.case].append(row)
    jobs = []
    for steps in found.values():
        tables = files[steps[0].scenario].tables
        fits = tuple(name for name in FITS if f"tables/{name}.csv" in tables)
        _check_known(_Place(folder / "cases.csv", rows.index(steps[0]) + 2), steps[0], facts, fits)
        mates = {row.country for row in rows if row.group == steps[0].group}
        for mode, known, past in modes(facts, steps[0].origin, of_countries(mates)):
            if mode == ROLLING:
                jobs.append(Job(known, fits, CaseForecasts(facts, past, tuple(steps), mode, folder)))
    return jobs


def write_own(forecasts: list[Forecast], out: Path) -> None:
    """Writes ``forecasts.csv`` and ``scores.csv`` into a folder.

    :raises RunError: it cannot be written.
    """
    write_forecasts(forecasts, out / "forecasts.csv")
    write_scores(forecasts, out / "scores.csv")


# --- what was forecast, and what happened -------------------------------------------------------------------


@dataclass(frozen=True)
class When:
    """A day, and how many days it is from the origin."""

    days: int
    date: datetime.date


@dataclass(frozen=True)
class CaseTold:
    """What was forecast of one row of the table, and what happened."""

    case: str
    step: str
    origin: datetime.date
    low: When | None
    """Of the range that holds 90 % of the model's forecast; None, here and below: not within the run."""
    median: When | None
    high: When | None
    happened: datetime.date | None
    happened_days: int | None
    watched_until: datetime.date
    share_earlier: tuple[float, float]
    """Shares of the forecast before what happened, and up to it."""
    crps: dict[str, float]
    """By model, the model's own first."""


def told(forecasts: list[Forecast]) -> list[CaseTold]:
    """One entry for each row."""
    others: dict[tuple[str, ...], list[Forecast]] = {}
    for f in forecasts:
        if f.model != MODEL:
            others.setdefault(f.about, []).append(f)
    return [_told(f, others.get(f.about, [])) for f in forecasts if f.model == MODEL]


def _told(f: Forecast, others: Sequence[Forecast]) -> CaseTold:
    low, median, high = (_when(f, level) for level in (0.05, 0.5, 0.95))
    happened = None if f.outcome.censored else _days_on(f, f.outcome.days)
    before, by_then = pit(f.points, f.outcome)
    return CaseTold(
        case=f.case,
        step=f.unit,
        origin=f.origin,
        low=low,
        median=median,
        high=high,
        happened=happened.date if happened else None,
        happened_days=happened.days if happened else None,
        watched_until=FACTS_UNTIL,
        share_earlier=(round(before, 4), round(by_then, 4)),
        crps={g.model: round(crps(g.points, g.outcome), 1) for g in (f, *others)},
    )


def _when(f: Forecast, level: float) -> When | None:
    """A quantile of a forecast; None if it is beyond the run."""
    days = float(np.quantile(f.points, level, method="inverted_cdf"))
    return None if np.isinf(days) else _days_on(f, days)


def _days_on(f: Forecast, days: float) -> When:
    return When(int(days), f.origin + datetime.timedelta(days))


# --- what a row must be ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """Where a row stands."""

    file: Path
    number: int

    def refused(self, column: str, problem: str) -> FactsError:
        return FactsError(self.file, self.number, column, problem)


def _check_row(at: _Place, row: Case, facts: Facts, before: list[Case]) -> None:
    kinds = sorted({milestone["milestone"] for milestone in facts.tables["milestones"]})
    if row.since not in kinds:
        raise at.refused("since", f"{row.since!r} is no milestone; {choice(row.since, kinds)}.")
    if row.country not in facts.countries:
        raise at.refused(
            "country",
            country_problem(row.country, {code: facts.country_name(code) for code in facts.countries}),
        )
    if row.origin >= FACTS_UNTIL:
        raise at.refused("origin", f"{row.origin} is not before {FACTS_UNTIL}, the day up to which facts go.")
    if not row.happened and all(r["country"] != row.country for r in facts.tables["milestones"]):
        problem = f"empty, but milestones.csv says nothing of {row.country}; allowed: a day, or {NEVER!r}."
        raise at.refused("happened", problem)
    day = happened(facts, row)
    if day is not None and day <= row.origin:
        raise at.refused("happened", f"{row.happened} is not after the origin, {row.origin}.")
    if row.step in {other.step for other in before}:
        raise at.refused("step", f"{row.case} has the step {row.step!r} already.")
    for column in ONE_CASE:
        first = getattr((before or [row])[0], column)
        if getattr(row, column) != first:
            problem = f"{getattr(row, column)} differs from {first} in the first row of {row.case}."
            raise at.refused(column, problem)


def _check_known(at: _Place, row: Case, facts: Facts, fits: Sequence[str]) -> None:
    """Whether the fits can be made with what was known on the day."""
    known = frozen(facts, row.origin)
    if "ratification" in fits and not any(spell.event for spell in membership_spells(known)):
        raise at.refused("origin", f"{row.origin}: no accession protocol had entered into force yet.")
    if {"settlement", "holdouts"} & set(fits) and row.origin <= DECLARED:
        problem = f"{row.origin}: what is fitted on Kosovo begins after {DECLARED}."
        raise at.refused("origin", problem)


def _loaded(at: _Place, row: Case, folder: Path) -> Scenario:
    try:
        return load_scenario(folder / row.scenario)
    except ScenarioError as error:
        said = at.refused("scenario", f"{row.scenario} cannot be used.")
        raise ScenarioError([str(said), *error.problems]) from None
    except AccessionError as error:
        raise at.refused("scenario", f"{row.scenario} cannot be used: {error}") from None


def _check_scenario(at: _Place, row: Case, loaded: Scenario) -> None:
    scenario = loaded.content
    if scenario.start != row.origin:
        raise at.refused("origin", f"{row.origin}, but {row.scenario} starts on {scenario.start}.")
    if scenario.candidate != row.country:
        raise at.refused(
            "country", f"{row.country}, but the candidate of {row.scenario} is {scenario.candidate}."
        )
    steps = [step.step for step in scenario.ladder]
    if row.step not in steps:
        raise at.refused("step", f"{row.scenario} has no step {row.step!r}; allowed: {', '.join(steps)}.")
    if scenario.horizon < FACTS_UNTIL:
        problem = f"{row.scenario} ends on {scenario.horizon}; allowed: {FACTS_UNTIL} or later, so that all is watched."
        raise at.refused("scenario", problem)
