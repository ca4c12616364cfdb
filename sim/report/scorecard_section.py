"""How the model did on the past, from the stored ``scorecard.json``: words, rows and a figure."""

from __future__ import annotations

from sim.base.words import of_days
from sim.report.marks import Dots, Drawing, Line, Panel, Words
from sim.report.sheets import Sheet
from sim.report.style import BLUE, COMPACT, INK, ORANGE, PALE, QUIET
from sim.results.scored import Scorecard, Scored

LOOKS = {"left out": (BLUE, "o", BLUE), "rolling": (ORANGE, "D", "white")}
"""Mode -> colour, marker and what fills it."""
VERDICTS = {"ahead": "model ahead", "behind": "model behind", "open": "not told apart"}
EDGE = 100
"""Where the axis ends (percent); an interval that goes on ends there, too."""


# --- in words -------------------------------------------------------------------------------------------


def section(scorecard: Scorecard, facts_digest: str) -> dict[str, object]:
    """What the section shows.

    :param facts_digest: of the facts behind the run.
    """
    lost, made = scorecard.lost, scorecard.made_with
    return {
        "verdict": verdict(scorecard),
        "rows": [_row(row) for row in scorecard.best],
        "clearly": [_lost(row) for row in lost if row.verdict == "behind"],
        "on_average": [_lost(row) for row in lost if row.verdict != "behind"],
        "unbeaten": unbeaten(scorecard),
        "leaks": scorecard.leaks,
        "forms": scorecard.forms,
        "failure": scorecard.failure,
        "forecasts": scorecard.forecasts,
        "forecasts_digest": scorecard.forecasts_digest,
        "made_with": made,
        "facts_changed": made is not None and made.facts_digest != facts_digest,
    }


def verdict(scorecard: Scorecard) -> str:
    """In how many comparisons the model is ahead of, behind, or not told from the best baseline."""
    best = scorecard.best
    ahead, behind = (
        [f"{row.name.lower()}, {row.mode}" for row in best if row.verdict == word]
        for word in ("ahead", "behind")
    )
    rest = len(best) - len(ahead) - len(behind)
    return (
        f"Against the baseline that turned out best, in {len(best)} comparisons, the model is ahead beyond "
        f"the interval in {_counted(ahead)}, behind in {_counted(behind)}; in the other {rest} the interval "
        "contains 0, and neither is called better."
    )


def _counted(names: list[str]) -> str:
    return f"{len(names)} ({'; '.join(names)})" if names else "none"


def unbeaten(scorecard: Scorecard) -> str:
    """Why the model cannot win where a baseline makes no error; empty if none does."""
    names = [row.name.lower() for row in scorecard.best if row.baseline_crps == 0]
    if not names:
        return ""
    return (
        f"On {'; '.join(names)} no model could win: nothing has happened yet, so a forecast that nothing ever "
        "changes makes no error until something does. The difference is what the model pays for keeping the "
        "possibility open."
    )


def _row(row: Scored) -> dict[str, object]:
    return {
        "name": row.name,
        "mode": row.mode,
        "outcomes": row.outcomes,
        "groups": row.groups,
        "baseline": row.baseline,
        "model": days(row.model),
        "baseline_crps": days(row.baseline_crps),
        "difference": days(row.difference, "+"),
        "interval": f"{days(row.low, '+')} to {days(row.high, '+')}",
        "verdict": VERDICTS[row.verdict],
    }


def _lost(row: Scored) -> str:
    much = of_days(days(row.difference)) if row.difference >= 0.5 else "less than 1 day"
    return (
        f"{row.name}, {row.mode}: “{row.baseline}” by {much} "
        f"({days(row.low, '+')} to {days(row.high, '+')}; {row.groups} groups)"
    )


def days(value: float, sign: str = "") -> str:
    """A number of days: ``1,513``, with a sign ``+12`` or ``−2``."""
    text = f"{value:{sign},.0f}"
    return ("0" if text.lstrip("+-") == "0" else text).replace("-", "−")


# --- the figure -----------------------------------------------------------------------------------------


def scorecard_sheet(scorecard: Scorecard) -> Sheet:
    """The figure of differences at a width."""
    components = len({row.component for row in scorecard.best})

    def draw(width: float) -> Drawing:
        narrow = width < COMPACT
        whole = Drawing(width, components * (0.62 if narrow else 0.42) + 0.95)
        differences(scorecard, whole.panel(0.25 if narrow else 1.95, 0.55, 0.25, 0.4))
        return whole

    told = [f"{r.name}, {r.mode}: {of_days(days(r.difference, '+'))}" for r in scorecard.best]
    alt = f"Differences in score between the model and the best baseline, with intervals. {'; '.join(told)}."
    return Sheet("scorecard", alt, draw)


def differences(scorecard: Scorecard, panel: Panel) -> None:
    """Model less best baseline, in percent of the baseline's score: a mark and an interval for each mode."""
    names = list(dict.fromkeys(row.name for row in scorecard.best))
    shifts = {"left out": 0.04, "rolling": 0.28} if panel.compact else {"left out": -0.14, "rolling": 0.14}
    panel.x, panel.y = (-EDGE, EDGE), (len(names) - 0.5, -0.5)
    panel.x_ticks = [(x, f"{x}".replace("-", "−")) for x in (-100, -50, 0, 50, 100)]
    panel.x_label = "model’s score less the best baseline’s, in percent of it"
    panel.add(*(Line(panel.x, (y - 0.5, y - 0.5), PALE, 0.8) for y in range(1, len(names))))
    panel.add(Line((0, 0), panel.y, INK, 0.9))
    for row in scorecard.best:
        y = names.index(row.name) + shifts[row.mode]
        if row.baseline_crps > 0:
            _mark(panel, row, y)
        else:
            words = f"“{row.baseline}” has been right: it scores 0"
            panel.add(Words(-EDGE if panel.compact else 4, y, words, 8, QUIET))
    if panel.compact:
        panel.add(*(Words(-EDGE, place - 0.28, name, 8.5) for place, name in enumerate(names)))
    else:
        panel.y_ticks, panel.y_names = list(enumerate(names)), True
    top = panel.y[1] + panel.up(3)
    panel.add(Words(-EDGE, top, "← model better", 8.5, QUIET, up="bottom"))
    panel.add(Words(EDGE, top, "baseline better →", 8.5, QUIET, across="right", up="bottom"))
    _key(panel, panel.y[1] + panel.up(20 if panel.compact else 8))


def _key(panel: Panel, y: float) -> None:
    """What the two marks stand for, above the middle."""
    for x, (mode, (colour, kind, fill)) in zip((-46, 8), LOOKS.items(), strict=True):
        at = panel.right(x)
        panel.add(Dots([at], [y], 5, fill, colour, kind), Words(at + panel.right(7), y, mode, 8.5))


def _mark(panel: Panel, row: Scored, y: float) -> None:
    colour, kind, fill = LOOKS[row.mode]
    low, middle, high = (
        min(max(100 * value / row.baseline_crps, -EDGE), EDGE)
        for value in (row.low, row.difference, row.high)
    )
    panel.add(Line((low, high), (y, y), colour, 1.6), Dots([middle], [y], 5, fill, colour, kind))
