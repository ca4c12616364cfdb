"""Where compiled functions are kept: only where nobody else can write, and never needed.

Whoever can write into the cache decides what runs, so outside the installed code a folder is used only if it is ours
and nobody else may write there. What is empty, cut, altered or cannot be read is compiled again, with one line of
warning; so is everything if there is no place to keep it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import stat
import sys
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    UserProvidedCacheLocator,
)

SLOW = "sim.engines."
"""How modules begin whose functions take long to compile."""
USUAL = ("/tmp", "/var/tmp", "/usr/tmp")
"""Where temporary files go on POSIX; on Windows nothing else is asked for than what the environment names."""
DIGEST = 16
"""Bytes before what a file holds."""


# --- the folder -----------------------------------------------------------------------------------------------


def cache_folder(installed: Path, named: str | None = None) -> Path | None:
    """Beside the installed code if that can be written, else with the user's caches, else among temporary files.

    :param named: the folder that the user wants; then only that one.
    :returns: None if there is no safe place.
    """
    if named:
        return _ours(Path(named))
    if _beside(installed):
        return installed
    for place, shared in ((_with_caches, False), (_temporary, True)):
        with contextlib.suppress(OSError, RuntimeError):  # no home, or nothing can be made there
            if (found := _ours(place(), shared)) is not None:
                return found
    return None


def _beside(installed: Path) -> bool:
    try:
        installed.mkdir(exist_ok=True)
    except OSError:
        return False
    return os.access(installed, os.W_OK | os.X_OK)


def _with_caches() -> Path:
    """:raises RuntimeError: this user has no home."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    caches = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
    return caches / "accession"


def _temporary() -> Path:
    """:raises OSError: there is no folder for temporary files, for which Python then takes the working folder."""
    found = gettempdir()
    asked = (os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP"))
    if found == os.getcwd() and found not in {*map(os.path.abspath, filter(None, asked)), *USUAL}:
        raise OSError("no folder for temporary files")
    return Path(found) / f"accession-{os.getuid() if hasattr(os, 'getuid') else 0}"


def _ours(folder: Path, shared: bool = False) -> Path | None:
    """The folder, made if need be, if it is this user's, nobody else may write there, and it can be used.

    :param shared: it lies where everybody can make folders and links.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_ours = _safe(folder, shared)
    except OSError:
        return None
    return folder if is_ours and os.access(folder, os.R_OK | os.W_OK | os.X_OK) else None


def _safe(folder: Path, shared: bool) -> bool:
    """Whether nobody else can have put anything there, or another folder in its place."""
    if not hasattr(os, "geteuid"):
        return True
    here = folder.lstat() if shared else folder.stat()
    others = 0o077 if shared else 0o022
    if not stat.S_ISDIR(here.st_mode) or here.st_uid != os.geteuid() or here.st_mode & others:
        return False
    above = (parent.stat().st_mode for parent in folder.resolve().parents)
    return all(mode & stat.S_ISVTX or not mode & stat.S_IWOTH for mode in above)


# --- the files ------------------------------------------------------------------------------------------------


class NotAsWritten(Exception):
    """A file of the cache that cannot be read, or is not as it was written."""


class _Files(IndexDataCacheFile):
    """An index and what it names, each behind a digest of itself."""

    def _load_index(self) -> dict[Any, str]:
        """What is kept, by signature; nothing if the index cannot be used."""
        try:
            stamp, version, kept = pickle.loads(_read(self._index_path))
        except FileNotFoundError:
            return {}
        except Exception as error:
            warn(f"{error or type(error).__name__}; compiled again")
            return {}
        return kept if (stamp, version) == (self._source_stamp, self._version) else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._write(self._index_path, (self._source_stamp, self._version, overloads))

    def _load_data(self, name: str) -> Any:
        return pickle.loads(_read(self._data_path(name)))  # type: ignore[no-untyped-call]

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)  # type: ignore[no-untyped-call]

    def _write(self, path: str, content: object) -> None:
        packed = self._dump(content)  # type: ignore[no-untyped-call]
        with self._open_for_write(path) as file:
            file.write(_digest(packed) + packed)


def _read(path: str) -> bytes:
    """:raises FileNotFoundError: there is none; :raises NotAsWritten: it cannot be used."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NotAsWritten(f"{path} cannot be read ({error.strerror})") from None
    if content[:DIGEST] != _digest(content[DIGEST:]):
        raise NotAsWritten(f"{path} is not as it was written")
    return content[DIGEST:]


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST).digest()


class _Place(CompileResultCacheImpl):
    _locator_classes = [UserProvidedCacheLocator]  # noqa: RUF012 (as numba has it)


class Kept(FunctionCache):
    """The machine code of one function, as far as it can be kept."""

    _impl_class = _Place

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._slow = function.__module__.startswith(SLOW)
        self._cache_file = _Files(  # type: ignore[no-untyped-call]
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What is kept for a signature; None if nothing is, or it cannot be used."""
        found = None
        with _only_warned_of("compiled again"):
            # not numba's load_overload, which first loads what is needed to compile: a fifth of the time of a replay
            found = self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        if found is None and self._slow and _tell:
            _tell.pop()()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keeps what was compiled for a signature, if that can be done."""
        with _only_warned_of("not kept"):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _only_warned_of(outcome: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        warn(f"{error.filename or ''} cannot be used ({error.strerror or error}); {outcome}".strip())
    except Exception as error:  # whatever a file of unknown content may lead to
        warn(f"{error or type(error).__name__}; {outcome}")


def kept(made: Any, function: Callable[..., Any]) -> None:
    """Lets a compiled function be kept, if there is a place."""
    with _only_warned_of("nothing is kept"):
        made._cache = Kept(function)


_tell: list[Callable[[], None]] = []


@contextlib.contextmanager
def told_when_compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Meanwhile, somebody is told before an engine is compiled, which takes long; once, whatever has to be compiled."""
    _tell[:] = [tell]
    try:
        yield
    finally:
        _tell.clear()


_warned: list[str] = []


def warn(problem: str) -> None:
    """Tells of the first problem with the cache, in one line."""
    if not _warned:
        _warned.append(problem)
        with contextlib.suppress(OSError, ValueError, AttributeError):  # nobody listens
            print(f"accession: cache of machine code: {problem}", file=sys.stderr)
