"""A probability under a condition, on one screen."""

from __future__ import annotations

from sim.base.dates import shown_dates
from sim.report import given_prose as prose
from sim.report.conditional_words import happening_name, measured, told
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.studies.given_answer import Given


def screen(made: Given) -> str:
    """The condition, the step by date with it, without it and in all futures, and what that does not say."""
    asked = made.asked
    lines = [
        *(line for said in prose.head(asked) for line in wrapped(said)),
        *wrapped(prose.source(asked)),
        "",
        *wrapped(
            f"{happening_name(made.step, asked.voters)}, probability by date, ± two standard errors (points):"
        ),
        *joined(tables(_rows(made))),
        *_refusals(made),
        *wrapped(prose.earlier(made)),
        "",
        *(
            line
            for said in (prose.answer(made), *prose.warning(made), *prose.tilted(made))
            for line in wrapped(said)
        ),
    ]
    return "\n".join(lines)


def _rows(made: Given) -> list[list[str]]:
    days = sorted({made.told, *shown_dates(made.asked.start, made.asked.horizon)})
    entries = [made.at(day) for day in days]
    of = made.asked.trajectories
    return [
        ["", *(e.date.isoformat() for e in entries)],
        ["  condition met", *(_short(told(e.given)) for e in entries)],
        ["  not met", *(_short(told(e.without)) for e in entries)],
        ["  all futures", *(measured(e.overall, of) for e in entries)],
    ]


def _short(text: str) -> str:
    return "not told" if text.startswith("not told") else text


def _refusals(made: Given) -> list[str]:
    """Why something is not told, each reason once."""
    found = [
        f"Not told ({side}): {each.refused}."
        for e in made.by
        for side, each in (("condition met", e.given), ("not met", e.without))
        if each.refused
    ]
    return [line for said in dict.fromkeys(found) for line in wrapped(said, "  ")][:6]
