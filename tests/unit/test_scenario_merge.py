"""Merging under ``extends``, and of ``everyone`` under each voter."""

# The texts of scenarios and of messages are kept whole.

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.scenario_samples import TOUR, load


@pytest.fixture
def merged(tmp_path):
    (tmp_path / "tour.yaml").write_text(TOUR)

    def merged(child: str):
        return load(f"schema: 1\nextends: tour.yaml\n{child}", tmp_path).content

    return merged


def test_mappings_merge_by_key(merged):
    scenario = merged("chains: {north: {start: crisis}, weather: {states: [fair, foul], start: fair}}\n")
    assert scenario.chains["north"].start == "crisis"
    assert scenario.chains["north"].states == ["calm", "crisis"]
    assert list(scenario.chains)[-1] == "weather"


def test_a_value_and_a_prior_take_each_others_place(merged):
    scenario = merged(
        "parameters:\n  never_share: {value: 0.2}\n"
        "  crisis_damping: {prior: {uniform: {low: 0, high: 1}}}\n  settlement_rate: 0.05\n"
    )
    never, damping = scenario.parameters["never_share"], scenario.parameters["crisis_damping"]
    assert (never.value, never.prior, never.unit) == (0.2, None, "share")
    assert damping.value is None
    assert damping.prior.uniform.high == 1
    assert scenario.parameters["settlement_rate"].value == 0.05
    assert scenario.parameters["settlement_rate"].source.startswith("set in the scenario; tour has 0.014 (")


def test_a_prior_is_replaced_whole(merged):
    prior = (
        merged("parameters: {never_share: {prior: {uniform: {low: 0, high: 1}}}}\n")
        .parameters["never_share"]
        .prior
    )
    assert prior.beta is None
    assert prior.uniform.high == 1


def test_moves_merge_by_name_else_by_ends(merged):
    scenario = merged(
        "voters:\n  GRC:\n    stance:\n      moves:\n"
        "        - {name: settled, rate: 0.9}\n        - {name: back, from: recognises, to: blocks, rate: 0.01}\n"
        "chains:\n  north:\n    moves: [{from: crisis, to: calm, rate: 5, when: {settlement: none}}]\n"
    )
    slow, settled, back = scenario.voters["GRC"].stance.moves
    assert (slow.name, slow.rate) == ("slow", ["recognition_rate", "effect_GRC"])
    assert (settled.rate, settled.from_, settled.when) == (0.9, "acquiesces", {"settlement": "comprehensive"})
    assert back.to == "blocks"
    up, down = scenario.chains["north"].moves
    assert (up.rate, down.rate, down.when) == (0.35, 5, {"settlement": "none"})


def test_when_and_scaled_by_merge_by_key(merged):
    child = (
        "chains: {settlement: {moves: [{from: none, to: comprehensive, when: {north: calm}, "
        "scaled_by: {north: {calm: 2}, washington: {engaged: 3}}}]}}\n"
    )
    (move,) = merged(child).chains["settlement"].moves
    assert move.scaled_by == {"north": {"crisis": "crisis_damping", "calm": 2}, "washington": {"engaged": 3}}
    assert move.when == {"north": "calm"}


def test_steps_merge_by_name_and_new_ones_come_last(merged):
    scenario = merged("ladder: [{step: map, waived: 0.9}, {step: party, kind: wait, law: {fixed: 1}}]\n")
    steps = [step.step for step in scenario.ladder]
    assert steps == ["pfp", "map", "invitation", "protocol", "membership", "party"]
    assert scenario.ladder[1].waived == 0.9
    assert scenario.ladder[1].meetings == ["summit", "foreign_ministers"]


def test_a_step_of_another_kind_replaces_the_step(merged):
    step = merged("ladder: [{step: map, kind: wait, law: {fixed: 1}}]\n").ladder[1]
    assert (step.kind, step.law.fixed) == ("wait", 1)


def test_what_makes_sense_only_whole_is_replaced(merged):
    scenario = merged(
        "ladder:\n"
        "  - {step: pfp, rule: {share: 2/3}}\n"
        "  - {step: membership, lag: {exponential: {mean: 20}}, obstruction: {by: {GRC: 1}, probability: 0.3}}\n"
        "chains: {washington: {redrawn: {to: {engaged: 1}}}, settlement: {start: {interim: 1}}}\n"
        "members: [GRC, TUR, HUN]\n"
    )
    assert scenario.ladder[0].rule.share == "2/3"
    membership = scenario.ladder[4]
    assert (membership.lag.fixed, membership.lag.exponential.mean) == (None, 20)
    assert membership.obstruction.by == {"GRC": 1}
    assert membership.obstruction.probability == 0.3
    assert membership.obstruction.law.lognormal.median == 400
    assert scenario.chains["washington"].redrawn.to == {"engaged": 1}
    assert scenario.chains["washington"].redrawn.on == "us_inaugurations"
    assert scenario.chains["settlement"].start == {"interim": 1}
    assert list(scenario.voters) == ["GRC", "TUR", "HUN", "BIH"]


def test_events_are_appended_and_other_lists_replace(merged):
    scenario = merged(
        "events: [{on: 2029-01-20, chain: washington, state: engaged}]\n"
        "watch: [{voter: GRC, government: softer}]\n"
        "calendar: {summit: {dates: [2027-01-01]}}\n"
    )
    assert [event.voter or event.chain for event in scenario.events] == ["GRC", "BIH", "washington"]
    assert len(scenario.watch) == 1
    assert len(scenario.calendar["summit"].dates) == 1
    assert scenario.calendar["summit"].then.every == "1 year"


def test_everyone_is_under_each_voter(merged):
    scenario = merged(
        "voters:\n  DEU:\n    objection: {start: raised, moves: [{from: raised, to: none, rate: 9}]}\n"
        "    ratification: {law: {fixed: 30}}\n"
    )
    germany, albania = scenario.voters["DEU"], scenario.voters["ALB"]
    assert germany.objection.start == "raised"
    assert [move.rate for move in germany.objection.moves] == ["objection_rate", 9]
    assert [move.rate for move in albania.objection.moves] == ["objection_rate", 0.5]
    assert (germany.ratification.law.fixed, germany.ratification.law.weibull) == (30, None)
    assert albania.ratification.law.weibull.scale == 100
    assert list(germany.chains) == ["stance", "objection"]


def test_allies_go_with_the_start_where_the_parent_has_those_of_its_own(tmp_path):
    child = "schema: 1\nextends: tour.yaml\nstart: 2026-12-02\n"
    (tmp_path / "tour.yaml").write_text(TOUR)
    assert load(child, tmp_path).tree["members"] == {"of": "NATO", "on": date(2026, 12, 2)}
    given = load(child + "members: {of: NATO, on: 2026-12-01}\n", tmp_path)
    assert given.tree["members"]["on"] == date(2026, 12, 1)
    (tmp_path / "tour.yaml").write_text(
        TOUR.replace("on: 2026-12-01}", "on: 2026-11-01}")
    )  # another day was meant
    assert load(child, tmp_path).tree["members"]["on"] == date(2026, 11, 1)
