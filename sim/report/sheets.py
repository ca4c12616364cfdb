"""Whole figures, each at a width: what is drawn into which axes, how high, and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sim.base.words import chance, chance_range, day, futures, listed, plain, step_name, substitute_for
from sim.estimates.rankings import independent
from sim.estimates.summary import Summary
from sim.report import figures
from sim.report.marks import Drawing
from sim.report.style import COMPACT
from sim.report.tables import (
    Names,
    blockers_table,
    dots_years,
    ladder_table,
    last_ones,
    last_table,
)
from sim.scenario.names import blockers_figure


@dataclass(frozen=True)
class Sheet:
    """One figure of the report."""

    name: str
    """Of its files, and of its ids on the page."""
    alt: str
    """What it shows, for those who cannot see it."""
    draw: Callable[[float], Drawing]
    """A figure of the given width (inches)."""
    note: str = ""
    """What is said under it where it stands alone, without a caption."""


def sheets(summary: Summary, names: Names) -> dict[str, Sheet]:
    """Every figure that the results have data for, by name."""
    made = [_cumulative(summary), _dots(summary), *_blockers(summary, names)]
    made += [_ladder(summary)] if summary.how else []
    made += _last(summary, names)
    return {sheet.name: sheet for sheet in made}


def blocked_steps(summary: Summary) -> list[str]:
    """Steps that any voter blocked at any meeting."""
    return [s for s, b in summary.blockers.items() if any(entry.share for entry in b.by_year)]


def dotted_steps(summary: Summary) -> list[str]:
    """The first and the last step of the ladder."""
    steps = list(summary.milestones)
    return list(dict.fromkeys([steps[0], steps[-1]]))


# --- when -------------------------------------------------------------------------------------------------


def _cumulative(summary: Summary) -> Sheet:
    steps = list(summary.milestones)

    def draw(width: float) -> Drawing:
        rows = [1] * len(steps) if width < COMPACT else _rows(len(steps))
        high = 1.9 if width < COMPACT else 2.05
        whole = Drawing(width, len(rows) * high)
        places = ((row, column, columns) for row, columns in enumerate(rows) for column in range(columns))
        for step, (row, column, columns) in zip(steps, places, strict=True):
            cell = width / columns
            left, right = column * cell, width - (column + 1) * cell
            top, bottom = row * high, (len(rows) - row - 1) * high
            panel = whole.panel(left + 0.30, bottom + 0.30, right + 0.02, top + 0.32)
            figures.cumulative(summary, step, panel, explained=step == steps[0])
        return whole

    return Sheet("cumulative", _say_cumulative(summary), draw)


def _rows(panels: int) -> list[int]:
    """How many panels stand in each row, none of them empty: 5 -> 2 and 3."""
    if panels == 1:
        return [1]
    twos = -panels % 3
    return [2] * twos + [3] * ((panels - 2 * twos) // 3)


def _say_cumulative(summary: Summary) -> str:
    said = []
    for step, milestone in summary.milestones.items():
        end = milestone.by[-1]
        band = (
            f", 90 % credible interval {chance_range(*end.credible_90, end.credible_error)}"
            if end.credible_90
            else ""
        )
        said.append(f"{step_name(step)} {chance(end.probability, summary.trajectories, end.mc_error)}{band}")
        if step in summary.substitutes:
            beside = summary.substitutes[step].by[-1]
            said.append(
                f"{substitute_for(step)} {chance(beside.probability, summary.trajectories, beside.mc_error)}"
            )
    until = day(summary.horizon)
    return f"Curves of the probability of each step by date. By {until}: {'; '.join(said)}."


def _dots(summary: Summary) -> Sheet:
    steps = dotted_steps(summary)

    def draw(width: float) -> Drawing:
        columns = 1 if width < COMPACT or len(steps) == 1 else 2
        rows = -(-len(steps) // columns)
        high = 2.3
        whole = Drawing(width, rows * high)
        cell = width / columns
        for k, step in enumerate(steps):
            row, column = divmod(k, columns)
            gap = 0.12 if column == 0 and columns == 2 else 0.02
            panel = whole.panel(
                column * cell + 0.02 + (0.12 if column else 0),
                (rows - row - 1) * high + 0.25,
                width - (column + 1) * cell + gap,
                row * high + 0.28,
            )
            figures.dots(summary, step, panel)
        return whole

    counts = {step: len(dots_years(summary, step, figures.DOTS)) for step in steps}
    said = [f"{n} of {figures.DOTS} futures take {step_name(step)}" for step, n in counts.items()]
    return Sheet("dots", f"Fifty dots for each step, on an axis of years. {'; '.join(said)}.", draw)


# --- who blocks -------------------------------------------------------------------------------------------


def _blockers(summary: Summary, names: Names) -> Iterator[Sheet]:
    for step in blocked_steps(summary):
        yield Sheet(blockers_figure(step), _say_blockers(summary, step, names), _heat(
            summary, step, names
        ))  # fmt: skip


def _heat(summary: Summary, step: str, names: Names) -> Callable[[float], Drawing]:
    voters = len(blockers_table(summary, step))

    def draw(width: float) -> Drawing:
        rows = min(voters, figures.NAMED + 1)
        whole = Drawing(width, 1.12 + 0.24 * rows)
        figures.blockers(summary, step, names, whole.panel(1.32, 0.72, 0.36, 0.36))
        return whole

    return draw


def _say_blockers(summary: Summary, step: str, names: Names) -> str:
    cases = independent(summary.trajectories, summary.worlds)
    table = blockers_table(summary, step)[: figures.NAMED]
    said = [f"{names.get(row.code, row.code)} {chance(row.all, cases)}" for row in table]
    return f"Heat map, voters by year, for {step_name(step)}. Share of all meetings blocked: {listed(said)}."


# --- the ladder -------------------------------------------------------------------------------------------


def _ladder(summary: Summary) -> Sheet:
    def draw(width: float) -> Drawing:
        whole = Drawing(width, 0.45 + 0.52 * len(summary.how))
        figures.ladder(summary, whole.panel(0.05, 0.42, 0.14, 0.02))
        return whole

    of = summary.trajectories
    said = [f"{step_name(row.step)} {futures(row.reached, of)}" for row in ladder_table(summary)]
    alt = f"Bars of how many futures get past each step of the ladder: {'; '.join(said)}."
    return Sheet("ladder", alt, draw)


def _last(summary: Summary, names: Names) -> Iterator[Sheet]:
    for key in ("last_to_move", "last_to_ratify"):
        if not last_ones(summary, key).share:
            continue
        table = last_table(summary, key, names)

        def draw(width: float, key: str = key, rows: int = len(table)) -> Drawing:
            whole = Drawing(min(width, 5.6), 0.36 + 0.25 * rows)
            figures.last(summary, key, names, whole.panel(1.32, 0.03, 0.02, 0.30))
            return whole

        known = last_ones(summary, key).trajectories
        said = [f"{voter} {chance(share, known)}" for voter, share in table]
        yield Sheet(key.replace("_", "-"), f"Bars, {plain(key)}: {listed(said)}.", draw)
