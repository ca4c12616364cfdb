"""Columns of Parquet files are what pyarrow makes of the same values, without what it loads for that."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sim.results.columns import days, floats, named, numbers, texts
from sim.results.files import write_csv


@pytest.mark.parametrize("kind", ["int8", "int16", "int64", "uint64", "float64"])
def test_numbers_with_and_without_gaps(kind: str) -> None:
    values = np.arange(40).reshape(20, 2).astype(kind)[:, 1]  # not one after another in memory
    gaps = values % 3 == 0
    assert numbers(values).equals(pa.array(values))
    column = numbers(values, gaps)
    assert column.equals(pa.array(values, mask=gaps))
    assert column.null_count == gaps.sum()
    column.validate(full=True)


def test_text_dates_and_categories() -> None:
    words = ["", "Türkiye", "a"]
    assert texts(words).equals(pa.array(words))
    when = [date(1969, 12, 31), date(1970, 1, 1), date(2056, 12, 1)]
    assert days(when).equals(pa.array(when, pa.date32()))
    codes, gaps = np.array([2, 0, 1, 1], np.int16), np.array([False, False, False, True])
    assert named(codes, words, gaps).to_pylist() == ["a", "", "Türkiye", None]
    assert texts([]).equals(pa.array([], pa.string()))


def test_floats_come_back_from_any_part_of_a_column() -> None:
    values = np.linspace(0.0, 1.0, 9)
    whole = pa.chunked_array([pa.array(values[:4]), pa.array(values[4:])])
    assert floats(whole).tolist() == values.tolist()
    assert floats(whole.slice(2, 5)).tolist() == values[2:7].tolist()


def test_a_table_has_every_digit_and_empty_cells(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ("a", "b"), [("x, y", 0.1 + 0.2), (None, float("nan")), ("z", 1e-07)])
    assert (tmp_path / "a.csv").read_bytes() == b'a,b\n"x, y",0.30000000000000004\n,\nz,1e-07\n'
