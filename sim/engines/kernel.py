"""One trajectory, compiled: from happening to happening in exact continuous time.

A happening is a clock that fires (an exit of a chain, a bypass, the end of a wait or ratification) or a dated
thing of the agenda. A clock is looked at anew only when something that it reads has changed; by the rule of
luck (rules.spent) that gives the same bits as looking at all of them always.
"""

from __future__ import annotations

import numpy as np

from sim import rules
from sim.compiled import compiled, inlined
from sim.draws import block
from sim.engines.packed import State, Tables
from sim.engines.rates import exit_rate, holds, joint_state, rate_now
from sim.model import (
    BYPASSED,
    DECISION,
    JOIN,
    MEETING,
    NONE,
    NOT_REACHED,
    PASSED,
    REDRAW,
    WAIT,
    WAIVED,
    Floats,
)  # fmt: skip

_ONE = np.uint64(1)


@inlined
def _set_clock(clock: int, rate: float, now: float, s: State) -> None:
    """Gives a clock a new rate if it differs; what is left of its luck is kept."""
    c = s.clocks[clock]
    if rate != c.total:
        c.left = rules.spent(c.left, c.total, c.since, now)
        c.since = now
        c.total = rate
        c.fires = rules.fires_at(now, c.left, rate)


@inlined
def _stop_clock(clock: int, s: State) -> None:
    s.clocks[clock].total = 0.0
    s.clocks[clock].fires = rules.NEVER


@inlined
def _ladder(s: State) -> int:
    """The clock whose state is the ladder's."""
    return len(s.clocks) - 2


@inlined
def _is_due(t: Tables, step: int, s: State) -> bool:
    return holds(t, t.steps[step].first, t.steps[step].last, s)


@inlined
def _look_at_bypass(t: Tables, now: float, s: State, numbers: Floats) -> None:
    step = s.clocks[_ladder(s)].state
    if step < len(t.steps) and t.steps[step].bypass != NONE:
        _set_clock(_ladder(s), numbers[t.steps[step].bypass] if _is_due(t, step, s) else 0.0, now, s)


@inlined
def _look_at(t: Tables, chain: int, now: float, s: State, numbers: Floats) -> None:
    _set_clock(chain, rate_now(t, chain, s, numbers), now, s)


@inlined
def _peers_changed(t: Tables, voter: int, old: int, new: int, now: float, s: State, numbers: Floats) -> None:
    """A peer went from one stance to another (-1: was none before)."""
    for i in range(len(t.peer_readers)):
        chain = t.peer_readers[i]
        if t.chains[chain].voter != voter:
            at = t.chains[chain].peer_at
            if at != NONE:
                s.clocks[chain].joint += t.peer_strides[at + new]
                if old != NONE:
                    s.clocks[chain].joint -= t.peer_strides[at + old]
            _look_at(t, chain, now, s, numbers)


@inlined
def _changed(t: Tables, chain: int, by: int, now: float, s: State, numbers: Floats) -> None:
    """After a chain (or the ladder) moved up ``by`` states: the watch, and the clocks that read it."""
    record = t.chains[chain]
    if record.watched:
        for i in range(len(t.watch)):
            if t.watch[i].chain == chain and t.watch[i].state == s.clocks[chain].state:
                s.watched[i] = min(s.watched[i], now)
    for i in range(record.first_reader, record.last_reader):
        s.clocks[t.readers[i].chain].joint += by * t.readers[i].stride
        _look_at(t, t.readers[i].chain, now, s, numbers)
    _look_at_bypass(t, now, s, numbers)


@inlined
def _set_state(t: Tables, chain: int, state: int, now: float, s: State, numbers: Floats) -> None:
    """A chain takes a new state; its own clock and those that read it are looked at anew."""
    record, old = t.chains[chain], s.clocks[chain].state
    if record.is_stance and old < t.limits[0].threshold <= state:
        s.votes[record.voter].raised = now
    if record.voted_on:
        s.now[0].counted = False
    s.clocks[chain].state = state
    s.clocks[chain].joint += state - old
    _look_at(t, chain, now, s, numbers)
    _changed(t, chain, state - old, now, s, numbers)
    if record.is_stance and s.votes[record.voter].below and s.votes[record.voter].member:
        _peers_changed(t, record.voter, old, state, now, s, numbers)


@inlined
def _next_luck(t: Tables, chain: int, now: float, s: State, trajectory: int) -> None:
    c = s.clocks[chain]
    u, v = block(t.chains[chain].move0, t.chains[chain].move1, trajectory, c.exits, 0)
    c.left, c.luck, c.since = rules.exponential(u), v, now


@inlined
def _leave(t: Tables, chain: int, now: float, s: State, numbers: Floats, trajectory: int) -> int:
    """A chain's clock fires: picks an open move, makes the next luck ready, returns the new state."""
    target = t.targets[t.chains[chain].only_target_at + s.clocks[chain].state]
    if target == NONE:  # there is a choice
        exit_rate(t, chain, s, numbers)
        first = t.chains[chain].first
        move = first + rules.pick(s.clocks[chain].luck, s.weights, t.chains[chain].last - first)
        target = t.moves[move].target
    s.clocks[chain].exits += 1
    _stop_clock(chain, s)
    _next_luck(t, chain, now, s, trajectory)
    return int(target)


@inlined
def _drawn_state(t: Tables, chain: int, at: int, u: float, s: State, numbers: Floats) -> int:
    states = t.chains[chain].states
    for i in range(states):
        s.weights[i] = numbers[t.slots[at + i]]
    return rules.pick(u, s.weights, states)


@compiled
def _draw_start(t: Tables, s: State, numbers: Floats, trajectory: int, world: int) -> None:
    """Starting states, never-movers, members and waivers."""
    for c in range(len(t.chains) - 1):
        record = t.chains[c]
        state = record.start
        if state == NONE:
            u = block(record.start0, record.start1, world if record.by_world else trajectory, 0, 0)[0]
            state = _drawn_state(t, c, record.start_at, u, s, numbers)
        s.clocks[c].state = state
        s.clocks[c].never = record.never != NONE and rules.happens(
            block(record.nev0, record.nev1, trajectory, 0, 0)[0], numbers[record.never]
        )
    for v in range(len(s.votes)):
        s.votes[v].member = t.voters[v].member
        s.votes[v].below = s.clocks[t.voters[v].stance].state < t.limits[0].top_stance
        s.votes[v].raised = -np.inf
    for i in range(len(t.steps)):
        slot = t.steps[i].waived
        s.steps[i].time, s.steps[i].how = np.inf, NOT_REACHED
        s.steps[i].waived = slot != NONE and rules.happens(
            block(t.steps[i].waive0, t.steps[i].waive1, trajectory, 0, 0)[0], numbers[slot]
        )


@compiled
def _begin(t: Tables, s: State, numbers: Floats, trajectory: int, world: int) -> None:
    """Everything as it is at the start, and the first luck of every clock."""
    _draw_start(t, s, numbers, trajectory, world)
    ladder = _ladder(s)
    s.clocks[ladder].state = 0
    _stop_clock(ladder, s)
    _stop_clock(ladder + 1, s)
    for i in range(s.blockers.shape[0]):
        for j in range(s.blockers.shape[1]):
            s.blockers[i, j] = np.uint64(0)
    s.now[0].ratifier = s.now[0].last_to_move = s.now[0].last_to_ratify = NONE
    s.now[0].counted = False
    s.now[0].quiet_until = rules.NEVER
    for i in range(len(t.watch)):
        inside = s.clocks[t.watch[i].chain].state == t.watch[i].state
        s.watched[i] = 0.0 if inside else np.inf
    for i in range(len(t.movers)):
        _start_clock(t, t.movers[i], s, numbers, trajectory)
    for i in range(len(t.quiet)):
        _start_clock(t, t.quiet[i], s, numbers, trajectory)
        s.now[0].quiet_until = min(s.now[0].quiet_until, s.clocks[t.quiet[i]].fires)


@inlined
def _start_clock(t: Tables, chain: int, s: State, numbers: Floats, trajectory: int) -> None:
    s.clocks[chain].exits = 0
    if t.chains[chain].table != NONE:
        s.clocks[chain].joint = joint_state(t, chain, s)
    _stop_clock(chain, s)
    _next_luck(t, chain, 0.0, s, trajectory)
    _look_at(t, chain, 0.0, s, numbers)


@inlined
def _advance_quiet(t: Tables, until: float, s: State, numbers: Floats, trajectory: int) -> None:
    """Lets the quiet chains make all their moves up to and including ``until``."""
    if s.now[0].quiet_until > until:
        return
    s.now[0].quiet_until = rules.NEVER
    s.now[0].counted = False
    for i in range(len(t.quiet)):
        chain = t.quiet[i]
        while s.clocks[chain].fires <= until:
            now = s.clocks[chain].fires
            state = _leave(t, chain, now, s, numbers, trajectory)
            s.clocks[chain].joint += state - s.clocks[chain].state
            s.clocks[chain].state = state
            _look_at(t, chain, now, s, numbers)
        s.now[0].quiet_until = min(s.now[0].quiet_until, s.clocks[chain].fires)


@compiled
def _days(
    t: Tables, law: int, k0: np.uint32, k1: np.uint32, s: State, numbers: Floats, trajectory: int
) -> float:
    laws = t.laws
    return float(
        rules.sample_law(
            laws.kind, laws.first, laws.second, laws.weight, law, numbers, s.weights, k0, k1, trajectory
        )
    )


@compiled
def _obstructor(t: Tables, step: int, u: float, s: State, numbers: Floats) -> int:
    """The member that obstructs, by the weights of those named and the share of the others."""
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
            s.weights[v] = numbers[t.steps[step].others] / others
        else:
            s.weights[v] = numbers[slot]
    return rules.pick(u, s.weights, voters)


@compiled
def _ratification_days(t: Tables, step: int, s: State, numbers: Floats, trajectory: int) -> float:
    """Days until enough capitals have ratified; notes the one that completes them."""
    record, voters = t.steps[step], len(s.votes)
    obstructor = NONE
    if record.obstruction != NONE:
        whether, who = block(record.obstruct0, record.obstruct1, trajectory, 0, 0)
        if rules.happens(whether, numbers[record.obstruction]):
            obstructor = _obstructor(t, step, who, s, numbers)
    for v in range(voters):
        if v == obstructor:
            law, k0, k1 = record.obstruction_law, record.length0, record.length1
        else:
            ballot = t.ballots[step * voters + v]
            law, k0, k1 = t.voters[v].ratification, ballot.ratify0, ballot.ratify1
        if s.votes[v].member:
            s.votes[v].days = _days(t, law, k0, k1, s, numbers, trajectory)
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
        if sooner < needed <= no_later:
            s.now[0].ratifier = v
            return float(s.votes[v].days)
    return 0.0


@compiled
def _begin_step(t: Tables, now: float, s: State, numbers: Floats, trajectory: int) -> None:
    """Starts the next step's clock: a bypass, a wait or a ratification."""
    ladder = _ladder(s)
    step = s.clocks[ladder].state
    s.now[0].counted = False
    _stop_clock(ladder, s)
    _stop_clock(ladder + 1, s)
    if step == len(t.steps):
        return
    record = t.steps[step]
    if record.kind == DECISION:
        if record.bypass != NONE:
            s.clocks[ladder].left = rules.exponential(block(record.by0, record.by1, trajectory, 0, 0)[0])
            s.clocks[ladder].since = now
            _look_at_bypass(t, now, s, numbers)
        return
    if record.kind == WAIT:
        days = _days(t, record.law, record.wait0, record.wait1, s, numbers, trajectory)
    else:
        days = _ratification_days(t, step, s, numbers, trajectory)
        if record.lag != NONE:
            days += _days(t, record.lag, record.lagging0, record.lagging1, s, numbers, trajectory)
    s.clocks[ladder + 1].fires = rules.after(now, days)


@compiled
def _take_step(t: Tables, now: float, how: int, s: State, numbers: Floats, trajectory: int) -> None:
    """The next step is taken, and with it every waived step that follows."""
    ladder = _ladder(s)
    while True:
        step = s.clocks[ladder].state
        s.steps[step].time, s.steps[step].how = now, how
        s.clocks[ladder].state = step + 1
        _stop_clock(ladder, s)
        _changed(t, ladder, 1, now, s, numbers)
        if step + 1 == len(t.steps) or not s.steps[step + 1].waived:
            break
        how = WAIVED
    _begin_step(t, now, s, numbers, trajectory)


@compiled
def _last_mover(s: State) -> int:
    last, when = NONE, -np.inf
    for v in range(len(s.votes)):
        if s.votes[v].member and s.votes[v].raised > when:
            last, when = v, s.votes[v].raised
    return last


@inlined
def _count_blockers(t: Tables, step: int, s: State) -> None:
    """Who blocks the step now."""
    voters = len(s.votes)
    for i in range(s.blockers.shape[1]):
        s.blockers[step, i] = np.uint64(0)
    s.now[0].members = s.now[0].blocking = 0
    for v in range(voters):
        if not s.votes[v].member:
            continue
        s.now[0].members += 1
        blocks = s.clocks[t.voters[v].stance].state < t.steps[step].needs
        ballot = t.ballots[step * voters + v]
        for i in range(ballot.first, ballot.last):
            if (t.unless[i].states >> np.uint64(s.clocks[t.unless[i].chain].state)) & _ONE:
                blocks = True
        if blocks:
            s.now[0].blocking += 1
            s.blockers[step, v >> 6] |= _ONE << np.uint64(v & 63)
    s.now[0].counted = True


@inlined
def _lowest(bits: np.uint64) -> int:
    """Place of the lowest bit that is set."""
    place = 0
    while not bits & _ONE:
        bits >>= _ONE
        place += 1
    return place


@inlined
def _meet(t: Tables, item: int, s: State, numbers: Floats, trajectory: int) -> None:
    """A meeting: the due step passes, is held, or is blocked."""
    step, now, calendar = s.clocks[_ladder(s)].state, t.agenda[item].time, t.agenda[item].what
    if step == len(t.steps) or not (t.steps[step].calendars >> np.uint64(calendar)) & _ONE:
        return
    if not _is_due(t, step, s):
        return
    _advance_quiet(t, now, s, numbers, trajectory)
    if not s.now[0].counted:
        _count_blockers(t, step, s)
    year = t.agenda[item].year
    s.due[step, year] += 1
    for word in range(s.blockers.shape[1]):
        bits = s.blockers[step, word]
        while bits:
            s.blocked[step, year, 64 * word + _lowest(bits)] += 1
            bits &= bits - _ONE
    record = t.steps[step]
    needed = rules.required(record.rule, record.rule_a, record.rule_b, s.now[0].members)
    if s.now[0].members - s.now[0].blocking < needed:
        return
    if record.held != NONE:
        k0, k1 = t.held[step, calendar, 0], t.held[step, calendar, 1]
        u = block(k0, k1, trajectory, t.agenda[item].day, 0)[0]
        if rules.happens(u, numbers[record.held]):
            return
    if step == t.limits[0].last_decision:
        s.now[0].last_to_move = _last_mover(s)
    _take_step(t, now, PASSED, s, numbers, trajectory)


@inlined
def _dated(t: Tables, item: int, s: State, numbers: Floats, trajectory: int) -> None:
    """One thing of the agenda."""
    record = t.agenda[item]
    if record.kind == MEETING:
        _meet(t, item, s, numbers, trajectory)
    elif record.kind == JOIN:
        s.votes[record.what].member = True
        s.now[0].counted = False
        if s.votes[record.what].below:
            stance = s.clocks[t.voters[record.what].stance].state
            _peers_changed(t, record.what, NONE, stance, record.time, s, numbers)
    else:
        chain, state = record.what, record.state
        if record.kind == REDRAW:
            k = t.chains[chain]
            u = block(k.redraw0, k.redraw1, trajectory, record.day, 0)[0]
            state = _drawn_state(t, chain, k.redraw_at, u, s, numbers)
        if state != s.clocks[chain].state:
            _set_state(t, chain, state, record.time, s, numbers)


@inlined
def _next_clock(t: Tables, s: State) -> int:
    """The clock that fires first; of a tie the chains in order, then the bypass, then the wait."""
    first = _ladder(s)
    if s.clocks[first + 1].fires < s.clocks[first].fires:
        first += 1
    when = s.clocks[first].fires
    for i in range(len(t.movers) - 1, -1, -1):
        if s.clocks[t.movers[i]].fires <= when:
            first, when = t.movers[i], s.clocks[t.movers[i]].fires
    return first


@compiled
def run_trajectory(t: Tables, s: State, numbers: Floats, trajectory: int, world: int) -> None:
    """Runs one trajectory; what it did is left in ``s``."""
    _begin(t, s, numbers, trajectory, world)
    ladder = _ladder(s)
    if len(t.steps) > 0 and s.steps[0].waived:
        _take_step(t, 0.0, WAIVED, s, numbers, trajectory)
    else:
        _begin_step(t, 0.0, s, numbers, trajectory)
    item = 0
    while True:
        clock = _next_clock(t, s)
        now = s.clocks[clock].fires
        if item < len(t.agenda):
            date = t.agenda[item].time
            if date < now or (date == now and t.agenda[item].kind != MEETING):
                _dated(t, item, s, numbers, trajectory)
                item += 1
                continue
        if now > t.limits[0].horizon:
            return
        if clock < ladder:
            state = _leave(t, clock, now, s, numbers, trajectory)
            _set_state(t, clock, state, now, s, numbers)
        elif clock == ladder:
            _take_step(t, now, BYPASSED, s, numbers, trajectory)
        else:
            if s.now[0].ratifier != NONE:
                s.now[0].last_to_ratify = s.now[0].ratifier
                s.now[0].ratifier = NONE
            _take_step(t, now, PASSED, s, numbers, trajectory)
