"""The replay engine on small models whose stories can be worked out by hand from the keyed draws."""

from __future__ import annotations

import ast
import gc
import json
import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.base.errors import AccessionError
from sim.commands.replay import replay_command
from sim.engines.replay import parts as parts_module
from sim.engines.replay.agents import Agent
from sim.engines.replay.engine import Happening, Replay, replay, simulate
from sim.engines.replay.future import Future, Keys
from sim.engines.replay.parts import Parts
from sim.engines.replay.story import story
from sim.model import draws
from sim.model.compiler import compile_scenario
from sim.model.model import BYPASSED, NOT_REACHED, PASSED, REDRAW, WAIVED, Model
from sim.model.worlds import draw_worlds
from sim.scenario.schema import ScenarioContent
from tests.awkward import beyond_bounds
from tests.builtin import builtin

START, SEED = date(2030, 1, 1), 7
STANCES = ["blocks", "acquiesces", "recognises"]
AT_ONCE = 1e300
"""A rate at which a clock runs down within the same instant of floating-point time."""


def day(number: int) -> date:
    return START + timedelta(days=number)


def years(number: int) -> float:
    return number / 365.25


def chain(states: list[str], start: Any, *moves: Any, **more: Any) -> dict[str, Any]:
    """Moves are (from, to, rate) or (from, to, rate, further keys)."""
    made = [{"from": a, "to": b, "rate": rate, **(rest[0] if rest else {})} for a, b, rate, *rest in moves]
    return {"states": states, "start": start, "moves": made, **more}


def stance(start: Any, *moves: Any, **more: Any) -> dict[str, Any]:
    return chain(STANCES, start, *moves, **more)


def decision(step: str = "in", **more: Any) -> dict[str, Any]:
    return {"step": step, "kind": "decision", "meetings": ["council"], **more}


def model_of(
    voters: dict[str, Any],
    ladder: list[dict[str, Any]] | None = None,
    meetings: tuple[int, ...] = (),
    horizon: int = 3000,
    members: list[str] | None = None,
    calendar: dict[str, list[int]] | None = None,
    **more: Any,
) -> Model:
    """A model; ``meetings`` and ``calendar`` are days after the start."""
    days = {"council": list(meetings), **(calendar or {})}
    tree = {
        "schema": 1, "title": "Small", "question": "?", "organisation": "NATO", "candidate": "XKX",
        "start": START, "horizon": day(horizon),
        "members": list(voters) if members is None else members,
        "voters": {code: v if "stance" in v else {"stance": v} for code, v in voters.items()},
        "ladder": ladder or [decision(needs={"stance": "recognises"})],
        "calendar": {name: {"dates": [day(d) for d in dates]} for name, dates in days.items()},
        **more,
    }  # fmt: skip
    with beyond_bounds():
        content = ScenarioContent.model_validate(tree)
    return compile_scenario(SimpleNamespace(name="small", content=content, digest="0", tables={}, yours=()))


def run(model: Model, trajectory: int = 0, worlds: int = 1) -> Replay:
    return replay(model, draw_worlds(model, SEED, worlds), SEED, trajectory)


def luck(name: str, exit: int = 0, trajectory: int = 0) -> float:
    """The unit exponential of one exit of a chain, worked out without the engine."""
    return -math.log(draws.uniforms(draws.key(SEED, f"move/{name}"), trajectory, exit, 0)[0])


def told(result: Replay, *kinds: str) -> list[Happening]:
    return [h for h in result.log if h.kind in kinds]


def changes(result: Replay, *kinds: str) -> list[tuple[float, str, str]]:
    return [(h.time, h.subject, h.after) for h in told(result, *(kinds or ("move",)))]


# --- clocks ---------------------------------------------------------------------------------------------


def test_a_dated_story_by_hand() -> None:
    moves = ("blocks", "acquiesces", 2.0), ("acquiesces", "recognises", 0.5)
    model = model_of({"GRC": stance("blocks", *moves)}, meetings=tuple(range(30, 12000, 30)), horizon=12000)
    first = luck("GRC.stance") / 2.0
    second = first + luck("GRC.stance", 1) / 0.5
    result = run(model)
    assert changes(result) == [(first, "GRC.stance", "acquiesces"), (second, "GRC.stance", "recognises")]
    meeting = next(d for d in range(30, 12000, 30) if years(d) >= second)
    assert result.paths.time[0, 0] == years(meeting)
    assert result.paths.how[0, 0] == PASSED
    assert result.paths.last_to_move[0] == 0
    assert told(result, "step")[0].date == day(meeting).isoformat()
    before = meeting // 30 - 1
    assert result.paths.due.sum() == before + 1
    assert result.paths.blocked.sum() == before


def test_an_event_is_scheduled_at_exactly_its_time() -> None:
    model = model_of({"GRC": stance("blocks")})
    worlds = draw_worlds(model, SEED, 1)
    future = Future(Parts(model), worlds.values[0], 0, Keys(SEED), 0, None)
    rounding = ((now, at) for now in np.arange(0.1, 1.0, 0.1) for at in np.arange(1.1, 9.0, 0.1))
    now, at = next((now, at) for now, at in rounding if now + (at - now) != at)
    future.run(until=future.at(now, 5))
    future.run(until=future.at(at, 5))
    assert future.now == at, "a delay of at - now would have rounded"


def test_luck_is_kept_when_a_rate_changes() -> None:
    move = ("blocks", "recognises", 0.01, {"scaled_by": {"north": {"crisis": 3.0}}})
    model = model_of(
        {"GRC": stance("blocks", move)},
        horizon=200_000,
        chains={"north": chain(["calm", "crisis"], "calm")},
        events=[{"on": day(100), "chain": "north", "state": "crisis"}],
    )
    left = luck("GRC.stance") - 0.01 * years(100)
    assert left > 0.0
    assert changes(run(model)) == [(years(100) + left / (0.01 * 3.0), "GRC.stance", "recognises")]


def test_a_change_that_leaves_a_rate_alone_leaves_its_clock_alone() -> None:
    crisis = {"scaled_by": {"north": {"calm": 1.0, "crisis": 1.0}}}
    events = [{"on": day(d), "chain": "north", "state": "crisis" if d % 2 else "calm"} for d in range(1, 90)]
    north = {"north": chain(["calm", "crisis"], "calm")}
    voters = {"GRC": stance("blocks", ("blocks", "recognises", 0.01, crisis))}
    busy = run(model_of(voters, chains=north, events=events, horizon=200_000))
    quiet = run(model_of(voters, chains=north, horizon=200_000))
    assert changes(busy) == changes(quiet) == [(luck("GRC.stance") / 0.01, "GRC.stance", "recognises")]


def test_an_event_uses_up_no_luck() -> None:
    voters = {"GRC": stance("blocks", ("blocks", "recognises", 0.01), ("acquiesces", "recognises", 0.01))}
    events = [{"on": day(50), "voter": "GRC", "stance": "acquiesces"}]
    moved = run(model_of(voters, events=events, horizon=200_000))
    assert changes(moved) == [(luck("GRC.stance") / 0.01, "GRC.stance", "recognises")]


def test_open_moves_are_picked_by_their_rates() -> None:
    moves = ("blocks", "acquiesces", 1.0), ("blocks", "recognises", 3.0)
    model = model_of({"GRC": stance("blocks", *moves)}, horizon=20_000)
    for trajectory in range(20):
        u = draws.uniforms(draws.key(SEED, "move/GRC.stance"), trajectory, 0, 0)[1]
        expected = "acquiesces" if u * 4.0 < 1.0 else "recognises"
        (move,) = told(run(model, trajectory), "move")
        assert move.after == expected
        assert move.time == luck("GRC.stance", 0, trajectory) / 4.0
        assert move.cause["total_rate"] == 4.0


def test_peers_count_once_for_each_other_holdout_that_is_a_member_in_that_state() -> None:
    factors = {"blocks": 7.0, "acquiesces": 1.5, "recognises": 2.0}
    pulled = ("blocks", "recognises", 0.01, {"scaled_by": {"peers": factors}})
    voters = {
        "GRC": stance("blocks", pulled),
        "ROU": stance("blocks"),
        "SVK": stance("acquiesces"),
        "FRA": stance("recognises"),
        "BIH": stance("acquiesces"),
    }
    events = [{"on": day(0), "voter": "ROU", "stance": "recognises"}]
    result = run(model_of(voters, events=events, members=["GRC", "ROU", "SVK", "FRA"], horizon=200_000))
    (move,) = told(result, "move")
    assert move.time == luck("GRC.stance") / (0.01 * 1.5 * 2.0)
    assert [(f["chain"], f["factor"]) for f in move.cause["factors"]] == [
        ("SVK.stance", 1.5),
        ("ROU.stance", 2.0),
    ]


def test_a_chain_that_never_moves_can_still_be_set() -> None:
    voters = {"GRC": stance("blocks", ("blocks", "acquiesces", 50.0), never=1.0)}
    events = [{"on": day(40), "voter": "GRC", "stance": "recognises"}]
    result = run(model_of(voters, events=events, meetings=(30, 60)))
    assert told(result, "move") == []
    assert told(result, "start")[0].cause["never_move"] == ["GRC.stance"]
    assert result.paths.time[0, 0] == years(60)
    assert result.paths.last_to_move[0] == 0, "a rise by an event counts"


def test_starting_states_are_drawn_by_world_or_by_trajectory() -> None:
    odds = {"blocks": 0.5, "acquiesces": 0.2, "recognises": "rest"}
    voters = {"GRC": stance(odds, drawn_by="world"), "ROU": stance(odds, drawn_by="trajectory")}
    model = model_of(voters)
    for trajectory in range(12):
        start = told(run(model, trajectory, worlds=3), "start")[0].cause
        assert start["world"] == trajectory % 3
        for code, unit in (("GRC", trajectory % 3), ("ROU", trajectory)):
            u = draws.uniform(draws.key(SEED, f"start/{code}.stance"), unit, 0)
            assert start["chains"][f"{code}.stance"] == STANCES[(u >= 0.5) + (u >= 0.7)]


def test_a_redraw_is_keyed_by_its_date() -> None:
    odds = {"on": "elections", "to": {"same": 0.4, "softer": "rest"}}
    government = chain(["same", "softer"], "same", redrawn=odds)
    dates = [100, 500, 900, 1300]
    model = model_of(
        {"GRC": {"stance": stance("blocks"), "government": government}}, calendar={"elections": dates}
    )
    result = run(model)
    key = draws.key(SEED, "redraw/GRC.government")
    drawn = ["same" if draws.uniform(key, 0, day(d).toordinal()) < 0.4 else "softer" for d in dates]
    assert changes(result, "redraw") == [
        (years(d), "GRC.government", state) for d, state in zip(dates, drawn, strict=True)
    ]


def test_a_redraw_names_its_calendar_where_the_agenda_knows_it() -> None:
    redrawn = {"on": "elections", "to": {"crisis": 1.0}}
    north = {"north": chain(["calm", "crisis"], "calm", redrawn=redrawn)}
    model = model_of({"GRC": stance("blocks")}, chains=north, calendar={"elections": [100]})
    agenda = model.agenda
    where = np.where(agenda.kind == REDRAW, model.calendar_names.index("elections"), agenda.state)
    known = replace(model, agenda=agenda._replace(state=where))
    (redraw,) = told(run(known), "redraw")
    assert redraw.cause == {"calendar": "elections", "to": {"calm": 0.0, "crisis": 1.0}}
    assert "north: from calm to crisis (redrawn: elections)" in story(known, run(known))


# --- one instant ------------------------------------------------------------------------------------------


def test_on_one_date_events_redraws_moves_ends_and_meetings_in_this_order() -> None:
    at_once = {"when": {"north": "crisis"}}
    government = chain(["same", "softer"], "same", redrawn={"on": "elections", "to": {"softer": 1.0}})
    voters = {
        "GRC": {
            "stance": stance("blocks", ("blocks", "acquiesces", AT_ONCE, at_once)),
            "government": government,
        },
        "ROU": stance("blocks", ("blocks", "acquiesces", AT_ONCE, at_once)),
    }
    chains = {
        "north": chain(["calm", "crisis"], "calm"),
        "settlement": chain(["none", "interim"], "none", ("none", "interim", AT_ONCE, at_once)),
    }
    ladder = [
        {"step": "talks", "kind": "wait", "law": {"fixed": 100}},
        decision("in", needs={"stance": "acquiesces"}),
        decision("on"),
    ]
    events = [
        {"on": day(100), "chain": "north", "state": "crisis"},
        {"on": day(100), "voter": "BIH", "joins": True},
    ]
    voters["BIH"] = stance("recognises")
    result = run(
        model_of(
            voters, ladder, (100,), members=["GRC", "ROU"], chains=chains, events=events,
            calendar={"elections": [100]},
        )
    )  # fmt: skip
    entries = [(h.kind, h.subject) for h in result.log if h.kind not in ("start", "wait", "horizon")]
    assert entries == [
        ("event", "north"), ("join", "BIH"), ("redraw", "GRC.government"),
        ("move", "settlement"), ("move", "GRC.stance"), ("move", "ROU.stance"),
        ("step", "talks"), ("meeting", "in"), ("step", "in"),
    ]  # fmt: skip
    assert {h.time for h in result.log[2:-1]} == {years(100)}
    assert result.paths.how[0].tolist() == [PASSED, PASSED, NOT_REACHED], "one step at one meeting"
    assert result.paths.last_to_move[0] == -1, "'in' is not the last decision"


def test_at_one_instant_the_first_chain_goes_first_even_if_it_has_just_moved() -> None:
    open_ = {"when": {"north": "crisis"}}
    both = ("blocks", "acquiesces", AT_ONCE, open_), ("acquiesces", "recognises", AT_ONCE, open_)
    objection = chain(["none", "raised"], "none", ("none", "raised", AT_ONCE, open_))
    voters = {
        "GRC": {"stance": stance("blocks", *both), "objection": objection},
        "ROU": stance("blocks", *both),
    }
    events = [{"on": day(100), "chain": "north", "state": "crisis"}]
    result = run(model_of(voters, chains={"north": chain(["calm", "crisis"], "calm")}, events=events))
    assert [entry[1:] for entry in changes(result)] == [
        ("GRC.stance", "acquiesces"), ("GRC.stance", "recognises"), ("GRC.objection", "raised"),
        ("ROU.stance", "acquiesces"), ("ROU.stance", "recognises"),
    ]  # fmt: skip


def test_every_day_has_its_date() -> None:
    result = run(model_of({"GRC": stance("blocks")}, meetings=tuple(range(3000))))
    assert [h.date for h in told(result, "meeting")] == [day(d).isoformat() for d in range(3000)]


def test_a_watch_keeps_the_first_entry() -> None:
    events = [
        {"on": day(d), "chain": "north", "state": s} for d, s in ((9, "crisis"), (12, "calm"), (20, "crisis"))
    ]
    watch = [{"chain": "north", "state": "crisis"}, {"voter": "GRC", "stance": "recognises"}]
    north = {"north": chain(["calm", "crisis"], "calm")}
    result = run(model_of({"GRC": stance("blocks")}, chains=north, events=events, watch=watch))
    assert result.paths.watch[0].tolist() == [years(9), math.inf]


def test_two_calendars_with_one_date_are_one_meeting() -> None:
    ladder = [decision("in"), decision("on", meetings=["summit"])]
    result = run(model_of({"GRC": stance("blocks")}, ladder, (50,), calendar={"summit": [50, 60]}))
    assert result.paths.time[0].tolist() == [years(50), years(60)]
    assert [h.cause["calendar"] for h in result.log if h.kind == "meeting"] == ["council", "summit"]


def test_bypass_comes_after_all_moves_of_its_instant() -> None:
    north = chain(
        ["calm", "crisis"], "calm", ("calm", "crisis", AT_ONCE, {"when": {"settlement": "interim"}})
    )
    settlement = chain(["none", "interim"], "none")
    ladder = [decision("in", when={"settlement": "interim"}, needs={"stance": "recognises"}, bypass=AT_ONCE)]
    events = [{"on": day(20), "chain": "settlement", "state": "interim"}]
    chains = {"settlement": settlement, "north": north}
    result = run(model_of({"GRC": stance("blocks")}, ladder, (20,), chains=chains, events=events))
    assert [h.kind for h in result.log] == ["start", "event", "move", "bypassed", "meeting", "horizon"]
    assert result.paths.due.sum() == 0, "the step was gone before the meeting"


def test_things_on_the_first_and_the_last_day_happen() -> None:
    events = [{"on": day(0), "chain": "north", "state": "crisis"}]
    north = {"north": chain(["calm", "crisis"], "calm")}
    watch = [{"chain": "north", "state": "crisis"}, {"chain": "north", "state": "calm"}]
    ladder = [decision("in"), decision("on")]
    model = model_of({"GRC": stance("blocks")}, ladder, (0, 3000), chains=north, events=events, watch=watch)
    result = run(model)
    assert result.paths.time[0].tolist() == [0.0, model.horizon_years]
    assert result.paths.watch[0].tolist() == [0.0, 0.0]
    ends_after = [{"step": "talks", "kind": "wait", "law": {"fixed": 3001}}]
    late = run(model_of({"GRC": stance("blocks")}, ends_after))
    assert late.paths.time[0].tolist() == [math.inf]


# --- the ladder -------------------------------------------------------------------------------------------


def test_waived_steps_cascade_one_at_a_time() -> None:
    ladder = [
        decision("pfp", waived=1.0),
        decision("map", waived=1.0),
        {"step": "talks", "kind": "wait", "law": {"fixed": 10}},
        decision("in", waived=1.0),
        decision("on", waived=0.0),
    ]
    # open only while pfp is the last step, which it is for no time at all
    fleeting = chain(["no", "yes"], "no", ("no", "yes", AT_ONCE, {"when": {"ladder": "pfp"}}))
    watch = [{"chain": "ladder", "state": "pfp"}, {"chain": "ladder", "state": "start"}]
    result = run(
        model_of({"GRC": stance("blocks")}, ladder, (20,), chains={"fleeting": fleeting}, watch=watch)
    )
    end = 10 / 365.25
    assert result.paths.time[0].tolist() == [0.0, 0.0, end, end, years(20)]
    assert result.paths.how[0].tolist() == [WAIVED, WAIVED, PASSED, WAIVED, PASSED]
    assert told(result, "move") == []
    assert result.paths.watch[0].tolist() == [0.0, 0.0]


def test_a_bypass_uses_its_luck_only_while_the_step_is_due() -> None:
    ladder = [decision("in", when={"north": "crisis"}, needs={"stance": "recognises"}, bypass=0.5)]
    events = [
        {"on": day(100), "chain": "north", "state": "crisis"},
        {"on": day(110), "chain": "north", "state": "calm"},
        {"on": day(400), "chain": "north", "state": "crisis"},
    ]
    north = {"north": chain(["calm", "crisis"], "calm")}
    result = run(model_of({"GRC": stance("blocks")}, ladder, chains=north, events=events, horizon=20_000))
    left = -math.log(draws.uniform(draws.key(SEED, "bypass/in"), 0, 0)) - 0.5 * (years(110) - years(100))
    assert left > 0.0
    assert result.paths.time[0, 0] == years(400) + left / 0.5
    assert result.paths.how[0, 0] == BYPASSED


def test_held_is_drawn_for_each_meeting() -> None:
    dates = tuple(range(10, 400, 10))
    result = run(model_of({"GRC": stance("blocks")}, [decision("in", held=0.8)], dates))
    key = draws.key(SEED, "held/in/council")
    held = [d for d in dates if draws.uniform(key, 0, day(d).toordinal()) < 0.8]
    passed = next(d for d in dates if d not in held)
    assert passed > 10
    assert result.paths.time[0, 0] == years(passed)
    outcomes = [h.after for h in told(result, "meeting") if h.cause["due"]]
    assert outcomes == ["held"] * (passed // 10 - 1) + ["passed"]


def test_who_blocks_and_why() -> None:
    objection = chain(["none", "raised"], "raised")
    voters = {
        "GRC": {"stance": stance("blocks"), "objection": objection},
        "ROU": {"stance": stance("acquiesces"), "objection": objection},
        "SVK": stance("acquiesces"),
        "BIH": stance("blocks"),
    }
    events = [{"on": day(25), "voter": "BIH", "joins": True}]
    ladder = [decision(needs={"stance": "acquiesces"}, unless={"objection": "raised"}, rule={"all_but": 1})]
    result = run(model_of(voters, ladder, (10, 40), members=["GRC", "ROU", "SVK"], events=events))
    first, second = (h.cause for h in told(result, "meeting"))
    assert first["blockers"] == {
        "GRC": {"GRC.stance": "blocks", "GRC.objection": "raised"},
        "ROU": {"ROU.objection": "raised"},
    }
    assert (first["members"], first["required"]) == (["GRC", "ROU", "SVK"], 2)
    assert second["blockers"]["BIH"] == {"BIH.stance": "blocks"}
    assert second["required"] == 3
    assert result.paths.blockers[0, 0].tolist() == [0b1011]
    assert result.paths.blocked[0].sum(axis=0).tolist() == [2, 2, 0, 1]


def test_a_fifth_holdout_that_joins_blocks_from_then_on() -> None:
    voters = {"FRA": stance("recognises"), "BIH": stance("acquiesces")}
    ladder = [decision("in", needs={"stance": "recognises"}), decision("on", needs={"stance": "recognises"})]
    events = [{"on": day(15), "voter": "BIH", "joins": True}]
    result = run(model_of(voters, ladder, (10, 20, 30), members=["FRA"], events=events))
    assert result.paths.time[0].tolist() == [years(10), math.inf]
    assert result.paths.blockers[0, :, 0].tolist() == [0, 0b10]


def test_why_a_step_is_not_due() -> None:
    ladder = [
        decision("in", when={"north": "calm"}),
        decision("on", meetings=["summit"]),
        {"step": "talks", "kind": "wait", "law": {"fixed": 20}},
    ]
    events = [{"on": day(15), "chain": "north", "state": "calm"}]
    north = {"north": chain(["calm", "crisis"], "crisis")}
    result = run(
        model_of(
            {"GRC": stance("blocks")}, ladder, (10, 20, 30, 50, 80), chains=north, events=events,
            calendar={"summit": [40], "elections": [12]},
        )
    )  # fmt: skip
    idle = [(h.date, h.cause["why"]) for h in told(result, "meeting") if not h.cause["due"]]
    assert idle == [
        (day(10).isoformat(), "conditions"),
        (day(30).isoformat(), "not decided at these meetings"),
        (day(50).isoformat(), "not for the Council to decide"),
        (day(80).isoformat(), "no step left"),
    ]
    assert told(result, "meeting")[0].cause["failed"] == {"north": "crisis"}


def test_the_last_to_move_is_the_latest_rise_and_the_first_of_equals() -> None:
    voters = {code: stance("blocks") for code in ("GRC", "ROU", "SVK", "ESP")}
    rises = (("ESP", 10), ("GRC", 20), ("SVK", 30), ("ROU", 30))
    events = [{"on": day(d), "voter": code, "stance": "recognises"} for code, d in rises]
    model = model_of(voters, meetings=(40,), events=events)
    assert run(model).paths.last_to_move.tolist() == [1]
    again = [
        {"on": day(35), "voter": "ESP", "stance": "acquiesces"},
        {"on": day(36), "voter": "ESP", "stance": "recognises"},
    ]
    assert run(model_of(voters, meetings=(40,), events=events + again)).paths.last_to_move.tolist() == [3]
    waived = [decision(needs={"stance": "recognises"}, waived=1.0)]
    assert run(model_of(voters, waived, (40,), events=events)).paths.last_to_move.tolist() == [-1]


def test_a_rise_above_what_is_needed_is_no_rise_to_it() -> None:
    rises = ((10, "GRC", "acquiesces"), (20, "ROU", "acquiesces"), (30, "GRC", "recognises"))
    events = [{"on": day(d), "voter": code, "stance": state} for d, code, state in rises]
    voters = {"GRC": stance("blocks"), "ROU": stance("blocks")}
    ladder = [decision(needs={"stance": "acquiesces"})]
    assert run(model_of(voters, ladder, (40,), events=events)).paths.last_to_move.tolist() == [1]


# --- ratification -----------------------------------------------------------------------------------------

CAPITALS = {
    code: {"stance": stance("blocks"), "ratification": {"law": {"fixed": days}}}
    for code, days in (("GRC", 10), ("ROU", 30), ("SVK", 30), ("ESP", 20))
}


def ratified(**more: Any) -> Replay:
    return run(model_of(CAPITALS, [{"step": "in", "kind": "ratification", **more}]))


def test_the_last_capital_decides_and_then_the_lag() -> None:
    result = ratified(lag={"fixed": 14})
    assert result.paths.time[0, 0] == 0.0 + (30.0 + 14.0) / 365.25
    assert result.paths.last_to_ratify.tolist() == [1], "the first of two equals"
    assert told(result, "ratification")[0].cause["days"] == {
        "GRC": 10.0,
        "ROU": 30.0,
        "SVK": 30.0,
        "ESP": 20.0,
    }


def test_fewer_capitals_may_be_enough_or_none() -> None:
    two = ratified(rule={"share": "1/2"})
    assert (two.paths.time[0, 0], two.paths.last_to_ratify[0]) == (20 / 365.25, 3)
    none = ratified(rule={"all_but": 9})
    assert (none.paths.time[0, 0], none.paths.last_to_ratify[0]) == (0.0, -1)


def test_longest_and_lag_are_added_as_days() -> None:
    lags = (lag / 10 for lag in range(1, 1000))
    lag = next(lag for lag in lags if (30.0 + lag) / 365.25 != 30.0 / 365.25 + lag / 365.25)
    assert ratified(lag={"fixed": lag}).paths.time[0, 0] == (30.0 + lag) / 365.25


def test_a_ratification_that_needs_nobody_has_no_last_capital_of_its_own() -> None:
    ladder = [
        {"step": "in", "kind": "ratification"},
        {"step": "on", "kind": "ratification", "rule": {"all_but": 9}},
    ]
    result = run(model_of(CAPITALS, ladder))
    assert result.paths.time[0].tolist() == [30 / 365.25, 30 / 365.25]
    assert result.paths.last_to_ratify.tolist() == [1]


def test_obstruction_replaces_one_length() -> None:
    by = {"ESP": 0.25, "FRA": 0.25, "others": "rest"}
    obstruction = {"probability": 1.0, "by": {**by}, "law": {"fixed": 400}}
    voters = {**CAPITALS, "FRA": CAPITALS["GRC"]}
    step = {"step": "in", "kind": "ratification", "obstruction": obstruction}
    model = model_of(voters, [step], members=list(CAPITALS))
    seen = set()
    for trajectory in range(30):
        who = draws.uniforms(draws.key(SEED, "obstruction/in"), trajectory, 0, 0)[1]
        # FRA is absent: what is left is 1/6 each for the three others and 1/4 for ESP, of 3/4
        expected = CAPITALS_ORDER[np.searchsorted(np.cumsum([1 / 6, 1 / 6, 1 / 6, 1 / 4]), who * 0.75)]
        result = run(model, trajectory)
        seen.add(expected)
        assert told(result, "obstruction")[0].subject == expected
        assert told(result, "ratification")[0].cause["days"][expected] == 400.0
        assert result.paths.last_to_ratify[0] == CAPITALS_ORDER.index(expected)
        assert result.paths.time[0, 0] == 400 / 365.25
    assert seen == set(CAPITALS)


CAPITALS_ORDER = list(CAPITALS)


def test_a_ratification_beyond_the_horizon_has_no_last_capital() -> None:
    result = run(model_of(CAPITALS, [{"step": "in", "kind": "ratification"}], horizon=29))
    assert (result.paths.time[0, 0], result.paths.last_to_ratify[0]) == (math.inf, -1)
    assert "ends after the horizon" in story(model_of(CAPITALS, horizon=29), result)


# --- the whole ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tour() -> Model:
    return compile_scenario(builtin("grammar-tour"))


def test_replays_are_the_rows_of_a_simulation(tour: Model) -> None:
    worlds = draw_worlds(tour, SEED, 4)
    paths = simulate(tour, worlds, SEED, 12)
    assert len(paths) == 12
    rows = [replay(tour, worlds, SEED, i).paths for i in range(12)]
    for name, values in vars(paths).items():
        parts = [getattr(row, name) for row in rows]
        together = np.sum(parts, axis=0) if name in ("due", "blocked") else np.concatenate(parts)
        assert together.dtype == values.dtype
        np.testing.assert_array_equal(together, values, err_msg=name)
    assert np.isfinite(paths.time).any()


def test_causes_are_plain_data_from_which_a_rate_can_be_worked_out(tour: Model) -> None:
    worlds = draw_worlds(tour, SEED, 4)
    scaled = 0
    for trajectory in range(12):
        log = replay(tour, worlds, SEED, trajectory).log
        data = [[h.time, h.kind, h.subject, h.before, h.after, h.cause] for h in log]
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        states = dict(log[0].cause["chains"])
        assert [h.time for h in log] == sorted(h.time for h in log)
        for h in log:
            if h.kind == "move":
                rate = h.cause["base_rate"]
                for factor in h.cause["factors"]:
                    assert states[factor["chain"]] == factor["state"]
                    rate *= factor["factor"]
                    scaled += 1
                assert 0.0 < rate == h.cause["rate"] <= h.cause["total_rate"]
                assert all(states[name] == state for name, state in h.cause["when"].items())
            if h.subject in states:
                assert states[h.subject] == h.before
                states[h.subject] = h.after
            if h.kind in ("step", "waived", "bypassed"):
                assert states["ladder"] == h.before
                states["ladder"] = h.after
        assert log[-1].cause["chains"] == states
    assert scaled > 0


def test_the_baseline_as_a_story() -> None:
    model = compile_scenario(builtin("baseline"))
    result = run(model, 1, 1000)
    text = story(model, result)
    assert "%" not in text
    assert "Greece" in text
    assert "GRC" not in text
    assert max(map(len, text.splitlines())) <= 100
    for h in told(result, "move"):
        assert h.time <= model.horizon_years


def test_the_story_sums_up_meetings_that_could_not_pass() -> None:
    objection = chain(["none", "raised"], "none")
    voters = {
        "ESP": stance("blocks"),
        "ROU": stance("blocks", ("blocks", "recognises", 0.0)),
        "TUR": {"stance": stance("recognises"), "objection": objection},
    }
    events = [
        {"on": day(35), "voter": "TUR", "objection": "raised"},
        {"on": day(45), "voter": "TUR", "objection": "none"},
        {"on": day(65), "voter": "ROU", "stance": "recognises"},
    ]
    ladder = [decision("pfp", needs={"stance": "recognises"}, unless={"objection": "raised"})]
    model = model_of(voters, ladder, tuple(range(10, 100, 10)), events=events, horizon=100)
    text = " ".join(story(model, run(model)).split())
    blockers = "Spain, Romania and Türkiye (objection raised, at 1 of them)"
    assert f"2030-01-11 6 meetings to 2030-03: pfp blocked by {blockers}" in text
    assert "2030-03-07 Romania: from blocks to recognises (set by the scenario)" in text
    assert "2030-03-12 3 meetings to 2030-04: pfp blocked by Spain" in text
    assert "not reached within the horizon, 2030-04-11: pfp" in text


def test_the_verb_prints_data_that_reads_back_to_the_bit(
    capsys: pytest.CaptureFixture[str], tour: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # whatever terminal the tests were started from
    replay_command("grammar-tour", seed=SEED, trajectory=5, worlds=100, as_json=True)
    data = json.loads(capsys.readouterr().out)
    result = replay(tour, draw_worlds(tour, SEED, 100), SEED, 5)
    assert [h["time"] for h in data["happenings"]] == [h.time for h in result.log]
    times = [math.inf if step["years"] is None else step["years"] for step in data["steps"].values()]
    assert times == result.paths.time[0].tolist()
    assert data["world"] == 5
    replay_command("grammar-tour", seed=SEED, trajectory=5, worlds=100)
    assert capsys.readouterr().out == story(tour, result)


def test_numbers_out_of_range_are_refused(tour: Model) -> None:
    for wrong in ({"trajectory": -1}, {"worlds": 0}, {"worlds": 1}, {"worlds": 99}, {"seed": -1}):
        with pytest.raises(AccessionError, match=r"allowed|at least 100"):
            replay_command("grammar-tour", **wrong)
    with pytest.raises(AccessionError, match="allowed"):
        replay(tour, draw_worlds(tour, SEED, 1), SEED, -1)


def test_everybody_is_a_process() -> None:
    model = model_of(
        {"GRC": stance("blocks"), "ROU": stance("blocks")}, chains={"north": chain(["calm"], "calm")}
    )
    assert Parts(model).chains_of == ((0,), (1,), (2,))
    assert Agent.__abstractmethods__ == {"look", "minds", "next"}


def test_parts_are_looked_up_once_while_their_model_is_there() -> None:
    model = model_of({"GRC": stance("blocks")})
    known, parts = len(parts_module._KNOWN), Parts.of(model)
    assert Parts.of(model) is parts
    assert Parts.of(replace(model, title="Another")) is not parts
    assert parts.tilt is None
    del model
    gc.collect()
    assert len(parts_module._KNOWN) == known


def test_the_engine_is_independent_of_the_compiled_one(checkout: Path) -> None:
    allowed = {"sim.base.errors", "sim.engines.paths", "sim.model"}
    allowed |= {f"sim.model.{name}" for name in ("model", "pieces", "worlds")}
    modules = {path.stem: path for path in (checkout / "sim" / "engines" / "replay").glob("*.py")}
    del modules["story"]  # which tells what the engine has done, and names countries
    assert len(modules) == 7
    for path in modules.values():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "sim":
                if not node.module.startswith("sim.engines.replay."):
                    assert node.module in allowed, path
                if node.module == "sim.model":
                    assert {alias.name for alias in node.names} <= {"draws", "rules"}, path
            elif isinstance(node, ast.Import):
                assert not any(alias.name.split(".")[0] == "sim" for alias in node.names)
