"""How long something without an end lasted: to the day on which it was last seen, in every reader, and no further."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sim.facts.frozen import FACTS_UNTIL, frozen
from sim.facts.read import Facts, Row, load_facts
from sim.history.fits import disputes, holdout_response, objections, readiness, waves
from sim.history.hindcast import components, spells
from sim.history.hindcast.jobs import observed
from sim.history.record import followed

FACTS = load_facts()
SEEN = date(2025, 1, 1)
TABLES = ("blocks", "normalisations", "settlements")


def seen_last(day: date, facts: Facts = FACTS) -> Facts:
    """The facts, everything without an end last seen on one day."""
    tables = {
        name: tuple(
            Row(row.file, row.number, dict(row) | {"last_seen": day.isoformat()}) if row["last_seen"] else row
            for row in facts.tables[name]
        )
        for name in TABLES
    }
    return replace(facts, tables={**facts.tables, **tables})


def block(facts: Facts, decision: str) -> Row:
    return next(row for row in facts.tables["blocks"] if row["decision"] == decision)


def test_an_end_is_an_end_and_what_has_none_lasted_until_it_was_last_seen() -> None:
    austria, israel = (
        followed(FACTS, block(FACTS, f"{code}-partnership-activities-{year}"))
        for code, year in (("aut", 2016), ("isr", 2023))
    )
    assert (austria.day, austria.over) == (date(2022, 4, 4), True)
    assert (israel.day, israel.over) == (date(2025, 3, 11), False)


@pytest.mark.parametrize(
    ("day", "lasted"), [(date(2024, 1, 1), date(2024, 1, 1)), (date(2026, 1, 1), date(2025, 3, 11))]
)
def test_facts_of_a_day_follow_to_that_day_or_to_when_it_was_last_seen(day: date, lasted: date) -> None:
    known = frozen(FACTS, day)
    assert followed(known, block(known, "isr-partnership-activities-2023")) == ((lasted, lasted), False)


def test_nothing_is_followed_beyond_the_facts() -> None:
    late = seen_last(date(2030, 1, 1))
    assert followed(late, block(late, "cyp-pfp-2004")).day == FACTS_UNTIL


def test_an_end_that_is_unknown_is_open_for_no_reader() -> None:
    """Every reader of a table with ends stops where the row says that nobody looked further."""
    facts = seen_last(SEEN)
    for episode in spells.blocks(facts):
        assert episode.end or episode.seen == SEEN, episode
    ages = {row.name: (row.age, row.horizon) for row in disputes.disputes(facts)}
    born = {row["dispute"]: row.day("start") for row in facts.tables["settlements"] if row["last_seen"]}
    for name in set(born) & set(ages):
        age = (SEEN - born[name]).days / 365.25
        assert ages[name] == pytest.approx((age, age), abs=0.003), name
    assert disputes.own_years(facts) == pytest.approx((SEEN - date(2008, 2, 17)).days / 365.25)
    open_bids = {b.candidate: b.length for b in objections.bids(facts) if b.open}
    assert open_bids == pytest.approx({"GEO": 16.75, "UKR": 2.26}, abs=0.01)
    _, waiting = holdout_response.times(facts, settled=False)
    assert waiting == pytest.approx([24.55, 24.55], abs=0.01)


def test_no_time_counts_as_unblocked_after_a_block_of_unknown_end() -> None:
    """Montenegro, as if it had been blocked in 2011 and nobody knew for how long."""
    cells = dict(block(FACTS, "ukr-invitation-2022")) | {
        "candidate": "MNE", "start": "2011-12-05", "last_seen": "2012-06-01",
    }  # fmt: skip
    rows = (*FACTS.tables["blocks"], Row("blocks.csv", 0, cells))
    facts = replace(FACTS, tables={**FACTS.tables, "blocks": rows})
    waits = {w.country: w for w in readiness.to_invitation(facts)}
    assert (waits["MNE"].years, waits["MNE"].stopped) == (pytest.approx(2.0, abs=0.01), date(2011, 12, 5))


def test_an_obstruction_lasts_as_long_as_it_was_seen_to() -> None:
    """Hungary on Finland and Sweden, as if nobody had looked after some day."""

    def obstructs(seen: str) -> bool:
        rows = tuple(
            Row(row.file, row.number, dict(row) | {"end": "", "last_seen": seen})
            if (row["blocker"], row["decision"]) == ("HUN", "nordic-ratification-2022")
            else row
            for row in FACTS.tables["blocks"]
        )
        known = replace(FACTS, tables={**FACTS.tables, "blocks": rows})
        wave = next(w for w in waves.waves(known) if w.signed == date(2022, 7, 5))
        return "HUN" not in wave.windows

    assert obstructs("2023-06-01")
    assert not obstructs("2022-10-01")


def test_an_unknown_end_is_scored_up_to_when_it_was_last_seen() -> None:
    """And an episode that was last seen on the day it began is not scored at all."""

    def scored(seen: str) -> dict[str, date]:
        rows = tuple(
            Row(row.file, row.number, dict(row) | ({"last_seen": seen} if row["last_seen"] else {}))
            for row in FACTS.tables["blocks"]
            if "partnership-activities-20" in row["decision"]
        )
        jobs = components.block(replace(FACTS, tables={**FACTS.tables, "blocks": rows}))
        episodes = [job.make.episode for job in jobs]  # type: ignore[attr-defined]
        return {episode.decision: episode.seen for episode in episodes}

    outcome = observed(date(2023, 10, 16), None, date(2025, 3, 11))
    assert outcome.censored
    assert outcome.days == outcome.watched == 512
    israel, austria = "isr-partnership-activities-2023", "aut-partnership-activities-2016"
    assert scored("2025-03-11")[israel] == date(2025, 3, 11)
    assert scored("2023-10")[austria] == date(2022, 4, 4)
    assert israel not in scored("2023-10")
