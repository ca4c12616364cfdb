"""The ladder: what happens when a step becomes the next, and when it is taken."""

from __future__ import annotations

import numpy as np

from sim.base.compiled import compiled
from sim.engines.montecarlo.changes import changed, look_at_step
from sim.engines.montecarlo.clocks import fire_at, ladder_clock, stop_clock
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.state import State, Trajectory
from sim.engines.montecarlo.tilt import weight_at
from sim.model import rules
from sim.model.draws import block
from sim.model.model import DECISION, NONE, WAIT, WAIVED


@compiled
def _days(t: Tables, law: int, k0: np.uint32, k1: np.uint32, s: State, x: Trajectory) -> float:
    laws = t.laws
    return float(
        rules.sample_law(
            laws.kind, laws.first, laws.second, laws.weight, law, x.numbers, s.weights, k0, k1, x.number
        )
    )


@compiled
def _obstructor(t: Tables, step: int, u: float, s: State, x: Trajectory) -> int:
    """The member that obstructs, by the weights of those named and the share of the others."""
    voters = len(s.votes)
    others = 0
    for v in range(voters):
        if s.votes[v].member and t.ballots[step * voters + v].obstructor == NONE:
            others += 1
    for v in range(voters):
        slot = t.ballots[step * voters + v].obstructor
        if not s.votes[v].member:
            s.weights[v] = 0.0
        elif slot == NONE:
            s.weights[v] = x.numbers[t.steps[step].others] / others
        else:
            s.weights[v] = x.numbers[slot]
    return rules.pick(u, s.weights, voters)


@compiled
def _ratification_days(t: Tables, step: int, s: State, x: Trajectory) -> float:
    """Days until enough capitals have ratified; notes the one that completes them."""
    record, voters = t.steps[step], len(s.votes)
    obstructor = NONE
    if record.obstruction != NONE:
        whether, who = block(record.obstruct0, record.obstruct1, x.number, 0, 0)
        if rules.happens(whether, x.numbers[record.obstruction]):
            obstructor = _obstructor(t, step, who, s, x)
    for v in range(voters):
        if v == obstructor:
            law, k0, k1 = record.obstruction_law, record.length0, record.length1
        else:
            ballot = t.ballots[step * voters + v]
            law, k0, k1 = t.voters[v].ratification, ballot.ratify0, ballot.ratify1
        if s.votes[v].member:
            s.votes[v].days = _days(t, law, k0, k1, s, x)
    return _completed(record.rule, record.rule_a, record.rule_b, s)


@compiled
def _completed(rule: int, a: int, b: int, s: State) -> float:
    """The days of the capital that completes the number required; it is noted as the ratifier."""
    members = 0
    for v in range(len(s.votes)):
        members += s.votes[v].member
    needed = rules.required(rule, a, b, members)
    s.now[0].ratifier = NONE
    for v in range(len(s.votes)):
        if not s.votes[v].member:
            continue
        sooner = no_later = 0
        for w in range(len(s.votes)):
            if s.votes[w].member:
                sooner += s.votes[w].days < s.votes[v].days
                no_later += s.votes[w].days <= s.votes[v].days
        if sooner < needed <= no_later:
            s.now[0].ratifier = v
            return float(s.votes[v].days)
    return 0.0


@compiled
def begin_step(t: Tables, now: float, s: State, x: Trajectory) -> None:
    """Starts the next step: its meetings and bypass, its wait, or its ratification."""
    ladder = ladder_clock(s)
    step = s.clocks[ladder].state
    s.now[0].counted = False
    s.now[0].meets = rules.NEVER
    stop_clock(ladder, s)
    stop_clock(ladder + 1, s)
    if step == len(t.steps):
        return
    record = t.steps[step]
    if record.kind == DECISION:
        if record.bypass != NONE:
            s.clocks[ladder].left = rules.exponential(block(record.by0, record.by1, x.number, 0, 0)[0])
            s.clocks[ladder].since = now
        look_at_step(t, now, s, x)
        return
    if record.kind == WAIT:
        days = _days(t, record.law, record.wait0, record.wait1, s, x)
    else:
        days = _ratification_days(t, step, s, x)
        if record.lag != NONE:
            days += _days(t, record.lag, record.lagging0, record.lagging1, s, x)
    fire_at(ladder + 1, rules.after(now, days), s)


@compiled
def take_step(t: Tables, now: float, s: State, x: Trajectory) -> None:
    """The next step is taken, in the way that it says already, and with it every waived step that follows."""
    ladder = ladder_clock(s)
    while True:
        step = s.clocks[ladder].state
        s.steps[step].time = now
        if len(t.tilting) > 0:
            s.likelihood[1 + step] = weight_at(t, now, s)
        s.clocks[ladder].state = step + 1
        stop_clock(ladder, s)
        changed(t, ladder, step, now, s, x)
        if step + 1 == len(t.steps) or not s.steps[step + 1].waived:
            break
        s.steps[step + 1].how = WAIVED
    begin_step(t, now, s, x)
