"""The arithmetic that engines share: picks, rules of voting, luck, laws."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.model import rules
from sim.model.draws import key

UNIFORM = st.floats(2.0**-53, 1.0 - 2.0**-53)
WEIGHTS = st.lists(st.sampled_from([0.0, 1e-12, 0.1, 0.3, 1.0, 7.0, 1e300]), min_size=1, max_size=6)


# --- picks ----------------------------------------------------------------------------------------------


@given(UNIFORM, WEIGHTS)
def test_a_pick_is_never_impossible(u: float, weights: list[float]) -> None:
    at = rules.pick(u, np.array(weights), len(weights))
    if sum(weights) == 0.0:
        assert at == -1
    else:
        assert weights[at] > 0.0


@given(UNIFORM, st.lists(st.integers(0, 9), min_size=1, max_size=6))
def test_a_pick_is_where_the_share_falls(u: float, weights: list[int]) -> None:
    at = rules.pick(u, np.array(weights, float), len(weights))
    if sum(weights):
        share = Fraction(u) * sum(weights)
        low = sum(weights[:at])
        slack = Fraction(1, 10**12)
        assert low - slack <= share <= low + weights[at] + slack


def test_a_pick_looks_at_the_first_n_weights_only() -> None:
    assert rules.pick(0.99, np.array([1.0, 1.0, 98.0]), 2) == 1
    assert rules.pick(0.4999, np.array([1.0, 1.0]), 2) == 0
    assert rules.pick(0.5, np.array([1.0, 1.0]), 2) == 1
    assert rules.pick(0.5, np.array([0.0, 0.0]), 2) == -1


def test_rounding_never_picks_past_the_last_positive_weight() -> None:
    tenths = np.array([0.1] * 10 + [0.0])
    assert rules.pick(1.0 - 2.0**-53, tenths, 11) == 9


# --- rules of voting ------------------------------------------------------------------------------------


@pytest.mark.parametrize("voters", range(1, 40))
def test_how_many_must_agree(voters: int) -> None:
    assert rules.required(rules.CONSENSUS, 0, 1, voters) == voters
    for absent in range(voters + 2):
        assert rules.required(rules.ALL_BUT, absent, 1, voters) == max(0, voters - absent)
    for below in range(1, 12):
        for above in range(1, below + 1):
            agreed = next(n for n in range(voters + 1) if Fraction(n) >= Fraction(above, below) * voters)
            assert rules.required(rules.SHARE, above, below, voters) == agreed


def test_two_thirds_of_five_are_four() -> None:
    assert rules.required(rules.SHARE, 2, 3, 5) == 4
    assert rules.required(rules.SHARE, 2, 3, 6) == 4
    assert rules.required(rules.SHARE, 1, 2, 5) == 3


# --- luck -----------------------------------------------------------------------------------------------


@given(*[st.floats(0.0, 50.0)] * 4)
def test_luck_is_used_up_at_the_rate_and_never_below_nothing(
    left: float, rate: float, since: float, span: float
) -> None:
    rest = rules.spent(left, rate, since, since + span)
    assert rest == max(left - rate * ((since + span) - since), 0.0)


def test_a_clock_fires_when_its_luck_is_used_up() -> None:
    assert rules.fires_at(2.0, 3.0, 4.0) == 2.75
    assert rules.fires_at(2.0, 3.0, 0.0) == math.inf
    assert rules.fires_at(2.0, 0.0, 4.0) == 2.0
    halfway = rules.spent(3.0, 4.0, 2.0, 2.5)
    assert rules.fires_at(2.5, halfway, 4.0) == 2.75
    assert rules.fires_at(2.5, halfway, 8.0) == 2.625


def test_happens_after_exponential() -> None:
    assert rules.happens(0.3, 0.30000001)
    assert not rules.happens(0.3, 0.3)
    assert not rules.happens(2.0**-53, 0.0)
    assert rules.happens(1.0 - 2.0**-53, 1.0)
    assert rules.after(1.0, 365.25) == 2.0
    assert rules.exponential(math.exp(-2.0)) == pytest.approx(2.0, rel=1e-15)
    assert rules.added(1.0, rules.scaled(2.0, 3.0)) == 7.0


def test_weights_of_tilted_rates() -> None:
    assert [rules.tilted(rate, 1.0) for rate in (0.0, 0.5, 1.0, 2.0)] == [0.0, 1.0, 1.0, 2.0]
    assert rules.tilted(-1.0, 1.0) == -1.0
    assert rules.gap(5.0, 3.5) == 1.5
    assert rules.booked(-1.0, 1.5, 2.0, 4.0) == 2.0
    assert rules.booked_move(0.5, 1.0, 4.0) == pytest.approx(0.5 + math.log(0.25), rel=1e-15)
    assert rules.weight(math.log(3.0)) == pytest.approx(3.0, rel=1e-15)
    assert rules.log_over(-2.0) == pytest.approx(math.log(1 - math.exp(-2.0)), rel=1e-14)
    assert rules.log_over(0.0) == -math.inf


# --- laws -----------------------------------------------------------------------------------------------

N = 20_000
# Dvoretzky, Kiefer and Wolfowitz with Massart's constant: an empirical distribution function of N draws is
# further than this from its own law with a chance below 1e-7 (at most 10 laws: 1e-6 in all).
FURTHEST = math.sqrt(math.log(2 / 1e-7) / (2 * N))


def sample(rows: list[tuple[int, int, int, int]], law: int, numbers: list[float]) -> np.ndarray:
    kind, first, second, weight = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    k = key(5, f"law/{rows}/{numbers}")
    values, scratch = np.array(numbers), np.empty(8)
    draw = rules.sample_law
    days = [
        draw(kind, first, second, weight, law, values, scratch, k[0], k[1], unit, 0.0) for unit in range(N)
    ]
    return np.array(days)


@pytest.mark.parametrize(
    ("kind", "first", "second", "law"),
    [
        (rules.EXPONENTIAL, 80.0, 0.0, stats.expon(scale=80.0)),
        (rules.WEIBULL, 100.0, 1.0, stats.weibull_min(1.0, scale=100.0)),
        (rules.WEIBULL, 100.0, 0.7, stats.weibull_min(0.7, scale=100.0)),
        (rules.WEIBULL, 100.0, 2.5, stats.weibull_min(2.5, scale=100.0)),
        (rules.GAMMA, 60.0, 2.0, stats.gamma(2.0, scale=60.0)),
        (rules.GAMMA, 60.0, 1.0, stats.gamma(1.0, scale=60.0)),
        (rules.GAMMA, 60.0, 0.3, stats.gamma(0.3, scale=60.0)),
        (rules.LOGNORMAL, 120.0, 0.7, stats.lognorm(0.7, scale=120.0)),
    ],
)
def test_a_law_is_sampled(kind: int, first: float, second: float, law: stats.rv_continuous) -> None:
    days = sample([(kind, 0, 1, -1)], 0, [first, second])
    assert stats.kstest(days, law.cdf).statistic < FURTHEST
    assert (days >= 0.0).all()


def test_a_fixed_law_is_fixed() -> None:
    assert set(sample([(rules.FIXED, 0, 0, -1)], 0, [14.0])) == {14.0}


def test_a_mixture_is_sampled() -> None:
    rows = [(rules.EXPONENTIAL, 0, 0, 2), (rules.LOGNORMAL, 1, 3, 4), (rules.MIXTURE, 0, 2, -1)]
    days = sample(rows, 2, [80.0, 300.0, 0.8, 0.5, 0.2])
    short, long = stats.expon(scale=80.0), stats.lognorm(0.5, scale=300.0)
    assert stats.kstest(days, lambda t: 0.8 * short.cdf(t) + 0.2 * long.cdf(t)).statistic < FURTHEST
