"""One future in one world: what is so now, and the calendar on which agents wait.

Everything that agents share is here: the state of every chain, who is a member, the world's numbers and the
trajectory's draws. The agents themselves are in ``agents.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heappush
from typing import Any

import numpy as np
import simpy
from simpy.events import Event, EventPriority

from sim.engines.replay.parts import Parts
from sim.model import draws, rules
from sim.model.model import NONE, NOT_REACHED, PEERS, Floats
from sim.model.pieces import ScalePiece

Cause = dict[str, Any]


@dataclass(frozen=True)
class Happening:
    """One entry of the log: what happened, to whom, and why.

    ``cause`` is plain data by name (never by number), enough to check the entry against the scenario alone.
    """

    time: float
    """Years since the start, to the last bit."""
    date: str
    """The day (ISO 8601) on which that time falls."""
    kind: str
    """start, event, join, redraw, move, meeting, step, waived, bypassed, wait, ratification, obstruction,
    or horizon."""
    subject: str
    """The chain, step or voter."""
    before: str
    after: str
    cause: Cause


class Order:
    """The order of things that happen at one instant; the least goes first.

    News (that something has changed) is heard before anything else can happen.
    """

    NEWS, DATED, MOVE = range(3)

    def __init__(self, chains: int) -> None:
        self.bypass = self.MOVE + chains  # the moves of chain c have MOVE + c
        self.end = self.bypass + 1
        self.meeting = self.end + 1
        self.horizon = self.meeting + 1


class Clock:
    """A unit exponential that is used up at a rate; a change of rate keeps what is left of it."""

    def __init__(self, left: float, now: float = 0.0) -> None:
        self.left, self.rate, self.since, self.time = left, 0.0, now, rules.NEVER

    def look(self, rate: float, now: float) -> None:
        """Goes on at ``rate``. At the same rate as before nothing happens, not even rounding."""
        if rate != self.rate:
            self.left = rules.spent(self.left, self.rate, self.since, now)
            self.rate, self.since = rate, now
            self.time = rules.fires_at(now, self.left, rate)


class Book:
    """The logarithm of the weight that a chain with tilted moves gives to a trajectory."""

    def __init__(self) -> None:
        self.log = self.gap = self.since = 0.0

    def look(self, gap: float, now: float) -> None:
        """From now on the chain's tilted exit rate is ``gap`` above the true one."""
        if gap != self.gap:
            self.log, self.since, self.gap = self.at(now), now, gap

    def move(self, truth: float, simulated: float, now: float) -> None:
        """The chain leaves its state by a move with this true rate and this simulated one."""
        self.look(0.0, now)
        self.log = rules.booked_move(self.log, truth, simulated)

    def at(self, now: float) -> float:
        """The logarithm up to now."""
        return rules.booked(self.log, self.gap, self.since, now)


class Keys:
    """Keys of the streams under one seed, by meaning; each is worked out once."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._known: dict[str, draws.Key] = {}

    def __getitem__(self, meaning: str) -> draws.Key:
        if meaning not in self._known:
            self._known[meaning] = draws.key(self.seed, meaning)
        return self._known[meaning]


@dataclass
class LivedPath:
    """What a trajectory did, as far as it has got; see ``paths.Paths`` for the meanings."""

    time: list[float]
    how: list[int]
    blockers: list[frozenset[int]]
    watch: list[float]
    weights: list[float]
    """At the end, at each step, and at each watched entry."""
    last_to_move: int = NONE
    last_to_ratify: int = NONE
    meetings: list[tuple[int, int, frozenset[int]]] = field(default_factory=list)
    """Step, year and blockers of each meeting at which a step was due."""


class Future(simpy.Environment):
    """One trajectory in one world.

    :param numbers: the world's number for each slot.
    :param log: where happenings are noted; None to keep no log.
    """

    def __init__(
        self,
        parts: Parts,
        numbers: Floats,
        world: int,
        keys: Keys,
        trajectory: int,
        log: list[Happening] | None,
    ) -> None:
        super().__init__(0.0)
        model = parts.model
        self.parts, self.model, self.log, self.keys = parts, model, log, keys
        self.row, self.numbers = np.ascontiguousarray(numbers), numbers.tolist()
        self.world, self.trajectory = world, trajectory
        self.order = Order(model.n_chains)
        self.scratch = np.empty(max(1, len(model.laws.kind)))
        self.member: list[bool] = model.voters.member.tolist()
        self.states = [*(self._start(c) for c in range(model.n_chains)), 0]
        self.stays = [self._never_moves(c) for c in range(model.n_chains)]
        self.peer = [
            peer and self.states[c] < model.top_stance
            for peer, c in zip(model.voters.peer.tolist(), parts.stances, strict=True)
        ]
        self.rose: list[float | None] = [None] * model.n_voters
        """When each voter's stance last rose to what the hardest decision needs."""
        self.books = [Book() for _ in range(model.n_chains)]
        self.changes = 0
        """How often a chain has changed, or who is a member."""
        self.outcome = LivedPath(
            time=[math.inf] * model.n_steps,
            how=[NOT_REACHED] * model.n_steps,
            blockers=[frozenset()] * model.n_steps,
            watch=[0.0 if self.states[c] == s else math.inf for c, s in parts.watched],
            weights=[
                *[0.0] * (1 + model.n_steps),
                *(1.0 if self.states[c] == s else 0.0 for c, s in parts.watched),
            ],
        )

    # --- chance ---------------------------------------------------------------------------------------

    def uniforms(self, meaning: str, index: int = 0) -> tuple[float, float]:
        """The two uniforms of this trajectory's block ``index`` for ``meaning``."""
        return draws.uniforms(self.keys[meaning], self.trajectory, index, 0)

    def chance(self, slot: int, meaning: str, index: int = 0) -> bool:
        """Whether something with the probability in ``slot`` (never, if -1) happens."""
        return slot != NONE and rules.happens(self.uniforms(meaning, index)[0], self.numbers[slot])

    def days(self, law: int, meaning: str, elapsed: int = 0) -> float:
        """A length of time drawn from a law, or what is left of it after so many days; 0 days if there is none."""
        if law == NONE:
            return 0.0
        laws, key = self.model.laws, self.keys[meaning]
        return rules.sample_law(
            laws.kind, laws.first, laws.second, laws.weight,
            law, self.row, self.scratch, key[0], key[1], self.trajectory, float(elapsed),
        )  # fmt: skip

    def log_lasting(self, law: int, days: int) -> float:
        """Logarithm of the chance that a law gives so many days or more."""
        laws = self.model.laws
        return rules.log_lasting(
            laws.kind, laws.first, laws.second, laws.weight, law, self.row, self.scratch, float(days)
        )

    def spread(self, at: int, chain: int, u: float) -> int:
        """The state of a chain that ``u`` picks by the probabilities at place ``at``."""
        weights = np.array([self.numbers[slot] for slot in self.parts.spread(at, chain)])
        return rules.pick(u, weights, len(weights))

    def _start(self, c: int) -> int:
        chains = self.model.chains
        if chains.start[c] != NONE:
            return int(chains.start[c])
        unit = self.world if chains.by_world[c] else self.trajectory
        u = draws.uniform(self.keys[f"start/{self.parts.chain(c)}"], unit, 0)
        return self.spread(int(chains.start_at[c]), c, u)

    def _never_moves(self, c: int) -> bool:
        return self.chance(int(self.model.chains.never[c]), f"never/{self.parts.chain(c)}")

    # --- what is so -----------------------------------------------------------------------------------

    @property
    def members(self) -> list[int]:
        """The voters that are members now, in order."""
        return [v for v, is_member in enumerate(self.member) if is_member]

    def peers(self, voter: int, state: int) -> Iterator[int]:
        """The other peers, members now, that started below the top stance and are in this state now."""
        for v, chain in enumerate(self.parts.stances):
            if v != voter and self.member[v] and self.peer[v] and self.states[chain] == state:
                yield v

    def factors(self, chain: int, scale: ScalePiece) -> Iterator[tuple[int, int, int]]:
        """What one scale makes of a rate of ``chain`` now: each chain and its state, and the slot of the factor."""
        if scale.chain != PEERS:
            state = self.states[scale.chain]
            if scale.slots[state] != NONE:
                yield scale.chain, state, scale.slots[state]
            return
        for state, slot in enumerate(scale.slots):
            if slot != NONE:
                for peer in self.peers(int(self.model.chains.voter[chain]), state):
                    yield self.parts.stances[peer], state, slot

    def admit(self, voter: int) -> None:
        """Makes a voter a member."""
        self.member[voter] = True
        self.changes += 1

    def put(self, chain: int, state: int) -> None:
        """Puts a chain into a state, and keeps the record of first entries and of rises."""
        before, self.states[chain] = self.states[chain], state
        self.changes += 1
        for i, entry in enumerate(self.parts.watched):
            if entry == (chain, state) and self.outcome.watch[i] == math.inf:
                self.outcome.watch[i] = self.now
                self.outcome.weights[1 + self.model.n_steps + i] = self.weight(self.now)
        if chain in self.parts.stances and before < self.model.threshold <= state:
            self.rose[self.parts.stances.index(chain)] = self.now

    def weight(self, now: float) -> float:
        """Likelihood ratio of the true law to the simulated one, of what has happened up to ``now``."""
        log_weight = 0.0
        for book in self.books:
            log_weight += book.at(now)
        return rules.weight(log_weight)

    # --- time and the log -----------------------------------------------------------------------------

    def at(self, time: float, priority: int) -> Event:
        """An event at exactly ``time``: SimPy's own ``timeout`` would round, adding a delay to now."""
        event = Event(self)
        event._ok, event._value = True, None
        heappush(self._queue, (time, EventPriority(priority), next(self._eid), event))
        return event

    def note(
        self, kind: str, subject: str, before: str, after: str, cause: Callable[[], Cause] = dict
    ) -> None:
        """Notes a happening; the cause is worked out only if somebody keeps a log."""
        if self.log is not None:
            self.log.append(Happening(self.now, self._date(), kind, subject, before, after, cause()))

    def _date(self) -> str:
        # A date's years times 365.25 may come out a hair below the whole day.
        day = math.floor(self.now * rules.DAYS_PER_YEAR + 1e-6)
        return (self.model.start + timedelta(days=day)).isoformat()
