"""A scenario run again under each structural variant, with the same luck: how far its answer moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sim.base.dates import report_dates
from sim.base.errors import AccessionError
from sim.estimates.intervals import ShareEstimate
from sim.estimates.paired import Counts, curve, paired_error
from sim.scenario.load import lay_over
from sim.studies.prepare import Prepared, Progress, prepare
from sim.studies.together import counted
from sim.studies.variant_layers import GROUPS, Layer, differs, layers, obstacle

SCHEMA = 1
TRAJECTORIES = 100_000
"""Of each variant, if the run itself has as many. What is wanted are differences, and these share luck."""
AHEAD = (5, 10, 20)
"""Years after the start whose ends are stored, besides the horizon."""


def shown_dates(start: date, horizon: date) -> list[date]:
    """The ends of a few years, and the horizon."""
    wanted = {start.year + years for years in AHEAD}
    return [day for day in report_dates(start, horizon) if day == horizon or day.year in wanted]


def most_simulated(trajectories: int) -> int:
    """Trajectories that :func:`variants` simulates if the scenario can take every variant."""
    names = sum(len(names) for _, names in GROUPS)
    return (1 + names) * min(trajectories, TRAJECTORIES)


def variants(
    prepared: Prepared,
    trajectories: int,
    threads: int | None = None,
    progress: Progress = lambda done: None,
) -> dict[str, Any]:
    """The content of ``variants.json``.

    ``run`` is the scenario itself over the same trajectories as the variants; each entry of ``variants`` has
    ``by`` for each step, like a milestone of the summary, with ``difference`` (to ``run``) and
    ``difference_error`` (its standard error, luck in common). ``not_run`` says which variants are left out
    and why.

    :param trajectories: of the run; the variants have at most :data:`TRAJECTORIES` of them.
    """
    model, worlds = prepared.model, len(prepared.worlds)
    size = min(trajectories, TRAJECTORIES)
    dates = shown_dates(model.start, model.horizon)
    own = counted(prepared, dates, size, threads, progress)
    done: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for layer in layers():
        other = _under(layer, prepared)
        if isinstance(other, str):
            left.append({**_heading(layer), "reason": other})
            continue
        found = counted(other, dates, size, threads, progress)
        digest = {"digest": other.loaded.digest}
        done.append({**_heading(layer), **digest, **_milestones(other, dates, found, own)})
    return {
        "schema": SCHEMA,
        "scenario": {"name": model.name, "digest": model.digest},
        "seed": prepared.seed,
        "trajectories": size,
        "worlds": worlds,
        "run": _milestones(prepared, dates, own, None),
        "variants": done,
        "not_run": left,
    }


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


def _heading(layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "group": layer.group,
        "title": layer.title,
        "question": layer.question,
        "differs": differs(layer),
    }


def _milestones(
    prepared: Prepared, dates: Sequence[date], counts: Counts, own: Counts | None
) -> dict[str, Any]:
    """Step -> its estimates by date, and how they differ from those of the run."""
    found: dict[str, Any] = {}
    for step, name in enumerate(prepared.model.step_names):
        now = curve(counts, step, len(prepared.worlds))
        before = now if own is None else curve(own, step, len(prepared.worlds))
        by = []
        for d, (day, share, start) in enumerate(zip(dates, now, before, strict=True)):
            entry = {"date": day.isoformat(), **_estimate(share)}
            if own is not None:
                error, _ = paired_error(own.hits[step, :, d], counts.hits[step, :, d], own.totals)
                entry |= {"difference": share.probability - start.probability, "difference_error": error}
            by.append(entry)
        found[name] = {"by": by}
    return {"milestones": found}


def _estimate(share: ShareEstimate) -> dict[str, Any]:
    return {
        "probability": share.probability,
        "credible_90": None if share.credible_90 is None else list(share.credible_90),
        "mc_error": share.mc_error,
    }
