"""A sweep in at most one screen."""

from __future__ import annotations

from collections.abc import Sequence

from sim.base.words import brief, chance_range, number, points_more
from sim.report.prose import set_by_you
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.studies.grid import said
from sim.studies.sweep import Point, Sweep

MOST_ROWS, MOST_SPLIT = 14, 10
"""Points that the screen shows, and that it shows where their columns do not fit beside one another."""


def screen(made: Sweep) -> str:
    """The answer in at most one screen."""
    points = made.points
    shown = _thinned(points, MOST_ROWS)
    blocks = _tables(made, shown)
    if len(blocks) > 1:
        shown = _thinned(points, MOST_SPLIT)
        blocks = _tables(made, shown)
    interval = f" (of {made.step} with its 90 % credible interval)"
    apart = ", substitutes apart (sweep.csv)" if made.model.replaceable else ""
    banded = any(point.steps[made.step].credible_90 for point in points)
    lines = [
        *wrapped(f"{made.model.title} ({made.model.name}), from {made.model.start}"),
        *wrapped(set_by_you(made.model.yours).strip()),
        *wrapped(
            f"{len(points)} points with the same luck, seed {made.seed}; "
            f"at each {made.trajectories:,} trajectories in {made.worlds:,} worlds"
        ),
        "",
        *wrapped(f"Probability by {made.by}{interval if banded else ''}{apart}:"),
        *joined(blocks),
    ]
    if len(shown) < len(points):
        lines.append(f"{len(shown)} of {len(points)} points are shown; sweep.csv has them all")
    return "\n".join([*lines, *wrapped(_saved(made))])


def _thinned(points: Sequence[Point], most: int) -> list[Point]:
    """The points that fit on the screen: evenly spread, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    return [points[i] for i in sorted({round(k * (len(points) - 1) / (most - 1)) for k in range(most)})]


def _tables(made: Sweep, shown: Sequence[Point]) -> list[list[str]]:
    others = [step for step in made.model.step_names if step != made.step]
    heading = [*made.grid, *others, made.step, "difference (error)"]
    return tables([heading, *(_cells(made, point) for point in shown)], keys=len(made.grid))


def _cells(made: Sweep, point: Point) -> list[str]:
    chosen, of = point.steps[made.step], made.trajectories
    interval = f" ({chance_range(*chosen.credible_90)})" if chosen.credible_90 else ""
    first = point is made.points[0]
    return [
        *(f"{value:.6g}" for value in point.values.values()),
        *(
            brief(share.probability, of, share.mc_error)
            for name, share in point.steps.items()
            if name in made.model.step_names and name != made.step
        ),
        brief(chosen.probability, of, chosen.mc_error) + interval,
        "" if first else points_more(chosen.difference, chosen.difference_error),
    ]


def _saved(made: Sweep) -> str:
    """What common luck was worth, at the step and date looked at."""
    ratios = [point.steps[made.step].variance_ratio for point in made.points[1:]]
    known = sorted(ratio for ratio in ratios if ratio is not None)
    if not known:
        return f"Differences are from the first row ({said(made.points[0].values)}), in percentage points."
    low, high = number(known[0]), number(known[-1])
    times = low if low == high else f"{low} to {high}"
    return (
        f"Differences are from the first row, in percentage points; separate luck would make their squared "
        f"errors {times} times as large."
    )
