"""Dated happenings by name: ``settlement=comprehensive``, ``GRC.stance=recognises``, ``UKR joins``.

These are the names that watches have. A study moves them to another date, adds them or takes them away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

JOINS = " joins"
"""How the name of a voter that joins ends."""


def happening(event: Mapping[str, Any]) -> str:
    """The name of an event as a file has it."""
    if "chain" in event:
        return f"{event['chain']}={event['state']}"
    if event.get("joins"):
        return f"{event['voter']}{JOINS}"
    ((chain, state),) = ((key, event[key]) for key in event if key not in ("on", "voter"))
    return f"{event['voter']}.{chain}={state}"


def is_event(event: Mapping[str, Any]) -> bool:
    """Whether a mapping has the keys of an event, so that it has a name."""
    others = [key for key in event if key not in ("on", "voter", "joins")]
    return {"chain", "state"} <= event.keys() or ("voter" in event and ("joins" in event or len(others) == 1))


def event_of(name: str, on: date) -> dict[str, Any]:
    """The event of a name on a day, as a file has it.

    :raises ValueError: a name of another form.
    """
    if name.endswith(JOINS) and name != JOINS:
        return {"on": on, "voter": name.removesuffix(JOINS), "joins": True}
    what, equals, state = name.partition("=")
    voter, dot, chain = what.rpartition(".")
    if not equals or not chain or not state or (dot and not voter):
        raise ValueError("allowed: CHAIN=STATE, VOTER.CHAIN=STATE, or VOTER joins")
    return {"on": on, "voter": voter, chain: state} if dot else {"on": on, "chain": chain, "state": state}


def is_happening(name: str) -> bool:
    """Whether a name has one of the forms."""
    try:
        return bool(event_of(name, date.min))
    except ValueError:
        return False


def with_happenings(tree: Mapping[str, Any], days: Mapping[str, date | None]) -> dict[str, Any]:
    """A scenario's tree in which each named happening is on its day, and on no other; with no day, not at all.

    :raises ValueError: a name of another form.
    """
    kept = [event for event in tree.get("events", []) if happening(event) not in days]
    added = [event_of(name, on) for name, on in days.items() if on is not None]
    return {**tree, "events": [*kept, *added]}
