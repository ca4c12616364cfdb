"""References to named tuples in compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numba import TypingError

from sim.base.compiled import by_reference, compiled
from sim.model.model import Floats


class Pair(NamedTuple):
    numbers: Floats
    place: int


@compiled
def _sum(pair: Pair) -> float:
    total = 0.0
    for i in range(len(pair.numbers)):
        pair.numbers[i] += 1.0
        total += pair.numbers[pair.place]
    return total


@compiled
def sum_by_reference(pair: Pair) -> float:
    return _sum(by_reference(pair))


@compiled
def one_after_another(rows: Floats, out: Floats) -> None:
    for i in range(len(rows)):
        pair = by_reference(Pair(rows[i], i))
        out[i] = pair.numbers[pair.place]


@compiled
def misspelt(pair: Pair) -> int:
    return by_reference(pair).plcae  # type: ignore[attr-defined, no-any-return]  # on purpose


def test_what_happens_to_an_array_is_seen() -> None:
    numbers = np.array([1.0, 5.0, 2.0])
    assert sum_by_reference(Pair(numbers, 1)) == 5.0 + 6.0 + 6.0
    assert numbers.tolist() == [2.0, 6.0, 3.0]


def test_each_turn_of_a_loop_has_its_own() -> None:
    rows, out = np.arange(10_000.0).reshape(100, 100), np.zeros(100)
    one_after_another(rows, out)
    assert out.tolist() == rows.diagonal().tolist()


def test_an_unknown_field_does_not_compile() -> None:
    with pytest.raises(TypingError, match="plcae"):
        misspelt(Pair(np.zeros(1), 0))
