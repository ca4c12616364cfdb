"""The figure of levers: how far each choice, alone and with others, moves one step by one date."""

from __future__ import annotations

from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.words import by, of_hundred, step_name
from sim.report.files import write_drawing
from sim.report.marks import Dots, Drawing, Line, Panel, Words
from sim.report.onto import draw as draw_onto
from sim.report.prose import set_by_you
from sim.report.style import BLUE, INK, LINE, ORANGE, QUIET
from sim.studies.lever_answer import LeversAnswer, Pulled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.6
ROW = 0.21
"""Inches."""
MARGIN = {"left": 2.3, "bottom": 0.42, "right": 0.5, "top": 0.62}
ERRORS = 1.96
"""Standard errors on either side of a dot."""
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0)
"""Percentage points between ticks."""
LETTERS = 38


def draw_levers(made: LeversAnswer, ax: Axes | None = None) -> Axes:
    """Draws :func:`worth` on Matplotlib axes (new ones if not given) and returns them."""
    return draw_onto(lambda panel: worth(made, panel), ax, _sheet(made))


def write_figures(folder: Path, made: LeversAnswer) -> None:
    """Writes ``figures/levers.svg`` and ``.png``."""
    at = folder / "figures"
    at.mkdir(exist_ok=True)
    whole = _sheet(made)
    worth(made, whole.panels[0])
    note = f"{_note(made)} {set_by_you(made.scenario.yours)}".strip()
    write_drawing(at, "levers", whole.noted(note))


def _sheet(made: LeversAnswer) -> Drawing:
    groups = made.groups()
    rows = sum(map(len, groups.values())) + len(groups)
    whole = Drawing(WIDTH, MARGIN["bottom"] + MARGIN["top"] + ROW * rows)
    whole.panel(**MARGIN)
    return whole


def worth(made: LeversAnswer, panel: Panel) -> None:
    """A dot for each set of levers, with two standard errors, and a mark where what each is worth alone adds up to."""
    rows: list[tuple[float, Pulled]] = []
    y = 0.0
    headings = []
    for heading, pulled in made.groups().items():
        headings.append((y, heading))
        rows += [(y + 1 + place, one) for place, one in enumerate(pulled)]
        y += 1 + len(pulled)
    panel.y = (y - 0.4, -0.6)
    panel.x, panel.x_ticks = _axis(made, [one for _, one in rows])
    panel.x_label = "percentage points more than without"
    panel.y_names, panel.floor = True, False
    panel.y_ticks = [(place, _cut(made.label(one))) for place, one in rows]
    panel.add(*(Line((x, x), panel.y, LINE, 0.4) for x, _ in panel.x_ticks))
    panel.add(Line((0.0, 0.0), panel.y, INK, 0.8))
    edge = panel.x[0] - panel.right(3.5)
    panel.add(*(Words(edge, place, text, 8.0, QUIET, bold=True, across="right") for place, text in headings))
    for place, one in rows:
        _row(made, panel, place, one)
    base = made.base()
    without = of_hundred(base.probability, made.trajectories, base.mc_error)
    panel.title = (
        f"What each choice is worth, made on {made.on}:\n"
        f"{step_name(made.step)} {by(made.by)} ({without} of 100 without)"
    )


def _row(made: LeversAnswer, panel: Panel, y: float, one: Pulled) -> None:
    w = made.at(one)
    middle, error = 100 * w.worth, 100 * ERRORS * w.worth_error
    colour = BLUE if any(name in made.voters for name in one.levers) else ORANGE
    if w.beyond_sum is not None:
        panel.add(Dots([100 * (w.worth - w.beyond_sum)], [y], 5.0, "#ffffff", QUIET, "D"))
    panel.add(Line((middle - error, middle + error), (y, y), colour, 1.6))
    panel.add(Dots([middle], [y], 5.5, colour))
    text = of_hundred(w.probability, made.trajectories, w.mc_error)
    panel.add(Words(panel.x[1] + panel.right(6.0), y, text, 8.0, colour, bold=True))


def _axis(made: LeversAnswer, rows: list[Pulled]) -> tuple[tuple[float, float], list[tuple[float, str]]]:
    """Ends of the axis and its ticks."""
    found = [made.at(one) for one in rows]
    ends = [100 * (w.worth + side * ERRORS * w.worth_error) for w in found for side in (-1, 1)]
    ends += [100 * (w.worth - w.beyond_sum) for w in found if w.beyond_sum is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    span = max(high - low, 1.0)
    every = next((e for e in STEPS if span / e <= 7), 100.0)
    first, last = ceil(low / every), floor(high / every)
    ticks = [(k * every, f"{k * every:+g}" if k else "0") for k in range(first, last + 1)]
    return (low - 0.03 * span, low + 1.03 * span), ticks


def _cut(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def _note(made: LeversAnswer) -> str:
    return (
        "Dots: difference of probabilities with the same luck, with 95 % intervals of the sample; diamonds: what "
        "each of them alone adds up to; at the right: of 100 futures. What this model says, no advice."
    )
