"""Rates of chains, directly or from tables.

What a chain's total exit rate can be depends on a handful of states: its own, those of the chains that its
moves read, and how many peers have got how far. If these are few, the rate of every joint state is worked
out once for each world, by the same code and so to the same bits, and looked up afterwards.
"""

from __future__ import annotations

import numpy as np

from sim.base.compiled import by_reference, compiled, inlined
from sim.engines.montecarlo.packed import NO_TABLE, Tables
from sim.engines.montecarlo.state import State, Trajectory
from sim.model import rules
from sim.model.model import NONE, PEERS, Floats, Ints

_ONE = np.uint64(1)


@inlined
def allows(mask: int, state: int) -> bool:
    """Whether a mask of states has this one."""
    return bool((np.uint64(mask) >> np.uint64(state)) & _ONE)


@inlined
def holds(t: Tables, first: int, last: int, s: State) -> bool:
    """Whether every condition of a range holds now."""
    for i in range(first, last):
        condition = t.conditions[i]
        if not allows(condition.allowed, s.clocks[condition.chain].state):
            return False
    return True


@inlined
def _peer_scaled(t: Tables, rate: float, at: int, owner: int, s: State, x: Trajectory) -> float:
    """A rate times the factor of each other peer that started below the top stance, by its stance now."""
    for stance in range(t.limits[0].top_stance + 1):
        slot = t.factors[at + stance]
        if slot != NONE:
            for i in range(len(t.peers)):
                v = t.peers[i]
                counts = v != owner and s.votes[v].below and s.votes[v].member
                if counts and s.clocks[t.voters[v].stance].state == stance:
                    rate = rules.scaled(rate, x.numbers[slot])
    return rate


@compiled
def exit_rate(t: Tables, chain: int, s: State, x: Trajectory) -> float:
    """Total exit rate of a chain now; the rate of each move out of its state is left in ``s.weights``."""
    total = truth = 0.0
    leaving = t.states[t.chains[chain].states_at + s.clocks[chain].state]
    first, last = leaving.first, leaving.last
    if s.clocks[chain].never:
        last = first
    for move in range(first, last):
        s.weights[move - first] = 0.0
        if not holds(t, t.moves[move].first_condition, t.moves[move].last_condition, s):
            continue
        rate = x.numbers[t.moves[move].rate]
        for i in range(t.moves[move].first_scale, t.moves[move].last_scale):
            scaler, at = t.scales[i].chain, t.scales[i].at
            if scaler == PEERS:
                rate = _peer_scaled(t, rate, at, t.chains[chain].voter, s, x)
            else:
                slot = t.factors[at + s.clocks[scaler].state]
                if slot != NONE:
                    rate = rules.scaled(rate, x.numbers[slot])
        if len(t.tilting) > 0:
            truth = rules.added(truth, rate)
            s.truths[move - first] = rate
            rate = rules.tilted(rate, t.moves[move].least)
        total = rules.added(total, rate)
        s.weights[move - first] = rate
    if len(t.tilting) > 0:
        s.gap[0] = rules.gap(total, truth)
    return total


@inlined
def rate_now(t: Tables, chain: int, s: State, x: Trajectory) -> float:
    """Total exit rate of a chain now, looked up if it has a table."""
    at = s.clocks[chain].rate_at
    if at < 0:
        return 0.0 if s.clocks[chain].rests else exit_rate(t, chain, s, x)
    if s.clocks[chain].never | s.clocks[chain].rests:
        return 0.0
    return float(x.numbers[at])


@inlined
def gap_now(t: Tables, chain: int, s: State, x: Trajectory) -> float:
    """By how much the rate that was just asked for is tilted."""
    at = s.clocks[chain].rate_at
    if at < 0:
        return float(s.gap[0])
    if s.clocks[chain].never:
        return 0.0
    return float(x.numbers[at + t.limits[0].gaps])


@inlined
def rate_at(t: Tables, chain: int, s: State) -> int:
    """Where in the numbers of the world the rate of the joint state is, worked out from nothing."""
    if t.chains[chain].table < 0:
        return NO_TABLE
    at = t.chains[chain].table + s.clocks[chain].state
    for i in range(t.chains[chain].first_axis, t.chains[chain].last_axis):
        at += t.axes[i].stride * s.clocks[t.axes[i].chain].state
    peers = t.chains[chain].peer_at
    if peers != NONE:
        for i in range(len(t.peers)):
            v = t.peers[i]
            if v != t.chains[chain].voter and s.votes[v].below and s.votes[v].member:
                at += t.peer_strides[peers + s.clocks[t.voters[v].stance].state]
    return int(at)


@compiled
def _fill_one(t: Tables, chain: int, s: State, x: Trajectory) -> None:
    """Works out the table of one chain, by putting the world into each joint state in turn.

    All joint states with the same peers are beside each other; those with more peers than there are have no rate.
    """
    record = t.chains[chain]
    s.clocks[chain].never = False
    s.clocks[chain].state = 0
    for i in range(record.first_axis, record.last_axis):
        s.clocks[t.axes[i].chain].state = 0
    joint = 0
    while joint < record.joint_states:
        if record.peer_at != NONE and not _place_peers(t, chain, joint, s):
            joint += record.same_peers
            continue
        for at in range(joint, joint + record.same_peers):
            x.numbers[record.table + at] = exit_rate(t, chain, s, x)
            if len(t.tilting) > 0:
                x.numbers[record.table + t.limits[0].gaps + at] = s.gap[0]
            _count_up(t, chain, s)
        joint += record.same_peers


@inlined
def _count_up(t: Tables, chain: int, s: State) -> None:
    """Goes on to the next joint state with the same peers: the chain's own state first, then axis by axis."""
    record = t.chains[chain]
    s.clocks[chain].state += 1
    if s.clocks[chain].state < record.states:
        return
    s.clocks[chain].state = 0
    for i in range(record.first_axis, record.last_axis):
        axis = t.axes[i]
        s.clocks[axis.chain].state += 1
        if s.clocks[axis.chain].state < axis.states:
            return
        s.clocks[axis.chain].state = 0


@compiled
def _place_peers(t: Tables, chain: int, joint: int, s: State) -> bool:
    """Puts as many peers into each stance as the joint state says; False if there are not so many."""
    record = t.chains[chain]
    for i in range(len(t.peers)):
        s.votes[t.peers[i]].member = False
        s.votes[t.peers[i]].below = True
    peer = 0
    for stance in range(t.limits[0].top_stance + 1):
        stride = t.peer_strides[record.peer_at + stance]
        if stride == 0:
            continue
        wanted = joint // stride % record.peer_size
        while wanted > 0:
            if peer < len(t.peers) and t.peers[peer] == record.voter:
                peer += 1
            if peer >= len(t.peers):
                return False
            s.votes[t.peers[peer]].member = True
            s.clocks[t.voters[t.peers[peer]].stance].state = stance
            peer += 1
            wanted -= 1
    return True


@compiled
def fill_tables(t: Tables, s: State, values: Floats, chains: Ints) -> None:
    """Works out the tables of chains that have one, in every world; ``values`` has room for them after the numbers."""
    t, s = by_reference(t), by_reference(s)
    for world in range(len(values)):
        x = by_reference(Trajectory(-1, world, values[world]))
        for i in range(len(chains)):
            _fill_one(t, chains[i], s, x)
