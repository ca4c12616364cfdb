"""Readiness: which time counts, closed forms, a known law found again.

Statistical checks allow 5.5 standard errors (false alarm below 4e-8 each) and have fixed seeds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from sim.facts.frozen import frozen
from sim.facts.read import Facts, Row, load_facts
from sim.history.fits import readiness
from sim.history.fits.fitted import Fit, digest_of, read_manifest, table_text
from sim.history.fits.readiness import Unblocked, decisions, rate, to_invitation, to_plan, waivers

SIGMAS = 5.5


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load_facts()


@pytest.fixture(scope="module")
def fitted(facts: Facts) -> Fit:
    return readiness.fit(facts)


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def told(spells: list[Unblocked]) -> dict[str, tuple[float, bool]]:
    return {s.country: (round(s.years, 1), s.reached) for s in spells}


def test_time_under_a_block_does_not_count(facts: Facts) -> None:
    assert told(to_plan(facts)) == {
        "HRV": (2.0, True), "MNE": (3.0, True), "BIH": (3.0, True), "GEO": (5.4, False), "UKR": (3.0, False),
    }  # fmt: skip
    assert told(to_invitation(facts)) == {
        "ALB": (9.0, True), "BGR": (3.6, True), "BIH": (7.6, False), "EST": (3.6, True), "HRV": (5.9, True),
        "LTU": (3.6, True), "LVA": (3.6, True), "MKD": (9.0, True), "MNE": (6.0, True), "SVK": (3.6, True),
    }  # fmt: skip


def test_decisions_weigh_one(facts: Facts) -> None:
    plan, reform = to_plan(facts), to_invitation(facts)
    assert decisions(plan).sum() == pytest.approx(3)
    assert decisions(reform).sum() == pytest.approx(4)
    weight = dict(zip([s.country for s in reform], decisions(reform), strict=True))
    assert weight["LVA"] == pytest.approx(1 / 5)
    assert weight["ALB"] == weight["HRV"] == weight["MKD"] == pytest.approx(1 / 3)
    assert weight["BIH"] == weight["MNE"] == 1


@pytest.mark.parametrize("stages", [1, 2])
def test_spells_that_ended_give_a_gamma(stages: int) -> None:
    spells = [Unblocked("AAA", length, date(2000, 1, 1), True) for length in (2.0, 3.0, 5.0)]
    draws = rate(spells, np.ones(3), stages, 4000, generator(41))
    shape = 3 * stages + 0.5
    assert abs(draws.mean() - shape / 10) < SIGMAS * np.sqrt(shape) / 10 / np.sqrt(4000)
    assert abs(draws.std() - np.sqrt(shape) / 10) < SIGMAS * np.sqrt(shape) / 10 / np.sqrt(4000)


def test_an_open_spell_of_one_stage_adds_its_time() -> None:
    spells = [Unblocked("AAA", 4.0, date(2000, 1, 1), True), Unblocked("BBB", 6.0, None, False)]
    draws = rate(spells, np.ones(2), 1, 4000, generator(42))
    assert abs(draws.mean() - 1.5 / 10) < SIGMAS * np.sqrt(1.5) / 10 / np.sqrt(4000)


def test_weights_are_counts() -> None:
    one = [Unblocked("AAA", 4.0, date(2000, 1, 1), True)]
    twice = rate(one * 2, np.ones(2), 2, 1000, generator(43))
    weighted = rate(one, np.array([2.0]), 2, 1000, generator(43))
    np.testing.assert_allclose(twice, weighted)


def test_a_known_law_is_found_again() -> None:
    rng, truth = generator(44), 0.3
    lengths = rng.gamma(2, 1 / truth, 2000)
    spells = [Unblocked(str(i), min(x, 8.0), None, bool(x < 8.0)) for i, x in enumerate(lengths)]
    draws = rate(spells, np.ones(2000), 2, 500, generator(45))
    assert abs(draws.mean() - truth) < SIGMAS * draws.std()
    assert draws.std() < 0.02


def test_plans_waived_are_counted_by_decision(facts: Facts, fitted: Fit) -> None:
    assert waivers(facts) == (4, 2)
    waived = fitted.draws["map_waived"]
    assert abs(waived.mean() - 1.5 / 6) < SIGMAS * waived.std() / np.sqrt(2000)


def test_the_columns_are_positive(fitted: Fit) -> None:
    assert set(fitted.draws) == {"plan_rate", "reform_rate", "map_waived"}
    assert all(x.shape == (2000,) and (x > 0).all() for x in fitted.draws.values())


def test_frozen_facts_are_followed_only_to_their_day(facts: Facts) -> None:
    then = told(to_invitation(frozen(facts, date(2012, 1, 1))))
    assert then["MNE"] == (2.1, False)
    assert then["MKD"] == (9.0, False)
    assert "BIH" not in then


def test_the_committed_table_is_what_the_facts_give(facts: Facts, fitted: Fit, checkout: Path) -> None:
    folder = checkout / "scenarios" / "tables"
    assert read_manifest(folder)["readiness"].fits(facts)
    made, there = table_text(fitted.draws), (folder / "readiness.csv").read_text("utf-8")
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
        Row(r.file, r.number, dict(r) | {"date": "2003-05-14"})
        if (r["country"], r["milestone"]) == ("HRV", "map")
        else r
        for r in facts.tables["milestones"]
    ]
    changed = replace(facts, tables=MappingProxyType(dict(facts.tables) | {"milestones": tuple(rows)}))
    entry = read_manifest(checkout / "scenarios" / "tables")["readiness"]
    assert digest_of(facts, readiness.FACTS) == entry.facts_digest
    assert digest_of(changed, readiness.FACTS) != entry.facts_digest
    assert told(to_plan(changed))["HRV"] == (3.0, True)
