"""Before and beside a design: whether its points can run, what should be warned of, and its axes in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.base.errors import OptionError
from sim.model.model import PriorColumn
from sim.scenario.load import Scenario
from sim.studies.design import Axis, Cell, DayAxis, Design, FullGrid, NumberAxis, Row, Table
from sim.studies.designs.axes import LeverDayAxis
from sim.studies.designs.places import GRID, OPTIONS, OVER, TABLE, Places
from sim.studies.designs.sampled import Sample, sample_remarks
from sim.studies.designs.values import Given, Levels, Span
from sim.studies.points import Points
from sim.studies.prepare import Prepared

MOST_DOUBTS = 3
MOST_TOLD = 4
"""Values of an axis that a sentence has."""

# --- whether it can run ---------------------------------------------------------------------------------


def check(design: Design, points: Points, places: Places = OPTIONS) -> None:
    """Makes the first row ready, which all others are held against.

    :raises AccessionError: it cannot run.
    """
    try:
        points.ready(design.row(0).point)
    except OptionError as error:
        raise places.point(_option(design), error.text.removeprefix("<point> "), 0) from None


def doubts(design: Design, points: Points) -> list[str]:
    """What can be known before anything runs of points that will fail: of those at the ends of each axis, a few."""
    found: list[str] = []
    for row in _ends(design):
        try:
            points.ready(row.point)
        except OptionError as error:
            told = error.text.removeprefix("<point> ")
            found.append(f"{_option(design)}: {told} Such points will be rows with an error.")
        if len(found) == MOST_DOUBTS:
            break
    return found


def _option(design: Design) -> str:
    return OVER if isinstance(design, Sample) else TABLE if isinstance(design, Table) else GRID


def _ends(design: Design) -> Iterator[Row]:
    """Rows at the ends of each axis: of a table its own, else row 0 with another value of one axis."""
    if isinstance(design, Table):
        extremes = (number for column in zip(*design.rows, strict=True) for number in _extremes(column))
        yield from map(design.row, dict.fromkeys(extremes))
        return
    first = design.row(0).cells
    for place, cells in enumerate(values_of(design)):
        changed = (cells[number] for number in _extremes(cells))
        yield from (_with(design, place, cell) for cell in dict.fromkeys(changed) if cell != first[place])


def _with(design: Design, place: int, cell: Cell) -> Row:
    """Row 0 with another value of one axis."""
    first, axis = design.row(0), design.axes[place]
    changed = (*first.cells[:place], cell, *first.cells[place + 1 :])
    return Row(changed, first.point.with_(axis.change(cell)))


def _extremes(cells: Sequence[Cell]) -> list[int]:
    """Where the least and the greatest number or day are; of names, where each is first."""
    numbers = [at for at, cell in enumerate(cells) if isinstance(cell, float) or cell[:1].isdigit()]
    if numbers:
        return [min(numbers, key=lambda at: cells[at]), max(numbers, key=lambda at: cells[at])]
    return [cells.index(cell) for cell in dict.fromkeys(cells)]


def values_of(design: Design) -> tuple[tuple[Cell, ...], ...]:
    """Of each axis: its values, or of a range its ends; of a table those that it has."""
    if isinstance(design, FullGrid):
        return design.values
    if isinstance(design, Sample):
        drawn = ((g.at(0.0), g.at(1.0)) if isinstance(g, Span) else g.cells for g in design.over)
        return (*design.grid.values, *drawn)
    columns = zip(*(row.cells for row in design), strict=True)
    return tuple(tuple(dict.fromkeys(column)) for column in columns)


# --- what is told of it ---------------------------------------------------------------------------------


def remarks(design: Design, base: Prepared) -> list[str]:
    """Warnings, once for each axis: values far outside what the scenario thinks possible, and others."""
    found = [
        far
        for axis, cells in zip(design.axes, values_of(design), strict=True)
        for far in _far(axis, cells, base.loaded)
    ]
    found += _torn(design, base)
    return found + (list(sample_remarks(design)) if isinstance(design, Sample) else [])


def _far(axis: Axis, cells: tuple[Cell, ...], loaded: Scenario) -> Iterator[str]:
    if not isinstance(axis, NumberAxis) or axis.key == "quantile":
        return
    values = [cell for cell in cells if isinstance(cell, float)]
    told = loaded.far_from(axis.parameter, values, axis.key == "times")
    if told:
        more = f" (and {len(told) - 1} more of its {len(values)} values)" if len(told) > 1 else ""
        yield f"grid: {told[0]}{more}"


def _torn(design: Design, base: Prepared) -> Iterator[str]:
    """Parameters of one fitted table, whose rows a design takes apart."""
    files: dict[str, list[str]] = {}
    for axis in design.axes:
        given = base.model.parameters[axis.parameter] if isinstance(axis, NumberAxis) else None
        if isinstance(given, PriorColumn) and axis.name != f"{given.name} (times)":
            files.setdefault(given.file, []).append(axis.name)
    for file, names in files.items():
        if len(names) > 1:
            yield (
                f"grid: {', '.join(names)}: fitted together ({file}), and varied one by one here, also in "
                f"combinations that the fit thinks unlikely"
            )


def told(design: Design) -> list[str]:
    """Every axis in words: ``settlement_rate = 0.01, 0.1``, ``settlement_rate times 0.5 … 2 (9 values)``."""
    if isinstance(design, Sample):
        ranges = zip(design.sampled, design.over, strict=True)
        return [*told(design.grid), *(_told(axis, given) for axis, given in ranges)]
    return [
        _told(axis, Levels("", cells)) for axis, cells in zip(design.axes, values_of(design), strict=True)
    ]


def _told(axis: Axis, given: Given) -> str:
    name = axis.parameter if isinstance(axis, NumberAxis) else axis.name
    if isinstance(given, Span):
        if given.whole:
            return f"{name} over its prior"
        prefix = {"times": "times ", "quantile": "at quantiles "}.get(given.key, "")
        return f"{name} {prefix}{_text(given.at(0.0))} to {_text(given.at(1.0))}"
    verb = {"value": "=", "times": "times", "quantile": "at quantiles"}
    how = (
        verb[axis.key]
        if isinstance(axis, NumberAxis)
        else "on"
        if isinstance(axis, DayAxis | LeverDayAxis)
        else "="
    )
    return f"{name} {how} {_in_short(given.cells)}"


def _in_short(cells: tuple[Cell, ...]) -> str:
    if len(cells) <= MOST_TOLD:
        return ", ".join(map(_text, cells))
    return f"{_text(cells[0])} … {_text(cells[-1])} ({len(cells)} values)"


def _text(cell: Cell) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else cell
