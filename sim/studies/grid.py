"""A grid of values of parameters, and a scenario with its parameters as they are at one point of it.

An axis is a parameter with numbers that take its place, or ``NAME (times)`` with factors that scale what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from sim.base.errors import ModelError, OptionError, choice
from sim.model.model import Given, Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import Scenario
from sim.scenario.setting import Set, Setting, Unreadable, read_setting
from sim.studies.prepare import Prepared

Values = Mapping[str, float]
"""One point of a grid: axis -> value."""
Grid = Mapping[str, tuple[float, ...]]
"""Axis -> its values."""

MOST_POINTS = 400
MOST_TOLD = 4
"""Values of an axis that a sentence has."""
TIMES = " (times)"
"""How an axis of factors ends; no parameter is called so."""


def check_grid(
    grid: Mapping[str, Sequence[Setting]], model: Model, overrides: Collection[str], taken: Collection[str]
) -> dict[str, tuple[float, ...]]:
    """The axes of a grid, and the numbers of each.

    :param overrides: parameters that are set already.
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
        scaled, values = _checked_values(name, given)
        checked[name + TIMES if scaled else name] = values
    points = prod(len(values) for values in checked.values())
    if points > MOST_POINTS:
        sizes = " x ".join(str(len(values)) for values in checked.values())
        raise OptionError(f"<grid>: {sizes} = {points} points; allowed: at most {MOST_POINTS}")
    return checked


def _checked_values(name: str, given: Sequence[Setting]) -> tuple[bool, tuple[float, ...]]:
    """Whether the values of a parameter are factors, and what they are."""
    values = [_read(name, value) for value in given]
    if not values:
        raise OptionError(f"<grid> {name}: no values; allowed: one or more numbers")
    for i, value in enumerate(values):
        if value.key == "between":
            raise OptionError(
                f"<grid> {name}: {value.said()} is a range; allowed: numbers, or factors such as x2"
            )
        if value.key != values[0].key:
            raise OptionError(
                f"<grid> {name}: {values[0].said()} and {value.said()}; allowed: numbers alone, or factors alone"
            )
        if value in values[:i]:
            raise OptionError(f"<grid> {name}: {value.said()} is given twice; allowed: each value once")
    return values[0].key == "times", tuple(value.numbers[0] for value in values)


def _read(name: str, value: Setting) -> Set:
    try:
        return read_setting(value)
    except Unreadable as error:
        raise OptionError(f"<grid> {name}: {error}") from None


def points_of(grid: Mapping[str, Sequence[float]]) -> Iterator[dict[str, float]]:
    """Every point of a grid, the last axis running fastest."""
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def said(point: Values) -> str:
    """``a=0.1, b (times)=2``."""
    return ", ".join(f"{name}={value:g}" for name, value in point.items())


def told(grid: Grid) -> list[str]:
    """Every axis in words: ``settlement_rate = 0.01, 0.1``, ``settlement_rate times 0.5 … 2 (9 values)``."""
    return [
        f"{parameter_of(axis)} {'times' if axis.endswith(TIMES) else '='} {_in_short(values)}"
        for axis, values in grid.items()
    ]


def _in_short(values: Sequence[float]) -> str:
    if len(values) <= MOST_TOLD:
        return ", ".join(f"{value:.6g}" for value in values)
    return f"{values[0]:.6g} … {values[-1]:.6g} ({len(values)} values)"


def parameter_of(axis: str) -> str:
    """The parameter of an axis."""
    return axis.removesuffix(TIMES)


def far_points(grid: Grid, loaded: Scenario) -> list[str]:
    """A warning for each value that lies far outside the prior that it replaces or scales."""
    return [
        f"grid: {warning}"
        for axis, values in grid.items()
        for warning in loaded.far_from(parameter_of(axis), values, axis.endswith(TIMES))
    ]


def fixed(base: Prepared, point: Values) -> Prepared:
    """The scenario with its parameters at a point. Compilation does not look at values, so it is not redone.

    :raises OptionError: a value that a place where the parameter stands does not allow.
    """
    known = base.model.parameters
    at_point: dict[str, Given] = {
        parameter_of(axis): _scaled(known[parameter_of(axis)], float(value)) if axis.endswith(TIMES) else float(value)
        for axis, value in point.items()
    }  # fmt: skip
    model = replace(base.model, parameters={**known, **at_point})
    try:
        drawn = draw_worlds(model, base.seed, len(base.worlds) if model.uncertain else 1)
    except ModelError as error:
        raise OptionError(f"<grid> {said(point)}: {error}") from None
    return replace(base, model=model, worlds=drawn)


def _scaled(given: Given, times: float) -> Given:
    return given * times if isinstance(given, float) else replace(given, times=given.times * times)
