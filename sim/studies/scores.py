"""Priors as standard scores: each law alone, each fitted table as one by the order of its rows.

In these every prior is a standard normal law, independent of the others, so that a shift has a length. The rows of a
table are put in the order of what a linear fit to the worlds makes of their effect; a score then says which row a world
has, and columns that were fitted together stay together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from sim.estimates.products import gram
from sim.model.model import Floats, Given, Ints, Model, PriorColumn, PriorLaw
from sim.model.worlds import luck_of, rows_at, value_at

WINDOW = 0.025
"""Half the share of a table's rows that stand for one quantile of their order."""
RIDGE = 1e-3
"""Of the fits, for each world: keeps columns that are nearly the same from being told apart by noise."""
SURE = 3.0
"""Standard errors from which a slope counts."""
Rows = Ints


@dataclass(frozen=True)
class Block:
    """The rows of a fitted table in the order of their effect."""

    file: str
    columns: tuple[str, ...]
    """Parameters that are drawn from it."""
    order: Rows
    """[R] rows, the one with the lowest probability first."""
    drawn: Rows
    """[W] the row of each world."""

    @cached_property
    def scores(self) -> Floats:
        """[W] the standard score of each world's row."""
        rank = np.empty(len(self.order), np.int64)
        rank[self.order] = np.arange(len(self.order))
        return np.asarray(ndtri((rank[self.drawn] + 0.5) / len(self.order)))

    def rows(self, scores: Floats) -> Rows:
        """The rows at standard scores."""
        at = np.minimum(rows_at(ndtr(scores), len(self.order)), len(self.order) - 1)
        return np.asarray(self.order[at])

    def around(self, quantile: float, u: Floats) -> Rows:
        """For each world, by its luck, one of the rows around a quantile of the order."""
        low, high = max(quantile - WINDOW, 0.0), min(quantile + WINDOW, 1.0)
        return np.asarray(self.order[rows_at(low + (high - low) * u, len(self.order))])


def uncertain(model: Model) -> dict[str, PriorLaw | PriorColumn]:
    """The parameters that are not known."""
    return {name: given for name, given in model.parameters.items() if not isinstance(given, float)}


def beside(model: Model, given: Given) -> tuple[str, ...]:
    """The parameters that are drawn from the same table; none for a law."""
    if not isinstance(given, PriorColumn):
        return ()
    return tuple(
        n for n, g in uncertain(model).items() if isinstance(g, PriorColumn) and g.file == given.file
    )


def column_values(model: Model, given: Given, rows: Rows) -> Floats:
    """What a parameter of a table is at rows."""
    assert isinstance(given, PriorColumn)
    return np.asarray(given.times * model.tables[given.file][given.name][rows])


def blocks_of(model: Model, seed: int, shares: Floats, names: Collection[str]) -> dict[str, Block]:
    """Tables of which more than one column matters, their rows in the order of their effect.

    :param shares: [W] probability in each world; :param names: parameters that matter.
    """
    known = uncertain(model)
    tables: dict[str, list[str]] = {}
    for name in names:
        given = known[name]
        if isinstance(given, PriorColumn):
            tables.setdefault(given.file, []).append(name)
    laws = [name for name in names if isinstance(known[name], PriorLaw)]
    lone = [np.asarray(ndtri(luck_of(seed, name, known[name], len(shares)))) for name in laws]
    found = {}
    for file, columns in tables.items():
        if len(columns) < 2:
            continue
        given = known[columns[0]]
        assert isinstance(given, PriorColumn)
        whole = {name: normal_scores(model.tables[file][_column(known[name])]) for name in columns}
        rows = len(next(iter(whole.values())))
        drawn = rows_at(luck_of(seed, columns[0], given, len(shares)), rows)
        slopes, _ = fitted([*(values[drawn] for values in whole.values()), *lone], shares)
        effect = sum(slope * values for slope, values in zip(slopes, whole.values(), strict=False))
        found[file] = Block(file, beside(model, given), np.argsort(effect, kind="stable"), drawn)
    return found


def _column(given: Given) -> str:
    assert isinstance(given, PriorColumn)
    return given.name


def normal_scores(column: Floats) -> Floats:
    """Normal scores of a column, ties at their middle; scaled, so that one of two values counts as well."""
    _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / len(column)
    scores = ndtri(middle)[inverse]
    spread = scores.std()
    return np.asarray((scores - scores.mean()) / spread if spread > 0 else scores * 0.0)


def fitted(columns: Sequence[Floats], shares: Floats) -> tuple[Floats, Floats]:
    """Slopes of the shares [W] in columns [W] each, and their standard errors."""
    if not columns:
        return np.empty(0), np.empty(0)
    x = np.column_stack([column - column.mean() for column in columns])
    y = shares - shares.mean()
    # products by one thread, so that the last bit does not depend on how many there are
    inverse = np.linalg.inv(gram(x) + RIDGE * len(y) * np.eye(x.shape[1]))
    slopes = np.einsum("kj,j->k", inverse, np.einsum("nk,n->k", x, y))
    left = y - np.einsum("nk,k->n", x, slopes)
    variance = float(np.einsum("n,n->", left, left)) / max(len(y) - x.shape[1] - 1, 1)
    return slopes, np.sqrt(variance * np.diag(inverse))


@dataclass(frozen=True)
class Scored:
    """What can be shifted: laws by name and tables by file, each with the scores of the worlds as drawn."""

    model: Model
    laws: Mapping[str, Floats]
    blocks: Mapping[str, Block]

    @property
    def names(self) -> list[str]:
        """Laws, then tables."""
        return [*self.laws, *self.blocks]

    @property
    def columns(self) -> list[Floats]:
        """[W] scores of each."""
        return [*self.laws.values(), *(block.scores for block in self.blocks.values())]

    def shifted(self, by: Mapping[str, float]) -> dict[str, Floats]:
        """Parameter -> values [W] with the scores shifted."""
        changed = {}
        for name, score in by.items():
            if name in self.blocks:
                block = self.blocks[name]
                rows = block.rows(block.scores + score)
                for column in block.columns:
                    changed[column] = column_values(self.model, self.model.parameters[column], rows)
            else:
                given = self.model.parameters[name]
                assert not isinstance(given, float)
                changed[name] = value_at(self.model, given, np.asarray(ndtr(self.laws[name] + score)))
        return changed


def scored(
    model: Model, seed: int, blocks: Mapping[str, Block], names: Collection[str], worlds: int
) -> Scored:
    """Everything that matters as scores: tables as blocks, all else (columns that matter alone, too) by itself."""
    known = uncertain(model)
    inside = {column for block in blocks.values() for column in block.columns}
    laws = {
        name: np.asarray(ndtri(luck_of(seed, name, known[name], worlds)))
        for name in names
        if name not in inside and isinstance(known[name], PriorLaw)
    }
    lone = {
        given.file: _lone(model, seed, name, given, worlds)
        for name in names
        if name not in inside and isinstance(given := known[name], PriorColumn)
    }
    return Scored(model, laws, {**blocks, **lone})


def _lone(model: Model, seed: int, name: str, given: PriorColumn, worlds: int) -> Block:
    """A table of which one column alone matters, its rows in the order of that column."""
    column = model.tables[given.file][given.name]
    drawn = rows_at(luck_of(seed, name, given, worlds), len(column))
    return Block(given.file, beside(model, given), np.argsort(column, kind="stable"), drawn)
