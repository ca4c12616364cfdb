"""Designs from what a user says: every mistake told in the name of the option, before anything runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import prod
from sys import maxsize

from sim.base.errors import OptionError
from sim.model.model import PriorColumn
from sim.scenario.load import Scenario
from sim.scenario.setting import Unreadable
from sim.studies.design import Axis, Cell, DayAxis, Design, FullGrid, NumberAxis, Row
from sim.studies.designs.axes import Varied
from sim.studies.designs.sampled import DEFAULT_SEED, NO_GRID, Sample, check_sample, sample_remarks
from sim.studies.designs.values import Given, Levels, Span, read_values
from sim.studies.points import Points
from sim.studies.prepare import Prepared

ALL_CHECKED = 400
"""Rows up to which every point is made ready before any runs; of more, the ends of each axis."""
MOST_TOLD = 4
"""Values of an axis that a sentence has."""


def full_grid(grid: Mapping[str, object], base: Prepared, taken: Collection[str] = ()) -> FullGrid:
    """Every combination of the values of axes.

    :param grid: name -> values: text such as ``"0.01:0.3:5:log"``, or a list.
    :param taken: names of columns that the tables of a study have already.
    :raises OptionError: an unknown name, values that cannot be read or used, or none.
    """
    if not grid:
        raise OptionError("<grid>: no parameter; allowed: one or more, each with its values")
    axes: list[Axis] = []
    values: list[tuple[Cell, ...]] = []
    for name, axis, given in _axes("grid", grid, Varied(base, taken)):
        if isinstance(given, Span):
            raise OptionError(
                f"<grid> {name}: {given.said()} is a range; allowed: numbers, or factors such as x2; a range is "
                f"for a sample (<over>)"
            )
        axes.append(axis)
        values.append(given.cells)
    if (points := prod(map(len, values))) > maxsize:
        raise OptionError(f"<grid>: {' x '.join(str(len(each)) for each in values)} = {points} points; allowed: "
                          f"at most {maxsize}")  # fmt: skip
    return FullGrid(tuple(axes), tuple(values))


def sample(
    method: str,
    points: int,
    over: Mapping[str, object],
    base: Prepared,
    seed: int = DEFAULT_SEED,
    grid: Mapping[str, object] | None = None,
    taken: Collection[str] = (),
) -> Sample:
    """Points drawn from ranges of axes, each with every point of a grid.

    :param method: ``sobol``, ``lhs`` or ``morris``; :param points: of the sample, without the grid.
    :param over: name -> range (``"0.01..0.1:log"``, ``"prior"``), or values that are equally likely.
    :raises OptionError: an unknown name, ranges that cannot be read or used, or none.
    """
    if not over:
        raise OptionError("<over>: no axis; allowed: one or more with <sample>, each with its range")
    check_sample(method, points, len(over))
    axes = list(_axes("over", over, Varied(base, taken)))
    crossed = full_grid(grid, base, taken) if grid else NO_GRID
    both = next((name for name in over if grid and name in grid), None)
    if both is not None:
        raise OptionError(f"<over> {both}: also in <grid>; allowed: one of the two")
    sampled, given = tuple(axis for _, axis, _ in axes), tuple(given for _, _, given in axes)
    return Sample(method, points, seed, sampled, given, crossed)


def _axes(option: str, wanted: Mapping[str, object], known: Varied) -> Iterator[tuple[str, Axis, Given]]:
    for name, given in wanted.items():
        try:
            yield name, *known.axis(name, read_values(given))
        except Unreadable as error:
            raise OptionError(f"<{option}> {name}: {error}") from None


# --- whether it can run ---------------------------------------------------------------------------------


def check(design: Design, points: Points) -> None:
    """Makes points ready, so that what cannot be used is told before anything runs.

    All of them, of a design of moderate size; of a larger one, those at the ends of each axis.

    :raises OptionError: naming the point.
    """
    option = "over" if isinstance(design, Sample) else "grid"
    for row in design if len(design) <= ALL_CHECKED else _ends(design):
        try:
            points.ready(row.point)
        except OptionError as error:
            raise OptionError(error.text.replace("<point>", f"<{option}>", 1)) from None


def _ends(design: Design) -> Iterator[Row]:
    """Row 0 with each axis at its least and its greatest value, and at every value that is no number."""
    first = design.row(0)
    yield first
    for place, (axis, cells) in enumerate(zip(design.axes, values_of(design), strict=True)):
        numbers = [cell for cell in cells if isinstance(cell, float)]
        for cell in sorted({min(numbers), max(numbers)}) if numbers else cells:
            changed = (*first.cells[:place], cell, *first.cells[place + 1 :])
            yield Row(changed, first.point.with_(axis.change(cell)))


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
    how = verb[axis.key] if isinstance(axis, NumberAxis) else "on" if isinstance(axis, DayAxis) else "="
    return f"{name} {how} {_in_short(given.cells)}"


def _in_short(cells: tuple[Cell, ...]) -> str:
    if len(cells) <= MOST_TOLD:
        return ", ".join(map(_text, cells))
    return f"{_text(cells[0])} … {_text(cells[-1])} ({len(cells)} values)"


def _text(cell: Cell) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else cell
