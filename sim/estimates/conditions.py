"""Conditions on a future, such as ``settlement=comprehensive before pfp``, and which of many futures meet them.

A condition is made of happenings: steps taken themselves, substitutes for steps, watched entries. Each may be
limited in time. How conditions are typed is in :mod:`sim.estimates.condition_text`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.base.dates import years_between
from sim.model.model import Floats

BY, BEFORE, AFTER = "by", "before", "after"
AT_THE_END = -1
"""In place of a happening: what is not true before all is over, such as that something did not happen."""
_LAST = float(np.finfo(np.float64).max)
"""A time after every other that is not never."""

Times = Mapping[str, Floats]
"""Happening -> when it came about in each of n futures [n], in years since the start; infinity for never."""


@dataclass(frozen=True)
class Limit:
    """``by 2030-12-31``, ``before pfp``: exactly one of date and other is given."""

    word: str
    date: date | None = None
    other: str = ""


@dataclass(frozen=True)
class Happened:
    """Something came about within the horizon, within all limits."""

    name: str
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Not:
    """The inner condition is not met."""

    inner: Condition


@dataclass(frozen=True)
class Joined:
    """All parts (``and``), or one of them at least (``or``)."""

    word: str
    parts: tuple[Condition, ...]


Condition = Happened | Not | Joined


def names_in(condition: Condition) -> tuple[str, ...]:
    """Every happening that a condition names, each once, in the order of the text."""
    return tuple(dict.fromkeys(_named(condition)))


def _named(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Happened):
        yield condition.name
        yield from (limit.other for limit in condition.limits if limit.other)
    elif isinstance(condition, Not):
        yield from _named(condition.inner)
    else:
        for part in condition.parts:
            yield from _named(part)


def has_not(condition: Condition) -> bool:
    """Whether there is a ``not`` in a condition."""
    if isinstance(condition, Joined):
        return any(map(has_not, condition.parts))
    return isinstance(condition, Not)


def last_date(condition: Condition) -> date | None:
    """The latest date in a condition; None if it has none."""
    if isinstance(condition, Not):
        return last_date(condition.inner)
    if isinstance(condition, Happened):
        dates = [limit.date for limit in condition.limits]
    else:
        dates = [last_date(part) for part in condition.parts]
    return max((day for day in dates if day is not None), default=None)


def said(condition: Condition, named: Callable[[str], str], limit: Callable[[Limit], str]) -> str:
    """A condition as text, brackets only where they are needed.

    :param named: how a happening is called; :param limit: how a limit is said.
    """
    if isinstance(condition, Happened):
        return " ".join([named(condition.name), *map(limit, condition.limits)])
    if isinstance(condition, Not):
        return f"not {_held(condition.inner, condition, named, limit)}"
    return f" {condition.word} ".join(_held(part, condition, named, limit) for part in condition.parts)


def _held(
    inner: Condition, outer: Condition, named: Callable[[str], str], limit: Callable[[Limit], str]
) -> str:
    """A part, in brackets if it binds less closely than what it is a part of."""
    loose = isinstance(inner, Joined) and not (
        isinstance(outer, Joined) and (outer.word, inner.word) == ("or", "and")
    )
    text = said(inner, named, limit)
    return f"({text})" if loose else text


@dataclass(frozen=True)
class Met:
    """In which of n futures a condition is met, and what decided it."""

    time: Floats
    """[n] when it was certain that it is met, infinity where it is not."""
    decided: NDArray[np.int64]
    """[n] which happening (its number among the names) made it certain, or ``AT_THE_END``."""

    @property
    def holds(self) -> NDArray[np.bool_]:
        """[n]"""
        return np.isfinite(self.time)


class Futures:
    """Times of happenings in n futures, in which conditions are looked up.

    :param ranks: the order of what comes about at one moment: happening -> rank, the lower one first. What a scenario
        watches comes before steps, and steps come in the order of the ladder; two of one rank are not ordered.
    """

    def __init__(self, times: Times, ranks: Mapping[str, int], start: date) -> None:
        self._times, self._ranks, self._start = times, ranks, start
        self._numbers = {name: i for i, name in enumerate(ranks)}

    def before(self, first: str, second: str) -> NDArray[np.bool_]:
        """[n] where the first came about, and the second later or never."""
        one, other = self._times[first], self._times[second]
        earlier = one < other
        if self._ranks[first] < self._ranks[second]:
            earlier |= (one == other) & np.isfinite(one)
        return np.asarray(earlier)

    def met(self, condition: Condition) -> Met:
        """Where a condition is met."""
        if isinstance(condition, Happened):
            return self._happened(condition)
        if isinstance(condition, Not):
            holds = ~self.met(condition.inner).holds
            return Met(np.where(holds, _LAST, np.inf), np.full(len(holds), AT_THE_END))
        parts = [self.met(part) for part in condition.parts]
        times = np.stack([part.time for part in parts])
        # met when the last of all is, or when the first of any is
        pick = times.argmax(axis=0) if condition.word == "and" else times.argmin(axis=0)
        decided = np.stack([part.decided for part in parts])
        every = np.arange(times.shape[1])
        return Met(times[pick, every], decided[pick, every])

    def _happened(self, wanted: Happened) -> Met:
        time = self._times[wanted.name]
        holds = np.isfinite(time)
        for limit in wanted.limits:
            holds &= self._within(wanted.name, limit)
        return Met(np.where(holds, time, np.inf), np.full(len(time), self._numbers[wanted.name]))

    def _within(self, name: str, limit: Limit) -> NDArray[np.bool_]:
        if limit.date is None:
            if limit.word == BEFORE:
                return self.before(name, limit.other)
            return self.before(limit.other, name) & np.isfinite(self._times[name])
        edge, time = years_between(self._start, limit.date), self._times[name]
        if limit.word == AFTER:
            return np.asarray(time > edge)
        return np.asarray(time <= edge if limit.word == BY else time < edge)


def ranked(steps: Sequence[str], substitutes: Mapping[str, str], watched: Sequence[str]) -> dict[str, int]:
    """Happening -> rank among those of one moment; the steps first, then substitutes, then watched entries.

    :param substitutes: what a substitute is called -> the step that it stands for.
    """
    place = {step: 1 + i for i, step in enumerate(steps)}
    return {
        **place,
        **{name: place[step] for name, step in substitutes.items()},
        **dict.fromkeys(watched, 0),
    }
