"""The baseline with SimPy and Python's own ``random``: one process for whatever acts.

Exponential waits have no memory, so a process whose rate has changed is interrupted and waits anew. Only those
whose rate reads what has changed are. What cannot matter any more stops: the north after a settlement, a
holdout that recognises, everything after an invitation. Two-state objections are advanced in closed form when
the Council depends on them; with ``everything`` each is a process too, for then every meeting asks everybody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator
from random import Random
from typing import Any

import simpy

from benchmarks.scalar import (
    ACQUIESCES,
    BLOCKS,
    CALENDAR,
    COMPREHENSIVE,
    HARDER,
    HELD,
    INTERIM,
    NONE,
    RECOGNISES,
    SAME,
    SOFTER,
    Counts,
    Dates,
    Lived,
    Objections,
    Register,
    Row,
    World,
    all_worlds,
    exponential,
    finish,
)  # fmt: skip
from benchmarks.shared import (
    BYPASSED,
    HOLDOUTS,
    INVITATION,
    MAP,
    PASSED,
    PFP,
    WAIVED,
    Baseline,
    Outcomes,
    empty,
)

Process = Generator[simpy.Event, Any, None]


def simulate(base: Baseline, trajectories: int, seed: int, everything: bool = False) -> Outcomes:
    """Trajectories 0 to n-1, one after another; ``everything``: see ``numpy_vectorised``."""
    counts = Counts(base) if everything else None
    worlds, dates, rng = all_worlds(base), Dates.of(base), Random(seed)
    out = empty(trajectories)
    for i in range(trajectories):
        Future(worlds[i % len(worlds)], dates, rng, counts).run().write(out, i)
    return out


class Future:
    """One trajectory."""

    def __init__(self, world: World, dates: Dates, rng: Random, counts: Counts | None) -> None:
        self.world, self.dates, self.rng = world, dates, rng
        self.env = simpy.Environment()
        self.settlement, self.crisis, self.engaged = world.settlement, 0, 0
        self.holdouts = [Holdout(self, h) for h in range(len(HOLDOUTS))]
        self.recognising = 0
        self.row = Row()
        self.objections = Lived() if counts else Objections(world, rng)
        self.register = Register(self.row, self.objections, counts)
        self.due = {step: self.env.event() for step in (PFP, MAP, INVITATION)}
        self.taken = {step: self.env.event() for step in (PFP, MAP, INVITATION)}

    def run(self) -> Row:
        """To the invitation or the horizon."""
        process = self.env.process
        self.settling = process(self.settle())
        self.filing = process(self.file())
        process(self.turn_north())
        process(self.inaugurate())
        process(self.get_ready())
        process(self.meet())
        if isinstance(self.objections, Lived):
            for voter, chance in enumerate(self.world.objection_today):
                process(self.object(self.objections, 1 << voter, chance))
        end = self.env.timeout(self.dates.horizon)
        self.env.run(until=self.taken[INVITATION] | end)
        self.register.close()
        if self.taken[INVITATION].triggered:
            finish(self.row, self.world, self.rng, self.dates)
        return self.row

    def wait(self, rate: float) -> simpy.Event:
        """Something that comes at this rate."""
        if rate > 0.0:
            return self.env.timeout(exponential(self.rng, rate))
        return self.env.event()

    def until(self, date: float) -> simpy.Event:
        """A date."""
        return self.env.timeout(date - self.env.now)

    def wake_holdouts(self) -> None:
        """Their rates have changed."""
        for holdout in self.holdouts:
            holdout.wake()

    # --- conditions -----------------------------------------------------------------------------------------

    def settle(self) -> Process:
        """Texts come and go; a settlement stays."""
        p = self.world.p
        while self.settlement != COMPREHENSIVE:
            text = p["interim_rate"] if self.settlement == NONE else p["interim_collapse"]
            rate = text + self.world.settle[self.crisis][self.engaged]
            try:
                yield self.wait(rate)
            except simpy.Interrupt:
                continue
            if self.rng.random() * rate < text:
                self.settlement = INTERIM if self.settlement == NONE else NONE
            else:
                self.settlement = COMPREHENSIVE
                self.row.first[0] = self.env.now
                if self.filing.is_alive:
                    self.filing.interrupt()
            self.wake_holdouts()

    def turn_north(self) -> Process:
        """Calm and crisis, which matter until there is a settlement."""
        p = self.world.p
        while True:
            yield self.wait(p["north_calms"] if self.crisis else p["north_flares"])
            if self.settlement == COMPREHENSIVE:
                return
            self.crisis = 1 - self.crisis
            self.settling.interrupt()
            self.wake_holdouts()

    def inaugurate(self) -> Process:
        """A new line in Washington, or the old one."""
        for date in self.dates.inaugurations:
            yield self.until(date)
            if self.settlement == COMPREHENSIVE:
                return
            engaged = int(self.rng.random() < self.world.p["washington_engages"])
            if engaged != self.engaged:
                self.engaged = engaged
                self.settling.interrupt()
                self.wake_holdouts()

    # --- the candidate ------------------------------------------------------------------------------------------

    def file(self) -> Process:
        """The application, and a way round the Council once it is filed."""
        settled = self.settlement == COMPREHENSIVE
        while True:
            try:
                yield self.wait(
                    self.world.p["application_after_settlement" if settled else "application_rate"]
                )
                break
            except simpy.Interrupt:
                settled = True
        self.row.first[1] = self.env.now
        self.due[PFP].succeed()
        self.env.process(self.bypass())

    def bypass(self) -> Process:
        """Something that stands for the Partnership without a decision."""
        yield self.wait(self.world.p["bypass_rate"])
        if not self.taken[PFP].triggered:
            self.take(PFP, BYPASSED)

    def get_ready(self) -> Process:
        """From the Partnership to readiness for an invitation."""
        p = self.world.p
        yield self.taken[PFP]
        yield self.wait(p["plan_rate"])
        if not self.taken[MAP].triggered:
            self.due[MAP].succeed()
        yield self.taken[MAP]
        yield self.wait(p["reform_rate"])
        yield self.wait(p["reform_rate"])
        self.due[INVITATION].succeed()

    def object(self, objections: Lived, bit: int, chance: float) -> Process:
        """One voter's objections for reasons other than recognition."""
        p = self.world.p
        if self.rng.random() < chance:
            objections.bits |= bit
        while True:
            yield self.wait(p["objection_ends"] if objections.bits & bit else p["objection_rate"])
            objections.bits ^= bit

    # --- the Council --------------------------------------------------------------------------------------------

    def meet(self) -> Process:
        """Meetings at which a step is due."""
        for step in (PFP, MAP, INVITATION):
            yield self.due[step] | self.taken[step]
            meetings = self.dates.meetings[CALENDAR[step]]
            following = bisect_right(meetings, self.env.now)
            while not self.taken[step].triggered:
                if following == len(meetings):
                    return
                yield self.until(meetings[following])
                following += 1
                if not self.taken[step].triggered:
                    self.decide(step)

    def decide(self, step: int) -> None:
        """Everybody is asked."""
        needs = RECOGNISES if step == INVITATION else ACQUIESCES
        stances = 0
        for holdout, bit in zip(self.holdouts, self.dates.holdouts, strict=True):
            if holdout.stance < needs:
                stances |= bit
        if self.register.blocked(step, self.env.now, stances):
            return
        if self.rng.random() >= self.world.p[HELD[step]]:
            self.take(step, PASSED)

    def take(self, step: int, how: int) -> None:
        """A step is taken, and perhaps the action plan waived with it."""
        self.register.close()
        self.row.time[step], self.row.how[step] = self.env.now, how
        self.taken[step].succeed()
        if step == PFP and self.rng.random() < self.world.p["map_waived"]:
            self.take(MAP, WAIVED)


class Holdout:
    """One of the four that do not recognise."""

    def __init__(self, future: Future, number: int) -> None:
        self.future, self.number = future, number
        self.stance = future.world.stances[number]
        self.government = future.world.governments[number]
        self.process: simpy.Process | None = None
        if future.rng.random() >= future.world.p[f"never_{HOLDOUTS[number]}"]:
            self.process = future.env.process(self.move())
            future.env.process(self.govern())

    def wake(self) -> None:
        """Its rates may have changed."""
        process = self.process
        if process is not None and process.is_alive and process is not self.future.env.active_process:
            process.interrupt()

    def rates(self) -> tuple[float, float]:
        """Upwards (from ``blocks`` or ``acquiesces``), and hardening."""
        future, world = self.future, self.future.world
        softening, recognition, settled_softening, settled_recognition = world.moves[self.number]
        if future.settlement == COMPREHENSIVE:
            return settled_recognition + (settled_softening if self.stance == BLOCKS else 0.0), 0.0
        pull = world.pull[future.settlement][future.crisis][future.engaged]
        pull *= world.government_pull[self.government] * world.peers[future.recognising]
        if self.stance == BLOCKS:
            return (recognition + softening) * pull, 0.0
        p = world.p
        harden = p["hardening_rate"] * (p["crisis_hardening"] if future.crisis else 1.0)
        return recognition * pull, harden * (p["harder_hardening"] if self.government == HARDER else 1.0)

    def move(self) -> Process:
        """Its stance, until it recognises."""
        future = self.future
        random = future.rng.random
        while True:
            up, down = self.rates()
            try:
                yield future.wait(up + down)
            except simpy.Interrupt:
                continue
            if random() * (up + down) >= up:
                self.stance = BLOCKS
            elif self.stance == BLOCKS and self.softens(random()):
                self.stance = ACQUIESCES
            else:
                self.stance = RECOGNISES
                future.recognising += 1
                future.row.first[2 + self.number] = future.env.now
                future.wake_holdouts()
                return

    def softens(self, u: float) -> bool:
        """Whether a rise from ``blocks`` leads half-way only."""
        softening, recognition, settled_softening, settled_recognition = self.future.world.moves[self.number]
        if self.future.settlement == COMPREHENSIVE:
            softening, recognition = settled_softening, settled_recognition
        return u * (softening + recognition) < softening

    def govern(self) -> Process:
        """New governments, whose effect wears off; of no interest after a settlement or recognition."""
        future, p = self.future, self.future.world.p
        for date in future.dates.elections[self.number]:
            if self.government != SAME:
                wears_off = future.env.now + exponential(future.rng, p["government_settles"])
                if wears_off < date:
                    yield future.until(wears_off)
                    self.change_government(SAME)
            yield future.until(date)
            if self.stance == RECOGNISES or future.settlement == COMPREHENSIVE:
                return
            u = future.rng.random()
            softer, harder = p["government_softer"], p["government_harder"]
            self.change_government(SOFTER if u < softer else HARDER if u < softer + harder else SAME)
        if self.government != SAME:
            yield future.wait(p["government_settles"])
            self.change_government(SAME)

    def change_government(self, to: int) -> None:
        """A change that matters wakes the holdout."""
        if to != self.government:
            self.government = to
            if self.future.settlement != COMPREHENSIVE:
                self.wake()
