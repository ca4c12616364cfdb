"""The points of a sweep, run by whoever works: what is missing is handed out in chunks, what comes back is kept.

A pool of processes breaks as a whole when one of them dies. It is made anew, and what was under way is handed out
again, point by point and one at a time, so that a point that ends its process is told from those in bad company.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from itertools import islice

from sim.base.errors import RunError
from sim.studies.points import Point
from sim.studies.sweep.executors import AHEAD, width_of
from sim.studies.sweep.rows import ENDED, failed, packed, table
from sim.studies.sweep.work import Packed, Task, run_task

STRIKES = 3
"""Times that a point may end the process that runs it."""
CHUNK_WORK = 200_000
"""Trajectories of a chunk: a second's work, so that a block is worth a file and little is lost."""
MOST_POINTS = 64
"""Of a chunk."""
KILLED = "KilledWorker"
"""What Dask calls it when a task has lost its worker too often."""


def chunk_size(trajectories: int, points: int, executor: Executor | None) -> int:
    """Points that are handed out at once."""
    workers = 1 if executor is None else width_of(executor) // AHEAD
    fair = points // (4 * workers) or 1
    return max(1, min(MOST_POINTS, CHUNK_WORK // trajectories, fair))


def run_points(
    study: Packed,
    points: Iterable[Point],
    size: int,
    executor: Executor | None,
    threads: int | None,
    keep: Callable[[bytes, int], None],
) -> None:
    """Runs points, in any order.

    :param size: points of a chunk.
    :param executor: whoever works; None: this process, with so many ``threads``.
    :param keep: told the rows of each chunk that is done, and how many points it has.
    :raises RunError: no worker can be had any more. What was kept is of use.
    """
    chunks = (Task(study, tuple(chunk), threads) for chunk in _chunks(points, size))
    if executor is None:
        for task in chunks:
            keep(run_task(task), len(task.points))
        return
    _Hands(executor, keep).run(chunks)


def _chunks(points: Iterable[Point], size: int) -> Iterator[list[Point]]:
    each = iter(points)
    while chunk := list(islice(each, size)):
        yield chunk


class _Hands:
    """Tasks in the hands of an executor."""

    def __init__(self, executor: Executor, keep: Callable[[bytes, int], None]) -> None:
        self._executor, self._keep = executor, keep
        self._waiting: dict[Future[bytes], Task] = {}
        self._alone: deque[Task] = deque()
        """Points of which one may have ended its process: nothing else is run beside them."""
        self._strikes: Counter[str] = Counter()
        self._done = 0

    def run(self, tasks: Iterator[Task]) -> None:
        """Hands all out and keeps what comes back."""
        try:
            while self._fill(tasks):
                done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
                taken = [(future, self._waiting.pop(future)) for future in done]
                if lost := [task for future, task in taken if not self._take(future, task)]:
                    self._broken(lost)
        finally:
            for future in self._waiting:
                future.cancel()

    def _fill(self, tasks: Iterator[Task]) -> bool:
        """Hands out as many tasks as can be under way; whether any is."""
        if self._alone:
            if not self._waiting:
                self._submit(self._alone.popleft())
            return True
        room = width_of(self._executor) - len(self._waiting)
        while room > 0 and (task := next(tasks, None)) is not None:
            self._submit(task)
            room -= 1
        return bool(self._waiting) or bool(self._alone)

    def _submit(self, task: Task) -> None:
        try:
            self._waiting[self._executor.submit(run_task, task)] = task
        except BrokenExecutor:  # found dead when it was to be used
            self._broken([task])

    def _take(self, future: Future[bytes], task: Task) -> bool:
        """What comes of a task is kept; False if the executor is broken."""
        try:
            block = future.result()
        except BrokenExecutor:
            return False
        except CancelledError:
            self._alone.append(task)
        except Exception as error:
            if type(error).__name__ != KILLED:
                raise
            self._struck(task)
        else:
            self._done += 1
            self._keep(block, len(task.points))
        return True

    def _broken(self, lost: list[Task]) -> None:
        """The executor as a whole is of no more use: all that was under way is under suspicion."""
        for task in (*lost, *self._waiting.values()):
            self._struck(task)
        self._waiting.clear()
        renew = getattr(self._executor, "renew", None)
        if renew is None:
            raise RunError(
                "a process of the executor was ended, and with it the executor; start again to go on"
            )
        if not self._done and max(self._strikes.values()) >= STRIKES:
            raise RunError("processes end as soon as they have begun (too little memory?)")
        renew()

    def _struck(self, task: Task) -> None:
        """Each point of a task is tried again by itself; one that was tried often enough has failed."""
        for point in task.points:
            self._strikes[point.id] += 1
            if self._strikes[point.id] >= STRIKES and self._done:
                self._keep(
                    packed(table([failed(point.id, f"{ENDED}, {STRIKES} times (too little memory?)")])), 1
                )
            else:
                self._alone.append(Task(task.study, (point,), task.threads))
