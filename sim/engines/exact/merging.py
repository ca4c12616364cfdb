"""The simplest state that has the same future.

Two joint states are merged only if that is exact. Three rules do it, each worked out from what is still reachable
(``reachable.py``) and what of that matters (``mattering.py``):

1. where the next step can never be taken, nothing else matters;
2. a chain that nobody can read any more is set to its first state, and one that all its readers will always see
   alike to the first of those states;
3. voters who are alike are sorted.

Two voters, A and B, must both recognise; each goes from ``blocks`` to ``recognises`` by itself, quicker under a
``soft`` government, and governments come and go. A row is (stance of A, its government; stance of B, its government),
of which there are sixteen; six are left:

- *(blocks, soft; blocks, same)*: the decision reads both stances, and each government is read by a move that may yet
  be made, so nothing is set aside. But the voters are alike: this and *(blocks, same; blocks, soft)* are one state,
  for it does not matter which of them is which (3).
- *(recognises, soft; blocks, same)*: A has no move left, so nobody reads its government any more, and it is set to
  ``same``, its first state (2). A voter has three states now: two while it blocks, and one; two voters have six
  sorted pairs.
- If a bypass read one of these chains, the ladder would be the first of the row. With a voter C that always blocks and
  no bypass, the next step could never be taken: all rows of that step would be one (1), as all are once it is taken.
"""

from __future__ import annotations

from sim.engines.exact.mattering import Mattering
from sim.engines.exact.plan import RowPlan, Rows

_CHUNK = 65_536
"""Rows that are worked on at a time."""


class Canon:
    """Finds the simplest equivalent of joint states of one component."""

    def __init__(self, plan: RowPlan, merge: bool = True) -> None:
        self.plan, self.structure, self.merge = plan, plan.structure, merge
        own = set(plan.component.chains)
        self.moves = [move for move in self.structure.moves if move.chain in own]
        self.reads = [self.structure.reads(move) for move in self.moves]

    def __call__(self, rows: Rows) -> Rows:
        """The equivalent of each row; shape (n, columns)."""
        found = rows.copy()
        if self.merge and len(self.plan.columns):
            for first in range(0, len(rows), _CHUNK):
                chunk = slice(first, first + _CHUNK)
                found[chunk] = Mattering(self.plan, self.moves, self.reads, rows[chunk]).simplest()
        for blocks in self.plan.alike:
            self.plan.sort(found, blocks)
        return found
