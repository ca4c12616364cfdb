"""What of all that can still happen makes a difference to a decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sim.engines.exact.plan import RowPlan, Rows
from sim.engines.exact.reachable import Bools, Reachable
from sim.engines.exact.structure import LADDER, Read
from sim.model.pieces import MovePiece

_ONE = np.uint64(1)


class Mattering:
    """Which chains are still read, and which of them may yet be seen in two ways; from that the simplest rows.

    :param reads: what each of the moves reads.
    """

    def __init__(
        self, plan: RowPlan, moves: Sequence[MovePiece], reads: Sequence[Sequence[Read]], rows: Rows
    ) -> None:
        self.structure, self.place = plan.structure, plan.place
        self.moves, self.reads, self.rows = moves, reads, rows
        self.still = Reachable(plan, moves, rows)

    def _differs(self, read: Read) -> Bools:
        """Whether the reader may yet see the chain in two ways."""
        seen = np.zeros(len(self.rows), np.int64)
        for mask in read.classes:
            seen += self.still.can(read.chain, mask)
        return seen > 1

    def _roots(self) -> Iterable[tuple[Read, Bools, Bools]]:
        """What decisions read: whether they may be asked, and whether they may pass."""
        everyone = np.ones(len(self.rows), np.bool_)
        for step in self.structure.decisions:
            asked = passes = everyone
            if self.still.ladder:
                asked = self.still.at(step)
                passes = asked & self.still.passable(step)
            elif step not in self.structure.takable:
                continue
            conditions = self.structure.asked(step)
            for voter in range(self.structure.model.n_voters):
                conditions = conditions + self.structure.blocking(step, voter)
            for chain, mask in conditions:
                if chain in self.still.reach:
                    yield Read(chain, (mask, ~mask)), asked, passes

    def _matters(self) -> tuple[dict[int, Bools], dict[int, Bools]]:
        """Chain -> whether somebody reads it, and whether somebody may yet see it in two ways."""
        none = np.zeros(len(self.rows), np.bool_)
        read = {chain: none.copy() for chain in self.still.reach}
        wanted = {chain: none.copy() for chain in self.still.reach}
        for root, asked, passes in self._roots():
            read[root.chain] |= asked
            wanted[root.chain] |= passes & self._differs(root)
        can = [(self.still.starts(move), self.still.opens(move)) for move in self.moves]
        while True:
            before = [sum(int(a.sum()) for a in group.values()) for group in (read, wanted)]
            for move, reads, (starts, opens) in zip(self.moves, self.reads, can, strict=True):
                for one in reads:
                    if one.chain in self.still.reach:
                        read[one.chain] |= starts & read[move.chain]
                        wanted[one.chain] |= opens & wanted[move.chain] & self._differs(one)
            if before == [sum(int(a.sum()) for a in group.values()) for group in (read, wanted)]:
                return read, wanted

    def simplest(self) -> Rows:
        """The rows with all that does not matter set to its simplest."""
        found = self.rows.copy()
        read, wanted = self._matters()
        for chain in self.still.reach:
            if chain == LADDER:
                continue
            column = self.place["chain", chain]
            first = self.still.lowest(chain)
            found[:, column] = np.where(wanted[chain], found[:, column], np.where(read[chain], first, 0))
            if ("never", chain) in self.place:
                found[~read[chain], self.place["never", chain]] = 0
            voter = int(self.structure.model.chains.voter[chain])
            if ("below", voter) in self.place and chain == self.structure.model.voters.stance[voter]:
                found[~read[chain], self.place["below", voter]] = 0
        if self.still.ladder:
            self._end(found)
        return found

    def _end(self, found: Rows) -> None:
        """Beyond the last decision, and where the next step can never be taken, only the ladder is left."""
        at, last = self.rows[:, 0].astype(np.int64), self.structure.last
        stuck = (at <= last) & (self.still.reach[LADDER] == _ONE << at.astype(np.uint64))
        over = at > last
        found[stuck | over] = 0
        found[stuck, 0] = at[stuck] + last + 2
        found[over, 0] = at[over]
