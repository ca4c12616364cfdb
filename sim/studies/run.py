"""One scenario, run: from its name to a folder of results.

The scenario is made ready, its engine yields blocks, recorders collect them, the summary is made of what they
have, and one writer puts it all into a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.progress import Progress, silent
from sim.estimates.came_before import CameBefore, CameBeforeTally
from sim.estimates.precision import Looks, Stopped
from sim.estimates.solved import Solved
from sim.estimates.summary import Summary, summarise
from sim.estimates.tally import Tally
from sim.estimates.weighed import WeighedTally, least_rates
from sim.facts.read import load_facts
from sim.results.files import write_csv, write_json
from sim.results.folder import whole_folder
from sim.results.manifest import Subject, manifest
from sim.results.scored import read_scorecard
from sim.results.trajectories import TrajectoryWriter, write_bin_chances, write_times, write_worlds
from sim.scenario.load import Scenario
from sim.studies.again import write_facts, write_scenario
from sim.studies.inputs import inputs
from sim.studies.named import subject
from sim.studies.options import Options
from sim.studies.prepare import Prepared, check_trajectories, paths_of, prepare
from sim.studies.remarks import behind, facts_until, under_way
from sim.studies.samples import samples
from sim.studies.sensitivity_answer import FILE as SENSITIVITY
from sim.studies.variants_answer import FILE as VARIANTS
from sim.studies.variants_answer import Variants
from sim.studies.what_moves import of_run

if TYPE_CHECKING:
    import pandas as pd

Answer = Tally | WeighedTally | Solved
"""A recorder that has what the summary is made of."""


@dataclass(frozen=True)
class FinishedRun:
    """A finished run."""

    summary: Summary
    folder: Path | None
    """Where its files are; None if none were asked for."""
    variants: Variants | None = None
    """None if the structural variants were not run."""

    def probabilities(self) -> pd.DataFrame:
        """Tidy table: step (or ``substitute for <step>``), date, probability, low, high (90 %), mc_error."""
        return self.summary.probabilities()


def run(
    scenario: str | Path | Scenario,
    options: Options | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    report: Callable[[Path], None] | None = None,
    answered: Callable[[Summary], None] | None = None,
) -> FinishedRun:
    """Runs a scenario and, with ``out``, writes its files there, whole or not at all.

    :param progress: told the number of trajectories of each block that is done; of the exact engine, 1 for
        each world that is solved.
    :param report: what else is written into the folder, once the results are in it.
    :param answered: told the answer as soon as it is known, before variants are run and most files are written.
    :raises AccessionError: bad input (exit code 2) or results that cannot be written (1).
    """
    options = Options() if options is None else options
    prepared = prepare(scenario, options.worlds, options.seed, options.overrides)
    of = subject("run", [prepared.loaded])
    with ExitStack() as stack:
        folder = stack.enter_context(whole_folder(out, of)) if out is not None else None
        answer, stopped, came_before = _collect(prepared, options, folder, progress)
        summary = replace(_summary(prepared, answer, stopped), came_before=came_before)
        if answered is not None:
            answered(summary)
        moved = _moved(prepared, summary, options, progress) if options.variants else None
        if moved is not None and moved.combined is not None:
            summary = replace(summary, structure=moved.combined.ranges)
        if folder is not None:
            _write(folder, prepared, of, options, answer, summary, moved)
            if report is not None:
                report(folder)
    return FinishedRun(summary, out, moved)


def _moved(prepared: Prepared, summary: Summary, options: Options, progress: Progress) -> Variants:
    """How far the structural variants move the answer."""
    from sim.studies.variants import variants  # not loaded for a run without them

    return variants(prepared, summary.trajectories, options.threads, progress)


def _collect(
    prepared: Prepared, options: Options, folder: Path | None, progress: Progress
) -> tuple[Answer, Stopped | None, tuple[CameBefore, ...]]:
    """What the recorders have taken in, why the run stopped if it had a precision to reach, and what came before."""
    if options.engine == "exact":
        from sim.studies.exactly import solve  # with what solves equations, which is slow to load

        return solve(prepared, options.bound, progress), None, ()
    return _simulate(prepared, options, folder, progress)


def _simulate(
    prepared: Prepared, options: Options, folder: Path | None, progress: Progress
) -> tuple[Tally | WeighedTally, Stopped | None, tuple[CameBefore, ...]]:
    model, worlds, most = prepared.model, len(prepared.worlds), options.most
    least = least_rates(model, options.tilt) if options.tilt else None
    check_trajectories(most, worlds)
    tally = Tally(model, worlds)
    answer = tally if least is None else WeighedTally(model, worlds, options.tilt)
    ahead = CameBeforeTally(model, worlds, behind(prepared.loaded.content))
    looks = None if options.precision is None else Looks(tally, options.precision, most)
    writer = None
    if folder is not None and options.keep == "paths":
        writer = TrajectoryWriter(folder / "trajectories.parquet", model, weighed=least is not None)
    cuts = [] if looks is None else looks.ends[:-1]
    with closing(
        paths_of(prepared, most, options.engine, options.threads, options.block, cuts, least)
    ) as blocks:
        for paths in blocks:
            answer.add(paths)
            if least is None:
                ahead.add(paths)
            if writer is not None:
                writer.add(paths)
            progress(len(paths))
            if looks is not None and looks.stop():
                break
    if writer is not None:
        writer.close()
    return answer, None if looks is None else looks.stopped, ahead.found() if least is None else ()


def _summary(prepared: Prepared, answer: Answer, stopped: Stopped | None) -> Summary:
    scenario = prepared.loaded.content
    return replace(
        summarise(answer, prepared.seed, scenario.question),
        precision=stopped,
        behind=behind(scenario),
        under_way=under_way(scenario),
        facts_until=facts_until(scenario),
        yours=prepared.model.yours,
    )


def _write(
    folder: Path, prepared: Prepared, of: Subject, options: Options, answer: Answer, summary: Summary,
    variants: Variants | None,
) -> None:  # fmt: skip
    """Everything but trajectories, which are there already."""
    model, worlds, seed, facts = prepared.model, prepared.worlds, prepared.seed, load_facts()
    kept = "summary" if options.engine == "exact" else options.keep
    write_json(folder / "summary.json", summary)
    write_json(folder / "scorecard.json", read_scorecard())
    write_json(folder / "inputs.json", inputs(prepared.loaded, model, facts))
    write_json(folder / "samples.json", samples(model, worlds, seed))
    write_json(folder / SENSITIVITY, of_run(prepared, answer, summary.headlines))
    write_scenario(folder, prepared.loaded)
    write_facts(folder, facts)
    write_json(folder / "manifest.json", manifest(model, seed, facts.digest, options.engine, kept, of))
    if variants is not None:
        write_json(folder / VARIANTS, variants)
    names = ("step", "date", "probability", "low", "high", "error")
    write_csv(folder / "probabilities.csv", names, summary.rows())
    write_worlds(folder / "worlds.parquet", worlds, answer.by_horizon(), model)
    times = folder / "times.parquet"
    if isinstance(answer, Tally):
        write_times(times, model.step_names, model.start, answer.bin_days, answer.bins)
    else:
        write_bin_chances(times, model.step_names, model.replaceable, model.start, *answer.bins())
