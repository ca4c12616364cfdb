"""The Council meets: who blocks the step that is due, and whether it passes."""

from __future__ import annotations

import numpy as np

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.draws_of import drawn
from sim.engines.montecarlo.ladder import take_step
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.quiet import advance_quiet
from sim.engines.montecarlo.rows import end_row, find_meeting, look_ahead
from sim.engines.montecarlo.state import State, Trajectory
from sim.engines.montecarlo.votes import count_votes, vote_again
from sim.model import rules
from sim.model.model import NONE, PASSED


@compiled
def _last_mover(s: State) -> int:
    last, when = NONE, -np.inf
    for v in range(len(s.votes)):
        if s.votes[v].member and s.votes[v].raised > when:
            last, when = v, s.votes[v].raised
    return last


@inlined
def _is_held(t: Tables, step: int, at: int, s: State, x: Trajectory) -> bool:
    """Whether a meeting that could pass a step does not."""
    if t.steps[step].held == NONE:
        return False
    key = t.held[step, t.meetings[at].calendar]
    u = drawn(key, x.number, t.meetings[at].day)[0]
    return bool(rules.happens(u, x.numbers[t.steps[step].held]))


@compiled
def meet(t: Tables, until: float, s: State, x: Trajectory) -> None:
    """The meetings before ``until`` at which the next step is due, up to the one that passes it.

    Meetings at which things stand as at the one before, so that the step is blocked again, are passed over.
    """
    now, step = s.now[0], s.clocks[t.ladder.position].state
    record = t.steps[step]
    while now.meets < until:
        at, time = now.meeting, now.meets
        if now.quiet_until <= time:
            advance_quiet(t, step, time, s, x)
        if not now.counted:
            end_row(t, step, time, s)
            count_votes(t, step, s)
        elif now.turned != NONE:
            vote_again(t, step, now.turned, time, s)
            now.turned = NONE
        needed = rules.required(record.rule, record.rule_a, record.rule_b, now.members)
        passes = now.waiting == 0 and now.members - now.blocking >= needed
        if now.row == NONE:
            now.row = at
        if passes:
            now.not_over, now.ahead = t.meetings[at].next_day, False  # meetings of one day are one meeting
        else:
            look_ahead(t, at, now.quiet_until, s)
        find_meeting(t, step, s)
        if passes and not _is_held(t, step, at, s, x):
            if step == t.limits[0].last_decision:
                now.last_to_move = _last_mover(s)
            s.steps[step].how = PASSED
            take_step(t, time, s, x)
            return
