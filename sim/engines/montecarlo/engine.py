"""The Monte Carlo engine: blocks of trajectories on threads.

Every trajectory is computed alone from keyed draws (``trajectory.py``), so blocks, threads and order cannot
matter to the result.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.base.compiled import by_reference, compiled, inlined
from sim.base.errors import RunError
from sim.engines.montecarlo.ground import Ground
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.packing import tables
from sim.engines.montecarlo.rates import forget_rates
from sim.engines.montecarlo.rows import by_year
from sim.engines.montecarlo.state import State, Trajectory, fresh_state
from sim.engines.montecarlo.stop import stop, stopped
from sim.engines.montecarlo.trajectory import run_trajectory
from sim.engines.paths import Paths, TiltedPaths, check_which, concatenated
from sim.model.model import Floats, Masks, Model
from sim.model.worlds import Worlds

BLOCK = 65536
"""Trajectories of a block, at most: many of each world, for its rates are worked out anew in every block."""


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
        forget_rates(s)
        for row in range(start, count, worlds):
            if stopped(t):
                return
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


def _simulate_block(model: Model, t: Tables, values: Floats, which: range) -> Paths:
    """These trajectories, on the thread that calls."""
    steps, count = model.n_steps, len(which)
    rows = Rows(
        time=np.empty((count, steps)), how=np.empty((count, steps), np.int8),
        blockers=np.empty((count, steps, model.blocker_words), np.uint64),
        last_to_move=np.empty(count, np.int16), last_to_ratify=np.empty(count, np.int16),
        watch=np.empty((count, len(model.watch.chain))),
        weights=np.empty((count, 1 + steps + len(model.watch.chain) if t.tilting else 0)),
    )  # fmt: skip
    state = fresh_state(model, t)
    _run_block(t, which.start, state, values, rows)
    numbers = np.arange(which.start, which.stop, dtype=np.int64)
    due, blocked = by_year(t, state.counts)
    columns = {**rows._asdict(), "due": due, "blocked": blocked}
    if t.tilting:
        return TiltedPaths(numbers, numbers % len(values), **columns)
    del columns["weights"]
    return Paths(numbers, numbers % len(values), **columns)


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _spans(which: range, block: int, cuts: Sequence[int], workers: int) -> Iterator[range]:
    """The trajectories of each block: between two cuts as many blocks for each worker, all of much the same size."""
    first = which.start
    for end in sorted({*(cut for cut in cuts if cut in which), which.stop}):
        rounds = ceil((end - first) / (block * workers))
        size = ceil((end - first) / max(1, rounds * workers))
        for at in range(first, end, max(1, size)):
            yield range(at, min(at + size, end))
        first = end


def blocks(
    model: Model,
    worlds: Worlds,
    seed: int,
    which: range,
    *,
    threads: int | None = None,
    block: int = BLOCK,
    cuts: Sequence[int] = (),
    tilt: Floats | None = None,
    pool: ThreadPoolExecutor | None = None,
    ground: Ground | None = None,
) -> Generator[Paths, None, None]:
    """Blocks of paths in order, computed on ``threads`` threads (default: every processor).

    :param which: trajectories, without gaps.
    :param block: trajectories of a block, at most.
    :param cuts: trajectories with which a block begins, however few the one before has.
    :param tilt: the least rate of each move while it is open, shape (M,); the blocks are then ``TiltedPaths``.
    :param pool: that computes them, shared with other runs; without one a pool is made and shut down.
    :param ground: what the model may share with others of its structure; it is used if it fits.
    :raises ModelError: trajectories below 0, or with gaps between them.
    """
    check_which(which)
    workers = threads or processors()
    spans = _spans(which, block, cuts, workers)
    return _blocks(model, worlds, seed, spans, workers, tilt, pool, ground)


def _blocks(
    model: Model,
    worlds: Worlds,
    seed: int,
    spans: Iterator[range],
    workers: int,
    tilt: Floats | None,
    pool: ThreadPoolExecutor | None,
    ground: Ground | None,
) -> Generator[Paths, None, None]:
    shared = ground and tilt is None and ground.bears(model, seed)
    t = ground.tables() if ground and shared else tables(model, seed, tilt)
    values = np.ascontiguousarray(worlds.values)
    waiting: deque[Future[Paths]] = deque()
    with nullcontext(pool) if pool else threads_of(workers) as computing:
        try:
            for span in spans:
                waiting.append(_submitted(computing, _simulate_block, model, t, values, span))
                if len(waiting) > 2 * workers:  # so that memory does not grow with n
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:  # an interrupt, or whoever asked has seen enough
            stop(t)
            raise
        finally:
            for future in waiting:
                future.cancel()


def _submitted(pool: ThreadPoolExecutor, work: Callable[..., Paths], *what: object) -> Future[Paths]:
    try:
        return pool.submit(work, *what)
    except RuntimeError as error:  # the system gives no more threads
        raise RunError(f"no thread could be started ({error}); fewer may do") from None


@contextmanager
def threads_of(workers: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads that is waited for only if all went well: an interrupt waits for nobody."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def simulate(
    model: Model,
    worlds: Worlds,
    seed: int,
    trajectories: int,
    threads: int | None = None,
    block: int = BLOCK,
    tilt: Floats | None = None,
) -> Paths:
    """Trajectories 0 to n-1 in one piece; the options are those of :func:`blocks`."""
    which = range(trajectories)
    return concatenated(list(blocks(model, worlds, seed, which, threads=threads, block=block, tilt=tilt)))
