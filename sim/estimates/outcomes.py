"""What is counted of trajectories: each step that is taken itself, each substitute for one, each watched entry.

A step that is bypassed goes on as taken: the ladder climbs past it. But a substitute is not the step, and here alone
the two are told apart for every estimate: what follows counts times of outcomes, and never asks how a step was taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.engines.paths import Paths, TiltedPaths
from sim.model.model import BYPASSED, Floats, Model
from sim.scenario.names import substitute_name


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of a model: S steps, then K substitutes, then R watched entries; O in all."""

    steps: tuple[str, ...]
    replaced: tuple[int, ...]
    """The step that each substitute stands for."""
    watched: tuple[str, ...]

    @classmethod
    def of(cls, model: Model) -> Outcomes:
        """Those of a model."""
        return cls(model.step_names, model.replaceable, model.watch_names)

    @property
    def taken(self) -> tuple[str, ...]:
        """[S+K] names of steps and substitutes: ``pfp``, …, ``substitute for pfp``."""
        return (*self.steps, *(substitute_name(self.steps[step]) for step in self.replaced))

    @property
    def names(self) -> tuple[str, ...]:
        """[O] names of all."""
        return (*self.taken, *self.watched)

    def times(self, paths: Paths) -> Floats:
        """[n, O] when each came about, infinity for never."""
        return np.concatenate([self.times_taken(paths), paths.watch], axis=1)

    def times_taken(self, paths: Paths) -> Floats:
        """[n, S+K] the same of steps and substitutes."""
        if not self.replaced:
            return paths.time
        replaced = list(self.replaced)
        bypassed = paths.how[:, replaced] == BYPASSED
        when = paths.time[:, replaced]
        itself = paths.time.copy()
        itself[:, replaced] = np.where(bypassed, np.inf, when)
        return np.concatenate([itself, np.where(bypassed, when, np.inf)], axis=1)

    def weights(self, paths: TiltedPaths) -> Floats:
        """[n, O] likelihood ratio up to each."""
        steps = len(self.steps)
        columns = [*range(steps), *self.replaced, *range(steps, steps + len(self.watched))]
        weights: Floats = paths.weights[:, [1 + column for column in columns]]
        return weights
