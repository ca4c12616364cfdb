"""What was aimed at, and whether it was met: an interval wholly beyond the aim, wholly short of it, or across it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from benchmarks.compare import ALL, PROJECT, REPLAY
from benchmarks.processes import HELP, KEEP, LARGEST, NUMPY
from benchmarks.table import Spread, Table, ratio, spread
from benchmarks.verbs import PART, VERBS, Verb

MICRO = 1e6
FLAT = 1.1
"""Peak memory at ten times the trajectories that still counts as flat."""
MEMORY_MB = 500
SECONDS_EXACT = 60


class Target(NamedTuple):
    """One aim."""

    what: str
    found: Spread
    aim: float
    at_least: bool
    unit: str

    @property
    def verdict(self) -> str:
        """Met, missed, or not told apart."""
        low, high = (
            (self.found.low, self.found.high) if self.at_least else (-self.found.high, -self.found.low)
        )
        aim = self.aim if self.at_least else -self.aim
        return "met" if low >= aim else "missed" if high < aim else "not told apart"


def us_each(table: Table, name: str) -> dict[int, float]:
    """Processor microseconds for one trajectory by round, side by side."""
    return table.by_round("side by side", name, "cpu_s", each=MICRO)


def times_slower(table: Table, name: str) -> Spread:
    """How many times the processor time of the engine an implementation takes."""
    return ratio(us_each(table, name), us_each(table, PROJECT))


def engine_beside_floor(table: Table) -> dict[int, float]:
    """Processor microseconds for one trajectory by round, where the floor was measured."""
    return table.by_round("floor", PROJECT, "cpu_s", each=MICRO)


def floors(table: Table) -> dict[int, float]:
    """The shorter of the two loops, by round."""
    one, many = (table.by_round("floor", name, "us") for name in ("one by one", "many at a time"))
    return {number: min(one[number], many[number]) for number in one}


def speed_up(table: Table) -> Spread:
    """Two threads against one, on the clock."""
    return ratio(table.by_round("threads", "1", "wall_s"), table.by_round("threads", "2", "wall_s"))


def two_processes(table: Table) -> Spread:
    """What two processes do in the time in which one does one part: 2 if they do not disturb each other."""
    one, two = (table.by_round("processes", count, "wall_s") for count in ("1", "2"))
    return ratio({number: 2 * wall for number, wall in one.items()}, two)


def start_up(table: Table) -> Spread:
    """The command's help against the import of numpy."""
    return ratio(table.by_round("start-up", HELP, "wall_s"), table.by_round("start-up", NUMPY, "wall_s"))


def verb_seconds(table: Table, verb: Verb) -> Spread:
    """Processor seconds of a command from start to end."""
    return spread(table.by_round(PART, verb.what, "cpu_s").values())


def peak(table: Table, n: int) -> float:
    """Peak memory in MB."""
    (value,) = table.by_round("memory", KEEP, "peak_mb", n=n).values()
    return value


def targets(table: Table) -> Iterator[Target]:
    """All of those that were measured."""
    if table.has("side by side"):
        for name, aim in ((REPLAY, 300), (f"Mesa{ALL}", 500), (f"NumPy{ALL}", 5)):
            yield Target(
                f"{name}: processor time against the engine's", times_slower(table, name), aim, True, "×"
            )
    if table.has("floor"):
        share = ratio(floors(table), engine_beside_floor(table))
        yield Target("speed as a share of the floor's (first aim)", share, 1 / 3, True, "")
        yield Target("speed as a share of the floor's (second aim)", share, 1 / 2, True, "")
    if table.has("threads"):
        yield Target("two threads against one, on the clock", speed_up(table), 1.8, True, "×")
    if table.has("memory"):
        sizes = table.sizes("memory", KEEP)
        for less, more in pairwise(sizes[1:]):
            growth = spread([peak(table, more) / peak(table, less)])
            yield Target(f"peak memory at {more:,} against {less:,} trajectories", growth, FLAT, False, "×")
        if LARGEST in sizes:
            most = spread([peak(table, LARGEST)])
            yield Target(f"peak memory at {LARGEST:,} trajectories", most, MEMORY_MB, False, "MB")
    if table.has("start-up"):
        yield Target(f"`{HELP}` against `{NUMPY}`", start_up(table), 2, False, "×")
    for verb in VERBS:
        if verb.aim is not None and verb.what in table.names(PART):
            yield Target(f"`{verb.what}`", verb_seconds(table, verb), verb.aim, False, "s")
    if table.has("exact"):
        seconds = spread(table.by_round("exact", "making and solving", "cpu_s").values())
        yield Target("exact engine, about a million joint states", seconds, SECONDS_EXACT, False, "s")
