"""Fits again, on facts that are frozen or have a wave left out: the draws of ``accession fit``, without its checks.

What takes most of the time of the ratification fit is its own test by leaving waves out, which the hindcast
does itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sim.facts.frozen import until, without
from sim.facts.read import Facts, Row
from sim.history.fits.fitted import Draws, digest_of
from sim.history.fits.registry import FITS

Fits = Mapping[str, Draws]
"""Name of a fit -> its draws."""

_done: dict[tuple[str, str], Draws] = {}


def completed(facts: Facts) -> Facts:
    """Facts without protocols that are not in force yet, nor the approvals of those: a running ratification is
    no finished spell, and what its capitals will do is what is forecast.
    """
    running = {row["protocol"] for row in facts.tables["protocols"] if not row["acceded"]}

    def leaves(table: str, row: Row) -> bool:
        return table in ("protocols", "ratifications") and row["protocol"] in running

    return without(facts, leaves)


def refit(facts: Facts, names: Iterable[str] = tuple(FITS), seed: int = 1) -> dict[str, Draws]:
    """The named fits on these facts, by name. A fit that was made on the same facts is not made again."""
    found = {}
    for name in names:
        where = key_of(facts, name)
        if where not in _done:
            _done[where] = FITS[name].fit(completed(facts), seed).draws
        found[name] = _done[where]
    return found


def key_of(facts: Facts, name: str) -> tuple[str, str]:
    """What a fit depends on: the tables that it reads, and the day up to which the facts go."""
    return name, digest_of(completed(facts), FITS[name].facts) + until(facts).isoformat()
