"""The first futures of a run, told by the replay: at length, and what bears on the ladder in short."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sim.base.words import day, listed, of_days, plain, step_name, substituted
from sim.model.model import HOW, NONE, Model

if TYPE_CHECKING:
    from sim.engines.replay.engine import Happening, Replay
    from sim.model.worlds import Worlds

SAMPLES = 10
TAKEN = ("step", "waived", "bypassed")
TOLD = 12
"""Happenings of a sample future that are told: the weightiest of them."""


@dataclass(frozen=True)
class Told:
    """One happening in words, or several of a kind."""

    date: dt.date
    text: str


@dataclass(frozen=True)
class StepTaken:
    """When a step was taken, and how."""

    date: dt.date
    how: str


@dataclass(frozen=True)
class Sample:
    """One future."""

    trajectory: int
    world: int
    opening: str
    happenings: tuple[Told, ...]
    """What bears on the ladder, in order."""
    left_out: int
    """Lighter ones that are not told."""
    taken: Mapping[str, StepTaken | None]
    """By step."""
    story: str
    """The whole of it."""


def samples(model: Model, worlds: Worlds, seed: int) -> tuple[Sample, ...]:
    """The first trajectories, not chosen ones: the content of ``samples.json``."""
    from sim.engines.replay.engine import replay
    from sim.engines.replay.story import country, story

    found = []
    for trajectory in range(SAMPLES):
        future = replay(model, worlds, seed, trajectory)
        told, left_out = key_happenings(model, future, country)
        found.append(
            Sample(
                trajectory=trajectory,
                world=trajectory % len(worlds),
                opening=opening(model, future, country),
                happenings=told,
                left_out=left_out,
                taken={step: taken(model, future, i) for i, step in enumerate(model.step_names)},
                story=story(model, future),
            )
        )
    return tuple(found)


def taken(model: Model, future: Replay, step: int) -> StepTaken | None:
    """When and how a step was taken in a future; None if it was not."""
    dates = (h.date for h in future.log if h.kind in TAKEN and h.subject == model.step_names[step])
    found = next(dates, None)
    if found is None:
        return None
    return StepTaken(dt.date.fromisoformat(found), HOW[future.paths.how[0, step]])


def opening(model: Model, future: Replay, name_of: Callable[[str], str]) -> str:
    """Where voters below the top stance stand at the start, and who of them stays: ``Greece and Spain (blocks)``."""
    from sim.engines.replay.story import unmoved

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
    text += f" Never moves of its own accord here: {listed(never)}." if never else ""
    held = unmoved(model, cause, name_of)
    return text + "".join(f" Makes no move here unless {when}: {listed(who)}." for when, who in held.items())


def key_happenings(
    model: Model, future: Replay, name_of: Callable[[str], str], of: Callable[[str], bool] | None = None
) -> tuple[tuple[Told, ...], int]:
    """The happenings that bear on the ladder, in order, and the number of others.

    Told are stances, what the scenario watches or a step waits for, what the scenario fixes, steps, and
    meetings that passed nothing (those in a row together). Elections and the like are left to the replay.

    :param of: whether what happens to a chain (or a step, by its name) is wanted; everything is if not given.
    """
    rows = [
        (
            _weight(model, run),
            run[0].date,
            _meetings(model, run, name_of) if run[0].kind == "meeting" else text,
        )
        for run, text in _runs(model, future.log, name_of)
        if of is None or of(run[0].subject)
    ]
    # the last one stays; of the others the lightest go first, and of equal ones the latest
    ranked = sorted(range(len(rows)), key=lambda i: (i < len(rows) - 1, rows[i][0], i))
    kept = [rows[i] for i in sorted(ranked[:TOLD])]
    return tuple(Told(dt.date.fromisoformat(when), text) for _, when, text in kept), len(rows) - len(kept)


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
        "bypassed": lambda: substituted(h.subject),
        "obstruction": lambda: f"{name_of(h.subject)} obstructs for {_length(h)}",
    }
    return deeds[h.kind]() if h.kind in deeds else ""


def _length(h: Happening) -> str:
    more = " more" if "elapsed" in h.cause else ""
    return of_days(str(round(h.cause["days"]))) + more


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
    own = model.called(h.subject)
    return f"{who}{own if who else own[:1].upper() + own[1:]}: {plain(h.after)}{fixed}"


def _waited_for(model: Model) -> set[int]:
    """Chains that decide whether a step is due, or for which its meetings wait."""
    first = model.steps.first_condition
    due = model.conditions.chain[first[0] : first[-1]]
    return {*due.tolist(), *model.steps.await_chain.tolist()}


def _meetings(model: Model, run: Sequence[Happening], name_of: Callable[[str], str]) -> str:
    """``22 meetings to December 2033: Partnership for Peace blocked by Greece and Spain``."""
    from sim.engines.replay.story import stopped

    first, last, step = run[0], run[-1], step_name(run[0].subject)
    head = f"{len(run)} meetings to {day(last.date[:7])}" if len(run) > 1 else "1 meeting"
    if first.after == "held":
        return f"{head}: {step} could have passed and was held up"
    against = Counter(
        code for h in run for code, why in h.cause["blockers"].items() if f"{code}.stance" not in why
    )
    awaited = [
        f"{model.called(chain)}{_often(against[chain], len(run))}"
        for chain in model.blocker_names[model.n_voters :]
        if chain in against
    ]
    objectors = [
        f"{name_of(code)} (objection{_often(n, len(run))})"
        for code, n in against.items()
        if code in model.voter_names
    ]
    return f"{head}: {step} {stopped([*map(name_of, _by_stance(first)), *objectors], awaited)}"


def _often(count: int, meetings: int) -> str:
    return "" if count == meetings else f" at {count} of them"
