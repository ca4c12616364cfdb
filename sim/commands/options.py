"""The options that several verbs share, each declared once, and how their values are read.

A value is read here as far as its form goes (a whole number, a date); what it may be is for the library to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.defaults import DEFAULT_TRAJECTORIES, DEFAULT_WORLDS, MOST
from sim.base.errors import AccessionError, ScenarioError
from sim.base.hints import date_meant, number_meant
from sim.base.reading import read_day
from sim.commands.complete import parameters, scenarios

if TYPE_CHECKING:
    from sim.scenario.setting import Setting

_SEVERAL = re.compile(r"(\s*[xX]?\d*\.?\d+\s*,)+\s*[xX]?\d*\.?\d+\s*")
"""Several numbers or factors with commas between them."""
_SETTING = "NAME=VALUE, such as settlement_rate=0.05, x2 or 0.01..0.1"

# --- reading values -------------------------------------------------------------------------------------


def whole(option: str, least: int) -> Callable[[str], int]:
    """A reader of whole numbers; it raises :class:`AccessionError` in the name of the option."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            said = f"{option} {text}: not a whole number{_fix(_whole_meant(text))}"
            raise AccessionError(f"{said}; allowed: {least} or more") from None
        if value < least:
            raise AccessionError(f"{option} {text}: allowed: {least} or more")
        if value > (most := MOST.get(option.lstrip("-"), 2**63 - 1)):
            raise AccessionError(f"{option} {text}: allowed: {least} to {most}")
        return value

    return read


def _fix(meant: str) -> str:
    return f"; {meant}" if meant else ""


def _whole_meant(text: str) -> str:
    """How to write a whole number that was written with marks, as a decimal or with an exponent."""
    try:
        value = float(text)
    except ValueError:
        return number_meant(text).partition(", or")[0]
    if re.fullmatch(r"[1-9][0-9]{0,2}(\.[0-9]{3})+", text) and value == int(value):
        return f"write {text.replace('.', '')}, without marks, or {int(value)}"
    return f"write {int(value)}" if abs(value) < 1e15 and value == int(value) else ""


def number(option: str, example: str) -> Callable[[str], float]:
    """A reader of numbers; it raises :class:`AccessionError` in the name of the option."""

    def read(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise AccessionError(
                f"{option} {text}: not a number{_fix(number_meant(text))}; allowed: {example}"
            ) from None

    return read


def day(option: str) -> Callable[[str], date]:
    """A reader of dates; it raises :class:`AccessionError` in the name of the option."""

    def read(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise AccessionError(
                f"{option} {text}: not a date{_fix(date_meant(text))}; allowed: YYYY-MM-DD"
            ) from None

    return read


def year_or_day(option: str) -> Callable[[str], date | None]:
    """A reader of dates, or of years that stand for their ends; it raises an error in the name of the option."""

    def read(text: str) -> date | None:
        return read_day(text, option.lstrip("-"))

    return read


def overrides(assignments: Iterable[str] | None) -> dict[str, Setting]:
    """``["rate=0.5", "share=x2"]`` -> ``{"rate": 0.5, "share": "x2"}``; the last of one name counts.

    :raises ScenarioError: no equals sign, or no number, factor or range.
    """
    from sim.scenario.setting import Unreadable, read_setting

    values: dict[str, Setting] = {}
    problems = []
    for assignment in assignments or ():
        name, equals, text = assignment.partition("=")
        try:
            values[name.strip()] = float(text)
            continue
        except ValueError:
            pass
        try:
            values[name.strip()] = read_setting(text).said()
        except Unreadable as error:
            problem = _not_set(name.strip(), text, error) if equals else f"no '='; allowed: {_SETTING}"
            problems.append(f"--set {assignment}: {problem}")
    if problems:
        raise ScenarioError(problems)
    return values


def _not_set(name: str, text: str, error: Exception) -> str:
    """What is wrong with a setting that has none of the forms, and what was meant if that can be told."""
    meant = number_meant(text)
    if _SEVERAL.fullmatch(text) and not meant:
        return f"several values; allowed: one; accession sweep takes --grid {name}={text}"
    if ".." in text or text.strip()[:1] in ("x", "X", "×"):
        return str(error)
    return f"{text!r} is not a number{_fix(meant)}; allowed: {_SETTING}"


# --- arguments and options ------------------------------------------------------------------------------

Scenario = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help="A built-in name, or a YAML file.", autocompletion=scenarios),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a parameter: to a number, x2 (scaled) or 0.01..0.1 (5 % to 95 %); can be repeated.",
        show_default="none",
        autocompletion=parameters,
    ),
]
Step = Annotated[
    str | None,
    typer.Option("--step", metavar="STEP", help="The step that is asked about.", show_default="the last"),
]
By = Annotated[
    date | None,
    typer.Option(
        "--by",
        metavar="DATE",
        parser=year_or_day("--by"),
        help="By when; a year stands for its end.",
        show_default="the horizon",
    ),
]
_trajectories = whole("--trajectories", 1)
Trajectories = Annotated[
    int,
    typer.Option("--trajectories", metavar="N", parser=_trajectories, help="How many futures."),
]
MostTrajectories = Annotated[
    int | None,
    typer.Option(
        "--trajectories",
        metavar="N",
        parser=_trajectories,
        help="How many futures; with --precision, at most. Not with --engine exact.",
        show_default=str(DEFAULT_TRAJECTORIES),
    ),
]
Worlds = Annotated[
    int | None,
    typer.Option(
        "--worlds",
        metavar="W",
        parser=whole("--worlds", 1),
        help="Draws of what is not known.",
        show_default=f"{DEFAULT_WORLDS}, or 1 if nothing is uncertain",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="S", parser=whole("--seed", 0), help="The same seed gives the same bytes."
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        metavar="T",
        parser=whole("--threads", 1),
        help="How many processors work; does not change a result.",
        show_default="every processor",
    ),
]
BOUND = 1_000_000
"""That of ``sim.engines.exact``, which is slow to import."""
Bound = Annotated[
    int | None,
    typer.Option(
        "--bound",
        metavar="N",
        parser=whole("--bound", 1),
        help="Joint states that the exact engine takes.",
        show_default=str(BOUND),
    ),
]


def _over(text: str) -> Path:
    """Lays tables over the built-in facts, for the rest of the command.

    :raises FactsError: they cannot be used.
    """
    from sim.facts.read import choose_facts

    choose_facts(Path(text))
    return Path(text)


Facts = Annotated[
    Path | None,
    typer.Option(
        "--facts",
        metavar="DIR",
        parser=_over,
        help="Tables of your own (members.csv, …) in place of those of that name.",
        show_default="none",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress, no answer on the screen: only errors.")
]

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder for the files; made if need be.", show_default="one in results/"
    ),
]
