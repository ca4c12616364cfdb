"""What is said of a sweep, on the screen and on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sim.base.words import brief, by, chance, chance_range, counted, number, points, the_step
from sim.studies.design import Cell
from sim.studies.sweep.looked import cell_text
from sim.studies.sweep.shown import AxisShown, Level, RowShown, Shown

KINDS = {
    "grid": "every combination of the values",
    "sobol": "a Sobol' sequence",
    "lhs": "a Latin hypercube",
    "morris": "Morris trajectories",
    "table": "a table of points",
}
"""Kind of design -> where its points come from."""
MOST_NAMED = 3


def axis_name(name: str) -> str:
    """``settlement rate (times)``, ``settlement: comprehensive``"""
    return name.replace("_", " ").replace("=", ": ")


def looked_at(shown: Shown) -> str:
    """``The Partnership for Peace by the end of 2040``"""
    said = about_step(shown)
    return said[:1].upper() + said[1:]


def held(values: Mapping[str, Cell]) -> str:
    """``settled rate 0.3, peer pull 2``"""
    return ", ".join(f"{axis_name(name)} {cell_text(cell)}" for name, cell in values.items())


def design(shown: Shown) -> str:
    """``64 points (a Sobol' sequence)``"""
    return f"{counted(shown.design.points, 'point')} ({KINDS[shown.design.kind]})"


def probability(shown: Shown, row: RowShown) -> str:
    """``16 % (5 to 31 %)``"""
    interval = f" ({chance_range(*row.credible_90)})" if row.credible_90 else ""
    return chance(row.probability, shown.trajectories, row.mc_error) + interval


def step_shares(shown: Shown, row: RowShown) -> list[str]:
    """Probability of each step."""
    return [brief(share, shown.trajectories) for share in row.steps]


def level(shown: Shown, of: Level) -> str:
    """A mean over the points of a level."""
    return chance(of.mean, shown.trajectories * of.rows, of.error)


def ends_of(axis: AxisShown) -> tuple[Level, Level]:
    """The levels with the least and the greatest mean, in the order in which they are on the axis."""
    low = min(axis.levels, key=lambda level: level.mean)
    high = max(axis.levels, key=lambda level: level.mean)
    return (low, high) if axis.levels.index(low) <= axis.levels.index(high) else (high, low)


def middle(axis: AxisShown, of: Level) -> str:
    """Where a level is, in short: its value, or the middle of a part (of days its year)."""
    if of.at is None or " to " not in of.name:
        return of.name
    return str(date.fromordinal(round(of.at)).year) if axis.kind == "day" else number(of.at)


def moved(axis: AxisShown) -> str:
    """``27 percentage points (error 2)``"""
    return f"{100 * axis.moved:.0f} percentage points (error {points(axis.error)}){', unclear' if axis.unclear else ''}"


def answer(shown: Shown) -> Iterator[str]:
    """Between which ends the points lie, and what moves the answer most."""
    if not shown.ran:
        yield "No point could be run."
        return
    least, greatest = shown.least[0], shown.greatest[0]
    yield (
        f"{looked_at(shown)}: from {chance(least.probability, shown.trajectories, least.mc_error)} to "
        f"{chance(greatest.probability, shown.trajectories, greatest.mc_error)} over {counted(shown.ran, 'point')}."
    )
    clear = [axis for axis in shown.by_movement() if not axis.unclear]
    if not clear:
        yield "Along no axis does it move by two standard errors or more."
        return
    said = []
    for axis in clear[:MOST_NAMED]:
        first, last = ends_of(axis)
        said.append(
            f"{axis_name(axis.name)}, from {level(shown, first)} at {middle(axis, first)} to "
            f"{level(shown, last)} at {middle(axis, last)}"
        )
    most = "It moves most with " if len(shown.axes) > 1 else "It moves with "
    rest = ", on average over the points" if len(shown.axes) > 1 else ""
    yield f"{most}{'; then with '.join(said)}{rest}."


def saved(first: str, ratios: tuple[float, float] | None) -> str:
    """What differences are held against, and what common luck was worth.

    :param first: the first row, which is named where no ratio is told.
    """
    if ratios is None:
        return f"Differences are from the first row ({first}), in percentage points."
    low, high = map(number, ratios)
    times = low if low == high else f"{low} to {high}"
    return (
        f"Differences are from the first row, in percentage points; separate luck would make their squared "
        f"errors {times} times as large."
    )


def about_step(shown: Shown) -> str:
    """``the Partnership for Peace by the end of 2040``"""
    return f"{the_step(shown.step)} {by(shown.by)}"
