"""Maps and lines of a sweep over a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.studies.design import Cell, FullGrid
from sim.studies.sweep.looked import Floats, Looked, cell_text, ordinal, thinned, value_of
from sim.studies.sweep.shown import LineShown, LinesShown, MapPanel, MapShown

MOST_PANELS = 9
MOST_ALONG = 40
"""Values along an axis of a map, half as many where there are several panels."""
MOST_LINES = 7


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


def map_of(grid: FullGrid, found: Looked) -> MapShown | None:
    """A map of the first two axes that vary; None if there are no two."""
    varied = _varied(grid)
    if len(varied) < 2:
        return None
    x, y, *more = varied
    combinations: list[dict[int, int]] = [{}]
    for place in reversed(more[:2]):
        combinations = [{**one, place: at} for one in combinations for at in _sorted(grid.values[place])]
    most = MOST_ALONG if len(combinations) == 1 else MOST_ALONG // 2
    whole = [_sorted(grid.values[place]) for place in (x, y)]
    across, up = (thinned(places, most) for places in whole)

    def cells(held: Mapping[int, int], column: str) -> tuple[tuple[float | None, ...], ...]:
        numbers = [[_number(grid, {x: i, y: j, **held}) for i in across] for j in up]
        return tuple(tuple(value_of(found.columns, number, column) for number in row) for row in numbers)

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
    return [combinations[place] for place in thinned(range(len(combinations)), most)]


def lines_of(grid: FullGrid, found: Looked) -> LinesShown | None:
    """Lines over the first axis that varies; None if there is none."""
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
    up = thinned(_sorted(grid.values[y]), MOST_LINES)
    made = tuple(
        _line(cell_text(grid.values[y][j]), found.columns, [_number(grid, {x: i, y: j}) for i in across])
        for j in up
    )
    others = {grid.axes[place].name: grid.values[place][0] for place in varied[2:]}
    return LinesShown(grid.axes[x].name, xs, grid.axes[y].name, made, others)


def _line(name: str, of: Mapping[str, Floats], numbers: Sequence[int]) -> LineShown:
    columns = (
        tuple(value_of(of, number, column) for number in numbers) for column in ("probability", "low", "high")
    )
    return LineShown(name, *columns)
