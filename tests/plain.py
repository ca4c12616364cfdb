"""The kernels as plain Python against the other engine, on a few trajectories.

``NUMBA_DISABLE_JIT=1 python -m tests.plain`` ends with 0 if they agree. What the tests of the engines compare
compiled, on many more trajectories, is compared here as written, so that a change to a kernel is judged in seconds and
not after a minute of compiling (``tests/mutants.py``).
"""

from __future__ import annotations

import sys
import warnings
from unittest.mock import patch

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

from sim.engines import montecarlo, replay
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_text
from tests.awkward import load_awkward
from tests.bits import differences
from tests.random_models import Tree, loaded, scenarios

AWKWARD, MORE, RANDOM, MODELS = 4, 50, 4, 18
"""Trajectories of the awkward scenario, at first and in the end, and of each random model; how many of these."""
TIED = """\
schema: 1
title: Tied
question: What comes first on one day?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2030-01-01
members: [ESP, GRC]
voters:
  everyone: {stance: {states: [blocks, recognises], start: recognises}, ratification: {law: {fixed: 0}}}
  BIH: {ratification: {law: {fixed: 400}}}
ladder: [{step: wait, kind: wait, law: {fixed: 90}}, {step: entry, kind: ratification}]
events: [{on: 2027-04-01, voter: BIH, joins: true}]
"""
"""A wait ends on the day on which a slow ally joins: it has joined before the ratification begins."""
EARLY = """\
schema: 1
title: Early
question: Is anything learnt from a capital that was early against its own law?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2030-01-01
members: [ESP, GRC, USA]
voters:
  everyone: {stance: {states: [recognises], start: recognises}, ratification: {law: {exponential: {mean: 90}}}}
  ESP: {ratification: {law: {fixed: 400}}}
ladder:
  - step: entry
    kind: ratification
    since: 2026-06-15
    outstanding: [GRC]
    obstruction: {probability: 0.5, by: {others: rest}, law: {exponential: {mean: 600}}}
"""


def agree(model: Model, trajectories: int, *, tilted: bool, tables: bool) -> bool:
    """Whether both engines say the same, in blocks that are no divisor.

    :param tilted: half of all moves are tilted; :param tables: rates are looked up.
    """
    worlds = draw_worlds(model, 3, 3 if model.uncertain else 1)
    count = len(model.moves.rate)
    least = np.where(np.arange(count) % 2 == 0, 0.4, 0.0) if tilted else None
    with patch("sim.engines.montecarlo.layout.MOST_RATES", 2_000_000 if tables else 0):
        fast = montecarlo.simulate(model, worlds, 3, trajectories, threads=1, block=3, tilt=least)
    told = replay.simulate(model, worlds, 3, trajectories, tilt=least)
    if tilted and fast.weights.tobytes() != told.weights.tobytes():
        return False
    return not differences(fast, told)


def random_models_agree() -> bool:
    """Whether the engines agree on random models, in turn with tables, without, and tilted."""
    said: list[bool] = []

    @seed(0)
    @settings(
        max_examples=MODELS, database=None, deadline=None, derandomize=False, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(scenarios())
    def one(tree: Tree) -> None:
        turn = len(said) % 3
        said.append(agree(compile_scenario(loaded(tree)), RANDOM, tilted=turn == 2, tables=turn > 0))
        assert said[-1]

    try:
        one()
    except AssertionError:
        return False
    return True


def main() -> int:
    """Zero if all agree; what is quick comes first."""
    warnings.simplefilter("ignore", RuntimeWarning)  # words that wrap, as compiled ones do
    for text, trajectories in ((TIED, 1), (EARLY, 10)):
        if not agree(compile_scenario(load_text(text, "plain")), trajectories, tilted=False, tables=False):
            return 1
    awkward = compile_scenario(load_awkward())
    for tilted, tables in ((False, False), (True, True), (True, False)):
        if not agree(awkward, AWKWARD, tilted=tilted, tables=tables):
            return 1
    if not random_models_agree():
        return 1
    return 0 if agree(awkward, MORE, tilted=False, tables=False) else 1


if __name__ == "__main__":
    sys.exit(main())
