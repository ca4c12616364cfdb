"""``run --engine exact``: the same folder without sampling, and what it cannot tell left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.base import records
from sim.base.errors import ModelError
from sim.estimates.binomials import p_value
from sim.estimates.summary import Summary
from sim.report.page import write_report
from sim.results.files import read_summary
from sim.results.trajectories import read_times, read_worlds
from sim.studies.options import Options
from sim.studies.run import FinishedRun, run
from tests.commands import Done

SCENARIO = """
schema: 1
title: Two hold out
question: How likely is it, without sampling?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2031-12-01
members: [ESP, GRC, USA]
parameters:
  speed: {prior: {gamma: {shape: 4, rate: 8}}, unit: per year, basis: judged, source: made up}
chains:
  north:
    states: [calm, crisis]
    start: calm
    moves: [{from: calm, to: crisis, rate: 0.4}, {from: crisis, to: calm, rate: 2}]
voters:
  everyone:
    stance: {states: [blocks, recognises], start: recognises}
    ratification: {law: {exponential: {mean: 200}}}
  ESP:
    stance:
      start: blocks
      moves: [{from: blocks, to: recognises, rate: speed, scaled_by: {north: {crisis: 0.5}}}]
  GRC: {stance: {start: {blocks: 0.7, recognises: rest}, moves: [{from: blocks, to: recognises, rate: speed}]}}
ladder:
  - {step: pfp, kind: decision, meetings: [summit], needs: {stance: recognises}, held: 0.2, bypass: 0.05}
  - {step: membership, kind: ratification, lag: {fixed: 14}}
calendar: {summit: {dates: [2027-07-07], then: {every: 1 year}}}
"""
WORLDS = 120
EXACT = Options(worlds=WORLDS, engine="exact")
TOLD: list[int] = []
"""Progress of the run that the tests share."""


def data(summary: Summary) -> Any:
    """As a file has it."""
    return json.loads(records.text(summary))


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenario") / "two.yaml"
    file.write_text(SCENARIO)
    return file


@pytest.fixture(scope="module")
def folder(scenario: Path, drawn_or_blank: bool) -> Path:
    TOLD.clear()
    run(scenario, EXACT, scenario.parent / "exact", progress=TOLD.append, report=write_report)
    return scenario.parent / "exact"


@pytest.fixture(scope="module")
def sampled(scenario: Path) -> FinishedRun:
    return run(scenario, Options(trajectories=60_000, worlds=WORLDS))


def test_the_folder_is_that_of_a_run_without_trajectories(folder: Path) -> None:
    assert {f.name for f in folder.iterdir()} == {
        "summary.json", "worlds.parquet", "times.parquet", "inputs.json", "samples.json", "manifest.json",
        "scorecard.json", "sensitivity.json", "probabilities.csv", "inputs", "report.html", "figures",
    }  # fmt: skip
    assert {f.stem for f in (folder / "figures").iterdir()} == {
        "cumulative",
        "dots",
        "scorecard",
        "what-moves",
    }
    assert json.loads((folder / "manifest.json").read_text())["engine"] == "exact"


def test_the_summary_has_the_keys_of_any_run(folder: Path, sampled: FinishedRun) -> None:
    summary, other_summary = data(read_summary(folder)), data(sampled.summary)
    assert summary == json.loads((folder / "summary.json").read_text("utf-8"))
    assert set(summary) == (set(other_summary) | {"exact"}) - {"came_before"}
    for step, milestone in other_summary["milestones"].items():
        assert set(summary["milestones"][step]) == set(milestone)
        for mine, other in zip(summary["milestones"][step]["by"], milestone["by"], strict=True):
            assert set(mine) == set(other)
            assert mine["date"] == other["date"]
            assert mine["mc_error_within"] == 0.0
    assert (summary["trajectories"], summary["worlds"]) == (0, WORLDS)
    assert 0 < summary["exact"]["truncation"] <= summary["exact"]["error_bound"] < 1e-5
    assert summary["exact"]["joint_states"] > 4


def test_probabilities_agree_with_monte_carlo(folder: Path, sampled: FinishedRun) -> None:
    """One binomial for each world, step and date: the chance that any is off is below 1e-6."""
    summary, worlds = data(read_summary(folder)), read_worlds(folder)
    totals = np.full(WORLDS, 60_000 // WORLDS)
    compared = 0
    for step, milestone in data(sampled.summary)["milestones"].items():
        exact = worlds[f"probability_{step}"].to_numpy()
        seen = round(milestone["by"][-1]["probability"] * 60_000)
        assert p_value(seen, totals, exact, summary["exact"]["error_bound"]) > 5e-7, step
        for mine, other in zip(summary["milestones"][step]["by"], milestone["by"], strict=True):
            # five of its standard errors and more: 12 comparisons, each below 1e-8 by the normal law
            assert abs(mine["probability"] - other["probability"]) <= 6 * other["mc_error_within"] + 1e-5
            compared += 1
        assert milestone["median"] is None or summary["milestones"][step]["median"] is not None
    assert compared == 12


def test_intervals_and_errors_are_those_of_the_worlds(folder: Path) -> None:
    summary, worlds = data(read_summary(folder)), read_worlds(folder)
    for step in ("pfp", "membership"):
        chances = worlds[f"probability_{step}"].to_numpy()
        last = summary["milestones"][step]["by"][-1]
        assert last["probability"] == pytest.approx(chances.mean(), rel=1e-12)
        assert last["mc_error"] == pytest.approx(chances.std(ddof=1) / np.sqrt(WORLDS), rel=1e-12)
        assert last["credible_90"] == pytest.approx(np.quantile(chances, [0.05, 0.95]), rel=1e-12)
        assert all(error > 0 for error in last["credible_error"])
        never = summary["milestones"][step]["never_within_horizon"]
        assert never["probability"] == pytest.approx(1 - chances.mean(), rel=1e-12)


def test_times_add_up_to_the_probabilities_by_date(folder: Path) -> None:
    summary, times = data(read_summary(folder)), read_times(folder)
    assert list(times.columns) == ["step", "after", "until", "probability", "substitute"]
    assert (times["probability"] >= 0).all()
    found = [("probability", *each) for each in summary["milestones"].items()]
    for column, step, milestone in [*found, ("substitute", "pfp", summary["substitutes"]["pfp"])]:
        of = times[times["step"] == step]
        for entry in milestone["by"]:
            until = of[column][of["until"].astype(str) <= entry["date"]].sum()
            assert until == pytest.approx(entry["probability"], abs=1e-12)


def test_the_median_is_the_month_by_which_half_is_reached(folder: Path) -> None:
    milestone = read_summary(folder).milestones["pfp"]
    by = {entry.date.year: entry.probability for entry in milestone.by}
    assert milestone.median is not None
    year = int(milestone.median[:4])
    assert by[year] >= 0.5 > by[year - 1]


def test_the_report_leaves_out_what_is_not_known(folder: Path) -> None:
    page = (folder / "report.html").read_text("utf-8")
    for anchor in ("blockers", "ladder", "last", "paths"):
        assert f'id="{anchor}"' not in page
        assert f'href="#{anchor}"' not in page
    for anchor in ("when", "futures", "parameters", "made"):
        assert f'id="{anchor}"' in page
    states = data(read_summary(folder))["exact"]["joint_states"]
    assert f"120 worlds solved without sampling ({states:,} joint states)" in page
    assert "trajectories.parquet" not in page
    assert "0 trajectories" not in page


def test_running_twice_changes_no_byte(folder: Path, scenario: Path) -> None:
    run(scenario, replace(EXACT, threads=1), scenario.parent / "again", report=write_report)
    for file in folder.rglob("*.*"):
        assert (scenario.parent / "again" / file.relative_to(folder)).read_bytes() == file.read_bytes(), file


def test_one_world_has_no_error_but_the_bound(drawn_or_blank: bool, tmp_path: Path) -> None:
    certain = tmp_path / "certain.yaml"
    certain.write_text(SCENARIO.replace("{blocks: 0.7, recognises: rest}", "blocks"))
    options = Options(engine="exact", overrides={"speed": 0.3})
    summary = run(certain, options, tmp_path / "x", report=write_report).summary
    last = summary.milestones["pfp"].by[-1]
    assert summary.worlds == 1
    assert (last.credible_90, last.mc_error) == (None, 0.0)
    assert "1 world solved without sampling" in (tmp_path / "x" / "report.html").read_text("utf-8")


def test_progress_is_told_by_world(folder: Path) -> None:
    assert TOLD == [1] * WORLDS


def test_the_screen_and_the_json(scenario: Path, accession: Callable[..., Done], tmp_path: Path) -> None:
    command = ("run", str(scenario), "--engine", "exact", "--worlds", "100", "--no-report")
    shown = accession(*command, "--out", str(tmp_path / "x"))
    assert shown.returncode == 0, shown.stderr
    assert "100 worlds solved exactly (no trajectories), seed 1:" in shown.stdout
    assert "joint states, error below" in shown.stdout
    assert "Blocks" not in shown.stdout
    certain = ("--engine", "exact", "--set", "speed=0.3", "--out", "y", "--no-report", "--json")
    (tmp_path / "certain.yaml").write_text(SCENARIO.replace("{blocks: 0.7, recognises: rest}", "blocks"))
    printed = accession("run", "certain.yaml", *certain)
    assert printed.returncode == 0, printed.stderr
    assert json.loads(printed.stdout) == data(read_summary(tmp_path / "y"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"trajectories": 5000}, "trajectories: not allowed with engine exact"),
        ({"precision": 0.01}, "precision: allowed: with engine montecarlo only, not exact"),
        ({"bound": 3}, "joint states; allowed: 3.*With bound more are taken.*engine montecarlo"),
        ({"bound": 0}, "bound 0: allowed: 1 to 1000000000"),
        ({"engine": "montecarlo", "bound": 9}, "bound: allowed: with engine exact only, not montecarlo"),
    ],
)
def test_what_does_not_go_together_is_refused(
    options: dict[str, object], words: str, scenario: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=words):
        run(scenario, replace(EXACT, **options), tmp_path / "x")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_too_large_a_model_is_refused_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"joint states; allowed: 100,000\. They come from .*objection of a voter"
    ):
        run("status-quo", Options(worlds=100, engine="exact", bound=100_000))


def test_verify_takes_the_bound_too(scenario: Path, accession: Callable[..., Done]) -> None:
    done = [
        accession("verify", str(scenario), "--trajectories", "2000", "--bound", bound)
        for bound in ("3", "1000")
    ]
    assert [each.returncode for each in done] == [0, 0]
    few, enough = (" ".join(each.stdout.split()) for each in done)
    assert "joint states; allowed: 3." in few
    assert "error below" in enough
