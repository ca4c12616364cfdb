"""The one face of the engines: a model, worlds, a seed and which of them, and blocks in order."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
import pytest

from sim.base.errors import ModelError
from sim.engines import Engine, exact, montecarlo, replay
from sim.engines.exact import Exact
from sim.engines.montecarlo.packing import tables
from sim.engines.paths import Paths, concatenated
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import Worlds, draw_worlds
from sim.scenario.load import load_scenario
from tests.bits import differences
from tests.builtin import ALONE

OF_TRAJECTORIES: dict[str, Engine[Paths]] = {"montecarlo": montecarlo, "replay": replay}
OF_WORLDS: dict[str, Engine[Exact]] = {"exact": exact}
SEED, WORLDS = 7, 3


@pytest.fixture(scope="module")
def tour() -> tuple[Model, Worlds]:
    model = compile_scenario(load_scenario("grammar-tour"))
    return model, draw_worlds(model, SEED, WORLDS)


@pytest.fixture(scope="module")
def small() -> tuple[Model, Worlds]:
    model = compile_scenario(load_scenario(ALONE))
    return model, draw_worlds(model, SEED, WORLDS)


def test_every_engine_is_asked_alike() -> None:
    engines: dict[str, Engine[Any]] = {**OF_TRAJECTORIES, **OF_WORLDS}
    for engine in engines.values():
        wanted = list(signature(engine.blocks).parameters.values())
        assert [p.name for p in wanted[:4]] == ["model", "worlds", "seed", "which"]
        assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in wanted[4:])


@pytest.mark.parametrize("name", OF_TRAJECTORIES)
@pytest.mark.parametrize("which", [range(17), range(5, 11), range(16, 17)])
def test_any_trajectories_are_those_of_the_whole(name: str, which: range, tour: tuple[Model, Worlds]) -> None:
    asked = concatenated(list(OF_TRAJECTORIES[name].blocks(*tour, SEED, which)))
    assert asked.trajectory.tolist() == list(which)
    assert asked.world.tolist() == [i % WORLDS for i in which]
    one_by_one = [
        paths for i in which for paths in montecarlo.blocks(*tour, SEED, range(i, i + 1), threads=1)
    ]
    assert differences(asked, concatenated(one_by_one)) == []
    assert list(OF_TRAJECTORIES[name].blocks(*tour, SEED, range(4, 4))) == []


@pytest.mark.parametrize("name", OF_TRAJECTORIES)
@pytest.mark.parametrize("which", [range(-1, 3), range(0, 10, 2), range(9, 3, -1)])
def test_trajectories_that_there_are_not_are_refused(
    name: str, which: range, tour: tuple[Model, Worlds]
) -> None:
    with pytest.raises(ModelError, match="allowed: 0 or more, without gaps"):
        OF_TRAJECTORIES[name].blocks(*tour, SEED, which)


def test_blocks_begin_where_they_are_cut(tour: tuple[Model, Worlds]) -> None:
    parts = montecarlo.blocks(*tour, SEED, range(3, 20), block=5, cuts=[2, 10, 20], threads=2)
    assert [part.trajectory.tolist() for part in parts] == [
        [3, 4, 5, 6], [7, 8, 9], list(range(10, 15)), list(range(15, 20))
    ]  # fmt: skip


def test_any_world_is_that_of_the_whole(small: tuple[Model, Worlds]) -> None:
    whole = list(exact.blocks(*small, SEED, range(WORLDS)))
    assert len(whole) == WORLDS
    (last,) = exact.blocks(*small, SEED, range(WORLDS - 1, WORLDS))
    assert np.array_equal(last.probability, whole[-1].probability)
    assert not np.array_equal(whole[0].probability, whole[1].probability)


def test_the_exact_engine_refuses_at_the_call(tour: tuple[Model, Worlds]) -> None:
    with pytest.raises(ModelError, match="joint states; allowed: 5"):
        exact.blocks(*tour, SEED, range(1), bound=5)


def test_a_model_is_packed_in_one_order_of_memory(tour: tuple[Model, Worlds]) -> None:
    """Arrays in another order would be another type, for which everything is compiled once more."""
    packed = tables(tour[0], SEED)
    assert all(array.flags.c_contiguous for array in packed if isinstance(array, np.ndarray))
