"""Conditions as they are typed: a small grammar, read word by word.

    condition = any ;        any = all {"or" all} ;        all = one {"and" one}
    one       = "not" one | "(" condition ")" | happening {limit}
    limit     = ("by" | "before" | "after") date  |  ("before" | "after") happening
    date      = year | year-month | year-month-day

A year or month stands for its end after ``by`` and ``after``, for its beginning after ``before``. A day is a midnight,
as in all results: ``by`` counts what has come about at its beginning. Names are a scenario's own, perhaps in quotes.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from sim.base.errors import OptionError
from sim.base.hints import date_meant, near_name, offer, typographic_quote
from sim.estimates.conditions import AFTER, BEFORE, BY, Condition, Happened, Joined, Limit, Not, said
from sim.scenario.names import SUBSTITUTE

LIMITS = (BY, BEFORE, AFTER)
JOINS = ("and", "or")
WORDS = (*LIMITS, *JOINS, "not")
MOST_WORDS, MOST_DEPTH = 500, 40
"""Words of a condition, and what is open at once."""
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()])|(?P<quoted>"[^"]*"|'[^']*')|(?P<word>[^\s()"'=]+(?:\s*=\s*[^\s()"'=]+)?)|(?P<other>\S))"""
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_SUBSTITUTE = SUBSTITUTE.split()
"""``substitute for``, as words."""

Unwatched = Callable[[str], str]
"""What to say of a name that is not among the happenings, such as how to watch it; empty if nothing is known of it."""


@dataclass(frozen=True)
class Happenings:
    """What a condition may be about."""

    names: tuple[str, ...]
    start: date
    horizon: date
    unwatched: Unwatched = lambda name: ""


def read_condition(text: str, happenings: Happenings, option: str = "condition") -> Condition:
    """A condition from its text.

    :param option: the parameter that messages name.
    :raises OptionError: naming the place, what is allowed there, and the nearest right name.
    """
    return _Reader(text, happenings, option).whole()


def written(condition: Condition) -> str:
    """A condition as text that reads as the same again, with every date to the day."""
    return said(condition, _quoted, lambda limit: f"{limit.word} {limit.date or _quoted(limit.other)}")


def _quoted(name: str) -> str:
    return f'"{name}"' if name.lower() in WORDS else name


@dataclass(frozen=True)
class _Word:
    """A word of the text, and at which letter it begins (from 0)."""

    text: str
    at: int
    quoted: bool = False

    def is_(self, *words: str) -> bool:
        """Whether it is one of these words of the grammar."""
        return not self.quoted and self.text.lower() in words


class _Reader:
    """Reads a text once, from left to right."""

    def __init__(self, text: str, happenings: Happenings, option: str) -> None:
        self._text, self._among, self._option = text, happenings, option
        self._words, self._next, self._open = list(_split(text)), 0, 0

    def whole(self) -> Condition:
        """All of it."""
        if len(self._words) > MOST_WORDS:
            raise OptionError(f"<{self._option}>: {len(self._words)} words; allowed: at most {MOST_WORDS}")
        found = self._any()
        if (left := self._peek()) is not None:
            allowed = [*LIMITS, *JOINS]
            near = near_name(left.text, allowed)
            if left.is_(")"):
                self._refuse(left, "closes nothing")
            self._refuse(left, "not expected here", offer(f"{', '.join(allowed)}, or the end", near))
        return found

    # --- the grammar

    def _any(self) -> Condition:
        return self._joined("or", self._all)

    def _all(self) -> Condition:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self) -> Condition:
        if (opened := self._take("not", "(")) is None:
            return self._happened()
        self._open += 1
        if self._open > MOST_DEPTH:
            self._refuse(opened, f"more than {MOST_DEPTH} are open at once")
        found = Not(self._one()) if opened.is_("not") else self._any()
        if opened.is_("(") and self._take(")") is None:
            left = self._peek()
            if left is None:
                self._refuse(opened, "is never closed", "; allowed: ) at the end of what it holds")
            allowed = [*LIMITS, *JOINS]
            self._refuse(
                left, "not expected here", offer(f"{', '.join(allowed)}, or )", near_name(left.text, allowed))
            )
        self._open -= 1
        return found

    def _happened(self) -> Condition:
        name, limits = self._name(), []
        while (word := self._take(*LIMITS)) is not None:
            limits.append(self._limit(word.text.lower(), name))
        return Happened(name, tuple(limits))

    def _limit(self, word: str, of: str) -> Limit:
        at = self._peek()
        if at is not None and not at.quoted and at.text[0].isdigit():
            self._next += 1
            return Limit(word, date=self._date(at, word))
        if word == BY:
            self._refuse(at, "no date", _dates(self._among, at.text if at else ""))
        other = self._name(f"a date ({self._among.start} to {self._among.horizon}) or ")
        if other == of:
            self._refuse(at, f"{of} {word} itself", "; allowed: another happening, or a date")
        return Limit(word, other=other)

    # --- words

    def _name(self, besides: str = "") -> str:
        word = self._peek()
        if word is None:
            self._refuse(None, "something is missing", f"; allowed: {besides}{self._known()}")
        if not word.quoted and word.text.lower() in (*WORDS, "(", ")"):
            self._refuse(word, "stands where a happening should", f"; allowed: {besides}{self._known()}")
        self._next += 1
        text = " ".join(word.text.split()) if word.quoted else re.sub(r"\s*=\s*", "=", word.text)
        if text.lower() == _SUBSTITUTE[0] and not word.quoted and self._take(_SUBSTITUTE[1]):
            following = self._peek()
            text = SUBSTITUTE + (following.text if following is not None else "")
            self._next += following is not None
        if text in self._among.names:
            return text
        told = self._among.unwatched(text)
        if told:
            self._refuse(word, told)
        near = near_name(text, self._among.names)
        self._refuse(word, "no such happening in this run", offer(besides + self._known(), near), text)

    def _known(self) -> str:
        return ", ".join(self._among.names)

    def _date(self, word: _Word, limit: str) -> date:
        return _dated(word.text, limit, self._among, self._place(word))

    def _peek(self) -> _Word | None:
        return self._words[self._next] if self._next < len(self._words) else None

    def _take(self, *words: str) -> _Word | None:
        """The next word, if it is one of these."""
        word = self._peek()
        if word is None or not word.is_(*words):
            return None
        self._next += 1
        return word

    def _refuse(self, word: _Word | None, problem: str, allowed: str = "", text: str = "") -> NoReturn:
        """:raises OptionError: always."""
        if word is not None and (told := _of_quotes(word)):
            raise OptionError(f"{self._place(word)}: {told}")
        where = f"<{self._option}>: at the end" if word is None else self._place(word, text)
        raise OptionError(f"{where}: {problem}{allowed}")

    def _place(self, word: _Word, text: str = "") -> str:
        return f"<{self._option}>: letter {word.at + 1}, {text or word.text!r}"


def _of_quotes(word: _Word) -> str:
    """What is wrong with the quotes of a word; empty if nothing is."""
    if (mark := typographic_quote(word.text)) is not None:
        return f'{mark} is a typographic quote; allowed: straight ones ("), around a name alone'
    if word.quoted and any(part in WORDS for part in word.text.lower().split()):
        return "quotes within the condition make one name of it; allowed: quotes around a name alone"
    return ""


def _split(text: str) -> Iterator[_Word]:
    """The words of a text; a name and its state stay together, whatever stands around the equals sign."""
    at = 0
    while (found := _TOKEN.match(text, at)) is not None:
        kind = found.lastgroup or "other"
        quoted = kind == "quoted"
        yield _Word(found[kind][1:-1] if quoted else found[kind], found.start(kind), quoted)
        at = found.end()


def _day(found: re.Match[str], first: bool) -> date | None:
    """The day that a date stands for; None if there is none. Of a year or month, the first or the last one."""
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if month is None:
            return date(year or 0, 1 if first else 12, 1 if first else 31)
        if day is None:
            return date(year or 0, month, 1 if first else monthrange(year or 0, month)[1])
        return date(year or 0, month, day)
    except ValueError:
        return None


def read_date(text: str, among: Happenings, option: str) -> date:
    """A date as it stands after ``by``: of a year or month, its end.

    :raises OptionError: no date, or one outside of the run.
    """
    return _dated(text, BY, among, f"<{option}> {text}")


def _dated(text: str, limit: str, among: Happenings, where: str) -> date:
    """:raises OptionError: no date, or one outside of the run."""
    found = _DATE.fullmatch(text)
    day = _day(found, first=limit == BEFORE) if found else None
    if day is None:
        raise OptionError(f"{where}: not a date{_dates(among, text)}")
    if not among.start <= day <= among.horizon:
        meant = "" if day.isoformat() == text else f" (it stands for {day})"
        raise OptionError(f"{where}: outside of the run{meant}; allowed: {among.start} to {among.horizon}")
    return day


def _dates(among: Happenings, text: str) -> str:
    meant = date_meant(text)
    return (f"; {meant}" if meant else "") + (
        f"; allowed: 2030, 2030-06 or 2030-06-30, from {among.start} to {among.horizon}"
    )


def happening_names(
    steps: Sequence[str], substitutes: Mapping[str, object], watched: Sequence[str]
) -> tuple[str, ...]:
    """Names of all that a condition may be about: steps, ``substitute for`` each step that has one, watched entries."""
    return (*steps, *(SUBSTITUTE + step for step in substitutes), *watched)
