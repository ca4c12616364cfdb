"""Reads ``seeds/``: the facts that seed the model, each row with its source and confidence.

What a table looks like is data (``columns.TABLES``); one loop checks every cell. A table that breaks a rule
raises :class:`~sim.base.errors.FactsError` naming file, line and column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from sim.base.data import data_folder
from sim.base.errors import FactsError, nearest
from sim.base.tables import Unreadable, parsed
from sim.facts.aliases import meant, proposal
from sim.facts.cells import KINDS, Days, Names, bounds, country_problem
from sim.facts.columns import TABLES, Column, Table

NATO = "NATO"


@dataclass(frozen=True, eq=False)
class Row(Mapping[str, str]):
    """One row of a table: text by column, and days and numbers as such.

    ``number`` is its line in ``file`` (the header is line 1).
    """

    file: str
    number: int
    cells: Mapping[str, str] = field(repr=False)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def days(self, column: str) -> Days:
        """The first and last day that a date can mean.

        :raises FactsError: the cell is empty or no date.
        """
        try:
            return bounds(self[column])
        except ValueError as problem:
            raise FactsError(self.file, self.number, column, str(problem)) from None

    def day(self, column: str) -> date:
        """The day that a date stands for: itself, or the middle of its month or year; errors as :meth:`days`."""
        return self.days(column).middle

    def day_if_any(self, column: str) -> date | None:
        """The same; None for an empty cell."""
        return self.day(column) if self[column] else None

    def value(self, column: str) -> float:
        """A number.

        :raises FactsError: the cell is empty or no number.
        """
        try:
            return float(self[column])
        except ValueError:
            raise FactsError(self.file, self.number, column, f"{self[column]!r} is not a number.") from None


@dataclass(frozen=True)
class Member:
    """A member of an organisation.

    ``left`` is None while it is one, ``recognised`` if it does not recognise Kosovo.
    """

    iso3: str
    name: str
    joined: date
    left: date | None
    recognised: date | None
    source: str
    confidence: str


@dataclass(frozen=True)
class Facts:
    """Everything in ``seeds/``; ``digest`` is the SHA-256 (hex) of all tables' bytes, ordered by name."""

    members: tuple[Member, ...]
    tables: Mapping[str, tuple[Row, ...]]
    digest: str
    countries: frozenset[str]
    own: Mapping[str, Path] = field(default_factory=dict, kw_only=True)
    """Table -> file of those that are not the built-in ones."""

    def members_on(self, day: date, of: str = NATO) -> tuple[Member, ...]:
        """The members of an organisation on one day, in the file's order.

        Who joins or leaves on that day counts as changed.

        :param of: NATO, or an organisation of ``memberships.csv``; of another one nobody is a member.
        """
        members = self.members if of == NATO else self._members_of(of)
        return tuple(m for m in members if m.joined <= day and (m.left is None or day < m.left))

    def _members_of(self, organisation: str) -> tuple[Member, ...]:
        """Every membership of an organisation, spell by spell."""
        recognised = {row["state"]: row for row in self.tables["recognitions"]}
        return tuple(
            Member(
                iso3=row["country"],
                name=self.country_name(row["country"]),
                joined=row.day("joined"),
                left=row.day_if_any("left"),
                recognised=recognised[row["country"]].day("recognised")
                if row["country"] in recognised
                else None,
                source=row["source"],
                confidence=row["confidence"],
            )
            for row in self.tables["memberships"]
            if row["organisation"] == organisation
        )

    def member(self, iso3: str) -> Member:
        """One ally by code. Raises FactsError, with the nearest code, if there is none."""
        for member in self.members:
            if member.iso3 == iso3:
                return member
        names = {m.iso3: m.name for m in self.members}
        near = proposal(meant(iso3, names), names)
        hint = f" Did you mean {near}?" if near else ""
        raise FactsError("members.csv", None, "iso3", f"{iso3!r} is not a member.{hint}")

    def country_name(self, iso3: str) -> str:
        """Short English name of a country code. Raises FactsError, with the nearest code, if unknown."""
        if problem := country_problem(iso3, self._country_names):
            raise FactsError("countries.csv", None, "iso3", problem)
        return self._country_names[iso3]

    @cached_property
    def _country_names(self) -> Mapping[str, str]:
        return _names(self.tables["countries"])

    def low_confidence(self) -> tuple[Row, ...]:
        """Rows of all tables whose ``confidence`` is low, by table name and line."""
        rows = (row for name in sorted(self.tables) for row in self.tables[name])
        return tuple(row for row in rows if row["confidence"] == "low")


def _problem(text: str, column: Column, names: Names) -> str:
    if not text.strip():
        return "must not be empty." if column.required else ""
    if not column.allowed:
        return KINDS[column.kind](text, names)
    if text in column.allowed:
        return ""
    return f"{text!r} is not one of {', '.join(column.allowed)}.{nearest(text, column.allowed)}"


def _check_header(file: str, header: list[str], columns: Mapping[str, Column]) -> None:
    for name in header:
        if name not in columns:
            raise FactsError(file, 1, name, f"unexpected column.{nearest(name, columns)}")
    for name in columns:
        if header.count(name) != 1:
            problem = "column is missing." if name not in header else "column is there more than once."
            raise FactsError(file, 1, name, problem)


def _check_row(row: Row, table: Table, names: Names) -> None:
    for name, column in table.columns.items():
        if problem := _problem(row[name], column, names):
            raise FactsError(row.file, row.number, name, problem)
    for earlier, later in table.order:
        if row[earlier] and row[later] and row.days(later).last < row.days(earlier).first:
            raise FactsError(
                row.file, row.number, later, f"{row[later]} lies before {earlier}, which is {row[earlier]}."
            )
    for end, seen in table.either:
        if row[end] and row[seen]:
            raise FactsError(row.file, row.number, seen, f"must be empty where {end} is not.")
        if not row[end] and not row[seen]:
            problem = f"must not be empty where {end} is: the last day on which there was none yet."
            raise FactsError(row.file, row.number, seen, problem)


def _read(file: str, content: bytes, table: Table, names: Names) -> tuple[Row, ...]:
    """Rows of one table, checked; ``names`` are those of the known countries by code."""
    try:
        header, lines = parsed(content)
    except Unreadable as error:
        raise FactsError(file, error.row, None, f"{error.problem}; allowed: {error.allowed}.") from None
    _check_header(file, header, table.columns)
    rows: list[Row] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in lines:
        row = Row(file, number, dict(zip(header, cells, strict=True)))
        _check_row(row, table, names)
        first = seen.setdefault(tuple(row[column] for column in table.key), number)
        if first != number:
            raise FactsError(file, number, ", ".join(table.key), f"repeats row {first}.")
        rows.append(row)
    return tuple(rows)


def _names(countries: Iterable[Row]) -> dict[str, str]:
    return {row["iso3"]: row["name"] for row in countries}


def _member(row: Row) -> Member:
    return Member(
        iso3=row["iso3"],
        name=row["name"],
        joined=row.day("joined"),
        left=row.day_if_any("left"),
        recognised=row.day_if_any("recognised_kosovo"),
        source=row["source"],
        confidence=row["confidence"],
    )


def facts_dir() -> Path:
    """Where the tables live: inside an installed wheel, else beside the package in a checkout."""
    return data_folder("seeds")


def load_facts(directory: Path | None = None, over: Path | None = None) -> Facts:
    """All tables of ``directory`` (default: :func:`facts_dir`, read once), checked.

    :param over: a folder of one's own: its tables take the place of those of the same name.
    :raises FactsError: with file, line and column of the first thing that is wrong.
    """
    if directory is not None or over is not None:
        return _load(directory or facts_dir(), over)
    return _load_default() if _chosen is None else _chosen


_chosen: Facts | None = None
"""What a command has laid over the built-in facts."""


def choose_facts(over: Path | Facts | None) -> None:
    """Which tables ``load_facts()`` lays over the built-in ones from now on, in this process; or all that it is.

    :raises FactsError: they cannot be used.
    """
    global _chosen
    _chosen = _load(facts_dir(), over) if isinstance(over, Path) else over


@contextmanager
def facts_over(over: Path | None) -> Iterator[None]:
    """Lays tables over the built-in facts as long as it lasts, in this process; None leaves all as it is.

    :raises FactsError: they cannot be used.
    """
    global _chosen
    before = _chosen
    if over is not None:
        choose_facts(over)
    try:
        yield
    finally:
        _chosen = before


@cache
def _load_default() -> Facts:
    return _load(facts_dir())


def _own_tables(over: Path) -> dict[str, Path]:
    """Name -> file of the tables in a folder of one's own.

    :raises FactsError: no folder, no table in it, or a table that there is not.
    """
    if not over.is_dir():
        raise FactsError(over, None, None, "is no folder; allowed: a folder with tables such as members.csv.")
    found = {file.stem: file for file in sorted(over.glob("*.csv"))}
    for name in found:
        if name not in TABLES:
            raise FactsError(f"{name}.csv", None, None, f"no such table.{nearest(name, TABLES)}")
    if not found:
        raise FactsError(
            over, None, None, f"no table in it; allowed: {', '.join(f'{n}.csv' for n in TABLES)}."
        )
    return found


def _load(directory: Path, over: Path | None = None) -> Facts:
    own = _own_tables(over) if over is not None else {}
    contents: dict[str, bytes] = {}
    for name in sorted(TABLES):
        path = own.get(name, directory / f"{name}.csv")
        try:
            contents[name] = path.read_bytes()
        except OSError as error:
            raise FactsError(path, None, None, f"cannot be read in {directory}: {error.strerror}.") from None
    names = _names(_read("countries.csv", contents["countries"], TABLES["countries"], {}))
    tables = {name: _read(f"{name}.csv", contents[name], TABLES[name], names) for name in contents}
    return Facts(
        members=tuple(_member(row) for row in tables["members"]),
        tables=tables,
        digest=hashlib.sha256(b"".join(contents.values())).hexdigest(),
        countries=frozenset(names),
        own=own,
    )
