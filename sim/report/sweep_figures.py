"""The two figures of a sweep: lines with bands, and a heat map with the numbers in its cells.

Both draw the table of a sweep on axes that they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from sim.base.words import brief
from sim.report.prose import set_by_you
from sim.report.style import QUIET, canvas, shades, whole_figure
from sim.report.svg import write_drawings
from sim.studies.sweep.answer import Sweep

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which most colour-blind readers can tell apart
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LOG_FROM = 20.0
"""An axis is logarithmic where the largest value is this many times the smallest."""
MOST_TICKS, MOST_NUMBERS = 12, 20
MOST_IN_LEGEND = 10
SIZE = (7.6, 4.6)
"""Inches."""
NOTE_LETTERS = 125
"""On a line under a figure."""


def parameters_of(table: pd.DataFrame) -> list[str]:
    """Names of the swept parameters: the columns before ``step``."""
    names = [str(name) for name in table.columns]
    return names[: names.index("step")]


def _rows(table: pd.DataFrame, by: date) -> tuple[pd.DataFrame, list[str], str]:
    """Rows of one date at the first values of the parameters beyond the second; a note of these values."""
    names = parameters_of(table)
    rows = table[table["date"] == by.isoformat()]
    notes = []
    for name in names[2:]:
        value = rows[name].iloc[0]
        rows = rows[rows[name] == value]
        notes.append(f"{name} = {value:g}")
    return rows, names, "".join(f", {note}" for note in notes)


def draw_line(ax: Axes, table: pd.DataFrame, by: date, step: str) -> Axes:
    """Probability by a date against the first parameter, with the 90 % credible interval as a band.

    One line for each value of the second parameter (for ``step``), or, if there is none, for each step.
    Returns ``ax``.
    """
    rows, names, note = _rows(table, by)
    if len(names) > 1:
        rows = rows[rows["step"] == step]
        split, what = names[1], f"{step} by {by}{note}"
    else:
        split, what = "step", f"each step by {by}"
    lines = [(value, part.sort_values(names[0])) for value, part in rows.groupby(split, sort=False)]
    if split != "step":
        lines.sort(key=lambda line: float(str(line[0])))
    for (value, part), colour in zip(lines, _colours(len(lines)), strict=True):
        label = str(value) if split == "step" else f"{split} = {value:g}"
        ax.plot(part[names[0]], part["probability"], "-o", color=colour, markersize=3.5, label=label)
        ax.fill_between(part[names[0]], part["low"], part["high"], color=colour, alpha=0.13, linewidth=0)
    _axis_of_values(ax, sorted(set(rows[names[0]].tolist())))
    ax.set_xlabel(names[0])
    _axis_of_probability(ax, rows)
    ax.set_title(f"Probability of {what}")
    banded = rows["low"].notna().any()
    title = "band: 90 % credible interval" if banded else None
    if len(lines) <= MOST_IN_LEGEND:
        ax.legend(frameon=False, fontsize="small", title=title, title_fontsize="small")
    else:
        ends = [ax.lines[0], ax.lines[-1]]
        ax.legend(handles=ends, frameon=False, fontsize="small", title="from, to", title_fontsize="small")
    return ax


def draw_heat(ax: Axes, table: pd.DataFrame, by: date, step: str) -> Axes:
    """Probability by a date, a cell for each pair of values, or for each step and value of one parameter.

    Cells have one size, whatever lies between their values. Returns ``ax``.
    """
    rows, names, note = _rows(table, by)
    columns = sorted(set(rows[names[0]].tolist()))
    across: list[Any]
    if len(names) > 1:
        rows = rows[rows["step"] == step]
        side, across, label = names[1], sorted(set(rows[names[1]].tolist())), names[1]
        ax.set_title(f"Probability of {step} by {by}{note}")
    else:
        side, across, label = "step", list(dict.fromkeys(rows["step"])), ""
        ax.set_title(f"Probability of each step by {by}")
    cells = rows.pivot(index=side, columns=names[0], values="probability").loc[across, columns].to_numpy()
    top, of = max(float(cells.max()), 0.01), int(rows["trajectories"].iloc[0])
    image = ax.imshow(cells, cmap=shades(), vmin=0.0, vmax=top, aspect="auto", origin="lower")
    _ticks(ax, "x", [f"{value:.4g}" for value in columns])
    _ticks(ax, "y", [value if side == "step" else f"{value:.4g}" for value in across])
    if side == "step":
        ax.invert_yaxis()  # the ladder is read from the top
    ax.set_xlabel(names[0])
    ax.set_ylabel(label)
    if len(columns) <= MOST_NUMBERS and len(across) <= MOST_NUMBERS:
        for i, line in enumerate(cells):
            for j, probability in enumerate(line):
                dark = probability > 0.65 * top
                ax.text(j, i, brief(probability, of), ha="center", va="center", fontsize="small",
                        color="white" if dark else "black")  # fmt: skip
    else:  # no room for numbers
        whole_figure(ax).colorbar(image, ax=ax, format=lambda p, _: f"{100 * p:.3g} %")
    return ax


def write_figures(folder: Path, made: Sweep) -> None:
    """``figures/line`` and ``figures/heat`` of a folder of results, as SVG and PNG."""
    write_drawings(
        folder / "figures",
        {"line": lambda: _figure(draw_line, made), "heat": lambda: _figure(draw_heat, made)},
    )


def _figure(draw: Callable[[Axes, pd.DataFrame, date, str], Axes], made: Sweep) -> Figure:
    figure = canvas(*SIZE)
    figure.set_layout_engine("constrained")
    draw(figure.add_subplot(), made.table, made.by, made.step)
    note = f"{made.model.title}.{set_by_you(made.model.yours)}"
    figure.supxlabel(fill(note, NOTE_LETTERS), x=0.01, ha="left", fontsize=7.5, color=QUIET)
    return figure


def _colours(number: int) -> Sequence[Any]:
    if number <= len(COLOURS):
        return COLOURS[:number]
    from matplotlib import colormaps

    return [colormaps["viridis"](i / (number - 1)) for i in range(number)]


def _axis_of_values(ax: Axes, values: Sequence[float]) -> None:
    """Logarithmic for wide ranges; the values themselves as ticks where there is room."""
    from matplotlib.ticker import FixedLocator, FormatStrFormatter, NullLocator

    if values[0] > 0 and values[-1] / values[0] >= LOG_FROM:
        ax.set_xscale("log")
    if len(values) <= MOST_TICKS:
        ax.xaxis.set_major_locator(FixedLocator(list(values)))
        ax.xaxis.set_minor_locator(NullLocator())
        if len(values) > MOST_TICKS // 2:
            ax.tick_params(axis="x", labelrotation=45)
    ax.xaxis.set_major_formatter(FormatStrFormatter("%.4g"))


def _axis_of_probability(ax: Axes, rows: pd.DataFrame) -> None:
    from matplotlib.ticker import PercentFormatter

    highest = [float(rows["probability"].max()), float(rows["high"].max())]
    top = max((value for value in highest if isfinite(value)), default=1.0)
    ax.set_ylim(0.0, min(1.02, max(1.08 * top, 0.01)))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    ax.set_ylabel("probability")
    ax.spines[["top", "right"]].set_visible(False)


def _ticks(ax: Axes, axis: str, labels: Sequence[str]) -> None:
    """A label for each cell, or for every so many of them."""
    every = -(-len(labels) // MOST_NUMBERS)
    at = list(range(0, len(labels), every))
    shown = [labels[i] for i in at]
    if axis == "x":
        ax.set_xticks(at, shown, rotation=45 if len(shown) > 8 else 0)
    else:
        ax.set_yticks(at, shown)
