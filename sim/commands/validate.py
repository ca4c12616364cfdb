"""The verb ``validate``: whether scenarios can be used."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.errors import AccessionError
from sim.commands.complete import scenarios
from sim.commands.options import Facts, Quiet

if TYPE_CHECKING:
    from sim.scenario.load import Scenario

EXAMPLES = """
accession validate athens-soon.yaml
# many at once
accession validate cases/*.yaml
"""


def validate_command(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO...", help="Built-in names, or YAML files.", autocompletion=scenarios
        ),
    ],
    over: Facts = None,
    quiet: Quiet = False,
) -> int:
    """Check scenarios without running them, and say what is wrong on which line."""
    from sim.scenario.load import load_scenario

    code = 0
    for source in sources:
        try:
            loaded = load_scenario(source)
        except AccessionError as error:
            sys.stdout.flush()
            print(error.on_command_line(), file=sys.stderr)
            code = error.exit_code
            continue
        if quiet:
            continue
        print(f"ok  {source}: {_told(loaded)}")
        for warning in loaded.warnings:
            print(f"    warning: {warning}", file=sys.stderr)
    return code


def _told(loaded: Scenario) -> str:
    """What it is about, with the names of countries, for a code is easily mistaken for another one."""
    from sim.facts.read import load_facts

    def named(code: str) -> str:
        return f"{code} ({load_facts().country_name(code)})"

    changed = loaded.changed_voters()
    more = f"; changes {', '.join(map(named, changed))}" if changed else ""
    return f"candidate {named(loaded.content.candidate)}, {_counts(loaded)}{more}"


def _counts(loaded: Scenario) -> str:
    scenario = loaded.content
    counts = {
        "voter": len(scenario.voters),
        "chain": len(scenario.chains) + sum(len(voter.chains) for voter in scenario.voters.values()),
        "step": len(scenario.ladder),
        "parameter": len(scenario.parameters),
    }
    return ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts.items())
