"""A scenario run again under each structural variant, and under several together: how far its answer moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sim.base.dates import shown_dates
from sim.base.errors import AccessionError
from sim.base.progress import Progress, silent
from sim.estimates.paired import Counts, Curve, dated, moved
from sim.results.manifest import Identity
from sim.scenario.load import lay_over
from sim.scenario.names import parted
from sim.scenario.sources import choices
from sim.studies.combinations import MOST, SCREENED, combined
from sim.studies.prepare import Prepared, prepare
from sim.studies.together import counted
from sim.studies.variant_layers import Layer, differs, layers, obstacle
from sim.studies.variants_answer import SCHEMA, AsItIs, Chosen, MovedShare, NotRun, Variant, Variants

TRAJECTORIES = 50_000
"""Of each variant, if the run itself has as many. What is wanted are differences, and these share luck."""
ENDS = 8
"""Combinations at the ends of ranges, at most."""


def most_simulated(trajectories: int) -> int:
    """Trajectories that :func:`variants` simulates if the scenario can take every variant."""
    each = min(trajectories, TRAJECTORIES)
    return (1 + len(choices()) + ENDS) * each + MOST * min(trajectories, SCREENED)


def variants(
    prepared: Prepared, trajectories: int, threads: int | None = None, progress: Progress = silent
) -> Variants:
    """Runs the scenario under each variant that can be laid over it, under combinations of them, and as it is.

    :param trajectories: of the run; the variants have at most :data:`TRAJECTORIES` of them.
    """
    model = prepared.model
    size = min(trajectories, TRAJECTORIES)
    dates = shown_dates(model.start, model.horizon)

    def count(under: Prepared, trajectories: int) -> Counts:
        return counted(under, dates, trajectories, threads, progress)

    own = count(prepared, size)
    done: list[Variant] = []
    left: list[NotRun] = []
    singles: dict[Layer, Prepared] = {}
    found: dict[Chosen, Counts] = {(): own}
    for layer in layers():
        heading = (layer.name, layer.group, layer.title, layer.question, differs(layer))
        other = _under(layer, prepared)
        if isinstance(other, str):
            left.append(NotRun(*heading, other))
            continue
        singles[layer], found[layer.name,] = other, count(other, size)
        moves = parted(_moved(own, found[layer.name,], dates))
        done.append(Variant(*heading, other.loaded.digest, *moves))
    return Variants(
        schema=SCHEMA,
        scenario=Identity(model.name, model.digest),
        seed=prepared.seed,
        trajectories=size,
        worlds=len(prepared.worlds),
        run=AsItIs(*parted(dated(own, dates))),
        variants=tuple(done),
        not_run=tuple(left),
        combined=combined(prepared, singles, found, dates, size, count),
    )


def _under(layer: Layer, prepared: Prepared) -> Prepared | str:
    """The scenario under a variant, with as many worlds; or why there is none."""
    reason = obstacle(layer, prepared.loaded)
    if reason:
        return reason
    worlds = len(prepared.worlds)
    try:
        other = prepare(lay_over(prepared.loaded, layer.name), None if worlds == 1 else worlds, prepared.seed)
    except AccessionError as error:
        return f"laid over the scenario it cannot be run: {str(error).splitlines()[0]}"
    if len(other.worlds) != worlds or other.model.step_names != prepared.model.step_names:
        return "it has other worlds or steps than the scenario, so that there is nothing to compare"
    return other


def _moved(own: Counts, found: Counts, dates: Sequence[date]) -> dict[str, Curve[MovedShare]]:
    """Step or substitute -> its probabilities under a variant, by date."""
    return {
        step: Curve(
            tuple(
                MovedShare(
                    day, m.share.probability, m.share.credible_90, m.share.mc_error, m.difference, m.error
                )
                for day, m in zip(dates, moved(own, found, step), strict=True)
            )
        )
        for step in own.steps
        if step in found.steps
    }
