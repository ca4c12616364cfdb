"""Work shared between processes, none of which outlives the one that shares it."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context, parent_process
from typing import TypeVar

from sim.base.errors import RunError
from sim.base.signals import end_children, held_back

W = TypeVar("W")
M = TypeVar("M")


def side_by_side(work: Callable[[W], M], what: Iterable[W], processes: int) -> list[M]:
    """The work done on each, in order, by so many processes.

    :raises RunError: a process was ended from outside, or could not be started.
    """
    working = pool(processes)
    try:
        with started():
            # not ``pool.map``, which would cancel what is under way, and the pool's own thread would stumble over that
            made = [working.submit(work, each) for each in what]
        found = [future.result() for future in made]
    except BrokenProcessPool:
        raise RunError("a process that shared the work was ended (too little memory?); try fewer") from None
    except OSError as error:
        raise RunError(f"no process could be started ({error.strerror}); try fewer") from None
    except BaseException:
        end_children()
        working.shutdown()  # at once, for nobody works any more
        raise
    working.shutdown()
    return found


def pool(processes: int) -> ProcessPoolExecutor:
    """So many processes, which start with the first work and end with this one."""
    return ProcessPoolExecutor(processes, get_context("spawn"), initializer=_begin)


def without_complaints() -> None:
    """Who is to clean up after processes that are ended at once does so, and does not complain to the user."""
    if "fork" not in get_all_start_methods():  # such a process is there only where processes can be forked
        return
    from multiprocessing import resource_tracker

    name, said = "PYTHONWARNINGS", "ignore:resource_tracker:UserWarning"
    before = os.environ.get(name)
    os.environ[name] = said if before is None else f"{before},{said}"
    try:
        resource_tracker.ensure_running()
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def started() -> Iterator[None]:
    """Processes are started here whole: one that is half begun would not be known, and complain."""
    with held_back(), _not_interrupted():
        yield


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Processes that are started here hear of no interrupt, which a terminal sends to all: the first ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """In each of the processes: whatever becomes of the first one, this one ends with it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    atexit.register(gc.freeze)  # or it looks through all its objects once more, only to end


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
