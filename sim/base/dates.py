"""Dates and years: how long a year is, and the dates for which probabilities are reported."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

DAYS_PER_YEAR = 365.25
YEARS_AHEAD = (5, 10, 20)
"""Years after a start whose ends are shown, besides the horizon."""
AHEAD = 10
"""Years after the start that the first sentence of an answer looks ahead, if the horizon is not nearer."""


def years_between(start: date, day: date) -> float:
    """Years of 365.25 days from midnight of ``start`` to midnight of ``day``."""
    return (day - start).days / DAYS_PER_YEAR


HAIR = 1e-6
"""Days. Years times 365.25 may come out a hair below the whole day that they are meant to be."""


def years_at(start: date, when: date | float) -> float:
    """Years since the start: to midnight of a date, or as they are given."""
    return years_between(start, when) if isinstance(when, date) else when


def month_ends(start: date, horizon: date) -> tuple[list[str], list[float]]:
    """The calendar months (YYYY-MM) from the start's to the horizon's, and years since the start at which each ends.

    What happens on a day of a month happens at no later time than that, and before midnight of the next month's first.
    """
    months = range(12 * start.year + start.month - 1, 12 * horizon.year + horizon.month)
    firsts = [date(month // 12, month % 12 + 1, 1) for month in months]
    # not by the first day of the month after, which there is not after the last month of the year 9999
    lengths = [monthrange(first.year, first.month)[1] for first in firsts]
    ends = [
        ((first - start).days + n - HAIR) / DAYS_PER_YEAR for first, n in zip(firsts, lengths, strict=True)
    ]
    return [first.isoformat()[:7] for first in firsts], ends


def report_dates(start: date, horizon: date) -> list[date]:
    """Each 31 December after ``start`` and before the horizon, then the horizon itself."""
    ends = [date(year, 12, 31) for year in range(start.year, horizon.year + 1)]
    return [day for day in ends if start < day < horizon] + [horizon]


def answer_date(start: date, dates: Sequence[date]) -> date:
    """Of the report dates, the end of the tenth calendar year, or the horizon."""
    wanted = (start.year + AHEAD, 12, 31)  # not as a date, which there may not be
    return next((day for day in dates if (day.year, day.month, day.day) == wanted), dates[-1])


def shown_dates(start: date, horizon: date) -> list[date]:
    """Of the report dates, the ends of a few years and the horizon."""
    wanted = {start.year + years for years in YEARS_AHEAD}
    return [day for day in report_dates(start, horizon) if day == horizon or day.year in wanted]
