"""What can be varied of a scenario, by name: the axis that a name and its values make, and what is wrong with them.

A name is a parameter's; a happening's (``settlement=comprehensive``, ``UKR joins``); a structural choice's, or
``variants`` for the variants of all choices; or a lever's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from sim.base.hints import Said, date_meant, near_name, number_meant, offer
from sim.model.model import Model
from sim.scenario.happenings import JOINS, is_happening
from sim.scenario.setting import Unreadable
from sim.scenario.sources import choices
from sim.studies.design import NEVER, NONE, Axis, Cell, DayAxis, NumberAxis, VariantAxis
from sim.studies.designs.values import ALL, DAY, FORMS, NAME, QUANTILE, Given, Levels, Span, not_a, said
from sim.studies.prepare import Prepared
from sim.studies.variant_layers import layers, obstacle

VARIANTS = "variants"
"""The axis of all structural variants, one at a time."""


class Refused(Unreadable):
    """An axis that a scenario does not have, or values that it does not take; with the nearest name."""

    def __init__(self, problem: str, allowed: str | Iterable[str], near: str | None = None) -> None:
        names = allowed if isinstance(allowed, str) else list(allowed)
        ValueError.__init__(self, problem + offer(names, near))
        self.problem, self.names, self.near = problem, names, near
        self.allowed = names if isinstance(names, str) else ", ".join(names)


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

    def axis(self, name: str, given: Given) -> tuple[Axis, Given]:
        """An axis and its values, as the scenario takes them.

        :raises Refused: an unknown name, or values of another kind.
        """
        model = self.base.model
        if name in model.parameters:
            return self._number(name, given)
        if is_happening(name):
            return self._day(name, given)
        if (choice := self._choice(name)) is not None:
            return self._variant(choice, given)
        raise self._unknown(name, given)

    # --- parameters -------------------------------------------------------------------------------------

    def _number(self, name: str, given: Given) -> tuple[Axis, Given]:
        if name in self.base.loaded.changed:
            raise Refused("also given by <overrides>", "one of the two")
        if name in self.taken:
            raise Refused("the table has a column of that name", "a parameter with another name")
        if given.key in (NAME, DAY):
            text = str(_first(given))
            raise Refused(not_a("a number", text, number_meant(text)), FORMS)
        if given.key == QUANTILE and isinstance(self.base.model.parameters[name], float):
            raise Refused(
                "has no prior here, so no quantiles", "numbers or factors, or a parameter with a prior"
            )
        return NumberAxis(name, given.key), given

    # --- happenings -------------------------------------------------------------------------------------

    def _day(self, name: str, given: Given) -> tuple[Axis, Given]:
        _check_happening(name, self.base.model)
        if given.key != DAY:
            text = str(said(given.key, _first(given)))
            raise Refused(not_a("a date", text, date_meant(text)), "YYYY-MM-DD or never")
        start, horizon = self.base.model.start, self.base.model.horizon
        for day in _days(given):
            if not start.isoformat() < day <= horizon.isoformat():
                raise Refused(f"{day}", f"never, or a day after {start}, up to {horizon}")
        return DayAxis(name), given

    # --- structural choices -----------------------------------------------------------------------------

    def _choice(self, name: str) -> str | None:
        return next((known for known in self.choices if known.casefold() == name.casefold()), None)

    def _variant(self, choice: str, given: Given) -> tuple[Axis, Given]:
        known = self.choices[choice]
        if not isinstance(given, Levels) or given.key != NAME:
            raise Refused(f"{said(given.key, _first(given))}: not a variant", [NONE, *known, ALL])
        found = {layer.name: layer for layer in layers() if layer.name in known}
        if given.cells == (ALL,):
            fitting = [name for name in found if not obstacle(found[name], self.base.loaded)]
            return VariantAxis(choice), Levels(NAME, (NONE, *fitting))
        for cell in map(str, given.cells):
            if cell == NONE:
                continue
            if cell not in found:
                raise Refused(f"{cell}: not a variant of it", [NONE, *known, ALL], near_name(cell, known))
            if reason := obstacle(found[cell], self.base.loaded):
                raise Refused(f"{cell}: {reason}", "variants of parts that the scenario leaves as they were")
        return VariantAxis(choice), given

    # --- others -----------------------------------------------------------------------------------------

    def _unknown(self, name: str, given: Given) -> Refused:
        model = self.base.model
        if name in model.chain_names:
            states = model.state_names[model.chain_names.index(name)]
            cell = str(_first(given))
            state = cell if cell in states else states[-1]
            example = Said(f"{name}={state}=2030-06-01,{NEVER}")
            return Refused(f"{name} is a chain", "a happening with its days", example)
        known = list(model.parameters)
        near = near_name(name, [*known, *self.choices])
        none = "none, as this scenario has no parameters"
        return Refused("not a parameter", known or none, near)


def _first(given: Given) -> Cell:
    return given.at(0.0) if isinstance(given, Span) else given.cells[0]


def _days(given: Given) -> Iterator[str]:
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
