"""Slips that make a file no YAML: each is known by its cure, with which the text can be read, or read further."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

Reads = Callable[[str], int | None]
"""Text -> the line (from 0) on which its reader stumbles; ``None`` if it is YAML."""

MOST_TRIED = 24
"""Cures that are tried, for each is a reading of the whole text."""
_BACK = 3
"""Lines before the one that the reader stumbled on that may be to blame."""

_NO_SPACE = re.compile(r"^(\s*(?:- )?[A-Za-z_][\w-]*):([^\s/].*)$")
_NO_SPACE_WITHIN = re.compile(r"([{,]\s*[A-Za-z_][\w-]*):([^\s/,}\]])")
_EQUALS = re.compile(r"^(\s*(?:- )?[A-Za-z_][\w-]*)\s*=\s*(\S.*)$")
_NO_COLON = re.compile(r"^(\s*(?:- )?[A-Za-z_][\w-]*) +([^\s:#].*)$")
_NO_DASH_SPACE = re.compile(r"^(\s*)-([^\s-].*)$")
WITHOUT_SPACE = re.compile(r"([A-Za-z_][\w-]*):\s?([^\s/:]\S*)")
_VALUE = re.compile(r"^(\s*(?:- )?[A-Za-z_][\w-]*):\s+(\S.*?)\s*$")


def slip(text: str, at: int, reads: Reads) -> tuple[int, str] | None:
    """The line (from 0) and the words of the slip that made the reader stumble; ``None`` if none is known.

    :param at: the line on which it stumbled.
    """
    lines = text.splitlines()
    suspects = [n for n in _suspects(lines, at) if not lines[n].lstrip().startswith("#")]
    tries = (
        *((n, *cure) for n in suspects for cure in _cures(lines[n])),
        *((n, *cure) for n in suspects for cure in _with_colon(lines[n], number=True)),
        *((n, *cure) for n in suspects for cure in _indented(lines, n)),
        *((n, *cure) for n in suspects for cure in _with_colon(lines[n])),
    )
    for number, cured, words in tries[:MOST_TRIED]:
        then = reads("\n".join([*lines[:number], cured, *lines[number + 1 :]]) + "\n")
        if then is None or then > max(at, number):
            return number, words
    return None


def _suspects(lines: list[str], at: int) -> Iterator[int]:
    """The line itself and the written ones before it, nearest first."""
    last = min(at, len(lines) - 1)
    written = [number for number in range(last, -1, -1) if lines[number].strip()]
    yield from written[: _BACK + 1]


def _cures(line: str) -> Iterator[tuple[str, str]]:
    """A line as it may have been meant, and what to say of it; the likeliest first."""
    if found := _NO_SPACE.match(line):
        cured = f"{found[1]}: {found[2]}"
        yield cured, f"no space after the colon; write {cured.strip()!r}"
    if found := _NO_SPACE_WITHIN.search(line):
        cured = _NO_SPACE_WITHIN.sub(r"\1: \2", line)
        key = found[1].lstrip("{, ")
        yield cured, f"no space after the colon; write '{key}: …'"
    if (found := _VALUE.match(line)) and not found[2].startswith(('"', "{", "[", "|", ">")):
        value = found[2].strip("'") if found[2].startswith("'") else found[2]
        quoted = json.dumps(value, ensure_ascii=False)
        yield (
            f"{found[1]}: {quoted}",
            f"{_why(found[2])}; put the text in quotes: {found[1].strip()}: {quoted}",
        )
    if found := _EQUALS.match(line):
        yield f"{found[1]}: {found[2]}", f"'=' where ':' stands; write {f'{found[1]}: {found[2]}'.strip()!r}"
    if found := _NO_DASH_SPACE.match(line):
        yield f"{found[1]}- {found[2]}", f"no space after the dash; write {f'- {found[2]}'!r}"


def _with_colon(line: str, number: bool = False) -> Iterator[tuple[str, str]]:
    """:param number: only where a number follows, which is hardly prose."""
    if (found := _NO_COLON.match(line)) and (not number or found[2][0].isdigit()):
        cured = f"{found[1]}: {found[2]}"
        yield cured, f"no colon after {found[1].strip().removeprefix('- ')!r}; write {cured.strip()!r}"


def _why(value: str) -> str:
    """What in a text would have to stand in quotes."""
    if value[0] in "'\"":
        return "a quote within a text in quotes"
    if ": " in value or value.endswith(":"):
        return "a colon in a text"
    return f"a text that begins with {value[0]!r}"


def _indented(lines: list[str], number: int) -> Iterator[tuple[str, str]]:
    """The line, and those below it that are indented alike or more, at the indentation of a line above."""
    here, bare = _indent(lines[number]), lines[number].lstrip()
    above = dict.fromkeys(
        width
        for before in reversed(lines[max(0, number - 30) : number])
        if before.strip() and not before.lstrip().startswith("#")
        for width in _places(before)
    )
    for width in sorted(above, key=lambda width: abs(width - here)):
        if width != here and "\t" not in lines[number]:
            what = "an item of a list" if bare.startswith("- ") else "a key"
            said = f"{what} indented by {here} spaces, which fits nothing above it; write it with {width}"
            yield " " * width + bare, said


def _places(line: str) -> list[int]:
    """Where a line's key begins; in ``- on: …`` the dash and the key are two places."""
    indent = _indent(line)
    return [indent, indent + 2] if line.lstrip().startswith("- ") else [indent]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
