"""What all results have in common: a short ``repr``, a table for notebooks, dates that are dates, a folder to keep."""

from __future__ import annotations

import shutil
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from html import escape
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, TypeVar

from sim.base.errors import OptionError, choice
from sim.results.folder import opened, whole_folder
from sim.results.manifest import FILE as MANIFEST

if TYPE_CHECKING:
    import pandas as pd

ROWS = 12
"""Rows of a table that a notebook shows."""

T = TypeVar("T")


class Result(ABC):
    """What a verb found."""

    @abstractmethod
    def table(self) -> pd.DataFrame:
        """The answer as a tidy table."""

    @abstractmethod
    def lines(self) -> list[str]:
        """The answer in a few lines of words."""

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        words = "".join(f"<p>{escape(line)}</p>" for line in self.lines())
        table = self.table()
        shown: str = table.head(ROWS).to_html(
            index=False, border=0, float_format=lambda x: f"{x:.4g}", na_rep=""
        )
        more = len(table) - ROWS
        return words + shown + (f"<p>and {more:,} more rows: <code>.table()</code></p>" if more > 0 else "")


class StoredResult(Result):
    """What a verb found, with files behind it."""

    _folder: Folder

    @property
    def folder(self) -> Path:
        """Where the files are; a temporary place unless there was a folder (``out``) or it was read from one."""
        return self._folder.path


class DrawnResult(StoredResult):
    """What a verb found, with figures that can be made of it again."""

    @abstractmethod
    def _draw_into(self, folder: Path) -> None:
        """Writes the figures, and the page if there is one."""

    def save(self, folder: str | Path, figures: bool = True) -> Path:
        """Copies all files into a folder, with the figures unless these are not wanted.

        :raises RunError: the folder cannot be written, or holds anything but results.
        """
        return self._folder.save(folder, self._draw_into if figures else None)


class Folder:
    """Where the files of a result are: where the user asked for them, or in a temporary place until they are saved."""

    def __init__(self, out: str | Path | None) -> None:
        if out is None:
            temporary = mkdtemp(prefix="accession-")
            weakref.finalize(self, shutil.rmtree, temporary, ignore_errors=True)
            out = Path(temporary) / "results"
        self.path = Path(out)

    def file(self, name: str) -> Path:
        """A file of the result.

        :raises RunError: it is not there, or not as it was written.
        """
        opened(self.path).check(self.path, name)
        return self.path / name

    def has(self, name: str) -> bool:
        """Whether the result has a file of that name."""
        return name in opened(self.path).files

    def save(self, target: str | Path, pictures: Callable[[Path], None] | None) -> Path:
        """Copies the files, and draws what has not been drawn, into a folder that is written whole or not at all.

        :raises RunError: it cannot be written, or holds anything but results.
        """
        found = opened(self.path)
        found.check(self.path)
        with whole_folder(Path(target), found.subject) as folder:
            for name in (MANIFEST, *found.files):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.path / name, folder / name)
            if pictures is not None:
                pictures(folder)
        return Path(target)


def chosen(option: str, name: str, among: dict[str, T]) -> T:
    """What a name stands for.

    :raises OptionError: nothing of that name.
    """
    if name not in among:
        raise OptionError(f"<{option}> {name!r}: {choice(name, among)}")
    return among[name]


def with_dates(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with ISO text turned into dates."""
    import pandas as pd

    return table.assign(**{column: pd.to_datetime(table[column]) for column in columns})
