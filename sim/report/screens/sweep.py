"""A sweep in at most one screen: every point of a small one; of a larger one what moves the answer, and its ends."""

from __future__ import annotations

from collections.abc import Sequence

from sim.base.words import brief, chance_range, counted, points, points_more
from sim.report import sweep_prose as prose
from sim.report.prose import set_by_you
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.studies.design import Cell
from sim.studies.sweep.answer import PointAnswer, Sweep
from sim.studies.sweep.showing import first_row, shown
from sim.studies.sweep.shown import AxisShown, RowShown, Shown

MOST_ROWS, MOST_SPLIT = 14, 10
"""Points that the screen shows one by one, and that it shows where their columns do not fit beside one another."""
MOST_AXES, ENDS, MOST_COLUMNS, MOST_LETTERS, MOST_LETTERS_OF_LEVEL = 5, 2, 3, 20, 12


def screen(made: Sweep) -> str:
    """The answer in at most one screen."""
    count = len(made.design)
    lines = [
        *wrapped(f"{made.model.title} ({made.model.name}), from {made.model.start}"),
        *wrapped(set_by_you(made.model.yours).strip()),
        *wrapped(
            f"{counted(count, 'point')} with the same luck, seed {made.seed}; "
            f"at each {counted(made.trajectories, 'trajectory')} in {counted(made.worlds, 'world')}"
        ),
        "",
        *_answer(made, count),
        *wrapped(prose.saved(first_row(made), made.variance_ratios())),
    ]
    return "\n".join(lines)


def _answer(made: Sweep, count: int) -> list[str]:
    if count <= MOST_ROWS:
        blocks = _tables(made, range(count))
        if len(blocks) == 1 or count <= MOST_SPLIT:
            return _one_by_one(made, blocks)
    return _in_short(shown(made))


# --- one by one -----------------------------------------------------------------------------------------


def _one_by_one(made: Sweep, blocks: Sequence[Sequence[str]]) -> list[str]:
    interval = f" (of {made.step} with its 90 % credible interval)"
    apart = ", substitutes apart (sweep.csv)" if made.model.replaceable else ""
    banded = bool(made.rows(made.by, made.step, ["low"])["low"].drop_null())
    return [*wrapped(f"Probability by {made.by}{interval if banded else ''}{apart}:"), *joined(blocks)]


def _tables(made: Sweep, rows: Sequence[int]) -> list[list[str]]:
    others = [step for step in made.model.step_names if step != made.step]
    heading = [*made.axes, *others, made.step, "difference (error)"]
    cells = (_cells(made, point, row) for row, point in zip(rows, made.at(rows), strict=True))
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


def _text(value: Cell) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


# --- in short -------------------------------------------------------------------------------------------


def _in_short(of: Shown) -> list[str]:
    if not of.ran:
        return ["No point could be run."]
    least, greatest = of.least[0], of.greatest[0]
    failed = f"; {of.failed:,} failed" if of.failed else ""
    said = (
        f"Probability of {of.step} by {of.by}: {prose.probability(of, least).partition(' (')[0]} to "
        f"{prose.probability(of, greatest).partition(' (')[0]} over the points{failed}"
    )
    lines = wrapped(f"{said}. On average over the points:")
    axes = of.by_movement()
    lines += joined(
        tables(
            [["axis", "from", "to", "points (error)"], *(_axis_row(of, axis) for axis in axes[:MOST_AXES])]
        )
    )
    if len(axes) > MOST_AXES:
        more = axes[MOST_AXES:]
        quiet = sum(axis.unclear for axis in more)
        lines += wrapped(
            f"{len(more)} more move it less{f', {quiet} of them within two errors' if quiet else ''}"
        )
    return [*lines, "", *_ends(of, axes)]


def _axis_row(of: Shown, axis: AxisShown) -> list[str]:
    moved = f"{100 * axis.moved:.0f} ({points(axis.error)}){', unclear' if axis.unclear else ''}"
    ends = (
        f"{prose.level(of, level).replace('about ', '~')} at {_cut(prose.middle(axis, level), MOST_LETTERS_OF_LEVEL)}"
        for level in prose.ends_of(axis)
    )
    return [_cut(axis.name), *ends, moved]


def _ends(of: Shown, axes: Sequence[AxisShown]) -> list[str]:
    """The points at both ends, with as many of the axes that move most as there is room for."""
    names = [record.name for record in of.design.axes]
    for count in range(min(MOST_COLUMNS, len(axes)), -1, -1):
        chosen = [axis.name for axis in axes[:count]]
        places = [names.index(name) for name in chosen]
        blocks = tables([["", *map(_cut, chosen), of.step, "difference (error)"], *_end_rows(of, places)])
        if len(blocks) == 1:
            break
    return joined(blocks)


def _end_rows(of: Shown, places: Sequence[int]) -> list[list[str]]:
    def row(what: str, one: RowShown) -> list[str]:
        cells = [_cut(_text(one.cells[place])) for place in places]
        more = "" if one.number == 0 else points_more(one.difference, one.difference_error)
        return [what, *cells, prose.probability(of, one), more]

    greatest = [row("greatest" if k == 0 else "", one) for k, one in enumerate(of.greatest[:ENDS])]
    least = [row("least" if k == 0 else "", one) for k, one in enumerate(reversed(of.least[:ENDS]))]
    return [*greatest, *least]


def _cut(text: str, most: int = MOST_LETTERS) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
