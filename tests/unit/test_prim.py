"""Boxes: known ones are found again, and noise is not taken for one."""

from __future__ import annotations

from dataclasses import replace
from statistics import mean, pvariance

import numpy as np
import pytest
from scipy.special import betainc

from sim.estimates import prim
from sim.estimates.prim import (
    FEWEST,
    PEEL,
    REPRODUCED,
    Box,
    Limit,
    _best_slice,
    _checked,
    _pasted,
    _score,
    _shares,
    best_box,
    boxes,
    checked_box,
    weights,
    within,
)
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


# --- by hand ------------------------------------------------------------------------------------------------


def test_weights_are_beta_laws_fitted_to_the_worlds() -> None:
    hits, totals = np.array([0, 3, 9, 10, 2, 7]), np.array([10, 10, 12, 10, 8, 20])
    centre = (31 + 0.5) / (70 + 1)
    noise = mean(centre * (1 - centre) / n for n in totals.tolist())
    spread = pvariance([h / n for h, n in zip(hits.tolist(), totals.tolist(), strict=True)]) - noise
    size = centre * (1 - centre) / spread - 1
    expected = [
        float(betainc(size * centre + h, size * (1 - centre) + n - h, 0.4))
        for h, n in zip(hits.tolist(), totals.tolist(), strict=True)
    ]
    assert size > 0.5
    assert weights(hits, totals, 0.4, above=False) == pytest.approx(expected, rel=1e-9)
    assert weights(hits, totals, 0.4, above=True) == pytest.approx([1 - p for p in expected], rel=1e-9)
    # worlds that are nearer to one another than chance: one in a thousand of the variance is left
    alike, ten = np.array([5, 5, 5, 6]), np.full(4, 10)
    centre = 21.5 / 41
    size = 1 / 1e-3 - 1
    expected = [float(betainc(size * centre + h, size * (1 - centre) + 10 - h, 0.5)) for h in alike.tolist()]
    assert weights(alike, ten, 0.5, above=False) == pytest.approx(expected, rel=1e-9)
    # and farther apart than any beta law
    centre, apart = 20.5 / 41, np.array([0, 10, 0, 10])
    size = max(0.25 / (0.25 - 0.025) - 1, 1e-2)
    expected = [float(betainc(size / 2 + h, size / 2 + 10 - h, 0.5)) for h in apart.tolist()]
    assert centre == 0.5
    assert weights(apart, ten, 0.5, above=False) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("count", "parts"), [(199, 1), (200, 2), (2600, 25)])
def test_worlds_that_are_alike_have_a_law_of_their_own(count: int, parts: int) -> None:
    rng = np.random.default_rng(4)
    index = rng.random(count)
    totals = rng.integers(8, 12, count)
    hits = rng.binomial(totals, index)
    found = weights(hits, totals, 0.6, True, index)
    for rows in np.array_split(np.argsort(index), parts):
        assert found[rows] == pytest.approx(weights(hits[rows], totals[rows], 0.6, True), rel=1e-9)


def test_a_score_is_the_harmonic_mean_of_coverage_and_density() -> None:
    y = np.array([0.5, 0.25, 0.0, 1.0, 0.75])
    held = np.array([True, False, True, True, False])
    coverage, density = 1.5 / 2.5, 1.5 / 3
    assert _score(y, held) == pytest.approx(2 / (1 / coverage + 1 / density))
    assert _score(y, np.array([False, False, True, False, False])) == 0.0
    assert _score(y, np.zeros(5, bool)) == 0.0
    assert _score(np.zeros(5), held) == 0.0


def test_coverage_density_and_support() -> None:
    x, y = np.arange(5.0)[:, None], np.array([0.5, 0.25, 0.0, 1.0, 0.75])
    assert _shares(x, y, [Limit(0, True, 1.5)]) == pytest.approx((1.75 / 2.5, 1.75 / 3, 3 / 5))
    assert _shares(x, y, [Limit(0, True, 9.0)]) == (0.0, 0.0, 0.0)
    assert _shares(x, np.zeros(5), []) == (0.0, 0.0, 1.0)


def by_trying(
    x: Floats, y: Floats, sides: list[prim.Side], inside: prim.Bools, fewest: int
) -> tuple[int, bool, float] | None:
    """The best slice, each tried out."""
    count, found, best = int(inside.sum()), None, 0.0
    for column, lower in sides:
        values = sorted(x[inside, column].tolist(), reverse=not lower)
        value = values[max(int(PEEL * count), 1) - 1]
        left = inside & ((x[:, column] > value) if lower else (x[:, column] < value))
        removed = count - int(left.sum())
        if count - removed >= fewest:
            gain = (y[left].mean() - y[inside].mean()) * (count - removed) / removed
            if gain > best + 1e-12:
                found, best = (column, lower, value), gain
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_best_slice_is_the_best_of_all_that_are_tried(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.random((90, 3)), rng.random(90)
    x[:, 1] = (4 * x[:, 1]).round()
    x[:, 2] = x[:, 2] > 0.6
    y = y * (x[:, seed % 3] * (-1) ** (seed // 3) + 1.1)
    inside = rng.random(90) < (0.9, 0.3)[seed % 2]
    sides = [(c, low) for c in range(3) for low in (True, False)]
    orders = {c: order[inside[order]] for c in range(3) for order in [np.argsort(x[:, c], kind="stable")]}
    for fewest in (1, int(inside.sum()) - 2, int(inside.sum())):
        found = _best_slice(x, y, orders, sides, inside, fewest)
        assert found == by_trying(x, y, sides, inside, fewest)
    assert _best_slice(x, np.ones(90), orders, sides, inside, 1) is None
    assert _best_slice(x, y, orders, sides[1:2], inside, 1) == by_trying(x, y, sides[1:2], inside, 1)


@pytest.mark.parametrize(("lower", "sign"), [(True, 1.0), (False, -1.0)])
def test_a_limit_is_moved_out_as_far_as_that_costs_nothing(lower: bool, sign: float) -> None:
    """Forty worlds of a hundred meet the target, and the box holds 30 of them; a step is two worlds."""
    x = sign * np.arange(100.0)[:, None]
    y = (np.arange(100) >= 60).astype(float)
    assert _pasted(x, y, [Limit(0, lower, sign * 69.5)]) == [Limit(0, lower, sign * 59.0)]
    assert _pasted(x, y, [Limit(0, lower, sign * 59.5)]) == [Limit(0, lower, sign * 59.5)]
    # beyond 57 another two would be in that do not meet it, so a box that holds them already stays
    assert _pasted(x, y, [Limit(0, lower, sign * 57.5)]) == [Limit(0, lower, sign * 57.5)]
    # where nothing is lost by it a limit goes out to the last step: all worlds but two are in then
    assert _pasted(x, np.ones(100), [Limit(0, lower, sign * 2.5)]) == []


def test_limits_that_are_worth_little_go_and_the_least_goes_first() -> None:
    """Of 100 by 2 worlds; without the second limit nine tenths of the score are left, or a little more."""
    first, second = np.repeat(np.arange(100.0), 2), np.tile([0.0, 1.0], 100)
    x = np.column_stack([first, second])
    limits = [Limit(0, True, 59.5), Limit(1, True, 0.5)]
    for lost, left, kept in ((0.3, 0.906, 2), (0.33, 0.931, 1)):
        y = np.where(first >= 60, np.where(second == 1, 1.0, lost), 0.0)
        assert _score(y, within(x, limits[:1])) / _score(y, within(x, limits)) == pytest.approx(
            left, abs=1e-3
        )
        assert _pasted(x, y, limits) == [limits[0], Limit(1, True, 0.0)][:kept]
    # two that are worth nothing and a third that is worth all
    more = [Limit(1, False, 2.0), Limit(0, True, 59.5), Limit(1, True, -1.0)]
    assert _pasted(x, (first >= 60).astype(float), more) == [Limit(0, True, 59.5)]
    # what is worth much is not given up for what another limit left out has gained
    y = np.where(first >= 60, np.where(second == 1, 1.0, 0.8), 0.0)
    assert _pasted(x, y, [Limit(1, True, 0.5), Limit(0, True, 59.5)]) == [Limit(0, True, 59.5)]


@pytest.mark.parametrize(("count", "fewest"), [(200, FEWEST), (7999, FEWEST), (20_000, 100)])
def test_a_box_keeps_so_many_worlds(count: int, fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(prim, "_best_slice", lambda *parts: asked.append(parts[2:]))
    assert best_box(np.zeros((count, 2)), np.ones(count)) == []
    assert best_box(np.zeros((count, 2)), np.ones(count), {(1, True), (0, False)}) == []
    (orders, sides, inside, first), (some, chosen, *_, second) = asked
    assert (first, second) == (fewest, fewest)
    assert inside.all()
    assert sides == [(0, True), (0, False), (1, True), (1, False)]
    assert (list(orders), list(some), chosen) == ([0, 1], [0, 1], [(0, False), (1, True)])


def test_a_limit_is_told_with_how_often_and_where_it_is_found_again() -> None:
    limit, side = Limit(2, True, 0.4), (2, True)
    found = _checked(limit, {side: 0.75}, {side: [0.1, 0.2, 0.3, 0.4, 0.5]})
    assert found == replace(limit, reproduced=0.75, spread=(0.2, 0.4))
    assert _checked(limit, {side: 0.6}, {}) == replace(limit, reproduced=0.6, spread=(0.4, 0.4))


def test_even_worlds_find_a_box_and_odd_ones_say_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that finds the limit in three resamples of five, and tells by which worlds it was asked."""
    x, y = np.arange(60.0)[:, None], np.arange(60) / 100
    rows = np.random.default_rng(8).integers(0, 30, (5, 30))
    asked = []

    def found(x: Floats, y: Floats, by: object = None) -> list[Limit]:
        asked.append(x[:, 0].tolist())
        assert y.tolist() == [v / 100 for v in x[:, 0]]
        once = [Limit(0, False, 50.0)] if len(asked) == 1 else []
        return [Limit(0, True, 20.0 + len(asked)), *once] if by is not None or len(asked) > 2 else once

    monkeypatch.setattr(prim, "best_box", found)
    box = checked_box(x, y, 8, 5)
    drawn = [x[::2][some, 0].tolist() for some in rows]
    assert asked == [*drawn, x[::2, 0].tolist(), *drawn]
    assert box is not None
    assert box.limits == (Limit(0, True, 26.0, 0.6, (28.0, 30.0)),)
    assert (box.coverage, box.density, box.support) == pytest.approx(
        (sum(range(27, 60, 2)) / sum(range(1, 60, 2)), sum(range(27, 60, 2)) / 17 / 100, 17 / 30)
    )


def box_at(value: float, density: float) -> Box:
    return Box((Limit(0, False, value),), 0.1, density, 0.1)


def test_boxes_end_where_the_next_is_hardly_denser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worlds 0 to 999 with a mean weight of 0.2; each box holds the next 100 of them."""
    x, y = np.arange(1000.0)[:, None], np.full(1000, 0.2)

    def told(densities: list[float], y: Floats = y, most: int = 5) -> list[float]:
        asked: list[tuple[int, int, float, int]] = []

        def made(x: Floats, _: Floats, seed: int, resamples: int) -> Box | None:
            asked.append((len(x), seed, float(x[0, 0]), resamples))
            here = len(asked) - 1
            return box_at(100.0 * (here + 1), densities[here]) if here < len(densities) else None

        monkeypatch.setattr(prim, "checked_box", made)
        found = [box.density for box in boxes(x[: len(y)], y, 7, most, resamples=3)]
        assert asked == [(len(y) - 100 * i, 7 + i, 100.0 * i, 3) for i in range(len(asked))]
        return found

    assert told([0.9, 0.5, 0.4]) == [0.9, 0.5]  # 0.4 is less than half of the first
    assert told([0.9, 0.46, 0.45]) == [0.9, 0.46, 0.45]
    assert told([0.5, 0.31, 0.29]) == [0.5, 0.31]  # 0.29 is less than one and a half times 0.2
    assert told([0.9] * 9, most=2) == [0.9] * 2
    assert told([0.9] * 9, y[:360]) == [0.9] * 3  # 60 worlds are left: fewer than 4 times 40
    assert told([0.9], y[:160]) == [0.9]
    assert told([0.9], y[:159]) == []
    assert told([0.9], np.full(1000, 0.0199)) == []  # less than half of 40 in weight
    assert told([0.9], np.full(1000, 0.0201)) == [0.9]
