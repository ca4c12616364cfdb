"""What is said of a probability under a condition, on the screen, in notebooks and under the figure."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.dates import shown_dates
from sim.base.words import by, chance
from sim.estimates.conditions import last_date
from sim.estimates.given import GivenBy, Picked
from sim.report.conditional_words import apart, condition_words, happening_name, measured, told
from sim.studies.given_answer import Asked, Given

NO_EFFECT = (
    "This is not the effect of bringing the condition about: it picks futures, and with them worlds in which other "
    "things are likelier or rarer, too."
)


def head(asked: Asked) -> Iterator[str]:
    """The condition in words, and in how many futures it is met."""
    yield f"The condition: {condition_words(asked.read(), asked.voters)}"
    n = asked.trajectories
    yield (
        f"{asked.futures:,} of {n:,} futures meet it (probability {measured(asked.likely, n)}), "
        f"{'in 1 world' if asked.worlds == 1 else f'in {asked.worlds:,} worlds'}, seed {asked.seed}"
    )


def source(asked: Asked) -> str:
    """Which run was asked."""
    yours = f" Yours, set by whoever ran this: {asked.yours}." if asked.yours else ""
    s = asked.scenario
    return f"{s.title} ({s.name}), {asked.start} to {asked.horizon}.{yours}"


def answer(made: Given) -> str:
    """``Partnership for Peace by the end of 2036: 67 % ±2 if the condition is met, 2 % ±1 if not; …``"""
    e, n = made.at(made.told), made.asked.trajectories
    more = "" if e.difference is None else f"; {apart(e.difference)} percentage points apart"
    name = happening_name(made.step, made.asked.voters)
    return (
        f"{name} {by(e.date)}: {told(e.given)} if the condition is met, {told(e.without)} if not"
        f"{more}; {measured(e.overall, n)} in all futures."
    )


def earlier(made: Given) -> str:
    """What dates before those of the condition mean; empty if none is told."""
    last = last_date(made.asked.read()) or made.asked.horizon
    told = [made.told, *shown_dates(made.asked.start, made.asked.horizon)]
    return (
        "Dates before the condition's own, too, are of futures that meet it later."
        if min(told) < last
        else ""
    )


def warning(made: Given) -> list[str]:
    """That this is no effect, and how much of the difference from all futures selecting worlds makes."""
    e = made.at(made.told)
    if e.given.probability is None:
        return []
    return [NO_EFFECT, *([] if e.picked is None else [_picked(e, e.picked, made.asked)])]


def _picked(e: GivenBy, picked: Picked, asked: Asked) -> str:
    difference = picked.by_worlds.value + picked.within_worlds.value
    error = e.given.error or 0.0
    if abs(difference) <= 2 * error + 2 * e.overall.error:
        return (
            f"{_capital(by(e.date))} these futures cannot be told from all futures: there is no difference to "
            "divide."
        )
    alone = chance(picked.worlds_alone.value, asked.trajectories, picked.worlds_alone.error)
    return (
        f"{_capital(by(e.date))} the difference from all futures is {100 * difference:.0f} points. The choice of "
        f"worlds alone makes {apart(picked.by_worlds)} of them (all futures of these worlds, each world as often as "
        f"the condition is met in it: {alone}); {apart(picked.within_worlds)} are within worlds, where what "
        "comes early and what comes with it still go together."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def tilted(made: Given) -> list[str]:
    """That futures were weighed, if they were."""
    if not made.tilt:
        return []
    return [
        f"Rates are tilted ({', '.join(made.tilt)} a year at least); every future is weighed for it, up to the moment "
        "at which condition and step are certain."
    ]
