"""What a run answers under a condition: the record of ``given.json``, and the same as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.estimates.condition_text import Happenings, read_condition
from sim.estimates.conditions import Condition
from sim.estimates.given import GivenBy, Measured
from sim.estimates.summary import ScenarioName

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
FILE = "given.json"
COLUMNS = (
    "step", "date", "overall", "overall_error",
    "given", "given_error", "given_futures", "given_effective",
    "without", "without_error", "without_futures", "without_effective",
    "difference", "difference_error", "worlds_alone", "worlds_alone_error",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The run that is asked, and the condition."""

    scenario: ScenarioName
    seed: int
    trajectories: int
    worlds: int
    start: dt.date
    horizon: dt.date
    condition: str
    """With every date to the day."""
    futures: int
    """That meet it."""
    likely: Measured
    """How likely it is."""
    happenings: tuple[str, ...]
    """All that this run can be asked about."""
    voters: Mapping[str, str]
    """Code of a voter, or a chain with a name of its own -> what it is called."""
    yours: str = ""
    """What is said of numbers that a user has set; empty if there are none."""

    def read(self) -> Condition:
        """The condition itself."""
        return read_condition(self.condition, Happenings(self.happenings, self.start, self.horizon))


@dataclass(frozen=True, kw_only=True)
class Given:
    """How likely something is by each date, with a condition, without it and in all futures."""

    schema: int
    asked: Asked
    step: str
    """A step, a substitute or a watched entry."""
    told: dt.date
    """The date that is told first: the one asked for, or one ten years ahead."""
    by: tuple[GivenBy, ...]
    tilt: tuple[str, ...] = field(default=())
    """``NAME=RATE`` of a run with tilted rates."""

    def at(self, day: dt.date) -> GivenBy:
        """What is known at one of the dates."""
        return next(entry for entry in self.by if entry.date == day)

    def rows(self) -> list[tuple[object, ...]]:
        """A row for each date, with the columns of ``COLUMNS``."""
        return [
            (
                self.step, e.date.isoformat(), e.overall.value, e.overall.error,
                *(v for c in (e.given, e.without) for v in (c.probability, c.error, c.futures, c.effective)),
                *_both(e.difference), *_both(None if e.picked is None else e.picked.worlds_alone),
            )
            for e in self.by
        ]  # fmt: skip

    def table(self) -> pd.DataFrame:
        """The rows as a data frame; NaN where something is not known."""
        import pandas as pd

        numbers = dict.fromkeys(COLUMNS[2:], float)
        return pd.DataFrame(self.rows(), columns=list(COLUMNS)).astype(numbers)


def _both(found: Measured | None) -> tuple[float | None, float | None]:
    return (None, None) if found is None else (found.value, found.error)
