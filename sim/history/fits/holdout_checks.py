"""What the fit of the holdouts learnt, whether it can tell what was seen, and what it depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.facts.read import Facts
from sim.history.fits.holdout_history import HOLDOUTS, History, Holdout, history
from sim.history.fits.holdout_likelihood import (
    LEVEL,
    Draws,
    factors,
    hardenings,
    lengths,
    readings,
    stepped,
    tempered,
)
from sim.history.fits.holdout_posterior import PRIOR, HoldoutPrior, Weighed, posterior
from sim.history.fits.holdout_response import times
from sim.history.sampling import Array, effective_size, normalised, resampled, rounded, summary

HORIZON = 20.0
PEERS = (1.8, 0.38)
"""Median and sigma of ``peer_pull``, the prior of the baseline."""
CLIMATE = 0.5
"""Sigma of ``shared_effect`` with mean 1: the coming years against the past ones."""
OLD_CENTRING = 0.45
SMALL = 10_000
"""Proposals of a sensitivity run."""
TERMS = 12
"""Of a series at a half or less: the first one left off is below 1e-13."""


def all_four(rates: Array, peers: Array, years: float) -> Array:
    """Probability that all have moved after some years, for ``rates`` (n, 4) per year.

    Each one's rate is multiplied by ``peers`` (n,) for every other one that has moved: a chain on the sixteen
    sets of those that have (exact, by matrix exponentials).
    """
    size = rates.shape[1]
    chain = np.zeros((len(rates), 2**size, 2**size))
    for moved in range(2**size):
        pull = peers ** moved.bit_count()
        for place in range(size):
            if not moved >> place & 1:
                chain[:, moved, moved | 1 << place] = rates[:, place] * pull
    states = np.arange(2**size)
    chain[:, states, states] = -chain.sum(2)
    done: Array = _exponentials(chain * years)[:, 0, -1]
    return done


def _exponentials(matrices: Array) -> Array:
    """Matrix exponentials of a stack, by scaling, Taylor's series and squaring (all at once, hence quick)."""
    halvings = max(int(np.ceil(np.log2(np.abs(matrices).sum(2).max()))), 0) + 1
    scaled = matrices / 2.0**halvings
    term = np.broadcast_to(np.eye(matrices.shape[1]), matrices.shape)
    total = term.copy()
    for k in range(1, TERMS + 1):
        term = term @ scaled / k
        total += term
    for _ in range(halvings):
        total = total @ total
    return total


def switches(past: Sequence[tuple[float, str, str]]) -> tuple[int, int]:
    """Changes to a friendlier and to a less friendly vote between one vote of a government and its next."""
    levels = [LEVEL[vote] for _, kind, vote in past if kind == "state"]
    steps = np.diff(levels)
    return int((steps > 0).sum()), int((steps < 0).sum())


def replicated(
    past: History, draws: Draws, softening: Array, prior: HoldoutPrior, rng: np.random.Generator
) -> Array:
    """(n, 2): switches of governments' votes, friendlier and less friendly, when the history is drawn again
    from each row of parameters (never-movers, stances and votes; who recognised is left as it was).
    """
    table = readings(prior.emission, draws["manners"])
    count = np.zeros((len(softening), 2))
    for holdout in past.holdouts:
        votes = _votes(past, holdout, draws, softening, table, rng)
        steps = np.diff(np.stack(votes, 1), axis=1)
        count += np.stack([(steps > 0).sum(1), (steps < 0).sum(1)], 1)
    return count


def _votes(
    past: History,
    holdout: Holdout,
    draws: Draws,
    softening: Array,
    table: dict[tuple[str, str], tuple[Array, Array]],
    rng: np.random.Generator,
) -> list[Array]:
    pull, hardening = factors(past, draws, holdout), hardenings(past, draws, holdout)
    ready = rng.random(len(softening)) < draws["acquiesced_at_first"]
    moves = rng.random(len(softening)) >= draws["never_share"]
    asked = {time for time, kind, _ in holdout.votes if kind == "state"}
    votes = []
    for cell, length in enumerate(lengths(past, holdout)):
        chance = stepped(ready.astype(np.float64), softening * pull[cell], hardening[cell], length)
        ready = np.where(moves, rng.random(len(softening)) < chance, ready)
        if float(past.edges[cell + 1]) in asked:
            against, abstain = (np.where(ready, *table["state", v][::-1]) for v in ("against", "abstain"))
            drawn = rng.random(len(softening))
            votes.append(np.where(drawn < against, -1.0, np.where(drawn < against + abstain, 0.0, 1.0)))
    return votes


def _means(found: Weighed, values: Array) -> Array:
    averaged: Array = normalised(found.log_weights) @ values
    return averaged


def _shares(found: Weighed) -> dict[str, float]:
    means = _means(found, found.evidence.acquiesces)
    return {iso3: round(float(mean), 3) for iso3, mean in zip(HOLDOUTS, means, strict=True)}


def _all_four(past: History, found: Weighed, rng: np.random.Generator) -> dict[str, float]:
    """All four recognise without a settlement within :data:`HORIZON`, under covariates as they were on
    average.
    """
    n = 4_000
    picked = resampled(found.log_weights, n, rng)
    years = np.array([holdout.followed for holdout in past.holdouts])
    pulls = found.evidence.exposure[picked] / years
    rate = found.evidence.recognition_rate[picked]
    ready = rng.random((n, 4)) < found.evidence.acquiesces[picked]
    never = np.take_along_axis(found.evidence.never[picked], ready[..., None].astype(np.intp), 2)[..., 0]
    climate = np.exp(CLIMATE * rng.standard_normal(n) - CLIMATE**2 / 2)
    peers = PEERS[0] * np.exp(PEERS[1] * rng.standard_normal(n))
    prior = found.evidence.exposure[rng.permutation(len(found.log_weights))[:n]] / years
    jeffreys = rng.gamma(0.5, 1.0 / past.holdout_years, n)
    shock = np.exp(CLIMATE * rng.standard_normal(n))
    alone = np.ones(n)

    def percent(rates: Array, pull: Array, movers: Array) -> float:
        return rounded(100 * (all_four(rates, pull, HORIZON) * movers).mean(), 2)

    movers = (1.0 - never).prod(1)
    rates = (rate * climate)[:, None] * pulls
    apart = np.stack([own[rng.permutation(n)] for own in rates.T], 1)
    twice = (jeffreys * shock)[:, None] * prior
    return {
        "fitted": percent(rates, peers, movers),
        "fitted, peers without effect": percent(rates, alone, movers),
        "fitted, no never-movers": percent(rates, peers, alone),
        "fitted, four worlds for the four": percent(apart, peers, movers),
        "Jeffreys rate alone, peers without effect": percent(jeffreys[:, None] * np.ones(4), alone, alone),
        "Jeffreys rate times effects (counted twice)": percent(twice, peers, alone * 0.9**4),
        "the same times the old centring": percent(OLD_CENTRING * twice, peers, alone * 0.9**4),
    }


def _sensitivity(facts: Facts, seed: int) -> dict[str, Any]:
    """Stances today, average softening and recognition under other readings."""
    kinds = PRIOR.emission
    dumb = {kind: dict.fromkeys(votes, (1 / 3, 1 / 3)) for kind, votes in kinds.items()}
    priors = {
        "votes say nothing": replace(PRIOR, emission=dumb),
        "flatter votes (square root)": replace(PRIOR, emission=tempered(kinds, 0.5)),
        "sharper votes (square)": replace(PRIOR, emission=tempered(kinds, 2.0)),
        "no common manners": replace(PRIOR, manners=0.0),
        "all blocked in 2008": replace(PRIOR, acquiesced_at_first=(1e-3, 1.0)),
        "recognition at most 5 % a year": replace(PRIOR, fastest=0.05),
        "recognition at most 30 % a year": replace(PRIOR, fastest=0.3),
        "hardly anybody stays without a settlement": replace(PRIOR, stays=(1.0, 9.0)),
        "half stay without a settlement": replace(PRIOR, stays=(1.0, 1.0)),
        "precedents count fully": replace(PRIOR, precedent_weight=1.0),
        "precedents not discounted": replace(PRIOR, discount=(1.0, PRIOR.discount[1])),
        "precedents discounted twice as much": replace(PRIOR, discount=(0.2, PRIOR.discount[1])),
    }
    past = history(facts)
    out = {}
    for name, prior in priors.items():
        found, _ = posterior(facts, prior, SMALL, seed)
        out[name] = {
            "acquiesce": _shares(found),
            "softening": _average(found, "softening_average"),
            "recognition": _yearly(found, _at_risk(found), past),
            "never": _average(found, "never_share"),
            "settled": summary(found.draws["settled_rate"][resampled(found.log_weights, 2_000, _rng(seed))]),
        }
    return out


def _rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed + 1))


def _movers(found: Weighed) -> Array:
    """(n, 4): recognitions expected of a mover over the history."""
    expected: Array = found.evidence.recognition_rate[:, None] * found.evidence.exposure
    return expected


def _at_risk(found: Weighed) -> Array:
    """The same, times the chance of being a mover after what was seen."""
    ready, never = found.evidence.acquiesces, found.evidence.never
    return _movers(found) * (1 - ready * never[..., 1] - (1 - ready) * never[..., 0])


def _yearly(found: Weighed, values: Array, past: History) -> float:
    return rounded(float(_means(found, values.sum(1))) / past.holdout_years)


def _average(found: Weighed, name: str) -> float:
    return rounded(float(_means(found, found.draws[name])))


def checks(facts: Facts, found: Weighed, table: Draws, seed: int) -> dict[str, Any]:
    """Named numbers for the manifest (plain numbers, text and lists)."""
    rng = _rng(seed)
    past = history(facts)
    picked = resampled(found.log_weights, 4_000, rng)
    draws = {name: values[picked] for name, values in found.draws.items()}
    again = replicated(past, draws, found.evidence.softening_rate[picked], PRIOR, rng)
    seen = np.sum([switches(holdout.votes) for holdout in past.holdouts], axis=0)
    moves = _means(found, found.evidence.moves.sum(1))
    return {
        "effective_sample_size": round(effective_size(found.log_weights)),
        "largest_weight": rounded(normalised(found.log_weights).max(), 2),
        "distinct_rows": len(np.unique(table["hardening_rate"])),
        "holdout_years": round(past.holdout_years, 2),
        "votes_read": sum(len(holdout.votes) for holdout in past.holdouts),
        "precedents (recognised, not when last seen)": {
            "after a settlement": [len(states) for states in times(facts)],
            "after an interim text (not read)": [len(states) for states in times(facts, settled=False)],
        },
        "recognition_per_year_of_a_mover_on_average": _yearly(found, _movers(found), past),
        "recognition_per_year_on_average": _yearly(found, _at_risk(found), past),
        "recognition_per_year_Jeffreys": float(f"{0.5 / past.holdout_years:.3g}"),
        "acquiesce_today": _shares(found),
        "moves_expected_since_2008": dict(zip(("softer", "harder"), moves.round(2).tolist(), strict=True)),
        "switches_between_votes": {
            way: {"seen": int(seen[k]), "drawn_5_50_95_mean": summary(again[:, k])}
            for k, way in enumerate(("friendlier", "less friendly"))
        },
        "prior_and_posterior_5_50_95_mean": {
            name: [summary(found.draws[name]), summary(found.draws[name][picked])]
            for name in (
                *PRIOR.lognormal,
                "never_share",
                "settled_never_share",
                "settled_rate",
                "settled_softening_rate",
            )
        },
        "all_four_within_20_years_percent": _all_four(past, found, rng),
        "other_readings": _sensitivity(facts, seed),
    }
