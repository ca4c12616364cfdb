"""How numbers and names are said: never 0 % or 100 %, no decimals above 1 %, words with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil, floor, log10

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""Not the locale's: the same words everywhere."""

SCALE = (
    (0.05, "there is almost no chance"),
    (0.20, "it is very unlikely"),
    (0.45, "it is unlikely"),
    (0.55, "there is a roughly even chance"),
    (0.80, "it is likely"),
    (0.95, "it is very likely"),
    (1.01, "it is almost certain"),
)
"""Upper ends and words of the US intelligence directive ICD 203."""

STEPS: dict[str, tuple[str, str]] = {
    "pfp": ("Partnership for Peace", "enters the Partnership for Peace"),
    "map": ("Membership Action Plan", "gets a Membership Action Plan"),
    "invitation": ("Invitation", "is invited to join {organisation}"),
    "protocol": ("Accession protocol", "signs its accession protocol"),
    "membership": ("Membership", "becomes a member of {organisation}"),
}
"""Step -> what it is called, and what the candidate does when it is taken. Any other step keeps its name."""


# --- chances ----------------------------------------------------------------------------------------------


def _percent(probability: float) -> str:
    percent = round(100.0 * probability)
    return "<1" if percent < 1 else ">99" if percent > 99 else str(percent)


def chance(probability: float, of: int | None = None) -> str:
    """A probability in short: ``16 %``, ``<1 %``, ``>99 %``.

    :param of: the number of trajectories it comes from. If it is small and none (or all) of them count, the
        bound is the 95 % one of that number (the rule of three), such as ``<3 %`` for none of 100.
    """
    return f"{of_hundred(probability, of)} %"


def of_hundred(probability: float, of: int | None = None) -> str:
    """The same without the sign, as a count of 100 futures: ``16``, ``<1``, ``>99``."""
    if of and probability in (0.0, 1.0):
        bound = min(ceil(300.0 / of), 99)
        return f"<{bound}" if probability == 0.0 else f">{100 - bound}"
    return _percent(probability)


def futures(probability: float, of: int | None = None) -> str:
    """``about 16 of 100 futures``, ``fewer than 1 of 100 futures``."""
    number = of_hundred(probability, of)
    for sign, word in (("<", "fewer than"), (">", "more than")):
        if number.startswith(sign):
            return f"{word} {number[1:]} of 100 futures"
    return f"about {number} of 100 futures"


def chance_range(low: float, high: float) -> str:
    """An interval of probabilities: ``<1 to 54 %``."""
    first, last = _percent(low), _percent(high)
    return f"{first} %" if first == last else f"{first} to {last} %"


def likelihood(probability: float) -> str:
    """``it is very unlikely``: the words of ICD 203; to be followed by ``that …`` and the number."""
    return next(words for end, words in SCALE if probability < end)


def points(error: float) -> str:
    """A standard error in percentage points: ``<0.1``, ``0.5``, ``2``."""
    size = 100.0 * error
    return "<0.1" if size < 0.1 else f"{size:.1f}" if size < 0.95 else f"{size:.0f}"


def points_more(difference: float, error: float) -> str:
    """A difference of probabilities in percentage points, with its standard error: ``+12.3 (0.2)``."""
    return f"{100 * difference:+.1f} ({max(100 * error, 0.1):.1f})"


def number(value: float, digits: int = 2) -> str:
    """A number to so many digits that count, at least, and without an exponent: ``0.00009``, ``5,000``."""
    if value == 0.0:
        return "0"
    places = max(digits - 1 - floor(log10(abs(value))), 0)
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- dates and names --------------------------------------------------------------------------------------


def day(when: date | str) -> str:
    """``1 December 2056`` from a date; a month or a year alone (ISO) is left as exact as it is."""
    year, *rest = str(when).split("-")
    if not rest:
        return year
    month = MONTHS[int(rest[0]) - 1]
    return f"{month} {year}" if len(rest) == 1 else f"{int(rest[1])} {month} {year}"


def short_day(when: date | str) -> str:
    """``1 Dec 2056``"""
    number_of_day, month, year = day(when).split()
    return f"{number_of_day} {month[:3]} {year}"


def by(when: date | str) -> str:
    """``by the end of 2036``, or ``by 1 December 2056``."""
    parsed = date.fromisoformat(str(when))
    if (parsed.month, parsed.day) == (12, 31):
        return f"by the end of {parsed.year}"
    return f"by {day(when)}"


def plain(name: str) -> str:
    """A name of a file as words."""
    return name.replace("_", " ").replace("-", " ")


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    *first, last = parts or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last


def step_name(step: str) -> str:
    """What a step is called: ``Partnership for Peace``."""
    return STEPS[step][0] if step in STEPS else plain(step).capitalize()


def step_deed(step: str, organisation: str) -> str:
    """What the candidate does when it takes a step: ``becomes a member of NATO``."""
    if step in STEPS:
        return STEPS[step][1].format(organisation=organisation)
    return f"takes the step “{plain(step)}”"
