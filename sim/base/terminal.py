"""How much room there is to write in, and what may be written there."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import fill
from typing import Any, TextIO, cast

LEAST = 40
"""A screen narrower than this is written to as if it had as much."""
ANY = 1_000_000
"""More columns than anything takes."""


def columns(most: int = ANY) -> int:
    """Columns to write in: those that ``COLUMNS`` or the terminal has; ``most`` elsewhere, and at most."""
    return min(most, max(LEAST, shutil.get_terminal_size((most, 24)).columns))


def folded(text: str, indent: str = "", most: int = ANY) -> str:
    """A line, folded where the screen (or ``most``) ends; further lines begin with ``indent``."""
    width = columns(most)
    return fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


# --- what reaches the screen ----------------------------------------------------------------------------

_KEPT = "\n\t\r"
_TURNING = range(0x202A, 0x202F), range(0x2066, 0x206A)
_HIDDEN = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in _KEPT
} | {code: f"\\u{code:04x}" for turning in _TURNING for code in turning}
"""Letters that a terminal obeys instead of showing them -> how they are shown."""


def shown(text: str) -> str:
    """Text as a terminal shows it: what would steer it, such as an escape sequence, is written out."""
    return text.translate(_HIDDEN)


class Screen:
    """A stream on which nothing steers a terminal, and nothing fails for an encoding: such letters are written out.

    Everything else is the stream's own affair.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes text, cleaned; see :func:`shown`."""
        clean = shown(text)
        encoding = getattr(self._stream, "encoding", None)
        if encoding:
            clean = clean.encode(encoding, "backslashreplace").decode(encoding)
        return self._stream.write(clean)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def screens() -> Iterator[None]:
    """Within it, whatever is printed goes through a :class:`Screen`."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, Screen(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
