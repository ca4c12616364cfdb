"""What every component of the hindcast is made of: what is forecast, on which facts, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.base.dates import DAYS_PER_YEAR
from sim.facts.frozen import FACTS_UNTIL, day_after, frozen, without
from sim.facts.read import Facts, Row
from sim.history.hindcast.baselines import BASELINES, NEVER, Spell, before
from sim.history.hindcast.forecasts import MODEL, Forecast, whole_days
from sim.history.hindcast.refit import Fits
from sim.history.hindcast.scores import Observation
from sim.history.hindcast.simulated import Changes
from sim.history.hindcast.spells import Accession
from sim.history.sampling import Sample

LEFT_OUT, ROLLING = "left out", "rolling"
HORIZON_YEARS = 40
LEAST_SPELLS = 3
"""Earlier spells that must have ended before a rolling origin."""


@dataclass(frozen=True)
class Job:
    """Forecasts that need the same fits on the same facts."""

    facts: Facts
    fits: tuple[str, ...]
    make: Callable[[Fits], list[Forecast]]


@dataclass(frozen=True)
class About:
    """What is forecast, before anybody has forecast it."""

    component: str
    mode: str
    case: str
    unit: str
    group: str
    origin: date
    outcome: Observation

    def by(self, model: str, sample: Sample) -> Forecast:
        """A forecast of it."""
        place = (self.component, self.mode, self.case, self.unit, self.group, self.origin)
        return Forecast(*place, model, self.outcome, whole_days(sample))

    def by_all(
        self, sample: Sample | None, past: Sequence[Spell], only: Sequence[str] = ()
    ) -> list[Forecast]:
        """The model's forecast (None: it has none) and those of the baselines that can be computed."""
        found = [] if sample is None else [self.by(MODEL, sample)]
        past = before(past, self.origin.toordinal())
        for name, baseline in BASELINES.items():
            points = baseline(past) if not only or name in only else None
            if points is not None:
                found.append(self.by(name, points))
        return found


def within(days: Sample) -> Sample:
    """Times beyond the horizon of the engine are never."""
    cut: Sample = np.where(days <= HORIZON_YEARS * DAYS_PER_YEAR, days, NEVER)
    return cut


def observed(origin: date, end: date | None, seen: date = FACTS_UNTIL) -> Observation:
    """What was seen from ``origin`` to the state of the facts, or to ``seen`` if nobody looked later."""
    watched = float((seen - origin).days)
    if end is None or end > seen:
        return Observation(watched, True, watched)
    return Observation(float(max((end - origin).days, 0)), False, watched)


def start(origin: date, candidate: str) -> Changes:
    """A scenario for another candidate, from another day."""
    horizon = day_after(origin, HORIZON_YEARS)
    members = {"of": "NATO", "on": origin}
    return Changes({"start": origin, "horizon": horizon, "members": members, "candidate": candidate})


def of_wave(wave: Accession) -> Callable[[str, Row], bool]:
    """The rows of everything signed with a wave: it is left out whole, with its milestones and blocks."""

    def leaves(table: str, row: Row) -> bool:
        if table in ("protocols", "ratifications"):
            return row.day("signed") == wave.signed
        if table == "blocks":
            return row["candidate"] in wave.candidates and row["gate"] == "ratification"
        return False

    return leaves


def modes(facts: Facts, day: date, leaves: Callable[[str, Row], bool]) -> list[tuple[str, Facts, Facts]]:
    """(mode, facts for the fits, facts for the baselines): left out, and rolling without the case's own rows."""
    then = frozen(facts, day)
    others = without(facts, leaves)
    return [(LEFT_OUT, others, others), (ROLLING, then, without(then, leaves))]


def enough(mode: str, past: Sequence[Spell]) -> bool:
    """Whether a rolling origin has seen enough to be scored; where a wave is left out there always is."""
    return mode == LEFT_OUT or sum(s.event for s in past) >= LEAST_SPELLS


def of_countries(countries: set[str]) -> Callable[[str, Row], bool]:
    """The rows about some candidates, and of every decision in which one of them was held up."""

    def leaves(table: str, row: Row) -> bool:
        if table == "milestones":
            return row["country"] in countries
        if table in ("protocols", "ratifications", "blocks"):
            return row["candidate"] in countries
        return False

    return leaves
