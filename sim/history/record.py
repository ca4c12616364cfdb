"""The record of past candidates, as days: milestones, and the NATO steps that were held up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sim.facts.read import Facts, Row


def milestone(facts: Facts, country: str, *names: str, after: date | None = None) -> date | None:
    """A country's first milestone among some kinds (after a day); None if there is none with a date."""
    days = [
        row.day("date")
        for row in facts.tables["milestones"]
        if row["country"] == country and row["milestone"] in names and row["date"]
    ]
    return min((day for day in days if after is None or day > after), default=None)


def nato_blocks(facts: Facts, candidate: str | None = None, gates: Collection[str] = ()) -> list[Row]:
    """NATO episodes of ``blocks.csv``, in the file's order; of one candidate and some gates if asked."""
    return [
        row
        for row in facts.tables["blocks"]
        if row["organisation"] == "NATO"
        and (candidate is None or row["candidate"] == candidate)
        and (not gates or row["gate"] in gates)
    ]


def ended(row: Row, until: date) -> date:
    """When an episode ended; an open one is followed up to ``until``."""
    return row.day_if_any("end") or until
