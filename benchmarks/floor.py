"""The floor: how long the run's own keyed draws and logarithms take, without anything else.

``python -m benchmarks.floor``. What is drawn is not reckoned but recorded: a child process runs the engine, as
it is, on trajectories of the baseline with a ``philox`` that also notes its counter and key, and with a logarithm
and a ``math`` that also note each call of ``sim.model.rules``. The same blocks are then made again, with the same
keys and counters, by loops that do nothing else, with ``sim.model.draws.block`` and ``sim.model.rules.exponential``.

The floor holds: every Philox block that the run makes (start, never-movers, luck of every chain, redraws,
waivers, held meetings, laws), its two uniforms, and one ``rules.exponential`` for each logarithm that the run
takes. It does not hold: drawing the worlds, rates, powers, roots, cosines and exponentials of the
laws, and everything that uses a draw. It is made in two ways, one block after another and many blocks at a
time (as compilers can where nothing hangs on the block before); the shorter one is called the floor.
"""

from __future__ import annotations

import ctypes
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TRAJECTORIES = 4000
WORLDS = 1000
SEED = 1
CHUNK = 512
"""Blocks made at a time by the second loop: their uniforms stay in the nearest cache."""
FUNCTIONS = ("log", "pow", "sqrt", "cos", "exp")

Words = NDArray[np.uint32]


class Tape(NamedTuple):
    """What a run of ``trajectories`` drew."""

    trajectories: int
    words: Words
    """[6, blocks] counter (four words) and key (two) of each block, in the order of the run."""
    calls: dict[str, int]
    """Functions of ``math`` that rules called, by name."""
    of_worlds: float
    """Blocks a trajectory that belong to its world, so that trajectories of one world make them again."""
    repeated: float
    """Blocks a trajectory that it makes more than once, those of its world left out."""


class Floor(NamedTuple):
    """Microseconds and counts for one trajectory, on one core."""

    blocks: float
    logs: float
    powers: float
    of_worlds: float
    repeated: float
    one_by_one_us: float
    many_at_a_time_us: float

    @property
    def us(self) -> float:
        """The shorter of the two."""
        return min(self.one_by_one_us, self.many_at_a_time_us)


# --- recording, in a child ----------------------------------------------------------------------------------


def _record(path: Path) -> None:
    """Runs the engine with noting versions of its lowest functions; only for a process of its own."""
    from sim.model import draws

    blocks: list[tuple[int, ...]] = []
    calls: Counter[str] = Counter()
    draws.philox = _noting_philox(draws.philox, blocks)
    from sim.model import rules
    from sim.model.logarithm import logarithm

    rules.math = _noting_math(calls)  # type: ignore[attr-defined]
    rules.logarithm = _noting_function("log", logarithm, calls)  # type: ignore[attr-defined]
    from sim.engines import montecarlo
    from sim.studies.prepare import prepare

    prepared = prepare(Path(__file__).with_name("race.yaml"), WORLDS, SEED)
    blocks.clear()
    calls.clear()
    montecarlo.simulate(prepared.model, prepared.worlds, SEED, TRAJECTORIES, threads=1)
    called = np.array([calls[name] for name in FUNCTIONS])
    np.savez(path, words=np.array(blocks, np.uint32).T, called=called)


def _noting_philox(philox: Any, blocks: list[tuple[int, ...]]) -> Any:
    from numba import njit

    note = ctypes.CFUNCTYPE(None, *[ctypes.c_uint32] * 6)(lambda *words: blocks.append(words))
    KEPT.append(note)

    @njit
    def noting(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
        note(c0, c1, c2, c3, k0, k1)
        return philox(c0, c1, c2, c3, k0, k1)

    return noting


def _noting_math(calls: Counter[str]) -> ModuleType:
    module = ModuleType("math")
    vars(module).update(vars(math))
    for name in FUNCTIONS:
        setattr(module, name, _noting_function(name, getattr(math, name), calls))
    return module


def _noting_function(name: str, function: Any, calls: Counter[str]) -> Any:
    from numba import njit

    def add() -> None:
        calls[name] += 1

    note = ctypes.CFUNCTYPE(None)(add)
    KEPT.append(note)
    if name == "pow":

        @njit
        def two(x, y):  # type: ignore[no-untyped-def]
            note()
            return function(x, y)

        return two

    @njit
    def one(x):  # type: ignore[no-untyped-def]
        note()
        return function(x)

    return one


KEPT: list[Any] = []
"""Callbacks must live as long as the compiled code that calls them."""


def tape() -> Tape:
    """Records a run in a child process, which compiles the engine anew (half a minute)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape.npz"
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder, "PYTHONWARNINGS": "ignore"}
        subprocess.run(
            [sys.executable, "-m", "benchmarks.floor", "--record", str(path)], env=environment, check=True
        )
        with np.load(path) as found:
            words = found["words"]
            calls = dict(zip(FUNCTIONS, found["called"].tolist(), strict=True))
    different, times = np.unique(words.T, axis=0, return_counts=True)
    of_worlds = times[different[:, 0] < WORLDS] > 1  # units below are trajectories and worlds
    repeated = times[different[:, 0] >= WORLDS] - 1
    n = TRAJECTORIES
    return Tape(n, words, calls, float(of_worlds.sum() / WORLDS), float(repeated.sum() / (n - WORLDS)))


# --- timing -------------------------------------------------------------------------------------------------


def _loops() -> tuple[Callable[..., float], Callable[..., float]]:
    """The two loops: words, how many blocks with a logarithm come first, room for uniforms."""
    from sim.base.compiled import compiled
    from sim.model.draws import block
    from sim.model.rules import exponential

    @compiled
    def one_by_one(w: Words, logs: int, room: NDArray[np.float64]) -> float:
        total = 0.0
        for i in range(logs):
            u, v = block(w[4, i], w[5, i], w[0, i] | (np.int64(w[1, i]) << 32), w[2, i], w[3, i])
            total += exponential(u) + v
        for i in range(logs, w.shape[1]):
            u, v = block(w[4, i], w[5, i], w[0, i] | (np.int64(w[1, i]) << 32), w[2, i], w[3, i])
            total += u + v
        return total

    @compiled
    def many_at_a_time(w: Words, logs: int, room: NDArray[np.float64]) -> float:
        total = 0.0
        for first in range(0, w.shape[1], CHUNK):
            many = min(CHUNK, w.shape[1] - first)
            for j in range(many):
                i = first + j
                unit = w[0, i] | (np.int64(w[1, i]) << 32)
                room[0, j], room[1, j] = block(w[4, i], w[5, i], unit, w[2, i], w[3, i])
            for j in range(min(max(logs - first, 0), many)):
                room[0, j] = exponential(room[0, j])
            total += room[0, many - 1] + room[1, many - 1]
        return total

    return one_by_one, many_at_a_time


def measure(rounds: int = 5, recorded: Tape | None = None) -> list[Floor]:
    """The floor in each round; of a tape that is given, or of one that is recorded now."""
    recorded = recorded or tape()
    n, logs = recorded.trajectories, recorded.calls["log"]
    words = np.ascontiguousarray(recorded.words)
    if logs > words.shape[1]:
        raise RuntimeError("more logarithms than blocks: the loops must be written anew")
    room = np.empty((2, CHUNK))
    loops = _loops()
    for loop in loops:
        loop(words, logs, room)
    found = []
    for _ in range(rounds):
        times = []
        for loop in loops:
            begin = time.process_time()
            for _ in range(10):
                loop(words, logs, room)
            times.append((time.process_time() - begin) / 10 / n * 1e6)
        counts = words.shape[1] / n, logs / n, recorded.calls["pow"] / n
        found.append(Floor(*counts, recorded.of_worlds, recorded.repeated, *times))
    return found


def main() -> None:
    """Prints what one trajectory draws, and the floor."""
    if sys.argv[1:2] == ["--record"]:
        _record(Path(sys.argv[2]))
        return
    found = measure()
    for name in Floor._fields:
        print(f"{name:20} {np.median([getattr(f, name) for f in found]):8.3f}")
    print(f"{'floor_us':20} {np.median([f.us for f in found]):8.3f}")


if __name__ == "__main__":
    main()
