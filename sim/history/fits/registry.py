"""All fits by name, and running them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from sim.base.errors import ModelError, nearest
from sim.facts.read import Facts
from sim.history.fits.tables import Fit, digest_of, read_manifest, table_text, write_fit

FITS = ("settlement", "holdouts", "ratification", "objections", "readiness")
"""Each is a module here with ``fit(facts, seed) -> Fit``."""
CLOSE = 1e-4
"""Relative difference that another processor's mathematics may make in a draw."""


@dataclass(frozen=True)
class Comparison:
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
        raise ModelError(f"fit {name!r}: allowed: {', '.join(FITS)}.{nearest(name, FITS)}")
    made: Fit = import_module(f"sim.history.fits.{name}").fit(facts, seed)
    return made


def run_fits(names: Sequence[str], facts: Facts, folder: Path, seed: int = 1) -> Iterator[Fit]:
    """Runs fits and writes their tables into a folder."""
    for name in names:
        made = make_fit(name, facts, seed)
        write_fit(made, facts, folder)
        yield made


def compare(name: str, facts: Facts, folder: Path, seed: int = 1) -> Comparison:
    """Runs one fit again and compares it with the table in a folder."""
    entry = read_manifest(folder).get(name)
    made = make_fit(name, facts, seed)
    text = table_text(made)
    file = folder / f"{name}.csv"
    if entry is None or not file.exists():
        return Comparison(name, False, "different")
    there = file.read_text("utf-8")
    same_facts = digest_of(facts, entry["facts"]) == entry["facts_digest"]
    return Comparison(name, same_facts, _likeness(text, there))


def _likeness(text: str, there: str) -> str:
    if text == there:
        return "identical"
    new, old = (np.array([row.split(",") for row in t.splitlines()[1:]], dtype=float) for t in (text, there))
    same_shape = text.split("\n", 1)[0] == there.split("\n", 1)[0] and new.shape == old.shape
    return "close" if same_shape and np.allclose(new, old, rtol=CLOSE, atol=0.0) else "different"
