"""Scenarios held against one of them, with the same seed, worlds and luck.

Draws are keyed by meaning, so trajectory i meets the same luck in every scenario: parameters that two scenarios
draw from the same prior are equal in every world, and two futures differ only where the scenarios make them
differ. Steps, parameters and days that are not in both are listed and not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path

from sim.base.dates import report_dates
from sim.base.errors import ModelError, ScenarioError
from sim.base.progress import Progress, silent
from sim.base.records import plain
from sim.estimates.differences import step_difference
from sim.estimates.paired import Curves, dated
from sim.facts.read import load_facts
from sim.model.model import Floats
from sim.results.files import write_csv, write_json
from sim.results.folder import whole_folder
from sim.results.manifest import manifest
from sim.scenario.load import Scenario
from sim.scenario.names import parted
from sim.scenario.setting import SET
from sim.studies.comparison import (
    FILE,
    SCHEMA,
    Against,
    ComparedParameters,
    ComparedScenario,
    Comparison,
    TwoValues,
)
from sim.studies.named import subject
from sim.studies.options import Sampling
from sim.studies.otherwise import structure
from sim.studies.prepare import Prepared, check_trajectories, prepare
from sim.studies.together import Together, run_together

MOST = 7
"""Scenarios: a figure has no more lines that can be told apart."""
Source = str | Path | Scenario
Figures = Callable[[Path, Comparison], None]
"""Writes what is drawn of a comparison into its folder."""


def compare(
    first: Source,
    *others: Source,
    options: Sampling | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    figures: Figures | None = None,
    answered: Callable[[Comparison], None] | None = None,
) -> Comparison:
    """Runs scenarios side by side and says how each of ``others`` differs from ``first``.

    Scenarios that start or end on different days are compared by calendar date, from the latest start to the
    earliest horizon.

    :param options: how many trajectories, worlds, …; see ``Sampling``.
    :param out: a folder for the files, written whole or not at all.
    :param progress: told the number of trajectories of each block that is done, over all scenarios.
    :param figures: writes more into the folder, before it is put in its place.
    :param answered: told the answer as soon as it is known, before files are written.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    options = Sampling() if options is None else options
    sources = [first, *others]
    if not 2 <= len(sources) <= MOST:
        given = "one scenario" if len(sources) == 1 else f"{len(sources)} scenarios"
        raise ModelError(
            f"compare: {given}; allowed: 2 to {MOST}, the first of which the others are held against"
        )
    scenarios = [prepared_of(source, options) for source in sources]
    dates = common_dates(scenarios)
    _check_steps(scenarios)
    check_trajectories(options.most, max(len(prepared.worlds) for prepared in scenarios))
    of = subject("compare", [prepared.loaded for prepared in scenarios])
    with whole_folder(out, of) if out is not None else nullcontext() as folder:
        together = run_together(scenarios, dates, options.most, options.threads, progress)
        made = _compared(scenarios, dates, together)
        if answered is not None:
            answered(made)
        if folder is not None:
            _write(folder, made, scenarios[0])
            if figures is not None:
                figures(folder, made)
    return made


# --- what can be compared -------------------------------------------------------------------------------


def prepared_of(source: Source, options: Sampling) -> Prepared:
    """:raises AccessionError: as ``prepare``; what is wrong with an override says in which scenario."""
    try:
        return prepare(source, options.worlds, options.seed, options.overrides)
    except ScenarioError as error:
        said = [f"{source}: {text}" if text.startswith(SET) else text for text in error.problems]
        raise ScenarioError(said) from None


def common_dates(scenarios: Sequence[Prepared]) -> list[date]:
    """The report dates from the latest start to the earliest horizon.

    :raises ModelError: there is no such day.
    """
    models = [prepared.model for prepared in scenarios]
    start, horizon = max(model.start for model in models), min(model.horizon for model in models)
    if start >= horizon:
        runs = "; ".join(f"{model.name}: {model.start} to {model.horizon}" for model in models)
        raise ModelError(f"compare: no date in common ({runs}); allowed: scenarios whose runs overlap")
    return report_dates(start, horizon)


def _check_steps(scenarios: Sequence[Prepared]) -> None:
    """:raises ModelError: a scenario that has no step in common with the first."""
    first = scenarios[0].model
    for prepared in scenarios[1:]:
        if not set(first.step_names) & set(prepared.model.step_names):
            raise ModelError(
                f"compare: no step in common ({first.name}: {', '.join(first.step_names)}; "
                f"{prepared.model.name}: {', '.join(prepared.model.step_names)}); "
                "allowed: scenarios that share a step"
            )


# --- the answer -----------------------------------------------------------------------------------------


def _compared(scenarios: Sequence[Prepared], dates: Sequence[date], together: Together) -> Comparison:
    names = names_of(scenarios)
    return Comparison(
        schema=SCHEMA,
        seed=scenarios[0].seed,
        trajectories=int(together.counts[0].totals.sum()),
        worlds=max(len(prepared.worlds) for prepared in scenarios),
        start=max(prepared.model.start for prepared in scenarios),
        horizon=dates[-1],
        scenarios=tuple(
            _scenario(name, prepared, dated(counts, dates))
            for name, prepared, counts in zip(names, scenarios, together.counts, strict=True)
        ),
        comparisons=tuple(_against(j, names, scenarios, dates, together) for j in range(1, len(scenarios))),
    )


def names_of(scenarios: Sequence[Prepared]) -> list[str]:
    """What each scenario is called. A name that comes again has what was set behind it, else a number:
    ``status-quo (2)``.
    """
    plain_names = [prepared.model.name for prepared in scenarios]
    names: list[str] = []
    for prepared, name in zip(scenarios, plain_names, strict=True):
        again = plain_names.count(name) > 1
        changed = prepared.loaded.changed if again else {}
        own = ",".join(f"{parameter}={value}" for parameter, value in changed.items())
        called = first = f"{name}:{own}" if own else name
        number = 2
        while called in names:
            called, number = f"{first} ({number})", number + 1
        names.append(called)
    return names


def _scenario(name: str, prepared: Prepared, found: Curves) -> ComparedScenario:
    model, asked = prepared.model, prepared.loaded.content
    milestones, substitutes = parted(found)
    return ComparedScenario(
        name=name,
        digest=model.digest,
        title=model.title,
        organisation=asked.organisation,
        candidate=asked.candidate,
        start=model.start,
        horizon=model.horizon,
        worlds=len(prepared.worlds),
        milestones=milestones,
        substitutes=substitutes,
        yours=model.yours,
    )


def _against(
    j: int, names: Sequence[str], scenarios: Sequence[Prepared], dates: Sequence[date], together: Together
) -> Against:
    """Scenario number j against the first."""
    first, other = scenarios[0], scenarios[j]
    steps, substitutes = parted(
        {
            name: step_difference(name, dates, together.counts[0], together.counts[j], paired)
            for name, paired in together.pairs[j - 1].items()
        }
    )
    return Against(
        scenario=names[j],
        against=names[0],
        worlds=max(len(first.worlds), len(other.worlds)),
        steps=steps,
        substitutes=substitutes,
        steps_only_in_first=_missing(first.model.step_names, other.model.step_names),
        steps_only_in_scenario=_missing(other.model.step_names, first.model.step_names),
        parameters=_parameters(first.worlds.parameters, other.worlds.parameters),
        structure=structure(first.loaded.content, other.loaded.content),
    )


def _missing(here: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in here if name not in there)


def _parameters(here: Mapping[str, Floats], there: Mapping[str, Floats]) -> ComparedParameters:
    both = [name for name in here if name in there]
    equal = [name for name in both if bool((here[name] == there[name]).all())]  # one world against many, too
    return ComparedParameters(
        equal=len(equal),
        different={n: TwoValues(_value(here[n]), _value(there[n])) for n in both if n not in equal},
        only_in_first=_missing(list(here), list(there)),
        only_in_scenario=_missing(list(there), list(here)),
    )


def _value(drawn: Floats) -> float | None:
    """The value, or None for a parameter that differs between worlds."""
    return float(drawn[0]) if bool((drawn == drawn[0]).all()) else None


# --- files ----------------------------------------------------------------------------------------------


def _write(folder: Path, made: Comparison, first: Prepared) -> None:
    write_json(folder / FILE, plain(made))
    for name, (columns, rows) in made.tables().items():
        write_csv(folder / f"{name}.csv", columns, rows)
    common = manifest(first.model, first.seed, load_facts().digest, "montecarlo")
    write_json(folder / "manifest.json", {
        **{name: value for name, value in vars(common).items() if name not in ("scenario", "keep", "yours")},
        "scenarios": [
            {"name": side.name, "digest": side.digest, **({"yours": plain(side.yours)} if side.yours else {})}
            for side in made.scenarios
        ],
        "trajectories": made.trajectories,
        "worlds": made.worlds,
    })  # fmt: skip
