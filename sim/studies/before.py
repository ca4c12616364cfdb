"""``given --before``: what had come about in the futures of a finished run before they met a condition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.errors import OptionError
from sim.base.progress import Progress, silent
from sim.estimates.before import BeforeTally, Earlier, Order, Pair, When
from sim.estimates.conditions import Futures, last_date
from sim.estimates.given import BATCHES, unit_of
from sim.results.files import write_csv, write_json
from sim.results.folder import whole_folder
from sim.results.manifest import FILE as MANIFEST
from sim.studies.asked import AskedRun
from sim.studies.given import asked_of, subject_of
from sim.studies.given_answer import Asked

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
FILE = "before.json"
COLUMNS = (
    "happening", "before", "before_error", "futures", "effective", "first", "first_error",
    "earliest", "median", "latest",
    "years_before_low", "years_before_median", "years_before_high", "date", "by_date", "by_date_error",
    "all_futures", "all_futures_error",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Before:
    """What came before, in the futures that meet a condition: the content of ``before.json``."""

    schema: int
    asked: Asked
    until: dt.date
    """The last date of the condition, or the horizon: by then happenings are counted in these and in all futures."""
    met: When | None
    """When the condition was met."""
    earlier: tuple[Earlier, ...]
    """Steps, substitutes, then watched entries."""
    pairs: tuple[Pair, ...]
    """Each happening and the next, in the order of their medians."""
    orders: tuple[Order, ...]
    """The commonest."""
    orders_error: float
    """No share of an order is too low by more than this, and none is too high."""

    def rows(self) -> list[tuple[object, ...]]:
        """A row for each happening, with the columns of ``COLUMNS``."""
        none = (None, None, None)
        return [
            (
                e.name, e.before.probability, e.before.error, e.before.futures, e.before.effective,
                e.first.probability, e.first.error,
                *(none if e.when is None else (e.when.low, e.when.median, e.when.high)),
                *(none if e.lead is None else (e.lead.low, e.lead.median, e.lead.high)),
                self.until.isoformat(), e.by_date.probability, e.by_date.error, e.in_all.value, e.in_all.error,
            )
            for e in self.earlier
        ]  # fmt: skip

    def table(self) -> pd.DataFrame:
        """The rows as a data frame; NaN where something is not known."""
        import pandas as pd

        words = {"happening", "earliest", "median", "latest", "date"}
        numbers = {name: float for name in COLUMNS if name not in words}
        return pd.DataFrame(self.rows(), columns=list(COLUMNS)).astype(numbers)


def before(
    run: AskedRun,
    condition: str,
    out: Path | None = None,
    progress: Progress = silent,
    figures: Callable[[Path, Before], None] | None = None,
) -> Before:
    """What had come about before, in the futures that meet a condition, beside all futures.

    :param out: a folder for the answer as files, written whole or not at all.
    :param progress: told the number of futures of each block that is read.
    :param figures: draws what else is written there.
    :raises OptionError: the condition cannot be used or holds in too few futures, or the run's rates are tilted.
    :raises RunError: trajectories that cannot be read, or a folder that cannot be written.
    """
    s = run.summary
    if s.tilt is not None:
        raise OptionError(
            f"<before>: the rates of this run are tilted ({', '.join(s.tilt.least_rates)}), and dates and orders are "
            "not weighed; allowed: a run without --tilt"
        )
    wanted = run.condition(condition)
    until = last_date(wanted) or s.horizon
    units = s.worlds if s.worlds > 1 else min(BATCHES, s.trajectories)
    tally = BeforeTally(run.ranks, s.start, s.horizon, until, units)
    for block in run.blocks(run.names):
        unit = unit_of(block.trajectory, block.world, s.worlds)
        tally.add(unit, Futures(block.times, run.ranks, s.start).met(wanted), block.times)
        progress(len(unit))
    made = Before(
        schema=SCHEMA, asked=asked_of(run, wanted, tally.futures, tally.chance(s.worlds)), until=until,
        met=tally.moment(), earlier=tuple(tally.earlier(s.worlds)), pairs=tuple(tally.pairs()),
        orders=tuple(tally.orders()),
        orders_error=tally.orders_error,
    )  # fmt: skip
    if out is not None:
        with whole_folder(out, subject_of(run, "given --before", made.asked.condition)) as files:
            write_json(files / FILE, made)
            write_csv(files / "before.csv", COLUMNS, made.rows())
            write_json(files / MANIFEST, run.sealed.content)
            if figures is not None:
                figures(files, made)
    return made
