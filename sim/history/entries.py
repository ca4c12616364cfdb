"""Entries into the Partnership for Peace (``partnership_entries.csv``), as waits from a first day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sim.facts.read import Facts, Row
from sim.history.record import followed

OPENED = 1994
"""Year of the open invitation: unblocked entries within it are one decision."""
STATUS = ("recognition", "identity")
"""Kinds of block that rest on who the candidate is."""


@dataclass(frozen=True)
class Entry:
    """One state's way in, as far as the facts go."""

    country: str
    start: date
    """The wish, or the day from which it could enter if that is later or no wish is known."""
    wished: bool
    entered: date | None
    seen: date
    """The day of entry, or the last one on which it was seen outside."""
    kind: str
    """Over what it was held up; empty if it was not."""
    blocked_first: date | None
    """The first day that the start of the block can mean."""
    blocked_from: date | None
    blocked_until: date | None

    @property
    def group(self) -> str:
        """The decision that it shares with others."""
        if self.entered is None:
            return self.country
        if not self.kind and self.start.year == self.entered.year == OPENED:
            return str(OPENED)
        return self.entered.isoformat()

    def held_on(self, day: date) -> bool:
        """Whether its block had begun."""
        return self.blocked_first is not None and self.blocked_first <= day


def entries(facts: Facts) -> list[Entry]:
    """In the file's order."""
    return [_entry(facts, row) for row in facts.tables["partnership_entries"]]


def _entry(facts: Facts, row: Row) -> Entry:
    could, wish = row.day("eligible_from"), row.day_if_any("wished")
    return Entry(
        row["country"], max(could, wish or could), wish is not None, row.day_if_any("entered"),
        followed(facts, row, "entered").day, row["kind"],
        row.days("blocked_from").first if row["blocked_from"] else None,
        row.day_if_any("blocked_from"), row.day_if_any("blocked_until"),
    )  # fmt: skip
