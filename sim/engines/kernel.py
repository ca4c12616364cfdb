"""One trajectory, compiled: from happening to happening in exact continuous time.

A happening is a clock that fires (an exit of a chain, a bypass, the end of a wait or ratification), something
with a date (an event, a voter that joins, a redraw), or a meeting at which a step is due. On one date they
come in the order: dated things, clocks, meetings.
"""

from __future__ import annotations

from sim.compiled import compiled, inlined
from sim.engines.changes import drawn_state, leave, peers_changed, set_state
from sim.engines.clocks import first_clock, ladder_clock
from sim.engines.ladder import begin_step, take_step
from sim.engines.meetings import meet
from sim.engines.packed import Tables
from sim.engines.start import begin
from sim.engines.state import State
from sim.engines.tilt import weight_at
from sim.model import BYPASSED, JOIN, NONE, NOT_REACHED, PASSED, REDRAW, WAIVED, Floats


@inlined
def _dated(t: Tables, item: int, s: State, numbers: Floats) -> None:
    """An event, a voter that joins, or a redraw."""
    record = t.dates[item]
    if record.kind == JOIN:
        s.votes[record.what].member = True
        s.now[0].counted = False
        if s.votes[record.what].below:
            stance = s.clocks[t.voters[record.what].stance].state
            peers_changed(t, record.what, NONE, stance, record.time, s, numbers)
        return
    chain, state = record.what, record.state
    if record.kind == REDRAW:
        state = drawn_state(t, chain, t.chains[chain].redraw_at, s.lots[0, record.lot], s, numbers)
    if state != s.clocks[chain].state:
        set_state(t, chain, state, record.time, s, numbers)


@inlined
def _fire(t: Tables, clock: int, now: float, s: State, numbers: Floats, trajectory: int) -> None:
    """A clock fires: a chain moves, or the next step is taken."""
    ladder = ladder_clock(s)
    if clock < ladder:
        state = leave(t, clock, now, s, numbers, trajectory)
        set_state(t, clock, state, now, s, numbers)
    elif clock == ladder:
        take_step(t, now, BYPASSED, s, numbers, trajectory)
    else:
        if s.now[0].ratifier != NONE:
            s.now[0].last_to_ratify = s.now[0].ratifier
            s.now[0].ratifier = NONE
        take_step(t, now, PASSED, s, numbers, trajectory)


@compiled
def run_trajectory(t: Tables, s: State, numbers: Floats, trajectory: int, world: int) -> None:
    """Runs one trajectory; what it did is left in ``s``."""
    begin(t, s, numbers, trajectory, world)
    if len(t.steps) > 0 and s.steps[0].waived:
        take_step(t, 0.0, WAIVED, s, numbers, trajectory)
    else:
        begin_step(t, 0.0, s, numbers, trajectory)
    item = 0
    while True:
        clock = first_clock(t, s)
        now, meets = s.fires[clock], s.now[0].meets
        if item < len(t.dates) and t.dates[item].time <= min(now, meets):
            _dated(t, item, s, numbers)
            item += 1
        elif meets < now:
            meet(t, s, numbers, trajectory, world)
        elif now > t.limits[0].horizon:
            break
        else:
            _fire(t, clock, now, s, numbers, trajectory)
    if len(t.tilting) > 0:
        done = len(s.steps) > 0 and s.steps[len(s.steps) - 1].how != NOT_REACHED
        s.likelihood[0] = s.likelihood[len(s.steps)] if done else weight_at(t, t.limits[0].horizon, s)
