"""How voters would vote on the next step, as things are."""

from __future__ import annotations

import numpy as np

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.rates import allows
from sim.engines.montecarlo.rows import end_row
from sim.engines.montecarlo.state import State
from sim.model.model import NONE

_ONE = np.uint64(1)


@inlined
def _blocks(t: Tables, step: int, voter: int, s: State) -> bool:
    """Whether a member blocks the step: by its stance, or by anything else in its way."""
    ballot = t.ballots[step * len(s.votes) + voter]
    for i in range(ballot.first, ballot.last):
        if allows(t.against[i].states, s.clocks[t.against[i].chain].state):
            return True
    return False


@compiled
def count_votes(t: Tables, step: int, s: State) -> None:
    """Asks every member, and sees what the step waits for besides."""
    for i in range(s.blockers.shape[1]):
        s.blockers[step, i] = np.uint64(0)
    members = blocking = 0
    for v in range(len(s.votes)):
        if s.votes[v].member:
            members += 1
            if _blocks(t, step, v, s):
                s.blocking[blocking] = v
                blocking += 1
                s.blockers[step, v >> 6] |= _ONE << np.uint64(v & 63)
    against = blocking
    for i in range(t.steps[step].first_await, t.steps[step].last_await):
        if not allows(t.awaits[i].states, s.clocks[t.awaits[i].chain].state):
            b = t.awaits[i].blocker
            s.blocking[blocking] = b
            blocking += 1
            s.blockers[step, b >> 6] |= _ONE << np.uint64(b & 63)
    s.now[0].waiting = blocking - against
    s.now[0].members, s.now[0].blocking, s.now[0].counted, s.now[0].turned = members, blocking, True, NONE


@compiled
def vote_again(t: Tables, step: int, v: int, time: float, s: State) -> None:
    """Asks one voter again, at a meeting."""
    now = s.now[0]
    if not s.votes[v].member:
        return
    bit = _ONE << np.uint64(v & 63)
    if _blocks(t, step, v, s) == (s.blockers[step, v >> 6] & bit != 0):
        return
    end_row(t, step, time, s)
    s.blockers[step, v >> 6] ^= bit
    for i in range(now.blocking):
        if s.blocking[i] == v:
            now.blocking -= 1
            s.blocking[i] = s.blocking[now.blocking]
            return
    s.blocking[now.blocking] = v
    now.blocking += 1
