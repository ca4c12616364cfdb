"""Who works on a sweep: processes of this machine, or a cluster of Dask's. Each worker computes on one thread.

What is here makes executors as the standard library has them (``concurrent.futures``); any other will do as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from sim.base.errors import OptionError, RunError
from sim.base.processes import pool, started, without_complaints
from sim.base.signals import end_children

T = TypeVar("T")
AHEAD = 2
"""Chunks for each worker that are under way or waiting for it, so that none of them waits."""
FAILURES = 10
"""Times that a task may lose its worker on a cluster that is started here."""
LOCAL = "local:"


def width_of(executor: Executor) -> int:
    """How many tasks to have under way, as many workers as there are now."""
    if (client := getattr(executor, "_client", None)) is not None and hasattr(client, "ncores"):
        return AHEAD * max(1, int(sum(client.ncores().values())))  # of Dask; more may come later
    workers = getattr(executor, "workers", None) or getattr(executor, "_max_workers", None)
    return AHEAD * int(workers or os.cpu_count() or 1)


class Processes(Executor):
    """A pool of processes that can be made anew when one of them has died."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, work: Callable[..., T], /, *what: Any, **named: Any) -> Future[T]:
        """See :class:`concurrent.futures.Executor`; processes are started when there is work."""
        if self._pool is None:
            self._pool = pool(self.workers)
        with started():
            return self._pool.submit(work, *what, **named)

    def renew(self) -> None:
        """Leaves a pool that is broken, and makes another one for what comes."""
        if self._pool is not None:
            broken, self._pool = self._pool, None
            broken.shutdown(wait=True, cancel_futures=True)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends all processes; at once, if what they do is not wanted any more."""
        if self._pool is not None:
            if cancel_futures:
                end_children()
            self._pool.shutdown(wait, cancel_futures=cancel_futures)


@contextmanager
def processes(number: int) -> Iterator[Executor]:
    """So many processes of this machine, none of which outlives this.

    :raises OptionError: less than one.
    """
    if number < 1:
        raise OptionError(f"<processes> {number}: allowed: 1 or more")
    executor = Processes(number)
    try:
        yield executor
    except BaseException:
        executor.shutdown(cancel_futures=True)
        raise
    executor.shutdown()


# --- Dask -----------------------------------------------------------------------------------------------


class Cluster(Executor):
    """The workers of a Dask cluster."""

    def __init__(self, client: Any) -> None:
        self._client, self._executor = client, client.get_executor(pure=False)

    def submit(self, work: Callable[..., T], /, *what: Any, **named: Any) -> Future[T]:
        """See :class:`concurrent.futures.Executor`."""
        made: Future[T] = self._executor.submit(work, *what, **named)
        return made

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leaves the cluster as it is."""
        self._executor.shutdown(wait=wait)


@contextmanager
def cluster(where: str) -> Iterator[Executor]:
    """Workers of Dask: ``local:4`` starts so many processes; an address (``tcp://host:8786``) is that of a scheduler.

    :raises OptionError: neither of these; :raises RunError: nobody answers, or Dask is not installed.
    """
    try:
        dask, distributed = import_module("dask"), import_module("distributed")
    except ImportError:
        raise RunError("Dask is not installed; it comes with: pip install 'accession[cluster]'") from None
    settings = {
        "distributed.scheduler.allowed-failures": FAILURES,
        "distributed.nanny.pre-spawn-environ.NUMBA_NUM_THREADS": 1,
        "distributed.scheduler.worker-saturation": 1.0,
        "distributed.admin.log-format": "%(message)s",
    }
    without_complaints()
    with dask.config.set(settings):
        if where.startswith(LOCAL):
            made = distributed.LocalCluster(
                n_workers=_number(where), threads_per_worker=1, processes=True, dashboard_address=None,
                silence_logs="CRITICAL",
            )  # fmt: skip
        elif "://" in where:
            made = None
        else:
            raise OptionError(f"<cluster> {where}: allowed: {LOCAL}N, or an address such as tcp://host:8786")
        try:
            client = distributed.Client(made or where, timeout="30s", set_as_default=False)
        except OSError as error:
            raise RunError(f"{where}: no Dask scheduler answers there ({error})") from None
        try:
            yield Cluster(client)
        except BaseException:  # nobody waits for workers that are in the midst of something
            end_children()
            raise
        client.close()
        if made is not None:
            made.close()


def _number(where: str) -> int:
    text = where.removeprefix(LOCAL)
    if not text.isdigit() or not int(text):
        raise OptionError(f"<cluster> {where}: allowed: {LOCAL}N with N workers, 1 or more")
    return int(text)
