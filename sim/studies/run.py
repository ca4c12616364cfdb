"""One scenario, run: from its name to a folder of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.errors import OptionError
from sim.base.records import plain
from sim.estimates.precision import check_precision, judged, looks, step_errors
from sim.estimates.tally import Tally, summary
from sim.facts.read import Facts, load_facts
from sim.model.model import Floats
from sim.results.files import (
    TrajectoryWriter,
    manifest,
    whole_folder,
    write_bin_chances,
    write_json,
    write_times,
    write_worlds,
)
from sim.scenario.load import LoadedScenario
from sim.studies.inputs import inputs, read_scorecard, sample_futures
from sim.studies.prepare import Prepared, Progress, check_trajectories, paths_of, prepare, silent
from sim.studies.remarks import remarks
from sim.studies.variants import FILE as VARIANTS
from sim.studies.variants import Variants
from sim.studies.variants import variants as under_variants

if TYPE_CHECKING:
    import pandas as pd

ENGINES = ("montecarlo", "replay", "exact")
KEEP = ("paths", "summary")


@dataclass(frozen=True)
class Result:
    """A finished run."""

    summary: dict[str, Any]
    folder: Path | None
    """Where its files are; None if none were asked for."""
    variants: Variants | None = None
    """None if the structural variants were not run."""

    def probabilities(self) -> pd.DataFrame:
        """Tidy table: step, date, probability, low, high (90 % credible interval), mc_error."""
        import pandas as pd

        rows = []
        for step, milestone in self.summary["milestones"].items():
            for entry in milestone["by"]:
                low, high = entry["credible_90"] or (None, None)
                rows.append((step, entry["date"], entry["probability"], low, high, entry["mc_error"]))
        names = ["step", "date", "probability", "low", "high", "mc_error"]
        return pd.DataFrame(rows, columns=names).astype({"low": float, "high": float})


@dataclass(frozen=True)
class Options:
    """How a run is done, apart from what it is a run of; the names are those of ``run``."""

    trajectories: int | None
    threads: int | None
    engine: str
    keep: str
    precision: float | None
    bound: int | None
    block: int | None
    variants: bool
    tilt: tuple[str, ...]

    def check(self) -> None:
        """:raises OptionError: a value that is not allowed, or options that do not go together."""
        if self.engine not in ENGINES:
            raise OptionError(f"<engine> {self.engine!r}: allowed: {', '.join(ENGINES)}")
        if self.keep not in KEEP:
            raise OptionError(f"<keep> {self.keep!r}: allowed: {', '.join(KEEP)}")
        if self.precision is not None:
            check_precision(self.precision)
            if self.engine != "montecarlo":
                raise OptionError(f"<precision>: allowed: with <engine> montecarlo only, not {self.engine}")
        if self.tilt and self.engine == "exact":
            raise OptionError("<tilt>: not allowed with <engine> exact, which simulates nothing")
        for other, given in (("<precision>", self.precision is not None), ("<variants>", self.variants)):
            if self.tilt and given:
                raise OptionError(f"<tilt>: not allowed together with {other}")
        if self.variants and self.engine != "montecarlo":
            raise OptionError(f"<variants>: allowed: with <engine> montecarlo only, not {self.engine}")
        if self.engine == "exact" and self.trajectories is not None:
            raise OptionError("<trajectories>: not allowed with <engine> exact, which simulates none")
        if self.bound is not None:
            if self.engine != "exact":
                raise OptionError(f"<bound>: allowed: with <engine> exact only, not {self.engine}")
            if self.bound < 1:
                raise OptionError(f"<bound> {self.bound}: allowed: 1 or more")


def run(
    scenario: str | Path | LoadedScenario,
    trajectories: int | None = None,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, float] | None = None,
    out: Path | None = None,
    threads: int | None = None,
    engine: str = "montecarlo",
    progress: Progress = silent,
    report: bool = True,
    keep: str = "paths",
    precision: float | None = None,
    bound: int | None = None,
    block: int | None = None,
    variants: bool = False,
    tilt: Sequence[str] = (),
) -> Result:
    """Runs a scenario and, with ``out``, writes its files there, whole or not at all.

    :param trajectories: default 200,000; with ``precision``, the most that are allowed. Not with the exact
        engine, which simulates none.
    :param overrides: parameter -> value, like ``--set``.
    :param progress: told the number of trajectories of each block that is done; of the exact engine, 1 for
        each world that is solved.
    :param keep: ``summary`` writes no ``trajectories.parquet``; all else is the same, and memory does not grow
        with the number of trajectories in either case.
    :param precision: a Monte Carlo error (as a probability) at which to stop; see ``sim.estimates.precision``.
    :param bound: joint states that the exact engine takes.
    :param variants: run the scenario under each structural variant, too; see ``sim.studies.variants``.
    :param tilt: ``NAME=RATE``: moves that name this parameter are simulated at this rate a year or more, and
        each trajectory has a weight for it; see ``sim.estimates.weighed``.
    :raises AccessionError: bad input (exit code 2) or results that cannot be written (1).
    """
    options = Options(trajectories, threads, engine, keep, precision, bound, block, variants, tuple(tilt))
    options.check()
    prepared = prepare(scenario, worlds, seed, overrides)
    with ExitStack() as stack:
        folder = stack.enter_context(whole_folder(out)) if out is not None else None
        work = _solve if engine == "exact" else _weigh if tilt else _simulate
        answer, shares = work(prepared, options, folder, progress)
        answer |= remarks(prepared.loaded)
        moved = under_variants(prepared, answer["trajectories"], threads, progress) if variants else None
        if folder is not None:
            _write(folder, prepared, answer, shares, moved, options, report)
    return Result(answer, out, moved)


def _simulate(
    prepared: Prepared, options: Options, folder: Path | None, progress: Progress
) -> tuple[dict[str, Any], Floats]:
    """The summary, and the share of each world's trajectories that take each step [W, S]."""
    model, worlds = prepared.model, len(prepared.worlds)
    most = DEFAULT_TRAJECTORIES if options.trajectories is None else options.trajectories
    check_trajectories(most, worlds)
    tally = Tally(model, worlds)
    found = None
    with ExitStack() as stack:
        keeps = folder is not None and options.keep == "paths"
        writer = TrajectoryWriter(folder / "trajectories.parquet", model) if folder and keeps else None
        ends = [most] if options.precision is None else looks(worlds, most)
        parts = paths_of(prepared, most, options.engine, options.threads, options.block, ends[:-1])
        for paths in stack.enter_context(closing(parts)):
            tally.add(paths)
            if writer is not None:
                writer.add(paths)
            progress(len(paths))
            if options.precision is not None and tally.trajectories in ends:
                seen = ends[: ends.index(tally.trajectories) + 1]
                found = judged(step_errors(tally), options.precision, seen, worlds, most)
                if found is not None:
                    break
        if writer is not None:
            writer.close()
    answer = summary(tally, prepared.seed, prepared.loaded.scenario.question)
    if found is not None:
        answer["precision"] = found
    if folder is not None:
        write_times(folder / "times.parquet", model.step_names, model.start, tally.bin_days, tally.bins)
    return answer, tally.by_horizon()


def _weigh(
    prepared: Prepared, options: Options, folder: Path | None, progress: Progress
) -> tuple[dict[str, Any], Floats]:
    """The same with tilted rates and weighed trajectories."""
    from sim.estimates.weighed import WeighedTally, least_rates, tilted_summary

    model, worlds = prepared.model, len(prepared.worlds)
    least = least_rates(model, options.tilt)
    most = DEFAULT_TRAJECTORIES if options.trajectories is None else options.trajectories
    check_trajectories(most, worlds)
    tally = WeighedTally(model, worlds)
    keeps = folder is not None and options.keep == "paths"
    writer = TrajectoryWriter(folder / "trajectories.parquet", model, True) if folder and keeps else None
    with closing(
        paths_of(prepared, most, options.engine, options.threads, options.block, tilt=least)
    ) as parts:
        for paths in parts:
            tally.add(paths)
            if writer is not None:
                writer.add(paths)
            progress(len(paths))
    if writer is not None:
        writer.close()
    if folder is not None:
        chances = tally.bins / most
        write_bin_chances(folder / "times.parquet", model.step_names, model.start, tally.bin_days, chances)
    question = prepared.loaded.scenario.question
    return tilted_summary(tally, prepared.seed, question, options.tilt), tally.by_horizon()


def _solve(
    prepared: Prepared, options: Options, folder: Path | None, progress: Progress
) -> tuple[dict[str, Any], Floats]:
    """The same without sampling."""
    from sim.studies.exactly import BOUND, exact_summary, solve_worlds

    model = prepared.model
    bound = BOUND if options.bound is None else options.bound
    solved = solve_worlds(model, prepared.worlds, prepared.seed, bound, progress)
    if folder is not None:
        write_bin_chances(folder / "times.parquet", model.step_names, model.start, *solved.bins())
    return exact_summary(solved, prepared.seed, prepared.loaded.scenario.question), solved.by_horizon()


def _write(
    folder: Path, prepared: Prepared, answer: dict[str, Any], shares: Floats,
    variants: Variants | None, options: Options, report: bool,
) -> None:  # fmt: skip
    """Everything but trajectories and times, which are there already."""
    facts: Facts = load_facts()
    model, worlds = prepared.model, prepared.worlds
    write_json(folder / "summary.json", answer)
    write_worlds(folder / "worlds.parquet", worlds, shares, model.step_names)
    if variants is not None:
        write_json(folder / VARIANTS, plain(variants))
    write_json(folder / "scorecard.json", read_scorecard())
    write_json(folder / "inputs.json", inputs(prepared.loaded, model, facts))
    write_json(folder / "samples.json", sample_futures(model, worlds, prepared.seed))
    kept = "summary" if options.engine == "exact" else options.keep
    write_json(folder / "manifest.json", manifest(model, prepared.seed, facts.digest, options.engine, kept))
    if report:
        from sim.report.page import write_report

        write_report(folder)
