"""The verb ``list``: what there is to run."""

from __future__ import annotations

from textwrap import wrap

from sim.base.terminal import columns
from sim.commands.options import Json
from sim.commands.printing import print_json

EXAMPLES = """
accession list
"""


def list_command(as_json: Json = False) -> None:
    """List the built-in scenarios, and the question that each answers."""
    from sim.scenario.sources import titles

    rows = titles()
    if as_json:
        print_json([{"name": name, "title": title, "question": said} for name, title, said in rows], indent=2)
        return
    left = max((len(name) for name, _, _ in rows), default=0) + 2
    width = columns(80) - 1 - left
    for name, title, question in rows:
        first, *others = wrap(title, width) or [""]
        print(f"{name:{left}}{first}")
        for line in [*others, *wrap(question, width)]:
            print(f"{'':{left}}{line}")
