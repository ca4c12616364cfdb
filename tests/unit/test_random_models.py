"""Hundreds of random small models: the two engines agree to the bit in every column.

The logs of the first trajectories of each are read by the independent checker as well.
"""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from sim.commands.replay import replay_data
from sim.engines import montecarlo, replay
from sim.engines.montecarlo.packing import tables
from sim.engines.paths import Paths
from sim.model.compiler import compile_scenario
from sim.model.model import BYPASSED, EVENT, JOIN, MEETING, NONE, PASSED, REDRAW, WAIVED, Model
from sim.model.worlds import Worlds, draw_worlds
from tests.bits import differences
from tests.checker import check
from tests.random_models import Tree, loaded, scenarios

PARTS = [0, *(pytest.param(part, marks=pytest.mark.exhaustive) for part in range(1, 6))]
EXAMPLES = 75
TRAJECTORIES, CHECKED, WORLDS, SEED = 40, 3, 7, 3

# What at least so many of the models of each part must have, or the test would look away.
LEAST = {
    "a chain read by two or more": 15,
    "a quiet chain": 2,
    "a quiet chain that moved": 2,
    "peers": 2,
    "peers with a voter that joins": 1,
    "a voter's chain in a condition": 2,
    "a chain that reads itself": 2,
    "the ladder in a condition": 2,
    "an event on an objection": 1,
    "a watch on an objection": 1,
    "an event and a meeting on one date": 2,
    "a redraw and a meeting on one date": 2,
    "a meeting on the first day": 2,
    "two meetings on one date": 2,
    "a move back": 15,
    "a step waived": 2,
    "a step bypassed": 2,
    "a step passed": 15,
    "a last mover": 1,
    "a last ratifier": 2,
    "blocked": 15,
}


def shapes(model: Model) -> set[str]:
    """Which awkward shapes a model has."""
    t = tables(model, SEED)
    agenda, chains, moves = model.agenda, model.chains, model.moves
    readers = np.diff(np.append(t.chains.first_reader, t.chains.last_reader[-1]))
    objections = [c for c, name in enumerate(model.chain_names) if name.endswith(".objection")]
    chain_of_move = np.repeat(np.arange(model.n_chains), np.diff(chains.first_move))
    pairs = [
        (chain_of_move[m], int(model.conditions.chain[i]))
        for m in range(len(moves.source))
        for i in range(moves.first_condition[m], moves.first_condition[m + 1])
    ]
    read = {chain for _, chain in pairs} | set(model.scales.chain.tolist())

    def dates(kind: int) -> list[float]:
        return agenda.time[agenda.kind == kind].tolist()

    meetings = dates(MEETING)
    found = {
        "a chain read by two or more": (readers >= 2).any(),
        "a quiet chain": len(t.quiet) > 0,
        "peers": len(t.peer_readers) > 0,
        "peers with a voter that joins": len(t.peer_readers) > 0 and JOIN in agenda.kind,
        "a voter's chain in a condition": any(c < model.n_chains and chains.voter[c] != NONE for c in read),
        "a chain that reads itself": any(a == b for a, b in pairs),
        "the ladder in a condition": model.n_chains in read,
        "an event on an objection": np.isin(objections, agenda.what[agenda.kind == EVENT]).any(),
        "a watch on an objection": np.isin(objections, model.watch.chain).any(),
        "an event and a meeting on one date": bool(set(dates(EVENT)) & set(meetings)),
        "a redraw and a meeting on one date": bool(set(dates(REDRAW)) & set(meetings)),
        "a meeting on the first day": 0.0 in meetings,
        "two meetings on one date": len(meetings) > len(set(meetings)),
        "a move back": (moves.target < moves.source).any(),
    }
    return {name for name, there in found.items() if there}


def happened(paths: Paths) -> set[str]:
    """What the paths of a model did."""
    found = {
        "a step waived": WAIVED in paths.how,
        "a step bypassed": BYPASSED in paths.how,
        "a step passed": PASSED in paths.how,
        "a last mover": (paths.last_to_move != NONE).any(),
        "a last ratifier": (paths.last_to_ratify != NONE).any(),
        "blocked": paths.blocked.any(),
    }
    return {name for name, there in found.items() if there}


def moved_and_confirmed(tree: Tree, model: Model, worlds: Worlds) -> set[str]:
    """Chains that moved in the first trajectories, each confirmed by the independent checker."""
    moved = set()
    for trajectory in range(CHECKED):
        told = replay.replay(model, worlds, SEED, trajectory)
        check(tree, json.loads(json.dumps(replay_data(model, told))))
        moved |= {happening.subject for happening in told.log if happening.kind == "move"}
    return moved


@pytest.mark.parametrize("part", PARTS)
def test_the_engines_agree_on_random_models(part: int) -> None:
    seen: Counter[str] = Counter()

    # The first example may have to load the compiled kernel, and a scenario takes many draws. A model that
    # fails is small enough as it is: to make it smaller would take minutes.
    @seed(part)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(scenarios())
    def agree(tree: Tree) -> None:
        scenario = loaded(tree)
        model = compile_scenario(scenario)
        worlds = draw_worlds(model, SEED, WORLDS if model.uncertain else 1)
        fast = montecarlo.simulate(model, worlds, SEED, TRAJECTORIES, threads=1)
        told = replay.simulate(model, worlds, SEED, TRAJECTORIES)
        assert differences(fast, told) == []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "sim.engines.montecarlo.layout.MOST_RATES", 0
            )  # every rate worked out anew, none looked up
            assert differences(montecarlo.simulate(model, worlds, SEED, TRAJECTORIES, threads=1), told) == []
        found = shapes(model) | happened(fast)
        quiet = {model.chain_names[chain] for chain in tables(model, SEED).quiet}
        if quiet & moved_and_confirmed(scenario.tree, model, worlds):
            found.add("a quiet chain that moved")
        seen.update(found, models=1)

    agree()
    assert seen["models"] >= EXAMPLES
    rare = {name: seen[name] for name, least in LEAST.items() if seen[name] < least}
    assert not rare, f"of {seen['models']} models only so many have: {rare}"
