"""Whose a number is: what a user sets is `yours`, wherever it was set and wherever it is told."""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import accession
from sim.base.records import plain
from sim.model.compiler import compile_scenario
from sim.report.page import write_report
from sim.report.prose import own_numbers, set_by_you
from sim.report.screens.compare import screen as compare_screen
from sim.report.screens.run import screen
from sim.report.screens.sweep import screen as sweep_screen
from sim.report.sweep_page import write_page
from sim.scenario.load import Scenario, builtin_scenarios, load_scenario, load_text
from sim.scenario.schema import Parameter
from sim.studies.compare import compare
from sim.studies.options import Options, Sampling
from sim.studies.run import run
from sim.studies.sweep.study import sweep
from tests.unit.scenario_samples import FACTS, SMALL, TOUR, load

RATE = "parameters: {rate: %s}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "tour.yaml").write_text(TOUR)
    return tmp_path


def child(folder: Path, text: str, parent: str = "small.yaml", head: str = "") -> Scenario:
    return load(f"schema: 1\n{head}extends: {parent}\n{text}", folder)


def rate(loaded: Scenario) -> Parameter:
    return loaded.content.parameters["rate"]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("0.25", "set in the scenario; small has 0.5 (judged)"),
        ("{value: 0.25}", "set in the scenario; small has 0.5 (judged)"),
        ("{prior: {gamma: {shape: 2, rate: 8}}}", "set in the scenario; small has 0.5 (judged)"),
        ("{times: 2}", "set in the scenario, times 2; small has 0.5 (judged)"),
        ("{between: [0.1, 0.4]}", "set in the scenario, 5 % to 95 %: 0.1 to 0.4; small has 0.5 (judged)"),
        ("{value: 0.25, source: my own}", "my own"),
        (
            "{value: 0.25, basis: fitted}",
            "set in the scenario; small has 0.5 (judged); called fitted there, without a source",
        ),
    ],
)
def test_a_number_of_a_file_is_its_authors(folder: Path, text: str, source: str) -> None:
    made = rate(child(folder, RATE % text))
    assert (made.basis, made.source, made.unit) == ("yours", source, "per year")


def test_a_basis_and_a_source_of_its_own_stand(folder: Path) -> None:
    made = rate(child(folder, RATE % "{value: 0.25, basis: literature, source: a book}"))
    assert (made.basis, made.source) == ("literature", "a book")


def test_a_number_that_is_as_it_was_stays_whose_it_was(folder: Path) -> None:
    made = child(folder, RATE % "{value: 0.5}")
    assert rate(made).basis == "judged"
    assert made.yours == ()


def test_a_number_beside_the_file_is_its_users_even_if_it_is_as_it_was() -> None:
    for value in (0.5, 0.25):
        made = rate(load(SMALL, rate=value))
        assert (made.basis, made.source) == ("yours", "set with --set; test has 0.5 (judged)")


def test_a_replaced_prior_is_told_with_its_range() -> None:
    made = load(TOUR, never_share=0.25).content.parameters["never_share"]
    assert made.source == "set with --set; test has 0.29 (5 % to 95 %: 0.025 to 0.78), judged"


def test_values_in_place_of_a_table_are_yours(folder: Path) -> None:
    (folder / "draws.csv").write_text("rate\n0.5\n0.25\n")
    text = SMALL.replace("value: 0.5", "prior: {table: {file: draws.csv, column: rate}}")
    (folder / "drawn.yaml").write_text(text)
    given = {"draws.csv": {"rate": np.array([0.1, 0.2])}}
    made = load_scenario(folder / "drawn.yaml", facts=FACTS, tables=given)
    assert rate(made).basis == "yours"
    assert rate(made).source.startswith("values given in place of draws.csv; drawn has ")
    assert rate(load_scenario(folder / "drawn.yaml", facts=FACTS)).basis == "judged"


@cache
def built_in(name: str) -> Scenario:
    return load_scenario(name)


@pytest.mark.parametrize("name", builtin_scenarios())
def test_no_built_in_number_is_yours_or_fitted_without_a_fit(name: str) -> None:
    """A scenario that sets a number says whose that is, and does not pass it off as the baseline's fit."""
    loaded, known = built_in(name), built_in("baseline").content.parameters
    assert loaded.yours == ()
    assert not any("far " in warning for warning in loaded.warnings)
    if name != "grammar-tour":
        for parameter, spec in loaded.content.parameters.items():
            if spec.basis == "fitted" and spec.value is not None and parameter in known:
                assert spec == known[parameter]


# --- titles ---------------------------------------------------------------------------------------------


def test_what_was_set_is_in_title_and_question() -> None:
    made = load(SMALL, rate=0.25).content
    assert made.title == "Small, with rate = 0.25"
    assert made.question == "Does it load? With rate = 0.25."


def test_a_file_without_a_title_names_its_changes(folder: Path) -> None:
    made = child(folder, RATE % 0.25).content
    assert (made.title, made.question) == (
        "Small, with changes of test",
        "Does it load? With changes of test.",
    )
    made = child(folder, RATE % 0.25, head="title: Mine\nquestion: Why?\n").content
    assert (made.title, made.question) == ("Mine", "Why?")
    made = child(folder, "").content
    assert made.title == "Small"


def test_every_file_in_between_is_named(folder: Path) -> None:
    (folder / "first.yaml").write_text("schema: 1\nextends: small.yaml\nhorizon: 2040-12-01\n")
    made = load("schema: 1\nextends: first.yaml\n" + RATE % 0.25, folder, rate="x2")
    assert made.title == "Small, with changes of first and test and rate times 2"
    assert rate(made).value == 0.5


# --- far outside ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [5, 3.5])
def test_a_value_far_outside_its_parents_prior_is_a_warning(value: float) -> None:
    loaded = load_scenario("status-quo", {"settlement_rate": value})
    assert loaded.warnings == (
        f"--set: parameters.settlement_rate: {value:g} is far above what the parent thinks possible "
        f"(5 % to 95 %: 0.000033 to 0.074); {value:g} % is {value / 100:g}",
    )


def test_a_file_is_warned_of_at_its_line(folder: Path) -> None:
    far = child(folder, "parameters:\n  recognition_rate: 5\n", "tour.yaml")
    assert far.warnings == (
        "test.yaml:4: parameters.recognition_rate: 5 is far above what the parent thinks possible "
        "(5 % to 95 %: 0.0089 to 0.12); 5 % is 0.05",
    )
    for inside in ("0.01", "{times: 2}", "{between: [0.01, 0.1]}", "{prior: {gamma: {shape: 2, rate: 30}}}"):
        assert child(folder, f"parameters: {{recognition_rate: {inside}}}\n", "tour.yaml").warnings == ()
    for outside in ("{times: 50}", "{between: [2, 8]}", "{prior: {gamma: {shape: 2, rate: 0.5}}}"):
        told = child(folder, f"parameters: {{recognition_rate: {outside}}}\n", "tour.yaml").warnings
        assert len(told) == 1
        assert "its median, " in told[0]


def test_a_warning_says_which_way() -> None:
    (told,) = load_scenario("status-quo", {"interim_rate": 0.001}).warnings
    assert "0.001 is far below what the parent thinks possible" in told
    assert "%;" not in told


# --- where it is told -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a small scenario with one number of one's own, and its report."""
    folder = tmp_path_factory.mktemp("own")
    loaded = load_text(SMALL, "small", folder, {"rate": 0.25}, FACTS)
    options = Options(trajectories=400, seed=3)
    shown = run(loaded, options, folder / "out", report=write_report)
    (folder / "screen.txt").write_text(screen(shown.summary))
    return folder


SAID = "rate = 0.25"
SOURCE = "set with --set; small has 0.5 (judged)"


def test_the_report_says_whose_the_number_is(results: Path) -> None:
    page = html.unescape(re.sub(r"<[^>]+>", "", (results / "out" / "report.html").read_text("utf-8")))
    page = page.replace("\u00a0", " ")
    assert page.count(f"Small, with {SAID}") >= 3  # title, heading, foot
    assert f"Does it load? With {SAID}." in page
    assert "1 parameter: 1 yours." in page
    assert "Evidence: weak." in page
    assert f"Yours: {SAID}: {SOURCE}." in page
    assert f"\u25b2 yours{SOURCE} --set" in page  # the table of parameters
    captions = page.count("Monte Carlo error at most")
    assert page.count(f"Yours, set by whoever ran this: {SAID}.") == captions >= 3


def test_screen_manifest_summary_and_figures_say_it(results: Path) -> None:
    told = {"name": "rate", "said": SAID, "source": SOURCE}
    shown = " ".join((results / "screen.txt").read_text().split())
    assert f"Small, with {SAID} (small)" in shown
    assert f"Yours: {SAID}: {SOURCE}." in shown
    for file in ("manifest.json", "summary.json"):
        assert json.loads((results / "out" / file).read_text())["yours"] == [told], file
    figures = sorted((results / "out" / "figures").glob("*.svg"))
    assert figures
    for figure in figures:
        text = figure.read_text("utf-8")
        assert (f"Small, with {SAID}. Yours, set by whoever ran this: {SAID}." in text) == (
            figure.stem != "scorecard"
        ), figure.stem


def test_what_nobody_has_set_is_not_said_to_be_anybodys() -> None:
    summary_fields = plain(compile_scenario(load(SMALL)).yours)
    assert summary_fields == []
    assert set_by_you(()) == ""
    assert own_numbers(()) == []


def test_a_sweep_and_a_comparison_say_it(tmp_path: Path) -> None:
    options = Sampling(trajectories=200)
    made = sweep(load(SMALL), {"rate": [0.25, 0.75]}, options, out=tmp_path / "sweep", figures=write_page)
    assert made.answer.scenario.title == "Small, with rate varied"
    assert "Yours, set by whoever ran this: rate = 0.25, 0.75." in sweep_screen(made)
    (own,) = json.loads((tmp_path / "sweep" / "manifest.json").read_text())["yours"]
    assert own == {"name": "rate", "said": "rate = 0.25, 0.75", "source": "test has 0.5 (judged)"}
    assert "Yours, set by whoever ran this" in (tmp_path / "sweep" / "figures" / "lines.svg").read_text(
        "utf-8"
    )
    compared = compare(load(SMALL), load(SMALL, rate=0.25), options=options, out=tmp_path / "compared")
    sides = json.loads((tmp_path / "compared" / "manifest.json").read_text())["scenarios"]
    assert [[own["said"] for own in side.get("yours", [])] for side in sides] == [[], ["rate = 0.25"]]
    assert [side.yours != () for side in compared.scenarios] == [False, True]
    assert "Yours, set by whoever ran this: rate = 0.25." in compare_screen(compared)


def test_a_sweep_warns_of_points_far_outside() -> None:
    loaded = load(TOUR)
    assert loaded.far_from("recognition_rate", [0.05, 5.0]) == [
        "recognition_rate: 5 is far above what the parent thinks possible (5 % to 95 %: 0.0089 to 0.12); 5 % is 0.05"
    ]
    (told,) = loaded.far_from("recognition_rate", [1.0, 50.0], times=True)
    assert told.startswith("recognition_rate: its median times 50, 2.1, is far above")
    assert loaded.far_from("crisis_damping", [100.0]) == []


def test_python_takes_settings_and_warns() -> None:
    loaded = accession.load("status-quo", {"settlement_rate": {"times": 2}, "interim_rate": 5})
    assert [own.said for own in loaded.yours] == ["settlement_rate times 2", "interim_rate = 5"]
    finely = accession.load("status-quo", {"settlement_rate": {"times": 1.2345678}})
    assert [own.said for own in finely.yours] == ["settlement_rate times 1.23457"]
    assert len(loaded.warnings) == 1
