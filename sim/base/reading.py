"""Dates as users write them."""

from __future__ import annotations

import re
from datetime import date

from sim.base.errors import OptionError
from sim.base.hints import date_meant


def read_day(given: date | str | int | None, option: str) -> date | None:
    """A date, its ISO text, or a year, which stands for its end; None stays None.

    :param option: what it is called, for messages.
    :raises OptionError: neither.
    """
    if given is None or isinstance(given, date):
        return given
    text = str(given).strip()
    try:
        return date(int(text), 12, 31) if re.fullmatch(r"\d{4}", text) else date.fromisoformat(text)
    except ValueError:
        meant = date_meant(text)
        said = f"<{option}> {text}: not a date{f'; {meant}' if meant else ''}"
        raise OptionError(f"{said}; allowed: YYYY-MM-DD, or a year for its end") from None


def within_horizon(by: date, horizon: date) -> date:
    """The horizon where a date is the end of its year."""
    return horizon if by == date(horizon.year, 12, 31) and by > horizon else by
