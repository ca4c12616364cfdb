"""The figures of a comparison: curves of the scenarios, and of their differences from the first.

Each takes a comparison and a panel, sets its axes and puts marks on it. Nothing is calculated here but positions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from sim.base.words import of_hundred, step_name
from sim.estimates.differences import DatedDifference
from sim.report.figures import every_few
from sim.report.files import write_drawing
from sim.report.marks import Area, Drawing, Line, Panel, Words
from sim.report.onto import draw as draw_onto
from sim.report.prose import set_by_you
from sim.report.style import BLUE, GREEN, INK, LINE, ORANGE, SKY
from sim.report.tables import years
from sim.studies.comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (INK, BLUE, ORANGE, GREEN, "#CC79A7", SKY, "#D55E00")
"""Of the scenarios in their order; the first is what the others are held against."""
WIDTH, HIGH = 7.6, 2.05
"""Inches: of a figure, and of a row of panels."""
MARGIN = {"left": 0.34, "bottom": 0.30, "right": 1.28, "top": 0.36}
"""Inches about a panel; names stand at its right."""
LETTERS = 18
"""Of a name on one line."""
LABEL_LINE = 9.7
"""Points from one line of a name to the next."""
DASHES = (4.0, 2.0)
ROUND = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0)
"""Where an axis may end."""


def _last_step(made: Comparison) -> str:
    return list(made.comparisons[0].steps)[-1]


def draw_probabilities(made: Comparison, step: str | None = None, ax: Axes | None = None) -> Axes:
    """Draws :func:`probabilities` on Matplotlib axes (new ones if not given) and returns them."""
    return _drawn(probabilities, made, step, ax)


def draw_differences(made: Comparison, step: str | None = None, ax: Axes | None = None) -> Axes:
    """Draws :func:`differences` on Matplotlib axes (new ones if not given) and returns them."""
    return _drawn(differences, made, step, ax)


def _drawn(
    figure: Callable[[Comparison, str, Panel], None], made: Comparison, step: str | None, ax: Axes | None
) -> Axes:
    alone = Drawing(WIDTH / 2, HIGH)
    alone.panel(**MARGIN)
    return draw_onto(lambda panel: figure(made, step or _last_step(made), panel), ax, alone)


def probabilities(made: Comparison, step: str, panel: Panel, top: float | None = None) -> None:
    """Probability that a step is taken by a date, a line for each scenario that has it.

    :param top: where the axis ends (of 100 futures).
    """
    start, labels, lines = years(made.start), [], []
    for colour, scenario in zip(COLOURS, made.scenarios, strict=False):
        if step not in scenario.milestones:
            continue
        by = scenario.milestones[step].by
        x, y = [years(e.date) for e in by], [100 * e.probability for e in by]
        if scenario.start == made.start:
            x, y = [start, *x], [0.0, *y]
        first = colour == COLOURS[0]
        lines.append(Line(x, y, colour, 1.6 if first else 2.0, DASHES if first else None))
        labels.append(
            (
                y[-1],
                f"{of_hundred(by[-1].probability, made.trajectories, by[-1].mc_error)}  {scenario.name}",
                colour,
            )
        )
    end = top_of([y for y, _, _ in labels]) if top is None else top
    panel.y = (0.0, end)
    panel.y_ticks = [(tick, f"{tick:g}") for tick in (0, end / 2, end)]
    panel.add(*(Line((start, years(made.horizon)), (y, y), LINE, 0.5) for y in (end / 2, end)), *lines)
    _finish(panel, made, step, labels)


def differences(made: Comparison, step: str, panel: Panel, ends: tuple[float, float] | None = None) -> None:
    """Difference of the probability of a step from the first scenario by date, in percentage points.

    A line for each scenario that has the step, with two standard errors on both sides; with one scenario, and
    where the interval is known, 90 % of worlds lie between the thin dashed lines.

    :param ends: of the axis (points).
    """
    low, high = ends if ends is not None else _ends(made, [step])
    panel.y, span = (low, high), (years(made.start), years(made.horizon))
    panel.add(*(Line(span, (y, y), LINE, 0.5) for y in (low, high) if y))
    panel.add(Line(span, (0.0, 0.0), COLOURS[0], 1.0, DASHES))
    labels = [(0.0, made.scenarios[0].name, COLOURS[0])]
    for colour, pair in zip(COLOURS[1:], made.comparisons, strict=False):
        if step not in pair.steps:
            continue
        by = pair.steps[step].by
        x = [years(e.date) for e in by]
        y, error = [100 * e.difference for e in by], [200 * e.difference_error for e in by]
        under, over = ([v + sign * e for v, e in zip(y, error, strict=True)] for sign in (-1, 1))
        panel.add(Area([*x, *reversed(x)], [*under, *reversed(over)], colour, 0.28), Line(x, y, colour, 1.8))
        if len(made.comparisons) == 1:
            _worlds(panel, x, by, colour)
        labels.append((y[-1], f"{y[-1]:+.1f}  {pair.scenario}", colour))
    ticks = [tick for tick in sorted({low, 0.0, high}) if tick in (0.0, *ROUND) or -tick in ROUND]
    panel.y_ticks = [(t, f"{t:+g}".replace("-", "\N{MINUS SIGN}") if t else "0") for t in ticks]
    _finish(panel, made, step, labels)


def _worlds(panel: Panel, x: Sequence[float], by: Sequence[DatedDifference], colour: str) -> None:
    """Where 90 % of worlds lie, over the dates at which that is known."""
    known = [(year, e.credible_90) for year, e in zip(x, by, strict=True) if e.credible_90]
    for side in (0, 1):
        edge = [100 * pair[side] for _, pair in known]
        panel.add(Line([year for year, _ in known], edge, colour, 0.7, DASHES))


def _finish(panel: Panel, made: Comparison, step: str, labels: list[tuple[float, str, str]]) -> None:
    """Axis of years, title, and the names at the right edge, none over another."""
    first, last = years(made.start), years(made.horizon)
    panel.x, panel.x_ticks = (first, last), every_few(first, last)
    texts = [_folded(text) for _, text, _ in labels]
    heights = [(text.count("\n") + 1) * panel.up(LABEL_LINE) for text in texts]
    for place, text, (_, _, colour) in zip(
        apart([y for y, _, _ in labels], heights, *panel.y), texts, labels, strict=True
    ):
        panel.add(Words(last + 0.02 * (last - first), place, text, 8, colour, leading=1.2))
    panel.title = step_name(step)


def _folded(text: str) -> str:
    """A number and a name: on one line, the name on the next, or a long name broken at its hyphens."""
    return fill(
        text.replace("-", "\N{MINUS SIGN}", 1) if text.startswith("-") else text,
        LETTERS,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=max(map(len, text.split())) > LETTERS,
    )


def apart(wanted: Sequence[float], heights: Sequence[float], bottom: float, top: float) -> list[float]:
    """Middles near those wanted, so that boxes of these heights do not overlap and end at ``top``."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = dict(zip(range(len(wanted)), wanted, strict=True))
    edge = bottom - min(heights) / 2
    for i in order:
        placed[i] = max(wanted[i], edge + heights[i] / 2)
        edge = placed[i] + heights[i] / 2
    edge = max(top, edge - (edge - top)) + min(heights) / 2
    for i in reversed(order):
        placed[i] = min(placed[i], edge - heights[i] / 2)
        edge = placed[i] - heights[i] / 2
    return [placed[i] for i in range(len(wanted))]


def top_of(values: Sequence[float]) -> float:
    """The first round number that no value is above."""
    most = max([*values, 0.0])
    return next((end for end in ROUND if most <= end), ROUND[-1])


def _ends(made: Comparison, steps: Sequence[str]) -> tuple[float, float]:
    """Where an axis of differences ends: round numbers beyond every line and band."""
    reach = [0.0]
    for pair in made.comparisons:
        for entry in (e for step in steps if step in pair.steps for e in pair.steps[step].by):
            reach += [100 * (entry.difference + sign * 2 * entry.difference_error) for sign in (-1, 1)]
            if entry.credible_90 and len(made.comparisons) == 1:
                reach += [100 * end for end in entry.credible_90]
    low, high = -min(reach), max(reach)
    small = 0.15 * max(low, high)  # what hardly leaves the line of no difference needs no round number
    return -(top_of([low]) if low > small else 1.2 * low), top_of([high]) if high > small else 1.2 * high


# --- whole figures ----------------------------------------------------------------------------------------


def probabilities_figure(made: Comparison) -> Drawing:
    """A panel for each step of any scenario, all with one axis."""
    curves = [(step, curve) for side in made.scenarios for step, curve in side.milestones.items()]
    steps = list(dict.fromkeys(step for step, _ in curves))
    top = top_of([100 * curve.by[-1].probability for _, curve in curves])
    note = f"of 100 futures, by date, up to {made.horizon}"
    return _panels(steps, lambda step, panel: probabilities(made, step, panel, top), note)


def differences_figure(made: Comparison) -> Drawing:
    """A panel for each step that the first scenario shares with another, all with one axis."""
    steps = list(dict.fromkeys(step for pair in made.comparisons for step in pair.steps))
    ends = _ends(made, steps)
    note = f"percentage points more than {made.scenarios[0].name}, by date; band: two standard errors"
    entries = [e for pair in made.comparisons for found in pair.steps.values() for e in found.by]
    if len(made.comparisons) == 1 and any(e.credible_90 for e in entries):
        note += "; thin dashes: 90 % of worlds"
    return _panels(steps, lambda step, panel: differences(made, step, panel, ends), note)


def _panels(steps: Sequence[str], draw: Callable[[str, Panel], None], note: str) -> Drawing:
    """Two panels to a row, and a line of words under them."""
    columns = min(len(steps), 2)
    rows, cell, foot = -(-len(steps) // 2), WIDTH / 2, 0.24
    whole = Drawing(columns * cell, rows * HIGH + foot)
    for k, step in enumerate(steps):
        row, column = divmod(k, 2)
        panel = whole.panel(
            column * cell + MARGIN["left"],
            foot + (rows - row - 1) * HIGH + MARGIN["bottom"],
            (columns - column - 1) * cell + MARGIN["right"],
            row * HIGH + MARGIN["top"],
        )
        draw(step, panel)
    whole.foot(note, 8, MARGIN["left"], 0.08)
    return whole


def write_figures(folder: Path, made: Comparison) -> None:
    """``figures/probabilities`` and ``figures/differences`` of a folder of results, as SVG and PNG."""
    own = " ".join(
        f"{side.name}: {side.title}.{set_by_you(side.yours)}" for side in made.scenarios if side.yours
    )
    (folder / "figures").mkdir()
    for name, figure in (("probabilities", probabilities_figure), ("differences", differences_figure)):
        write_drawing(folder / "figures", name, figure(made).noted(own))
