"""The verb ``report``: the page and figures of a run, made anew from its stored results."""

from __future__ import annotations

from pathlib import Path

from sim.report.page import write_report


def report_command(folder: Path) -> None:
    """Writes ``report.html`` and ``figures/`` into a folder of results, and says where.

    :raises RunError: it is not a folder of results, or cannot be read or written.
    """
    write_report(folder)
    print(f"Report: {folder / 'report.html'}")
