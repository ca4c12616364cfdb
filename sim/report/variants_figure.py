"""The figure of the structural variants: a dot and an interval for each, the run itself as a line."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING, Any

from sim.base.words import by, of_hundred, step_name
from sim.estimates.paired import Curve, DatedShare
from sim.estimates.summary import Summary
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, INK, LINE, QUIET, area, bare, canvas, compact, whole_figure
from sim.report.variants_section import Place, by_group, entry_of, headlines, said
from sim.studies.variants import Variants

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS = 2.45
"""Width (inches) of the column of names; on a phone names stand above their rows."""
LETTERS = 34
ROW, TALL_ROW = 0.25, 0.37
"""Height (inches) of a row, and of one on a phone."""
HEADING = 0.8
"""Height of a group's heading, in rows."""
Row = tuple[float, str, Mapping[str, Curve[DatedShare]] | None]
"""Place from the top, name, milestones; without milestones it is the heading of a group."""


def places(variants: Variants) -> tuple[list[Row], float]:
    """Rows from the top down, the run first; and where the last one ends."""
    rows: list[Row] = [(0.0, "This run", variants.run.milestones)]
    y = 1.0
    for heading, found in by_group(variants).items():
        rows.append((y, heading, None))
        y += HEADING
        for variant in found:
            rows.append((y, variant.title, variant.milestones))
            y += 1.0
    return rows, y - 1.0


def variants_sheet(variants: Variants, summary: Summary) -> Sheet:
    """The whole figure at a width."""
    shown = headlines(variants, summary)
    rows, last = places(variants)

    def draw(width: float) -> Figure:
        narrow = width < COMPACT
        bottom, top = 0.42, 0.62 if narrow else 0.46
        height = (last + 1) * (TALL_ROW if narrow else ROW)
        figure = canvas(width, bottom + height + top)
        left = 0.08 if narrow else LABELS
        cell = (width - left) / len(shown)
        for k, place in enumerate(shown):
            start = left + k * cell
            ax = area(figure, start, bottom, width - start - cell + 0.42, top)
            ax.set_ylim(last + 0.5, -0.5)
            panel(rows, place, variants.trajectories, ax)
            ax.patch.set_visible(False)  # names on a phone reach across both panels
            if k == 0:
                ax.set_zorder(2)
                name_rows(ax, rows, left)
        return figure

    return Sheet("variants", said(variants, summary), draw)


def panel(rows: list[Row], place: Place, of: int, ax: Axes) -> Axes:
    """One step by one date: a row for the run and each variant, of so many trajectories each."""
    found = [(y, entry_of(milestones, place)) for y, _, milestones in rows if milestones is not None]
    own = 100 * found[0][1].probability
    end = _end([entry for _, entry in found])
    ax.axvline(own, color=INK, lw=0.8, ls=(0, (4, 3)), zorder=1)
    shift = 0.2 if compact(ax) else 0.0
    for y, entry in found:
        middle, first = 100 * entry.probability, y == 0.0
        colour = INK if first else BLUE
        if entry.credible_90:
            low, high = (100 * value for value in entry.credible_90)
            ax.plot([low, high], [y + shift] * 2, color=colour, lw=1.6, solid_capstyle="butt", zorder=2)
        ax.plot([middle], [y + shift], "s" if first else "o", color=colour, ms=5, zorder=3)
        number = of_hundred(entry.probability, of, entry.mc_error)
        ax.text(1.04 * end, y + shift, number, va="center", weight="bold", color=colour, fontsize=8.5)
    ax.set_xlim(0, end)
    every = next(e for e in (1, 2, 5, 10, 20, 25, 50) if end / e <= 5)
    ax.set_xticks(list(range(0, int(end) + 1, every)))
    ax.set_yticks([])
    ax.grid(axis="x", color=LINE, lw=0.4, zorder=0)
    ax.set_axisbelow(True)
    ax.set_xlabel("of 100 futures", fontsize=8.5, loc="left")
    bare(ax, "left")
    step, day = place
    name = step_name(step)
    ax.set_title(f"{fill(name, 14) if compact(ax) else name}\n{by(day)}", fontsize=8.5 if compact(ax) else 9)
    return ax


def _end(entries: list[DatedShare]) -> float:
    """Where the axis ends: the first round number beyond every interval."""
    most = max(100 * (entry.credible_90 or (0, entry.probability))[1] for entry in entries)
    return next((float(end) for end in (2, 5, 10, 20, 30, 40, 50, 60, 80) if most <= end), 100.0)


def name_rows(ax: Axes, rows: list[Row], left: float) -> None:
    """Names at the left edge, or on a phone above their rows."""
    from matplotlib.transforms import ScaledTranslation

    figure = whole_figure(ax)
    narrow = compact(ax)
    edge = ax.get_yaxis_transform() + ScaledTranslation(0.02 - left, 0, figure.dpi_scale_trans)
    for y, name, milestones in rows:
        heading = milestones is None
        look: dict[str, Any] = {"fontsize": 8.5, "va": "center", "linespacing": 0.95, "clip_on": False}
        if heading:
            look |= {"color": QUIET, "weight": "bold", "fontsize": 8}
        elif y == 0.0:
            look |= {"weight": "bold"}
        if narrow:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
            ax.text(0.0, y + (0.12 if heading else -0.22), name, transform=edge, bbox=box, zorder=4, **look)
        else:
            text = name if heading else fill(name, LETTERS)
            small = {"fontsize": 7.8} if "\n" in text else {}
            ax.text(0.0, y, text, transform=edge, **(look | small))
