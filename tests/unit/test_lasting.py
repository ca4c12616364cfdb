"""What is left of a length that has lasted: tails, laws given how long, and who obstructs."""

from __future__ import annotations

import itertools
from math import exp, inf, log

import numpy as np
import pytest
from scipy import special, stats

from sim.model import rules, tails
from sim.model.draws import key
from sim.model.model import Floats

N = 4000
# Dvoretzky, Kiefer and Wolfowitz with Massart's constant, as in test_rules; 30 laws or so: 1e-5 in all
FURTHEST = np.sqrt(np.log(2 / 3e-7) / (2 * N))
LAWS = {
    "exponential": (rules.EXPONENTIAL, 80.0, 0.0, stats.expon(scale=80.0)),
    "weibull 1": (rules.WEIBULL, 100.0, 1.0, stats.weibull_min(1.0, scale=100.0)),
    "weibull 0.7": (rules.WEIBULL, 100.0, 0.7, stats.weibull_min(0.7, scale=100.0)),
    "weibull 2.5": (rules.WEIBULL, 100.0, 2.5, stats.weibull_min(2.5, scale=100.0)),
    "gamma 2": (rules.GAMMA, 60.0, 2.0, stats.gamma(2.0, scale=60.0)),
    "gamma 0.3": (rules.GAMMA, 60.0, 0.3, stats.gamma(0.3, scale=60.0)),
    "lognormal": (rules.LOGNORMAL, 120.0, 0.7, stats.lognorm(0.7, scale=120.0)),
}


# --- tails ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("z", [-8.0, -3.0, -0.1, 0.0, 0.5, 3.0, 10.0, 29.99, 30.0, 100.0, 1e5])
def test_the_normal_tail_in_logarithms(z: float) -> None:
    assert tails.log_normal_tail(z) == pytest.approx(special.log_ndtr(-z), rel=1e-12)


@pytest.mark.parametrize("shape", [0.05, 0.5, 1.0, 2.0, 30.0, 1000.0])
@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.99, 1.01, 1.2, 3.0])
def test_the_gamma_tail_in_logarithms(shape: float, ratio: float) -> None:
    x = shape * ratio
    expected = special.gammaincc(shape, x)
    if expected > 1e-290:
        below, above = special.gammainc(shape, x), np.log(expected)
        assert tails.log_gamma_tail(shape, x) == pytest.approx(
            above if expected < 0.5 else np.log1p(-below), rel=1e-10
        )


def test_a_gamma_tail_far_out_is_still_a_number() -> None:
    assert tails.log_gamma_tail(1.0, 5000.0) == pytest.approx(-5000.0, rel=1e-13)
    assert tails.gamma_beyond(1.0, 2.0, 5000.0) == pytest.approx(5002.0, rel=1e-13)
    assert tails.log_gamma_tail(2.0, 0.0) == 0.0


@pytest.mark.parametrize("shape", [0.05, 0.5, 2.0, 30.0, 1000.0])
@pytest.mark.parametrize("u", [1e-9, 0.3, 0.99])
@pytest.mark.parametrize("v", [1e-6, 0.5, 0.999])
def test_what_is_beyond_a_point_of_a_gamma_law(shape: float, u: float, v: float) -> None:
    x, least = stats.gamma(shape).isf(u), stats.gamma(shape).isf(v)
    assert tails.gamma_beyond(shape, x, least) == pytest.approx(stats.gamma(shape).isf(u * v), rel=1e-8)


@pytest.mark.parametrize("z", [-9.0, -1.0, 0.0, 2.0, 9.0])
@pytest.mark.parametrize("least", [-9.0, -1.0, 0.3, 7.0, 40.0])
def test_what_is_beyond_a_point_of_a_normal_law(z: float, least: float) -> None:
    found = tails.normal_beyond(z, least)
    assert found >= max(z, least)
    target = special.log_ndtr(-z) + special.log_ndtr(-least)
    assert special.log_ndtr(-found) == pytest.approx(target, rel=1e-11)


# --- laws -------------------------------------------------------------------------------------------------


def sample(rows: list[tuple[int, int, int, int]], law: int, numbers: list[float], elapsed: float) -> Floats:
    table = tuple(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    k = key(5, f"law/{rows}/{numbers}")
    values, scratch = np.array(numbers), np.empty(8)
    return np.array([
        rules.sample_law(*table, law, values, scratch, k[0], k[1], unit, elapsed) for unit in range(N)
    ])  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("elapsed", [3.0, 361.0])
def test_what_is_left_has_the_law_given_how_long_it_has_lasted(name: str, elapsed: float) -> None:
    kind, a, b, law = LAWS[name]
    left = sample([(kind, 0, 1, -1)], 0, [a, b], elapsed)
    assert (left >= 0.0).all()
    given = stats.kstest(left, lambda t: 1.0 - law.sf(t + elapsed) / law.sf(elapsed))
    assert given.statistic < FURTHEST


@pytest.mark.parametrize("name", LAWS)
def test_the_chance_to_last(name: str) -> None:
    kind, a, b, law = LAWS[name]
    table = tuple(np.array([column]) for column in (kind, 0, 1, -1))
    found = rules.log_lasting(*table, 0, np.array([a, b]), np.empty(1), 200.0)
    assert found == pytest.approx(law.logsf(200.0), rel=1e-11)
    assert rules.log_over(found) == pytest.approx(law.logcdf(200.0), rel=1e-11)


@pytest.mark.parametrize("name", LAWS)
def test_who_has_waited_longer_is_never_done_sooner(name: str) -> None:
    """The luck is the same: in all, a length is never shorter for having lasted, and 0 days change nothing."""
    kind, a, b, _ = LAWS[name]
    whole = [sample([(kind, 0, 1, -1)], 0, [a, b], e)[:500] + e for e in (0.0, 1e-6, 30.0, 100.0, 1000.0)]
    for less, more in itertools.pairwise(whole):
        assert (more >= less * (1 - 1e-12)).all()
    if name != "gamma 0.3":  # of which a good part is over in an instant
        assert whole[1] == pytest.approx(whole[0], abs=1e-3)


def test_an_exponential_law_has_no_memory() -> None:
    for row in ((rules.EXPONENTIAL, 0, 0, -1), (rules.WEIBULL, 0, 1, -1)):
        fresh, old = (sample([row], 0, [80.0, 1.0], elapsed) for elapsed in (0.0, 500.0))
        assert (fresh == old).all()


def test_a_fixed_length_is_what_is_left_of_it() -> None:
    assert set(sample([(rules.FIXED, 0, 0, -1)], 0, [14.0], 4.0)) == {10.0}
    assert set(sample([(rules.FIXED, 0, 0, -1)], 0, [14.0], 14.0)) == {0.0}
    assert set(sample([(rules.LOGNORMAL, 0, 1, -1)], 0, [14.0, 0.0], 4.0)) == {10.0}


def test_a_mixture_is_weighed_by_what_can_have_lasted() -> None:
    rows = [
        (rules.EXPONENTIAL, 0, 0, 3),
        (rules.LOGNORMAL, 1, 2, 4),
        (rules.FIXED, 0, 0, 5),
        (rules.MIXTURE, 0, 3, -1),
    ]
    left = sample(rows, 3, [80.0, 300.0, 0.8, 0.5, 0.2, 0.3], 250.0)
    quick, slow = stats.expon(scale=80.0), stats.lognorm(0.8, scale=300.0)

    def more(t: Floats) -> Floats:
        return np.asarray(0.5 * quick.sf(t) + 0.2 * slow.sf(t))

    assert stats.kstest(left, lambda t: 1 - more(t + 250.0) / more(np.array(250.0))).statistic < FURTHEST
    table = tuple(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    numbers = np.array([80.0, 300.0, 0.8, 0.5, 0.2, 0.3])
    found = rules.log_lasting(*table, 3, numbers, np.empty(3), 250.0)
    assert found == pytest.approx(float(np.log(more(np.array(250.0)))), rel=1e-12)


# --- who obstructs ----------------------------------------------------------------------------------------


def blamed(
    chance: float, weights: list[float], own: list[float], slow: list[float]
) -> tuple[float, list[float]]:
    """The chance that somebody obstructs, and the share of each in it."""
    given = np.array([*weights, 9.0])
    found = float(rules.blamed(chance, given, np.array([*own, -inf]), np.array([*slow, 0.0]), len(weights)))
    shares = given[:-1]
    assert given[-1] == 9.0
    return found, (shares / shares.sum()).tolist() if found else []


def test_who_obstructs_given_what_was_seen_of_everybody() -> None:
    """By Bayes' rule, case by case: nobody, or one of two, by weights of 1 and 3."""
    own, slow = [-1.0, -2.0], [-0.5, -0.1]
    nobody = 0.7 * exp(sum(own))
    cases = [0.3 * 0.25 * exp(slow[0] + own[1]), 0.3 * 0.75 * exp(own[0] + slow[1])]
    found, shares = blamed(0.3, [1.0, 3.0], own, slow)
    assert found == pytest.approx(sum(cases) / (sum(cases) + nobody), rel=1e-12)
    assert shares == pytest.approx([case / sum(cases) for case in cases], rel=1e-12)
    assert blamed(1.0, [1.0, 3.0], own, slow) == (1.0, pytest.approx(shares))
    assert blamed(0.0, [1.0, 3.0], own, slow)[0] == 0.0
    found, shares = blamed(0.3, [0.0, 2.0], own, slow)
    assert found == pytest.approx(0.3 * exp(-1.1) / (0.3 * exp(-1.1) + nobody), rel=1e-12)
    assert shares == [0.0, 1.0]


def test_who_cannot_have_taken_so_long_by_its_own_law_obstructs() -> None:
    for first in (0, 1):
        own, only = ([-inf, -2.0], [1.0, 0.0]) if first == 0 else ([-2.0, -inf], [0.0, 1.0])
        assert blamed(0.3, [1.0, 3.0], own, [-0.5, -0.1]) == (1.0, only)
        assert blamed(0.0, [1.0, 3.0], own, [-0.5, -0.1])[0] == 0.0
    assert blamed(0.3, [1.0, 3.0], [-inf, -inf], [-0.5, -0.1])[0] == 0.0
    assert blamed(0.3, [0.0, 3.0], [-inf, -2.0], [-0.5, -0.1])[0] == 0.0


def test_a_part_that_cannot_have_lasted_has_no_weight() -> None:
    """Of a fixed length of 80 days and an exponential one; and of two that cannot."""
    kind, first, second = (
        np.array(column)
        for column in zip(
            *[(rules.FIXED, 0, 0), (rules.EXPONENTIAL, 1, 1), (rules.MIXTURE, 0, 2)], strict=True
        )
    )
    slots, numbers = np.array([2, 3, -1]), np.array([80.0, 50.0, 3.0, 1.0])
    table = kind, first, second, slots
    for days, last in ((80.0, log(0.75 + 0.25 * exp(-1.6))), (81.0, log(0.25) - 81 / 50)):
        assert rules.log_lasting(*table, 2, numbers, np.empty(2), days) == pytest.approx(last, rel=1e-12)
    sure = np.array([80.0, 50.0, 3.0, 0.0])
    assert rules.log_lasting(*table, 2, sure, np.empty(2), 79.0) == 0.0
    assert rules.log_lasting(*table, 2, sure, np.empty(2), 81.0) == -inf
