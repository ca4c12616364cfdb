"""The independent checker confirms what the replay tells, and catches a log that has been tampered with."""

from __future__ import annotations

import ast
import copy
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sim.commands.replay import replay_data
from sim.engines.replay.engine import replay
from sim.model.compiler import compile_scenario
from sim.model.worlds import draw_worlds
from sim.scenario.load import Scenario, builtin_scenarios
from tests.awkward import load_awkward
from tests.builtin import builtin
from tests.checker import Tree, Unexplained, check
from tests.structures import OF_THEIR_OWN

SEED, WORLDS = 20261201, 700
YEAR = 365.25
QUIET = {"candidate": 80, "council-of-europe": 60}
"""Scenarios in which less happens, and how many of their trajectories are read instead."""


def replays(loaded: Scenario, trajectories: int) -> Iterator[Tree]:
    """Replays as anybody reads them: JSON and back."""
    model = compile_scenario(loaded)
    worlds = draw_worlds(model, SEED, WORLDS if model.uncertain else 1)
    for trajectory in range(trajectories):
        yield json.loads(json.dumps(replay_data(model, replay(model, worlds, SEED, trajectory))))


def test_the_checker_knows_nothing_of_the_package(checkout: Path) -> None:
    tree = ast.parse((checkout / "tests" / "checker.py").read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or "."] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    allowed = {"calendar", "collections", "dataclasses", "datetime", "fractions", "math", "typing"}
    assert imported == {"__future__", *allowed}


PART = 0.3
"""Of the replays that are read; all of them are in `make test-all`."""


def cases() -> Iterator[Any]:
    """Some replays of scenarios that differ in structure, and all replays of every one."""
    for name in builtin_scenarios():
        if name in OF_THEIR_OWN:
            yield pytest.param(name, PART, id=f"{name}-{PART}")
        yield pytest.param(name, 1.0, id=f"{name}-1.0", marks=pytest.mark.exhaustive)


@pytest.mark.parametrize(("name", "part"), list(cases()))
def test_the_checker_confirms_built_in_scenarios(name: str, part: float) -> None:
    loaded = builtin(name)
    confirmed: Counter[str] = Counter()
    for data in replays(loaded, round(part * QUIET.get(name, 30))):
        assert data["happenings"][0]["cause"]["members"] == loaded.content.members
        confirmed += check(loaded.tree, data)
    assert confirmed["move"] > part * 400
    assert confirmed["meeting"] > part * 1000


@pytest.mark.parametrize("part", [PART, pytest.param(1.0, marks=pytest.mark.exhaustive)])
def test_the_checker_confirms_what_is_awkward(part: float) -> None:
    loaded = load_awkward()
    confirmed: Counter[str] = Counter()
    for data in replays(loaded, round(part * 150)):
        confirmed += check(loaded.tree, data)
    kinds = ["event", "join", "redraw", "move", "meeting", "step", "waived", "bypassed", "wait"]
    kinds += ["obstruction", "ratification", "meeting held", "meeting blocked", "meeting passed", "move back"]
    assert all(confirmed[kind] >= part * 30 for kind in kinds), confirmed


# --- tampered logs --------------------------------------------------------------------------------------

Log = list[dict[str, Any]]
Change = Callable[[Tree, Log], bool]
"""Changes a replay in place; says whether it found what it changes."""


def entry(log: Log, kind: str, *holds: Callable[[Tree], bool]) -> Tree | None:
    return next((e for e in log if e["kind"] == kind and all(h(e) for h in holds)), None)


def edited(kind: str, edit: Callable[[Tree], object], *holds: Callable[[Tree], bool]) -> Change:
    def change(data: Tree, log: Log) -> bool:
        found = entry(log, kind, *holds)
        if found is not None:
            edit(found)
        return found is not None

    return change


def dropped(kind: str, *holds: Callable[[Tree], bool]) -> Change:
    def change(data: Tree, log: Log) -> bool:
        found = entry(log, kind, *holds)
        if found is not None:
            log.remove(found)
        return found is not None

    return change


def doubled(kind: str) -> Change:
    def change(data: Tree, log: Log) -> bool:
        found = entry(log, kind)
        if found is not None:
            log.insert(log.index(found), copy.deepcopy(found))
        return found is not None

    return change


def of_results(edit: Callable[[Tree], object], *holds: Callable[[Tree], bool]) -> Change:
    def change(data: Tree, log: Log) -> bool:
        if all(h(data) for h in holds):
            edit(data)
            return True
        return False

    return change


def later(e: Tree) -> None:
    """A day later, in years and on the calendar: the entry agrees with itself."""
    day = date.fromisoformat(e["date"]) + timedelta(days=1)
    e["date"], e["time"] = day.isoformat(), (day - date(2026, 12, 1)).days / YEAR


def swapped(data: Tree, log: Log) -> bool:
    """Two meetings in the wrong order."""
    meetings = [i for i, e in enumerate(log) if e["kind"] == "meeting"]
    a, b = meetings[0], meetings[1]
    log[a], log[b] = log[b], log[a]
    return True


def move_before_its_event(data: Tree, log: Log) -> bool:
    """A move that an event opened is told before the event."""
    for at in range(1, len(log)):
        if (log[at - 1]["kind"], log[at]["kind"]) == ("event", "move") and log[at - 1]["time"] == log[at][
            "time"
        ]:
            log[at - 1], log[at] = log[at], log[at - 1]
            return True
    return False


def slower(e: Tree) -> None:
    """A rate that is wrong in the tenth digit."""
    e["cause"]["rate"] *= 1.0 + 1e-10


def peers(e: Tree) -> bool:
    return any(f["chain"].endswith(".stance") for f in e["cause"]["factors"])


def blocked(e: Tree) -> bool:
    return bool(e["cause"].get("blockers"))


def due(e: Tree) -> bool:
    return bool(e["cause"]["due"])


def drop_blocker(e: Tree) -> None:
    e["cause"]["blockers"].popitem()


def add_blocker(e: Tree) -> None:
    e["cause"]["blockers"]["USA"] = {"USA.objection": "raised"}


def wrong_reason(e: Tree) -> None:
    code = next(iter(e["cause"]["blockers"]))
    e["cause"]["blockers"][code] = {f"{code}.north": "crisis"}


def shorter(e: Tree) -> None:
    """A capital's length that changes nothing but the end."""
    e["cause"]["ends"] -= 1.0 / YEAR


def last(key: str) -> Change:
    return of_results(lambda d: d.update({key: "USA"}), lambda d: d[key] != "USA")


def cause(**changes: Any) -> Callable[[Tree], None]:
    return lambda e: e["cause"].update(changes)


TAMPERED: dict[str, Change] = {
    "a move is missing": dropped("move"),
    "the last move is missing": lambda data, log: bool(
        log.remove([e for e in log if e["kind"] == "move"][-1]) or True
    ),
    "a move is told twice": doubled("move"),
    "a move from where the chain was not": edited("move", lambda e: e.update(before="recognises")),
    "a move to elsewhere": edited("move", lambda e: e.update(after=e["before"])),
    "the name of another move": edited("move", cause(move="something")),
    "a rate wrong in the tenth digit": edited("move", slower),
    "a base rate doubled": edited("move", lambda e: e["cause"].update(base_rate=2 * e["cause"]["base_rate"])),
    "a total rate of this move alone": edited(
        "move", lambda e: e["cause"].update(total_rate=e["cause"]["rate"]),
        lambda e: e["cause"]["rate"] < e["cause"]["total_rate"],
    ),
    "a factor is left out": edited(
        "move", lambda e: e["cause"]["factors"].pop(), lambda e: bool(e["cause"]["factors"])
    ),
    "a peer too many": edited(
        "move", lambda e: e["cause"]["factors"].append(e["cause"]["factors"][-1]), peers
    ),
    "a condition that was not read": edited("move", cause(when={"north": "calm", "first": "still"})),
    "the wrong number of an exit": edited("move", lambda e: e["cause"].update(exit=e["cause"]["exit"] + 1)),
    "a move a day later, on the old date": edited("move", lambda e: e.update(time=e["time"] + 1 / YEAR)),
    "a move before the event that opened it": move_before_its_event,
    "an event is missing": dropped("event"),
    "an event a day later": edited("event", later),
    "an event that sets another state": edited("event", lambda e: e.update(after="out")),
    "a join is missing": dropped("join"),
    "somebody else joins": edited("join", lambda e: e.update(subject="UKR")),
    "a redraw is missing": dropped("redraw"),
    "a redraw of another chance": edited("redraw", lambda e: e["cause"]["to"].update(engaged=0.6)),
    "a meeting is missing": dropped("meeting"),
    "a meeting on another day": edited("meeting", later),
    "a meeting of another calendar": edited("meeting", cause(calendar="elections")),
    "two meetings in the wrong order": swapped,
    "a blocker is left out": edited("meeting", drop_blocker, blocked),
    "a blocker too many": edited("meeting", add_blocker, blocked),
    "a blocker for another reason": edited("meeting", wrong_reason, blocked),
    "a member is left out": edited("meeting", lambda e: e["cause"]["members"].pop(), due),
    "one fewer is required": edited(
        "meeting", lambda e: e["cause"].update(required=e["cause"]["required"] - 1), due
    ),
    "a blocked meeting was held": edited(
        "meeting",
        lambda e: (e.update(after="held"), e["cause"].update(outcome="held")),
        lambda e: e["after"] == "blocked",
    ),
    "a held meeting passes nothing and says passed": edited(
        "meeting",
        lambda e: (e.update(after="passed"), e["cause"].update(outcome="passed")),
        lambda e: e["after"] == "held",
    ),
    "a step is not due at its meeting": edited(
        "meeting", lambda e: e.update(after="not due"), due
    ),
    "a meeting that was idle for another reason": edited(
        "meeting", cause(why="no step left"), lambda e: not e["cause"]["due"]
    ),
    "a step is missing": dropped("step"),
    "a waiver is missing": dropped("waived"),
    "a waiver is a bypass": edited("waived", lambda e: e.update(kind="bypassed")),
    "a bypass at another rate": edited("bypassed", cause(rate=0.3)),
    "a bypass is a waiver": edited("bypassed", lambda e: e.update(kind="waived", cause={})),
    "a wait is missing": dropped("wait"),
    "a wait of other days": edited("wait", lambda e: e["cause"].update(days=e["cause"]["days"] + 1)),
    "a wait ends early": edited("wait", shorter),
    "an obstruction is missing": dropped("obstruction"),
    "an obstruction by somebody else": edited("obstruction", lambda e: e.update(subject="XXX")),
    "a ratification is missing": dropped("ratification"),
    "a ratification ends early": edited("ratification", shorter),
    "a fixed length is longer": edited("ratification", lambda e: e["cause"]["days"].update(TUR=121.0)),
    "a capital does not ratify": edited("ratification", lambda e: e["cause"]["days"].pop("USA")),
    "another capital is the last": edited(
        "ratification", cause(ratifier="ESP"), lambda e: e["cause"]["ratifier"] != "ESP"
    ),
    "another number of capitals is required": edited("ratification", cause(required=1)),
    "a lag is forgotten": edited("ratification", cause(lag=0.0), lambda e: e["cause"]["lag"] > 0.0),
    "another start": edited("start", lambda e: e["cause"]["chains"].update(application="filed")),
    "another parameter": edited(
        "start", lambda e: e["cause"]["parameters"].update(pull=e["cause"]["parameters"]["pull"] * 2),
    ),
    "one who cannot stay for ever": edited("start", lambda e: e["cause"]["never_move"].append("TUR.stance")),
    "a chain that moved never moves": edited("start", lambda e: e["cause"].update(never_move=["GRC.stance"])),
    "another end": edited("horizon", lambda e: e["cause"]["chains"].update({"USA.stance": "blocks"})),
    "a step on another day": of_results(
        lambda d: d["steps"]["opening"].update(years=math.nextafter(d["steps"]["opening"]["years"], 1))
    ),
    "a step taken in another way": of_results(lambda d: d["steps"]["opening"].update(how="waived")),
    "other blockers in the end": of_results(lambda d: d["steps"]["pfp"].update(blockers=["USA", "BIH"])),
    "another last mover": last("last_to_move"),
    "another last ratifier": last("last_to_ratify"),
    "another first entry": of_results(
        lambda d: d["watch"].update({"ladder=pfp": 1.0}), lambda d: d["watch"]["ladder=pfp"] is not None
    ),
    "a first entry is forgotten": of_results(lambda d: d["watch"].update({"north=calm": None})),
}  # fmt: skip


@pytest.fixture(scope="module")
def awkward() -> tuple[Tree, list[str]]:
    """A scenario and replays of it as text, from which each is read anew where it is changed."""
    loaded = load_awkward()
    return loaded.tree, [json.dumps(data) for data in replays(loaded, 40)]


@pytest.mark.parametrize("what", TAMPERED)
def test_the_checker_catches(what: str, awkward: tuple[Tree, list[str]]) -> None:
    """In each of ten replays in which the change can be made, the checker protests."""
    tree, originals = awkward
    caught = 0
    for original in originals:
        changed = json.loads(original)
        if TAMPERED[what](changed, changed["happenings"]) and changed != json.loads(original):
            with pytest.raises(Unexplained):
                check(tree, changed)
            caught += 1
        if caught == 10:
            break
    assert caught >= 5
