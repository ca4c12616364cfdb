"""The Monte Carlo engine: blocks of trajectories on threads.

Every trajectory is computed alone from keyed draws (``kernel.py``), so blocks, threads and order cannot
matter to the result.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.base.compiled import by_reference, compiled, inlined
from sim.engines.montecarlo.layout import layout
from sim.engines.montecarlo.packed import Tables, tables
from sim.engines.montecarlo.rates import fill_tables
from sim.engines.montecarlo.state import State, Trajectory, fresh_state
from sim.engines.montecarlo.trajectory import run_trajectory
from sim.engines.paths import Paths, TiltedPaths, concatenated
from sim.model.model import Floats, Masks, Model
from sim.model.worlds import Worlds

BLOCK = 16384


class Rows(NamedTuple):
    """Results of a block, as in Paths."""

    time: Floats
    how: NDArray[np.int8]
    blockers: Masks
    last_to_move: NDArray[np.int16]
    last_to_ratify: NDArray[np.int16]
    watch: Floats
    weights: Floats


@compiled
def _run_block(t: Tables, first: int, s: State, values: Floats, rows: Rows) -> None:
    """World after world, so that a world's numbers are near at hand when its next trajectory needs them."""
    worlds, count = len(values), len(rows.last_to_move)
    t, s = by_reference(t), by_reference(s)
    for start in range(min(worlds, count)):
        world = (first + start) % worlds
        for row in range(start, count, worlds):
            run_trajectory(t, s, by_reference(Trajectory(first + row, world, values[world])))
            _keep(t, row, s, rows)


@inlined
def _keep(t: Tables, row: int, s: State, rows: Rows) -> None:
    """Notes what a trajectory did."""
    for i in range(len(s.steps)):
        rows.time[row, i] = s.steps[i].time
        rows.how[row, i] = s.steps[i].how
        for word in range(s.blockers.shape[1]):
            rows.blockers[row, i, word] = s.blockers[i, word]
    for i in range(len(s.watched)):
        rows.watch[row, i] = s.watched[i]
    if len(t.tilting) > 0:
        for i in range(len(s.likelihood)):
            rows.weights[row, i] = s.likelihood[i]
    rows.last_to_move[row] = s.now[0].last_to_move
    rows.last_to_ratify[row] = s.now[0].last_to_ratify


def simulate_block(model: Model, t: Tables, values: Floats, first: int, count: int) -> Paths:
    """Trajectories ``first`` to ``first + count - 1``."""
    steps = model.n_steps
    rows = Rows(
        time=np.empty((count, steps)), how=np.empty((count, steps), np.int8),
        blockers=np.empty((count, steps, model.blocker_words), np.uint64),
        last_to_move=np.empty(count, np.int16), last_to_ratify=np.empty(count, np.int16),
        watch=np.empty((count, len(model.watch.chain))),
        weights=np.empty((count, 1 + steps + len(model.watch.chain) if t.tilting else 0)),
    )  # fmt: skip
    state = fresh_state(model)
    _run_block(t, first, state, values, rows)
    numbers = np.arange(first, first + count, dtype=np.int64)
    columns = {**rows._asdict(), "due": state.due, "blocked": state.blocked}
    if t.tilting:
        return TiltedPaths(numbers, numbers % len(values), **columns)
    del columns["weights"]
    return Paths(numbers, numbers % len(values), **columns)


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spans(trajectories: int, block: int, cuts: Sequence[int] = ()) -> Iterator[tuple[int, int]]:
    """First trajectory and length of each block."""
    first = 0
    for end in sorted({*(cut for cut in cuts if 0 < cut < trajectories), trajectories}):
        for at in range(first, end, block):
            yield at, min(block, end - at)
        first = end


def blocks(
    model: Model,
    worlds: Worlds,
    seed: int,
    trajectories: int,
    threads: int | None = None,
    block: int = BLOCK,
    cuts: Sequence[int] = (),
    tilt: Floats | None = None,
    pool: ThreadPoolExecutor | None = None,
) -> Iterator[Paths]:
    """Blocks of paths in order, computed on ``threads`` threads (default: every processor).

    :param cuts: numbers of trajectories after which a block ends, however many it holds.
    :param tilt: the least rate of each move while it is open, shape (M,); the blocks are then ``TiltedPaths``.
    :param pool: that computes them, shared with other runs; without one a pool is made and shut down.
    """
    tables_each = 1 if tilt is None else 2
    lay = layout(model, len(worlds) * tables_each)
    t = tables(model, seed, lay, tilt)
    room = np.zeros((len(worlds), lay.size * tables_each))
    values = np.concatenate([worlds.values, room], axis=1)
    fill_tables(t, fresh_state(model), values)
    workers = threads or processors()
    waiting: deque[Future[Paths]] = deque()
    with nullcontext(pool) if pool else ThreadPoolExecutor(workers) as computing:
        try:
            for first, count in spans(trajectories, block, cuts):
                waiting.append(computing.submit(simulate_block, model, t, values, first, count))
                if len(waiting) > 2 * workers:  # so that memory does not grow with n
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def simulate(
    model: Model,
    worlds: Worlds,
    seed: int,
    trajectories: int,
    threads: int | None = None,
    block: int = BLOCK,
    progress: Callable[[int], None] = lambda done: None,
    tilt: Floats | None = None,
) -> Paths:
    """Simulates trajectories 0 to n-1; trajectory i lives in world i modulo the number of worlds.

    :param progress: told the number of trajectories of each block that is done.
    :param tilt: as in :func:`blocks`.
    """
    parts = []
    for part in blocks(model, worlds, seed, trajectories, threads, block, tilt=tilt):
        parts.append(part)
        progress(len(part))
    return concatenated(parts)
