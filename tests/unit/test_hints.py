"""What somebody probably meant by a number, a date, a table or text, and what reaches a terminal."""

from __future__ import annotations

import io

import pytest

from sim.base.hints import date_meant, near_name, number_meant, offer
from sim.base.tables import Unreadable, parsed, text_of
from sim.base.terminal import Screen, shown


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0,05", "write 0.05, with a point, not a comma"),
        ("5%", "write 0.05"),
        ("0,5 %", "write 0.005"),
        ("2‰", "write 0.002"),
        ("0.05", "write 0.05, without quotes"),
        ("1,000", "write 1000, without marks, or 1 if the comma is a decimal one"),
        ("1.000,5", "write 1000.5"),
        ("1/20", "write 0.05"),
        ("0.05 per year", "write the number alone, 0.05"),
        ("often", ""),
        ("inf", ""),
        ("0.01 to 0.1", ""),
    ],
)
def test_numbers(text: str, meant: str) -> None:
    assert number_meant(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("06/01/2028", "write 2028-01-06 if the day stands first, 2028-06-01 if the month does"),
        ("13/06/2028", "write 2028-06-13"),
        ("06/13/2028", "write 2028-06-13"),
        ("5.5.2028", "write 2028-05-05"),
        ("2028-6-1", "write 2028-06-01"),
        ("20280601", "write 2028-06-01"),
        ("June 1st, 2028", "write 2028-06-01"),
        ("June 2028", "write 2028-06-01, or another day of that month"),
        ("2028", "write 2028-01-01, or another day of that year"),
        ("2028-06-01", "write 2028-06-01 without quotes"),
        ("2028-06-01T12:00", "write 2028-06-01, without the time"),
        ("2028-02-30", ""),
        ("soon", ""),
    ],
)
def test_dates(text: str, meant: str) -> None:
    assert date_meant(text) == meant


def test_the_nearest_name_stands_first_and_long_lists_are_cut() -> None:
    names = [f"name_{i}" for i in range(30)]
    assert offer(names, near_name("name_29x", names)).startswith(
        "; did you mean 'name_29'? allowed: name_0, "
    )
    assert offer(names).endswith("name_9, … (30 in all)")
    assert offer([]) == "; allowed: none is defined"
    assert offer(None) == ""


@pytest.mark.parametrize(
    ("data", "row", "problem"),
    [
        (b"a,b\n1,2\n0,1,2\n", 3, "3 cells, where the header has 2 (a decimal comma? write 0.1, not 0,1)"),
        (b"a,b\n1\n", 2, "1 cell, where the header has 2"),
        (b"a;b\n1;2\n", 1, "columns separated by semicolons"),
        (b'a\n"1\n', 2, "a quote that is never closed"),
        (b"", None, "the file is empty"),
        ("a\n1\n".encode("utf-16"), 1, "is UTF-16, not UTF-8"),
        (
            "a\nKöln\n".encode("latin-1"),
            2,
            "byte 0xf6 is not UTF-8, and looks like 'ö' in Latin-1 (Windows-1252)",
        ),
    ],
)
def test_tables_that_are_none(data: bytes, row: int | None, problem: str) -> None:
    with pytest.raises(Unreadable) as raised:
        parsed(data)
    assert (raised.value.row, raised.value.problem) == (row, problem)


def test_tables_as_programs_write_them() -> None:
    read = parsed(b'\xef\xbb\xbfa,b\r\n\r\n1,"2\r\n3"\r\n4,5\r\n')
    assert read.header == ["a", "b"]
    assert [number for number, _ in read.body] == [3, 5]
    assert read.records()[1] == (5, {"a": "4", "b": "5"})
    with pytest.raises(Unreadable, match="more than one column 'a'"):
        parsed(b"a,a\n1,2\n").records()
    assert text_of(b"\xef\xbb\xbfx") == "x"


def test_nothing_steers_a_terminal() -> None:
    assert shown("a\x1b[31mb\x07\x9b\u202e\tc\n") == "a\\x1b[31mb\\x07\\x9b\\u202e\tc\n"
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", newline="")
    Screen(narrow).write("→ ü")
    narrow.flush()
    assert narrow.buffer.getvalue() == b"\\u2192 \xfc"  # type: ignore[attr-defined]
