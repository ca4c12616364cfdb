"""Blocks of a long study as they are done, in a folder, so that whoever is stopped loses only what was under way.

A block is a file that is named by its digest. It gets this name only when all of it is on the disk, and a block whose
bytes are not those of its name is not used: a process that is killed or a disk that is full at any moment leaves blocks
that are whole and perhaps one that is not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from sim.results.seal import digest

BLOCK = ".block.parquet"
NEW = ".new"


class Journal:
    """The blocks of one study in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def clear(self) -> None:
        """Removes all that is there."""
        for file in self.folder.iterdir():
            file.unlink()

    def put(self, content: bytes) -> Path:
        """Keeps a block.

        :raises OSError: it cannot be written; nothing is left of it.
        """
        file = self.folder / f"{sha256(content).hexdigest()[:32]}{BLOCK}"
        write_synced(file, content)
        return file

    def blocks(self) -> Iterator[Path]:
        """The blocks that are whole, by name; what is not is removed."""
        for file in sorted(self.folder.iterdir()):
            if file.name.endswith(NEW):
                file.unlink()
            elif file.name.endswith(BLOCK):
                if digest(file)[:32] == file.name.removesuffix(BLOCK):
                    yield file
                else:
                    file.unlink()


def write_synced(file: Path, content: bytes) -> None:
    """Writes a file whole, so that it is there after a power cut, or not at all."""
    new = file.with_name(file.name + NEW)
    try:
        with new.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, file)
    except BaseException:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """So that a new name is there after a power cut, where the system knows of that."""
    with suppress(OSError):
        at = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(at)
        finally:
            os.close(at)
