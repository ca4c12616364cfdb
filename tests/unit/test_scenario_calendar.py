"""Dates of calendars."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.calendar import dates_of
from sim.scenario.schema import Calendar


def days(until: str, *dates: str, every: str | None = None, start: str | None = None) -> list[str]:
    then = {"every": every, **({"from": date.fromisoformat(start)} if start else {})} if every else None
    calendar = Calendar(dates=[date.fromisoformat(day) for day in dates], then=then)
    return [day.isoformat() for day in dates_of(calendar, date.fromisoformat(until))]


def test_explicit_dates_up_to_and_including_the_last_day():
    assert days("2028-01-01", "2027-01-01", "2028-01-01", "2028-01-02") == ["2027-01-01", "2028-01-01"]


def test_a_repetition_starts_a_step_after_the_last_date():
    assert days("2037-01-20", "2029-01-20", every="4 years") == ["2029-01-20", "2033-01-20", "2037-01-20"]


def test_a_repetition_with_from_starts_there():
    found = days("2029-12-31", "2027-07-07", every="1 year", start="2028-07-08")
    assert found == ["2027-07-07", "2028-07-08", "2029-07-08"]


def test_the_same_day_twice_is_one_day():
    assert days("2028-12-31", "2027-07-07", every="1 year", start="2027-07-07") == [
        "2027-07-07",
        "2028-07-07",
    ]


@pytest.mark.parametrize(
    ("first", "every", "until", "dates"),
    [
        ("2028-02-29", "1 year", "2032-12-31",
         ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ("2027-01-31", "1 month", "2027-04-30", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        ("2027-11-30", "6 months", "2028-12-31", ["2027-11-30", "2028-05-30", "2028-11-30"]),
        ("2027-12-27", "2 weeks", "2028-01-31", ["2027-12-27", "2028-01-10", "2028-01-24"]),
        ("2028-02-25", "3 days", "2028-03-05", ["2028-02-25", "2028-02-28", "2028-03-02", "2028-03-05"]),
    ],
)  # fmt: skip
def test_steps_of_the_calendar(first, every, until, dates):
    assert days(until, first, every=every) == dates


def test_the_calendar_ends_where_pythons_does():
    assert days("9999-12-31", "9998-06-01", every="1 year")[-1] == "9999-06-01"
    assert days("9999-12-31", "9999-12-30", every="1 day")[-1] == "9999-12-31"
    assert days("9999-12-31", "9999-12-30", every="999999 years") == ["9999-12-30"]


@given(
    first=st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    amount=st.integers(1, 40),
    unit=st.sampled_from(["day", "week", "month", "year"]),
    length=st.integers(0, 4000),
)
def test_repetitions_are_in_order_and_keep_their_day(first, amount, unit, length):
    until = first + timedelta(days=length)
    calendar = Calendar(dates=[first], then={"every": f"{amount} {unit}s"})
    found = dates_of(calendar, until)
    assert found[0] == first
    assert all(before < after <= until for before, after in pairwise(found))
    if unit in {"month", "year"}:
        assert all(day.day == first.day or (day + timedelta(days=1)).day == 1 for day in found)
    else:
        assert all((day - first).days % amount == 0 for day in found)
