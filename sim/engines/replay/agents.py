"""The agents: voters, the conditions of the world, and the dated agenda; the Council has its own module.

Each is one SimPy process. It waits for whatever of its own comes first, does it, and tells the others; who
hears news looks at its clocks anew. News is heard before anything else can happen, so after every single
change all clocks are right. News goes to those whose rates read what has changed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator

import numpy as np
from simpy import Interrupt
from simpy.events import Event

from sim.engines.replay.future import Cause, Clock, Future, Order
from sim.engines.replay.parts import Dated, holds
from sim.model import rules
from sim.model.model import EVENT, JOIN, MEETING, NONE, PEERS
from sim.model.pieces import MovePiece

Doing = Generator[Event, None, None]
Next = tuple[float, int, Callable[[], Doing]]
"""When, in which order among things of one instant, and what to do then."""


class Agent(ABC):
    """Anybody to whom things happen.

    :param everybody: all agents of this future; the new one adds itself.
    """

    def __init__(self, future: Future, everybody: list[Agent]) -> None:
        self.future, self.everybody = future, everybody
        everybody.append(self)
        self.process = future.process(self.live())

    def live(self) -> Doing:
        """Waits for what comes next, does it, and listens for news meanwhile."""
        self.look(None)
        yield from self.begin()
        while True:
            time, order, act = self.next()
            try:
                yield self.future.at(time, order)
            except Interrupt as news:
                self.look(news.cause)
            else:
                yield from act()

    def tell(self, changed: int) -> Doing:
        """A chain (or who is a peer) has changed: who minds looks at once, then the teller goes on."""
        for agent in self.everybody:
            if agent is not self and agent.minds(changed):
                agent.process.interrupt(changed)
        self.look(changed)
        yield self.future.at(self.future.now, Order.NEWS)

    def begin(self) -> Doing:
        """What the agent does at the start, before anything else happens."""
        yield from ()

    @abstractmethod
    def minds(self, changed: int) -> bool:
        """Whether an own clock can depend on this chain; PEERS stands for who is a member."""

    @abstractmethod
    def look(self, changed: int | None) -> None:
        """Looks at own clocks that can depend on what has changed; at all of them if None."""

    @abstractmethod
    def next(self) -> Next:
        """Whatever of its own comes first."""


class HeldChain:
    """A chain in the hands of its agent: its open moves, and the clock of its next exit."""

    def __init__(self, future: Future, number: int) -> None:
        self.future, self.number, self.name = future, number, future.parts.chain(number)
        self.moves_from = future.parts.moves_from[number]
        self.reads = future.parts.reads((number,))
        self.exits = 0
        self.book = future.books[number]
        self.clock = Clock(self._luck()[0])

    def _luck(self) -> tuple[float, float]:
        """The exponential and the uniform of the next exit."""
        u, v = self.future.uniforms(f"move/{self.name}", self.exits)
        return rules.exponential(u), v

    def open_moves(self) -> list[tuple[MovePiece, float]]:
        """Moves that could be made now, with their true rates."""
        future = self.future
        if future.stays[self.number]:
            return []
        return [
            (move, self.rate(move))
            for move in self.moves_from[future.states[self.number]]
            if holds(move.when, future.states)
        ]

    def rate(self, move: MovePiece) -> float:
        """The rate of an open move now: its base rate under every factor, in file order."""
        rate: float = self.future.numbers[move.rate]
        for scale in move.scales:
            for _, _, slot in self.future.factors(self.number, scale):
                rate = rules.scaled(rate, self.future.numbers[slot])
        return rate

    def tilted(self, move: MovePiece, rate: float) -> float:
        """The rate at which an open move is simulated."""
        return rules.tilted(rate, self.future.parts.least(move))

    def look(self) -> None:
        """Runs the clock at the total exit rate as it is now."""
        total = truth = 0.0
        is_tilted = self.future.parts.tilt is not None
        for move, rate in self.open_moves():
            truth = rules.added(truth, rate)
            if is_tilted:
                total = rules.added(total, self.tilted(move, rate))
        if is_tilted:
            self.book.look(rules.gap(total, truth), self.future.now)
        self.clock.look(total if is_tilted else truth, self.future.now)

    def leave(self) -> None:
        """The clock has run down: one open move is picked and made, and the next exit's luck begins."""
        moves = self.open_moves()
        rates = np.array([self.tilted(move, rate) for move, rate in moves])
        move, rate = moves[rules.pick(self._luck()[1], rates, len(rates))]
        before, after = (self.future.parts.state(self.number, s) for s in (move.source, move.target))
        self.future.note("move", self.name, before, after, lambda: self._cause(move, rate))
        self.book.move(rate, self.tilted(move, rate), self.future.now)
        self.future.put(self.number, move.target)
        self.exits += 1
        self.clock = Clock(self._luck()[0], self.future.now)

    def _cause(self, move: MovePiece, rate: float) -> Cause:
        factors = [
            {
                "chain": self.future.parts.chain(chain),
                "state": self.future.parts.state(chain, state),
                "factor": self.future.numbers[slot],
            }
            for scale in move.scales
            for chain, state, slot in self.future.factors(self.number, scale)
        ]
        return {
            "move": move.name,
            "exit": self.exits,
            "base_rate": self.future.numbers[move.rate],
            "factors": factors,
            "rate": rate,
            "total_rate": self.clock.rate,
            "when": self.future.parts.read(move.when, self.future.states),
        }


class Holder(Agent):
    """An agent with chains: a voter (stance, objection, government, …), or one condition of the world."""

    def __init__(self, future: Future, everybody: list[Agent], chains: tuple[int, ...]) -> None:
        super().__init__(future, everybody)
        self.chains = [HeldChain(future, number) for number in chains]
        self.reads = future.parts.reads(chains)

    def minds(self, changed: int) -> bool:
        """What its own chains are in, what their moves read, and peers where these count."""
        return changed in self.reads

    def look(self, changed: int | None) -> None:
        """Looks at the clock of every chain that minds."""
        for chain in self.chains:
            if changed is None or changed in chain.reads:
                chain.look()

    def next(self) -> Next:
        """The chain that moves first; at one instant the first in file order."""
        first = min(self.chains, key=lambda chain: (chain.clock.time, chain.number))

        def move() -> Doing:
            first.leave()
            yield from self.tell(first.number)

        return first.clock.time, Order.MOVE + first.number, move


class Dates(Agent):
    """What happens on fixed dates whatever anybody does: events, accessions of others, redraws."""

    def __init__(self, future: Future, everybody: list[Agent]) -> None:
        super().__init__(future, everybody)
        self.dates = deque(row for row in future.parts.agenda if row.kind != MEETING)
        self.events = 0

    def minds(self, changed: int) -> bool:
        """Dates do not depend on anything."""
        return False

    def look(self, changed: int | None) -> None:
        """There is no clock to look at."""

    def next(self) -> Next:
        """The next date."""
        time = self.dates[0].time if self.dates else rules.NEVER
        return time, Order.DATED, self.do

    def do(self) -> Doing:
        """Does what is on the agenda."""
        row = self.dates.popleft()
        if row.kind == JOIN:
            yield from self.join(row.what)
        elif row.kind == EVENT:
            yield from self.put("event", row.what, row.state, self._index)
        else:
            yield from self.redraw(row)

    def join(self, voter: int) -> Doing:
        """A voter becomes a member."""
        self.future.admit(voter)
        self.future.note("join", self.future.model.voter_names[voter], "not a member", "member", self._index)
        yield from self.tell(PEERS)

    def redraw(self, row: Dated) -> Doing:
        """An election, or its like: a new state by lot."""
        future, chain = self.future, row.what
        at = int(future.model.chains.redraw_at[chain])
        u = future.uniforms(f"redraw/{future.parts.chain(chain)}", row.day)[0]

        def cause() -> Cause:
            slots = future.parts.spread(at, chain)
            names, calendars = future.model.state_names[chain], future.model.calendar_names
            return {
                "calendar": None if row.state == NONE else calendars[row.state],
                "to": {name: future.numbers[slot] for name, slot in zip(names, slots, strict=True)},
            }

        yield from self.put("redraw", chain, future.spread(at, chain, u), cause)

    def put(self, kind: str, chain: int, state: int, cause: Callable[[], Cause]) -> Doing:
        """Sets a chain, and says so if that changes anything."""
        before, parts = self.future.states[chain], self.future.parts
        self.future.note(
            kind, parts.chain(chain), parts.state(chain, before), parts.state(chain, state), cause
        )
        if state != before:
            self.future.put(chain, state)
            yield from self.tell(chain)

    def _index(self) -> Cause:
        """Which of the scenario's events this is, counted from 0 in the order of their dates."""
        self.events += 1
        return {"event": self.events - 1}
