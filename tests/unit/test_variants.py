"""Structural variants: what each changes, over which scenarios it can be laid, and the numbers they leave."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from sim.base.errors import ModelError, ScenarioError
from sim.base.records import text, typed
from sim.engines import montecarlo
from sim.model.model import BYPASSED
from sim.scenario.load import Scenario, builtin_scenarios, lay_over, load_scenario, load_text
from sim.studies.options import Options
from sim.studies.prepare import prepare
from sim.studies.variant_layers import MISSING, Change, changes, differs, layers, obstacle, part_of
from sim.studies.variants import TRAJECTORIES, Variants, shown_dates, variants

LAYERS = {layer.name: layer for layer in layers()}
SETTLEMENT = {"variant-own-record", "variant-similar-disputes", "variant-one-rate", "variant-flat-prior"}


@pytest.fixture(scope="module")
def status_quo() -> Scenario:
    return load_scenario("status-quo")


@pytest.fixture(scope="module")
def few() -> Variants:
    """The variants of the built-in forecast, from few trajectories and without combinations of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.studies.variants.combined", lambda *_: None)
        return variants(prepare("status-quo", 100), 3000)


def child(text: str, parent: str = "status-quo") -> Scenario:
    return load_text(f"schema: 1\ntitle: T\nquestion: Q?\nextends: {parent}\n{text}")


# --- layers -----------------------------------------------------------------------------------------------


def test_every_built_in_variant_is_a_layer_and_those_of_the_settlement_stand_side_by_side() -> None:
    there = {name for name in builtin_scenarios() if name.startswith(("variant-", "recognition-"))}
    assert set(LAYERS) == there
    groups = [layer.group for layer in layers()]
    assert len(dict.fromkeys(groups)) == 1 + sum(a != b for a, b in pairwise(groups))
    assert {name for name, layer in LAYERS.items() if layer.group == groups[0]} == SETTLEMENT


def test_laid_over_the_baseline_a_variant_is_itself() -> None:
    below = load_scenario("baseline")
    for name in LAYERS:
        assert lay_over(below, name).digest == load_scenario(name).digest, name


def test_a_layer_keeps_what_the_scenario_says_elsewhere() -> None:
    below = child(
        "horizon: 2040-12-01\nparameters: {peer_pull: 1.7}\nevents: [{on: 2028-06-01, voter: GRC, stance: recognises}]"
    )
    laid = lay_over(below, "variant-own-record")
    assert laid.content.horizon.year == 2040
    assert laid.content.parameters["peer_pull"].value == 1.7
    assert laid.content.events == below.content.events
    prior = laid.content.parameters["settlement_rate"].prior
    assert prior is not None
    assert prior.table is not None
    assert prior.table.column == "settlement_rate_own"
    assert laid.name == below.name


def test_overrides_stay_under_a_layer() -> None:
    laid = lay_over(load_scenario("status-quo", {"peer_pull": 2.5}), "variant-own-record")
    assert laid.content.parameters["peer_pull"].value == 2.5


def test_a_layer_without_its_part_is_an_error_of_the_loader() -> None:
    with pytest.raises(ScenarioError, match="shared_effect"):
        lay_over(load_scenario("grammar-tour"), "variant-holdouts-apart")


def test_changes_are_the_smallest_parts_that_differ() -> None:
    before = {
        "title": "A",
        "parameters": {"a": {"value": 1, "unit": "x"}, "b": {"prior": {"gamma": {}}}},
        "ladder": [{"step": "s", "needs": {"stance": "low", "other": 1}}, {"step": "t"}],
    }
    after = {
        "title": "B",
        "parameters": {"a": {"value": 1, "unit": "y"}, "b": {"value": 2}},
        "ladder": [{"step": "s", "needs": {"stance": "high", "other": 1}}, {"step": "t"}, {"step": "u"}],
    }
    assert list(changes(before, after)) == [
        Change(("parameters", "b"), {"prior": {"gamma": {}}}, {"value": 2}),
        Change(("ladder", "s", "needs", "stance"), "low", "high"),
        Change(("ladder", "u"), MISSING, {"step": "u"}),
    ]
    assert part_of(before, ("ladder", "s", "needs", "stance")) == "low"
    assert part_of(before, ("ladder", "u", "needs")) is MISSING
    assert part_of(before, ("chains", "x")) is MISSING


def test_every_variant_can_be_laid_over_the_forecast(status_quo: Scenario) -> None:
    assert {name for name, layer in LAYERS.items() if obstacle(layer, status_quo)} == set()


def test_a_scenario_that_sets_the_part_itself_is_not_overruled() -> None:
    own = child("parameters: {settlement_rate: 0.05}")
    reason = obstacle(LAYERS["variant-own-record"], own)
    assert reason == "the scenario sets the parameter “settlement rate” itself, which the variant would undo"
    assert obstacle(LAYERS["variant-no-never-movers"], own) == ""
    by_set = load_scenario("status-quo", {"settlement_rate": 0.05})
    assert obstacle(LAYERS["variant-own-record"], by_set) == reason
    scaled = load_scenario("status-quo", {"settlement_rate": "x2"})
    assert obstacle(LAYERS["variant-own-record"], scaled) == reason


def test_a_variant_of_itself_and_of_something_else_say_why() -> None:
    already = obstacle(LAYERS["recognition-last"], load_scenario("recognition-last"))
    assert already == "the scenario is like this already"
    tour = load_scenario("grammar-tour")
    reason = obstacle(LAYERS["variant-holdouts-apart"], tour)
    assert reason == "the scenario has no parameter “shared effect”"


def test_what_differs_is_said_in_words() -> None:
    assert differs(LAYERS["recognition-from-map"]) == (
        "Membership Action Plan: asks of every ally the stance “recognises”, not “acquiesces”"
    )
    assert differs(LAYERS["variant-own-record"]).startswith("Settlement rate: No comprehensive settlement")
    apart = differs(LAYERS["variant-holdouts-apart"])
    assert apart.startswith("Shared effect and peer pull: 1 instead of values drawn from")
    for layer in LAYERS.values():
        assert differs(layer)


# --- numbers ----------------------------------------------------------------------------------------------


def test_the_run_and_a_variant_are_those_of_the_engine(few: Variants) -> None:
    """Each stored share is counted again from the paths of the built-in scenario of that name."""
    for name, stored in (
        ("status-quo", few.run),
        ("variant-flat-prior", next(v for v in few.variants if v.name == "variant-flat-prior")),
    ):
        prepared = prepare(name, 100)
        paths = montecarlo.simulate(prepared.model, prepared.worlds, 1, 3000)
        for step, milestone in zip(prepared.model.step_names, stored.milestones.values(), strict=True):
            column = prepared.model.step_names.index(step)
            taken, bypassed = paths.time[:, column] <= 30.0, paths.how[:, column] == BYPASSED
            assert milestone.by[-1].probability == pytest.approx((taken & ~bypassed).mean(), abs=1e-12)
            if step in stored.substitutes:
                substitute = stored.substitutes[step].by[-1].probability
                assert substitute == pytest.approx((taken & bypassed).mean(), abs=1e-12)
        assert list(stored.substitutes) == ["pfp"]


def test_differences_are_paired_within_worlds(few: Variants) -> None:
    first, second = (prepare(name, 100) for name in ("status-quo", "variant-own-record"))
    shares = []
    for prepared in (first, second):
        paths = montecarlo.simulate(prepared.model, prepared.worlds, 1, 3000)
        itself = (paths.time[:, 0] <= 30.0) & (paths.how[:, 0] != BYPASSED)
        shares.append(itself.reshape(30, 100).mean(axis=0))
    apart = shares[1] - shares[0]
    found = next(v for v in few.variants if v.name == "variant-own-record")
    entry = found.milestones["pfp"].by[-1]
    assert entry.difference == pytest.approx(apart.mean(), abs=1e-12)
    assert entry.difference_error == pytest.approx(np.std(apart, ddof=1) / 10, rel=1e-9)


def test_the_file_says_what_was_run_and_what_was_not(few: Variants) -> None:
    assert (few.schema, few.seed, few.trajectories, few.worlds) == (1, 1, 3000, 100)
    assert [v.name for v in few.variants] == list(LAYERS)
    assert few.not_run == ()
    assert typed(Variants, json.loads(text(few))) == few
    dates = ["2031-12-31", "2036-12-31", "2046-12-31", "2056-12-01"]
    for entry in (few.run, *few.variants):
        for milestone in entry.milestones.values():
            assert [e.date.isoformat() for e in milestone.by] == dates
    # recognition that is asked later on the ladder changes nothing before it
    later = next(v for v in few.variants if v.name == "recognition-last").milestones["pfp"].by
    assert all(e.difference == 0.0 < e.difference_error < 0.001 for e in later)


CERTAIN = """
schema: 1
title: Nothing is uncertain
question: What is a difference's error in one world?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2036-12-01
members: [GRC, ESP]
voters:
  everyone:
    stance:
      states: [blocks, acquiesces, recognises]
      start: blocks
      moves: [{from: blocks, to: acquiesces, rate: 0.3}, {from: acquiesces, to: recognises, rate: 0.3}]
ladder:
  - {step: map, kind: decision, meetings: [summit], needs: {stance: acquiesces}}
calendar: {summit: {dates: [2027-07-07], then: {every: 1 year}}}
"""


def test_a_scenario_of_one_world_pairs_batches() -> None:
    """Where nothing is uncertain; the error of the difference is that of a paired share, counted here again."""
    below = load_text(CERTAIN)
    found = variants(prepare(below), 2000)
    assert found.worlds == 1
    (variant,) = found.variants
    assert variant.name == "recognition-from-map"
    assert {v.name for v in found.not_run} == set(LAYERS) - {"recognition-from-map"}
    taken = [
        montecarlo.simulate(p.model, p.worlds, 1, 2000).time[:, 0] <= 10.0
        for p in (prepare(below), prepare(lay_over(below, "recognition-from-map")))
    ]
    batches = [own.reshape(2, 1000).mean(axis=0) for own in taken]
    entry = variant.milestones["map"].by[-1]
    assert entry.credible_90 is None
    assert entry.difference == pytest.approx((batches[1] - batches[0]).mean(), abs=1e-12)
    error = np.std(batches[1] - batches[0], ddof=1) / np.sqrt(1000)
    assert entry.difference_error == pytest.approx(error, rel=1e-9)
    assert entry.difference < -5 * error


def test_a_short_scenario_has_fewer_dates_and_a_large_run_no_more_trajectories(
    status_quo: Scenario,
) -> None:
    start = status_quo.content.start
    assert [d.year for d in shown_dates(start, start.replace(year=2033))] == [2031, 2033]
    assert TRAJECTORIES == 50_000


def test_other_engines_are_refused() -> None:
    with pytest.raises(ModelError, match="variants: allowed: with engine montecarlo only, not exact"):
        Options(variants=True, engine="exact")
