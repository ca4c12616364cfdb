"""The median is the calendar month in which half of all trajectories have taken a step."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base.dates import DAYS_PER_YEAR, month_ends, years_between
from sim.engines import exact
from sim.engines.paths import Paths
from sim.estimates.solved import Solved
from sim.estimates.tally import Tally
from sim.model.compiler import compile_scenario
from sim.model.model import NOT_REACHED, PASSED, Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_text


def model_of(start: date, horizon: date, law: str = "fixed: 9") -> Model:
    text = f"""\
schema: 1
title: One wait
question: In which month?
organisation: NATO
candidate: XKX
start: {start}
horizon: {horizon}
members: [ESP]
voters: {{everyone: {{stance: {{states: [blocks, recognises], start: recognises}}}}}}
ladder: [{{step: entry, kind: wait, law: {{{law}}}}}]
"""
    return compile_scenario(load_text(text, "wait"))


def sampled(model: Model, years: list[float]) -> str | None:
    """The median of trajectories that take the step at these times."""
    n = len(years)
    time = np.array(years, float)[:, None]
    nobody = np.full(n, -1, np.int16)
    tally = Tally(model, 1)
    tally.add(
        Paths(
            trajectory=np.arange(n), world=np.zeros(n, np.int64), time=time,
            how=np.where(np.isinf(time), NOT_REACHED, PASSED).astype(np.int8),
            blockers=np.zeros((n, 1, 1), np.uint64), last_to_move=nobody, last_to_ratify=nobody,
            watch=np.zeros((n, 0)), due=np.zeros((1, len(model.years)), np.int64),
            blocked=np.zeros((1, len(model.years), 1), np.int64),
        )
    )  # fmt: skip
    return tally.median(0)


def solved(model: Model) -> str | None:
    worlds = draw_worlds(model, 1, 1)
    found = Solved(model, exact.BOUND)
    for world in exact.blocks(model, worlds, 1, range(1), dates=found.moments):
        found.add(world)
    return found.median(0)


@given(st.dates(date(1990, 1, 1), date(2080, 1, 1)), st.integers(1, 4000), st.floats(0, 0.999))
def test_a_day_falls_in_its_own_month(start: date, days: int, hour: float) -> None:
    horizon = start + timedelta(days=4002)
    names, ends = month_ends(start, horizon)
    day = start + timedelta(days=days)
    for years in (years_between(start, day), (days + hour) / DAYS_PER_YEAR, days / DAYS_PER_YEAR - 1e-13):
        assert names[int(np.searchsorted(ends, years, side="left"))] == day.isoformat()[:7]
    assert (names[0], names[-1]) == (start.isoformat()[:7], horizon.isoformat()[:7])


@pytest.mark.parametrize(
    "start", [date(2026, 12, 1), date(2027, 1, 31), date(2028, 2, 29), date(2027, 6, 15)]
)
@pytest.mark.parametrize("days", [1, 14, 15, 28, 29, 30, 31, 59, 61, 62, 365, 366, 728, 730])
def test_a_sure_step_has_its_own_month_in_both_kinds_of_answer(start: date, days: int) -> None:
    model = model_of(start, date(2031, 1, 1), f"fixed: {days}")
    month = (start + timedelta(days=days)).isoformat()[:7]
    assert sampled(model, [days / DAYS_PER_YEAR]) == month
    assert solved(model) == month


def test_half_of_the_trajectories_are_enough_and_fewer_are_not() -> None:
    model = model_of(date(2026, 12, 1), date(2029, 1, 1))
    years = [years_between(model.start, date(2027, month, 10)) for month in (1, 2, 3)]
    never = float("inf")
    assert sampled(model, [years[0], years[1], years[2], never]) == "2027-02"
    assert sampled(model, [years[0], years[0], years[2], never]) == "2027-01"
    assert sampled(model, [years[1], years[2], never, never]) == "2027-03"
    assert sampled(model, [years[1], never, never]) is None
    assert sampled(model, [never]) is None
    assert sampled(model, [model.horizon_years]) == "2029-01"


def test_the_exact_median_is_that_of_the_law() -> None:
    for mean in (40.0, 100.0, 300.0):
        model = model_of(date(2026, 12, 1), date(2029, 1, 1), f"exponential: {{mean: {mean}}}")
        day = model.start + timedelta(days=mean * float(np.log(2)))
        assert solved(model) == day.isoformat()[:7]
    assert solved(model_of(date(2026, 12, 1), date(2029, 1, 1), "exponential: {mean: 2000}")) is None
