"""What every part of the benchmarks shares: a row of the table, the clock, seeds and numbers of rounds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

ROUNDS = 5
SEED = 1
T = TypeVar("T")


class Measured(NamedTuple):
    """One number: what was measured, in which part, of what, at which size, in which round."""

    part: str
    what: str
    n: int | str
    round: int | str
    measure: str
    value: float | str


class Effort(NamedTuple):
    """How much is done: a quick run has a tenth of the trajectories, and fewer rounds."""

    rounds: int = ROUNDS
    shrink: int = 1
    large: bool = False
    """Also what takes long and is not needed in every run."""


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """What it gives, processor seconds of all threads, seconds on the clock."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def accession(*words: str) -> tuple[str, ...]:
    """The command line as a process of this Python."""
    return (sys.executable, "-c", "from sim.cli import main; main()", *words)


def process(words: tuple[str, ...], **environment: str) -> tuple[float, float]:
    """A child from start to end: seconds, and its peak memory in MB."""
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "sys.exit(done.returncode)\n"
    )
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    wall = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed")
    return wall, float(done.stdout) / (1e6 if sys.platform == "darwin" else 1e3)
