"""Conditions, and probabilities under them, in words."""

from __future__ import annotations

from sim.base.words import by, chance, day, substitute_for, the_step
from sim.estimates.conditional import Conditional
from sim.estimates.conditions import AFTER, BY, Condition, Limit, said
from sim.estimates.given import Measured
from sim.report.tables import Names, entry_words
from sim.scenario.names import SUBSTITUTE


def told(found: Conditional) -> str:
    """A conditional probability with its error, or why there is none."""
    if found.probability is None:
        return f"not told: {found.refused}"
    if found.error is None:  # nothing or everything was seen: its worlds bound it
        return chance(found.probability, max(int(found.effective), 1))
    return _with_error(chance(found.probability, found.futures, found.error), found.error)


def measured(found: Measured, of: int) -> str:
    """A probability among so many futures, with two standard errors: ``11 % ±1``."""
    return _with_error(chance(found.value, of, found.error), found.error)


def _with_error(text: str, error: float) -> str:
    """Two standard errors beside a probability; a bound has its error in it."""
    return text if text[0] in "<>" else f"{text} ±{_points(2 * error)}"


def apart(found: Measured) -> str:
    """A difference in percentage points: ``12 (±1)``."""
    return f"{100 * found.value:.0f} (±{_points(2 * found.error)})"


def _points(error: float) -> str:
    size = 100 * error
    return f"{size:.0f}" if size >= 1 else "1"


def happening_name(name: str, names: Names) -> str:
    """A happening in a heading: ``Partnership for Peace``, ``Greece recognises``."""
    words = happening_words(name, names)
    return words[:1].upper() + words[1:]


def happening_words(name: str, names: Names) -> str:
    """A happening within a sentence: ``Partnership for Peace``, ``membership``, ``comprehensive settlement``."""
    if "=" in name:
        return entry_words(name, names)
    if name.startswith(SUBSTITUTE):
        return substitute_for(name.removeprefix(SUBSTITUTE))
    return the_step(name).removeprefix("the ")


def condition_words(condition: Condition, names: Names) -> str:
    """``comprehensive settlement by the end of 2030 and not (Greece recognises)``."""

    def limited(limit: Limit) -> str:
        if limit.date is None:
            return f"{limit.word} {happening_words(limit.other, names)}"
        if limit.word == BY:
            return by(limit.date)
        ended = limit.word == AFTER and (limit.date.month, limit.date.day) == (12, 31)
        return f"after the end of {limit.date.year}" if ended else f"{limit.word} {day(limit.date)}"

    return said(condition, lambda name: happening_words(name, names), limited)
