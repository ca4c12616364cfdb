"""What follows from a change: the clocks that read it are looked at, and the records are kept."""

from __future__ import annotations

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.background import rest_background, stuck
from sim.engines.montecarlo.clocks import look_at, next_luck, set_clock, stop_clock
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.rates import holds, picked
from sim.engines.montecarlo.rows import come_back, end_row, find_meeting
from sim.engines.montecarlo.state import State, Trajectory
from sim.engines.montecarlo.tilt import book_move, weight_at
from sim.model import rules
from sim.model.model import NONE


@compiled
def look_at_step(t: Tables, now: float, s: State, x: Trajectory) -> None:
    """Whether the next step is due: its bypass, and the next meeting that could decide it.

    Meetings at which nothing is due are passed over without a look.
    """
    step = s.clocks[t.ladder.position].state
    if step == len(t.steps):
        return
    record = t.steps[step]
    due = holds(t, record.first, record.last, s)
    if record.bypass != NONE:
        set_clock(t.ladder.bypass, x.numbers[record.bypass] if due else 0.0, now, s)
    if due:
        come_back(t, now, s)
        while t.meetings[s.now[0].not_over].time < now:
            s.now[0].not_over += 1
        find_meeting(t, step, s)
    else:
        end_row(t, step, now, s)
        s.now[0].meets = rules.NEVER


@inlined
def vote_changed(voter: int, s: State) -> None:
    """Something that a voter (-1: perhaps several) votes by has changed since votes were counted."""
    if voter == NONE or (s.now[0].turned != NONE and s.now[0].turned != voter):
        s.now[0].counted = False
    s.now[0].turned = voter


@inlined
def vote_changed_now(t: Tables, voter: int, now: float, s: State) -> None:
    """The same, between meetings: the next one is of interest again."""
    vote_changed(voter, s)
    if s.now[0].ahead:
        come_back(t, now, s)
        find_meeting(t, s.clocks[t.ladder.position].state, s)


@compiled
def peers_changed(t: Tables, voter: int, old: int, new: int, now: float, s: State, x: Trajectory) -> None:
    """A peer went from one stance to another (-1: was none before)."""
    for i in range(len(t.peer_readers)):
        chain = t.peer_readers[i]
        if t.chains[chain].voter != voter:
            at = t.chains[chain].peer_at
            if at != NONE:
                s.clocks[chain].rate_at += t.peer_strides[at + new]
                if old != NONE:
                    s.clocks[chain].rate_at -= t.peer_strides[at + old]
            look_at(t, chain, now, s, x)


@inlined
def changed(t: Tables, chain: int, old: int, now: float, s: State, x: Trajectory) -> None:
    """After a chain (or the ladder) left a state: the watch, and the clocks that read it."""
    record = t.chains[chain]
    up = s.clocks[chain].state - old
    if record.watched:
        for i in range(len(t.watch)):
            if t.watch[i].chain == chain and t.watch[i].state == s.clocks[chain].state:
                if len(t.tilting) > 0 and s.watched[i] > now:
                    s.likelihood[1 + len(s.steps) + i] = weight_at(t, now, s)
                s.watched[i] = min(s.watched[i], now)
    for i in range(record.first_reader, record.last_reader):
        s.clocks[t.readers[i].chain].rate_at += up * t.readers[i].stride
        look_at(t, t.readers[i].chain, now, s, x)


@inlined
def set_state(t: Tables, chain: int, state: int, now: float, s: State, x: Trajectory) -> None:
    """A chain takes a new state; its own clock and those that read it are looked at anew."""
    record, old = t.chains[chain], s.clocks[chain].state
    if record.is_stance and old < t.limits[0].threshold <= state:
        s.votes[record.voter].raised = now
    if record.voted_on:
        vote_changed_now(t, record.voter, now, s)
    s.clocks[chain].state = state
    s.clocks[chain].rate_at += record.width * (state - old)
    if record.moves:
        look_at(t, chain, now, s, x)
    changed(t, chain, old, now, s, x)
    if record.frees and stuck(t, chain, s):
        rest_background(t, s)
    if record.opens_step:
        look_at_step(t, now, s, x)
    if record.is_stance and s.votes[record.voter].below and s.votes[record.voter].member:
        peers_changed(t, record.voter, old, state, now, s, x)


@inlined
def leave(t: Tables, chain: int, now: float, s: State, x: Trajectory) -> int:
    """A chain's clock fires: picks an open move, makes the next luck ready, returns the new state."""
    leaving = t.states[t.chains[chain].states_at + s.clocks[chain].state]
    target = leaving.only_target
    tilted = len(t.tilting) > 0 and t.chains[chain].tilted
    if target == NONE or tilted:  # there is a choice, or rates to be known
        move = leaving.first + picked(t, chain, leaving.last - leaving.first, s, x)
        target = t.moves[move].target
        if tilted:
            at = move - leaving.first
            book_move(chain, s.truths[at], s.weights[at], now, s)
    s.clocks[chain].exits += 1
    stop_clock(chain, s)
    next_luck(t, chain, now, s, x)
    return int(target)


@compiled
def drawn_state(t: Tables, chain: int, at: int, u: float, s: State, x: Trajectory) -> int:
    """The state of a chain that ``u`` picks by the probabilities at place ``at``."""
    states = t.chains[chain].states
    for i in range(states):
        s.weights[i] = x.numbers[t.slots[at + i]]
    return rules.pick(u, s.weights, states)
