"""A grid of values of parameters, and a scenario with its parameters fixed at one point of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import isfinite, prod

from sim.base.errors import ModelError, OptionError, choice
from sim.model.model import Model
from sim.model.worlds import draw_worlds
from sim.studies.prepare import Prepared

Values = Mapping[str, float]
"""One point of a grid: parameter -> value."""
Grid = Mapping[str, tuple[float, ...]]

MOST_POINTS = 400


def check_grid(
    grid: Mapping[str, Sequence[float]], model: Model, overrides: Values, taken: Sequence[str]
) -> dict[str, tuple[float, ...]]:
    """The grid as numbers.

    :param taken: names that no parameter may have, as the table of a sweep has them already.
    :raises OptionError: an unknown parameter, one that is set as well, a value that is repeated or that no
        parameter may have, no values, or too many points.
    """
    if not grid:
        raise OptionError("<grid>: no parameter; allowed: one or more, each with its values")
    checked: dict[str, tuple[float, ...]] = {}
    for name, given in grid.items():
        if name not in model.parameters:
            known = choice(name, model.parameters, "none, as this scenario has no parameters")
            raise OptionError(f"<grid> {name}: not a parameter; {known}")
        if name in overrides:
            raise OptionError(f"<grid> {name}: also given by <overrides>; allowed: one of the two")
        if name in taken:
            raise OptionError(f"<grid> {name}: the table has a column of that name; rename the parameter")
        checked[name] = _checked_values(name, given)
    points = prod(len(values) for values in checked.values())
    if points > MOST_POINTS:
        sizes = " x ".join(str(len(values)) for values in checked.values())
        raise OptionError(f"<grid>: {sizes} = {points} points; allowed: at most {MOST_POINTS}")
    return checked


def _checked_values(name: str, given: Sequence[float]) -> tuple[float, ...]:
    values = tuple(float(value) for value in given)
    if not values:
        raise OptionError(f"<grid> {name}: no values; allowed: one or more numbers")
    for i, value in enumerate(values):
        if not isfinite(value) or value < 0:
            raise OptionError(f"<grid> {name}: {value:g}; allowed: finite numbers, 0 or more")
        if value in values[:i]:
            raise OptionError(f"<grid> {name}: {value:g} is given twice; allowed: each value once")
    return values


def points_of(grid: Mapping[str, Sequence[float]]) -> Iterator[dict[str, float]]:
    """Every point of a grid, the last parameter running fastest."""
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def said(point: Values) -> str:
    """``a=0.1, b=2``."""
    return ", ".join(f"{name}={value:g}" for name, value in point.items())


def fixed(base: Prepared, point: Values) -> Prepared:
    """The scenario with its parameters at a point. Compilation does not look at values, so it is not redone.

    :raises OptionError: a value that a place where the parameter stands does not allow.
    """
    at_point = {name: float(value) for name, value in point.items()}
    model = replace(base.model, parameters={**base.model.parameters, **at_point})
    try:
        drawn = draw_worlds(model, base.seed, len(base.worlds) if model.uncertain else 1)
    except ModelError as error:
        raise OptionError(f"<grid> {said(point)}: {error}") from None
    return replace(base, model=model, worlds=drawn)
