"""``given``: how likely something is among the futures of a finished run that meet a condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from sim.base.dates import answer_date, report_dates, years_between
from sim.base.errors import OptionError
from sim.base.progress import Progress, silent
from sim.estimates.condition_text import read_date, written
from sim.estimates.conditional import FEWEST
from sim.estimates.conditions import Condition, Futures, Happened, Not, has_not, names_in
from sim.estimates.given import BATCHES, GivenTally, Measured, unit_of
from sim.results.files import write_csv, write_json
from sim.results.folder import whole_folder
from sim.results.manifest import FILE as MANIFEST
from sim.results.manifest import Subject
from sim.studies.asked import AskedRun, step_asked
from sim.studies.given_answer import COLUMNS, FILE, SCHEMA, Asked, Given


def given(
    run: AskedRun,
    condition: str,
    step: str | None = None,
    by: str | date | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    figures: Callable[[Path, Given], None] | None = None,
) -> Given:
    """The probability of a step by each date, with a condition, without it and in all futures.

    :param step: a step, substitute or watched entry; the first step ahead that the condition does not name if None.
    :param by: the date that is told first, as in conditions; one ten years ahead if None.
    :param out: a folder for the answer as files, written whole or not at all.
    :param progress: told the number of futures of each block that is read.
    :param figures: draws what else is written there.
    :raises OptionError: the condition, step or date cannot be used, holds in too few futures, or the run has no
        trajectories.
    :raises RunError: trajectories that cannot be read, or a folder that cannot be written.
    """
    wanted = run.condition(condition)
    asked = step_asked(run, step, names_in(wanted))
    start, horizon, worlds = run.summary.start, run.summary.horizon, run.summary.worlds
    known = report_dates(start, horizon)
    told = answer_date(start, known) if by is None else read_date(str(by), run.happenings, "by")
    dates = sorted({*known, told})
    units = worlds if worlds > 1 else min(BATCHES, run.summary.trajectories)
    counted, negated = weighable(wanted) if run.summary.tilt is not None else (wanted, False)
    tally = GivenTally([years_between(start, day) for day in dates], units, worlds, negated)
    for block in run.blocks(tuple(dict.fromkeys((*names_in(wanted), asked)))):
        futures = Futures(block.times, run.ranks, start)
        unit = unit_of(block.trajectory, block.world, worlds)
        tally.add(unit, futures.met(counted), futures.met(Happened(asked)), block.weights)
        progress(len(unit))
    about = asked_of(run, wanted, tally.futures, tally.chance())
    tilt = run.summary.tilt
    made = Given(
        schema=SCHEMA, asked=about, step=asked, told=told, by=tuple(tally.found(dates)),
        tilt=() if tilt is None else tilt.least_rates,
    )  # fmt: skip
    if out is not None:
        _write(out, run, made, figures)
    return made


def weighable(condition: Condition) -> tuple[Condition, bool]:
    """A condition without the ``not`` around all of it, and whether there is one.

    What did not come about is certain at the end alone, up to which no weight is known.

    :raises OptionError: there is a ``not`` within it.
    """
    negated = False
    while isinstance(condition, Not):
        condition, negated = condition.inner, not negated
    if has_not(condition):
        raise OptionError(
            f"<condition>: {written(condition)}: a not within a condition cannot be weighed, and the rates of this run "
            "are tilted; allowed: not around all of it, no not, or a run without --tilt"
        )
    return condition, negated


def _write(out: Path, run: AskedRun, made: Given, figures: Callable[[Path, Given], None] | None) -> None:
    """:raises RunError: the folder cannot be written, or holds anything else."""
    with whole_folder(out, subject_of(run, "given", made.asked.condition, made.step)) as files:
        write_json(files / FILE, made)
        write_csv(files / "given.csv", COLUMNS, made.rows())
        write_json(files / MANIFEST, run.sealed.content)
        if figures is not None:
            figures(files, made)


def subject_of(run: AskedRun, verb: str, condition: str, step: str = "") -> Subject:
    """What the answer is of: the run, and what it was asked."""
    asked = {"condition": condition} | ({"step": step} if step else {})
    return replace(run.sealed.subject, verb=verb, changed={**run.sealed.subject.changed, **asked})


def asked_of(run: AskedRun, condition: Condition, futures: int, likely: Measured) -> Asked:
    """What is said of the run that was asked, and of the condition.

    :raises OptionError: so few futures meet it that nothing can be said.
    """
    s = run.summary
    if futures < FEWEST:
        raise OptionError(
            f"<condition>: {futures} of {s.trajectories:,} futures meet it ({written(condition)}); allowed: a "
            f"condition that {FEWEST} meet or more, or a run with more trajectories"
        )
    named = {name.partition("=")[0].partition(".")[0] for name in run.names if "=" in name}
    return Asked(
        scenario=s.scenario, seed=s.seed, trajectories=s.trajectories, worlds=s.worlds, start=s.start,
        horizon=s.horizon, condition=written(condition), futures=futures, likely=likely, happenings=run.names,
        voters={code: name for code, name in run.inputs.blockers.items() if code in named},
        yours="; ".join(own.said for own in s.yours),
    )  # fmt: skip
