"""Total indices and elementary effects by sums over rows, worked out one by one."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from sim.estimates.totals import (
    Difference,
    Effects,
    Hits,
    Spread,
    effects,
    exact_difference,
    jansen,
    saltelli,
)

ROWS, EACH = 9, 7


def hits(seed: int) -> Hits:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.random((ROWS, EACH)) < rng.random((ROWS, 1)))


def deviation(values: list[float]) -> float:
    """With one less in the denominator."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def test_indices_are_ratios_of_means_over_rows() -> None:
    a, b, ab = hits(1), hits(2), hits(3)
    first, other, changed = ([sum(row) / EACH for row in made.tolist()] for made in (a, b, ab))
    noise = [(p * (1 - p) + q * (1 - q)) / 2 / (EACH - 1) for p, q in zip(first, other, strict=True)]
    mean = sum(first + other) / (2 * ROWS)
    squares = [
        ((p - mean) ** 2 + (q - mean) ** 2) / 2 - n for p, q, n in zip(first, other, noise, strict=True)
    ]
    variance = sum(squares) / ROWS
    spread, difference = Spread.of(a, b), Difference.of(a, ab)
    assert (spread.mean, spread.variance) == pytest.approx((mean, variance))
    assert spread.noise == pytest.approx(noise)
    pairs = [[int(x) - int(y) for x, y in zip(*rows, strict=True)] for rows in zip(ab, a, strict=True)]
    value = [p - q for p, q in zip(changed, first, strict=True)]
    chance = [deviation([float(x) for x in row]) ** 2 / EACH for row in pairs]
    assert difference.value == pytest.approx(value)
    assert difference.noise == pytest.approx(chance)
    assert difference.halves[0] == pytest.approx([sum(row[:3]) / 3 for row in pairs])
    assert difference.halves[1] == pytest.approx([sum(row[3:]) / 4 for row in pairs])
    total = [(d * d - n) / 2 for d, n in zip(value, chance, strict=True)]
    alone = [(q - mean) * d for q, d in zip(other, value, strict=True)]
    for found, parts in ((jansen(spread, difference), total), (saltelli(spread, difference), alone)):
        index = sum(parts) / ROWS / variance
        error = deviation([p - index * s for p, s in zip(parts, squares, strict=True)])
        assert found.value == pytest.approx([index])
        assert found.error == pytest.approx([error / sqrt(ROWS) / variance])


def test_noise_is_that_of_a_share_of_an_even_number_too() -> None:
    halves, none = np.array([[True, False, True, False]]), np.zeros((1, 4), bool)
    assert Spread.of(halves, none).noise == pytest.approx([0.5 * 0.5 / 2 / 3])


def test_rows_that_do_not_differ_have_no_indices() -> None:
    same = Spread(np.full(4, 0.5), np.full(4, 0.5), np.zeros(4))
    with pytest.raises(ValueError, match="do not differ"):
        jansen(same, exact_difference(np.full(4, 0.5), np.full(4, 0.6)))


@pytest.mark.parametrize("up", [[1, -1, 1, 1], [0, 0, 0, 0]])
def test_effects_are_signed_by_one_half_and_sized_by_the_other(up: list[int]) -> None:
    halves = ([0.5, -0.25, 0.0, 0.25], [0.25, 0.5, 0.5, 0.5])
    value, noise = [0.375, 0.125, 0.25, 0.375], [0.01, 0.0, 0.02, 0.01]
    difference = Difference(np.array(value), np.array(noise), (np.array(halves[0]), np.array(halves[1])))
    signed = [v * u for v, u in zip(value, up, strict=True)]
    sizes = [(0.25 + 0.5) / 2, (-0.5 - 0.25) / 2, 0.0, (0.5 + 0.25) / 2]
    around = signed if any(up) else value
    expected = Effects(
        mean=sum(signed) / 4,
        mean_error=deviation(signed) / 2,
        size=sum(sizes) / 4,
        size_error=deviation(sizes) / 2,
        spread=sqrt(deviation(around) ** 2 - 0.01),
    )
    assert vars(effects(difference, np.array(up, float))) == pytest.approx(vars(expected))


def test_no_more_spread_than_chance_is_none() -> None:
    one = Difference(np.array([0.1, 0.2]), np.array([0.5, 0.5]), (np.zeros(2), np.zeros(2)))
    assert effects(one, np.ones(2)).spread == 0.0
    known = exact_difference(np.array([0.1, 0.4]), np.array([0.3, 0.2]))
    assert known.value == pytest.approx([0.2, -0.2])
    assert known.noise.tolist() == [0.0, 0.0]
    assert effects(known, np.array([1.0, -1.0])).size == pytest.approx(0.2)
