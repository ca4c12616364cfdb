"""The rate of a settlement: the disputes, the pooling in its limits, known truths, the committed table."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.stats import gamma

from sim.facts.read import Facts, facts_dir, load_facts
from sim.history.fits import disputes, pooling, settlement
from sim.history.fits.fitted import DRAWS, Fit, digest_of, read_manifest, table_text
from sim.history.fits.pooling import Dispute, Mixture
from sim.history.sampling import Array

COLUMNS = [
    "settlement_rate",
    "settlement_rate_own",
    "settlement_rate_third",
    "settlement_rate_one",
    "settlement_rate_similar",
    "settlement_rate_pooled",
    "settlement_rate_talks",
    "settlement_rate_age",
]


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load_facts()


@pytest.fixture(scope="module")
def fitted(facts: Facts) -> Fit:
    return settlement.fit(facts)


@pytest.fixture(scope="module")
def committed(checkout: Path) -> Path:
    return checkout / "scenarios" / "tables"


def changed(tmp_path: Path, dispute: str, column: str, value: str) -> Facts:
    """The facts with one cell of the list of disputes replaced."""
    seeds = Path(shutil.copytree(facts_dir(), tmp_path / "seeds"))
    with (seeds / "settlements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    row = next(row for row in rows if row[0] == dispute)
    row[rows[0].index(column)] = value
    with (seeds / "settlements.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return load_facts(seeds)


def dispute(age: float, settled: bool, entry: float = 0.0) -> Dispute:
    return Dispute("some", "some", "close", entry, age, settled, age)


def simulated(
    rng: np.random.Generator, count: int, draw: Callable[[int], Array], entry: float = 1.0
) -> list[Dispute]:
    """Disputes with rates from ``draw``; only those unsettled at ``entry`` are listed, as in the table."""
    found: list[Dispute] = []
    while len(found) < count:
        times = rng.exponential(1 / draw(count))
        ends = rng.uniform(2, 80, count)
        found += [
            dispute(float(min(time, end)), bool(time < end), entry)
            for time, end in zip(times, ends, strict=True)
            if time > entry
        ]
    return found[:count]


# --- the list ------------------------------------------------------------------------------------------


def test_one_row_is_the_target_and_forty_or_so_are_compared_with_it(facts: Facts) -> None:
    rows = facts.tables["settlements"]
    assert [row["dispute"] for row in rows if row["similar"] == "target"] == ["serbia-kosovo"]
    assert len(disputes.disputes(facts)) == len(rows) - 1 >= 40


def test_an_end_stands_exactly_where_a_dispute_has_ended(facts: Facts) -> None:
    for row in facts.tables["settlements"]:
        assert (row["end"] == "") == (row["kind_of_end"] == "open"), row["dispute"]


def test_likeness_is_the_number_of_criteria_met(facts: Facts) -> None:
    words = {3: "close", 2: "partial", 1: "distant", 0: "distant"}
    for row in facts.tables["settlements"]:
        met = [row["left_state"], row["no_war"], row["membership"]].count("yes")
        assert row["similar"] == ("target" if row["dispute"] == "serbia-kosovo" else words[met])


def test_conquest_and_what_was_last_seen_open_are_no_settlements(facts: Facts) -> None:
    rows = {row.name: row for row in disputes.disputes(facts)}
    assert not rows["nagorno-karabakh"].settled
    assert rows["nagorno-karabakh"].age == pytest.approx(29.36, abs=0.01)
    assert not rows["cyprus"].settled
    assert rows["cyprus"].age == pytest.approx(51.87, abs=0.01)
    assert rows["two-germanies"].settled
    assert rows["two-germanies"].age == pytest.approx(23.18, abs=0.01)


def test_disputes_enter_on_their_first_birthday_or_when_the_list_opens(facts: Facts) -> None:
    rows = {row.name: row for row in disputes.disputes(facts)}
    assert rows["two-germanies"].entry == pytest.approx(1)
    assert rows["ireland-united-kingdom"].entry == pytest.approx(7.82, abs=0.01)
    late = {row.name: row for row in disputes.disputes(facts, entry=2)}
    assert "soviet-union-lithuania" in rows
    assert "soviet-union-lithuania" not in late


def test_the_clock_of_talks_starts_at_the_first_talks(facts: Facts) -> None:
    rows = {row.name: row for row in disputes.disputes(facts, "talks")}
    assert rows["two-germanies"].age == pytest.approx(2.76, abs=0.01)
    assert rows["two-germanies"].entry == 0
    assert "morocco-mauritania" not in rows  # settled at the first talks known: nothing to watch
    assert disputes.own_years(facts, "talks") == pytest.approx(15.315, abs=0.001)
    assert disputes.own_years(facts) == pytest.approx(18.368, abs=0.001)


# --- limits in closed form -----------------------------------------------------------------------------


def test_one_cell_is_the_gamma_posterior_of_one_dispute() -> None:
    """No pooling: Gamma(1/2, 3), then 15.7 years without a settlement."""
    one = pooling.aged(Mixture(np.array([0.5]), np.array([3.0]), np.array([1.0])), 15.7)
    assert pooling.mean(one) == pytest.approx(0.5 / 18.7, rel=1e-12)
    assert pooling.chance(one) == pytest.approx(1 - (18.7 / 28.7) ** 0.5, rel=1e-12)
    middles = (np.arange(500) + 0.5) / 500
    expected = gamma.ppf(middles, 0.5, scale=1 / 18.7)
    np.testing.assert_allclose(pooling.gamma_quantiles(0.5, 18.7, 500), expected, rtol=1e-9)
    np.testing.assert_allclose(pooling.quantiles(one, 500), expected, rtol=2e-3)


def test_an_endless_shape_is_one_rate_for_all() -> None:
    """Infinite pooling with a flat prior on the logarithm of the rate: Gamma(events, exposure)."""
    rows = [
        dispute(4, True),
        dispute(30, False, 1),
        dispute(12, True, 2),
        dispute(9, True),
        dispute(50, False, 5),
    ]
    events, exposure = 3, 4 + 29 + 10 + 9 + 45
    rates = np.exp(np.linspace(np.log(1e-5), np.log(2), 4001))
    shape = np.full(len(rates), 1e9)
    flat = Mixture(shape, shape / rates, np.full(len(rates), 1 / len(rates)))
    mixture = pooling.pooled(rows, flat)
    assert pooling.mean(mixture) == pytest.approx(events / exposure, rel=1e-4)
    assert pooling.chance(mixture) == pytest.approx(1 - (exposure / (exposure + 10)) ** events, rel=1e-4)


def test_entering_late_is_conditional_on_being_unsettled() -> None:
    """P(settled at t | unsettled at e) by numbers: the density integrates to the chance of settling."""
    shape, rate = np.array([0.7]), np.array([4.0])
    ages = np.linspace(3, 40, 20_001)
    density = np.exp([pooling.log_likelihoods([dispute(a, True, 3)], shape, rate)[0, 0] for a in ages])
    stays = np.exp(pooling.log_likelihoods([dispute(40, False, 3)], shape, rate)[0, 0])
    assert float(trapezoid(density, ages)) == pytest.approx(1 - stays, rel=1e-6)
    assert stays == pytest.approx((7 / 44) ** 0.7, rel=1e-12)


def test_pooled_and_own_columns_are_gamma_posteriors(facts: Facts, fitted: Fit) -> None:
    rows = disputes.disputes(facts)
    events = sum(row.settled for row in rows)
    years = sum(row.age - row.entry for row in rows) + disputes.own_years(facts)
    talks = disputes.own_years(facts, "talks")
    middles = (np.arange(DRAWS) + 0.5) / DRAWS
    for column, shape, rate in [
        ("settlement_rate_pooled", 0.5 + events, years),
        ("settlement_rate_own", 0.5, talks),
        ("settlement_rate_third", 1 / 3, talks),
        ("settlement_rate_one", 1.0, talks),
    ]:
        expected = gamma.ppf(middles, shape, scale=1 / rate)
        np.testing.assert_allclose(np.sort(fitted.draws[column]), expected, rtol=1e-9)


# --- known truths --------------------------------------------------------------------------------------


def test_recovers_shape_and_mean_of_the_rates_that_made_the_data() -> None:
    """4,000 disputes; six posterior standard deviations, each a false alarm of about 2e-9 (normal limit)."""
    rng = np.random.Generator(np.random.Philox(11))
    rows = simulated(rng, 4000, lambda count: rng.gamma(0.6, 1 / 8, count))
    grid = pooling.cells(
        np.exp(np.linspace(np.log(0.35), np.log(1.1), 81)),
        np.exp(np.linspace(np.log(0.04), np.log(0.14), 81)),
    )
    found = pooling.pooled(rows, grid)
    for values, truth in [
        (np.log(found.shape), np.log(0.6)),
        (np.log(found.shape / found.rate), np.log(0.075)),
    ]:
        centre = found.weight @ values
        spread = np.sqrt(found.weight @ (values - centre) ** 2)
        assert spread < 0.1
        assert abs(centre - truth) < 6 * spread


def test_the_targets_rate_is_where_the_posterior_says() -> None:
    """Truths drawn from the prior: the posterior's distribution function at the target's rate is uniform.

    1,000 lists of 40 disputes; Kolmogorov-Smirnov bound with a false-alarm rate of at most 1e-6.
    """
    rng = np.random.Generator(np.random.Philox(12))
    prior = pooling.cells(np.exp(np.linspace(-3, 3, 25)), np.exp(np.linspace(-6, 0, 25)))
    years, runs, reached = 18.8, 1000, []
    for _ in range(runs):
        cell = rng.choice(len(prior.weight), p=prior.weight)
        shape, rate = prior.shape[cell], prior.rate[cell]
        rows = simulated(rng, 40, lambda n, a=shape, b=rate: np.maximum(rng.gamma(a, 1 / b, n), 1e-300))
        truth = rng.gamma(shape, 1 / (rate + years))
        posterior = pooling.aged(pooling.pooled(rows, prior), years)
        reached.append(posterior.weight @ gamma.cdf(truth, posterior.shape, scale=1 / posterior.rate))
    ordered = np.sort(reached)
    distance = np.abs(ordered - (np.arange(runs) + 0.5) / runs).max()
    assert distance < np.sqrt(-np.log(1e-6 / 2) / (2 * runs)) + 0.5 / runs


def test_a_constant_hazard_has_weibull_power_one_and_a_mixed_one_less() -> None:
    """Six posterior standard deviations (false alarm about 2e-9); the mixed rates are far beyond that."""
    rng = np.random.Generator(np.random.Philox(13))
    for draw, below in [
        (lambda count: np.full(count, 0.04), False),
        (lambda count: rng.gamma(0.5, 0.1, count), True),
    ]:
        power, ahead, weight = pooling.weibull(simulated(rng, 1000, draw), 18.8)
        centre = weight @ np.log(power)
        spread = np.sqrt(weight @ (np.log(power) - centre) ** 2)
        assert (centre < -6 * spread) if below else (abs(centre) < 6 * spread)
        if not below:
            assert weight @ ahead == pytest.approx(0.04, rel=0.35)


# --- the fit and its table -----------------------------------------------------------------------------


def test_columns_are_positive_rates_alike_in_rank(fitted: Fit) -> None:
    assert list(fitted.draws) == COLUMNS
    for column in fitted.draws.values():
        assert column.shape == (DRAWS,)
        assert np.isfinite(column).all()
        assert (column > 0).all()
        assert (np.diff(column[np.argsort(fitted.draws["settlement_rate"])]) >= 0).all()


def test_another_seed_gives_the_same_rates_in_another_order(facts: Facts, fitted: Fit) -> None:
    other = settlement.fit(facts, seed=2)
    for name, column in fitted.draws.items():
        assert not np.array_equal(column, other.draws[name])
        np.testing.assert_array_equal(np.sort(column), np.sort(other.draws[name]))


def test_checks_tell_variants_apart_and_are_plain_json(fitted: Fit) -> None:
    checks = json.loads(json.dumps(dict(fitted.checks)))
    assert set(checks["chance_in_10_years"]) == set(COLUMNS)
    own = checks["chance_in_10_years"]
    assert own["settlement_rate_third"] < own["settlement_rate_own"] < own["settlement_rate_one"]
    low, high = (checks["one_dispute_left_out"][end][2] for end in ("lowest", "highest"))
    assert low < own["settlement_rate"] < high
    seen = checks["settled_within_years_of_talks"]
    assert seen["replicated_5_50_95"][0] <= seen["seen"] <= seen["replicated_5_50_95"][2]


def test_refit_equals_the_committed_table(fitted: Fit, facts: Facts, committed: Path) -> None:
    """To the letter where the mathematics library is the same, to the digits written elsewhere."""
    text = (committed / "settlement.csv").read_text("utf-8")
    entry = read_manifest(committed)["settlement"]
    assert entry.facts_digest == digest_of(facts, ("settlements",)), "facts changed: write the fit again"
    assert entry.table_digest == sha256(text.encode()).hexdigest()
    if text != table_text(fitted.draws):
        lines = list(csv.reader(text.splitlines()))
        assert lines[0] == COLUMNS
        columns = np.array(lines[1:], dtype=float).T
        np.testing.assert_allclose(columns, np.array(list(fitted.draws.values())), rtol=2e-5)


def test_a_changed_fact_changes_the_digest_and_the_draws(tmp_path: Path, facts: Facts, fitted: Fit) -> None:
    other = changed(tmp_path, "guatemala-belize", "end", "2021-09")
    assert digest_of(other, ("settlements",)) != digest_of(facts, ("settlements",))
    draws = settlement.fit(other).draws
    assert draws["settlement_rate"].mean() < fitted.draws["settlement_rate"].mean()
    assert np.array_equal(draws["settlement_rate_own"], fitted.draws["settlement_rate_own"])


def test_a_changed_note_changes_the_digest_and_not_the_draws(
    tmp_path: Path, facts: Facts, fitted: Fit
) -> None:
    other = changed(tmp_path, "guatemala-belize", "note", "read again")
    assert digest_of(other, ("settlements",)) != digest_of(facts, ("settlements",))
    assert table_text(settlement.fit(other).draws) == table_text(fitted.draws)
