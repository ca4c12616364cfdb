"""The hindcast: what the model and simple rules would have said, and what happened.

Its form (components, units, groups, modes) is fixed in ``docs/decisions.md``. Every component yields jobs; a job
says on which facts which fits are needed and makes its forecasts from them. Fits are shared between jobs and made
side by side; everything else is fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from multiprocessing import get_context
from typing import Any

import numpy as np

from sim.facts import Facts, Row
from sim.history import cases, spells
from sim.history.baselines import BASELINES, Spell, before
from sim.history.fit.tables import Fit
from sim.history.forecasts import MODEL, Forecast, whole_days
from sim.history.frozen import FACTS_UNTIL, FrozenFacts, day_after, frozen, without
from sim.history.refit import key_of, refit
from sim.history.scores import Outcome

Sample = cases.Sample
Fits = Mapping[str, Fit]

LEFT_OUT, ROLLING = "left out", "rolling"
LEAST_SPELLS = 3
"""Earlier spells that must have ended before a rolling origin."""
HOLDOUTS = ("GRC", "ROU", "SVK", "ESP")
DECLARED = date(2008, 2, 17)
WINDOWS = tuple(date(year, 8, 31) for year in range(2008, 2026, 2))
CANDIDATE_FITS = ("ratification", "objections", "readiness")


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
    outcome: Outcome

    def by(self, model: str, sample: Sample) -> Forecast:
        """A forecast of it."""
        place = (self.component, self.mode, self.case, self.unit, self.group, self.origin)
        return Forecast(*place, model, self.outcome, whole_days(sample))

    def by_all(self, sample: Sample | None, past: Sequence[Spell], only: Sequence[str] = ()) -> list[Forecast]:
        """The model's forecast (None: it has none) and those of the baselines that can be computed."""
        found = [] if sample is None else [self.by(MODEL, sample)]
        past = before(past, self.origin.toordinal())
        for name, baseline in BASELINES.items():
            points = baseline(past) if not only or name in only else None
            if points is not None:
                found.append(self.by(name, points))
        return found


def observed(origin: date, end: date | None) -> Outcome:
    """What was seen from ``origin`` to the state of the facts."""
    watched = float((FACTS_UNTIL - origin).days)
    if end is None or end > FACTS_UNTIL:
        return Outcome(watched, True, watched)
    return Outcome(float(max((end - origin).days, 0)), False, watched)


def _start(origin: date, candidate: str) -> dict[str, Any]:
    """The part of a scenario that says when it starts and for whom."""
    horizon = day_after(origin, cases.HORIZON_YEARS)
    members = {"of": "NATO", "on": origin}
    return {"start": origin, "horizon": horizon, "members": members, "candidate": candidate}


def _of_wave(wave: spells.Wave) -> Callable[[str, Row], bool]:
    """The rows of everything signed with a wave: it is left out whole, with its milestones and blocks."""

    def leaves(table: str, row: Row) -> bool:
        if table in ("protocols", "ratifications"):
            return row["signed"] == wave.signed.isoformat()
        if table == "blocks":
            return row["candidate"] in wave.candidates and row["gate"] == "ratification"
        return False

    return leaves


def _modes(facts: Facts, day: date, leaves: Callable[[str, Row], bool]) -> list[tuple[str, Facts, Facts]]:
    """(mode, facts for the fits, facts for the baselines): left out, and rolling without the case's own rows."""
    then = frozen(facts, day)
    return [(LEFT_OUT, *[without(facts, leaves)] * 2), (ROLLING, then, without(then, leaves))]


def _enough(mode: str, past: Sequence[Spell]) -> bool:
    return mode == LEFT_OUT or sum(s.event for s in past) >= LEAST_SPELLS


# --- ratification ---------------------------------------------------------------------------------------


def _same_day(facts: Facts, wave: spells.Wave) -> spells.Wave:
    """The wave with all candidates whose protocols were signed that day."""
    codes = tuple(code for other in spells.waves(facts) if other.signed == wave.signed for code in other.candidates)
    return replace(wave, candidates=codes)


def membership(facts: Facts) -> Iterator[Job]:
    """Protocol to membership: a scenario of one ratification step, and the capitals of it."""
    for wave in spells.waves(facts):
        leaves = _of_wave(_same_day(facts, wave))
        for mode, known, past in _modes(facts, wave.signed, leaves):
            if _enough(mode, spells.membership_spells(past)):
                yield Job(known, ("ratification",), _Membership(facts, past, wave, mode))


@dataclass(frozen=True)
class _Membership:
    facts: Facts
    past: Facts
    wave: spells.Wave
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        wave, start = self.wave, _start(self.wave.signed, self.wave.candidates[0])
        about = About(
            "membership", self.mode, wave.name, "protocol", wave.signed.isoformat(), wave.signed,
            observed(wave.signed, wave.acceded),
        )  # fmt: skip
        sample = cases.simulated("protocol.yaml", fits, start)["membership"]
        found = about.by_all(sample, spells.membership_spells(self.past))
        known = spells.capital_days(self.facts, wave)
        allies = [member.iso3 for member in self.facts.members_on(wave.signed)]
        by_ally = cases.from_law("protocol.yaml", fits, start, allies)
        past = spells.capital_spells(self.past)
        for code in sorted(set(known) & set(allies)):
            day = wave.signed + timedelta(days=known[code])
            capital = replace(about, component="capital", unit=code, outcome=observed(wave.signed, day))
            found += capital.by_all(by_ally[code], past)
        return found


# --- the steps before ------------------------------------------------------------------------------------


def protocol(facts: Facts) -> Iterator[Job]:
    """Invitation to protocol."""
    days = {wave.signed: _same_day(facts, wave) for wave in spells.waves(facts)}
    for wave in days.values():
        for mode, known, past in _modes(facts, wave.invited, _of_wave(wave)):
            if _enough(mode, spells.protocol_spells(past)):
                yield Job(known, ("ratification",), _Protocol(past, wave, mode))


@dataclass(frozen=True)
class _Protocol:
    past: Facts
    wave: spells.Wave
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        origin, year = self.wave.invited, str(self.wave.invited.year)
        outcome = observed(origin, self.wave.signed)
        about = About("protocol", self.mode, year, "talks", origin.isoformat(), origin, outcome)
        start = _start(origin, self.wave.candidates[0])
        ladder = {"ladder": [{"step": step, "waived": 1} for step in ("pfp", "map", "invitation")]}
        sample = cases.simulated("candidate.yaml", fits, start | ladder)["protocol"]
        return about.by_all(sample, spells.protocol_spells(self.past))


def invitation(facts: Facts) -> Iterator[Job]:
    """Action plan to invitation, by country; countries invited together share a decision."""
    plans = {r["country"]: spells.first_after(facts, r["country"], "map") for r in facts.tables["milestones"]}
    for country, origin in sorted(plans.items()):
        if origin is None:
            continue
        invited = spells.first_after(facts, country, "invitation", origin)
        mates = {
            other
            for other, day in plans.items()
            if day is not None and invited is not None and spells.first_after(facts, other, "invitation", day) == invited
        }
        leaves = _of_countries(mates | {country})
        for mode, known, past in _modes(facts, origin, leaves):
            if _enough(mode, spells.step_spells(past, "map", "invitation")):
                group = invited.isoformat() if invited else country
                yield Job(known, CANDIDATE_FITS, _Invitation(past, country, origin, invited, group, mode))


def _of_countries(countries: set[str]) -> Callable[[str, Row], bool]:
    """The rows about some candidates, and of every decision in which one of them was held up."""

    def leaves(table: str, row: Row) -> bool:
        if table == "milestones":
            return row["country"] in countries
        if table in ("protocols", "ratifications", "blocks"):
            return row["candidate"] in countries
        return False

    return leaves


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
        ahead = {"ladder": [{"step": step, "waived": 1} for step in ("pfp", "map")]}
        ready = {"chains": {"readiness": {"start": "plan_ready"}}}
        sample = cases.simulated("candidate.yaml", fits, _start(self.origin, self.country) | ahead | ready)
        return about.by_all(sample["invitation"], spells.step_spells(self.past, "map", "invitation"))


# --- blocks and recognition --------------------------------------------------------------------------------


def block(facts: Facts) -> Iterator[Job]:
    """Length of an episode at its onset: objections as the objection chain ends them, obstruction by its law."""
    for episode in spells.blocks(facts):
        def leaves(table: str, row: Row, decision: str = episode.decision) -> bool:
            return table == "blocks" and row["decision"] == decision

        for mode, known, past in _modes(facts, episode.start, leaves):
            if _enough(mode, spells.block_spells(past)):
                fits = ("ratification",) if episode.gate == "ratification" else ("objections",)
                yield Job(known, fits, _Block(past, episode, mode))


@dataclass(frozen=True)
class _Block:
    past: Facts
    episode: spells.Block
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        episode = self.episode
        outcome = observed(episode.start, episode.end)
        about = About(
            "block", self.mode, episode.decision, episode.kind, episode.decision, episode.start, outcome
        )
        return about.by_all(self._sample(fits), spells.block_spells(self.past))

    def _sample(self, fits: Fits) -> Sample | None:
        rng = np.random.Generator(np.random.Philox(cases.SEED))
        times = cases.TRAJECTORIES // cases.WORLDS
        if self.episode.gate == "ratification":
            law = fits["ratification"].draws
            median, spread = (np.tile(law[f"obstruction_{name}"], times) for name in ("median", "spread"))
            return np.asarray(median * np.exp(spread * rng.standard_normal(len(median))))
        if self.episode.kind in ("identity", "recognition"):
            return None  # the model has no chain for these: they are written into a scenario
        ends = np.tile(fits["objections"].draws["objection_ends"], times)
        return np.asarray(rng.standard_exponential(len(ends)) / ends * cases.DAYS_PER_YEAR)


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
        changes = _start(origin, "XKX") | _world_on(self.known)
        changes["events"] = _absent(self.facts, origin, changes["horizon"])
        sample = cases.simulated("kosovo.yaml", fits, changes)
        by_ally = {code: sample[f"{code} recognises"] for code in HOLDOUTS}
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


def _absent(facts: Facts, origin: date, horizon: date) -> list[dict[str, Any]]:
    """Allies that the baseline names and that had not joined: they join on the last day, when nothing asks them."""
    there = {member.iso3 for member in facts.members_on(origin)}
    codes = [member.iso3 for member in facts.members if member.iso3 not in there]
    return [{"on": horizon, "voter": code, "joins": True} for code in codes]


def _world_on(known: FrozenFacts) -> dict[str, Any]:
    """State of the world and the rhythm of elections, as the facts of the day give them."""
    open_now = {r["covariate"]: float(r["share"]) for r in known.tables["covariates"] if not r["end"]}
    chains: dict[str, Any] = {
        "settlement": {"start": "interim" if "settlement" in open_now else "none"},
        "washington": {"start": {"engaged": open_now.get("washington", 0.0), "distant": "rest"}},
        "north": {"start": "crisis" if "north" in open_now else "calm"},
    }
    calendar = {}
    for code in HOLDOUTS:
        held = [r["date"] for r in known.tables["elections"] if r["country"] == code and r["kind"] == "parliament"]
        last = date.fromisoformat(max(held, default="2008-01-01"))
        calendar[f"elections_{code}"] = {"dates": [last], "then": {"every": "4 years"}}
    return {"chains": chains, "calendar": calendar}


# --- cases --------------------------------------------------------------------------------------------------


def case(facts: Facts) -> Iterator[Job]:
    """Whole candidates, from their scenario files: every row of the table of cases."""
    rows = cases.read_cases()
    for name in dict.fromkeys(row.case for row in rows):
        steps = [row for row in rows if row.case == name]
        mates = {row.country for row in rows if row.group == steps[0].group}
        kosovo = steps[0].country == "XKX"
        fits = (*CANDIDATE_FITS, "settlement", "holdouts") if kosovo else CANDIDATE_FITS
        for mode, known, past in _modes(facts, steps[0].origin, _of_countries(mates)):
            if kosovo and mode == LEFT_OUT:
                continue  # nothing is known of the holdouts without it
            yield Job(known, fits, _Case(facts, past, tuple(steps), mode))


@dataclass(frozen=True)
class _Case:
    facts: Facts
    past: Facts
    steps: tuple[cases.Case, ...]
    mode: str

    def __call__(self, fits: Fits) -> list[Forecast]:
        sample = cases.simulated(self.steps[0].scenario, fits)
        found = []
        for row in self.steps:
            outcome = observed(row.origin, cases.happened(self.facts, row))
            about = About("case", self.mode, row.case, row.step, row.group, row.origin, outcome)
            past = spells.step_spells(self.past, row.since, cases.MILESTONES[row.step])
            found += about.by_all(sample[row.step], past)
        return found


# --- all of it ------------------------------------------------------------------------------------------------

COMPONENTS: dict[str, Callable[[Facts], Iterator[Job]]] = {
    "membership": membership,
    "protocol": protocol,
    "invitation": invitation,
    "block": block,
    "recognition": recognition,
    "case": case,
}
"""``membership`` makes the forecasts of the component ``capital`` too."""

Progress = Callable[[int], None]


def jobs_of(facts: Facts, components: Sequence[str]) -> list[Job]:
    """The jobs of some components, in order."""
    return [job for name in components for job in COMPONENTS[name](facts)]


def hindcast(
    facts: Facts, components: Sequence[str] = tuple(COMPONENTS), processes: int = 2,
    progress: Progress = lambda done: None,
) -> list[Forecast]:  # fmt: skip
    """All forecasts of some components, in a fixed order that does not depend on ``processes``.

    :param progress: told of each job that is done.
    """
    return run_jobs(jobs_of(facts, components), processes, progress)


def run_jobs(jobs: Sequence[Job], processes: int = 2, progress: Progress = lambda done: None) -> list[Forecast]:
    """Makes the fits that the jobs need (each once, side by side) and then the forecasts."""
    wanted: dict[tuple[str, str], tuple[Facts, str]] = {}
    for job in jobs:
        for name in job.fits:
            wanted.setdefault(key_of(job.facts, name), (job.facts, name))
    made: dict[tuple[str, str], Fit]
    if processes > 1 and len(wanted) > 1:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            made = dict(zip(wanted, pool.map(_fit, wanted.values()), strict=True))
    else:
        made = {key: _fit(value) for key, value in wanted.items()}
    found = []
    for job in jobs:
        found += job.make({name: made[key_of(job.facts, name)] for name in job.fits})
        progress(1)
    return found


def _fit(what: tuple[Facts, str]) -> Fit:
    facts, name = what
    return refit(facts, [name])[name]

