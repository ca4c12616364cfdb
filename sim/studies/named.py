"""Which scenario a stored answer is of."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.model import Model


@dataclass(frozen=True)
class NamedScenario:
    """A scenario by its name and its digest."""

    name: str
    digest: str


@dataclass(frozen=True)
class TitledScenario(NamedScenario):
    """And by its title."""

    title: str

    @classmethod
    def of(cls, model: Model) -> TitledScenario:
        """The scenario that a model was compiled from."""
        return cls(model.name, model.digest, model.title)
