"""The dates of a calendar."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from sim.scenario.schema import Calendar

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def dates_of(calendar: Calendar, until: date) -> tuple[date, ...]:
    """The explicit dates and those of ``then``, in order, each once, up to and including ``until``.

    ``then`` starts on its ``from``; without one, a step after the last explicit date.
    """
    dates = set(calendar.dates)
    then = calendar.then
    if then is not None:
        amount, unit = parse_every(then.every)
        first = then.from_ if then.from_ is not None else max(calendar.dates)
        for day in _repeated(first, amount, unit, 0 if then.from_ is not None else 1):
            if day > until:
                break
            dates.add(day)
    return tuple(sorted(day for day in dates if day <= until))


def parse_every(every: str) -> tuple[int, str]:
    """``"6 months"`` -> ``(6, "month")``."""
    amount, unit = every.split()
    return int(amount), unit.removesuffix("s")


def _repeated(first: date, amount: int, unit: str, start: int) -> Iterator[date]:
    """``first`` and every so many units after it, until the calendar of Python ends in 9999.

    Months and years keep the day of ``first``, or the last one that the month has.
    """
    for number in count(start):
        try:
            if unit in _DAYS:
                yield first + timedelta(days=_DAYS[unit] * amount * number)
            else:
                months = first.year * 12 + first.month - 1 + _MONTHS[unit] * amount * number
                year, month = months // 12, months % 12 + 1
                yield date(year, month, min(first.day, monthrange(year, month)[1]))
        except (OverflowError, ValueError):
            return
