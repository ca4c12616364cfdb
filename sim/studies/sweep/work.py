"""The work of a sweep: some points in, the rows of them out, and nothing else that it depends on.

So it can be done in this process or in any other, here or on another machine, once or again. A process keeps what all
points of a study share: the compiled scenario, its worlds, and the counts of the first point, against which the others
are held.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from threading import RLock

from sim.base.errors import AccessionError, OptionError, RunError
from sim.estimates.paired import Counts
from sim.facts.read import Facts, choose_facts, load_facts
from sim.results.manifest import code_digest
from sim.scenario.load import Scenario
from sim.scenario.prior_tables import columns_of, table_path
from sim.scenario.sources import builtin_folder
from sim.studies.points import Point, Points
from sim.studies.prepare import Prepared, prepare
from sim.studies.sweep.rows import FoundPoint, compared, failed, packed, table
from sim.studies.together import counted, units_of

KEPT = 4
"""Studies that a process keeps ready."""


@dataclass(frozen=True)
class Study:
    """All that points of a sweep have in common."""

    loaded: Scenario
    worlds: int | None
    seed: int
    trajectories: int
    dates: tuple[date, ...]
    first: Point
    """What the others are held against."""
    code: str
    """Digest of the package's code."""
    facts_digest: str
    facts: Facts | None
    """None if they are the built-in ones."""

    @classmethod
    def of(
        cls, base: Prepared, worlds: int | None, trajectories: int, dates: Sequence[date], first: Point
    ) -> Study:
        """The study of a scenario that is made ready in this process."""
        facts = load_facts()
        return cls(
            base.loaded, worlds, base.seed, trajectories, tuple(dates), first, code_digest(), facts.digest,
            facts if facts.own else None,
        )  # fmt: skip


@dataclass(frozen=True)
class Packed:
    """A study as it goes to another process: without the tables that every installation has."""

    content: bytes
    digest: str

    @classmethod
    def of(cls, study: Study) -> Packed:
        """A study to be sent."""
        loaded, builtin = study.loaded, builtin_folder()
        mine = {
            file: columns
            for file, columns in loaded.tables.items()
            if file in loaded.given or table_path(file, builtin, builtin) is None
        }
        others = {file: tuple(columns) for file, columns in loaded.tables.items() if file not in mine}
        given = loaded.given | set(mine)
        bare = replace(study, loaded=replace(loaded, tables=mine, given=given, origins={}))
        content = zlib.compress(pickle.dumps((bare, others)), 6)
        return cls(content, sha256(content).hexdigest())

    def study(self) -> Study:
        """The study as it was.

        :raises RunError: the code or the facts of this process are others.
        """
        made: Study
        others: Mapping[str, tuple[str, ...]]
        made, others = pickle.loads(zlib.decompress(self.content))
        if made.code != code_digest():
            raise RunError("a worker has another version of accession; install the same one everywhere")
        if load_facts().digest != made.facts_digest:
            choose_facts(made.facts)
        if load_facts().digest != made.facts_digest:
            raise RunError("a worker has other facts (seeds/); install the same version everywhere")
        tables = {**made.loaded.tables, **columns_of(others, builtin_folder())}
        return replace(made, loaded=replace(made.loaded, tables=tables))


@dataclass(frozen=True)
class Task:
    """Points of a study, to be run by whoever has time."""

    study: Packed
    points: tuple[Point, ...]
    threads: int | None = 1

    def __call__(self) -> bytes:
        """The rows of the points, in their order, as a Parquet file."""
        ready = _ready(self.study)
        return packed(table([ready.found(point, self.threads) for point in self.points]))


def run_task(task: Task) -> bytes:
    """Does a task; by this name other processes know what to do."""
    return task()


class Ready:
    """A study with what its points share."""

    def __init__(self, study: Study, points: Points) -> None:
        self.study, self._points = study, points
        self._units = units_of(len(points.base.worlds), study.trajectories)
        self._first: Counts | None = None
        self._lock = RLock()
        """Threads may share it."""

    @classmethod
    def of(cls, study: Study) -> Ready:
        """Made from what was sent."""
        return cls(study, Points(prepare(study.loaded, study.worlds, study.seed)))

    def compile(self) -> None:
        """Makes or loads machine code, so that processes that start side by side find it made."""
        base = self._points.base
        counted(base, self.study.dates[:1], len(base.worlds), 1)

    def found(self, point: Point, threads: int | None) -> FoundPoint:
        """What is found at a point; whatever goes wrong with it is its own affair."""
        with self._lock:
            first = self._first = self._first or self._counted(self.study.first, threads)
        try:
            now = first if point.id == self.study.first.id else self._counted(point, threads)
            return compared(point.id, self.study.dates, first, now)
        except AccessionError as error:
            return failed(point.id, str(error).removeprefix(f"point {point.said()}: "))
        except Exception as error:
            return failed(point.id, f"{type(error).__name__}: {error}")

    def _counted(self, point: Point, threads: int | None) -> Counts:
        with self._lock:
            made = self._points.ready(point)
        if len(made.worlds) not in (1, self._units):
            raise OptionError(f"<point> {point.said()}: has {len(made.worlds)} worlds, not {self._units}")
        return counted(made, self.study.dates, self.study.trajectories, threads, units=self._units)


_kept: dict[str, Ready] = {}
_lock = RLock()


def keep(study: Packed, ready: Ready) -> None:
    """What was made ready for a study in this process is used for its tasks."""
    with _lock:
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        _kept[study.digest] = ready


def _ready(study: Packed) -> Ready:
    with _lock:
        if study.digest not in _kept:
            keep(study, Ready.of(study.study()))
        return _kept[study.digest]
