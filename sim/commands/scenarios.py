"""The verbs that deal with scenario files: list, validate, show, schema, new."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from sim.base.errors import AccessionError, ScenarioError
from sim.scenario.grammar import json_schema
from sim.scenario.load import LoadedScenario, builtin_scenarios, load_scenario
from sim.scenario.sources import SUFFIXES, titles
from sim.scenario.tables import within
from sim.scenario.write import file_name, new_text, show_data, show_text

WIDTH = 79


def overrides(assignments: Iterable[str]) -> dict[str, float]:
    """``["rate=0.5"]`` -> ``{"rate": 0.5}``; the last of one name counts.

    :raises ScenarioError: no equals sign, or not a number.
    """
    values: dict[str, float] = {}
    problems = []
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        try:
            values[name.strip()] = float(text)
        except ValueError:
            what = f"{text!r} is not a number" if equals else "no '='"
            problems.append(f"--set {assignment}: {what}; allowed: NAME=VALUE, such as settlement_rate=0.05")
    if problems:
        raise ScenarioError(problems)
    return values


def list_scenarios(as_json: bool) -> None:
    """Prints name, title and question of every built-in scenario."""
    rows = titles()
    if as_json:
        _print_json([{"name": name, "title": title, "question": question} for name, title, question in rows])
        return
    left = max((len(name) for name, _, _ in rows), default=0) + 2
    for name, title, question in rows:
        first, *others = wrap(title, WIDTH - left) or [""]
        others += wrap(question, WIDTH - left)
        print(f"{name:{left}}{first}")
        for line in others:
            print(f"{'':{left}}{line}")


def validate(sources: Sequence[str]) -> int:
    """Prints ``ok`` and counts, or the problems, for each scenario; returns the exit code."""
    code = 0
    for source in sources:
        try:
            loaded = load_scenario(source)
        except AccessionError as error:
            sys.stdout.flush()
            print(error, file=sys.stderr)
            code = error.exit_code
            continue
        print(f"ok  {source}: {_counts(loaded)}")
        for warning in loaded.warnings:
            print(f"    warning: {warning}", file=sys.stderr)
    return code


def _counts(loaded: LoadedScenario) -> str:
    scenario = loaded.scenario
    chains = len(scenario.chains) + sum(len(voter.chains) for voter in scenario.voters.values())
    counts = {
        "voter": len(scenario.voters),
        "chain": chains,
        "step": len(scenario.ladder),
        "parameter": len(scenario.parameters),
    }
    return ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts.items())


def show(source: str, assignments: Sequence[str], as_json: bool) -> None:
    """Prints the merged scenario, as YAML with origins or as JSON."""
    loaded = load_scenario(source, overrides(assignments))
    if as_json:
        _print_json(show_data(loaded))
    else:
        sys.stdout.write(show_text(loaded))
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)


def schema() -> None:
    """Prints the JSON Schema of a scenario file."""
    _print_json(json_schema())


def new(name: str, parent: str, out: Path) -> Path:
    """Writes ``<out>/<name>.yaml``, which extends ``parent``, and returns its path.

    :raises ScenarioError: the name is taken or nothing is left of it, or the parent cannot be extended.
    """
    stem = file_name(name)
    if stem in builtin_scenarios():
        raise ScenarioError([f"{stem!r} is a built-in scenario; allowed: another name"])
    loaded = load_scenario(parent)
    target = out / f"{stem}.yaml"
    text = new_text(stem, _extended(parent, out), loaded)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise ScenarioError([f"{target}: exists already; allowed: another name or folder"]) from None
    except OSError as error:
        raise ScenarioError([f"{target}: cannot be written ({error.strerror})"]) from None
    return target


def _extended(parent: str, out: Path) -> str:
    """What ``extends`` says: a built-in name, or the way from ``out`` to the parent."""
    if parent in builtin_scenarios():
        return parent
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


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))
