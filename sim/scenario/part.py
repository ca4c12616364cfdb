"""The base of every mapping of a scenario that has keys of its own: what is said of a wrong one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any, ClassVar, Self, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    create_model,
    model_validator,
)  # fmt: skip
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from sim.scenario.fields import NAME, Reading, at, fault, with_faults, without_space
from sim.scenario.nodes import closest, short


class Part(BaseModel):
    """A mapping with known keys, frozen once it is read.

    Keys of a file are checked against the aliases of the fields; from Python, fields go by their names too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    own: ClassVar[tuple[str, ...]] = ()
    """Required keys that no parent can give."""
    extra: ClassVar[str] = ""
    """What further keys are, where there may be some."""
    hints: ClassVar[Mapping[str, str]] = {}
    """Required key -> what may stand there, for who has left it out."""

    @classmethod
    def known_keys(cls) -> list[str]:
        """The known keys, as a file writes them."""
        return list(_known(cls))

    @classmethod
    def required(cls) -> list[str]:
        """The keys that a complete scenario must have."""
        return [info.alias or name for name, info in cls.model_fields.items() if info.is_required()]

    @classmethod
    def one_of(cls) -> tuple[str, ...]:
        """Exactly one of these keys must be given."""
        return ()

    @classmethod
    def not_a_mapping(cls, value: object) -> PydanticCustomError:
        """What is said of a value that has no keys."""
        return fault(
            f"{short(value)} is not a mapping{without_space(value)}", f"the keys {', '.join(cls._all_keys())}"
        )

    @classmethod
    def stranger(cls, key: str) -> PydanticCustomError:
        """What is said of a key that is not known."""
        return fault(f"unknown key {short(key)}", ", ".join(cls._all_keys()), closest(key, cls.known_keys()))

    @classmethod
    def _misspelt(cls, data: Mapping[str, object]) -> set[str]:
        """Keys that stand there with a slip: what is said of the slip is enough."""
        known = cls.known_keys()
        return {near for key in data if key not in known and (near := closest(key, known)) is not None}

    @classmethod
    def faults(cls, data: Mapping[str, object], complete: bool) -> Iterator[PydanticCustomError]:
        """What is wrong with the keys together.

        :param complete: whether everything must be there: a file that extends another may leave keys out.
        """
        choices = cls.one_of()
        given = [key for key in choices if key in data]
        if len(given) > 1:
            yield fault(f"{' and '.join(given)} together", f"only one of {', '.join(choices)}")
        strange = not data.keys() <= _known(cls).keys()
        if complete and choices and not given and not strange:
            yield fault("nothing given", f"one of {', '.join(choices)}", kind="nothing given", breaks=False)

    @classmethod
    def _all_keys(cls) -> list[str]:
        return [*cls.known_keys(), *([cls.extra] if cls.extra else [])]

    @classmethod
    def _missing(cls, key: str) -> PydanticCustomError:
        return fault(f"missing key {key!r}", cls.hints.get(key), kind=key, breaks=False)

    @classmethod
    def _bad_keys(cls, data: Mapping[str, object]) -> Iterator[tuple[str, PydanticCustomError]]:
        known = cls.known_keys()
        for key, value in data.items():
            if key not in known and not (cls.extra and re.fullmatch(NAME, key)):
                yield key, cls.stranger(key)
            elif value is None:
                yield key, fault("nothing is given")

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, data: Any, inner: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        reading: Reading | None = info.context
        if reading is None:  # made in Python, not read from a file
            return inner(data)
        if not isinstance(data, dict):
            raise cls.not_a_mapping(data)
        complete = reading.parameters is not None
        usual = data.keys() <= _known(cls).keys() and all(value is not None for value in data.values())
        bad = {} if usual else dict(cls._bad_keys(data))
        faults: list[InitErrorDetails] = [at(error, key) for key, error in bad.items()]
        missing = [key for key in (cls.required() if complete else cls.own) if key not in data]
        slips = cls._misspelt(data) if missing else set()
        faults += [at(cls._missing(key)) for key in missing if key not in slips]
        faults += [at(error) for error in cls.faults(data, complete)]
        sound = {key: child for key, child in data.items() if key not in bad} if bad else data
        made: Self = with_faults(inner, sound, faults)
        return made

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = handler(schema)
        pairs = [{"not": {"required": list(pair)}} for pair in combinations(cls.one_of(), 2)]
        if pairs:
            handler.resolve_ref_schema(made)["allOf"] = pairs
        return made


@cache
def _known(part: type[Part]) -> Mapping[str, None]:
    """The keys that a part knows, in their order."""
    return {info.alias or name: None for name, info in part.model_fields.items()}


@dataclass(frozen=True)
class Chosen:
    """A union of which one type is chosen by what is written: ``Annotated[A | B, Chosen({tag: A, …}, which)]``."""

    types: Mapping[str, Any]
    """Tag -> type. No key is called as a tag is, for the location of an error names the tag too."""
    which: Callable[[Any], str]
    """Value -> tag."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {tag: handler.generate_schema(kind) for tag, kind in self.types.items()}
        return core_schema.tagged_union_schema(choices, discriminator=self.which)


UNSAID = "<unsaid>"
"""Tag of the choice where the kind is not said; editors need not hear of it, for they complete the kinds."""


class Unsaid(Part):
    """A part whose kind is not said."""


class UnsaidOne(Unsaid):
    """The same, where the one key that is given says the kind."""

    @classmethod
    def one_of(cls) -> tuple[str, ...]:
        """See :class:`Part`."""
        return tuple(cls.known_keys())


def any_of(name: str, base: type[Unsaid], *kinds: type[Part], **changed: Any) -> type[Part]:
    """A part with the keys of several kinds, for who has not said which one: all may be left out.

    :param changed: fields that are not as in the kinds: name -> (type, default).
    """
    hints = {
        field: hint for kind in kinds for field, hint in get_type_hints(kind, include_extras=True).items()
    }
    fields = {field: (hints[field], None) for kind in kinds for field in kind.model_fields}
    return create_model(name, __base__=base, **{**fields, **changed})
