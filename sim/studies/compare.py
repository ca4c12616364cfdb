"""Scenarios held against one of them, with the same seed, worlds and luck.

Draws are keyed by meaning, so trajectory i meets the same luck in every scenario: parameters that two scenarios
draw from the same prior are equal in every world, and two futures differ only where the scenarios make them
differ. Steps, parameters and days that are not in both are listed and not compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base.dates import report_dates
from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.errors import ModelError, ScenarioError
from sim.estimates.differences import luck_ratio, spread
from sim.estimates.intervals import ShareEstimate
from sim.estimates.paired import curve, paired_error
from sim.facts.read import load_facts
from sim.model.model import Floats
from sim.results.files import manifest, whole_folder, write_json
from sim.scenario.load import SET, LoadedScenario
from sim.studies.prepare import Prepared, Progress, check_trajectories, prepare
from sim.studies.together import FUTURES, Pairing, Together, run_together

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SCHEMA = 1
MOST = 7
"""Scenarios: a figure has no more lines that can be told apart."""
Source = str | Path | LoadedScenario


@dataclass(frozen=True)
class Comparison:
    """A finished comparison."""

    summary: dict[str, Any]
    """The content of ``compare.json``."""
    folder: Path | None
    """Where its files are; None if none were asked for."""

    def probabilities(self) -> pd.DataFrame:
        """Tidy table: scenario, step, date, probability, low, high (90 % credible interval), mc_error."""
        return probabilities(self.summary)

    def differences(self) -> pd.DataFrame:
        """Tidy table: see :func:`differences`."""
        return differences(self.summary)

    def futures(self) -> pd.DataFrame:
        """Tidy table: see :func:`futures`."""
        return futures(self.summary)

    def draw_probabilities(self, step: str | None = None, ax: Axes | None = None) -> Axes:
        """Curves of all scenarios for a step, the last if not given."""
        from sim.report.comparison_figures import draw_probabilities

        return draw_probabilities(self.summary, step or self._last(), ax)

    def draw_differences(self, step: str | None = None, ax: Axes | None = None) -> Axes:
        """Curves of the differences for a step, the last if not given."""
        from sim.report.comparison_figures import draw_differences

        return draw_differences(self.summary, step or self._last(), ax)

    def _last(self) -> str:
        return str(list(self.summary["comparisons"][0]["steps"])[-1])


def compare(
    first: Source,
    *others: Source,
    trajectories: int = DEFAULT_TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, float] | None = None,
    out: Path | None = None,
    threads: int | None = None,
    progress: Progress = lambda done: None,
) -> Comparison:
    """Runs scenarios side by side and says how each of ``others`` differs from ``first``.

    Scenarios that start or end on different days are compared by calendar date, from the latest start to the
    earliest horizon.

    :param trajectories: of each scenario; ``worlds`` likewise (1000 unless given; 1 if nothing is uncertain).
    :param overrides: parameter -> value in all of them, like ``--set``.
    :param out: a folder for the files, written whole or not at all.
    :param progress: told the number of trajectories of each block that is done, over all scenarios.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    sources = [first, *others]
    if not 2 <= len(sources) <= MOST:
        given = "one scenario" if len(sources) == 1 else f"{len(sources)} scenarios"
        raise ModelError(
            f"compare: {given}; allowed: 2 to {MOST}, the first of which the others are held against"
        )
    scenarios = [_prepared(source, worlds, seed, overrides) for source in sources]
    dates = common_dates(scenarios)
    _check_steps(scenarios)
    check_trajectories(trajectories, max(len(prepared.worlds) for prepared in scenarios))
    if out is None:
        return Comparison(_run(scenarios, dates, trajectories, threads, progress), None)
    with whole_folder(out) as folder:
        answer = _run(scenarios, dates, trajectories, threads, progress)
        _write(folder, answer, scenarios)
    return Comparison(answer, out)


# --- what can be compared -------------------------------------------------------------------------------


def _prepared(
    source: Source, worlds: int | None, seed: int, overrides: Mapping[str, float] | None
) -> Prepared:
    """:raises AccessionError: as ``prepare``; what is wrong with an override says in which scenario."""
    try:
        return prepare(source, worlds, seed, overrides)
    except ScenarioError as error:
        said = [f"{source}: {text}" if text.startswith(SET) else text for text in error.problems]
        raise ScenarioError(said) from None


def names_of(scenarios: Sequence[Prepared]) -> list[str]:
    """What each scenario is called; a name that comes again is numbered: ``status-quo (2)``."""
    names: list[str] = []
    for prepared in scenarios:
        name, number = prepared.model.name, 2
        while name in names:
            name, number = f"{prepared.model.name} ({number})", number + 1
        names.append(name)
    return names


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


def _parameters(first: Prepared, other: Prepared) -> dict[str, Any]:
    """Which parameters have the same value in every world, and which do not."""
    here, there = first.worlds.parameters, other.worlds.parameters
    both = [name for name in here if name in there]
    equal = [name for name in both if bool((here[name] == there[name]).all())]  # one world against many, too
    return {
        "equal": len(equal),
        "different": {
            name: {"first": _value(here[name]), "scenario": _value(there[name])}
            for name in both
            if name not in equal
        },
        "only_in_first": [name for name in here if name not in there],
        "only_in_scenario": [name for name in there if name not in here],
    }


def _value(drawn: Floats) -> float | None:
    """The value, or None for a parameter that differs between worlds."""
    return float(drawn[0]) if bool((drawn == drawn[0]).all()) else None


# --- running --------------------------------------------------------------------------------------------


def _run(
    scenarios: Sequence[Prepared], dates: list[date], trajectories: int, threads: int | None,
    progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    together = run_together(scenarios, dates, trajectories, threads, progress)
    names = names_of(scenarios)
    curves = [
        {
            step: curve(counts, number, len(prepared.worlds))
            for number, step in enumerate(prepared.model.step_names)
        }
        for prepared, counts in zip(scenarios, together.counts, strict=True)
    ]
    starts = {prepared.model.start for prepared in scenarios}
    return {
        "schema": SCHEMA,
        "seed": scenarios[0].seed,
        "trajectories": trajectories,
        "worlds": max(len(prepared.worlds) for prepared in scenarios),
        "start": max(starts).isoformat(),
        "horizon": dates[-1].isoformat(),
        "scenarios": [
            _scenario(name, prepared, dates, shares)
            for name, prepared, shares in zip(names, scenarios, curves, strict=True)
        ],
        "comparisons": [
            {
                "scenario": names[j],
                "against": names[0],
                "worlds": max(len(scenarios[0].worlds), len(scenarios[j].worlds)),
                "steps": {
                    step: _difference(step, together, j, scenarios, dates, curves)
                    for step in together.pairings[j - 1].steps
                },
                "steps_only_in_first": _missing(scenarios[0], scenarios[j]),
                "steps_only_in_scenario": _missing(scenarios[j], scenarios[0]),
                "parameters": _parameters(scenarios[0], scenarios[j]),
            }
            for j in range(1, len(scenarios))
        ],
    }


def _missing(here: Prepared, there: Prepared) -> list[str]:
    return [step for step in here.model.step_names if step not in there.model.step_names]


def _scenario(
    name: str, prepared: Prepared, dates: Sequence[date], shares: Mapping[str, list[ShareEstimate]]
) -> dict[str, Any]:
    model = prepared.model
    return {
        "name": name,
        "digest": model.digest,
        "title": model.title,
        "organisation": prepared.loaded.scenario.organisation,
        "candidate": prepared.loaded.scenario.candidate,
        "start": model.start.isoformat(),
        "horizon": model.horizon.isoformat(),
        "worlds": len(prepared.worlds),
        "milestones": {
            step: {
                "by": [
                    {
                        "date": day.isoformat(),
                        "probability": share.probability,
                        "credible_90": _ends(share.credible_90),
                        "mc_error": share.mc_error,
                    }
                    for day, share in zip(dates, estimates, strict=True)
                ]
            }
            for step, estimates in shares.items()
        },
    }


def _difference(
    step: str, together: Together, j: int, scenarios: Sequence[Prepared], dates: Sequence[date],
    curves: Sequence[Mapping[str, list[ShareEstimate]]],
) -> dict[str, Any]:  # fmt: skip
    """One step of scenario j against the first."""
    pairing, totals = together.pairings[j - 1], together.counts[0].totals
    c, worlds = pairing.steps.index(step), max(len(scenarios[0].worlds), len(scenarios[j].worlds))
    here, there = (scenarios[k].model.step_names.index(step) for k in (0, j))
    by = []
    for d, day in enumerate(dates):
        before, after = together.counts[0].hits[here, :, d], together.counts[j].hits[there, :, d]
        error, ratio = paired_error(before, after, totals)
        gained, lost = pairing.gained[c, :, d], pairing.lost[c, :, d]
        over = spread(gained, lost, totals, worlds)
        by.append({
            "date": day.isoformat(),
            "difference": curves[j][step][d].probability - curves[0][step][d].probability,
            "difference_error": error,
            "difference_error_within": min(over.mc_error_within, error),
            "variance_ratio": _number(ratio),
            "variance_ratio_luck": _number(luck_ratio(before, after, gained, lost, totals)),
            "credible_90": _ends(over.credible_90),
            "credible_error": _ends(over.credible_error),
            "no_interval": over.refused,
            "gained": int(gained.sum()) / int(totals.sum()),
            "lost": int(lost.sum()) / int(totals.sum()),
        })  # fmt: skip
    return {"by": by, "futures": _futures(pairing, c, int(totals.sum()))}


def _futures(pairing: Pairing, c: int, trajectories: int) -> dict[str, float | None]:
    """What becomes of the step, as shares of all trajectories; mean delay where it is taken in both."""
    counts = dict(zip(FUTURES, map(int, pairing.futures[c]), strict=True))
    both = int(pairing.both[c])
    shares: dict[str, float | None] = {name: number / trajectories for name, number in counts.items()}
    return {**shares, "mean_years_later": float(pairing.years_later[c]) / both if both else None}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _ends(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)


# --- tables ---------------------------------------------------------------------------------------------


def probabilities(summary: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each scenario, step and date: probability, ``low``, ``high`` (90 %), ``mc_error``."""
    rows = [
        (scenario["name"], step, e["date"], e["probability"], *(e["credible_90"] or _NONE), e["mc_error"])
        for scenario in summary["scenarios"]
        for step, milestone in scenario["milestones"].items()
        for e in milestone["by"]
    ]
    return _frame(rows, ["scenario", "step", "date", "probability", "low", "high", "mc_error"])


def differences(summary: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each scenario but the first, step that both have, and date.

    Columns: ``scenario``, ``against``, ``step``, ``date``; ``difference`` of the probabilities;
    ``difference_error``, its standard error under common luck, and ``difference_error_within``, the part that
    chance within worlds makes; ``variance_ratio``, how many times larger the square of the error would be with
    worlds and luck of its own for each scenario, and ``variance_ratio_luck``, with the same worlds but separate
    luck within them (NaN where nothing differs); ``low`` and ``high``, the 90 % credible interval of the
    difference, and ``low_error`` and ``high_error`` (NaN if there is none); ``gained`` and ``lost``, shares of
    trajectories that take the step by the date in the scenario only, and in the first only.
    """
    rows = [
        (
            pair["scenario"], pair["against"], step, e["date"], e["difference"], e["difference_error"],
            e["difference_error_within"], e["variance_ratio"], e["variance_ratio_luck"], *(e["credible_90"] or _NONE),
            *(e["credible_error"] or _NONE), e["gained"], e["lost"],
        )
        for pair in summary["comparisons"]
        for step, found in pair["steps"].items()
        for e in found["by"]
    ]  # fmt: skip
    return _frame(rows, [
        "scenario", "against", "step", "date", "difference", "difference_error", "difference_error_within",
        "variance_ratio", "variance_ratio_luck", "low", "high", "low_error", "high_error", "gained", "lost",
    ])  # fmt: skip


def futures(summary: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each scenario but the first and step that both have, at the last date.

    Columns: ``scenario``, ``against``, ``step``; shares of trajectories in which the step is taken at the
    ``same`` time, ``earlier``, ``later``, in the scenario only (``gained``), in the first only (``lost``), in
    ``neither``; ``mean_years_later`` over those that take it in both (NaN if there are none).
    """
    names = [*FUTURES, "mean_years_later"]
    rows = [
        (pair["scenario"], pair["against"], step, *(found["futures"][name] for name in names))
        for pair in summary["comparisons"]
        for step, found in pair["steps"].items()
    ]
    return _frame(rows, ["scenario", "against", "step", *names])


_NONE = (None, None)
_WORDS = {"scenario", "against", "step", "date"}


def _frame(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    numbers = {name: float for name in names if name not in _WORDS}
    return pd.DataFrame(rows, columns=list(names)).astype(numbers)


# --- files ----------------------------------------------------------------------------------------------


def _write(folder: Path, answer: dict[str, Any], scenarios: Sequence[Prepared]) -> None:
    from sim.report.comparison_figures import write_figures

    write_json(folder / "compare.json", answer)
    for name, table in (("probabilities", probabilities), ("differences", differences), ("futures", futures)):
        table(answer).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    write_figures(folder / "figures", answer)
    first = scenarios[0]
    common = manifest(first.model, first.seed, load_facts().digest, "montecarlo")
    write_json(folder / "manifest.json", {
        **{name: value for name, value in common.items() if name != "scenario"},
        "scenarios": [{"name": s["name"], "digest": s["digest"]} for s in answer["scenarios"]],
        "trajectories": answer["trajectories"],
        "worlds": answer["worlds"],
    })  # fmt: skip
