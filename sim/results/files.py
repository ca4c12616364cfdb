"""The JSON and CSV files of a result."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from sim.base import records
from sim.base.errors import RunError
from sim.estimates.summary import Summary

SHOWN = "shown.json"
"""What is shown of a sweep: by it one is told from a run."""


def write_json(file: Path, content: object) -> None:
    """A record, or what else ``sim.base.records`` takes, with full-precision numbers and no infinities."""
    file.write_text(records.text(content) + "\n", "utf-8")


def write_csv(file: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with full-precision numbers, whose cells are empty where there is none (None or NaN)."""
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(names)
        lines.writerows([None if cell != cell else cell for cell in row] for row in rows)


def read_summary(folder: Path) -> Summary:
    """``summary.json`` of a folder of results.

    :raises RunError: there is none, or it cannot be read.
    """
    file = Path(folder) / "summary.json"
    if not file.exists():
        raise RunError(f"{folder}: no summary.json there; is it a folder that `accession run` wrote?")
    return records.read(file, Summary)
