"""The figure of ``docs/benchmarks.md``: processor time for one trajectory, by implementation."""

from __future__ import annotations

from pathlib import Path

from benchmarks.compare import PROJECT
from benchmarks.table import Spread, Table, spread
from benchmarks.targets import engine_beside_floor, floors, us_each
from sim.report.style import BLUE, INK, ORANGE, QUIET, WIDE, area, canvas, drawing
from sim.report.svg import png_bytes, svg_text


def bars(table: Table) -> list[tuple[str, Spread]]:
    """What is drawn, the fastest first."""
    found = [(name, spread(us_each(table, name).values())) for name in table.names("side by side")]
    if table.has("floor") and engine_beside_floor(table):
        found.append(("floor: its draws and logarithms alone", spread(floors(table).values())))
    return sorted(found, key=lambda bar: bar[1].median)


def write_figure(table: Table, folder: Path) -> list[Path]:
    """SVG and PNG; returns their paths."""
    from matplotlib.ticker import FuncFormatter

    folder.mkdir(parents=True, exist_ok=True)
    found = bars(table)
    with drawing():
        figure = canvas(WIDE, 0.65 + 0.28 * len(found))
        axes = area(figure, left=2.45, bottom=0.55, right=0.5, top=0.1)
        for y, (name, each) in enumerate(found):
            colour = BLUE if name == PROJECT else ORANGE if name.startswith("floor") else QUIET
            axes.plot([each.low, each.high], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt")
            axes.plot(each.median, y, "o", color=colour, markersize=5)
            text = f"{each.median:,.1f}" if each.median < 100 else f"{float(f'{each.median:.3g}'):,.0f}"
            axes.annotate(text, (each.high, y), (6, 0), textcoords="offset points", va="center", color=INK)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda us, _: f"{us:,.0f}"))
        axes.set_xlim(min(e.low for _, e in found) / 1.6, max(e.high for _, e in found) * 3)
        axes.set_yticks(range(len(found)), [name for name, _ in found])
        axes.set_ylim(len(found) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("processor time for one trajectory, µs (median of rounds and its interval)")
        images = {"svg": svg_text(figure).encode(), "png": png_bytes(figure)}
    written = []
    for kind, data in images.items():
        written.append(folder / f"benchmarks.{kind}")
        written[-1].write_bytes(data)
    return written
