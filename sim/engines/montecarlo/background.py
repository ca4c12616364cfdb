"""Background chains: nothing depends on them but rates of other chains. They rest once no such rate is left.

Whatever else such a chain would do changes nothing that is kept, and keyed draws that nobody makes cost nobody else
anything, so results are the same to the last bit.
"""

from __future__ import annotations

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.clocks import stop_clock
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.rates import allows
from sim.engines.montecarlo.state import State


@inlined
def stuck(t: Tables, chain: int, s: State) -> bool:
    """Whether a chain will keep its state for ever."""
    record = t.chains[chain]
    leaving = t.states[record.states_at + s.clocks[chain].state]
    return bool(record.steady & (s.clocks[chain].never | (leaving.first == leaving.last)))


@inlined
def _possible(t: Tables, move: int, s: State) -> bool:
    """Whether a move may yet be made, as far as chains that are stuck can tell."""
    record = t.moves[move]
    if s.clocks[record.chain].never or stuck(t, record.chain, s):
        return False
    for i in range(record.first_condition, record.last_condition):
        chain = t.conditions[i].chain
        if stuck(t, chain, s) and not allows(t.conditions[i].allowed, s.clocks[chain].state):
            return False
    return True


@compiled
def rest_background(t: Tables, s: State) -> None:
    """Stops every background chain that no possible move reads."""
    for i in range(len(t.background)):
        chain = t.background[i]
        record, clock = t.chains[chain], s.clocks[chain]
        if clock.rests:
            continue
        at = record.first_reading
        while at < record.last_reading and not _possible(t, t.reading[at], s):
            at += 1
        if at == record.last_reading:
            clock.rests = True
            stop_clock(chain, s)
