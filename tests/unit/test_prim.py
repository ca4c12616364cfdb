"""Boxes: known ones are found again, and noise is not taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from sim.estimates.prim import REPRODUCED, best_box, boxes, checked_box, weights, within
from sim.model.model import Floats


def worlds(count: int = 1500, columns: int = 5) -> Floats:
    return np.random.default_rng(5).random((count, columns))


def test_a_known_box_is_found_again() -> None:
    x = worlds(5000)
    inside = (x[:, 1] > 0.7) & (x[:, 3] < 0.4)
    chance = np.where(inside, 0.9, 0.05)
    y = (np.random.default_rng(6).random(len(x)) < chance).astype(float)
    box = checked_box(x, y, 1, 12)
    assert box is not None
    limits = {(limit.column, limit.lower): limit for limit in box.limits}
    assert set(limits) == {(1, True), (3, False)}
    assert limits[1, True].value == pytest.approx(0.7, abs=0.04)
    assert limits[3, False].value == pytest.approx(0.4, abs=0.04)
    assert min(limit.reproduced for limit in box.limits) > 0.9
    assert box.density == pytest.approx(0.9, abs=0.06)
    expected = 0.9 * inside.mean() / chance.mean()
    assert box.coverage == pytest.approx(expected, abs=0.08)


def test_a_choice_of_two_is_taken_whole() -> None:
    x = worlds()
    x[:, 2] = x[:, 2] > 0.6
    y = np.where((x[:, 2] == 1) & (x[:, 0] > 0.5), 0.8, 0.1)
    limits = {(limit.column, limit.lower) for limit in best_box(x, y)}
    assert limits == {(2, True), (0, True)}


def test_two_boxes_one_after_another() -> None:
    x = worlds(2500)
    y = ((x[:, 0] > 0.85) | (x[:, 4] < 0.12)).astype(float)
    found = list(boxes(x, y, 1, resamples=6))
    assert {limit.column for box in found for limit in box.limits} == {0, 4}
    assert all(box.density > 0.8 for box in found)


def test_noise_makes_no_box() -> None:
    x = worlds(800, 8)
    y = (np.random.default_rng(7).random(len(x)) < 0.2).astype(float)
    # a box that resampling confirms all the same is hardly denser than all worlds, and so is not told
    assert list(boxes(x, y, 1, resamples=6)) == []


def test_weights_take_chance_within_worlds_into_account() -> None:
    """Ten trajectories of an even world seldom show 0.5; what they show says little, and is told as little."""
    generator = np.random.default_rng(8)
    true = np.where(np.arange(4000) % 4 == 0, 0.8, 0.1)
    totals = np.full(4000, 10)
    y = weights(generator.binomial(10, true), totals, 0.5, above=True)
    assert y[true == 0.8].mean() > 0.9
    assert y[true == 0.1].mean() < 0.02
    assert weights(np.array([5]), np.array([10]), 0.5, True)[0] == pytest.approx(0.5, abs=0.1)
    below = weights(generator.binomial(10, true), totals, 0.5, above=False)
    assert below[true == 0.1].mean() > 0.95


def test_a_limit_is_a_strict_one() -> None:
    x = np.array([[0.1], [0.5], [0.9]])
    limit = best_box(np.repeat(x, 100, axis=0), np.repeat([0.0, 0.0, 1.0], 100))
    assert within(x, limit).tolist() == [False, False, True]


def test_only_limits_that_are_allowed_are_set() -> None:
    x = worlds()
    y = ((x[:, 0] > 0.5) & (x[:, 0] < 0.9) & (x[:, 1] < 0.6) & (x[:, 1] > 0.1)).astype(float)
    found = best_box(x, y, {(0, True), (1, False)})
    assert {(limit.column, limit.lower) for limit in found} == {(0, True), (1, False)}


def test_limits_that_few_resamples_have_make_no_box() -> None:
    x = worlds(500, 8)
    y = (np.random.default_rng(2).random(len(x)) < np.where(x[:, 1] > 0.7, 0.9, 0.15)).astype(float)
    rows = np.random.default_rng(3).integers(0, 250, (12, 250))
    seen = [{(limit.column, limit.lower) for limit in best_box(x[::2][row], y[::2][row])} for row in rows]
    sides = set().union(*seen)
    assert sides
    assert max(sum(side in some for some in seen) for side in sides) < REPRODUCED * 12
    assert checked_box(x, y, 3, 12) is None
