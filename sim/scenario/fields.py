"""Rules that the types of a scenario are annotated with: what one value, one list or one mapping may hold.

A rule checks plain data as YAML gives it, says in words what is allowed, and describes itself as JSON Schema.
Its fault reaches the author with file and line by way of ``explain.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, Discriminator, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from sim.base.hints import date_meant
from sim.scenario.nodes import closest, short
from sim.scenario.slips import WITHOUT_SPACE

Json = dict[str, Any]

NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"
FRACTION = r"^[0-9]{1,6} ?/ ?[1-9][0-9]{0,5}$"
REST = "rest"
SUM_SLACK = 1e-9
LETTERS = "letters, digits, _ and -, a letter first"


@dataclass
class Reading:
    """What is known while a file or a scenario is read: the context of its validation."""

    parameters: Mapping[str, float | None] | None = None
    """Every parameter of the scenario, with its value if no draw decides it; ``None`` for a single file, which
    may use names and leave out keys that its parents give."""
    used: set[str] = field(default_factory=set)
    """Parameters that some number names."""
    amounts: list[tuple[str, list[float | str]]] = field(default_factory=list)
    """What each number is for that names a parameter (``amounts.py``), and its factors."""
    certain: bool = True
    """Whether these are all parameters: not if the section that holds them is broken."""

    @property
    def rates(self) -> list[list[float | str]]:
        """The factors of each rate that names a parameter."""
        return [factors for role, factors in self.amounts if role == "rate"]

    def amount(self, number: float | str | list[float | str]) -> float | None:
        """The value of a number if it does not depend on a draw."""
        known, product = self.parameters or {}, 1.0
        for factor in number if isinstance(number, list) else [number]:
            value = known.get(factor) if isinstance(factor, str) else factor
            if value is None:
                return None
            product *= value
        return product


# --- faults ---------------------------------------------------------------------------------------------


def fault(
    problem: str, allowed: str | Iterable[str] | None = None, near: str | None = None, **more: object
) -> PydanticCustomError:
    """What is wrong with a value, and what may stand in its place."""
    listed = allowed if allowed is None or isinstance(allowed, str) else list(allowed)
    told = {"problem": problem, "allowed": listed, "near": near, **more}
    return PydanticCustomError("fault", "{problem}", told)


def at(error: PydanticCustomError, *place: str | int) -> InitErrorDetails:
    """A fault of something inside the value that is checked."""
    return InitErrorDetails(type=error, loc=place, input=None)


def with_faults(inner: Callable[[Any], Any], value: object, faults: Sequence[InitErrorDetails]) -> Any:
    """What ``inner`` makes of a value; its faults and the given ones are raised together.

    :raises ValidationError: if there are any.
    """
    if not faults:
        return inner(value)
    found: list[InitErrorDetails] = []
    try:
        inner(value)
    except ValidationError as error:
        found = [
            InitErrorDetails(
                type=PydanticCustomError("fault", "{problem}", told["ctx"])
                if "ctx" in told
                else told["type"],
                loc=told["loc"],
                input=None,
            )
            for told in error.errors(include_url=False)
        ]
    raise ValidationError.from_exception_data("scenario", [*found, *faults])


# --- single values --------------------------------------------------------------------------------------


class Value:
    """A rule for one value, as in ``Annotated[str, Text()]``."""

    def check(self, value: Any) -> Any:
        """The value as the types hold it.

        :raises PydanticCustomError: what is wrong with it.
        """
        raise NotImplementedError

    def json(self) -> Json:
        """JSON Schema of what is allowed."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return self.json()


@dataclass(frozen=True)
class Text(Value):
    """Any text that is not empty (unless allowed)."""

    empty: bool = False

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if not isinstance(value, str):
            raise fault(f"{short(value)} is not text", "text (put it in quotes)")
        if not self.empty and not value.strip():
            raise fault("empty text", "some text")
        return value

    def json(self) -> Json:
        """See :class:`Value`."""
        return {"type": "string"} if self.empty else {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Name(Value):
    """A name of something: a state, a chain, a parameter, a voter's code."""

    what: str = "a name"

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if not isinstance(value, str):
            quotes = " (in quotes: YAML reads the bare word as something else)"
            raise fault(
                f"{short(value)} is not {self.what}", self.what + (quotes if isinstance(value, bool) else "")
            )
        if not re.fullmatch(NAME, value):
            raise fault(f"{short(value)} is not {self.what}", LETTERS)
        return value

    def json(self) -> Json:
        """See :class:`Value`."""
        return {"type": "string", "pattern": NAME}


@dataclass(frozen=True)
class Pattern(Value):
    """Text of a certain form."""

    pattern: str
    allowed: str

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise fault(short(value), self.allowed)
        return value

    def json(self) -> Json:
        """See :class:`Value`."""
        return {"type": "string", "pattern": self.pattern}


class Day(Value):
    """A date without quotes."""

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if not isinstance(value, date):
            meant = date_meant(str(value)) if isinstance(value, (str, int)) else ""
            told = f"{short(value)} is not a date" + (f"; {meant}" if meant else "")
            raise fault(told, "YYYY-MM-DD" if meant else "a date such as 2027-07-07, without quotes")
        return value

    def json(self) -> Json:
        """See :class:`Value`."""
        # editors hand a YAML date to the schema as text
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


@dataclass(frozen=True)
class Choice(Value):
    """One of the values of the ``Literal`` that it annotates."""

    instead: str = ""
    """What else could be written, in words."""
    values: tuple[str | int | bool, ...] = ()
    """Filled in from the type."""

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if any(value == v and type(value) is type(v) for v in self.values):
            return value
        names = [short(v).strip("'") for v in self.values]
        near = closest(value, names) if isinstance(value, str) else None
        raise fault(short(value), ", ".join(names) + (f"; {self.instead}" if self.instead else ""), near)

    def json(self) -> Json:
        """See :class:`Value`."""
        return {"enum": list(self.values)}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        check = Choice(self.instead, get_args(source)).check
        return core_schema.no_info_plain_validator_function(check, metadata={"values": get_args(source)})

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return Choice(self.instead, schema.get("metadata", {})["values"]).json()


def without_space(value: object) -> str:
    """``; write 'rate: 0.05', with a space``, where the space after a colon was left out, as in ``rate:0.05``."""
    found = WITHOUT_SPACE.match(value) if isinstance(value, str) else None
    return f"; write '{found[1]}: {found[2]}', with a space after the colon" if found else ""


# --- lists and mappings ---------------------------------------------------------------------------------


def itself(item: object) -> Hashable:
    """The key of an item that is a single value."""
    return item if isinstance(item, (str, date)) else None


@dataclass(frozen=True)
class Items:
    """A list, no two items of which have the same key."""

    what: str
    least: int = 0
    key: Callable[[Any], Hashable] = lambda item: None
    """What makes an item; items of which it is ``None`` may repeat."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def _check(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        if not isinstance(value, list):
            dash = "; put '- ' before each" if isinstance(value, dict) else ""
            raise fault(f"{short(value)} is not a list{dash}", f"a list of {self.what}")
        if len(value) < self.least:
            raise fault("an empty list", f"a list of {self.what}")
        first: dict[Hashable, int] = {}
        repeated = []
        for number, item in enumerate(value):
            key = self.key(item)
            if key is not None and first.setdefault(key, number) != number:
                said = f"repeated: {_key_text(key) if isinstance(item, dict) else short(item)}"
                repeated.append(at(fault(said, f"each of the {self.what} once", first=first[key]), number))
        return with_faults(inner, value, repeated)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        made = handler(schema)
        return {**made, "minItems": self.least} if self.least else made


def _key_text(key: Hashable) -> str:
    return " to ".join(map(str, key)) if isinstance(key, tuple) else str(key)


@dataclass(frozen=True)
class Named:
    """A mapping from names that the author chooses."""

    what: str
    least: int = 0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def _check(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        if not isinstance(value, dict):
            raise fault(
                f"{short(value)} is not a mapping{without_space(value)}", f"{self.what} with a value each"
            )
        if len(value) < self.least:
            raise fault("nothing given", f"{self.what} with a share each")
        strange = [key for key in value if not re.fullmatch(NAME, key)]
        named = value if not strange else {key: child for key, child in value.items() if key not in strange}
        return with_faults(
            inner, named, [at(fault(f"{short(key)} is not a name", LETTERS), key) for key in strange]
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        made = {**handler(schema), "propertyNames": {"pattern": NAME}}
        return {**made, "minProperties": self.least} if self.least else made


# --- one of several -------------------------------------------------------------------------------------

VALUE, MAPPING, LIST = "<value>", "<mapping>", "<list>"
"""Tags of choices by form. No key is called so, and an error's location shows which choice was made."""


def by_form(*forms: str) -> Discriminator:
    """Chooses by what is written there: a plain value, a mapping or a list; else the first of ``forms``."""

    def choose(value: object) -> str:
        is_mapping = isinstance(value, (dict, BaseModel))
        form = LIST if isinstance(value, list) else MAPPING if is_mapping else VALUE
        return form if form in forms else forms[0]

    return Discriminator(choose)
