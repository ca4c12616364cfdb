"""How to ask the same again: the scenario as a file of its own in the folder of results, and the words of a command.

A file of the user's has a way that leads to it only from where it was run, and no result may hold that way. So the
scenario is written out beside the results, with its own tables; a built-in one has a name that works everywhere.
"""

from __future__ import annotations

import csv
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sim.results.manifest import Subject

if TYPE_CHECKING:
    from sim.facts.read import Facts
    from sim.scenario.load import Scenario

FOLDER = "inputs"
FACTS = "inputs/facts"


def write_scenario(folder: Path, loaded: Scenario) -> None:
    """Writes ``inputs/<name>.yaml``, everything merged, and the tables that are not built in."""
    from sim.scenario.emit import emit
    from sim.scenario.prior_tables import table_path
    from sim.scenario.sources import builtin_folder

    inputs = folder / FOLDER
    inputs.mkdir()
    head = "# Everything merged, as it was run.\n"
    (inputs / f"{loaded.name}.yaml").write_text(head + emit(loaded.tree, lambda path: ""), "utf-8")
    builtin = builtin_folder()
    for file, columns in loaded.tables.items():
        if file not in loaded.given and table_path(file, builtin, builtin) is not None:
            continue
        target = inputs / file
        target.parent.mkdir(parents=True, exist_ok=True)
        path = None if file in loaded.given else table_path(file, loaded.folder, builtin)
        if path is not None:
            shutil.copyfile(path, target)
            continue
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))


def write_facts(folder: Path, facts: Facts) -> None:
    """Copies tables of facts that are not built in."""
    if facts.own:
        (folder / FACTS).mkdir(parents=True)
    for file in facts.own.values():
        shutil.copyfile(file, folder / FACTS / file.name)


def needs_folder(subject: Subject) -> bool:
    """Whether the command works in the folder of the result only."""
    return subject.scenarios[0].source != "built-in" or subject.facts is not None


def command(verb: str, subject: Subject, *options: str) -> str:
    """A verb for the scenario of a result, as it is typed in a shell in the folder of that result."""
    asked = subject.scenarios[0]
    words = ["accession", verb]
    if asked.source == "built-in":
        words.append(asked.name)
        words += [word for name, value in subject.changed.items() for word in ("--set", f"{name}={value}")]
    else:
        words.append(f"{FOLDER}/{asked.name}.yaml")
    if subject.facts:
        words += ["--facts", FACTS]
    return " ".join(map(shlex.quote, [*words, *options]))
