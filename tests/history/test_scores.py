"""Scores against closed forms and brute force, properness by simulation, and scores from the published file alone."""

from __future__ import annotations

import csv
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sim.base.dates import DAYS_PER_YEAR
from sim.history.hindcast.forecasts import points_of, points_text
from sim.history.hindcast.scores import (
    FLOOR,
    GRID,
    HORIZONS,
    Observation,
    brier,
    cells,
    crps,
    log_score,
    over_groups,
    pit,
    scores,
)
from sim.history.sampling import middles

NEVER = math.inf


def seen(days: float, watched: float = 1e9) -> Observation:
    return Observation(min(days, watched), days > watched, watched)


@pytest.mark.parametrize("value", [0.0, 3.0, 100.0, 700.0])
def test_crps_of_an_exponential(value: float) -> None:
    """Closed form for mean m: y - 2 m (1 - exp(-y / m)) + m / 2. 20,000 quantile points come within m / 2,000."""
    mean, n = 100.0, 20_000
    exact = value - 2 * mean * (1 - math.exp(-value / mean)) + mean / 2
    assert crps(-mean * np.log1p(-middles(n)), seen(value)) == pytest.approx(exact, abs=mean / 2000)


@pytest.mark.parametrize("value", [250.0, 400.0, 590.0])
def test_crps_of_a_normal(value: float) -> None:
    """Closed form s (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi))."""
    from scipy import stats

    mean, spread = 400.0, 60.0
    z = (value - mean) / spread
    exact = spread * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi))
    assert crps(mean + spread * stats.norm.ppf(middles(20_000)), seen(value)) == pytest.approx(
        exact, abs=spread / 2000
    )


def test_crps_of_a_censored_exponential() -> None:
    """With C: the integral of (F - 1{t >= y})^2 over 0 .. C, which for no event within C is that of F^2."""
    mean, watched = 100.0, 150.0
    rest = math.exp(-watched / mean)
    exact = watched - 2 * mean * (1 - rest) + mean / 2 * (1 - rest**2)
    sample = -mean * np.log1p(-middles(20_000))
    assert crps(sample, Observation(watched, True, watched)) == pytest.approx(exact, abs=mean / 2000)


def brute_crps(sample: list[float], outcome: Observation) -> float:
    cut = [min(x, outcome.watched) for x in sample]
    near = sum(abs(x - min(outcome.days, outcome.watched)) for x in cut) / len(cut)
    return near - sum(abs(a - b) for a in cut for b in cut) / (2 * len(cut) ** 2)


def test_crps_equals_the_double_sum() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        sample = np.append(rng.exponential(300, 30), [NEVER] * 5)
        outcome = seen(float(rng.exponential(300)), watched=500.0)
        assert crps(sample, outcome) == pytest.approx(brute_crps(list(sample), outcome), abs=1e-9)


def test_what_lies_beyond_the_watch_does_not_matter() -> None:
    """Nothing that was never looked at may change a score."""
    inside = np.array([10.0, 200.0, 300.0, 999.0])
    for beyond in (1001.0, 5000.0, NEVER):
        for outcome in (Observation(1000.0, True, 1000.0), Observation(250.0, False, 1000.0)):
            assert scores(np.append(inside, beyond), outcome) == scores(np.append(inside, 1000.5), outcome)


def test_cells_are_a_distribution_with_a_floor() -> None:
    sample = np.array([3.0, 8.0, 40.0, NEVER])
    for watched in (5.0, 7.0, 1000.0, 20_000.0):
        shares = cells(sample, watched)
        assert shares.sum() == pytest.approx(1.0)
        assert shares.min() >= FLOOR / len(shares) - 1e-12
    worst = -math.log(FLOOR / len(cells(sample, 1000.0)))
    assert log_score(np.full(10, 3.0), seen(NEVER, 1000.0)) == pytest.approx(worst)
    assert log_score(np.full(10, 3.0), seen(4.0, 1000.0)) < 0.03


def test_brier_only_where_the_horizon_has_passed() -> None:
    sample = np.array([100.0, 500.0, 800.0, NEVER])
    outcome = seen(600.0, watched=4 * DAYS_PER_YEAR)
    assert brier(sample, outcome, 1) == pytest.approx(0.25**2)
    assert brier(sample, outcome, 3) == pytest.approx(0.25**2)
    assert brier(sample, outcome, 5) is None
    assert brier(sample, seen(NEVER, 4 * DAYS_PER_YEAR), 3) == pytest.approx(0.75**2)


def test_pit_is_a_range() -> None:
    sample = np.array([1.0, 2.0, 2.0, 3.0])
    assert pit(sample, seen(2.0)) == (0.25, 0.75)
    assert pit(sample, Observation(2.0, True, 2.0)) == (0.75, 1.0)


FALSE_ALARM = 5.0
"""Standard errors: 3e-7 for each comparison, one-sided, of which there are 24."""


@pytest.mark.parametrize("watched", [366.0, 2000.0])
@pytest.mark.parametrize("score", ["crps", "log", "brier_1"])
def test_the_true_law_scores_best(score: str, watched: float) -> None:
    """Under a Weibull truth, altered forecasts (faster, slower, narrower, wider) lose, over 20,000 outcomes.

    Their mean excess must lie above 5 of its own standard errors, so that the test can fail; the floor of the log
    score moves its optimum by less than these alterations.
    """
    rng = np.random.Generator(np.random.Philox(11))

    def law(scale: float, shape: float, points: int = 400) -> np.ndarray:
        return scale * (-np.log1p(-middles(points))) ** (1 / shape)

    outcomes = [seen(float(t), watched) for t in 500.0 * rng.standard_exponential(20_000) ** (1 / 1.5)]
    cells_of: dict[tuple[float, bool], float] = {}

    def losses(sample: np.ndarray) -> np.ndarray:
        cells_of.clear()
        found = []
        for outcome in outcomes:  # a grid of days makes this quick: equal outcomes have equal scores
            rounded = Observation(round(outcome.days), outcome.censored, watched)
            key = (rounded.days, rounded.censored)
            if key not in cells_of:
                cells_of[key] = float(scores(sample, rounded)[score] or 0.0)
            found.append(cells_of[key])
        return np.array(found)

    truth = losses(law(500, 1.5))
    for scale, shape in ((250, 1.5), (1000, 1.5), (500, 0.7), (500, 4.0)):
        excess = losses(law(scale, shape)) - truth
        assert excess.mean() > FALSE_ALARM * excess.std() / math.sqrt(len(excess)), (scale, shape)


def test_paired_differences_resample_groups() -> None:
    """Seven countries of one wave count once: the mean is that of the groups, the interval knows only two."""
    found = over_groups([1.0] * 7 + [-1.0], ["2004"] * 7 + ["2020"])
    assert (found.mean, found.low, found.high) == (0.0, -1.0, 1.0)
    assert (found.groups, found.better) == (2, 1)


def test_points_as_text() -> None:
    points = np.array([0.0, 5.0, 5.0, 5.0, 7.0, NEVER, NEVER])
    assert points_text(points) == "0 5*3 7 never*2"
    assert list(points_of("0 5*3 7 never*2")) == list(points)


# --- the published file: scored again by an implementation of its own, which shares no code with the package ---------


def independent(row: dict[str, str]) -> dict[str, float | None]:
    points: list[float] = []
    for part in row["points"].split():
        word, _, count = part.partition("*")
        points.extend([NEVER if word == "never" else float(word)] * (int(count) if count else 1))
    n, limit, open_ = len(points), float(row["watched_days"]), row["censored"] == "yes"
    happened = limit if open_ else min(float(row["outcome_days"]), limit)
    cut = sorted(min(p, limit) for p in points)
    # the integral of (F - 1{t >= y})^2 over the steps of both functions
    edges = sorted({*cut, happened, limit})
    loss = 0.0
    for left, right in pairwise(edges):
        below = sum(p <= left for p in cut) / n
        loss += (right - left) * (below - (left >= happened)) ** 2
    grid = [edge for edge in GRID if edge < limit] + [limit]
    shares = [sum(a <= p < b for p in points) / n for a, b in pairwise(grid)]
    shares.append(sum(p >= limit for p in points) / n)
    which = len(shares) - 1
    if not open_ and happened < limit:
        which = max(k for k, edge in enumerate(grid[:-1]) if edge <= happened)
    found: dict[str, float | None] = {"crps": loss}
    found["log"] = -math.log(0.98 * shares[which] + 0.02 / len(shares))
    for years in HORIZONS:
        days = 365.25 * years
        inside = sum(p <= days for p in points) / n
        found[f"brier_{years}"] = (inside - (not open_ and happened <= days)) ** 2 if limit >= days else None
    return found


def test_published_scores_follow_from_the_published_forecasts(checkout: Path) -> None:
    """Every 7th row of docs/forecasts.csv, and docs/scores.csv beside it."""
    with (checkout / "docs" / "forecasts.csv").open(encoding="utf-8", newline="") as stream:
        forecasts = list(csv.DictReader(stream))
    with (checkout / "docs" / "scores.csv").open(encoding="utf-8", newline="") as stream:
        published = list(csv.DictReader(stream))
    key = ("component", "mode", "case", "unit", "group", "origin", "model")
    assert [tuple(r[k] for k in key) for r in forecasts] == [tuple(r[k] for k in key) for r in published]
    assert len(forecasts) > 2500
    for row, stated in list(zip(forecasts, published, strict=True))[::7]:
        for name, value in independent(row).items():
            if value is None:
                assert stated[name] == ""
            else:
                assert float(stated[name]) == pytest.approx(value, rel=1e-9, abs=2e-6), (row["case"], name)
