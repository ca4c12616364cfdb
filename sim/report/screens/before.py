"""What came before, on a screen and a half."""

from __future__ import annotations

from sim.report import before_prose as prose
from sim.report.conditional_words import measured, told
from sim.report.given_prose import source
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.studies.before import Before


def screen(made: Before) -> str:
    """When the condition is met, what had come about before and when, and the commonest orders."""
    lines = [
        *(line for said in prose.opening(made) for line in wrapped(said)),
        *wrapped(source(made.asked)),
        "",
        *wrapped(
            "What had come about before it, in what share of these futures; when, and how many years before (medians, "
            "90 % ranges):"
        ),
        *joined(tables(_earlier(made))),
        *(line for said in prose.never(made) for line in wrapped(said)),
        "",
        *wrapped(
            f"First of all of them; and before or after, {prose.until(made)}, in these futures and in all:"
        ),
        *joined(tables(_beside(made))),
        "",
        *(line for said in (*prose.in_order(made), *prose.orders(made)) for line in wrapped(said)),
        "",
        *wrapped(prose.NO_CAUSE),
    ]
    return "\n".join(lines)


def _earlier(made: Before) -> list[list[str]]:
    return [
        ["", "share", "when", "years before"],
        *([f"  {e.name}", told(e.before), prose.when(e.when), prose.lead(e.lead)] for e in prose.shown(made)),
    ]


def _beside(made: Before) -> list[list[str]]:
    of = made.asked.trajectories
    return [
        ["", "first", "these futures", "all futures"],
        *([f"  {e.name}", told(e.first), told(e.by_date), measured(e.in_all, of)] for e in prose.shown(made)),
    ]
