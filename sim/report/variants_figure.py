"""The figure of the structural variants: a dot and an interval for each, the run itself as a line."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

from sim.base.words import by, of_hundred, step_name
from sim.estimates.paired import Curve, DatedShare
from sim.estimates.summary import StructureRange, Summary
from sim.report.marks import POINTS, Dots, Drawing, Line, Panel, Words
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, INK, LINE, ORANGE, QUIET
from sim.report.variants_section import Place, by_group, entry_of, headlines, ranges, said
from sim.studies.variants_answer import Variants

LABELS = 2.45
"""Width (inches) of the column of names; on a phone names stand above their rows."""
LETTERS = 34
ROW, TALL_ROW = 0.25, 0.37
"""Height (inches) of a row, and of one on a phone."""
HEADING = 0.8
"""Height of a group's heading, in rows."""
GAP = 0.3
"""Rows between the last variant and what combinations come to."""
TOGETHER = "Combinations of them"
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
    together = {(moves.step, moves.date): moves for moves in ranges(variants, shown)}
    if together:
        last += GAP + 1
        rows.append((last, TOGETHER, None))

    def draw(width: float) -> Drawing:
        narrow = width < COMPACT
        bottom, top = 0.42, 0.62 if narrow else 0.46
        height = (last + 1) * (TALL_ROW if narrow else ROW)
        whole = Drawing(width, bottom + height + top)
        left = 0.08 if narrow else LABELS
        cell = (width - left) / len(shown)
        starts = [left + k * cell for k in range(len(shown))]
        panels = [whole.panel(start, bottom, width - start - cell + 0.42, top) for start in starts]
        for ax, place in zip(panels, shown, strict=True):
            ax.y = (last + 0.5, -0.5)
            panel(rows, place, variants.trajectories, ax, together.get(place))
        name_rows(panels[0], rows, left)
        whole.panels.append(whole.panels.pop(0))  # names on a phone reach across both panels
        return whole

    return Sheet("variants", said(variants, summary), draw)


def panel(rows: list[Row], place: Place, of: int, ax: Panel, together: StructureRange | None = None) -> None:
    """One step by one date: a row for the run and each variant, of so many trajectories each.

    :param together: the range over combinations, in the last row.
    """
    found = [(y, entry_of(milestones, place)) for y, _, milestones in rows if milestones is not None]
    own = 100 * found[0][1].probability
    end = _end([entry for _, entry in found], together)
    ax.x = (0.0, end)
    every = next(e for e in (1, 2, 5, 10, 20, 25, 50) if end / e <= 5)
    ax.x_ticks = [(x, str(x)) for x in range(0, int(end) + 1, every)]
    ax.x_label = "of 100 futures"
    ax.add(*(Line((x, x), ax.y, LINE, 0.4) for x, _ in ax.x_ticks))
    ax.add(Line((own, own), ax.y, INK, 0.8, (4.0, 3.0)))
    shift = 0.2 if ax.compact else 0.0
    for y, entry in found:
        middle, first = 100 * entry.probability, y == 0.0
        colour = INK if first else BLUE
        if entry.credible_90:
            low, high = (100 * value for value in entry.credible_90)
            ax.add(Line((low, high), [y + shift] * 2, colour, 1.6))
        ax.add(Dots([middle], [y + shift], 6.0, colour, kind="s" if first else "o"))
        number = of_hundred(entry.probability, of, entry.mc_error)
        ax.add(Words(1.04 * end, y + shift, number, 8.5, colour, bold=True))
    if together is not None:
        low, high = (100 * side.probability for side in (together.low, together.high))
        ax.add(Line((low, high), [rows[-1][0] + shift] * 2, ORANGE, 5.0))
        ends = (of_hundred(side.probability, of, side.mc_error) for side in (together.low, together.high))
        ax.add(Words(1.02 * end, rows[-1][0] + shift, "–".join(ends), 8.0, INK, bold=True))
    step, day = place
    name = step_name(step)
    ax.title = f"{fill(name, 14) if ax.compact else name}\n{by(day)}"
    ax.title_size = 8.5 if ax.compact else 9.0


def _end(entries: list[DatedShare], together: StructureRange | None) -> float:
    """Where the axis ends: the first round number beyond every interval."""
    most = max(100 * (entry.credible_90 or (0, entry.probability))[1] for entry in entries)
    most = max(most, 100 * together.high.probability if together is not None else 0.0)
    return next((float(end) for end in (2, 5, 10, 20, 30, 40, 50, 60, 80) if most <= end), 100.0)


def name_rows(ax: Panel, rows: list[Row], left: float) -> None:
    """Names at the left edge, or on a phone above their rows."""
    edge = -ax.right(POINTS * (left - 0.02))
    for y, name, milestones in rows:
        heading = milestones is None
        size, colour, bold = (8.0, QUIET, True) if heading else (8.5, INK, y == 0.0)
        if ax.compact:
            place = y + (0.12 if heading else -0.22)
            ax.add(Words(edge, place, name, size, colour, bold, boxed=True))
        else:
            text = name if heading else fill(name, LETTERS)
            small = 7.8 if "\n" in text else size
            ax.add(Words(edge, y, text, small, colour, bold, leading=1.1))
