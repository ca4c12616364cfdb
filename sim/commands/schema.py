"""The verb ``schema``: what a scenario file or a sweep file may hold."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.base.errors import OptionError, choice
from sim.commands.printing import print_json

EXAMPLES = """
accession schema > accession.schema.json
# of sweep files
accession schema sweep > accession-sweep.schema.json
"""
KINDS = ("scenario", "sweep")


def schema_command(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="Of which files: scenario or sweep.")
    ] = "scenario",
) -> None:
    """Print the JSON Schema of scenario files, or of sweep files, for editors."""
    if kind not in KINDS:
        raise OptionError(f"{kind!r}: {choice(kind, KINDS)}")
    if kind == "sweep":
        from sim.studies.designs.sweep_file import json_schema
    else:
        from sim.scenario.editor import json_schema
    print_json(json_schema(), indent=2)
