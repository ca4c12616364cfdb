"""The files of a sweep, written point by point: nothing is held but a few points at a time.

``points.parquet`` has a row for each row of the design, ``results.parquet`` what was found, joined by ``id``;
``sweep.csv`` is the summary for a spreadsheet, ``sweep.json`` the answer in short, ``failures.csv`` what went wrong.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.results.columns import numbers, texts
from sim.results.files import write_csv, write_json
from sim.studies.design import Design, NumberAxis, Row
from sim.studies.sweep.answer import Sweep
from sim.studies.sweep.found import AT_ONCE, Found, Ids
from sim.studies.sweep.rows import COMPRESSION, RESULT_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

SUMMARY, SHORT, FAILURES = "sweep.csv", "sweep.json", "failures.csv"
ROWS = 16_384
"""Rows of the design in a row group of ``points.parquet``."""


def write_points(file: Path, design: Design) -> None:
    """Writes ``points.parquet``: ``id``, then a column for each axis, numbers as float64 and all else as text."""
    _write(file, (_points(design, rows) for rows in _some(design, ROWS)))


def write_results(file: Path, found: Found, ids: Ids) -> None:
    """Writes ``results.parquet``: the rows of points, in the order of their ids given."""
    _write(file, found.ordered(ids))


def _write(file: Path, tables: Iterable[pa.Table]) -> None:
    import pyarrow.parquet as pq

    each = iter(tables)
    first = next(each)
    with pq.ParquetWriter(file, first.schema, compression=COMPRESSION) as writer:
        writer.write_table(first)
        for table in each:
            writer.write_table(table)


def _some(design: Iterable[Row], many: int) -> Iterator[list[Row]]:
    each = iter(design)
    while rows := list(islice(each, many)):
        yield rows


def _points(design: Design, rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa

    columns = {"id": texts([row.point.id for row in rows])}
    for place, axis in enumerate(design.axes):
        cells: list[Any] = [row.cells[place] for row in rows]
        columns[axis.name] = (
            numbers(np.array(cells, np.float64))
            if isinstance(axis, NumberAxis)
            else texts(list(map(str, cells)))
        )
    return pa.table(columns)


# --- for people -----------------------------------------------------------------------------------------


def write_summary(file: Path, made: Sweep, found: Found) -> None:
    """Writes ``sweep.csv``: for each point and step a row by the date looked at and one by the horizon."""
    days = {day.isoformat() for day in (made.by, made.model.horizon)}
    names = ["id", *made.axes, *RESULT_COLUMNS, "error"]
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(names)
        for rows in _some(made.design, AT_ONCE):
            of: dict[str, list[dict[str, Any]]] = {}
            ids = unique_ids([row.point.id for row in rows])
            for result in (each for table in found.ordered(ids) for each in table.to_pylist()):
                if result["error"] is not None or result["date"] in days:
                    of.setdefault(result["id"], []).append(result)
            lines.writerows(
                [row.point.id, *row.cells, *(result[name] for name in RESULT_COLUMNS), result["error"]]
                for row in rows
                for result in of[row.point.id]
            )


def unique_ids(ids: Iterable[str]) -> Ids:
    """Ids as numbers, each once, where it comes first."""
    found = np.fromiter((int(id, 16) for id in ids), np.uint64)
    _, first = np.unique(found, return_index=True)
    return found[np.sort(first)]


def write_short(folder: Path, made: Sweep) -> None:
    """Writes ``sweep.json`` and, if there is something to say, ``failures.csv``."""
    write_json(folder / SHORT, made.answer)
    if made.failed:
        errors = dict(made.failures())
        rows = (
            (row.point.id, *row.cells, errors[row.point.id]) for row in made.design if row.point.id in errors
        )
        write_csv(folder / FAILURES, ["id", *made.axes, "error"], list(rows))
