"""How numbers and names are said: never 0 % or 100 %, no decimals above 1 %, words with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil, floor, log10, sqrt

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
    "opinion_asked": ("Request for an opinion", "has its application sent to the Commission for an opinion"),
    "opinion": ("Commission's opinion", "receives the Commission's opinion"),
    "candidate_status": ("Candidate status", "becomes a candidate for {organisation}"),
    "talks": ("Accession talks", "opens accession talks"),
    "talks_closed": ("End of the talks", "closes its accession talks"),
    "treaty": ("Accession treaty", "signs its accession treaty"),
    "accession": ("Accession", "accedes to {organisation}"),
}
"""Step -> what it is called, and what the candidate does when it is taken. Any other step keeps its name."""


# --- chances ----------------------------------------------------------------------------------------------


# A percentage is given to the unit that its standard error bears: whole ones up to an error of 2.5 points, fives
# ("about 35 %") up to 7.5, tens beyond. What rounds to none is a bound that is not below two errors above it.
UNITS = ((0.025, 1), (0.075, 5))
COARSEST = 10


def unit_of(error: float) -> int:
    """Percentage points to which a probability with this standard error is told: 1, 5 or 10."""
    return next((unit for most, unit in UNITS if error <= most), COARSEST)


def _error(probability: float, of: int | None, error: float | None) -> float:
    """The standard error: as given, or that of a share of so many, or 0."""
    if error is not None:
        return error
    return sqrt(probability * (1 - probability) / of) if of and 0.0 < probability < 1.0 else 0.0


def _percent(probability: float, of: int | None = None, error: float | None = None) -> tuple[str, str]:
    """Sign (empty, ``<``, ``>`` or ``~`` for a rounded one) and whole number of a percentage."""
    if of and probability in (0.0, 1.0):
        bound = ceil(300 / of) if of > 3 else ceil(100 * (1 - 0.05 ** (1 / of)))
        return ("<", str(bound)) if probability == 0.0 else (">", str(100 - bound))
    error = _error(probability, of, error)
    unit = unit_of(error)
    percent = unit * round(100.0 * probability / unit)
    if 0 < percent < 100:
        return "" if unit == 1 else "~", str(percent)
    rare = min(probability, 1 - probability)
    bound = min(max(ceil(100 * (rare + 2 * error) - 1e-9), 1), 99)
    return ("<", str(bound)) if percent <= 0 else (">", str(100 - bound))


def chance(probability: float, of: int | None = None, error: float | None = None) -> str:
    """A probability in short: ``16 %``, ``about 35 %``, ``<1 %``, ``>99 %``; no finer than its error bears.

    :param of: the number of trajectories (or the like) it comes from; none if it was not counted. If none (or all) of
        them count, the bound is the 95 % one of that number (the rule of three), such as ``<3 %`` for none of 100.
    :param error: its standard error; that of a share of ``of`` where it is not given.
    """
    sign, number = _percent(probability, of, error)
    return f"{'about ' if sign == '~' else sign}{number} %"


def brief(probability: float, of: int | None = None, error: float | None = None) -> str:
    """The same where space is short, in tables and figures: ``~35 %``."""
    return f"{of_hundred(probability, of, error)} %"


def of_hundred(probability: float, of: int | None = None, error: float | None = None) -> str:
    """The same without the sign, as a count of 100 futures: ``16``, ``~35``, ``<1``, ``>99``."""
    return "".join(_percent(probability, of, error))


HOW_MANY = {"<": "fewer than", ">": "more than"}


def futures(probability: float, of: int | None = None, error: float | None = None) -> str:
    """``about 16 of 100 futures``, ``fewer than 1 of 100 futures``."""
    sign, number = _percent(probability, of, error)
    return f"{HOW_MANY.get(sign, 'about')} {number} of 100 futures"


def chance_range(low: float, high: float, errors: tuple[float, float] | None = None) -> str:
    """An interval of probabilities: ``<1 to 54 %``, each end to the unit that its error bears.

    An end that is told in fives or tens and not from 0 or 100 is left out: ``at most 5 %``, ``at least 90 %``. Beside a
    finer number, ``<5 %`` would say that it is not so fine.
    """
    first, last = (_end(value, error) for value, error in zip((low, high), errors or (0.0, 0.0), strict=True))
    if first[0] == last[0] == "<":
        first = last
    elif first[0] == last[0] == ">":
        last = first
    if first in COARSE and last[0] != ">":
        return f"at most {last.removeprefix('<')} %"
    if last in COARSE and first[0] != "<":
        return f"at least {first.removeprefix('>')} %"
    return f"{first} %" if first == last else f"{first} to {last} %"


COARSE = ("<5", "<10", ">95", ">90")


def _end(probability: float, error: float) -> str:
    """An end of an interval, without the sign of a rounded one."""
    unit = unit_of(error)
    percent = unit * round(100.0 * probability / unit)
    return f"<{unit}" if percent < unit else f">{100 - unit}" if percent > 100 - unit else str(percent)


TOO_FEW = "there are too few futures here to say how likely it is"


def likelihood(probability: float, error: float = 0.0) -> str:
    """``it is very unlikely``: the words of ICD 203; to be followed by ``that …`` and the number.

    Where a percentage is not told to the unit, the words must hold two errors either way, or none are said.
    """
    if unit_of(error) == 1:
        return next(words for end, words in SCALE if probability < end)
    ends = (max(probability - 2 * error, 0.0), min(probability + 2 * error, 1.0))
    low, high = (next(words for end, words in SCALE if at < end) for at in ends)
    return low if low == high else TOO_FEW


def points(error: float) -> str:
    """A standard error in percentage points: ``<0.1``, ``0.5``, ``2``."""
    size = 100.0 * error
    return "<0.1" if size < 0.1 else f"{size:.1f}" if size < 0.95 else f"{size:.0f}"


def points_more(difference: float, error: float) -> str:
    """A difference of probabilities in percentage points, with its standard error: ``+12.3 (0.2)``, ``+37 (2)``."""
    if 100 * error >= 0.95:
        return f"{100 * difference:+.0f} ({100 * error:.0f})"
    return f"{100 * difference:+.1f} ({max(100 * error, 0.1):.1f})"


def number(value: float, digits: int = 2) -> str:
    """A number to so many digits that count, at least, and without an exponent: ``0.00009``, ``5,000``."""
    if value == 0.0:
        return "0"
    places = max(digits - 1 - floor(log10(abs(value))), 0)
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(number: int, thing: str) -> str:
    """``1 point``, ``2,000 points``, ``1 trajectory``: a whole number of things."""
    many = thing[:-1] + "ies" if thing.endswith("y") else thing + "s"
    return f"{number:,} {thing if number == 1 else many}"


def of_days(count: str) -> str:
    """``1 day``, ``12 days``, ``+1 day``: a number of days that is written already."""
    return f"{count} day" if count.lstrip("+-−") == "1" else f"{count} days"


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


def the_step(step: str) -> str:
    """A step in the middle of a sentence: ``the Partnership for Peace``, ``the invitation``, ``membership``."""
    name = step_name(step)
    if name.lower() == "membership":
        return name.lower()
    return f"the {name}" if any(letter.isupper() for letter in name[1:]) else f"the {name.lower()}"


def substitute_for(step: str) -> str:
    """What stands in place of a step that is bypassed: ``a substitute for the Partnership for Peace``."""
    return f"a substitute for {the_step(step)}"


def substituted(step: str) -> str:
    """A bypass, where a future is told."""
    name = the_step(step)
    return f"A substitute in place of {name}, not {name} itself"


def step_deed(step: str, organisation: str) -> str:
    """What the candidate does when it takes a step: ``becomes a member of NATO``."""
    if step in STEPS:
        return STEPS[step][1].format(organisation=organisation)
    return f"takes the step “{plain(step)}”"
