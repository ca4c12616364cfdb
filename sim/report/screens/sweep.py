"""A sweep in at most one screen."""

from __future__ import annotations

from collections.abc import Sequence

from sim.base.words import brief, chance_range, number, points_more
from sim.report.prose import set_by_you
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.studies.design import Cell
from sim.studies.sweep.answer import PointAnswer, Sweep

MOST_ROWS, MOST_SPLIT = 14, 10
"""Points that the screen shows, and that it shows where their columns do not fit beside one another."""


def screen(made: Sweep) -> str:
    """The answer in at most one screen."""
    count = len(made.design)
    shown = _thinned(count, MOST_ROWS)
    blocks = _tables(made, shown)
    if len(blocks) > 1:
        shown = _thinned(count, MOST_SPLIT)
        blocks = _tables(made, shown)
    interval = f" (of {made.step} with its 90 % credible interval)"
    apart = ", substitutes apart (sweep.csv)" if made.model.replaceable else ""
    banded = bool(made.rows(made.by, made.step, ["low"])["low"].drop_null())
    lines = [
        *wrapped(f"{made.model.title} ({made.model.name}), from {made.model.start}"),
        *wrapped(set_by_you(made.model.yours).strip()),
        *wrapped(
            f"{count:,} points with the same luck, seed {made.seed}; "
            f"at each {made.trajectories:,} trajectories in {made.worlds:,} worlds"
        ),
        "",
        *wrapped(f"Probability by {made.by}{interval if banded else ''}{apart}:"),
        *joined(blocks),
    ]
    if len(shown) < count:
        lines.append(f"{len(shown)} of {count:,} points are shown; sweep.csv has them all")
    return "\n".join([*lines, *wrapped(_saved(made))])


def _thinned(points: int, most: int) -> Sequence[int]:
    """The rows that fit on the screen: evenly spread, the first and the last among them."""
    if points <= most:
        return range(points)
    return sorted({round(k * (points - 1) / (most - 1)) for k in range(most)})


def _tables(made: Sweep, shown: Sequence[int]) -> list[list[str]]:
    others = [step for step in made.model.step_names if step != made.step]
    heading = [*made.axes, *others, made.step, "difference (error)"]
    cells = (_cells(made, point, row) for row, point in zip(shown, made.at(shown), strict=True))
    return tables([heading, *cells], keys=len(made.axes))


def _cells(made: Sweep, point: PointAnswer, row: int) -> list[str]:
    values = [_text(value) for value in point.values.values()]
    if point.error is not None:
        return [*values, *[""] * (len(made.model.step_names) - 1), "failed", ""]
    chosen, of = point.steps[made.step], made.trajectories
    interval = f" ({chance_range(*chosen.credible_90)})" if chosen.credible_90 else ""
    return [
        *values,
        *(
            brief(share.probability, of, share.mc_error)
            for name, share in point.steps.items()
            if name in made.model.step_names and name != made.step
        ),
        brief(chosen.probability, of, chosen.mc_error) + interval,
        "" if row == 0 else points_more(chosen.difference, chosen.difference_error),
    ]


def _saved(made: Sweep) -> str:
    """What common luck was worth, at the step and date looked at."""
    ends = made.variance_ratios()
    if ends is None:
        first = zip(made.axes, made.design.row(0).cells, strict=True)
        said = ", ".join(f"{name}={_text(value)}" for name, value in first)
        return f"Differences are from the first row ({said}), in percentage points."
    low, high = map(number, ends)
    times = low if low == high else f"{low} to {high}"
    return (
        f"Differences are from the first row, in percentage points; separate luck would make their squared "
        f"errors {times} times as large."
    )


def _text(value: Cell) -> str:
    return f"{value:.6g}" if isinstance(value, float) else value
