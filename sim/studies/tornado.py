"""A tornado under common luck: each number at both ends of its own prior, and each structural choice made otherwise.

All else is as drawn, and every run has the same trajectories, so that differences are told with far fewer of them than
probabilities. All bars are run with few, and those that are widest again with many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.base.errors import AccessionError
from sim.base.progress import Progress
from sim.base.words import plain
from sim.estimates.first_orders import Place
from sim.estimates.first_orders import basis as basis_of_start
from sim.estimates.paired import Counts, moved
from sim.model.given_starts import with_starts
from sim.model.unknowns import START, Unknown, unknowns
from sim.model.worlds import Worlds, at_quantile
from sim.scenario.setting import Set
from sim.studies.points import NOTHING, Point, Points
from sim.studies.prepare import Prepared
from sim.studies.sensitivity_answer import NUMBER, STARTS, STRUCTURE, Shift, Swing, SwingEnd, Tornado
from sim.studies.together import counted
from sim.studies.variant_layers import Layer, layers, obstacle
from sim.studies.what_moves import labels

ENDS = {"5 %": 0.05, "95 %": 0.95}
"""Quantiles of a parameter's own prior."""
FEW, MANY = 2_000, 20_000
"""Trajectories of each end of all bars, and of those that are widest."""
WIDEST = 12
"""Bars that are run with many, for each step and date."""


def drawn(base: Prepared) -> list[str]:
    """Parameters that are not known."""
    given, values = base.model.parameters, base.worlds.parameters
    return [
        name
        for name in given
        if not isinstance(given[name], float) and (values[name] != values[name][0]).any()
    ]


def most_simulated(base: Prepared, targets: int) -> int:
    """Trajectories of a tornado, if every end and every structural choice can be run."""
    worlds = len(base.worlds)
    found = unknowns(base.model, base.worlds, base.seed)
    ends = [len(x.states) or len(ENDS) for x in found] + [1] * len(layers())
    few, many = max(FEW, worlds), max(MANY, worlds)
    return few * (1 + sum(ends)) + many * (1 + sum(sorted(ends)[-WIDEST * targets :]))


def tornado(
    base: Prepared,
    places: Sequence[Place],
    threads: int | None,
    bases: Mapping[str, str],
    progress: Progress,
) -> Tornado:
    """Runs every end of every bar.

    :param places: steps and dates that are looked at.
    :param bases: parameter -> what it rests on.
    :param progress: told the number of trajectories that are simulated.
    """
    runs = _Runs(base, places, threads, progress)
    few, many = max(FEW, len(base.worlds)), max(MANY, len(base.worlds))
    bars = [_number(base, name, plain(name), bases[name]) for name in drawn(base)]
    found = unknowns(base.model, base.worlds, base.seed)
    bars += [_start(base, x, bases) for x in found if x.states]
    bars += [_structure(base, layer) for layer in layers()]
    screened = [bar.run(runs, few) for bar in bars]
    widest = {
        place
        for target in range(len(places))
        for place in sorted(range(len(bars)), key=lambda i: -screened[i].width(target))[:WIDEST]
        if screened[place].width(target) > 0
    }
    swings = [bar.run(runs, many) if i in widest else screened[i] for i, bar in enumerate(bars)]
    return Tornado(few, many, tuple(runs.shifts(NOTHING, many)), tuple(swings))


Made = Point | Prepared
"""Where an end is: a point, or the scenario made ready there."""


def _in_worlds(made: Prepared, worlds: int) -> Prepared:
    """Where the only thing that was not known is fixed, as many worlds as the others have, all alike."""
    if len(made.worlds) == worlds or len(made.worlds) > 1:
        return made
    alike = Worlds(
        {name: np.repeat(value, worlds) for name, value in made.worlds.parameters.items()},
        np.repeat(made.worlds.values, worlds, axis=0),
    )
    return replace(made, worlds=alike)


@dataclass
class _Runs:
    """The scenario at points, with so many trajectories each."""

    base: Prepared
    places: Sequence[Place]
    threads: int | None
    progress: Progress
    ready: Points = field(init=False)
    origins: dict[int, Counts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ready = Points(self.base)
        self.dates = sorted({day for _, day in self.places})

    def counts(self, point: Made, size: int) -> Counts:
        made = point if isinstance(point, Prepared) else self.ready.ready(point)
        return counted(_in_worlds(made, len(self.base.worlds)), self.dates, size, self.threads, self.progress)

    def shifts(self, point: Made, size: int) -> list[Shift]:
        """How far each place is from where it is in the scenario itself, over the same trajectories.

        :raises AccessionError: it cannot be run there.
        """
        if size not in self.origins:
            self.origins[size] = self.counts(NOTHING, size)
        origin = self.origins[size]
        found = origin if point is NOTHING else self.counts(point, size)
        if found.hits.shape != origin.hits.shape or found.steps != origin.steps:
            raise AccessionError("it has other worlds or steps, so that there is nothing to compare")
        at = [
            moved(origin, found, step)[self.dates.index(day)] for step, day in self.places
        ]  # fmt: skip
        return [Shift(one.share.probability, one.difference, one.error) for one in at]


@dataclass(frozen=True)
class _Bar:
    """A bar before it is run: its ends, and where each is."""

    swing: Swing
    points: tuple[Made | None, ...]
    """Of each end; None where it is known that it cannot be run."""

    def run(self, runs: _Runs, size: int) -> Swing:
        return replace(self.swing, trajectories=size, ends=tuple(self._ends(runs, size)))

    def _ends(self, runs: _Runs, size: int) -> list[SwingEnd]:
        found = []
        for end, point in zip(self.swing.ends, self.points, strict=True):
            try:
                made = end if point is None else replace(end, shifts=tuple(runs.shifts(point, size)))
            except AccessionError as error:
                made = replace(end, refused=str(error).splitlines()[0])
            found.append(made)
        return found


def _number(base: Prepared, name: str, label: str, basis: str) -> _Bar:
    ends = tuple(SwingEnd(said, at_quantile(base.model, name, q)) for said, q in ENDS.items())
    points = tuple(Point({name: Set("quantile", (q,))}) for q in ENDS.values())
    return _Bar(Swing(name, label, NUMBER, basis, 0, ends), points)


def _start(base: Prepared, unknown: Unknown, bases: Mapping[str, str]) -> _Bar:
    """What a chain starts in, in all worlds alike."""
    chain = base.model.chain_names.index(unknown.name.removeprefix(START))
    states = [unknown.states[int(code)] for code in np.unique(unknown.values)]
    made = []
    for state in states:
        given = np.full(len(base.worlds), unknown.states.index(state))
        model, worlds = with_starts(base.model, base.worlds, {chain: given})
        made.append(replace(base, model=model, worlds=worlds))
    label = labels([unknown], base.model)[unknown.name]
    ends = tuple(SwingEnd(state, None) for state in states)
    return _Bar(Swing(unknown.name, label, STARTS, basis_of_start(unknown, bases), 0, ends), tuple(made))


def _structure(base: Prepared, layer: Layer) -> _Bar:
    reason = obstacle(layer, base.loaded)
    end = SwingEnd(layer.title, None, refused=reason)
    point = None if reason else Point(variants=(layer.name,))
    return _Bar(Swing(layer.name, layer.title, STRUCTURE, "", 0, (end,)), (point,))
