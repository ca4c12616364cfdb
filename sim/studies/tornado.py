"""A tornado under common luck: each number at both ends of its own prior, and each structural choice made otherwise.

All else is as drawn, and every run has the same trajectories, so that differences are told with far fewer of them than
probabilities. All bars are run with few, and those that are widest again with many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sim.base.errors import AccessionError
from sim.estimates.first_orders import Place
from sim.estimates.paired import Counts, moved
from sim.model.worlds import at_quantile
from sim.scenario.setting import Set
from sim.studies.points import NOTHING, Point, Points
from sim.studies.prepare import Prepared, Progress
from sim.studies.sensitivity_answer import NUMBER, STRUCTURE, Shift, Swing, SwingEnd, Tornado
from sim.studies.together import counted
from sim.studies.variant_layers import Layer, layers, obstacle

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
    bars, worlds = len(drawn(base)), len(base.worlds)
    few, many = max(FEW, worlds), max(MANY, worlds)
    wide = min(WIDEST * targets, bars + len(layers()))
    return few * (1 + len(ENDS) * bars + len(layers())) + many * (1 + len(ENDS) * wide)


def tornado(
    base: Prepared,
    places: Sequence[Place],
    threads: int | None,
    labels: Mapping[str, str],
    bases: Mapping[str, str],
    progress: Progress,
) -> Tornado:
    """Runs every end of every bar.

    :param places: steps and dates that are looked at.
    :param labels, bases: of parameters: in words, and what each rests on.
    :param progress: told the number of trajectories that are simulated.
    """
    runs = _Runs(base, places, threads, progress)
    few, many = max(FEW, len(base.worlds)), max(MANY, len(base.worlds))
    bars = [_number(base, name, labels[name], bases[name]) for name in drawn(base)]
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

    def counts(self, point: Point, size: int) -> Counts:
        return counted(self.ready.ready(point), self.dates, size, self.threads, self.progress)

    def shifts(self, point: Point, size: int) -> list[Shift]:
        """How far each place is from where it is in the scenario itself, over the same trajectories.

        :raises AccessionError: it cannot be run there.
        """
        if size not in self.origins:
            self.origins[size] = self.counts(NOTHING, size)
        origin = self.origins[size]
        found = origin if point == NOTHING else self.counts(point, size)
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
    points: tuple[Point | None, ...]
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


def _structure(base: Prepared, layer: Layer) -> _Bar:
    reason = obstacle(layer, base.loaded)
    end = SwingEnd(layer.title, None, refused=reason)
    point = None if reason else Point(variants=(layer.name,))
    return _Bar(Swing(layer.name, layer.title, STRUCTURE, "", 0, (end,)), (point,))
