"""The holdouts' rates: likelihood against closed forms and simulation, limits, changed facts, the table."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import gamma

from sim.facts.frozen import frozen
from sim.facts.read import Facts, facts_dir, load_facts
from sim.history.fits import holdout_response, holdouts
from sim.history.fits.fitted import DRAWS, Fit, digest_of, read_manifest
from sim.history.fits.holdout_checks import all_four, replicated, switches
from sim.history.fits.holdout_history import HOLDOUTS, SETTLES, History, Holdout, fading, history, overlap
from sim.history.fits.holdout_likelihood import EMISSION, OFFER_RATE, evidence, readings, stepped, tempered
from sim.history.fits.holdout_posterior import COLUMNS, PRIOR, HoldoutPrior, Weighed, posterior, rows, weighed
from sim.history.sampling import Array, effective_size
from sim.scenario.load import load_scenario

SIGMAS = 5.1
"""Two-sided false alarms of 3.4e-7 for each statistical comparison; seeds are fixed."""
NEW = {f"{kind}_{iso3}" for kind in ("acquiesces", "never", "firm") for iso3 in HOLDOUTS}
"""Columns that take the place of `mood`, the shares today and one chance of being a never-mover."""


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load_facts()


@pytest.fixture(scope="module")
def fitted(facts: Facts) -> Fit:
    return holdouts.fit(facts)


@pytest.fixture(scope="module")
def small(facts: Facts) -> Weighed:
    return posterior(facts, PRIOR, 20_000, 1)[0]


def changed(tmp_path: Path, table: str, picks: Callable[[dict[str, str]], bool], **cells: str) -> Facts:
    """The facts with some cells of the rows that ``picks`` chooses replaced."""
    seeds = Path(shutil.copytree(facts_dir(), tmp_path / "seeds"))
    with (seeds / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        content = list(csv.DictReader(file))
    hit = [row for row in content if picks(row)]
    assert hit
    for row in hit:
        row.update(cells)
    with (seeds / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(content[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(content)
    return load_facts(seeds)


def columns(text: str) -> dict[str, list[float]]:
    """The columns of a table's text."""
    header, *lines = csv.reader(text.splitlines())
    return {name: [float(line[k]) for line in lines] for k, name in enumerate(header)}


def mean(found: Weighed, values: Array) -> Array:
    weights = np.exp(found.log_weights - found.log_weights.max())
    averaged: Array = weights @ values / weights.sum()
    return averaged


def yearly(found: Weighed, facts: Facts) -> float:
    """Posterior mean of recognitions a year and mover, on average over the history."""
    per_mover = found.evidence.recognition_rate * found.evidence.exposure.sum(1)
    return float(mean(found, per_mover)) / history(facts).holdout_years


def draws_of(count: int, **values: float) -> dict[str, Array]:
    """Draws that are all alike; what is not given has no effect."""
    alike = dict.fromkeys(PRIOR.lognormal, 1.0) | {"manners": 0.0, "never_share": 0.0} | values
    return {name: np.full(count, value) for name, value in alike.items()}


def alone(
    followed: float, votes: tuple[tuple[float, str, str], ...] = (), recognised: bool = False
) -> History:
    """Four alike holdouts under constant covariates, of which none is at work."""
    edges = np.unique([*np.arange(0.0, followed, 0.25), followed, *(vote[0] for vote in votes)])
    none = np.zeros(len(edges) - 1)
    four = tuple(Holdout(iso3, followed, recognised, votes) for iso3 in HOLDOUTS)
    by = dict.fromkeys(HOLDOUTS, none)
    return History(edges, none, none, none, by, by, four, none)


# --- the likelihood -----------------------------------------------------------------------------------


def test_two_states_at_constant_rates_follow_the_closed_form() -> None:
    ready = stepped(np.zeros(1), np.array([0.2]), np.array([0.1]), 3.0)  # on 0.2, off 0.1, from off
    assert ready[0] == pytest.approx(2 / 3 * (1 - np.exp(-0.9)), rel=1e-12)


def test_the_recursion_equals_matrix_exponentials_of_the_three_states(facts: Facts) -> None:
    """Real covariates and votes, drawn parameters, never-movers apart: products of 3x3 exponentials."""
    past = replace(history(facts), not_offered=np.zeros(len(history(facts).edges) - 1))
    rng = np.random.default_rng(5)
    draws = {name: m * np.exp(s * rng.standard_normal(3)) for name, (m, s) in PRIOR.lognormal.items()}
    draws |= {"manners": rng.normal(0, 0.5, 3), "never_share": np.array([0.0, 0.1, 0.4])}
    draws |= {"acquiesced_at_first": rng.random(3), "expected_recognitions": rng.gamma(1.0, 1.0, 3)}
    found = evidence(past, draws, EMISSION)
    for one in range(3):
        value = {name: float(v[one]) for name, v in draws.items()}
        exposure = float(found.exposure[one].sum())
        slow = value["expected_recognitions"] / exposure
        soft = value["softening_average"] * past.holdout_years / exposure
        total = sum(np.log(_by_exponentials(past, h, value, slow, soft)) for h in past.holdouts)
        assert float(found.log_likelihood[one]) == pytest.approx(total, rel=1e-9)


def _by_exponentials(
    past: History, holdout: Holdout, value: dict[str, float], slow: float, soft: float
) -> float:
    table = readings(EMISSION, np.array([value["manners"]]))
    seen = {time: table[kind, vote] for time, kind, vote in holdout.votes}
    first = value["acquiesced_at_first"]
    mover, never = np.array([1 - first, first, 0.0]), np.array([1 - first, first, 0.0])
    for k, length in enumerate(np.diff(past.edges)):
        north, softer, harder = past.north[k], past.softer[holdout.iso3][k], past.harder[holdout.iso3][k]
        pull = value[f"effect_{holdout.iso3}"]
        pull *= 1 + past.washington[k] * (value["washington_pull"] - 1)
        pull *= 1 + north * (value["crisis_damping"] - 1)
        pull *= 1 + past.settlement[k] * (value["interim_pull"] - 1)
        pull *= 1 + softer * (value["softer_pull"] - 1) + harder * (value["harder_pull"] - 1)
        hard = value["hardening_rate"] * (1 + north * (value["crisis_hardening"] - 1))
        hard *= 1 + harder * (value["harder_hardening"] - 1)
        r, s = slow * pull, soft * pull
        mover = mover @ expm(np.array([[-r - s, s, r], [hard, -r - hard, r], [0.0, 0.0, 0.0]]) * length)
        if (after := float(past.edges[k + 1])) in seen:
            told = np.array([seen[after][0][0], seen[after][1][0], 0.0])
            mover, never = mover * told, never * told
    share = value["never_share"]
    return float(share * never[:2].sum() + (1 - share) * mover[:2].sum())


def test_simulated_histories_have_the_likelihood_stance_and_never_share_of_the_recursion() -> None:
    """400,000 simulated holdouts, four numbers, each within 5.1 standard errors (false alarm 3.4e-7)."""
    votes = ((4.0, "state", "abstain"), (9.0, "council", "against"))
    past = alone(10.0, votes)
    soft, hard, slow, never, first = 0.15, 0.1, 0.05, 0.3, 0.2
    draws = draws_of(1, hardening_rate=hard, softening_average=soft, never_share=never)
    draws |= {"acquiesced_at_first": np.array([first]), "expected_recognitions": np.array([slow * 40.0])}
    found = evidence(past, draws, EMISSION)
    rng = np.random.default_rng(11)
    n = 400_000
    ready, stuck = rng.random(n) < first, rng.random(n) < never
    out = np.zeros(n, dtype=bool)
    agree = np.ones(n, dtype=bool)
    time = 0.0
    for at, kind, vote in (*votes, (10.0, "", "")):
        left = np.where(stuck, np.inf, at - time)
        free = ~stuck
        clock = np.zeros(n)
        while free.any():  # next-event simulation up to the vote
            total = slow + np.where(ready, hard, soft)
            clock[free] += rng.exponential(1.0, free.sum()) / total[free]
            free &= (clock < left) & ~out
            recognises = free & (rng.random(n) < slow / total)
            out |= recognises
            ready = np.where(free & ~recognises, ~ready, ready)
            free &= ~out
        if kind:
            agree &= rng.random(n) < np.where(ready, EMISSION[kind][vote][1], EMISSION[kind][vote][0])
        time = at
    seen = agree & ~out

    def close(hits: np.ndarray, chance: float) -> bool:
        return bool(abs(hits.mean() - chance) < SIGMAS * np.sqrt(chance * (1 - chance) / len(hits)))

    likelihood = float(np.exp(found.log_likelihood[0] / 4))
    assert close(seen, likelihood)
    assert close(ready[seen], float(found.acquiesces[0, 0]))
    assert close(stuck[seen & ~ready], float(found.never[0, 0, 0]))
    assert close(stuck[seen & ready], float(found.never[0, 0, 1]))


def test_recognition_has_the_density_of_its_moment() -> None:
    draws = draws_of(1, hardening_rate=0.1, softening_average=0.1) | {"acquiesced_at_first": np.array([0.5])}
    draws["expected_recognitions"] = np.array([0.02 * 4 * 7.0])
    found = evidence(alone(7.0, recognised=True), draws, EMISSION)
    assert float(found.log_likelihood[0]) == pytest.approx(4 * (np.log(0.02) - 0.02 * 7.0), rel=1e-12)


def test_no_offer_counts_only_while_all_four_are_ready() -> None:
    draws = draws_of(1, hardening_rate=1e-12, softening_average=1e-12)
    draws |= {"expected_recognitions": np.array([1e-12])}
    past = replace(alone(8.0), not_offered=np.full(32, 0.5))
    ready = evidence(past, draws | {"acquiesced_at_first": np.ones(1)}, EMISSION)
    blocking = evidence(past, draws | {"acquiesced_at_first": np.full(1, 1e-12)}, EMISSION)
    assert float(ready.log_likelihood[0]) == pytest.approx(-OFFER_RATE * 4.0, rel=1e-6)
    assert float(blocking.log_likelihood[0]) == pytest.approx(0.0, abs=1e-9)


def test_votes_sum_to_one_and_tilting_leaves_them_so() -> None:
    for power in (0.5, 1.0, 2.0):
        for manners in (-1.0, 0.0, 0.7):
            table = readings(tempered(EMISSION, power), np.array([manners]))
            for kind, votes in EMISSION.items():
                for stance in (0, 1):
                    assert sum(table[kind, v][stance][0] for v in votes) == pytest.approx(1.0, abs=1e-12)


def test_votes_of_the_ready_are_friendlier() -> None:
    for votes in EMISSION.values():
        assert votes["for"][1] > votes["for"][0]
        assert votes["against"][1] < votes["against"][0]


# --- history ------------------------------------------------------------------------------------------


def test_cells_hold_their_share_of_a_spell() -> None:
    edges = np.array([0.0, 1.0, 2.0, 4.0])
    assert overlap(edges, 0.5, 3.0).tolist() == [0.5, 1.0, 0.5]
    assert overlap(edges, 5.0, 3.0).tolist() == [0.0, 0.0, 0.0]


def test_a_new_governments_effect_fades_to_its_mean_over_the_cell() -> None:
    edges = np.array([0.0, 1.0, 2.0, 4.0])
    fine = np.linspace(1.5, 2.0, 20_001)
    found = fading(edges, 1.5, 3.0)
    assert found[0] == 0.0
    assert found[1] == pytest.approx(np.exp(-SETTLES * (fine - 1.5)).mean() * 0.5, rel=1e-4)
    assert fading(edges, 1.5, 1.5).sum() == 0.0


def test_votes_agree_with_the_bids_elsewhere(facts: Facts) -> None:
    """Where the table of bids names a state's vote, the table of votes has the same one."""
    bids = {
        "UNESCO": "UNESCO membership",
        "Interpol (fourth bid)": "Interpol membership",
        "Council of Europe: start of procedure": "Council of Europe: start of the procedure",
        "World Customs Organization": "World Customs Organization: rights of a member",
    }
    votes = {(row["body"], row["country"]): row["vote"] for row in facts.tables["votes"]}
    told = [
        (bids[row["organisation"]], iso3, row[f"vote_{iso3}"])
        for row in facts.tables["applications_consensus_orgs"]
        if row["organisation"] in bids
        for iso3 in HOLDOUTS
        if row[f"vote_{iso3}"]
    ]
    assert len(told) == 11
    assert [votes[body, iso3] for body, iso3, _ in told] == [vote for _, _, vote in told]


def test_the_years_are_those_since_independence(facts: Facts) -> None:
    past = history(facts)
    assert past.holdout_years == pytest.approx(4 * (date(2026, 7, 1) - date(2008, 2, 17)).days / 365.25)
    assert np.diff(past.edges).min() > 0
    for share in (past.washington, past.north, past.settlement, *past.softer.values(), *past.harder.values()):
        assert ((share >= 0) & (share <= 1)).all()


def test_facts_before_the_declaration_give_the_prior(facts: Facts) -> None:
    found, rng = posterior(frozen(facts, date(2004, 5, 1)), PRIOR, 4_000, 1)
    table = rows(found, 500, rng)
    assert all(np.isfinite(values).all() for values in table.values())
    assert 0.1 < table["acquiesces_ESP"].mean() < 0.4


# --- limits -------------------------------------------------------------------------------------------


def test_without_covariates_votes_and_never_movers_jeffreys_posterior_comes_out(facts: Facts) -> None:
    """Gamma(1/2, holdout-years): its distribution function at nine points, 5.1 standard errors."""
    flat = HoldoutPrior(dict.fromkeys(PRIOR.lognormal, (1.0, 0.0)), manners=0.0, stays=(1e-9, 1.0))
    flat = replace(flat, emission={kind: dict.fromkeys(v, (1.0, 1.0)) for kind, v in EMISSION.items()})
    past = history(facts)
    past = replace(past, not_offered=np.zeros_like(past.not_offered))
    found = weighed(past, flat, {}, 40_000, np.random.default_rng(2))
    truth = gamma(0.5, scale=1 / past.holdout_years)
    size = effective_size(found.log_weights)
    for chance in np.linspace(0.1, 0.9, 9):
        below = float(mean(found, (found.evidence.recognition_rate < truth.ppf(chance)).astype(float)))
        assert abs(below - chance) < SIGMAS * np.sqrt(chance * (1 - chance) / size)


def test_effects_do_not_count_twice(small: Weighed, facts: Facts) -> None:
    """The average of the history is what was drawn, whatever the effects; the reference rate makes up."""
    years = history(facts).holdout_years
    exposure = small.evidence.exposure.sum(1)
    drawn = small.draws["expected_recognitions"]
    assert np.allclose(small.evidence.recognition_rate * exposure, drawn, rtol=1e-12)
    assert np.allclose(small.evidence.softening_rate * exposure, small.draws["softening_average"] * years)
    assert np.corrcoef(np.log(small.evidence.softening_rate), np.log(exposure))[0, 1] < -0.3


def test_history_alone_teaches_nothing_about_the_effects_but_lowers_nothing_either(small: Weighed) -> None:
    """What never varied between a move and none cannot be learnt: posterior means stay within a tenth."""
    for name in ("interim_pull", "washington_pull", "crisis_damping", "softer_pull", "harder_pull"):
        assert float(mean(small, small.draws[name])) == pytest.approx(small.draws[name].mean(), rel=0.1)


def test_all_four_in_closed_form() -> None:
    one = np.ones(1)
    assert all_four(np.full((1, 4), 0.05), one, 10.0)[0] == pytest.approx((1 - np.exp(-0.5)) ** 4, rel=1e-10)
    assert all_four(np.full((1, 4), 0.05), 1.8 * one, 10.0)[0] == pytest.approx(0.274903, abs=5e-7)


def test_precedents_are_exponential_times_with_a_share_that_never_comes() -> None:
    came, waiting = np.array([0.1, 0.4]), np.array([20.0])
    found = holdout_response.log_likelihood(came, waiting, np.log([2.0]), np.array([0.1]), 0.0)
    told = 2 * np.log(0.9 * 2.0) - 2.0 * 0.5 + np.log(0.1 + 0.9 * np.exp(-40.0))
    assert found[0, 0] == pytest.approx(told, rel=1e-12)


# --- changed facts ------------------------------------------------------------------------------------


def test_a_recognition_in_2015_raises_the_rate(tmp_path: Path, facts: Facts, small: Weighed) -> None:
    one = changed(tmp_path, "members", lambda row: row["iso3"] == "SVK", recognised_kosovo="2015-06-01")
    found, _ = posterior(one, PRIOR, 20_000, 1)
    assert digest_of(one, holdouts.FACTS) != digest_of(facts, holdouts.FACTS)
    # one event instead of none: three times the mean of Jeffreys' posterior
    assert yearly(found, one) > 2.0 * yearly(small, facts)


@pytest.mark.parametrize(("vote", "sign"), [("for", 1), ("against", 0)])
def test_a_vote_the_other_way_moves_the_stance(tmp_path: Path, small: Weighed, vote: str, sign: int) -> None:
    iso3 = "ESP" if sign else "GRC"
    other = changed(
        tmp_path, "votes", lambda row: row["country"] == iso3 and row["date"] == "2023-04-24", vote=vote
    )
    found, _ = posterior(other, PRIOR, 20_000, 1)
    place = HOLDOUTS.index(iso3)
    before, after = (float(mean(f, f.evidence.acquiesces[:, place])) for f in (small, found))
    assert digest_of(other, holdouts.FACTS) != digest_of(load_facts(), holdouts.FACTS)
    assert (after > 1.5 * before) if sign else (after < 0.92 * before)


def test_a_state_that_stayed_out_raises_the_share_that_does_not_follow(
    tmp_path: Path, small: Weighed
) -> None:
    late = changed(
        tmp_path,
        "normalisations",
        lambda row: row["country"] == "CAN" and row["dispute"] == "two-germanies",
        recognised="",
        last_seen="1990-10-02",
    )
    found, _ = posterior(late, PRIOR, 20_000, 1)
    assert float(mean(found, found.draws["settled_never_share"])) > 1.2 * float(
        mean(small, small.draws["settled_never_share"])
    )


def test_only_what_ended_a_dispute_by_agreement_is_a_settlement(tmp_path: Path, facts: Facts) -> None:
    """One thing in both tables: the list of disputes says what a text was, and the other table follows."""
    rows = facts.tables["normalisations"]
    assert {row["dispute"] for row in rows} <= {row["dispute"] for row in facts.tables["settlements"]}
    finals = {row["text"] for row in rows if holdout_response.is_settlement(facts, row)}
    assert finals == {"German Basic Treaty"}
    assert [len(states) for states in holdout_response.times(facts)] == [14, 0]
    assert [len(states) for states in holdout_response.times(facts, settled=False)] == [10, 2]
    settled = changed(
        tmp_path,
        "settlements",
        lambda row: row["dispute"] == "two-koreas",
        end="2000-06-15",
        last_seen="",
        kind_of_end="settlement",
    )
    assert [len(states) for states in holdout_response.times(settled)] == [24, 2]


def test_a_missing_vote_is_no_abstention(tmp_path: Path, facts: Facts) -> None:
    """Who stayed away, or of whom it is not known, is read as if the row were not there."""
    missing = [row for row in facts.tables["votes"] if row["vote"] == "missing"]
    assert [(row["country"], row["date"]) for row in missing] == [
        ("ROU", "2024-04-16"),
        ("SVK", "2024-04-16"),
    ]
    without_them = tuple(row for row in facts.tables["votes"] if row["vote"] != "missing")
    fewer = replace(facts, tables={**facts.tables, "votes": without_them})
    assert history(fewer).holdouts == history(facts).holdouts
    assert sum(len(holdout.votes) for holdout in history(facts).holdouts) == len(without_them) == 32
    abstained = changed(tmp_path, "votes", lambda row: row["vote"] == "missing", vote="abstain")
    assert sum(len(holdout.votes) for holdout in history(abstained).holdouts) == 34


# --- the table ----------------------------------------------------------------------------------------


def test_the_columns_are_parameters_of_the_baseline_or_stand_for_some(fitted: Fit) -> None:
    known = set(load_scenario("baseline").content.parameters)
    assert tuple(fitted.draws) == COLUMNS
    assert set(COLUMNS) - known <= NEW | {"never_share", "settled_never_share"}


def test_rows_are_rates_factors_stances_and_chances(fitted: Fit) -> None:
    for name, values in fitted.draws.items():
        assert len(values) == DRAWS
        assert np.isfinite(values).all(), name
        assert (values >= 0).all(), name
        if name.startswith("acquiesces_"):
            assert set(values.tolist()) == {0.0, 1.0}
        if name.startswith(("never_", "firm_")):
            assert (values <= 1).all()


def test_enough_draws_count(fitted: Fit) -> None:
    assert fitted.checks["effective_sample_size"] >= 5_000
    assert fitted.checks["largest_weight"] < 0.005
    assert fitted.checks["distinct_rows"] > 0.9 * DRAWS


def test_the_rate_stays_near_what_the_count_alone_says(fitted: Fit) -> None:
    plain = fitted.checks["recognition_per_year_Jeffreys"]
    assert 0.7 * plain < fitted.checks["recognition_per_year_on_average"] < 1.15 * plain
    four = fitted.checks["all_four_within_20_years_percent"]
    assert four["fitted"] < 0.5 * four["Jeffreys rate times effects (counted twice)"]


def test_the_votes_seen_are_votes_that_the_fit_expects(fitted: Fit, facts: Facts) -> None:
    seen = np.sum([switches(h.votes) for h in history(facts).holdouts], axis=0)
    assert seen.tolist() == [1, 2]
    for way in fitted.checks["switches_between_votes"].values():
        low, _, high, _ = way["drawn_5_50_95_mean"]
        assert low <= way["seen"] <= high


def test_histories_are_drawn_again_with_votes_of_known_chances() -> None:
    """Never-movers that block: switches have a chance in closed form (false alarm 3.4e-7)."""
    votes = tuple((t, "state", "against") for t in (2.0, 4.0))
    n = 40_000
    draws = draws_of(n, hardening_rate=1.0, softening_average=1.0, never_share=1.0)
    draws["acquiesced_at_first"] = np.zeros(n)
    again = replicated(alone(5.0, votes), draws, np.ones(n), PRIOR, np.random.default_rng(3))
    f, a, n_ = (EMISSION["state"][vote][0] for vote in ("for", "abstain", "against"))
    chance = n_ * (a + f) + a * f
    spread = np.sqrt(chance * (1 - chance) / (4 * n))
    assert np.all(np.abs(again.mean(0) / 4 - chance) < SIGMAS * spread)


def test_the_committed_table_is_what_the_facts_give(fitted: Fit, checkout: Path, facts: Facts) -> None:
    folder = checkout / "scenarios" / "tables"
    text = (folder / "holdouts.csv").read_text("utf-8")
    there = {name: np.array(column) for name, column in columns(text).items()}
    assert list(there) == list(COLUMNS)
    for name, values in fitted.draws.items():  # another processor's mathematics may differ in the last digits
        assert np.allclose(values, there[name], rtol=1e-4, atol=1e-9), name
    entry = read_manifest(folder)["holdouts"]
    assert entry.facts_digest == digest_of(facts, holdouts.FACTS)
    assert entry.table_digest == sha256(text.encode()).hexdigest()
    assert entry.rows == DRAWS
    assert json.dumps(fitted.checks, allow_nan=False)
