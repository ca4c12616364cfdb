"""Designs from what a user says: every mistake told where it was made, before anything runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod
from sys import maxsize

from sim.scenario.setting import Unreadable
from sim.studies.design import Axis, FullGrid
from sim.studies.designs.axes import Varied
from sim.studies.designs.places import GRID, OPTIONS, OVER, SAMPLE, Mistake, Places
from sim.studies.designs.sampled import DEFAULT_SEED, NO_GRID, Sample, wrong_sample
from sim.studies.designs.values import Given, Levels, Span, read_values
from sim.studies.prepare import Prepared

Named = Mapping[str, object]
"""Name of an axis -> its values or its range, as ``values.py`` reads them."""


def full_grid(grid: Named, base: Prepared, taken: Collection[str] = (), places: Places = OPTIONS) -> FullGrid:
    """Every combination of the values of axes.

    :param grid: name -> values: text such as ``"0.01:0.3:5:log"``, or a list.
    :param taken: names of columns that the tables of a study have already.
    :param places: where mistakes are told.
    :raises AccessionError: unknown names, and values that cannot be read or used: all of them.
    """
    if not grid:
        nothing = Unreadable("no parameter", "one or more, each with its values")
        raise places.error([Mistake(GRID, "", nothing)])
    axes, values = _axes(GRID, grid, Varied(base, taken), places)
    levels = tuple(given.cells for given in values if isinstance(given, Levels))
    if (points := prod(map(len, levels))) > maxsize:
        sizes = " x ".join(str(len(each)) for each in levels)
        raise places.error(
            [Mistake(GRID, "", Unreadable(f"{sizes} = {points} points", f"at most {maxsize}"))]
        )
    return FullGrid(axes, levels)


def sample(
    method: str,
    points: int,
    over: Named,
    base: Prepared,
    seed: int = DEFAULT_SEED,
    grid: Named | None = None,
    taken: Collection[str] = (),
    places: Places = OPTIONS,
) -> Sample:
    """Points drawn from ranges of axes, each with every point of a grid.

    :param method: ``sobol``, ``lhs`` or ``morris``; :param points: of the sample, without the grid.
    :param over: name -> range (``"0.01..0.1:log"``, ``"prior"``), or values that are equally likely.
    :raises AccessionError: unknown names, and ranges that cannot be read or used: all of them.
    """
    if not over:
        nothing = Unreadable("no axis", "one or more with a sample, each with its range")
        raise places.error([Mistake(OVER, "", nothing)])
    if wrong := wrong_sample(method, points, len(over)):
        raise places.error([wrong])
    axes, given = _axes(OVER, over, Varied(base, taken), places)
    if both := [name for name in over if grid and name in grid]:
        once = Unreadable("also in the grid", "one of the two")
        raise places.error([Mistake(OVER, name, once) for name in both])
    crossed = full_grid(grid, base, taken, places) if grid else NO_GRID
    if len(crossed) * points > maxsize:
        many = Unreadable(f"{len(crossed)} x {points} points", f"at most {maxsize}")
        raise places.error([Mistake(SAMPLE, method, many)])
    return Sample(method, points, seed, axes, given, crossed)


def _axes(
    option: str, wanted: Named, known: Varied, places: Places
) -> tuple[tuple[Axis, ...], tuple[Given, ...]]:
    found: list[tuple[Axis, Given]] = []
    mistakes: list[Mistake] = []
    for name, given in wanted.items():
        try:
            if not isinstance(name, str):
                raise Unreadable(f"{name!r} is not a name", "names of axes, as text")
            values = read_values(given)
            if option == GRID and isinstance(values, Span):
                raise Unreadable(f"{values.said()} is a range", "values one by one; ranges are for samples")
            found.append(known.axis(name, values))
        except Unreadable as error:
            mistakes.append(Mistake(option, name, error))
    if mistakes:
        raise places.error(mistakes)
    axes, ranges = zip(*found, strict=True)
    return tuple(axes), tuple(ranges)
