"""A table of how often each feature fires in the logs of the replay, which the engines' equality rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from sim.engines.replay.engine import Happening, replay
from sim.model.compiler import compile_scenario
from sim.model.worlds import draw_worlds
from sim.scenario.load import Scenario, builtin_scenarios
from tests.awkward import load_awkward
from tests.builtin import builtin
from tests.structures import OF_THEIR_OWN

TRAJECTORIES = 25
"""Of each built-in scenario; the first ones of those in which the engines are compared."""
OFTEN = 100
SEED, WORLDS = 20261201, 700

FEATURES = (
    "move", "move back", "choice among moves", "move scaled by a chain", "move scaled by a peer",
    "move that a condition opened", "redraw", "redraw that changed nothing", "never-mover",
    "objection raised", "objection ended", "meeting passed", "meeting held", "meeting blocked by a stance",
    "meeting blocked by an objection", "meeting that waits for a chain", "nothing due", "waiver",
    "bypass", "event", "join",
    "wait", "ratification", "obstruction", "ratification completed",
    "consensus at a meeting", "all_but at a meeting", "share at a meeting",
    "consensus in a ratification", "all_but in a ratification", "share in a ratification",
    "tie of event and meeting", "tie of redraw and meeting", "tie of event and redraw",
    "tie of event and move", "tie of two moves", "tie of an end and a meeting",
    "blocked although a rule lets some stay out", "passed although somebody blocked",
    "member that joined at a meeting", "member that joined ratifies",
)  # fmt: skip


def of_move(h: Happening, states: list[str]) -> set[str]:
    cause = h.cause
    peers = any(f["chain"].endswith(".stance") and f["chain"] != h.subject for f in cause["factors"])
    chains = any(not f["chain"].endswith(".stance") for f in cause["factors"])
    found = {
        "move": True,
        "move back": states.index(h.after) < states.index(h.before),
        "choice among moves": cause["rate"] < cause["total_rate"],
        "move scaled by a chain": chains,
        "move scaled by a peer": peers,
        "move that a condition opened": bool(cause["when"]),
        "objection raised": h.subject.endswith(".objection") and h.after == "raised",
        "objection ended": h.subject.endswith(".objection") and h.after == "none",
    }
    return {name for name, there in found.items() if there}


def rule_name(rule: Any) -> str:
    return rule if isinstance(rule, str) else next(iter(rule))


def of_meeting(h: Happening, rule: Any, first_members: list[str]) -> set[str]:
    if not h.cause["due"]:
        return {"nothing due"}
    blockers = h.cause["blockers"]
    by_stance = [code for code, why in blockers.items() if f"{code}.stance" in why]
    found = {
        f"{rule_name(rule)} at a meeting": True,
        "meeting passed": h.after == "passed",
        "meeting held": h.after == "held",
        "meeting blocked by a stance": h.after == "blocked" and bool(by_stance),
        "meeting blocked by an objection": h.after == "blocked"
        and any(f"{code}.objection" in why for code, why in blockers.items()),
        "meeting that waits for a chain": h.after == "blocked"
        and any(code in why for code, why in blockers.items()),
        "blocked although a rule lets some stay out": h.after == "blocked" and rule != "consensus",
        "passed although somebody blocked": h.after == "passed" and bool(blockers),
        "member that joined at a meeting": len(h.cause["members"]) > len(first_members),
    }
    return {name for name, there in found.items() if there}


def of_ties(log: tuple[Happening, ...]) -> Counter[str]:
    """Different things at one instant."""
    found: Counter[str] = Counter()
    for _, group in groupby(log, key=lambda h: h.time):
        kinds = Counter(h.kind for h in group)
        ties = {
            "tie of event and meeting": kinds["event"] and kinds["meeting"],
            "tie of redraw and meeting": kinds["redraw"] and kinds["meeting"],
            "tie of event and redraw": kinds["event"] and kinds["redraw"],
            "tie of event and move": kinds["event"] and kinds["move"],
            "tie of two moves": kinds["move"] > 1,
        }
        found.update(name for name, there in ties.items() if there)
    ends = {h.time for h in log if h.kind == "step" and h.cause["by"] != "meeting"}
    found["tie of an end and a meeting"] = len(ends & {h.time for h in log if h.kind == "meeting"})
    return found


def features(loaded: Scenario, trajectories: int) -> Counter[str]:
    """How often each feature fires in the first trajectories of a scenario."""
    model = compile_scenario(loaded)
    worlds = draw_worlds(model, SEED, WORLDS if model.uncertain else 1)
    states = dict(zip(model.chain_names, model.state_names, strict=False))
    rules = {step.step: getattr(step, "rule", None) for step in loaded.content.ladder}
    rules = {
        name: rule if isinstance(rule, str | None) else rule.model_dump() for name, rule in rules.items()
    }
    found: Counter[str] = Counter()
    for trajectory in range(trajectories):
        log = replay(model, worlds, SEED, trajectory).log
        found["never-mover"] += len(log[0].cause["never_move"])
        for h in log:
            rule = rules.get(h.subject)
            match h.kind:
                case "move":
                    found.update(of_move(h, list(states[h.subject])))
                case "meeting":
                    found.update(of_meeting(h, rule, log[0].cause["members"]))
                case "redraw":
                    found.update(
                        ["redraw", *(["redraw that changed nothing"] if h.before == h.after else [])]
                    )
                case "waived" | "bypassed":
                    found["waiver" if h.kind == "waived" else "bypass"] += 1
                case "event" | "join" | "wait" | "obstruction":
                    found[h.kind] += 1
                case "ratification":
                    joined = len(h.cause["days"]) > len(log[0].cause["members"])
                    found.update(["ratification", f"{rule_name(rule)} in a ratification"])
                    found["member that joined ratifies"] += joined
                case "step":
                    found["ratification completed"] += h.cause["by"] == "ratification"
        found += of_ties(log)
    return found


def made(names: Iterable[str], each: int, awkward: int) -> dict[str, Counter[str]]:
    """Scenario -> feature -> how often, in so many trajectories of each."""
    table = {name: features(builtin(name), each) for name in names}
    return table | {"awkward": features(load_awkward(), awkward)}


@pytest.fixture(scope="module")
def table() -> dict[str, Counter[str]]:
    """Of what is compared in all."""
    return made(builtin_scenarios(), TRAJECTORIES, 400)


@pytest.fixture(scope="module")
def few() -> dict[str, Counter[str]]:
    """Of so little that it takes seconds."""
    return made(OF_THEIR_OWN, 6, 100)


def text_of(table: dict[str, Counter[str]]) -> str:
    """The table as text: a row for each feature, with the scenarios in which it fires most."""
    lines = [f"{'feature':<44} {'fired':>7}  of which in the built-in scenarios; most in"]
    for feature in FEATURES:
        by = sorted(((counts[feature], name) for name, counts in table.items()), reverse=True)
        total, built_in = sum(n for n, _ in by), sum(n for n, name in by if name != "awkward")
        lines.append(f"{feature:<44} {total:>7}  {built_in:>7}  {by[0][1]}, {by[1][1]}")
    return "\n".join(lines) + "\n"


@pytest.mark.exhaustive  # of what test_engines_agree compares in all
def test_every_feature_fires_often(table: dict[str, Counter[str]], tmp_path: Path) -> None:
    written = text_of(table)
    (tmp_path / "features.txt").write_text(written)
    print(written)
    total = sum(table.values(), Counter())
    rare = {feature: total[feature] for feature in FEATURES if total[feature] < OFTEN}
    assert not rare


@pytest.mark.parametrize("counted_in", ["few", pytest.param("table", marks=pytest.mark.exhaustive)])
def test_the_features_counted_are_those_that_the_table_names(
    counted_in: str, request: pytest.FixtureRequest
) -> None:
    counted = {
        feature
        for counts in request.getfixturevalue(counted_in).values()
        for feature, n in counts.items()
        if n
    }
    assert counted == set(FEATURES)
