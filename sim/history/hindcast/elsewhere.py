"""The component ``elsewhere``: the law of recognition that the four have, where there are events to score it on.

Its form is fixed in ``docs/decisions.md``. Fitted here, for no scenario uses these numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.stats import gamma

from sim.base.dates import DAYS_PER_YEAR, years_between
from sim.facts.frozen import frozen, until, without
from sim.facts.read import Facts, Row
from sim.history.fits.fitted import DRAWS
from sim.history.fits.holdout_posterior import PRIOR
from sim.history.fits.holdout_response import ANGLES, log_likelihood, times
from sim.history.hindcast.baselines import NEVER, POINTS, Spell, nothing_changes
from sim.history.hindcast.forecasts import MODEL, Forecast
from sim.history.hindcast.jobs import HORIZON_YEARS, LEFT_OUT, ROLLING, About, Job, observed, within
from sim.history.hindcast.refit import Fits
from sim.history.hindcast.simulated import SEED
from sim.history.record import followed
from sim.history.sampling import Array, from_grid, middles

BEGIN = date(2008, 8, 31)
"""After the first wave."""
ORIGINS = tuple(date(year, 8, 31) for year in range(2010, 2026, 2))
SERBIA = "SRB"
NEXT = {"first": 1, "tenth": 10}
"""Unit -> which recognition after the origin."""
LOG_RATES = np.linspace(np.log(0.002), np.log(100.0), 241)
NODES = 31
SHORT = {"German Basic Treaty": "GDR", "inter-Korean summit": "PRK"}


@dataclass(frozen=True)
class Law:
    """Draws: median rate per year and share of states that never recognise; ``spread`` of the log rates."""

    rate: Array
    never: Array
    spread: float

    def waiting(self, years: Array) -> Array:
        """Chance that a mover has not recognised by then: (draws, times)."""
        points, weights = np.polynomial.hermite_e.hermegauss(NODES)
        weights = weights / weights.sum()
        rates = self.rate[:, None] * np.exp(self.spread * points)
        left: Array = sum(
            w * np.exp(-rates[:, k, None] * years[None, :]) for k, w in enumerate(weights)
        )  # one node at a time: small
        return left


def fitted(came: Array, waiting: Array, rng: np.random.Generator) -> Law:
    """The law, from the years of those that recognised and of those that have not."""
    spread = PRIOR.spread()
    surface = log_likelihood(came, waiting, LOG_RATES, np.sin(ANGLES) ** 2, spread)
    log_rate, angle = from_grid(surface, [LOG_RATES, ANGLES], DRAWS, rng)
    return Law(np.exp(log_rate), np.sin(angle) ** 2, spread)


def _rng() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(SEED))


# --- all states, and Kosovo ------------------------------------------------------------------------------------


def recognised(facts: Facts) -> list[date | None]:
    """Members of the United Nations that had not recognised Kosovo after the first wave: when each did."""
    days = {row["state"]: row.day("recognised") for row in facts.tables["recognitions"]}
    codes = [
        row["iso3"]
        for row in facts.tables["countries"]
        if row["united_nations"] == "yes" and row["iso3"] != SERBIA
    ]
    return [days.get(code) for code in codes if days.get(code, date.max) > BEGIN]


def since_the_wave(facts: Facts) -> tuple[Array, Array]:
    """Years from :data:`BEGIN` of those that recognised, and of those that have not."""
    days = recognised(facts)
    came = [years_between(BEGIN, day) for day in days if day is not None]
    left = days.count(None)
    return np.array(came), np.full(left, years_between(BEGIN, until(facts)))


def ahead(law: Law, waited: float, states: int, which: int, rng: np.random.Generator) -> Array:
    """Days to the ``which``-th next recognition by some states that have all waited some years."""
    grid = np.concatenate([[0.0], np.geomspace(0.002, HORIZON_YEARS, 400)])
    left = law.waiting(waited + grid)
    movers = (1 - law.never)[:, None]
    came = movers * (left[:, :1] - left) / (law.never[:, None] + movers * left[:, :1])
    share = rng.beta(which, states - which + 1, len(law.rate))
    found = np.full(len(share), NEVER)
    for k, own in enumerate(came):
        if share[k] < own[-1]:
            found[k] = np.interp(share[k], own, grid) * DAYS_PER_YEAR
    return found


@dataclass(frozen=True)
class _AllStates:
    facts: Facts
    known: Facts
    origin: date

    def __call__(self, fits: Fits) -> list[Forecast]:
        came, waiting = since_the_wave(self.known)
        law, waited, states = fitted(came, waiting, _rng()), float(waiting[0]), len(waiting)
        after = sorted(day for day in recognised(self.facts) if day is not None and day > self.origin)
        hazard = (len(came) or 0.5) / (came.sum() + waiting.sum())
        found = []
        for unit, which in NEXT.items():
            outcome = observed(self.origin, after[which - 1] if len(after) >= which else None)
            group = self.origin.isoformat()
            about = About("elsewhere", ROLLING, "XKX", unit, group, self.origin, outcome)
            steady = gamma(which).ppf(middles(POINTS)) / (states * hazard) * DAYS_PER_YEAR
            never = nothing_changes([])
            found.append(about.by(MODEL, ahead(law, waited, states, which, _rng())))
            found.append(about.by("constant hazard", steady))
            if never is not None:
                found.append(about.by("nothing changes", never))
        return found


# --- after a text between the parties --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Agreed:
    facts: Facts
    past: Facts
    text: str
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        settled, interim = times(self.past), times(self.past, settled=False)
        came, waiting = (np.concatenate(both) for both in zip(settled, interim, strict=True))
        rng = _rng()
        law = fitted(came, waiting, _rng())
        rate = law.rate * np.exp(law.spread * rng.standard_normal(len(law.rate)))
        sample = rng.standard_exponential(len(rate)) / rate * DAYS_PER_YEAR
        sample = within(np.where(rng.random(len(rate)) < law.never, NEVER, sample))
        past = [_spell(self.past, row) for row in self.past.tables["normalisations"]]
        found = []
        for row in self.facts.tables["normalisations"]:
            if row["text"] == self.text:
                origin, seen = row.day("agreed"), followed(self.facts, row, "recognised")
                outcome = observed(origin, seen.day) if seen.over else observed(origin, None, seen.day)
                name = SHORT.get(self.text, self.text)
                about = About("elsewhere", self.mode, name, row["country"], name, origin, outcome)
                found += about.by_all(sample, past)
        return found


def _spell(facts: Facts, row: Row) -> Spell:
    origin, seen = row.day("agreed"), followed(facts, row, "recognised")
    return Spell(float((seen.day - origin).days), seen.over, origin.toordinal())


def elsewhere(facts: Facts) -> Iterator[Job]:
    """All states and Kosovo, rolling; states after one text between the parties from those after the others."""
    for origin in ORIGINS:
        known = frozen(facts, origin)
        yield Job(known, (), _AllStates(facts, known, origin))
    agreed = {row["text"]: row.day("agreed") for row in facts.tables["normalisations"]}
    for name, day in agreed.items():

        def leaves(table: str, row: Row, own: str = name) -> bool:
            return table == "normalisations" and row["text"] == own

        for mode, past in (
            (LEFT_OUT, without(facts, leaves)),
            (ROLLING, without(frozen(facts, day), leaves)),
        ):
            if past.tables["normalisations"]:
                yield Job(past, (), _Agreed(facts, past, name, mode))
