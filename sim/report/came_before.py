"""What came before a step, on the page and the screen: two sentences near the top, a figure, a table."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from sim.base.words import by, chance, listed, of_hundred, step_name
from sim.estimates.came_before import CameBefore, Precursor
from sim.estimates.conditional import FEWEST, Conditional
from sim.estimates.rankings import independent, leaders
from sim.estimates.summary import Summary
from sim.report.conditional_words import happening_name, happening_words, told
from sim.report.marks import TITLE_SIZE, Bar, Dots, Drawing, Line, Panel, Words
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, INK, LINE, PALE, QUIET
from sim.report.tables import Names

NAME = "came-before"
"""Of the figure, and of the section of the page."""
ALWAYS = 0.995
"""From this share on, something came before in all of them as far as a whole percentage tells."""
MOST_NAMED = 6
NO_EFFECT = "That says what goes together, not what one would bring about."
ROW, LEFT = 0.27, 1.8


# --- in words -------------------------------------------------------------------------------------------


def sentences(summary: Summary, names: Names) -> list[str]:
    """What came first in the futures that take the first step ahead, and that step with and without it; or none."""
    if not summary.came_before:
        return []
    found = summary.came_before[0]
    watched = [p for p in found.precursors if p.before.probability is not None]
    if not watched:
        return few(summary, found)
    said = [f"{happening_words(p.name, names)} in {_of_hundred(p.before)}" for p in named(found)]
    every = [happening_words(p.name, names) for p in watched if _always(p)]
    parts = ([listed(said)] if said else []) + ([f"{listed(every)} in all of them"] if every else [])
    opening = (
        f"Of 100 futures that take the step {step_name(found.step)} {by(found.date)}, this had come about before: "
        f"{'; '.join(parts)}."
    )
    first = [_with_and_without(found, p, names) for p in telling(found, summary.worlds)[:1]]
    return [" ".join([opening, *first])]


def few(summary: Summary, found: CameBefore) -> list[str]:
    """That too few futures take the step; nothing where there is nothing that could come before it."""
    if not found.precursors or found.futures >= FEWEST:
        return []
    count = (
        f"{found.futures:,} of {summary.trajectories:,}"
        if found.futures
        else f"None of {summary.trajectories:,}"
    )
    return [
        f"{count} futures take the step {step_name(found.step)} {by(found.date)}: too few to say what comes first."
    ]


def named(found: CameBefore) -> list[Precursor]:
    """The most frequent of those that came before in some and not in all, in the order of the scenario."""
    some = [p for p in found.precursors if p.before.probability and not _always(p)]
    most = sorted(some, key=lambda p: -(p.before.probability or 0.0))[:MOST_NAMED]
    return [p for p in some if p in most]


def telling(found: CameBefore, worlds: int) -> list[Precursor]:
    """What stands out among those that came before; where several do, all of them; where none does, none.

    Where all that came before did so in all futures, the first that can be told with and without.
    """
    some = {p.name: p for p in named(found)}
    shares = {name: p.before.probability or 0.0 for name, p in some.items()}
    first = list(some) if len(some) == 1 else leaders(shares, independent(found.futures, worlds))
    both = [some[name] for name in first] if some else [p for p in found.precursors if _always(p)]
    return [p for p in both if p.given.probability is not None and p.without.probability is not None]


def _with_and_without(found: CameBefore, p: Precursor, names: Names) -> str:
    return (
        f"{step_name(found.step)} {by(found.date)}: {told(p.given)} in the futures with "
        f"{happening_words(p.name, names)} by then, {told(p.without)} in those without (± two standard errors). "
        f"{NO_EFFECT}"
    )


def _always(p: Precursor) -> bool:
    return (p.before.probability or 0.0) >= ALWAYS


def _of_hundred(found: Conditional) -> str:
    return of_hundred(found.probability or 0.0, max(found.futures, 1), found.error)


def line(summary: Summary) -> list[str]:
    """For the screen: ``Before pfp by 2036: settlement=comprehensive 86 % (with it 67 %, else 2 %)``."""
    for found in summary.came_before[:1]:
        for p in telling(found, summary.worlds)[:1]:
            ended = (found.date.month, found.date.day) == (12, 31)
            return [
                f"Before {found.step} by {found.date.year if ended else found.date}: {p.name} {_short(p.before)} "
                f"(with it {_short(p.given)}, else {_short(p.without)})"
            ]
    return []


def _short(found: Conditional) -> str:
    share = found.probability or 0.0
    of = found.futures if found.error is not None else max(int(found.effective), 1)
    return chance(share, of, found.error)


# --- the section ----------------------------------------------------------------------------------------


def section(summary: Summary, names: Names) -> dict[str, object] | None:
    """The section of the page; None where nothing is known of what came before."""
    shown = [found for found in summary.came_before if found.precursors]
    if not shown:
        return None
    return {
        "name": NAME,
        "sentences": sentences(summary, names),
        "steps": [_step(found, names) for found in shown],
        "figure": bool(drawn(summary)),
        "example": example(summary),
    }


def _step(found: CameBefore, names: Names) -> dict[str, object]:
    return {
        "step": step_name(found.step),
        "by": by(found.date),
        "futures": found.futures,
        "rows": [
            {
                "name": happening_name(p.name, names),
                "before": told(p.before),
                "given": told(p.given),
                "without": told(p.without),
            }
            for p in found.precursors
        ],
        "told": any(p.before.probability is not None for p in found.precursors),
    }


def example(summary: Summary) -> str:
    """A condition that can be asked of this run, as it is typed; empty if it watches nothing."""
    found = summary.came_before[0]
    first = [p for p in (*telling(found, summary.worlds), *found.precursors) if "=" in p.name][:1]
    return "".join(f"{p.name} by {found.date}" for p in first)


# --- the figure -----------------------------------------------------------------------------------------


def drawn(summary: Summary) -> list[Precursor]:
    """The rows of the figure: what came before the first step ahead in any future that takes it."""
    return [p for found in summary.came_before[:1] for p in found.precursors if p.before.probability]


def came_before_sheet(summary: Summary, names: Names) -> Sheet | None:
    """Shares of what came before, beside the step with and without it; None where there is nothing to draw."""
    rows = drawn(summary)
    if not rows:
        return None
    found = summary.came_before[0]

    def draw(width: float) -> Drawing:
        narrow = width < COMPACT
        left = 1.12 if narrow else LEFT
        cell = (width - left) / 2
        lines = max(label.count("\n") + 1 for label in _labels(rows, names, narrow))
        whole = Drawing(width, max(ROW, 0.13 * lines + 0.03) * len(rows) + (1.12 if narrow else 0.98))
        gap = 0.42 if narrow else 0.5
        shares = whole.panel(left, 0.42, cell + gap - 0.1, 0.56 if narrow else 0.42)
        before_bars(found, rows, names, shares)
        both = whole.panel(left + cell + 0.12, 0.42, 0.16, 0.56 if narrow else 0.42)
        with_and_without(found, rows, both)
        return whole

    return Sheet(NAME, _said(found, rows, names), draw)


def before_bars(found: CameBefore, rows: Sequence[Precursor], names: Names, panel: Panel) -> None:
    """Of 100 futures that take the step, in how many each came before it."""
    panel.x, panel.y = (0.0, 100.0), (len(rows) - 0.4, -0.6)
    panel.x_ticks = [(x, str(x)) for x in (0, 50, 100)]
    panel.x_label = "of 100" if panel.compact else "of 100 that take it"
    panel.title = (
        f"Came before it\n{by(found.date)}" if panel.compact else f"Came before it, {by(found.date)}"
    )
    panel.title_size = 8.5 if panel.compact else TITLE_SIZE
    panel.y_ticks = list(enumerate(_labels(rows, names, panel.compact)))
    panel.y_names = True
    for row, p in enumerate(rows):
        share = 100 * (p.before.probability or 0.0)
        panel.add(Bar(0.0, row - 0.3, 100.0, 0.6, PALE), Bar(0.0, row - 0.3, share, 0.6, BLUE))
        panel.add(Words(100.0 + panel.right(4.0), row, _of_hundred(p.before), 8.5, bold=True))


def _labels(rows: Sequence[Precursor], names: Names, narrow: bool) -> list[str]:
    """What each row is called, over lines."""
    return [fill(happening_name(p.name, names), 15 if narrow else 23) for p in rows]


def with_and_without(found: CameBefore, rows: Sequence[Precursor], panel: Panel) -> None:
    """The step by the date, in 100 futures with each by then (filled) and in 100 without (open)."""
    panel.x, panel.y = (0.0, 100.0), (len(rows) - 0.4, -0.6)
    panel.x_ticks = [(x, str(x)) for x in (0, 50, 100)]
    panel.x_label = "of 100 futures with it (filled), without (open)"
    if panel.compact:
        panel.x_label = "of 100"
    name = step_name(found.step)
    panel.title = "The step, with\nand without" if panel.compact else f"{name}, with and without"
    panel.title_size = 8.5 if panel.compact else TITLE_SIZE
    panel.add(*(Line((x, x), panel.y, LINE, 0.4) for x, _ in panel.x_ticks))
    for row, p in enumerate(rows):
        sides = [100 * c.probability for c in (p.given, p.without) if c.probability is not None]
        if len(sides) == 2:
            panel.add(Line(sides, (row, row), QUIET, 1.2))
        for side, fill_, edge in ((p.without, "white", INK), (p.given, BLUE, "")):
            if side.probability is not None:
                panel.add(Dots([100 * side.probability], [row], 7.0, fill_, edge))


def _said(found: CameBefore, rows: Sequence[Precursor], names: Names) -> str:
    said = [
        f"{happening_words(p.name, names)} {_of_hundred(p.before)}, with it {told(p.given)}, without {told(p.without)}"
        for p in rows
    ]
    return (
        f"Bars of what came before {step_name(found.step)} in 100 futures that take it {by(found.date)}, beside its "
        f"probability with and without: {'; '.join(said)}."
    )
