"""What the estimates promise whatever the numbers: shapes, refusals, bounds, symmetries."""

from __future__ import annotations

import sys
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.base.errors import ModelError
from sim.estimates.intervals import (
    ShareEstimate,
    check_worlds,
    summarise_curve,
    summarise_exact,
    summarise_share,
)
from tests.commands import ran


def gamma_hits(worlds: int, per_world: int, key: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Counts of a voter with a Gamma-distributed rate after ten years, worlds unequal by one trajectory."""
    rng = np.random.Generator(np.random.Philox(key))
    totals = per_world + (np.arange(worlds) < worlds // 3).astype(np.int64)
    return rng.binomial(totals, 1 - np.exp(-10 * rng.gamma(0.5, 1 / 15.7, worlds))), totals


def with_interval(estimate: ShareEstimate) -> tuple[float, float, float, float]:
    assert estimate.credible_90 is not None
    assert estimate.credible_error is not None
    return *estimate.credible_90, *estimate.credible_error


def test_probability_is_the_mean_of_world_shares_and_not_of_trajectories() -> None:
    estimate = summarise_share(np.array([1, 9]), np.array([10, 11]))
    assert estimate.probability == pytest.approx((1 / 10 + 9 / 11) / 2, rel=1e-15)
    assert (estimate.worlds, estimate.trajectories) == (2, 21)


def test_mc_error_is_the_standard_deviation_of_worlds_over_root_worlds() -> None:
    hits, totals = gamma_hits(200, 50)
    estimate, share = summarise_share(hits, totals), hits / totals
    assert estimate.mc_error == pytest.approx(share.std(ddof=1) / sqrt(200), rel=1e-12)
    within = sqrt((share * (1 - share) / (totals - 1)).sum()) / 200
    assert estimate.mc_error_within == pytest.approx(within, rel=1e-12)
    assert 0 < estimate.mc_error_within < estimate.mc_error


@pytest.mark.parametrize(("hits", "total"), [(0, 1), (0, 1000), (1000, 1000), (300, 1000), (1, 2)])
def test_one_world_has_the_error_of_a_proportion_and_no_interval(hits: int, total: int) -> None:
    estimate = summarise_share(np.array([hits]), np.array([total]))
    assert estimate.probability == hits / total
    assert estimate.credible_90 is None
    assert estimate.credible_error is None
    assert estimate.mc_error == estimate.mc_error_within > 0
    if 0 < hits < total and total > 100:
        assert estimate.mc_error == pytest.approx(sqrt(0.3 * 0.7 / total), rel=0.01)
    if hits in (0, total) and total > 100:
        assert estimate.mc_error == pytest.approx(1 / sqrt(2) / total, rel=0.01)


def test_the_same_share_in_every_world_is_not_an_error_of_zero() -> None:
    estimate = summarise_share(np.full(7, 3), np.full(7, 10))
    assert estimate.mc_error == pytest.approx(sqrt(0.3 * 0.7 / 70), rel=0.02)


def test_one_trajectory_a_world_cannot_show_less_chance_than_the_whole() -> None:
    estimate = summarise_share(np.array([0, 1, 1, 0]), np.ones(4, dtype=np.int64))
    assert estimate.mc_error_within == estimate.mc_error > 0


@pytest.mark.parametrize("worlds", [100, 500])
@pytest.mark.parametrize("end", [0, 1])
def test_never_and_always_say_what_could_have_been_missed(worlds: int, end: int) -> None:
    totals = 200 + np.arange(worlds) % 2
    estimate = summarise_share(end * totals, totals)
    assert estimate.probability == end
    assert estimate.credible_90 == (end, end)
    assert estimate.credible_error == pytest.approx((0.5 / 200.5, 0.5 / 200.5), rel=1e-12)
    assert estimate.mc_error == pytest.approx(1 / sqrt(2) / totals.sum(), rel=0.01)


@pytest.mark.parametrize("worlds", [1, 2, 99])
def test_fewer_than_100_worlds_give_no_interval(worlds: int) -> None:
    hits, totals = gamma_hits(worlds, 50)
    estimate = summarise_share(hits, totals)
    assert estimate.credible_90 is None
    assert estimate.credible_error is None


def test_fewer_than_10_trajectories_in_a_world_give_no_interval() -> None:
    hits, totals = gamma_hits(150, 9)
    assert totals.min() == 9
    assert totals.max() == 10
    assert summarise_share(hits, totals).credible_90 is None
    assert summarise_share(hits, np.full(150, 10)).credible_90 is not None


def test_refusal_names_the_numbers_and_the_way_out() -> None:
    for worlds in (0, 2, 99):
        with pytest.raises(ModelError, match=rf"worlds: {worlds} is too few.*at least 100"):
            check_worlds(worlds)
    with pytest.raises(ModelError, match=r"trajectories: 9 per world.*5000 for 500 worlds"):
        check_worlds(500, per_world=9)
    for worlds, per_world in ((100, None), (100, 10), (5000, 200)):
        check_worlds(worlds, per_world=per_world)


def test_one_world_is_for_what_is_certain_only() -> None:
    with pytest.raises(ModelError, match=r"worlds: 1 is too few"):
        check_worlds(1)
    check_worlds(1, uncertain=False)
    for worlds in (0, 2, 99):
        with pytest.raises(ModelError, match=rf"worlds: {worlds} is too few"):
            check_worlds(worlds, uncertain=False)


@pytest.mark.parametrize(
    ("hits", "totals"),
    [(3, 5), ([], []), ([1], [1, 2]), ([-1], [3]), ([4], [3]), ([0], [0]), ([[1]], [[2]])],
)
def test_counts_that_cannot_be_are_refused(hits: int | list[int], totals: int | list[int]) -> None:
    with pytest.raises(ValueError, match="hits"):
        summarise_share(np.array(hits, dtype=np.int64), np.array(totals, dtype=np.int64))


def test_a_curve_that_falls_is_refused() -> None:
    with pytest.raises(ValueError, match="may not decrease"):
        summarise_curve(np.array([[2, 1]]), np.array([3]))


def test_order_of_worlds_does_not_change_a_bit() -> None:
    hits, totals = gamma_hits(500, 60)
    order = np.random.Generator(np.random.Philox(5)).permutation(500)
    assert summarise_share(hits, totals) == summarise_share(hits[order], totals[order])


def test_counting_the_misses_instead_mirrors_the_interval() -> None:
    hits, totals = gamma_hits(500, 60)
    low, high, low_error, high_error = with_interval(summarise_share(hits, totals))
    mirrored = with_interval(summarise_share(totals - hits, totals))
    assert mirrored == pytest.approx((1 - high, 1 - low, high_error, low_error), abs=1e-9)


def test_the_number_of_threads_does_not_change_a_bit() -> None:
    program = (
        "import numpy as np; from sim.estimates.intervals import summarise_share as s;"
        "r = np.random.Generator(np.random.Philox(3));"
        "print(s(r.binomial(2000, r.beta(1, 3, 3000)), np.full(3000, 2000)))"
    )
    answers = set()
    for threads in ("1", "2"):
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        answers.add(ran([sys.executable, "-c", program], env=limits).stdout)
    assert len(answers) == 1


def test_a_world_far_from_all_others_is_taken_in() -> None:
    hits = np.full(1000, 3000)
    hits[0] = 10000
    low, high, *errors = with_interval(summarise_share(hits, np.full(1000, 10000)))
    assert 0.25 < low <= 0.3 <= high < 0.35
    assert np.isfinite(errors).all()


@pytest.mark.parametrize("per_world", [20, 200])
def test_an_end_near_zero_is_known_to_about_half_a_hit(per_world: int) -> None:
    hits, _ = gamma_hits(5000, per_world)
    low, _, low_error, _ = with_interval(summarise_share(hits, np.full(5000, per_world + 1)))
    assert low < 0.5 / per_world
    assert 0.15 / per_world < low_error < 0.6 / per_world


def test_worlds_that_are_certain_either_way_have_an_interval_from_0_to_1() -> None:
    low, high, *_ = with_interval(summarise_share(np.repeat([0, 100], 200), np.full(400, 100)))
    assert low < 0.005
    assert high > 0.995


def test_a_curve_is_the_share_at_each_date_with_ends_that_never_fall() -> None:
    rng = np.random.Generator(np.random.Philox(7))
    arrival = rng.exponential(1 / rng.gamma(0.5, 1 / 15.7, (300, 1)), (300, 40))
    dates = np.linspace(0.0, 30, 31)
    hits = (arrival[:, :, None] <= dates).sum(axis=1)
    totals = np.full(300, 40)
    curve = summarise_curve(hits, totals)
    alone = [summarise_share(column, totals) for column in hits.T]
    assert len(curve) == 31
    highest = [0.0, 0.0]
    for at_date, by_itself in zip(curve, alone, strict=True):
        low, high, *errors = with_interval(at_date)
        own_low, own_high, *own_errors = with_interval(by_itself)
        highest = [max(highest[0], own_low), max(highest[1], own_high)]
        assert [low, high] == highest
        assert (np.array(errors) >= own_errors).all()
        assert (at_date.probability, at_date.mc_error) == (by_itself.probability, by_itself.mc_error)


def test_an_end_that_would_fall_stays_and_keeps_the_larger_error() -> None:
    totals = np.full(100, 20)
    early = np.zeros(100, dtype=np.int64)
    early[:8] = 15  # a few worlds are far ahead, so the interval is wide
    late = np.full(100, 15)  # then all catch up, and it is narrow around the same share
    first, second = summarise_curve(np.stack([early, late], axis=1), totals)
    alone = with_interval(summarise_share(late, totals))
    assert with_interval(second)[1] == max(with_interval(first)[1], alone[1])
    assert with_interval(second)[3] >= alone[3]


def test_a_curve_of_one_world_has_no_intervals() -> None:
    curve = summarise_curve(np.array([[0, 5, 9]]), np.array([10]))
    assert [e.probability for e in curve] == [0.0, 0.5, 0.9]
    assert all(e.credible_90 is None for e in curve)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(100, 130),
    st.integers(10, 60),
    st.floats(0.01, 20),
    st.floats(0.01, 20),
    st.integers(0, 2**32),
)
def test_ends_and_errors_stay_in_bounds(worlds: int, per_world: int, a: float, b: float, key: int) -> None:
    rng = np.random.Generator(np.random.Philox(key))
    totals = per_world + rng.integers(0, 2, worlds)
    estimate = summarise_share(rng.binomial(totals, rng.beta(a, b, worlds)), totals)
    low, high, low_error, high_error = with_interval(estimate)
    assert 0 <= low <= high <= 1
    assert 0 < low_error <= 1
    assert 0 < high_error <= 1
    assert 0 <= estimate.mc_error_within <= estimate.mc_error < 1
    assert estimate.mc_error > 0


def test_exact_probabilities_have_plain_quantiles_and_the_error_of_worlds_only() -> None:
    chances = np.random.default_rng(5).beta(2, 6, 400)
    found = summarise_exact(chances)
    assert found.probability == pytest.approx(chances.mean(), rel=1e-14)
    assert found.mc_error == pytest.approx(chances.std(ddof=1) / 20, rel=1e-14)
    assert (found.mc_error_within, found.worlds, found.trajectories) == (0.0, 400, 0)
    assert found.credible_90 == pytest.approx(np.quantile(chances, [0.05, 0.95]), rel=1e-14)
    assert summarise_exact(chances[:99]).credible_90 is None
    assert summarise_exact(chances[:1]).mc_error == 0.0


def test_the_errors_of_the_ends_of_exact_intervals_cover_the_truth() -> None:
    """Two stated errors on either side hold the true quantile, for 100 worlds, in all but 30 of 200 cases.

    By the normal law 5 % are missed; then more than 30 of 200 have a chance below 1e-6 (binomial).
    """
    true = stats.beta(2, 6).ppf([0.05, 0.95])
    misses = np.zeros(2)
    for seed in range(200):
        found = summarise_exact(np.random.default_rng(seed).beta(2, 6, 100))
        assert found.credible_90 is not None
        assert found.credible_error is not None
        misses += np.abs(np.array(found.credible_90) - true) > 2 * np.array(found.credible_error)
    assert (misses <= 30).all(), misses
