"""What a told future calls things: the condition that a step awaits, who is held back, objections to steps behind."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from sim.engines.replay.engine import replay, simulate
from sim.engines.replay.story import stopped, story
from sim.estimates.summary import summarise
from sim.estimates.tally import Tally
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import draw_worlds
from sim.report.screens.run import screen
from sim.report.tables import entry_words
from sim.scenario.schema import ScenarioContent
from sim.studies.samples import _waited_for, key_happenings, opening

NAMES = {"AAA": "Aland", "BBB": "Bland", "CCC": "Cland", "DDD": "Dland"}
FRIENDS = {"title": "the friends' condition", "states": ["waiting", "satisfied"], "start": "waiting"}
SETTLEMENT = {
    "states": ["none", "done"],
    "start": "none",
    "moves": [{"from": "none", "to": "done", "rate": 0}],
}
RISES = [
    {"from": "blocks", "to": "recognises", "rate": 0, "when": {"principle": "open"}},
    {"name": "after", "from": "blocks", "to": "recognises", "rate": 0, "when": {"settlement": "done"}},
]


def voter(start: str, principle: str | None = None, never: float = 0, **more: Any) -> dict[str, Any]:
    stance = {"states": ["blocks", "recognises"], "start": start}
    if principle is None:
        return {"stance": stance, **more}
    stance |= {"moves": RISES, "never": never}
    return {"stance": stance, "principle": {"states": ["open", "firm"], "start": principle}, **more}


def model_of(voters: dict[str, Any], events: list[dict[str, Any]], **step: Any) -> Model:
    """Two steps: ``first`` as given, decided each month of a year, and ``second``, which nobody can pass."""
    decision = {"kind": "decision", "meetings": ["council"], "rule": "consensus"}
    return compiled(
        voters,
        chains={"friends": FRIENDS, "settlement": SETTLEMENT},
        events=[{**event, "on": date.fromisoformat(event["on"])} for event in events],
        ladder=[
            {"step": "first", "needs": {"stance": "recognises"}, **decision, **step},
            {"step": "second", "needs": {"stance": "recognises"}, "when": {"settlement": "done"}, **decision},
        ],
        calendar={"council": {"dates": [date(2030, month, 15) for month in range(1, 13)]}},
    )


def compiled(voters: dict[str, Any], **sections: Any) -> Model:
    """The year 2030 with these voters, all of them members."""
    content = {
        "schema": 1, "title": "T", "question": "Q?", "organisation": "NATO", "candidate": "XKX",
        "start": date(2030, 1, 1), "horizon": date(2031, 1, 1), "members": list(voters), "voters": voters,
        **sections,
    }  # fmt: skip
    made = ScenarioContent.model_validate(content)
    return compile_scenario(SimpleNamespace(name="small", content=made, digest="0", tables={}, yours=()))


def told(model: Model) -> tuple[str, str, str]:
    """The story, the opening of a sample, and its happenings, each in one line."""
    worlds = draw_worlds(model, 1, 1)
    future = replay(model, worlds, 1, 0)
    happenings, _ = key_happenings(model, future, NAMES.__getitem__)
    text = " ".join(story(model, future, NAMES.__getitem__).split())
    return text, opening(model, future, NAMES.__getitem__), "; ".join(h.text for h in happenings)


def test_what_friends_wait_for_is_told_as_a_wait_not_as_an_objection() -> None:
    voters = {"AAA": voter("blocks"), "DDD": voter("recognises")}
    events = [
        {"on": "2030-03-01", "voter": "AAA", "stance": "recognises"},
        {"on": "2030-06-01", "chain": "friends", "state": "satisfied"},
    ]
    text, _, short = told(model_of(voters, events, awaits={"friends": "satisfied"}))
    assert "world the friends' condition is waiting; settlement is none" in text
    assert "2 meetings to 2030-02: first blocked by Aland, and waiting for the friends' condition" in text
    assert "3 meetings to 2030-05: first waiting for the friends' condition 2030-06-01" in text
    assert "the friends' condition: from waiting to satisfied (set by the scenario)" in text
    assert (
        "2 meetings to February 2030: First blocked by Aland, and waiting for the friends' condition" in short
    )
    assert "3 meetings to May 2030: First waiting for the friends' condition" in short
    assert "; The friends' condition: satisfied (fixed by the scenario)" in short
    assert "objection" not in text + short


def test_a_condition_that_comes_back_is_told() -> None:
    events = [
        {"on": "2030-02-01", "chain": "friends", "state": "satisfied"},
        {"on": "2030-04-01", "chain": "friends", "state": "waiting"},
    ]
    model = model_of({"AAA": voter("blocks")}, events, awaits={"friends": "satisfied"})
    assert model.chain_names.index("friends") in _waited_for(model)
    _, _, short = told(model)
    assert "The friends' condition: waiting (fixed by the scenario)" in short


def test_who_makes_no_move_without_a_settlement_is_said_in_words() -> None:
    voters = {
        "AAA": voter("blocks", "firm"),
        "BBB": voter("blocks", "open"),
        "CCC": voter("blocks", "firm", never=1),
        "DDD": voter("recognises", "firm"),
    }
    text, opens, _ = told(model_of(voters, []))
    assert "held back makes no move in this future unless settlement is done: Aland What happens" in text
    assert opens == (
        "At the start: Aland, Bland and Cland (blocks). Never moves of its own accord here: Cland. "
        "Makes no move here unless settlement is done: Aland."
    )


def test_a_reason_that_cannot_change_is_no_reason() -> None:
    quick = voter("blocks", "open")
    quick["stance"]["moves"] = [
        {
            "from": "blocks",
            "to": "recognises",
            "rate": 500,
            "when": {"principle": "open", "settlement": "none"},
        }
    ]
    text, _, _ = told(model_of({"AAA": quick}, []))
    assert "Aland: from blocks to recognises (open because settlement is none; 500 a year)" in text


def test_an_objection_is_called_by_its_title_and_is_no_news_once_its_step_is_behind() -> None:
    objection = {"title": "objection to the first", "states": ["none", "raised"], "start": "raised"}
    voters = {"AAA": voter("recognises", veto=objection)}
    events = [
        {"on": "2030-03-01", "voter": "AAA", "veto": "none"},
        {"on": "2030-08-01", "voter": "AAA", "veto": "raised"},
    ]
    text, _, _ = told(model_of(voters, events, unless={"veto": "raised"}))
    assert "2 meetings to 2030-02: first blocked by Aland (objection to the first raised)" in text
    assert "2030-03-01 Aland, objection to the first: from raised to none" in text
    assert "2030-08-01" not in text


def test_blocked_and_waiting() -> None:
    assert stopped(["A", "B"], []) == "blocked by A and B"
    assert stopped([], ["it"]) == "waiting for it"
    assert stopped(["A"], ["it"]) == "blocked by A, and waiting for it"


def test_the_answer_calls_what_is_waited_for_by_its_title() -> None:
    model = model_of({"AAA": voter("recognises")}, [], awaits={"friends": "satisfied"})
    tally = Tally(model, 1)
    tally.add(simulate(model, draw_worlds(model, 1, 1), 1, 4))
    found = summarise(tally, 1, "?")
    assert found.blockers["first"].awaited == {"friends": "the friends' condition"}
    assert found.blockers["second"].awaited == {}
    line = next(line for line in screen(found).splitlines() if line.startswith("Blocks first"))
    assert "the friends' condition" in line
    assert (
        entry_words("friends=satisfied", {"friends": "the friends' condition"})
        == "the friends' condition: satisfied"
    )


@pytest.mark.parametrize(("capitals", "said"), [(1, "1 capital"), (2, "2 capitals")])
def test_capitals_are_counted_in_words(capitals: int, said: str) -> None:
    member = {**voter("recognises"), "ratification": {"law": {"fixed": 30}}}
    voters = dict.fromkeys(["AAA", "BBB"][:capitals], member)
    text, _, _ = told(compiled(voters, ladder=[{"step": "entry", "kind": "ratification"}]))
    assert f"entry: ratification begins in {said} " in text
