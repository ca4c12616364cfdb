"""Whether two implementations answer the same: a ratio of times means nothing between two that do not.

In the same worlds the count of trajectories that take a step is a sum of independent yes or no. Pooled over
worlds its spread is at most that of equal trajectories, so the two-sample z below is at most standard normal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchmarks.shared import DAYS_PER_YEAR, INVITATION, MAP, PFP, STEPS, Outcomes

FALSE_ALARM = 1e-6
"""Chance that an implementation that is right is refused, over all its comparisons together."""
BY_2036 = 3683 / DAYS_PER_YEAR
"""Years from 1 December 2026 to 31 December 2036."""
FEWEST = 20
"""A normal approximation is used only where both yes and no were seen this often, in both samples together."""


class Comparison(NamedTuple):
    """One share in two samples."""

    what: str
    first: float
    second: float
    z: float


def _questions(o: Outcomes, voters: tuple[str, ...]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yes or no of each trajectory."""
    for step, name in enumerate(STEPS):
        yield f"{name} by the horizon", np.isfinite(o.time[:, step])
        yield f"{name} by 2036", o.time[:, step] <= BY_2036
    yield "pfp bypassed", o.how[:, PFP] == 3
    yield "map waived", o.how[:, MAP] == 2
    for step in (PFP, MAP, INVITATION):
        for code in ("GRC", "ESP", "HUN", "USA"):
            bit = np.uint64(1 << voters.index(code))
            yield f"{code} blocks {STEPS[step]}", (o.blockers[:, step] & bit) != 0


def compare(first: Outcomes, second: Outcomes, voters: tuple[str, ...]) -> list[Comparison]:
    """Every question on which enough was seen."""
    rows = []
    pairs = zip(_questions(first, voters), _questions(second, voters), strict=True)
    for (what, a), (_, b) in pairs:
        yes, n = int(a.sum() + b.sum()), len(a) + len(b)
        if min(yes, n - yes) < FEWEST:
            continue
        p = yes / n
        z = (a.mean() - b.mean()) / np.sqrt(p * (1 - p) * (1 / len(a) + 1 / len(b)))
        rows.append(Comparison(what, float(a.mean()), float(b.mean()), float(z)))
    return rows


def bound(comparisons: int) -> float:
    """|z| that all of them exceed together with chance FALSE_ALARM at most (Bonferroni)."""
    return float(-special.ndtri(FALSE_ALARM / (2 * comparisons)))


def worst(rows: list[Comparison]) -> Comparison:
    """The one that is furthest off."""
    return max(rows, key=lambda row: abs(row.z))
