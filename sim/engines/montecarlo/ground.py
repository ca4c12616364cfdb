"""What a run stands on: the packed model, shared by all that differ from it in nothing but the values of parameters."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.packing import tables
from sim.model.model import Model


@dataclass(frozen=True)
class Ground:
    """A model, packed once for a seed, when it is first asked for."""

    model: Model
    seed: int

    def bears(self, model: Model, seed: int) -> bool:
        """Whether this is the ground of such a model too: the same in everything that is packed."""
        names = [field.name for field in fields(model) if field.name not in ("parameters", "tables")]
        return seed == self.seed and all(getattr(model, n) is getattr(self.model, n) for n in names)

    def tables(self) -> Tables:
        """For a run of its own: whoever ends it says so in its limits."""
        return self._tables._replace(limits=self._tables.limits.copy())

    @cached_property
    def _tables(self) -> Tables:
        return tables(self.model, self.seed)
