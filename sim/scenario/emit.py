"""Plain data as YAML that a person can read, with a comment on where each number comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from textwrap import wrap
from typing import Any

from sim.scenario.nodes import Path

WIDTH = 100
_INDENT = "  "
_PLAIN = re.compile(r"[A-Za-z]([A-Za-z0-9_./ -]*[A-Za-z0-9_.])?")
_WORDS = {"true", "false", "null"}

Remark = Callable[[Path], str]
"""Path of a part that stands on one line -> the comment behind it, or nothing."""


def scalar(value: Any) -> str:
    """One value, in quotes only where YAML 1.2 would read the bare text as something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return repr(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return "".join(map(_printable, json.dumps(value, ensure_ascii=False)))


def _printable(letter: str) -> str:
    code = ord(letter)
    unsafe = 0x7F <= code < 0xA0 or letter in "\u2028\u2029\ufeff\ufffe\uffff"
    return f"\\u{code:04x}" if unsafe else letter


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(child) for child in value) + "]"
    return scalar(value)


def emit(tree: dict[str, Any], remark: Remark) -> str:
    """A document of the given tree; sections and parameters one key a line, the rest as it fits."""
    return "".join(line + "\n" for line in _mapping(tree, (), "", remark))


def _mapping(value: dict[str, Any], path: Path, indent: str, remark: Remark) -> Iterator[str]:
    for key, child in value.items():
        yield from _entry(f"{indent}{scalar(key)}:", child, (*path, key), indent + _INDENT, remark)


def _entry(head: str, child: Any, path: Path, indent: str, remark: Remark) -> Iterator[str]:
    """``key: value`` or ``- value``: on one line if it fits, else below."""
    if isinstance(child, str) and len(head) + len(child) > WIDTH and (lines := _folded(child, indent)):
        yield f"{head} >-"
        yield from lines
        return
    line = f"{head} {flow(child)}"
    if not isinstance(child, (dict, list)) or not child or (len(line) <= WIDTH and not _spread(path)):
        yield _with(line, remark(path))
    elif isinstance(child, dict) and head.endswith("-"):
        first, *others = _mapping(child, path, indent, remark)
        yield f"{head} {first.removeprefix(indent)}"
        yield from others
    elif isinstance(child, dict):
        yield head
        yield from _mapping(child, path, indent, remark)
    else:
        yield head
        for number, item in enumerate(child):
            yield from _entry(f"{indent}-", item, (*path, number), indent + _INDENT, remark)


def _folded(text: str, indent: str) -> list[str]:
    """Long text over several lines; nothing if folding would change it."""
    lines = wrap(text, WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    safe = " ".join(lines) == text and all(_printable(letter) == letter >= " " for letter in text)
    return [f"{indent}{line}" for line in lines] if safe else []


def _spread(path: Path) -> bool:
    """Sections and parameters are always spread over lines, so that each number has its own comment."""
    sections = {"parameters", "chains", "voters", "ladder", "calendar", "events", "watch", "levers"}
    return path[0] in sections and (len(path) == 1 or (path[0] == "parameters" and len(path) == 2))


def _with(line: str, remark: str) -> str:
    return f"{line}  # {remark}" if remark else line
