"""All fits by name, and running them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.base.errors import ModelError, choice
from sim.facts.read import Facts
from sim.history.fits import holdouts, objections, partnership, ratification, readiness, settlement
from sim.history.fits.fitted import Fit, read_manifest, table_text, write_fit


class FitRecipe(NamedTuple):
    """How one table is made."""

    facts: tuple[str, ...]
    """Seed tables that the fit reads."""
    fit: Callable[[Facts, int], Fit]
    """From facts and seed; checks are made when they are asked for."""


FITS: Mapping[str, FitRecipe] = {
    "settlement": FitRecipe(settlement.FACTS, settlement.fit),
    "holdouts": FitRecipe(holdouts.FACTS, holdouts.fit),
    "ratification": FitRecipe(ratification.FACTS, ratification.fit),
    "objections": FitRecipe(objections.FACTS, objections.fit),
    "readiness": FitRecipe(readiness.FACTS, readiness.fit),
    "partnership": FitRecipe(partnership.FACTS, partnership.fit),
}
CLOSE = 1e-4
"""Relative difference that another processor's mathematics may make in a draw."""


@dataclass(frozen=True)
class MadeAgain:
    """A fit made again beside the table that is there."""

    name: str
    facts_same: bool
    """The facts are those that the table was fitted to."""
    draws: str
    """``identical``, ``close`` or ``different``."""

    @property
    def agrees(self) -> bool:
        """Whether the table is what the facts give."""
        return self.facts_same and self.draws != "different"


def make_fit(name: str, facts: Facts, seed: int = 1) -> Fit:
    """Runs one fit.

    :raises ModelError: there is no fit of that name.
    """
    if name not in FITS:
        raise ModelError(f"fit {name!r}: {choice(name, FITS)}")
    return FITS[name].fit(facts, seed)


def run_fits(names: Sequence[str], facts: Facts, folder: Path, seed: int = 1) -> Iterator[Fit]:
    """Runs fits and writes their tables into a folder."""
    for name in names:
        made = make_fit(name, facts, seed)
        write_fit(made, facts, folder)
        yield made


def made_again(name: str, facts: Facts, folder: Path, seed: int = 1) -> MadeAgain:
    """Runs one fit again and compares its draws with the table in a folder."""
    entry = read_manifest(folder).get(name)
    text = table_text(make_fit(name, facts, seed).draws)
    file = folder / f"{name}.csv"
    if entry is None or not file.exists():
        return MadeAgain(name, False, "different")
    return MadeAgain(name, entry.fits(facts), _likeness(text, file.read_text("utf-8")))


def _likeness(text: str, there: str) -> str:
    if text == there:
        return "identical"
    new, old = (np.array([row.split(",") for row in t.splitlines()[1:]], dtype=float) for t in (text, there))
    same_shape = text.split("\n", 1)[0] == there.split("\n", 1)[0] and new.shape == old.shape
    return "close" if same_shape and np.allclose(new, old, rtol=CLOSE, atol=0.0) else "different"
