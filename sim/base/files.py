"""Single files, written whole or not at all: beside their place, and moved there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from sim.base.signals import held_back, undone_by


def write_whole(file: Path, text: str, new: bool = False) -> None:
    """Writes text as UTF-8, line ends as they are. A reader finds the old file or the new one, never half of it.

    :param new: nothing may be there yet.
    :raises OSError: it cannot be written, naming the file (what was there is as it was); ``FileExistsError`` with
        ``new``.
    """
    target = file.resolve()
    if new and os.path.lexists(file):
        raise FileExistsError(file)
    if target.exists() and not target.is_file():  # a device or a pipe: nothing to be replaced
        with _naming(file):
            target.write_text(text, "utf-8", newline="")
        return
    beside = target.with_name(f".{target.name[:100]}.{uuid4().hex[:8]}.partial")

    def undo() -> None:
        with suppress(OSError):
            beside.unlink()

    with undone_by(undo), _naming(file):
        try:
            with beside.open("x", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            if target.exists():
                shutil.copymode(target, beside)
            with held_back():
                if new and os.path.lexists(target):
                    raise FileExistsError(file)
                os.replace(beside, target)
        except BaseException:
            undo()
            raise


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """What fails is told of the file that was asked for, not of the one beside it or of none."""
    try:
        yield
    except OSError as error:
        error.filename = str(file)
        raise
