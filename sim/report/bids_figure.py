"""The figure of bids in the same futures: their curves, and which of them comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.base.words import brief, by, of_hundred, step_name
from sim.report.bids_prose import TITLES, labels, names_in_races, probability
from sim.report.comparison_figures import COLOURS, DASHES, apart, top_of
from sim.report.figures import every_few
from sim.report.marks import POINTS, Bar, Drawing, Line, Panel, Words
from sim.report.onto import draw as draw_onto
from sim.report.sheets import Sheet
from sim.report.style import COMPACT, LINE, NOT, QUIET
from sim.report.tables import years
from sim.studies.bids_answer import NONE, TOGETHER, Bids

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVES, RACES = 2.6, 1.25
"""Heights (inches) of the two parts."""
NAMES = 1.75
"""Width (inches) of the names at the right."""
BID_COLOURS = COLOURS[1:] + COLOURS[:1]
TOO_SMALL = 0.05
"""A share of a bar that has no number in it."""


def curves(made: Bids, panel: Panel) -> None:
    """Probability by date of the last step of each bid, and thin and dashed of its first one."""
    start, label = years(made.start), labels(made)
    lines, ends = [], []
    for colour, bid in zip(BID_COLOURS, made.bids, strict=False):
        for step in dict.fromkeys((bid.steps[-1], bid.steps[0])):
            entries, last = bid.milestones[step].by, step == bid.steps[-1]
            x = [start, *(years(e.date) for e in entries)]
            y = [0.0, *(100 * e.probability for e in entries)]
            lines.append(Line(x, y, colour, 2.0 if last else 1.0, None if last else DASHES))
            end = entries[-1]
            number = of_hundred(end.probability, made.trajectories, end.mc_error)
            ends.append((y[-1], f"{number}  {label[bid.name]}:\n{step_name(step).lower()}", colour))
    top = top_of([y for y, _, _ in ends])
    panel.y, panel.x = (0.0, top), (start, years(made.horizon))
    panel.y_ticks = [(tick, f"{tick:g}") for tick in (0, top / 2, top)]
    panel.x_ticks = every_few(*panel.x)
    panel.title = "Of 100 futures, by date"
    panel.add(*(Line(panel.x, (y, y), LINE, 0.5) for y in (top / 2, top)), *lines)
    heights = [panel.up(19.0)] * len(ends)
    for place, (_, text, colour) in zip(apart([y for y, _, _ in ends], heights, 0.0, top), ends, strict=True):
        panel.add(Words(panel.x[1] + panel.right(5.0), place, text, 8.0, colour, leading=1.0))


def races(made: Bids, panel: Panel) -> None:
    """Whose step comes first by the horizon: one bar for the last steps, one for the first ones."""
    looks = {bid.name: {"fill": colour} for bid, colour in zip(made.bids, BID_COLOURS, strict=False)}
    looks |= {TOGETHER: {"fill": QUIET}, NONE: NOT}
    panel.x, panel.y, panel.floor = (0.0, 1.0), (len(made.races) - 0.4, -0.7), False
    panel.title = f"Which comes first, {by(made.horizon)}"
    names = names_in_races(made)
    for row, race in enumerate(made.races):
        panel.add(Words(0.0, row - 0.42, f"{TITLES[race.step]} of each bid", 8.0, QUIET))
        left = 0.0
        for name, curve in race.shares.items():
            share = curve.by[-1]
            panel.add(Bar(left, row - 0.25, share.probability, 0.5, **looks[name]))
            if share.probability > TOO_SMALL:
                words = f"{names[name]} {brief(share.probability, made.trajectories, share.mc_error)}"
                room = share.probability * POINTS * panel.width > 5.0 * len(words)
                text = words if room else brief(share.probability, made.trajectories, share.mc_error)
                dark = "#1a1a1a" if name == NONE else "white"
                middle = left + share.probability / 2
                panel.add(Words(middle, row, text, 8.0, dark, across="center", boxed=name == NONE))
            left += share.probability


def bids_sheet(made: Bids) -> Sheet:
    """The whole figure at a width."""

    def draw(width: float) -> Drawing:
        right = 1.25 if width < COMPACT else NAMES
        whole = Drawing(width, CURVES + RACES)
        curves(made, whole.panel(0.34, RACES + 0.3, right, 0.36))
        races(made, whole.panel(0.05, 0.1, 0.05, CURVES + 0.3))
        return whole

    ends = [
        f"{labels(made)[bid.name]} {probability(made, bid.milestones[bid.steps[-1]].by[-1])}"
        for bid in made.bids
    ]
    return Sheet(
        "bids", f"Curves of the bids by date. {by(made.horizon).capitalize()}: {'; '.join(ends)}.", draw
    )


def draw_bids(made: Bids, ax: Axes | None = None) -> Axes:
    """Draws :func:`curves` on Matplotlib axes (new ones if not given) and returns them."""
    alone = Drawing(7.6, CURVES)
    alone.panel(0.34, 0.3, NAMES, 0.36)
    return draw_onto(lambda panel: curves(made, panel), ax, alone)


def draw_first(made: Bids, ax: Axes | None = None) -> Axes:
    """Draws :func:`races` on Matplotlib axes (new ones if not given) and returns them."""
    alone = Drawing(7.6, RACES + 0.2)
    alone.panel(0.05, 0.1, 0.05, 0.36)
    return draw_onto(lambda panel: races(made, panel), ax, alone)
