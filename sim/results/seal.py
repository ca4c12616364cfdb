"""What makes a folder ours: its manifest says what it is of, and has the digest of every file, itself included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sim.base import records
from sim.base.errors import RunError
from sim.results.manifest import FILE, SCHEMA, Subject

SEAL = "seal"
"""The digest of everything else in the manifest."""


@dataclass(frozen=True)
class Sealed:
    """A manifest as it stands in a folder."""

    content: Mapping[str, Any]
    """Everything in it but ``files`` and the seal."""
    subject: Subject
    files: Mapping[str, str]
    """Name -> SHA-256 (hex) of every other file that we wrote."""

    def check(self, folder: Path, *names: str) -> None:
        """Whether files are as they were written.

        :raises RunError: naming one that was cut, altered or removed.
        """
        for name in names or self.files:
            file = folder / name
            if name not in self.files:
                raise RunError(f"{folder}: no {name} there")
            if not file.is_file():
                raise RunError(f"{file}: is missing; run the scenario again")
            if digest(file) != self.files[name]:
                raise RunError(
                    f"{file}: was altered or cut since it was written (manifest.json has another digest); "
                    "run the scenario again"
                )


def digest(file: Path) -> str:
    """SHA-256 (hex) of a file."""
    found = sha256()
    with file.open("rb") as stream:
        while part := stream.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def seal(folder: Path, subject: Subject) -> Sealed:
    """The manifest of what has been written into a folder, with the digests of it."""
    content = json.loads((folder / FILE).read_text("utf-8"))
    kept = {key: value for key, value in content.items() if key not in ("subject", "files", SEAL)}
    return Sealed({**kept, "subject": records.plain(subject)}, subject, _digests(folder))


def resealed(old: Sealed, folder: Path) -> Sealed:
    """The same manifest, with more files or other ones."""
    return Sealed(old.content, old.subject, {**old.files, **_digests(folder)})


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / FILE)
    return {file.relative_to(folder).as_posix(): digest(file) for file in files}


def write_manifest(folder: Path, made: Sealed) -> None:
    """Writes ``manifest.json``."""
    content = {**made.content, "files": dict(made.files)}
    (folder / FILE).write_text(records.text({**content, SEAL: _seal(content)}) + "\n", "utf-8")


def _seal(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def read_sealed(folder: Path) -> Sealed | None:
    """The manifest of a folder; None if there is none, or one that is not ours.

    :raises RunError: it is ours, but of another version, or was altered.
    """
    file = folder / FILE
    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return None
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not {"accession", "code_digest", "schema"} <= content.keys():
        return None
    if content["schema"] != SCHEMA:
        raise RunError(
            f"{file}: schema {str(content['schema'])[:20]!r} of accession {str(content['accession'])[:20]!r}; "
            f"this version reads {SCHEMA}; run the scenario again, into another folder"
        )
    files, stated = content.pop("files", None), content.pop(SEAL, None)
    if stated != _seal({**content, "files": files}):
        raise RunError(f"{file}: was altered or cut since it was written; run the scenario again")
    try:
        named = records.typed(dict[str, str], files)
        return Sealed(
            content, records.typed(Subject, content["subject"]), {safe(n): d for n, d in named.items()}
        )
    except (KeyError, ValueError) as problem:
        raise RunError(f"{file}: cannot be read: {problem}") from None


MOST_BYTES = 10_000_000


def safe(name: str) -> str:
    """A name of a file that was read from a file: it must stay within its folder.

    :raises RunError: it would not.
    """
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or not all(part.strip(".") for part in parts):
        raise RunError(f"{name!r}: leads out of the folder of results")
    return name
