"""Dates and probabilities as users write them."""

from __future__ import annotations

import re
from datetime import date

from sim.base.errors import OptionError
from sim.base.hints import date_meant, number_meant


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


def read_share(given: float | str | None, option: str) -> float | None:
    """A probability above 0 and below 1: a number, or text such as ``50%``, ``50 %`` or ``0.5``; None stays None.

    :param option: what it is called, for messages.
    :raises OptionError: neither, or 0, 1 or beyond.
    """
    if given is None:
        return None
    text = str(given).strip()
    bare = text.removesuffix("%").strip()
    try:
        value = float(bare)
    except ValueError:
        meant = number_meant(bare)
        fix = f"; {meant}{'%' if bare != text else ''}" if meant else ""
        raise OptionError(f"<{option}> {text}: not a probability{fix}; allowed: {SHARES}") from None
    share = value / 100 if bare != text else value
    if 0.0 < share < 1.0:
        return share
    per_cent = (
        f"; {text} % is written {text}%, or {value / 100:g}" if bare == text and 1 < value < 100 else ""
    )
    raise OptionError(f"<{option}> {text}: not between 0 and 1{per_cent}; allowed: {SHARES}")


SHARES = "more than 0 and less than 100 %, such as 50% or 0.5"


def one_side(above: float | None, below: float | None) -> tuple[bool, float]:
    """Whether at least or at most so likely is asked for, and how likely.

    :raises OptionError: neither, or both.
    """
    if above is not None and below is not None:
        raise OptionError("<above> and <below> together; allowed: one of them")
    if above is None and below is None:
        raise OptionError("<above> is missing; allowed: <above> 50%, or <below> 5%")
    return (True, above) if above is not None else (False, float(below or 0.0))
