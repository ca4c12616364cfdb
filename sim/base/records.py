"""Records, which are frozen dataclasses, as JSON and back into the same types.

A field's name is its key, and keys stand in the order of the fields. A date is ISO text, a tuple a list. A field
with a default is left out where it has that value, so that such a key is there only where it says something.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from sim.base.errors import RunError

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
T = TypeVar("T")
_LEAVES = (str, int, float)


# --- to JSON --------------------------------------------------------------------------------------------


def plain(value: object) -> Json:
    """A record, or whatever a record may hold, as JSON has it."""
    if value is None or isinstance(value, _LEAVES):
        return value  # most of what there is
    if is_dataclass(value) and not isinstance(value, type):
        kept = (field for field in fields(value) if not _left_out(field, getattr(value, field.name)))
        return {field.name: plain(getattr(value, field.name)) for field in kept}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _left_out(field: Field[Any], value: object) -> bool:
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return field.default is not MISSING and value == field.default


def text(record: object) -> str:
    """A record as JSON text: every digit of a number, and no infinities.

    :raises ValueError: a number that is not finite.
    """
    return json.dumps(plain(record), indent=1, ensure_ascii=False, allow_nan=False)


# --- and back -------------------------------------------------------------------------------------------


def typed(kind: type[T], data: object) -> T:
    """What ``plain`` made of a value of this type, as that value again.

    Of a union of records it is the first whose keys fit.

    :raises ValueError: naming the place at which the data are not of the type.
    """
    found: T = _typed(kind, data, kind.__name__)
    return found


def read(file: Path, kind: type[T]) -> T:
    """A record from a file of JSON.

    :raises RunError: there is none, or it cannot be read.
    """
    try:
        return typed(kind, json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        raise RunError(f"{file.parent}: no {file.name} there") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{file}: cannot be read: {error}") from None


def _typed(kind: Any, data: object, place: str) -> Any:
    if kind is Any:
        return data
    if kind is float and type(data) is float:
        return data
    origin, inner = _form(kind)
    if origin in (Union, UnionType):
        return _one_of(inner, data, place)
    if is_dataclass(origin):
        return _record(kind, data, place)
    if origin is tuple and isinstance(data, list):
        kinds = [inner[0]] * len(data) if inner[-1] is Ellipsis else list(inner)
        if len(kinds) != len(data):
            raise ValueError(f"{place}: {len(data)} values, not {len(kinds)}")
        return tuple(
            _typed(k, part, f"{place}[{i}]") for i, (k, part) in enumerate(zip(kinds, data, strict=True))
        )
    if (
        origin is not tuple
        and isinstance(origin, type)
        and issubclass(origin, Mapping)
        and isinstance(data, dict)
    ):
        return {key: _typed(inner[1], part, f"{place}.{key}") for key, part in data.items()}
    if origin is date and isinstance(data, str):
        return date.fromisoformat(data)
    if origin is float and isinstance(data, int | float) and not isinstance(data, bool):
        return data  # a whole number stays one, so that it is written as it was read
    if isinstance(origin, type) and origin is not tuple and type(data) is origin:
        return data
    raise ValueError(f"{place}: {str(data)[:60]!r} where {getattr(kind, '__name__', kind)} should be")


@cache
def _form(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type without its arguments, and these."""
    return get_origin(kind) or kind, get_args(kind)


def _one_of(kinds: tuple[Any, ...], data: object, place: str) -> Any:
    if data is None and NoneType in kinds:
        return None
    problems = []
    for kind in kinds:
        if kind is not NoneType:
            try:
                return _typed(kind, data, place)
            except ValueError as problem:
                problems.append(problem)
    raise problems[-1]


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Field -> its type, and whether it must be there."""
    origin = get_origin(kind) or kind
    given = dict(zip(getattr(origin, "__parameters__", ()), get_args(kind), strict=True))
    hints = get_type_hints(origin)
    return {
        field.name: (
            _with(hints[field.name], given),
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(origin)
    }


def _with(hint: Any, given: Mapping[Any, Any]) -> Any:
    """A type with its variables as they are given: ``tuple[T, ...]`` with T an int is ``tuple[int, ...]``."""
    free = getattr(hint, "__parameters__", ())
    return given.get(hint, hint) if not free else hint[tuple(given[variable] for variable in free)]


def _record(kind: Any, data: object, place: str) -> Any:
    origin = get_origin(kind) or kind
    if not isinstance(data, dict):
        raise ValueError(f"{place}: {str(data)[:60]!r} where {origin.__name__} should be")
    known = _fields(kind)
    wrong = [f"{name} is missing" for name, (_, needed) in known.items() if needed and name not in data]
    wrong += [f"{name} is not known" for name in data if name not in known]
    if wrong:
        raise ValueError(f"{place}: {', '.join(wrong)}")
    return origin(**{name: _typed(known[name][0], part, f"{place}.{name}") for name, part in data.items()})
