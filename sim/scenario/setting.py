"""What a user may set a parameter to beside a file: a number, a factor (``x2``), or a range (``0.01..0.1``).

And what is told of a number that a user has set, beside a file or in one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

SET = "--set"
"""What errors and origins call what is set beside the files."""

Setting = float | str | Mapping[str, object]
"""A number; ``"x2"`` or ``{"times": 2}``; ``"0.01..0.1"`` or ``{"between": [0.01, 0.1]}``."""

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_MARKS = {"times": "x", "quantile": "q"}
_TIMES = re.compile(rf"[xX×]\s*({NUMBER})")
_BETWEEN = re.compile(rf"({NUMBER}?)\s*\.\.\s*({NUMBER})")
FORMS = "a number, a factor such as x2, or a range such as 0.01..0.1"
NUMBERS = "finite numbers, 0 or more"


@dataclass(frozen=True)
class Set:
    """A setting, read: what it is (``value``, ``times``, ``between`` or, at a point of a study, ``quantile``: the
    probability in its own prior), and its numbers.
    """

    key: str
    numbers: tuple[float, ...]

    def said(self) -> str:
        """As it is typed: ``0.1``, ``x2``, ``0.01..0.1``, ``q0.05``; every digit, so that it can be read again."""
        texts = [_digits(number) for number in self.numbers]
        return _MARKS.get(self.key, "") + "..".join(texts)

    def told(self, name: str) -> str:
        """In a sentence: ``settlement_rate = 0.1``, ``settlement_rate times 2``, ``… between 0.01 and 0.1``."""
        texts = [_digits(number) for number in self.numbers]
        return {
            "value": f"{name} = {texts[0]}",
            "times": f"{name} times {texts[0]}",
            "between": f"{name} between {' and '.join(texts)}",
            "quantile": f"{name} at the {texts[0]} quantile of its prior",
        }[self.key]

    def tree(self) -> dict[str, Any]:
        """As a file would have it."""
        return {self.key: list(self.numbers) if self.key == "between" else self.numbers[0]}


_WITH = re.compile(r"(?P<name>.+?):(?P<changes>[A-Za-z][A-Za-z0-9_-]*=[^:]*)")


def split_changes(source: str) -> tuple[str, dict[str, Setting]]:
    """``status-quo:settlement_rate=x2,settled_rate=1`` -> ``("status-quo", {"settlement_rate": "x2", …})``.

    A scenario with changes of its own, as one word; without any, the mapping is empty.
    """
    found = _WITH.fullmatch(source)
    if found is None:
        return source, {}
    pairs = (part.partition("=") for part in found["changes"].split(","))
    return found["name"], {name.strip(): _number_or_text(text.strip()) for name, _, text in pairs}


def _number_or_text(text: str) -> float | str:
    return float(text) if re.fullmatch(NUMBER, text) else text


@dataclass(frozen=True)
class OwnNumber:
    """A number that a user has set."""

    name: str
    said: str
    """``settlement_rate = 0.1``"""
    source: str
    """Where it was set, and what the parent has."""

    def told(self) -> str:
        """``settlement_rate = 0.1: set with --set; baseline has 0.03 (fitted)``"""
        return f"{self.said}: {self.source}"


class Unreadable(ValueError):
    """What is wrong with a setting, and what is allowed."""

    def __init__(self, problem: str, allowed: str) -> None:
        super().__init__(f"{problem}; allowed: {allowed}")
        self.problem, self.allowed = problem, allowed


def read_setting(given: object) -> Set:
    """A setting, whichever form it has.

    :raises Unreadable: it has none of them, or numbers that are not allowed.
    """
    if isinstance(given, Set):
        return given
    if isinstance(given, str):
        return _checked(_read_text(given), given)
    if isinstance(given, Mapping):
        return _checked(_read_mapping(given), None)
    if not _is_number(given) or not isfinite(_float(given)) or _float(given) < 0:
        raise Unreadable(f"{given:g}" if isinstance(given, float) else f"{given}", NUMBERS)
    return Set("value", (_float(given),))


def _read_text(text: str) -> Set:
    if found := _TIMES.fullmatch(text.strip()):
        return Set("times", (float(found[1]),))
    if (found := _BETWEEN.fullmatch(text.strip())) and found[1]:
        return Set("between", (float(found[1]), float(found[2])))
    raise Unreadable(f"{text!r} is not a number", FORMS)


def _read_mapping(given: Mapping[str, object]) -> Set:
    (key, value), *more = [*given.items()] or [("", None)]
    if key == "times" and not more and _is_number(value):
        return Set("times", (_float(value),))
    ends = list(value) if key == "between" and isinstance(value, list | tuple) else []
    if not more and len(ends) == 2 and all(map(_is_number, ends)):
        return Set("between", (_float(ends[0]), _float(ends[1])))
    said = ", ".join(f"{name}: {each}" for name, each in given.items())
    raise Unreadable(f"{{{said}}}", "a number, {times: 2} or {between: [0.01, 0.1]}")


def _checked(made: Set, text: str | None) -> Set:
    said = made.said() if text is None else text
    if not all(isfinite(number) and number > 0 for number in made.numbers):
        what = "a factor above 0" if made.key == "times" else "two numbers above 0, the lower first"
        raise Unreadable(said, what)
    if made.key == "between" and not made.numbers[0] < made.numbers[1]:
        raise Unreadable(f"{said}: {_digits(made.numbers[0])} is not below {_digits(made.numbers[1])}",
                         "the lower end first")  # fmt: skip
    return made


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _digits(number: float) -> str:
    return repr(float(number)).removesuffix(".0")
