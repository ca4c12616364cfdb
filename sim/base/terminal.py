"""How much room there is to write in."""

from __future__ import annotations

import shutil
from textwrap import fill

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
