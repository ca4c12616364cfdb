"""A scenario with a few things changed, and how it is made ready at the cost of what is changed.

A point of a sweep, an end of a tornado, a lever that is pulled, a step on the way to a belief: all are points. Draws
are keyed by meaning, so all points of a scenario share worlds and luck, and two differ only by what they change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sim.base.errors import AccessionError, ModelError, OptionError, choice
from sim.model.model import Given, Model
from sim.model.worlds import Worlds, at_quantile, draw_parameters, draw_worlds, with_parameters
from sim.scenario.bounds import MOST_A_YEAR
from sim.scenario.load import lay_over, with_events
from sim.scenario.setting import Set
from sim.studies.prepare import Prepared, on_ground, prepare

_NOTHING: Mapping[str, Any] = MappingProxyType({})
KEPT = 64
"""Structures that are kept compiled."""
Key = tuple[tuple[tuple[str, date | None], ...], tuple[str, ...]]
"""What makes a structure: events, and variants."""
_ITSELF: Key = ((), ())


@dataclass(frozen=True)
class Point:
    """What is changed of a scenario; nothing, if nothing is given."""

    numbers: Mapping[str, Set] = field(default_factory=lambda: _NOTHING)
    """Parameter -> a number that takes its place, a factor of its prior, or a quantile of it."""
    events: Mapping[str, date | None] = field(default_factory=lambda: _NOTHING)
    """Happening (``settlement=comprehensive``, ``GRC.stance=recognises``, ``UKR joins``) -> its day; None: never."""
    variants: tuple[str, ...] = ()
    """Structural variants, laid over one another in this order."""

    def with_(self, other: Point) -> Point:
        """Both changes; where both say something of the same thing, the other one holds."""
        return Point(
            {**self.numbers, **other.numbers},
            {**self.events, **other.events},
            tuple(dict.fromkeys((*self.variants, *other.variants))),
        )

    def plain(self) -> dict[str, Any]:
        """As JSON has it; the order of names does not matter, that of variants does."""
        numbers = {name: value.said() for name, value in sorted(self.numbers.items())}
        events = {name: day and day.isoformat() for name, day in sorted(self.events.items())}
        return {"numbers": numbers, "events": events, "variants": list(self.variants)}

    @cached_property
    def id(self) -> str:
        """16 hex digits that say what is changed, wherever the point stands in a design."""
        text = json.dumps(self.plain(), ensure_ascii=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()[:16]

    def __reduce__(self) -> tuple[Any, ...]:
        """Goes to other processes as plain data."""
        return Point, (dict(self.numbers), dict(self.events), self.variants)

    def said(self) -> str:
        """``settlement_rate = 0.1, GRC.stance=recognises on 2028-06-01``; empty if nothing is changed."""
        parts = [value.told(name) for name, value in self.numbers.items()]
        parts += [f"{name} on {day}" if day else f"no {name}" for name, day in self.events.items()]
        return ", ".join([*parts, *self.variants])


NOTHING = Point()
"""The scenario as it is."""


class Points:
    """Makes points of one scenario ready. What is compiled and packed is shared by all that change only numbers."""

    def __init__(self, base: Prepared) -> None:
        self.base = on_ground(base)
        self._structures: dict[Key, Prepared] = {}

    def ready(self, point: Point) -> Prepared:
        """The scenario at a point, with its worlds drawn.

        :raises OptionError: a change that the scenario cannot take, naming the point.
        """
        try:
            return self._with_numbers(self._structure(point), point)
        except ModelError as error:
            raise OptionError(f"<point> {point.said()}: {error}") from None

    def _structure(self, point: Point) -> Prepared:
        """The scenario with the events and variants of a point."""
        key = (tuple(sorted(point.events.items())), point.variants)
        if key == _ITSELF:
            return self.base
        if key not in self._structures:
            while len(self._structures) >= KEPT:
                del self._structures[next(iter(self._structures))]
            self._structures[key] = on_ground(self._laid_over(point))
        return self._structures[key]

    def _laid_over(self, point: Point) -> Prepared:
        loaded, wanted = self.base.loaded, len(self.base.worlds)
        try:
            if point.variants:
                loaded = replace(
                    lay_over(loaded, *point.variants), source=loaded.source, changed=loaded.changed
                )
            if point.events:
                loaded = with_events(loaded, point.events)
            return prepare(loaded, None if wanted == 1 else wanted, self.base.seed)
        except AccessionError as error:
            raise ModelError(str(error).splitlines()[0]) from None

    def _with_numbers(self, structure: Prepared, point: Point) -> Prepared:
        """Compilation does not look at values, so it is not done again; only what depends on them is."""
        if not point.numbers:
            return structure
        numbers = {name: self._given(structure, name, value) for name, value in point.numbers.items()}
        model = replace(structure.model, parameters={**structure.model.parameters, **numbers})
        if len(structure.worlds) > 1 and not model.uncertain:
            drawn_once = draw_worlds(model, self.base.seed, 1)
            _check_rates(model, drawn_once, set(point.numbers))
            return replace(structure, model=model, worlds=drawn_once)
        only = replace(model, parameters=numbers)
        drawn = draw_parameters(only, self.base.seed, len(structure.worlds))
        worlds = with_parameters(model, structure.worlds, drawn)
        _check_rates(model, worlds, {n for n, value in point.numbers.items() if value.key != "quantile"})
        return replace(structure, model=model, worlds=worlds)

    def _given(self, structure: Prepared, name: str, value: Set) -> Given:
        model = structure.model
        if name not in model.parameters:
            known = choice(name, model.parameters, "none, as this scenario has no parameters")
            raise ModelError(f"{name}: not a parameter; {known}")
        number, prior = value.numbers[0], model.parameters[name]
        if value.key == "quantile":
            return at_quantile(model, name, number)
        if value.key == "times":
            return prior * number if isinstance(prior, float) else replace(prior, times=prior.times * number)
        return number


def _check_rates(model: Model, worlds: Worlds, changed: set[str]) -> None:
    """What a file may not say of a rate, a point may not either.

    :param changed: parameters with a number, or a factor, of the user's own.
    :raises ModelError: the mean of a rate is beyond the bound.
    """
    for slot, recipe in enumerate(model.recipes):
        if recipe.role == "rate" and (named := changed.intersection(recipe.factors)):
            mean = float(worlds.values[:, slot].mean())
            if mean > MOST_A_YEAR:
                names = ", ".join(sorted(map(str, named)))
                raise ModelError(
                    f"{names}: {mean:.6g}, in {recipe.where}; allowed: at most {MOST_A_YEAR:g}, per year"
                )
