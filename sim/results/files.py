"""The JSON files of a result."""

from __future__ import annotations

from pathlib import Path

from sim.base import records
from sim.base.errors import RunError
from sim.estimates.summary import Summary


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
