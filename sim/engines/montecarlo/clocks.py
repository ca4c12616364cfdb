"""Clocks: a unit of luck used up at a rate, and which of them fires first.

Clocks 0 to C-1 are the exits of the chains, the two behind them the ladder's (``packed.Ladder``). A clock is looked at
anew only when something that it reads has changed; by the rule of luck (``rules.spent``) that gives the same bits as
looking at all of them always.
"""

from __future__ import annotations

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.rates import gap_now, rate_now
from sim.engines.montecarlo.state import AHEAD, State, Trajectory
from sim.engines.montecarlo.tilt import book
from sim.model import rules
from sim.model.draws import blocks_in_a_row


@inlined
def fire_at(clock: int, when: float, s: State) -> None:
    """Says when a clock fires; the first of all clocks is to be found anew if that can have changed it."""
    s.fires[clock] = when
    s.now[0].sure &= when > s.fires[s.now[0].first]


@inlined
def set_clock(clock: int, rate: float, now: float, s: State) -> None:
    """Gives a clock a new rate if it differs; what is left of its luck is kept."""
    c = s.clocks[clock]
    if rate != c.total:
        c.left = rules.spent(c.left, c.total, c.since, now)
        c.since = now
        c.total = rate
        fire_at(clock, rules.fires_at(now, c.left, rate), s)


@inlined
def stop_clock(clock: int, s: State) -> None:
    """A clock that does not run."""
    s.clocks[clock].total = 0.0
    fire_at(clock, rules.NEVER, s)


@inlined
def new_luck(clock: int, lasts: float, picks: float, now: float, s: State) -> None:
    """Luck for the next exit: a unit exponential, and the uniform that will pick among the moves."""
    c = s.clocks[clock]
    c.left, c.luck, c.since = lasts, picks, now


@inlined
def next_luck(t: Tables, chain: int, now: float, s: State, x: Trajectory) -> None:
    """The same, drawn: that of some exits to come at once, in little more time than that of one."""
    at = (s.clocks[chain].exits - 1) & (AHEAD - 1)
    if at == 0:
        _draw_ahead(t, chain, s, x)
    new_luck(chain, s.luck[chain, 0, at], s.luck[chain, 1, at], now, s)


@compiled
def _draw_ahead(t: Tables, chain: int, s: State, x: Trajectory) -> None:
    key, luck = t.chains[chain].move_key, s.luck[chain]
    blocks_in_a_row(key.k0, key.k1, s.clocks[chain].exits, x.number, luck)
    rules.exponentials(luck[0])


@inlined
def look_at(t: Tables, chain: int, now: float, s: State, x: Trajectory) -> None:
    """Runs a chain's clock at the rate as it is now."""
    rate = rate_now(t, chain, s, x)
    if len(t.tilting) > 0 and t.chains[chain].tilted:
        book(chain, gap_now(t, chain, s, x), now, s)
    set_clock(chain, rate, now, s)


@inlined
def first_clock(t: Tables, s: State) -> int:
    """The clock that fires first; of a tie the chains in order, then the bypass, then the wait.

    The answer is kept until it may have changed.
    """
    if not s.now[0].sure:
        half = len(t.ticking) // 2  # the halves are searched side by side, which takes half the time
        first, second = t.ticking[0], t.ticking[half]
        when, then = s.fires[first], s.fires[second]
        for i in range(1, half):
            clock, other = t.ticking[i], t.ticking[half + i]
            if s.fires[clock] < when:
                first, when = clock, s.fires[clock]
            if s.fires[other] < then:
                second, then = other, s.fires[other]
        s.now[0].first = second if then < when else first
        s.now[0].sure = True
    return int(s.now[0].first)
