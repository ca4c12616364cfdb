"""What the kernel has to do with each chain, decided once for a model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.engines.montecarlo.layout import read_by_moves
from sim.model.model import EVENT, NONE, PEERS, Ints, Model


class Roles(NamedTuple):
    """Chains by what has to be done with them; a chain can have several roles."""

    movers: list[int]
    """Can move, but for the quiet ones and those that nobody ever reads."""
    quiet: list[int]
    """Nothing changes them and only meetings read them: advanced when a meeting asks. By the first step that does."""
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
    asking = asked_by_steps(model)
    apart = [c for c in sorted(moving - dated - reading - looked_at) if not read[c]]
    quiet = sorted((c for c in apart if asking[c]), key=asking.__getitem__)
    return Roles(
        movers=sorted(moving - set(apart)),
        quiet=quiet,
        constant=[c for c in range(n) if c not in moving | dated and chains.start[c] != NONE],
        background=[
            c for c in range(n) if c not in looked_at and not asking[c] and read[c] and c not in read[c]
        ],
        steady=[c not in dated for c in range(n)] + [False],
    )


def chains_of_steps(model: Model) -> Ints:
    """Chains that say whether a step is due."""
    return model.conditions.chain[model.steps.first_condition[0] :]


def asked_by_steps(model: Model) -> list[list[int]]:
    """For each chain the steps whose meetings ask for it, besides stances; in order."""
    asking: list[list[int]] = [[] for _ in range(model.n_chains)]
    steps = model.steps
    for step in range(model.n_steps):
        first, last = steps.first_unless[[step * model.n_voters, (step + 1) * model.n_voters]]
        asked = {*steps.unless_chain[first:last].tolist()}
        asked |= {*steps.await_chain[steps.first_await[step] : steps.first_await[step + 1]].tolist()}
        for chain in asked:
            asking[chain].append(step)
    return asking


def quiet_at_steps(model: Model, quiet: list[int]) -> list[tuple[int, int]]:
    """For each step a range of the quiet chains that has all which its meetings ask for."""
    asked = asked_by_steps(model)
    asking, ranges = [asked[chain] for chain in quiet], []
    for step in range(model.n_steps):
        last = sum(steps[0] <= step for steps in asking)
        first = next((i for i in range(last) if asking[i][-1] >= step), last)
        ranges.append((first, last))
    return ranges


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
