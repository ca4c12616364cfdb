"""An answer on its way to whoever asked: as JSON, or as a screen; at a terminal as soon as it is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from sim.commands.printing import print_json
from sim.commands.progress import Progress, answer_first

T = TypeVar("T")


class Answering(Generic[T]):
    """How an answer is shown.

    :param screen: the answer as a person reads it.
    """

    def __init__(self, screen: Callable[[T], str], as_json: bool, quiet: bool) -> None:
        self._screen, self._as_json, self._quiet = screen, as_json, quiet
        self._first = answer_first(quiet, as_json)

    def early(self, progress: Progress) -> Callable[[T], None] | None:
        """What shows it before files are written; None where nobody waits for it."""
        return (lambda made: progress.say(self._screen(made))) if self._first else None

    def finish(self, made: T, files: str) -> None:
        """Shows it, if it has not been shown, and where its files are."""
        if self._as_json:
            print_json(made)
        elif not self._quiet:
            if not self._first:
                print(self._screen(made))
            print(f"\n{files}")
