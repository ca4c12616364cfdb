"""Priors of the four holdouts' rates, and draws from them weighed by the evidence (see ``holdouts``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.facts.read import Facts
from sim.history.fits.holdout_history import HOLDOUTS, History, history
from sim.history.fits.holdout_likelihood import EMISSION, Draws, Emission, Evidence, evidence
from sim.history.fits.holdout_response import DISCOUNT, WEIGHT, response
from sim.history.sampling import Array, resampled

BLOCK = 5_000
"""Draws weighed at a time, to keep memory small."""
WIDE = (0.1, 0.2)
"""Share and rate of the wide part of the proposal for the base rate, for the case of never-movers."""


@dataclass(frozen=True)
class HoldoutPrior:
    """What is assumed before the evidence; all judged."""

    lognormal: Mapping[str, tuple[float, float]]
    """Median and sigma by parameter."""
    acquiesced_at_first: tuple[float, float] = (1.0, 4.0)
    """Beta: would it have let a status-neutral step pass in 2008?"""
    stays: tuple[float, float] = (1.0, 2.0)
    """Beta: the share of states that make no move without a settlement. Three of the four have named an agreement as
    their condition (Spain 2008-02-18, Slovakia 2010-12-08, Romania 2021-07-31; ``holdout_evidence.csv``), and votes
    of two have changed since."""
    manners: float = 0.5
    """Standard deviation of the common friendliness of votes, see ``readings``."""
    fastest: float = 0.1
    """Per year: faster recognition, on average over the history, is left out. Late recognisers worldwide came
    at one in a hundred years; without a bound a share of draws would have all four as never-movers and any
    rate at all."""
    precedent_weight: float = WEIGHT
    """See ``holdout_response``, likewise ``discount``."""
    discount: tuple[float, float] = DISCOUNT
    emission: Emission = field(default_factory=lambda: EMISSION)

    def spread(self) -> float:
        """Standard deviation of the log effects of the four: within and between them."""
        medians, sigmas = np.array([self.lognormal[f"effect_{iso3}"] for iso3 in HOLDOUTS]).T
        return float(np.hypot(np.std(np.log(medians)), sigmas.mean()))


PRIOR = HoldoutPrior(
    {
        "softening_average": (0.03, 1.0),
        "hardening_rate": (0.03, 1.0),
        "effect_GRC": (1.8, 0.7),
        "effect_ROU": (0.8, 0.7),
        "effect_SVK": (1.4, 0.7),
        "effect_ESP": (0.5, 0.7),
        "interim_pull": (1.5, 0.4),
        "washington_pull": (1.5, 0.31),
        "crisis_damping": (0.5, 0.45),
        "crisis_hardening": (2.0, 0.45),
        "softer_pull": (1.5, 0.4),
        "harder_pull": (0.7, 0.3),
        "harder_hardening": (2.0, 0.45),
    }
)


@dataclass(frozen=True)
class Weighed:
    """Draws from the prior with what the evidence says about each."""

    draws: Draws
    evidence: Evidence
    log_weights: Array
    prior_log_weights: Array
    """The same without any evidence, for a look at the prior (of the base rate only its proposal)."""


def proposed(prior: HoldoutPrior, settled: Draws, count: int, rng: np.random.Generator) -> dict[str, Array]:
    """Draws from the prior; ``expected_recognitions`` comes from a proposal, see :func:`_log_ratio`."""
    draws: dict[str, Array] = dict(settled)
    for name, (median, sigma) in prior.lognormal.items():
        draws[name] = median * np.exp(sigma * rng.standard_normal(count))
    draws["manners"] = prior.manners * rng.standard_normal(count)
    draws["acquiesced_at_first"] = rng.beta(*prior.acquiesced_at_first, count)
    wide = rng.random(count) < WIDE[0]
    draws["never_share"] = rng.beta(*prior.stays, count)
    draws["expected_recognitions"] = rng.gamma(0.5, 1.0, count) / np.where(wide, WIDE[1], 1.0)
    return draws


def _log_ratio(expected: Array, most: float) -> Array:
    """Jeffreys' density of the expected number of recognitions over that of the proposal, logarithm."""
    proposal = (1.0 - WIDE[0]) * np.exp(-expected) + WIDE[0] * np.sqrt(WIDE[1]) * np.exp(-WIDE[1] * expected)
    return np.where(expected <= most, -np.log(proposal), -np.inf)


def weighed(
    past: History, prior: HoldoutPrior, settled: Draws, count: int, rng: np.random.Generator
) -> Weighed:
    """Draws with importance weights."""
    draws = proposed(prior, settled, count, rng)
    blocks = [slice(start, start + BLOCK) for start in range(0, count, BLOCK)]
    parts = [evidence(past, {n: v[b] for n, v in draws.items()}, prior.emission) for b in blocks]
    seen = Evidence(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])})
    ratio = _log_ratio(draws["expected_recognitions"], prior.fastest * past.holdout_years)
    return Weighed(draws, seen, ratio + seen.log_likelihood, ratio)


def rows(found: Weighed, count: int, rng: np.random.Generator) -> dict[str, Array]:
    """Equally weighted rows, with each holdout's stance today and its chances of making no move.

    ``never_*``: not even after a settlement; ``firm_*``: of those that would after one, not without.
    """
    picked = resampled(found.log_weights, count, rng)
    table = {name: getattr(found.evidence, name)[picked] for name in ("recognition_rate", "softening_rate")}
    table |= {name: values[picked] for name, values in found.draws.items() if name in COLUMNS}
    for place, iso3 in enumerate(HOLDOUTS):
        ready = rng.random(count) < found.evidence.acquiesces[picked, place]
        table[f"acquiesces_{iso3}"] = ready.astype(np.float64)
        stays = found.evidence.never[picked, place, ready.astype(np.intp)]
        table[f"never_{iso3}"] = never = stays * table["settled_never_share"]
        table[f"firm_{iso3}"] = (stays - never) / (1.0 - never)
    return {name: table[name] for name in COLUMNS}


COLUMNS = (
    "recognition_rate",
    "softening_rate",
    *(name for name in PRIOR.lognormal if name != "softening_average"),
    "settled_rate",
    "settled_softening_rate",
    "settled_never_share",
    *(f"acquiesces_{iso3}" for iso3 in HOLDOUTS),
    *(f"never_{iso3}" for iso3 in HOLDOUTS),
    *(f"firm_{iso3}" for iso3 in HOLDOUTS),
    "never_share",
)


def posterior(
    facts: Facts, prior: HoldoutPrior, count: int, seed: int
) -> tuple[Weighed, np.random.Generator]:
    """Weighed draws, and the generator that drew them for what is drawn next."""
    rng = np.random.Generator(np.random.Philox(seed))
    settled = response(facts, count, rng, prior.spread(), prior.precedent_weight, prior.discount)
    return weighed(history(facts), prior, settled, count, rng), rng
