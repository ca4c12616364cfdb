"""What somebody probably meant by a number, a date or a name that cannot be read: the fix, where it is known."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from math import isfinite

MOST_LISTED = 12
"""Names that a message lists; of more, the first few and how many there are."""
_FIRST = 10

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?P<mark>[,. '’\u00a0\u202f])\d{3}(?:(?P=mark)\d{3})*")
_BOTH_MARKS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:,\d{3})+\.\d+")
_NUMBER_WITHIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_PER_CENT = re.compile(r"(?P<number>.*?)\s*(?P<sign>%|‰|per ?cent|per ?mille?|pct\.?)", re.IGNORECASE)
_FRACTION = re.compile(r"(\d{1,9})\s*/\s*([1-9]\d{0,8})")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug"),
            *("september sep sept", "october oct", "november nov", "december dec"),
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ]\s?(\d{1,2})[-/. ]\s?(\d{4}|\d{2})")
_WITH_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ].*")
_PART_OF_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?")


class Said(str):
    """Words that stand in a message as they are, where a name would stand in quotes."""

    __slots__ = ()


# --- quotes ---------------------------------------------------------------------------------------------


def typographic_quote(text: str) -> str | None:
    """The first quote of text that is set for readers, not typed for machines; ``None`` if there is none."""
    opening_below = "„\u201a"
    return next((c for c in text if unicodedata.category(c) in ("Pi", "Pf") or c in opening_below), None)


# --- names ----------------------------------------------------------------------------------------------


def near_name(name: str, names: Iterable[str]) -> str | None:
    """The allowed name that is probably meant, whatever its case; ``None`` if none is near."""
    by_folded: dict[str, str] = {}
    for known in names:
        by_folded.setdefault(known.casefold(), known)
    found = get_close_matches(name.casefold()[:100], list(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def listed_names(names: Iterable[str]) -> str:
    """Names as a message lists them: all of a few, else the first ones and how many there are."""
    known = list(names)
    if len(known) <= MOST_LISTED:
        return ", ".join(known) or "none is defined"
    return f"{', '.join(known[:_FIRST])}, … ({len(known)} in all)"


def offer(allowed: str | Iterable[str] | None, near: str | None = None) -> str:
    """The end of a message: ``; did you mean 'x'? allowed: x, y``; the nearest name stands first."""
    said = f"; did you mean {near if isinstance(near, Said) else repr(near)}?" if near is not None else ""
    if allowed is None:
        return said
    names = allowed if isinstance(allowed, str) else listed_names(allowed)
    return f"{said} allowed: {names}" if said else f"; allowed: {names}"


# --- numbers --------------------------------------------------------------------------------------------


def number_meant(text: str) -> str:
    """How to write what was meant as a number, such as ``write 0.05, with a point``; "" if that is not known."""
    bare = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip().strip("\"'“”„`").strip()
    if (found := _PER_CENT.fullmatch(bare)) and (value := _read(found["number"])) is not None:
        per = 1000 if found["sign"] in ("‰",) or "mill" in found["sign"].lower() else 100
        return f"write {_said(value / per)}"
    if _THOUSANDS.fullmatch(bare) and not bare.lstrip("+-").startswith("0"):
        whole = re.sub(r"[^\d+-]", "", bare)
        return f"write {whole}, without marks" + (
            f", or {_said(float(bare.replace(',', '.')))} if the comma is a decimal one"
            if bare.count(",") == 1
            else ""
        )
    if (value := _read(bare)) is not None:
        comma, as_it_is = _DECIMAL_COMMA.fullmatch(bare), bare == text.strip() and _is_float(bare)
        why = ", with a point, not a comma" if comma else ", without quotes" if as_it_is else ""
        return f"write {_said(value)}{why}"
    if found := _FRACTION.fullmatch(bare):
        return f"write {_said(int(found[1]) / int(found[2]))}"
    within = _NUMBER_WITHIN.findall(bare)
    if len(within) == 1 and (value := _read(within[0])) is not None and not re.match(r"[A-Za-z]", bare):
        return f"write the number alone, {_said(value)}"
    return ""


def _read(text: str) -> float | None:
    """A number, perhaps with a decimal comma."""
    bare = text.strip()
    if _BOTH_MARKS.fullmatch(bare):
        last = max(bare.rfind(","), bare.rfind("."))
        bare = re.sub(r"[,.]", "", bare[:last]) + "." + bare[last + 1 :]
    elif _DECIMAL_COMMA.fullmatch(bare):
        bare = bare.replace(",", ".")
    try:
        value = float(bare)
    except ValueError:
        return None
    return value if isfinite(value) and re.search(r"\d", bare) else None


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _said(value: float) -> str:
    return f"{value:.10g}"


# --- dates ----------------------------------------------------------------------------------------------


def date_meant(text: str) -> str:
    """How to write what was meant as a date, such as ``write 2028-06-01``; "" if that is not known.

    Where day and month could be either way round, both are said.
    """
    bare = unicodedata.normalize("NFKC", text).strip().strip("\"'“”„`").strip().rstrip(".")
    if _ISO.fullmatch(bare):
        quoted = _day(*map(int, bare.split("-")))
        return f"write {quoted} without quotes" if quoted else ""
    if (found := _WITH_TIME.fullmatch(bare)) and (day := _day(*map(int, found[1].split("-")))):
        return f"write {day}, without the time"
    if (found := _YEAR_FIRST.fullmatch(bare) or _COMPACT.fullmatch(bare)) and (
        day := _day(*map(int, found.groups()))
    ):
        return f"write {day}"
    if found := _YEAR_LAST.fullmatch(bare):
        return _either(*map(int, found.groups()))
    return _in_words(bare) or _in_part(bare)


def _either(first: int, second: int, year: int) -> str:
    """A date whose year stands last: the day or the month may stand first."""
    full = year if year > 99 else 2000 + year
    day_first, month_first = _day(full, second, first), _day(full, first, second)
    if day_first and month_first and day_first != month_first:
        return f"write {day_first} if the day stands first, {month_first} if the month does"
    one = day_first or month_first
    return f"write {one}" if one else ""


def _in_words(text: str) -> str:
    """``1 June 2028``, ``June 1st, 2028``, ``June 2028``."""
    words = re.findall(r"[A-Za-z]+|\d+", re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text))
    months = [_MONTHS[word.lower()] for word in words if word.lower() in _MONTHS]
    numbers = [int(word) for word in words if word.isdigit()]
    years = [number for number in numbers if 1000 <= number <= 9999]
    days = [number for number in numbers if number <= 31]
    if len(months) != 1 or len(years) != 1 or len(words) != 1 + len(numbers) or len(days) > 1:
        return ""
    day = _day(years[0], months[0], days[0] if days else 1)
    return f"write {day}" + ("" if days else ", or another day of that month") if day else ""


def _in_part(text: str) -> str:
    found = _PART_OF_DATE.fullmatch(text)
    day = _day(int(found[1]), int(found[2] or 1), 1) if found else None
    if found is None or day is None:
        return ""
    return f"write {day}, or another day of that {'month' if found[2] else 'year'}"


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
