"""What a sweep says: in short, as records, and whole, as tables that are read from its files when they are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.model.model import Model
from sim.studies.design import Cell, Design, DesignRecord
from sim.studies.named import TitledScenario
from sim.studies.sweep.rows import RESULT_COLUMNS, PointShare

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SCHEMA = 2
MOST_IN_SHORT = 1000
"""Points that the answer in short has; of a larger sweep ``results.parquet`` has them."""
POINTS, RESULTS = "points.parquet", "results.parquet"
RUN_AGAIN = 400
"""Points of which a table is looked through at once."""


@dataclass(frozen=True)
class PointAnswer:
    """A point, with every step by one date."""

    id: str
    values: Mapping[str, Cell]
    """Axis -> cell."""
    steps: Mapping[str, PointShare]
    """None, if the point failed."""
    error: str | None = None


@dataclass(frozen=True)
class SweepAnswer:
    """A sweep in short: every point, by the date looked at."""

    schema: int
    scenario: TitledScenario
    seed: int
    trajectories: int
    """At each point; ``worlds`` likewise."""
    worlds: int
    start: date
    horizon: date
    design: DesignRecord
    grid: Mapping[str, tuple[Cell, ...]]
    """Axis -> its values; empty unless the design is a grid."""
    by: date
    step: str
    """The step looked at, where one is shown."""
    warnings: tuple[str, ...]
    failed: int
    """Points that could not be run."""
    points: tuple[PointAnswer, ...]
    """In the order of the design; empty if there are more than 1,000."""


@dataclass(frozen=True)
class Sweep:
    """A finished sweep. Its rows are in a file, or in memory if it was given no folder."""

    model: Model
    design: Design
    dates: tuple[date, ...]
    by: date
    """The date that figures and summaries look at."""
    step: str
    """The step that they look at, where they show one."""
    trajectories: int
    worlds: int
    seed: int
    failed: int
    """Points that could not be run."""
    results: Path | pa.Table
    """The file of results, or the same as a table."""
    warnings: tuple[str, ...] = ()
    """About values that lie far outside what the scenario thinks possible, and others."""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of what is varied."""
        return tuple(axis.name for axis in self.design.axes)

    @property
    def grid(self) -> dict[str, tuple[Cell, ...]]:
        """Axis -> its values; empty unless the design is a grid."""
        record = self.design.record
        return {axis.name: axis.cells for axis in record.axes} if record.kind == "grid" else {}

    @cached_property
    def points(self) -> tuple[PointAnswer, ...]:
        """Every point by the date looked at."""
        return tuple(self.at(range(len(self.design))))

    def at(self, rows: Iterable[int]) -> Iterator[PointAnswer]:
        """Some points by the date looked at, by their rows in the design."""
        numbers = list(rows)
        for first in range(0, len(numbers), RUN_AGAIN):
            some = [(number, self.design.row(number)) for number in numbers[first : first + RUN_AGAIN]]
            found = self._by_point({row.point.id for _, row in some})
            for _, row in some:
                values = dict(zip(self.axes, row.cells, strict=True))
                yield PointAnswer(row.point.id, values, *found[row.point.id])

    def _by_point(self, ids: set[str]) -> dict[str, tuple[dict[str, PointShare], str | None]]:
        found: dict[str, tuple[dict[str, PointShare], str | None]] = {}
        for row in self._selected([("id", "in", ids)]):
            if row["error"] is not None:
                found[row["id"]] = ({}, row["error"])
            elif row["date"] == self.by.isoformat():
                found.setdefault(row["id"], ({}, None))[0][row["step"]] = _share(row)
        return found

    def failures(self, most: int | None = None) -> list[tuple[str, str]]:
        """Id and error of the points that could not be run, or of the first of them."""
        if not self.failed:
            return []
        rows = self._read([("error", "!=", "")], ["id", "error"]).slice(0, most)
        return list(zip(rows["id"].to_pylist(), rows["error"].to_pylist(), strict=True))

    def variance_ratios(self) -> tuple[float, float] | None:
        """The least and the greatest, of the step and by the date looked at; None where nothing differs."""
        ratios = self.rows(self.by, self.step, ["variance_ratio"])["variance_ratio"].drop_null()
        if not len(ratios):
            return None
        import pyarrow.compute as pc

        ends = pc.min_max(ratios).as_py()
        return ends["min"], ends["max"]

    def rows(self, by: date, step: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of ``results.parquet`` of one date, in the order of the design.

        :param step: of one step only.
        """
        wanted: list[tuple[str, str, Any]] = [("date", "==", by.isoformat())]
        wanted += [("step", "==", step)] if step is not None else []
        return self._read(wanted, columns)

    def _selected(self, wanted: Sequence[tuple[str, str, Any]]) -> list[dict[str, Any]]:
        return list(self._read(wanted).to_pylist())

    def _read(self, wanted: Sequence[tuple[str, str, Any]], columns: Sequence[str] | None = None) -> pa.Table:
        import pyarrow.parquet as pq

        if isinstance(self.results, Path):
            return pq.read_table(self.results, filters=list(wanted), columns=columns, use_threads=False)
        made = self.results.filter(pq.filters_to_expression(list(wanted)))
        return made if columns is None else made.select(columns)

    @property
    def answer(self) -> SweepAnswer:
        """The sweep in short."""
        model = self.model
        return SweepAnswer(
            schema=SCHEMA,
            scenario=TitledScenario.of(model),
            seed=self.seed,
            trajectories=self.trajectories,
            worlds=self.worlds,
            start=model.start,
            horizon=model.horizon,
            design=self.design.record,
            grid=self.grid,
            by=self.by,
            step=self.step,
            warnings=self.warnings,
            failed=self.failed,
            points=self.points if len(self.design) <= MOST_IN_SHORT else (),
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each point, step and date; none of points that failed.

        A column for each axis, then ``step``, ``date`` (ISO), ``probability``, ``low`` and ``high`` (90 %
        credible interval, NaN if there is none), ``mc_error``; ``difference`` in probability to the first point,
        ``difference_error`` (its standard error under common luck), ``variance_ratio`` (variance of that
        difference with separate luck over that with common luck; NaN where the two points do not differ),
        ``trajectories``, ``worlds``.
        """
        return self._joined(self._read([("step", "!=", "")]))

    def looked_at(self, by: date | None = None) -> pd.DataFrame:
        """The same by one date: that looked at, unless another one is given."""
        return self._joined(self.rows(by or self.by))

    def _joined(self, results: pa.Table) -> pd.DataFrame:
        found = results.select(["id", *RESULT_COLUMNS]).to_pandas()
        joined = self.points_table().merge(found, on="id", how="inner", sort=False)
        return joined[[*self.axes, *RESULT_COLUMNS]]

    def points_table(self) -> pd.DataFrame:
        """One row for each row of the design: ``id``, and a column for each axis."""
        import pandas as pd

        rows = [(row.point.id, *row.cells) for row in self.design]
        return pd.DataFrame(rows, columns=["id", *self.axes])


def _share(row: Mapping[str, Any]) -> PointShare:
    ends = None if row["low"] is None else (row["low"], row["high"])
    return PointShare(
        row["probability"], ends, row["mc_error"], row["difference"], row["difference_error"], row["variance_ratio"]
    )  # fmt: skip
