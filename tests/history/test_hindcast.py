"""The hindcast: cases as data, waves left out whole, the same for any number of processes, and a page that says so."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.base.errors import FactsError, RunError
from sim.facts.frozen import FACTS_UNTIL, without
from sim.facts.read import Row, load_facts
from sim.history.entries import entries
from sim.history.fits.fitted import table_text
from sim.history.hindcast import cases, components, simulated, spells
from sim.history.hindcast.forecasts import MODEL, comparisons, points_text, read_forecasts, write_forecasts
from sim.history.hindcast.jobs import LEFT_OUT, observed, of_wave
from sim.history.hindcast.refit import refit
from sim.history.hindcast.run import jobs_of, run_jobs
from sim.pages.scorecard import page
from sim.scenario.load import builtin_scenarios, load_scenario

FACTS = load_facts()


def test_quick_fits_are_the_tables_of_the_scenarios(checkout: Path) -> None:
    """Fitting without the checks gives the draws that are committed."""
    for name, draws in refit(FACTS, ["ratification", "holdouts"]).items():
        there = (checkout / "scenarios" / "tables" / f"{name}.csv").read_text("utf-8")
        ours, theirs = (
            np.array([r.split(",") for r in t.splitlines()[1:]], float) for t in (table_text(draws), there)
        )
        assert ours.shape == theirs.shape, name
        assert np.allclose(ours, theirs, rtol=1e-4, atol=0), name


# --- cases are data -------------------------------------------------------------------------------------------


def test_every_case_can_be_loaded_and_starts_on_its_day() -> None:
    for case in cases.read_cases():
        scenario = load_scenario(cases.cases_folder() / case.scenario).content
        assert scenario.start == case.origin, case.case
        assert scenario.candidate == case.country
        assert case.step in {step.step for step in scenario.ladder}
        assert case.group


def test_candidates_agree_with_the_baseline() -> None:
    """A number of the candidate scenarios that the baseline has too is the same there."""
    candidate = load_scenario("candidate").content.parameters
    baseline = load_scenario("baseline").content.parameters
    assert len(candidate) > 15
    own = {"objection_brief", "brief_ends", "will_turns", "will_returns"}
    assert set(candidate) - set(baseline) == own
    for name, parameter in candidate.items():
        if name not in baseline:
            continue
        ours, theirs = parameter.model_dump(exclude={"source"}), baseline[name].model_dump(exclude={"source"})
        assert ours == theirs, name


def test_cases_are_not_listed_among_the_built_in_scenarios() -> None:
    assert not set(builtin_scenarios()) & {file.stem for file in cases.cases_folder().glob("*.yaml")}


def test_outcomes_come_from_the_facts() -> None:
    known = {(c.case, c.step): cases.happened(FACTS, c) for c in cases.read_cases()}
    assert known["albania-2008", "membership"] == date(2009, 4, 1)
    assert known["north-macedonia-2018", "invitation"] == date(2018, 7, 11)
    assert known["ukraine-2008", "map"] == date(2023, 7, 11)
    assert known["sweden-2022-05", "membership"] == date(2024, 3, 7)
    assert known["georgia-2008", "map"] is None
    assert known["kosovo-2022", "pfp"] is None


NEW = """\
schema: 1
title: Croatia, May 2002
question: When will Croatia be invited?
extends: candidate
candidate: HRV
start: 2002-05-15
horizon: 2042-05-15
members: {of: NATO, on: 2002-05-15}
chains:
  readiness: {start: plan_ready}
ladder:
  - {step: pfp, waived: 1}
  - {step: map, waived: 1}
"""


def test_a_new_case_is_a_file_and_a_row(tmp_path: Path) -> None:
    folder = tmp_path / "hindcast"
    shutil.copytree(cases.cases_folder(), folder)
    (folder / "croatia-2002.yaml").write_text(NEW, "utf-8")
    with (folder / "cases.csv").open("a", encoding="utf-8") as stream:
        stream.write(
            "croatia-2002,croatia-2002.yaml,HRV,2002-05-15,map,invitation,croatia-2002,,milestones.csv\n"
        )
    case = cases.read_cases(folder)[-1]
    assert cases.happened(FACTS, case) == date(2008, 4, 3)
    fits = refit(FACTS, ["objections", "readiness"])
    days = simulated.simulated(case.scenario, fits, folder=folder, trajectories=4000)["invitation"]
    assert len(days) == 4000
    assert 365 < np.median(days) < 20 * 365


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("x,nowhere.yaml,HRV,2002-05-15,map,invitation,x,,s", "'nowhere.yaml' is not a file"),
        (
            "x,albania-2008.yaml,ALB,2008-04-31,map,invitation,x,,s",
            "column 'origin': '2008-04-31' is not a date",
        ),
        (
            "x,albania-2008.yaml,ALB,2008-04-01,map,entry,x,,s",
            "'entry' is not a step; allowed: pfp, map, invitation",
        ),
        ("x,albania-2008.yaml,,2008-04-01,map,invitation,x,,s", "must not be empty"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(row: str, problem: str, tmp_path: Path) -> None:
    folder = tmp_path / "hindcast"
    shutil.copytree(cases.cases_folder(), folder)
    header = (folder / "cases.csv").read_text("utf-8").splitlines()[0]
    (folder / "cases.csv").write_text(f"{header}\n{row}\n", "utf-8")
    with pytest.raises(FactsError, match=rf"cases\.csv, row 2.*{problem}"):
        cases.read_cases(folder)


# --- what is left out ----------------------------------------------------------------------------------------------


def test_a_wave_is_left_out_whole() -> None:
    """Finland and Sweden go together, with their protocols, capitals and obstruction; other waves stay."""
    wave = next(w for w in spells.accessions(FACTS) if w.name == "2022 Finland")
    mates = components._same_day(FACTS, wave)
    assert set(mates.candidates) == {"FIN", "SWE"}
    rest = without(FACTS, of_wave(mates))
    assert len(spells.accessions(rest)) == 8
    assert not [r for r in rest.tables["ratifications"] if r["signed"] == "2022-07-05"]
    assert not [
        r for r in rest.tables["blocks"] if r["candidate"] in ("FIN", "SWE") and r["gate"] == "ratification"
    ]


def test_a_forecast_does_not_see_the_wave_that_is_left_out() -> None:
    """With the days of the wave's own capitals exchanged for others, the forecast keeps its bytes."""

    def altered(table: str, row: Row) -> Row:
        if table == "protocols" and row["protocol"] == "2016-montenegro":
            return Row(
                row.file, row.number, {**row, "entry_into_force": "2020-01-01", "acceded": "2020-02-02"}
            )
        if table == "ratifications" and row["protocol"] == "2016-montenegro" and row["approved"]:
            return Row(row.file, row.number, {**row, "approved": "2019-09-09"})
        return row

    tables = {name: tuple(altered(name, row) for row in rows) for name, rows in FACTS.tables.items()}
    other = type(FACTS)(FACTS.members, tables, "altered", FACTS.countries)

    def made(facts: type[FACTS]) -> list[str]:  # type: ignore[valid-type]
        job = next(
            j for j in components.membership(facts) if (j.make.mode, j.make.wave.name) == (LEFT_OUT, "2016")
        )
        return [points_text(f.points) for f in job.make(refit(job.facts, job.fits))]

    assert made(FACTS) == made(other)


def test_observed() -> None:
    assert observed(date(2020, 1, 1), date(2020, 1, 31)).days == 30
    still = observed(date(2020, 1, 1), None)
    assert still.censored
    assert still.days == still.watched == (FACTS_UNTIL - date(2020, 1, 1)).days
    assert observed(date(2020, 1, 1), date(2027, 1, 1)) == still


def test_blocks_of_one_decision_are_one_episode() -> None:
    episodes = {b.decision: b for b in spells.blocks(FACTS)}
    bosnia = episodes["bosnia-plan-2009"]
    assert (bosnia.start, bosnia.end) == (date(2009, 12, 4), date(2018, 12, 5))
    assert episodes["bucharest-2008"].end is None  # Georgia's part is open


# --- running and writing -------------------------------------------------------------------------------------------


def quick_jobs() -> list:
    """The last jobs whose fit is made in a moment."""
    return [job for job in jobs_of(FACTS, ["block"]) if job.fits == ("objections",)][-4:]


def more_jobs() -> list:
    """The last jobs of two components, most of which fit ratifications."""
    return jobs_of(FACTS, ["protocol"])[-4:] + jobs_of(FACTS, ["block"])[-4:]


@pytest.fixture(scope="module")
def some() -> list:
    """A few forecasts, one process."""
    return run_jobs(quick_jobs(), processes=1)


@pytest.mark.parametrize("jobs", [quick_jobs, pytest.param(more_jobs, marks=pytest.mark.exhaustive)])
def test_processes_do_not_matter(jobs: Callable[[], list], some: list) -> None:
    alone = some if jobs is quick_jobs else run_jobs(jobs(), processes=1)
    together = run_jobs(jobs(), processes=2)
    assert len(jobs()) >= 4
    assert len(together) >= len(jobs())
    assert [(f.about, f.model, points_text(f.points)) for f in together] == [
        (f.about, f.model, points_text(f.points)) for f in alone
    ]


def test_forecasts_come_back_from_their_file(some: list, tmp_path: Path) -> None:
    file = tmp_path / "forecasts.csv"
    write_forecasts(some, file)
    back = read_forecasts(file)
    for ours, theirs in zip(back, some, strict=True):
        assert (ours.about, ours.group, ours.model) == (theirs.about, theirs.group, theirs.model)
        assert ours.outcome == theirs.outcome
    assert all((a.points == b.points).all() for a, b in zip(back, some, strict=True))
    write_forecasts(back, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == file.read_bytes()
    assert comparisons(back) == comparisons(some)
    file.write_text("nonsense\n1\n", "utf-8")
    with pytest.raises(RunError, match="is no file of forecasts"):
        read_forecasts(file)


def test_the_published_page_follows_from_the_published_file(checkout: Path) -> None:
    """docs/scorecard.md is what docs/forecasts.csv gives, word for word."""
    forecasts = read_forecasts(checkout / "docs" / "forecasts.csv")
    written = (checkout / "docs" / "scorecard.md").read_text("utf-8")
    assert page(forecasts, comparisons(forecasts)) == written
    for figure in ("differences", "pit", "reliability", "waves"):
        assert (checkout / "docs" / "figures" / f"scorecard-{figure}.svg").stat().st_size > 5000


def test_the_published_file_has_what_was_promised(checkout: Path) -> None:
    """Ten waves, all cases, nine origins, all baselines, and no forecast that is not 200 ascending points."""
    forecasts = read_forecasts(checkout / "docs" / "forecasts.csv")
    found = {(f.component, f.mode) for f in forecasts if f.model == MODEL}
    both = (
        "partnership", "membership", "capital", "protocol", "invitation", "block", "elsewhere", "case",
    )  # fmt: skip
    assert found == {(c, m) for c in both for m in ("left out", "rolling")} | {("recognition", "rolling")}
    waves = {f.case for f in forecasts if (f.component, f.mode) == ("membership", "left out")}
    assert len(waves) == 10
    told = {
        (f.case, f.unit) for f in forecasts if (f.component, f.mode, f.model) == ("case", "rolling", MODEL)
    }
    assert told == {(c.case, c.step) for c in cases.read_cases()}
    assert len({f.origin for f in forecasts if f.component == "recognition"}) == 9
    for f in forecasts:
        assert f.points.shape == (200,)
        assert (np.diff(f.points[np.isfinite(f.points)]) >= 0).all()
        assert f.origin <= FACTS_UNTIL


def test_published_outcomes_are_those_of_the_facts(checkout: Path) -> None:
    """A later date in seeds/ must show in the published file (run `accession hindcast --out docs`)."""
    known = {(c.case, c.step): observed(c.origin, cases.happened(FACTS, c)) for c in cases.read_cases()}
    known |= {(w.name, "protocol"): observed(w.signed, w.acceded) for w in spells.accessions(FACTS)}
    entered = {(e.country, e.start): observed(e.start, e.entered) for e in entries(FACTS)}
    forecasts = read_forecasts(checkout / "docs" / "forecasts.csv")
    for f in forecasts:
        if f.component in ("case", "membership"):
            assert f.outcome == known[f.case, f.unit], f.case
        if f.component == "partnership":
            assert f.outcome == entered[f.case, f.origin], f.case
    with (checkout / "docs" / "scores.csv").open(encoding="utf-8", newline="") as stream:
        assert sum(1 for _ in csv.reader(stream)) == len(forecasts) + 1
