"""What a point of a sweep costs: ``accession sweep`` against a loop of ``accession run`` and against EMA Workbench.

``python benchmarks/sweeps.py --points 1000`` in an environment that has EMA Workbench (see ``sweep_by_ema.py``); all
three run there, one after the other, with the status quo, on two processors. The loop and EMA Workbench are timed on
fewer points, whose costs are added up. Prints seconds on the clock and of processors, for each way and point.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROCESSES = 2
LOOPED, BY_EMA = 3, 20
"""Points of the loop, and of EMA Workbench."""
ACCESSION = (sys.executable, "-m", "sim.cli")


def timed(*command: str | Path) -> tuple[float, float]:
    """Seconds on the clock and of processors that a command takes."""
    before, began = _spent(), time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    return time.perf_counter() - began, _spent() - before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def swept(folder: Path, points: int, trajectories: int, *more: str) -> tuple[float, float]:
    """A sweep of so many points."""
    grid = ("--grid", f"settlement_rate=0.001:0.3:{points}:log", "--trajectories", str(trajectories), "-q")
    return timed(
        *ACCESSION, "sweep", "status-quo", *grid, "--processes", str(PROCESSES), "--out", folder, *more
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--trajectories", type=int, default=20_000)
    options = parser.parse_args()
    points, trajectories = options.points, options.trajectories
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run = (
            *ACCESSION,
            "run",
            "status-quo",
            "--trajectories",
            str(trajectories),
            "--keep",
            "summary",
            "-q",
        )
        timed(*run, "--out", folder / "warm")  # whatever is to be compiled
        looped = [
            timed(*run, "--set", f"settlement_rate={0.01 * (i + 1)}", "--out", folder / f"{i}")
            for i in range(LOOPED)
        ]
        _print("accession run, in a loop", LOOPED, *map(sum, zip(*looped, strict=True)))
        _print("accession sweep", points, *swept(folder / "sweep", points, trajectories))
        ema = (sys.executable, ROOT / "benchmarks" / "sweep_by_ema.py", BY_EMA, trajectories, PROCESSES)
        _print("EMA Workbench", BY_EMA, *timed(*map(str, ema)))
        few = swept(folder / "few", points, 1000)
        _print("accession sweep, 1,000 trajectories each", points, *few)


def _print(what: str, points: int, clock: float, processors: float) -> None:
    each = f"{1000 * clock / points:8.0f} ms and {1000 * processors / points:8.0f} ms a point"
    print(
        f"{what:42} {points:5} points {clock:8.1f} s on the clock {processors:8.1f} s of processors {each}",
        flush=True,
    )


if __name__ == "__main__":
    main()
