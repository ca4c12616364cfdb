"""What an answer rests on, as records: voters, ladder, parameters, weak and disputed facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING

from sim.base.words import day

if TYPE_CHECKING:
    from sim.facts.read import Facts, Row
    from sim.model.model import Model
    from sim.scenario.load import Scenario
    from sim.scenario.schema import Parameter, Step

LEANS_ON = (
    "members",
    "elections",
    "council_meetings",
    "protocols",
    "ratifications",
    "blocks",
    "settlements",
    "votes",
    "covariates",
    "normalisations",
)
"""Tables whose rows the built-in numbers and calendars were taken from."""
STATUS = {
    "XKX": (
        "Whether Kosovo is a state is disputed: Kosovo and those who recognise it say yes; Serbia and "
        "others, four allies among them, do not recognise it. Names and codes here are those of common "
        "use; the model takes no position."
    )
}
"""What is disputed about a candidate itself, in words."""


@dataclass(frozen=True)
class Candidate:
    """Who wants to join."""

    code: str
    name: str


@dataclass(frozen=True)
class Rung:
    """A step of the ladder."""

    step: str
    kind: str
    needs: str | None = None
    """The stance that a decision asks for."""


@dataclass(frozen=True)
class Assumption:
    """A parameter as the scenario has it, and where that was written."""

    name: str
    value: float | None
    prior: str | None
    unit: str
    basis: str
    source: str
    note: str
    where: str


@dataclass(frozen=True)
class Disputed:
    """What sides disagree on."""

    what: str
    text: str
    source: str


@dataclass(frozen=True)
class Inputs:
    """The content of ``inputs.json``."""

    title: str
    question: str
    organisation: str
    candidate: Candidate
    voters: Mapping[str, str]
    """Code -> name."""
    members: tuple[str, ...]
    ladder: tuple[Rung, ...]
    events: tuple[Mapping[str, str | bool], ...]
    """As the scenario has them."""
    parameters: tuple[Assumption, ...]
    weak_facts: tuple[Mapping[str, str | int], ...]
    """Rows of low confidence: ``table``, ``row``, and the columns that are not empty."""
    disputed: tuple[Disputed, ...]
    warnings: tuple[str, ...]
    awaited: Mapping[str, str] = field(default_factory=dict)
    """Chain that a step waits for -> what it is called; older results have none."""

    @property
    def blockers(self) -> Mapping[str, str]:
        """All that can block a step, in the order of the bits of a mask: name -> what it is called."""
        return {**self.voters, **self.awaited}


def _assumption(name: str, parameter: Parameter, loaded: Scenario) -> Assumption:
    slot = "value" if parameter.prior is None else "prior"
    candidates = (("parameters", name, "times"), ("parameters", name, slot), ("parameters", name))
    origin = next((loaded.origins[path] for path in candidates if path in loaded.origins), None)
    return Assumption(
        name=name,
        value=parameter.value,
        prior=parameter.said() or None,
        unit=parameter.unit,
        basis=parameter.basis,
        source=" ".join(parameter.source.split()),
        note=parameter.note,
        where=told_without_way(str(origin), loaded) if origin is not None else "",
    )


def told_without_way(text: str, loaded: Scenario) -> str:
    """Text about files with their names only: where they lie is nobody's affair, and the same file gives the same."""
    for file in sorted({origin.file for origin in loaded.origins.values()}, key=len, reverse=True):
        text = text.replace(file, PurePath(file).name)
    return text


def _weak(row: Row, table: str) -> Mapping[str, str | int]:
    return {"table": table, "row": row.number, **{key: value for key, value in row.items() if value}}


def _bears(table: str, row: Row, first: date) -> bool:
    """Whether a weak row can matter: a meeting or election before the scenario begins cannot."""
    return table not in ("council_meetings", "elections") or row["date"] >= first.isoformat()[:4]


def inputs(loaded: Scenario, model: Model, facts: Facts) -> Inputs:
    """What the answer of a run rests on."""
    scenario = loaded.content
    weak = (
        _weak(row, table)
        for table in LEANS_ON
        for row in facts.tables.get(table, ())
        if row["confidence"] == "low" and _bears(table, row, scenario.start)
    )
    return Inputs(
        title=scenario.title,
        question=" ".join(scenario.question.split()),
        organisation=scenario.organisation,
        candidate=Candidate(scenario.candidate, facts.country_name(scenario.candidate)),
        voters={code: facts.country_name(code) for code in model.voter_names},
        awaited={name: model.called(name) for name in model.blocker_names[model.n_voters :]},
        members=tuple(scenario.members),
        ladder=tuple(_rung(step) for step in scenario.ladder),
        events=tuple(event.model_dump(mode="json", exclude_none=True) for event in scenario.events),
        parameters=tuple(_assumption(n, p, loaded) for n, p in scenario.parameters.items()),
        weak_facts=tuple(weak),
        disputed=tuple(disputed(scenario.candidate, facts)),
        warnings=tuple(told_without_way(warning, loaded) for warning in loaded.warnings),
    )


def _rung(step: Step) -> Rung:
    from sim.scenario.schema import Decision

    needs = step.needs if isinstance(step, Decision) else None
    return Rung(step.step, step.kind, None if needs is None else needs.stance)


def disputed(candidate: str, facts: Facts) -> list[Disputed]:
    """What sides disagree on about a candidate: its status, who recognises it; each with its source."""
    if candidate not in STATUS:
        return []
    told = [Disputed("Status", STATUS[candidate], "")]
    known = facts.tables.get("kosovo_facts", ())
    for row in (row for row in known if row["fact"].startswith("Recognitions as")):
        note = f"; {row['note']}" if row["note"] else ""
        text = f"{row['fact']}: {row['value']} on {day(row['date'])}{note}."
        told.append(Disputed("Number of recognitions", text, row["source"]))
    states = facts.tables.get("recognitions", ())
    claimed = sum(bool(row["withdrawn"]) for row in states)
    if states:
        text = (
            f"The facts behind this model list {len(states)} recognitions. Of {claimed} of them Serbia says "
            "that they were withdrawn; Kosovo contests that of most."
        )
        told.append(Disputed("Withdrawn recognitions", text, "seeds/recognitions.csv"))
    return told
