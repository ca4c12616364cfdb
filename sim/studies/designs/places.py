"""Where mistakes in what a user asks of a design are told: at an option, or at a line of a sweep file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.base.errors import AccessionError, OptionError, ScenarioError
from sim.scenario.nodes import Node, Problems
from sim.scenario.setting import Unreadable

GRID, OVER, SAMPLE, POINTS, TABLE = "grid", "over", "sample", "points", "table"


@dataclass(frozen=True)
class Mistake:
    """Something that cannot be used."""

    option: str
    """``grid``, ``over``, ``sample``, ``points`` or ``table``."""
    about: str
    """The axis, or the value of the option; may be empty."""
    what: Unreadable


class Places:
    """Mistakes by the names of options."""

    def error(self, mistakes: Sequence[Mistake]) -> AccessionError:
        """All of them, a line each."""
        lines = (f"<{one.option}>{one.about and ' '}{one.about}: {one.what}" for one in mistakes)
        return OptionError("\n".join(lines))

    def point(self, option: str, text: str, row: int | None) -> AccessionError:
        """A point that cannot run, whose changes the text names.

        :param row: of the design, if it is one of its rows.
        """
        return OptionError(f"<{option}> {text}")


OPTIONS = Places()

_PATHS = {
    GRID: ("grid",), OVER: ("sample", "over"), SAMPLE: ("sample", "method"), POINTS: ("sample", "points"),
    TABLE: ("table",),
}  # fmt: skip


@dataclass(frozen=True)
class TablePlaces(Places):
    """Points by file and line of a table."""

    label: str
    lines: Sequence[int]
    """Of each row."""

    def point(self, option: str, text: str, row: int | None) -> AccessionError:
        """See :class:`Places`."""
        at = self.label if row is None else f"{self.label}:{self.lines[row]}"
        return ScenarioError([f"{at}: {text}"])


@dataclass(frozen=True)
class LinePlaces(Places):
    """Mistakes by file and line."""

    tree: Node
    """Of the sweep file."""

    def error(self, mistakes: Sequence[Mistake]) -> AccessionError:
        """See :class:`Places`."""
        problems = Problems()
        for one in mistakes:
            names = getattr(one.what, "names", one.what.allowed)
            near = getattr(one.what, "near", None)
            problems.add(self._node(one.option, one.about), one.what.problem, allowed=names, near=near)
        return ScenarioError(problems.sorted())

    def point(self, option: str, text: str, row: int | None) -> AccessionError:
        """See :class:`Places`."""
        problems = Problems()
        problems.add(self._node(option, ""), text)
        return ScenarioError(problems.sorted())

    def _node(self, option: str, about: str) -> Node:
        """The nearest part of the file that there is."""
        node = self.tree
        for key in (*_PATHS[option], about):
            node = node.get(key) or node
        return node
