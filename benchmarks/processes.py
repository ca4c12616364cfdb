"""Whole processes: start-up, the first run and the second, memory; and the machine that they ran on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measured import Effort, Measured, accession, process
from sim import __version__
from sim.engines import montecarlo

HELP, NUMPY, NOTHING = "accession --help", 'python -c "import numpy"', "python -c pass"
EMPTY, FULL = "empty cache", "full cache"
REPEATED = 3
"""Runs with a full cache."""
LARGEST = 100_000_000
KEEP = "accession run baseline --keep summary"


def start_up(effort: Effort) -> Iterator[Measured]:
    """The command's help against the import of numpy, as whole processes in turn."""
    commands = {
        HELP: accession("--help"),
        NUMPY: (sys.executable, "-c", "import numpy"),
        NOTHING: (sys.executable, "-c", "pass"),
    }
    for number in range(2 * effort.rounds):
        for what, words in commands.items():
            begin = time.perf_counter()
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            yield Measured("start-up", what, "", number, "wall_s", time.perf_counter() - begin)


def compilation(effort: Effort) -> Iterator[Measured]:
    """``accession run`` with an empty cache of machine code, and again with a full one."""
    with tempfile.TemporaryDirectory() as folder:
        words = accession(
            "run", "status-quo", "--trajectories", "2000", "--worlds", "100", "--out", f"{folder}/out"
        )
        for number in range(1 + REPEATED):
            wall, _ = process(words, NUMBA_CACHE_DIR=f"{folder}/cache")
            yield Measured("compilation", FULL if number else EMPTY, 2000, max(number - 1, 0), "wall_s", wall)


def memory(effort: Effort) -> Iterator[Measured]:
    """Peak memory and time of a run that keeps the summary, on every processor, as n grows tenfold."""
    sizes = [n // effort.shrink for n in (100_000, 1_000_000, 10_000_000)]
    with tempfile.TemporaryDirectory() as folder:
        for n in [*sizes, LARGEST] if effort.large else sizes:
            words = accession(
                "run", "baseline", "--keep", "summary", "--trajectories", str(n), "--out", f"{folder}/out"
            )
            wall, peak = process(words)
            yield Measured("memory", KEEP, n, 0, "peak_mb", peak)
            yield Measured("memory", KEEP, n, 0, "wall_s", wall)


def about(effort: Effort) -> Iterator[Measured]:
    """Versions and the processor; nothing that names a person, a host or a folder."""
    yield Measured("about", "run", "", "", "name", "quick" if effort.shrink > 1 else "full")
    yield Measured("about", "accession", "", "", "version", __version__)
    yield Measured("about", "Python", "", "", "version", platform.python_version())
    for package in ("numpy", "numba", "simpy", "mesa", "scipy", "pandas"):
        try:
            yield Measured("about", package, "", "", "version", version(package))
        except PackageNotFoundError:
            continue
    yield Measured("about", "system", "", "", "name", f"{platform.system()} {platform.machine()}")
    yield Measured("about", "processor", "", "", "name", _processor())
    yield Measured("about", "processors", "", "", "count", montecarlo.processors())
    yield Measured("about", "load before", "", "", "load", round(os.getloadavg()[0], 2))


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
