"""In what two scenarios differ besides numbers: told by part, voters together, nothing where nothing differs."""

from __future__ import annotations

from dataclasses import replace

from sim.scenario.load import load_scenario, load_text
from sim.studies.otherwise import Structure, structure

BASE = load_scenario("status-quo").content
CHANGED = """\
schema: 1
title: Changed
question: What?
extends: status-quo
events:
  - {on: 2028-06-01, voter: GRC, stance: recognises}
  - {on: 2029-06-01, chain: settlement, state: comprehensive}
chains:
  north:
    moves: [{from: calm, to: crisis, rate: 0.5}]
ladder:
  - {step: pfp, held: 0.3}
"""


def test_the_same_differs_in_nothing() -> None:
    assert structure(BASE, BASE) == Structure()


def test_events_moves_and_steps_are_told() -> None:
    other = load_text(CHANGED).content
    found = structure(BASE, other)
    assert found.only_in_first == ()
    assert found.only_in_scenario[:2] == (
        "GRC: event on 2028-06-01, stance recognises",
        "event on 2029-06-01, chain settlement, state comprehensive",
    )
    assert any(line.startswith("step pfp, held: ") and line.endswith(" → 0.3") for line in found.different)
    assert any(
        "chain north, move" in line and "0.5" in line for line in found.different + found.only_in_scenario
    )
    back = structure(other, BASE)
    assert back.only_in_first == found.only_in_scenario
    assert len(back.different) == len(found.different)


def test_voters_that_differ_in_the_same_are_told_together() -> None:
    chains = {
        code: voter.model_copy(update={"stance": voter.stance.model_copy(update={"never": 0.125})})
        for code, voter in BASE.voters.items()
    }
    found = structure(BASE, BASE.model_copy(update={"voters": chains}))
    lines = [line for line in (*found.different, *found.only_in_scenario) if "stance, never" in line]
    assert len(lines) == 5
    assert lines[-1] == "ALB, BEL, BGR, CAN and 24 more: stance, never"
    assert replace(found, different=(), only_in_scenario=()) == Structure()
