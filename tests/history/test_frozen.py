"""Facts as of a day: what is dated later cannot be seen, whatever it is, and whether it is there at all."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sim.base.errors import FactsError
from sim.facts.cells import bounds
from sim.facts.columns import TABLES
from sim.facts.frozen import FACTS_UNTIL, RULES, FrozenFacts, frozen, known, until, without
from sim.facts.read import Facts, facts_dir, load_facts
from sim.history.hindcast import components
from sim.history.hindcast.forecasts import Forecast, points_text
from sim.history.hindcast.jobs import ROLLING, Job
from sim.history.hindcast.refit import refit

# what was written when something ended, and so is scrambled with a later end
WITH_THE_END = {
    "blocks": ("end", ("resolved_by",)),
    "settlements": ("end", ("kind_of_end",)),
    "applications_consensus_orgs": (
        "decided",
        ("outcome", "votes_for", "votes_against", "vote_GRC", "vote_ESP"),
    ),
    "partnership_entries": ("blocked_from", ("blocked_by", "kind")),
}
OTHER = {
    "blocked_by": "FRA",
    "kind": "caution",
    "kind_of_end": "absorption",
    "votes_for": "7",
    "votes_against": "999",
}


def later(cell: str, day: date) -> bool:
    try:
        return bool(cell) and bounds(cell).last > day
    except ValueError:
        return False


def moved(cell: str) -> str:
    """A year later; the order of dates stays, so that the tables stay valid."""
    return f"{int(cell[:4]) + 1}{cell[4:]}".replace("-02-29", "-02-28")


def scramble(day: date, to: Path) -> Facts:
    """Facts in which everything that is dated after a day is different, and much of it gone."""
    shutil.copytree(facts_dir(), to)
    for name in TABLES:
        if name == "countries":
            continue
        file = to / f"{name}.csv"
        with file.open(encoding="utf-8", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        dates = {c for c, column in TABLES[name].columns.items() if column.kind in ("date", "day")}
        kept = []
        for number, cells in enumerate(rows):
            row = dict(zip(header, cells, strict=True))
            ends, words = WITH_THE_END.get(name, ("", ()))
            if ends and (later(row[ends], day) or not row[ends]):
                row |= {word: OTHER.get(word, "scrambled") for word in words if row[word]}
            own = [row[c] for c in dates if row[c]]
            if own and all(later(cell, day) for cell in own):
                if number % 3 == 0 and name not in ("members", "protocols", "ratifications"):
                    continue
                row["note"] = "scrambled"
            row |= {c: moved(row[c]) for c in dates if later(row[c], day)}
            if name == "ratifications" and number % 2 and row["signed"] <= day.isoformat():
                row |= {c: "" for c in ("approved", "deposited") if later(row[c], day)}
            kept.append(row)
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)
    return load_facts(to)


DAYS = [date(1999, 5, 1), date(2008, 4, 1), date(2016, 5, 19), date(2022, 7, 5)]


@pytest.mark.parametrize("day", DAYS)
def test_nothing_dated_later_is_left(day: date) -> None:
    then = frozen(load_facts(), day)
    for name, rows in then.tables.items():
        for row in rows:
            for column, kind in TABLES[name].columns.items():
                if kind.kind in ("date", "day") and row[column]:
                    assert row.days(column).last <= day, (name, column, row[column])
            assert not row["note"]
            assert row.number == 0
    assert all(m.joined <= day and (m.recognised is None or m.recognised <= day) for m in then.members)


@pytest.mark.parametrize("day", DAYS)
def test_frozen_facts_do_not_see_what_comes_later(day: date, tmp_path: Path) -> None:
    """Equal cell by cell, so every forecast made from them is the same."""
    changed = scramble(day, tmp_path / "seeds")
    assert changed.digest != load_facts().digest
    one, other = frozen(load_facts(), day), frozen(changed, day)
    for name, rows in one.tables.items():
        assert [dict(r) for r in rows] == [dict(r) for r in other.tables[name]], name
    assert one.members == tuple(
        replace(m, source=n.source) for m, n in zip(other.members, one.members, strict=True)
    )
    assert one.digest == other.digest


Find = Callable[[Facts], Job]


def job_of(component: str, origin: date) -> Find:
    def find(facts: Facts) -> Job:
        for job in components.COMPONENTS[component](facts):
            if isinstance(job.facts, FrozenFacts) and job.facts.until == origin:
                return job
        raise AssertionError(origin)

    return find


@pytest.mark.parametrize(
    ("component", "origin"),
    [
        ("membership", date(2016, 5, 19)),
        pytest.param("invitation", date(2009, 12, 4), marks=pytest.mark.exhaustive),
        ("recognition", date(2018, 8, 31)),
        ("partnership", date(2003, 5, 20)),
        ("elsewhere", date(2016, 8, 31)),
        pytest.param("case", date(2022, 5, 19), marks=pytest.mark.exhaustive),
    ],
)
def test_a_forecast_does_not_see_what_comes_later(component: str, origin: date, tmp_path: Path) -> None:
    """Fitted again, simulated again: the same bytes for the model and for every baseline."""
    find = job_of(component, origin)

    def made(facts: Facts) -> dict[tuple[str, ...], str]:
        job = find(facts)
        rolling: list[Forecast] = job.make(refit(job.facts, job.fits))
        assert {f.mode for f in rolling} == {ROLLING}
        return {(*f.about, f.model): points_text(f.points) for f in rolling}

    before, after = made(load_facts()), made(scramble(origin, tmp_path / "seeds"))
    # which capitals are scored depends on what is known of them later; all that both have must agree
    both = before.keys() & after.keys()
    assert len(both) >= 4
    assert {key: before[key] for key in both} == {key: after[key] for key in both}


def test_the_fits_do_look_at_what_they_are_given() -> None:
    """The test above could pass if nothing read the facts: an earlier day gives other draws."""
    one, other = (refit(frozen(load_facts(), day), ["objections"])["objections"] for day in DAYS[1:3])
    assert one["objection_ends"].mean() != other["objection_ends"].mean()


def test_a_date_counts_once_all_of_it_has_passed() -> None:
    assert known("2008-04-01", date(2008, 4, 1))
    assert not known("2008-04", date(2008, 4, 29))
    assert known("2008-04", date(2008, 4, 30))
    assert not known("2008", date(2008, 12, 30))
    assert not known("", date(2026, 1, 1))


def test_every_table_has_a_rule() -> None:
    assert set(RULES) == set(TABLES)
    for name, rule in RULES.items():
        assert set(rule.later) | set(rule.drop) <= set(TABLES[name].columns)
    facts = load_facts()
    with pytest.raises(FactsError, match=r"new\.csv: has no rule of freezing"):
        frozen(replace(facts, tables={**facts.tables, "new": ()}), date(2020, 1, 1))


def test_followed_until() -> None:
    facts = load_facts()
    assert until(facts) == FACTS_UNTIL
    then = frozen(facts, date(2010, 1, 1))
    assert until(then) == until(without(then, lambda table, row: True)) == date(2010, 1, 1)


def test_an_open_episode_is_open() -> None:
    """Greece on North Macedonia, before and after the invitation of July 2018."""

    def end(day: date) -> list[str]:
        return [
            r["end"]
            for r in frozen(load_facts(), day).tables["blocks"]
            if r["decision"] == "mkd-invitation-2008"
        ]

    assert end(date(2008, 4, 2)) == []
    assert end(date(2018, 7, 10)) == [""]
    assert end(date(2018, 7, 11)) == ["2018-07-11"]
