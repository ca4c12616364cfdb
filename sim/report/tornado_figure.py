"""The tornado: how far each number at either end of its prior, and each structural choice, moves one answer."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from textwrap import fill
from typing import TYPE_CHECKING

from sim.base.words import by, number, of_hundred, points_more, step_name
from sim.estimates.moving import Target
from sim.report.marks import POINTS, Bar, Drawing, Line, Panel, Words
from sim.report.moving_section import MARKS, title
from sim.report.onto import draw as draw_onto
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, GREEN, INK, LINE, ORANGE, QUIET, SKY
from sim.studies.sensitivity_answer import NUMBER, STARTS, STRUCTURE, Swing, SwingEnd, Tornado

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 14
"""Bars."""
LABELS = 2.3
"""Width (inches) of the column of names; on a phone names stand above their rows."""
LETTERS = 32
ROW, TALL_ROW = 0.27, 0.42
ERRORS = 1.645
"""Standard errors on either side of an end: 90 %."""
COLOURS = {"5 %": ORANGE, "95 %": BLUE}
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0)
"""Percentage points between ticks."""


def name_of(target: Target) -> str:
    """Of the files of a figure: ``tornado-pfp-2036``."""
    return f"tornado-{target.step}-{target.date.year}"


def tornado_sheet(tornado: Tornado, target: Target, place: int) -> Sheet:
    """The whole figure at a width."""
    shown = tornado.ranked(place)[:SHOWN]

    def draw(width: float) -> Drawing:
        narrow = width < COMPACT
        whole = Drawing(width, 1.3 + len(shown) * (TALL_ROW if narrow else ROW))
        panel = whole.panel(0.5 if narrow else LABELS + 0.3, 0.42, 0.5, 0.84)
        bars(tornado, target, place, panel)
        return whole

    return Sheet(name_of(target), said(tornado, target, place), draw)


def bars(tornado: Tornado, target: Target, place: int, ax: Panel) -> None:
    """A bar for each number and structural choice that moves the answer by more than chance, the widest first."""
    shown = tornado.ranked(place)[:SHOWN]
    shifts = [100 * shift.difference for swing in shown for shift in swing.shifts(place)]
    low, high, every = _axis([0.0, *shifts])
    ax.x, ax.y = (low, high), (len(shown) - 0.5, -0.5)
    ax.x_ticks = [
        (k * every, f"{k * every:+g}".replace("-", "−") if k else "0") for k in _places(low, high, every)
    ]
    ax.x_label = "percentage points from the scenario itself"
    ax.add(*(Line((x, x), ax.y, LINE, 0.4) for x, _ in ax.x_ticks))
    shift = 0.18 if ax.compact else 0.0
    for y, swing in enumerate(shown):
        for end in swing.ends:
            if end.shifts:
                _end(ax, swing, end, place, y + shift)
        _name(ax, swing, y)
    ax.add(Line((0.0, 0.0), ax.y, INK, 1.0))
    base = tornado.base[place]
    name = step_name(target.step)
    ax.title = (
        f"{fill(name, 26) if ax.compact else name} {by(target.date)}\n"
        f"({of_hundred(base.probability, tornado.many)} of 100 in the scenario itself)\n "  # room for the key
    )
    _key(ax, shown)


def _axis(shifts: list[float]) -> tuple[float, float, float]:
    """Both ends of the axis, and the way from tick to tick (percentage points)."""
    low, high = min(shifts), max(shifts)
    every = next((step for step in STEPS if (high - low) / step <= 6), STEPS[-1])
    room = 0.12 * (high - low or 1.0)
    return every * floor((low - room) / every), every * ceil((high + room) / every), every


def _places(low: float, high: float, every: float) -> range:
    return range(round(low / every), round(high / every) + 1)


def _end(ax: Panel, swing: Swing, end: SwingEnd, place: int, y: float) -> None:
    moved, error = 100 * end.shifts[place].difference, 100 * ERRORS * end.shifts[place].error
    colour = COLOURS.get(end.said, SKY if swing.kind == STARTS else GREEN)
    high = 0.34 if ax.compact else 0.56
    ax.add(
        Bar(
            min(0.0, moved),
            y - high / 2,
            abs(moved),
            high,
            colour,
            "" if end.said != "5 %" else "/",
            "#ffffff",
        )
    )
    ax.add(Line((moved - error, moved + error), (y, y), INK, 1.0))
    value = end.said if swing.kind == STARTS else "" if end.value is None else number(end.value)
    if value:
        beyond = moved + (error if moved >= 0 else -error)
        at = beyond + ax.right(3.0 if moved >= 0 else -3.0)
        if end.shifts[place].told_apart:
            ax.add(Words(at, y, value, 7.0, QUIET, across="left" if moved >= 0 else "right"))


def _name(ax: Panel, swing: Swing, y: int) -> None:
    mark = MARKS.get(swing.basis, "◇" if swing.kind == STRUCTURE else "–")
    text = f"{mark} {swing.label}"
    if ax.compact:
        ax.add(Words(ax.x[0] - ax.right(0.44 * POINTS), y - 0.26, text, 8.0, INK, boxed=True))
        return
    lines = fill(text, LETTERS)
    edge = ax.x[0] - ax.right((LABELS + 0.26) * POINTS)
    ax.add(Words(edge, y, lines, 7.6 if "\n" in lines else 8.5, INK, leading=1.1))


def _key(ax: Panel, shown: Sequence[Swing]) -> None:
    """What the colours stand for, above the bars."""
    kinds = {swing.kind for swing in shown}
    top, at, high = ax.y[1] + ax.up(9), ax.x[0], abs(ax.up(6.0))
    at_its = "" if ax.compact else "at its "
    for text, colour, hatch, kind in (
        (f"{at_its}5 %", ORANGE, "/", NUMBER), (f"{at_its}95 %", BLUE, "", NUMBER),
        ("structure", GREEN, "", STRUCTURE), ("start", SKY, "", STARTS),
    ):  # fmt: skip
        if kind in kinds:
            ax.add(Bar(at, top - high / 2, ax.right(9.0), high, colour, hatch, "#ffffff"))
            ax.add(Words(at + ax.right(12.0), top, text, 8.0, QUIET))
            at += ax.right(24.0 + 4.6 * len(text))


def said(tornado: Tornado, target: Target, place: int) -> str:
    """The figure for those who cannot see it."""
    parts = []
    for swing in tornado.ranked(place)[:SHOWN]:
        ends = [
            f"{points_more(end.shifts[place].difference, end.shifts[place].error)}"
            + (
                f" at its {end.said}"
                if swing.kind == NUMBER
                else f" in {end.said}"
                if swing.kind == STARTS
                else ""
            )
            for end in swing.ends
            if end.shifts
        ]
        parts.append(f"{swing.label} {' and '.join(ends)}")
    return f"Tornado, {title(target)}, in percentage points with errors: {'; '.join(parts) or 'no bar'}."


def draw_tornado(tornado: Tornado, target: Target, place: int, ax: Axes | None = None) -> Axes:
    """Draws :func:`bars` on Matplotlib axes (new ones if not given) and returns them."""
    alone = Drawing(7.6, 1.3 + len(tornado.ranked(place)[:SHOWN]) * ROW)
    alone.panel(LABELS + 0.3, 0.42, 0.5, 0.84)
    return draw_onto(lambda panel: bars(tornado, target, place, panel), ax, alone)
