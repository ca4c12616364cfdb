"""What a user says of an axis: its values one by one, or the range from which a sample takes them.

One grammar for the command line, sweep files and Python: ``0.01,0.1``; ``x0.5,x2`` (factors of what is there);
``q0.05,q0.95`` (quantiles of the parameter's own prior); ``2028-06-01,never``; names; ``0.01:0.3:5:log`` (equal steps);
``0.01..0.3:log``, ``x0.5..x2``, ``q0.05..q0.95``, ``2028-06-01..2036-06-01`` (ranges); ``prior`` (all of it).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite

from sim.base.hints import date_meant, number_meant
from sim.scenario.setting import NUMBER, Set, Unreadable, read_setting
from sim.studies.design import NEVER, Cell

VALUE, TIMES, QUANTILE, DAY, NAME = "value", "times", "quantile", "day", "name"
ALL, PRIOR, LOG = "all", "prior", "log"
MOST_VALUES = 1_000_000
"""Of one axis."""
_DIGITS = 12
"""That a value between two ends keeps, so that every processor makes the same, and 0.1:0.3:3 has 0.2 in it."""

FORMS = (
    "A,B,C or LOW:HIGH:COUNT or LOW:HIGH:COUNT:log, with x before each number for factors and q for quantiles"
)
RANGES = "LOW..HIGH or LOW..HIGH:log, with x or q before each end, prior, or A,B,C"
WORDS = {VALUE: "numbers", TIMES: "factors", QUANTILE: "quantiles", DAY: "days", NAME: "names"}

_TIMES = re.compile(r"[xX×]\s*(?=[+-]?[\d.])")
_QUANTILE = re.compile(r"[qQ]\s*(?=[+-]?[\d.])")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMERIC = re.compile(rf"{NUMBER}|[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)


@dataclass(frozen=True)
class Levels:
    """Values one by one, all of one kind."""

    key: str
    """``value``, ``times``, ``quantile``, ``day`` or ``name``."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Span:
    """A range from which a sample takes values."""

    key: str
    """``value``, ``times``, ``quantile`` or ``day``."""
    low: float
    """Of days, as everywhere here, the proleptic ordinal."""
    high: float
    log: bool = False
    """Whether equal ratios, not equal steps, are equally likely."""

    @property
    def whole(self) -> bool:
        """Whether it is all of a prior, which has no ends."""
        return self.key == QUANTILE and (self.low, self.high) == (0.0, 1.0)

    def at(self, u: float) -> Cell:
        """The value at a share of the way, 0 to 1."""
        if self.key == DAY:
            return date.fromordinal(round(self.low + u * (self.high - self.low))).isoformat()
        if u in (0.0, 1.0) and not self.whole:
            return self.high if u else self.low
        value = self.low * (self.high / self.low) ** u if self.log else self.low + u * (self.high - self.low)
        rounded = float(f"{value:.{_DIGITS}g}")
        return min(max(rounded, _LEAST), 1 - _LEAST) if self.whole else rounded

    def said(self) -> str:
        """As it is typed."""
        if self.whole:
            return PRIOR
        ends = (said(self.key, self.at(0.0)), said(self.key, self.at(1.0)))
        return "..".join(ends) + (":log" if self.log else "")


_LEAST = 1e-9
"""A prior is not asked for its ends, which may be infinite."""

Given = Levels | Span


def said(key: str, cell: Cell) -> str:
    """A value as it is typed: ``0.1``, ``x2``, ``q0.05``, ``2028-06-01``."""
    return Set(key, (cell,)).said() if isinstance(cell, float) else cell


def read_values(given: object) -> Given:
    """An axis as a user says it: text, one value, or a list of values.

    :raises Unreadable: what cannot be read, and what is allowed.
    """
    if isinstance(given, Levels | Span):
        return given
    if isinstance(given, str):
        return read_text(given)
    if isinstance(given, Iterable) and not isinstance(given, Mapping | bytes):
        return _levels([_one(each) for each in given])
    return _levels([_one(given)])


# --- one value ------------------------------------------------------------------------------------------


def _one(given: object) -> tuple[str, Cell]:
    """The kind of a single value, and the value."""
    if isinstance(given, date):
        return DAY, date(given.year, given.month, given.day).isoformat()
    if isinstance(given, str):
        return _token(given)
    item = getattr(given, "item", None)  # a number of NumPy
    read = read_setting(item() if callable(item) else given)
    if read.key == "between":
        raise Unreadable(f"{read.said()} is a range", "numbers, or factors such as x2")
    return read.key, read.numbers[0]


def _token(text: str) -> tuple[str, Cell]:
    text = text.strip()
    for key, mark in ((TIMES, _TIMES), (QUANTILE, _QUANTILE)):
        if found := mark.match(text):
            return key, _checked(key, number(text[found.end() :]))
    if _NUMERIC.fullmatch(text):
        return VALUE, _checked(VALUE, number(text))
    if text == NEVER or _is_day(text):
        return DAY, text
    return NAME, text


def _is_day(text: str) -> bool:
    try:
        return _ISO.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def number(text: str) -> float:
    """A number that was typed.

    :raises Unreadable: it is none, or not finite.
    """
    try:
        value = float(text)
    except ValueError:
        raise Unreadable(not_a("a number", text, number_meant(text)), FORMS) from None
    if not isfinite(value):
        raise Unreadable(f"{text.strip()} is not a finite number", FORMS)
    return value


def not_a(what: str, text: str, meant: str) -> str:
    """``'5%' is not a number; write 0.05``"""
    return f"{text.strip()!r} is not {what}" + (f"; {meant}" if meant else "")


def _checked(key: str, value: float) -> float:
    if key == QUANTILE and not 0 < value < 1:
        raise Unreadable(said(key, value), "quantiles above q0 and below q1")
    if key == TIMES and value <= 0:
        raise Unreadable(said(key, value), "factors above 0")
    if key == VALUE and value < 0:
        raise Unreadable(f"{value:g}", "finite numbers, 0 or more")
    return value


# --- values one by one ----------------------------------------------------------------------------------


def _levels(read: Sequence[tuple[str, Cell]]) -> Levels:
    """:raises Unreadable: none, one twice, or values of different kinds."""
    if not read:
        raise Unreadable("no values", "one or more numbers")
    (first, cell), seen = read[0], set[Hashable]()
    for key, other in read:
        if key != first:
            _refuse_mixture(first, cell, key, other)
        if other in seen:
            raise Unreadable(f"{said(key, other)} is given twice", "each value once")
        seen.add(other)
    return Levels(first, tuple(cell for _, cell in read))


def _refuse_mixture(key: str, cell: Cell, other: str, another: Cell) -> None:
    if NAME in (key, other) and DAY in (key, other):
        text = str(cell if key == NAME else another)
        raise Unreadable(not_a("a date", text, date_meant(text)), "YYYY-MM-DD or never")
    if NAME in (key, other):
        text = str(cell if key == NAME else another)
        raise Unreadable(not_a("a number", text, number_meant(text)), FORMS)
    raise Unreadable(
        f"{said(key, cell)} and {said(other, another)}: {WORDS[key]} and {WORDS[other]} together",
        f"{WORDS[key]} alone, or {WORDS[other]} alone",
    )


# --- text -----------------------------------------------------------------------------------------------


def read_text(text: str) -> Given:
    """See the head of this module.

    :raises Unreadable: what cannot be read, and what is allowed.
    """
    text = text.strip()
    if text == PRIOR:
        return Span(QUANTILE, 0.0, 1.0)
    if ".." in text:
        return _span(text)
    if ":" in text:
        return _spaced(text.split(":"))
    if not text:
        raise Unreadable("no values", FORMS)
    parts = text.split(",")
    _refuse_decimal_commas(text, parts)
    return _levels([_token(part) for part in parts])


def _span(text: str) -> Span:
    ends, colon, scale = text.partition(":")
    (key, low), (other, high) = (_end(part) for part in ends.split("..", 1))
    log = _scale(f"{text!r} is not a range", RANGES, *([scale] if colon else []))
    if key != other:
        _refuse_mixture(key, _cell(key, low), other, _cell(other, high))
    _check_ends(key, low, high, log)
    return Span(key, low, high, log)


def _end(text: str) -> tuple[str, float]:
    if text.strip().endswith("%"):
        raise Unreadable(f"{text.strip()!r} as an end; write q0.05..q0.95 for quantiles of the prior", RANGES)
    key, cell = _token(text)
    if isinstance(cell, float):
        return key, cell
    if key == DAY and cell != NEVER:
        return key, date.fromisoformat(cell).toordinal()
    raise Unreadable(not_a("an end of a range", text, date_meant(text) or number_meant(text)), RANGES)


def _cell(key: str, end: float) -> Cell:
    return date.fromordinal(int(end)).isoformat() if key == DAY else end


def _scale(problem: str, allowed: str, *given: str) -> bool:
    """Whether a scale is that of logarithms; equal steps if none is given."""
    if any(each.strip() != LOG for each in given):
        raise Unreadable(problem, allowed)
    return bool(given)


def _check_ends(key: str, low: float, high: float, log: bool) -> None:
    if not low < high:
        ends = [said(key, _cell(key, end)) for end in (low, high)]
        raise Unreadable(
            f"{ends[0]} is not {'before' if key == DAY else 'below'} {ends[1]}", "the lower end first"
        )
    if log and key not in (VALUE, TIMES):
        raise Unreadable(f"equal steps of the logarithm of {WORDS[key]}", "log with numbers or factors")
    if log and low <= 0:
        raise Unreadable(f"{low:g} has no logarithm", "log from above 0")


def _spaced(parts: list[str]) -> Levels:
    """Equal steps from low to high; of the logarithm with ``log``."""
    whole = ":".join(parts)
    if len(parts) not in (3, 4):
        raise Unreadable(f"{whole!r} is not a range", FORMS)
    log = _scale(f"{whole!r} is not a range", FORMS, *parts[3:])
    (key, low), (other, high) = _end(parts[0]), _end(parts[1])
    if key != other:
        _refuse_mixture(key, _cell(key, low), other, _cell(other, high))
    try:
        count = int(parts[2])
    except ValueError:
        raise Unreadable(f"{parts[2].strip()!r} is not a whole number", FORMS) from None
    if not 2 <= count <= MOST_VALUES:
        raise Unreadable(
            f"a range of {count} values, where 2 to {MOST_VALUES} are possible", "a count of values"
        )
    _check_ends(key, low, high, log)
    span = Span(key, low, high, log)
    return _levels([(key, span.at(i / (count - 1))) for i in range(count)])


# --- decimal commas -------------------------------------------------------------------------------------

_BEFORE = re.compile(r"\s*[+-]?[0-9]+\s*")
_AFTER = re.compile(r"[0-9]+([eE][+-]?[0-9]+)?\s*")
_MARKED_COMMAS = re.compile(r"[xX×qQ][0-9]+,[0-9]+(,[xX×qQ][0-9]+,[0-9]+)*")


def _refuse_decimal_commas(text: str, parts: list[str]) -> None:
    if _MARKED_COMMAS.fullmatch(text):
        pointed = re.sub(",([0-9])", r".\1", text)
        raise Unreadable(f"{text!r} has decimal commas; write {pointed}, with points", FORMS)
    if (decimal := _decimal_commas(parts)) is not None:
        raise Unreadable(f"{text!r} has decimal commas; write {decimal}, with points", FORMS)
    if (one := _one_or_two(parts)) is not None:
        whole = ",".join(f"{number(part)!r}" for part in parts)
        values = f"{whole} for {len(parts)} values"
        raise Unreadable(f"{text!r} may have decimal commas; write {one}, or {values}", FORMS)


def _decimal_commas(parts: list[str]) -> str | None:
    """The one number that ``0,01`` was meant as, or the ones of ``0,01;0,1`` and ``0,01,0,1``; ``None`` if none was.

    Two whole parts of which the second begins with 0 are no grid: nobody writes 01 for 1.
    """
    pairs = pairs_of(parts)
    if any(len(after) > 1 and after.startswith("0") for _, after in pairs):
        return _joined(pairs)
    if any(";" in part for part in parts):
        return ",".join(parts).replace(",", ".").replace(";", ",")
    return None


def _one_or_two(parts: list[str]) -> str | None:
    """What ``0,5`` or ``1,5,2,5`` may have been meant as: a 0 and another, or whole numbers that pair by pair alone are
    in order; ``None`` if they are plainly a list.
    """
    pairs = pairs_of(parts)
    if not pairs:
        return None
    exponent = any("e" in after.lower() for _, after in pairs)
    alone = len(pairs) == 1 and pairs[0][0].lstrip("+-") == "0"
    whole, decimal = [float(part) for part in parts], [float(f"{before}.{after}") for before, after in pairs]
    jumping = whole != sorted(set(whole)) and decimal == sorted(set(decimal))
    return _joined(pairs) if exponent or alone or (jumping and len(pairs) > 1) else None


def pairs_of(parts: list[str]) -> list[tuple[str, str]]:
    """The parts two by two, if each two could be one number with a decimal comma; none if they could not."""
    pairs = list(zip(parts[::2], parts[1::2], strict=len(parts) % 2 == 0))
    whole = len(parts) % 2 == 0 and all(_BEFORE.fullmatch(a) and _AFTER.fullmatch(b) for a, b in pairs)
    return [(before.strip(), after.strip()) for before, after in pairs] if whole else []


def _joined(pairs: list[tuple[str, str]]) -> str:
    return ",".join(f"{before}.{after}" for before, after in pairs)
