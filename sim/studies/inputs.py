"""What an answer rests on, as plain data for the report: parameters, voters, weak facts, sample futures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sim.base.errors import RunError
from sim.base.words import day, listed, plain, step_name
from sim.facts.read import Facts, Row
from sim.model.model import HOW, NONE, Model
from sim.model.worlds import Worlds
from sim.scenario.load import LoadedScenario
from sim.scenario.schema import Parameter, Prior
from sim.scenario.sources import builtin_folder

if TYPE_CHECKING:
    from sim.engines.replay.engine import Happening, Replay

SAMPLES = 10
TAKEN = ("step", "waived", "bypassed")
TOLD = 12
"""Happenings of a sample future that are told: the weightiest of them."""
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
        "disputed": disputed(scenario.candidate, facts),
        "warnings": list(loaded.warnings),
    }


def _needs(step: Any) -> dict[str, str]:
    needs = getattr(step, "needs", None)
    return {"needs": needs.stance} if needs is not None else {}


def disputed(candidate: str, facts: Facts) -> list[dict[str, str]]:
    """What sides disagree on about a candidate: its status, who recognises it; each with its source."""
    if candidate not in STATUS:
        return []
    told = [{"what": "Status", "text": STATUS[candidate], "source": ""}]
    known = facts.tables.get("kosovo_facts", ())
    for row in (row for row in known if row["fact"].startswith("Recognitions as")):
        note = f"; {row['note']}" if row["note"] else ""
        text = f"{row['fact']}: {row['value']} on {day(row['date'])}{note}."
        told.append({"what": "Number of recognitions", "text": text, "source": row["source"]})
    states = facts.tables.get("recognitions", ())
    claimed = sum(bool(row["withdrawn"]) for row in states)
    if states:
        text = (
            f"The facts behind this model list {len(states)} recognitions. Of {claimed} of them Serbia says "
            "that they were withdrawn; Kosovo contests that of most."
        )
        told.append({"what": "Withdrawn recognitions", "text": text, "source": "seeds/recognitions.csv"})
    return told


def read_scorecard() -> Any:
    """The built-in ``scorecard.json``: how the model did on the past, as ``accession hindcast`` found.

    :raises RunError: it is not there or cannot be read.
    """
    file = builtin_folder() / "scorecard.json"
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{file}: cannot be read: {error}; `python -m sim.pages.scorecard` makes it") from None


# --- sample futures ---------------------------------------------------------------------------------------


def sample_futures(
    model: Model, worlds: Worlds, seed: int, facts: Facts | None = None
) -> list[dict[str, Any]]:
    """The first trajectories, not chosen ones, told by the replay: at length, and in short."""
    from sim.engines.replay.engine import replay
    from sim.engines.replay.story import country, story

    name_of = country if facts is None else facts.country_name
    told = []
    for trajectory in range(SAMPLES):
        future = replay(model, worlds, seed, trajectory)
        told.append({
            "trajectory": trajectory,
            "world": trajectory % len(worlds),
            "opening": opening(model, future, name_of),
            **key_happenings(model, future, name_of),
            "taken": {
                step: {"date": taken[0], "how": taken[1]} if (taken := _taken(model, future, i)) else None
                for i, step in enumerate(model.step_names)
            },
            "story": story(model, future),
        })  # fmt: skip
    return told


def _taken(model: Model, future: Replay, step: int) -> tuple[str, str] | None:
    """The day on which a step was taken, and how."""
    dates = (h.date for h in future.log if h.kind in TAKEN and h.subject == model.step_names[step])
    found = next(dates, None)
    return None if found is None else (found, HOW[future.paths.how[0, step]])


def opening(model: Model, future: Replay, name_of: Callable[[str], str]) -> str:
    """Where the voters below the top stance stand at the start: ``Greece and Spain block``."""
    cause = future.log[0].cause
    stances = [model.state_names[chain] for chain in model.voters.stance]
    by_state: dict[str, list[str]] = {}
    for code, states in zip(model.voter_names, stances, strict=True):
        state = cause["chains"][f"{code}.stance"]
        if state != states[model.top_stance]:
            by_state.setdefault(state, []).append(name_of(code))
    said = [f"{listed(names)} ({plain(state)})" for state, names in by_state.items()]
    stays = {chain.removesuffix(".stance") for chain in cause["never_move"] if chain.endswith(".stance")}
    never = [name_of(code) for code in model.voter_names if code in stays]
    text = f"At the start: {'; '.join(said)}." if said else "Every voter starts at the top stance."
    return text + (f" Never moves of its own accord here: {listed(never)}." if never else "")


def key_happenings(model: Model, future: Replay, name_of: Callable[[str], str]) -> dict[str, Any]:
    """The happenings that bear on the ladder, in order: ``happenings`` [{date, text}], ``left_out`` others.

    Told are stances, what the scenario watches or a step waits for, what the scenario fixes, steps, and
    meetings that passed nothing (those in a row together). Elections and the like are left to the replay.
    """
    rows = [
        (_weight(model, run), run[0].date, _meetings(run, name_of) if run[0].kind == "meeting" else text)
        for run, text in _runs(model, future.log, name_of)
    ]
    # the last one stays; of the others the lightest go first, and of equal ones the latest
    ranked = sorted(range(len(rows)), key=lambda i: (i < len(rows) - 1, rows[i][0], i))
    kept = [rows[i] for i in sorted(ranked[:TOLD])]
    return {
        "happenings": [{"date": when, "text": text} for _, when, text in kept],
        "left_out": len(rows) - len(kept),
    }


def _weight(model: Model, run: Sequence[Happening]) -> int:
    """How much a reader would miss it, 0 most."""
    first = run[0]
    if first.kind == "meeting":
        return 2 if len(run) > 1 else 3
    if first.kind == "move":
        return 1 if f"{first.subject}={first.after}" in model.watch_names or "." in first.subject else 3
    return 0


def _runs(
    model: Model, log: Sequence[Happening], name_of: Callable[[str], str]
) -> Iterator[tuple[list[Happening], str]]:
    """What is told, in order: one happening and its words, or a row of meetings blocked for one reason."""
    lines = [(h, _line(model, h, name_of)) for h in log]
    top = model.step_names[-1]
    end = next((i for i, h in enumerate(log) if h.subject == top and h.kind in TAKEN), len(log))
    telling = [(h, text) for h, text in lines[: end + 1] if text]
    for _, run in groupby(telling, key=lambda told: _reason(told[0])):
        happenings = list(run)
        if happenings[0][0].kind == "meeting":
            yield [h for h, _ in happenings], ""
        else:
            yield from (([h], text) for h, text in happenings)


def _reason(h: Happening) -> tuple[str, ...]:
    """What a row of meetings has in common: the step, and who blocked it by stance."""
    return (h.subject, h.after, *_by_stance(h)) if h.kind == "meeting" else ()


def _by_stance(meeting: Happening) -> list[str]:
    return [code for code, why in meeting.cause["blockers"].items() if f"{code}.stance" in why]


def _line(model: Model, h: Happening, name_of: Callable[[str], str]) -> str:
    """One happening in words; empty if it is not told. A meeting's words are those of its row."""
    if h.kind == "meeting":
        return h.after if h.cause["due"] and h.after != "passed" else ""
    if h.kind in ("move", "redraw", "event"):
        return _change(model, h, name_of)
    deeds: dict[str, Callable[[], str]] = {
        "join": lambda: f"{name_of(h.subject)} joins",
        "step": lambda: f"{step_name(h.subject)}: {_manner(h, name_of)}",
        "waived": lambda: f"{step_name(h.subject)}: waived",
        "bypassed": lambda: f"{step_name(h.subject)}: taken another way (bypassed)",
        "obstruction": lambda: f"{name_of(h.subject)} obstructs for {round(h.cause['days'])} days",
    }
    return deeds[h.kind]() if h.kind in deeds else ""


def _manner(h: Happening, name_of: Callable[[str], str]) -> str:
    if h.cause["by"] == "meeting":
        return f"agreed at a meeting ({plain(h.cause['calendar'])})"
    if h.cause["by"] == "wait":
        return "completed"
    last = h.cause["ratifier"]
    return "ratified" + (f", {name_of(last)} last" if last else "")


def _change(model: Model, h: Happening, name_of: Callable[[str], str]) -> str:
    """A change of a stance, of a chain that a step waits for, into a watched state, or by the scenario."""
    chain = model.chain_names.index(h.subject)
    voter = int(model.chains.voter[chain])
    watched = f"{h.subject}={h.after}" in model.watch_names
    stance = voter != NONE and int(model.voters.stance[voter]) == chain
    if h.before == h.after or not (stance or watched or h.kind == "event" or chain in _waited_for(model)):
        return ""
    fixed = " (fixed by the scenario)" if h.kind == "event" else ""
    if stance:
        return f"{name_of(model.voter_names[voter])}: from {plain(h.before)} to {plain(h.after)}{fixed}"
    who = f"{name_of(model.voter_names[voter])}, " if voter != NONE else ""
    own = h.subject.rpartition(".")[2]
    return f"{who or own[:1].upper()}{plain(own if who else own[1:])}: {plain(h.after)}{fixed}"


def _waited_for(model: Model) -> set[int]:
    """Chains that decide whether a step is due."""
    first = model.steps.first_condition
    return {int(chain) for chain in model.conditions.chain[first[0] : first[-1]]}


def _meetings(run: Sequence[Happening], name_of: Callable[[str], str]) -> str:
    """``22 meetings to December 2033 block Partnership for Peace: Greece and Spain``."""
    first, last, step = run[0], run[-1], step_name(run[0].subject)
    head = f"{len(run)} meetings to {day(last.date[:7])}" if len(run) > 1 else "1 meeting"
    if first.after == "held":
        return f"{head}: {step} could have passed and was held up"
    against = Counter(
        code for h in run for code, why in h.cause["blockers"].items() if f"{code}.stance" not in why
    )
    objectors = [f"{name_of(code)} (objection{_often(n, len(run))})" for code, n in against.items()]
    return f"{head}: {step} blocked by {listed([*map(name_of, _by_stance(first)), *objectors])}"


def _often(count: int, meetings: int) -> str:
    return "" if count == meetings else f" at {count} of them"
