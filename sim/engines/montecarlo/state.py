"""The state of one trajectory under way, as record arrays for compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.engines.montecarlo.packed import Records, Tables
from sim.model.model import Floats, Ints, Masks, Model
from sim.model.rules import NEVER

UNKNOWN = -1.0
"""A rate that has not been worked out."""
AHEAD = 4
"""Exits of a chain whose luck is drawn at once: a power of 2."""


class Trajectory(NamedTuple):
    """Which trajectory it is, and where it lives."""

    number: int
    world: int
    numbers: Floats
    """Of its world, by slot."""


class State(NamedTuple):
    """One trajectory under way. Clocks 0..C-1 are the chains, the last two the ladder's: see ``packed.Ladder``."""

    clocks: Records
    """[C+2] state, rate_at (where in ``rates`` its joint state is; below 0 without a table), left, since, total,
    luck, exits, never, rests (as background that nothing reads any more)."""
    fires: Floats
    """[C+2] when each clock fires; apart from ``clocks`` because it is searched for the least."""
    rates: Floats
    """Rates of the present world by joint states (``layout.py``), UNKNOWN until they are asked for. Under a tilt their
    gaps follow."""
    known: Ints
    """Where those are that have been; the first ``now.known`` count."""
    votes: Records
    """[V] member, below (a peer that started below the top stance), raised (when it last rose to the threshold),
    days (its ratification takes)."""
    steps: Records
    """[S] time, how, waived."""
    blockers: Masks
    """[S, words]"""
    watched: Floats
    now: Records
    """[1] dated (how many things with a date are over), ratifier (that will complete the ratification under way),
    last_to_move, last_to_ratify; first (the clock that fires first, if sure); meets (when the next meeting is at
    which a step is due; its number is meeting), not_over (the first meeting not over); begun (how many quiet chains
    have), quiet_until (when the first of those that the step asks for fires); counted (the blockers are up to date,
    but for the voter turned), members, blocking (how many, chains that the step waits for included), waiting (how
    many of these chains); row (the first meeting of those blocked alike, -1 if none), ahead (meetings to come have
    been passed over; see ``rows``); known (how many rates are)."""
    blocking: Ints
    """[B] what blocks, in any order; the first ``now.blocking`` count."""
    lots: Floats
    """[2, N] uniforms of the sure draws."""
    quiet_lots: Floats
    """[2, 2, Q] the same of quiet chains: starts, and first luck."""
    luck: Floats
    """[C, 2, AHEAD] for each chain the luck of some exits after the first: what they last, and what picks."""
    tilts: Records
    """[C] of tilted chains: gap (tilted less true exit rate), since, log (of the weight up to then)."""
    gap: Floats
    """[1] the gap of the exit rate worked out last."""
    truths: Floats
    """The true rates beside the tilted ones in ``weights``."""
    likelihood: Floats
    """[1+S+R] the trajectory's weight at its end, when each step was taken, and at each watched entry."""
    weights: Floats
    """Scratch space for picks."""
    seen: Floats
    """[2, V] the same, for what has been seen of the capitals; see ``rules.blamed``."""
    counts: Ints
    """[S, Y+1, B+1, 2] meetings of the block, as ``rows.by_year`` reads them."""


CLOCK = np.dtype([
    ("state", "i8"), ("rate_at", "i8"), ("left", "f8"), ("since", "f8"), ("total", "f8"), ("luck", "f8"),
    ("exits", "i8"), ("never", "?"), ("rests", "?"),
], align=True)  # fmt: skip
TILT = np.dtype([("gap", "f8"), ("since", "f8"), ("log", "f8")], align=True)
VOTE = np.dtype([("raised", "f8"), ("days", "f8"), ("member", "?"), ("below", "?")], align=True)
STEP = np.dtype([("time", "f8"), ("how", "i1"), ("waived", "?")], align=True)
NOW = np.dtype([
    ("dated", "i8"), ("ratifier", "i8"), ("last_to_move", "i8"), ("last_to_ratify", "i8"), ("first", "i8"),
    ("meets", "f8"), ("meeting", "i8"), ("not_over", "i8"), ("quiet_until", "f8"), ("begun", "i8"), ("members", "i8"),
    ("blocking", "i8"), ("waiting", "i8"), ("turned", "i8"), ("row", "i8"), ("known", "i8"),
    ("sure", "?"), ("counted", "?"), ("ahead", "?"),
], align=True)  # fmt: skip


def fresh_state(model: Model, t: Tables) -> State:
    """Room for one trajectory at a time, and the counts of a block."""
    steps, years = model.n_steps, len(model.years)
    widest = max(
        int(np.diff(model.chains.first_move).max(initial=0)), int(model.chains.states.max(initial=0)),
        model.n_voters, len(model.laws.kind), 1,
    )  # fmt: skip
    clocks = np.zeros(model.n_chains + 2, CLOCK).view(np.recarray)
    clocks.state[: model.n_chains] = np.maximum(model.chains.start, 0)  # for good, if the chain is constant
    return State(
        clocks=clocks,
        fires=np.full(model.n_chains + 2, NEVER),
        rates=np.full(int(t.limits[0].gaps) * (2 if t.tilting else 1), UNKNOWN),
        known=np.zeros(int(t.limits[0].gaps), np.int64),
        votes=np.zeros(model.n_voters, VOTE).view(np.recarray),
        steps=np.zeros(steps, STEP).view(np.recarray),
        blockers=np.zeros((steps, model.blocker_words), np.uint64),
        watched=np.zeros(len(model.watch.chain)),
        now=np.zeros(1, NOW).view(np.recarray),
        blocking=np.zeros(len(model.blocker_names), np.int64),
        lots=np.zeros((2, model.n_chains + len(model.agenda.kind))),
        quiet_lots=np.zeros((2, 2, model.n_chains)),
        luck=np.zeros((model.n_chains, 2, AHEAD)),
        tilts=np.zeros(model.n_chains, TILT).view(np.recarray),
        gap=np.zeros(1),
        truths=np.zeros(widest),
        likelihood=np.ones(1 + steps + len(model.watch.chain)),
        weights=np.zeros(widest),
        seen=np.zeros((2, model.n_voters)),
        counts=np.zeros((steps, years + 1, len(model.blocker_names) + 1, 2), np.int64),
    )
