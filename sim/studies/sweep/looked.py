"""Every row of a sweep's design by the date looked at, and words for what is varied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.base.words import number as in_words
from sim.studies.design import NEVER, Cell, FullGrid
from sim.studies.designs.sampled import Sample
from sim.studies.sweep.shown import RowShown

if TYPE_CHECKING:
    from sim.studies.sweep.answer import Sweep

Floats = NDArray[np.float64]
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Looked:
    """Every row of the design and what was found there."""

    cells: Sequence[tuple[Cell, ...]]
    ids: Sequence[str]
    columns: Mapping[str, Floats]
    """Of the step looked at: column of ``results.parquet`` -> values, shape (rows,); NaN where the point failed."""
    steps: Mapping[str, Mapping[str, Floats]]
    """The same of each step of the ladder."""
    complete: bool
    """Whether every combination of values is there, so that no level has rows by chance."""
    together: int = 1
    """Rows of one draw of a sample, which has every point of a grid."""

    @property
    def ran(self) -> NDArray[np.int64]:
        """Numbers of the rows that ran."""
        return np.flatnonzero(~np.isnan(self.columns["probability"]))

    def row(self, number: int) -> RowShown:
        """One row."""
        of = {name: float(column[number]) for name, column in self.columns.items()}
        return RowShown(
            number,
            self.cells[number],
            of["probability"],
            None if isnan(of["low"]) else (of["low"], of["high"]),
            of["mc_error"],
            of["difference"],
            of["difference_error"],
            tuple(float(step["probability"][number]) for step in self.steps.values()),
        )


def value_of(columns: Mapping[str, Floats], number: int, name: str = "probability") -> float | None:
    """A number of a row; None if there is none."""
    value = float(columns[name][number])
    return None if isnan(value) else value


def looked_at(made: Sweep) -> Looked:
    """What was found at every row."""
    rows = [(row.cells, row.point.id) for row in made.design]
    ids = [id for _, id in rows]
    steps = {step: _columns(made, step, ids) for step in made.model.step_names}
    looked_at = steps[made.step] if made.step in steps else _columns(made, made.step, ids)
    complete = isinstance(made.design, FullGrid) and not made.failed
    together = len(made.design.grid) if isinstance(made.design, Sample) else 1
    return Looked([cells for cells, _ in rows], ids, looked_at, steps, complete, together)


_WANTED = ("probability", "low", "high", "mc_error", "difference", "difference_error")


def _columns(made: Sweep, step: str, ids: Sequence[str]) -> dict[str, Floats]:
    table = made.rows(made.by, step, ["id", *_WANTED])
    place = {id: number for number, id in enumerate(table["id"].to_pylist())}
    at = np.array([place.get(id, -1) for id in ids], dtype=np.int64)
    found: dict[str, Floats] = {}
    for name in _WANTED:
        values = np.append(table[name].to_numpy().astype(np.float64), np.nan)
        found[name] = values[at]
    return found


def thinned(numbers: Sequence[int], most: int) -> list[int]:
    """So many of them, evenly spread, the first and the last among them."""
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[round(k * (len(numbers) - 1) / (most - 1))] for k in range(most)]


def mixed(numbers: Sequence[int], most: int) -> list[int]:
    """So many of them from everywhere, the first among them, in order.

    Every second row of a Sobol' sequence is in one half of an axis; multiples of the golden ratio know no such rows.
    """
    if len(numbers) <= most:
        return list(numbers)
    chosen = sorted(range(len(numbers)), key=lambda place: place * GOLDEN % 1.0)[:most]
    return [numbers[place] for place in sorted(chosen)]


def ordinal(cell: Cell) -> float | None:
    """A number, or a day as its proleptic ordinal; None for a name."""
    if isinstance(cell, str):
        try:
            return float(date.fromisoformat(cell).toordinal()) if cell != NEVER else None
        except ValueError:
            return None
    return cell


def cell_text(cell: Cell) -> str:
    """A cell as a reader sees it."""
    return cell if isinstance(cell, str) else in_words(cell, 4)
