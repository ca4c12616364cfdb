"""One scenario, run: from its name to a folder of results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.compiler import compile_scenario
from sim.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES, DEFAULT_WORLDS
from sim.errors import ModelError
from sim.estimate import Tally, summary
from sim.facts import Facts, load_facts
from sim.intervals import check_worlds
from sim.model import Model
from sim.paths import Paths
from sim.results import TrajectoryWriter, manifest, whole_folder, write_json, write_times, write_worlds
from sim.scenario.load import LoadedScenario, load_scenario
from sim.study.inputs import inputs, sample_futures
from sim.worlds import Worlds, draw_worlds

if TYPE_CHECKING:
    import pandas as pd

ENGINES = ("montecarlo", "replay")
KEEP = ("paths", "summary")
Progress = Callable[[int], None]


def _silent(done: int) -> None:
    """No progress shown."""


@dataclass(frozen=True)
class Prepared:
    """A scenario made ready: loaded, compiled, its worlds drawn."""

    loaded: LoadedScenario
    model: Model
    worlds: Worlds
    seed: int


@dataclass(frozen=True)
class Result:
    """A finished run."""

    summary: dict[str, Any]
    folder: Path | None
    """Where its files are; None if none were asked for."""

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


def prepare(
    scenario: str | Path | LoadedScenario,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, float] | None = None,
) -> Prepared:
    """Loads and compiles a scenario and draws its worlds.

    :param worlds: default 1000; a scenario in which nothing is uncertain always has one.
    :raises AccessionError: the scenario, an override or the number of worlds cannot be used.
    """
    if isinstance(scenario, LoadedScenario):
        if overrides:
            raise ModelError(
                "overrides are laid over a scenario when it is loaded; this one is loaded already"
            )
        loaded = scenario
    else:
        loaded = load_scenario(scenario, overrides)
    model = compile_scenario(loaded)
    wanted = DEFAULT_WORLDS if worlds is None else worlds
    check_worlds(wanted)
    return Prepared(loaded, model, draw_worlds(model, seed, wanted if model.uncertain else 1), seed)


def paths_of(
    prepared: Prepared,
    trajectories: int,
    engine: str = "montecarlo",
    threads: int | None = None,
    block: int | None = None,
) -> Iterator[Paths]:
    """Blocks of paths of an engine, in order."""
    if engine == "replay":
        from sim.engines import replay

        yield replay.simulate(prepared.model, prepared.worlds, prepared.seed, trajectories)
        return
    from sim.engines import montecarlo

    size = {} if block is None else {"block": block}
    yield from montecarlo.blocks(
        prepared.model, prepared.worlds, prepared.seed, trajectories, threads, **size
    )


def check_trajectories(trajectories: int, worlds: int) -> None:
    """:raises ModelError: fewer trajectories than worlds, or none."""
    if trajectories < max(worlds, 1):
        raise ModelError(
            f"--trajectories {trajectories}: allowed: {worlds} or more, one for each of the {worlds} worlds "
            f"(fewer worlds: --worlds {max(100, trajectories // 20)})"
        )


def run(
    scenario: str | Path | LoadedScenario,
    trajectories: int = DEFAULT_TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, float] | None = None,
    out: Path | None = None,
    threads: int | None = None,
    engine: str = "montecarlo",
    progress: Progress = _silent,
    report: bool = True,
    keep: str = "paths",
) -> Result:
    """Runs a scenario and, with ``out``, writes its files there, whole or not at all.

    :param overrides: parameter -> value, like ``--set``.
    :param progress: told the number of trajectories of each block that is done.
    :param keep: ``summary`` writes no ``trajectories.parquet``; all else is the same, and memory does not grow
        with the number of trajectories in either case.
    :raises AccessionError: bad input (exit code 2) or results that cannot be written (1).
    """
    if engine not in ENGINES:
        raise ModelError(f"--engine {engine!r}: allowed: {', '.join(ENGINES)}")
    if keep not in KEEP:
        raise ModelError(f"--keep {keep!r}: allowed: {', '.join(KEEP)}")
    prepared = prepare(scenario, worlds, seed, overrides)
    model = prepared.model
    check_trajectories(trajectories, len(prepared.worlds))
    tally = Tally(model, len(prepared.worlds))
    with ExitStack() as stack:
        folder = stack.enter_context(whole_folder(out)) if out is not None else None
        wanted = folder is not None and keep == "paths"
        writer = TrajectoryWriter(folder / "trajectories.parquet", model) if folder and wanted else None
        for paths in paths_of(prepared, trajectories, engine, threads):
            tally.add(paths)
            if writer is not None:
                writer.add(paths)
            progress(len(paths))
        if writer is not None:
            writer.close()
        answer = summary(tally, seed, prepared.loaded.scenario.question)
        if folder is not None:
            _write(folder, prepared, tally, answer, engine, keep, report)
    return Result(answer, out)


def _write(
    folder: Path,
    prepared: Prepared,
    tally: Tally,
    answer: dict[str, Any],
    engine: str,
    keep: str,
    report: bool,
) -> None:
    """Everything but the trajectories, which are there already."""
    facts: Facts = load_facts()
    model, worlds = prepared.model, prepared.worlds
    write_json(folder / "summary.json", answer)
    write_worlds(folder / "worlds.parquet", worlds, tally.by_horizon(), model.step_names)
    write_times(folder / "times.parquet", model.step_names, model.start, tally.bin_days, tally.bins)
    write_json(folder / "inputs.json", inputs(prepared.loaded, model, facts))
    write_json(folder / "samples.json", sample_futures(model, worlds, prepared.seed))
    write_json(folder / "manifest.json", manifest(model, prepared.seed, facts.digest, engine, keep))
    if report:
        from sim.report.page import write_report

        write_report(folder)
