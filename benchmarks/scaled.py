"""The baseline made larger: more voters, or more chains, as scenario files that extend it."""

from __future__ import annotations

from pathlib import Path

from sim.facts.read import load_facts
from sim.scenario.load import load_scenario

_HEAD = """\
schema: 1
title: Baseline, scaled
question: What does size cost?
extends: baseline
"""


def voters_file(folder: Path, voters: int) -> Path:
    """A scenario in which the alliance has this many members; the newcomers are like most allies."""
    members = list(load_scenario("baseline").content.voters)
    others = [code for code in sorted(load_facts().countries) if code not in {*members, "XKX"}]
    codes = (members + others)[:voters]
    path = folder / f"voters-{voters}.yaml"
    path.write_text(_HEAD + f"members: [{', '.join(codes)}]\n")
    return path


def chains_file(folder: Path, chains: int) -> Path:
    """A scenario with this many more world chains, each of which sets the pace of the next."""
    lines = ["chains:"]
    for i in range(chains):
        pace = f", scaled_by: {{extra_{i - 1}: {{raised: 1.5}}}}" if i else ""
        lines += [
            f"  extra_{i}:",
            "    states: [low, raised]",
            "    start: low",
            "    moves:",
            f"      - {{from: low, to: raised, rate: 0.2{pace}}}",
            "      - {from: raised, to: low, rate: 0.2}",
        ]
    path = folder / f"chains-{chains}.yaml"
    path.write_text(_HEAD + ("\n".join(lines) + "\n" if chains else ""))
    return path
