"""A scenario with a few things changed: numbers, quantiles, dated happenings, variants."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.base.errors import OptionError
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_scenario, load_text
from sim.scenario.setting import Set
from sim.studies.points import NOTHING, Point, Points
from sim.studies.prepare import paths_of, prepare
from sim.studies.together import counted

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
  fixed: {value: 0.1, unit: per year, basis: judged, source: a}
chains:
  settlement: {states: ["no", done], start: "no", moves: [{from: "no", to: done, rate: rate}]}
voters:
  everyone: {stance: {states: [blocks, recognises], start: blocks,
    moves: [{from: blocks, to: recognises, rate: fixed}]}}
ladder:
  - {step: pfp, kind: decision, meetings: [summits], needs: {stance: recognises}}
calendar: {summits: {dates: [2030-07-01, 2035-07-01]}}
events:
  - {on: 2031-01-01, chain: settlement, state: done}
"""


@pytest.fixture(scope="module")
def points() -> Points:
    return Points(prepare(load_text(TEXT), 200))


def test_a_number_a_factor_and_a_quantile(points: Points) -> None:
    drawn = points.base.worlds.parameters["rate"]
    value = points.ready(Point({"rate": Set("value", (0.3,))})).worlds.parameters["rate"]
    twice = points.ready(Point({"rate": Set("times", (2.0,))})).worlds.parameters["rate"]
    middle = points.ready(Point({"rate": Set("quantile", (0.5,))})).worlds.parameters["rate"]
    assert set(value) == {0.3}
    np.testing.assert_array_equal(twice, 2 * drawn)
    assert middle[0] == pytest.approx(0.0839173, rel=1e-5)  # the median of gamma(2, 20)


@pytest.mark.parametrize(("key", "number"), [("value", 1e6), ("times", 20_000.0)])
def test_a_rate_has_the_bound_that_it_has_in_a_file(key: str, number: float, points: Points) -> None:
    with pytest.raises(
        OptionError, match=r"rate: [\d.e+]+, in settlement: no to done, rate; allowed: at most 1000, per year"
    ):
        points.ready(Point({"rate": Set(key, (number,))}))
    assert points.ready(Point({"rate": Set(key, (1.0,))}))


def test_numbers_are_changed_without_compiling_again(points: Points) -> None:
    at = points.ready(Point({"rate": Set("value", (0.3,))}))
    assert at.model.recipes is points.base.model.recipes
    assert points.ready(NOTHING) is points.base


def test_a_happening_is_moved_taken_away_and_added(points: Points) -> None:
    moved = points.ready(Point(events={"settlement=done": date(2029, 1, 1)}))
    without = points.ready(Point(events={"settlement=done": None}))
    both = points.ready(Point(events={"GRC.stance=recognises": date(2028, 1, 1)}))
    assert [(e.on, e.chain) for e in moved.loaded.content.events] == [(date(2029, 1, 1), "settlement")]
    assert without.loaded.content.events == []
    assert [(e.on, e.voter) for e in both.loaded.content.events] == [
        (date(2031, 1, 1), None), (date(2028, 1, 1), "GRC"),
    ]  # fmt: skip


def test_points_share_their_luck(points: Points) -> None:
    """A voter that moves by itself at the same time has the same chance to go first."""
    day = [date(2036, 1, 1)]
    before = counted(points.base, day, 2000, 1)
    after = counted(points.ready(Point(events={"settlement=done": None})), day, 2000, 1)
    np.testing.assert_array_equal(before.hits, after.hits)  # the settlement bears on nothing here
    sure = counted(points.ready(Point(events={"GRC.stance=recognises": date(2028, 1, 1)})), day, 2000, 1)
    assert (sure.hits >= before.hits).all()
    assert sure.hits.sum() > before.hits.sum()


def test_what_a_built_in_scenario_fixes_can_be_moved() -> None:
    base = Points(prepare("settlement-2029", 100))
    moved = base.ready(Point(events={"settlement=comprehensive": date(2031, 5, 1)}))
    own = load_scenario("settlement-2029").tree | {"events": [
        {"on": date(2031, 5, 1), "chain": "settlement", "state": "comprehensive"}
    ]}  # fmt: skip
    assert moved.loaded.tree == own


def test_variants_go_with_events_and_numbers() -> None:
    base = Points(prepare("status-quo", 100))
    point = Point(
        {"peer_pull": Set("value", (2.0,))},
        {"GRC.stance=recognises": date(2028, 1, 1)},
        ("variant-one-rate",),
    )
    made = base.ready(point)
    assert made.worlds.parameters["peer_pull"][0] == 2.0
    assert made.loaded.content.events[-1].voter == "GRC"
    assert made.model.digest != base.base.model.digest


@pytest.mark.parametrize(
    ("point", "message"),
    [
        (Point({"rte": Set("value", (1.0,))}), "point rte = 1: rte: not a parameter; did you mean 'rate'?"),
        (Point({"fixed": Set("quantile", (0.5,))}), "its prior: fixed: has no prior, so no quantiles"),
        (Point(events={"foo": date(2029, 1, 1)}), "point foo on 2029-01-01: 'foo': names no happening"),
        (Point(events={"settlement=dne": date(2029, 1, 1)}), "'dne' is not a state of 'settlement'"),
        (Point(events={"settlement=done": date(2020, 1, 1)}), "2020-01-01 is before the start"),
        (Point(variants=("variant-own-record",)), "point variant-own-record: "),
    ],
)  # fmt: skip
def test_what_cannot_be_changed(points: Points, point: Point, message: str) -> None:
    with pytest.raises(OptionError) as error:
        points.ready(point)
    assert message in str(error.value)
    assert str(error.value).count("point ") == 1


def test_the_id_says_what_is_changed() -> None:
    a = Point({"a": Set("value", (1.0,)), "b": Set("times", (2.0,))})
    assert a.id == Point({"b": Set("times", (2.0,)), "a": Set("value", (1.0,))}).id
    ids = {a.id, NOTHING.id, Point({"a": Set("times", (1.0,))}).id, Point({"a": Set("value", (1.0,))}).id,
           Point(events={"a": None}).id, Point(variants=("a",)).id}  # fmt: skip
    assert len(ids) == 6
    assert (
        a.with_(Point({"a": Set("quantile", (0.5,))})).said()
        == "a at the 0.5 quantile of its prior, b times 2"
    )


# --- what is shared is not told apart -----------------------------------------------------------------------

CHANGES = (
    {"settlement_rate": Set("times", (2.0,))},
    {"settlement_rate": Set("value", (0.2,)), "peer_pull": Set("quantile", (0.9,))},
    {"map_waived": Set("value", (0.3,)), "objection_rate": Set("times", (0.5,))},
)


@pytest.fixture(scope="module")
def shared() -> Points:
    return Points(prepare("status-quo", 100))


@pytest.mark.parametrize("changes", CHANGES)
def test_worlds_and_answers_are_those_of_a_model_made_alone(shared: Points, changes: dict[str, Set]) -> None:
    """Only what depends on a change is worked out again, to the same bits."""
    made = shared.ready(Point(changes))
    alone = draw_worlds(made.model, made.seed, 100)
    np.testing.assert_array_equal(made.worlds.values, alone.values)
    assert {n: v.tobytes() for n, v in made.worlds.parameters.items()} == {
        n: v.tobytes() for n, v in alone.parameters.items()
    }
    assert made.ground is not None
    assert made.ground.bears(made.model, made.seed)
    days = [made.model.horizon]
    np.testing.assert_array_equal(
        counted(made, days, 2000, 1).hits,
        counted(replace(made, ground=None, worlds=alone), days, 2000, 1).hits,
    )


def test_a_run_that_is_ended_does_not_end_the_others(shared: Points) -> None:
    made = shared.ready(Point(CHANGES[0]))
    blocks = paths_of(made, 2000, threads=1, block=100)
    next(blocks)
    blocks.close()
    assert counted(made, [made.model.horizon], 2000, 1).totals.sum() == 2000
    assert made.ground is not None
    assert made.ground.tables().limits["horizon"][0] > 0


def test_another_structure_stands_on_another_ground(shared: Points) -> None:
    on, day = shared.base.ground, Point(events={"GRC.stance=recognises": date(2028, 1, 1)})
    made = shared.ready(day)
    assert on is not None
    assert made.ground is not None
    assert shared.ready(Point(CHANGES[0])).ground is on
    assert not on.bears(made.model, made.seed)
    assert not on.bears(shared.base.model, made.seed + 1)
    days = [made.model.horizon]
    alone, wrong = (counted(replace(made, ground=ground), days, 200, 1) for ground in (None, on))
    np.testing.assert_array_equal(alone.hits, wrong.hits)


def test_rates_that_are_changed_are_checked(shared: Points) -> None:
    with pytest.raises(OptionError, match="the rate is too large a number in world 0 of 100"):
        shared.ready(
            Point({"settlement_rate": Set("value", (1e308,)), "settlement_engaged": Set("value", (9.0,))})
        )
