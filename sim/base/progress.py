"""How whoever waits is told how far a study has come."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int], None]
"""Told how much more is done."""


def silent(done: int) -> None:
    """No progress shown."""
