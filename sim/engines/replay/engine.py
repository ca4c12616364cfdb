"""The second engine: one trajectory told with all its causes, agent by agent.

It shares the draws and the arithmetic of ``rules.py`` with the Monte Carlo engine and nothing else, and gives
the same paths to the last bit. Slow, and meant to be read; the agents are in ``agents.py`` and
``council.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.base.errors import AccessionError
from sim.engines.paths import Paths, TiltedPaths, check_which, concatenated
from sim.engines.replay.agents import Agent, Dates, Holder
from sim.engines.replay.council import Council
from sim.engines.replay.future import Cause, Future, Happening, Keys, LivedPath
from sim.engines.replay.parts import Parts
from sim.model.model import NOT_REACHED, Floats, Ints, Model
from sim.model.worlds import Worlds

__all__ = ["Happening", "Replay", "blocks", "replay", "simulate"]

BLOCK = 500
"""Trajectories of a block, at most."""


@dataclass(frozen=True)
class Replay:
    """One trajectory: its path (one row), and everything that happened on the way, in order."""

    paths: Paths
    log: tuple[Happening, ...]


def replay(model: Model, worlds: Worlds, seed: int, trajectory: int) -> Replay:
    """Replays one trajectory, equal to the bit to that row of the Monte Carlo engine.

    :param worlds: the worlds of the run; trajectory i lives in world i modulo their number.
    :raises AccessionError: a negative number of a trajectory.
    """
    if trajectory < 0:
        raise AccessionError(f"trajectory {trajectory}: allowed: 0 or more")
    log: list[Happening] = []
    parameters = {name: float(values[trajectory % len(worlds)]) for name, values in worlds.parameters.items()}
    outcome = _live(Parts.of(model), worlds, Keys(seed), trajectory, log, parameters)
    rows = _Rows(model, np.array([trajectory], dtype=np.int64), len(worlds))
    rows.put(0, outcome)
    return Replay(rows.paths, tuple(log))


def blocks(
    model: Model, worlds: Worlds, seed: int, which: range, *, tilt: Floats | None = None
) -> Iterator[Paths]:
    """Blocks of paths in order, one trajectory lived after another.

    :param which: trajectories, without gaps.
    :param tilt: the least rate of each move while it is open, shape (M,); the blocks are then ``TiltedPaths``.
    :raises ModelError: trajectories below 0, or with gaps between them.
    """
    check_which(which)
    parts, keys = Parts.of(model) if tilt is None else Parts(model, tilt), Keys(seed)
    return (_block(parts, worlds, keys, which[at : at + BLOCK]) for at in range(0, len(which), BLOCK))


def _block(parts: Parts, worlds: Worlds, keys: Keys, which: range) -> Paths:
    """These trajectories in one piece."""
    model = parts.model
    weights = np.zeros((len(which), 1 + model.n_steps + len(model.watch_names)))
    rows = _Rows(model, np.array(which, dtype=np.int64), len(worlds))
    for row, trajectory in enumerate(which):
        outcome = _live(parts, worlds, keys, trajectory)
        rows.put(row, outcome)
        weights[row] = outcome.weights
    return rows.paths if parts.tilt is None else TiltedPaths(**vars(rows.paths), weights=weights)


def simulate(model: Model, worlds: Worlds, seed: int, trajectories: int, tilt: Floats | None = None) -> Paths:
    """Trajectories 0 to n-1 in one piece; ``tilt`` as in :func:`blocks`."""
    return concatenated(list(blocks(model, worlds, seed, range(trajectories), tilt=tilt)))


def _live(
    parts: Parts,
    worlds: Worlds,
    keys: Keys,
    trajectory: int,
    log: list[Happening] | None = None,
    parameters: dict[str, float] | None = None,
) -> LivedPath:
    """Lives one future through to the horizon."""
    world = trajectory % len(worlds)
    future = Future(parts, worlds.values[world], world, keys, trajectory, log)
    everybody: list[Agent] = []
    for chains in parts.chains_of:
        Holder(future, everybody, chains)
    Dates(future, everybody)
    Council(future, everybody)
    draw = {"seed": keys.seed, "trajectory": trajectory, "world": world}
    future.note("start", "", "", "", lambda: draw | {"parameters": parameters} | _scene(future))
    future.run(until=future.at(parts.model.horizon_years, future.order.horizon))
    future.note("horizon", "", "", "", lambda: _scene(future))
    steps, outcome = parts.model.n_steps, future.outcome
    done = steps and outcome.how[-1] != NOT_REACHED
    outcome.weights[0] = outcome.weights[steps] if done else future.weight(parts.model.horizon_years)
    return future.outcome


def _scene(future: Future) -> Cause:
    """How everything stands now, by name."""
    parts, model = future.parts, future.model
    return {
        "chains": {parts.chain(c): parts.state(c, state) for c, state in enumerate(future.states)},
        "never_move": [parts.chain(c) for c, stays in enumerate(future.stays) if stays],
        "members": [model.voter_names[v] for v in future.members],
    }


class _Rows:
    """Paths that are filled row by row."""

    def __init__(self, model: Model, trajectories: Ints, worlds: int) -> None:
        n, steps, years = len(trajectories), model.n_steps, len(model.years)
        self.paths = Paths(
            trajectory=trajectories,
            world=trajectories % worlds,
            time=np.full((n, steps), np.inf),
            how=np.zeros((n, steps), dtype=np.int8),
            blockers=np.zeros((n, steps, model.blocker_words), dtype=np.uint64),
            last_to_move=np.full(n, -1, dtype=np.int16),
            last_to_ratify=np.full(n, -1, dtype=np.int16),
            watch=np.full((n, len(model.watch_names)), np.inf),
            due=np.zeros((steps, years), dtype=np.int64),
            blocked=np.zeros((steps, years, len(model.blocker_names)), dtype=np.int64),
        )

    def put(self, row: int, outcome: LivedPath) -> None:
        """Writes what one trajectory did."""
        paths = self.paths
        paths.time[row], paths.how[row], paths.watch[row] = outcome.time, outcome.how, outcome.watch
        paths.last_to_move[row], paths.last_to_ratify[row] = outcome.last_to_move, outcome.last_to_ratify
        for step, blockers in enumerate(outcome.blockers):
            for blocker in blockers:
                paths.blockers[row, step, blocker // 64] |= np.uint64(1 << blocker % 64)
        for (step, year, blockers), meetings in Counter(outcome.meetings).items():
            paths.due[step, year] += meetings
            paths.blocked[step, year, sorted(blockers)] += meetings
