"""What one would have to believe for a step to be as likely as asked by a date.

Three answers: how far each parameter alone would have to be moved within its own prior; the smallest shift of all
priors at once; and boxes, the kinds of worlds in which the step is as likely as that already. All from the same luck.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from sim.base.errors import ModelError, OptionError, choice
from sim.base.progress import Progress, silent
from sim.base.reading import within_horizon
from sim.base.records import plain
from sim.estimates.crossing import GRID
from sim.estimates.paired import dated_share
from sim.estimates.prim import Box, Limit, boxes, weights
from sim.facts.read import load_facts
from sim.model.model import Floats, Model
from sim.model.unknowns import Unknown, unknowns
from sim.model.worlds import draw_worlds
from sim.results.files import write_csv, write_json
from sim.results.folder import whole_folder
from sim.results.manifest import Subject, manifest
from sim.scenario.load import Scenario
from sim.studies.belief_answer import (
    COLUMNS,
    FILE,
    FOUND,
    NOT_ALONE,
    PERHAPS,
    SCHEMA,
    Alone,
    BeliefAnswer,
    BoxTold,
    LimitTold,
)
from sim.studies.believe_alone import Futures, alone, look, parameter, rows_of, sharper
from sim.studies.believe_together import together
from sim.studies.named import TitledScenario, subject
from sim.studies.options import Sampling
from sim.studies.prepare import Prepared, check_trajectories, prepare
from sim.studies.scores import blocks_of, fitted, normal_scores, scored, uncertain

TRAJECTORIES = 20_000
MOST_BOXES = 2
SHARPER = 8
"""Of those that do not get there alone, how many are run again with all trajectories at their furthest."""
MORE = 8
"""Times the worlds and trajectories, where boxes are looked for."""
Figures = Callable[[Path, BeliefAnswer], None]


def believe(
    scenario: str | Path | Scenario,
    target: float,
    above: bool = True,
    step: str | None = None,
    by: date | None = None,
    options: Sampling | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    figures: Figures | None = None,
    answered: Callable[[BeliefAnswer], None] | None = None,
) -> BeliefAnswer:
    """Looks for the smallest departures from the priors with which a step is as likely as a target.

    :param target: a probability above 0 and below 1; :param above: whether to be at least so likely, else at most.
    :param step: the last if not given; :param by: the horizon if not given.
    :param out: a folder for the files, written whole or not at all.
    :param progress: told 1 for each parameter that is done.
    :param figures: writes more into the folder; :param answered: told the answer before files are written.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    options = Sampling(trajectories=TRAJECTORIES) if options is None else options
    if not 0.0 < target < 1.0:
        name = "above" if above else "below"
        raise OptionError(f"<{name}> {target:g}: allowed: more than 0 and less than 1, such as 0.5 or 50%")
    base = prepare(scenario, options.worlds, options.seed, options.overrides)
    if not uncertain(base.model):
        raise ModelError(
            f"{base.model.name}: no parameter has a prior, so that there is nothing to believe otherwise"
        )
    step, by = _looked_at(base.model, step, by)
    check_trajectories(options.most, len(base.worlds))
    futures = Futures.of(base, step, by, options.most, options.threads)
    of = _subject(base.loaded, step, by, target, above)
    with whole_folder(out, of) if out is not None else nullcontext() as folder:
        made = _answer(futures, target, above, progress)
        if answered is not None:
            answered(made)
        if folder is not None:
            _write(folder, made, base)
            if figures is not None:
                figures(folder, made)
    return made


def _looked_at(model: Model, step: str | None, by: date | None) -> tuple[str, date]:
    if step is not None and step not in model.step_names:
        raise OptionError(f"<step> {step}: not a step; {choice(step, model.step_names)}")
    by = model.horizon if by is None else within_horizon(by, model.horizon)
    if not model.start < by <= model.horizon:
        raise OptionError(f"<by> {by}: allowed: after {model.start}, up to {model.horizon}")
    return step or model.step_names[-1], by


def _answer(futures: Futures, target: float, above: bool, progress: Progress) -> BeliefAnswer:
    base = futures.base
    counts = futures.counts({})
    now = counts.curves[futures.step][0]
    met = now.probability >= target if above else now.probability <= target
    made = BeliefAnswer(
        schema=SCHEMA, scenario=TitledScenario.of(base.model), seed=base.seed,
        trajectories=futures.trajectories, worlds=len(base.worlds), start=base.model.start,
        horizon=base.model.horizon, step=futures.step, by=futures.by, target=target, above=above,
        now=dated_share(futures.by, now), met=met, tried=(GRID[0], GRID[-1]),
    )  # fmt: skip
    if met:
        return made
    first = futures.counts({}, futures.fewest)
    looked = []
    for name in uncertain(base.model):
        looked.append(look(futures, parameter(base, name), first))
        progress(1)
    moving = [one.candidate.name for one in looked if one.moves]
    blocks = blocks_of(base.model, base.seed, futures.shares(counts), moving)
    looked += [look(futures, rows_of(base, block), first) for block in blocks.values()]
    candidates = {one.candidate.name: one.candidate for one in looked}
    found = _ordered([alone(futures, one, target, above) for one in looked], above)
    short = [one.name for one in found if one.answer == NOT_ALONE][:SHARPER]
    found = [sharper(futures, candidates[one.name], one) if one.name in short else one for one in found]
    ready = scored(base.model, base.seed, blocks, moving, len(base.worlds))
    beyond, told = _boxes(futures, moving, target, above)
    return replace(
        made,
        alone=tuple(_ordered(found, above)),
        together=together(futures, ready, target, above) if ready.names else None,
        worlds_beyond=beyond,
        boxes=told,
    )


def parameters_of(scenario: Scenario) -> int:
    """How many parameters will be tried, for who shows how far it has come."""
    return sum(spec.prior is not None for spec in scenario.content.parameters.values())


def _ordered(found: Sequence[Alone], above: bool) -> list[Alone]:
    """Those that get there, the least departure first; then the others, the furthest first."""

    def rank(one: Alone) -> tuple[int, float]:
        if one.answer == FOUND and one.quantile is not None:
            return 0, abs(one.quantile - 0.5)
        far = one.furthest.probability
        return 1 if one.answer in (PERHAPS, NOT_ALONE) else 2, -far if above else far

    return sorted(found, key=rank)


# --- boxes ----------------------------------------------------------------------------------------------


def _boxes(
    futures: Futures, moving: Sequence[str], target: float, above: bool
) -> tuple[float, tuple[BoxTold, ...]]:
    """The share of worlds beyond the target, and boxes in what moves the answer and in starts that are not known.

    They need more worlds than the rest, for in few of them the target is met.
    """
    base = futures.base
    more = replace(base, worlds=draw_worlds(base.model, base.seed, MORE * len(base.worlds)))
    wide = replace(futures, base=more, trajectories=MORE * futures.trajectories)
    counts = wide.counts({})
    known = [
        one
        for one in unknowns(base.model, more.worlds, base.seed)
        if one.name in moving or (one.states and not set(one.behind) & set(moving))
    ]
    shares = wide.shares(counts)
    scores = [normal_scores(one.values) for one in known]
    slopes, _ = fitted(scores, shares)
    index = np.asarray(sum(slope * z for slope, z in zip(slopes, scores, strict=True)))
    alike = index if known else None
    y = weights(counts.of(futures.step)[:, 0], counts.totals, target, above, alike)
    if not known:
        return float(y.mean()), ()
    x = np.column_stack([one.values for one in known])
    found = boxes(x, y, base.seed, MOST_BOXES)
    return float(y.mean()), tuple(_told(futures, known, x, box) for box in found)


def _told(futures: Futures, known: Sequence[Unknown], x: Floats, box: Box) -> BoxTold:
    limits = tuple(_limit(futures, known[limit.column], x[:, limit.column], limit) for limit in box.limits)
    return BoxTold(limits, box.coverage, box.density, box.support)


def _limit(futures: Futures, one: Unknown, values: Floats, limit: Limit) -> LimitTold:
    def quantile(value: float) -> float:
        return float(np.mean(values <= value) if limit.lower else np.mean(values < value))

    spec = futures.base.loaded.content.parameters.get(one.name)
    low, high = limit.spread or (limit.value, limit.value)
    state = one.states[int(limit.value) + (1 if limit.lower else -1)] if one.states else ""
    return LimitTold(
        name=one.name, lower=limit.lower, value=limit.value, quantile=quantile(limit.value),
        reproduced=limit.reproduced, spread=(quantile(low), quantile(high)),
        unit=spec.unit if spec is not None else "", state=state,
    )  # fmt: skip


# --- files ----------------------------------------------------------------------------------------------


def _subject(loaded: Scenario, step: str, by: date, target: float, above: bool) -> Subject:
    of = subject("believe", [loaded])
    asked = {"step": step, "by": by.isoformat(), ("above" if above else "below"): f"{target:g}"}
    return replace(of, changed={**of.changed, **asked})


def _write(folder: Path, made: BeliefAnswer, base: Prepared) -> None:
    write_json(folder / FILE, plain(made))
    write_csv(folder / "believe.csv", COLUMNS, made.rows())
    common = vars(manifest(base.model, made.seed, load_facts().digest, "montecarlo"))
    write_json(folder / "manifest.json", {
        **{name: value for name, value in common.items() if name != "keep"},
        "trajectories": made.trajectories,
        "worlds": made.worlds,
    })  # fmt: skip
