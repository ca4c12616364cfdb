"""Numbers of a scenario: what each role allows, written out, named, multiplied, or adding up to a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sim.base.hints import number_meant
from sim.scenario.bounds import MOST_A_YEAR, MOST_SCALE
from sim.scenario.fields import FRACTION, NAME, REST, SUM_SLACK, Json, Reading, Value, fault
from sim.scenario.nodes import closest, is_number, short


class PartOfAll(Value):
    """A share of a whole: a fraction such as ``2/3``, or a number."""

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        share = Fraction(0)
        if isinstance(value, str) and re.fullmatch(FRACTION, value):
            share = Fraction(value.replace(" ", ""))
        elif is_number(value):
            share = Fraction(value)
        if not 0 < share <= 1:
            told = short(value) + (
                _meant(value) if value != 0 and not (isinstance(value, str) and "/" in value) else ""
            )
            raise fault(told, "a fraction such as 2/3: more than 0, at most 1")
        return value if isinstance(value, str) else float(value)

    def json(self) -> Json:
        """See :class:`Value`."""
        number = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
        return {"anyOf": [number, {"type": "string", "pattern": FRACTION}]}


@dataclass(frozen=True)
class Range:
    """The numbers that a role allows."""

    words: str
    json: Json
    holds: Callable[[float], bool]
    most: float | None = None
    """A bound that keeps the engines within seconds."""

    def fits(self, value: float) -> bool:
        """Whether it is allowed."""
        return self.holds(value) and (self.most is None or value <= self.most)

    def allowed(self, value: float) -> str:
        """What may stand in place of a value that is not."""
        if self.most is not None and value > self.most:
            return f"at most {self.most:g}{self.words.partition(',')[1] and ', per year'}"
        return self.words


def _not_negative(value: float) -> bool:
    return value >= 0


ROLES = {
    "factor": Range("0 or more", {"minimum": 0}, _not_negative),
    "rate": Range("0 or more, per year", {"minimum": 0, "maximum": MOST_A_YEAR}, _not_negative, MOST_A_YEAR),
    "part of a rate": Range("0 or more, per year", {"minimum": 0}, _not_negative),
    "scale": Range("0 or more", {"minimum": 0, "maximum": MOST_SCALE}, _not_negative, MOST_SCALE),
    "positive": Range("more than 0", {"exclusiveMinimum": 0}, lambda x: x > 0),
    "inside": Range(
        "more than 0, less than 1", {"exclusiveMinimum": 0, "exclusiveMaximum": 1}, lambda x: 0 < x < 1
    ),
    "probability": Range("0 to 1", {"minimum": 0, "maximum": 1}, lambda x: 0 <= x <= 1),
}
"""What a number is for -> which numbers that allows."""
PARTS = {"rate": "part of a rate", "probability": "factor", "scale": "factor"}
"""What a number is for -> what its factors are for, where these may go beyond it: their product may not."""


def _as_per_cent(value: float, role: str) -> str:
    """`` (20 % is 0.2)`` behind a probability that may have been meant so."""
    meant = role == "probability" and 1 < value <= 100
    return f" ({value:.6g} % is {value / 100:.6g})" if meant else ""


def in_range(value: float, role: str) -> float:
    """The number, if its role allows it.

    :raises PydanticCustomError: if not.
    """
    allowed = ROLES[role]
    if not allowed.fits(value):
        word = " is negative" if value < 0 else "" if role != "probability" else " is not a probability"
        raise fault(f"{value:.6g}{word}", allowed.allowed(value) + _as_per_cent(value, role))
    return float(value)


@dataclass(frozen=True)
class Written(Value):
    """A number written out; whole numbers only if ``whole``."""

    role: str = "factor"
    whole: bool = False

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if not is_number(value):
            raise fault(f"{short(value)} is not a number{_meant(value)}", ROLES[self.role].words)
        if self.whole and value != int(value):
            raise fault(f"{short(value)} is not a whole number", "whole numbers from 0")
        number = in_range(value, self.role)
        return int(number) if self.whole else number

    def json(self) -> Json:
        """See :class:`Value`."""
        return {"type": "integer" if self.whole else "number", **ROLES[self.role].json}


@dataclass(frozen=True)
class Amount:
    """A number written out, the name of a parameter, or a list of these (their product); perhaps ``rest``."""

    role: str
    rest: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        factor = core_schema.with_info_plain_validator_function(self._in_product)
        as_it_is = core_schema.plain_serializer_function_ser_schema(lambda value: value)
        return core_schema.with_info_wrap_validator_function(
            self._check, core_schema.list_schema(factor), serialization=as_it_is
        )

    def _check(self, value: Any, product: Callable[[Any], Any], info: core_schema.ValidationInfo) -> Any:
        if isinstance(value, list):
            if not value:
                raise fault("an empty list", "numbers and parameters to multiply")
            made = product(value)
        elif value == REST:
            if not self.rest:
                raise fault("'rest' without others to be the rest of", "a number or a parameter")
            return value
        else:
            made = self._factor(value, self.role, info.context)
        if info.context is not None and info.context.parameters is not None and not isinstance(made, float):
            self._whole(info.context.amount(made), named(made))
            info.context.amounts.append((self.role, made if isinstance(made, list) else [made]))
        return made

    def _whole(self, amount: float | None, through: list[str]) -> None:
        """The value of a parameter or product, which may break a rule that no factor alone breaks."""
        if amount is not None and not ROLES[self.role].fits(amount):
            word = " is not a probability" if self.role == "probability" else ""
            told = ROLES[self.role].allowed(amount) + _as_per_cent(amount, self.role)
            raise fault(f"{amount:.6g}{word}", told, through=through)

    def _in_product(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        if isinstance(value, list) or value == REST:
            raise fault(f"{short(value)} as a factor", "a number or a parameter")
        # each factor of a probability may be above 1; their product may not
        return self._factor(value, PARTS.get(self.role, self.role), info.context)

    def _factor(self, value: Any, role: str, reading: Reading | None) -> float | str:
        if is_number(value):
            return in_range(value, role)
        if not isinstance(value, str):
            raise fault(f"{short(value)} is not a number", f"{ROLES[role].words}, or a parameter")
        if not re.fullmatch(NAME, value):
            raise fault(
                f"{short(value)} is not a number{_meant(value)}", f"{ROLES[role].words}, or a parameter"
            )
        if reading is not None and reading.parameters is not None:
            reading.used.add(value)
            if value not in reading.parameters and reading.certain:
                near = closest(value, reading.parameters)
                raise fault(f"{value!r} is not a parameter", ["a number", *reading.parameters], near)
        return value

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        factor: list[Json] = [{"type": "number", "minimum": 0}, {"type": "string", "pattern": NAME}]
        alone: Json = {"type": "number", **ROLES[self.role].json}
        return {
            "anyOf": [alone, factor[1], {"type": "array", "minItems": 1, "items": {"anyOf": factor}}],
        }


def _meant(value: object) -> str:
    """``; write 0.05``, where text shows what number is meant."""
    meant = number_meant(value) if isinstance(value, str) else ""
    return f"; {meant}" if meant else ""


def named(number: float | str | list[float | str]) -> list[str]:
    """The parameters that a number names."""
    return [part for part in (number if isinstance(number, list) else [number]) if isinstance(part, str)]


def add_up(numbers: Sequence[float | str | list[float | str]], reading: Reading | None) -> None:
    """Shares of a whole must add up to 1, as far as no draw decides; ``rest`` is what the others leave.

    :raises PydanticCustomError: if they do not.
    """
    if reading is None or reading.parameters is None:
        return
    amounts = [reading.amount(number) for number in numbers if number != REST]
    rests = len(numbers) - len(amounts)
    total = sum(amount for amount in amounts if amount is not None)
    through = [name for number in numbers if number != REST for name in named(number)]
    if rests > 1:
        raise fault(f"{rests} times 'rest'", "'rest' once")
    if total > 1 + SUM_SLACK:
        raise fault(f"the shares add up to {total:.6g}", "1 in all", through=through)
    if not rests and None not in amounts and total < 1 - SUM_SLACK:
        raise fault(
            f"the shares add up to {total:.6g}", "1 in all, or 'rest' for one of them", through=through
        )
