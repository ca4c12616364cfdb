"""In what two scenarios differ besides the values of parameters: events, moves, steps, calendars, members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.base.words import listed
from sim.scenario.emit import flow

if TYPE_CHECKING:
    from sim.scenario.schema import ScenarioContent

MOST_NAMED = 4
"""Voters that are named where several differ in the same."""

MOST_LETTERS = 60

Parts = dict[tuple[str, str], str]
"""Whose part (a voter, or nobody's) and what it is -> what is said there."""


@dataclass(frozen=True)
class Structure:
    """Parts that are not in both scenarios, or not the same, in words."""

    only_in_first: tuple[str, ...] = ()
    only_in_scenario: tuple[str, ...] = ()
    different: tuple[str, ...] = ()


def structure(first: ScenarioContent, other: ScenarioContent) -> Structure:
    """In what ``other`` differs from ``first``."""
    here, there = dict(_parts(first)), dict(_parts(other))
    changed = {
        key: f"{_short(here[key])} → {_short(there[key])}"
        for key in here
        if key in there and here[key] != there[key]
    }
    return Structure(
        tuple(_told({key: here[key] for key in here if key not in there})),
        tuple(_told({key: there[key] for key in there if key not in here})),
        tuple(_told(changed, values=True)),
    )


def _told(parts: Parts, values: bool = False) -> Iterator[str]:
    """A line for each part, those of several voters in one."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for (voter, what), said in parts.items():
        grouped.setdefault((what, said if values else ""), []).append(voter)
    for (what, said), voters in grouped.items():
        more = len(voters) - MOST_NAMED
        named = [*voters[:MOST_NAMED], f"{more} more"] if more > 0 else voters
        whose = f"{listed(named)}: " if voters[0] else ""
        yield whose + what + (f": {said}" if said else "")


def _parts(content: ScenarioContent) -> Iterator[tuple[tuple[str, str], str]]:
    """Every part that is no parameter."""
    data = content.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for code in data["members"]:
        yield (code, "a member from the start"), ""
    for event in data.get("events", ()):
        said = ", ".join(f"{key} {flow(value)}" for key, value in event.items() if key not in ("on", "voter"))
        yield (event.get("voter", ""), f"event on {event['on']}, {said}"), ""
    for name, chain in data.get("chains", {}).items():
        for what, said in _chain(chain):
            yield ("", f"chain {name}, {what}"), said
    for code, voter in data["voters"].items():
        for name, chain in voter.items():
            parts = [("law", flow(chain))] if name == "ratification" else _chain(chain)
            for what, said in parts:
                yield (code, f"{name}, {what}"), said
    for step in data["ladder"]:
        for key, value in step.items():
            if key != "step":
                yield ("", f"step {step['step']}, {key}"), flow(value)
    for name, calendar in data.get("calendar", {}).items():
        yield ("", f"calendar {name}"), flow(calendar)


def _chain(chain: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in chain.items():
        if key != "moves":
            yield key, flow(value)
    for move in chain.get("moves", ()):
        ends = f"{move['from']} to {move['to']}"
        name = f"move {move['name']} ({ends})" if "name" in move else f"move from {ends}"
        for key, value in move.items():
            if key not in ("from", "to", "name"):
                yield f"{name}, {key}", flow(value)


def _short(said: str) -> str:
    return said if len(said) <= MOST_LETTERS else said[: MOST_LETTERS - 1] + "…"
