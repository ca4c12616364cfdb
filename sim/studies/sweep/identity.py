"""Which sweep it is: what must be equal for points that were run before to be of use, and what differs if it is not."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from sim.base import records
from sim.base.errors import OptionError
from sim.results.journal import write_synced
from sim.results.manifest import LIBRARIES, Identity, library_version
from sim.studies.design import Design
from sim.studies.designs.sampled import LHS
from sim.studies.sweep.work import Study

COMPUTING = ("numpy", "scipy", "numba", "pyarrow")
"""Libraries of which another version may change the last digit, or the bytes of a file."""
assert set(COMPUTING) <= set(LIBRARIES)


@dataclass(frozen=True)
class Which:
    """A sweep, apart from how many points it has."""

    scenario: Identity
    facts: str
    """Digest; ``code`` likewise."""
    code: str
    seed: int
    trajectories: int
    worlds: int
    dates: tuple[date, ...]
    design: str
    """``grid``, ``sobol``, …"""
    axes: tuple[str, ...]
    first: str
    """Id of the first point, which the others are held against."""
    architecture: str
    libraries: Mapping[str, str]

    @classmethod
    def of(cls, study: Study, worlds: int, design: Design) -> Which:
        """The sweep of a design, here and now."""
        return cls(
            scenario=Identity(study.loaded.name, study.loaded.digest),
            facts=study.facts_digest,
            code=study.code,
            seed=study.seed,
            trajectories=study.trajectories,
            worlds=worlds,
            dates=study.dates,
            design=design.record.kind,
            axes=tuple(axis.name for axis in design.axes),
            first=study.first.id,
            architecture=platform.machine(),
            libraries={name: library_version(name) for name in COMPUTING},
        )


_WORDS = {
    "scenario": "scenario", "facts": "facts", "code": "version of accession's code", "seed": "seed",
    "trajectories": "trajectories", "worlds": "worlds", "dates": "dates (by)", "design": "kind of design",
    "axes": "axes", "first": "first point, which the others are held against", "architecture": "processor",
    "libraries": "libraries",
}  # fmt: skip


def differences(there: Which, now: Which) -> list[str]:
    """What differs, in words: ``trajectories (2,000 there, 20,000 now)``."""
    found = [
        f"{_WORDS[field.name]}{_values(getattr(there, field.name), getattr(now, field.name))}"
        for field in fields(Which)
        if getattr(there, field.name) != getattr(now, field.name)
    ]
    if there.design == now.design == LHS and there.first != now.first:
        found.append("a Latin hypercube of other points is another one, where a Sobol' sequence grows")
    return found


def _values(there: Any, now: Any) -> str:
    """The two values, where they tell something."""
    match there:
        case int():
            return f" ({there:,} there, {now:,} now)"
        case Identity() if there.name != now.name:
            return f" ({there.name} there, {now.name} now)"
        case Mapping():
            return f" ({', '.join(_versions(there, now))})"
        case tuple() if there and isinstance(there[0], str):
            return f" ({', '.join(there)} there, {', '.join(now)} now)"
        case tuple():
            apart = sorted({*there} ^ {*now})
            return f" ({', '.join(map(str, apart))} in one of the two only)"
        case str() if len(there) < 16 and len(now) < 16:
            return f" ({there} there, {now} now)"
    return ""


def _versions(there: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in now:
        if there.get(name) != now[name]:
            yield f"{name} {there.get(name, 'unknown')} there, {now[name]} now"


def check_same(there: Which, now: Which, target: Path, what: str) -> None:
    """:raises OptionError: saying what differs, and what to do."""
    if apart := differences(there, now):
        raise OptionError(
            f"<out> {target}: holds {what} of another kind; what differs: {'; '.join(apart)}; allowed: another "
            f"folder, or <fresh> to begin anew"
        )


def write_which(file: Path, which: Which) -> None:
    """Writes it, so that it is there after a power cut."""
    write_synced(file, (records.text(which) + "\n").encode())


def read_which(content: object) -> Which | None:
    """It as it stands in a file; None if it is none of this version."""
    try:
        return records.typed(Which, content)
    except ValueError:
        return None


def stored_which(file: Path) -> Which | None:
    """What a file holds; None if there is none, or one that cannot be read."""
    try:
        return read_which(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError):
        return None
