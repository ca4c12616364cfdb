"""Scenarios given as plain Python data, and tables given as values."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from sim.base.errors import ScenarioError
from sim.scenario.load import load_scenario
from sim.scenario.nodes import Problems
from sim.scenario.read_yaml import read_text
from tests.unit.scenario_samples import FACTS, SMALL, TOUR, load

PRIOR = {"table": {"file": "tables/joint.csv", "column": "rate"}}


def tree_of(text: str) -> dict[str, Any]:
    return read_text(text, "x", Problems()).plain()


def small(**changes: Any) -> dict[str, Any]:
    return {**tree_of(SMALL), **changes}


def problems_of(data: Any, **options: Any) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        load_scenario(data, facts=FACTS, **options)
    return error.value.problems


@pytest.mark.parametrize("text", [SMALL, TOUR], ids=["small", "tour"])
def test_a_mapping_is_the_scenario_that_the_same_file_is(text):
    data = tree_of(text)
    loaded = load_scenario(data, facts=FACTS)
    assert (loaded.content, loaded.digest) == (load(text).content, load(text).digest)
    assert loaded.name == "scenario"
    from_json = json.loads(json.dumps(data, default=date.isoformat))
    assert load_scenario(from_json, facts=FACTS).digest == loaded.digest


def test_a_mapping_extends_a_file_of_its_folder_or_a_built_in_scenario(tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    child = {"schema": 1, "extends": "small.yaml", "parameters": {"rate": np.float64(0.25)}}
    loaded = load_scenario(child, facts=FACTS, folder=tmp_path)
    assert loaded.content.parameters["rate"].value == 0.25
    assert str(loaded.origins[("parameters", "rate", "value")]) == "scenario"
    assert str(loaded.origins[("parameters", "rate", "unit")]) == "small.yaml:10"
    child = {"schema": 1, "extends": "small.yaml", "title": "A", "parameters": {"rate": 0.25}}
    changed = load_scenario(child, facts=FACTS, folder=tmp_path)
    at_length = child | {"parameters": {"rate": {"value": 0.25}}}
    assert changed.content == load_scenario(at_length, facts=FACTS, folder=tmp_path).content


def test_a_mistake_is_named_by_its_path_in_the_mapping():
    assert problems_of(small(horizn=1))[0].startswith(
        "scenario: horizn: unknown key 'horizn'; did you mean 'horizon'? allowed: schema,"
    )
    moves = [{"from": "blocks", "to": "recognises", "rate": "rat"}]
    wrong = small()
    wrong["voters"]["GRC"]["stance"]["moves"] = moves
    assert problems_of(wrong) == [
        "scenario: voters.GRC.stance.moves[0].rate: 'rat' is not a parameter; "
        "did you mean 'rate'? allowed: a number, rate"
    ]
    missing = small()
    del missing["title"]
    assert problems_of(missing) == ["scenario: missing key 'title'"]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("title", {1, 2}, "title: a value of type 'set'; allowed: text, numbers,"),
        ("start", datetime(2026, 12, 1), "start: a value of type 'datetime'"),
        ("start", "2026-02-30", "start: '2026-02-30' is not a date; allowed: a day that exists"),
        ("start", None, "start: nothing is given; allowed: a value"),
        ("title", "\ud800", "title: half of a surrogate pair"),
        ("parameters", {"rate": float("nan")}, "parameters.rate: nan is not finite; allowed: finite numbers"),
        ("parameters", {"rate": 10**400}, "parameters.rate: 1000"),
        ("parameters", {5: 1}, "parameters: the key 5 is not a name; allowed: names, as text"),
    ],
)
def test_what_a_scenario_cannot_hold_is_refused(key, value, problem):
    assert any(found.startswith(f"scenario: {problem}") for found in problems_of(small(**{key: value})))


def test_what_contains_itself_is_refused():
    endless: list[Any] = []
    endless.append(endless)
    assert "nested too deep" in problems_of(small(watch=endless))[0]


def test_values_stand_in_for_a_table():
    data = small()
    data["parameters"]["rate"] = {**data["parameters"]["rate"], "prior": PRIOR}
    del data["parameters"]["rate"]["value"]
    rate = np.array([0.5, 0.25])
    loaded = load_scenario(data, facts=FACTS, tables={"tables/joint.csv": {"rate": rate, "other": rate}})
    assert loaded.tables["tables/joint.csv"]["rate"].tolist() == [0.5, 0.25]
    other = load_scenario(data, facts=FACTS, tables={"tables/joint.csv": {"rate": rate / 2, "other": rate}})
    assert other.digest != loaded.digest
    for tables, problem in [
        ({}, "no table 'tables/joint.csv'"),
        (
            {"tables/joint.csv": {"rat": rate}},
            "tables/joint.csv: no column 'rate'; did you mean 'rat'? allowed: rat",
        ),
        ({"tables/joint.csv": {"rate": -rate}}, "column 'rate': not all usable; allowed: finite numbers"),
        ({"tables/joint.csv": {"rate": rate, "x": rate[:1]}}, "column 'x': 1 row; allowed: as many as"),
        ({"tables/joint.csv": {"rate": rate[:0]}}, "column 'rate': shape (0,); allowed: one value a row"),
        (
            {"tables/joint.csv": {"rate": rate}, "tables/join.csv": {}},
            "no prior names the table 'tables/join.csv'; did you mean 'tables/joint.csv'? allowed: tables/joint.csv",
        ),
    ]:
        assert problem in problems_of(data, tables=tables)[0]
