"""Who stands out of a count: not those who are first by luck."""

from __future__ import annotations

import numpy as np
import pytest

from sim.estimates.rankings import first_ones, independent, leaders
from sim.report.screens.run import _named


@pytest.mark.parametrize(
    ("counts", "first"),
    [
        ({"A": 50, "B": 20, "C": 30}, ["A"]),
        ({"A": 50, "B": 45, "C": 5}, ["A", "B"]),
        ({"A": 34, "B": 33, "C": 33}, []),  # all alike
        ({"A": 26, "B": 25, "C": 25, "D": 23, "E": 1}, []),  # too many alike
        ({"A": 3}, []),  # nobody, by chance
        ({"A": 4}, ["A"]),
        ({"A": 1, "B": 1}, []),
        ({}, []),
        ({"A": 36, "B": 21, "C": 43}, ["C", "A"]),
        ({"A": 34, "B": 20, "C": 46}, ["C", "A"]),
        ({"A": 100, "B": 0}, ["A"]),
    ],
)
def test_who_stands_out(counts: dict[str, int], first: list[str]) -> None:
    of = max(sum(counts.values()), 1)
    assert leaders({name: count / of for name, count in counts.items()}, of) == first


def test_the_line_between_luck_and_rank_is_at_95_percent() -> None:
    # 60 and 40 of 100 differ by two errors, 59 and 41 by 1.8
    assert leaders({"A": 0.60, "B": 0.40}, 100) == ["A"]
    assert leaders({"A": 0.59, "B": 0.41}, 100) == []
    assert leaders({"A": 0.59, "B": 0.41}, 200) == ["A"]


def test_cases_of_one_world_are_one_case() -> None:
    assert independent(20_000, 1) == 20_000
    assert independent(20_000, 1000) == 1000
    assert independent(50, 1000) == 50


@pytest.mark.parametrize(("names", "cases"), [(2, 30), (5, 200), (30, 2000)])
def test_equals_are_seldom_ranked(names: int, cases: int) -> None:
    """One name alone is called the first in at most one sample of twenty."""
    draws = np.random.default_rng(5).multinomial(cases, [1 / names] * names, 600)
    alone = [len(leaders({str(i): n / cases for i, n in enumerate(row)}, cases)) == 1 for row in draws]
    assert np.mean(alone) < 0.06


def test_the_screen_says_that_nobody_stands_out() -> None:
    shares = {"SVN": 0.25, "CZE": 0.25, "GRC": 0.2}
    assert _named(shares, 20, 1) == "no one stands out in 20 trajectories"
    assert _named(shares, 900, 1) == "SVN 25 % or CZE 25 %, GRC 20 %"
    assert _named({"SVN": 0.5, "CZE": 0.3}, 900, 1) == "SVN 50 %, CZE 30 %"
    assert _named({"A": 0.03, "B": 0.03, "C": 0.029, "D": 0.028, "E": 0.01}, 2000, 500) == (
        "no one stands out (A 3 %, B 3 %, C 3 %, D 3 %)"
    )


@pytest.mark.parametrize(
    ("values", "error", "first"),
    [
        ({"A": 5.0, "B": 1.0, "C": 2.0}, 1.0, ["A"]),
        ({"A": 1.0, "B": 2.0, "C": 5.0, "D": 4.0}, 1.0, ["C", "D"]),
        ({"A": 1.96, "B": 0.0}, 1.0, []),  # both: the difference is no more than 1.96 errors
        ({"A": 1.97, "B": 0.0}, 1.0, ["A"]),
        ({"A": 9.0, "B": 8.0, "C": 8.5, "D": 1.0}, 1.0, ["A", "C", "B"]),
        ({"A": 9.0, "B": 8.0, "C": 8.5, "D": 7.5, "E": 1.0}, 1.0, []),  # more than three
        ({"A": 3.0}, 1.0, ["A"]),
        ({"A": 0.0, "B": -1.0}, 0.1, []),
        ({}, 1.0, []),
    ],
)
def test_the_first_by_value_and_who_cannot_be_told_from_it(
    values: dict[str, float], error: float, first: list[str]
) -> None:
    assert first_ones(values, lambda one, other: (values[one] - values[other], error)) == first
