"""Which built-in scenarios differ in structure, and which only in numbers, dates and draws from those that do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sim.studies.variant_layers import layers

OF_THEIR_OWN = {
    "all-but-one", "baseline", "candidate", "council-of-europe", "european-union", "grammar-tour", "march-2022",
    "recognition-last", "ukraine-joins-first",
}  # fmt: skip
"""Another rule, candidate, organisation, start, condition of a step, or set of voters; and a tour of the grammar."""


FEW_VARIANTS = {"recognition-last", "variant-no-never-movers", "variant-one-rate", "variant-own-record"}
"""Structural variants of three choices, so that some go together and some do not."""


@contextmanager
def few_variants() -> Iterator[None]:
    """Whoever asks for structural variants meanwhile gets four: eleven have over a hundred combinations."""
    few = [layer for layer in layers() if layer.name in FEW_VARIANTS]
    assert len(few) == len(FEW_VARIANTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.studies.variants.layers", lambda: iter(few))
        yield


def by_structure(names: Iterable[str]) -> list[Any]:
    """Every name; those that differ from another only in numbers are left to ``make test-all``."""
    return [n if n in OF_THEIR_OWN else pytest.param(n, marks=pytest.mark.exhaustive) for n in names]
