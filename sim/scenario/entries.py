"""What names a state of a chain: events, watches and levers. Part of the grammar (``schema.py``).

And the words that these share with the rest of it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, Tag
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from sim.scenario.fields import MAPPING, NAME, VALUE, Choice, Day, Items, Name, Named, by_form, fault
from sim.scenario.laws import Alone, Positive, Word
from sim.scenario.nodes import closest, short
from sim.scenario.part import Part

RESERVED_KEYS = ("on", "chain", "state", "voter", "joins")
"""Keys of events, watches and levers that no chain of a voter can be called."""

# --- words --------------------------------------------------------------------------------------------

StateName = Annotated[str, Name("a state")]
ChainName = Annotated[str, Name("a chain")]
Code = Annotated[str, Name("a voter's code")]
CalendarName = Annotated[str, Name("a calendar")]
Date = Annotated[date, Day()]


class Entry(Part):
    """What names a state of one chain: an event (with a date), or a watch."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, StateName]
    extra: ClassVar[str] = "a chain of the voter"
    on_if_given: ClassVar[bool] = False
    """Whether a day may be given and need not be."""

    @classmethod
    def not_a_mapping(cls, value: object) -> PydanticCustomError:
        """See :class:`Part`."""
        return fault(f"{short(value)} is not a mapping", cls._allowed())

    @classmethod
    def faults(cls, data: Mapping[str, object], complete: bool) -> Iterator[PydanticCustomError]:
        """See :class:`Part`."""
        others = [key for key in data if key not in RESERVED_KEYS]
        if "voter" in data:
            said = [*others, *(["joins"] if "joins" in data else [])]
            wrong = "chain" in data or "state" in data or len(said) != 1
        else:
            wrong = not {"chain", "state"} <= data.keys() or bool(others) or "joins" in data
        if wrong:
            near = closest(others[0], RESERVED_KEYS) if others else None
            yield fault(f"the keys {', '.join(data) or '(none)'} together", cls._allowed(), near)

    @classmethod
    def _allowed(cls) -> str:
        on, joins = "".join(f"{key}, " for key in cls.own), "joins" in cls.model_fields
        more = f", or {{{on}voter, joins: true}}" if joins else ""
        day = "; 'on' as well, if it has a day of its own" if cls.on_if_given else ""
        return f"{{{on}chain, state}}, or {{{on}voter, one chain: its state}}{more}{day}"

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = handler(schema)
        whole = handler.resolve_ref_schema(made)
        parts = whole.pop("properties")
        whole.pop("additionalProperties")
        whole.pop("type")
        without = [cls._of_world(parts, cls.own), cls._of_voter(parts, cls.own)]
        dated = [cls._of_world(parts, ("on",)), cls._of_voter(parts, ("on",))] if cls.on_if_given else []
        whole["anyOf"] = without + dated
        return made

    @classmethod
    def _of_world(cls, parts: JsonSchemaValue, on: tuple[str, ...]) -> JsonSchemaValue:
        name = {"type": "string", "pattern": NAME}
        return {
            "type": "object",
            "properties": {**{key: parts[key] for key in on}, "chain": name, "state": parts["state"]},
            "required": [*on, "chain", "state"],
            "additionalProperties": False,
        }

    @classmethod
    def _of_voter(cls, parts: JsonSchemaValue, on: tuple[str, ...]) -> JsonSchemaValue:
        hidden = {"chain", "state", *(() if on else ("on",))}
        without = [{"required": [key]} for key in ("chain", "state", "on") if key in hidden and key in parts]
        return {
            "type": "object",
            "properties": {key: part for key, part in parts.items() if key not in hidden},
            "required": [*on, "voter"],
            "not": {"anyOf": without},
            "additionalProperties": {"type": "string", "pattern": NAME},
            "minProperties": len(on) + 2,
            "maxProperties": len(on) + 2,
        }


class Event(Entry):
    """Fixed by the scenario on a date: a chain's state, a voter's chain, or a voter that joins.

    ``{on, chain, state}``, ``{on, voter, <chain>: <state>}`` or ``{on, voter, joins: true}``.
    """

    own: ClassVar[tuple[str, ...]] = ("on",)

    on: Date
    chain: Word | None = None
    state: StateName | None = None
    voter: Code | None = None
    joins: Annotated[Literal[True], Choice()] | None = None


class Watch(Entry):
    """A first entry to be stored: ``{chain, state}`` or ``{voter, <chain>: <state>}``."""

    # any text is a chain here: whether there is one is seen when it can be said which ones there are
    chain: Word | None = None
    state: StateName | None = None
    voter: Code | None = None


def watch_key(item: object) -> Hashable:
    """What makes a watch: all that it says."""
    if not isinstance(item, dict) or not all(isinstance(value, str) for value in item.values()):
        return None
    return ", ".join(sorted(f"{key}: {value}" for key, value in item.items())) or None


# --- levers ---------------------------------------------------------------------------------------------


class LeverEvent(Event):
    """An event of a lever: as any other, but its day may be left out, and is then the user's."""

    own: ClassVar[tuple[str, ...]] = ()
    on_if_given: ClassVar[bool] = True

    on: Date | None = None  # type: ignore[assignment]


class Scaled(Part):
    """What a parameter has, times a factor."""

    own: ClassVar[tuple[str, ...]] = ("times",)

    times: Positive


LeverValue = Annotated[
    Annotated[Annotated[float, Alone()], Tag(VALUE)] | Annotated[Scaled, Tag(MAPPING)],
    by_form(VALUE, MAPPING),
]


class Lever(Part):
    """What somebody could choose: events, and numbers in place of what is not known.

    A lever is no claim about the world, so its numbers have neither basis nor source.
    """

    title: Word | None = None
    """What it is called where people read of it; its name, if not given."""
    events: Annotated[list[LeverEvent], Items("events")] = Field([])
    values: Annotated[dict[str, LeverValue], Named("parameters")] = Field({})
    """Parameter -> the number that takes its place from the start on, or a factor of what it has."""

    @classmethod
    def faults(cls, data: Mapping[str, object], complete: bool) -> Iterator[PydanticCustomError]:
        """See :class:`Part`."""
        strange = any(key not in cls.known_keys() for key in data)
        if complete and not strange and not data.get("events") and not data.get("values"):
            said = "nothing to choose"
            yield fault(said, "events, values, or both", kind=said, breaks=False)
