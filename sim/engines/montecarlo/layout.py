"""Where the tables of rates are: some values for each joint state that a chain's rates depend on.

A joint state is numbered with a stride for each thing that it depends on (an axis): the chain's own state,
the state of each chain that its moves read, and the number of peers in each stance that scales a rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.model.model import NONE, PEERS, Ints, Model

MOST_RATES = 50_000
"""In the table of one chain: few of a larger one would ever be looked up again."""


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
    """Where the tables of rates are: of each joint state the total exit rate, and each move's if there is a choice."""

    axes: list[list[tuple[int, int, int]]]
    """For each chain: (chain, stride, size) of each other chain that it reads."""
    peer_strides: list[list[int]]
    """For each chain: stride of the number of peers in each stance; empty if peers do not count."""
    widths: list[int]
    """For each chain the rates that are kept of one joint state."""
    sizes: list[int]
    """Of each chain's table; 0 for a chain without one."""

    @property
    def offsets(self) -> list[int]:
        """First value of each chain's table."""
        return [0, *np.cumsum(self.sizes).tolist()[:-1]] if self.sizes else []

    @property
    def size(self) -> int:
        """Values in all tables."""
        return sum(self.sizes)


def layout(model: Model) -> Layout:
    """Tables for every chain that can move, unless its own would be too large."""
    read, _ = readers_of(model)
    made = [_axes(model, chain, read) for chain in range(model.n_chains)]
    return Layout(
        [axes if size else [] for axes, _, _, size in made],
        [peers if size else [] for _, peers, _, size in made],
        [width for _, _, width, _ in made],
        [size for _, _, _, size in made],
    )


def _axes(
    model: Model, chain: int, read: list[set[int]]
) -> tuple[list[tuple[int, int, int]], list[int], int, int]:
    """The axes of one chain's table, the strides of its peers, its width, and its size."""
    first, last = model.chains.first_move[chain], model.chains.first_move[chain + 1]
    if first == last:
        return [], [], 0, 0
    choice = int(np.bincount(model.moves.source[first:last]).max())
    width = 1 + choice if choice > 1 else 1
    stride = width * len(model.state_names[chain])
    axes = []
    for other in range(model.n_chains + 1):
        if chain in read[other] and other != chain:
            size = len(model.state_names[other])
            axes.append((other, stride, size))
            stride *= size
    named, strides = _peer_stances(model, chain), []
    if named:
        size = len(peers_of(model)) + 1
        for stance in range(model.top_stance + 1):
            strides.append(stride if stance in named else 0)
            stride *= size if stance in named else 1
    return axes, strides, width, stride if stride <= MOST_RATES else 0


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
