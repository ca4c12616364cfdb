"""Structural variants together: how far the answer moves when several choices are made otherwise at once.

One variant of each choice can hold, or none. If at most :data:`MOST` such combinations can be made, all are run with
few trajectories; else all pairs and, for each end of each range, all variants that lead there alone, then every
combination one choice away, until none leads further. What lies at an end is run again with as many trajectories as the
variants have. So which combination is named rests on the few, and what is said of it on the many.

A variant costs its trajectories and little else. Parameters that variants change are laid over a compiled model, since
compilation does not look at their values; only what changes other parts is loaded and compiled, once for each set of
such parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations, product
from math import prod

from sim.base.dates import AHEAD
from sim.base.errors import AccessionError
from sim.estimates.paired import Counts
from sim.estimates.summary import StructureEnd, StructureRange
from sim.model.model import Floats, Model
from sim.model.worlds import with_parameters
from sim.scenario.load import lay_over
from sim.studies.prepare import Prepared, on_ground, prepare
from sim.studies.variant_layers import Layer
from sim.studies.variants_answer import Chosen, Combination, Combined

MOST = 128
"""Combinations that are all run; of more, pairs and those at the ends."""
SCREENED = 2_000
"""Trajectories of each combination, unless it lies at an end."""
ROUNDS = 8
"""Times that a combination is left for one that lies further out."""

Place = tuple[str, date]
"""A step, and the date by which it is taken."""
Counted = Callable[[Prepared, int], Counts]
"""Runs a scenario with so many trajectories."""


def combined(
    prepared: Prepared,
    singles: Mapping[Layer, Prepared],
    found: Mapping[Chosen, Counts],
    dates: Sequence[date],
    size: int,
    counted: Counted,
) -> Combined | None:
    """Runs combinations of the variants that can be laid over a scenario; None if no two of them go together.

    :param singles: the scenario under each of them.
    :param found: what the run itself and each of them have come to, with ``size`` trajectories.
    :param counted: runs a scenario with so many trajectories, by the dates.
    """
    layers = list(singles)
    options = {
        choice: [x for x in layers if x.choice == choice] for choice in {x.choice: None for x in layers}
    }
    if not any(a.goes_with(b) for a, b in combinations(layers, 2)):
        return None
    search = _Search(_Builder(prepared, singles), options, dates, size, counted, dict(found))
    possible = prod(1 + len(those) for those in options.values())
    places = _places(prepared.model, dates)
    if possible <= MOST:
        search.every()
    else:
        search.pairs()
        for place in places:
            for sign in (-1, 1):
                search.climb(place, sign)
    return Combined(
        choices={choice: tuple(x.name for x in those) for choice, those in options.items()},
        possible=possible,
        every=possible <= MOST,
        trajectories=search.few,
        ranges=tuple(search.range_of(place) for place in places),
        run=tuple(search.told()),
    )


def _places(model: Model, dates: Sequence[date]) -> list[Place]:
    """The first and the last step, ten years ahead and by the last date."""
    near = date(model.start.year + AHEAD, 12, 31)
    days = [day for day in (near, dates[-1]) if day in dates]
    return list(
        dict.fromkeys((step, day) for step in (model.step_names[0], model.step_names[-1]) for day in days)
    )


@dataclass
class _Search:
    """Combinations that were run, and what is looked for."""

    builder: _Builder
    options: Mapping[str, Sequence[Layer]]
    dates: Sequence[date]
    size: int
    counted: Counted
    many: dict[Chosen, Counts]
    """With ``size`` trajectories: the run, single variants, and ends."""
    screened: dict[Chosen, Counts | None] = field(default_factory=dict)
    """With few; None for what cannot be run."""

    @property
    def few(self) -> int:
        """Trajectories of a combination: one for each world at least."""
        return min(self.size, max(SCREENED, len(self.builder.prepared.worlds)))

    def _names(self, layers: Sequence[Layer | None]) -> Chosen:
        return tuple(layer.name for layer in layers if layer is not None)

    def look(self, layers: Sequence[Layer | None]) -> Counts | None:
        """What variants come to together; None if they do not go together."""
        chosen = self._names(layers)
        if chosen in self.many:
            return self.many[chosen]
        if chosen not in self.screened:
            held = [layer for layer in layers if layer is not None]
            apart = all(a.goes_with(b) for a, b in combinations(held, 2))
            made = self.builder.prepared_under(held) if apart else None
            self.screened[chosen] = None if made is None else self.counted(made, self.few)
        return self.screened[chosen]

    def every(self) -> None:
        """Runs them all."""
        for layers in product(*([None, *those] for those in self.options.values())):
            self.look(layers)

    def pairs(self) -> None:
        """Runs all pairs."""
        choices = list(self.options)
        for a, b in combinations(range(len(choices)), 2):
            for one, other in product(self.options[choices[a]], self.options[choices[b]]):
                row: list[Layer | None] = [None] * len(choices)
                row[a], row[b] = one, other
                self.look(row)

    def climb(self, place: Place, sign: int) -> None:
        """Runs all together that lead to an end alone; then goes one choice at a time, while that leads further."""
        at = [self._furthest([None, *those], place, sign) for those in self.options.values()]
        for _ in range(ROUNDS):
            here = self._share(at, place)
            beside = [
                [*at[:i], layer, *at[i + 1 :]]
                for i, those in enumerate(self.options.values())
                for layer in (None, *those)
                if layer is not at[i]
            ]
            if here is not None:
                beside.insert(0, at)
            best = self._furthest_row(beside, place, sign)
            if best is None or best == at:
                return
            at = best

    def _furthest(self, those: Sequence[Layer | None], place: Place, sign: int) -> Layer | None:
        """Of one choice alone, what leads furthest."""
        shares = {layer: self._share([layer], place) for layer in those}
        known = [layer for layer in those if shares[layer] is not None]
        return max(known, key=lambda layer: sign * (shares[layer] or 0.0))

    def _furthest_row(
        self, rows: Sequence[list[Layer | None]], place: Place, sign: int
    ) -> list[Layer | None] | None:
        known = [(row, share) for row in rows if (share := self._share(row, place)) is not None]
        return max(known, key=lambda each: sign * each[1])[0] if known else None

    def _share(self, layers: Sequence[Layer | None], place: Place) -> float | None:
        counts = self.look(layers)
        return None if counts is None else _share(counts, place, self.dates)

    def range_of(self, place: Place) -> StructureRange:
        """Both ends of one range, run again with many trajectories."""
        runnable = {chosen: counts for chosen, counts in self.screened.items() if counts is not None}
        known = {**runnable, **self.many}
        ends = []
        for pick in (min, max):
            furthest = pick(known, key=lambda chosen: (_share(known[chosen], place, self.dates), chosen))
            if furthest not in self.many:
                made = self.builder.prepared_under(self.builder.layers_of(furthest))
                assert made is not None, "it was run before"
                self.many[furthest] = self.counted(made, self.size)
            # with many trajectories another may lie further out: of those, what lies furthest
            end = pick(self.many, key=lambda chosen: (_share(self.many[chosen], place, self.dates), chosen))
            share = self.many[end].curves[place[0]][self.dates.index(place[1])]
            ends.append(StructureEnd(share.probability, share.mc_error, end))
        (step, day), (low, high) = place, ends
        return StructureRange(step, day, low, high, len(known))

    def told(self) -> Iterator[Combination]:
        """Every combination that was run, of two variants or more."""
        for chosen, counts in self.screened.items():
            if counts is not None:
                steps = range(len(counts.steps))
                shares = counts.hits.sum(axis=1) / counts.totals.sum()
                yield Combination(chosen, {counts.steps[s]: tuple(shares[s].tolist()) for s in steps})


def _share(counts: Counts, place: Place, dates: Sequence[date]) -> float:
    step, day = place
    return float(counts.of(step)[:, dates.index(day)].sum() / counts.totals.sum())


class _Builder:
    """Makes a scenario ready under several variants, from what is ready already."""

    def __init__(self, prepared: Prepared, singles: Mapping[Layer, Prepared]) -> None:
        self.prepared, self._singles = prepared, singles
        self._structures: dict[Chosen, Prepared | None] = {}

    def layers_of(self, chosen: Chosen) -> list[Layer]:
        """The layers of these names."""
        return [layer for layer in self._singles if layer.name in chosen]

    def prepared_under(self, layers: Sequence[Layer]) -> Prepared | None:
        """The scenario under variants that go together; None if it cannot be run so."""
        base = self._structure([layer for layer in layers if not layer.parametric])
        if base is None:
            return None
        laws, tables = dict(base.model.parameters), dict(base.model.tables)
        drawn: dict[str, Floats] = {}
        for layer in (layer for layer in layers if layer.parametric):
            other = self._singles[layer]
            laws |= {name: other.model.parameters[name] for name in layer.parameters}
            # drawn by the same luck, whatever else holds
            drawn |= {name: other.worlds.parameters[name] for name in layer.parameters}
            tables |= {
                file: {**tables.get(file, {}), **columns} for file, columns in other.model.tables.items()
            }  # fmt: skip
        model = replace(base.model, parameters=laws, tables=tables)
        try:
            return replace(base, model=model, worlds=with_parameters(model, base.worlds, drawn))
        except AccessionError:
            return None

    def _structure(self, layers: Sequence[Layer]) -> Prepared | None:
        """The scenario under variants that change more than parameters (or none); compiled and packed once."""
        chosen = tuple(layer.name for layer in layers)
        if chosen not in self._structures:
            known = self._singles[layers[0]] if layers else self.prepared
            made = known if len(layers) < 2 else self._laid_over(chosen)
            self._structures[chosen] = made and on_ground(made)
        return self._structures[chosen]

    def _laid_over(self, chosen: Chosen) -> Prepared | None:
        worlds, loaded = len(self.prepared.worlds), self.prepared.loaded
        try:
            made = prepare(lay_over(loaded, *chosen), None if worlds == 1 else worlds, self.prepared.seed)
        except AccessionError:
            return None
        same = len(made.worlds) == worlds and made.model.step_names == self.prepared.model.step_names
        return made if same else None
