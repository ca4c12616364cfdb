"""Rates of chains, worked out once for each joint state that a world gets into, and looked up afterwards.

What a chain's total exit rate can be depends on a handful of states: its own, those of the chains that its
moves read, and how many peers have got how far. A thread keeps the rates of one world, by these joint states, and
forgets them when it goes on to the next world.
"""

from __future__ import annotations

import numpy as np

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.packed import NO_TABLE, Tables
from sim.engines.montecarlo.state import UNKNOWN, State, Trajectory
from sim.model import rules
from sim.model.model import NONE, PEERS

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
    """Total exit rate of a chain that can move; the rate of each move out of its state is left in ``s.weights``."""
    total = truth = 0.0
    leaving = t.states[t.chains[chain].states_at + s.clocks[chain].state]
    first, last = leaving.first, leaving.last
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
    if s.clocks[chain].never | s.clocks[chain].rests:
        return 0.0
    at = s.clocks[chain].rate_at
    if at < 0:
        return exit_rate(t, chain, s, x)
    rate = s.rates[at]
    return float(rate) if rate >= 0.0 else _learnt(t, chain, at, s, x)


@compiled
def _learnt(t: Tables, chain: int, at: int, s: State, x: Trajectory) -> float:
    """The same, worked out, and kept with the rates of the moves for as long as the world is this one."""
    s.rates[at] = exit_rate(t, chain, s, x)
    for i in range(1, t.chains[chain].width):
        s.rates[at + i] = s.weights[i - 1]
    if len(t.tilting) > 0:
        s.rates[at + t.limits[0].gaps] = s.gap[0]
    s.known[s.now[0].known] = at
    s.now[0].known += 1
    return float(s.rates[at])


@inlined
def forget_rates(s: State) -> None:
    """Before a world of which nothing is known."""
    for i in range(s.now[0].known):
        s.rates[s.known[i]] = UNKNOWN
    s.now[0].known = 0


@inlined
def picked(t: Tables, chain: int, moves: int, s: State, x: Trajectory) -> int:
    """Which of so many moves a chain makes as its clock fires; under a tilt the rates of all are in ``s`` then."""
    luck, at = s.clocks[chain].luck, s.clocks[chain].rate_at
    if at < 0 or len(t.tilting) > 0:
        exit_rate(t, chain, s, x)
        return int(rules.pick(luck, s.weights, moves))
    return int(rules.pick(luck, s.rates[at + 1 :], moves))


@inlined
def gap_now(t: Tables, chain: int, s: State, x: Trajectory) -> float:
    """By how much the rate that was just asked for is tilted."""
    if s.clocks[chain].never:
        return 0.0
    at = s.clocks[chain].rate_at
    if at < 0:
        return float(s.gap[0])
    return float(s.rates[at + t.limits[0].gaps])


@inlined
def rate_at(t: Tables, chain: int, s: State) -> int:
    """Where the rates of the joint state are, worked out from nothing."""
    if t.chains[chain].table < 0:
        return NO_TABLE
    at = t.chains[chain].table + t.chains[chain].width * s.clocks[chain].state
    for i in range(t.chains[chain].first_axis, t.chains[chain].last_axis):
        at += t.axes[i].stride * s.clocks[t.axes[i].chain].state
    peers = t.chains[chain].peer_at
    if peers != NONE:
        for i in range(len(t.peers)):
            v = t.peers[i]
            if v != t.chains[chain].voter and s.votes[v].below and s.votes[v].member:
                at += t.peer_strides[peers + s.clocks[t.voters[v].stance].state]
    return int(at)
