"""What happened since the declaration of 2008, as the fit of the holdouts reads it: covariates, votes,
recognition.

Time runs in years from the day of independence (``milestones.csv``) to the day up to which facts are
followed. It is cut into cells of a quarter of a year, cut again at each vote and recognition. In a cell each
covariate has one number between 0 and 1: the share of the cell for which its spells of ``covariates.csv``
hold, times what a spell counts for. A new government's effect fades at :data:`SETTLES`, as in the model,
until the next new government.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.base.dates import years_between
from sim.facts.frozen import until
from sim.facts.read import Facts, Row
from sim.history.record import milestone, nato_blocks
from sim.history.sampling import Array

HOLDOUTS = ("GRC", "ROU", "SVK", "ESP")
CANDIDATE = "XKX"
CELL = 0.25
"""Years; shorter cells change nothing that shows, for no rate comes near one in four months."""
SETTLES = 0.67
"""Per year, ``government_settles`` of the baseline: an effect of eighteen months."""
MISSING = "missing"
"""A vote in which one stayed away, or of which it is not known how one voted: no evidence, and no abstention."""
BEFORE = 1.0
"""Years followed, without evidence, if the facts end before the declaration: prior rates need a scale."""


@dataclass(frozen=True)
class Holdout:
    """One ally: years followed (to its recognition, if there was one) and its votes in order."""

    iso3: str
    followed: float
    recognised: bool
    votes: tuple[tuple[float, str, str], ...]
    """(years since the declaration, kind, vote)."""


@dataclass(frozen=True)
class History:
    """Covariates on ``m`` cells, and each holdout."""

    edges: Array
    """``m + 1`` years since the declaration."""
    washington: Array
    """Share engaged, by cell; likewise ``north`` (crisis) and ``settlement`` (interim)."""
    north: Array
    settlement: Array
    softer: Mapping[str, Array]
    """By holdout and cell, likewise ``harder``."""
    harder: Mapping[str, Array]
    holdouts: tuple[Holdout, ...]
    not_offered: Array
    """Share of each cell since officials first ruled out a Partnership for Peace (``blocks.csv``)."""

    @property
    def holdout_years(self) -> float:
        """Years in all in which one of the four had not recognised."""
        return sum(holdout.followed for holdout in self.holdouts)


def overlap(edges: Array, start: float, end: float) -> Array:
    """Share of each cell that lies between two times."""
    inside: Array = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
    return np.maximum(inside, 0.0) / np.diff(edges)


def fading(edges: Array, start: float, end: float) -> Array:
    """Mean over each cell of an effect that is 1 at ``start``, fades at :data:`SETTLES` and is gone at
    ``end``.
    """
    left = np.exp(-SETTLES * (np.clip(edges, start, max(start, end)) - start))
    share: Array = (left[:-1] - left[1:]) / SETTLES / np.diff(edges)
    return share


def _spells(rows: list[Row], edges: Array, declared: date, covariate: str) -> Array:
    found = np.zeros(len(edges) - 1)
    for row in rows:
        if row["covariate"] == covariate:
            end = years_between(declared, row.day("end")) if row["end"] else float(edges[-1])
            found += row.value("share") * overlap(edges, years_between(declared, row.day("start")), end)
    return np.minimum(found, 1.0)


def _governments(rows: list[Row], edges: Array, declared: date, iso3: str, state: str) -> Array:
    own = sorted((r for r in rows if r["country"] == iso3), key=lambda r: r.day("start"))
    starts = [years_between(declared, r.day("start")) for r in own] + [float(edges[-1])]
    found = np.zeros(len(edges) - 1)
    for row, start, end in zip(own, starts, starts[1:], strict=False):
        if row["state"] == state:
            found += row.value("share") * fading(edges, start, end)
    return found


def _holdout(facts: Facts, iso3: str, declared: date, followed: float) -> Holdout:
    recognised = next((m.recognised for m in facts.members if m.iso3 == iso3), None)
    end = followed if recognised is None else min(followed, years_between(declared, recognised))
    votes = sorted(
        (years_between(declared, row.day("date")), row["kind"], row["vote"])
        for row in facts.tables["votes"]
        if row["country"] == iso3 and row["vote"] != MISSING
    )
    return Holdout(iso3, end, recognised is not None, tuple(v for v in votes if 0.0 < v[0] <= end))


def history(facts: Facts) -> History:
    """The history of the four up to the day that the facts reach."""
    declared = milestone(facts, CANDIDATE, "independence") or until(facts)
    followed = max(years_between(declared, until(facts)), 0.0) or BEFORE
    holdouts = tuple(_holdout(facts, iso3, declared, followed) for iso3 in HOLDOUTS)
    times = {time for h in holdouts for time in (h.followed, *(vote[0] for vote in h.votes))}
    edges = np.unique(np.concatenate([np.arange(0.0, followed, CELL), [followed], sorted(times)]))
    rows = list(facts.tables["covariates"])
    new = [row for row in rows if row["covariate"] == "government"]
    ruled_out = [years_between(declared, row.day("start")) for row in nato_blocks(facts, CANDIDATE, ["pfp"])]
    return History(
        edges=edges,
        washington=_spells(rows, edges, declared, "washington"),
        north=_spells(rows, edges, declared, "north"),
        settlement=_spells(rows, edges, declared, "settlement"),
        softer={iso3: _governments(new, edges, declared, iso3, "softer") for iso3 in HOLDOUTS},
        harder={iso3: _governments(new, edges, declared, iso3, "harder") for iso3 in HOLDOUTS},
        holdouts=holdouts,
        not_offered=overlap(edges, min(ruled_out, default=followed), followed),
    )
