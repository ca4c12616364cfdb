"""The papers of judged numbers: complete both ways, in step with the scenarios, and shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sim.base.errors import AccessionError
from sim.pages.judged import page
from sim.pages.judged_effects import (
    ANSWERS,
    AS_IT_IS,
    FITTED,
    TRAJECTORIES,
    WORLDS,
    Effect,
    answers_both,
    docs_folder,
    effects_file,
    in_step,
    movements,
    read_effects,
)
from sim.scenario.judged import COLUMNS, JudgedNumber, judged_file, judged_numbers, middle
from sim.scenario.load import builtin_scenarios, load_scenario, load_text
from sim.scenario.schema import Parameter
from sim.scenario.write import judged_in, show_data, show_text
from tests.builtin import builtin

NUMBERS = judged_numbers()
NOT_OF_THIS_WORLD = {"grammar-tour"}
"""Its numbers are made up to show the grammar."""
APART = ("candidate", "council-of-europe", "european-union")
"""Another candidate, and other organisations."""
GOOD = "baseline,held_early,probability for each meeting,mean,0.02,0.25,Because.,A list.,blocks table"


def judged_parameters() -> dict[str, str]:
    """Judged parameter -> the built-in scenario that introduces it.

    What a scenario sets otherwise than the baseline is its question, and needs no papers.
    """
    known = parameters("baseline")
    found = {n: "baseline" for n, p in known.items() if p.basis == "judged"}
    for name in builtin_scenarios():
        if name not in NOT_OF_THIS_WORLD:
            for parameter, spec in parameters(name).items():
                if spec.basis == "judged" and parameter not in known:
                    found.setdefault(parameter, name)
    return found


def parameters(scenario: str) -> dict[str, Parameter]:
    return builtin(scenario).content.parameters


def written(folder: Path, *lines: str) -> Path:
    file = folder / "judged.csv"
    file.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    return file


def test_every_judged_number_has_papers_and_nothing_else_has() -> None:
    assert {row.parameter: row.scenario for row in NUMBERS} == judged_parameters()


def test_there_are_as_many_as_are_counted_in_the_baseline() -> None:
    """An empty file and an empty scenario would agree, too."""
    assert len([row for row in NUMBERS if row.scenario == "baseline"]) == 49


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.parameter)
def test_papers_fit_the_number(row: JudgedNumber) -> None:
    loaded = builtin(row.scenario)
    spec = loaded.content.parameters[row.parameter]
    assert row.unit == spec.unit
    assert row.low < middle(spec, loaded.tables, row.range_of) < row.high
    assert row.high <= 1 or "probability" not in row.unit
    assert len(row.reason.split()) >= 8
    assert len(row.would_change_it.split()) >= 3
    for text in (row.reason, row.would_change_it, row.source_or_analogy):
        assert text == text.strip()
        assert text.isprintable()


def test_the_readme_of_the_scenarios_names_the_file() -> None:
    assert f"`{judged_file().name}`" in (judged_file().parent / "README.md").read_text("utf-8")


def test_only_numbers_that_the_two_answers_use_are_moved() -> None:
    """Another candidate and another organisation have neither answer; their numbers stand on the page all the same."""
    assert [name for name in builtin_scenarios() if name in APART and answers_both(name)] == []
    assert answers_both("status-quo")
    assert answers_both("ukraine-joins-first")
    wanted = movements(NUMBERS)
    moved = {job.parameter for job in wanted} - {AS_IT_IS, FITTED}
    apart = {row.parameter for row in NUMBERS if row.scenario in APART}
    assert len(apart) == 16
    assert moved == {row.parameter for row in NUMBERS} - apart
    made = [
        Effect(
            j.scenario,
            j.digest,
            j.parameter,
            j.low,
            j.high,
            j.fixed_too,
            step,
            day,
            0.1,
            0.2,
            0.1,
            0.01,
            9,
            3,
            1,
        )
        for j in wanted
        for step, day in ANSWERS
    ]
    assert in_step([replace(e, trajectories=TRAJECTORIES, worlds=WORLDS) for e in made], NUMBERS)
    first, last = page(NUMBERS, made).split("## Numbers that the two answers do not use")
    assert {name for name in apart if f"| `{name}` |" in last} == apart
    assert not {name for name in apart if f"| `{name}` |" in first}


# --- reading --------------------------------------------------------------------------------------------


def test_the_published_page_follows_from_the_published_files() -> None:
    assert page(NUMBERS, read_effects(effects_file())) == (docs_folder() / "judged.md").read_text("utf-8")


def test_the_published_movements_are_those_of_the_scenarios_as_they_are() -> None:
    assert in_step(read_effects(effects_file()), NUMBERS)


def test_a_good_row(tmp_path: Path) -> None:
    (row,) = judged_numbers(written(tmp_path, GOOD))
    assert (row.parameter, row.range_of, row.low, row.high) == ("held_early", "mean", 0.02, 0.25)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (GOOD.replace("Because.", " "), "judged.csv:2: nothing in reason"),
        (GOOD.replace("0.02,0.25", "0.25,0.02"), "judged.csv:2: 0.25 to 0.02; allowed: 0 or more"),
        (GOOD.replace("0.02", "-1"), "judged.csv:2: -1 to 0.25; allowed: 0 or more"),
        (GOOD.replace("0.25", "inf"), "judged.csv:2: 0.02 to inf"),
        (GOOD.replace("0.25", "nan"), "judged.csv:2: 0.02 to nan"),
        (GOOD.replace("0.02", "few"), "judged.csv:2: 'few' to '0.25' is no range"),
        (GOOD.replace("mean", "mode"), "judged.csv:2: range_of 'mode'; allowed: value, mean, median"),
        (GOOD + ",more", "judged.csv:2: 10 cells; allowed: 9"),
        (f"{GOOD}\n{GOOD}", "judged.csv:3: held_early is there twice"),
        (GOOD.replace("Because.", '"Because'), "judged.csv: cannot be read"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(row: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(AccessionError) as raised:
        judged_numbers(written(tmp_path, row))
    assert str(raised.value).startswith(message)


def test_wrong_columns_and_no_file(tmp_path: Path) -> None:
    file = tmp_path / "judged.csv"
    with pytest.raises(AccessionError, match=r"judged\.csv: cannot be read"):
        judged_numbers(file)
    file.write_text("parameter,reason\n", encoding="utf-8")
    with pytest.raises(AccessionError, match=r"judged\.csv:1: the columns are not scenario, parameter"):
        judged_numbers(file)


@pytest.mark.parametrize(
    ("spec", "range_of", "value"),
    [
        ({"value": 0.5}, "value", 0.5),
        ({"prior": {"gamma": {"shape": 3, "rate": 4}}}, "mean", 0.75),
        ({"prior": {"beta": {"a": 1, "b": 3}}}, "mean", 0.25),
        ({"prior": {"uniform": {"low": 1, "high": 2}}}, "median", 1.5),
        ({"prior": {"lognormal": {"median": 2, "sigma": 1}}}, "median", 2),
        ({"prior": {"lognormal": {"median": 2, "sigma": 1}}}, "mean", 3.2974425),
        ({"prior": {"table": {"file": "t.csv", "column": "x"}}}, "mean", 3),
        ({"prior": {"table": {"file": "t.csv", "column": "x"}}}, "median", 2),
    ],
)
def test_the_middle(spec: dict, range_of: str, value: float) -> None:
    parameter = Parameter(**spec, unit="factor", basis="judged", source="made up")
    assert middle(parameter, {"t.csv": {"x": [1.0, 2.0, 6.0]}}, range_of) == pytest.approx(value)


@pytest.mark.parametrize(
    ("spec", "range_of"),
    [
        ({"value": 0.5}, "mean"),
        ({"prior": {"beta": {"a": 1, "b": 3}}}, "value"),
        ({"prior": {"beta": {"a": 1, "b": 3}}}, "median"),
    ],
)
def test_a_middle_that_there_is_not(spec: dict, range_of: str) -> None:
    parameter = Parameter(**spec, unit="factor", basis="judged", source="made up")
    with pytest.raises(AccessionError, match=r"judged\.csv: "):
        middle(parameter, {}, range_of)


# --- showing --------------------------------------------------------------------------------------------


def test_show_prints_range_and_what_would_change_it() -> None:
    lines = show_text(builtin("status-quo")).splitlines()
    at = next(i for i, line in enumerate(lines) if line == "  held_early:")
    block = lines[at : at + 7]
    assert "    basis: judged  # baseline.yaml: a mean of 0.02 to 0.25 can be defended" in block
    assert any(line.startswith("    # would change it: A list of meetings") for line in block)
    assert sum("can be defended" in line for line in lines) == 49


def test_show_as_json_has_the_papers() -> None:
    papers = json.loads(json.dumps(show_data(load_scenario("ukraine-joins-first"))["judged"]))
    assert set(papers) == {r.parameter for r in NUMBERS if r.scenario in ("baseline", "ukraine-joins-first")}
    assert papers["effect_UKR"]["low"] == 0.4
    assert set(papers["effect_UKR"]) == set(COLUMNS) - {"scenario", "parameter"}


def test_a_number_of_ones_own_has_no_papers(tmp_path: Path) -> None:
    """A basis written in another file is another judgement, also where the name or the file's name is the same."""
    own = "schema: 1\nextends: baseline\nparameters:\n  held_early: {value: 0.2, unit: x, basis: judged, source: s}\n"
    assert "held_early" not in judged_in(load_text(own, "own", tmp_path))
    mine = "schema: 1\nextends: baseline\nparameters:\n  held_early: 0.2\n"
    found = judged_in(load_text(mine, "own", tmp_path))
    assert "held_early" not in found
    assert found["held_invitation"].high == 0.45
    assert "crisis_damping" not in judged_in(load_scenario("grammar-tour"))
    (tmp_path / "baseline.yaml").write_text(builtin_scenarios()["baseline"].read_text("utf-8"), "utf-8")
    assert judged_in(load_scenario(tmp_path / "baseline.yaml")) == {}
