"""The ladder: what happens when a step becomes the next, and when it is taken."""

from __future__ import annotations

import numpy as np

from sim.base.compiled import compiled
from sim.engines.montecarlo.changes import changed, look_at_step
from sim.engines.montecarlo.clocks import fire_at, stop_clock
from sim.engines.montecarlo.draws_of import drawn
from sim.engines.montecarlo.packed import Records, Tables
from sim.engines.montecarlo.rows import end_row
from sim.engines.montecarlo.state import State, Trajectory
from sim.engines.montecarlo.tilt import weight_at
from sim.model import rules
from sim.model.model import DECISION, NONE, WAIT, WAIVED

RATIFIED = -1.0
"""Days of a capital that has ratified before the step begins: less than any other's."""


@compiled
def _days(t: Tables, law: int, key: Records, elapsed: int, s: State, x: Trajectory) -> float:
    """A length of time drawn from a law, or what is left of it after so many days."""
    laws = t.laws
    return float(
        rules.sample_law(
            laws.kind,
            laws.first,
            laws.second,
            laws.weight,
            law,
            x.numbers,
            s.weights,
            key.k0,
            key.k1,
            x.number,
            float(elapsed),
        )
    )


@compiled
def _weigh(t: Tables, step: int, s: State, x: Trajectory) -> None:
    """The weights of the members as the one that obstructs: of those named, and the share of the others."""
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


@compiled
def _log_lasting(t: Tables, law: int, days: float, s: State, x: Trajectory) -> float:
    laws = t.laws
    return float(
        rules.log_lasting(
            laws.kind, laws.first, laws.second, laws.weight, law, x.numbers, s.weights, days
        )
    )  # fmt: skip


@compiled
def _see(t: Tables, step: int, s: State, x: Trajectory) -> None:
    """How likely is what has been seen of each member: by its own law, and if it obstructs."""
    record, voters = t.steps[step], len(s.votes)
    days = float(record.elapsed)
    slow = _log_lasting(t, record.obstruction_law, days, s, x)
    for v in range(voters):
        s.seen[0, v] = s.seen[1, v] = 0.0
        if not s.votes[v].member:
            continue
        own = _log_lasting(t, t.voters[v].ratification, days, s, x)
        if not t.ballots[step * voters + v].ratified:
            s.seen[0, v], s.seen[1, v] = own, slow
        elif (
            rules.log_over(own) > -np.inf
        ):  # else it was early against its law, and nothing is learnt from that
            s.seen[0, v], s.seen[1, v] = rules.log_over(own), rules.log_over(slow)


@compiled
def _obstructor(t: Tables, step: int, s: State, x: Trajectory) -> int:
    """The member that obstructs, -1 if none."""
    record, voters = t.steps[step], len(s.votes)
    if record.obstruction == NONE:
        return NONE
    whether, who = drawn(record.obstruction_key, x.number, 0)
    chance = x.numbers[record.obstruction]
    if record.elapsed > 0:
        _see(t, step, s, x)
        _weigh(t, step, s, x)
        chance = rules.blamed(chance, s.weights, s.seen[0], s.seen[1], voters)
        if not rules.happens(whether, chance):
            return NONE
    else:
        if not rules.happens(whether, chance):
            return NONE
        _weigh(t, step, s, x)
    return rules.pick(who, s.weights, voters)


@compiled
def _ratification_days(t: Tables, step: int, s: State, x: Trajectory) -> float:
    """Days until enough capitals have ratified; notes the one that completes them."""
    record, voters = t.steps[step], len(s.votes)
    obstructor = _obstructor(t, step, s, x)
    for v in range(voters):
        ballot = t.ballots[step * voters + v]
        if v == obstructor:
            law, key = record.obstruction_law, record.obstruction_length_key
        else:
            law, key = t.voters[v].ratification, ballot.ratification_key
        if s.votes[v].member:
            s.votes[v].days = RATIFIED if ballot.ratified else _days(t, law, key, record.elapsed, s, x)
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
        if sooner < needed <= no_later and s.votes[v].days != RATIFIED:
            s.now[0].ratifier = v
            return float(s.votes[v].days)
    return 0.0


@compiled
def begin_step(t: Tables, now: float, s: State, x: Trajectory) -> None:
    """Starts the next step: its meetings and bypass, its wait, or its ratification."""
    ladder = t.ladder
    step = s.clocks[ladder.position].state
    s.now[0].counted = False
    s.now[0].meets = rules.NEVER
    s.now[0].quiet_until = -rules.NEVER
    stop_clock(ladder.bypass, s)
    stop_clock(ladder.end, s)
    if step == len(t.steps):
        return
    record = t.steps[step]
    if record.kind == DECISION:
        if record.bypass != NONE:
            s.clocks[ladder.bypass].left = rules.exponential(drawn(record.bypass_key, x.number, 0)[0])
            s.clocks[ladder.bypass].since = now
        look_at_step(t, now, s, x)
        return
    if record.kind == WAIT:
        days = _days(t, record.law, record.wait_key, record.elapsed, s, x)
    else:
        days = _ratification_days(t, step, s, x)
        if record.lag != NONE:
            days += _days(t, record.lag, record.lag_key, record.lag_elapsed, s, x)
    fire_at(ladder.end, rules.after(now, days), s)


@compiled
def take_step(t: Tables, now: float, s: State, x: Trajectory) -> None:
    """The next step is taken, in the way that it says already, and with it every waived step that follows."""
    ladder = t.ladder
    while True:
        step = s.clocks[ladder.position].state
        end_row(t, step, now, s)
        s.steps[step].time = now
        if len(t.tilting) > 0:
            s.likelihood[1 + step] = weight_at(t, now, s)
        s.clocks[ladder.position].state = step + 1
        stop_clock(ladder.bypass, s)
        changed(t, ladder.position, step, now, s, x)
        if step + 1 == len(t.steps) or not s.steps[step + 1].waived:
            break
        s.steps[step + 1].how = WAIVED
    begin_step(t, now, s, x)
