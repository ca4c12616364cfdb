"""What a sweep finds, as rows of one table: one for each point, step and date, and one for a point that failed.

Blocks on the way, in a journal or from another process, are Parquet files of this table, each of whole points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.estimates.intervals import Ends
from sim.estimates.paired import Counts, moved
from sim.results.columns import numbers, texts

if TYPE_CHECKING:
    import pyarrow as pa

NUMBERS = (
    "probability", "low", "high", "mc_error", "difference", "difference_error", "variance_ratio",
)  # fmt: skip
RESULT_COLUMNS = ("step", "date", *NUMBERS, "trajectories", "worlds")
"""Columns of the table that follow those of the axes."""
COLUMNS = ("id", *RESULT_COLUMNS, "error")
"""Columns of ``results.parquet``."""
ENDED = "ended the process that ran it"
"""How the error of a point begins that nobody knows the fault of: it is run again by who asks again."""
COMPRESSION = "zstd"


@dataclass(frozen=True)
class PointShare:
    """The probability of a step at a point, and how far it is from that at the first point."""

    probability: float
    credible_90: Ends | None
    mc_error: float
    difference: float
    difference_error: float
    """Its standard error under common luck; 0 at the first point itself."""
    variance_ratio: float | None
    """Variance of the difference with separate luck over that with common luck; None where nothing differs."""


@dataclass(frozen=True)
class FoundPoint:
    """What was found at a point: rows, or why there are none."""

    id: str
    dates: tuple[date, ...]
    shares: dict[str, tuple[PointShare, ...]]
    """Step or substitute -> its probability by each date."""
    trajectories: int
    worlds: int
    error: str | None = None


def compared(id: str, dates: Sequence[date], first: Counts, now: Counts) -> FoundPoint:
    """A point held against the first one, which may be the same."""
    shares = {step: tuple(_shares(first, now, step)) for step in now.steps if step in first.steps}
    return FoundPoint(id, tuple(dates), shares, int(now.totals.sum()), now.worlds)


def failed(id: str, error: str) -> FoundPoint:
    """A point that could not be run."""
    return FoundPoint(id, (), {}, 0, 0, " ".join(error.split()))


def _shares(first: Counts, now: Counts, step: str) -> Iterator[PointShare]:
    for m in moved(first, now, step):
        error = 0.0 if now is first else m.error
        yield PointShare(
            m.share.probability, m.share.credible_90, m.share.mc_error, m.difference, error, m.ratio
        )


# --- as a table -----------------------------------------------------------------------------------------


def table(points: Sequence[FoundPoint]) -> pa.Table:
    """The rows of points."""
    import pyarrow as pa

    cells = [row for point in points for row in _rows(point)]
    columns = dict(zip(COLUMNS, zip(*cells, strict=True), strict=True))
    made = {name: texts(columns[name]) for name in ("id", "step", "date", "error")}
    made |= {name: _numbers(columns[name], np.float64) for name in NUMBERS}
    made |= {name: _numbers(columns[name], np.int64) for name in ("trajectories", "worlds")}
    return pa.table({name: made[name] for name in COLUMNS})


def _rows(point: FoundPoint) -> Iterator[tuple[Any, ...]]:
    if point.error is not None:
        yield (point.id, *[None] * len(RESULT_COLUMNS), point.error)
    days = [day.isoformat() for day in point.dates]
    for step, curve in point.shares.items():
        for day, e in zip(days, curve, strict=True):
            yield (
                point.id, step, day, e.probability, *(e.credible_90 or (None, None)), e.mc_error,
                e.difference, e.difference_error, e.variance_ratio, point.trajectories, point.worlds, None,
            )  # fmt: skip


def _numbers(values: Sequence[float | None], kind: Any) -> pa.Array:
    missing = np.array([value is None for value in values])
    data = np.array([0 if value is None else value for value in values], dtype=kind)
    return numbers(data, missing if missing.any() else None)


def packed(rows: pa.Table) -> bytes:
    """A table as a Parquet file."""
    import pyarrow.parquet as pq

    file = BytesIO()
    pq.write_table(rows, file, compression=COMPRESSION)
    return file.getvalue()
