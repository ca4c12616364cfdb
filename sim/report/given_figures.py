"""The figure of a probability under a condition: over time with it, without it, and in all futures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from sim.base.words import of_hundred
from sim.estimates.conditional import Conditional
from sim.report.comparison_figures import DASHES, top_of
from sim.report.comparison_figures import apart as spread
from sim.report.conditional_words import condition_words, happening_name
from sim.report.figures import every_few
from sim.report.files import write_drawing
from sim.report.given_prose import answer, source
from sim.report.marks import Area, Drawing, Line, Panel, Words
from sim.report.onto import draw as draw_onto
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, INK, LINE, ORANGE, QUIET, WIDE
from sim.report.tables import years
from sim.studies.given_answer import Given

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT, NAMES = 2.9, 1.35
"""Of the figure, and of the words at its right (inches)."""


def over_time(made: Given, panel: Panel) -> None:
    """Three curves, the first two with bands of two standard errors; where too few futures are, there is no line."""
    start = years(made.asked.start)
    x = [years(e.date) for e in made.by]
    ends: list[tuple[float, str, str]] = []
    panel.x = (start, years(made.asked.horizon))
    sides: tuple[tuple[str, str, Callable[[int], Conditional]], ...] = (
        ("met", BLUE, lambda i: made.by[i].given),
        ("not met", ORANGE, lambda i: made.by[i].without),
    )
    marks: list[Area | Line] = []
    for name, colour, at in sides:
        known = [(x[i], at(i)) for i in range(len(x)) if at(i).probability is not None]
        if not known:
            continue
        marks += _band(known, colour)
        marks.append(
            Line([t for t, _ in known], [100 * (c.probability or 0.0) for _, c in known], colour, 2.0)
        )
        last = known[-1][1]
        share = last.probability or 0.0
        of = max(int(last.effective), 1) if last.error is None else last.futures
        ends.append((100 * share, f"{of_hundred(share, of, last.error)}  {name}", colour))
    overall = [e.overall for e in made.by]
    marks.append(Line([start, *x], [0.0, *(100 * e.value for e in overall)], INK, 1.2, DASHES))
    end = overall[-1]
    number = of_hundred(end.value, made.asked.trajectories, end.error)
    ends.append((100 * end.value, f"{number}  all futures", INK))
    _frame(panel, made, marks, ends)


def _band(known: Sequence[tuple[float, Conditional]], colour: str) -> list[Area | Line]:
    low = [100 * max((c.probability or 0.0) - 2 * (c.error or 0.0), 0.0) for _, c in known]
    high = [100 * min((c.probability or 0.0) + 2 * (c.error or 0.0), 1.0) for _, c in known]
    t = [when for when, _ in known]
    return [Area([*t, *reversed(t)], [*low, *reversed(high)], colour, 0.18)]


def _frame(
    panel: Panel, made: Given, marks: Sequence[Area | Line], ends: Sequence[tuple[float, str, str]]
) -> None:
    top = top_of([max(mark.ys, default=0.0) for mark in marks])
    panel.y = (0.0, top)
    panel.y_ticks = [(tick, f"{tick:g}") for tick in (0, top / 2, top)]
    panel.x_ticks = every_few(*panel.x)
    panel.title = f"{happening_name(made.step, made.asked.voters)}: of 100 futures, by date"
    panel.add(*(Line(panel.x, (y, y), LINE, 0.5) for y in (top / 2, top)), *marks)
    heights = [panel.up(11.0)] * len(ends)
    places = spread([y for y, _, _ in ends], heights, 0.0, top)
    for place, (_, text, colour) in zip(places, ends, strict=True):
        ink = QUIET if colour == ORANGE else colour
        panel.add(Words(panel.x[1] + panel.right(5.0), place, text, 8.0, ink, leading=1.0))


def given_sheet(made: Given) -> Sheet:
    """The whole figure at a width, with the condition under it."""

    def drawn(width: float) -> Drawing:
        words = fill(f"Condition: {condition_words(made.asked.read(), made.asked.voters)}", int(width * 15))
        foot = 0.14 * (words.count("\n") + 1) + 0.1
        whole = Drawing(width, HEIGHT + foot)
        over_time(made, whole.panel(0.34, 0.3 + foot, 1.1 if width < COMPACT else NAMES, 0.36))
        whole.foot(words, 8.0, 0.06, 0.08)
        return whole

    return Sheet("given", f"Curves of a probability by date. {answer(made)}", drawn, source(made.asked))


def draw_given(made: Given, ax: Axes | None = None) -> Axes:
    """Draws :func:`over_time` on Matplotlib axes (new ones if not given) and returns them."""
    alone = Drawing(7.6, HEIGHT)
    alone.panel(0.34, 0.3, NAMES, 0.36)
    return draw_onto(lambda panel: over_time(made, panel), ax, alone)


def write_given_figure(folder: Path, made: Given) -> None:
    """Writes ``figures/given.svg`` and ``.png``."""
    sheet = given_sheet(made)
    (folder / "figures").mkdir(exist_ok=True)
    write_drawing(folder / "figures", sheet.name, sheet.draw(WIDE).noted(sheet.note))
