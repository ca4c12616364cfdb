"""The model as compiled code takes it: record arrays with declared types; what happens to it is in ``state.py``.

Compiled functions pay for every array they are handed, so each group of the model is one array of records. They are
filled in ``packing.py``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.model.model import Ints

Records = np.recarray[Any, Any]
Keys = NDArray[np.uint32]

NO_TABLE = -(2**62)
"""Where the rates of a chain without a table are: below 0, whatever strides are added."""

KEY = np.dtype([("k0", "u4"), ("k1", "u4")])
"""The key of a stream of draws: two words in one field."""
CHAINS = np.dtype([
    ("voter", "i8"), ("states", "i8"), ("start", "i8"), ("start_at", "i8"), ("never", "i8"), ("redraw_at", "i8"),
    ("states_at", "i8"), ("first_reading", "i8"), ("last_reading", "i8"), ("first_reader", "i8"),
    ("last_reader", "i8"), ("table", "i8"), ("width", "i8"), ("first_axis", "i8"), ("last_axis", "i8"),
    ("peer_at", "i8"),
    ("by_world", "?"), ("is_stance", "?"), ("moves", "?"), ("steady", "?"), ("frees", "?"), ("voted_on", "?"),
    ("opens_step", "?"), ("watched", "?"), ("tilted", "?"),
    ("start_key", KEY), ("never_key", KEY), ("move_key", KEY),
], align=True)  # fmt: skip
"""[C+1] the chains, and last the ladder. Fields as in ``model.Chains``, or: ``moves`` (has any), ``states_at`` (its
first in ``states``), ``steady`` (its own moves alone change it), ``frees`` (is in ``freeing``), ``voted_on`` (votes
depend on it), ``opens_step`` (steps are due by it); ranges in ``reading``, ``readers``, ``axes``; of its table of
rates: ``table`` (where), ``width`` (rates of one joint state), ``peer_at`` (in ``peer_strides``)."""
MOVES = np.dtype([
    ("chain", "i8"), ("target", "i8"), ("rate", "i8"), ("first_condition", "i8"), ("last_condition", "i8"),
    ("first_scale", "i8"), ("last_scale", "i8"), ("least", "f8"),
], align=True)  # fmt: skip
"""[M] those out of one state of one chain beside each other; ``least`` is the rate under a tilt."""
STEPS = np.dtype([
    ("kind", "i8"), ("first", "i8"), ("last", "i8"), ("first_await", "i8"), ("last_await", "i8"),
    ("first_quiet", "i8"), ("last_quiet", "i8"),
    ("rule", "i8"), ("rule_a", "i8"),
    ("rule_b", "i8"), ("held", "i8"), ("waived", "i8"), ("bypass", "i8"), ("law", "i8"), ("lag", "i8"),
    ("obstruction", "i8"), ("obstruction_law", "i8"), ("others", "i8"), ("elapsed", "i8"), ("lag_elapsed", "i8"),
    ("waived_key", KEY), ("bypass_key", KEY), ("wait_key", KEY), ("lag_key", KEY), ("obstruction_key", KEY),
    ("obstruction_length_key", KEY),
], align=True)  # fmt: skip
"""[S] as in ``model.Steps``; ``first`` and ``last`` are the range in ``conditions``, ``first_quiet`` and ``last_quiet``
that of ``quiet`` which its meetings ask for."""
BALLOTS = np.dtype(
    [("first", "i8"), ("last", "i8"), ("obstructor", "i8"), ("ratified", "?"), ("ratification_key", KEY)],
    align=True,
)
"""[S*V] of a voter on a step: the range in ``against``, the weight as an obstructor, whether it has ratified before the
step begins, the key of its ratification."""
CONDITIONS = np.dtype([("chain", "i8"), ("allowed", "u8")], align=True)
AGAINST = np.dtype([("chain", "i8"), ("states", "u8")], align=True)
"""Chains, and bits of the states in which a voter blocks."""
AWAITS = np.dtype([("chain", "i8"), ("states", "u8"), ("blocker", "i8")], align=True)
SCALES = np.dtype([("chain", "i8"), ("at", "i8")], align=True)
LAWS = np.dtype([("kind", "i8"), ("first", "i8"), ("second", "i8"), ("weight", "i8")], align=True)
DATES = np.dtype([("time", "f8"), ("kind", "i8"), ("what", "i8"), ("state", "i8"), ("lot", "i8")], align=True)
MEETINGS = np.dtype(
    [("time", "f8"), ("calendar", "i8"), ("day", "i8"), ("year", "i8"), ("next_day", "i8")], align=True
)
VOTERS = np.dtype([("stance", "i8"), ("ratification", "i8"), ("member", "?"), ("peer", "?")], align=True)
WATCH = np.dtype([("chain", "i8"), ("state", "i8")], align=True)
READERS = np.dtype([("chain", "i8"), ("stride", "i8")], align=True)
AXES = np.dtype([("chain", "i8"), ("stride", "i8"), ("states", "i8")], align=True)
STATES = np.dtype([("first", "i8"), ("last", "i8"), ("only_target", "i8")], align=True)
LIMITS = np.dtype(
    [("horizon", "f8"), ("top_stance", "i8"), ("threshold", "i8"), ("last_decision", "i8"), ("gaps", "i8")],
    align=True,
)


class Ladder(NamedTuple):
    """Which clocks are the ladder's; they come behind those of the chains."""

    position: int
    """Its state is the ladder's: the number of steps taken. Conditions and watches read it as a chain's."""
    bypass: int
    """Takes the next step without a meeting; the same clock as ``position``."""
    end: int
    """Of the wait or ratification under way."""


class Tables(NamedTuple):
    """The whole model, as the kernel takes it; records as declared above, ranges as first and last."""

    chains: Records
    moves: Records
    conditions: Records
    scales: Records
    factors: Ints
    slots: Ints
    steps: Records
    ballots: Records
    """[S*V] what a voter's vote on a step depends on."""
    against: Records
    awaits: Records
    laws: Records
    dates: Records
    """Everything of the agenda but the meetings; of a redraw, ``lot`` is its place among the redraws. The last never
    comes."""
    meetings: Records
    """[M+1] the last never comes."""
    next_meeting: Ints
    """[S, M+1] for each step and place in ``meetings`` the first from there on that can decide the step."""
    in_year: Ints
    """[S, Y] meetings that can decide each step, those of one day once."""
    earlier_in_year: Ints
    """[S, M+1] of these, in the year of each meeting, those before it."""
    first_of_part: Ints
    """For each part of a year from the start on (see ``agenda.PARTS``) the first meeting that is not before it."""
    voters: Records
    watch: Records
    readers: Records
    """Chains whose rates read a chain (its range is in its record), and the stride of their joint state."""
    axes: Records
    """Chains that a table of rates depends on besides its own: chain, stride, how many states it has."""
    peer_strides: Ints
    """Strides of the number of peers in each stance, for each chain with a table that peers scale."""
    states: Records
    """For each chain and state: the moves out of it (first, last), and the only state that they lead to, or -1."""
    background: Ints
    """Chains that nothing depends on but rates of other chains."""
    reading: Ints
    """For each of these the moves that read it."""
    freeing: Ints
    """Chains that can make such a move impossible by getting stuck."""
    peers: Ints
    """Voters that can count as peers."""
    peer_readers: Ints
    """Chains with a rate that peers scale."""
    movers: Ints
    """As in ``Roles``; so is ``quiet``."""
    ticking: Ints
    """Clocks that can fire of themselves, in the order of ties: movers, the bypass, the wait; an even number, the last
    perhaps twice."""
    ladder: Ladder
    lively: Ints
    """Every chain but the quiet and the constant ones."""
    quiet: Ints
    sure_keys: Keys
    """[2, N] keys of the draws that every trajectory uses: all redraws by date, then the movers' first luck."""
    sure_index: NDArray[np.uint32]
    """[N] how-many-th."""
    redraws: int
    """How many of these are redraws."""
    quiet_keys: Keys
    """[2, 2, Q] keys of the starts of quiet chains, and of their first luck."""
    quiet_index: NDArray[np.uint32]
    held: Records
    """[S, calendars] keys: whether a meeting that could pass a step does not."""
    limits: Records
    """[1] horizon, top_stance, threshold, last_decision, gaps (how far behind a rate its gap is)."""
    tilting: tuple[int, ...]
    """Empty unless moves are tilted. Its length is part of its type, so that the code compiled for a run without
    tilt has nothing of the tilt in it."""
    tilted: Ints
    """Chains with tilted moves."""


def filled(dtype: np.dtype[Any], **columns: ArrayLike) -> Records:
    """Columns as records of a declared type: one for each of its fields."""
    assert columns.keys() == set(dtype.names or ()), sorted(columns.keys() ^ set(dtype.names or ()))
    out = np.zeros(len(np.asarray(next(iter(columns.values())))), dtype)
    for name, column in columns.items():
        out[name] = column
    return out.view(np.recarray)
