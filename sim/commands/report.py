"""The verb ``report``: the page and figures of a run, made anew from its stored results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.commands.options import Quiet

EXAMPLES = """
accession report results/status-quo
"""


def report_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that a run has written.")],
    quiet: Quiet = False,
) -> None:
    """Write the report and the figures of a finished run again."""
    from sim.report.page import rewrite_report

    rewrite_report(folder)
    if not quiet:
        print(f"Report: {folder / 'report.html'}")
