"""Where a probability crosses a target: found, told with its error, or said not to be."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from scipy.special import ndtr

from sim.estimates.crossing import Function, between, nearest, scores


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
