"""What the kernel has to do with each chain, decided once for a model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.engines.layout import readers_of
from sim.model import EVENT, NONE, Ints, Model


class Roles(NamedTuple):
    """Chains by what has to be done with them; a chain can have several roles."""

    movers: list[int]
    """Can move, but for the quiet ones."""
    quiet: list[int]
    """Nothing changes them and only meetings read them: advanced when a meeting asks."""
    constant: list[int]
    """Keep the state that they start in, and it is the same in every trajectory."""
    background: list[int]
    """Nothing depends on them but rates of other chains."""
    steady: list[bool]
    """For each chain and the ladder: whether it changes by its own moves alone."""


def roles(model: Model, tilted: Ints) -> Roles:
    """The roles of a model's chains.

    :param tilted: chains with tilted moves, which are never left alone: each of their moves has a weight.
    """
    chains, n = model.chains, model.n_chains
    read, peers = readers_of(model)
    dated = set(model.agenda.what[model.agenda.kind == EVENT].tolist())
    dated |= set(np.flatnonzero(chains.redraw_at != NONE).tolist())
    moving = set(np.flatnonzero(np.diff(chains.first_move)).tolist())
    reading = set().union(*read) | set(peers)
    looked_at = set(model.watch.chain.tolist()) | set(model.voters.stance.tolist())
    looked_at |= set(chains_of_steps(model).tolist()) | set(tilted.tolist())
    voted_on = set(model.steps.unless_chain.tolist())
    quiet = [c for c in sorted(moving - dated - reading - looked_at) if not read[c]]
    return Roles(
        movers=sorted(moving - set(quiet)),
        quiet=quiet,
        constant=[c for c in range(n) if c not in moving | dated and chains.start[c] != NONE],
        background=[c for c in range(n) if c not in looked_at | voted_on and read[c] and c not in read[c]],
        steady=[c not in dated for c in range(n)] + [False],
    )


def chains_of_steps(model: Model) -> Ints:
    """Chains that say whether a step is due."""
    return model.conditions.chain[model.steps.first_condition[0] :]


def moves_reading(model: Model, chain: int) -> list[int]:
    """The moves of all chains that are open, or scaled, by the state of a chain."""
    conditions, scales, moves = model.conditions, model.scales, model.moves
    return [
        m
        for m in range(len(moves.rate))
        if chain in conditions.chain[moves.first_condition[m] : moves.first_condition[m + 1]]
        or chain in scales.chain[moves.first_scale[m] : moves.first_scale[m + 1]]
    ]


def chains_of_move(model: Model, move: int) -> list[int]:
    """The chain that makes a move, and those that open it."""
    first, last = model.moves.first_condition[move], model.moves.first_condition[move + 1]
    chain = int(np.searchsorted(model.chains.first_move, move, "right")) - 1
    return [chain, *model.conditions.chain[first:last].tolist()]


def by_source(model: Model) -> Ints:
    """Numbers of all moves, those out of one state of one chain beside each other, in the order of the file."""
    chain = np.repeat(np.arange(model.n_chains), np.diff(model.chains.first_move))
    return np.lexsort((np.arange(len(chain)), model.moves.source, chain))
