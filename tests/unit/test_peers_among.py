"""Among whom peers count: every engine asks only those, and an unknown one is told."""

from __future__ import annotations

from math import expm1

import numpy as np
import pytest

from sim.base.errors import ScenarioError
from sim.engines import exact
from sim.engines.montecarlo.engine import simulate
from sim.engines.replay.engine import simulate as told
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_text
from tests.builtin import builtin

TEXT = """schema: 1
title: T
question: Q?
organisation: O
candidate: XKX
start: 2027-01-01
horizon: 2031-01-01
members: [GRC, ESP, CYP]
{among}voters:
  everyone: {{stance: {{states: [blocks, recognises], start: recognises}}}}
  GRC:
    stance:
      start: blocks
      moves: [{{from: blocks, to: recognises, rate: 0.1, scaled_by: {{peers: {{blocks: 4}}}}}}]
  ESP: {{stance: {{start: blocks}}}}
  CYP: {{stance: {{start: blocks}}}}
ladder: [{{step: entry, kind: decision, meetings: [daily], needs: {{stance: recognises}}, rule: {{all_but: 2}}}}]
calendar: {{daily: {{dates: [2030-12-31]}}}}
watch: [{{voter: GRC, stance: recognises}}]
"""
YEARS = 1460 / 365.25


def model_of(among: str) -> Model:
    return compile_scenario(load_text(TEXT.format(among=among and f"peers_among: {among}\n")))


@pytest.mark.parametrize(
    ("among", "factor"), [("", 16), ("[GRC, ESP]", 4), ("[ESP, CYP]", 16), ("[GRC]", 1), ("[CYP]", 4)]
)
def test_all_engines_count_those_who_are_named(among: str, factor: int) -> None:
    """Two others block for good: each that counts makes the rate four times what it is."""
    model = model_of(among)
    expected = -expm1(-0.1 * factor * YEARS)
    worlds = draw_worlds(model, 1, 1)
    assert exact.Solver(model).solve(worlds.values[0]).probability[0, -1] == pytest.approx(expected, abs=1e-9)
    paths = simulate(model, worlds, 1, 4000)
    assert np.isfinite(paths.watch[:, 0]).mean() == pytest.approx(expected, abs=0.03)
    assert np.array_equal(told(model, worlds, 1, 20).watch, paths.watch[:20])


def test_who_is_not_a_voter_is_told() -> None:
    with pytest.raises(ScenarioError, match="peers_among"):
        model_of("[GRC, ITA]")


def test_the_four_have_the_same_stances_beside_cyprus() -> None:
    """In the European Union a fifth that does not recognise votes, and changes nothing for the four."""
    four = ("GRC", "ROU", "SVK", "ESP")
    found = []
    for name in ("status-quo", "european-union"):
        model = compile_scenario(builtin(name))
        worlds = draw_worlds(model, 7, 100)
        places = [model.watch_names.index(f"{code}.stance=recognises") for code in four]
        found.append(simulate(model, worlds, 7, 1000).watch[:, places])
    assert np.array_equal(*found)
    assert np.isfinite(found[0]).sum() > 50
