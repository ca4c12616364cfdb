"""The figure of what came before: when each happening came about, and in how many of the futures."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from sim.base.words import of_hundred
from sim.estimates.before import When
from sim.report.before_prose import shown
from sim.report.conditional_words import condition_words, happening_words
from sim.report.figures import every_few
from sim.report.files import write_drawing
from sim.report.given_prose import source
from sim.report.marks import Bar, Dots, Drawing, Line, Panel, Words
from sim.report.onto import draw as draw_onto
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, INK, LINE, QUIET, SKY, WIDE
from sim.report.tables import years
from sim.studies.before import Before

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, LEFT, RIGHT = 0.26, 1.9, 1.25
"""Height of a row; widths of the names and of the shares (inches)."""


def when_before(made: Before, panel: Panel) -> None:
    """A bar for each happening from its 5 % to its 95 % month, with the median; at the right, shares of 100 futures."""
    rows = shown(made)
    panel.x = (years(made.asked.start), years(made.asked.horizon))
    panel.y = (len(rows) + 0.6, -1.0)
    panel.x_ticks = every_few(*panel.x)
    right = panel.x[1] + panel.right(6.0)
    beside = panel.x[1] + panel.right(48.0)
    panel.add(
        Words(right, -0.75, "before", 8.0, QUIET),
        Words(beside, -0.75, f"all, {made.until.year}", 8.0, QUIET),
    )
    for row, e in enumerate(rows):
        _range(panel, row, e.when, SKY)
        share, error = e.before.probability or 0.0, e.before.error
        of = e.before.futures if error is not None else max(int(e.before.effective), 1)
        panel.add(Words(right, row, of_hundred(share, of, error), 9.0, bold=True))
        everywhere = of_hundred(e.in_all.value, made.asked.trajectories, e.in_all.error)
        panel.add(Words(beside, row, everywhere, 9.0, QUIET))
    _range(panel, len(rows), made.met, BLUE)
    labels = [happening_words(e.name, made.asked.voters) for e in rows]
    letters = 16 if panel.compact else 24
    panel.y_ticks = [
        (row, fill(label[:1].upper() + label[1:], letters))
        for row, label in enumerate([*labels, "Condition met"])
    ]
    panel.y_names = True
    panel.title = "What had come about before, in 100 futures that meet it"


def _range(panel: Panel, row: float, found: When | None, colour: str) -> None:
    panel.add(Line(panel.x, (row, row), LINE, 0.4))
    if found is None:
        return
    low, middle, high = (years(f"{month}-15") for month in (found.low, found.median, found.high))
    panel.add(Bar(low, row - 0.22, max(high - low, panel.right(1.5)), 0.44, colour))
    panel.add(Dots([middle], [row], 5.0, INK))


def before_sheet(made: Before) -> Sheet:
    """The whole figure at a width, with the condition under it."""

    def drawn(width: float) -> Drawing:
        words = fill(
            f"Condition: {condition_words(made.asked.read(), made.asked.voters)}. Bars: 90 % of the dates; dots: "
            "medians.",
            int(width * 15),
        )
        foot = 0.14 * (words.count("\n") + 1) + 0.1
        rows = len(shown(made)) + 1
        whole = Drawing(width, ROW * rows + 0.95 + foot)
        left = 1.1 if width < COMPACT else LEFT
        when_before(made, whole.panel(left, 0.3 + foot, RIGHT, 0.3))
        whole.foot(words, 8.0, 0.06, 0.08)
        return whole

    alt = "; ".join(
        f"{happening_words(e.name, made.asked.voters)} {of_hundred(e.before.probability or 0.0, e.before.futures)}"
        for e in shown(made)
    )
    return Sheet("before", f"What had come about before, of 100 futures: {alt}.", drawn, source(made.asked))


def draw_before(made: Before, ax: Axes | None = None) -> Axes:
    """Draws :func:`when_before` on Matplotlib axes (new ones if not given) and returns them."""
    alone = Drawing(7.6, ROW * (len(shown(made)) + 1) + 0.9)
    alone.panel(LEFT, 0.3, RIGHT, 0.3)
    return draw_onto(lambda panel: when_before(made, panel), ax, alone)


def write_before_figure(folder: Path, made: Before) -> None:
    """Writes ``figures/before.svg`` and ``.png``."""
    sheet = before_sheet(made)
    (folder / "figures").mkdir(exist_ok=True)
    write_drawing(folder / "figures", sheet.name, sheet.draw(WIDE).noted(sheet.note))
