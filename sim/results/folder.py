"""The one writer of folders of results: whole or not at all, and never over what another hand has put there.

New files are written into a hidden folder inside the target, which so may be a mount point or lie in a folder
that cannot be written. When all are there, a list of what is to be moved and removed is put beside them, and they
take their places. Whoever is stopped before that list is there leaves the old result as it was; whoever is
stopped after it leaves both whole, and the next who opens the folder ends what was begun.

A folder is known as a result by its ``manifest.json``, which has the digest of every file that we wrote; what it
does not name is somebody else's, and is kept.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sim.base.errors import RunError, reason
from sim.base.signals import held_back, undone_by
from sim.results.manifest import FILE as MANIFEST
from sim.results.manifest import Subject
from sim.results.seal import Sealed, read_sealed, resealed, safe, seal, write_manifest

PARTIAL = ".accession-partial"
"""What a run writes into, inside the folder that it will fill."""
PLAN = "plan.json"
"""Inside it, when all is written: what is to be moved into place and what is to be removed."""
LOCK = "lock"
JOURNAL = "journal"
"""Inside it: what a long study has done so far; it stays when the study is stopped."""
STUDY = "study.json"
"""Inside that: which study it is of. Alone it is nothing that need be kept."""
NOBODYS = {".DS_Store", "Thumbs.db", "desktop.ini", "lost+found", PARTIAL}
"""What a system puts into folders by itself."""


# --- writing --------------------------------------------------------------------------------------------


@contextmanager
def whole_folder(target: Path, subject: Subject) -> Iterator[Path]:
    """A folder to write into, whose files take their places in ``target`` at the end, or are gone.

    :param subject: what the result is of; that of something else is never replaced.
    :raises RunError: the folder cannot be written, the disk is full, or ``target`` holds other things. This is
        known before anything is written.
    """
    with _open(target) as place:
        old = _older(place, subject)
        if place.journal.exists():
            raise RunError(f"{target}: holds a sweep that is not finished; allowed: another folder")
        yield place.files
        place.replace(old, subject)


@dataclass(frozen=True)
class Resumable:
    """A folder that a long study fills."""

    files: Path
    """What is written here takes its place at the end."""
    journal: Path
    """What is written here stays if the study is stopped, and is gone when it is done."""
    old: Sealed | None
    """The result of the same subject that is there."""


@contextmanager
def resumable_folder(target: Path, subject: Subject) -> Iterator[Resumable]:
    """As :func:`whole_folder`, for a study that keeps a journal while it runs."""
    with _open(target) as place:
        old = _older(place, subject)
        place.journal.mkdir(exist_ok=True)
        yield Resumable(place.files, place.journal, old)
        for name in _within(place.files):  # the journal goes, so they must have come to stay
            with (place.files / name).open("rb+") as stream:
                os.fsync(stream.fileno())
        place.replace(old, subject)


def _older(place: _Place, subject: Subject) -> Sealed | None:
    """:raises RunError: the target holds anything but results of this subject."""
    old = _occupant(place.target)
    if old is not None and old.subject != subject:
        raise RunError(
            f"{place.target}: holds results of something else ({old.subject.told()}), and these would be of "
            f"{subject.told()}; allowed: another folder, or none at all there"
        )
    return old


@contextmanager
def rewritten(folder: Path) -> Iterator[Path]:
    """A folder to write into, whose files join those of a result, whole or not at all.

    :raises RunError: the folder holds no result of ours, or cannot be written.
    """
    old = opened(folder)
    with _open(folder) as place:
        yield place.files
        place.put(resealed(old, place.files), {MANIFEST, *old.files}, remove=False)


@contextmanager
def _open(target: Path) -> Iterator[_Place]:
    place = _Place(target)
    try:
        with held_back():
            place.open()
        with undone_by(place.close):
            yield place
    except OSError as error:
        left = "what is done is kept, and the same command goes on" if place.kept else "nothing was written"
        raise RunError(f"{target}: {left}: {reason(error)}") from None
    finally:
        with held_back():
            place.close()


class _Place:
    """The target of a result while it is written."""

    def __init__(self, target: Path) -> None:
        try:
            self.target = target.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise RunError(f"{str(target)[:200]}: is no name for a folder ({reason(error)})") from None
        self.files = self.target / PARTIAL / "files"
        self.journal = self.target / PARTIAL / JOURNAL
        self._made: list[Path] = []
        self._lock: BinaryIO | None = None

    def open(self) -> None:
        """Makes the folder to write into, once what another run has left there is ended or cleaned away."""
        _occupant(self.target)
        try:
            for folder in (*reversed(self.target.parents), self.target):
                if not folder.exists():
                    folder.mkdir()
                    self._made.append(folder)
            partial = self.target / PARTIAL
            partial.mkdir(exist_ok=True)
        except OSError as error:
            raise RunError(f"{self.target}: cannot be written: {reason(error)}") from None
        self._lock = _locked(partial)
        if self._lock is None:
            raise RunError(f"{self.target}: another run is writing there; allowed: another folder")
        _end(self.target)
        shutil.rmtree(self.files, ignore_errors=True)
        self.files.mkdir()

    def replace(self, old: Sealed | None, subject: Subject) -> None:
        """Moves what is written into the place of an older result."""
        known = {MANIFEST, *old.files} if old is not None else set()
        self.put(seal(self.files, subject), known, remove=True)

    def put(self, manifest: Sealed, known: Set[str], remove: bool) -> None:
        """Moves what is written into place.

        :param known: names of what an older result has there, and only that may be replaced.
        :param remove: whether the rest of it is removed.
        """
        write_manifest(self.files, manifest)
        moved = sorted(_within(self.files))
        for name in moved:
            there = self.target / name
            if there.is_dir() or _linked(self.target, name):
                raise RunError(f"{there}: in the way is a folder or a link; nothing was written")
            if there.exists() and name not in known:
                raise RunError(f"{there}: is not of a run; allowed: another name for it; nothing was written")
        plan = {"move": moved, "remove": sorted(known - set(moved)) if remove else []}
        written = self.files.parent / f"{PLAN}.new"
        written.write_text(json.dumps(plan), "utf-8")
        with held_back():
            os.replace(written, self.files.parent / PLAN)
            _end(self.target)

    @property
    def kept(self) -> bool:
        """Whether there is a journal with something in it."""
        with suppress(OSError):
            return any(path.name != STUDY for path in self.journal.iterdir())
        return False

    def close(self) -> None:
        """Removes what was made on the way and is not wanted."""
        if self._lock is not None:
            if not (self.files.parent / PLAN).exists():
                shutil.rmtree(self.files if self.kept else self.files.parent, ignore_errors=True)
            self._lock.close()
        for folder in reversed(self._made):
            with suppress(OSError):  # not empty: then it is wanted
                folder.rmdir()


def _end(target: Path) -> None:
    """Ends what a run has begun: moves and removes as its plan says. What is done already is passed over."""
    partial = target / PARTIAL
    try:
        plan = json.loads((partial / PLAN).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in plan["move"]:
        there = target / safe(name)
        there.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            os.replace(partial / "files" / name, there)
    for name in plan["remove"]:
        if not _linked(target, safe(name)):
            (target / name).unlink(missing_ok=True)
            with suppress(OSError):
                (target / name).parent.rmdir()
    (partial / PLAN).unlink()
    shutil.rmtree(partial, ignore_errors=True)


def _locked(partial: Path) -> BinaryIO | None:
    """The lock of whoever writes here; None if another process has it. Its end frees it, however it ends."""
    lock = (partial / LOCK).open("ab")
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        return lock
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    except OSError:  # nor on this file system
        return lock
    return lock


# --- what is there --------------------------------------------------------------------------------------


def opened(folder: Path, verb: str | None = None) -> Sealed:
    """The manifest of a folder of results, once what was begun there is ended.

    :param verb: whose results alone will do.
    :raises RunError: there is no result of ours, or one of an earlier version, or of another verb.
    """
    if (folder / PARTIAL / PLAN).exists() and (lock := _locked(folder / PARTIAL)) is not None:
        try:
            with held_back():
                _end(folder)
        except OSError as error:
            raise RunError(f"{folder}: what a run began there cannot be ended: {reason(error)}") from None
        finally:
            lock.close()
    found = read_sealed(folder)
    if found is None:
        raise RunError(
            f"{folder}: no results there; allowed: a folder that `accession {verb or 'run'}` wrote"
        )
    if verb not in (None, found.subject.verb):
        raise RunError(
            f"{folder}: holds results of `accession {found.subject.verb}`; "
            f"allowed: a folder that `accession {verb}` wrote"
        )
    return found


def _occupant(target: Path) -> Sealed | None:
    """The result that is in a folder; None if nothing is there.

    :raises RunError: something else is.
    """
    try:
        if not target.exists():
            return None
        if not target.is_dir():
            raise RunError(f"{target}: is a file; allowed: a folder of results, or an empty one")
        if (target / PARTIAL / PLAN).exists():
            return opened(target)
        found = read_sealed(target)
        strangers = [] if found is not None else sorted({p.name for p in target.iterdir()} - NOBODYS)
    except OSError as error:
        raise RunError(f"{target}: cannot be read: {reason(error)}") from None
    if strangers:
        raise RunError(
            f"{target}: exists and is not a folder of results (there is {strangers[0]!r}); nothing was written"
        )
    return found


def _within(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


def _linked(target: Path, name: str) -> bool:
    """Whether the way from the target to a file of it leads through a link."""
    return any((target / parent).is_symlink() for parent in Path(name).parents if parent.name)
