"""What a result came from: digests, seed, engine, versions; nothing about who made it or where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sim.model.model import Model
from sim.scenario.setting import OwnNumber

FILE = "manifest.json"
SCHEMA = 2
LIBRARIES = ("numpy", "scipy", "numba", "pandas", "pyarrow", "simpy", "matplotlib")


@dataclass(frozen=True)
class Identity:
    """Which scenario."""

    name: str
    digest: str


@dataclass(frozen=True)
class Asked:
    """A scenario as it was asked for."""

    name: str
    title: str
    source: str
    """``built-in`` or ``own``."""


@dataclass(frozen=True)
class Subject:
    """What a result is of. Who asks for the same again may replace it; who asks for something else may not."""

    verb: str
    scenarios: tuple[Asked, ...]
    changed: Mapping[str, str] = field(default_factory=dict)
    """Parameter -> what it was set to, on the command line or in Python; in a sweep, all its values."""

    facts: str | None = None
    """Digest of the facts, if some of them are the user's own."""

    def told(self) -> str:
        """``run of status-quo with settlement_rate=0.1``"""
        names = ", ".join(asked.name for asked in self.scenarios)
        changes = ", ".join(f"{name}={value}" for name, value in self.changed.items())
        return (
            f"{self.verb} of {names}"
            + (f" with {changes}" if changes else "")
            + (" and facts of one's own" if self.facts else "")
        )


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The content of ``manifest.json``."""

    schema: int
    accession: str
    """The version."""
    scenario: Identity
    facts_digest: str
    code_digest: str
    seed: int
    engine: str
    keep: str | None = None
    """What a run kept, ``paths`` or ``summary``."""
    python: str
    architecture: str
    libraries: Mapping[str, str]
    yours: tuple[OwnNumber, ...] = ()
    """Numbers that a user has set."""
    subject: Subject | None = None
    """This and what follows is added when all files are there; see ``seal``."""
    files: Mapping[str, str] | None = None
    """Name -> SHA-256 (hex) of every other file."""
    seal: str | None = None
    """The digest of everything else in the manifest."""


@cache
def code_digest() -> str:
    """SHA-256 (hex) over the package's own modules, in order of their names, as they are when it is first asked for."""
    root = Path(__file__).parents[1]
    digest = sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def manifest(
    model: Model, seed: int, facts_digest: str, engine: str, keep: str | None = None,
    subject: Subject | None = None,
) -> Manifest:  # fmt: skip
    """What a result came from; nothing about who made it or where.

    :param keep: what a run kept, ``paths`` or ``summary``.
    """
    import platform

    from sim import __version__

    return Manifest(
        schema=SCHEMA,
        accession=__version__,
        scenario=Identity(model.name, model.digest),
        facts_digest=facts_digest,
        code_digest=code_digest(),
        seed=seed,
        engine=engine,
        keep=keep,
        python=platform.python_version(),
        architecture=platform.machine(),
        libraries={name: library_version(name) for name in LIBRARIES},
        yours=model.yours,
        subject=subject,
    )


def library_version(name: str) -> str:
    """The version of a library that is installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
