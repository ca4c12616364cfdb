"""Entries into the Partnership: waits and blocks as counted, closed forms, and what a forecast may know."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.facts.frozen import frozen, without
from sim.facts.read import Facts, load_facts
from sim.history.entries import Entry, entries
from sim.history.fits import partnership as fits
from sim.history.fits.fitted import Fit, read_manifest
from sim.history.hindcast import partnership as component
from sim.history.hindcast.jobs import LEFT_OUT, ROLLING, Job

FACTS = load_facts()


@pytest.fixture(scope="module")
def fitted() -> Fit:
    return fits.fit(FACTS)


@pytest.fixture(scope="module")
def by_country() -> dict[str, Entry]:
    return {entry.country: entry for entry in entries(FACTS)}


def test_clocks_start_with_the_wish_or_when_it_could_be_met(by_country: dict[str, Entry]) -> None:
    serbia, montenegro, austria = (by_country[code] for code in ("SRB", "MNE", "AUT"))
    assert (serbia.start, serbia.wished, serbia.kind) == (date(2003, 5, 20), True, "conditions")
    assert (montenegro.start, montenegro.kind) == (date(2006, 6, 3), "")  # it wished before it was a state
    assert (austria.start, austria.wished) == (date(1994, 1, 10), False)
    assert serbia.group == montenegro.group == by_country["BIH"].group == "2006-12-14"
    assert {by_country[c].group for c in ("POL", "UZB", "RUS")} == {"1994"}
    assert (austria.group, by_country["MKD"].group) == ("1995-02-10", "1995-11-15")
    assert (by_country["CYP"].group, by_country["CYP"].entered) == ("CYP", None)


def test_entries_agree_with_milestones_and_blocks() -> None:
    told = {
        (row["country"], row.days("date")) for row in FACTS.tables["milestones"] if row["milestone"] == "pfp"
    }
    mine = {(e.country, e.entered) for e in entries(FACTS) if e.entered}
    assert len(mine) == len(told) == 35
    for country, days in told:
        assert any(c == country and days.first <= day <= days.last for c, day in mine), country
    blocks = {
        (row["candidate"], row["kind"], row["blocker"])
        for row in FACTS.tables["blocks"]
        if (row["organisation"], row["gate"]) == ("NATO", "pfp")
    }
    held = {
        (row["country"], row["kind"], row["blocked_by"])
        for row in FACTS.tables["partnership_entries"]
        if row["kind"]
    }
    assert held == blocks


def test_cyprus_and_kosovo_are_in_the_record_of_blocks_over_status() -> None:
    ended, years = fits.status_blocks(FACTS)
    assert ended == 1
    assert years == pytest.approx(22.0 + 13.4 + 1.8, abs=0.3)
    before = frozen(FACTS, date(2003, 1, 1))
    assert fits.status_blocks(before) == (1, pytest.approx(1.8, abs=0.1))
    assert fits.status_blocks(frozen(FACTS, date(1995, 1, 1)))[0] == 0


def test_unblocked_waits_count_pairs_of_days_once() -> None:
    seen = fits.waits(FACTS)
    assert sorted(seen["wish"]) == [14, 21, 27, 28, 42, 57, 57, 128, 194]
    assert len(seen["invitation"]) == 20  # Finland and Sweden signed together
    assert 1304 not in seen["wish"]  # Serbia was held up


def test_a_known_law_of_waits_is_found_again() -> None:
    rng = np.random.Generator(np.random.Philox(3))
    seen = {
        "wish": np.exp(np.log(60) + 0.7 * rng.standard_normal(4000)),
        "invitation": np.exp(np.log(200) + 0.7 * rng.standard_normal(4000)),
    }
    found = fits.posterior(seen, 1000, rng)
    for name, true in (("wish", 60), ("invitation", 200), ("spread", 0.7)):
        assert abs(np.log(found[name]).mean() - np.log(true)) < 5.5 * np.log(found[name]).std()
        assert np.log(found[name]).std() < 0.02


def test_without_any_wait_the_prior_stands() -> None:
    found = fits.posterior({"wish": np.array([])}, 4000, np.random.Generator(np.random.Philox(4)))
    assert np.median(found["wish"]) == pytest.approx(90, rel=0.1)


def test_the_columns_and_the_committed_table(fitted: Fit, checkout: Path) -> None:
    assert set(fitted.draws) == {
        "pfp_wait_median", "pfp_wait_invited", "pfp_wait_spread", "status_block_ends",
    }  # fmt: skip
    assert fitted.draws["status_block_ends"].mean() == pytest.approx(1.5 / 37.2, rel=0.06)
    assert read_manifest(checkout / "scenarios" / "tables")["partnership"].fits(FACTS)
    kinds = fitted.checks["waits in days"]
    assert kinds["wish"][0] == 14


LAW = {
    "pfp_wait_median": np.full(2000, 50.0),
    "pfp_wait_invited": np.full(2000, 100.0),
    "pfp_wait_spread": np.full(2000, 1e-6),
    "status_block_ends": np.full(2000, 0.05),
    "pfp_objection_rate": np.full(2000, 0.001),
    "objection_ends": np.full(2000, 0.2),
    "objection_brief": np.full(2000, 0.25),
    "brief_ends": np.full(2000, 10.0),
}
FREE = Entry("ABC", date(2010, 1, 1), True, None, date(2026, 7, 1), "", None, None, None)


def within(entry: Entry, years: float) -> float:
    sample = component.days(LAW, entry, entry.start, 32)
    return float((sample <= years * 365.25 + 51).mean())


def held(kind: str, since: date) -> Entry:
    return replace(FREE, kind=kind, blocked_first=since, blocked_from=since)


def test_who_is_free_waits_unless_an_objection_comes_up() -> None:
    some = (1 - (0.2 / 0.201) ** 32) / 0.75
    sigma = 5.5 * np.sqrt(0.25 / 20_000)
    assert within(FREE, 0) == pytest.approx(1 - some, abs=sigma)
    assert float((component.days(LAW, FREE, FREE.start, 32) > 49).mean()) == 1.0
    unknown = replace(FREE, wished=False)
    assert float(np.min(component.days(LAW, unknown, FREE.start, 32))) == pytest.approx(100, abs=0.1)


def test_who_is_held_up_over_conditions_waits_for_the_end_of_it() -> None:
    sigma = 5.5 * np.sqrt(0.25 / 20_000)
    old = held("conditions", date(2008, 1, 1))
    assert within(old, 5) == pytest.approx(1 - np.exp(-1), abs=sigma)
    fresh = held("conditions", date(2010, 1, 1))
    mixed = 1 - 0.75 * np.exp(-1) - 0.25 * np.exp(-50)
    assert within(fresh, 5) == pytest.approx(mixed, abs=sigma)


def test_a_block_over_status_lasts_until_it_ends_and_does_not_keep_others_from_objecting() -> None:
    some = (1 - (0.2 / 0.201) ** 32) / 0.75
    lasting = some * (0.75 * np.exp(-2) + 0.25 * np.exp(-100))
    expected = (1 - np.exp(-0.5)) * (1 - lasting)
    for kind in ("recognition", "identity"):
        found = within(held(kind, date(2008, 1, 1)), 10)
        assert found == pytest.approx(expected, abs=5.5 * np.sqrt(0.25 / 20_000))
    later = held("recognition", date(2011, 1, 1))  # not yet there on the first day
    assert within(later, 0) == within(FREE, 0)


FEW = ("BIH", "CHE", "CYP", "HRV", "IRL", "MKD", "MNE", "POL", "RUS", "SRB", "UKR")
SOME = without(FACTS, lambda table, row: table == "partnership_entries" and row["country"] not in FEW)


@pytest.fixture(scope="module")
def found() -> list[Job]:
    return list(component.partnership(SOME))


def known(found: list[Job], country: str, mode: str) -> list[Facts]:
    return [
        job.facts
        for job in found
        if (job.make.entry.country, job.make.mode) == (country, mode)  # type: ignore[attr-defined]
    ]


def test_the_whole_decision_is_left_out_and_rolling_knows_only_its_day(found: list[Job]) -> None:
    (left,) = known(found, "MNE", LEFT_OUT)
    assert not {"MNE", "SRB", "BIH"} & {row["country"] for row in left.tables["partnership_entries"]}
    assert not [r for r in left.tables["blocks"] if r["candidate"] in ("SRB", "BIH") and r["gate"] == "pfp"]
    assert [r for r in left.tables["blocks"] if r["candidate"] == "BIH" and r["gate"] == "map"]
    (then,) = known(found, "SRB", ROLLING)
    serbia = next(e for e in entries(then) if e.country == "SRB")
    assert (serbia.entered, serbia.blocked_until) == (None, None)
    assert not known(found, "POL", ROLLING)  # nothing had ended before
    assert len(known(found, "CYP", ROLLING)) == 1
