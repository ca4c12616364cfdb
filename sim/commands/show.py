"""The verb ``show``: what a scenario says, and where."""

from __future__ import annotations

import sys

from sim.commands.options import Facts, Json, Scenario, Set, overrides
from sim.commands.printing import print_json

EXAMPLES = """
# every number with its unit, basis, source and place
accession show baseline
# a file to edit that stands alone
accession show status-quo > mine.yaml
"""


def show_command(
    scenario: Scenario, assignments: Set = None, over: Facts = None, as_json: Json = False
) -> None:
    """Show a scenario with its parents merged, and where each number was written."""
    from sim.scenario.load import load_scenario
    from sim.scenario.write import show_data, show_text

    loaded = load_scenario(scenario, overrides(assignments))
    if as_json:
        print_json(show_data(loaded), indent=2)
    else:
        print(show_text(loaded), end="")
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)
