"""Totals and elementary effects: a design of rows, each a world, in which one block after the other is drawn anew.

A design works on the streams of draws (:func:`sim.model.unknowns.streams`), not on values, so that a table is one thing
whose draw picks a row, and a start has a say of its own. Every run has as many worlds as the design has rows, and the
same trajectories, so that a row and the same row with one block changed share their luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.base.dates import years_between
from sim.base.errors import ModelError, OptionError
from sim.base.progress import Progress
from sim.engines import montecarlo
from sim.estimates.first_orders import Place
from sim.estimates.moving import Part
from sim.estimates.outcomes import Outcomes
from sim.estimates.totals import Difference, Hits, Spread, effects, jansen, saltelli
from sim.model.given_starts import with_starts
from sim.model.model import Floats
from sim.model.unknowns import Unknown, drawn_starts, streams, unknowns
from sim.model.worlds import Worlds, draw_worlds, stream, value_at, with_parameters
from sim.studies.prepare import Prepared
from sim.studies.sensitivity_answer import BlockTotal, Effect, Morris, Totals

EACH = 50
"""Trajectories of each row."""
ROWS = (16, 8192)
"""Of a design, at least and at most."""
HALF = 0.5
"""How far an elementary effect moves the luck of what is changed."""
Luck = Mapping[str, Floats]
"""Stream -> uniforms [N]."""


def check_rows(name: str, rows: int, power: bool) -> None:
    """:raises OptionError: so many rows are not allowed; 0 stands for none."""
    least, most = ROWS
    right = rows == 0 or (least <= rows <= most and not (power and rows & (rows - 1)))
    if not right:
        kind = "a power of two from" if power else "from"
        raise OptionError(f"<{name}> {rows}: allowed: {kind} {least} to {most}, such as 128")


def simulated(base: Prepared, totals: int, morris: int) -> int:
    """Trajectories of both designs."""
    blocks = len({x.block for x in unknowns(base.model, base.worlds, base.seed)})
    return EACH * (totals * (blocks + 2) * bool(blocks) + morris * (blocks + 1) * bool(blocks))


def totals(
    base: Prepared, places: Sequence[Place], rows: int, threads: int | None, progress: Progress
) -> Totals:
    """Total and first-order indices of every block, by Jansen's and Saltelli's formulas over a Sobol' design.

    :param rows: N, a power of two; there are N (D + 2) worlds for D blocks.
    :raises ModelError: nothing is uncertain, or a world of the design is not allowed.
    """
    from scipy.stats import qmc

    runs = _Runs(base, places, rows, threads, progress)
    drawn = qmc.Sobol(2 * len(runs.names), seed=np.random.default_rng(base.seed)).random(rows)
    first, other = runs.luck(drawn[:, : len(runs.names)]), runs.luck(drawn[:, len(runs.names) :])
    a, b = runs.hits(first), runs.hits(other, others=True)
    spreads = [Spread.of(*both) for both in zip(a, b, strict=True)]
    found: list[list[BlockTotal]] = [[] for _ in places]
    for block, own in runs.blocks.items():
        changed = runs.hits({**first, **{name: other[name] for name in own}})
        for place, spread in enumerate(spreads):
            if spread.variance <= 0:
                continue
            difference = Difference.of(a[place], changed[place])
            whole, alone = jansen(spread, difference), saltelli(spread, difference)
            found[place].append(
                BlockTotal(block, _part(whole.value, whole.error), _part(alone.value, alone.error))
            )
    return Totals(rows, EACH, tuple(map(tuple, found)))


def morris(
    base: Prepared, places: Sequence[Place], rows: int, threads: int | None, progress: Progress
) -> Morris:
    """Elementary effects of every block over a Latin hypercube: its luck moved by half, all else as it was.

    :raises ModelError: as :func:`totals`.
    """
    from scipy.stats import qmc

    runs = _Runs(base, places, rows, threads, progress)
    first = runs.luck(qmc.LatinHypercube(len(runs.names), seed=np.random.default_rng(base.seed)).random(rows))
    a, before = runs.hits(first), runs.worlds
    found: list[list[Effect]] = [[] for _ in places]
    for block, own in runs.blocks.items():
        changed = runs.hits({**first, **{name: (first[name] + HALF) % 1.0 for name in own}})
        up = _up(runs.members[block], before, runs.worlds)
        for place in range(len(places)):
            e = effects(Difference.of(a[place], changed[place]), up)
            numbers = (e.mean, e.mean_error, e.size, e.size_error, e.spread)
            found[place].append(Effect(block, bool(up.any()), *(round(x, 6) + 0.0 for x in numbers)))
    return Morris(rows, EACH, tuple(map(tuple, found)))


def _up(members: Sequence[Unknown], before: Worlds, after: Worlds) -> Floats:
    """[N] 1 where a number is put up and -1 where down; 0 of several together, and of a start."""
    if len(members) > 1 or members[0].states:
        return np.zeros(len(before))
    name = members[0].name
    return np.sign(after.parameters[name] - before.parameters[name])


@dataclass
class _Runs:
    """Runs of one scenario at the rows of a design."""

    base: Prepared
    places: Sequence[Place]
    rows: int
    threads: int | None
    progress: Progress
    drawn: Worlds = field(init=False)
    """Any worlds, as many as there are rows; the design says what they are instead."""
    worlds: Worlds = field(init=False)
    """Of the last run."""

    def __post_init__(self) -> None:
        found = unknowns(self.base.model, self.base.worlds, self.base.seed)
        if not found:
            raise ModelError("nothing in this scenario is uncertain but chance, so there is no design to run")
        self.drawn = draw_worlds(self.base.model, self.base.seed, self.rows)
        self.blocks = streams(self.base.model, found)
        self.names = list(dict.fromkeys(name for own in self.blocks.values() for name in own))
        self.members = {block: [x for x in found if x.block == block] for block in self.blocks}

    def luck(self, drawn: Floats) -> dict[str, Floats]:
        """Uniforms of every stream, from columns [N, streams] of a design; never 0 and never 1."""
        inside = np.clip(drawn, 1e-12, 1 - 1e-12)
        return {name: np.ascontiguousarray(column) for name, column in zip(self.names, inside.T, strict=True)}

    def hits(self, luck: Luck, others: bool = False) -> list[Hits]:
        """For each place [N, EACH] whether a trajectory of a row takes the step by the date.

        :param others: whether other trajectories than those of the other runs are simulated.
        """
        model = self.base.model
        values = {
            name: value_at(model, given, luck[stream(name, given)])
            for name, given in model.parameters.items()
            if not isinstance(given, float) and stream(name, given) in luck
        }
        self.worlds = with_parameters(model, self.drawn, values)
        states = drawn_starts(model, self.worlds, self.base.seed, luck)
        fixed, worlds = with_starts(model, self.worlds, states)
        size = self.rows * EACH
        which = range(size, 2 * size) if others else range(size)
        made = [np.zeros((self.rows, EACH), np.bool_) for _ in self.places]
        outcomes = Outcomes.of(fixed)
        for paths in montecarlo.blocks(fixed, worlds, self.base.seed, which, threads=self.threads):
            times = outcomes.times_taken(paths)
            row, turn = paths.trajectory % self.rows, paths.trajectory // self.rows % EACH
            for hits, (step, day) in zip(made, self.places, strict=True):
                edge = years_between(model.start, day)
                hits[row, turn] = times[:, outcomes.steps.index(step)] <= edge
            self.progress(len(paths))
        return made


def _part(value: Floats, error: Floats) -> Part:
    return Part(round(float(value[0]), 6) + 0.0, round(float(error[0]), 6) + 0.0)
