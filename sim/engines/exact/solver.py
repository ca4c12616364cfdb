"""The exact engine: what it takes, what it refuses, and one world solved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import prod

import numpy as np

from sim.base.dates import report_dates, years_at
from sim.base.errors import ModelError
from sim.engines.exact.clusters import Bundler, Cluster
from sim.engines.exact.component import Chances
from sim.engines.exact.forward import March
from sim.engines.exact.lengths import climb, points_per_day, unknown_laws
from sim.engines.exact.merging import Canon
from sim.engines.exact.plan import RowPlan
from sim.engines.exact.states import Space, TooMany, begin, explore
from sim.engines.exact.structure import Structure
from sim.model.model import NONE, Floats, Model
from sim.model.worlds import Worlds, world_starts

BOUND = 1_000_000
"""Joint states that are taken if nothing else is said."""
SMALL = 128
"""Components of at most so many states are carried by dense matrices."""
TAIL = 1e-13
"""Poisson mass that may be left out between two dates."""
PER_DAY = 8
"""Points of the grid on which lengths after the last decision are added up."""


@dataclass(frozen=True)
class Exact:
    """Probabilities of one world without sampling: S steps, D dates."""

    dates: tuple[date | float, ...]
    probability: Floats
    """[S, D] that the step was taken by the date, or a substitute in its place."""
    substitute: Floats
    """[K, D] that it was a substitute, for each step of ``Model.replaceable``."""
    replaced: tuple[int, ...]
    """[K] these steps."""
    error_bound: float
    """Largest error of any of these numbers, but for rounding (some 1e-13): ``truncation`` plus the error of
    the grid behind the last decision, judged by halving its step."""
    truncation: float
    """The proven part: what was cut off from Poisson sums, and states left out as too improbable."""
    states: int
    """Joint states of the model."""
    carried: int
    """Of these, those that were carried in this world: the others together are counted as lost."""

    @property
    def apart(self) -> Floats:
        """[S+K, D] that each step was itself taken by the date; then each substitute."""
        itself = self.probability.copy()
        itself[list(self.replaced)] -= self.substitute
        return np.asarray(np.clip(np.concatenate([itself, self.substitute]), 0.0, 1.0))


class Solver:
    """A model made ready for exact answers: its joint states are found once, for all worlds.

    :param bound: joint states that are taken.
    :param merge: states with the same future are merged, voters that are alike counted; off only for tests.
    :raises ModelError: the model is refused, naming the part and the number.
    """

    def __init__(self, model: Model, bound: int = BOUND, merge: bool = True) -> None:
        self.model, self.merge = model, merge
        self.structure = Structure(model)
        self._refuse_clocks()
        self._refuse_laws()
        self.spaces = self._spaces(bound)
        self.states = prod(len(space) for space in self.spaces)
        if self.states > bound:
            raise ModelError(self._too_many(f"{self.states:,}", bound))

    # --- what it takes ------------------------------------------------------------------------------

    def _refuse_clocks(self) -> None:
        clocks = self.structure.clocks_before_last()
        if clocks:
            last = self.model.step_names[self.structure.last]
            raise ModelError(
                f"the exact engine cannot take ladder step {clocks[0]!r}: {len(clocks)} random "
                f"{'clock' if len(clocks) == 1 else 'clocks'} before the last decision ({last}); allowed: 0"
            )

    def _refuse_laws(self) -> None:
        laws = unknown_laws(self.model)
        if laws:
            raise ModelError(
                f"the exact engine cannot take the law {laws[0]!r}: {len(laws)} of the model's laws have no "
                "distribution there; allowed: 0"
            )

    def _space(self, component: Cluster, bound: int) -> Space:
        plan = RowPlan(self.structure, component)
        canon = Canon(plan, self.merge)
        rows, _ = begin(plan, lambda chain, state: 1.0, lambda chain: 0.5)
        if component.ladder:
            starts = []
            for target, _ in self._starts_of_ladder():
                starts.append(rows.copy())
                starts[-1][:, 0] = target
            rows = np.concatenate(starts)
        return explore(plan, canon, rows, bound)

    def _starts_of_ladder(self) -> list[tuple[int, float]]:
        return Chances(self.structure, np.ones(len(self.model.recipes))).from_start()

    def _spaces(self, bound: int) -> list[Space]:
        """The main component first, then the small ones."""
        main, *others = Bundler(self.structure, self.merge).components()
        small = []
        for component in others:
            try:
                small.append(self._space(component, SMALL))
            except TooMany:
                main = Cluster(True, main.groups + component.groups)
        beside = prod(len(space) for space in small)
        try:
            return [self._space(main, max(bound // beside, 1)), *small]
        except TooMany as more:
            raise ModelError(self._too_many(f"at least {more.states * beside:,}", bound)) from None

    def _too_many(self, states: str, bound: int) -> str:
        """Names the chains that make the number."""
        widths: dict[str, int] = {}
        chains = self.model.chains
        for chain in self.structure.varying:
            name = self.model.chain_names[chain].rpartition(".")[2]
            moving = self.structure.reach[chain].bit_count()
            kind = f"{name}" if int(chains.voter[chain]) == NONE else f"{name} of a voter"
            widths.setdefault(f"{kind} ({moving} states)", 0)
            widths[f"{kind} ({moving} states)"] += 1
        made_by = ", ".join(f"{count} x {name}" for name, count in widths.items())
        return (
            f"the exact engine would need {states} joint states; allowed: {bound:,}. They come from "
            f"{made_by}, and the ladder ({len(self.structure.decisions) + 1} states)"
        )

    # --- one world ----------------------------------------------------------------------------------

    def solve(
        self,
        numbers: Floats,
        starts: Mapping[int, int] | None = None,
        dates: Sequence[date | float] | None = None,
        tail: float = TAIL,
        per_day: int = PER_DAY,
    ) -> Exact:
        """The probabilities of one world.

        :param numbers: the values of the world's slots, shape (N,).
        :param starts: chain -> state, where a start drawn for each world is known; else it is averaged.
        :param dates: where probabilities are wanted, in order (dates, or years since the start); default: the report
            dates.
        """
        numbers = np.asarray(numbers, dtype=float)
        self._check(numbers)
        wanted = tuple(dates or report_dates(self.model.start, self.model.horizon))
        march = March(self.spaces, numbers, starts or {}, wanted, tail, self.merge)
        march.run()
        probability = np.zeros((self.model.n_steps, len(wanted)))
        for step in self.structure.decisions:
            probability[step] = march.record.taken[step]
        after, error = self._after(march, wanted, per_day)
        probability[len(self.structure.decisions) :] = after
        replaced = self.model.replaceable
        return Exact(
            wanted, probability, march.record.substitute[list(replaced)], replaced,
            march.lost + error, march.lost, self.states, march.mass.size,
        )  # fmt: skip

    def blocks(
        self, worlds: Worlds, seed: int, which: range, dates: Sequence[date | float] | None = None
    ) -> Iterator[Exact]:
        """See :func:`blocks`."""
        for world in which:
            yield self.solve(worlds.values[world], world_starts(self.model, worlds, seed, world), dates)

    def _check(self, numbers: Floats) -> None:
        """:raises ModelError: numbers that are not those of a world of this model."""
        if numbers.shape != (len(self.model.recipes),):
            raise ModelError(f"{numbers.shape} numbers for a world; allowed: {(len(self.model.recipes),)}")
        for slot in np.flatnonzero(numbers):
            if self.structure.always_zero(int(slot)):
                where = self.model.recipes[slot].where
                raise ModelError(f"{where}: {numbers[slot]:.6g}; allowed: 0, as the scenario says")

    def _after(self, march: March, dates: Sequence[date | float], per_day: int) -> tuple[Floats, float]:
        """[steps after the last decision, D], and the error of the grid."""
        steps = self.model.n_steps - len(self.structure.decisions)
        if not steps:
            return np.zeros((0, len(dates))), 0.0
        fine = points_per_day(self.model.horizon_years, per_day)
        found = []
        for points in (fine, fine // 2):
            decided = march.record.decided(self.model.horizon_years, points)
            times = climb(self.model, march.axis.numbers, decided, self.structure.joins())
            found.append(
                np.array([[at.by(years_at(self.model.start, when)) for when in dates] for at in times])
            )
        return np.clip(found[0], 0.0, 1.0), float(np.abs(found[0] - found[1]).max())


def blocks(
    model: Model,
    worlds: Worlds,
    seed: int,
    which: range,
    *,
    dates: Sequence[date | float] | None = None,
    bound: int = BOUND,
) -> Iterator[Exact]:
    """Worlds solved one after another; each block is one world.

    :param which: numbers of worlds.
    :param seed: of the run, for the starts that are drawn for each world.
    :param dates: where probabilities are wanted, in order (dates, or years since the start); default: the report dates.
    :param bound: joint states that are taken.
    :raises ModelError: at the call, if the model is refused, naming the part and the number; on the way, if a world
        has a rate that is not taken.
    """
    return Solver(model, bound).blocks(worlds, seed, which, dates)
