"""Which scenario a stored answer is of."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.model import Model
from sim.results.manifest import Identity


@dataclass(frozen=True)
class TitledScenario(Identity):
    """Which scenario, and its title."""

    title: str

    @classmethod
    def of(cls, model: Model) -> TitledScenario:
        """The scenario that a model was compiled from."""
        return cls(model.name, model.digest, model.title)
