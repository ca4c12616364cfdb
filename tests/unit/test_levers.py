"""Levers: what somebody could choose, as a file says it and as a point has it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.base.errors import ScenarioError
from sim.scenario.load import Scenario, load_scenario, load_text
from sim.scenario.setting import Set
from sim.scenario.write import show_text
from sim.studies.lever_points import lever_points

DAY = date(2028, 1, 1)
TEXT = """
schema: 1
title: A
question: B?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2037-01-01
members: [GRC, ESP]
parameters:
  rate: {prior: {gamma: {shape: 2, rate: 20}}, unit: per year, basis: judged, source: a}
  held: {value: 0.4, unit: probability, basis: judged, source: a}
  luck: {prior: {beta: {a: 2, b: 2}}, unit: probability, basis: judged, source: a}
chains:
  settlement: {states: ["no", done], start: {done: luck, "no": rest}, moves: [{from: "no", to: done, rate: rate}]}
voters:
  everyone: {stance: {states: [blocks, recognises], start: blocks,
    moves: [{from: blocks, to: recognises, rate: [rate, 2]}]}}
ladder:
  - {step: pfp, kind: decision, meetings: [summits], needs: {stance: recognises}, held: held}
calendar: {summits: {dates: [2030-07-01, 2035-07-01]}}
events:
  - {on: 2031-01-01, chain: settlement, state: done}
"""
LEVERS = """
levers:
  deal: {title: a deal, events: [{chain: settlement, state: done}, {on: 2029-01-20, voter: GRC, stance: recognises}]}
  faster: {values: {rate: {times: 3}, held: 0.1}}
"""


def load(levers: str = LEVERS) -> Scenario:
    return load_text(TEXT + levers)


def test_levers_are_no_part_of_the_model() -> None:
    assert load().digest == load_text(TEXT).digest


def test_a_lever_is_a_point() -> None:
    points = lever_points(load().content, DAY)
    assert points["deal"].events == {"settlement=done": DAY, "GRC.stance=recognises": date(2029, 1, 20)}
    assert points["faster"].numbers == {"rate": Set("times", (3.0,)), "held": Set("value", (0.1,))}


def test_what_happens_anyhow_is_not_delayed() -> None:
    late = lever_points(load().content, date(2033, 1, 1))
    assert set(late["deal"].events) == {"GRC.stance=recognises"}


def test_levers_merge_by_name_and_value(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEXT + LEVERS)
    child = "schema: 1\nextends: a.yaml\nlevers: {faster: {values: {held: 0}}, slow: {values: {rate: 0}}}\n"
    levers = load_text(child, folder=tmp_path).content.levers
    assert list(levers) == ["deal", "faster", "slow"]
    assert levers["faster"].values["held"] == 0.0
    assert set(levers["faster"].values) == {"rate", "held"}


def test_show_writes_levers() -> None:
    assert load_text(show_text(load())).content.levers == load().content.levers


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{deal: {title: x}}", "scenario.yaml:24: levers.deal: nothing to choose; allowed: events, values, or both"),
        ("{deal: {event: []}}", "levers.deal.event: unknown key 'event'"),
        ("{deal: {events: [{chain: setlement, state: done}]}}", "did you mean 'settlement'?"),
        ("{deal: {events: [{voter: GRC, stance: recognise}]}}", "did you mean 'recognises'?"),
        ("{deal: {events: [{on: 2026-01-01, chain: settlement, state: done}]}}", "2026-01-01 is before the start"),
        ("{deal: {events: [{chain: settlement}]}}", "'on' as well, if it has a day of its own"),
        ("{deal: {events: [{chain: settlement, state: done}, {on: 2030-01-01, chain: settlement, state: done}]}}",
         "levers.deal.events[1]: settlement=done twice"),
        ("{deal: {values: {rat: 1}}}", "'rat' is not a parameter; did you mean 'rate'? allowed: rate, held, luck"),
        ("{deal: {values: {held: 2}}}", "levers.deal.values.held: 2; allowed: 0 to 1"),
        ("{deal: {values: {held: {times: 5}}}}", "levers.deal.values.held: 2; allowed: 0 to 1"),
        ("{deal: {values: {luck: {times: 5}}}}", "luck times 5 is beyond 1"),
        ("{deal: {values: {rate: -1}}}", "-1 is negative"),
        ("{deal: {values: {rate: 900}}}", "rate x 2 would be 1800; allowed: at most 1000, per year"),
        ("{deal: {values: {rate: x2}}}", "write {times: 2.0}"),
        ("{GRC: {values: {rate: 1}}}", "a lever cannot be called 'GRC'"),
    ],
)  # fmt: skip
def test_wrong_levers_are_told_with_their_place(written: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(f"levers: {written}\n")
    assert len(str(caught.value).splitlines()) == 1
    assert said in str(caught.value)


def test_the_baseline_has_levers_that_its_children_keep_or_drop() -> None:
    assert set(load_scenario("athens-first").content.levers) >= {"settlement", "washington", "waiver"}
    taken = load_scenario("european-union").content.levers  # of what its file takes
    assert set(taken) == {"settlement", "interim", "washington"}
