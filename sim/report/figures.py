"""The figures: each takes stored results and Matplotlib ``Axes``, and returns the ``Axes``.

Nothing is calculated here but positions. On a figure narrower than 5 inches each draws itself for a phone.
Every share is a count of 100 futures or meetings, so that no axis needs a 0 % or a 100 %.
"""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from sim.base.words import brief, of_hundred, plain, step_name
from sim.estimates.rankings import independent, leaders
from sim.estimates.summary import Estimate, Summary
from sim.report.style import (
    BLUE,
    GREEN,
    INK,
    LINE,
    NOT,
    ORANGE,
    QUIET,
    SKY,
    bare,
    canvas,
    compact,
    shades,
    whole_figure,
)
from sim.report.tables import (
    Names,
    blockers_table,
    cumulative_table,
    dots_table,
    ladder_table,
    last_ones,
    last_table,
    years,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS = 50
ROWS = 10
"""Dots above one another in the block of futures that do not take a step."""
NAMED = 6
"""Voters with a row of their own in the heat map, if they block at 1 % of meetings or more."""
NAME_WIDTH = 16
"""Letters of a name on one line beside a row."""
HOW_LOOKS = (("passed", BLUE, "", "white"), ("waived", SKY, "", INK), ("bypassed", ORANGE, "xxxx", INK))
"""How a step was taken: fill, hatch, and the colour of text on it."""


def _axes(ax: Axes | None, height: float) -> Axes:
    return ax if ax is not None else canvas(7.6, height).add_subplot()


# --- when -------------------------------------------------------------------------------------------------


def cumulative(summary: Summary, step: str, ax: Axes | None = None, explained: bool = True) -> Axes:
    """Probability that ``step`` is taken by a date, its 90 % band, and at the right edge how it ends.

    :param explained: whether line and band are labelled.
    """
    ax = _axes(ax, 2.6)
    table = cumulative_table(summary)
    table = table[table["step"] == step]
    first, last = years(summary.start), years(summary.horizon)
    year = [first, *table["year"]]
    middle = [0.0, *(100 * table["probability"])]
    ax.plot(year, middle, color=BLUE, lw=2, solid_capstyle="butt", zorder=3)
    low, high = [0.0, *(100 * table["low"])], [0.0, *(100 * table["high"])]
    banded = bool(table["low"].notna().all())
    if banded:
        ax.fill_between(year, low, high, color=BLUE, alpha=0.16, lw=0, zorder=2)
        for edge in (low, high):
            ax.plot(year, edge, color=BLUE, lw=0.7, ls=(0, (4, 2)), alpha=0.8, zorder=2)
    if explained:
        _explain(ax, year, middle, low, high if banded else None)
    _outcome(ax, first, last, summary.milestones[step].by[-1], summary.trajectories)
    ax.set_title(step_name(step))
    return ax


def _explain(
    ax: Axes, year: list[float], middle: list[float], low: list[float], high: list[float] | None
) -> None:
    """Words beside the line and on the band, or near it: wherever there is room for them."""
    at = len(year) * 2 // 3
    look: dict[str, Any] = {"fontsize": 8, "linespacing": 1.05}
    room = (high[at] if high is not None else 100.0) - middle[at]
    if room > 18:
        shift: dict[str, Any] = {"xytext": (-2, 3), "textcoords": "offset points"}
        ax.annotate(
            "probability", (year[at], middle[at]), ha="right", va="bottom", color=INK, **shift, **look
        )
    if high is None:
        return
    span, words = year[-1] - year[0], "90 % of worlds"
    if room > 45:
        ax.text(year[at], middle[at] + 0.6 * room, words, ha="center", va="center", color=QUIET, **look)
    elif middle[at] - low[at] > 20:
        y = (middle[at] + low[at]) / 2
        ax.text(year[at], y, words, ha="center", va="center", color=QUIET, **look)
    elif max(high[: len(year) // 2]) < 72 or low[at] > 30:
        above = max(high[: len(year) // 2]) < 72
        edge = (year[len(year) // 3], high[len(year) // 3]) if above else (year[at], low[at])
        place = (year[0] + 0.04 * span, 97.0) if above else (year[0] + 0.55 * span, 4.0)
        arrow = {"arrowstyle": "-", "color": QUIET, "lw": 0.6}
        words, where = f"{words}\nlie in the band", "top" if above else "bottom"
        ax.annotate(words, edge, place, va=where, color=QUIET, arrowprops=arrow, **look)


def _outcome(ax: Axes, first: float, last: float, end: Estimate, of: int) -> None:
    """The bar at the right edge: how many of 100 futures get there, and how many do not."""
    span = last - first
    left, width = last + 0.03 * span, 0.09 * span
    reached = 100 * end.probability
    here, not_here = (of_hundred(p, of, end.mc_error) for p in (end.probability, 1 - end.probability))
    ax.bar(left, 100 - reached, width, bottom=reached, align="edge", **NOT)
    ax.bar(left, reached, width, align="edge", color=BLUE)
    text = left + width + 0.02 * span
    low, high = (min(max(reached / 2, 5), 88), min(max((100 + reached) / 2, 12), 95))
    ax.text(text, low, here, va="center", color=BLUE, fontsize=9, weight="bold")
    ax.text(text, high, f"{not_here}\nnot", va="center", fontsize=8.5, linespacing=1.0)
    ax.set_xlim(first, last + 0.30 * span)
    ax.set_ylim(0, 100)
    ax.set_yticks([0, 50, 100])
    ax.hlines([50, 100], first, last, color=LINE, lw=0.5, zorder=0)
    every = 10 if span > 18 else 5 if span > 8 else 2 if span > 3 else 1
    ticks = [y for y in range(int(first) + 1, int(last) + 1) if y % every == 0]
    ax.set_xticks(ticks, [str(y) for y in ticks])
    bare(ax, "left")


def dots(summary: Summary, step: str, ax: Axes | None = None) -> Axes:
    """Fifty futures as dots on a year axis, those that do not take the step beside it."""
    ax = _axes(ax, 2.4)
    table = dots_table(summary, step, DOTS)
    first, last = summary.start.year, summary.horizon.year
    width = next(w for w in (0.25, 0.5, 1, 2, 3, 5, 10, 20, 50, 100) if (last + 1 - first) / w <= 16)
    bins = int(-(-(last + 1 - first) // width))
    came = table["year"].dropna().sort_values()
    place = ((came - first) // width).astype(int).clip(upper=bins - 1)
    height = place.groupby(place).cumcount()
    missing = DOTS - len(came)
    filled = -(-missing // ROWS)
    columns = max(filled, 4)  # room for the words under it
    gap = bins + 1.0
    tallest = max(ROWS, int(height.max()) + 1 if len(came) else 0)
    top = tallest / 0.87  # above it stand the words
    size = _dot_size(ax, gap + columns + 0.5, min(top, 24.0))
    ax.scatter(place + 0.5, height + 0.5, s=size, color=BLUE, lw=0, zorder=3)
    x = [gap + 0.5 + (columns - filled) / 2 + k // ROWS for k in range(missing)]
    y = [0.5 + k % ROWS for k in range(missing)]
    ax.scatter(x, y, s=size * 0.8, facecolor="white", edgecolor="#767676", lw=1.1, zorder=3)
    ax.set_xlim(0, gap + columns + 0.5)
    ax.set_ylim(0, top)
    ax.text(0.1, top, f"{len(came)} of {DOTS} futures get there", color=BLUE, weight="bold", va="top")
    end = gap + columns
    ax.text(end, top, f"{missing} of {DOTS} do not", ha="right", weight="bold", va="top")
    every = 10 if last - first > 18 else 5 if last - first > 8 else 2
    ticks = [year for year in range(first + 1, last + 1) if year % every == 0]
    ax.set_xticks(
        [*((year - first) / width for year in ticks), gap + columns / 2],
        [*map(str, ticks), f"not by {summary.horizon.year}"],
    )
    ax.plot([0, bins], [0, 0], color=LINE, lw=1.6, clip_on=False)
    ax.set_yticks([])
    bare(ax, "left", "bottom")
    ax.set_title(step_name(step))
    return ax


def _dot_size(ax: Axes, columns: float, rows: float) -> float:
    """Area (points²) of a dot that fills most of its cell."""
    figure = whole_figure(ax)
    box = ax.get_position()
    width, height = figure.get_size_inches() * 72
    return float((0.82 * min(box.width * width / columns, box.height * height / rows)) ** 2)


# --- who blocks -------------------------------------------------------------------------------------------


def blockers(summary: Summary, step: str, names: Names, ax: Axes | None = None) -> Axes:
    """Heat map: how many of 100 meetings with the step on the table each voter blocks, by year."""
    ax = _axes(ax, 2.6)
    table = blockers_table(summary, step)
    named = table[table["all"] >= 0.01].head(NAMED)
    if len(named) < min(4, len(table)):
        named = table.head(4)
    rest = table.drop(named.index)
    rows = [(names.get(str(code), str(code)), row) for code, row in named.iterrows()]
    if len(rest):
        rows.append(
            (f"{len(rest)} others, each" if len(rest) > 1 else names[str(rest.index[0])], rest.mean())
        )
    years_ = [int(column) for column in table.columns if column != "all"]
    cells = [[100 * row[year] for year in years_] for _, row in rows]
    edges = [year - 0.5 for year in years_] + [years_[-1] + 0.5]
    _shade(ax, edges, cells)
    cases = independent(summary.trajectories, summary.worlds)
    for place, (_, row) in enumerate(rows):
        ax.text(
            edges[-1] + 0.02 * len(years_), place, of_hundred(row["all"], cases), va="center", weight="bold"
        )
    ax.text(edges[-1] + 0.02 * len(years_), -0.62, "all", va="bottom", fontsize=8.5, color=QUIET)
    _name_rows(ax, [name for name, _ in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    every = 10 if len(years_) > 18 else 5 if len(years_) > 8 else 2
    ticks = [year for year in years_ if year % every == 0] or [years_[0]]
    ax.set_xticks(ticks, [str(year) for year in ticks])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_title(step_name(step))
    return ax


def _name_rows(ax: Axes, names: list[str]) -> None:
    """Names beside rows, long ones on two lines."""
    ax.set_yticks(range(len(names)), [fill(name, NAME_WIDTH) for name in names])
    ax.tick_params(axis="y", length=0, labelcolor=INK, labelsize=9)
    for label in ax.get_yticklabels():
        label.set_linespacing(0.95)
        if "\n" in label.get_text():
            label.set_fontsize(8)


def _shade(ax: Axes, edges: list[float], cells: list[list[float]]) -> None:
    """The cells, grey lines through those of years without a meeting, and a key under them."""
    import numpy as np

    shares = np.array(cells, dtype=float)
    y = np.arange(len(cells) + 1) - 0.5
    ax.add_patch(_box(edges[0], -0.5, edges[-1] - edges[0], len(cells), **NOT))
    line = 0.2 if compact(ax) else 0.6
    ax.pcolormesh(
        edges, y, np.ma.masked_invalid(shares), cmap=shades(), vmin=0, vmax=100, edgecolor="white", lw=line
    )
    figure = whole_figure(ax)
    box = ax.get_position()
    height = figure.get_size_inches()[1]
    key = figure.add_axes((box.x0, 0.16 / height, box.width * (0.6 if compact(ax) else 0.3), 0.09 / height))
    steps = np.linspace(0, 100, 21)  # a colour bar of Matplotlib would be a picture of pixels
    middles = [(steps[1:] + steps[:-1]) / 2]
    key.pcolormesh(steps, [0, 1], middles, cmap=shades(), vmin=0, vmax=100, edgecolor="face", lw=0.3)
    key.set_xticks([0, 25, 50, 75, 100])
    key.set_yticks([])
    for spine in key.spines.values():
        spine.set_visible(False)
    key.tick_params(length=0, labelsize=8, pad=1)
    key.set_title("of 100 meetings", fontsize=8, weight="normal", color=QUIET, pad=2)


def _box(x: float, y: float, width: float, height: float, **look: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, **look)


# --- the ladder -------------------------------------------------------------------------------------------


def ladder(summary: Summary, ax: Axes | None = None) -> Axes:
    """From 100 futures to each step: how it was taken, and who falls away at it."""
    ax = _axes(ax, 3.4)
    table = ladder_table(summary)
    of = summary.trajectories
    rows: list[dict[Any, Any]] = table.to_dict("records")
    for place, row in enumerate(rows):
        y, left = 1.0 * place, 0.0
        for how, colour, hatch, ink in HOW_LOOKS:
            width = 100 * row[how]
            if width:
                look: dict[str, Any] = {"facecolor": colour, "hatch": hatch, "edgecolor": "#6b4a00"}
                ax.barh(y, width, 0.42, left, lw=0, **look)
                _count(ax, left, width, y, of_hundred(row[how], of), how if how != "passed" else "", ink)
            left += width
        lost = row["before"] - row["reached"]
        ax.barh(y, 100 * lost, 0.42, 100 * row["reached"], **NOT)
        _count(ax, 100 * row["reached"], 100 * lost, y, of_hundred(lost, of), "not", INK)
        if row["before"]:
            ax.plot([100 * row["reached"]] * 2, [y - 0.27, y + 0.27], color=INK, lw=1.2)
        ax.text(0, y - 0.30, step_name(row["step"]), va="bottom", weight="bold")
        ax.text(100, y - 0.30, _steps_down(row, of), va="bottom", ha="right")
    ax.set_xlim(0, 100)
    ax.set_ylim(len(table) - 0.65, -0.75)
    ax.set_yticks([])
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.set_xlabel("of 100 futures", fontsize=8.5, loc="left")
    bare(ax, "left")
    return ax


def _count(ax: Axes, left: float, width: float, y: float, number: str, word: str, ink: str) -> None:
    """How many futures a part of a bar stands for, where there is room for it."""
    letter = 2.3 if compact(ax) else 1.1
    boxed = ink == INK and word != "waived"
    words = (f"{number} {word}".strip(), number)
    text = next((text for text in words if width >= (len(text) + 3 * boxed) * letter), "")
    if text:
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2} if boxed else None
        ax.text(left + width / 2, y, text, ha="center", va="center", color=ink, fontsize=8.5, bbox=box)


def _steps_down(row: dict[Any, Any], of: int) -> str:
    """``35 → 19``: how many of 100 come to the step, and how many take it."""
    if not row["before"]:
        return "nobody comes to it"
    before = "100" if row["before"] == 1.0 else of_hundred(row["before"], of)
    return f"{before} → {of_hundred(row['reached'], of)}"


def last(summary: Summary, key: str, names: Names, ax: Axes | None = None) -> Axes:
    """Bars: which voter is the last to move or to ratify, as shares of the futures that get so far."""
    ax = _axes(ax, 2.4)
    table = last_table(summary, key, names)
    known = last_ones(summary, key).trajectories
    shares = 100 * table["share"]
    colours = [QUIET if name.endswith(" others, each") else GREEN for name in table["voter"]]
    ax.barh(range(len(table)), shares, 0.68, color=colours)
    for place, share in enumerate(table["share"]):
        ax.text(100 * share + 0.012 * shares.max(), place, brief(share, known), va="center")
    _name_rows(ax, list(table["voter"]))
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, 1.28 * shares.max())
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    found = last_ones(summary, key)
    rank = "" if leaders(found.share, independent(known, summary.worlds)) else ": no one stands out"
    ax.set_title(f"{plain(key).capitalize()}{rank}")
    return ax
