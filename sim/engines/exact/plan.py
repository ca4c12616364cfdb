"""Where the parts of a joint state stand in a row of small integers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.engines.exact.clusters import Bundle, Cluster
from sim.engines.exact.structure import Structure

Rows = NDArray[np.uint8]


@dataclass(frozen=True)
class RowPlan:
    """Where the structure of a joint state stand in a row of small integers."""

    structure: Structure
    component: Cluster

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
        by_kind = {"ladder": 2 * len(self.structure.decisions) + 1, "never": 2, "below": 2}
        states = self.structure.model.chains.states
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
