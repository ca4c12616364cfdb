"""Rates whose sum or product is no number are refused by name: the first move would get 0 %, without a word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.base.errors import ModelError
from sim.engines import montecarlo
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_text

TEXT = """\
schema: 1
title: Two ways out
question: Which of two?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2029-01-01
members: [ESP, GRC]
chains:
  settlement:
    states: [none, interim, comprehensive]
    start: none
    moves: [{from: none, to: interim, rate: 0.31}, {from: none, to: comprehensive, rate: 0.32}]
voters:
  everyone:
    stance:
      states: [blocks, recognises]
      start: blocks
      moves:
        - {from: blocks, to: recognises, rate: 0.33, scaled_by: {settlement: {interim: 1.7}, peers: {recognises: 1.9}}}
ladder: [{step: entry, kind: wait, law: {fixed: 1}}]
watch: [{chain: settlement, state: interim}, {chain: settlement, state: comprehensive}]
"""


def model_with(**values: float) -> Model:
    """The numbers 0.31 and so on of the scenario set to others, past what a file may say."""
    model = compile_scenario(load_text(TEXT, "ways"))
    others = {float(name[1:].replace("_", ".")): value for name, value in values.items()}
    return replace(
        model,
        recipes=tuple(
            replace(recipe, factors=tuple(others.get(factor, factor) for factor in recipe.factors))
            for recipe in model.recipes
        ),
    )


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"x0_31": 1e308, "x0_32": 1e308}, r"settlement: none to comprehensive, rate 1e\+308"),
        ({"x0_33": 1e308, "x1_7": 10.0}, r"\.stance: blocks to recognises, rate 1e\+308"),
        ({"x1_9": 1e308, "x1_7": 1e10}, r"\.stance: blocks to recognises, rate 0\.33"),
    ],
)
def test_what_overflows_is_refused(values: dict[str, float], named: str) -> None:
    with pytest.raises(ModelError, match=named + r".*too large a number in world 0 of 3; allowed"):
        draw_worlds(model_with(**values), 1, 3)


def test_what_is_large_and_a_number_is_shared_out_rightly() -> None:
    model = model_with(x0_31=4e307, x0_32=8e307)
    paths = montecarlo.simulate(model, draw_worlds(model, 1, 1), 1, 600)
    shares = np.isfinite(paths.watch).mean(axis=0)
    assert shares == pytest.approx([1 / 3, 2 / 3], abs=0.06)
    assert len(draw_worlds(model_with(x0_33=0.0, x1_7=1e300, x1_9=1e300), 1, 1)) == 1
