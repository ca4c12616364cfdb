"""The components of the hindcast: what each one forecasts, on which facts.

Their form (units, groups, modes) is fixed in ``docs/decisions.md``. A component yields jobs; a job says on
which facts which fits are needed, and makes forecasts from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sim.base.dates import DAYS_PER_YEAR
from sim.facts.frozen import FACTS_UNTIL, FrozenFacts, frozen
from sim.facts.read import Facts, Row
from sim.history.hindcast import cases, simulated, spells
from sim.history.hindcast.baselines import Spell
from sim.history.hindcast.elsewhere import elsewhere
from sim.history.hindcast.forecasts import Forecast
from sim.history.hindcast.jobs import (
    LEFT_OUT,
    ROLLING,
    About,
    Job,
    enough,
    modes,
    observed,
    of_countries,
    of_wave,
    start,
)
from sim.history.hindcast.partnership import partnership
from sim.history.hindcast.refit import Fits
from sim.history.hindcast.simulated import Part
from sim.history.record import milestone
from sim.history.sampling import Sample

HOLDOUTS = ("GRC", "ROU", "SVK", "ESP")
DECLARED = date(2008, 2, 17)
WINDOWS = tuple(date(year, 8, 31) for year in range(2008, 2026, 2))
CANDIDATE_FITS = ("ratification", "objections", "readiness")


# --- ratification ---------------------------------------------------------------------------------------


def _same_day(facts: Facts, wave: spells.Accession) -> spells.Accession:
    """The wave with all candidates whose protocols were signed that day."""
    codes = tuple(
        code for other in spells.accessions(facts) if other.signed == wave.signed for code in other.candidates
    )
    return replace(wave, candidates=codes)


def membership(facts: Facts) -> Iterator[Job]:
    """Protocol to membership: a scenario of one ratification step, and the capitals of it."""
    for wave in spells.accessions(facts):
        leaves = of_wave(_same_day(facts, wave))
        for mode, known, past in modes(facts, wave.signed, leaves):
            if enough(mode, spells.membership_spells(past)):
                yield Job(known, ("ratification",), _Membership(facts, past, wave, mode))


@dataclass(frozen=True)
class _Membership:
    facts: Facts
    past: Facts
    wave: spells.Accession
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        wave, begin = self.wave, start(self.wave.signed, self.wave.candidates[0])
        about = About(
            "membership", self.mode, wave.name, "protocol", wave.signed.isoformat(), wave.signed,
            observed(wave.signed, wave.acceded),
        )  # fmt: skip
        sample = simulated.simulated("protocol.yaml", fits, begin)["membership"]
        found = about.by_all(sample, spells.membership_spells(self.past))
        known = spells.capital_days(self.facts, wave)
        allies = [member.iso3 for member in self.facts.members_on(wave.signed)]
        by_ally = simulated.from_law("protocol.yaml", fits, begin, allies)
        past = spells.capital_spells(self.past)
        for code in sorted(set(known) & set(allies)):
            day = wave.signed + timedelta(days=known[code])
            capital = replace(about, component="capital", unit=code, outcome=observed(wave.signed, day))
            found += capital.by_all(by_ally[code], past)
        return found


# --- the steps before ------------------------------------------------------------------------------------


def protocol(facts: Facts) -> Iterator[Job]:
    """Invitation to protocol."""
    days = {wave.signed: _same_day(facts, wave) for wave in spells.accessions(facts)}
    for wave in days.values():
        for mode, known, past in modes(facts, wave.invited, of_wave(wave)):
            if enough(mode, spells.protocol_spells(past)):
                yield Job(known, ("ratification",), _Protocol(past, wave, mode))


@dataclass(frozen=True)
class _Protocol:
    past: Facts
    wave: spells.Accession
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        origin, year = self.wave.invited, str(self.wave.invited.year)
        outcome = observed(origin, self.wave.signed)
        about = About("protocol", self.mode, year, "talks", origin.isoformat(), origin, outcome)
        begin = start(origin, self.wave.candidates[0]).waived(("pfp", "map", "invitation"))
        sample = simulated.simulated("candidate", fits, begin)["protocol"]
        return about.by_all(sample, spells.protocol_spells(self.past))


def invitation(facts: Facts) -> Iterator[Job]:
    """Action plan to invitation, by country; countries invited together share a decision."""
    plans = {r["country"]: milestone(facts, r["country"], "map") for r in facts.tables["milestones"]}
    for country, origin in sorted(plans.items()):
        if origin is None:
            continue
        invited = milestone(facts, country, "invitation", after=origin)
        mates = {
            other
            for other, day in plans.items()
            if day is not None
            and invited is not None
            and milestone(facts, other, "invitation", after=day) == invited
        }
        leaves = of_countries(mates | {country})
        for mode, known, past in modes(facts, origin, leaves):
            if enough(mode, spells.step_spells(past, "map", "invitation")):
                group = invited.isoformat() if invited else country
                yield Job(known, CANDIDATE_FITS, _Invitation(past, country, origin, invited, group, mode))


@dataclass(frozen=True)
class _Invitation:
    past: Facts
    country: str
    origin: date
    invited: date | None
    group: str
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        outcome = observed(self.origin, self.invited)
        about = About("invitation", self.mode, self.country, "invitation", self.group, self.origin, outcome)
        begin = start(self.origin, self.country).waived(("pfp", "map"))
        ready = begin.having(chains={"readiness": {"start": "plan_ready"}})
        sample = simulated.simulated("candidate", fits, ready)
        return about.by_all(sample["invitation"], spells.step_spells(self.past, "map", "invitation"))


# --- blocks and recognition --------------------------------------------------------------------------------


def block(facts: Facts) -> Iterator[Job]:
    """Length of an episode at its onset: objections as they end, brief or lasting; obstruction by its law."""
    for episode in spells.blocks(facts):
        if episode.seen <= episode.start:
            continue  # nothing was watched

        def leaves(table: str, row: Row, decision: str = episode.decision) -> bool:
            return table == "blocks" and row["decision"] == decision

        for mode, known, past in modes(facts, episode.start, leaves):
            if enough(mode, spells.block_spells(past)):
                fits = ("ratification",) if episode.gate == "ratification" else ("objections",)
                yield Job(known, fits, _Block(past, episode, mode))


@dataclass(frozen=True)
class _Block:
    past: Facts
    episode: spells.Block
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        episode = self.episode
        seen = FACTS_UNTIL if episode.end else episode.seen
        outcome = observed(episode.start, episode.end, seen)
        about = About(
            "block", self.mode, episode.decision, episode.kind, episode.decision, episode.start, outcome
        )
        return about.by_all(self._sample(fits), spells.block_spells(self.past))

    def _sample(self, fits: Fits) -> Sample | None:
        rng = np.random.Generator(np.random.Philox(simulated.SEED))
        times = simulated.TRAJECTORIES // simulated.WORLDS
        if self.episode.gate == "ratification":
            law = fits["ratification"]
            median, spread = (np.tile(law[f"obstruction_{name}"], times) for name in ("median", "spread"))
            return np.asarray(median * np.exp(spread * rng.standard_normal(len(median))))
        if self.episode.kind in ("identity", "recognition"):
            return None  # the model has no chain for these: they are written into a scenario
        law = {name: np.tile(draws, times) for name, draws in fits["objections"].items()}
        brief = rng.random(len(law["brief_ends"])) < law["objection_brief"]
        ends = np.where(brief, law["brief_ends"], law["objection_ends"])
        return np.asarray(rng.standard_exponential(len(ends)) / ends * DAYS_PER_YEAR)


def recognition(facts: Facts) -> Iterator[Job]:
    """The next recognition by each of the four and by the first of them, from origins two years apart."""
    for origin in WINDOWS:
        known = frozen(facts, origin)
        yield Job(known, ("settlement", "holdouts"), _Recognition(facts, known, origin))


@dataclass(frozen=True)
class _Recognition:
    facts: Facts
    known: FrozenFacts
    origin: date

    def __call__(self, fits: Fits) -> list[Forecast]:
        origin = self.origin
        begin = start(origin, "XKX")
        absent = _absent(self.facts, origin, begin.top["horizon"])
        changes = begin.having(chains=_chains_on(self.known), calendar=_elections(self.known), events=absent)
        sample = simulated.simulated("kosovo.yaml", fits, changes)
        by_ally = {code: sample[f"{code}.stance=recognises"] for code in HOLDOUTS}
        days = {code: self.facts.member(code).recognised for code in HOLDOUTS}
        by_ally["first"] = np.min(list(by_ally.values()), axis=0)
        days["first"] = min((day for day in days.values() if day), default=None)
        past = spells.holdout_spells(self.known, HOLDOUTS, DECLARED)
        found = []
        for code, values in by_ally.items():
            outcome = observed(origin, days[code])
            about = About("recognition", ROLLING, "XKX", code, origin.isoformat(), origin, outcome)
            # the record of the four as one spell, for the first of them
            own = past if code != "first" else [Spell(sum(s.days for s in past) / len(past), False)]
            found += about.by_all(values, own, ("constant hazard", "nothing changes"))
        return found


def _absent(facts: Facts, origin: date, horizon: object) -> list[Part]:
    """Allies that the baseline names and that had not joined: they join on the last day, when nothing asks
    them.
    """
    there = {member.iso3 for member in facts.members_on(origin)}
    codes = [member.iso3 for member in facts.members if member.iso3 not in there]
    return [{"on": horizon, "voter": code, "joins": True} for code in codes]


def _chains_on(known: FrozenFacts) -> Part:
    """State of the world as the facts of the day give it."""
    open_now = {r["covariate"]: r.value("share") for r in known.tables["covariates"] if not r["end"]}
    return {
        "settlement": {"start": "interim" if "settlement" in open_now else "none"},
        "washington": {"start": {"engaged": open_now.get("washington", 0.0), "distant": "rest"}},
        "north": {"start": "crisis" if "north" in open_now else "calm"},
    }


def _elections(known: FrozenFacts) -> Part:
    """The rhythm of elections as the facts of the day give it."""
    calendar: dict[str, object] = {}
    for code in HOLDOUTS:
        held = [
            r.day("date")
            for r in known.tables["elections"]
            if r["country"] == code and r["kind"] == "parliament"
        ]
        last = max(held, default=date(2008, 1, 1))
        calendar[f"elections_{code}"] = {"dates": [last], "then": {"every": "4 years"}}
    return calendar


# --- cases --------------------------------------------------------------------------------------------------


def case(facts: Facts) -> Iterator[Job]:
    """Whole candidates, from their scenario files: every row of the table of cases."""
    rows = cases.read_cases()
    for name in dict.fromkeys(row.case for row in rows):
        steps = [row for row in rows if row.case == name]
        mates = {row.country for row in rows if row.group == steps[0].group}
        kosovo = steps[0].country == "XKX"
        fits = (*CANDIDATE_FITS, "settlement", "holdouts") if kosovo else CANDIDATE_FITS
        for mode, known, past in modes(facts, steps[0].origin, of_countries(mates)):
            if kosovo and mode == LEFT_OUT:
                continue  # nothing is known of the holdouts without it
            yield Job(known, fits, CaseForecasts(facts, past, tuple(steps), mode))


@dataclass(frozen=True)
class CaseForecasts:
    """Forecasts of the steps of one case."""

    facts: Facts
    past: Facts
    steps: tuple[cases.Case, ...]
    mode: str
    folder: Path | None = None
    """Of the scenario file; None: the built-in cases."""

    def __call__(self, fits: Fits) -> list[Forecast]:
        """All steps from one run."""
        sample = simulated.simulated(self.steps[0].scenario, fits, folder=self.folder)
        found = []
        for row in self.steps:
            outcome = observed(row.origin, cases.happened(self.facts, row))
            about = About("case", self.mode, row.case, row.step, row.group, row.origin, outcome)
            past = spells.step_spells(self.past, row.since, cases.MILESTONES[row.step])
            found += about.by_all(sample[row.step], past)
        return found


COMPONENTS: dict[str, Callable[[Facts], Iterator[Job]]] = {
    "partnership": partnership,
    "membership": membership,
    "protocol": protocol,
    "invitation": invitation,
    "block": block,
    "recognition": recognition,
    "elsewhere": elsewhere,
    "case": case,
}
"""``membership`` makes the forecasts of the component ``capital`` too."""
