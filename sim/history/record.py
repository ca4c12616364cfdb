"""The record of past candidates, as days: milestones, the NATO steps that were held up, and how long things lasted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sim.facts.cells import Days
from sim.facts.frozen import until
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


class Followed(NamedTuple):
    """How far something is known to have lasted, and whether it ended then (else it is censored there)."""

    days: Days
    over: bool

    @property
    def day(self) -> date:
        """The one day that stands for it."""
        return self.days.middle


def followed(facts: Facts, row: Row, end: str = "end") -> Followed:
    """Up to its end, or to the day on which it was last seen to go on, and never beyond the facts.

    The one place that says how long something without an end lasted: an end that nobody has looked up since
    is not known, and is not taken for "still so today". Facts as of an earlier day than it was last seen are
    followed up to that day.
    """
    if row[end]:
        return Followed(row.days(end), True)
    last = Days(until(facts), until(facts))
    seen = row.days("last_seen") if row["last_seen"] else last
    return Followed(min(seen, last, key=lambda days: days.middle), False)
