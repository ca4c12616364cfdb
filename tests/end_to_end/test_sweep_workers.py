"""Sweeps in other processes: the same bytes wherever points are run, and nothing lost when a worker is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sim.studies.design import NumberAxis, Table
from sim.studies.options import Sampling
from sim.studies.sweep.executors import Processes, cluster, processes
from sim.studies.sweep.study import sweep
from tests.two_holdouts import content, scenario

POINTS = 40


def files(folder: Path, **more: Any) -> dict[str, bytes]:
    design = Table((NumberAxis("known"),), tuple(((i + 1) / 100,) for i in range(POINTS)))
    made = sweep(scenario(), design, Sampling(trajectories=200, worlds=100, threads=1), out=folder, **more)
    assert made.failed == 0
    return content(folder)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a sweep in this process, on one thread."""
    return files(tmp_path_factory.mktemp("here") / "x")


def killing(worker: Callable[[], int]) -> Callable[[int], None]:
    """Kills a worker when the first points are done."""
    left = [1]

    def progress(done: int) -> None:
        if done and left:
            left.pop()
            os.kill(worker(), signal.SIGKILL)

    return progress


def a_process(executor: Executor) -> int:
    assert isinstance(executor, Processes)
    assert executor._pool is not None
    return next(iter(executor._pool._processes))


def test_processes_of_which_one_is_killed(tmp_path: Path, here: dict[str, bytes]) -> None:
    with processes(2) as executor:
        assert files(tmp_path / "x", executor=executor, progress=killing(lambda: a_process(executor))) == here


def test_any_executor_will_do(tmp_path: Path, here: dict[str, bytes]) -> None:
    with ThreadPoolExecutor(1) as executor:
        assert files(tmp_path / "x", executor=executor) == here


def test_a_cluster_of_which_one_worker_is_killed(tmp_path: Path, here: dict[str, bytes]) -> None:
    """A scheduler and workers of Dask in processes of their own."""
    pytest.importorskip("distributed")
    with cluster("local:2") as executor:
        pids = list(executor._client.run(os.getpid).values())  # type: ignore[attr-defined]
        assert os.getpid() not in pids
        assert files(tmp_path / "x", executor=executor, progress=killing(pids.pop)) == here
