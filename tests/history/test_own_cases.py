"""A hindcast of one's own cases: refitted on the day, in step with the built-in one, and every mistake named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sim.base.errors import AccessionError
from sim.cli import _run
from sim.facts.frozen import frozen
from sim.facts.read import load_facts
from sim.history.hindcast import cases
from sim.history.hindcast.components import case
from sim.history.hindcast.forecasts import MODEL, points_text, read_forecasts
from sim.history.hindcast.jobs import ROLLING
from sim.history.hindcast.own_cases import own_jobs, told
from sim.history.hindcast.refit import refit
from sim.history.hindcast.run import run_jobs
from sim.history.hindcast.scores import crps
from sim.history.hindcast.simulated import Changes, refitted
from sim.model.compiler import compile_scenario
from sim.scenario.load import load_scenario

FACTS = load_facts()
HEADER = ",".join(cases.COLUMNS)
ROW = "slovakia-1997,below/slovakia.yaml,SVK,1997-07-09,pfp,invitation,madrid,,milestones.csv"
MEMBERSHIP = ROW.replace("invitation", "membership")
SLOVAKIA = """\
schema: 1
title: Slovakia, July 1997
question: When will Slovakia be invited?
extends: candidate
candidate: SVK
start: 1997-07-09
horizon: 2037-07-09
members: {of: NATO, on: 1997-07-09}
chains: {readiness: {start: reforming}}
ladder: [{step: pfp, waived: 1}, {step: map, waived: 1}]
"""


def folder_of(place: Path, *rows: str, scenario: str = SLOVAKIA) -> Path:
    folder = place / "mine"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "slovakia.yaml").write_text(scenario, "utf-8")
    (folder / "cases.csv").write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    return folder


def test_the_built_in_cases_in_a_folder_of_ones_own_give_the_same_forecasts(tmp_path: Path) -> None:
    """To the last bit, simple forecasts too."""
    folder = tmp_path / "copy"
    shutil.copytree(cases.cases_folder(), folder)
    rows = (folder / "cases.csv").read_text("utf-8").splitlines()
    (folder / "cases.csv").write_text(
        "\n".join([rows[0], *(r for r in rows if "montenegro-2015" in r)]), "utf-8"
    )
    ours = run_jobs(own_jobs(FACTS, folder), processes=1)
    jobs = [j for j in case(FACTS) if (j.make.mode, j.make.steps[0].case) == (ROLLING, "montenegro-2015")]  # type: ignore[attr-defined]
    theirs = run_jobs(jobs, processes=1)
    assert len(ours) == len(theirs) > 8
    assert [(f.about, f.model, f.outcome, points_text(f.points)) for f in ours] == [
        (f.about, f.model, f.outcome, points_text(f.points)) for f in theirs
    ]


def test_a_number_that_the_file_sets_stays_and_the_others_are_fitted_again(tmp_path: Path) -> None:
    text = SLOVAKIA + "parameters: {objection_rate: 0.0625}\n"
    folder = folder_of(tmp_path, ROW, scenario=text)
    (job,) = own_jobs(FACTS, folder)
    assert job.fits == ("ratification", "objections", "readiness")
    fits = refit(job.facts, job.fits)
    assert job.facts.digest == frozen(FACTS, cases.read_cases(folder)[0].origin).digest
    laid = refitted("below/slovakia.yaml", fits, Changes(), folder)
    numbers = laid.content.parameters
    assert numbers["objection_rate"].value == 0.0625
    prior = numbers["objection_ends"].prior
    assert prior is not None
    assert prior.table is not None
    assert prior.table.file == "refit/objections.csv"
    laid_down = laid.tables[prior.table.file]["objection_ends"]
    assert np.allclose(laid_down, fits["objections"]["objection_ends"], rtol=1e-4)
    assert not np.allclose(
        laid_down, load_scenario("candidate").tables["tables/objections.csv"]["objection_ends"]
    )


def test_a_case_that_begins_under_way_stays_so_when_its_numbers_are_fitted_again(tmp_path: Path) -> None:
    said = "{step: membership, since: 1997-05-01, outstanding: [TUR]}"
    behind = "{step: invitation, waived: 1}, {step: protocol, law: {fixed: 0}}"
    folder = folder_of(
        tmp_path, MEMBERSHIP, scenario=SLOVAKIA.replace("waived: 1}]", f"waived: 1}}, {behind}, {said}]")
    )
    (job,) = own_jobs(FACTS, folder)
    made = refitted("below/slovakia.yaml", refit(job.facts, job.fits), Changes(), folder)
    assert made.content.ladder[-1].outstanding == ["TUR"]  # type: ignore[union-attr]
    assert compile_scenario(made).steps.elapsed.tolist()[-1] == 69


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path, ROW, MEMBERSHIP.replace(",,", ",never,"))
    assert _run(["hindcast", "--cases", str(folder), "--out", str(tmp_path / "out"), "--processes", "1"]) == 0
    shown = capsys.readouterr().out
    assert "slovakia-1997: invitation, from 1997-07-09" in shown
    assert "happened  2002-11-21, after 1,961 days; " in shown
    assert "happened  not by 2026-07-01; " in shown
    assert "Kaplan-Meier" in shown
    forecasts = read_forecasts(tmp_path / "out" / "forecasts.csv")
    model = [f for f in forecasts if f.model == MODEL]
    assert [f.unit for f in model] == ["invitation", "membership"]
    (first, second) = told(forecasts)
    assert f"  CRPS      {crps(model[0].points, model[0].outcome):,.0f}; " in shown
    assert list(first.share_earlier) == [
        pytest.approx((model[0].points < 1961).mean()), pytest.approx((model[0].points <= 1961).mean())
    ]  # fmt: skip
    assert first.median is not None
    assert first.median.days == np.sort(model[0].points)[99]
    assert first.median.date.isoformat() in shown
    assert (second.happened, second.share_earlier[1]) == (None, 1.0)
    lines = (tmp_path / "out" / "scores.csv").read_text("utf-8").splitlines()
    assert len(lines) == len(forecasts) + 1


def test_the_command_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path, ROW)
    line = ["hindcast", "--cases", str(folder), "--out", str(tmp_path / "out"), "--processes", "1", "--json"]
    assert _run(line) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["happened"] == "2002-11-21"
    assert next(iter(row["crps"])) == MODEL


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("below/", ""), "column 'scenario': 'slovakia.yaml' is not a file"),
        (ROW.replace(",pfp,", ",pf,"), "column 'since': 'pf' is no milestone; did you mean 'pfp'? allowed: "),
        (ROW.replace("SVK", "SVN"), "column 'country': SVN, but the candidate of below/slovakia.yaml is SVK."),
        (ROW.replace("1997-07-09", "1997-07-10"), "column 'origin': 1997-07-10, but below/slovakia.yaml starts on"),
        (ROW.replace("1997-07-09", "2026-11-01"), "column 'origin': 2026-11-01 is not before 2026-07-01"),
        (ROW.replace(",,", ",1997-01-01,"), "column 'happened': 1997-01-01 is not after the origin"),
        (f"{ROW}\n{ROW}", "row 3, column 'step': slovakia-1997 has the step 'invitation' already."),
        (f"{ROW}\n{MEMBERSHIP.replace('madrid', 'other')}", "row 3, column 'group': other differs"),
        (ROW.replace("SVK", "XYZ"), "column 'country': 'XYZ' is not a country code (ISO 3166 alpha-3, or XKX)."),
        (ROW.replace("SVK", "JPN"), "column 'happened': empty, but milestones.csv says nothing of JPN"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_named(row: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(AccessionError) as raised:
        own_jobs(FACTS, folder_of(tmp_path, row))
    assert str(raised.value).startswith("cases.csv, row ")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "horizon: 2037",
            "horizon: 2020",
            "column 'scenario': below/slovakia.yaml ends on 2020-07-09; allowed: ",
        ),
        ("reforming", "reformed", "column 'scenario': below/slovakia.yaml cannot be used.\n"),
        ("{step: map, waived: 1}", "{step: map, waived: 2}", "slovakia.yaml:10: ladder"),
        ("extends: candidate", "extends: baseline", "members: baseline.yaml names"),
    ],
)
def test_a_scenario_that_cannot_be_used_is_named_with_its_row(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(AccessionError) as raised:
        own_jobs(FACTS, folder_of(tmp_path, ROW, scenario=SLOVAKIA.replace(old, new)))
    assert str(raised.value).startswith("cases.csv, row 2, column 'scenario': ")
    assert said in str(raised.value)


@pytest.mark.parametrize("day", ["1951-03-01"])
def test_a_day_before_anything_was_known_is_refused(day: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ROW.replace("1997-07-09", day), scenario=SLOVAKIA.replace("1997-07-09", day))
    with pytest.raises(
        AccessionError, match=r"row 2, column 'origin': 1951-03-01: no accession protocol had entered"
    ):
        own_jobs(FACTS, folder)


def test_a_folder_without_a_table_and_two_options_that_do_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(["hindcast", "--cases", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(
        f"cases.csv: cannot be read (No such file or directory) in {tmp_path}; allowed: "
    )
    assert _run(["hindcast", "--cases", str(tmp_path), "--component", "case"]) == 2
    assert "--component: not allowed with --cases" in capsys.readouterr().err
    folder = folder_of(tmp_path)
    assert _run(["hindcast", "--cases", str(folder)]) == 2
    assert capsys.readouterr().err == "cases.csv: has no row under its first line.\n"
    (folder / "cases.csv").write_text("case,scenario\na,b\n", "utf-8")
    assert _run(["hindcast", "--cases", str(folder)]) == 2
    assert capsys.readouterr().err.startswith(
        "cases.csv, row 1: no column 'country'; allowed: case, scenario"
    )
