"""Prior tables: CSV files with one row per draw, beside the scenario that uses them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.base.errors import ScenarioError
from sim.base.hints import listed_names, number_meant
from sim.base.tables import MOST_BYTES as MOST_BYTES
from sim.base.tables import Rows, Unreadable, parsed, whole_file, within
from sim.base.words import counted
from sim.scenario.nodes import Node, Problems, closest, short

Column = NDArray[np.float64]
Tables = Mapping[str, Mapping[str, Column]]

KEPT_BYTES = 4_000_000
"""Of a file that is kept once it is parsed."""


def table_path(file: str, folder: Path, builtin: Path) -> Path | None:
    """Where a table is: beside the built-in scenarios, else in the scenario's folder or below."""
    for place in (builtin, folder):
        path = within(place, file)
        if path is not None and path.is_file():
            return path
    return None


def read_tables(
    parameters: Node, folder: Path, builtin: Path, problems: Problems, given: Tables
) -> tuple[Tables, dict[str, str]]:
    """The columns that the parameters' priors name, shape (rows,) each, and the digest of each file.

    :param given: tables that stand in for the files of those names.
    """
    columns: dict[str, dict[str, Column]] = {}
    digests: dict[str, str] = {}
    files: dict[Path, _File] = {}
    paths: dict[str, Path | None] = {}
    for _, parameter in parameters.items():
        prior = parameter.get("prior")
        table = prior.get("table") if prior is not None else None
        where, what = (table.get("file"), table.get("column")) if table is not None else (None, None)
        if where is None or what is None or where.text() is None or what.text() is None:
            continue
        file, name = str(where.value), str(what.value)
        if file in given:
            digests[file] = _digest(given[file])
            if name in given[file]:
                columns.setdefault(file, {})[name] = given[file][name]
            else:
                near = closest(name, given[file])
                problems.add(what, f"{file}: no column {name!r}", allowed=given[file], near=near)
            continue
        if file not in paths:
            paths[file] = table_path(file, folder, builtin)
        path = paths[file]
        if path is None:
            there = sorted(
                {p.name for place in (folder, builtin) if place.is_dir() for p in place.glob("*.csv")}
            )
            allowed = "a CSV file in the scenario's folder or below, or a built-in table"
            problems.add(where, f"no table {short(file)}", allowed=allowed, near=closest(file, there))
            continue
        try:
            if path not in files:
                files[path] = _file(path)
                digests[file] = files[path].digest
            columns.setdefault(file, {})[name] = files[path].column(name)
        except _Unusable as error:
            problems.add(what, f"{path.name}: {error}", allowed=error.allowed, near=error.near)
    return columns, digests


def columns_of(names: Mapping[str, Iterable[str]], folder: Path) -> Tables:
    """Columns of tables that were read before, from files in a folder: file -> column -> values, shape (rows,).

    :raises ScenarioError: a file that is not there, or not usable any more.
    """
    try:
        return {
            file: {name: _file(folder / file).column(name) for name in columns}
            for file, columns in names.items()
        }
    except (OSError, _Unusable) as error:
        raise ScenarioError([f"a built-in table cannot be read again: {error}"]) from None


def stand_ins(tables: Mapping[str, Mapping[str, ArrayLike]]) -> Tables:
    """Tables given as values in place of files: file -> column -> values, shape (rows,).

    :raises ScenarioError: columns of unequal length, without rows, or with numbers that are negative or not
        finite.
    """
    found: dict[str, dict[str, Column]] = {}
    for file, columns in tables.items():
        found[file] = {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
        for name, values in found[file].items():
            if values.ndim != 1 or not len(values):
                problem, allowed = f"shape {values.shape}", "one value a row, one row or more"
            elif not (np.isfinite(values) & (values >= 0)).all():
                problem, allowed = "not all usable", "finite numbers, 0 or more"
            elif len(values) != len(next(iter(found[file].values()))):
                problem, allowed = counted(len(values), "row"), "as many as the other columns"
            else:
                continue
            raise ScenarioError([f"table {file!r}, column {name!r}: {problem}; allowed: {allowed}"])
    return found


def _digest(columns: Mapping[str, Column]) -> str:
    """Digest of a table given as values: the names and float64 values of its columns, in order."""
    digest = sha256()
    for name, values in columns.items():
        digest.update(f"{name}\0{len(values)}\0".encode())
        digest.update(values.astype("<f8").tobytes())
    return digest.hexdigest()


class _Unusable(Exception):
    """A table or a column that cannot be used, and what could."""

    def __init__(self, problem: str, allowed: str, near: str | None = None) -> None:
        super().__init__(problem)
        self.allowed, self.near = allowed, near


class _File:
    """The rows of a table, and the columns that have been asked for."""

    def __init__(self, data: bytes) -> None:
        """:raises Unreadable: it is no CSV table."""
        self.digest = sha256(data).hexdigest()
        self.rows = parsed(data)
        self._columns: dict[str, Column] = {}

    def column(self, name: str) -> Column:
        """Values, shape (rows,), which cannot be written to: several scenarios may share them."""
        if name not in self._columns:
            values = _column(self.rows, name)
            values.setflags(write=False)
            self._columns[name] = values
        return self._columns[name]


_kept = lru_cache(maxsize=16)(_File)
"""Files of the same bytes are parsed once: every scenario that extends the baseline names the same five."""


def _file(path: Path) -> _File:
    try:
        data = whole_file(path, "a CSV file in UTF-8")
        return _kept(data) if len(data) <= KEPT_BYTES else _File(data)
    except Unreadable as error:
        at = f"row {error.row}: " if error.row is not None else ""
        raise _Unusable(at + error.problem, error.allowed) from None


def _column(rows: Rows, name: str) -> Column:
    if rows.header.count(name) != 1:
        many = "more than one" if name in rows.header else "no"
        near = None if name in rows.header else closest(name, rows.header)
        raise _Unusable(f"{many} column {name!r}", listed_names(rows.header), near)
    if not rows.body:
        raise _Unusable("no rows", "one row or more")
    at = rows.header.index(name)
    try:
        values = np.array([float(row[at]) for _, row in rows.body])
    except ValueError:
        values = None
    if values is None or not (np.isfinite(values) & (values >= 0)).all():
        raise _refused(rows.body, at, name)
    return values


def _refused(body: list[tuple[int, list[str]]], at: int, name: str) -> _Unusable:
    """What to say of the first cell that is not a number of the allowed kind."""
    number, cell = next((number, row[at]) for number, row in body if _number(row[at]) is None)
    meant = number_meant(cell).removesuffix(", without quotes")
    said = f"{short(cell)}; {meant}" if meant and not cell.strip().startswith("-") else short(cell)
    return _Unusable(f"row {number}, column {name!r}: {said}", "finite numbers, 0 or more")


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
