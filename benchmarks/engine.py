"""The project's own engines: threads, processes, size of the model, the floor, the exact engine."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks import floor, scaled
from benchmarks.compare import PROJECT
from benchmarks.measured import SEED, Effort, Measured, timed
from benchmarks.shared import baseline
from sim.engines import montecarlo
from sim.engines.exact import Exact, Solver
from sim.model.worlds import draw_worlds
from sim.studies.prepare import Prepared, prepare

MILLION = Path(__file__).parent / "million.yaml"
SCALED_WORLDS = 1000
MOST_STATES = 2_000_000


def _work(prepared: Prepared, n: int, threads: int = 1) -> Callable[[], object]:
    return lambda: montecarlo.simulate(prepared.model, prepared.worlds, SEED, n, threads=threads)


def threads(effort: Effort) -> Iterator[Measured]:
    """One thread and two, in turn; then one process and two at the same time."""
    prepared, _ = baseline()
    n = 400_000 // effort.shrink
    _work(prepared, 1000)()
    for number in range(effort.rounds):
        for count in (1, 2):
            _, cpu, wall = timed(_work(prepared, n, count))
            yield Measured("threads", f"{count}", n, number, "wall_s", wall)
            yield Measured("threads", f"{count}", n, number, "cpu_s", cpu)
        for count in (1, 2):
            for wall in _at_once(count, n)[:1]:
                yield Measured("processes", f"{count}", n, number, "wall_s", wall)


def _at_once(count: int, n: int) -> list[float]:
    """Seconds that ``n`` trajectories take in each of so many processes at once, the slowest first."""
    words = [sys.executable, "-m", "benchmarks.worker", str(n)]
    children = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()  # ready
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise RuntimeError("a process of the engine failed")
    return sorted(map(float, answers), reverse=True)


def sizes(effort: Effort) -> Iterator[Measured]:
    """What trajectories, worlds, voters and chains cost; drawing the worlds is part of it, compiling YAML is not."""
    for n in (10_000, 100_000, 1_000_000):
        yield from _sized("trajectories", n, n // effort.shrink, effort.rounds, "baseline", 1000)
    for worlds in (100, 1_000, 10_000):
        yield from _sized("worlds", worlds, 100_000 // effort.shrink, effort.rounds, "baseline", worlds)
    with tempfile.TemporaryDirectory() as folder:
        n = 50_000 // effort.shrink
        for voters in (32, 100, 200):
            path = scaled.voters_file(Path(folder), voters)
            yield from _sized("voters", voters, n, effort.rounds, path, SCALED_WORLDS)
        for chains in (0, 10, 50):
            path = scaled.chains_file(Path(folder), chains)
            yield from _sized("chains", chains, n, effort.rounds, path, SCALED_WORLDS)


def _sized(
    part: str, size: int, n: int, rounds: int, scenario: str | Path, worlds: int
) -> Iterator[Measured]:
    prepared = prepare(scenario, worlds, SEED)
    _work(prepared, 1000)()
    for number in range(rounds):
        _, drawing, _ = timed(lambda: draw_worlds(prepared.model, SEED, worlds))
        _, cpu, _ = timed(_work(prepared, n))
        yield Measured(part, str(size), n, number, "cpu_s", drawing + cpu)


def floors(effort: Effort) -> Iterator[Measured]:
    """The engine and its own draws and logarithms, in turn."""
    recorded = floor.tape()
    prepared, _ = baseline()
    n = 200_000 // effort.shrink
    _work(prepared, 1000)()
    for number in range(effort.rounds):
        _, cpu, _ = timed(_work(prepared, n))
        yield Measured("floor", PROJECT, n, number, "cpu_s", cpu)
        (found,) = floor.measure(1, recorded)
        for name, us in (("one by one", found.one_by_one_us), ("many at a time", found.many_at_a_time_us)):
            yield Measured("floor", name, recorded.trajectories, number, "us", us)
    for name in ("blocks", "logs", "powers", "of_worlds"):
        yield Measured(
            "floor", name, recorded.trajectories, "", "each trajectory", float(getattr(found, name))
        )


def exactly(effort: Effort) -> Iterator[Measured]:
    """A model of about a million joint states over thirty years, one world after another; making it is part of it."""
    prepared = prepare(MILLION, 100, SEED)
    for world in range(max(effort.rounds - 2, 1)):
        solver, making, _ = timed(lambda: Solver(prepared.model, MOST_STATES))
        found, solving, _ = timed(partial(_solve, solver, prepared, world))
        n = solver.states
        yield Measured("exact", "carried", n, world, "count", found.carried)
        yield Measured("exact", "making", n, world, "cpu_s", making)
        yield Measured("exact", "making and solving", n, world, "cpu_s", making + solving)
        yield Measured("exact", "error bound", n, world, "probability", found.error_bound)


def _solve(solver: Solver, prepared: Prepared, world: int) -> Exact:
    return next(solver.blocks(prepared.worlds, SEED, range(world, world + 1)))
