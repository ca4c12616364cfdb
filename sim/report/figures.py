"""The figures: each takes stored results and a panel, sets its axes, and puts marks on it.

Nothing is calculated here but positions. On a drawing narrower than 5 inches each draws itself for a phone.
Every share is a count of 100 futures or meetings, so that no axis needs a 0 % or a 100 %.
"""

from __future__ import annotations

from textwrap import fill

from sim.base.words import brief, of_hundred, plain, step_name
from sim.estimates.rankings import independent, leaders
from sim.estimates.summary import Estimate, Summary
from sim.report.marks import POINTS, Area, Bar, Dots, Line, Panel, Ticks, Words
from sim.report.style import BLUE, GREEN, INK, LINE, NOT, ORANGE, QUIET, SKY, shade
from sim.report.tables import (
    Names,
    Rung,
    blockers_table,
    dots_years,
    ladder_table,
    last_ones,
    last_table,
    years,
)

DOTS = 50
ROWS = 10
"""Dots above one another in the block of futures that do not take a step."""
NAMED = 6
"""Voters with a row of their own in the heat map, if they block at 1 % of meetings or more."""
NAME_WIDTH = 16
"""Letters of a name on one line beside a row."""
HOW_NAMES = {"passed": "", "waived": "waived", "bypassed": "substitute"}
HOW_LOOKS = {"passed": (BLUE, "", "white"), "waived": (SKY, "", INK), "bypassed": (ORANGE, "x", INK)}
"""How a step was taken: fill, hatch, and the colour of text on it."""
_DASHES, _DOTS = (4.0, 2.0), (1.0, 1.5)


def every_few(first: float, last: float) -> Ticks:
    """Round years within a span, not too many."""
    span = last - first
    every = 10 if span > 18 else 5 if span > 8 else 2 if span > 3 else 1
    return [(year, str(year)) for year in range(int(first) + 1, int(last) + 1) if year % every == 0]


# --- when -------------------------------------------------------------------------------------------------


def cumulative(summary: Summary, step: str, panel: Panel, explained: bool = True) -> None:
    """Probability that ``step`` is taken by a date, its 90 % band, and at the right edge how it ends.

    A dotted line is the probability that a substitute stands in its place.

    :param explained: whether line and band are labelled.
    """
    by = summary.milestones[step].by
    first, last = years(summary.start), years(summary.horizon)
    panel.x, panel.y = (first, last + 0.30 * (last - first)), (0.0, 100.0)
    panel.x_ticks = every_few(first, last)
    panel.y_ticks = [(0, "0"), (50, "50"), (100, "100")]
    panel.title = step_name(step)
    panel.add(*(Line((first, last), (y, y), LINE, 0.5) for y in (50, 100)))
    year = [first, *(years(entry.date) for entry in by)]
    middle = [0.0, *(100 * entry.probability for entry in by)]
    bands = [entry.credible_90 for entry in by if entry.credible_90]
    low, high = ([0.0, *(100 * band[side] for band in bands)] for side in (0, 1))
    banded = len(bands) == len(by)
    if banded:
        panel.add(Area([*year, *reversed(year)], [*low, *reversed(high)], BLUE, 0.16))
        panel.add(*(Line(year, edge, BLUE, 0.7, _DASHES, 0.8) for edge in (low, high)))
    panel.add(Line(year, middle, BLUE, 2.0))
    if explained:
        _explain(panel, year, middle, low, high if banded else None)
    if (substitute := summary.substitutes.get(step)) is not None:
        beside = [0.0, *(100 * entry.probability for entry in substitute.by)]
        panel.add(Line(year, beside, ORANGE, 1.2, _DOTS))
        if explained and middle[-1] - beside[-1] > panel.up(9):
            x, y = last - panel.right(2), beside[-1] + panel.up(1.5)
            panel.add(Words(x, y, "a substitute", 8, QUIET, across="right", up="bottom"))
    _outcome(panel, first, last, by[-1], summary.trajectories)


def _explain(
    panel: Panel, year: list[float], middle: list[float], low: list[float], high: list[float] | None
) -> None:
    """Words beside the line and on the band, or near it: wherever there is room for them."""
    at = len(year) * 2 // 3
    room = (high[at] if high is not None else 100.0) - middle[at]
    if room > 18:
        x, y = year[at] - panel.right(2), middle[at] + panel.up(2)
        panel.add(Words(x, y, "probability", 8, across="right", up="bottom"))
    if high is None:
        return
    span, words = year[-1] - year[0], "90 % of worlds"
    if room > 45:
        panel.add(Words(year[at], middle[at] + 0.6 * room, words, 8, QUIET, across="center"))
    elif middle[at] - low[at] > 20:
        panel.add(Words(year[at], (middle[at] + low[at]) / 2, words, 8, QUIET, across="center"))
    elif max(high[: len(year) // 2]) < 72 or low[at] > 30:
        above = max(high[: len(year) // 2]) < 72
        edge = (year[len(year) // 3], high[len(year) // 3]) if above else (year[at], low[at])
        x, y = (year[0] + 0.04 * span, 97.0) if above else (year[0] + 0.55 * span, 4.0)
        words = f"{words}\nlie in the band"
        start = x + panel.right(30), y - panel.up(20 if above else -20)
        panel.add(Line((start[0], edge[0]), (start[1], edge[1]), QUIET, 0.6))
        panel.add(Words(x, y, words, 8, QUIET, up="top" if above else "bottom", leading=1.15))


def _outcome(panel: Panel, first: float, last: float, end: Estimate, of: int) -> None:
    """The bar at the right edge: how many of 100 futures get there, and how many do not."""
    span = last - first
    left, width = last + 0.03 * span, 0.09 * span
    reached = 100 * end.probability
    here, not_here = (of_hundred(p, of, end.mc_error) for p in (end.probability, 1 - end.probability))
    panel.add(Bar(left, reached, width, 100 - reached, **NOT), Bar(left, 0.0, width, reached, BLUE))
    text = left + width + 0.02 * span
    low, high = min(max(reached / 2, 5), 88), min(max((100 + reached) / 2, 12), 95)
    panel.add(Words(text, low, here, 9, BLUE, bold=True))
    panel.add(Words(text, high, f"{not_here}\nnot", 8.5, leading=1.2))


def dots(summary: Summary, step: str, panel: Panel) -> None:
    """Fifty futures as dots on a year axis, those that do not take the step beside it."""
    came = dots_years(summary, step, DOTS)
    first, last = summary.start.year, summary.horizon.year
    width = next(w for w in (0.25, 0.5, 1, 2, 3, 5, 10, 20, 50, 100) if (last + 1 - first) / w <= 16)
    bins = int(-(-(last + 1 - first) // width))
    places = [min(int((year - first) // width), bins - 1) for year in came]
    heights = [places[:k].count(place) for k, place in enumerate(places)]
    missing = DOTS - len(came)
    filled = -(-missing // ROWS)
    columns = max(filled, 4)  # room for the words under it
    gap = bins + 1.0
    top = max(ROWS, *(height + 1 for height in heights), 0) / 0.87  # above it stand the words
    panel.x, panel.y = (0.0, gap + columns + 0.5), (0.0, top)
    size = _dot_size(panel, gap + columns + 0.5, min(top, 24.0))
    panel.add(Dots([p + 0.5 for p in places], [h + 0.5 for h in heights], size, BLUE))
    x = [gap + 0.5 + (columns - filled) / 2 + k // ROWS for k in range(missing)]
    panel.add(Dots(x, [0.5 + k % ROWS for k in range(missing)], size * 0.89, "white", "#767676"))
    words = f"{len(came)} of {DOTS} futures get there"
    panel.add(Words(0.1, top, words, colour=BLUE, bold=True, up="top"))
    panel.add(Words(gap + columns, top, f"{missing} of {DOTS} do not", bold=True, across="right", up="top"))
    every = 10 if last - first > 18 else 5 if last - first > 8 else 2
    ticks = [year for year in range(first + 1, last + 1) if year % every == 0]
    panel.x_ticks = [
        *(((year - first) / width, str(year)) for year in ticks),
        (gap + columns / 2, f"not by {summary.horizon.year}"),
    ]
    panel.add(Line((0, bins), (0, 0), LINE, 1.6))
    panel.floor = False
    panel.title = step_name(step)


def _dot_size(panel: Panel, columns: float, rows: float) -> float:
    """Width (points) of a dot that fills most of its cell."""
    return 0.82 * min(POINTS * panel.width / columns, POINTS * panel.height / rows)


# --- who blocks -------------------------------------------------------------------------------------------


def blockers(summary: Summary, step: str, names: Names, panel: Panel) -> None:
    """Heat map: how many of 100 meetings with the step on the table each voter blocks, by year."""
    table = blockers_table(summary, step)
    many = sum(row.all >= 0.01 for row in table[:NAMED])
    named = table[: max(many, 4)]
    rest = table[len(named) :]
    rows = [(names.get(row.code, row.code), row.all, row.by_year) for row in named]
    if rest:
        columns = zip(*(row.by_year for row in rest), strict=True)
        each = tuple(
            None if column[0] is None else sum(share or 0.0 for share in column) / len(rest)
            for column in columns
        )
        name = f"{len(rest)} others, each" if len(rest) > 1 else names[rest[0].code]
        rows.append((name, sum(row.all for row in rest) / len(rest), each))
    first, last = summary.start.year, summary.horizon.year
    panel.x, panel.y = (first - 0.5, last + 0.5), (len(rows) - 0.5, -0.5)
    _shade(panel, first, [by_year for _, _, by_year in rows])
    cases = independent(summary.trajectories, summary.worlds)
    edge = last + 0.5 + 0.02 * (last + 1 - first)
    panel.add(*(Words(edge, y, of_hundred(share, cases), bold=True) for y, (_, share, _) in enumerate(rows)))
    panel.add(Words(edge, -0.62, "all", 8.5, QUIET, up="bottom"))
    _name_rows(panel, [name for name, _, _ in rows])
    panel.x_ticks = every_few(first - 1, last)
    panel.floor = False
    panel.title = step_name(step)


def _name_rows(panel: Panel, names: list[str]) -> None:
    """Names beside rows, long ones on two lines."""
    panel.y_ticks = [(y, fill(name, NAME_WIDTH)) for y, name in enumerate(names)]
    panel.y_names = True


def _shade(panel: Panel, first: int, rows: list[tuple[float | None, ...]]) -> None:
    """The cells, hatching through years without a meeting, and a key under them."""
    line = panel.right(0.4 if panel.compact else 0.7), abs(panel.up(0.7))
    for column, shares in enumerate(zip(*rows, strict=True)):
        left = first + column - 0.5
        if shares[0] is None:
            panel.add(Bar(left, -0.5, 1.0, len(rows), **NOT))
            continue
        for y, share in enumerate(shares):
            panel.add(Bar(left, y - 0.5, 1.0 - line[0], 1.0 - line[1], shade(share or 0.0)))
    low = panel.y[0] - panel.up(34)
    width, height = (panel.x[1] - panel.x[0]) * (0.6 if panel.compact else 0.3), -panel.up(6.5)
    steps = 20
    for k in range(steps):
        panel.add(Bar(panel.x[0] + k * width / steps, low, width / steps, height, shade((k + 0.5) / steps)))
    for share in (0, 25, 50, 75, 100):
        x, under = panel.x[0] + share / 100 * width, low + height - panel.up(1.5)
        panel.add(Words(x, under, str(share), 8, QUIET, across="center", up="top"))
    panel.add(Words(panel.x[0], low + panel.up(3), "of 100 meetings", 8, QUIET, up="bottom"))


# --- the ladder -------------------------------------------------------------------------------------------


def ladder(summary: Summary, panel: Panel) -> None:
    """From 100 futures to each step: how the ladder climbs past it, and who falls away at it."""
    table = ladder_table(summary)
    of = summary.trajectories
    panel.x, panel.y = (0.0, 100.0), (len(table) - 0.65, -0.75)
    panel.x_ticks = [(share, str(share)) for share in (0, 25, 50, 75, 100)]
    panel.x_label = "of 100 futures"
    for y, row in enumerate(table):
        left = 0.0
        for how, share in row.how().items():
            colour, hatch, ink = HOW_LOOKS[how]
            width = 100 * share
            if width:
                panel.add(Bar(left, y - 0.21, width, 0.42, colour, hatch, "#6b4a00" if hatch else ""))
                _count(panel, left, width, y, of_hundred(share, of), HOW_NAMES[how], ink)
            left += width
        lost = row.before - row.reached
        panel.add(Bar(100 * row.reached, y - 0.21, 100 * lost, 0.42, **NOT))
        _count(panel, 100 * row.reached, 100 * lost, y, of_hundred(lost, of), "not", INK)
        if row.before:
            panel.add(Line([100 * row.reached] * 2, [y - 0.27, y + 0.27], INK, 1.2))
        panel.add(Words(0, y - 0.30, step_name(row.step), bold=True, up="bottom"))
        panel.add(Words(100, y - 0.30, _steps_down(row, of), across="right", up="bottom"))


def _count(panel: Panel, left: float, width: float, y: float, number: str, word: str, ink: str) -> None:
    """How many futures a part of a bar stands for, where there is room for it."""
    letter = 2.3 if panel.compact else 1.1
    boxed = ink == INK and word != "waived"
    words = (f"{number} {word}".strip(), number)
    text = next((text for text in words if width >= (len(text) + 3 * boxed) * letter), "")
    if text:
        panel.add(Words(left + width / 2, y, text, 8.5, ink, across="center", boxed=boxed))


def _steps_down(row: Rung, of: int) -> str:
    """``35 → 19``: how many of 100 come to the step, and how many take it."""
    if not row.before:
        return "nobody comes to it"
    before = "100" if row.before == 1.0 else of_hundred(row.before, of)
    return f"{before} → {of_hundred(row.reached, of)}"


def last(summary: Summary, key: str, names: Names, panel: Panel) -> None:
    """Bars: which voter is the last to move or to ratify, as shares of the futures that get so far."""
    table = last_table(summary, key, names)
    found = last_ones(summary, key)
    longest = 100 * max(share for _, share in table)
    panel.x, panel.y = (0.0, 1.28 * longest), (len(table) - 0.5, -0.5)
    for row, (name, share) in enumerate(table):
        colour = QUIET if name.endswith(" others, each") else GREEN
        panel.add(Bar(0.0, row - 0.34, 100 * share, 0.68, colour))
        panel.add(Words(100 * share + 0.012 * longest, row, brief(share, found.trajectories)))
    panel.add(Line((0, 0), panel.y, LINE, 0.8))
    _name_rows(panel, [name for name, _ in table])
    panel.floor = False
    rank = (
        "" if leaders(found.share, independent(found.trajectories, summary.worlds)) else ": no one stands out"
    )
    panel.title = f"{plain(key).capitalize()}{rank}"
