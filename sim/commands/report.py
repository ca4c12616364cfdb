"""The verb ``report``: the page and figures of a run or a sweep, made anew from its stored results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.commands.options import Quiet

EXAMPLES = """
accession report results/status-quo
# of a sweep
accession report results/status-quo-sweep
"""


def report_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that a run or a sweep has written.")
    ],
    quiet: Quiet = False,
) -> None:
    """Write the report and the figures of a finished run, or the page of a sweep, again."""
    from sim.results.files import SHOWN

    if (folder / SHOWN).is_file():
        from sim.report.sweep_page import PAGE, rewrite_page

        rewrite_page(folder)
    else:
        from sim.report.page import rewrite_report

        rewrite_report(folder)
        PAGE = "report.html"
    if not quiet:
        print(f"Report: {folder / PAGE}")
