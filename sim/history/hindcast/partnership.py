"""The component ``partnership``: from the wish to enter the Partnership for Peace to entry.

Its form is fixed in ``docs/decisions.md``. Who is held up on the first day is known, and over what; when that ends is
what is forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.base.dates import DAYS_PER_YEAR
from sim.facts.frozen import FACTS_UNTIL, until
from sim.facts.read import Facts, Row
from sim.history.entries import STATUS, Entry, entries
from sim.history.fits.fitted import Draws
from sim.history.fits.objection_law import Rates, any_of
from sim.history.hindcast import simulated, spells
from sim.history.hindcast.forecasts import Forecast
from sim.history.hindcast.jobs import About, Job, enough, modes, observed, within
from sim.history.hindcast.refit import Fits
from sim.history.sampling import Array, Sample

MOST = 30.0
"""Largest logarithm of a wait over its median, to keep it finite."""
JUST_RAISED = 30
"""Days within which nobody knows whether an objection is brief."""


def partnership(facts: Facts) -> Iterator[Job]:
    """Every row of the table of entries."""
    known = entries(facts)
    for entry in known:
        mates = {other.country for other in known if other.group == entry.group}
        for mode, then, past in modes(facts, entry.start, _of(mates)):
            if enough(mode, spells.entry_spells(past)):
                allies = len(facts.members_on(until(then)))
                yield Job(then, ("objections", "partnership"), _Entry(past, entry, mode, allies))


def _of(countries: set[str]) -> Callable[[str, Row], bool]:
    """What is known of some states' way into the Partnership."""

    def leaves(table: str, row: Row) -> bool:
        if table == "partnership_entries":
            return row["country"] in countries
        if table == "milestones":
            return row["country"] in countries and row["milestone"] in ("pfp", "application_pfp")
        return table == "blocks" and row["candidate"] in countries and row["gate"] == "pfp"

    return leaves


@dataclass(frozen=True)
class _Entry:
    past: Facts
    entry: Entry
    mode: str
    allies: int
    """Of the day on which the fits end."""

    def __call__(self, fits: Fits) -> list[Forecast]:
        entry = self.entry
        unit = "wish" if entry.wished else "invitation"
        outcome = observed(entry.start, entry.entered, FACTS_UNTIL if entry.entered else entry.seen)
        about = About("partnership", self.mode, entry.country, unit, entry.group, entry.start, outcome)
        law = {**fits["objections"], **fits["partnership"]}
        return about.by_all(days(law, entry, entry.start, self.allies), spells.entry_spells(self.past))


def days(law: Draws, entry: Entry, day: date, allies: int) -> Sample:
    """Days from a day to entry: what holds it up then, what else may come up, and an unblocked wait."""
    times = simulated.TRAJECTORIES // simulated.WORLDS
    law = {name: np.tile(draws, times) for name, draws in law.items()}
    rng = np.random.Generator(np.random.Philox(simulated.SEED))
    held = entry.held_on(day) and entry.kind
    median = law["pfp_wait_median" if entry.wished else "pfp_wait_invited"]
    wait = median * np.exp(np.minimum(law["pfp_wait_spread"] * rng.standard_normal(len(median)), MOST))
    status = rng.standard_exponential(len(wait)) / law["status_block_ends"]
    objection = _objection(law, entry, day, allies, rng)
    longest = np.maximum(objection, status) if held in STATUS else objection
    total = longest * DAYS_PER_YEAR + wait
    return within(total)


def _objection(law: Draws, entry: Entry, day: date, allies: int, rng: np.random.Generator) -> Array:
    """Years until no objection is left; 0 for none."""
    rates = Rates(law["pfp_objection_rate"], law["objection_ends"], law["objection_brief"], law["brief_ends"])
    raised, kind, length = (rng.random(len(rates.onset)) for _ in range(3))
    brief = kind < rates.brief
    if entry.held_on(day) and entry.kind not in STATUS:
        since = entry.blocked_from
        brief &= since is not None and abs((day - since).days) <= JUST_RAISED
        objects = np.ones(len(raised), dtype=bool)
    else:
        objects = raised < any_of(allies, rates)
    ends = np.where(brief, rates.brief_ends, rates.ends)
    years: Array = np.where(objects, -np.log1p(-length) / ends, 0.0)
    return years
