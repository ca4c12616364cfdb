"""How likely is what happened, for many draws of the parameters at once, and where does each holdout stand
then?

Each of the four is a chain blocks <-> acquiesces, left for good by recognition. Both lower stances recognise
at the same rate, so that staying out has probability exp(-integral of that rate) whatever the stance, and the
stance given that is a chain of two states, solved exactly in each cell (:func:`stepped`). A never-mover keeps
the stance it had in 2008. Votes are noisy readings of the stance: the forward recursion over them gives
likelihood and stance today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.history.fits.holdout_history import History, Holdout
from sim.history.sampling import Array

Draws = Mapping[str, Array]
Emission = Mapping[str, Mapping[str, tuple[float, float]]]
"""Probability of a vote by its kind and by the stance: (blocks, acquiesces)."""

EMISSION: Emission = {
    "state": {"for": (0.08, 0.20), "abstain": (0.34, 0.46), "against": (0.58, 0.34)},
    "delegates": {"for": (0.14, 0.22), "abstain": (0.46, 0.48), "against": (0.40, 0.30)},
    "council": {"for": (0.38, 0.55), "abstain": (0.28, 0.28), "against": (0.34, 0.17)},
}
"""Judged, and flat on purpose, for one ally's votes share its manners and are not independent. In bodies
without a veto a No costs nothing and stops little, so a state that would let a partnership pass may still
vote No, and one that would not may abstain: a vote moves the odds by 1.3 to 2.5. Deputies say less than
governments. In the North Atlantic Council one may stop what one does not want, but what passed was less than
a partnership.
"""
OFFER_RATE = 0.25
"""Per year, judged: had all four been ready to let it pass, a Partnership for Peace would have been offered
at this rate even without a filing. It hardly matters: all four ready at once is rare in every draw.
"""


@dataclass(frozen=True)
class Evidence:
    """For ``n`` draws: the likelihood of the history and the state at its end."""

    exposure: Array
    """(n, 4): integral of the factors on a holdout's rates, in years at reference conditions."""
    recognition_rate: Array
    """(n,), per year at reference conditions; likewise ``softening_rate``."""
    softening_rate: Array
    log_likelihood: Array
    """(n,)."""
    acquiesces: Array
    """(n, 4): probability of acquiescing at the end."""
    never: Array
    """(n, 4, 2): probability of being a never-mover, given that it blocks or acquiesces at the end."""
    moves: Array
    """(n, 4, 2): expected softenings and hardenings of a mover since 2008, before votes are looked at."""


LEVEL = {"for": 1.0, "abstain": 0.0, "against": -1.0}
"""How friendly a vote is."""


def readings(emission: Emission, manners: Array) -> dict[tuple[str, str], tuple[Array, Array]]:
    """(kind, vote) -> probability of the vote in each draw, by stance (blocks, acquiesces).

    ``manners`` tilts all votes of all four toward friendly ones, whatever the stance: how much a vote
    elsewhere says about a partnership is unknown in the same way for all of them, so their stances are not
    four coins.
    """
    table: dict[tuple[str, str], tuple[Array, Array]] = {}
    for kind, votes in emission.items():
        tilted = {v: np.exp(manners * LEVEL[v])[:, None] * np.array(votes[v]) for v in votes}
        total = sum(tilted.values())
        table |= {(kind, v): (tilted[v][:, 0] / total[:, 0], tilted[v][:, 1] / total[:, 1]) for v in votes}
    return table


def tempered(emission: Emission, power: float) -> Emission:
    """The same table, flatter (power below 1) or sharper (above)."""
    table: dict[str, dict[str, tuple[float, float]]] = {}
    for kind, votes in emission.items():
        raw = np.array([votes[vote] for vote in votes]) ** power
        table[kind] = {
            vote: (float(p[0]), float(p[1])) for vote, p in zip(votes, raw / raw.sum(0), strict=True)
        }
    return table


def stepped(acquiesces: Array, softening: Array, hardening: Array, length: float) -> Array:
    """Probability of acquiescing after ``length`` years at constant rates per year (exact)."""
    both = softening + hardening
    rest = softening / both
    return rest + (acquiesces - rest) * np.exp(-both * length)


def factors(history: History, draws: Draws, holdout: Holdout) -> Array:
    """(m, n): what multiplies a holdout's softening and recognition in each cell."""

    def mean(share: Array, effect: Array) -> Array:
        return 1.0 + share[:, None] * (effect[None, :] - 1.0)

    found = mean(history.washington, draws["washington_pull"]) * mean(history.north, draws["crisis_damping"])
    found *= mean(history.settlement, draws["interim_pull"])
    government = mean(history.softer[holdout.iso3], draws["softer_pull"])
    government += mean(history.harder[holdout.iso3], draws["harder_pull"]) - 1.0
    return found * government * draws[f"effect_{holdout.iso3}"]


def hardenings(history: History, draws: Draws, holdout: Holdout) -> Array:
    """(m, n): rate of hardening per year in each cell."""
    north = 1.0 + history.north[:, None] * (draws["crisis_hardening"] - 1.0)
    government = 1.0 + history.harder[holdout.iso3][:, None] * (draws["harder_hardening"] - 1.0)
    return draws["hardening_rate"] * north * government


def lengths(history: History, holdout: Holdout) -> Array:
    """(m,): years of each cell in which the holdout is followed."""
    return np.where(history.edges[:-1] < holdout.followed, np.diff(history.edges), 0.0)


def evidence(history: History, draws: Draws, emission: Emission) -> Evidence:
    """The likelihood for draws of the parameters.

    Two rates are given as averages over the history and the four, which is what evidence speaks about:
    ``expected_recognitions`` (a number, were none a never-mover) and ``softening_average`` (per year).
    Divided by the exposure they are the rates at reference conditions, so no effect is counted twice.
    """
    pulls = [factors(history, draws, holdout) for holdout in history.holdouts]
    years = [lengths(history, holdout) for holdout in history.holdouts]
    exposure = np.stack([np.einsum("m,mn->n", dt, pull) for dt, pull in zip(years, pulls, strict=True)], 1)
    rate = draws["expected_recognitions"] / exposure.sum(1)
    table = readings(emission, draws["manners"])
    softening = draws["softening_average"] * history.holdout_years / exposure.sum(1)
    followed = [
        _follow(history, holdout, draws, pull, dt, rate, softening * pull, table)
        for holdout, pull, dt in zip(history.holdouts, pulls, years, strict=True)
    ]
    all_ready = np.prod([f.path for f in followed], axis=0)
    ready_years = np.einsum("m,mn->n", history.not_offered * np.diff(history.edges), all_ready)
    return Evidence(
        exposure=exposure,
        recognition_rate=rate,
        softening_rate=softening,
        log_likelihood=sum(f.log_likelihood for f in followed) - OFFER_RATE * ready_years,
        acquiesces=np.stack([f.path[-1] for f in followed], 1),
        never=np.stack([f.never for f in followed], 1),
        moves=np.stack([f.moves for f in followed], 1),
    )


@dataclass(frozen=True)
class _Followed:
    log_likelihood: Array
    path: Array
    """(m, n): probability of acquiescing at the end of each cell, given the votes up to then."""
    never: Array
    moves: Array


def _follow(
    history: History,
    holdout: Holdout,
    draws: Draws,
    pull: Array,
    dt: Array,
    rate: Array,
    softening: Array,
    table: Mapping[tuple[str, str], tuple[Array, Array]],
) -> _Followed:
    """One holdout's forward recursion over the cells; a vote is read at the end of the cell that ends with
    it.
    """
    hardening = hardenings(history, draws, holdout)
    first, never = draws["acquiesced_at_first"], draws["never_share"]
    seen = {time: (kind, vote) for time, kind, vote in holdout.votes}
    mover, ready = 1.0 - never, first  # weight of the mover and its chance of acquiescing
    still, still_ready = never * (1.0 - first), never * first  # weights of a never-mover
    path = np.empty_like(pull)
    moves = np.zeros((len(rate), 2))
    prior_ready = first
    for cell, length in enumerate(dt):
        if length > 0.0:
            moves[:, 0] += (1.0 - prior_ready) * softening[cell] * length
            moves[:, 1] += prior_ready * hardening[cell] * length
            prior_ready = stepped(prior_ready, softening[cell], hardening[cell], length)
            ready = stepped(ready, softening[cell], hardening[cell], length)
            mover = mover * np.exp(-rate * pull[cell] * length)
        kind, vote = seen.get(float(history.edges[cell + 1]), ("", ""))
        if kind:
            blocks, acquiesces = table[kind, vote]
            told = ready * acquiesces + (1.0 - ready) * blocks
            ready, mover = ready * acquiesces / told, mover * told
            still, still_ready = still * blocks, still_ready * acquiesces
        path[cell] = (mover * ready + still_ready) / (mover + still + still_ready)
    if holdout.recognised:
        last = int(np.flatnonzero(dt)[-1])
        likelihood = mover * rate * pull[last]
    else:
        likelihood = mover + still + still_ready
    odds = [still / (still + mover * (1.0 - ready)), still_ready / (still_ready + mover * ready)]
    return _Followed(np.log(likelihood), path, np.stack(odds, 1), moves)
