"""Two engines, one answer: the compiled Monte Carlo and the replay agree to the bit on what is built in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sim.engines import montecarlo, replay
from sim.model.compiler import compile_scenario
from sim.model.worlds import draw_worlds
from sim.scenario.load import builtin_scenarios
from tests.bits import COLUMNS, differences
from tests.builtin import builtin
from tests.structures import OF_THEIR_OWN

SEED = 20261201
FEW, SOME, MANY = (100, 70), (300, 200), (1000, 700)
"""Trajectories and worlds: not a divisor, so that some worlds are lived in more often than others.

The first hundred hold each feature of the grammar many times (test_coverage_of_features)."""


def cases() -> Iterator[Any]:
    """Scenarios that differ in structure, few and many; and some of those that differ only in numbers."""
    for name in builtin_scenarios():
        own = name in OF_THEIR_OWN
        for size in (FEW, MANY) if own else (SOME,):
            marks = [] if size == FEW else [pytest.mark.exhaustive]
            yield pytest.param(*size, name, id=f"{size[0]}-{name}", marks=marks)


def test_every_column_of_a_path_is_compared() -> None:
    assert COLUMNS == (
        "trajectory", "world", "time", "how", "blockers", "last_to_move", "last_to_ratify", "watch", "due",
        "blocked",
    )  # fmt: skip


@pytest.mark.parametrize(("trajectories", "lived_in", "name"), list(cases()))
def test_the_engines_agree_to_the_bit(
    trajectories: int, lived_in: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = compile_scenario(builtin(name))
    worlds = draw_worlds(model, SEED, lived_in if model.uncertain else 1)
    fast = montecarlo.simulate(model, worlds, SEED, trajectories)
    told = replay.simulate(model, worlds, SEED, trajectories)
    assert len(fast) == trajectories
    assert differences(fast, told) == []
    monkeypatch.setattr(
        "sim.engines.montecarlo.layout.MOST_RATES", 0
    )  # every rate worked out anew, none looked up
    assert differences(montecarlo.simulate(model, worlds, SEED, trajectories), told) == []


def test_a_replay_alone_is_its_row() -> None:
    model = compile_scenario(builtin("grammar-tour"))
    worlds = draw_worlds(model, SEED, 300)
    told = replay.simulate(model, worlds, SEED, 320)
    for trajectory in (0, 1, 2, 299, 300, 319):
        alone = replay.replay(model, worlds, SEED, trajectory).paths
        row = told.rows(trajectory).time[0], told.rows(trajectory).watch[0], told.blockers[trajectory]
        assert (alone.time[0].tobytes(), alone.watch[0].tobytes(), alone.blockers[0].tobytes()) == tuple(
            part.tobytes() for part in row
        )
        assert alone.trajectory.tolist() == [trajectory]
        assert alone.world.tolist() == [trajectory % 300]
        assert alone.how[0].tolist() == told.how[trajectory].tolist()
        assert alone.last_to_move[0] == told.last_to_move[trajectory]
        assert alone.last_to_ratify[0] == told.last_to_ratify[trajectory]
