"""What the kernel has to do with each chain, decided once for a model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.engines.montecarlo.layout import read_by_moves
from sim.model.model import EVENT, NONE, PEERS, Ints, Model


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


def roles(model: Model, read: list[set[int]], peers: list[int], tilted: Ints) -> Roles:
    """The roles of a model's chains.

    :param read, peers: as from ``readers_of``.
    :param tilted: chains with tilted moves, which are never left alone: each of their moves has a weight.
    """
    chains, n = model.chains, model.n_chains
    dated = set(model.agenda.what[model.agenda.kind == EVENT].tolist())
    dated |= set(np.flatnonzero(chains.redraw_at != NONE).tolist())
    moving = set(np.flatnonzero(np.diff(chains.first_move)).tolist())
    reading = set().union(*read) | set(peers)
    looked_at = set(model.watch.chain.tolist()) | set(model.voters.stance.tolist())
    looked_at |= set(chains_of_steps(model).tolist()) | set(tilted.tolist())
    voted_on = chains_of_meetings(model)
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


def chains_of_meetings(model: Model) -> set[int]:
    """Chains that meetings ask for, besides stances."""
    return {*model.steps.unless_chain.tolist(), *model.steps.await_chain.tolist()}


def moves_reading(model: Model) -> list[list[int]]:
    """For each chain and the ladder the moves of all chains that are open, or scaled, by its state."""
    reading: list[list[int]] = [[] for _ in range(model.n_chains + 1)]
    for move, names in enumerate(read_by_moves(model)):
        for chain in names - {PEERS}:
            reading[chain].append(move)
    return reading


def chains_of_move(model: Model, move: int) -> list[int]:
    """The chain that makes a move, and those that open it."""
    first, last = model.moves.first_condition[move], model.moves.first_condition[move + 1]
    return [int(model.chain_of_move[move]), *model.conditions.chain[first:last].tolist()]


def by_source(model: Model) -> Ints:
    """Numbers of all moves, those out of one state of one chain beside each other, in the order of the file."""
    return np.lexsort((model.moves.source, model.chain_of_move))
