"""What a cell of a table can be: dates known to the year, month or day, numbers, codes of countries."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from sim.facts.aliases import meant, proposal

Names = Mapping[str, str]
"""Country code -> short English name."""


class Days(NamedTuple):
    """The first and the last day that a date of the facts can mean."""

    first: date
    last: date

    @property
    def middle(self) -> date:
        """The day that it stands for where one day is needed (the earlier one of two)."""
        return self.first + timedelta(days=(self.last - self.first).days // 2)


@cache
def bounds(text: str) -> Days:
    """First and last day that ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` can mean.

    :raises ValueError: other text.
    """
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        raise ValueError(f"{text!r} is not a date of the form YYYY, YYYY-MM or YYYY-MM-DD.")
    parts = [int(part) for part in text.split("-")]
    try:
        first = date(*[*parts, 1, 1][:3])
    except ValueError:
        raise ValueError(f"{text!r} is not a date of the calendar.") from None
    month = parts[1] if len(parts) > 1 else 12
    last_day = parts[2] if len(parts) > 2 else monthrange(first.year, month)[1]
    return Days(first, date(first.year, month, last_day))


def country_problem(text: str, names: Names) -> str:
    """What is wrong with a country code ("" if nothing), with the nearest one that is known."""
    if text in names:
        return ""
    near = proposal(meant(text, names), names)
    hint = f" Did you mean {near}?" if near else ""
    return f"{text!r} is not a country code (ISO 3166 alpha-3, or XKX).{hint}"


def _countries(text: str, names: Names) -> str:
    return next(filter(None, (country_problem(code, names) for code in text.split(";"))), "")


def _date(text: str, names: Names) -> str:
    try:
        bounds(text)
    except ValueError as problem:
        return str(problem)
    return ""


def _day(text: str, names: Names) -> str:
    return _date(text, names) or ("" if len(text) == 10 else f"{text!r} must be a full day, YYYY-MM-DD.")


def _number(text: str, names: Names) -> str:
    return "" if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else f"{text!r} is not a number of zero or more."


def _code(text: str, names: Names) -> str:
    return "" if re.fullmatch(r"[A-Z]{3}", text) else f"{text!r} is not three capital letters."


def _text(text: str, names: Names) -> str:
    return ""


KINDS: dict[str, Callable[[str, Names], str]] = {
    "text": _text,
    "code": _code,
    "country": country_problem,
    "countries": _countries,
    "date": _date,
    "day": _day,
    "number": _number,
}
"""Kind of cell -> what is wrong with a cell that is not empty ("" if nothing)."""
