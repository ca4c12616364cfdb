"""The disputes of ``seeds/settlements.csv`` as the fit of the settlement reads them."""

from __future__ import annotations

from datetime import date

from sim.base.dates import DAYS_PER_YEAR
from sim.facts.cells import Days
from sim.facts.frozen import until
from sim.facts.read import Facts, Row
from sim.history.fits.pooling import Dispute
from sim.history.record import followed

LIST_OPENS = date(1945, 10, 24)
"""The Charter of the United Nations; older disputes enter the list on this day."""
ENTRY_AGE = 1.0
"""Age in years at which a dispute enters the list."""
AGREED = ("settlement", "normalisation")
TABLE = "settlements"


def _centre(days: Days) -> float:
    """The middle of a date's span as an ordinal, halves of a day kept."""
    return (days.first.toordinal() + days.last.toordinal()) / 2


def _begins(row: Row, clock: str) -> float:
    """When the row's clock starts; the talks may have no date."""
    return _centre(row.days(clock if row[clock] else "start"))


def _years(facts: Facts, row: Row, clock: str) -> float:
    """Years from the row's clock to its end, or to the day on which it was last seen unsettled."""
    return (_centre(followed(facts, row).days) - _begins(row, clock)) / DAYS_PER_YEAR


def own_years(facts: Facts, clock: str = "start") -> float:
    """Years for which the target has been unsettled, by one of the clocks ``start`` and ``talks``."""
    return next(_years(facts, row, clock) for row in facts.tables[TABLE] if row["similar"] == "target")


def disputes(facts: Facts, clock: str = "start", entry: float = ENTRY_AGE) -> tuple[Dispute, ...]:
    """The reference disputes in the table's order, without those that ended before they could enter."""
    found = []
    freeze = until(facts)
    for row in facts.tables[TABLE]:
        begins = _begins(row, clock)
        birthday = _centre(row.days("start")) + DAYS_PER_YEAR * entry
        enters = (max(birthday, LIST_OPENS.toordinal(), begins) - begins) / DAYS_PER_YEAR
        age, agreed = _years(facts, row, clock), row["kind_of_end"] in AGREED
        if row["similar"] != "target" and age > enters:
            horizon = (freeze.toordinal() - begins) / DAYS_PER_YEAR if row["end"] else age
            found.append(Dispute(row["dispute"], row["family"], row["similar"], enters, age, agreed, horizon))
    return tuple(found)
