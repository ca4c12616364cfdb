"""Where the tables of rates are: one value for each joint state that a chain's rates depend on.

A joint state is numbered with a stride for each thing that it depends on (an axis): the chain's own state,
the state of each chain that its moves read, and the number of peers in each stance that scales a rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.model.model import NONE, PEERS, Ints, Model

MOST_JOINT_STATES = 20_000
"""Of one chain: a larger table costs more than it saves."""
MOST_VALUES = 30_000_000
"""Of all tables in all worlds: 240 MB."""


def readers_of(model: Model) -> tuple[list[set[int]], list[int]]:
    """For each chain (and the ladder) the chains whose rates read it; and those that peers scale."""
    read: list[set[int]] = [set() for _ in range(model.n_chains + 1)]
    peers: set[int] = set()
    for chain, names in zip(model.chain_of_move.tolist(), read_by_moves(model), strict=True):
        for other in names:
            (peers if other == PEERS else read[other]).add(chain)
    return read, sorted(peers)


def read_by_moves(model: Model) -> list[set[int]]:
    """For each move the chains (or PEERS) whose states open it or scale its rate."""
    conditions, scales = model.conditions.chain.tolist(), model.scales.chain.tolist()
    opened = pairwise(model.moves.first_condition.tolist())
    scaled = pairwise(model.moves.first_scale.tolist())
    return [{*conditions[a:b], *scales[c:d]} for (a, b), (c, d) in zip(opened, scaled, strict=True)]


@dataclass(frozen=True)
class Layout:
    """Where the tables of rates are: one value for each joint state that a chain's rates depend on."""

    axes: list[list[tuple[int, int, int]]]
    """For each chain: (chain, stride, size) of each other chain that it reads."""
    peer_strides: list[list[int]]
    """For each chain: stride of the number of peers in each stance; empty if peers do not count."""
    joint_states: list[int]
    """0 for a chain without a table."""

    @property
    def offsets(self) -> list[int]:
        """First value of each chain's table."""
        return [0, *np.cumsum(self.joint_states).tolist()[:-1]] if self.joint_states else []

    @property
    def size(self) -> int:
        """Values in all tables of one world."""
        return sum(self.joint_states)


def layout(model: Model, worlds: int) -> Layout:
    """Tables for every chain that can move, unless they would be too large together.

    :param worlds: how many have a table of their own; with 0 no chain has a table.
    """
    read, _ = readers_of(model)
    made = [_axes(model, chain, read) for chain in range(model.n_chains)]
    total = sum(joint for _, _, joint in made)
    fits = 0 < total * worlds <= MOST_VALUES
    return Layout(
        [axes if joint else [] for axes, _, joint in made],
        [peers for _, peers, _ in made],
        [joint if fits else 0 for _, _, joint in made],
    )


def _axes(
    model: Model, chain: int, read: list[set[int]]
) -> tuple[list[tuple[int, int, int]], list[int], int]:
    """The axes of one chain's table, the strides of its peers, and its number of joint states."""
    first, last = model.chains.first_move[chain], model.chains.first_move[chain + 1]
    if first == last:
        return [], [], 0
    stride = len(model.state_names[chain])
    axes = []
    for other in range(model.n_chains + 1):
        if chain in read[other] and other != chain:
            size = len(model.state_names[other])
            axes.append((other, stride, size))
            stride *= size
    named = _peer_stances(model, chain)
    size = len(peers_of(model)) + 1
    strides = []
    for stance in range(model.top_stance + 1) if named else ():
        strides.append(stride if stance in named else 0)
        stride *= size if stance in named else 1
    return axes, strides, stride if stride <= MOST_JOINT_STATES else 0


def _peer_stances(model: Model, chain: int) -> set[int]:
    """Stances of peers that scale a rate of this chain."""
    named: set[int] = set()
    for move in range(model.chains.first_move[chain], model.chains.first_move[chain + 1]):
        for i in range(model.moves.first_scale[move], model.moves.first_scale[move + 1]):
            if model.scales.chain[i] == PEERS:
                at = model.scales.factor_at[i]
                slots = model.scales.factors[at : at + model.top_stance + 1]
                named |= set(np.flatnonzero(slots != NONE).tolist())
    return named


def peers_of(model: Model) -> Ints:
    """Voters that can count as peers: those among whom peers count that can start below the top stance."""
    below = model.chains.start[model.voters.stance] != model.top_stance
    return np.flatnonzero(below & model.voters.peer)
