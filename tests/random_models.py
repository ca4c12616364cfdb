"""Random small scenarios for Hypothesis, as plain data.

They are made to be awkward, not likely: few dates, so that events, redraws, meetings and ends of waits
coincide; rates so high that clocks fire within the instant in which they open; chains that read one another
and themselves; voters' chains that hide a chain of the world; voters who join late or never.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from sim.scenario.load import Scenario, load_scenario
from tests.awkward import beyond_bounds
from tests.unit.scenario_samples import FACTS

Tree = dict[str, Any]

START = date(2026, 12, 1)
STANCES = ["blocks", "acquiesces", "recognises"]
CODES = ["ESP", "GRC", "HUN", "TUR", "USA"]
JOINERS = ["BIH", "UKR"]
DAYS = [0, 1, 30, 30, 59, 90, 180, 365, 366, 500, 731, 1096, 1461]
"""Days after the start on which anything with a date happens."""
HORIZONS = [2200, 1461, 2922, 2200, 500]
AT_ONCE = 1e300
"""A rate at which a clock fires in the same instant of floating-point time."""

PARAMETERS = {
    "some_rate": {"prior": {"gamma": {"shape": 2, "rate": 2}}, "unit": "per year"},
    "some_share": {"prior": {"uniform": {"low": 0, "high": 1}}, "unit": "share"},
    "some_factor": {"prior": {"lognormal": {"median": 1.5, "sigma": 0.5}}, "unit": "factor"},
    "some_days": {"prior": {"triangular": {"low": 5, "mode": 40, "high": 300}}, "unit": "days"},
    "a_constant": {"value": 0.4, "unit": "factor"},
}


def loaded(tree: Tree) -> Scenario:
    """A tree through the real loader, but for the reading of YAML, which would take a third of a test."""
    with beyond_bounds():
        return load_scenario(tree, facts=FACTS)


def on(day: int) -> date:
    return START + timedelta(days=day)


# --- numbers --------------------------------------------------------------------------------------------

rates = st.sampled_from(
    [0.3, 1, 3, 3, 10, 0.05, "some_rate", "some_rate", ["some_rate", 2], ["a_constant", "some_factor", 3], 0]
)
probabilities = st.sampled_from([0.3, 0.5, "some_share", ["some_share", "a_constant"], 0.9, 0, 1])
factors = st.sampled_from([2, 0.25, "some_factor", "some_factor", ["some_factor", "a_constant"], 1, 0])
simple_laws = st.sampled_from([
    {"fixed": 30}, {"fixed": 335}, {"fixed": 0}, {"fixed": "some_days"},
    {"exponential": {"mean": "some_days"}},
    {"weibull": {"shape": 1.0, "scale": 100}}, {"weibull": {"shape": 0.8, "scale": "some_days"}},
    {"gamma": {"shape": 2, "scale": 60}}, {"gamma": {"shape": 0.5, "rate": 0.01}},
    {"lognormal": {"median": "some_days", "sigma": 0.7}},
    {"lognormal": {"median": 50, "sigma": "a_constant"}},
])  # fmt: skip
laws = st.one_of(
    simple_laws,
    simple_laws,
    st.builds(
        lambda a, b: {"mixture": [{"weight": "some_share", **a}, {"weight": "rest", **b}]},
        simple_laws,
        simple_laws,
    ),
)


def chance(draw: st.DrawFn, of: int, out_of: int) -> bool:
    """True in about ``of`` cases out of ``out_of``; the simplest example is False."""
    return draw(st.integers(0, out_of - 1)) >= out_of - of


def some(draw: st.DrawFn, things: list[str], least: int = 0, most: int = 9) -> list[str]:
    """Some of the things, in their order."""
    wanted = draw(st.sets(st.sampled_from(things), min_size=least, max_size=min(most, len(things))))
    return [thing for thing in things if thing in wanted]


def states_of(draw: st.DrawFn, states: list[str]) -> str | list[str]:
    """One state or some, as a condition names them."""
    chosen = some(draw, states, 1, max(1, len(states) - 1))
    return chosen[0] if len(chosen) == 1 and chance(draw, 1, 2) else chosen


def spread(draw: st.DrawFn, states: list[str]) -> Tree:
    """A distribution over some of the states."""
    named = some(draw, states, 2, 3) if len(states) > 1 else states
    share: Any = draw(st.sampled_from([0.5, 0.4, "some_share", ["some_share", 0.5], 0.2]))
    given: list[Any] = [share, "rest"] if len(named) == 2 else [0.3, "rest", 0.25]
    return dict(zip(named, given, strict=False)) if len(named) > 1 else {named[0]: 1}


# --- chains ---------------------------------------------------------------------------------------------


class Names:
    """What chains of one owner may read: name -> states."""

    def __init__(self, readable: dict[str, list[str]], stances: list[str] | None) -> None:
        self.readable, self.stances = readable, stances

    def of_the_world(self) -> list[str]:
        return [name for name in self.readable if name != "ladder"]

    def condition(self, draw: st.DrawFn, most: int = 2) -> Tree:
        names = some(draw, list(self.readable), 1, most)
        return {name: states_of(draw, self.readable[name]) for name in names}

    def scales(self, draw: st.DrawFn) -> Tree:
        said: Tree = {}
        for name in some(draw, list(self.readable), 0, 2):
            said[name] = {state: draw(factors) for state in some(draw, self.readable[name], 1, 2)}
        if self.stances is not None and chance(draw, 2, 5):
            said["peers"] = {state: draw(factors) for state in some(draw, self.stances, 1, 2)}
        return said


def moves_of(draw: st.DrawFn, states: list[str], names: Names, least: int) -> list[Tree]:
    """Moves up and back. Only upward ones may be made at once, or a clock could fire without end."""
    pairs = [(a, b) for a in range(len(states)) for b in range(len(states)) if a != b]
    made: list[Tree] = []
    for number in range(draw(st.integers(least, 3))):
        a, b = draw(st.sampled_from(pairs))
        rate: Any = AT_ONCE if a < b and chance(draw, 1, 8) else draw(rates)
        move: Tree = {"name": f"move{number}", "from": states[a], "to": states[b], "rate": rate}
        if not any((m["from"], m["to"]) == (states[a], states[b]) for m in made) and chance(draw, 1, 2):
            del move["name"]
        if chance(draw, 1, 2):
            move["when"] = names.condition(draw)
        if chance(draw, 1, 2) and (scales := names.scales(draw)):
            move["scaled_by"] = scales
        made.append(move)
    return made


def chain_of(draw: st.DrawFn, states: list[str], names: Names, calendars: list[str], least: int = 0) -> Tree:
    made: Tree = {"states": states, "start": states[0]}
    if chance(draw, 1, 3):
        made["start"] = spread(draw, states)
        if chance(draw, 1, 2):
            made["drawn_by"] = draw(st.sampled_from(["world", "trajectory"]))
    if chance(draw, 1, 5):
        made["never"] = draw(probabilities)
    if moves := moves_of(draw, states, names, least):
        made["moves"] = moves
    if chance(draw, 1, 4):
        made["redrawn"] = {"on": draw(st.sampled_from(calendars)), "to": spread(draw, states)}
    return made


# --- the ladder -----------------------------------------------------------------------------------------

rules = st.sampled_from(["consensus", {"all_but": 1}, {"share": "2/3"}, {"share": 0.5}, {"share": "1/3"}])


def decision(draw: st.DrawFn, step: str, names: Names, stances: list[str], calendars: list[str]) -> Tree:
    made: Tree = {"step": step, "kind": "decision", "meetings": some(draw, calendars, 1)}
    if chance(draw, 1, 4):
        made["when"] = names.condition(draw)
    if chance(draw, 5, 6):
        made["needs"] = {"stance": draw(st.sampled_from([*stances, stances[-1], stances[-2], stances[-1]]))}
    if chance(draw, 1, 2):
        made["unless"] = {"objection": draw(st.sampled_from(["raised", ["raised"], ["none", "raised"]]))}
        if made["unless"]["objection"] == ["none", "raised"] and chance(draw, 3, 4):
            made["unless"]["objection"] = "raised"
    if chance(draw, 1, 4) and (world := names.of_the_world()):
        awaited = draw(st.sampled_from(world))
        made["awaits"] = {awaited: states_of(draw, names.readable[awaited])}
    if chance(draw, 1, 2):
        made["rule"] = draw(rules)
    for key in ("held", "waived"):
        if chance(draw, 1, 3):
            made[key] = draw(probabilities)
    if chance(draw, 2, 5):
        made["bypass"] = AT_ONCE if chance(draw, 1, 8) else draw(rates)
        if chance(draw, 1, 4):
            made["meetings"] = []
    return made


def ratification(draw: st.DrawFn, step: str, codes: list[str]) -> Tree:
    made: Tree = {"step": step, "kind": "ratification"}
    if chance(draw, 1, 2):
        made["rule"] = draw(rules)
    if chance(draw, 1, 2):
        made["lag"] = draw(laws)
    if chance(draw, 2, 3):
        made["obstruction"] = {"probability": draw(probabilities), "law": draw(laws)}
        if chance(draw, 4, 5):
            named = some(draw, codes, 1, 2)
            by: Tree = dict.fromkeys(named, 0.3) | {"others": "rest"}
            if len(named) == len(codes):
                by = dict(zip(named, [0.3, "rest"], strict=False))
            made["obstruction"]["by"] = by
    return made


def ladder_of(
    draw: st.DrawFn,
    steps: list[str],
    names: Names,
    stances: list[str],
    codes: list[str],
    calendars: list[str],
) -> list[Tree]:
    made: list[Tree] = []
    for step in steps:
        kind = draw(st.sampled_from(["decision", "decision", "decision", "wait", "ratification"]))
        if kind == "decision":
            made.append(decision(draw, step, names, stances, calendars))
        elif kind == "wait":
            made.append({"step": step, "kind": "wait", "law": draw(laws)})
        else:
            made.append(ratification(draw, step, codes))
    return made


LASTED = 4
"""Days for which a first step may have been under way at the start: fewer than any fixed length but 0 has."""


def can_last(law: Tree) -> bool:
    return any(map(can_last, law["mixture"])) if "mixture" in law else law.get("fixed") != 0


def put_under_way(draw: st.DrawFn, step: Tree, voters: Tree, members: list[str], joiners: list[str]) -> None:
    """Lets the first step of a ladder, a wait or ratification, begin before the start."""
    if step["kind"] == "decision" or not chance(draw, 1, 2):
        return
    since = START - timedelta(days=LASTED)
    if step["kind"] == "wait":
        if can_last(step["law"]):
            step["since"] = since
        return
    laws_of = [voter["ratification"]["law"] for voter in voters.values() if "ratification" in voter]
    laws_of += [
        step[key] if key == "lag" else step[key]["law"] for key in ("lag", "obstruction") if key in step
    ]
    consensus = step.get("rule", "consensus") == "consensus"
    if all(map(can_last, laws_of)) and (consensus or not joiners):
        left = some(draw, members, 0 if "lag" in step else 1) if consensus else members
        step |= {"since": since, "outstanding": left}


# --- dates ----------------------------------------------------------------------------------------------


def calendar_of(draw: st.DrawFn) -> Tree:
    days = sorted(
        draw(st.sets(st.sampled_from([0, *DAYS] if chance(draw, 1, 3) else DAYS[4:]), min_size=1, max_size=4))
    )
    made: Tree = {"dates": [on(day) for day in days]}
    if chance(draw, 2, 3):
        made["then"] = {"every": draw(st.sampled_from(["6 months", "1 year", "90 days", "13 weeks"]))}
        if chance(draw, 1, 3):
            made["then"]["from"] = on(days[-1] + draw(st.sampled_from([0, 30, 59])))
    return made


def events_of(draw: st.DrawFn, world: Tree, voters: Tree, joiners: list[str], horizon: int) -> list[Tree]:
    days = st.sampled_from([day for day in [*DAYS, horizon] if day <= horizon])
    made = [{"on": on(draw(days)), "voter": code, "joins": True} for code in joiners]
    for _ in range(draw(st.integers(0, 3))):
        if world and chance(draw, 1, 2):
            name = draw(st.sampled_from(sorted(world)))
            state = draw(st.sampled_from(world[name]["states"]))
            made.append({"on": on(draw(days)), "chain": name, "state": state})
        else:
            code = draw(st.sampled_from(sorted(voters)))
            name = draw(st.sampled_from(sorted(voters[code])))
            made.append({
                "on": on(draw(days)), "voter": code, name: draw(st.sampled_from(voters[code][name])),
            })  # fmt: skip
    return draw(st.permutations(made)) if len(made) > 1 else made


def watch_of(draw: st.DrawFn, world: Tree, voters: Tree, steps: list[str]) -> list[Tree]:
    pairs = [("ladder", state) for state in ("start", *steps)]
    pairs += [(name, state) for name, chain in world.items() for state in chain["states"]]
    entries: list[Tree] = [{"chain": name, "state": state} for name, state in pairs]
    entries += [
        {"voter": code, name: state}
        for code, chains in voters.items() for name, states in chains.items() for state in states
    ]  # fmt: skip
    objections = [entry for entry in entries if "objection" in entry]
    return draw(
        st.lists(
            st.sampled_from(entries + 2 * objections),
            max_size=3,
            unique_by=lambda entry: tuple(entry.items()),
        )
    )


# --- a scenario -----------------------------------------------------------------------------------------


@st.composite
def scenarios(draw: st.DrawFn) -> Tree:
    """A valid scenario as plain data."""
    stances = STANCES if chance(draw, 2, 3) else ["blocks", "recognises"]
    members = CODES[: draw(st.integers(2, 5))]
    joiners = some(draw, JOINERS, 0, 2) if chance(draw, 1, 2) else []
    codes = [*members, *joiners]
    steps = ["pfp", "map", "invitation", "protocol", "membership"][: draw(st.integers(1, 5))]
    calendars = ["summit", "ministers", "elections"][: draw(st.integers(1, 3))]
    horizon = draw(st.sampled_from(HORIZONS))
    ladder_states = ["start", *steps]

    shapes = {
        name: ["low", "high"] if chance(draw, 1, 2) else ["low", "middle", "high"]
        for name in ["settlement", "north"][: draw(st.integers(0, 2))]
    }
    seen = Names({**shapes, "ladder": ladder_states}, None)
    world = {name: chain_of(draw, states, seen, calendars, 1) for name, states in shapes.items()}

    objects = chance(draw, 3, 4)
    # what every voter's chains may read; those of a single voter more
    common = {**seen.readable, "stance": stances}
    if objects:
        common["objection"] = ["none", "raised"]
    everyone: Tree = {
        "stance": {"states": stances, "start": stances[-1]},
        "ratification": {"law": draw(laws)},
    }
    if objects:
        # without anything that it reads, a chain that only meetings read: those are advanced lazily
        reading = Names(common if chance(draw, 1, 3) else {}, None)
        moves: list[Tree] = [
            {"from": "none", "to": "raised", "rate": draw(rates)},
            {"from": "raised", "to": "none", "rate": draw(rates)},
        ]
        if reading.readable and (scales := reading.scales(draw)):
            moves[0]["scaled_by"] = scales
        everyone["objection"] = {"states": ["none", "raised"], "start": "none", "moves": moves}

    voters: Tree = {"everyone": everyone}
    chains: Tree = {}
    for code in codes:
        chains[code] = {key: states for key, states in common.items() if key in ("stance", "objection")}
        own: Tree = {}
        names = dict(common)
        if chance(draw, 1, 2):
            # a government of its own, or a chain that hides the world's of the same name
            extra = draw(st.sampled_from(["government", *shapes]))
            names[extra] = chains[code][extra] = shapes.get(extra, ["same", "softer", "harder"])
            own[extra] = chain_of(draw, names[extra], Names(names, stances), calendars)
        if chance(draw, 3, 4):
            stance = chain_of(draw, stances, Names(names, stances), calendars, 1)
            if chance(draw, 4, 5):  # a way up, so that steps pass
                stance["moves"] += [
                    {"name": f"up{i}", "from": low, "to": high, "rate": draw(st.sampled_from([0.5, 1, 3]))}
                    for i, (low, high) in enumerate(pairwise(stances))
                ]
            del stance["states"]
            own["stance"] = stance
        if objects and chance(draw, 1, 5):
            own["objection"] = {"start": spread(draw, ["none", "raised"]), "never": draw(probabilities)}
        if chance(draw, 1, 3):
            own["ratification"] = {"law": draw(laws)}
        if own:
            voters[code] = own

    ladder = ladder_of(draw, steps, seen, stances, codes, calendars)
    put_under_way(draw, ladder[0], voters, members, joiners)
    for step in ladder:
        if not objects:
            step.pop("unless", None)
    made: Tree = {
        "schema": 1, "title": "Random", "question": "Do the engines agree?", "organisation": "NATO",
        "candidate": "XKX", "start": START, "horizon": on(horizon), "members": members,
        "peers_among": some(draw, codes, 1) if chance(draw, 1, 3) else [],
        "parameters": {k: {**v, "basis": "judged", "source": "made up"} for k, v in PARAMETERS.items()},
        "chains": world, "voters": voters, "ladder": ladder,
        "calendar": {name: calendar_of(draw) for name in calendars},
        "events": events_of(draw, world, chains, joiners, horizon),
        "watch": watch_of(draw, world, chains, steps),
    }  # fmt: skip
    return {key: value for key, value in made.items() if value not in ({}, [])}
