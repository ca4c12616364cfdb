"""What a user says of axes: values and ranges, the names that a scenario has, and what is wrong with either."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.base.errors import OptionError
from sim.scenario.setting import Set, Unreadable
from sim.studies.design import DayAxis, FullGrid, NumberAxis, VariantAxis
from sim.studies.designs.checking import check, doubts, remarks, told
from sim.studies.designs.making import full_grid, sample
from sim.studies.designs.values import Levels, Span, read_values
from sim.studies.points import NOTHING, Point, Points
from sim.studies.prepare import Prepared, prepare
from tests.two_holdouts import scenario


@pytest.fixture(scope="module")
def base() -> Prepared:
    return prepare(scenario(), 100)


@pytest.fixture(scope="module")
def quo() -> Prepared:
    return prepare("status-quo", 100)


# --- values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "key", "cells"),
    [
        ("0.5, 1,2e-3", "value", (0.5, 1.0, 0.002)),
        ("0.1:0.3:3", "value", (0.1, 0.2, 0.3)),
        ("0.01:100:5:log", "value", (0.01, 0.1, 1.0, 10.0, 100.0)),
        ("x0.5,×2", "times", (0.5, 2.0)),
        ("x0.5:x2:3:log", "times", (0.5, 1.0, 2.0)),
        ("q0.05,q0.5", "quantile", (0.05, 0.5)),
        ("q0.1:q0.9:3", "quantile", (0.1, 0.5, 0.9)),
        ("2028-06-01, never", "day", ("2028-06-01", "never")),
        ("2028-01-01:2030-01-01:3", "day", ("2028-01-01", "2028-12-31", "2030-01-01")),
        ("none,variant-one-rate", "name", ("none", "variant-one-rate")),
        (0.3, "value", (0.3,)),
        ([1, 2.5], "value", (1.0, 2.5)),
        (np.array([0.25, 0.5]), "value", (0.25, 0.5)),
        (np.arange(2), "value", (0.0, 1.0)),
        (["x2", {"times": 3}], "times", (2.0, 3.0)),
        ((date(2028, 6, 1), "never"), "day", ("2028-06-01", "never")),
    ],
)
def test_values_one_by_one(given: Any, key: str, cells: tuple[float | str, ...]) -> None:
    assert read_values(given) == Levels(key, cells)


@pytest.mark.parametrize(
    ("given", "span", "middle"),
    [
        ("0.1..0.5", Span("value", 0.1, 0.5), 0.3),
        ("0.01..1:log", Span("value", 0.01, 1.0, log=True), 0.1),
        ("x0.5..x2:log", Span("times", 0.5, 2.0, log=True), 1.0),
        ("q0.05..q0.95", Span("quantile", 0.05, 0.95), 0.5),
        ("prior", Span("quantile", 0.0, 1.0), 0.5),
        ("2028-01-01..2028-01-31", Span("day", 740347, 740377), "2028-01-16"),
    ],
)  # fmt: skip
def test_ranges(given: str, span: Span, middle: float | str) -> None:
    assert read_values(given) == span
    assert span.at(0.5) == middle
    assert read_values(span.said()) == span


def test_a_range_ends_where_it_says_and_a_prior_nowhere() -> None:
    assert [read_values("0.1..0.7:log").at(u) for u in (0.0, 1.0)] == [0.1, 0.7]  # type: ignore[union-attr]
    low, high = (Span("quantile", 0.0, 1.0).at(u) for u in (0.0, 1.0))
    assert 0 < float(low) < 1e-6
    assert 0 < 1 - float(high) < 1e-6


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("1,x2", "1 and x2: numbers and factors together; allowed: numbers alone, or factors alone"),
        ("q0.5,0.5", "q0.5 and 0.5: quantiles and numbers together"),
        ("q0,q0.5", "q0; allowed: quantiles above q0 and below q1"),
        ("x0,x1", "x0; allowed: factors above 0"),
        ("x1,x-2", "x-2; allowed: factors above 0"),
        ("1,1.0", "1 is given twice"),
        ("2028-06-01,2029-13-01", "'2029-13-01' is not a date"),
        ("2028-06-01:never:3", "'never' is not an end of a range"),
        ("5%..95%", "'5%' as an end; write q0.05..q0.95 for quantiles of the prior"),
        ("0.1..", "'' is not an end of a range"),
        ("0.5..0.1", "0.5 is not below 0.1"),
        ("2030-01-01..2028-01-01", "2030-01-01 is not before 2028-01-01"),
        ("0..1:log", "0 has no logarithm"),
        ("q0.1..q0.9:log", "equal steps of the logarithm of quantiles"),
        ("0.1..0.5:lin", "'0.1..0.5:lin' is not a range"),
        ("q0,5", "'q0,5' has decimal commas; write q0.5, with points"),
        ([], "no values"),
        (["x2", 1.0], "x2 and 1: factors and numbers together"),
        ([{"between": [0.1, 0.2]}], "0.1..0.2 is a range"),
        ([float("nan")], "nan; allowed: finite numbers"),
        ([True], "True; allowed: finite numbers"),
    ],
)
def test_values_that_cannot_be_read(given: Any, said: str) -> None:
    with pytest.raises(Unreadable) as error:
        read_values(given)
    assert str(error.value).startswith(said)


# --- names -----------------------------------------------------------------------------------------------


def test_every_kind_of_axis(quo: Prepared) -> None:
    grid = full_grid(
        {
            "settlement_rate": "q0.05,q0.95",
            "settled_rate": "x0.5,x2",
            "settlement=comprehensive": "2028-06-01,never",
            "what the settlement rate is learnt from": "all",
            "variants": "none,recognition-last",
            "waiver": "all",
            "friends": "2028-06-01,never",
        },
        quo,
    )
    choice = "What the settlement rate is learnt from"
    assert grid.axes[:5] == (
        NumberAxis("settlement_rate", "quantile"), NumberAxis("settled_rate", "times"),
        DayAxis("settlement=comprehensive"), VariantAxis(choice), VariantAxis("variants"),
    )  # fmt: skip
    assert grid.values[3][0] == "none"
    assert set(grid.values[3][1:]) == {
        "variant-flat-prior", "variant-one-rate", "variant-own-record", "variant-similar-disputes",
    }  # fmt: skip
    assert grid.values[5:] == (("no", "yes"), ("2028-06-01", "never"))
    assert len(grid) == 2 * 2 * 2 * 5 * 2 * 2 * 2
    assert grid.axes[5].change("yes") == Point({"map_waived": Set("value", (1.0,))})
    assert grid.axes[5].change("no") == grid.axes[6].change("never") == NOTHING
    (holdout,) = full_grid({"ESP": "all"}, quo).axes
    assert list(holdout.change("yes").events) == ["ESP.stance=recognises"]
    assert grid.axes[6].change("2028-06-01") == Point(events={"friends=satisfied": date(2028, 6, 1)})
    assert told(grid)[0] == "settlement_rate at quantiles 0.05, 0.95"
    assert told(grid)[2] == "settlement=comprehensive on 2028-06-01, never"
    assert told(grid)[3].endswith("= none … variant-similar-disputes (5 values)")


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({}, "grid: no parameter; allowed: one or more, each with its values"),
        ({"settlment_rate": "1"}, "not a parameter; did you mean 'settlement_rate'?"),
        ({"north": "crisis"}, "north is a chain; did you mean north=crisis=2030-06-01,never?"),
        ({"settlement": "interim"}, "'interim'; did you mean settlement=interim=2030-06-01,never?"),
        ({"friends": "maybe"}, "'maybe'; allowed: yes, no, all, or days (YYYY-MM-DD or never)"),
        ({"friends": "1"}, "'1' is not a date; allowed: yes, no, all, or days"),
        ({"friends": "1999-01-01"}, "1999-01-01; allowed: never, or a day after"),
        ({"freinds": "all"}, "did you mean 'friends'?"),
        ({"settlement=comprehensiv": "never"}, "settlement has no state 'comprehensiv'; did you mean 'comprehensive'?"),
        ({"setlement=interim": "never"}, "no chain 'setlement'; did you mean 'settlement'?"),
        ({"settlement=interim": "1 June 2030,never"}, "'1 June 2030' is not a date; write 2030-06-01"),
        ({"settlement=interim": "2026-01-01"}, "2026-01-01; allowed: never, or a day after"),
        ({"settlement_rate": "fast"}, "'fast' is not a number"),
        ({"settlement_rate": "5 %"}, "'5 %' is not a number; write 0.05"),
        ({"settlement_rate": "0.01..0.1"}, "0.01..0.1 is a range"),
        ({"variants": "variant-one-rat"}, "not a variant of it; did you mean 'variant-one-rate'?"),
        ({"variants": "1,2"}, "1: not a variant"),
        ({"where recognition is neded": "all"}, "did you mean 'Where recognition is needed'?"),
    ],
)  # fmt: skip
def test_what_a_scenario_does_not_have(quo: Prepared, grid: dict[str, str], said: str) -> None:
    with pytest.raises(OptionError) as error:
        full_grid(grid, quo)
    assert said in str(error.value)
    assert str(error.value).startswith("grid")


def test_a_number_without_a_prior_has_no_quantiles(base: Prepared) -> None:
    with pytest.raises(OptionError, match="grid known: has no prior here, so no quantiles"):
        full_grid({"known": "q0.5"}, base)


def test_a_name_that_a_table_has(base: Prepared) -> None:
    with pytest.raises(OptionError, match="the table has a column of that name"):
        full_grid({"known": "1"}, base, taken=("known",))


def test_a_grid_beyond_counting(quo: Prepared) -> None:
    values = dict.fromkeys([*quo.model.parameters][:10], "0:1:100")
    with pytest.raises(OptionError, match=r"100 x 100 x .* = 1000*0 points; allowed: at most 9"):
        full_grid(values, quo)


# --- before anything runs --------------------------------------------------------------------------------


def test_a_point_that_cannot_run_is_told(base: Prepared) -> None:
    points = Points(base)
    check(full_grid({"chance": "0.5,1.5"}, base), points)
    with pytest.raises(OptionError, match=r"^grid chance = 1.5: talks.held: chance is 1.5"):
        check(full_grid({"chance": "1.5,0.5"}, base), points)
    assert doubts(full_grid({"chance": "0.5,1"}, base), points) == []
    for design, option in (
        (full_grid({"chance": "0.5,1.5"}, base), "grid"),
        (sample("sobol", 2**20, {"chance": "0.5..1.5"}, base), "over"),
    ):
        (said,) = doubts(design, points)
        assert said.startswith(f"{option}: chance = 1.5: talks.held: chance is 1.5")
        assert said.endswith("Such points will be rows with an error.")


def test_of_a_large_grid_the_ends_are_told(base: Prepared) -> None:
    made: list[str] = []

    class Counting(Points):
        def ready(self, point: Any) -> Prepared:
            made.append(point.said())
            return self.base

    doubts(full_grid({"rate": "0:1:1000", "known": "0.5,0.1,0.2"}, base), Counting(base))
    assert made == [
        "rate = 1, known = 0.5", "rate = 0, known = 0.1",
    ]  # fmt: skip


def test_far_values_are_told_once(base: Prepared) -> None:
    far = remarks(FullGrid((NumberAxis("rate"),), ((0.5, 5.0, 6.0, 7.0),)), base)
    assert len(far) == 1
    assert far[0].startswith("grid: rate: 5 is far above what the parent thinks possible")
    assert far[0].endswith("(and 2 more of its 4 values)")


def test_numbers_that_were_fitted_together(quo: Prepared) -> None:
    tables = [(name, given.file) for name, given in quo.model.parameters.items() if hasattr(given, "file")]
    (first, file), (other, _) = next((a, b) for a in tables for b in tables if a < b and a[1] == b[1])
    said = remarks(full_grid({first: "q0.1,q0.9", other: "q0.1,q0.9"}, quo), quo)
    assert any(f"fitted together ({file})" in line for line in said)
