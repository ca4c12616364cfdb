"""Reads YAML 1.2 text into a tree of nodes with their lines.

The text is parsed and resolved by YAML 1.2 (``compose_yaml``; so ``NO`` is text and ``1e-3`` a number); values are made
here, because a scenario allows only a few kinds of them and each refusal should name its line.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sim.base.errors import ScenarioError
from sim.base.hints import date_meant
from sim.base.tables import Unreadable, text_of
from sim.scenario.compose_yaml import compose, is_mapping, is_scalar, is_sequence
from sim.scenario.nodes import BROKEN, Broken, Node, Path, Problems, Scalar, is_number
from sim.scenario.slips import WITHOUT_SPACE, slip

MOST_BYTES = 500_000
MOST_MARKS = 20_000
"""Lines and commas together, so that text which would take the parser long is refused before it is parsed."""
MOST_NODES = 100_000
MOST_DEPTH = 50
_MOST_OPEN = 4 * MOST_DEPTH
"""Brackets that are open at once, with those that stand in text."""

_MOST_CURED = 60_000
"""Characters of a text that is read again with the cure of a slip."""
_WHOLE = re.compile(r"[0-9]+")
_CLOSES = {"[": "]", "{": "}"}
_BRACKETS = re.compile(r"[\[\]{}]")
_NESTED = re.compile(rf"^ *(?:[-?:][ \t]+){{{_MOST_OPEN}}}", re.MULTILINE)
"""Lists and keys within one another on one line."""
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Letters that turn the direction of what follows, so that a line reads otherwise than it is written."""
_TAG = "tag:yaml.org,2002:"


class _TooLarge(Exception):
    """More nodes or levels than any scenario has: aliases that multiply, or that contain themselves."""


def decode(data: bytes, file: str) -> str:
    """Text of a file.

    :raises ScenarioError: more than ``MOST_BYTES``, or not UTF-8 (with the line).
    """
    if len(data) > MOST_BYTES:
        raise ScenarioError([f"{file}: {len(data)} bytes; allowed: at most {MOST_BYTES}"])
    try:
        return text_of(data)
    except Unreadable as error:
        raise ScenarioError([f"{file}:{error.row}: {error.problem}; allowed: {error.allowed}"]) from None


def read_text(
    text: str, file: str, problems: Problems, what: str = "a scenario", first: str = "schema: 1"
) -> Node:
    """The tree of one YAML document whose top is a mapping.

    Repeated keys and values that a scenario cannot hold are noted in ``problems``; the tree goes on
    without them.

    :param what: what the document should be; :param first: how it begins.
    :raises ScenarioError: text that is not YAML, is empty, or is not a mapping.
    """
    top = _compose(text, file)
    if top is None:
        raise ScenarioError([f"{file}:1: the file is empty; allowed: {what}, beginning with '{first}'"])
    line = top.start_mark.line + 1
    if not is_mapping(top):
        raise ScenarioError([f"{file}:{line}: not {what}; allowed: keys with values, such as '{first}'"])
    try:
        return _Reader(file, problems).node(top, 1, ())
    except _TooLarge:
        raise ScenarioError(
            [f"{file}:{line}: too large once its aliases are written out; allowed: at most {MOST_NODES} "
             f"values, {MOST_DEPTH} levels deep"]
        ) from None  # fmt: skip


def _check_size(text: str, file: str) -> None:
    """:raises ScenarioError: text that the parser would need long for."""
    marks = text.count("\n") + text.count(",")
    if marks > MOST_MARKS:
        raise ScenarioError([f"{file}:1: too large: {marks} lines and commas; allowed: at most {MOST_MARKS}"])
    depth, deepest = 0, _NESTED.search(text)
    for found in _BRACKETS.finditer(text) if deepest is None else ():
        depth = depth + 1 if found[0] in "[{" else max(depth - 1, 0)
        if depth > _MOST_OPEN:
            deepest = found
            break
    if deepest is not None:
        line = text.count("\n", 0, deepest.start()) + 1
        raise ScenarioError([f"{file}:{line}: nested too deep; allowed: at most {MOST_DEPTH} levels"])


def _stumbles(text: str) -> int | None:
    """The line (from 0) on which the parser gives up; ``None`` if it does not."""
    try:
        compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return mark.line if mark is not None else 0
    except Exception:
        return 0
    return None


@lru_cache(maxsize=32)
def _compose(text: str, file: str) -> Any:
    """The parser's nodes, which nothing here changes; kept, since many scenarios have one parent."""
    _check_size(text, file)
    try:
        return compose(text)
    except MarkedYAMLError as error:
        raise ScenarioError([_explain(error, text, file)]) from None
    except YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        raise ScenarioError([f"{file}:{line}: a control character; allowed: printable text"]) from None
    except RecursionError:
        raise ScenarioError([f"{file}:1: nested too deep; allowed: at most {MOST_DEPTH} levels"]) from None
    except Exception as error:
        # the parser of ruamel.yaml has a few ways of failing of its own on text that is hardly YAML
        raise ScenarioError([f"{file}:1: not YAML ({type(error).__name__}: {error})"]) from None


def _explain(error: MarkedYAMLError, text: str, file: str) -> str:
    problem = " ".join(str(error.problem or error.context or "cannot be read").split())
    mark, opens = error.problem_mark or error.context_mark, error.context_mark
    place = f"{file}:{mark.line + 1}" if mark is not None else file
    if "'\\t'" in problem or (mark is not None and _indented_by_tab(text, mark.line)):
        return f"{place}: a tab; allowed: spaces for indentation"
    if "found another document" in problem:
        return f"{place}: a second document ('---'); allowed: one scenario in a file"
    quoted = opens is not None and "quoted scalar" in str(error.context)
    if (
        not quoted
        and mark is not None
        and len(text) <= _MOST_CURED
        and (known := slip(text, mark.line, _stumbles))
    ):
        return f"{file}:{known[0] + 1}: {known[1]}"
    if opens is not None and quoted:
        # what is never closed is told by where it opens
        return f"{file}:{opens.line + 1}: a quote that opens here is never closed; allowed: the same quote at both ends"
    if (
        "flow" in str(error.context)
        and (bracket := _open_bracket(text, getattr(mark, "index", 0))) is not None
    ):
        opening, line = bracket
        said = f"{opening!r} that opens here is not closed, or a comma is missing within"
        return f"{file}:{line + 1}: {said}; allowed: one {_CLOSES[opening]!r} for it"
    return f"{place}: not YAML: {problem}"


def _open_bracket(text: str, end: int) -> tuple[str, int] | None:
    """The last bracket before a place that is still open there, and its line (from 0)."""
    still_open: list[tuple[str, int]] = []
    for found in _BRACKETS.finditer(text, 0, end):
        if found[0] in _CLOSES:
            still_open.append((found[0], text.count("\n", 0, found.start())))
        elif still_open:
            still_open.pop()
    return still_open[-1] if still_open else None


def _indented_by_tab(text: str, line: int) -> bool:
    lines = text.splitlines()
    return line < len(lines) and "\t" in lines[line][: len(lines[line]) - len(lines[line].lstrip())]


def is_whole_text(text: str) -> bool:
    """Whether text has no half of a surrogate pair, which could not be written to a file."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def hidden_letter(text: str) -> str | None:
    """The first letter of text that a screen obeys instead of showing it, as ``U+001B``; ``None`` if there is none."""
    if text.isprintable():  # nearly always
        return None
    for letter in text:
        if letter not in "\n\t" and (unicodedata.category(letter) == "Cc" or letter in _TURNS):
            return f"U+{ord(letter):04X}"
    return None


class _Reader:
    """Turns parsed YAML into nodes, counting them on the way."""

    def __init__(self, file: str, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.count = 0

    def node(self, raw: Any, line: int, path: Path) -> Node:
        self.count += 1
        if self.count > MOST_NODES or len(path) > MOST_DEPTH:
            raise _TooLarge
        if is_mapping(raw):
            self._plain_tag(raw, "map", line, path)
            return Node(self._mapping(raw, line, path), self.file, line, path)
        if is_sequence(raw):
            self._plain_tag(raw, "seq", line, path)
            items = [
                self.node(item, max(line, item.start_mark.line + 1), (*path, number))
                for number, item in enumerate(raw.value)
            ]
            return Node(items, self.file, line, path)
        return Node(self._scalar(raw, line, path), self.file, line, path)

    def _problem(self, line: int, path: Path, problem: str, allowed: str) -> None:
        self.problems.add(Node(None, self.file, line, path), problem, allowed=allowed)

    def _plain_tag(self, raw: Any, kind: str, line: int, path: Path) -> None:
        if str(raw.tag) != _TAG + kind:
            self._problem(line, path, f"the tag {str(raw.tag)!r}", "values without tags")

    def _mapping(self, raw: Any, line: int, path: Path) -> dict[str, Node]:
        out: dict[str, Node] = {}
        for key, value in raw.value:
            # an alias has the marks of its anchor, which is further up
            at = max(line, key.start_mark.line + 1)
            if is_scalar(value) and value.value == "" and _WHOLE.fullmatch(str(key.value)) and out:
                last = [*out.values()][-1]
                if is_number(last.value):
                    told = f"a decimal comma; write {last.value}.{key.value}, with a point"
                    self._problem(at, last.path, told, "points in numbers")
                    out[str(last.path[-1])] = last.with_value(BROKEN)
                    continue
            name = self._key(key, at, path)
            if name is None:
                continue
            if value.value == "" and (found := WITHOUT_SPACE.fullmatch(name)):
                said = f"no space after the colon; write '{found[1]}: {found[2]}'"
                self._problem(at, (*path, found[1]), said, "a space after each colon")
                out.setdefault(found[1], Node(BROKEN, self.file, at, (*path, found[1])))
                continue
            if name in out:
                first = out[name].line
                self._problem(
                    at, (*path, name), f"repeated key, first given on line {first}", "each key once"
                )
                continue
            out[name] = self.node(value, at, (*path, name))
        return out

    def _key(self, key: Any, line: int, path: Path) -> str | None:
        if is_scalar(key):
            name = self._scalar(key, line, path)
            if isinstance(name, str) and name:
                return name
            self._problem(
                line, path, f"the key {str(key.value)!r} is not a name", "names (or put it in quotes)"
            )
        else:
            self._problem(line, path, "a key that is a list or a mapping", "names")
        return None

    def _scalar(self, raw: Any, line: int, path: Path) -> Scalar:
        text, tag = str(raw.value), str(raw.tag).removeprefix(_TAG)
        if tag in {"str", "merge"}:
            if not is_whole_text(text):
                self._problem(line, path, "half of a surrogate pair", "whole characters")
                return BROKEN
            if (letter := hidden_letter(text)) is not None:
                self._problem(line, path, f"a control character ({letter})", "printable text")
                return BROKEN
            return text
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag in {"int", "float"}:
            return self._number(text, tag, line, path)
        if tag == "timestamp":
            return self._date(text, line, path)
        self._problem(line, path, f"the tag {str(raw.tag)!r}", "values without tags")
        return BROKEN

    def _number(self, text: str, tag: str, line: int, path: Path) -> int | float | Broken:
        digits = text.replace("_", "").lower()
        try:
            if tag == "int":
                sign, bare = (-1 if digits.startswith("-") else 1), digits.lstrip("+-")
                base = {"0x": 16, "0o": 8, "0b": 2}.get(bare[:2], 10)
                number = int(bare if base == 10 else bare[2:], base)
                return sign * number if number < 2**53 else self._finite(float(digits), text, line, path)
            return self._finite(float(digits.replace(".inf", "inf").replace(".nan", "nan")), text, line, path)
        except (ValueError, OverflowError):
            self._problem(line, path, f"{text[:40]!r} is not a number", "numbers such as 2, 0.5 or 1e-3")
            return BROKEN

    def _finite(self, number: float, text: str, line: int, path: Path) -> float | Broken:
        if math.isfinite(number):
            return number
        self._problem(line, path, f"{text[:40]!r} is not finite", "finite numbers")
        return BROKEN

    def _date(self, text: str, line: int, path: Path) -> date | Broken:
        try:
            return date.fromisoformat(text)
        except ValueError:
            meant = date_meant(text)
            told = f"{text[:40]!r} is not a date" + (f"; {meant}" if meant else "")
            self._problem(line, path, told, "a day that exists, such as 2027-07-07")
            return BROKEN
