"""The table of what was measured, read back: medians, intervals, ratios paired by round."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb, nan
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measured import Measured

LEAST_COVERAGE = 0.9


class Spread(NamedTuple):
    """A median of rounds, with an interval for it."""

    median: float
    low: float
    high: float
    rounds: int

    @property
    def coverage(self) -> float:
        """Chance that the interval holds the median of rounds like these."""
        return coverage(self.rounds, cut(self.rounds))


def coverage(rounds: int, left_out: int) -> float:
    """Chance that a median lies between order statistics, so many left out at each end: binomial, any law."""
    beyond = sum(comb(rounds, k) for k in range(left_out + 1))
    return 1.0 - 2.0 * beyond / float(2**rounds)


def cut(rounds: int) -> int:
    """How many values are left out at each end so that the coverage is still LEAST_COVERAGE; never below 0."""
    found = 0
    while 2 * (found + 1) < rounds and coverage(rounds, found + 1) >= LEAST_COVERAGE:
        found += 1
    return found


def spread(values: Iterable[float]) -> Spread:
    """Median and interval; without values all is nan."""
    ordered = sorted(values)
    if not ordered:
        return Spread(nan, nan, nan, 0)
    out = cut(len(ordered))
    return Spread(median(ordered), ordered[out], ordered[-1 - out], len(ordered))


@dataclass(frozen=True)
class Table:
    """All rows."""

    rows: Sequence[Measured]

    def has(self, part: str) -> bool:
        """Whether a part was measured."""
        return any(row.part == part for row in self.rows)

    def names(self, part: str) -> list[str]:
        """What was measured in a part, in order."""
        return list(dict.fromkeys(row.what for row in self.rows if row.part == part))

    def sizes(self, part: str, what: str) -> list[int]:
        """At which sizes, in order."""
        found = [int(row.n) for row in self.rows if (row.part, row.what) == (part, what)]
        return list(dict.fromkeys(found))

    def text(self, part: str, what: str, measure: str) -> str:
        """The only value, as written."""
        (value,) = {str(r.value) for r in self.rows if (r.part, r.what, r.measure) == (part, what, measure)}
        return value

    def number(self, part: str, what: str, measure: str) -> float:
        """The only value."""
        return float(self.text(part, what, measure))

    def by_round(
        self, part: str, what: str, measure: str, each: float = 0.0, n: int | None = None
    ) -> dict[int, float]:
        """Round -> value; with ``each`` it is ``each`` times the value over n."""
        return {
            int(r.round): float(r.value) * (each / int(r.n) if each else 1.0)
            for r in self.rows
            if (r.part, r.what, r.measure) == (part, what, measure) and (n is None or int(r.n) == n)
        }


def ratio(above: dict[int, float], below: dict[int, float]) -> Spread:
    """Ratios of what was measured in the same round."""
    return spread(above[number] / below[number] for number in above if number in below)


def read(path: Path) -> Table:
    """The table from its file."""
    with path.open(newline="", encoding="utf-8") as file:
        return Table([Measured(**row) for row in csv.DictReader(file)])
