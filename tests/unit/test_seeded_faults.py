"""Faults put into either engine on purpose: each turns the comparison of the engines red."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.engines import montecarlo, replay
from sim.engines.paths import Paths, concatenated
from sim.model.compiler import compile_scenario
from sim.model.model import Floats, Model
from sim.model.worlds import Worlds, draw_worlds
from sim.scenario.load import load_scenario
from tests.awkward import load_awkward
from tests.bits import differences
from tests.faults import FAULTS, TILT_FAULTS, Fault, engine_with, modules_of

SEED, WORLDS, FEW, MANY = 11, 2, 10, 100
IN_TURN = (range(4), range(4, FEW), range(FEW, 30), range(30, MANY))
"""Trajectories, so that what is noticed at once costs little."""


@dataclass(frozen=True)
class Truth:
    """What both engines say of a small model without a fault."""

    model: Model
    worlds: Worlds

    def paths(self, which: range) -> Paths:
        return concatenated(list(montecarlo.blocks(self.model, self.worlds, SEED, which, threads=1)))

    def said_by(self, engine: Any, which: range, least: Floats | None = None) -> Paths:
        return concatenated(list(engine.blocks(self.model, self.worlds, SEED, which, tilt=least)))


@pytest.fixture(scope="module")
def truth() -> Truth:
    model = compile_scenario(load_awkward())
    return Truth(model, draw_worlds(model, SEED, WORLDS))


def test_there_are_at_least_ten_faults_of_each_engine() -> None:
    engines = [fault.engine for fault in FAULTS]
    assert len(FAULTS) == len(set(FAULTS)) >= 20
    assert min(engines.count("montecarlo"), engines.count("replay")) >= 10


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.module}: {f.what}")
def test_a_fault_is_noticed(fault: Fault, truth: Truth) -> None:
    """The engine with the fault differs from the other engine, which has none."""
    noticed: list[str] = []
    with engine_with(fault.engine, fault) as engine:
        for which in IN_TURN:
            if noticed := differences(truth.paths(which), truth.said_by(engine, which)):
                break
    assert noticed, f"{fault.what}: the engines still agree"
    print("; ".join(name.split("[")[0] for name in noticed))


class Tilted(NamedTuple):
    """Least rates for about half of all moves, and what the replay without a fault then says."""

    least: Floats
    told: tuple[Paths, ...]
    """Of the first trajectories, and of some more."""

    def differs(self, truth: Truth, engine: Any) -> bool:
        for which, told in zip(IN_TURN, self.told, strict=False):
            found = truth.said_by(engine, which, self.least)
            if differences(told, found) or told.weights.tobytes() != found.weights.tobytes():
                return True
        return False


@pytest.fixture(scope="module")
def tilted(truth: Truth) -> Tilted:
    moves, count = np.random.default_rng(SEED), len(truth.model.moves.rate)
    least = np.where(moves.random(count) < 0.5, 0.4, 0.0)
    return Tilted(least, tuple(truth.said_by(replay, which, least) for which in IN_TURN[:2]))


@pytest.mark.parametrize("name", ["montecarlo", "replay"])
def test_engines_executed_anew_weigh_alike(name: str, truth: Truth, tilted: Tilted) -> None:
    with engine_with(name) as engine:
        assert not tilted.differs(truth, engine)


@pytest.mark.parametrize("fault", TILT_FAULTS, ids=lambda f: f"{f.module}: {f.what}")
def test_a_fault_in_weighing_is_noticed(fault: Fault, truth: Truth, tilted: Tilted) -> None:
    """The engine with the fault differs from the replay without: in a weight, or in what happens."""
    with engine_with(fault.engine, fault) as engine:
        assert tilted.differs(truth, engine)


@pytest.mark.parametrize("name", ["montecarlo", "replay"])
def test_without_a_fault_all_agree(name: str, truth: Truth) -> None:
    """The engines executed anew, the Monte Carlo as plain Python, agree with the compiled one to the bit."""
    assert differences(truth.paths(range(MANY)), truth.said_by(replay, range(MANY))) == []
    tour = compile_scenario(load_scenario("grammar-tour"))
    also = Truth(tour, draw_worlds(tour, SEED, WORLDS))
    half, few = range(MANY // 2), range(FEW)
    with engine_with(name) as engine:
        assert engine is not {"montecarlo": montecarlo, "replay": replay}[name]
        assert differences(truth.paths(half), truth.said_by(engine, half)) == []
        assert differences(also.paths(few), also.said_by(engine, few)) == []


def test_the_engines_share_no_module() -> None:
    assert not set(modules_of("montecarlo")) & set(modules_of("replay"))
    assert "montecarlo/trajectory" in modules_of("montecarlo")
