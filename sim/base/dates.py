"""Dates and years: how long a year is, and the dates for which probabilities are reported."""

from __future__ import annotations

from datetime import date

DAYS_PER_YEAR = 365.25
YEARS_AHEAD = (5, 10, 20)
"""Years after a start whose ends are shown, besides the horizon."""


def years_between(start: date, day: date) -> float:
    """Years of 365.25 days from midnight of ``start`` to midnight of ``day``."""
    return (day - start).days / DAYS_PER_YEAR


def report_dates(start: date, horizon: date) -> list[date]:
    """Each 31 December after ``start`` and before the horizon, then the horizon itself."""
    ends = [date(year, 12, 31) for year in range(start.year, horizon.year + 1)]
    return [day for day in ends if start < day < horizon] + [horizon]


def shown_dates(start: date, horizon: date) -> list[date]:
    """Of the report dates, the ends of a few years and the horizon."""
    wanted = {start.year + years for years in YEARS_AHEAD}
    return [day for day in report_dates(start, horizon) if day == horizon or day.year in wanted]
