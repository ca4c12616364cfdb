"""Slots: where the numbers of a scenario are kept in a model, and how each follows from the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.model.model import NONE, Recipe
from sim.scenario import schema


class Slots:
    """Collects the numbers of a scenario; the same number in the same role shares a slot."""

    def __init__(self) -> None:
        self.recipes: list[Recipe] = []
        self._known: dict[tuple[Any, ...], int] = {}

    def _slot(self, recipe: Recipe) -> int:
        known = (recipe.kind, recipe.factors, recipe.slots, recipe.role)
        if known not in self._known:
            self._known[known] = len(self.recipes)
            self.recipes.append(recipe)
        return self._known[known]

    def number(self, number: schema.Number, role: str, where: str, kind: str = "product") -> int:
        """Slot of a literal, a parameter, or a product of these (or its inverse)."""
        factors = tuple(number) if isinstance(number, list) else (number,)
        return self._slot(Recipe(kind, factors, role=role, where=where))

    def optional(self, number: schema.Number | None, role: str, where: str) -> int:
        """The same for a number that may be absent: -1 then."""
        return NONE if number is None else self.number(number, role, where)

    def distribution(self, spec: Mapping[str, schema.Number], names: Sequence[str], where: str) -> list[int]:
        """A slot for each name, in the order of ``names``; those not given have probability 0."""
        given = {
            name: self.number(p, "probability", f"{where}.{name}") for name, p in spec.items() if p != "rest"
        }
        if "rest" in spec.values():
            rest = self._slot(Recipe("rest", slots=tuple(given.values()), role="probability", where=where))
            given.update({name: rest for name, p in spec.items() if p == "rest"})
        else:  # what is left must be nothing; checked in every world
            self._slot(Recipe("rest", slots=tuple(given.values()), role="nothing", where=where))
        zero = self.number(0.0, "probability", where)
        return [given.get(name, zero) for name in names]
