"""The grammar of a scenario file: which keys stand where, and what they hold.

This describes a file as it is on disk, so nothing but ``schema`` is required there; a resolved scenario is
checked against the same shapes with ``complete`` set. What the keys mean is told in ``schema.py``.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction

from sim.scenario.laws import LAW, Parameter
from sim.scenario.nodes import Node, closest, short
from sim.scenario.records import ByType, ListOf, MapOf, Record
from sim.scenario.shapes import Choice, Day, Json, Literal, Name, Number, Pattern, Shape, Text, Walk, check

FRACTION = r"^[0-9]{1,6} ?/ ?[1-9][0-9]{0,5}$"
EVERY = r"^[1-9][0-9]{0,5} (day|week|month|year)s?$"
RESERVED_KEYS = ("on", "chain", "state", "voter", "joins")
"""Keys of events and watches that no chain of a voter can be called."""


def _value(node: Node) -> Hashable:
    return node.value if isinstance(node.value, Hashable) else None


def move_key(node: Node) -> Hashable:
    """What makes a move the same move: its name, else from and to."""
    name, ends = node.text("name"), (node.text("from"), node.text("to"))
    return name or (ends if all(ends) else None)


def step_key(node: Node) -> Hashable:
    """What makes a step the same step: its name."""
    return node.text("step")


STATE, CHAIN, VOTER, CALENDAR = Name("a state"), Name("a chain"), Name("a voter's code"), Name("a calendar")
STATES = ByType(scalar=STATE, list=ListOf(STATE, "states", least=1, key=_value))
CONDITION = MapOf(STATES, "chains")
DISTRIBUTION = MapOf(Number("probability", rest=True), "states", shares=True)

# --- chains and voters ---------------------------------------------------------------------------------

MOVE = Record(
    {
        "name": Name("a name"),
        "from": STATE,
        "to": STATE,
        "rate": Number("rate"),
        "when": CONDITION,
        "scaled_by": MapOf(MapOf(Number("factor"), "states"), "chains"),
    },
    ("from", "to", "rate"),
    title="move",
)
CHAIN_SHAPE = Record(
    {
        "states": ListOf(STATE, "states", least=1, key=_value),
        "start": ByType(scalar=STATE, mapping=DISTRIBUTION),
        "drawn_by": Choice(("world", "trajectory")),
        "never": Number("probability"),
        "moves": ListOf(MOVE, "moves", key=move_key),
        "redrawn": Record({"on": CALENDAR, "to": DISTRIBUTION}, ("on", "to")),
    },
    ("states", "start"),
    title="chain",
)
VOTER_SHAPE = Record(
    {"ratification": Record({"law": LAW}, ("law",)), "stance": CHAIN_SHAPE},
    ("stance",),
    extra=CHAIN_SHAPE,
    extra_name="other chains",
    title="voter",
    hints={"stance": "its states and a start; one state, if nothing is to be decided"},
)
MEMBERS = ByType(
    mapping=Record(
        {"of": Choice(("NATO",), "or a list of codes in place of the mapping"), "on": Day()}, ("of", "on")
    ),
    list=ListOf(VOTER, "codes", least=1, key=_value),
)

# --- the ladder ----------------------------------------------------------------------------------------


class ShareOf:
    """A share of the voters: a fraction such as ``2/3``, or a number."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if share_of(node) is None:
            walk.reject(node, short(node), "a fraction such as 2/3: more than 0, at most 1")

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        number = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
        return {"anyOf": [number, {"type": "string", "pattern": FRACTION}]}


def share_of(node: Node) -> Fraction | None:
    """The share that a node says, if it is one."""
    if isinstance(node.value, str) and re.match(FRACTION, node.value):
        share = Fraction(node.value.replace(" ", ""))
    elif isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        share = Fraction(node.value)
    else:
        return None
    return share if 0 < share <= 1 else None


RULE = ByType(
    scalar=Choice(("consensus",)),
    mapping=Record(
        {
            "all_but": Literal("factor", whole=True),
            "share": ShareOf(),
        },
        one_of=("all_but", "share"),
    ),
)
OBSTRUCTION = Record(
    {"probability": Number("probability"), "by": DISTRIBUTION, "law": LAW}, ("probability", "law")
)
_KIND = Choice(("decision", "wait", "ratification"))
_COMMON: dict[str, Shape] = {"step": Name("a step"), "kind": _KIND}
_CHANCE = Number("probability")
_STEPS: dict[str, Record] = {
    "decision": Record(
        {
            **_COMMON,
            "meetings": ListOf(CALENDAR, "calendars", key=_value),
            "when": CONDITION,
            "needs": Record({"stance": STATE}, ("stance",)),
            "unless": CONDITION,
            "rule": RULE,
            "held": _CHANCE,
            "waived": _CHANCE,
            "bypass": Number("rate"),
        },
        ("step",),
    ),
    "wait": Record({**_COMMON, "law": LAW}, ("step", "law")),
    "ratification": Record({**_COMMON, "rule": RULE, "lag": LAW, "obstruction": OBSTRUCTION}, ("step",)),
}


@dataclass(frozen=True)
class Step:
    """A step of the ladder; which keys it has depends on its kind, which a child may leave out."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        record = _STEPS.get(node.text("kind") or "")
        if record is not None:
            for key, child in node.items():
                others = [kind for kind, other in _STEPS.items() if key in other.fields]
                if key not in record.fields and others:
                    said = f"{key!r} belongs to a {' or a '.join(others)}, and this is a {node.text('kind')}"
                    walk.reject(child, said, ", ".join(record.fields))
            # what was just reported needs no second report as an unknown key
            known = {key: child for key, child in node.items() if child not in walk.bad}
            record.check(node.with_value(known), walk)
            return
        anything = Record({k: s for r in _STEPS.values() for k, s in r.fields.items()}, ("step", "kind"))
        anything.check(node, walk)
        if isinstance(node.value, dict) and "step" not in node.value and not walk.complete:
            walk.problems.add(node, "missing key 'step'", kind="step")

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        kinds: list[Json] = []
        for kind, record in _STEPS.items():
            one = record.json(defs)
            one["properties"] = {**one["properties"], "kind": {"const": kind}}
            kinds.append({**one, "required": ["step"]})
        return {"anyOf": kinds}


# --- calendar, events, watch ---------------------------------------------------------------------------

CALENDAR_SHAPE = Record(
    {
        "dates": ListOf(Day(), "dates", key=_value),
        "then": Record(
            {"every": Pattern(EVERY, "1 year, 6 months, 2 weeks, 10 days and the like"), "from": Day()},
            ("every",),
        ),
    }
)


def _entry_key(node: Node) -> Hashable:
    return ", ".join(sorted(f"{key}: {child.text()}" for key, child in node.items())) or None


@dataclass(frozen=True)
class Entry:
    """What names a state of one chain: an event (with a date), or a watch."""

    dated: bool

    def _record(self) -> Record:
        # any text: whether it is a chain is seen later, when it can be said which ones there are
        fields: dict[str, Shape] = {"chain": Text(), "state": STATE, "voter": VOTER}
        if self.dated:
            fields = {"on": Day(), **fields, "joins": Choice((True,))}
        return Record(fields, extra=STATE, extra_name="a chain of the voter")

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if not isinstance(node.value, dict):
            walk.reject(node, f"{short(node)} is not a mapping", self._allowed())
            return
        self._record().check(node, walk)
        given = set(node.value)
        own = [key for key in node.value if key not in RESERVED_KEYS]
        if self.dated and "on" not in given:
            walk.problems.add(node, "missing key 'on'", kind="on")
        if "voter" in given:
            said = [*own, *(["joins"] if "joins" in given else [])]
            wrong = bool(given & {"chain", "state"}) or len(said) != 1
        else:
            said, wrong = own, not {"chain", "state"} <= given or bool(own) or "joins" in given
        if wrong:
            near = closest(own[0], RESERVED_KEYS) if own else None
            walk.reject(node, f"the keys {', '.join(node.value) or '(none)'} together", self._allowed(), near)

    def _allowed(self) -> str:
        on = "on, " if self.dated else ""
        joins = f", or {{{on}voter, joins: true}}" if self.dated else ""
        return f"{{{on}chain, state}}, or {{{on}voter, one chain: its state}}{joins}"

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        on = ["on"] if self.dated else []
        day = {"on": Day().json(defs)} if self.dated else {}
        state, code = STATE.json(defs), VOTER.json(defs)
        world = {
            "type": "object",
            "properties": {**day, "chain": CHAIN.json(defs), "state": state},
            "required": [*on, "chain", "state"],
            "additionalProperties": False,
        }
        voter = {
            "type": "object",
            "properties": {**day, "voter": code, **({"joins": {"const": True}} if self.dated else {})},
            "required": [*on, "voter"],
            "not": {"anyOf": [{"required": ["chain"]}, {"required": ["state"]}]},
            "additionalProperties": state,
            "minProperties": len(on) + 2,
            "maxProperties": len(on) + 2,
        }
        return {"anyOf": [world, voter]}


REQUIRED = (
    "schema", "title", "question", "organisation", "candidate", "start", "horizon", "members", "voters",
    "ladder",
)  # fmt: skip

FILE = Record(
    {
        "schema": Choice((1,)),
        "title": Text(),
        "question": Text(),
        "extends": Text(),
        "organisation": Text(),
        "candidate": Name("a country's code"),
        "start": Day(),
        "horizon": Day(),
        "members": MEMBERS,
        "parameters": MapOf(Parameter(), "parameters"),
        "chains": MapOf(CHAIN_SHAPE, "chains"),
        "voters": MapOf(VOTER_SHAPE, "voters"),
        "ladder": ListOf(Step(), "steps", least=1, key=step_key),
        "calendar": MapOf(CALENDAR_SHAPE, "calendars"),
        "events": ListOf(Entry(dated=True), "events"),
        "watch": ListOf(Entry(dated=False), "watches", key=_entry_key),
    },
    REQUIRED,
)


def check_file(node: Node, walk: Walk) -> None:
    """Checks one file, or (``walk.complete``) a resolved scenario."""
    check(FILE, node, walk)


def json_schema() -> Json:
    """JSON Schema (draft 2020-12) of a scenario file, for editors."""
    defs: dict[str, Json] = {}
    top = FILE.json(defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "accession scenario",
        "description": "A scenario file; one that extends another may leave out what its parent gives.",
        **top,
        "required": ["schema"],
        "anyOf": [{"required": ["extends"]}, {"required": list(REQUIRED)}],
        "$defs": defs,
    }
