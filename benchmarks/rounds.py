"""What is measured: each function yields rows for ``docs/benchmarks.csv``."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module, util
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import agree, mesa_model, numpy_vectorised, plain_simpy, scaled
from benchmarks.shared import Baseline, Outcomes, baseline, joined, of_paths
from sim.engines import montecarlo, replay
from sim.study.run import Prepared, prepare

ROUNDS = 5
SEED = 1
PROJECT = "Monte Carlo engine"
REPLAY = "SimPy replay"


class Measured(NamedTuple):
    """One number: what was measured, in which part, of what, at which size, in which round."""

    part: str
    what: str
    n: int | str
    round: int | str
    measure: str
    value: float | str


class Rival(NamedTuple):
    """An implementation, and how many trajectories make a round of about a second."""

    name: str
    n: int
    run: Callable[[int, int], Outcomes]
    """Trajectories, seed."""


def rivals(prepared: Prepared, base: Baseline) -> list[Rival]:
    """All of them; the first is what the others are compared with."""
    model, worlds = prepared.model, prepared.worlds

    def ours(n: int, seed: int) -> Outcomes:
        return of_paths(montecarlo.simulate(model, worlds, SEED, n, threads=1))

    def replayed(n: int, seed: int) -> Outcomes:
        return of_paths(replay.simulate(model, worlds, SEED, n))

    made: list[Rival] = [Rival(PROJECT, 200_000, ours), Rival(REPLAY, 300, replayed)]
    others: list[tuple[str, int, Callable[..., Outcomes]]] = [
        ("Mesa", 2_000, mesa_model.simulate),
        ("plain SimPy", 2_000, plain_simpy.simulate),
        ("NumPy", 200_000, numpy_vectorised.simulate),
    ]
    for name, n, simulate in others:
        for suffix, everything in ((", all answers", True), (", steps only", False)):
            run = _simulated(simulate, base, everything)
            made.append(Rival(name + suffix, n, run))
    return made


def _simulated(
    simulate: Callable[..., Outcomes], base: Baseline, everything: bool
) -> Callable[[int, int], Outcomes]:
    return lambda n, seed: simulate(base, n, seed, everything)


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, processor seconds, seconds on the clock."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def compare(rounds: int, shrink: int) -> Iterator[Measured]:
    """All implementations in turn, and again, ``rounds`` times; then whether they agree."""
    prepared, base = baseline()
    found = rivals(prepared, base)
    seen: dict[str, list[Outcomes]] = {rival.name: [] for rival in found}
    for rival in found:
        rival.run(min(rival.n, 1000), SEED)  # compiled, cached, warm
    for number in range(rounds):
        for rival in found:
            n = max(rival.n // shrink, 100)
            outcomes, cpu, wall = _timed(lambda rival=rival, n=n: rival.run(n, SEED + 1 + number))  # type: ignore[misc]
            seen[rival.name].append(outcomes)
            yield Measured("compare", rival.name, n, number, "cpu_s", cpu)
            yield Measured("compare", rival.name, n, number, "wall_s", wall)
    yield from _agreement(seen, base)


def _agreement(seen: dict[str, list[Outcomes]], base: Baseline) -> Iterator[Measured]:
    """The engine's rows against each rival's, pooled over its rounds; the replay must be equal."""
    ours = seen[PROJECT][0]
    for name, parts in seen.items():
        if name == PROJECT:
            continue
        if name == REPLAY:
            n = len(parts[0])
            same = all((a == b[:n]).all() for a, b in zip(_arrays(parts[0]), _arrays(ours), strict=True))
            yield Measured("agreement", name, n, "", "equal to the bit", "yes" if same else "no")
            continue
        theirs = joined(parts)
        rows = agree.compare(ours, theirs, base.voters)
        worst = agree.worst(rows)
        yield Measured("agreement", name, len(theirs), "", "comparisons", len(rows))
        yield Measured("agreement", name, len(theirs), "", "bound", agree.bound(len(rows)))
        yield Measured("agreement", name, len(theirs), "", "worst z", worst.z)
        yield Measured("agreement", name, len(theirs), "", "worst in", worst.what)
        for row in rows:
            yield Measured("agreement", name, len(theirs), "", f"z: {row.what}", row.z)


def _arrays(outcomes: Outcomes) -> tuple[Any, Any, Any]:
    return outcomes.time, outcomes.how, outcomes.blockers


# --- the project's engine alone ---------------------------------------------------------------------------------


def threads(rounds: int, shrink: int) -> Iterator[Measured]:
    """One thread and two, in turn."""
    prepared, _ = baseline()
    n = 400_000 // shrink
    for number in range(rounds):
        for count in (1, 2):
            work = _engine(prepared, n, count)
            _, cpu, wall = _timed(work)
            yield Measured("threads", str(count), n, number, "wall_s", wall)
            yield Measured("threads", str(count), n, number, "cpu_s", cpu)


def _engine(prepared: Prepared, n: int, count: int = 1) -> Callable[[], object]:
    return lambda: montecarlo.simulate(prepared.model, prepared.worlds, SEED, n, threads=count)


def sizes(rounds: int, shrink: int) -> Iterator[Measured]:
    """What trajectories, worlds, voters and chains cost; drawing the worlds is part of it, compiling YAML is not."""
    for n in (10_000, 100_000, 1_000_000):
        yield from _sized("trajectories", n, n // shrink, rounds, "baseline", 1000)
    for worlds in (100, 1_000, 10_000):
        yield from _sized("worlds", worlds, 100_000 // shrink, rounds, "baseline", worlds)
    with tempfile.TemporaryDirectory() as folder:
        for voters in (32, 100, 200):
            path = scaled.voters_file(Path(folder), voters)
            yield from _sized("voters", voters, 50_000 // shrink, rounds, path, 1000)
        for chains in (0, 10, 50):
            path = scaled.chains_file(Path(folder), chains)
            yield from _sized("chains", chains, 50_000 // shrink, rounds, path, 1000)


def _sized(
    part: str, size: int, n: int, rounds: int, scenario: str | Path, worlds: int
) -> Iterator[Measured]:
    from sim.worlds import draw_worlds

    prepared = prepare(scenario, worlds, SEED)
    _engine(prepared, 1000)()
    for number in range(rounds):
        _, drawing, _ = _timed(lambda: draw_worlds(prepared.model, SEED, worlds))
        _, cpu, _ = _timed(_engine(prepared, n))
        yield Measured(part, str(size), n, number, "cpu_s", drawing + cpu)


# --- whole processes --------------------------------------------------------------------------------------------


def _process(*words: str, cache: Path | None = None) -> tuple[float, float]:
    """A child from start to end: seconds, and its peak memory in MB."""
    environment = dict(os.environ)
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "sys.exit(done.returncode)\n"
    )
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment, stdout=subprocess.PIPE, text=True
    )
    wall = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return wall, float(done.stdout) / scale


def _accession(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", "from sim.cli import main; main()", *words)


def start_up(rounds: int, shrink: int) -> Iterator[Measured]:
    """The command's help against the import of numpy, as whole processes in turn."""
    commands = {
        "accession --help": _accession("--help"),
        'python -c "import numpy"': (sys.executable, "-c", "import numpy"),
        "python -c pass": (sys.executable, "-c", "pass"),
    }
    for number in range(2 * rounds):
        for what, words in commands.items():
            begin = time.perf_counter()
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            yield Measured("start-up", what, "", number, "wall_s", time.perf_counter() - begin)


def compilation(rounds: int, shrink: int) -> Iterator[Measured]:
    """``accession run`` with an empty cache of machine code, and again with a full one."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(3):
            words = _accession(
                "run", "status-quo", "--trajectories", "2000", "--worlds", "100", "--out", f"{folder}/out"
            )
            wall, _ = _process(*words, cache=Path(folder) / "cache")
            yield Measured(
                "compilation", "empty cache" if number == 0 else "full cache", 2000, number, "wall_s", wall
            )


def memory(rounds: int, shrink: int) -> Iterator[Measured]:
    """``accession run --keep summary`` at ten and a hundred times the trajectories, on every processor."""
    with tempfile.TemporaryDirectory() as folder:
        for n in (100_000, 1_000_000, 10_000_000):
            n //= shrink
            words = _accession(
                "run", "baseline", "--keep", "summary", "--trajectories", str(n), "--out", f"{folder}/out"
            )
            wall, peak = _process(*words)
            yield Measured("memory", "accession run --keep summary", n, 0, "peak_mb", peak)
            yield Measured("memory", "accession run --keep summary", n, 0, "wall_s", wall)


def floor(rounds: int, shrink: int) -> Iterator[Measured]:
    """The engine against its own draws and logarithms, where that module is there."""
    if util.find_spec("benchmarks.floor") is None:
        return
    found = import_module("benchmarks.floor").measure()
    fields = found if isinstance(found, dict) else getattr(found, "_asdict", lambda: vars(found))()
    for name, value in fields.items():
        if isinstance(value, int | float):
            yield Measured("floor", str(name), "", "", "value", float(value))


# --- the machine ------------------------------------------------------------------------------------------------


def about() -> Iterator[Measured]:
    """Versions and the processor; nothing that names a person, a host or a folder."""
    for package in ("numpy", "numba", "simpy", "mesa", "scipy", "pandas"):
        try:
            yield Measured("about", package, "", "", "version", version(package))
        except PackageNotFoundError:
            continue
    yield Measured("about", "python", "", "", "version", platform.python_version())
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


PARTS = (start_up, compare, threads, sizes, floor, memory, compilation)
