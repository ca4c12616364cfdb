"""Panels on Matplotlib axes, for notebooks and print."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, assert_never

from sim.report.marks import Area, Bar, Dots, Drawing, Line, Mark, Panel, Words
from sim.report.style import COMPACT, INK, LINE, QUIET, canvas, whole_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HATCH = {"": "", "/": "////", "x": "xxxx"}


def draw(figure: Callable[[Panel], object], ax: Axes | None, alone: Drawing) -> Axes:
    """Draws a figure on axes and returns them.

    :param alone: the size and the only panel of a figure of its own, if there are no axes.
    """
    ax = _new(alone) if ax is None else ax
    whole = [float(side) for side in whole_figure(ax).get_size_inches()]
    box = ax.get_position()
    panel = Panel(box.width * whole[0], box.height * whole[1], whole[0] < COMPACT)
    figure(panel)
    for place, mark in enumerate(panel.marks):
        _put(ax, mark, 2 + place / 1000)
    _finish(ax, panel)
    return ax


def _new(alone: Drawing) -> Axes:
    (panel,) = alone.panels
    wide, high = alone.width, alone.height
    bottom = high - panel.top - panel.height
    box = panel.left / wide, bottom / high, panel.width / wide, panel.height / high
    return canvas(wide, high).add_axes(box)


def _put(ax: Axes, mark: Mark, zorder: float) -> None:
    look: dict[str, Any] = {"zorder": zorder, "clip_on": False}
    match mark:
        case Line():
            dash: Any = "-" if mark.dash is None else (0, mark.dash)
            look |= {"lw": mark.width, "alpha": mark.alpha, "solid_capstyle": "butt"}
            ax.plot(mark.xs, mark.ys, color=mark.colour, ls=dash, **look)
        case Area():
            ax.fill(mark.xs, mark.ys, color=mark.fill, alpha=mark.alpha, lw=0, **look)
        case Bar():
            look |= {"hatch": HATCH[mark.hatch], "edgecolor": mark.ink or "none"}
            ax.bar(mark.x, mark.height, mark.width, mark.y, align="edge", color=mark.fill, lw=0, **look)
        case Dots():
            edge = mark.edge or "none"
            ax.scatter(
                mark.xs,
                mark.ys,
                s=mark.size**2,
                marker=mark.kind,
                facecolor=mark.fill,
                edgecolor=edge,
                **look,
            )
        case Words():
            if mark.boxed:
                look["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
            ax.text(
                mark.x, mark.y, mark.text, fontsize=mark.size, color=mark.colour, ha=mark.across, va=mark.up,
                weight="bold" if mark.bold else "normal", linespacing=mark.leading / 1.2, parse_math=False, **look,
            )  # fmt: skip
        case _:
            assert_never(mark)


def _finish(ax: Axes, panel: Panel) -> None:
    """Ends and ticks of the axes, and the title."""
    ax.set_xlim(*panel.x)
    ax.set_ylim(*panel.y)
    ax.set_xticks([x for x, _ in panel.x_ticks], [text for _, text in panel.x_ticks])
    ax.set_yticks([y for y, _ in panel.y_ticks], [text for _, text in panel.y_ticks])
    ax.tick_params(length=0, labelcolor=QUIET, labelsize=8.5)
    if panel.y_names:
        ax.tick_params(axis="y", labelcolor=INK, labelsize=9)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom" and panel.floor)
        spine.set_color(LINE)
    if panel.x_label:
        ax.set_xlabel(panel.x_label, fontsize=8.5, loc="left", color=QUIET)
    ax.set_title(panel.title, fontsize=panel.title_size, weight="bold", color=INK)
