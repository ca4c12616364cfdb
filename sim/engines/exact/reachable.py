"""What can still happen from each of many joint states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.engines.exact.plan import RowPlan, Rows
from sim.engines.exact.structure import LADDER
from sim.model.pieces import MovePiece

Masks = NDArray[np.uint64]
Bools = NDArray[np.bool_]
_ONE = np.uint64(1)


class Reachable:
    """From each of n rows, the states in which each chain may yet be.

    :param moves: those of the chains in the rows.
    """

    def __init__(self, plan: RowPlan, moves: Sequence[MovePiece], rows: Rows) -> None:
        self.structure, self.moves, self.rows = plan.structure, moves, rows
        place = plan.place
        self.reach: dict[int, Masks] = {
            chain: _ONE << rows[:, place["chain", chain]].astype(np.uint64)
            | np.uint64(self.structure.set_to[chain])
            for chain in plan.component.chains
        }
        """Chain (or the ladder) -> [n] mask of states."""
        self.ladder = plan.component.ladder
        if self.ladder:
            self.reach[LADDER] = _ONE << rows[:, 0].astype(np.uint64)
        self.stays = {
            chain: rows[:, place["never", chain]] == 1 for chain in self.reach if ("never", chain) in place
        }
        self._close()

    def _mask(self, chain: int) -> Masks | np.uint64 | None:
        """States still to come of a chain; None if another component carries it."""
        if chain in self.reach:
            return self.reach[chain]
        constant = self.structure.reach[chain]
        return np.uint64(constant) if constant.bit_count() == 1 else None

    def can(self, chain: int, allowed: int) -> Bools | bool:
        """Whether a chain may yet be in one of the allowed states."""
        mask = self._mask(chain)
        return True if mask is None else np.asarray((mask & np.uint64(allowed & (2**64 - 1))) != 0)

    def _all(self, conditions: Iterable[tuple[int, int]]) -> Bools:
        found = np.ones(len(self.rows), np.bool_)
        for chain, allowed in conditions:
            found &= self.can(chain, allowed)
        return found

    def starts(self, move: MovePiece) -> Bools:
        """Whether the chain can be where the move starts, and moves at all."""
        inside: Bools = (self.reach[move.chain] >> np.uint64(move.source) & _ONE) == 1
        return inside & ~self.stays[move.chain] if move.chain in self.stays else inside

    def opens(self, move: MovePiece) -> Bools:
        """Whether the move may yet be made."""
        return self.starts(move) & self._all(move.when)

    def passable(self, step: int) -> Bools:
        """Whether a decision can be taken at all once it is the next."""
        due = self._all(self.structure.steps[step].when)
        if self.structure.bypassed(step):
            return due
        if not self.structure.model.steps.calendars[step]:
            return np.zeros_like(due)
        due &= self._all(self.structure.steps[step].awaits)
        if self.structure.consensus:
            for voter in range(self.structure.model.n_voters):
                if voter not in self.structure.joiners:
                    due &= self._all((c, ~blocks) for c, blocks in self.structure.blocking(step, voter))
        return due

    def _close(self) -> None:
        """Lets everything happen that can, until nothing is new."""
        while True:
            before = dict(self.reach)
            for move in self.moves:
                opened = self.opens(move).astype(np.uint64) << np.uint64(move.target)
                self.reach[move.chain] = self.reach[move.chain] | opened
            if self.ladder:
                self._climb()
            if all(np.array_equal(before[chain], mask) for chain, mask in self.reach.items()):
                return

    def at(self, step: int) -> Bools:
        """Whether a decision may yet be the next."""
        inside: Bools = (self.reach[LADDER] >> np.uint64(step) & _ONE) == 1
        return inside

    def _climb(self) -> None:
        for step in self.structure.decisions:
            taken = (self.at(step) & self.passable(step)).astype(np.uint64)
            for target in self.structure.landings(step):
                self.reach[LADDER] = self.reach[LADDER] | taken << np.uint64(target)

    def lowest(self, chain: int) -> NDArray[np.uint8]:
        """[n] the lowest of the states in which a chain may yet be."""
        masks = self.reach[chain]
        return np.log2((masks & (~masks + _ONE)).astype(np.float64)).astype(np.uint8)
