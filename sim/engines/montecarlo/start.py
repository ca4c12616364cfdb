"""The start of a trajectory: states, never-movers, members and waivers, and the first luck of every clock."""

from __future__ import annotations

import numpy as np

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.background import rest_background, stuck
from sim.engines.montecarlo.changes import drawn_state
from sim.engines.montecarlo.clocks import look_at, new_luck, stop_clock
from sim.engines.montecarlo.draws_of import drawn
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.rates import rate_at
from sim.engines.montecarlo.state import State, Trajectory
from sim.engines.montecarlo.tilt import begin_tilt
from sim.model import rules
from sim.model.draws import blocks
from sim.model.model import NONE, NOT_REACHED


@inlined
def put_at_start(t: Tables, chain: int, u: float, s: State, x: Trajectory) -> None:
    """A chain's state at the start (``u`` picks it if it is drawn), and whether it never moves."""
    record = t.chains[chain]
    state = record.start
    if state == NONE:
        state = drawn_state(t, chain, record.start_at, u, s, x)
    s.clocks[chain].state = state
    s.clocks[chain].rests = False
    s.clocks[chain].never = record.never != NONE and rules.happens(
        drawn(record.never_key, x.number, 0)[0], x.numbers[record.never]
    )


@inlined
def start_clock(t: Tables, chain: int, lasts: float, picks: float, s: State, x: Trajectory) -> None:
    """A chain's clock as it runs from the start, with the luck of its first exit."""
    s.clocks[chain].exits = 0
    s.clocks[chain].rate_at = rate_at(t, chain, s)
    stop_clock(chain, s)
    new_luck(chain, lasts, picks, 0.0, s)
    look_at(t, chain, 0.0, s, x)


@compiled
def _states(t: Tables, s: State, x: Trajectory) -> None:
    for i in range(len(t.lively)):
        record = t.chains[t.lively[i]]
        u = 0.0
        if record.start == NONE:
            u = drawn(record.start_key, x.world if record.by_world else x.number, 0)[0]
        put_at_start(t, t.lively[i], u, s, x)
    for v in range(len(s.votes)):
        s.votes[v].member = t.voters[v].member
        below = s.clocks[t.voters[v].stance].state < t.limits[0].top_stance
        s.votes[v].below = below and t.voters[v].peer
        s.votes[v].raised = -np.inf
    for i in range(len(s.steps)):
        slot = t.steps[i].waived
        s.steps[i].time, s.steps[i].how = np.inf, NOT_REACHED
        s.steps[i].waived = slot != NONE and rules.happens(
            drawn(t.steps[i].waived_key, x.number, 0)[0], x.numbers[slot]
        )


@compiled
def begin(t: Tables, s: State, x: Trajectory) -> None:
    """Everything as it is at the start, but for the quiet chains, which begin when a step asks for them."""
    _states(t, s, x)
    now = s.now[0]
    if len(t.tilting) > 0:
        begin_tilt(t, s)
    s.clocks[t.ladder.position].state = 0
    stop_clock(t.ladder.bypass, s)
    stop_clock(t.ladder.end, s)
    for i in range(s.blockers.shape[0]):
        for j in range(s.blockers.shape[1]):
            s.blockers[i, j] = np.uint64(0)
    now.ratifier = now.last_to_move = now.last_to_ratify = now.turned = now.row = NONE
    now.counted = now.sure = now.ahead = False
    now.dated = now.not_over = now.begun = 0
    now.meets = rules.NEVER
    for i in range(len(t.watch)):
        inside = s.clocks[t.watch[i].chain].state == t.watch[i].state
        s.watched[i] = 0.0 if inside else np.inf
        if len(t.tilting) > 0 and inside:
            s.likelihood[1 + len(s.steps) + i] = 1.0
    # All draws that are sure to be used, at once: processors draw several blocks in little more time than one.
    blocks(t.sure_keys, t.sure_index, x.number, s.lots)
    lasts, picks = s.lots[:, t.redraws :]
    rules.exponentials(lasts[: len(t.movers)])
    for i in range(len(t.movers)):
        start_clock(t, t.movers[i], lasts[i], picks[i], s, x)
    for i in range(len(t.freeing)):
        if stuck(t, t.freeing[i], s):
            rest_background(t, s)
            break
