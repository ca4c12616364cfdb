"""All fits, again, on facts that are frozen or have a wave left out.

The same modules as ``accession fit`` runs, with fewer checks: what takes most of the time of the
ratification fit is its own test by leaving waves out, which the hindcast does itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import numpy as np

from sim.facts.frozen import until, without
from sim.facts.read import Facts, Row
from sim.history.fits.tables import DRAWS, Fit, digest_of

FITS = ("settlement", "ratification", "objections", "readiness", "holdouts")
"""Names of the fits; each is a module of :mod:`sim.history.fits` with ``fit(facts, seed)``."""

_done: dict[tuple[str, str], Fit] = {}


def completed(facts: Facts) -> Facts:
    """Facts without protocols that are not in force yet, nor the approvals of those: a running ratification is
    no finished spell, and what its capitals will do is what is forecast.
    """
    running = {row["protocol"] for row in facts.tables["protocols"] if not row["acceded"]}

    def leaves(table: str, row: Row) -> bool:
        return table in ("protocols", "ratifications") and row["protocol"] in running

    return without(facts, leaves)


def refit(facts: Facts, names: Iterable[str] = FITS, seed: int = 1) -> dict[str, Fit]:
    """The named fits on these facts, by name. A fit that was made on the same facts is not made again."""
    found = {}
    for name in names:
        where = key_of(facts, name)
        if where not in _done:
            _done[where] = fit_of(name)(completed(facts), seed)
        found[name] = _done[where]
    return found


def key_of(facts: Facts, name: str) -> tuple[str, str]:
    """What a fit depends on: the tables that it reads, and the day up to which the facts go."""
    module = import_module(f"sim.history.fits.{name}")
    reads = module.FACTS if hasattr(module, "FACTS") else (module.TABLE,)
    return name, digest_of(completed(facts), reads) + until(facts).isoformat()


def fit_of(name: str) -> Callable[[Facts, int], Fit]:
    """The function that makes one fit."""
    if name in _QUICK:
        return _QUICK[name]
    made: Callable[[Facts, int], Fit] = import_module(f"sim.history.fits.{name}").fit
    return made


def _ratification(facts: Facts, seed: int) -> Fit:
    """The draws of the ratification fit (the same numbers), without its checks."""
    from sim.history.fits import ratification as module
    from sim.history.fits.hierarchy import posterior

    rng = np.random.Generator(np.random.Philox(seed))
    members = [member.iso3 for member in facts.members]
    rounds = module.waves(facts)
    post = posterior(module.spells_of(rounds, members), DRAWS, rng)
    return Fit(module.NAME, module.FACTS, module.columns(rounds, post, members, rng), "as ratification")


def _holdouts(facts: Facts, seed: int) -> Fit:
    """The draws of the fit of the holdouts (the same numbers), without its checks."""
    module: Any = import_module("sim.history.fits.holdouts")
    found, rng = module.posterior(facts, module.PRIOR, module.PROPOSALS, seed)
    return Fit(module.NAME, module.FACTS, module.rows(found, DRAWS, rng), "as holdouts")


_QUICK: dict[str, Callable[[Facts, int], Fit]] = {"ratification": _ratification, "holdouts": _holdouts}
