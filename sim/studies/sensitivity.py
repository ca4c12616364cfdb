"""``sensitivity``: what moves the answer of a scenario, or of a run that is there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sim.base.dates import answer_date, report_dates
from sim.base.errors import OptionError, choice
from sim.base.progress import Progress, silent
from sim.base.reading import within_horizon
from sim.estimates.first_orders import Place, not_told
from sim.estimates.indices import Shares
from sim.estimates.moving import Moving
from sim.facts.read import load_facts
from sim.results.files import write_csv, write_json
from sim.results.folder import whole_folder
from sim.results.manifest import Subject, manifest
from sim.scenario.load import Scenario
from sim.studies.named import TitledScenario, subject
from sim.studies.options import Sampling
from sim.studies.prepare import Prepared, check_trajectories, prepare
from sim.studies.remarks import behind
from sim.studies.reopened import Reopened, is_result, reopened
from sim.studies.rows import check_rows, morris, totals
from sim.studies.rows import simulated as of_rows
from sim.studies.sensitivity_answer import FILE, Sensitivity, read_sensitivity
from sim.studies.sensitivity_tables import (
    EFFECT_COLUMNS,
    INDEX_COLUMNS,
    SWING_COLUMNS,
    TOTAL_COLUMNS,
    effect_rows,
    index_rows,
    swing_rows,
    total_rows,
)
from sim.studies.together import counted
from sim.studies.tornado import most_simulated, tornado
from sim.studies.what_moves import of_worlds, sensitivity

Pages = Callable[[Path, Sensitivity], None]


@dataclass(frozen=True)
class Wanted:
    """What is asked for, beside first-order indices."""

    step: str | None = None
    by: date | None = None
    tornado: bool = True
    totals: int = 0
    """Rows of a design for total indices; 0 for none."""
    morris: int = 0
    """Rows of a design for elementary effects; 0 for none."""

    def __post_init__(self) -> None:
        check_rows("totals", self.totals, power=True)
        check_rows("morris", self.morris, power=False)


@dataclass(frozen=True)
class _Base:
    """What is looked at: a scenario made ready, what its numbers rest on, and which run it is of."""

    prepared: Prepared
    bases: Mapping[str, str]
    of: Subject
    scenario: TitledScenario
    run: Reopened | None = None
    """None where trajectories are still to be simulated."""


def what_moves(
    source: str | Path | Scenario,
    options: Sampling | None = None,
    wanted: Wanted | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    pages: Pages | None = None,
    answered: Callable[[Sensitivity], None] | None = None,
) -> Sensitivity:
    """Says what moves the two answers of a scenario, or one step by one date.

    :param source: a scenario, or the folder of a finished run, whose worlds and trajectories are then used.
    :param options: of a scenario: how many trajectories, worlds, …; of a folder, ``threads`` alone has a say.
    :param out: a folder for the files, written whole or not at all.
    :param progress: told the number of trajectories that are simulated.
    :param pages: writes more into the folder; :param answered: told the answer before files are written.
    :raises AccessionError: bad input (exit code 2) or files that cannot be read or written (1).
    """
    options = Sampling() if options is None else options
    wanted = Wanted() if wanted is None else wanted
    with ExitStack() as stack:
        base = _base(source, options, stack)
        places = targets(base.prepared, wanted.step, wanted.by)
        of = replace(base.of, changed={**base.of.changed, **_asked(wanted)})
        folder = stack.enter_context(whole_folder(out, of)) if out is not None else None
        made = _made(base, places, options, wanted, progress)
        if answered is not None:
            answered(made)
        if folder is not None:
            _write(folder, made, base, of)
            if pages is not None:
                pages(folder, made)
    return made


def simulated(source: str | Path | Scenario, options: Sampling, wanted: Wanted) -> int:
    """Trajectories that there will be at most, for who shows how far it has come."""
    with ExitStack() as stack:
        base = _base(source, options, stack)
        new = 0 if base.run is not None else options.most
        places = targets(base.prepared, wanted.step, wanted.by)
        ends = most_simulated(base.prepared, len(places)) if wanted.tornado else 0
        return new + ends + of_rows(base.prepared, wanted.totals, wanted.morris)


def targets(prepared: Prepared, step: str | None, by: date | None) -> list[Place]:
    """The steps and dates that are looked at: as named, or those of the answer at the top of a report.

    :raises OptionError: no such step, or a date outside the horizon.
    """
    model = prepared.model
    dates = report_dates(model.start, model.horizon)
    if step is None and by is None:
        passed = behind(prepared.loaded.content)
        ahead = [name for name in model.step_names if name not in passed]
        return list(dict.fromkeys([(ahead[0], answer_date(model.start, dates)), (ahead[-1], dates[-1])]))
    if step is not None and step not in model.step_names:
        raise OptionError(f"<step> {step}: not a step; {choice(step, model.step_names)}")
    by = model.horizon if by is None else within_horizon(by, model.horizon)
    if not model.start < by <= model.horizon:
        raise OptionError(f"<by> {by}: allowed: after {model.start}, up to {model.horizon}")
    return [(step or model.step_names[-1], by)]


# --- what it is of --------------------------------------------------------------------------------------


def _base(source: str | Path | Scenario, options: Sampling, stack: ExitStack) -> _Base:
    if is_result(source):
        assert not isinstance(source, Scenario)
        said = Sampling(threads=options.threads)
        for name in ("overrides", "trajectories", "worlds", "seed"):
            if getattr(options, name) != getattr(said, name):
                raise OptionError(
                    f"<{name}>: not allowed with a folder of results, which are of what was run; allowed: a scenario"
                )
        run = stack.enter_context(reopened(Path(source)))
        bases = {parameter.name: parameter.basis for parameter in run.inputs.parameters}
        told = run.summary.scenario
        titled = TitledScenario(told.name, told.digest, told.title, run.summary.yours)
        return _Base(run.prepared, bases, replace(run.sealed.subject, verb="sensitivity"), titled, run)
    prepared = prepare(source, options.worlds, options.seed, options.overrides)
    check_trajectories(options.most, len(prepared.worlds))
    bases = {name: spec.basis for name, spec in prepared.loaded.content.parameters.items()}
    of = subject("sensitivity", [prepared.loaded])
    return _Base(prepared, bases, of, TitledScenario.of(prepared.model))


def _asked(wanted: Wanted) -> dict[str, str]:
    said = {"step": wanted.step, "by": wanted.by and wanted.by.isoformat()}
    return {name: value for name, value in said.items() if value}


# --- what it comes to -----------------------------------------------------------------------------------


def _made(
    base: _Base, places: Sequence[Place], options: Sampling, wanted: Wanted, progress: Progress
) -> Sensitivity:
    trajectories = options.most if base.run is None else base.run.summary.trajectories
    found = replace(
        sensitivity(base.prepared, trajectories, _first(base, places, options, progress)),
        scenario=base.scenario,
    )
    if wanted.tornado:
        made = tornado(base.prepared, places, options.threads, base.bases, progress)
        found = replace(found, tornado=made)
    if wanted.totals:
        found = replace(found, totals=totals(base.prepared, places, wanted.totals, options.threads, progress))
    if wanted.morris:
        found = replace(found, morris=morris(base.prepared, places, wanted.morris, options.threads, progress))
    return found


def _first(base: _Base, places: Sequence[Place], options: Sampling, progress: Progress) -> Moving:
    """First-order indices, of stored results where there are such."""
    if base.run is None:
        return of_worlds(base.prepared, _counted(base.prepared, places, options, progress), base.bases)
    if FILE in base.run.sealed.files:
        kept = read_sensitivity(base.run.folder).first
        known = {(target.step, target.date): target for target in kept.targets}
        if kept.refused:
            return not_told(places, kept.refused)
        if all(place in known for place in places):
            return replace(kept, targets=tuple(known[place] for place in places))
    return of_worlds(base.prepared, base.run.shares(places), base.bases)


def _counted(
    prepared: Prepared, places: Sequence[Place], options: Sampling, progress: Progress
) -> dict[Place, Shares]:
    dates = sorted({day for _, day in places})
    counts = counted(prepared, dates, options.most, options.threads, progress)
    if counts.worlds == 1:  # in batches; there is nothing to tell apart
        return {place: Shares.counted(counts.of(place[0])[:1, 0], counts.totals[:1]) for place in places}
    return {
        (step, day): Shares.counted(counts.of(step)[:, dates.index(day)], counts.totals)
        for step, day in places
    }


# --- files ----------------------------------------------------------------------------------------------


def _write(folder: Path, made: Sensitivity, base: _Base, of: Subject) -> None:
    write_json(folder / FILE, made)
    write_csv(folder / "indices.csv", INDEX_COLUMNS, index_rows(made))
    if made.tornado is not None:
        write_csv(folder / "tornado.csv", SWING_COLUMNS, swing_rows(made, made.tornado))
    if made.totals is not None:
        write_csv(folder / "totals.csv", TOTAL_COLUMNS, total_rows(made, made.totals))
    if made.morris is not None:
        write_csv(folder / "morris.csv", EFFECT_COLUMNS, effect_rows(made, made.morris))
    model = base.prepared.model
    write_json(
        folder / "manifest.json", manifest(model, made.seed, load_facts().digest, "montecarlo", subject=of)
    )
