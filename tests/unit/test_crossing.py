"""Where a probability crosses a target: found, told with its error, or said not to be."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from scipy.special import ndtr

from sim.estimates.crossing import (
    CLOSE,
    FINE,
    MOST_STEPS,
    Crossing,
    Function,
    Value,
    _score_error,
    between,
    nearest,
    scores,
)


def on_grid(f: Function) -> dict[float, tuple[float, float]]:
    return {z: f(z) for z in scores()}


def smooth(z: float) -> tuple[float, float]:
    return float(ndtr(1.5 * z - 1)), 0.001


def test_a_rising_probability() -> None:
    found = nearest(smooth, on_grid(smooth), 0.5, above=True)
    assert found is not None
    assert found.score == pytest.approx(2 / 3, abs=0.005)
    # the slope there is 1.5 phi(0)
    assert found.score_error == pytest.approx(0.001 / (1.5 * 0.3989), rel=0.2)
    assert found.quantile == pytest.approx(ndtr(2 / 3), abs=0.002)


def test_a_falling_one_and_a_target_from_above() -> None:
    def falling(z: float) -> tuple[float, float]:
        return smooth(-z)

    up = nearest(falling, on_grid(falling), 0.5, above=True)
    down = nearest(smooth, on_grid(smooth), 0.05, above=False)
    assert up is not None
    assert up.score == pytest.approx(-2 / 3, abs=0.005)
    assert down is not None
    assert smooth(down.score)[0] == pytest.approx(0.05, abs=0.002)


def test_neither_monotone_nor_symmetric_the_nearest_crossing_counts() -> None:
    def hill(z: float) -> tuple[float, float]:
        return exp(-((z - 0.9) ** 2)) if z > 0 else exp(-((z + 1.6) ** 2)) / 0.95, 0.001

    found = nearest(hill, on_grid(hill), 0.7, above=True)
    assert found is not None
    assert found.score == pytest.approx(0.9 - np.sqrt(-np.log(0.7)), abs=0.01)


def test_not_at_all_and_already_in_the_middle() -> None:
    low = dict.fromkeys(scores(), (0.1, 0.01))
    assert nearest(lambda z: (0.1, 0.01), low, 0.5, above=True) is None
    high = dict.fromkeys(scores(), (0.9, 0.01))
    found = nearest(lambda z: (0.9, 0.01), high, 0.5, above=True)
    assert found is not None
    assert found.score == 0.0


def test_a_jump_is_found_to_its_place() -> None:
    def jump(z: float) -> tuple[float, float]:
        return (0.8 if z > 1.0 else 0.2), 0.01

    found = nearest(jump, on_grid(jump), 0.5, above=True)
    assert found is not None
    assert found.score == pytest.approx(1.0, abs=0.05)
    assert found.score_error < 0.1


def test_between_two_scores_that_are_known_either_way() -> None:
    def falling(z: float) -> tuple[float, float]:
        return smooth(-z)

    up = between(smooth, -1.0, smooth(-1.0), 2.0, smooth(2.0), 0.5, above=True)
    down = between(falling, -1.0, falling(-1.0), 2.0, falling(2.0), 0.25, above=False)
    assert up.score == pytest.approx(2 / 3, abs=0.005)
    assert up.probability == pytest.approx(smooth(up.score)[0])
    assert falling(down.score)[0] == pytest.approx(0.25, abs=0.002)
    assert down.probability == pytest.approx(falling(down.score)[0])


# --- step by step -------------------------------------------------------------------------------------------


class Tried:
    """A function that remembers where it was asked."""

    def __init__(self, f: Function) -> None:
        self.f, self.at = f, list[float]()

    def __call__(self, z: float) -> Value:
        self.at.append(z)
        return self.f(z)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_parabola_step_by_step(sign: int) -> None:
    """Regula falsi, the value at an end that stays halved, and every third step in the middle."""
    f = Tried(lambda z: (0.5 + sign * (z * z - 0.5), 0.0))
    found = between(f, 0.0, f.f(0.0), 1.0, f.f(1.0), 0.5, above=sign > 0)
    first = [0.5, 0.75, 0.625]  # then bad is 0.625 at -0.109375, good 0.75 at 0.0625, of which half counts
    fourth = 0.625 + 0.125 * 0.109375 / (0.109375 + 0.03125)
    half = 0.109375 / 2
    fifth = 0.625 + (fourth - 0.625) * half / (half + fourth**2 - 0.5)
    assert f.at[:5] == pytest.approx([*first, fourth, fifth], rel=1e-12)
    assert f.at[5] == pytest.approx((fourth + fifth) / 2, rel=1e-12)
    assert len(f.at) <= MOST_STEPS
    # good is the last on its side
    assert found.score == min(z for z in f.at if z * z >= 0.5)
    assert found.score - max(z for z in f.at if z * z < 0.5) < FINE
    assert found.probability == pytest.approx(0.5 + sign * (found.score**2 - 0.5), rel=1e-12)


@pytest.mark.parametrize(("slope", "share"), [(1e-3, 0.05), (1e3, 0.95)])
def test_no_step_is_nearer_to_an_end_than_a_twentieth(slope: float, share: float) -> None:
    """The value at one end is far from the target, and that at the other is not."""
    bad, good = (-0.4, 0.4 / slope) if slope > 1 else (-0.4 * slope, 0.4)
    f = Tried(lambda z: (bad if z < 0.5 + share / 100 else good, 0.0))
    between(f, 0.0, (bad, 0.0), 2.0, (good, 0.0), 0.0, above=True)
    assert f.at[0] == pytest.approx(2.0 * share)


def test_a_search_ends_where_the_target_is_met_within_a_quarter_of_an_error() -> None:
    for away, ends in ((0.9 * CLOSE, True), (1.1 * CLOSE, False)):
        f = Tried(lambda z, away=away: (0.5 - away * 0.01 if z == 0.5 else z, 0.01))
        found = between(f, 0.0, (0.0, 0.01), 1.0, (1.0, 0.01), 0.5, above=True)
        assert (len(f.at) == 1) == ends
        if ends:
            assert (found.score, found.probability) == (0.5, pytest.approx(0.5 - away * 0.01))


def test_a_search_that_does_not_end_takes_the_good_end() -> None:
    """From so far apart ten steps are too few; the upper end stays where it is."""
    f = Tried(lambda z: (0.0 if z < 999.0 else 1.0, 0.0))
    found = between(f, 0.0, (0.0, 0.0), 1000.0, (1.0, 0.0), 0.9, above=True)
    assert len(f.at) == MOST_STEPS
    assert found.score == min(z for z in [*f.at, 1000.0] if z >= 999.0)
    assert found.probability == 1.0
    narrow = between(f, 998.999, (0.0, 0.0), 999.001, (1.0, 0.0), 0.9, above=True)
    assert len(f.at) == MOST_STEPS
    assert narrow.score == 999.001


def test_the_error_of_a_score_is_that_of_the_probability_over_the_slope() -> None:
    fine = (1.0, (-0.01, 0.003), 1.5, (0.03, 0.004))
    coarse = (0.0, (-0.1, 0.003), 2.0, (0.3, 0.004))
    flat = (1.0, (-0.001, 0.003), 1.5, (0.004, 0.004))
    assert _score_error(1.2, (0.001, 0.002), fine, coarse) == pytest.approx(0.002 * 0.5 / 0.04)
    assert _score_error(1.2, (-0.002, 0.002), fine, coarse) == pytest.approx(0.002 * 0.5 / 0.04)
    # a jump: the value is more than an error off, and half of the bracket counts
    assert _score_error(1.2, (-0.003, 0.002), fine, coarse) == pytest.approx(0.25)
    turned = (1.5, fine[3], 1.0, fine[1])
    assert _score_error(1.2, (0.003, 0.002), turned, coarse) == pytest.approx(0.25)
    # ends that the sample cannot tell apart: the slope of the first bracket
    assert _score_error(1.2, (0.001, 0.002), flat, coarse) == pytest.approx(0.002 * 2 / 0.4)
    one = (1.0, fine[1], 1.0, fine[3])
    assert _score_error(1.0, (0.001, 0.002), one, coarse) == pytest.approx(0.002 * 2 / 0.4)
    assert _score_error(1.2, (0.001, 0.002), flat, flat) == pytest.approx(0.25)


def test_a_quantile_and_its_error() -> None:
    found = Crossing(0.5, 0.1, 0.3)
    assert found.quantile == pytest.approx(ndtr(0.5))
    assert found.quantile_error == pytest.approx((ndtr(0.6) - ndtr(0.4)) / 2)


def test_the_side_that_may_be_nearer_is_looked_at_first_and_the_other_only_if_it_could_be() -> None:
    """It crosses at 0.2 and at -0.3; on the grid both sides are good from the first score on."""
    f = Tried(lambda z: (z if z > 0 else -2 * z / 3, 1e-4))
    known = {z: f.f(z) for z in scores()}
    found = nearest(f, known, 0.2, above=True)
    assert found is not None
    assert found.score == pytest.approx(0.2, abs=0.005)
    assert {z > 0 for z in f.at} == {True, False}
    # at -0.3 and at 1.2, which is beyond the next score of the grid
    g = Tried(lambda z: (z / 6 if z > 0 else -2 * z / 3, 1e-4))
    found = nearest(g, {z: g.f(z) for z in scores()}, 0.2, above=True)
    assert found is not None
    assert found.score == pytest.approx(-0.3, abs=0.005)
    assert found.probability == pytest.approx(0.2, abs=0.001)
    assert {z > 0 for z in g.at} == {False}
    both = nearest(g, {z: g.f(z) for z in scores()}, 0.0, above=True)
    assert both == Crossing(0.0, 0.0, 0.0)


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_only_the_bracket_in_which_it_crosses_is_looked_at(place: int, side: float) -> None:
    outward = [0.0, *(z for z in scores() if z > 0)]
    bad, good = outward[place], outward[place + 1]
    at = 0.3 * bad + 0.7 * good
    f = Tried(lambda z: (side * z**3 - at**3, 1e-4))
    found = nearest(f, {z: f.f(z) for z in scores()}, 0.0, above=True)
    assert found is not None
    assert found.score == pytest.approx(side * at, abs=0.005)
    share = (at**3 - bad**3) / (good**3 - bad**3)
    assert f.at[0] == pytest.approx(side * (bad + min(max(share, 0.05), 0.95) * (good - bad)))
