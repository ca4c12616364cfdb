"""Ratification lengths: evidence read as it stands, known answers found again, and history not surprising.

Statistical checks allow 5.5 standard errors (false alarm below 4e-8 each, below 1e-6 in all), fixed seeds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from sim.facts.read import Facts, Row, load_facts
from sim.history.fits import ratification
from sim.history.fits.fitted import Fit, digest_of, read_manifest, table_text
from sim.history.fits.hierarchy import posterior
from sim.history.fits.ratification_checks import totals
from sim.history.fits.ratification_laws import DECISION_SPREAD, lag_law, obstruction_law, talks_law
from sim.history.fits.waves import waves, window
from sim.history.fits.weibull import Windows, derivatives, log_likelihood
from sim.history.sampling import effective_size, from_grid, resampled, sample_crps, share_before, shares

SIGMAS = 5.5


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load_facts()


@pytest.fixture(scope="module")
def fitted(facts: Facts) -> Fit:
    return ratification.fit(facts)


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def capital(**cells: str) -> Row:
    empty = dict.fromkeys(("approved", "deposited", "not_before", "not_after"), "")
    return Row("ratifications.csv", 2, empty | {"signed": "2016-05-19"} | cells)


# --- evidence --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"approved": "2016-06-08"}, (20, 21)),
        ({"approved": "2016-05-19"}, (0, 1)),
        ({"approved": "2016-05-01"}, (0, 1)),
        ({"approved": "2017-03-21", "deposited": "2017-06-01"}, (306, 307)),
        ({"deposited": "2016-06-08"}, (0, 21)),
        ({"deposited": "2017-05-05"}, (261, 352)),
        ({"not_before": "2016-12", "not_after": "2016-12"}, (196, 227)),
        ({"not_before": "2016-06-08"}, (20, 379)),
        ({"not_after": "2017-02"}, (0, 286)),
        ({"deposited": "2017-05-05", "not_after": "2017-03"}, (261, 317)),
        ({}, (0, 379)),
    ],
)
def test_every_row_bounds_the_approval(cells: dict[str, str], expected: tuple[float, float]) -> None:
    assert window(capital(**cells), date(2017, 6, 1)) == expected


def test_waves_are_the_ten_totals_and_no_capital_is_left_out(facts: Facts) -> None:
    found = waves(facts)
    assert len(found) == 9
    assert sorted(total for wave in found for total in wave.totals) == [
        119, 171, 195, 266, 273, 369, 382, 415, 451, 611,
    ]  # fmt: skip
    for wave in found:
        allies = {m.iso3 for m in facts.members_on(wave.signed)}
        assert set(wave.windows) == allies - ({"TUR", "HUN"} if wave.obstructions else set())
        assert all(0 <= low < high <= max(wave.totals) + 1 for low, high in wave.windows.values())
    (obstructed,) = [wave for wave in found if wave.obstructions]
    assert obstructed.obstructions == (268, 601)
    assert "SVN" in next(wave for wave in found if wave.name == "2008-albania").windows


def test_bounds_agree_with_known_dates_wherever_both_are_given(facts: Facts) -> None:
    into_force = {r["protocol"]: date.fromisoformat(r["entry_into_force"]) for r in facts.tables["protocols"]}
    for row in facts.tables["ratifications"]:
        low, high = window(row, into_force[row["protocol"]])
        assert low < high, (row["protocol"], row["member"])
        if row["approved"]:
            assert date.fromisoformat(row["approved"]) <= into_force[row["protocol"]], row


# --- likelihood and laws -----------------------------------------------------------------------------------


def test_shape_one_is_the_exponential() -> None:
    low, high = np.array([0.0, 10.0, 90.0]), np.array([5.0, 11.0, 400.0])
    value = log_likelihood(low, high, np.zeros((1, 3)), np.full((1, 3), np.log(50.0)))
    np.testing.assert_allclose(np.exp(value[0]), np.exp(-low / 50) - np.exp(-high / 50), rtol=1e-12)


def test_derivatives_are_those_of_the_likelihood() -> None:
    low, high = np.array([0.0, 0.0, 40.0, 300.0]), np.array([1.0, 250.0, 41.0, 380.0])
    step = 1e-5

    def at(shape: float, scale: float) -> np.ndarray:
        value = log_likelihood(low, high, np.full((1, 4), shape), np.full((1, 4), scale))
        return value[0]

    a, s = 0.3, np.log(120.0)
    first, second = derivatives(low, high, np.full((1, 4), a), np.full((1, 4), s))
    by_scale = (at(a, s + step) - at(a, s - step)) / (2 * step)
    by_shape = (at(a + step, s) - at(a - step, s)) / (2 * step)
    np.testing.assert_allclose(first[:, 0], [by_scale, by_shape], rtol=1e-6, atol=1e-8)
    step = 1e-3
    corners = (
        at(a + step, s + step) - at(a + step, s - step) - at(a - step, s + step) + at(a - step, s - step)
    )
    seconds = [
        (at(a, s + step) - 2 * at(a, s) + at(a, s - step)) / step**2,
        corners / (4 * step**2),
        (at(a + step, s) - 2 * at(a, s) + at(a - step, s)) / step**2,
    ]
    np.testing.assert_allclose(second[:, 0], seconds, rtol=1e-4, atol=1e-5)


def synthetic(members: int, rounds: int, rng: np.random.Generator) -> tuple[Windows, dict[str, float]]:
    """Windows of a known law: a third known by day, a third within bounds, a third only from above."""
    truth = {"centre": np.log(100.0), "tilt": 0.2, "bend": 0.4, "member": 0.4, "wave": 0.7}
    u, v = truth["member"] * rng.standard_normal(members), truth["wave"] * rng.standard_normal(rounds)
    member, wave = np.divmod(np.arange(members * rounds), rounds)
    scale = np.exp(truth["centre"] + u[member] + v[wave])
    shape = np.exp(truth["tilt"] + truth["bend"] * v[wave])
    days = scale * rng.standard_exponential(len(scale)) ** (1 / shape)
    low, high = np.floor(days), np.floor(days) + 1.0
    kind = np.arange(len(days)) % 3
    low[kind == 1], high[kind == 1] = np.maximum(low[kind == 1] - 30.0, 0.0), high[kind == 1] + 30.0
    low[kind == 2], high[kind == 2] = 0.0, 2.0 * high[kind == 2]
    return Windows(member, wave, low, high, members, rounds), truth


def test_a_known_law_is_found_again() -> None:
    windows, truth = synthetic(20, 12, generator(11))
    post = posterior(windows, 1000, generator(12))
    found = {
        "centre": post.centre,
        "tilt": post.tilt,
        "bend": post.bend,
        "member": np.log(post.spreads[:, 0]),
        "wave": np.log(post.spreads[:, 1]),
    }
    expected = truth | {name: np.log(truth[name]) for name in ("member", "wave")}
    for name, draws in found.items():
        assert abs(draws.mean() - expected[name]) < SIGMAS * draws.std(), name
        assert draws.std() < 0.5, name
    assert post.effective_size > 500


def test_a_member_without_spells_has_the_prior() -> None:
    spells, _ = synthetic(12, 6, generator(13))
    extra = replace(spells, members=13)
    post = posterior(extra, 1000, generator(14))
    standard = post.member[:, 12] / post.spreads[:, 0]
    # of 1,000 draws about a third are distinct in the worst case
    assert abs(standard.mean()) < SIGMAS / np.sqrt(300)
    assert abs(standard.std() - 1) < SIGMAS / np.sqrt(600)


def test_lags_known_to_the_day_give_back_their_law() -> None:
    days = np.exp(np.log(20) + 0.6 * generator(15).standard_normal(400))
    median, spread = lag_law([(x, x * 1.02) for x in days], 1000, generator(16))
    assert abs(np.log(median).mean() - np.log(20)) < SIGMAS * 0.6 / np.sqrt(400)
    assert abs(spread.mean() - 0.6) < SIGMAS * 0.6 / np.sqrt(800)


def test_talks_do_not_follow_one_exception() -> None:
    ordinary = [161.0, 125.0, 97.0, 169.0, 210.0]
    with_one, _ = talks_law([*ordinary, 6.0], 2000, generator(17))
    without, _ = talks_law(ordinary, 2000, generator(17))
    assert 0.8 < np.median(with_one) / np.median(without) < 1.0


def test_an_obstruction_never_seen_has_its_prior() -> None:
    median, spread = obstruction_law([], 4000, generator(18))
    logs = np.log(median)
    assert abs(logs.mean() - np.log(365)) < SIGMAS * 0.6 / np.sqrt(4000)
    assert abs(logs.std() - 0.6) < SIGMAS * 0.6 / np.sqrt(8000)
    assert spread.min() > DECISION_SPREAD


def test_the_slowest_of_many_exponentials_has_its_closed_form() -> None:
    count, members = 4000, [f"M{i:02}" for i in range(30)]
    one, none = np.ones(count), np.zeros(count)
    draws = {f"member_factor_{name}": one for name in members} | {
        "ratification_shape": one, "ratification_scale": 60 * one, "protocol_factor": 1.5 * one,
        "obstruction_chance": none, "obstruction_TUR": none, "obstruction_HUN": none,
        "obstruction_median": one, "obstruction_spread": one,
        "deposit_median": 1e-9 * one, "deposit_spread": none,
    }  # fmt: skip
    sample = totals(draws, members, generator(19))
    for day in (200.0, 300.0, 500.0):
        expected = (1 - np.exp(-day / 90)) ** 30
        error = np.sqrt(expected * (1 - expected) / len(sample))
        assert abs((sample <= day).mean() - expected) < SIGMAS * error


def test_a_certain_obstruction_decides() -> None:
    members = ["HUN", "TUR", "ESP"]
    one, none = np.ones(2000), np.zeros(2000)
    draws = {f"member_factor_{name}": one for name in members} | {
        "ratification_shape": one, "ratification_scale": 1e-3 * one, "protocol_factor": one,
        "obstruction_chance": one, "obstruction_TUR": one, "obstruction_HUN": none,
        "obstruction_median": 400 * one, "obstruction_spread": none,
        "deposit_median": one, "deposit_spread": none,
    }  # fmt: skip
    np.testing.assert_allclose(totals(draws, members, generator(20)), 401.0, atol=0.1)


# --- small tools --------------------------------------------------------------------------------------------


def test_scores_and_weights() -> None:
    sample = generator(21).standard_normal(200_000)
    assert abs(sample_crps(sample, 0.0) - (np.sqrt(2) - 1) / np.sqrt(np.pi)) < 0.005
    assert share_before(np.array([1.0, 2.0, 2.0, 3.0]), 2.0) == (0.25, 0.75)
    assert shares(["a", "b", "a"]).tolist() == [0.5, 1.0, 0.5]
    assert effective_size(np.zeros(7)) == pytest.approx(7)
    assert effective_size(np.array([0.0, -800.0])) == pytest.approx(1)
    assert set(resampled(np.array([-1000.0, 0.0, -1000.0]), 10, generator(22))) == {1}
    axis = np.linspace(-6, 6, 241)
    (draws,) = from_grid(-0.5 * axis**2, [axis], 10_000, generator(23))
    assert abs(draws.mean()) < SIGMAS / 100
    assert abs(draws.std() - 1) < SIGMAS / np.sqrt(20_000)


# --- the fit ------------------------------------------------------------------------------------------------


def test_the_columns_are_what_a_scenario_needs(facts: Facts, fitted: Fit) -> None:
    assert {f"member_factor_{m.iso3}" for m in facts.members} <= set(fitted.draws)
    for name, draws in fitted.draws.items():
        assert draws.shape == (2000,), name
        assert np.isfinite(draws).all(), name
        assert (draws > 0).all(), name
    by_named = fitted.draws["obstruction_TUR"] + fitted.draws["obstruction_HUN"]
    assert (by_named < 1).all()
    assert (fitted.draws["obstruction_chance"] < 1).all()


@pytest.mark.exhaustive  # the checks fit again without each wave in turn
def test_enough_draws_count(fitted: Fit) -> None:
    assert fitted.checks["effective_sample_size"] > 2000


def test_counts_give_their_beta_and_dirichlet(fitted: Fit) -> None:
    chance, turkey = fitted.draws["obstruction_chance"], fitted.draws["obstruction_TUR"]
    assert abs(chance.mean() - 1.5 / 10) < SIGMAS * chance.std() / np.sqrt(2000)
    assert abs(turkey.mean() - 1 / 4) < SIGMAS * turkey.std() / np.sqrt(2000)


@pytest.mark.exhaustive  # as above
def test_every_wave_is_foretold_by_the_others_and_better_than_by_the_simple_law(fitted: Fit) -> None:
    table = fitted.checks["left_out (5, 50, 95 %, happened, pit, crps days)"]
    assert len(table) == 10
    for name, (low, _, high, happened, rank, _) in table.items():
        assert low < happened < high, name
        assert 0.02 < rank < 0.98, name
    assert fitted.checks["left_out_crps"] < fitted.checks["left_out_crps_lognormal_t"]


def test_slow_capitals_are_those_known_to_be_slow(fitted: Fit) -> None:
    median = {name: np.median(draws) for name, draws in fitted.draws.items()}
    for slow in ("ESP", "PRT", "NLD", "FRA"):
        assert median[f"member_factor_{slow}"] > 1.1, slow
    for fast in ("ALB", "CAN", "DNK", "NOR"):
        assert median[f"member_factor_{fast}"] < 1.0, fast
    correlation = np.corrcoef(*(np.log(fitted.draws[n]) for n in ("ratification_shape", "protocol_factor")))[
        0, 1
    ]
    assert correlation > 0.5


def test_the_committed_table_is_what_the_facts_give(facts: Facts, fitted: Fit, checkout: Path) -> None:
    folder = checkout / "scenarios" / "tables"
    assert read_manifest(folder)["ratification"].fits(facts)
    made, there = table_text(fitted.draws), (folder / "ratification.csv").read_text("utf-8")
    if made != there:  # other processors: the last bits, and so a few resampled rows, may differ
        new, old = (np.genfromtxt(text.splitlines(), delimiter=",", names=True) for text in (made, there))
        assert new.dtype.names == old.dtype.names
        for name in new.dtype.names:
            points = [0.1, 0.5, 0.9]
            np.testing.assert_allclose(
                np.quantile(new[name], points), np.quantile(old[name], points), rtol=0.1
            )


def test_a_changed_fact_changes_digest_and_evidence(facts: Facts, checkout: Path) -> None:
    rows = list(facts.tables["ratifications"])
    place = next(
        i for i, r in enumerate(rows) if r["protocol"] == "2019-north-macedonia" and r["member"] == "ESP"
    )
    rows[place] = Row(rows[place].file, rows[place].number, dict(rows[place]) | {"approved": "2020-03-18"})
    changed = replace(facts, tables=MappingProxyType(dict(facts.tables) | {"ratifications": tuple(rows)}))
    entry = read_manifest(checkout / "scenarios" / "tables")["ratification"]
    assert digest_of(facts, ratification.FACTS) == entry.facts_digest
    assert digest_of(changed, ratification.FACTS) != entry.facts_digest
    assert waves(changed)[-2].windows["ESP"] == (406.0, 407.0)
