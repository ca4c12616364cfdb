"""Figures of the scorecard, from the file of forecasts alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.base.dates import DAYS_PER_YEAR
from sim.base.words import counted
from sim.history.hindcast.forecasts import MODEL, Compared, Forecast
from sim.history.hindcast.scores import HORIZONS, pit
from sim.history.sampling import shares
from sim.report.style import BLUE, GREEN, INK, LINE, ORANGE, PALE, QUIET, SKY, WIDE, area, canvas, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"climatology": ORANGE, "constant hazard": GREEN, "lognormal-t": SKY, "Kaplan-Meier": QUIET}
"""Baselines that the figure of differences shows; the other two are in the tables."""
MODES = ("left out", "rolling")
NAMES = {
    "partnership": "Wish to Partnership",
    "membership": "Protocol to membership",
    "capital": "Capitals",
    "protocol": "Invitation to protocol",
    "invitation": "Action plan to invitation",
    "block": "Blocking episodes",
    "recognition": "Recognition by holdouts",
    "elsewhere": "Recognition elsewhere",
    "case": "Candidates, end to end",
}
"""Components in the order in which they are shown."""
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def of(forecasts: Sequence[Forecast], component: str, mode: str, model: str = MODEL) -> list[Forecast]:
    """Forecasts of one component, mode and model, in the file's order."""
    return [f for f in forecasts if (f.component, f.mode, f.model) == (component, mode, model)]


def by_group(forecasts: Sequence[Forecast]) -> list[float]:
    """Weights by which every group of a component counts once."""
    return list(shares([(f.component, f.group) for f in forecasts]))


def differences(compared: Sequence[Compared]) -> Figure:
    """CRPS of the model against baselines, in percent of the baseline's."""
    rows = [(c, m) for c in NAMES for m in MODES if any((x.component, x.mode) == (c, m) for x in compared)]
    figure = canvas(WIDE, 0.52 * len(rows) + 1.2)
    axes = area(figure, 2.15, 0.6, 0.2, 0.55)
    for place, (component, mode) in enumerate(rows):
        for shift, (baseline, colour) in zip((-0.27, -0.09, 0.09, 0.27), COLOURS.items(), strict=True):
            for c in compared:
                if (c.component, c.mode, c.baseline, c.score) == (
                    component,
                    mode,
                    baseline,
                    "crps",
                ) and c.other > 0:
                    _difference(axes, c, place + shift, colour)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(rows)), [f"{NAMES[c]}, {m}" for c, m in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(-110, 110)
    axes.set_xlabel("CRPS difference in % of the baseline's, with 90 % interval by groups")
    for colour, name in zip(COLOURS.values(), COLOURS, strict=True):
        axes.plot([], [], "o", color=colour, markersize=4, label=name)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.42, 1.0), ncols=4, frameon=False, fontsize=8, handletextpad=0.2
    )
    axes.text(-108, -0.38, "model better", fontsize=8, color=QUIET, va="center")
    axes.text(108, -0.38, "baseline better", fontsize=8, color=QUIET, va="center", ha="right")
    return figure


def _difference(axes: Axes, c: Compared, y: float, colour: str) -> None:
    low, middle, high = (100 * v / c.other for v in (c.difference.low, c.difference.mean, c.difference.high))
    axes.plot([max(low, -110), min(high, 110)], [y, y], color=colour, linewidth=1.4, solid_capstyle="butt")
    axes.plot(min(max(middle, -108), 108), y, "o", color=colour, markersize=3.6)


def waves(forecasts: Sequence[Forecast]) -> Figure:
    """Protocol to membership: forecast intervals of both modes, and what happened."""
    names = list(dict.fromkeys(f.case for f in of(forecasts, "membership", "left out")))
    figure = canvas(WIDE, 0.36 * len(names) + 1.15)
    axes = area(figure, 1.2, 0.55, 0.2, 0.5)
    for mode, shift, colour in (("left out", -0.13, BLUE), ("rolling", 0.13, ORANGE)):
        for f in of(forecasts, "membership", mode):
            low, first, middle, third, high = np.quantile(f.points, [0.05, 0.25, 0.5, 0.75, 0.95]) / (
                DAYS_PER_YEAR / 12
            )
            y = names.index(f.case) + shift
            axes.plot([low, high], [y, y], color=colour, linewidth=1.0)
            axes.plot([first, third], [y, y], color=colour, linewidth=3.4, solid_capstyle="butt")
            axes.plot(middle, y, "|", color="white", markersize=6)
        axes.plot([], [], color=colour, linewidth=3, label=f"forecast, {mode} (50 and 90 %)")
    for f in of(forecasts, "membership", "left out"):
        axes.plot(f.outcome.days / (DAYS_PER_YEAR / 12), names.index(f.case), "D", color=INK, markersize=4)
    axes.plot([], [], "D", color=INK, markersize=4, linestyle="", label="what happened")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, None)
    axes.set_xlabel("months from signature to membership")
    axes.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=3, frameon=False, fontsize=8)
    return figure


def pits(forecasts: Sequence[Forecast]) -> Figure:
    """Where each outcome lies in the model's forecast; a line where it was censored or tied."""
    rows = [(c, m) for c in NAMES for m in MODES if of(forecasts, c, m)]
    figure = canvas(WIDE, 0.34 * len(rows) + 0.85)
    axes = area(figure, 2.15, 0.55, 0.2, 0.2)
    for place, (component, mode) in enumerate(rows):
        found = of(forecasts, component, mode)
        for i, f in enumerate(found):
            low, high = pit(f.points, f.outcome)
            y = place + 0.56 * ((i + 0.5) / len(found) - 0.5)
            if f.outcome.censored:
                axes.plot([low, high], [y, y], color=SKY, linewidth=0.8, alpha=0.8)
            else:
                axes.plot((low + high) / 2, y, ".", color=BLUE, markersize=4)
        axes.axhline(place + 0.5, color=PALE, linewidth=0.8)
    for edge in (0.05, 0.5, 0.95):
        axes.axvline(edge, color=LINE, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(rows)), [f"{NAMES[c]}, {m}" for c, m in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel(
        "share of the forecast that lies before what happened (line: still open, somewhere on it)"
    )
    return figure


def reliability(forecasts: Sequence[Forecast]) -> Figure:
    """Forecast chance and how often it came, all components and horizons together; every group counts once."""
    figure = canvas(WIDE, 3.9)
    for place, mode in enumerate(MODES):
        axes = area(figure, 0.65 + place * 3.75, 0.6, 0.15 + (1 - place) * 3.75, 0.4)
        axes.plot([0, 1], [0, 1], color=LINE, linewidth=0.8, zorder=0)
        for horizon, colour in zip(HORIZONS, (BLUE, ORANGE, GREEN, QUIET), strict=True):
            usable = [
                f
                for c in NAMES
                for f in of(forecasts, c, mode)
                if f.outcome.watched >= horizon * DAYS_PER_YEAR
            ]
            chance, share, weight = binned(usable, horizon)
            label = counted(horizon, "year")
            axes.plot(chance, share, color=colour, linewidth=0.9, label=label)
            axes.scatter(chance, share, s=[8 + 6 * w for w in weight], color=colour, zorder=3)
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        axes.set_title(mode)
        axes.set_xlabel("forecast chance")
        if place == 0:
            axes.set_ylabel("share that came")
            axes.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def binned(forecasts: Sequence[Forecast], years: float) -> tuple[list[float], list[float], list[float]]:
    """Mean forecast chance, share that came and weight (groups) in each bin that has any."""
    chances = np.array([(f.points <= years * DAYS_PER_YEAR).mean() for f in forecasts])
    came = np.array(
        [not f.outcome.censored and f.outcome.days <= years * DAYS_PER_YEAR for f in forecasts], float
    )
    weights = np.array(by_group(forecasts))
    which = np.minimum(np.digitize(chances, BINS) - 1, len(BINS) - 2)
    found: tuple[list[float], list[float], list[float]] = ([], [], [])
    for number in range(len(BINS) - 1):
        inside = which == number
        weight = float(weights[inside].sum())
        if weight > 0:
            for column, values in zip(found, (chances, came), strict=False):
                column.append(float((values * weights)[inside].sum() / weight))
            found[2].append(weight)
    return found


def write_figures(forecasts: Sequence[Forecast], compared: Sequence[Compared], folder: Path) -> None:
    """Writes every figure that there are forecasts for, as SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[], Figure]] = {
        "differences": lambda: differences(compared),
        "pit": lambda: pits(forecasts),
        "reliability": lambda: reliability(forecasts),
    }
    if of(forecasts, "membership", "left out"):
        makers["waves"] = lambda: waves(forecasts)
    for name, make in makers.items():
        with drawing():
            figure = make()
            figure.savefig(folder / f"scorecard-{name}.svg", metadata={"Date": None, "Creator": None})
            figure.savefig(folder / f"scorecard-{name}.png", dpi=150, metadata={"Software": None})
