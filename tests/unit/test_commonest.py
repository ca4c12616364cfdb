"""The commonest sequences: counted right, in bounded memory, whatever the blocks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.estimates.commonest import KEPT, PERIOD, Commonest


def rows_of(n: int, columns: int, codes: int, seed: int = 3) -> NDArray[np.int64]:
    """Random sequences of random lengths; low codes are the more frequent ones."""
    generator = np.random.default_rng(seed)
    rows = (generator.random((n, columns)) ** 3 * codes).astype(np.int64)
    rows[np.arange(columns) >= generator.integers(0, columns + 1, (n, 1))] = -1
    return rows


def truth(rows: NDArray[np.int64]) -> list[tuple[tuple[int, ...], int]]:
    counts = Counter(tuple(int(code) for code in row if code >= 0) for row in rows)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


@pytest.mark.parametrize(("columns", "codes"), [(3, 4), (11, 30), (20, 300)], ids=["packed", "long", "bytes"])
def test_counts_and_order_are_those_of_plain_counting(columns: int, codes: int) -> None:
    rows = rows_of(5000, columns, codes)
    counted = Commonest(columns, codes)
    counted.add(rows)
    assert list(counted.top(40)) == truth(rows)[:40]
    assert counted.missed == 0


@pytest.mark.parametrize("columns", [4, 20])
def test_blocks_do_not_matter_although_little_is_kept(columns: int) -> None:
    rows = rows_of(6000, columns, 12)
    whole = Commonest(columns, 12, period=1000, kept=50)
    whole.add(rows)
    assert whole.missed > 0
    for block in (1, 7, 999, 4096):
        parts = Commonest(columns, 12, period=1000, kept=50)
        for at in range(0, len(rows), block):
            parts.add(rows[at : at + block])
        assert list(parts.top(60)) == list(whole.top(60))
        assert parts.missed == whole.missed


def test_the_rarest_go_when_a_period_is_full_and_not_before() -> None:
    counted = Commonest(1, 6, period=4, kept=1)
    counted.add(np.array([[0], [1], [2]]))
    assert len(list(counted.top(9))) == 3
    counted.add(np.array([[1]]))
    assert list(counted.top(9)) == [((1,), 2)]
    assert counted.missed == 1


def test_unless_told_otherwise_nothing_goes_in_the_first_quarter_million_rows() -> None:
    counted = Commonest(1, 70_000)
    for _ in range(3):
        counted.add(np.arange(70_000)[:, np.newaxis])
    assert counted.missed == 0
    assert next(counted.top(1)) == ((0,), 3)
    counted.add(np.zeros((PERIOD - 210_000, 1), np.int64))
    assert counted.missed == 3
    assert len(list(counted.top(70_000))) == KEPT


def test_a_count_is_too_low_by_no_more_than_it_says() -> None:
    rows = rows_of(20_000, 4, 6)
    counted = Commonest(4, 6, period=500, kept=30)
    counted.add(rows)
    assert counted.missed > 0
    real = dict(truth(rows))
    for codes, count in counted.top(30):
        assert real[codes] - counted.missed <= count <= real[codes]
    assert len(list(counted.top(10**6))) <= 30 + 500


def test_few_sequences_are_counted_right_however_many_rows() -> None:
    rows = rows_of(PERIOD + 1000, 3, 4)
    counted = Commonest(3, 4)
    counted.add(rows)
    assert counted.missed == 0
    assert sum(count for _, count in counted.top(KEPT)) == len(rows)
