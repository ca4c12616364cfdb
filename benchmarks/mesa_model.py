"""The baseline with Mesa: allies are agents, and its discrete-event simulator runs the clock.

Mesa's usual clock ticks in equal steps; a meeting here falls on a day, and half a year often passes in which
nothing happens, so its event scheduler (``mesa.experimental.devs.DEVSimulator``) is both the truer choice and
the faster one. Model and agents are made once and reset for each trajectory: making 32 agents anew, as Mesa's
batch runner does, would cost more, and Mesa 3.3 keeps every model that ever had an agent. When a rate changes,
the event that it leads to is cancelled and set anew; what cannot matter any more is not scheduled. Objections
are advanced in closed form when the Council depends on them; with ``everything`` each ally lives through its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import mesa
from mesa.experimental.devs import DEVSimulator, SimulationEvent

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


def simulate(base: Baseline, trajectories: int, seed: int, everything: bool = False) -> Outcomes:
    """Trajectories 0 to n-1, one after another; ``everything``: see ``numpy_vectorised``."""
    worlds = all_worlds(base)
    alliance = Alliance(base, seed, Counts(base) if everything else None)
    out = empty(trajectories)
    for i in range(trajectories):
        alliance.live(worlds[i % len(worlds)]).write(out, i)
    mesa.Agent._ids.pop(alliance)  # Mesa 3.3 never lets go of a model otherwise
    return out


class Ally(mesa.Agent):  # type: ignore[misc]
    """A voter."""

    model: Alliance

    def __init__(self, model: Alliance, number: int) -> None:
        super().__init__(model)
        self.number = number
        self.bit = 1 << number

    def begin(self, world: World) -> None:
        """As it is today."""
        objections = self.model.objections
        if isinstance(objections, Lived):
            if self.model.random.random() < world.objection_today[self.number]:
                objections.bits |= self.bit
            self.plan_objection(objections)

    def plan_objection(self, objections: Lived) -> None:
        """When its objection ends, or the next begins."""
        model = self.model
        rate = model.world.p["objection_ends" if objections.bits & self.bit else "objection_rate"]
        model.plan(self.turn, model.time + exponential(model.random, rate))

    def turn(self) -> None:
        """It does."""
        objections = self.model.objections
        if isinstance(objections, Lived):
            objections.bits ^= self.bit
            self.plan_objection(objections)


class Holdout(Ally):
    """One of the four that do not recognise."""

    def __init__(self, model: Alliance, number: int, which: int) -> None:
        super().__init__(model, number)
        self.which = which
        self.elections = model.dates.elections[which]
        self.event: SimulationEvent | None = None
        self.never_name = f"never_{HOLDOUTS[which]}"

    def begin(self, world: World) -> None:
        """As it is today."""
        super().begin(world)
        self.stance, self.government = world.stances[self.which], world.governments[self.which]
        self.moves = world.moves[self.which]
        self.event = None
        self.never = self.model.random.random() < world.p[self.never_name]
        if not self.never:
            self.govern(0)

    def interested(self) -> bool:
        """Whether anything can change its stance."""
        return not self.never and self.stance != RECOGNISES

    def set_clock(self) -> None:
        """Its next move, at the rates of now."""
        if self.event is not None:
            self.event.cancel()
        model = self.model
        self.up, self.down = self.rates()
        self.event = model.plan(self.move, model.time + exponential(model.random, self.up + self.down))

    def rates(self) -> tuple[float, float]:
        """Upwards (from ``blocks`` or ``acquiesces``), and hardening."""
        model, world = self.model, self.model.world
        softening, recognition, settled_softening, settled_recognition = self.moves
        if model.settlement == COMPREHENSIVE:
            return settled_recognition + (settled_softening if self.stance == BLOCKS else 0.0), 0.0
        pull = world.pull[model.settlement][model.crisis][model.engaged]
        pull *= world.government_pull[self.government] * world.peers[model.recognising]
        if self.stance == BLOCKS:
            return (recognition + softening) * pull, 0.0
        p = world.p
        harden = p["hardening_rate"] * (p["crisis_hardening"] if model.crisis else 1.0)
        return recognition * pull, harden * (p["harder_hardening"] if self.government == HARDER else 1.0)

    def move(self) -> None:
        """One move of its stance."""
        model = self.model
        random = model.random.random
        self.event = None
        if random() * (self.up + self.down) >= self.up:
            self.stance = BLOCKS
        elif self.stance == BLOCKS and self.softens(random()):
            self.stance = ACQUIESCES
        else:
            self.stance = RECOGNISES
            model.recognising += 1
            model.row.first[2 + self.which] = model.time
            model.wake_holdouts()
            return
        self.set_clock()

    def softens(self, u: float) -> bool:
        """Whether a rise from ``blocks`` leads half-way only."""
        softening, recognition, settled_softening, settled_recognition = self.moves
        if self.model.settlement == COMPREHENSIVE:
            softening, recognition = settled_softening, settled_recognition
        return u * (softening + recognition) < softening

    def govern(self, term: int) -> None:
        """Plans what comes first: the end of the effect of a new government, or the next election."""
        model = self.model
        date = self.elections[term] if term < len(self.elections) else model.dates.horizon + 1.0
        if self.government != SAME:
            wears_off = model.time + exponential(model.random, model.world.p["government_settles"])
            if wears_off < date:
                model.plan(self.wear_off, wears_off, term)
                return
        model.plan(self.elect, date, term)

    def wear_off(self, term: int) -> None:
        """A government is new no more."""
        if self.interested() and self.model.settlement != COMPREHENSIVE:
            self.government = SAME
            self.set_clock()
            self.govern(term)

    def elect(self, term: int) -> None:
        """An election; of no interest after a settlement or recognition."""
        model = self.model
        if not self.interested() or model.settlement == COMPREHENSIVE:
            return
        p, u = model.world.p, model.random.random()
        softer, harder = p["government_softer"], p["government_harder"]
        government = SOFTER if u < softer else HARDER if u < softer + harder else SAME
        if government != self.government:
            self.government = government
            self.set_clock()
        self.govern(term + 1)


class Alliance(mesa.Model):  # type: ignore[misc]
    """The Council, its allies, and the conditions around them."""

    def __init__(self, base: Baseline, seed: int, counts: Counts | None) -> None:
        super().__init__(seed=seed)
        self.counts = counts
        self.dates = Dates.of(base)
        self.simulator = DEVSimulator()
        self.allies: list[Ally] = [
            Holdout(self, v, HOLDOUTS.index(code)) if code in HOLDOUTS else Ally(self, v)
            for v, code in enumerate(base.voters)
        ]
        self.holdouts = [ally for ally in self.allies if isinstance(ally, Holdout)]
        self.holdouts.sort(key=lambda holdout: holdout.which)

    @property
    def time(self) -> float:
        """Years since start."""
        return float(self.simulator.time)

    def plan(self, what: Callable[..., None], when: float, *args: float) -> SimulationEvent | None:
        """Something that happens then, if that is within the horizon."""
        if when > self.dates.horizon:
            return None
        return self.simulator.schedule_event_absolute(what, when, function_args=list(args))

    def live(self, world: World) -> Row:
        """One trajectory."""
        self.world = world
        self.simulator.reset()
        self.simulator.setup(self)
        self.settlement, self.crisis, self.engaged = world.settlement, 0, 0
        self.recognising = 0
        self.row = Row()
        self.objections = Lived() if self.counts else Objections(world, self.random)
        self.register = Register(self.row, self.objections, self.counts)
        self.step_due: int | None = None
        self.settling: SimulationEvent | None = None
        self.filing: SimulationEvent | None = None
        for ally in self.allies:
            ally.begin(world)
        self.wake_holdouts()
        self.set_settlement_clock()
        self.plan_north()
        self.plan(self.inaugurate, self.dates.inaugurations[0], 0)
        self.set_filing_clock()
        self.simulator.run_until(self.dates.horizon)
        self.register.close()
        if self.row.how[INVITATION]:
            finish(self.row, world, self.random, self.dates)
        return self.row

    def wake_holdouts(self) -> None:
        """Their rates have changed."""
        for holdout in self.holdouts:
            if not holdout.never and holdout.stance != RECOGNISES:
                holdout.set_clock()

    # --- conditions -----------------------------------------------------------------------------------------

    def set_settlement_clock(self) -> None:
        """A text comes or goes, or there is a settlement."""
        if self.settling is not None:
            self.settling.cancel()
        p = self.world.p
        self.text = p["interim_rate"] if self.settlement == NONE else p["interim_collapse"]
        self.any = self.text + self.world.settle[self.crisis][self.engaged]
        self.settling = self.plan(self.settle, self.time + exponential(self.random, self.any))

    def settle(self) -> None:
        """One of the two."""
        self.settling = None
        if self.random.random() * self.any < self.text:
            self.settlement = INTERIM if self.settlement == NONE else NONE
            self.set_settlement_clock()
        else:
            self.settlement = COMPREHENSIVE
            self.row.first[0] = self.time
            if self.step_due is None and not self.row.how[PFP]:
                self.set_filing_clock()
        self.wake_holdouts()

    def plan_north(self) -> None:
        """The next turn in the north."""
        rate = self.world.p["north_calms" if self.crisis else "north_flares"]
        self.plan(self.turn_north, self.time + exponential(self.random, rate))

    def turn_north(self) -> None:
        """Calm or crisis, which matter until there is a settlement."""
        if self.settlement != COMPREHENSIVE:
            self.crisis = 1 - self.crisis
            self.plan_north()
            self.set_settlement_clock()
            self.wake_holdouts()

    def inaugurate(self, term: int) -> None:
        """A new line in Washington, or the old one."""
        if self.settlement == COMPREHENSIVE:
            return
        engaged = int(self.random.random() < self.world.p["washington_engages"])
        if engaged != self.engaged:
            self.engaged = engaged
            self.set_settlement_clock()
            self.wake_holdouts()
        if term + 1 < len(self.dates.inaugurations):
            self.plan(self.inaugurate, self.dates.inaugurations[term + 1], term + 1)

    # --- the candidate --------------------------------------------------------------------------------------

    def set_filing_clock(self) -> None:
        """The application."""
        settled = self.settlement == COMPREHENSIVE
        if settled and self.filing is not None:
            self.filing.cancel()
        rate = self.world.p["application_after_settlement" if settled else "application_rate"]
        self.filing = self.plan(self.file, self.time + exponential(self.random, rate))

    def file(self) -> None:
        """The Partnership is asked for; something may come to stand for it without a decision."""
        self.row.first[1] = self.time
        self.become_due(PFP)
        self.plan(self.bypass, self.time + exponential(self.random, self.world.p["bypass_rate"]))

    def bypass(self) -> None:
        """It does."""
        if self.step_due == PFP:
            self.take(PFP, BYPASSED)

    def get_plan(self) -> None:
        """Ready for the action plan."""
        if self.row.how[MAP]:
            self.plan(self.reform, self.time + exponential(self.random, self.world.p["reform_rate"]), 1)
        else:
            self.become_due(MAP)

    def reform(self, left: int) -> None:
        """Two stages of reform."""
        if left:
            self.plan(
                self.reform, self.time + exponential(self.random, self.world.p["reform_rate"]), left - 1
            )
        else:
            self.become_due(INVITATION)

    # --- the Council ----------------------------------------------------------------------------------------

    def become_due(self, step: int) -> None:
        """From now on each meeting of its kind asks."""
        self.step_due = step
        self.plan_meeting(step, bisect_right(self.dates.meetings[CALENDAR[step]], self.time))

    def plan_meeting(self, step: int, number: int) -> None:
        """The next one."""
        meetings = self.dates.meetings[CALENDAR[step]]
        if number < len(meetings):
            self.plan(self.meet, meetings[number], step, number)

    def meet(self, step: int, number: int) -> None:
        """Everybody is asked."""
        if self.step_due != step:
            return
        needs = RECOGNISES if step == INVITATION else ACQUIESCES
        stances = 0
        for holdout in self.holdouts:
            if holdout.stance < needs:
                stances |= holdout.bit
        blocked = self.register.blocked(step, self.time, stances)
        if not blocked and self.random.random() >= self.world.p[HELD[step]]:
            self.take(step, PASSED)
        else:
            self.plan_meeting(step, number + 1)

    def take(self, step: int, how: int) -> None:
        """A step is taken, and perhaps the action plan waived with it."""
        self.register.close()
        self.step_due = None
        self.row.time[step], self.row.how[step] = self.time, how
        if step == PFP:
            if self.random.random() < self.world.p["map_waived"]:
                self.row.time[MAP], self.row.how[MAP] = self.time, WAIVED
            self.plan(self.get_plan, self.time + exponential(self.random, self.world.p["plan_rate"]))
        elif step == MAP:
            self.plan(self.reform, self.time + exponential(self.random, self.world.p["reform_rate"]), 1)
        else:
            self.simulator.event_list.clear()  # nothing else matters
