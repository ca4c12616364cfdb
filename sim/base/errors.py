"""What can go wrong for a user, one class for each way.

Every class derives from :class:`AccessionError`; the command line prints its message and exits with
``exit_code`` instead of showing a traceback.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from sim.base.hints import near_name, offer


class AccessionError(Exception):
    """A mistake that the user can mend; its text is the whole message."""

    exit_code = 2

    def on_command_line(self) -> str:
        """The message as the command line prints it."""
        return str(self)


class FactsError(AccessionError):
    """A row of ``seeds/`` that cannot be used: names file, row and column."""

    def __init__(self, file: Path | str, row: int | None, column: str | None, problem: str) -> None:
        place = f"{Path(file).name}"
        if row is not None:
            place += f", row {row}"
        if column is not None:
            place += f", column {column!r}"
        super().__init__(f"{place}: {problem}")
        self.file, self.row, self.column, self.problem = str(file), row, column, problem


class ScenarioError(AccessionError):
    """A scenario that cannot be used; carries every problem found, each with its line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class ModelError(AccessionError):
    """A scenario that is well formed but cannot be compiled, or exceeds what an engine takes."""


class OptionError(ModelError):
    """An option with a value that is not allowed, or that does not go together with another.

    Options stand in ``text`` in angle brackets, such as ``<trajectories> 20: allowed: …``. A caller of the
    library reads them as the parameters that they are, a user of the command line as they are typed there.
    """

    def __init__(self, text: str) -> None:
        super().__init__(_OPTION.sub(r"\1", text))
        self.text = text

    @property
    def option(self) -> str:
        """The parameter that the message is about."""
        found = _OPTION.search(self.text)
        return found[1] if found else ""

    def on_command_line(self) -> str:
        """``--trajectories 20: allowed: …``"""
        return _OPTION.sub(lambda found: _TYPED.get(found[1], f"--{found[1]}"), self.text)


_OPTION = re.compile(r"<([a-z_]+)>")
_TYPED = {"overrides": "--set", "condition": "CONDITION"}
"""What the command line calls otherwise than the library, or takes without a name."""


class RunError(AccessionError):
    """A run that failed for a reason outside the scenario (a full disk, an unreadable result)."""

    exit_code = 1


def reason(error: Exception) -> str:
    """Why something cannot be read or written: in the words of the system, also where a library has added its own."""
    said = getattr(error, "strerror", None) or str(error)
    number = re.search(r"\[errno (\d+)\]", said, re.IGNORECASE)
    return os.strerror(int(number[1])) if number else said


def nearest(name: str, allowed: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` for the closest allowed name, or an empty string."""
    found = get_close_matches(str(name), [str(a) for a in allowed], n=1, cutoff=0.6)
    return f" Did you mean {found[0]!r}?" if found else ""


def choice(name: object, allowed: Iterable[str], none: str = "none is defined") -> str:
    """What may stand in place of a name: ``did you mean 'x'? allowed: x, y``, the nearest first."""
    names = [str(each) for each in allowed]
    return offer(names or none, near_name(str(name), names)).removeprefix("; ")
