"""Credible intervals against voters whose quantiles over worlds are known in closed form.

A voter that moves once at a rate lambda has moved by time T with probability p = 1 - exp(-lambda T). If
lambda ~ Gamma(a, rate b) over worlds, the quantile of p at level q is 1 - exp(-T gamma.ppf(q, a, scale=1/b))
and its mean is 1 - (b / (b + T))^a.

False alarms. A claim is a number of misses: in RUNS independent runs, an end is further than one stated error
from the truth in at most 50 % of runs in expectation, further than two in at most 15 %, further than four in
at most 3 %. The bound on the count of misses is the binomial quantile at ALARM = 1e-9; fewer than 350 counts
are compared. The other comparisons, fewer than 80, use 6.5 standard errors (3e-9 on both sides, for Student's
t with 99 degrees of freedom). If all claims are true, the chance that any test in this file fails for other
seeds is therefore below 1e-6.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import beta, binom, gamma

from sim.estimates.intervals import summarise_share

FloatArray = NDArray[np.float64]
RUNS, ALARM, FAR = 100, 1e-9, 6.5
LEVELS = np.array([0.05, 0.95])
# Stated errors from the truth: the most runs that may be further away than that.
ALLOWED_BEYOND = {z: int(binom.isf(ALARM, RUNS, share)) for z, share in ((1, 0.5), (2, 0.15), (4, 0.03))}


@dataclass(frozen=True)
class Voter:
    """One move at a rate that differs between worlds, looked at after ``years``."""

    shape: float
    rate: float
    years: float

    def quantiles(self) -> FloatArray:
        rates: FloatArray = gamma.ppf(LEVELS, self.shape, scale=1 / self.rate)
        return 1 - np.exp(-self.years * rates)

    def mean(self) -> float:
        return float(1 - (self.rate / (self.rate + self.years)) ** self.shape)

    def worlds(self, rng: np.random.Generator, number: int) -> FloatArray:
        return 1 - np.exp(-self.years * rng.gamma(self.shape, 1 / self.rate, number))


@dataclass(frozen=True)
class EitherStance:
    """Half of the worlds start where the voter is slow, half where most of the way is done."""

    slow: Voter

    def quantiles(self) -> FloatArray:
        def level(p: float) -> float:
            rate = -np.log1p(-p) / self.slow.years
            slow = gamma.cdf(rate, self.slow.shape, scale=1 / self.slow.rate)
            return float((slow + beta.cdf(p, 12, 6)) / 2)

        return np.array([brentq(lambda p, q=q: level(p) - q, 1e-12, 1 - 1e-12, xtol=1e-14) for q in LEVELS])

    def worlds(self, rng: np.random.Generator, number: int) -> FloatArray:
        slow, ahead = self.slow.worlds(rng, number), rng.beta(12, 6, number)
        return np.where(rng.random(number) < 0.5, slow, ahead)


@dataclass(frozen=True)
class Alike:
    """No difference between worlds: all that is seen is chance."""

    probability: float

    def quantiles(self) -> FloatArray:
        return np.full(2, self.probability)

    def worlds(self, rng: np.random.Generator, number: int) -> FloatArray:
        return np.full(number, self.probability)


SKEWED = Voter(0.5, 15.7, 10)
MIDDLING = Voter(4, 40, 5)
EARLY = Voter(0.5, 15.7, 1)
BIMODAL = EitherStance(Voter(0.5, 15.7, 5))


@dataclass(frozen=True)
class Ends:
    """Both ends [RUNS, 2] of each run, minus the truth."""

    estimated: FloatArray
    naive: FloatArray
    error: FloatArray

    def beyond(self, errors: float, ends: FloatArray) -> NDArray[np.int64]:
        missed: NDArray[np.int64] = (np.abs(ends) > errors * self.error).sum(axis=0)
        return missed


@cache
def ends_of_runs(voter: Voter | EitherStance | Alike, worlds: int, per_world: int) -> Ends:
    rng = np.random.Generator(np.random.Philox(key=[worlds, per_world]))
    totals = np.full(worlds, per_world)
    found: list[tuple[float, float]] = []
    errors: list[tuple[float, float]] = []
    naive: list[FloatArray] = []
    for _ in range(RUNS):
        hits = rng.binomial(totals, voter.worlds(rng, worlds))
        estimate = summarise_share(hits, totals)
        assert estimate.credible_90 is not None
        assert estimate.credible_error is not None
        found.append(estimate.credible_90)
        errors.append(estimate.credible_error)
        naive.append(np.quantile(hits / totals, LEVELS))
    truth = voter.quantiles()
    return Ends(np.array(found) - truth, np.array(naive) - truth, np.array(errors))


def assert_errors_are_truthful(ends: Ends) -> None:
    for errors, allowed in ALLOWED_BEYOND.items():
        assert (ends.beyond(errors, ends.estimated) <= allowed).all(), f"beyond {errors} errors"


@pytest.mark.parametrize("per_world", [50, 200, 1000])
@pytest.mark.parametrize("worlds", [100, 500, 5000])
@pytest.mark.parametrize("voter", [SKEWED, MIDDLING], ids=["skewed", "middling"])
def test_ends_agree_with_the_closed_form(voter: Voter, worlds: int, per_world: int) -> None:
    ends = ends_of_runs(voter, worlds, per_world)
    assert_errors_are_truthful(ends)
    chance = FAR * ends.estimated.std(axis=0, ddof=1) / sqrt(RUNS)
    assert (np.abs(ends.estimated.mean(axis=0)) <= 0.3 * ends.error.mean(axis=0) + chance).all()


@pytest.mark.parametrize("per_world", [200, 1000])
@pytest.mark.parametrize("worlds", [100, 500, 5000])
def test_stated_errors_are_not_idly_large(worlds: int, per_world: int) -> None:
    """Where an end is well away from 0 and 1, the error is at most 2.5 times the spread over runs."""
    ends = ends_of_runs(MIDDLING, worlds, per_world)
    spread = ends.estimated.std(axis=0, ddof=1) * (1 + FAR / sqrt(2 * RUNS))
    assert (ends.error.mean(axis=0) <= 2.5 * spread).all()


@pytest.mark.parametrize(
    ("voter", "end"),
    [(MIDDLING, 0), (MIDDLING, 1), (SKEWED, 1), (BIMODAL, 1)],
    ids=lambda v: type(v).__name__,
)
def test_with_twenty_a_world_the_noise_matters_and_is_taken_out(
    voter: Voter | EitherStance, end: int
) -> None:
    """The power of the tests here: plain quantiles, judged by the same errors, fail them at W = 5,000."""
    ends = ends_of_runs(voter, 5000, 20)
    assert_errors_are_truthful(ends)
    assert ends.beyond(2, ends.naive)[end] > ALLOWED_BEYOND[2]
    assert abs(ends.estimated.mean(axis=0)[end]) < 0.2 * abs(ends.naive.mean(axis=0)[end])


@pytest.mark.parametrize("per_world", [20, 50, 200])
@pytest.mark.parametrize("worlds", [100, 500, 5000])
@pytest.mark.parametrize("voter", [EARLY, BIMODAL], ids=["early", "bimodal"])
def test_ends_hold_near_zero_and_for_two_kinds_of_worlds(
    voter: Voter | EitherStance, worlds: int, per_world: int
) -> None:
    assert_errors_are_truthful(ends_of_runs(voter, worlds, per_world))


@pytest.mark.parametrize("probability", [0.02, 0.3])
@pytest.mark.parametrize(("worlds", "per_world"), [(100, 50), (500, 20), (500, 200), (5000, 200)])
def test_worlds_that_do_not_differ_are_within_the_stated_error(
    probability: float, worlds: int, per_world: int
) -> None:
    ends = ends_of_runs(Alike(probability), worlds, per_world)
    assert_errors_are_truthful(ends)
    assert (np.abs(ends.estimated).mean(axis=0) < 0.6 * np.abs(ends.naive).mean(axis=0)).all()


def many_means(
    worlds_of_run: FloatArray, per_world: int, key: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Probability, mc_error and mc_error_within of each run, given p of each world [runs, W]."""
    hits = np.random.Generator(np.random.Philox(key)).binomial(per_world, worlds_of_run)
    totals = np.full(worlds_of_run.shape[1], per_world)
    estimates = [summarise_share(row, totals) for row in hits]
    return (
        np.array([e.probability for e in estimates]),
        np.array([e.mc_error for e in estimates]),
        np.array([e.mc_error_within for e in estimates]),
    )


@pytest.mark.parametrize("per_world", [5, 50])
def test_probability_is_unbiased_and_mc_error_is_its_spread(per_world: int) -> None:
    runs, worlds = 4000, 80
    rng = np.random.Generator(np.random.Philox(11))
    draws = SKEWED.worlds(rng, runs * worlds).reshape(runs, worlds)
    probability, mc_error, _ = many_means(draws, per_world, 12)
    spread = probability.std(ddof=1)
    assert abs(probability.mean() - SKEWED.mean()) < FAR * spread / sqrt(runs)
    # sd of a variance over runs of nearly normal means, relative: sqrt(2 / runs); halved for its root
    assert sqrt((mc_error**2).mean()) == pytest.approx(spread, rel=1.1 * FAR * sqrt(2 / runs) / 2)


def test_the_part_within_worlds_is_the_spread_when_worlds_are_kept() -> None:
    runs, worlds, per_world = 4000, 80, 50
    draws = SKEWED.worlds(np.random.Generator(np.random.Philox(13)), worlds)
    probability, mc_error, within = many_means(np.tile(draws, (runs, 1)), per_world, 14)
    spread = probability.std(ddof=1)
    assert sqrt((within**2).mean()) == pytest.approx(spread, rel=1.1 * FAR * sqrt(2 / runs) / 2)
    assert mc_error.mean() > 3 * spread  # the other worlds that might have been drawn


def test_error_of_one_world_is_the_spread_of_a_proportion() -> None:
    runs, per_world = 4000, 200
    probability, mc_error, _ = many_means(np.full((runs, 1), 0.05), per_world, 15)
    spread = probability.std(ddof=1)
    assert sqrt((mc_error**2).mean()) == pytest.approx(spread, rel=1.1 * FAR * sqrt(2 / runs) / 2)
