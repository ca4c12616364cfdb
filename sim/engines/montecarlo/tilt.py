"""The weight of a trajectory whose moves are tilted: likelihood ratio of the true law to the simulated one.

Each tilted chain keeps its own logarithm: the gap between its tilted and its true exit rate, times the time it was
at risk, and the logarithm of true over simulated rate of each move that it made. Nothing here runs without a tilt.
"""

from __future__ import annotations

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.state import State
from sim.model import rules


@compiled
def begin_tilt(t: Tables, s: State) -> None:
    """Nothing is booked yet; a step that is not taken has no weight."""
    for i in range(len(t.tilted)):
        tilt = s.tilts[t.tilted[i]]
        tilt.gap = tilt.since = tilt.log = 0.0
    for i in range(len(s.likelihood)):
        s.likelihood[i] = 0.0


@inlined
def book(chain: int, gap: float, now: float, s: State) -> None:
    """A chain's gap from now on; what was gathered at the gap before is booked if it differs."""
    tilt = s.tilts[chain]
    if gap != tilt.gap:
        tilt.log = rules.booked(tilt.log, tilt.gap, tilt.since, now)
        tilt.since = now
        tilt.gap = gap


@inlined
def book_move(chain: int, truth: float, simulated: float, now: float, s: State) -> None:
    """A tilted chain leaves its state by a move with this true and this simulated rate."""
    book(chain, 0.0, now, s)
    s.tilts[chain].log = rules.booked_move(s.tilts[chain].log, truth, simulated)


@compiled
def weight_at(t: Tables, now: float, s: State) -> float:
    """The weight of what has happened up to now."""
    log_weight = 0.0
    for i in range(len(t.tilted)):
        tilt = s.tilts[t.tilted[i]]
        log_weight += rules.booked(tilt.log, tilt.gap, tilt.since, now)
    return rules.weight(log_weight)
