"""The commonest of many sequences, counted in bounded memory.

The number of distinct paths grows with the number of trajectories without end (about with its square root), so
not all can be kept. After every ``PERIOD`` rows, wherever blocks begin and end, only the ``KEPT`` most frequent
stay. The count of a sequence is exact as long as no more than ``KEPT`` are there at such a point; after that it
may be too low, by ``missed`` at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

PERIOD = 1 << 18
KEPT = 1 << 16
_MOST_PACKED = 2**62

Key = int | bytes
"""A row of codes as one number, or as bytes if it is too long; both are in the order of the rows."""


class Commonest:
    """Counts rows of codes.

    :param columns: codes of a row, at most; :param codes: number of different codes, 0 to ``codes`` - 1.
    """

    def __init__(self, columns: int, codes: int, period: int = PERIOD, kept: int = KEPT) -> None:
        self._columns, self._base, self._period, self._kept = columns, codes + 1, period, kept
        self._packed = self._base**columns < _MOST_PACKED
        self._counts: Counter[Key] = Counter()
        self._rows = 0
        self.missed = 0
        """No count is too low by more than this, and none is too high."""

    def add(self, rows: NDArray[np.int64]) -> None:
        """Takes in rows [n, columns] of codes, -1 after the last code of a shorter one."""
        while len(rows):
            room = self._period - self._rows % self._period
            part, rows = rows[:room], rows[room:]
            self._counts.update(self._distinct(part + 1))
            self._rows += len(part)
            if self._rows % self._period == 0:
                self._prune()

    def _distinct(self, digits: NDArray[np.int64]) -> dict[Key, int]:
        """Counts of the keys of rows whose codes begin at 1."""
        if not self._packed:
            distinct, count = np.unique(digits, axis=0, return_counts=True)
            keys = [row.tobytes() for row in distinct.astype(">u2")]
            return dict(zip(keys, count.tolist(), strict=True))
        packed = np.zeros(len(digits), np.int64)
        for column in range(self._columns):
            packed = packed * self._base + digits[:, column]
        numbers, count = np.unique(packed, return_counts=True)
        return dict(zip(numbers.tolist(), count.tolist(), strict=True))

    def _prune(self) -> None:
        """Keeps the most frequent ones; of equally frequent ones, the first in the order of codes."""
        if len(self._counts) > self._kept:
            ranked = self._ranked()
            self.missed += ranked[self._kept][1]
            self._counts = Counter(dict(ranked[: self._kept]))

    def _ranked(self) -> list[tuple[Key, int]]:
        return sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))

    def top(self, number: int) -> Iterator[tuple[tuple[int, ...], int]]:
        """The most frequent rows with their counts."""
        for key, count in self._ranked()[:number]:
            yield self._codes(key), count

    def _codes(self, key: Key) -> tuple[int, ...]:
        if isinstance(key, bytes):
            digits = np.frombuffer(key, ">u2").tolist()
        else:
            digits = [key // self._base**place % self._base for place in reversed(range(self._columns))]
        return tuple(digit - 1 for digit in digits if digit)
