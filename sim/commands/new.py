"""The verb ``new``: the beginning of a scenario."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sim.base.errors import RunError, ScenarioError
from sim.base.files import write_whole
from sim.commands.complete import scenarios
from sim.commands.options import Facts, Quiet

EXAMPLES = """
# a short file to edit: athens-soon.yaml
accession new athens-soon
# any other candidate
accession new ireland --from candidate
accession new neutral --from candidate --candidate AUT
"""


def new_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the scenario is called.")],
    parent: Annotated[
        str,
        typer.Option("--from", metavar="SCENARIO", help="What it extends.", autocompletion=scenarios),
    ] = "baseline",
    candidate: Annotated[
        str | None,
        typer.Option(
            "--candidate",
            metavar="COUNTRY",
            help="Who joins, if the scenario that is extended is about anyone: a code or a name.",
            show_default="the country in NAME",
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for the file; made if need be.", show_default="."),
    ] = Path(),
    over: Facts = None,
    quiet: Quiet = False,
) -> None:
    """Begin a scenario that extends another one, and say where its file is."""
    written = write_new(name, parent, out, candidate)
    if not quiet:
        print(written)


def write_new(name: str, parent: str, out: Path, candidate: str | None = None) -> Path:
    """Writes ``<out>/<name>.yaml``, which extends ``parent``, and returns its path.

    :param candidate: code or name of who joins, for a parent that is about anyone.

    :raises ScenarioError: the name is taken or nothing is left of it, or the parent cannot be extended.
    :raises RunError: it cannot be written.
    """
    from sim.facts.read import load_facts
    from sim.scenario.begin import begun, candidate_text
    from sim.scenario.load import builtin_scenarios, load_scenario
    from sim.scenario.write import file_name, new_text, title_of

    stem = file_name(name)
    if stem in builtin_scenarios():
        raise ScenarioError([f"{stem!r} is a built-in scenario; allowed: another name"])
    loaded = load_scenario(parent)
    target = out / f"{stem}.yaml"
    extends = parent if parent in builtin_scenarios() else _way(parent, out)
    if loaded.template:
        facts = load_facts()
        who = begun(name, candidate, loaded, facts, date.today())
        text = candidate_text(stem, title_of(name), extends, loaded, who, facts)
    elif candidate is not None:
        own = f"{parent} is about {loaded.content.candidate}"
        raise ScenarioError(
            [f"--candidate {candidate}: {own}; allowed: --from candidate, which is about anyone"]
        )
    else:
        text = new_text(stem, extends, loaded)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"{out}: is no folder ({error.strerror}); allowed: a folder, or none of that name"
        raise ScenarioError([problem]) from None
    try:
        write_whole(target, text, new=True)
    except FileExistsError:
        raise ScenarioError([f"{target}: exists already; allowed: another name or folder"]) from None
    except OSError as error:
        raise RunError(f"{target}: cannot be written ({error.strerror})") from None
    return target


def _way(parent: str, out: Path) -> str:
    """What ``extends`` says of a file: the way to it from ``out``."""
    from sim.base.tables import within
    from sim.scenario.sources import SUFFIXES

    way = os.path.relpath(Path(parent).resolve(), out.resolve())
    if within(out, way) is None:
        problem, allowed = (
            f"not in {out} or below",
            f"a folder that holds it, such as --out {Path(parent).parent}",
        )
    elif not way.endswith(SUFFIXES):
        problem, allowed = f"no name such as x{SUFFIXES[0]}", f"files that end in {' or '.join(SUFFIXES)}"
    else:
        return Path(way).as_posix()
    raise ScenarioError([f"{parent}: {problem}, so it cannot be extended; allowed: {allowed}"])
