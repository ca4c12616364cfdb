"""The figure of what moves the answer: a bar and its interval for each thing that does, and what is left."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from sim.base.words import by, step_name
from sim.estimates.moving import Moving, Part, Target
from sim.report.marks import POINTS, Bar, Drawing, Line, Panel, Words
from sim.report.moving_section import Row, rows, said, short_share, told
from sim.report.onto import draw as draw_onto
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, INK, LINE, NOT, QUIET, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = 2.3
"""Width (inches) of the column of names; on a phone names stand above their rows."""
LETTERS = 30
ROW, TALL_ROW = 0.25, 0.37
"""Height (inches) of a row, and of one on a phone."""
REST = "only in combination"
NAME = "what-moves"
GAP = 0.3


def moving_sheet(first: Moving) -> Sheet:
    """The whole figure at a width."""
    targets, shown = told(first), rows(first)
    rest = any(target.together for target in targets)

    def draw(width: float) -> Drawing:
        narrow = width < COMPACT
        bottom, top = 0.42, 0.62 if narrow else 0.46
        height = (len(shown) + rest * (1 + GAP)) * (TALL_ROW if narrow else ROW)
        whole = Drawing(width, bottom + height + top)
        left = 0.08 if narrow else LABELS
        cell = (width - left) / len(targets)
        starts = [left + k * cell for k in range(len(targets))]
        panels = [whole.panel(start, bottom, width - start - cell + 0.58, top) for start in starts]
        for place, (ax, target) in enumerate(zip(panels, targets, strict=True)):
            bars(shown, place, target, ax, rest)
        names(panels[0], shown, left, rest)
        whole.panels.append(whole.panels.pop(0))  # names on a phone reach across both panels
        return whole

    return Sheet(NAME, said(first), draw)


def bars(shown: list[Row], place: int, target: Target, ax: Panel, rest: bool = True) -> None:
    """One target: a bar for each row, and one for what is left, if there is a ``rest`` of any."""
    last = len(shown) + GAP if rest else len(shown) - 1
    ax.x, ax.y = (0.0, 100.0), (last + 0.5, -0.5)
    ax.x_ticks = [(x, str(x)) for x in (0, 50, 100)]
    ax.x_label = "percent of the variance"
    ax.add(*(Line((x, x), ax.y, LINE, 0.4) for x in (0, 25, 50, 75, 100)))
    shift = 0.2 if ax.compact else 0.0
    for y, row in enumerate(shown):
        part = row.parts[place]
        if part is not None:
            _bar(ax, part, y + shift, row.inside)
    if target.together is not None:
        left = Part(1 - target.together.index, target.together.error)
        _bar(ax, left, last + shift, inside=False, rest=True)
    name = step_name(target.step)
    ax.title = f"{fill(name, 14) if ax.compact else name}\n{by(target.date)}"
    ax.title_size = 8.5 if ax.compact else 9.0


def _bar(ax: Panel, part: Part, y: float, inside: bool, rest: bool = False) -> None:
    high = 0.34 if inside else 0.56
    if ax.compact:
        high *= 0.7
    value = 100 * min(max(part.index, 0.0), 1.0)
    look = NOT if rest else {"fill": SKY if inside else BLUE}
    if value:
        ax.add(Bar(0.0, y - high / 2, value, high, **look))
    low, top = (100 * end for end in part.ends_90)
    ax.add(Line((low, top), (y, y), INK, 1.1))
    ax.add(
        Words(104.0, y, short_share(part), 8.0 if inside else 8.5, QUIET if inside else INK, bold=not inside)
    )


def names(ax: Panel, shown: list[Row], left: float, rest: bool = True) -> None:
    """Names with their marks at the left edge, or on a phone above their rows."""
    edge = -ax.right(POINTS * (left - 0.02))
    labelled = [(float(y), f"{row.marks} {row.label}", row.inside) for y, row in enumerate(shown)]
    labelled += [(len(shown) + GAP, REST, False)] if rest else []
    for y, text, inside in labelled:
        at = edge + (ax.right(12.0) if inside else 0.0)
        colour = QUIET if inside or text == REST else INK
        if ax.compact:
            ax.add(Words(at, y - 0.22, text, 8.0 if inside else 8.5, colour, boxed=True))
        else:
            lines = fill(text, LETTERS)
            size = 7.6 if "\n" in lines else 8.0 if inside else 8.5
            ax.add(Words(at, y, lines, size, colour, leading=1.1))


def draw_moving(first: Moving, target: Target, ax: Axes | None = None) -> Axes:
    """Draws :func:`bars` of one target on Matplotlib axes (new ones if not given) and returns them."""
    shown, place, rest = rows(first), told(first).index(target), target.together is not None
    alone = Drawing(7.6, 0.9 + (len(shown) + rest * (1 + GAP)) * ROW)
    alone.panel(LABELS, 0.42, 0.46, 0.46)

    def drawn(panel: Panel) -> None:
        bars(shown, place, target, panel, rest)
        names(panel, shown, LABELS, rest)

    return draw_onto(drawn, ax, alone)
