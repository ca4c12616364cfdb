"""Which built-in scenarios differ in structure, and which only in numbers, dates and draws from those that do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

OF_THEIR_OWN = {
    "all-but-one", "baseline", "candidate", "council-of-europe", "european-union", "grammar-tour", "march-2022",
    "recognition-last", "ukraine-joins-first",
}  # fmt: skip
"""Another rule, candidate, organisation, start, condition of a step, or set of voters; and a tour of the grammar."""


def by_structure(names: Iterable[str]) -> list[Any]:
    """Every name; those that differ from another only in numbers are left to ``make test-all``."""
    return [n if n in OF_THEIR_OWN else pytest.param(n, marks=pytest.mark.exhaustive) for n in names]
