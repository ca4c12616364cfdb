"""What the points of a sweep say of one axis: means over all rows with a value, or with one in a part of its range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from math import hypot, log, sqrt

import numpy as np
from numpy.typing import NDArray

from sim.base.words import number as in_words
from sim.studies.design import AxisRecord, Cell
from sim.studies.designs.values import QUANTILE
from sim.studies.sweep.looked import Floats, Looked, cell_text, ordinal
from sim.studies.sweep.shown import AxisShown, Level

MOST_LEVELS, PARTS = 24, 8
"""Values of an axis that stand for themselves; of more, the range is cut into parts."""
A_PART = 8
"""Draws that a part has at least, on average."""
LOG_FROM = 20.0
"""A scale is logarithmic where the greatest value is this many times the least."""


def along(record: AxisRecord, place: int, found: Looked) -> AxisShown:
    """Means of the rows with each value, or with a value in each part of the range."""
    cells = [found.cells[number][place] for number in found.ran.tolist()]
    drawn = not found.complete and (record.sampled or not record.cells)
    parts = min(PARTS, max(2, len(cells) // found.together // A_PART)) if drawn else PARTS
    groups, log_scale = _groups(cells, record, parts)
    levels = tuple(_level(at, name, found, rows, drawn) for at, name, rows in groups)
    if not levels:
        return AxisShown(record.name, record.kind, log_scale, (), 0.0, 0.0)
    low, high = min(levels, key=lambda level: level.mean), max(levels, key=lambda level: level.mean)
    return AxisShown(
        record.name, record.kind, log_scale, levels, high.mean - low.mean, hypot(low.error, high.error)
    )


Group = tuple[float | None, str, list[int]]
"""A value or the middle of a part, its name, and places among the rows that ran."""


def _groups(cells: Sequence[Cell], record: AxisRecord, wanted: int) -> tuple[list[Group], bool]:
    places: dict[Cell, list[int]] = {}
    for number, cell in enumerate(cells):
        places.setdefault(cell, []).append(number)
    numbers = {cell: ordinal(cell) for cell in places}
    known = sorted({number for number in numbers.values() if number is not None})
    wide = record.kind == "number" and len(known) > 1 and known[0] > 0 and known[-1] / known[0] >= LOG_FROM
    drawn_evenly = record.between is not None or record.name.endswith(f"({QUANTILE})")
    log_scale = record.scale == "log" if drawn_evenly else wide
    if len(known) <= MOST_LEVELS and (record.between is None or len(known) < 2):
        given = {cell: place for place, cell in enumerate(record.cells)}
        ordered = sorted(
            places, key=lambda cell: (numbers[cell] is None, numbers[cell] or 0.0, given.get(cell, 0))
        )
        return [(numbers[cell], cell_text(cell), places[cell]) for cell in ordered], log_scale
    parts = _widths(known, log_scale, wanted) if record.between is not None else _counts(known, wanted)
    found: list[Group] = []
    for low, high, middle in parts:
        inside = [
            row
            for cell, at in numbers.items()
            if at is not None and (low <= at < high or at == high == known[-1])
            for row in places[cell]
        ]
        if inside:
            found.append((middle, _between(low, high, record.kind), inside))
    found += [(None, cell_text(cell), places[cell]) for cell, at in numbers.items() if at is None]
    return found, log_scale


Part = tuple[float, float, float]
"""Of a range: low end, high end (which belongs to the next part, but for the last), middle."""


def _widths(known: Sequence[float], log_scale: bool, number: int) -> list[Part]:
    """Parts of equal width."""
    low, high = known[0], known[-1]
    to: Callable[[float], float] = log if log_scale else float
    back: Callable[[float], float] = (lambda x: float(np.exp(x))) if log_scale else float
    ends = np.linspace(to(low), to(high), number + 1).tolist()
    edges = [low, *(back(end) for end in ends[1:-1]), high]
    middles = [back((a + b) / 2) for a, b in pairwise(ends)]
    return list(zip(edges, edges[1:], middles, strict=False))


def _counts(known: Sequence[float], number: int) -> list[Part]:
    """Parts with as many values each."""
    starts = [round(k * len(known) / number) for k in range(number)]
    ends = [known[start] for start in starts[1:]] + [known[-1]]
    chunks = [known[a:b] for a, b in pairwise([*starts, len(known)])]
    return [(chunk[0], end, chunk[len(chunk) // 2]) for chunk, end in zip(chunks, ends, strict=True)]


def _level(at: float | None, name: str, found: Looked, places: Sequence[int], drawn: bool) -> Level:
    """:param drawn: whether other rows could have been here."""
    rows = found.ran[np.array(places, dtype=np.int64)]
    values = found.columns["probability"][rows]
    # errors of rows under common luck go together, so their mean is the most that the mean of a level can have
    paired = float(found.columns["difference_error"][rows].mean())
    error = hypot(paired, _spread(found, rows, values) if drawn else 0.0)
    return Level(at, name, len(rows), float(values.mean()), float(values.min()), float(values.max()), error)


def _spread(found: Looked, rows: NDArray[np.int64], values: Floats) -> float:
    """Standard error of a mean for which draws are there by chance; rows of one draw count as one."""
    draws = np.unique(rows // found.together, return_inverse=True)[1]
    means = np.bincount(draws, values) / np.bincount(draws)
    if len(means) < 2:
        return float(found.columns["probability"][found.ran].std())
    return float(means.std(ddof=1)) / sqrt(len(means))


def _between(low: float, high: float, kind: str) -> str:
    if kind in ("day", "lever"):
        return " to ".join(date.fromordinal(round(end)).isoformat() for end in (low, high))
    return f"{in_words(low, 3)} to {in_words(high, 3)}"
