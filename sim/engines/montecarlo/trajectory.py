"""One trajectory, compiled: from happening to happening in exact continuous time.

A happening is a clock that fires (an exit of a chain, a bypass, the end of a wait or ratification), something
with a date (an event, a voter that joins, a redraw), or a meeting at which a step is due. On one date they
come in the order: dated things, clocks, meetings.
"""

from __future__ import annotations

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.changes import drawn_state, leave, peers_changed, set_state, vote_changed_now
from sim.engines.montecarlo.clocks import first_clock
from sim.engines.montecarlo.ladder import begin_step, take_step
from sim.engines.montecarlo.meetings import meet
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.rows import end_row
from sim.engines.montecarlo.start import begin
from sim.engines.montecarlo.state import State, Trajectory
from sim.engines.montecarlo.tilt import weight_at
from sim.model import rules
from sim.model.model import BYPASSED, JOIN, NONE, NOT_REACHED, PASSED, REDRAW, WAIVED


@inlined
def _dated(t: Tables, s: State, x: Trajectory) -> None:
    """The next thing with a date: an event, a voter that joins, or a redraw."""
    record = t.dates[s.now[0].dated]
    s.now[0].dated += 1
    if record.kind == JOIN:
        s.votes[record.what].member = True
        vote_changed_now(t, NONE, record.time, s)
        if s.votes[record.what].below:
            stance = s.clocks[t.voters[record.what].stance].state
            peers_changed(t, record.what, NONE, stance, record.time, s, x)
        return
    chain, state = record.what, record.state
    if s.clocks[chain].rests:
        return
    if record.kind == REDRAW:
        state = drawn_state(t, chain, t.chains[chain].redraw_at, s.lots[0, record.lot], s, x)
    if state != s.clocks[chain].state:
        set_state(t, chain, state, record.time, s, x)


@inlined
def _fire(t: Tables, clock: int, now: float, s: State, x: Trajectory) -> None:
    """A clock fires: a chain moves, or the next step is taken."""
    position = t.ladder.position
    if clock < position:  # of a chain
        state = leave(t, clock, now, s, x)
        set_state(t, clock, state, now, s, x)
    elif clock == t.ladder.bypass:
        s.steps[s.clocks[position].state].how = BYPASSED
        take_step(t, now, s, x)
    else:
        if s.now[0].ratifier != NONE:
            s.now[0].last_to_ratify = s.now[0].ratifier
            s.now[0].ratifier = NONE
        s.steps[s.clocks[position].state].how = PASSED
        take_step(t, now, s, x)


@compiled
def run_trajectory(t: Tables, s: State, x: Trajectory) -> None:
    """Runs one trajectory; what it did is left in ``s``.

    The horizon is read at every happening, for a run that nobody wants any more ends by it (``stop.py``).
    """
    begin(t, s, x)
    if len(t.steps) > 0 and s.steps[0].waived:
        s.steps[0].how = WAIVED
        take_step(t, 0.0, s, x)
    else:
        begin_step(t, 0.0, s, x)
    while True:
        clock = first_clock(t, s)
        now, meets = s.fires[clock], s.now[0].meets
        date = t.dates[s.now[0].dated].time
        first = min(now, date)
        if meets < first:
            meet(t, first, s, x)
        elif first > t.limits[0].horizon:
            break
        elif date <= now:
            _dated(t, s, x)
        else:
            _fire(t, clock, now, s, x)
    end_row(t, s.clocks[t.ladder.position].state, rules.NEVER, s)
    if len(t.tilting) > 0:
        done = len(s.steps) > 0 and s.steps[len(s.steps) - 1].how != NOT_REACHED
        s.likelihood[0] = s.likelihood[len(s.steps)] if done else weight_at(t, t.limits[0].horizon, s)
