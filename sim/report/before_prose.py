"""What is said of what came before, on the screen and in notebooks."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.words import brief, by, chance, day, listed
from sim.estimates.before import Earlier, Lead, When
from sim.estimates.conditional import Conditional
from sim.estimates.rankings import TOLD_APART, independent
from sim.report.conditional_words import happening_words, told
from sim.report.given_prose import head
from sim.report.tables import Names
from sim.studies.before import Before

NO_CAUSE = (
    "That something came before does not say that it was needed, or that it helped; beside it stands how often it "
    "comes about in all futures."
)
MOST_RARE = 0.05
"""Share of these futures that an order must have to be named."""


def opening(made: Before) -> Iterator[str]:
    """The condition, in how many futures it is met, and when."""
    yield from head(made.asked)
    if made.met is not None:
        yield f"Met in {day(made.met.median)} (median; 90 % from {day(made.met.low)} to {day(made.met.high)})."


def when(found: When | None) -> str:
    """``2031-05 (2027 to 2040)``: the median to the month, the ends to the year."""
    return "–" if found is None else f"{found.median} ({found.low[:4]} to {found.high[:4]})"


def lead(found: Lead | None) -> str:
    """``6.2 (0.9 to 13)`` years."""
    if found is None:
        return "–"
    low, middle, high = map(_years, (found.low, found.median, found.high))
    return f"{middle} ({low} to {high})"


def _years(count: float) -> str:
    return f"{count:.1f}" if count < 9.95 else f"{count:.0f}"


def shown(made: Before) -> list[Earlier]:
    """Happenings that came before in any of these futures, by their medians, then those that are too rare for one."""
    found = [e for e in made.earlier if e.before.probability]
    return sorted(found, key=lambda e: e.when.median if e.when is not None else "~")


def never(made: Before) -> list[str]:
    """Which of them never came before; a sentence, or none."""
    named = [happening_words(e.name, made.asked.voters) for e in made.earlier if e.before.probability == 0.0]
    return [f"In none of these futures before: {listed(named)}."] if named else []


def in_order(made: Before) -> list[str]:
    """In which order they came, pair by pair; a sentence, or none."""
    known = [pair for pair in made.pairs if pair.share.probability is not None]
    if not known:
        return []
    names = made.asked.voters
    said = [
        f"{happening_words(pair.first, names)} before {happening_words(pair.second, names)} {_share(pair.share)}"
        for pair in known
    ]
    return [f"Each against the next, of the futures with both: {'; '.join(said)}."]


def _share(found: Conditional) -> str:
    """``in 62 % ±2``, or that the two cannot be told apart."""
    share, error = found.probability or 0.0, found.error
    if error is not None and abs(share - 0.5) <= TOLD_APART * error:
        return "as often as after it"
    return told(found)


def orders(made: Before) -> list[str]:
    """The commonest orders with their shares, as far as there are common ones."""
    cases = independent(made.asked.futures, made.asked.worlds)
    names = made.asked.voters
    common = [order for order in made.orders if order.share >= MOST_RARE]
    if not common:
        most = max((order.share for order in made.orders), default=0.0)
        return [f"No single order of all of them is common: none is that of more than {chance(most, cases)}."]
    lines = [f"{brief(order.share, cases)}: {order_words(order.happenings, names)}" for order in common]
    tied = [o for o in common[1:] if _near(common[0].share, o.share, cases)]
    rest = 1.0 - sum(order.share for order in common)
    return [
        *lines,
        *([f"The first {len(tied) + 1} cannot be told apart in frequency."] if tied else []),
        f"All other orders together: {chance(max(rest, 0.0), cases)}.",
    ]


def _near(first: float, other: float, cases: int) -> bool:
    return bool(first - other <= TOLD_APART * ((first + other) / cases) ** 0.5)


def order_words(happenings: tuple[str, ...], names: Names) -> str:
    """``comprehensive settlement, then Partnership for Peace``."""
    return ", then ".join(happening_words(name, names) for name in happenings) or "nothing before it"


def until(made: Before) -> str:
    """``by the end of 2045``"""
    return by(made.until)
