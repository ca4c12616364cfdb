"""The verb ``replay``: one trajectory, told."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.base.defaults import DEFAULT_SEED
from sim.base.errors import OptionError
from sim.base.terminal import columns
from sim.commands.loading import loaded
from sim.commands.options import Facts, Json, Scenario, Seed, Set, Worlds, overrides, whole
from sim.commands.printing import print_json

if TYPE_CHECKING:
    from sim.engines.replay.engine import Replay
    from sim.model.model import Model

EXAMPLES = """
# row 3 of the run with the same seed
accession replay status-quo --seed 1 --trajectory 3
"""


def replay_command(
    scenario: Scenario,
    assignments: Set = None,
    trajectory: Annotated[
        int,
        typer.Option(
            "--trajectory", metavar="K", parser=whole("--trajectory", 0), help="Which future of the run."
        ),
    ] = 0,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    over: Facts = None,
    as_json: Json = False,
) -> None:
    """Tell one trajectory of a run as a dated story, with the cause of each thing that happens.

    It is the same future as that row of a run with the same seed and number of worlds.
    """
    from sim.engines.replay.engine import replay
    from sim.engines.replay.story import WIDTH, story
    from sim.studies.prepare import prepare

    for name, given in (("seed", seed), ("trajectory", trajectory)):
        if given < 0:
            raise OptionError(f"<{name}> {given}: allowed: 0 or more")
    prepared = prepare(loaded(scenario, overrides(assignments)), worlds, seed)
    model = prepared.model
    result = replay(model, prepared.worlds, seed, trajectory)
    if as_json:
        print_json(replay_data(model, result))
    else:
        print(story(model, result, width=columns(WIDTH)), end="")


def replay_data(model: Model, result: Replay) -> dict[str, Any]:
    """A replay as plain data. Years have full precision: reading them back gives the same bits."""
    from sim.model.model import HOW, NONE

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
        "happenings": [dict(vars(happening)) for happening in result.log],
    }


def _blockers(model: Model, mask: Sequence[Any]) -> list[str]:
    """What the bits that are set stand for."""
    return [name for v, name in enumerate(model.blocker_names) if int(mask[v // 64]) >> v % 64 & 1]
