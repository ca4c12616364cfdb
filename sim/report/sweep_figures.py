"""The figures of a sweep: a map of two axes, lines over one, rows by axis, and ranges by axis.

Each takes what is shown of it (a stored record) and a panel, sets its axes and puts marks on it. Nothing is calculated
here but positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import log10
from textwrap import fill

from sim.base.words import of_hundred, points, step_name
from sim.report import contours
from sim.report.comparison_figures import COLOURS, apart, top_of
from sim.report.marks import POINTS, Area, Bar, Dots, Line, Mark, Panel, Ticks, Words
from sim.report.style import BLUE, INK, LINE, NOT, QUIET, SKY, shade
from sim.report.sweep_prose import axis_name, middle
from sim.studies.design import Cell
from sim.studies.sweep.looked import GOLDEN, cell_text, mixed, ordinal
from sim.studies.sweep.shown import AxisShown, Level, LineShown, MapPanel, Shown

CONTOURS = {0.1: (1.0, 1.5), 0.5: None, 0.9: (4.0, 2.0)}
"""Probabilities at which a map has a line, and its dashes."""
MOST_DOTS = 400
LETTERS = 18
"""Of a name beside a row."""
DOT = 2.6
PALE_BLUE = "#9ecae1"
"""Of what is within two standard errors."""
NUMBERS_WIDE, NUMBERS_HIGH = 19.0, 11.0
"""Points that a cell needs to have its number in it."""


# --- positions along an axis ------------------------------------------------------------------------------


class Scale:
    """Where values are along an axis: numbers and days to scale, all else one after another."""

    def __init__(self, cells: Sequence[Cell], log: bool) -> None:
        numbers = [ordinal(cell) for cell in cells]
        self.to_scale = len(cells) > 1 and all(number is not None for number in numbers)
        self.days = any(isinstance(cell, str) for cell in cells) and self.to_scale
        self.log = log and self.to_scale
        self._places = {cell: float(k) for k, cell in enumerate(cells)}
        spots = [self.at(cell) for cell in cells]
        margin = 0.5 if not self.to_scale else 0.03 * (max(spots) - min(spots))
        self.ends = min(spots) - margin, max(spots) + margin

    def at(self, cell: Cell) -> float:
        """Where a value is."""
        return self.of(ordinal(cell) or 0.0) if self.to_scale else self._places[cell]

    def of(self, number: float) -> float:
        """Where a number is."""
        return log10(number) if self.log else number

    def ticks(self, cells: Sequence[Cell], panel: Panel) -> Ticks:
        """Values with their names, as many as have room."""
        spots = sorted({self.at(cell): cell_text(cell) for cell in cells}.items())
        return spaced(spots, panel, self.ends)


def spaced(spots: Sequence[tuple[float, str]], panel: Panel, ends: tuple[float, float]) -> Ticks:
    """Those ticks, from the left, that leave one another room; the last one rather than one before it."""
    width = POINTS * panel.width / (ends[1] - ends[0])
    kept: list[tuple[float, str]] = []
    for spot, text in spots:
        if not kept or (spot - kept[-1][0]) * width > 2.7 * (len(text) + len(kept[-1][1])) + 5:
            kept.append((spot, text))
    return kept


# --- a map ------------------------------------------------------------------------------------------------


def top_share(shown: Shown) -> float:
    """Where the scale of colours ends: a round share that no cell is above."""
    assert shown.map is not None, "only grids of two axes have a map"
    cells = [cell for panel in shown.map.panels for row in panel.cells for cell in row if cell is not None]
    return top_of([100 * cell for cell in cells]) / 100


def map_panel(shown: Shown, number: int, panel: Panel, explained: bool = True) -> None:
    """Probability for each pair of values, darker where it is greater; lines at 10, 50 and 90 of 100 futures.

    Lines are interpolated, and only drawn where both axes are numbers or days.

    :param number: of the panel, where others differ from it by a third axis.
    :param explained: whether the names of both axes are written.
    """
    of = shown.map
    assert of is not None, "only grids of two axes have a map"
    here, top = of.panels[number], top_share(shown)
    panel.x, panel.y = (-0.5, len(of.xs) - 0.5), (-0.5, len(of.ys) - 0.5)
    panel.floor, panel.y_names = False, False
    numbers = _cells(here, shown.trajectories, panel, top)
    labels: list[Mark] = []
    if of.ordered and len(of.xs) > 2 and len(of.ys) > 2:
        for level, dash in CONTOURS.items():
            lines, label = _contour(here, level, dash)
            panel.add(*lines)
            labels += label
    panel.add(*numbers, *labels)
    panel.x_ticks = spaced([(float(k), cell_text(cell)) for k, cell in enumerate(of.xs)], panel, panel.x)
    every = max(1, round(len(of.ys) * 11 / (POINTS * panel.height)))
    panel.y_ticks = [(float(k), fill(cell_text(cell), 14)) for k, cell in enumerate(of.ys) if k % every == 0]
    if explained:
        panel.x_label = f"→ {axis_name(of.x)}   ↑ {axis_name(of.y)}"
    panel.title_size = 8.5


def _cells(here: MapPanel, of: int, panel: Panel, top: float) -> list[Mark]:
    """Puts the cells on a panel; their numbers, where there is room for them."""
    wide, high = POINTS * panel.width / len(here.cells[0]), POINTS * panel.height / len(here.cells)
    gap = (panel.right(0.7), panel.up(0.7)) if min(wide, high) > 6 else (0.0, 0.0)
    numbered = wide >= NUMBERS_WIDE and high >= NUMBERS_HIGH
    numbers: list[Mark] = []
    for j, row in enumerate(here.cells):
        for i, cell in enumerate(row):
            look = NOT if cell is None else {"fill": shade(cell / top)}
            panel.add(Bar(i - 0.5, j - 0.5, 1.0 - gap[0], 1.0 - gap[1], **look))
            if numbered and cell is not None:
                dark = cell > 0.55 * top
                text = of_hundred(cell, of, here.errors[j][i])
                numbers.append(Words(i, j, text, 8, "white" if dark else INK, across="center"))
    return numbers


def _contour(here: MapPanel, level: float, dash: tuple[float, float] | None) -> tuple[list[Mark], list[Mark]]:
    """Lines of a level, and the label of the longest one."""
    found = contours.lines(here.cells, level)
    if not found:
        return [], []
    marks: list[Mark] = []
    for line in found:
        xs, ys = [x for x, _ in line], [y for _, y in line]
        marks += [Line(xs, ys, "white", 2.6), Line(xs, ys, INK, 1.1, dash)]
    longest = max(found, key=len)
    middle = (len(longest) - 1) // 2
    (x0, y0), (x1, y1) = longest[middle], longest[min(middle + 1, len(longest) - 1)]
    at = (x0 + x1) / 2, (y0 + y1) / 2  # between the numbers of cells
    return marks, [Words(*at, f"{100 * level:.0f}", 8, bold=True, across="center", boxed=True)]


def key(panel: Panel, top: float) -> None:
    """What the colours of a map mean: a panel of its own."""
    panel.x, panel.y, panel.floor = (0.0, 100 * top), (0.0, 1.0), False
    steps = 20
    for k in range(steps):
        left = 100 * top * k / steps
        panel.add(Bar(left, 0.0, 100 * top / steps, 1.0, shade((k + 0.5) / steps)))
    panel.x_ticks = [(100 * top * k / 4, f"{25 * top * k:g}") for k in range(5)]
    panel.add(Words(100 * top + panel.right(12), 0.5, "of 100 futures", 8, QUIET))


# --- lines ------------------------------------------------------------------------------------------------


def lines_panel(shown: Shown, panel: Panel) -> None:
    """Probability over the first axis, with 90 % credible intervals as bands of the first and the last line.

    One line for each value of the second axis; or, if there is none, for each step.
    """
    of = shown.lines
    assert of is not None, "only grids have lines"
    log = next((axis.log for axis in shown.axes if axis.name == of.x), False)
    scale = Scale(of.xs, log)
    lines = [line for line in of.lines if any(p is not None for p in line.probability)]
    highest = [100 * p for line in lines for p in (*line.probability, *line.high) if p is not None]
    top = top_of(highest)
    panel.x, panel.y = scale.ends, (0.0, top)
    panel.x_ticks = scale.ticks(of.xs, panel)
    panel.x_label = axis_name(of.x)
    panel.y_ticks = [(tick, f"{tick:g}") for tick in (0, top / 2, top)]
    panel.add(*(Line(panel.x, (y, y), LINE, 0.5) for y in (top / 2, top)))
    at = [scale.at(cell) for cell in of.xs]
    ends = []
    for colour, line in zip((BLUE, *COLOURS[2:], INK), lines, strict=False):
        banded = len(lines) <= 2 or line in (lines[0], lines[-1])
        last = _line(panel, at, line, colour, joined=scale.to_scale, banded=banded)
        name = step_name(line.name) if not of.by else line.name
        ends.append((last, fill(name, 17), colour))
    heights = [(text.count("\n") + 1) * panel.up(9.7) for _, text, _ in ends]
    for place, (_, text, colour) in zip(apart([y for y, _, _ in ends], heights, 0.0, top), ends, strict=True):
        panel.add(Words(panel.x[1] + panel.right(5.0), place, text, 8.0, colour))
    what = f" for {axis_name(of.by)}" if of.by else ""
    panel.title = f"Of 100 futures{what}"


def _line(
    panel: Panel, at: Sequence[float], line: LineShown, colour: str, joined: bool, banded: bool
) -> float:
    """One line, perhaps with its band; where it ends."""
    known = [k for k, p in enumerate(line.probability) if p is not None]
    xs, ys = [at[k] for k in known], [100 * (line.probability[k] or 0.0) for k in known]
    band = [
        (at[k], 100 * low, 100 * high)
        for k in (known if banded else [])
        if (low := line.low[k]) is not None and (high := line.high[k]) is not None
    ]
    if joined:
        if len(band) > 1:
            x = [spot for spot, _, _ in band]
            panel.add(
                Area([*x, *x[::-1]], [*(b for _, b, _ in band), *(b for *_, b in band[::-1])], colour, 0.12)
            )
        panel.add(Line(xs, ys, colour, 1.6))
    else:
        panel.add(*(Line((x, x), (low, high), colour, 0.8) for x, low, high in band))
    if len(xs) <= 60:
        panel.add(Dots(xs, ys, 3.6, colour))
    return ys[-1]


# --- rows by axis -----------------------------------------------------------------------------------------


def axis_panel(shown: Shown, axis: AxisShown, panel: Panel, top: float) -> None:
    """Every row as a dot over one axis, and the means of values or of parts of the range as a line.

    :param top: where the axis of probabilities ends (of 100 futures).
    """
    place = [record.name for record in shown.design.axes].index(axis.name)
    cells = [row.cells[place] for row in shown.rows]
    known = [cell for cell in cells if ordinal(cell) is not None]
    scale = Scale(sorted(set(known), key=lambda c: ordinal(c) or 0.0), axis.log) if axis.ordered else None
    names = [level.name for level in axis.levels]
    rows = [
        (k, row) for k, row in enumerate(shown.rows) if scale is None or ordinal(row.cells[place]) is not None
    ]
    rows = [rows[place] for place in mixed(range(len(rows)), MOST_DOTS)]
    if scale is None:
        # beside one another, so that rows with one value are told apart
        xs = [names.index(_level_of(axis, cells[k])) + 0.5 * ((k * GOLDEN) % 1.0 - 0.5) for k, _ in rows]
        panel.x = (-0.5, len(names) - 0.5)
        means = [(float(k), level) for k, level in enumerate(axis.levels)]
        panel.x_ticks = [(float(k), fill(name, 12)) for k, name in enumerate(names)]
    else:
        xs = [scale.at(row.cells[place]) for _, row in rows]
        panel.x = scale.ends
        means = [(scale.of(level.at), level) for level in axis.levels if level.at is not None]
        panel.x_ticks = _round_ticks(scale, panel)
    panel.y = (0.0, top)
    panel.y_ticks = [(tick, f"{tick:g}") for tick in (0, top / 2, top)]
    panel.add(*(Line(panel.x, (y, y), LINE, 0.5) for y in (top / 2, top)))
    panel.add(Dots(xs, [100 * row.probability for _, row in rows], DOT, SKY))
    _means(panel, means, joined=scale is not None)
    panel.title, panel.title_size = axis_name(axis.name), 8.5


def _level_of(axis: AxisShown, cell: Cell) -> str:
    """The name of the level that a value is in."""
    number = ordinal(cell)
    exact = next((level.name for level in axis.levels if level.name == cell_text(cell)), None)
    if exact is not None or number is None:
        return exact or axis.levels[0].name
    near = [level for level in axis.levels if level.at is not None]
    return min(near, key=lambda level: abs((level.at or 0.0) - number)).name


def _means(panel: Panel, means: Sequence[tuple[float, Level]], joined: bool) -> None:
    ys = [100 * level.mean for _, level in means]
    if joined:
        panel.add(Line([x for x, _ in means], ys, "white", 3.4), Line([x for x, _ in means], ys, INK, 1.5))
    for (x, level), y in zip(means, ys, strict=True):
        error = 200 * level.error
        panel.add(Line((x, x), (y - error, y + error), INK, 0.8))
    panel.add(Dots([x for x, _ in means], ys, 4.2, INK))


def _round_ticks(scale: Scale, panel: Panel) -> Ticks:
    """Round numbers or years within the ends of an axis."""
    low, high = scale.ends
    if scale.days:
        first, last = (date.fromordinal(round(end)).year for end in (low, high))
        spots = [(float(date(year, 1, 1).toordinal()), str(year)) for year in range(first + 1, last + 1)]
    elif scale.log:
        spots = [
            (log10(m) + k, f"{m * 10.0**k:.6g}")
            for k in range(int(low) - 2, int(high) + 2)
            for m in (1, 2, 5)
        ]
    else:
        step = 10.0 ** (int(log10(high - low)) - 2)
        step = next(step * m for m in (1, 2, 5, 10, 20, 50, 100, 200, 500) if (high - low) / (step * m) <= 5)
        spots = [(k * step, f"{k * step:.6g}") for k in range(int(low / step) - 1, int(high / step) + 2)]
    return spaced([spot for spot in spots if low <= spot[0] <= high], panel, scale.ends)


# --- ranges by axis ---------------------------------------------------------------------------------------


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def axes_panel(shown: Shown, panel: Panel, most: int) -> None:
    """A bar for each axis, from the least to the greatest mean of its values or parts; the longest first."""
    axes = shown.by_movement()[:most]
    top = top_of([100 * level.mean for axis in axes for level in axis.levels])
    panel.x, panel.y, panel.floor = (-0.16 * top, 1.16 * top), (len(axes) - 0.4, -0.6), False
    panel.x_ticks = [(tick, f"{tick:g}") for tick in (0, top / 2, top)]
    panel.x_label = "of 100 futures, on average over the points"
    panel.add(*(Line((x, x), panel.y, LINE, 0.5) for x in (0, top / 2, top)))
    for row, axis in enumerate(axes):
        low = min(axis.levels, key=lambda level: level.mean)
        high = max(axis.levels, key=lambda level: level.mean)
        left, right = 100 * low.mean, 100 * high.mean
        panel.add(
            Bar(
                left,
                row - 0.28,
                max(right - left, panel.right(1.0)),
                0.56,
                PALE_BLUE if axis.unclear else BLUE,
            )
        )
        names = (_short(middle(axis, level), 10 if panel.compact else 24) for level in (low, high))
        panel.add(Words(left - panel.right(3), row, next(names), 8, QUIET, across="right", boxed=True))
        panel.add(Words(right + panel.right(3), row, next(names), 8, QUIET, boxed=True))
        moved = f"{100 * axis.moved:.0f} ± {points(axis.error)}"
        panel.add(Words(panel.x[1] + panel.right(8), row, moved, 8.5, bold=not axis.unclear))
    panel.y_ticks = [(float(row), fill(axis_name(axis.name), LETTERS)) for row, axis in enumerate(axes)]
    panel.y_names = True
