"""The simplest state that has the same future.

Two joint states are merged only if that is exact. Three rules do it, each worked out from what is still
reachable: where the next step can never be taken, nothing else matters; a chain that nobody can read any more
is set to its first state, and one that all its readers will always see alike to the first of those states;
voters who are alike are sorted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.engines.exact.components import Bundle, Component
from sim.engines.exact.structure import LADDER, Move, Parts, Read

Rows = NDArray[np.uint8]
Masks = NDArray[np.uint64]
Bools = NDArray[np.bool_]
_T = TypeVar("_T")
_ONE = np.uint64(1)
_CHUNK = 65_536


@dataclass(frozen=True)
class Layout:
    """Where the parts of a joint state stand in a row of small integers."""

    parts: Parts
    component: Component

    @cached_property
    def columns(self) -> list[tuple[str, int]]:
        """Each column: ``ladder``, ``chain``, ``never`` (of a chain) or ``below`` (of a voter)."""
        found = [("ladder", 0)] if self.component.ladder else []
        for group in self.component.groups:
            for bundle in group:
                found += self._columns(bundle)
        return found

    @staticmethod
    def _columns(bundle: Bundle) -> list[tuple[str, int]]:
        return [
            *(("chain", chain) for chain in bundle.chains),
            *(("never", chain) for chain in bundle.never),
            *([("below", bundle.voter)] if bundle.below else []),
        ]

    @cached_property
    def place(self) -> dict[tuple[str, int], int]:
        """The number of a column."""
        return {column: i for i, column in enumerate(self.columns)}

    @cached_property
    def sizes(self) -> list[int]:
        """States of each column. The ladder has, after its steps, ``done`` and a dead end for each step."""
        by_kind = {"ladder": 2 * len(self.parts.decisions) + 1, "never": 2, "below": 2}
        states = self.parts.model.chains.states
        return [by_kind.get(kind) or int(states[number]) for kind, number in self.columns]

    @cached_property
    def alike(self) -> list[list[slice]]:
        """For each group of more than one bundle, the columns of each bundle."""
        found = []
        for group in self.component.groups:
            first = [self.place["chain", bundle.chains[0]] for bundle in group]
            width = len(self._columns(group[0]))
            if len(group) > 1:
                found.append([slice(at, at + width) for at in first])
        return found

    def sort(self, rows: Rows, blocks: list[slice]) -> None:
        """Sorts bundles that are alike, in place."""
        sizes = self.sizes[blocks[0]]
        strides = np.cumprod([1, *sizes[:0:-1]])[::-1].astype(np.int64)
        codes = np.stack([rows[:, block] @ strides for block in blocks], axis=1)
        codes.sort(axis=1)
        for i, block in enumerate(blocks):
            for offset, (stride, size) in enumerate(zip(strides, sizes, strict=True)):
                rows[:, block.start + offset] = codes[:, i] // stride % size


class Canon:
    """Finds the simplest equivalent of joint states of one component."""

    def __init__(self, layout: Layout, merge: bool = True) -> None:
        self.layout, self.parts, self.merge = layout, layout.parts, merge
        self.last = self.parts.last
        own = set(layout.component.chains)
        self.moves = [move for move in self.parts.moves if move.chain in own]
        self.reads = [self.parts.reads(move) for move in self.moves]

    def __call__(self, rows: Rows) -> Rows:
        """The equivalent of each row; shape (n, columns)."""
        found = rows.copy()
        if self.merge and len(self.layout.columns):
            for first in range(0, len(rows), _CHUNK):
                chunk = slice(first, first + _CHUNK)
                found[chunk] = _Futures(self, rows[chunk]).simplest()
        for blocks in self.layout.alike:
            self.layout.sort(found, blocks)
        return found


class _Futures:
    """What can still happen from each of n rows, and what of it matters."""

    def __init__(self, canon: Canon, rows: Rows) -> None:
        self.canon, self.parts, self.rows = canon, canon.parts, rows
        self.place = canon.layout.place
        self.reach: dict[int, Masks] = {
            chain: _ONE << rows[:, self.place["chain", chain]].astype(np.uint64)
            | np.uint64(self.parts.set_to[chain])
            for chain in canon.layout.component.chains
        }
        self.ladder = ("ladder", 0) in self.place
        if self.ladder:
            self.reach[LADDER] = _ONE << rows[:, 0].astype(np.uint64)
        self.stays = {
            chain: rows[:, self.place["never", chain]] == 1
            for chain in self.reach if ("never", chain) in self.place
        }  # fmt: skip
        self._close()

    # --- what can still happen ----------------------------------------------------------------------

    def _mask(self, chain: int) -> Masks | np.uint64 | None:
        """States still to come of a chain; None if another component carries it."""
        if chain in self.reach:
            return self.reach[chain]
        constant = self.parts.reach[chain]
        return np.uint64(constant) if constant.bit_count() == 1 else None

    def _can(self, chain: int, allowed: int) -> Bools | bool:
        mask = self._mask(chain)
        return True if mask is None else np.asarray((mask & np.uint64(allowed & (2**64 - 1))) != 0)

    def _all(self, conditions: Iterable[tuple[int, int]]) -> Bools:
        found = np.ones(len(self.rows), np.bool_)
        for chain, allowed in conditions:
            found &= self._can(chain, allowed)
        return found

    def _from(self, move: Move) -> Bools:
        """Whether the chain can be where the move starts, and moves at all."""
        inside: Bools = (self.reach[move.chain] >> np.uint64(move.source) & _ONE) == 1
        return inside & ~self.stays[move.chain] if move.chain in self.stays else inside

    def _open(self, move: Move) -> Bools:
        return self._from(move) & self._all(move.conditions)

    def passable(self, step: int) -> Bools:
        """Whether a decision can be taken at all once it is the next."""
        due = self._all(self.parts.due_when(step))
        if self.parts.bypassed(step):
            return due
        if not self.parts.model.steps.calendars[step]:
            return np.zeros_like(due)
        if self.parts.consensus:
            for voter in range(self.parts.model.n_voters):
                if voter not in self.parts.joiners:
                    due &= self._all((c, ~blocks) for c, blocks in self.parts.blocking(step, voter))
        return due

    def _close(self) -> None:
        while True:
            before = dict(self.reach)
            for move in self.canon.moves:
                opened = self._open(move).astype(np.uint64) << np.uint64(move.target)
                self.reach[move.chain] = self.reach[move.chain] | opened
            if self.ladder:
                self._climb()
            if all(np.array_equal(before[chain], mask) for chain, mask in self.reach.items()):
                return

    def _climb(self) -> None:
        for step in self.parts.decisions:
            at = (self.reach[LADDER] >> np.uint64(step) & _ONE) == 1
            taken = (at & self.passable(step)).astype(np.uint64)
            for target in self.parts.landings(step):
                self.reach[LADDER] = self.reach[LADDER] | taken << np.uint64(target)

    # --- what of it matters -------------------------------------------------------------------------

    def _differs(self, read: Read) -> Bools:
        """Whether the reader may yet see the chain in two ways."""
        seen = np.zeros(len(self.rows), np.int64)
        for mask in read.classes:
            seen += self._can(read.chain, mask)
        return seen > 1

    def _roots(self) -> Iterable[tuple[Read, Bools, Bools]]:
        """What decisions read: whether they may be asked, and whether they may pass."""
        everyone = np.ones(len(self.rows), np.bool_)
        for step in self.parts.decisions:
            asked = passes = everyone
            if self.ladder:
                asked = (self.reach[LADDER] >> np.uint64(step) & _ONE) == 1
                passes = asked & self.passable(step)
            elif step not in self.parts.takable:
                continue
            conditions = self.parts.due_when(step)
            for voter in range(self.parts.model.n_voters):
                conditions = conditions + self.parts.blocking(step, voter)
            for chain, mask in conditions:
                if chain in self.reach:
                    yield Read(chain, (mask, ~mask)), asked, passes

    def _matters(self) -> tuple[dict[int, Bools], dict[int, Bools]]:
        """Chain -> whether somebody reads it, and whether somebody may yet see it in two ways."""
        none = np.zeros(len(self.rows), np.bool_)
        read = {chain: none.copy() for chain in self.reach}
        wanted = {chain: none.copy() for chain in self.reach}
        for root, asked, passes in self._roots():
            read[root.chain] |= asked
            wanted[root.chain] |= passes & self._differs(root)
        can = [(self._from(move), self._open(move)) for move in self.canon.moves]
        while True:
            before = [sum(int(a.sum()) for a in group.values()) for group in (read, wanted)]
            for move, reads, (starts, opens) in zip(self.canon.moves, self.canon.reads, can, strict=True):
                for one in reads:
                    if one.chain in self.reach:
                        read[one.chain] |= starts & read[move.chain]
                        wanted[one.chain] |= opens & wanted[move.chain] & self._differs(one)
            if before == [sum(int(a.sum()) for a in group.values()) for group in (read, wanted)]:
                return read, wanted

    def simplest(self) -> Rows:
        """The rows with all that does not matter set to its simplest."""
        found = self.rows.copy()
        read, wanted = self._matters()
        for chain in self.reach:
            if chain == LADDER:
                continue
            column = self.place["chain", chain]
            first = _lowest(self.reach[chain])
            found[:, column] = np.where(wanted[chain], found[:, column], np.where(read[chain], first, 0))
            if ("never", chain) in self.place:
                found[~read[chain], self.place["never", chain]] = 0
            voter = int(self.parts.model.chains.voter[chain])
            if ("below", voter) in self.place and chain == self.parts.model.voters.stance[voter]:
                found[~read[chain], self.place["below", voter]] = 0
        if self.ladder:
            self._end(found)
        return found

    def _end(self, found: Rows) -> None:
        """Beyond the last decision, and where the next step can never be taken, only the ladder is left."""
        at, last = self.rows[:, 0].astype(np.int64), self.canon.last
        stuck = (at <= last) & (self.reach[LADDER] == _ONE << at.astype(np.uint64))
        over = at > last
        found[stuck | over] = 0
        found[stuck, 0] = at[stuck] + last + 2
        found[over, 0] = at[over]


def _lowest(masks: Masks) -> NDArray[np.uint8]:
    """The lowest state of each mask."""
    lowest = masks & (~masks + _ONE)
    return np.log2(lowest.astype(np.float64)).astype(np.uint8)
