"""Records as JSON, and back into the same types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as day
from pathlib import Path
from typing import Generic, TypeVar

import pytest

from sim.base.errors import RunError
from sim.base.records import plain, read, text, typed


@dataclass(frozen=True)
class Inner:
    date: day
    share: float
    ends: tuple[float, float] | None
    said: str | None = None


@dataclass(frozen=True)
class Refused:
    refused: str


T = TypeVar("T")


@dataclass(frozen=True)
class Row(Generic[T]):
    cells: tuple[T, ...]
    first: T


@dataclass(frozen=True)
class Outer:
    name: str
    parts: tuple[Inner, ...]
    by_name: Mapping[str, int | None]
    answer: Inner | Refused
    row: Row[Inner]
    sure: bool = False


INNER = Inner(day(2030, 12, 31), 0.1, (0.0, 1 / 3))
OUTER = Outer(
    "é",
    (INNER, Inner(day(2031, 1, 1), 0, None, "late")),
    {"a": 1, "b": None},
    Refused("too large"),
    Row((), INNER),
)


def test_keys_stand_in_the_order_of_fields_and_defaults_are_left_out() -> None:
    assert plain(INNER) == {"date": "2030-12-31", "share": 0.1, "ends": [0.0, 1 / 3]}
    assert list(json.loads(text(OUTER))) == ["name", "parts", "by_name", "answer", "row"]
    assert "é" in text(OUTER)


@pytest.mark.parametrize(
    "record",
    [INNER, OUTER, Outer("x", (), {}, INNER, Row((INNER,), INNER), sure=True)],
    ids=lambda r: type(r).__name__,
)
def test_there_and_back_is_the_same_record_and_the_same_text(record: Inner | Outer) -> None:
    back = typed(type(record), json.loads(text(record)))
    assert back == record
    assert text(back) == text(record)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"date": "2030-12-31", "share": 0.1}, "Inner: ends is missing"),
        ({"date": "2030-12-31", "share": 0.1, "ends": None, "end": 1}, "Inner: end is not known"),
        ({"date": "soon", "share": 0.1, "ends": None}, "soon"),
        ({"date": "2030-12-31", "share": True, "ends": None}, r"Inner\.share: 'True' where float"),
        ({"date": "2030-12-31", "share": 0.1, "ends": [1.0]}, r"Inner\.ends: 1 values, not 2"),
        ([], r"Inner: '\[\]' where Inner"),
    ],
)
def test_data_of_another_form_are_refused_by_place(wrong: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        typed(Inner, wrong)


def test_no_number_that_is_not_finite_is_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        text(Inner(day(2030, 1, 1), float("nan"), None))
    with pytest.raises(TypeError, match="set has no form"):
        plain({1})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "inner.json"
    with pytest.raises(RunError, match=r"no inner\.json there"):
        read(file, Inner)
    file.write_text("{")
    with pytest.raises(RunError, match=r"inner\.json: cannot be read"):
        read(file, Inner)
    file.write_text(text(INNER))
    assert read(file, Inner) == INNER
