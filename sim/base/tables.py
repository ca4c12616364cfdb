"""Files and tables of a user: read as a whole, and told what is wrong with them in one line.

Every CSV table comes through :func:`parsed`: a byte order mark and any line ends are no trouble; another encoding, a
quote that is not closed, and rows wider or narrower than the header are refused with their row.
"""

from __future__ import annotations

import csv
import io
import re
from itertools import pairwise
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from sim.base.words import counted

MOST_BYTES = 200_000_000

_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_UTF8 = "text saved as UTF-8"
_WHOLE = re.compile(r"[+-]?\d+")
_DIGITS = re.compile(r"\d+")


class Unreadable(Exception):
    """A file or a table that cannot be used: what is wrong with it, in which row (from 1), and what would be right."""

    def __init__(self, problem: str, allowed: str, row: int | None = None) -> None:
        super().__init__(problem)
        self.problem, self.allowed, self.row = problem, allowed, row

    def __str__(self) -> str:
        at = f"row {self.row}: " if self.row is not None else ""
        return f"{at}{self.problem}; allowed: {self.allowed}"


class Rows(NamedTuple):
    """A table as text: the names of its columns, and its rows with their numbers (the header is 1)."""

    header: list[str]
    body: list[tuple[int, list[str]]]

    def records(self) -> list[tuple[int, dict[str, str]]]:
        """Each row by the names of its columns, with its number.

        :raises Unreadable: two columns of one name.
        """
        twice = next((name for name in self.header if self.header.count(name) > 1), None)
        if twice is not None:
            raise Unreadable(f"more than one column {twice!r}", "each column once", 1)
        return [(number, dict(zip(self.header, cells, strict=True))) for number, cells in self.body]


def whole_file(path: Path, what: str = "a file", most: int = MOST_BYTES) -> bytes:
    """The bytes of a file that is no device and not too large.

    :raises Unreadable: it is not there, or something else.
    """
    try:
        found = path.stat()
        if S_ISDIR(found.st_mode):
            raise Unreadable("is a folder", what)
        if not S_ISREG(found.st_mode):
            raise Unreadable("is not a regular file", what)
        if found.st_size > most:
            raise Unreadable(f"{found.st_size} bytes", f"at most {most}")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise Unreadable(f"cannot be read ({said})", what) from None


def within(folder: Path, file: str) -> Path | None:
    """The path of a file in a folder or below it; ``None`` if it leads out of it."""
    try:
        path = (folder / file).resolve()
        inside = not Path(file).is_absolute() and path.is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return None
    return path if inside else None


def text_of(data: bytes) -> str:
    """Text in UTF-8, with or without a byte order mark.

    :raises Unreadable: another encoding, with the row of what is not UTF-8 and with what to do.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            raise Unreadable(f"is {name}, not UTF-8", f"{_UTF8} (save it again with that encoding)", 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row, byte = data.count(b"\n", 0, error.start) + 1, data[error.start : error.start + 1]
        problem = f"byte 0x{byte.hex()} is not UTF-8"
        if b"\0" in data[:1000]:
            problem += ", and looks like UTF-16"
        elif byte > b"\x9f":
            problem += f", and looks like {byte.decode('latin-1')!r} in Latin-1 (Windows-1252)"
        raise Unreadable(problem, f"{_UTF8} (save it again with that encoding)", row) from None
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        looks = ", as UTF-16 without a mark has" if "\0" in text[:4] else ""
        raise Unreadable(f"a zero byte{looks}", _UTF8, row)
    return text


def parsed(data: bytes) -> Rows:
    """The rows of a CSV table; empty lines are passed over.

    :raises Unreadable: it is no table.
    """
    text = text_of(data)
    if not text.strip():
        raise Unreadable("the file is empty", "a header row, and rows under it")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    first = 1
    try:
        for cells in reader:
            if cells:
                rows.append((first, cells))
            first = reader.line_num + 1
    except csv.Error as error:
        said = str(error)
        if "unexpected end" in said:
            raise Unreadable("a quote that is never closed", "quotes in pairs", first) from None
        raise Unreadable(
            f"is not comma-separated text ({said})", "quotes around whole cells", first
        ) from None
    _, header = rows[0]
    header = [name.strip() for name in header]
    _check_separator(header)
    for number, cells in rows[1:]:
        if len(cells) != len(header):
            raise _uneven(number, cells, header)
    return Rows(header, rows[1:])


def _check_separator(header: list[str]) -> None:
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise Unreadable(f"columns separated by {name}", "commas between cells, and points in numbers", 1)


def _uneven(number: int, cells: list[str], header: list[str]) -> Unreadable:
    problem = f"{counted(len(cells), 'cell')}, where the header has {len(header)}"
    bare = [cell.strip() for cell in cells]
    split = next(((a, b) for a, b in pairwise(bare) if _WHOLE.fullmatch(a) and _DIGITS.fullmatch(b)), None)
    if len(cells) > len(header) and split is not None:
        whole, part = split
        problem += f" (a decimal comma? write {whole}.{part}, not {whole},{part})"
    return Unreadable(problem, f"one cell for each of {', '.join(header[:12])}", number)
