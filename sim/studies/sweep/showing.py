"""From a finished sweep to what is shown of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import hypot, isnan, log, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.base.words import number as in_words
from sim.studies.design import NEVER, AxisRecord, Cell, FullGrid
from sim.studies.designs.sampled import Sample
from sim.studies.designs.values import QUANTILE
from sim.studies.named import TitledScenario
from sim.studies.sweep.shown import (
    SCHEMA,
    AxisShown,
    Failure,
    Level,
    LineShown,
    LinesShown,
    MapPanel,
    MapShown,
    RowShown,
    Shown,
)

if TYPE_CHECKING:
    from sim.studies.sweep.answer import Sweep

Floats = NDArray[np.float64]

MOST_ROWS = 2000
"""Rows that the page's table has."""
MOST_ENDS = 5
MOST_FAILURES = 20
MOST_LEVELS, PARTS = 12, 8
"""Values of an axis that stand for themselves; of more, the range is cut into parts."""
A_PART = 8
"""Draws that a part has at least, on average."""
MOST_PANELS = 9
MOST_ALONG = 40
"""Values along an axis of a map, half as many where there are several panels."""
MOST_LINES = 7
LOG_FROM = 20.0
"""A scale is logarithmic where the greatest value is this many times the least."""


@dataclass(frozen=True)
class Found:
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


def _value(columns: Mapping[str, Floats], number: int, name: str = "probability") -> float | None:
    """A number of a row; None if there is none."""
    value = float(columns[name][number])
    return None if isnan(value) else value


def shown(made: Sweep) -> Shown:
    """What is shown of a sweep."""
    found, record = _found(made), made.design.record
    ran = found.ran
    order = ran[np.argsort(found.columns["probability"][ran], kind="stable")].tolist()
    grid = made.design if isinstance(made.design, FullGrid) else None
    errors = dict(made.failures()) if made.failed else {}
    failed = [number for number, id in enumerate(found.ids) if id in errors] if errors else []
    step_names = made.model.step_names
    return Shown(
        schema=SCHEMA,
        scenario=TitledScenario.of(made.model),
        design=record,
        start=made.model.start,
        horizon=made.model.horizon,
        by=made.by,
        step=made.step,
        steps=step_names,
        seed=made.seed,
        trajectories=made.trajectories,
        worlds=made.worlds,
        failed=len(failed),
        failures=tuple(
            Failure(number, made.design.row(number).point.said(), errors[found.ids[number]])
            for number in failed[:MOST_FAILURES]
        ),
        first=first_row(made),
        least=tuple(found.row(number) for number in order[:MOST_ENDS]),
        greatest=tuple(found.row(number) for number in order[::-1][:MOST_ENDS]),
        axes=tuple(
            axis for place, of in enumerate(record.axes) if len((axis := _axis(of, place, found)).levels) > 1
        ),
        map=_map(grid, found) if grid is not None else None,
        lines=_lines(grid, found) if grid is not None else None,
        rows=tuple(found.row(int(number)) for number in _thinned(ran.tolist(), MOST_ROWS)),
        ran=len(ran),
        ratios=made.variance_ratios(),
        warnings=made.warnings,
    )


def first_row(made: Sweep) -> str:
    """What the other rows are held against: ``settlement_rate=0.01, friends=never``."""
    cells = zip(made.axes, made.design.row(0).cells, strict=True)
    return ", ".join(f"{name}={cell_text(cell)}" for name, cell in cells)


def _found(made: Sweep) -> Found:
    rows = [(row.cells, row.point.id) for row in made.design]
    ids = [id for _, id in rows]
    steps = {step: _columns(made, step, ids) for step in made.model.step_names}
    looked_at = steps[made.step] if made.step in steps else _columns(made, made.step, ids)
    complete = isinstance(made.design, FullGrid) and not made.failed
    together = len(made.design.grid) if isinstance(made.design, Sample) else 1
    return Found([cells for cells, _ in rows], ids, looked_at, steps, complete, together)


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


def _thinned(numbers: Sequence[int], most: int) -> list[int]:
    """So many of them, evenly spread, the first and the last among them."""
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[round(k * (len(numbers) - 1) / (most - 1))] for k in range(most)]


# --- axes -----------------------------------------------------------------------------------------------


def _axis(record: AxisRecord, place: int, found: Found) -> AxisShown:
    """Means of the rows with each value, or with a value in each part of the range."""
    cells = [found.cells[number][place] for number in found.ran.tolist()]
    drawn = not found.complete and (record.sampled or not record.cells)
    groups, log_scale = _groups(cells, record, len(cells) // found.together if drawn else len(cells))
    levels = tuple(_level(at, name, found, rows, drawn) for at, name, rows in groups)
    if not levels:
        return AxisShown(record.name, record.kind, log_scale, (), 0.0, 0.0)
    low, high = min(levels, key=lambda level: level.mean), max(levels, key=lambda level: level.mean)
    return AxisShown(
        record.name, record.kind, log_scale, levels, high.mean - low.mean, hypot(low.error, high.error)
    )


Group = tuple[float | None, str, list[int]]
"""A value or the middle of a part, its name, and places among the rows that ran."""


def _groups(cells: Sequence[Cell], record: AxisRecord, draws: int) -> tuple[list[Group], bool]:
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
    wanted = min(PARTS, max(2, draws // A_PART))
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


def _level(at: float | None, name: str, found: Found, places: Sequence[int], drawn: bool) -> Level:
    """:param drawn: whether other rows could have been here."""
    rows = found.ran[np.array(places, dtype=np.int64)]
    values = found.columns["probability"][rows]
    # errors of rows under common luck go together, so their mean is the most that the mean of a level can have
    paired = float(found.columns["difference_error"][rows].mean())
    error = hypot(paired, _spread(found, rows, values) if drawn else 0.0)
    return Level(at, name, len(rows), float(values.mean()), float(values.min()), float(values.max()), error)


def _spread(found: Found, rows: NDArray[np.int64], values: Floats) -> float:
    """Standard error of a mean for which draws are there by chance; rows of one draw count as one."""
    draws = np.unique(rows // found.together, return_inverse=True)[1]
    means = np.bincount(draws, values) / np.bincount(draws)
    if len(means) < 2:
        return float(found.columns["probability"][found.ran].std())
    return float(means.std(ddof=1)) / sqrt(len(means))


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


def _between(low: float, high: float, kind: str) -> str:
    if kind in ("day", "lever"):
        return " to ".join(date.fromordinal(round(end)).isoformat() for end in (low, high))
    return f"{in_words(low, 3)} to {in_words(high, 3)}"


# --- maps and lines of a grid ---------------------------------------------------------------------------


def _varied(grid: FullGrid) -> list[int]:
    return [place for place, values in enumerate(grid.values) if len(values) > 1]


def _number(grid: FullGrid, at: Mapping[int, int]) -> int:
    """The row at places of axes; at the first value of those that are not named."""
    number = 0
    for place, values in enumerate(grid.values):
        number = number * len(values) + at.get(place, 0)
    return number


def _sorted(values: Sequence[Cell]) -> list[int]:
    """Places of values in ascending order where all are numbers or days; else as they are given."""
    numbers = [ordinal(value) for value in values]
    if any(number is None for number in numbers):
        return list(range(len(values)))
    return sorted(range(len(values)), key=lambda place: numbers[place] or 0.0)


def _map(grid: FullGrid, found: Found) -> MapShown | None:
    varied = _varied(grid)
    if len(varied) < 2:
        return None
    x, y, *more = varied
    combinations: list[dict[int, int]] = [{}]
    for place in reversed(more[:2]):
        combinations = [{**one, place: at} for one in combinations for at in _sorted(grid.values[place])]
    most = MOST_ALONG if len(combinations) == 1 else MOST_ALONG // 2
    whole = [_sorted(grid.values[place]) for place in (x, y)]
    across, up = (_thinned(places, most) for places in whole)

    def cells(held: Mapping[int, int], column: str) -> tuple[tuple[float | None, ...], ...]:
        numbers = [[_number(grid, {x: i, y: j, **held}) for i in across] for j in up]
        return tuple(tuple(_value(found.columns, number, column) for number in row) for row in numbers)

    panels = tuple(
        MapPanel(
            {grid.axes[place].name: grid.values[place][held[place]] for place in more[:2]},
            cells(held, "probability"),
            cells(held, "mc_error"),
        )
        for held in _some(combinations, MOST_PANELS)
    )
    xs, ys = tuple(grid.values[x][i] for i in across), tuple(grid.values[y][j] for j in up)
    return MapShown(
        grid.axes[x].name,
        grid.axes[y].name,
        xs,
        ys,
        panels,
        {grid.axes[place].name: grid.values[place][0] for place in more[2:]},
        all(ordinal(cell) is not None for cell in (*xs, *ys)),
        len(combinations) - len(panels),
        [across, up] != whole,
    )


def _some(combinations: Sequence[dict[int, int]], most: int) -> list[dict[int, int]]:
    return [combinations[place] for place in _thinned(range(len(combinations)), most)]


def _lines(grid: FullGrid, found: Found) -> LinesShown | None:
    varied = _varied(grid)
    if not varied:
        return None
    x = varied[0]
    across = _sorted(grid.values[x])
    xs = tuple(grid.values[x][i] for i in across)
    if len(varied) == 1:
        numbers = [_number(grid, {x: i}) for i in across]
        lines = tuple(_line(step, of, numbers) for step, of in found.steps.items())
        return LinesShown(grid.axes[x].name, xs, "", lines, {})
    y = varied[1]
    up = _thinned(_sorted(grid.values[y]), MOST_LINES)
    made = tuple(
        _line(cell_text(grid.values[y][j]), found.columns, [_number(grid, {x: i, y: j}) for i in across])
        for j in up
    )
    others = {grid.axes[place].name: grid.values[place][0] for place in varied[2:]}
    return LinesShown(grid.axes[x].name, xs, grid.axes[y].name, made, others)


def _line(name: str, of: Mapping[str, Floats], numbers: Sequence[int]) -> LineShown:
    columns = (
        tuple(_value(of, number, column) for number in numbers) for column in ("probability", "low", "high")
    )
    return LineShown(name, *columns)
