"""The joint states of a component that can be reached, and where each change leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engines.exact.clusters import Bundle
from sim.engines.exact.merging import Canon
from sim.engines.exact.plan import RowPlan, Rows
from sim.engines.exact.structure import LADDER, Structure, states_in
from sim.model.model import EVENT, REDRAW, Floats, Ints
from sim.model.pieces import MovePiece

Keys = NDArray[Any]
_MOST_CODES = 2**62


class TooMany(Exception):
    """More states than the bound."""

    def __init__(self, states: int) -> None:
        super().__init__(states)
        self.states = states


@dataclass(frozen=True)
class Jump:
    """Rows from which something leads elsewhere, and where to."""

    source: Ints
    target: Ints


@dataclass
class Space:
    """All joint states of a component, in order (the ladder first), and the jumps between them."""

    plan: RowPlan
    rows: Rows
    """[n, columns]"""
    keys: Keys
    moves: list[tuple[MovePiece, Jump]] = field(default_factory=list)
    steps: dict[tuple[int, int], Jump] = field(default_factory=dict)
    """(step, state of the ladder after it) -> where the taking of the step leads."""
    sets: dict[tuple[int, int], Jump] = field(default_factory=dict)
    """(chain, state) -> where an event or redraw leads; rows that it leaves as they are, are left out."""

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, chain: int) -> Ints | int:
        """[n] the state of a chain, or its only state if it never changes."""
        if chain == LADDER:
            return self.rows[:, 0].astype(np.int64)
        if ("chain", chain) in self.plan.place:
            return self.rows[:, self.plan.place["chain", chain]].astype(np.int64)
        mask = self.plan.structure.reach[chain]
        assert mask.bit_count() == 1, "a chain of another component is never read"
        return mask.bit_length() - 1

    def carries(self, chain: int) -> bool:
        """Whether the chain changes in this component."""
        return ("chain", chain) in self.plan.place

    def find(self, rows: Rows) -> Ints:
        """Where rows stand."""
        return np.searchsorted(self.keys, encode(self.plan, rows)).astype(np.int64)


def encode(plan: RowPlan, rows: Rows) -> Keys:
    """A number (or, of very long rows, a text) for each row, in the order of the rows."""
    sizes = plan.sizes
    if not sizes:
        return np.zeros(len(rows), np.int64)
    if float(np.prod(np.array(sizes, dtype=float))) < _MOST_CODES:
        strides = np.cumprod(np.array([1, *sizes[:0:-1]], dtype=np.int64))[::-1]
        return np.asarray(rows @ strides)
    return np.ascontiguousarray(rows).view(f"S{len(sizes)}").ravel()


# --- changes ---------------------------------------------------------------------------------------------


def _changed(rows: Rows, column: int, state: int) -> Rows:
    found = rows.copy()
    found[:, column] = state
    return found


def _in(plan: RowPlan, rows: Rows, chain: int, allowed: int) -> NDArray[np.bool_] | bool:
    """Whether a chain is in one of the allowed states."""
    if chain != LADDER and ("chain", chain) not in plan.place:
        return bool(plan.structure.reach[chain] & allowed)
    at = rows[:, 0] if chain == LADDER else rows[:, plan.place["chain", chain]]
    allowed_states = [bool(allowed >> state & 1) for state in range(64)]
    return np.array(allowed_states)[at]


def _changes(plan: RowPlan, rows: Rows) -> Iterator[tuple[object, Ints, Rows]]:
    """What may happen to some of the rows: a name for it, to which, and what they become."""
    structure, place = plan.structure, plan.place
    before_end = rows[:, 0] <= structure.last if plan.component.ladder else np.ones(len(rows), np.bool_)
    own = set(plan.component.chains)
    for move in structure.moves:
        if move.chain not in own:
            continue
        column = place["chain", move.chain]
        here = before_end & (rows[:, column] == move.source)
        if ("never", move.chain) in place:
            here &= rows[:, place["never", move.chain]] == 0
        for chain, allowed in move.when:
            here &= _in(plan, rows, chain, allowed)
        yield move, np.flatnonzero(here), _changed(rows[here], column, move.target)
    for chain, state in dated_changes(structure):
        if chain in own:
            column = place["chain", chain]
            here = before_end & (rows[:, column] != state)
            yield (chain, state), np.flatnonzero(here), _changed(rows[here], column, state)
    if plan.component.ladder:
        for step in structure.decisions:
            here = rows[:, 0] == step
            for target in structure.landings(step):
                yield ("step", step, target), np.flatnonzero(here), _changed(rows[here], 0, target)


def dated_changes(structure: Structure) -> list[tuple[int, int]]:
    """Chain and state of everything that events and redraws may set."""
    found = set()
    a = structure.model.agenda
    for kind, what, state in zip(a.kind.tolist(), a.what.tolist(), a.state.tolist(), strict=True):
        if structure.reach[what if kind in (EVENT, REDRAW) else 0].bit_count() < 2:
            continue
        if kind == EVENT:
            found.add((what, state))
        elif kind == REDRAW:
            at = int(structure.model.chains.redraw_at[what])
            found |= {(what, s) for s in states_in(structure.possible(at, what))}
    return sorted(found)


def explore(plan: RowPlan, canon: Canon, starts: Rows, bound: int) -> Space:
    """All states that can be reached from ``starts``, and every jump between them.

    :raises TooMany: more than ``bound``.
    """
    structure = plan.structure
    named: dict[object, list[tuple[Keys, Keys]]] = {}
    first = canon(starts)
    keys, index = np.unique(encode(plan, first), return_index=True)
    known, frontier, rows = keys, first[index], [first[index]]
    row_keys = [keys]
    while len(frontier):
        codes = encode(plan, frontier)
        found = [(name, at, raw) for name, at, raw in _changes(plan, frontier) if len(at)]
        if not found:
            break
        raw = np.concatenate([part for _, _, part in found])
        _, index, inverse = np.unique(encode(plan, raw), return_index=True, return_inverse=True)
        simple = canon(raw[index])
        simple_keys = encode(plan, simple)
        targets = simple_keys[inverse]
        at = 0
        for name, here, part in found:
            named.setdefault(name, []).append((codes[here], targets[at : at + len(part)]))
            at += len(part)
        new, index = np.unique(simple_keys, return_index=True)
        place = np.searchsorted(known, new)
        fresh = (place == len(known)) | (known[np.minimum(place, len(known) - 1)] != new)
        frontier = simple[index[fresh]]
        known = np.union1d(known, new[fresh])
        rows.append(frontier)
        row_keys.append(new[fresh])
        if len(known) > bound:
            raise TooMany(len(known))
    order = np.argsort(np.concatenate(row_keys), kind="stable")
    space = Space(plan, np.concatenate(rows)[order], known)
    for name, pairs in named.items():
        source, target = (np.searchsorted(known, np.concatenate(side)) for side in zip(*pairs, strict=True))
        moving = source != target
        jump = Jump(source[moving], target[moving])
        if isinstance(name, MovePiece):
            space.moves.append((name, jump))
        elif isinstance(name, tuple) and name[0] == "step":
            space.steps[name[1], name[2]] = jump
        elif isinstance(name, tuple):
            space.sets[name] = jump
    space.moves.sort(key=lambda entry: entry[0].number)
    assert structure.last < 0 or len(space)
    return space


# --- where it starts -------------------------------------------------------------------------------------

Weigh = Callable[[int, int], float]
"""Probability of a state of a chain at the start."""


def begin(plan: RowPlan, start: Weigh, never: Callable[[int], float]) -> tuple[Rows, Floats]:
    """Every state in which a component may start, and its probability; not yet in simplest form.

    :param start: probability of a state of a chain; :param never: that a chain makes no move at all.
    """
    rows, weights = np.zeros((1, len(plan.columns)), np.uint8), np.ones(1)
    blocks_of = {block[0].start: block for block in plan.alike}
    for group in plan.component.groups:
        first = plan.place["chain", group[0].chains[0]]
        for number, bundle in enumerate(group):
            rows, weights = _begin_bundle(plan, bundle, rows, weights, start, never)
            if number:
                plan.sort(rows, blocks_of[first][: number + 1])
            _, index, inverse = np.unique(encode(plan, rows), return_index=True, return_inverse=True)
            rows, weights = rows[index], np.bincount(inverse, weights, len(index)).astype(np.float64)
    return rows, weights


def _begin_bundle(
    plan: RowPlan, bundle: Bundle, rows: Rows, weights: Floats, start: Weigh, never: Callable[[int], float]
) -> tuple[Rows, Floats]:
    structure = plan.structure
    for chain in bundle.chains:
        column = plan.place["chain", chain]
        choices = [(state, start(chain, state)) for state in states_in(structure.starts[chain])]
        rows, weights = _split(rows, weights, column, choices)
    for chain in bundle.never:
        chance = never(chain)
        rows, weights = _split(rows, weights, plan.place["never", chain], [(0, 1 - chance), (1, chance)])
    if bundle.below:
        stance = plan.place["chain", int(structure.model.voters.stance[bundle.voter])]
        rows[:, plan.place["below", bundle.voter]] = rows[:, stance] < structure.model.top_stance
    return rows, weights


def _split(rows: Rows, weights: Floats, column: int, choices: list[tuple[int, float]]) -> tuple[Rows, Floats]:
    """Each row once for each choice that has a chance."""
    kept = [(state, p) for state, p in choices if p > 0]
    return (
        np.concatenate([_changed(rows, column, state) for state, _ in kept]),
        np.concatenate([weights * p for _, p in kept]),
    )
