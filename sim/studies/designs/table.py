"""A table of points of one's own: a column for each axis, a row for each point.

Columns are called as the tables of a sweep call them: ``rate``, ``rate (times)``, ``settlement=comprehensive``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.base.errors import OptionError, ScenarioError
from sim.base.tables import Rows, parsed, whole_file
from sim.base.tables import Unreadable as BadTable
from sim.scenario.nodes import MOST_SHOWN
from sim.scenario.setting import Unreadable
from sim.studies.design import Axis, Cell, Table
from sim.studies.designs.axes import Column, Varied, split_column
from sim.studies.designs.places import TABLE
from sim.studies.designs.values import QUANTILE, TIMES, Levels, number, read_values
from sim.studies.prepare import Prepared

if TYPE_CHECKING:
    import pandas as pd

PASSED_OVER = ("point", "id", "error")
"""Columns that a stored table of points has beside its axes."""


@dataclass(frozen=True)
class Given:
    """A table as a user gives it."""

    label: str
    """What mistakes call it."""
    header: Sequence[str]
    rows: Iterable[tuple[int, Sequence[object]]]
    """Each with the number of its line (or row), from 1."""


def from_file(path: Path) -> Given:
    """A CSV table.

    :raises ScenarioError: a file that cannot be read or is no table.
    """
    try:
        rows: Rows = parsed(whole_file(path, "a CSV table, with a column for each axis"))
        rows.records()  # two columns of one name
    except BadTable as error:
        at = f"{path}:{error.row}" if error.row is not None else f"{path}"
        raise ScenarioError([f"{at}: {error.problem}; allowed: {error.allowed}"]) from None
    return Given(str(path), rows.header, rows.body)


def from_columns(columns: Mapping[str, Iterable[object]] | pd.DataFrame) -> Given:
    """A data frame, or columns by name.

    :raises OptionError: columns of different lengths.
    """
    by_name: Any = columns
    values = {str(name): list(by_name[name]) for name in by_name}
    if len(set(map(len, values.values()))) > 1:
        lengths = ", ".join(f"{name} {len(column)}" for name, column in values.items())
        raise OptionError(
            f"<{TABLE}>: columns of different lengths ({lengths}); allowed: as many rows in each"
        )
    return Given("table", list(values), list(enumerate(zip(*values.values(), strict=True), 1)))


def table(given: Given, base: Prepared, taken: Collection[str] = ()) -> Table:
    """The design that a table holds.

    :param taken: names of columns that the tables of a study have already.
    :raises ScenarioError: naming every problem with its line.
    """
    problems: list[str] = []
    columns: list[tuple[int, _Cells]] = []
    known = Varied(base, taken)
    for place, name in enumerate(given.header):
        if name in PASSED_OVER:
            continue
        try:
            columns.append((place, _Cells(name, known)))
        except Unreadable as error:
            problems.append(f"{given.label}:1: {name or 'a column without a name'}: {error}")
    problems += _twice(given, [cells for _, cells in columns])
    if not columns and not problems:
        problems.append(f"{given.label}:1: no column of an axis; allowed: one or more")
    made: list[tuple[Cell, ...]] = []
    for line, cells in given.rows:
        row: list[Cell] = []
        for place, column in columns:
            try:
                row.append(column.read(cells[place]))
            except Unreadable as error:
                problems.append(f"{given.label}:{line}: {column.name}: {error}")
        made.append(tuple(row))
    if not made:
        problems.append(
            f"{given.label}:1: no rows; allowed: a row for each point, under the names of columns"
        )
    if problems:
        more = len(problems) - MOST_SHOWN
        raise ScenarioError(problems[:MOST_SHOWN] + ([f"and {more} more"] if more > 0 else []))
    return Table(tuple(cells.axis for _, cells in columns), tuple(made))


def _twice(given: Given, columns: Sequence[_Cells]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for cells in columns:
        first = seen.setdefault(cells.of, cells.name)
        if first != cells.name:
            yield f"{given.label}:1: {cells.name}: {cells.of} is varied by {first} too; allowed: one of the two"


class _Cells:
    """One column: what its cells may be, each different one read once."""

    axis: Axis

    def __init__(self, name: str, known: Varied) -> None:
        """:raises Unreadable: a name that the scenario does not have."""
        self.name = name
        self.of, self._key = split_column(name)
        self._column: Column = known.column(self.of)
        self._known: dict[object, Cell] = {}

    def read(self, given: object) -> Cell:
        """A cell.

        :raises Unreadable: what is wrong with it.
        """
        if given not in self._known:
            self._known[given] = self._read(given)
        return self._known[given]

    def _read(self, given: object) -> Cell:
        text = given.strip() if isinstance(given, str) else None
        if text == "":
            raise Unreadable("an empty cell", "a value in each cell")
        values = self._numbers(given if text is None else text) if self._key else read_values([_plain(given)])
        assert isinstance(values, Levels), "one value is no range"
        if self._key is None and values.key in (TIMES, QUANTILE):
            raise Unreadable(
                f"{given}", f"numbers; a column of {values.key} is called '{self.of} ({values.key})'"
            )
        axis, taken = self._column.take(values)
        if isinstance(taken, Levels) and taken.cells != values.cells:
            raise Unreadable(f"{given}", "one value")
        if (first := getattr(self, "axis", axis)) != axis:
            raise Unreadable(f"{given}", f"{'days' if first.kind == 'day' else 'yes or no'}, as above it")
        self.axis = axis
        return values.cells[0]

    def _numbers(self, given: object) -> Levels:
        """A cell of a column of factors or quantiles."""
        assert self._key is not None, "such columns say so"
        mark = "x" if self._key == TIMES else "q"
        text = given.removeprefix(mark) if isinstance(given, str) else f"{float(given)!r}"  # type: ignore[arg-type]
        number(text)
        read = read_values([f"{mark}{text}"])
        assert isinstance(read, Levels), "one value is no range"
        return read


def _plain(given: object) -> object:
    """A cell of a file is text, whatever is meant."""
    return given.strip() if isinstance(given, str) else given
