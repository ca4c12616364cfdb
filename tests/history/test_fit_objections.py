"""Objections: which episodes count, closed forms, a known law found again, and history not impossible.

Statistical checks allow 5.5 standard errors (false alarm below 4e-8 each) and have fixed seeds.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from sim.facts.read import Facts, Row, load_facts
from sim.history.fits import objections
from sim.history.fits.fitted import Fit, digest_of, read_manifest, table_text
from sim.history.fits.objection_law import (
    BidCounts,
    Rates,
    any_of,
    bids,
    by_kind,
    evidence,
    lasts,
    log_likelihood,
    posterior,
)
from sim.history.fits.objections import second_kind

SIGMAS = 5.5


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load_facts()


@pytest.fixture(scope="module")
def fitted(facts: Facts) -> Fit:
    return objections.fit(facts)


def rates(onset: float, ends: float, brief: float = 0.0, brief_ends: float = 8.5) -> Rates:
    return Rates(*(np.array([value]) for value in (onset, ends, brief, brief_ends)))


def seen_as(came_up: float, objected: float, lengths: list[float], open_after: float = np.inf) -> BidCounts:
    """A record of objections that are followed for so many years."""
    length = np.array(lengths)
    return BidCounts(
        came_up, objected, np.minimum(length, open_after), np.ones(len(length)), length < open_after
    )


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def test_the_episodes_that_count(facts: Facts) -> None:
    found = bids(facts)
    held = {(b.candidate, b.step): (round(b.length, 1), b.open) for b in found if b.length is not None}
    assert held == {
        ("SRB", "pfp"): (3.4, False), ("BIH", "pfp"): (2.4, False), ("HRV", "pfp"): (5.9, False),
        ("UKR", "map"): (15.3, False), ("GEO", "map"): (18.2, True), ("BIH", "map"): (9.0, False),
        ("ROU", "invitation"): (5.4, False), ("SVN", "invitation"): (5.4, False),
        ("FIN", "invitation"): (0.1, False), ("SWE", "invitation"): (0.1, False),
        ("UKR", "invitation"): (3.8, True),
    }  # fmt: skip
    assert not {"XKX", "CYP"} & {b.candidate for b in found if b.length is not None}
    assert not any(b.candidate == "MKD" and b.step in ("pfp", "invitation") for b in found)
    madrid = [b for b in found if b.decision == "madrid-1997"]
    assert {b.candidate for b in madrid} == {"CZE", "HUN", "POL", "ROU", "SVN"}


def test_decisions_weigh_one(facts: Facts) -> None:
    found = bids(facts)
    seen = evidence(found)
    assert seen.came_up == pytest.approx(len({b.decision for b in found})) == 21
    assert seen.objected == pytest.approx(5 + 0.5 + 0.4)
    assert seen.ends == pytest.approx(5.5)
    assert seen.weight.sum() == pytest.approx(7)
    assert evidence(found, by_decision=False).objected == 11


def test_each_kind_of_step_has_its_decisions(facts: Facts) -> None:
    """Entries after 1994 came up each on its own; those of 1994 were one open invitation."""
    seen = by_kind(bids(facts))
    assert (seen["pfp"].came_up, seen["pfp"].objected) == pytest.approx((11, 2))
    assert (seen["ladder"].came_up, seen["ladder"].objected) == pytest.approx((10, 3.9))
    free = {(b.candidate, b.decision) for b in bids(facts) if b.step == "pfp" and b.length is None}
    own = {(c, d) for c, d in free if d != "open invitation 1994"}
    assert {c for c, _ in own} == {"BLR", "AUT", "MLT", "CHE", "IRL", "TJK", "MNE"}
    assert len({d for _, d in own}) == len(own) == 8


def test_the_likelihood_peaks_at_share_and_rate() -> None:
    seen = seen_as(20.0, 8.0, [2.0, 4.0, 5.0, 6.0, 8.0, 12.0, 13.0, 14.0], open_after=12.5)
    ends = 6 / (2 + 4 + 5 + 6 + 8 + 12 + 12.5 + 12.5)
    onset = ends * ((1 - 0.4) ** (-1 / 32) - 1)
    best = log_likelihood(seen, 32, rates(onset, ends))
    for a, b in ((1.05, 1.0), (0.95, 1.0), (1.05, 1.05), (0.95, 0.95)):
        assert log_likelihood(seen, 32, rates(onset * a, ends * b)) < best


def test_likelihood_of_a_brief_and_a_lasting_objection_by_hand() -> None:
    seen = seen_as(3.0, 2.0, [0.1, 6.0], open_after=5.0)
    found = rates(0.003, 0.2, 0.25, 8.0)
    some = (1 - (0.2 / 0.203) ** 32) / 0.75
    short = 0.75 * 0.2 * np.exp(-0.02) + 0.25 * 8 * np.exp(-0.8)
    open_ = 0.75 * np.exp(-1.0) + 0.25 * np.exp(-40.0)
    by_hand = np.log(1 - some) + 2 * np.log(some) + np.log(short) + np.log(open_)
    assert any_of(32, found)[0] == pytest.approx(some)
    assert log_likelihood(seen, 32, found)[0] == pytest.approx(by_hand)


def test_more_than_certain_is_impossible() -> None:
    seen = seen_as(3.0, 2.0, [0.1, 6.0])
    assert log_likelihood(seen, 32, rates(0.2, 0.2, 0.5))[0] == -np.inf


def test_long_run_share_of_a_chain_of_two_states() -> None:
    assert any_of(1, rates(0.01, 0.3))[0] == pytest.approx(0.01 / 0.31)
    assert any_of(32, rates(0.01, 0.3))[0] == pytest.approx(1 - (0.3 / 0.31) ** 32)
    assert lasts(rates(0.01, 0.3, 0.25, 8.0), 0.5)[0] == pytest.approx(
        0.75 * np.exp(-0.15) + 0.25 * np.exp(-4.0)
    )


def test_a_known_law_is_found_again() -> None:
    """Decisions of an alliance of 32 with known rates, a fifth of the objections brief, followed for ten
    years each; two kinds of step that differ in their onset.
    """
    rng, count = generator(31), 3000
    truth = {kind: rates(onset, 0.15, 0.2, 8.0) for kind, onset in (("pfp", 0.001), ("ladder", 0.003))}
    seen = {}
    for kind, law in truth.items():
        objected = rng.random(count) < any_of(32, law)
        brief = rng.random(count) < law.brief
        lengths = rng.exponential(1 / np.where(brief, law.brief_ends, law.ends))[objected]
        seen[kind] = seen_as(count, objected.sum(), lengths.tolist(), open_after=10)
    for kind, found in posterior(seen, 32, 1000, generator(32)).items():
        for draws, value in zip(found, truth[kind], strict=True):
            assert abs(np.log(draws).mean() - np.log(value[0])) < SIGMAS * np.log(draws).std()
            assert np.log(draws).std() < 0.12


def test_one_kind_says_nothing_of_the_other_but_through_lengths() -> None:
    """With the same lengths, more objections to the Partnership leave the ladder's share where it was."""
    ladder = seen_as(20.0, 8.0, [2.0, 4.0, 5.0, 6.0, 8.0, 12.0, 13.0, 14.0])
    few, many = (
        posterior({"pfp": seen_as(20.0, k, []), "ladder": ladder}, 32, 2000, generator(34))
        for k in (1.0, 15.0)
    )
    shares = [any_of(32, found["ladder"]).mean() for found in (few, many)]
    assert abs(shares[0] - shares[1]) < 0.02
    assert any_of(32, many["pfp"]).mean() > 5 * any_of(32, few["pfp"]).mean()


def test_the_columns_hang_together(fitted: Fit) -> None:
    draws = fitted.draws
    assert set(draws) == {
        "objection_rate", "objection_ends", "objection_today", "pfp_objection_rate", "pfp_objection_today",
        "objection_brief", "brief_ends", "hungary_objects",
    }  # fmt: skip
    ends = draws["objection_ends"]
    for kind in ("", "pfp_"):
        onset = draws[f"{kind}objection_rate"]
        np.testing.assert_allclose(draws[f"{kind}objection_today"], onset / (onset + ends))
    chance = fitted.checks["chance_somebody_objects"]
    assert (chance["pfp"][-1], chance["ladder"][-1]) == pytest.approx((0.21, 0.40), abs=0.02)
    assert abs(draws["hungary_objects"].mean() - 2 / 7) < SIGMAS * 0.16 / np.sqrt(2000)
    assert all(x.shape == (2000,) and (x > 0).all() for x in draws.values())


def test_georgia_ukraine_bosnia_and_the_round_of_1997_are_not_impossible(fitted: Fit) -> None:
    history = fitted.checks["chance_of_history (years; somebody objects and for at least as long)"]
    for episode in ("GEO map 2008", "UKR map 2008", "BIH map 2009", "ROU invitation 1997"):
        assert history[episode][1] > 0.03, episode
    # the judged rates of before made the first of them one in thousands
    onset = generator(33).gamma(10, 1 / 5000, 4000)
    ends = 0.35 * np.exp(0.5 * generator(34).standard_normal(4000))
    judged = Rates(onset, ends, np.zeros(1), np.ones(1))
    assert (any_of(32, judged) * lasts(judged, 18.24)).mean() < 0.01


def test_a_lever_that_is_gone_in_six_weeks_is_not_impossible(fitted: Fit) -> None:
    """Ankara and the invitation of 2022: of objections just raised, how many are over within 41 days?"""
    draws = fitted.draws
    found = Rates(
        draws["objection_rate"], draws["objection_ends"], draws["objection_brief"], draws["brief_ends"]
    )
    assert 0.03 < (1 - lasts(found, 41 / 365.25)).mean() < 0.3


def test_one_short_episode_does_not_carry_a_second_kind(facts: Facts) -> None:
    assert 0 <= second_kind(evidence(bids(facts))) < 2


def test_the_committed_table_is_what_the_facts_give(facts: Facts, fitted: Fit, checkout: Path) -> None:
    folder = checkout / "scenarios" / "tables"
    assert read_manifest(folder)["objections"].fits(facts)
    made, there = table_text(fitted.draws), (folder / "objections.csv").read_text("utf-8")
    if made != there:  # other processors: the last bits, and so a few resampled rows, may differ
        new, old = (np.genfromtxt(text.splitlines(), delimiter=",", names=True) for text in (made, there))
        assert new.dtype.names == old.dtype.names
        for name in new.dtype.names:
            points = [0.1, 0.5, 0.9]
            np.testing.assert_allclose(
                np.quantile(new[name], points), np.quantile(old[name], points), rtol=0.1
            )


def test_a_changed_fact_changes_digest_and_evidence(facts: Facts, checkout: Path) -> None:
    rows = [
        Row(r.file, r.number, dict(r) | {"kind": "identity"}) if r["decision"] == "bucharest-2008" else r
        for r in facts.tables["blocks"]
    ]
    changed = replace(facts, tables=MappingProxyType(dict(facts.tables) | {"blocks": tuple(rows)}))
    entry = read_manifest(checkout / "scenarios" / "tables")["objections"]
    assert digest_of(facts, objections.FACTS) == entry.facts_digest
    assert digest_of(changed, objections.FACTS) != entry.facts_digest
    assert evidence(bids(changed)).objected == pytest.approx(4.9)
    assert by_kind(bids(changed))["pfp"].objected == pytest.approx(2)
