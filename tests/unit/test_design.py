"""Designs: rows of cells, and what each changes."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from sim.scenario.setting import Set
from sim.studies.design import DayAxis, FullGrid, LeverAxis, NumberAxis, Table, VariantAxis
from sim.studies.points import NOTHING, Point

RATE, FACTOR, DAY = NumberAxis("rate"), NumberAxis("rate", "times"), DayAxis("settlement=done")


def test_the_last_axis_of_a_grid_runs_fastest() -> None:
    values = ((0.1, 0.2), ("never", "2028-06-01"), (1.0, 2.0, 3.0))
    grid = FullGrid((RATE, DAY, NumberAxis("b")), values)
    assert [row.cells for row in grid] == list(product(*values))
    assert grid[-1].cells == (0.2, "2028-06-01", 3.0)
    with pytest.raises(IndexError):
        grid[12]


def test_a_large_grid_costs_nothing_until_it_is_asked() -> None:
    axes = tuple(NumberAxis(name) for name in "abcdef")
    grid = FullGrid(axes, (tuple(map(float, range(100))),) * 6)
    assert len(grid) == 100**6
    assert grid[100**6 - 2].cells == (99.0, 99.0, 99.0, 99.0, 99.0, 98.0)


def test_what_a_row_changes() -> None:
    axes = (FACTOR, DAY, VariantAxis("the settlement rate"), LeverAxis("a", Point(events={"b=c": None})))
    one, other = Table(axes, ((2.0, "2028-06-01", "variant-one-rate", "yes"), (1.0, "never", "none", "no")))
    assert one.point == Point(
        {"rate": Set("times", (2.0,))}, {"settlement=done": date(2028, 6, 1), "b=c": None}, ("variant-one-rate",)
    )  # fmt: skip
    assert other.point == Point({"rate": Set("times", (1.0,))}, {"settlement=done": None})
    assert VariantAxis("x").change("none") is NOTHING


def test_columns_have_names() -> None:
    assert [RATE.name, FACTOR.name, NumberAxis("rate", "quantile").name, DAY.name] == [
        "rate", "rate (times)", "rate (quantile)", "settlement=done",
    ]  # fmt: skip
