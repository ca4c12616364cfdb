"""Bids in the same futures: what is counted, what is told to be the same, and what is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.base.errors import ModelError
from sim.estimates.conditional import FEWEST, conditional
from sim.report import bids_prose as prose
from sim.report.bids_page import html
from sim.report.conditional_words import told
from sim.report.screens.bids import screen
from sim.scenario.load import load_text
from sim.studies.bids import bids
from sim.studies.bids_answer import NONE, TRAJECTORIES, Bids, read_bids
from sim.studies.options import Sampling

WORLD = """schema: 1
title: {title}
question: Q?
organisation: {title}
candidate: XKX
start: 2027-01-01
horizon: 2037-01-01
members: [GRC, ESP]
peers_among: [GRC, ESP]
parameters:
  thaw: {{prior: {{gamma: {{shape: 2, rate: 10}}}}, unit: per year, basis: judged, source: made up}}
chains:
  peace: {{states: [none, made], start: none, moves: [{{from: none, to: made, rate: thaw}}]}}
  own_{own}: {{states: [no, yes], start: no, moves: [{{from: no, to: yes, rate: 0.4}}]}}
voters:
  everyone: {{stance: {{states: [blocks, recognises], start: blocks}}}}
  GRC: {{stance: {{moves: [{{from: blocks, to: recognises, rate: {rate}, scaled_by: {{peace: {{made: 5}}}}}}]}}}}
  ESP: {{stance: {{moves: [{{from: blocks, to: recognises, rate: 0.1, scaled_by: {{peers: {{recognises: 2}}}}}}]}}}}
ladder:
  - {{step: begun_{own}, kind: decision, meetings: [monthly], when: {{own_{own}: yes}}, bypass: 0.2, held: 0.9}}
  - {{step: done_{own}, kind: decision, meetings: [monthly], needs: {{stance: recognises}}}}
calendar: {{monthly: {{then: {{every: 1 month, from: 2027-01-15}}}}}}
"""
SIZE = Sampling(trajectories=2000, worlds=100, seed=3)


def one(own: str, rate: float = 0.1, change: tuple[str, str] = ("", "")) -> Path:
    text = WORLD.format(title=f"the {own.title()}", own=own, rate=rate)
    return load_text(text.replace(*change), own)  # type: ignore[return-value]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bids, Path]:
    folder = tmp_path_factory.mktemp("bids") / "out"
    return bids(one("north"), one("south"), options=SIZE, out=folder), folder


def test_chains_that_are_defined_alike_are_equal_to_the_bit(made: tuple[Bids, Path]) -> None:
    sharing = made[0].sharing
    assert sharing.same == ("peace", "GRC.stance", "ESP.stance")
    assert sharing.different == ()
    assert [(p.kind, p.names, p.bids) for p in sharing.partly] == [
        ("chains", ("own_north",), ("north",)),
        ("chains", ("own_south",), ("south",)),
    ]


def test_what_is_defined_otherwise_is_named_with_what_reads_it() -> None:
    """A quicker Greece is another Greece, and pulls Spain; the peace stays what it is."""
    sharing = bids(one("north"), one("south", rate=0.3), options=SIZE).sharing
    assert sharing.same == ("peace",)
    found = {d.chain: d for d in sharing.different}
    assert list(found) == ["GRC.stance", "ESP.stance"]
    assert found["GRC.stance"].because == ("GRC.stance",)
    assert found["ESP.stance"].because == ("GRC.stance",)
    assert all(0 < d.futures <= 2000 for d in sharing.different)


def test_among_whom_peers_count_is_a_part_of_the_definition() -> None:
    other = one("south", change=("peers_among: [GRC, ESP]", "peers_among: [ESP]"))
    sharing = bids(one("north"), other, options=SIZE).sharing
    assert "ESP.stance" in {d.chain for d in sharing.different}
    assert "GRC.stance" in sharing.same


def test_the_counts_are_those_of_the_joined_trajectories(made: tuple[Bids, Path]) -> None:
    import pandas as pd

    answer, folder = made
    assert read_bids(folder) == answer
    table = pd.read_parquet(folder / TRAJECTORIES)
    assert len(table) == answer.trajectories == 2000
    assert {"peace=made", "GRC.stance=recognises"} <= set(table.columns)
    north, south = (table[f"{name}: done_{name}"].fillna(np.inf) for name in ("north", "south"))
    years = {
        e.date: (e.date - answer.start).days / 365.25 for e in answer.bids[0].milestones["done_north"].by
    }
    for day, limit in years.items():
        at = list(years).index(day)
        seen = answer.bids[0].milestones["done_north"].by[at].probability
        assert seen == pytest.approx((north <= limit).mean())
        race = {name: curve.by[at].probability for name, curve in answer.races[0].shares.items()}
        assert sum(race.values()) == pytest.approx(1)
        first = np.minimum(north, south)
        assert race[NONE] == pytest.approx((first > limit).mean())
        assert race["north"] == pytest.approx(((north <= limit) & (north < south)).mean())
        (before,) = [b for b in answer.before if b.bid == "north"]
        assert before.by[at].probability == pytest.approx(((north <= limit) & (north < south)).mean())
        odds = next(o for o in answer.odds if (o.bid, o.beside) == ("north", "south")).by[at]
        with_it = south <= limit
        assert (odds.given.futures, odds.without.futures) == (with_it.sum(), (~with_it).sum())
        if odds.given.probability is not None:
            assert odds.given.probability == pytest.approx((north <= limit)[with_it].mean())
    assert answer.odds[0].by[-1].given.probability > answer.odds[0].by[-1].without.probability


def test_a_substitute_is_never_the_step(made: tuple[Bids, Path]) -> None:
    """It stands behind the ladder, wins no race, and does not take the place of the last step."""
    import pandas as pd

    answer, folder = made
    bid = answer.bids[0]
    assert bid.steps == ("begun_north", "done_north")
    assert bid.substitutes == ("substitute for begun_north",)
    table = pd.read_parquet(folder / TRAJECTORIES)
    begun = {name: table[f"{name}: begun_{name}"].fillna(np.inf) for name in ("north", "south")}
    replaced = table["north: substitute for begun_north"].notna()
    assert 20 < replaced.sum() < 1800
    assert np.isinf(begun["north"][replaced]).all()
    race = {name: curve.by[-1].probability for name, curve in answer.races[1].shares.items()}
    assert race["north"] == pytest.approx((begun["north"] < begun["south"]).mean())
    assert bid.milestones["substitute for begun_north"].by[-1].probability == pytest.approx(replaced.mean())


def test_the_futures_are_told_together(made: tuple[Bids, Path]) -> None:
    import pandas as pd

    answer, folder = made
    table = pd.read_parquet(folder / TRAJECTORIES)
    assert len(answer.futures) == 10
    for future in answer.futures:
        for name, steps in future.taken.items():
            at = table.loc[future.trajectory, f"{name}: done_{name}"]
            assert (steps[f"done_{name}"] is None) == bool(pd.isna(at))
        assert [h.date for h in future.happenings] == sorted(h.date for h in future.happenings)
        world = [h.text for h in future.happenings if not h.bid]
        assert len(world) == len(set(world)) or all("from" in text for text in world)
    assert any(not h.bid for f in answer.futures for h in f.happenings)


def test_screen_and_page_name_what_differs_and_never_a_lone_number() -> None:
    answer = bids(one("north"), one("south", rate=0.3), options=SIZE)
    page, shown = html(answer), " ".join(screen(answer).split())
    for said in prose.differs(answer):
        assert said in shown
        assert said.replace(" %", "\u00a0%") in page
    assert "GRC.stance is not the same in north and south" in shown
    for text in (page, shown):
        assert " 0 %" not in text
        assert "100 %" not in text
        assert "1 January 2037" in text


def test_one_thread_or_two_give_the_same_bytes(made: tuple[Bids, Path], tmp_path: Path) -> None:
    again = Sampling(trajectories=2000, worlds=100, seed=3, threads=1)
    bids(one("north"), one("south"), options=again, out=tmp_path / "out")
    for name in (TRAJECTORIES, "bids.json", "conditional.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (made[1] / name).read_bytes(), name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("candidate: XKX", "candidate: BIH"), "not one candidate (north: XKX; south: BIH)"),
        (("start: 2027-01-01", "start: 2028-01-01"), "not one start (north: 2027-01-01; south: 2028-01-01)"),
        (("prior: {gamma: {shape: 2, rate: 10}}", "value: 0.2"), "not one number of worlds"),
    ],
)
def test_bids_that_are_not_made_in_the_same_futures(change: tuple[str, str], said: str) -> None:
    with pytest.raises(ModelError) as caught:
        bids(one("north"), one("south", change=change), options=SIZE)
    assert said in str(caught.value)


def test_bids_that_share_nothing() -> None:
    alone = one("south")
    text = WORLD.format(title="x", own="other", rate=0.1).replace("peace", "war").replace("GRC", "FRA")
    with pytest.raises(ModelError, match="no chain in common"):
        bids(alone, load_text(text.replace("ESP", "DEU"), "other"), options=SIZE)
    with pytest.raises(ModelError, match="bids: one bid; allowed: 2 to 7"):
        bids(alone, options=SIZE)


# --- one given another ------------------------------------------------------------------------------------


def test_a_share_among_some_futures_knows_that_worlds_are_alike() -> None:
    cases = np.full(200, 50)
    alike = conditional(np.where(np.arange(200) < 100, 50, 0), cases)  # a world has it always or never
    assert alike.probability == 0.5
    assert alike.error == pytest.approx(0.5 / np.sqrt(200), rel=0.01)
    assert alike.effective == pytest.approx(200, rel=0.02)
    rng = np.random.default_rng(1)
    apart = conditional(rng.binomial(50, 0.5, 200), cases)
    assert apart.error == pytest.approx(0.5 / np.sqrt(10_000), rel=0.2)


def test_too_few_futures_are_refused() -> None:
    few = conditional(np.array([3, 2]), np.array([15, FEWEST - 16]))
    assert (few.probability, few.error, few.refused) == (None, None, f"fewer than {FEWEST} futures")
    worth_little = conditional(np.array([500, 0, 0, 0]), np.array([500, 500, 500, 500]))
    assert worth_little.probability is None
    assert "worth fewer than 20 independent ones" in worth_little.refused
    none_seen = conditional(np.zeros(300, int), np.full(300, 2))
    assert (none_seen.probability, none_seen.error, none_seen.effective) == (0.0, None, 300)
    assert told(none_seen) == "<1 %"
