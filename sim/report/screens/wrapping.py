"""Words and tables in the width of a terminal."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from textwrap import wrap

WIDTH = 80
"""Letters on a line."""
GAP = 2
"""Between two columns."""
Row = Sequence[str]


def wrapped(text: str, indent: str = "") -> list[str]:
    """A sentence over lines, later ones further in; a number and its sign stay on one line."""
    held = text.replace(" %", "\u00a0%")
    lines = wrap(held, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]


def tables(rows: Sequence[Row], keys: int = 1, right: Collection[int] = ()) -> list[list[str]]:
    """Rows, of which the first is the heading, as the lines of one table, or of several if one is too wide.

    Headings are broken at spaces and underscores where one table then has room; else the columns are shared out
    among tables, each of which begins with the first ``keys`` columns.

    :param right: columns that end at their right edge.
    """
    heading = rows[0]
    columns = [list(column) for column in zip(*rows, strict=True)]
    groups = [list(range(len(columns)))]
    if _width(columns) > WIDTH:
        inner = [max(map(len, column[1:]), default=0) for column in columns]
        heads = [_broken(name, width) for name, width in zip(heading, inner, strict=True)]
        deep = max(map(len, heads))
        broken = [
            [*[""] * (deep - len(head)), *head, *column[1:]]
            for head, column in zip(heads, columns, strict=True)
        ]
        if _width(broken) <= WIDTH:
            columns = broken
        else:
            groups = _shared_out(columns, keys)
    return [_lines([columns[i] for i in group], [i in right for i in group]) for group in groups]


def _width(columns: Sequence[Sequence[str]]) -> int:
    return sum(max(map(len, column)) for column in columns) + GAP * (len(columns) - 1)


def _broken(name: str, width: int) -> list[str]:
    """A heading over lines that are no longer than the cells under it, as far as its words allow."""
    lines: list[str] = []
    for word in re.findall(r"[^ _]+_?", name):
        glue = "" if lines and lines[-1].endswith("_") else " "
        if lines and len(lines[-1] + glue + word) <= width:
            lines[-1] += glue + word
        else:
            lines.append(word)
    return lines or [""]


def _shared_out(columns: Sequence[Sequence[str]], keys: int) -> list[list[int]]:
    """Numbers of the columns of each table: from the last one back, as many in each as there is room for."""
    first = list(range(keys))
    groups: list[list[int]] = []
    for i in reversed(range(keys, len(columns))):
        if groups and _width([columns[k] for k in (*first, i, *groups[0])]) <= WIDTH:
            groups[0].insert(0, i)
        else:
            groups.insert(0, [i])
    return [first + group for group in groups] or [first]


def _lines(columns: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    widths = [max(map(len, column)) for column in columns]
    return [
        (" " * GAP)
        .join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        .rstrip()
        for row in zip(*columns, strict=True)
    ]


def joined(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Tables under one another, an empty line between them."""
    return [line for k, block in enumerate(blocks) for line in ([""] if k else []) + list(block)]
