"""Quiet chains: nothing changes them and only meetings read them, so they are advanced when a meeting asks."""

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
def _begin(t: Tables, s: State, x: Trajectory) -> None:
    """Their states and clocks as they were at the start."""
    count = len(t.quiet)
    blocks(t.quiet_keys, t.quiet_index, x.number, s.quiet_lots)
    for i in range(count):
        chain = t.quiet[i]
        record = t.chains[chain]
        u = s.quiet_lots[0, i]
        if record.by_world and record.start == NONE:
            u = drawn(record.start_key, x.world, 0)[0]
        put_at_start(t, chain, u, s, x)
        start_clock(t, chain, s.quiet_lots[0, count + i], s.quiet_lots[1, count + i], s, x)


@compiled
def advance_quiet(t: Tables, until: float, s: State, x: Trajectory) -> None:
    """Lets them make all their moves up to and including ``until``."""
    if not s.now[0].asked:
        _begin(t, s, x)
        s.now[0].asked = True
    first = rules.NEVER
    for i in range(len(t.quiet)):
        if stopped(t):
            break
        chain = t.quiet[i]
        while s.fires[chain] <= until:
            now = s.fires[chain]
            state = leave(t, chain, now, s, x)
            s.clocks[chain].rate_at += state - s.clocks[chain].state
            s.clocks[chain].state = state
            look_at(t, chain, now, s, x)
            vote_changed(t.chains[chain].voter, s)
        first = min(first, s.fires[chain])
    s.now[0].quiet_until = first
