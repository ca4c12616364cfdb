"""Errors and intervals of differences, held against what repeated runs and known worlds show.

False alarms. Every bound is the quantile of the claimed law at ALARM = 1e-9 on both sides together, or a count
of misses at the binomial quantile of ALARM; fewer than 60 numbers are compared. If all claims are true, the
chance that any test in this file fails for other seeds is therefore below 1e-7.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, chi2

from sim.engines.montecarlo.engine import simulate
from sim.estimates.differences import MOST_NOISE, spread
from sim.estimates.paired import paired_error
from sim.scenario.load import load_text
from sim.studies.prepare import prepare
from sim.studies.together import run_together

ALARM = 1e-9
SEEDS, TRAJECTORIES, WORLDS = 300, 1000, 100
Floats = NDArray[np.float64]

# GRC moves at a rate that is not known, and back; a settlement makes it faster. One decision, held now and then.
TEXT = """\
schema: 1
title: One holdout
question: How far are two runs apart?
organisation: NATO
candidate: XKX
start: 2026-12-31
horizon: 2030-12-31
members: [GRC]
parameters:
  rate: {prior: {uniform: {low: 0.05, high: 0.5}}, unit: per year, basis: judged, source: made up}
  pull: {value: 1.0, unit: factor, basis: judged, source: made up}
chains:
  settlement: {states: [none, interim], start: none, moves: [{from: none, to: interim, rate: 0.5}]}
voters:
  everyone: {stance: {states: [blocks, recognises]}}
  GRC:
    stance:
      start: blocks
      moves:
        - {from: blocks, to: recognises, rate: rate, scaled_by: {settlement: {interim: pull}}}
        - {from: recognises, to: blocks, rate: 0.5}
ladder:
  - {step: entry, kind: decision, meetings: [summit], needs: {stance: recognises}, held: 0.3}
calendar:
  summit: {then: {every: 6 months, from: 2027-06-30}}
"""
SLOW, FAST = load_text(TEXT, "slow"), load_text(TEXT, "fast", overrides={"pull": 2.0})


@cache
def repeated() -> tuple[Floats, Floats, Floats]:
    """Of SEEDS comparisons: the difference, its stated error, and the stated ratio of variances."""
    found = []
    for seed in range(SEEDS):
        pair = [prepare(loaded, WORLDS, seed) for loaded in (SLOW, FAST)]
        counts = run_together(pair, [pair[0].model.horizon], TRAJECTORIES, threads=1).counts
        before, after = (side.hits[0, :, 0] for side in counts)
        difference = (after - before).sum() / TRAJECTORIES
        found.append((difference, *paired_error(before, after, counts[0].totals)))
    differences, errors, ratios = np.array(found).T
    return differences, errors, ratios


def test_the_stated_error_is_that_of_repeated_runs() -> None:
    """The variance of the differences over seeds is chi-square about the mean of the squared errors.

    The mean of SEEDS squared errors, each from WORLDS worlds, is itself known to about 1 %, which is added.
    """
    differences, errors, _ = repeated()
    ratio = differences.var(ddof=1) / (errors**2).mean()
    low, high = chi2.ppf([ALARM / 2, 1 - ALARM / 2], SEEDS - 1) / (SEEDS - 1)
    assert low / 1.06 < ratio < high * 1.06
    assert low / 1.06 > 1 / 1.5**2  # so an error that is too large or too small by a half is found
    assert high * 1.06 < 1.5**2


def test_separate_luck_would_cost_what_is_stated() -> None:
    """Runs of the two scenarios with seeds of their own: their differences vary so many times more."""
    differences, _, ratios = repeated()
    shares = []
    for loaded, first in ((SLOW, 10_000), (FAST, 20_000)):
        found = []
        for seed in range(first, first + SEEDS):
            ready = prepare(loaded, WORLDS, seed)
            paths = simulate(ready.model, ready.worlds, seed, TRAJECTORIES, threads=1)
            found.append(np.isfinite(paths.time[:, 0]).mean())
        shares.append(np.array(found))
    apart = (shares[1] - shares[0]).var(ddof=1)
    ratio = apart / differences.var(ddof=1) / np.median(ratios)
    # two chi-square laws, each within its own bounds
    low, high = chi2.ppf([ALARM / 4, 1 - ALARM / 4], SEEDS - 1) / (SEEDS - 1)
    assert low / high / 1.06 < ratio < high / low * 1.06
    assert (ratios > 2).all()  # luck and worlds are shared, and it shows in every run
    assert apart > 2 * differences.var(ddof=1)


# --- intervals over worlds whose differences are known --------------------------------------------------

RUNS = 100
Law = Callable[[np.random.Generator, int], tuple[Floats, Floats]]
"""Chances that a trajectory of a world is gained and that it is lost."""


def skewed(rng: np.random.Generator, worlds: int) -> tuple[Floats, Floats]:
    """Most worlds gain little, none loses."""
    return rng.beta(1, 10, worlds), np.zeros(worlds)


def both_ways(rng: np.random.Generator, worlds: int) -> tuple[Floats, Floats]:
    """Some worlds gain and some lose."""
    return rng.beta(1, 6, worlds) * 0.5, np.full(worlds, 0.05)


def often_nothing(rng: np.random.Generator, worlds: int) -> tuple[Floats, Floats]:
    """In half of the worlds nothing changes."""
    return np.where(rng.random(worlds) < 0.5, 0.0, 0.4 * rng.beta(1, 2, worlds)), np.zeros(worlds)


def two_kinds(rng: np.random.Generator, worlds: int) -> tuple[Floats, Floats]:
    """Half of the worlds share one difference: the shape that is hardest for the method."""
    return np.where(rng.random(worlds) < 0.5, 0.02, 0.2), rng.beta(2, 20, worlds) * 0.2


@pytest.mark.parametrize("law", [skewed, both_ways, often_nothing, two_kinds], ids=lambda law: law.__name__)
@pytest.mark.parametrize(("worlds", "each"), [(200, 100), (1000, 200), (1000, 1000)])
def test_intervals_hold_the_known_ends(law: Law, worlds: int, each: int) -> None:
    """An end is further than two stated errors from the truth in at most 15 % of runs, than four in 3 %.

    Where the interval is refused there is nothing to hold it to, but it may not be refused for these worlds
    with 1,000 trajectories each.
    """
    rng = np.random.default_rng([worlds, each, len(law.__name__)])
    gained, lost = law(rng, 400_000)
    truth = np.quantile(gained - lost, [0.05, 0.95])
    totals = np.full(worlds, each)
    missed, given = np.zeros((2, 2), int), 0
    for _ in range(RUNS):
        gained, lost = law(rng, worlds)
        drawn = rng.multinomial(each, np.stack([gained, lost, 1 - gained - lost], axis=1))
        found = spread(drawn[:, 0], drawn[:, 1], totals, worlds)
        if found.credible_90 is None or found.credible_error is None:
            continue
        given += 1
        away = np.abs(np.array(found.credible_90) - truth) / np.array(found.credible_error)
        missed += [away > 2, away > 4]
    if each == 1000:
        assert given == RUNS
    for misses, share in zip(missed, (0.15, 0.03), strict=True):
        assert misses.max() <= binom.isf(ALARM, max(given, 1), share)


def test_worlds_that_are_alike_get_no_interval() -> None:
    """The noise is more than MOST_NOISE of the variance; by chance it seems less in under 1e-9 of runs.

    With the same chance everywhere the noise is all of the variance, whose relative error is sqrt(2 / 999).
    """
    rng = np.random.default_rng(5)
    assert 1 - 6.1 * np.sqrt(2 / 999) > MOST_NOISE
    for _ in range(20):
        drawn = rng.binomial(200, 0.1, 1000)
        assert spread(drawn, np.zeros(1000, np.int64), np.full(1000, 200), 1000).credible_90 is None
