"""Quiet chains: nothing changes them and only meetings read them, so they are advanced when a meeting asks.

They begin when a step asks for the first time: what later steps would ask for is not drawn if these are never reached.
"""

from __future__ import annotations

from sim.base.compiled import compiled
from sim.engines.montecarlo.changes import leave, vote_changed
from sim.engines.montecarlo.clocks import look_at
from sim.engines.montecarlo.draws_of import drawn
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.start import put_at_start, start_clock
from sim.engines.montecarlo.state import State, Trajectory
from sim.engines.montecarlo.stop import stopped
from sim.model import rules
from sim.model.draws import blocks
from sim.model.model import NONE


@compiled
def _begin(t: Tables, last: int, s: State, x: Trajectory) -> None:
    """The states and clocks of those before the last that have not begun, as they were at the start."""
    first = s.now[0].begun
    starts, lasts, picks = s.quiet_lots[0, 0], s.quiet_lots[1, 0], s.quiet_lots[1, 1]
    blocks(t.quiet_keys[0, :, first:last], t.quiet_index, x.number, s.quiet_lots[0])
    blocks(t.quiet_keys[1, :, first:last], t.quiet_index, x.number, s.quiet_lots[1])
    rules.exponentials(lasts[: last - first])
    for i in range(last - first):
        chain, u = t.quiet[first + i], starts[i]
        record = t.chains[chain]
        if record.by_world and record.start == NONE:
            u = drawn(record.start_key, x.world, 0)[0]
        put_at_start(t, chain, u, s, x)
        start_clock(t, chain, lasts[i], picks[i], s, x)
    s.now[0].begun = last


@compiled
def advance_quiet(t: Tables, step: int, until: float, s: State, x: Trajectory) -> None:
    """Lets those that a step asks for make all their moves up to and including ``until``."""
    first, last = t.steps[step].first_quiet, t.steps[step].last_quiet
    if s.now[0].begun < last:
        _begin(t, last, s, x)
    soonest = rules.NEVER
    for i in range(first, last):
        chain = t.quiet[i]
        while s.fires[chain] <= until and not stopped(t):
            now = s.fires[chain]
            state = leave(t, chain, now, s, x)
            s.clocks[chain].rate_at += t.chains[chain].width * (state - s.clocks[chain].state)
            s.clocks[chain].state = state
            look_at(t, chain, now, s, x)
            vote_changed(t.chains[chain].voter, s)
        soonest = min(soonest, s.fires[chain])
    s.now[0].quiet_until = soonest
