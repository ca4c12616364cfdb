"""What ``plain_simpy`` and ``mesa_model`` share: the numbers of one world, objections, and the end of the ladder.

One trajectory at a time, with Python's own ``random``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from math import exp, inf, log
from random import Random

from benchmarks.shared import (
    DAYS_PER_YEAR,
    HOLDOUTS,
    INVITATION,
    MAP,
    MEMBERSHIP,
    NOT_REACHED,
    PASSED,
    PFP,
    PROTOCOL,
    Baseline,
    Outcomes,
)  # fmt: skip

NONE, INTERIM, COMPREHENSIVE = range(3)
SAME, SOFTER, HARDER = range(3)
BLOCKS, ACQUIESCES, RECOGNISES = range(3)
EARLY, SUMMITS = range(2)


def exponential(rng: Random, rate: float) -> float:
    """Years until something that comes at this rate."""
    return -log(1.0 - rng.random()) / rate if rate > 0.0 else inf


@dataclass(frozen=True)
class World:
    """One world: its numbers by name, and what follows from them."""

    p: dict[str, float]
    settlement: int
    stances: tuple[int, ...]
    governments: tuple[int, ...]
    objection_today: tuple[float, ...]
    ratification_scale: tuple[float, ...]
    obstructors: tuple[float, ...]

    @cached_property
    def settle(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Rate of a settlement by north (calm, crisis) and washington (distant, engaged)."""
        p = self.p
        rate = p["settlement_rate"] * p["settlement_centring"]
        crisis, engaged = p["settlement_in_crisis"], p["settlement_engaged"]
        return (rate, rate * engaged), (rate * crisis, rate * crisis * engaged)

    @cached_property
    def pull(self) -> tuple[tuple[tuple[float, float], tuple[float, float]], ...]:
        """What conditions multiply upward rates by: settlement (none, interim), north, washington."""
        damping, washington = self.p["crisis_damping"], self.p["washington_pull"]
        base = (1.0, washington), (damping, damping * washington)
        text = self.p["interim_pull"]
        return base, tuple((calm * text, engaged * text) for calm, engaged in base)  # type: ignore[return-value]

    @cached_property
    def government_pull(self) -> tuple[float, float, float]:
        """The same by government."""
        return 1.0, self.p["softer_pull"], self.p["harder_pull"]

    @cached_property
    def peers(self) -> tuple[float, ...]:
        """The same by the number of holdouts that recognise."""
        return tuple(self.p["peer_pull"] ** k for k in range(5))

    @cached_property
    def moves(self) -> tuple[tuple[float, float, float, float], ...]:
        """Of each holdout: softening, recognition; both once it is settled."""
        p = self.p
        return tuple(
            (
                p["softening_rate"] * p["shared_effect"] * p[f"effect_{code}"],
                p["recognition_rate"] * p["shared_effect"] * p[f"effect_{code}"],
                p["settled_softening_rate"] * p[f"effect_{code}"],
                p["settled_rate"] * p[f"effect_{code}"],
            )
            for code in HOLDOUTS
        )


@cache
def all_worlds(base: Baseline) -> list[World]:
    """Every world of the baseline."""
    stances, governments = base.stance_today.tolist(), base.government_today.tolist()
    objections, scales = base.objection_today.tolist(), base.ratification_scale.tolist()
    obstructors = base.obstructors.tolist()
    return [
        World(
            base.world(w), int(base.settlement_today[w]), tuple(stances[w]), tuple(governments[w]),
            tuple(objections[w]), tuple(scales[w]), tuple(obstructors[w]),
        )
        for w in range(base.worlds)
    ]  # fmt: skip


@dataclass(frozen=True)
class Dates:
    """Years since start, by calendar."""

    inaugurations: list[float]
    elections: list[list[float]]
    """For each holdout."""
    meetings: tuple[list[float], list[float]]
    """EARLY: summits and ministers; SUMMITS."""
    horizon: float
    holdouts: tuple[int, ...]
    """Bits of the four among the voters."""

    @classmethod
    def of(cls, base: Baseline) -> Dates:
        """Those of the baseline."""
        by: dict[str, list[float]] = {}
        for date, calendar in base.dates:
            by.setdefault(calendar, []).append(date)
        early = sorted(by["summit"] + by["foreign_ministers"])
        elections = [by[f"elections_{code}"] for code in HOLDOUTS]
        bits = tuple(1 << base.voters.index(code) for code in HOLDOUTS)
        return cls(by["us_inaugurations"], elections, (early, by["summit"]), base.horizon, bits)


class Row:
    """The outcome of one trajectory."""

    def __init__(self) -> None:
        self.time = [inf] * 5
        self.how = [NOT_REACHED] * 5
        self.blockers = [0] * 5
        self.first = [inf] * 6
        """First entries: settlement, application, recognition by each of the four."""
        self.last_to_move = self.last_to_ratify = -1

    def write(self, out: Outcomes, row: int) -> None:
        """Into the table."""
        out.time[row], out.how[row], out.blockers[row] = self.time, self.how, self.blockers


class Counts:
    """Meetings at which a step was due, and who blocked them, by calendar year, over all trajectories."""

    def __init__(self, base: Baseline) -> None:
        agenda, years = base.model.agenda, len(base.model.years)
        self.year = dict(zip(agenda.time.tolist(), agenda.year.tolist(), strict=True))
        self.due = [[0] * years for _ in range(3)]
        self.blocked = [[[0] * len(base.voters) for _ in range(years)] for _ in range(3)]

    def add(self, step: int, date: float, bits: int) -> None:
        """One meeting."""
        year = self.year[date]
        self.due[step][year] += 1
        blocked = self.blocked[step][year]
        while bits:
            lowest = bits & -bits
            blocked[lowest.bit_length() - 1] += 1
            bits ^= lowest


class Objections:
    """Objections of all voters, advanced when somebody asks, by the transition probabilities of the chain."""

    def __init__(self, world: World, rng: Random) -> None:
        self.begins, self.ends = world.p["objection_rate"], world.p["objection_ends"]
        self.raised: list[float] = list(world.objection_today)
        self.looked = 0.0
        self.rng = rng

    def at(self, when: float) -> int:
        """Bits of the voters who object."""
        random, both = self.rng.random, self.begins + self.ends
        stays = exp(-both * (when - self.looked))
        share = self.begins / both * (1.0 - stays)
        self.raised = [random() < was * stays + share for was in self.raised]
        self.looked = when
        return sum(1 << voter for voter, raised in enumerate(self.raised) if raised)


class Lived:
    """Objections that others live through, one voter at a time."""

    def __init__(self) -> None:
        self.bits = 0

    def at(self, when: float) -> int:
        """Bits of the voters who object now."""
        return self.bits


class Register:
    """The Council's file of its meetings.

    With ``counts`` everybody is asked at each meeting; without, only the last meeting of each step is kept, and
    objections are asked for only where they decide.
    """

    def __init__(self, row: Row, objections: Objections | Lived, counts: Counts | None) -> None:
        self.row, self.objections, self.counts = row, objections, counts
        self.open: tuple[int, float, int] | None = None
        """Step, date, and bits of the stances that blocked it, where objections were not asked for."""

    def blocked(self, step: int, date: float, stances: int) -> bool:
        """Whether anybody blocks."""
        if stances and not self.counts:
            self.open = step, date, stances
            return True
        self.open = None
        bits = self.row.blockers[step] = stances | self.objections.at(date)
        if self.counts:
            self.counts.add(step, date, bits)
        return bits != 0

    def close(self) -> None:
        """At the end of a step: who else objected at its last meeting."""
        if self.open:
            step, date, stances = self.open
            self.row.blockers[step] = stances | self.objections.at(date)
            self.open = None


def finish(row: Row, world: World, rng: Random, dates: Dates) -> None:
    """Talks and ratification after an invitation."""
    p, horizon = world.p, dates.horizon
    latest = max(range(4), key=lambda h: row.first[2 + h])
    row.last_to_move = dates.holdouts[latest].bit_length() - 1

    def lognormal(name: str) -> float:
        return p[f"{name}_median"] * exp(p[f"{name}_spread"] * rng.gauss(0.0, 1.0))

    protocol = row.time[INVITATION] + lognormal("talks") / DAYS_PER_YEAR
    power = 1.0 / p["ratification_shape"]
    days = [scale * exponential(rng, 1.0) ** power for scale in world.ratification_scale]
    if rng.random() < p["obstruction_chance"]:
        by = rng.choices(range(len(days)), world.obstructors)[0]
        days[by] = lognormal("obstruction")
    slowest = max(days)
    membership = protocol + (slowest + lognormal("deposit")) / DAYS_PER_YEAR
    for step, time in ((PROTOCOL, protocol), (MEMBERSHIP, membership)):
        if time <= horizon:
            row.time[step], row.how[step] = time, PASSED
    if row.how[MEMBERSHIP]:
        row.last_to_ratify = days.index(slowest)


HELD = {PFP: "held_early", MAP: "held_early", INVITATION: "held_invitation"}
CALENDAR = {PFP: EARLY, MAP: EARLY, INVITATION: SUMMITS}
