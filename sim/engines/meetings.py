"""The Council meets: who blocks the step that is due, and whether it passes."""

from __future__ import annotations

import numpy as np

from sim import rules
from sim.compiled import compiled, inlined
from sim.draws import block
from sim.engines.changes import find_meeting
from sim.engines.clocks import ladder_clock
from sim.engines.ladder import take_step
from sim.engines.packed import Tables
from sim.engines.quiet import advance_quiet
from sim.engines.state import State
from sim.model import NONE, PASSED, Floats

_ONE = np.uint64(1)


@compiled
def _last_mover(s: State) -> int:
    last, when = NONE, -np.inf
    for v in range(len(s.votes)):
        if s.votes[v].member and s.votes[v].raised > when:
            last, when = v, s.votes[v].raised
    return last


@compiled
def _count_blockers(t: Tables, step: int, s: State) -> None:
    """Who blocks the step now."""
    voters = len(s.votes)
    for i in range(s.blockers.shape[1]):
        s.blockers[step, i] = np.uint64(0)
    members = blocking = 0
    for v in range(voters):
        if not s.votes[v].member:
            continue
        members += 1
        blocks = s.clocks[t.voters[v].stance].state < t.steps[step].needs
        ballot = t.ballots[step * voters + v]
        for i in range(ballot.first, ballot.last):
            if (t.unless[i].states >> np.uint64(s.clocks[t.unless[i].chain].state)) & _ONE:
                blocks = True
        if blocks:
            s.blocking[blocking] = v
            blocking += 1
            s.blockers[step, v >> 6] |= _ONE << np.uint64(v & 63)
    s.now[0].members, s.now[0].blocking, s.now[0].counted = members, blocking, True


@inlined
def meet(t: Tables, s: State, numbers: Floats, trajectory: int, world: int) -> None:
    """A meeting at which the next step is due: it passes, is held, or is blocked."""
    step, at = s.clocks[ladder_clock(s)].state, s.now[0].meeting
    now, calendar, year = t.meetings[at].time, t.meetings[at].calendar, t.meetings[at].year
    s.now[0].not_over = at + 1
    find_meeting(t, step, s)
    advance_quiet(t, now, s, numbers, trajectory, world)
    if not s.now[0].counted:
        _count_blockers(t, step, s)
    s.due[step, year] += 1
    for i in range(s.now[0].blocking):
        s.blocked[step, year, s.blocking[i]] += 1
    record = t.steps[step]
    needed = rules.required(record.rule, record.rule_a, record.rule_b, s.now[0].members)
    if s.now[0].members - s.now[0].blocking < needed:
        return
    if record.held != NONE:
        k0, k1 = t.held[step, calendar, 0], t.held[step, calendar, 1]
        u = block(k0, k1, trajectory, t.meetings[at].day, 0)[0]
        if rules.happens(u, numbers[record.held]):
            return
    if step == t.limits[0].last_decision:
        s.now[0].last_to_move = _last_mover(s)
    take_step(t, now, PASSED, s, numbers, trajectory)
