"""Sweeps in other processes: the same bytes wherever points are run, and nothing lost when a worker is killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sim.results.folder import JOURNAL, PARTIAL
from sim.results.journal import BLOCK
from sim.studies.design import NumberAxis, Table
from sim.studies.options import Sampling
from sim.studies.sweep.executors import Processes, cluster
from sim.studies.sweep.executors import processes as pool
from sim.studies.sweep.study import sweep
from tests.commands import ACCESSION, wait_until
from tests.two_holdouts import TEXT, content, scenario

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
    with pool(2) as executor:
        assert files(tmp_path / "x", executor=executor, progress=killing(lambda: a_process(executor))) == here


def test_an_interrupt_ends_all_processes_and_says_how_to_go_on(processes: Any, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(TEXT, "utf-8")
    grid = ("--grid", "known=0.001:0.999:20000", "--trajectories", "200", "--worlds", "100")
    command = [*ACCESSION, "sweep", "two.yaml", *grid, "--processes", "2", "--out", "x"]
    process = processes.start(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    blocks = tmp_path / "x" / PARTIAL / JOURNAL
    wait_until(lambda: len(list(blocks.glob(f"*{BLOCK}"))) >= 2, process)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - began < 2.0
    assert process.returncode == 130
    assert re.search(r"stopped: \d+ of 20,000 points are kept; the same command goes on from there\n$", said)
    assert "Traceback" not in said
    assert [file.name for file in (tmp_path / "x").iterdir()] == [PARTIAL]


def test_any_executor_will_do(tmp_path: Path, here: dict[str, bytes]) -> None:
    with ThreadPoolExecutor(2) as executor:
        assert files(tmp_path / "x", executor=executor) == here


def test_a_cluster_of_which_one_worker_is_killed(tmp_path: Path, here: dict[str, bytes]) -> None:
    """A scheduler and workers of Dask in processes of their own."""
    pytest.importorskip("distributed")
    with cluster("local:2") as executor:
        pids = list(executor._client.run(os.getpid).values())  # type: ignore[attr-defined]
        assert os.getpid() not in pids
        assert files(tmp_path / "x", executor=executor, progress=killing(pids.pop)) == here
