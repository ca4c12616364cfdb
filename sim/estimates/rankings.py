"""Who stands out of a count, and who is first by luck.

Of n independent cases two names that are equally likely get shares p and q that differ by chance with the standard
error sqrt((p + q) / n) if one case counts for one name at most; where it may count for several, the error is no larger.
Those who are less than ``TOLD_APART`` such errors below the first cannot be told from it. Cases of one world are not
independent, so no more of them count than there are worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

TOLD_APART = 1.96
"""Standard errors of a difference: 95 %."""
NAMED = 3
"""Names that may share the first place; with more, nobody stands out."""


def independent(cases: int, worlds: int) -> int:
    """How many cases count as independent: no more than worlds, unless there is but one."""
    return cases if worlds <= 1 else min(cases, worlds)


def leaders(shares: Mapping[str, float], cases: int) -> list[str]:
    """The first, and who cannot be told from it; empty if nobody stands out.

    Nobody does where that would be more than ``NAMED``, or all who are named, or where chance could have brought the
    first from nothing.

    :param shares: by name; :param cases: that count as independent.
    """
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    if not ranked or cases < 1:
        return []
    most = ranked[0][1]

    def near(share: float) -> bool:
        return most - share <= TOLD_APART * sqrt((most + share) / cases)

    found = [name for place, (name, share) in enumerate(ranked) if place == 0 or near(share)]
    alike = len(found) > 1 and len(found) == len(ranked)
    return [] if near(0.0) or alike or len(found) > NAMED else found


def first_ones(values: Mapping[str, float], apart: Callable[[str, str], tuple[float, float]]) -> list[str]:
    """The first by value, and who cannot be told from it; empty if nobody stands out.

    Nobody does where that would be more than ``NAMED``, or all of two or more, or where nothing was seen of the first.

    :param apart: how far one is above another, and the standard error of that.
    """
    ranked = sorted(values, key=lambda name: -values[name])
    if not ranked or values[ranked[0]] <= 0.0:
        return []
    most = ranked[0]

    def near(name: str) -> bool:
        difference, error = apart(most, name)
        return difference <= TOLD_APART * error

    found = [name for name in ranked if name == most or near(name)]
    alike = len(found) > 1 and len(found) == len(ranked)
    return [] if alike or len(found) > NAMED else found
