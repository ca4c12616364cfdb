"""What one date holds: a voter that joins on the day of the start, and meetings of several calendars."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sim.commands.replay import replay_data
from sim.engines import exact, montecarlo, replay
from sim.engines.paths import Paths
from sim.engines.replay.engine import replay as replay_one
from sim.model.compiler import compile_scenario
from sim.model.model import JOIN
from sim.model.worlds import draw_worlds
from sim.scenario.load import Scenario, load_text
from tests.bits import differences
from tests.checker import check

SEED = 11
HEAD = """\
schema: 1
title: One day
question: What comes first?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2029-01-01
"""


def engines(loaded: Scenario, trajectories: int = 40) -> tuple[Paths, list[float]]:
    """Paths in which montecarlo, replay and checker agree, and the exact probability of each step by the horizon."""
    model = compile_scenario(loaded)
    worlds = draw_worlds(model, SEED, 1)
    paths = montecarlo.simulate(model, worlds, SEED, trajectories)
    assert differences(paths, replay.simulate(model, worlds, SEED, trajectories)) == []
    for trajectory in range(10):
        data = replay_data(model, replay_one(model, worlds, SEED, trajectory))
        check(loaded.tree, json.loads(json.dumps(data)))
    solved = exact.Solver(model).solve(worlds.values[0]).probability
    return paths, solved[:, -1].tolist()


# --- a voter that joins on the day of the start -------------------------------------------------------------

JOINS = """\
members: [{members}]
voters:
  everyone:
    stance: {{states: [blocks, recognises], start: recognises}}
    ratification: {{law: {{fixed: 10}}}}
  BIH: {{ratification: {{law: {{fixed: 100}}}}}}
{own}ladder:
{ladder}
"""
RATIFIED = "  - {step: membership, kind: ratification}"


def joins(on: str, ladder: str = RATIFIED, own: str = "") -> Scenario:
    body = JOINS.format(members="ESP, GRC", own=own, ladder=ladder)
    return load_text(HEAD + body + f"events: [{{on: {on}, voter: BIH, joins: true}}]\n", "joins")


@pytest.mark.parametrize(("on", "days"), [("2027-01-01", 100), ("2027-01-02", 10)])
def test_a_voter_that_joins_on_the_first_day_is_asked_to_ratify(on: str, days: int) -> None:
    paths, solved = engines(joins(on))
    assert np.allclose(paths.time[:, 0] * 365.25, days)
    assert solved == [1.0]
    assert set(paths.last_to_ratify.tolist()) == {2 if days == 100 else 0}


def test_it_is_a_member_like_any_other() -> None:
    late = compile_scenario(joins("2027-01-02"))
    model = compile_scenario(joins("2027-01-01"))
    assert model.voters.member.tolist() == [True, True, True]
    assert late.voters.member.tolist() == [True, True, False]
    assert JOIN not in model.agenda.kind
    assert JOIN in late.agenda.kind


def test_it_is_a_peer_from_the_first_moment() -> None:
    moves = "moves: [{from: blocks, to: recognises, rate: 0.5, scaled_by: {peers: {blocks: 3}}}]"
    own = f"  GRC: {{stance: {{start: blocks, {moves}}}}}\n"
    body = HEAD + JOINS.format(members="ESP, GRC, BIH", own=own, ladder=RATIFIED)
    body = body.replace("BIH: {", "BIH: {stance: {start: blocks}, ")
    member = compile_scenario(load_text(body, "joins"))
    event = "events: [{on: 2027-01-01, voter: BIH, joins: true}]\n"
    joiner = compile_scenario(load_text(body.replace("GRC, BIH]", "GRC]") + event, "joins"))
    found = [montecarlo.simulate(m, draw_worlds(m, SEED, 1), SEED, 200) for m in (member, joiner)]
    assert differences(*found) == []


# --- calendars that meet on one day -------------------------------------------------------------------------

TWO_CALENDARS = """\
members: [ESP, GRC]
voters: {everyone: {stance: {states: [blocks, recognises], start: recognises}}}
ladder:
  - {step: first, kind: decision, meetings: [%s], held: %s}
  - {step: second, kind: decision, meetings: [%s], waived: %s}
  - {step: third, kind: decision, meetings: [autumn, spring]}
calendar:
"""
DATES = {
    "autumn": "{dates: [2027-06-01, 2027-10-01]}",
    "spring": "{dates: [2027-06-01, 2027-09-01, 2028-06-01]}",
}


def calendars(first: str, second: str, order: list[str], held: float = 0, waived: float = 0) -> Scenario:
    body = TWO_CALENDARS % (first, held, second, waived)
    return load_text(HEAD + body + "".join(f"  {name}: {DATES[name]}\n" for name in order), "calendars")


def days_of(paths: Paths) -> list[list[int]]:
    return np.unique(np.rint(paths.time * 365.25).astype(int), axis=0).tolist()


JUNE, SEPTEMBER, OCTOBER, NEXT = 151, 243, 273, 517


@pytest.mark.parametrize("order", [["autumn", "spring"], ["spring", "autumn"]])
@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("autumn", "spring", [JUNE, SEPTEMBER, OCTOBER]),
        ("spring", "autumn", [JUNE, OCTOBER, NEXT]),
        ("spring, autumn", "autumn, spring", [JUNE, SEPTEMBER, OCTOBER]),
    ],
)
def test_at_most_one_step_passes_on_one_day(
    first: str, second: str, taken: list[int], order: list[str]
) -> None:
    paths, solved = engines(calendars(first, second, order))
    assert days_of(paths) == [taken]
    assert solved == [1.0, 1.0, 1.0]


def test_a_waived_step_leaves_the_next_to_a_later_day() -> None:
    paths, _ = engines(calendars("autumn", "spring", ["spring", "autumn"], waived=1))
    assert days_of(paths) == [[JUNE, JUNE, SEPTEMBER]]


def test_a_step_that_is_held_has_one_chance_a_day_whatever_the_order_of_keys() -> None:
    found = []
    for order in (["autumn", "spring"], ["spring", "autumn"]):
        paths, solved = engines(calendars("autumn, spring", "spring", order, held=0.5), 400)
        june = float((np.rint(paths.time[:, 0] * 365.25) == JUNE).mean())
        assert abs(june - 0.5) < 0.1  # 0.75 with a chance at each calendar
        assert np.isclose(solved[0], 1 - 0.5**4, rtol=0, atol=1e-12)
        days = np.rint(paths.time[:, 0] * 365.25)
        assert paths.due[0].sum() == 400 + sum(int((days > d).sum()) for d in (JUNE, SEPTEMBER, OCTOBER))
        found.append(paths)
    assert differences(*found) == []
