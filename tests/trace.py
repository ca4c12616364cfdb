"""The table of test files in docs/trace.md: what each shows, as it says of itself, and which command runs it.

``python -m tests.trace`` writes it anew.
"""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "trace.md"
FIRST, LAST = "<!-- test files: written by python -m tests.trace -->\n", "<!-- end of test files -->\n"
MARKS = ("pytest.mark.exhaustive", "by_structure(", "drawn_or_blank")
"""What makes some of a file's tests exhaustive: the marker, and what hands it on."""


def test_files() -> dict[str, str]:
    """Each test file below ``tests/`` with its source, in order."""
    return {
        path.relative_to(TESTS).as_posix(): path.read_text("utf-8")
        for path in sorted(TESTS.glob("*/test_*.py"))
    }


def exhaustive() -> set[str]:
    """The files of which ``make test-all`` runs more than ``make test``."""
    return {name for name, source in test_files().items() if any(mark in source for mark in MARKS)}


def table() -> str:
    """A row for each test file."""
    rows = ["| tests | what they show | where they run |", "|---|---|---|"]
    for name, source in test_files().items():
        shown = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0].replace("\n", " ")
        where = "`make test`, more in `make test-all`" if name in exhaustive() else "`make test`"
        rows.append(f"| `{name}` | {shown.replace('``', '`').replace('|', '/')} | {where} |")
    return "\n".join(rows) + "\n"


def parts(page: str) -> tuple[str, str, str]:
    """What stands before the table, the table, and what stands after it."""
    before, rest = page.split(FIRST)
    written, after = rest.split(LAST)
    return before, written.strip("\n") + "\n", after


if __name__ == "__main__":
    before, _, after = parts(PAGE.read_text("utf-8"))
    PAGE.write_text(f"{before}{FIRST}\n{table()}\n{LAST}{after}", "utf-8")
