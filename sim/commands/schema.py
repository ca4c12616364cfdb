"""The verb ``schema``: what a scenario file may hold."""

from __future__ import annotations

from sim.commands.printing import print_json

EXAMPLES = """
accession schema > accession.schema.json
"""


def schema_command() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.scenario.editor import json_schema

    print_json(json_schema(), indent=2)
