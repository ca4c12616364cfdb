"""``python -m benchmarks.worker N``: a process of its own that waits for a line and then times the engine."""

from __future__ import annotations

import sys

from benchmarks.measured import SEED, timed
from benchmarks.shared import baseline
from sim.engines import montecarlo


def main() -> None:
    """Says that it is ready, waits, and prints the seconds on the clock that N trajectories took."""
    n = int(sys.argv[1])
    prepared, _ = baseline()
    montecarlo.simulate(prepared.model, prepared.worlds, SEED, 1000, threads=1)
    print("ready", flush=True)
    sys.stdin.readline()
    _, _, wall = timed(lambda: montecarlo.simulate(prepared.model, prepared.worlds, SEED, n, threads=1))
    print(wall)


if __name__ == "__main__":
    main()
