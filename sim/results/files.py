"""The files of a run: written whole or not at all, and read back.

A run writes into a folder of its own beside the target; when everything is there, the two change places.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from sim.base import records
from sim.base.errors import RunError
from sim.estimates.summary import Summary


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder to write into that becomes ``target`` at the end, or is gone.

    An earlier ``target`` is replaced only then, and only if it holds results (or nothing).

    :raises RunError: the folder cannot be written, the disk is full, or ``target`` holds other things.
    """
    target = target.resolve()
    if target.exists() and not _is_result(target):
        raise RunError(f"{target}: exists and is not a folder of results; nothing was written")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    except OSError as error:
        raise RunError(f"{target}: cannot be written: {error.strerror}") from None
    try:
        partial.chmod(0o755)
        yield partial
        _change_places(partial, target)
    except OSError as error:
        raise RunError(f"{target}: nothing was written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_result(folder: Path) -> bool:
    return folder.is_dir() and ((folder / "manifest.json").exists() or not any(folder.iterdir()))


def _change_places(partial: Path, target: Path) -> None:
    if target.exists():
        old = partial / ".old"
        os.replace(target, old)
        try:
            os.replace(partial, target)
        except OSError:
            os.replace(old, target)
            raise
        shutil.rmtree(target / ".old", ignore_errors=True)
    else:
        os.replace(partial, target)


# --- JSON -----------------------------------------------------------------------------------------------


def write_json(file: Path, content: object) -> None:
    """A record, or what else ``sim.base.records`` takes, with full-precision numbers and no infinities."""
    file.write_text(records.text(content) + "\n", "utf-8")


def read_summary(folder: Path) -> Summary:
    """``summary.json`` of a folder of results.

    :raises RunError: there is none, or it cannot be read.
    """
    file = Path(folder) / "summary.json"
    if not file.exists():
        raise RunError(f"{folder}: no summary.json there; is it a folder that `accession run` wrote?")
    return records.read(file, Summary)
