"""What can be varied of a scenario, by name: the axis that a name and its values make, and what is wrong with them.

A name is a parameter's; a lever's (or a holdout's code); a happening's (``settlement=comprehensive``, ``UKR joins``);
a structural choice's, or ``variants`` for the variants of all choices.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

from sim.base.hints import Said, date_meant, near_name, number_meant, offer
from sim.model.model import Model
from sim.scenario.entries import Lever
from sim.scenario.happenings import JOINS, is_happening
from sim.scenario.schema import ScenarioContent
from sim.scenario.setting import Unreadable
from sim.scenario.sources import choices
from sim.studies.design import (
    NEVER,
    NO,
    NONE,
    YES,
    Axis,
    Cell,
    DayAxis,
    LeverAxis,
    NumberAxis,
    VariantAxis,
)
from sim.studies.designs.values import (
    ALL,
    DAY,
    FORMS,
    NAME,
    QUANTILE,
    TIMES,
    Given,
    Levels,
    Span,
    not_a,
    said,
)
from sim.studies.lever_points import holdouts, lever_point, next_meeting, top_stance, voter_point
from sim.studies.points import NOTHING, Point
from sim.studies.prepare import Prepared
from sim.studies.variant_layers import Layer, layers, obstacle

VARIANTS = "variants"
"""The axis of all structural variants, one at a time."""
_DAYS = f"YYYY-MM-DD or {NEVER}"


Pull = Callable[[date], Point]
"""Day -> what a lever changes that is pulled on it."""


class Refused(Unreadable):
    """An axis that a scenario does not have, or values that it does not take; with the nearest name."""

    def __init__(self, problem: str, allowed: str | Iterable[str], near: str | None = None) -> None:
        names = allowed if isinstance(allowed, str) else list(allowed)
        ValueError.__init__(self, problem + offer(names, near))
        self.problem, self.names, self.near = problem, names, near
        self.allowed = names if isinstance(names, str) else ", ".join(names)


class Column(ABC):
    """Something that can be varied."""

    @abstractmethod
    def take(self, given: Given) -> tuple[Axis, Given]:
        """The axis of these values, and the values themselves with short forms written out.

        :raises Refused: values of another kind, or that the scenario cannot take.
        """


class Varied:
    """What can be varied of a scenario."""

    def __init__(self, base: Prepared, taken: Collection[str] = ()) -> None:
        """:param taken: names of columns that the tables of a study have already."""
        self.base, self.taken = base, taken

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """Choice -> its variants; ``variants`` -> all of them."""
        found: dict[str, list[str]] = {}
        for variant, choice in choices().items():
            found.setdefault(choice, []).append(variant)
        return {**found, VARIANTS: [name for names in found.values() for name in names]}

    @cached_property
    def levers(self) -> dict[str, Pull]:
        """Lever (a scenario's own, or a voter who starts below what a decision needs) -> what pulling it changes."""
        content = self.base.loaded.content
        found: dict[str, Pull] = {
            name: partial(_pulled, lever, content) for name, lever in content.levers.items()
        }
        voters = holdouts(self.base)
        return found | {code: partial(_turned, code, top_stance(self.base), content) for code in voters}

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """Variant -> what it changes."""
        return {layer.name: layer for layer in layers()}

    def axis(self, name: str, given: Given) -> tuple[Axis, Given]:
        """An axis and its values, as the scenario takes them.

        :raises Refused: an unknown name, or values that cannot be used.
        """
        return self.column(name, given).take(given)

    def column(self, name: str, given: Given | None = None) -> Column:
        """What a name stands for.

        :param given: the values behind it, which may show what was meant.
        :raises Refused: an unknown name, or one that is used otherwise already.
        """
        model = self.base.model
        if name in model.parameters:
            if name in self.base.loaded.changed:
                raise Refused("also given by <overrides>", "one of the two")
            if name in self.taken:
                raise Refused("the table has a column of that name", "a parameter with another name")
            return _Parameter(name, model)
        if name in self.levers:
            return _Lever(name, self.levers[name], self.base)
        if is_happening(name):
            _check_happening(name, model)
            return _Happening(name, model)
        known = {choice.casefold(): choice for choice in self.choices}
        if (choice := known.get(name.casefold())) is not None:
            return _Choice(choice, self.choices[choice], self)
        raise self._unknown(name, given)

    def _unknown(self, name: str, given: Given | None) -> Refused:
        model = self.base.model
        if name in model.chain_names:
            states = model.state_names[model.chain_names.index(name)]
            cell = str(_first(given)) if given is not None else ""
            meant = _happening_of(name, cell if cell in states else states[-1], model)
            return Refused(f"{name} is a chain", "a happening with its days", meant)
        known = list(model.parameters)
        none = "none, as this scenario has no parameters"
        return Refused(
            "not a parameter", known or none, near_name(name, [*known, *self.levers, *self.choices])
        )


@dataclass(frozen=True)
class _Parameter(Column):
    name: str
    model: Model

    def take(self, given: Given) -> tuple[Axis, Given]:
        if given.key in (NAME, DAY):
            text = str(_first(given))
            raise Refused(not_a("a number", text, number_meant(text)), FORMS)
        if given.key == QUANTILE and isinstance(self.model.parameters[self.name], float):
            raise Refused(
                "has no prior here, so no quantiles", "numbers or factors, or a parameter with a prior"
            )
        return NumberAxis(self.name, given.key), given


@dataclass(frozen=True)
class _Happening(Column):
    name: str
    model: Model

    def take(self, given: Given) -> tuple[Axis, Given]:
        return DayAxis(self.name), _days(given, self.model, _DAYS)


@dataclass(frozen=True)
class _Choice(Column):
    name: str
    variants: list[str]
    known: Varied

    def take(self, given: Given) -> tuple[Axis, Given]:
        if not isinstance(given, Levels) or given.key != NAME:
            raise Refused(f"{said(given.key, _first(given))}: not a variant", [NONE, *self.variants, ALL])
        found, loaded = self.known.layers, self.known.base.loaded
        if given.cells == (ALL,):
            reasons = {name: obstacle(found[name], loaded) for name in self.variants}
            fitting = [name for name, reason in reasons.items() if not reason]
            if not fitting:
                name, reason = next(iter(reasons.items()))
                raise Refused(f"{ALL}: none goes with this scenario ({name}: {reason})", "other axes")
            return VariantAxis(self.name), Levels(NAME, (NONE, *fitting))
        for cell in map(str, given.cells):
            if cell == NONE:
                continue
            if cell not in self.variants:
                near = near_name(cell, self.variants)
                raise Refused(f"{cell}: not a variant of it", [NONE, *self.variants, ALL], near)
            if reason := obstacle(found[cell], loaded):
                raise Refused(f"{cell}: {reason}", "variants of parts that the scenario leaves as they were")
        return VariantAxis(self.name), given


@dataclass(frozen=True)
class _Lever(Column):
    """Pulled or not, on the day of the next meeting; or on days."""

    name: str
    pull: Pull
    base: Prepared

    def take(self, given: Given) -> tuple[Axis, Given]:
        allowed = f"{YES}, {NO}, {ALL}, or days ({_DAYS})"
        if given.key == NAME:
            assert isinstance(given, Levels), "names are no range"
            cells = (NO, YES) if given.cells == (ALL,) else given.cells
            strange = next((str(cell) for cell in cells if cell not in (YES, NO)), None)
            if strange is not None:
                meant = date_meant(strange)
                state = _happening_of(self.name, strange, self.base.model)
                raise Refused(f"{strange!r}" + (f"; {meant}" if meant else ""), allowed, state)
            meeting = next_meeting(self.base.loaded.content)
            day = meeting[0] if meeting is not None else self.base.model.start
            return LeverAxis(self.name, self.pull(day)), Levels(NAME, cells)
        return LeverDayAxis(self.name, self.pull), _days(given, self.base.model, allowed)


@dataclass(frozen=True)
class LeverDayAxis(Axis):
    """A lever: the day on which it is pulled, or ``never``."""

    kind = "day"
    lever: str
    pull: Pull

    @property
    def name(self) -> str:
        """See :class:`Axis`."""
        return self.lever

    def change(self, cell: Cell) -> Point:
        """See :class:`Axis`."""
        return NOTHING if cell == NEVER else self.pull(date.fromisoformat(str(cell)))


def _happening_of(chain: str, state: str, model: Model) -> Said | None:
    """How days of a chain's state are written; None if it has no such state."""
    if chain not in model.chain_names or state not in model.state_names[model.chain_names.index(chain)]:
        return None
    return Said(f"{chain}={state}=2030-06-01,{NEVER}")


def _pulled(lever: Lever, content: ScenarioContent, on: date) -> Point:
    return lever_point(lever, on, content)


def _turned(code: str, stance: str, content: ScenarioContent, on: date) -> Point:
    return voter_point(code, stance, on, content)


# --- values ---------------------------------------------------------------------------------------------


def _first(given: Given) -> Cell:
    return given.at(0.0) if isinstance(given, Span) else given.cells[0]


def _days(given: Given, model: Model, allowed: str) -> Given:
    """:raises Refused: no days, or days outside the scenario."""
    if given.key != DAY:
        text = said(given.key, _first(given))
        raise Refused(not_a("a date", text, date_meant(text)), allowed)
    for day in _each_day(given):
        if not model.start.isoformat() < day <= model.horizon.isoformat():
            raise Refused(day, f"{NEVER}, or a day after {model.start}, up to {model.horizon}")
    return given


def _each_day(given: Given) -> Iterator[str]:
    cells = (given.at(0.0), given.at(1.0)) if isinstance(given, Span) else given.cells
    return (str(cell) for cell in cells if cell != NEVER)


def _check_happening(name: str, model: Model) -> None:
    """:raises Refused: a chain or state that is not there. Who joins is known where the scenario is made."""
    if name.endswith(JOINS):
        return
    chain, _, state = name.partition("=")
    if chain not in model.chain_names:
        raise Refused(f"no chain {chain!r}", model.chain_names, near_name(chain, model.chain_names))
    states = model.state_names[model.chain_names.index(chain)]
    if state not in states:
        raise Refused(f"{chain} has no state {state!r}", states, near_name(state, states))


def split_column(name: str) -> tuple[str, str | None]:
    """``rate (times)`` -> ``rate``, ``times``: a column as a table of points names it, and what its numbers are."""
    for key in (TIMES, QUANTILE):
        if name.endswith(f" ({key})"):
            return name.removesuffix(f" ({key})"), key
    return name, None
