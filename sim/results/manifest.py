"""What a result came from: digests, seed, engine, versions; nothing about who made it or where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sim.base import records
from sim.base.errors import RunError
from sim.model.model import Model

FILE = "manifest.json"
SCHEMA = 2
LIBRARIES = ("numpy", "scipy", "numba", "pandas", "pyarrow", "simpy", "matplotlib")


@dataclass(frozen=True)
class Identity:
    """Which scenario."""

    name: str
    digest: str


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


def read_manifest(folder: Path) -> Manifest:
    """What the manifest of a run says it came from.

    :raises RunError: there is none, or it cannot be read.
    """
    known = {field.name for field in fields(Manifest)}
    content = records.read(folder / FILE, dict[str, Any])
    try:
        return records.typed(Manifest, {key: value for key, value in content.items() if key in known})
    except ValueError as problem:
        raise RunError(f"{folder / FILE}: cannot be read: {problem}") from None


def code_digest() -> str:
    """SHA-256 (hex) over the package's own modules, in order of their names."""
    root = Path(__file__).parents[1]
    digest = sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def manifest(model: Model, seed: int, facts_digest: str, engine: str, keep: str | None = None) -> Manifest:
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
        libraries={name: _version(name) for name in LIBRARIES},
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
