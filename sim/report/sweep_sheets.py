"""The whole figures of a sweep: which of them there are, how high, and in words; and on Matplotlib axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import fill
from typing import TYPE_CHECKING

from sim.base.errors import OptionError, choice
from sim.base.words import chance_range, listed, points
from sim.report import sweep_figures as figures
from sim.report.comparison_figures import top_of
from sim.report.marks import Drawing, Panel
from sim.report.onto import draw as draw_onto
from sim.report.prose import set_by_you
from sim.report.sheets import Sheet
from sim.report.style import COMPACT, WIDE
from sim.report.sweep_prose import axis_name, held, looked_at
from sim.studies.sweep.looked import cell_text
from sim.studies.sweep.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAP, LINES, AXES, POINTS = "map", "lines", "axes", "points"
MOST_AXES, MOST_POINTS_PANELS = 12, 9
"""Axes in a figure: those that move the answer most."""


def sheets(shown: Shown) -> dict[str, Sheet]:
    """Every figure that the sweep has something for, by name."""
    return {sheet.name: sheet for sheet in _sheets(shown)}


def _sheets(shown: Shown) -> Iterator[Sheet]:
    if not shown.ran:
        return
    note = f"{shown.scenario.title}. {looked_at(shown)}.{set_by_you(shown.scenario.yours)}"
    if shown.map is not None and any(c is not None for p in shown.map.panels for r in p.cells for c in r):
        yield Sheet(MAP, _say_map(shown), lambda width: _map(shown, width), note)
    if shown.lines is not None:
        yield Sheet(LINES, _say_lines(shown), lambda width: _lines(shown, width), note)
    if shown.lines is None and shown.axes:
        yield Sheet(POINTS, _say_points(shown), lambda width: _points(shown, width), note)
    if len(shown.axes) > 1:
        yield Sheet(AXES, _say_axes(shown), lambda width: _axes(shown, width), note)


# --- in words ---------------------------------------------------------------------------------------------


def ends(shown: Shown) -> str:
    """``1 to 34 %``: between which probabilities the points lie."""
    least, greatest = shown.least[0], shown.greatest[0]
    return chance_range(least.probability, greatest.probability, (least.mc_error, greatest.mc_error))


def _say_map(shown: Shown) -> str:
    of = shown.map
    assert of is not None, "there is a map"
    return f"Map of {looked_at(shown)} over {axis_name(of.x)} and {axis_name(of.y)}: {ends(shown)} over the points."


def _say_lines(shown: Shown) -> str:
    of = shown.lines
    assert of is not None, "there are lines"
    by_what = f", a line for each value of {axis_name(of.by)}" if of.by else ", a line for each step"
    return f"Lines over {axis_name(of.x)}{by_what}. {looked_at(shown)}: {ends(shown)} over the points."


def _say_points(shown: Shown) -> str:
    names = [axis_name(axis.name) for axis in shown.by_movement()[:MOST_POINTS_PANELS]]
    return f"Points over {listed(names)}. {looked_at(shown)}: {ends(shown)}."


def _say_axes(shown: Shown) -> str:
    said = [
        f"{axis_name(axis.name)} {100 * axis.moved:.0f} points (error {points(axis.error)})"
        for axis in shown.by_movement()[:MOST_AXES]
    ]
    return f"How far the average over the points moves along each axis: {'; '.join(said)}."


# --- at a width -------------------------------------------------------------------------------------------


def _map(shown: Shown, width: float) -> Drawing:
    of = shown.map
    assert of is not None, "there is a map"
    count = len(of.panels)
    columns = 1 if count == 1 or width < COMPACT else 2 if count in (2, 4) else 3
    rows = -(-count // columns)
    left = 0.32 + 0.075 * min(12, max(len(cell_text(cell)) for cell in of.ys))
    cell = (width - left - 0.03) / columns
    titles = [fill(held(panel.held), max(12, int(13 * cell))) for panel in of.panels]
    high = min(3.4, max(0.72 * cell, 1.5)) if count == 1 else min(0.8 * cell, 2.4)
    top, bottom, foot = 0.14 + 0.15 * max(title.count("\n") + 1 for title in titles), 0.42, 0.45
    each = high + top + bottom - 0.1
    whole = Drawing(width, rows * each + foot)
    for k, title in enumerate(titles):
        row, column = divmod(k, columns)
        panel = whole.panel(
            left + column * cell + (0.08 if column else 0.0),
            foot + (rows - row - 1) * each + bottom,
            width - left - (column + 1) * cell,
            row * each + top,
        )
        figures.map_panel(shown, k, panel, explained=column == 0 and row == rows - 1)
        if column:
            panel.y_ticks = []
        panel.title = title
    colours = whole.panel(left, 0.2, width - left - min(2.2, width - left - 1.0), whole.height - 0.32)
    figures.key(colours, figures.top_share(shown))
    return whole


def _lines(shown: Shown, width: float) -> Drawing:
    whole = Drawing(width, 2.9 if width >= COMPACT else 2.6)
    figures.lines_panel(shown, whole.panel(0.34, 0.42, 1.05 if width < COMPACT else 1.45, 0.32))
    return whole


def _points(shown: Shown, width: float) -> Drawing:
    axes = shown.by_movement()[:MOST_POINTS_PANELS]
    columns = 1 if width < COMPACT else min(3, len(axes))
    rows, cell, high = -(-len(axes) // columns), width / columns, 1.75
    whole = Drawing(width, rows * high)
    top = top_of([100 * row.probability for row in shown.rows])
    for k, axis in enumerate(axes):
        row, column = divmod(k, columns)
        panel = whole.panel(
            column * cell + 0.3,
            (rows - row - 1) * high + 0.3,
            width - (column + 1) * cell + 0.08,
            row * high + 0.3,
        )
        figures.axis_panel(shown, axis, panel, top)
    return whole


def _axes(shown: Shown, width: float) -> Drawing:
    count = min(len(shown.axes), MOST_AXES)
    whole = Drawing(width, 0.62 + 0.36 * count)
    left = 1.3 if width < COMPACT else 1.65
    figures.axes_panel(shown, whole.panel(left, 0.44, 0.95, 0.08), MOST_AXES)
    return whole


# --- for notebooks ----------------------------------------------------------------------------------------


def draw(shown: Shown, ax: Axes | None = None, figure: str | None = None) -> Axes:
    """Draws a figure on Matplotlib axes (new ones if not given) and returns them.

    :param figure: ``map``, ``lines``, ``points`` or ``axes``; the first one that the sweep has, if not given. Of a
        map that has several panels the first one; of points those over the axis that moves the answer most.
    """
    known: dict[str, Callable[[Panel], None]] = {}
    found = sheets(shown)
    if MAP in found:
        known[MAP] = lambda panel: figures.map_panel(shown, 0, panel)
    if LINES in found:
        known[LINES] = lambda panel: figures.lines_panel(shown, panel)
    if POINTS in found:
        top = top_of([100 * row.probability for row in shown.rows])
        known[POINTS] = lambda panel: figures.axis_panel(shown, shown.by_movement()[0], panel, top)
    if AXES in found:
        known[AXES] = lambda panel: figures.axes_panel(shown, panel, MOST_AXES)
    name = next(iter(known), "") if figure is None else figure
    if name not in known:
        raise OptionError(f"<figure> {name}: not a figure of this sweep; {choice(name, known)}")
    alone = Drawing(WIDE, 3.2)
    alone.panel(1.65 if name == AXES else 0.9 if name == MAP else 0.4, 0.5, 1.45, 0.4)
    return draw_onto(known[name], ax, alone)
