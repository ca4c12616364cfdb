"""Reads ``seeds/``: the facts that seed the model, each row with its source and confidence.

What a table looks like is data (:data:`TABLES`); one loop checks every cell. A table that breaks a rule
raises :class:`~sim.base.errors.FactsError` naming file, line and column.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from sim.base.data import data_folder
from sim.base.errors import FactsError, nearest

Names = Mapping[str, str]  # country code -> short English name
CONFIDENCES = ("high", "medium", "low")


@dataclass(frozen=True)
class Column:
    """What the cells of one column may hold: a kind of :data:`_KINDS`, or one of the words ``allowed``."""

    kind: str
    required: bool
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """What one file must hold.

    ``key`` names the columns that make a row unique; of each pair in ``order`` the second column may not
    lie before the first.
    """

    columns: Mapping[str, Column]
    key: tuple[str, ...]
    order: tuple[tuple[str, str], ...] = ()


def _table(
    key: str,
    order: tuple[tuple[str, str], ...] = (),
    words: Mapping[str, tuple[str, ...]] | None = None,
    **kinds: str,
) -> Table:
    """A table from its columns by kind (``!`` marks a column that is never empty) and its columns of words.

    Every table also has a source, a confidence and a note.
    """
    columns = {"source": Column("text", True), "confidence": Column("word", True, CONFIDENCES)}
    columns["note"] = Column("text", False)
    columns |= {name: Column("word", True, allowed) for name, allowed in (words or {}).items()}
    for kind, names in kinds.items():
        columns |= {name.removesuffix("!"): Column(kind, name.endswith("!")) for name in names.split()}
    return Table(columns, tuple(key.split()), order)


_MILESTONES = (
    "independence application_pfp pfp ipap intensified_dialogue map_requested map membership_applied "
    "invitation protocol_signed acceded suspended withdrawn"
)

TABLES: dict[str, Table] = {
    "countries": _table("iso3", code="iso3!", text="name!"),
    "members": _table(
        "iso3",
        order=(("joined", "left"), ("last_election", "next_election")),
        words={
            "eu_member": ("yes", "no"),
            "parliament": ("unicameral", "bicameral"),
            "elections_confidence": CONFIDENCES,
        },
        country="iso3!",
        text="name!",
        day="joined! left recognised_kosovo",
        date="last_election! next_election!",
        number="population_millions! term_years!",
    ),
    "elections": _table(
        "country kind date status",
        words={"kind": ("parliament", "inauguration"), "status": ("held", "expected", "latest")},
        country="country!",
        date="date!",
    ),
    "council_meetings": _table(
        "date kind",
        words={"kind": ("summit", "foreign_ministers", "special")},
        date="date!",
        text="place! decisions",
    ),
    "holdout_evidence": _table(
        "iso3 date event",
        words={
            "direction": ("-2", "-1", "0", "1", "2"),
            "gate_relevance": ("recognition", "practical", "pfp", "nato", "coe", "eu"),
        },
        country="iso3!",
        date="date!",
        text="event!",
    ),
    "kosovo_facts": _table("date fact", date="date!", text="fact! unit", number="value"),
    "recognitions": _table(
        "state", order=(("recognised", "withdrawn"),), country="state!", date="recognised! withdrawn"
    ),
    "milestones": _table(
        "country milestone date",
        words={"milestone": tuple(_MILESTONES.split())},
        country="country!",
        date="date",
    ),
    "protocols": _table(
        "protocol",
        order=(("invited", "signed"), ("signed", "entry_into_force"), ("entry_into_force", "acceded")),
        country="candidate!",
        text="protocol! candidate_name!",
        day="invited! signed! entry_into_force! acceded!",
        number="members_ratifying!",
    ),
    "ratifications": _table(
        "protocol member",
        order=(
            ("approved", "deposited"),
            ("signed", "deposited"),
            ("not_before", "not_after"),
            ("signed", "not_before"),
        ),
        country="candidate! member!",
        text="protocol!",
        day="signed!",
        date="approved deposited not_before not_after",
    ),
    "blocks": _table(
        "organisation candidate blocker gate start",
        order=(("start", "end"),),
        words={"kind": ("recognition", "identity", "conditions", "caution", "leverage")},
        country="candidate!",
        countries="blocker",
        text="organisation! gate! decision! reason! resolved_by",
        date="start! end",
    ),
    "applications_consensus_orgs": _table(
        "organisation",
        order=(("applied", "decided"),),
        text="organisation! outcome! rule vote_GRC vote_ROU vote_SVK vote_ESP",
        date="applied decided",
        number="votes_for votes_against abstentions",
    ),
    "settlements": _table(
        "dispute",
        order=(("start", "end"), ("talks", "end")),
        words={
            "kind_of_end": ("settlement", "normalisation", "absorption", "lapse", "open"),
            "left_state": ("yes", "no"),
            "no_war": ("yes", "no"),
            "membership": ("yes", "no"),
            "similar": ("target", "close", "partial", "distant"),
        },
        text="dispute! parties! family!",
        date="start! talks end",
    ),
    "votes": _table(
        "country date body",
        words={"kind": ("state", "delegates", "council"), "vote": ("for", "abstain", "against")},
        country="country!",
        date="date!",
        text="body!",
    ),
    "covariates": _table(
        "covariate country start",
        order=(("start", "end"),),
        words={
            "covariate": ("washington", "north", "settlement", "government"),
            "state": ("engaged", "crisis", "interim", "softer", "harder"),
        },
        country="country",
        date="start! end",
        number="share!",
    ),
    "normalisations": _table(
        "settlement country",
        order=(("settled", "recognised"),),
        country="country!",
        text="settlement!",
        day="settled!",
        date="recognised",
    ),
}


@dataclass(frozen=True, eq=False)
class Row(Mapping[str, str]):
    """One row of a table as text by column; ``number`` is its line in ``file`` (the header is line 1)."""

    file: str
    number: int
    cells: Mapping[str, str] = field(repr=False)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)


@dataclass(frozen=True)
class Member:
    """One ally; ``left`` is None while it is a member, ``recognised`` if it does not recognise Kosovo."""

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

    def members_on(self, day: date) -> tuple[Member, ...]:
        """The allies on one day, in the file's order; who joins or leaves on that day counts as changed."""
        return tuple(m for m in self.members if m.joined <= day and (m.left is None or day < m.left))

    def member(self, iso3: str) -> Member:
        """One ally by code. Raises FactsError, with the nearest code, if there is none."""
        for member in self.members:
            if member.iso3 == iso3:
                return member
        hint = nearest(iso3.upper(), (m.iso3 for m in self.members))
        raise FactsError("members.csv", None, "iso3", f"{iso3!r} is not a member.{hint}")

    def country_name(self, iso3: str) -> str:
        """Short English name of a country code. Raises FactsError, with the nearest code, if unknown."""
        names = _names(self.tables["countries"])
        if problem := _country(iso3, names):
            raise FactsError("countries.csv", None, "iso3", problem)
        return names[iso3]

    def low_confidence(self) -> tuple[Row, ...]:
        """Rows of all tables whose ``confidence`` is low, by table name and line."""
        rows = (row for name in sorted(self.tables) for row in self.tables[name])
        return tuple(row for row in rows if row["confidence"] == "low")


def bounds(text: str) -> tuple[date, date]:
    """First and last day that ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` can mean; ValueError for other text."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        raise ValueError(f"{text!r} is not a date of the form YYYY, YYYY-MM or YYYY-MM-DD.")
    parts = [int(part) for part in text.split("-")]
    try:
        first = date(*[*parts, 1, 1][:3])
    except ValueError:
        raise ValueError(f"{text!r} is not a date of the calendar.") from None
    month = parts[1] if len(parts) > 1 else 12
    last_day = parts[2] if len(parts) > 2 else monthrange(first.year, month)[1]
    return first, date(first.year, month, last_day)


def _country(text: str, names: Names) -> str:
    if text in names:
        return ""
    named = sorted(
        code for code, name in names.items() if text and name.casefold().startswith(text.casefold())
    )
    alike = [code for code in names if code[0] == text[:1].upper()]
    hint = nearest(named[0], named) if named else nearest(text.upper(), alike)
    return f"{text!r} is not a country code (ISO 3166 alpha-3, or XKX).{hint}"


def _countries(text: str, names: Names) -> str:
    return next(filter(None, (_country(code, names) for code in text.split(";"))), "")


def _date(text: str, names: Names) -> str:
    try:
        bounds(text)
    except ValueError as problem:
        return str(problem)
    return ""


def _day(text: str, names: Names) -> str:
    return _date(text, names) or ("" if len(text) == 10 else f"{text!r} must be a full day, YYYY-MM-DD.")


def _number(text: str, names: Names) -> str:
    return "" if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else f"{text!r} is not a number of zero or more."


def _code(text: str, names: Names) -> str:
    return "" if re.fullmatch(r"[A-Z]{3}", text) else f"{text!r} is not three capital letters."


def _text(text: str, names: Names) -> str:
    return ""


# Kind of cell -> what is wrong with a cell that is not empty ("" if nothing).
_KINDS: dict[str, Callable[[str, Names], str]] = {
    "text": _text,
    "code": _code,
    "country": _country,
    "countries": _countries,
    "date": _date,
    "day": _day,
    "number": _number,
}


def _problem(text: str, column: Column, names: Names) -> str:
    if not text.strip():
        return "must not be empty." if column.required else ""
    if not column.allowed:
        return _KINDS[column.kind](text, names)
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
        if row[earlier] and row[later] and bounds(row[later])[1] < bounds(row[earlier])[0]:
            raise FactsError(
                row.file, row.number, later, f"{row[later]} lies before {earlier}, which is {row[earlier]}."
            )


def _read(file: str, content: bytes, table: Table, names: Names) -> tuple[Row, ...]:
    """Rows of one table, checked; ``names`` are those of the known countries by code."""
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
        lines, number = [], 1
        for cells in reader:
            lines.append((number, cells))
            number = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise FactsError(file, content[: error.start].count(b"\n") + 1, None, "is not UTF-8.") from None
    except csv.Error as error:
        raise FactsError(file, reader.line_num, None, f"is not comma-separated text: {error}.") from None
    header = lines[0][1] if lines else []
    _check_header(file, header, table.columns)
    rows: list[Row] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise FactsError(file, number, None, f"has {len(cells)} cells, the header has {len(header)}.")
        row = Row(file, number, dict(zip(header, cells, strict=True)))
        _check_row(row, table, names)
        first = seen.setdefault(tuple(row[column] for column in table.key), number)
        if first != number:
            raise FactsError(file, number, ", ".join(table.key), f"repeats row {first}.")
        rows.append(row)
    return tuple(rows)


def _names(countries: Iterable[Row]) -> dict[str, str]:
    return {row["iso3"]: row["name"] for row in countries}


def _day_or_none(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _member(row: Row) -> Member:
    return Member(
        iso3=row["iso3"],
        name=row["name"],
        joined=date.fromisoformat(row["joined"]),
        left=_day_or_none(row["left"]),
        recognised=_day_or_none(row["recognised_kosovo"]),
        source=row["source"],
        confidence=row["confidence"],
    )


def facts_dir() -> Path:
    """Where the tables live: inside an installed wheel, else beside the package in a checkout."""
    return data_folder("seeds")


def load_facts(directory: Path | None = None) -> Facts:
    """All tables of ``directory`` (default: :func:`facts_dir`, read once), checked.

    Raises FactsError with file, line and column of the first thing that is wrong.
    """
    return _load(directory) if directory is not None else _load_default()


@cache
def _load_default() -> Facts:
    return _load(facts_dir())


def _load(directory: Path) -> Facts:
    contents: dict[str, bytes] = {}
    for name in sorted(TABLES):
        path = directory / f"{name}.csv"
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
    )
