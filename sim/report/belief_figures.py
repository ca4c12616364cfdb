"""The figures of beliefs: how far each parameter gets alone, and the boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.words import by, chance, step_name, the_step
from sim.report.beliefs_told import fit_name, wanted
from sim.report.files import write_drawing
from sim.report.marks import Bar, Dots, Drawing, Line, Panel, Words
from sim.report.onto import draw as draw_onto
from sim.report.prose import set_by_you
from sim.report.style import BLUE, INK, LINE, ORANGE, PALE, QUIET
from sim.studies.belief_answer import FOUND, NOT_ALONE, PERHAPS, Alone, BeliefAnswer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, ROW = 7.6, 0.23
"""Inches."""
MARGIN = {"left": 2.3, "bottom": 0.42, "right": 0.75, "top": 0.56}
MOST = 14
"""Parameters that are drawn."""
BAR = 0.3
"""Half the height of a bar, in rows."""
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
Figure = Callable[[BeliefAnswer, Panel], None]


def draw_alone(made: BeliefAnswer, ax: Axes | None = None) -> Axes:
    """Draws :func:`alone` on Matplotlib axes (new ones if not given) and returns them."""
    return draw_onto(lambda panel: alone(made, panel), ax, _sheet(_shown(made)))


def draw_boxes(made: BeliefAnswer, ax: Axes | None = None) -> Axes:
    """Draws :func:`boxes` on Matplotlib axes (new ones if not given) and returns them."""
    return draw_onto(lambda panel: boxes(made, panel), ax, _sheet(_box_rows(made)))


def write_figures(folder: Path, made: BeliefAnswer) -> None:
    """Writes ``figures/alone`` and, if there are any, ``figures/boxes``, as SVG and PNG."""
    at = folder / "figures"
    at.mkdir(exist_ok=True)
    figures: list[tuple[str, Figure, int, str]] = (
        [("alone", alone, len(_shown(made)), ALONE)] if made.alone else []
    )
    figures += [("boxes", boxes, len(_box_rows(made)), BOXES)] if made.boxes else []
    for name, figure, rows, note in figures:
        whole = _sheet(range(rows))
        figure(made, whole.panels[0])
        write_drawing(at, name, whole.noted(f"{note} {set_by_you(made.scenario.yours)}".strip()))


ALONE = (
    "Lines: the probability with one parameter at the quantiles tried of its own prior, all else as drawn; the dot is "
    "where it is furthest, or where it meets the target, with the quantile beside it."
)
BOXES = "Bars: what is inside, in quantiles of the worlds drawn; a thin line is the middle half of resamples."


def _sheet(rows: Sequence[object]) -> Drawing:
    whole = Drawing(WIDTH, MARGIN["bottom"] + MARGIN["top"] + ROW * max(len(rows), 1))
    whole.panel(**MARGIN)
    return whole


# --- one at a time --------------------------------------------------------------------------------------


def _shown(made: BeliefAnswer) -> list[Alone]:
    return [one for one in made.alone if one.answer in (FOUND, PERHAPS, NOT_ALONE)][:MOST]


def alone(made: BeliefAnswer, panel: Panel) -> None:
    """For each parameter the range of the probability over its own prior, and the target as a line."""
    rows = _shown(made)
    panel.x, panel.y = (0.0, 1.0), (max(len(rows), 1) - 0.4, -0.6)
    panel.x_ticks = [(x, f"{100 * x:.0f}") for x in TICKS]
    panel.x_label = f"of 100 futures {by(made.by)}"
    panel.y_names = True
    panel.y_ticks = [
        (y, fit_name(one.name) + " (fit)" if one.block else one.name) for y, one in enumerate(rows)
    ]
    panel.add(*(Line((x, x), panel.y, LINE, 0.4) for x in TICKS))
    panel.add(Line((made.now.probability,) * 2, panel.y, INK, 0.8, (4.0, 3.0)))
    panel.add(Line((made.target,) * 2, panel.y, ORANGE, 1.4))
    for y, one in enumerate(rows):
        _range(panel, y, one)
    now = chance(made.now.probability, made.trajectories, made.now.mc_error)
    panel.title = (
        f"{step_name(made.step)}: {wanted(made)} asked, {now} as the priors are\nOne parameter at a time"
    )


def _range(panel: Panel, y: float, one: Alone) -> None:
    found = [tried.probability for tried in one.tried]
    low, high = min(found), max(found)
    panel.add(Bar(low, y - BAR, high - low, 2 * BAR, PALE))
    panel.add(Line((low, high), (y, y), BLUE, 1.2))
    met = one.answer == FOUND
    at, quantile, error = one.furthest.probability, one.furthest.quantile, 0.0
    if one.quantile is not None and one.probability is not None:
        at, quantile, error = one.probability, one.quantile, one.quantile_error or 0.0
    panel.add(Dots([at], [y], 6.0, ORANGE if met else BLUE))
    text = f"q {chance(quantile, error=error).replace('about ', '~')}"
    panel.add(Words(1.0 + panel.right(6.0), y, text, 8.0, ORANGE if met else QUIET, bold=met))


# --- boxes ----------------------------------------------------------------------------------------------


def _box_rows(made: BeliefAnswer) -> list[tuple[int, str]]:
    """Number of the box, and a parameter that it limits."""
    return [
        (number, name)
        for number, box in enumerate(made.boxes)
        for name in dict.fromkeys(limit.name for limit in box.limits)
    ]


def boxes(made: BeliefAnswer, panel: Panel) -> None:
    """For each parameter that a box limits, the quantiles that are inside."""
    rows = _box_rows(made)
    panel.x, panel.y = (0.0, 1.0), (max(len(rows), 1) - 0.4, -0.6)
    panel.x_ticks = [(x, f"{100 * x:.0f}") for x in TICKS]
    panel.x_label = "quantile, %"
    panel.y_names = True
    panel.y_ticks = [(y, name) for y, (_, name) in enumerate(rows)]
    panel.add(*(Line((x, x), panel.y, LINE, 0.4) for x in TICKS))
    for y, (number, name) in enumerate(rows):
        limits = [limit for limit in made.boxes[number].limits if limit.name == name]
        low = next((limit.quantile for limit in limits if limit.lower), 0.0)
        high = next((limit.quantile for limit in limits if not limit.lower), 1.0)
        colour = (BLUE, ORANGE)[number % 2]
        panel.add(Bar(0.0, y - BAR, 1.0, 2 * BAR, PALE), Bar(low, y - BAR, high - low, 2 * BAR, colour))
        panel.add(*(Line(limit.spread, (y, y), INK, 1.0) for limit in limits))
        if y == 0 or rows[int(y) - 1][0] != number:
            box = made.boxes[number]
            panel.add(
                Words(1.0 + panel.right(6.0), y, f"{100 * box.density:.0f} of 100", 8.0, colour, bold=True)
            )
    panel.title = f"Where {the_step(made.step)} {by(made.by)}\nis {wanted(made)} likely"
