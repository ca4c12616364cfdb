"""The figure of total indices: for each block what goes with it alone, and what with it and others together."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from sim.base.errors import RunError
from sim.base.words import by, listed, step_name
from sim.estimates.moving import Part, Target
from sim.report.marks import POINTS, Dots, Drawing, Line, Panel, Words
from sim.report.moving_section import named, short_share, title
from sim.report.onto import draw as draw_onto
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, INK, LINE, ORANGE, QUIET
from sim.studies.sensitivity_answer import BlockTotal, Sensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 10
LABELS = 2.3
LETTERS = 32
ROW, TALL_ROW = 0.27, 0.42
TOP = 0.84


def name_of(target: Target) -> str:
    """Of the files of a figure: ``totals-pfp-2036``."""
    return f"totals-{target.step}-{target.date.year}"


def _shown(made: Sensitivity, place: int) -> list[BlockTotal]:
    assert made.totals is not None
    return sorted(made.totals.targets[place], key=lambda one: -one.total.index)[:SHOWN]


def totals_sheet(made: Sensitivity, target: Target, place: int) -> Sheet:
    """The whole figure at a width."""
    shown = _shown(made, place)

    def draw(width: float) -> Drawing:
        narrow = width < COMPACT
        whole = Drawing(width, 0.46 + TOP + len(shown) * (TALL_ROW if narrow else ROW))
        panel = whole.panel(0.12 if narrow else LABELS, 0.42, 0.7, TOP)
        dots(made, target, place, panel)
        return whole

    each = [f"{named(made.first, one.block)} {short_share(one.total)}" for one in shown]
    assert made.totals is not None
    note = f"{made.scenario.title}. {made.totals.rows} rows, {made.totals.each} trajectories each."
    return Sheet(name_of(target), f"Total indices, {title(target)}: {listed(each)}.", draw, note)


def dots(made: Sensitivity, target: Target, place: int, ax: Panel) -> None:
    """For each block two dots with their intervals: the total above, alone below."""
    shown = _shown(made, place)
    ax.x, ax.y = (0.0, 100.0), (len(shown) - 0.5, -0.5)
    ax.x_ticks = [(x, str(x)) for x in (0, 25, 50, 75, 100)]
    ax.x_label = "percent of the variance"
    ax.add(*(Line((x, x), ax.y, LINE, 0.4) for x, _ in ax.x_ticks))
    shift = 0.16 if ax.compact else 0.0
    for y, one in enumerate(shown):
        _dot(ax, one.total, y + shift - 0.12, ORANGE, "D")
        _dot(ax, one.alone, y + shift + 0.12, BLUE, "o")
        ax.add(Words(102.5, y + shift, short_share(one.total), 8.5, INK, bold=True))
        _name(ax, named(made.first, one.block), y)
    name = step_name(target.step)
    assert made.totals is not None
    ax.title = f"{fill(name, 26) if ax.compact else name} {by(target.date)}\n({made.totals.rows} rows)\n "
    top = ax.y[1] + ax.up(9)
    for at, text, colour, kind in ((0.0, "total", ORANGE, "D"), (62.0, "alone", BLUE, "o")):
        left = ax.right(at + 4.0)
        ax.add(
            Dots([left], [top], 5.0, colour, colour, kind), Words(left + ax.right(8.0), top, text, 8.0, QUIET)
        )


def _dot(ax: Panel, part: Part, y: float, colour: str, kind: str) -> None:
    low, high = (100 * end for end in part.ends_90)
    middle = 100 * min(max(part.index, 0.0), 1.0)
    ax.add(Line((low, high), (y, y), colour, 1.3), Dots([middle], [y], 5.0, colour, colour, kind))


def _name(ax: Panel, text: str, y: int) -> None:
    if ax.compact:
        ax.add(Words(-ax.right(0.08 * POINTS), y - 0.26, text, 8.0, INK, boxed=True))
        return
    lines = fill(text, LETTERS)
    ax.add(
        Words(-ax.right((LABELS - 0.02) * POINTS), y, lines, 7.6 if "\n" in lines else 8.5, INK, leading=1.1)
    )


def draw_totals(made: Sensitivity, target: Target, place: int, ax: Axes | None = None) -> Axes:
    """Draws :func:`dots` on Matplotlib axes (new ones if not given) and returns them.

    :raises RunError: totals were not wanted.
    """
    if made.totals is None:
        raise RunError("this was asked without totals; allowed: totals=256")
    alone = Drawing(7.6, 0.46 + TOP + len(_shown(made, place)) * ROW)
    alone.panel(LABELS, 0.42, 0.7, TOP)
    return draw_onto(lambda panel: dots(made, target, place, panel), ax, alone)
