"""The verb ``replay``: one trajectory, told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

from sim.base.defaults import DEFAULT_SEED, DEFAULT_WORLDS
from sim.base.errors import AccessionError
from sim.commands.scenarios import overrides
from sim.engines.replay.engine import Replay, replay
from sim.engines.replay.story import story
from sim.model.compiler import compile_scenario
from sim.model.model import HOW, NONE, Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_scenario


def replay_command(
    scenario: str,
    assignments: Sequence[str] = (),
    seed: int = DEFAULT_SEED,
    trajectory: int = 0,
    worlds: int = DEFAULT_WORLDS,
    as_json: bool = False,
) -> None:
    """Prints the story of one trajectory, or all of its data.

    It is the same future as row ``trajectory`` of a run with the same seed and number of worlds. A scenario
    in which nothing is uncertain has one world.

    :raises AccessionError: a number that is out of range, or whatever is wrong with the scenario.
    """
    for name, number, least in (("seed", seed, 0), ("trajectory", trajectory, 0), ("worlds", worlds, 1)):
        if number < least:
            raise AccessionError(f"--{name} {number}: allowed: {least} or more")
    model = compile_scenario(load_scenario(scenario, overrides(assignments)))
    drawn = draw_worlds(model, seed, worlds if model.uncertain else 1)
    result = replay(model, drawn, seed, trajectory)
    if as_json:
        print(json.dumps(replay_data(model, result), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(story(model, result), end="")


def replay_data(model: Model, result: Replay) -> dict[str, Any]:
    """A replay as plain data. Years have full precision: reading them back gives the same bits."""
    paths, start = result.paths, result.log[0].cause

    def voter(number: int) -> str | None:
        return None if number == NONE else model.voter_names[number]

    def years(time: float) -> float | None:
        return time if isfinite(time) else None

    return {
        "schema": 1,
        "scenario": {"name": model.name, "digest": model.digest},
        "seed": start["seed"],
        "trajectory": start["trajectory"],
        "world": start["world"],
        "start": model.start.isoformat(),
        "horizon": model.horizon.isoformat(),
        "steps": {
            step: {"years": years(time), "how": HOW[how], "blockers": _blockers(model, mask)}
            for step, time, how, mask in zip(
                model.step_names,
                paths.time[0].tolist(),
                paths.how[0].tolist(),
                paths.blockers[0],
                strict=True,
            )
        },
        "last_to_move": voter(int(paths.last_to_move[0])),
        "last_to_ratify": voter(int(paths.last_to_ratify[0])),
        "watch": dict(zip(model.watch_names, map(years, paths.watch[0].tolist()), strict=True)),
        "happenings": [asdict(happening) for happening in result.log],
    }


def _blockers(model: Model, mask: Sequence[Any]) -> list[str]:
    """Codes of the voters whose bits are set."""
    return [name for v, name in enumerate(model.voter_names) if int(mask[v // 64]) >> v % 64 & 1]
