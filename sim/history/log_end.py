"""Where a log of forecasts ends: beside it stands how many rows it has, and a digest of all of them.

Each row of a log vouches for those above it, but nothing vouches for the last. So ``log.csv`` has ``log.csv.end``.
A log without one, from before there was such a file, is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.base.errors import RunError
from sim.base.files import write_whole
from sim.base.words import counted


def end_of(log: Path) -> Path:
    """The file that says where a log ends."""
    return log.with_name(f"{log.name}.end")


def write_end(log: Path, rows: int, digest: str) -> None:
    """:raises OSError: it cannot be written."""
    write_whole(end_of(log), f"{rows} {digest}\n")


def check_end(log: Path, rows: Sequence[str], digest: Callable[[str], str]) -> None:
    """Whether the rows that were there when the log was last written are there as they were.

    There may be more: whoever adds some writes the log first.

    :param rows: each as text; :param digest: of the text of several.
    :raises RunError: a row was removed or altered; names it.
    """
    end = end_of(log)
    try:
        if not end.is_file():
            return
        count, known = end.read_text("utf-8")[:100].split()
        written = int(count)
    except (OSError, ValueError):
        raise RunError(
            f"{end}: cannot be read; it says how many rows {log.name} has, and their digest"
        ) from None
    if len(rows) < written:
        raise RunError(
            f"{log}: has {counted(len(rows), 'row')}; {written} were written ({end.name}), so rows were removed"
        )
    if digest("".join(rows[:written])) != known:
        raise RunError(f"{log}, row {written + 1}: was altered since it was written ({end.name})")
