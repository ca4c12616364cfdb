"""What an answer rests on, as plain data for the report: parameters, voters, weak facts, sample futures."""

from __future__ import annotations

from datetime import date
from typing import Any

from sim.facts import Facts, Row
from sim.model import Model
from sim.scenario.load import LoadedScenario
from sim.scenario.schema import Parameter, Prior
from sim.worlds import Worlds

SAMPLES = 10
LEANS_ON = ("members", "elections", "council_meetings", "protocols", "ratifications", "blocks")
"""Tables whose rows the built-in numbers and calendars were taken from."""


def prior_text(prior: Prior) -> str:
    """``gamma(shape 0.5, rate 15.7)``."""
    for law, numbers in prior.model_dump(exclude_none=True).items():
        listed = ", ".join(f"{name} {value}" for name, value in numbers.items())
        return f"{law}({listed})"
    raise AssertionError("a prior has a law")


def _parameter(name: str, parameter: Parameter, loaded: LoadedScenario) -> dict[str, Any]:
    slot = "value" if parameter.prior is None else "prior"
    candidates = (("parameters", name, slot), ("parameters", name))
    origin = next((loaded.origins[path] for path in candidates if path in loaded.origins), None)
    return {
        "name": name,
        "value": parameter.value,
        "prior": None if parameter.prior is None else prior_text(parameter.prior),
        "unit": parameter.unit,
        "basis": parameter.basis,
        "source": " ".join(parameter.source.split()),
        "note": parameter.note,
        "where": str(origin) if origin is not None else "",
    }


def _weak(row: Row, table: str) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if value}
    return {"table": table, "row": row.number, **kept}


def _bears(table: str, row: Row, first: date) -> bool:
    """Whether a weak row can matter: a meeting or election before the scenario begins cannot."""
    return table not in ("council_meetings", "elections") or row["date"] >= first.isoformat()[:4]


def inputs(loaded: LoadedScenario, model: Model, facts: Facts) -> dict[str, Any]:
    """The content of ``inputs.json``."""
    scenario = loaded.scenario
    weak = [
        _weak(row, table)
        for table in LEANS_ON
        for row in facts.tables.get(table, ())
        if row["confidence"] == "low" and _bears(table, row, scenario.start)
    ]
    return {
        "title": scenario.title,
        "question": " ".join(scenario.question.split()),
        "organisation": scenario.organisation,
        "candidate": {"code": scenario.candidate, "name": facts.country_name(scenario.candidate)},
        "voters": {code: facts.country_name(code) for code in model.voter_names},
        "members": list(scenario.members),
        "ladder": [{"step": step.step, "kind": step.kind, **_needs(step)} for step in scenario.ladder],
        "events": [event.model_dump(mode="json", exclude_none=True) for event in scenario.events],
        "parameters": [_parameter(n, p, loaded) for n, p in scenario.parameters.items()],
        "weak_facts": weak,
        "warnings": list(loaded.warnings),
    }


def _needs(step: Any) -> dict[str, str]:
    needs = getattr(step, "needs", None)
    return {"needs": needs.stance} if needs is not None else {}


def sample_futures(model: Model, worlds: Worlds, seed: int) -> list[dict[str, Any]]:
    """The first trajectories, not chosen ones, told by the replay."""
    from sim.engines.replay import replay
    from sim.story import story

    told = []
    for trajectory in range(SAMPLES):
        future = replay(model, worlds, seed, trajectory)
        told.append({
            "trajectory": trajectory,
            "world": trajectory % len(worlds),
            "story": story(model, future),
            "taken": {
                step: None if future.paths.time[0, i] > model.horizon_years else float(future.paths.time[0, i])
                for i, step in enumerate(model.step_names)
            },
        })  # fmt: skip
    return told
