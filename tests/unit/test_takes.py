"""A file that takes some chains of its parent gets these, what they read and name, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.base.errors import ScenarioError
from sim.scenario.schema import ScenarioContent
from tests.unit.scenario_samples import TOUR, load

LADDER = "ladder: [{step: entry, kind: wait, law: {fixed: 9}}]\n"
VOTERS = "voters: {everyone: {stance: {states: [blocks, acquiesces, recognises], start: recognises}}}\n"


def taken(folder: Path, takes: str, rest: str = "") -> ScenarioContent:
    (folder / "tour.yaml").write_text(TOUR)
    text = f"schema: 1\nextends: tour.yaml\ntakes: {takes}\n{LADDER}{VOTERS}{rest}"
    content: ScenarioContent = load(text, folder).content
    return content


def test_what_is_taken_and_what_is_not(tmp_path: Path) -> None:
    made = taken(tmp_path, "[settlement]")
    assert list(made.chains) == ["settlement", "north", "washington"]  # the two that its move reads
    assert {"settlement_rate", "crisis_damping"} <= set(made.parameters)
    assert "recognition_rate" not in made.parameters
    assert set(made.calendar) == {"us_inaugurations"}
    assert [step.step for step in made.ladder] == ["entry"]
    assert all(list(voter.chains) == ["stance"] for voter in made.voters.values())
    assert [entry.chain for entry in made.watch] == ["settlement"]
    assert all(event.voter is None and not event.joins for event in made.events)


def test_a_voters_chain_comes_with_what_it_reads(tmp_path: Path) -> None:
    made = taken(tmp_path, "[GRC.stance]")
    assert set(made.chains) == {"settlement", "north", "washington"}
    assert list(made.voters["GRC"].chains) == ["stance", "government"]
    assert list(made.voters["ESP"].chains) == ["stance"]
    assert made.voters["ESP"].stance.start == "recognises"
    assert "objection" not in made.voters["GRC"].chains
    assert made.voters["GRC"].ratification is None


def test_a_parameter_that_only_the_file_names_comes_along(tmp_path: Path) -> None:
    chain = "chains: {other: {states: [a, b], start: a, moves: [{from: a, to: b, rate: recognition_rate}]}}\n"
    assert "recognition_rate" in taken(tmp_path, "[north]", chain).parameters


def test_a_chain_from_everyone(tmp_path: Path) -> None:
    made = taken(tmp_path, "[TUR.objection]")
    assert list(made.voters["TUR"].chains) == ["stance", "objection"]
    assert list(made.voters["ESP"].chains) == ["stance"]


@pytest.mark.parametrize(
    ("takes", "said"),
    [
        ("[setlement]", "the parent has no chain 'setlement'; did you mean 'settlement'?"),
        ("[GRC.stanze]", "the parent has no chain 'GRC.stanze'; did you mean 'GRC.stance'?"),
        ("[GRC.ratification]", "the parent has no chain 'GRC.ratification'"),
        ("settlement", "'settlement' is not a list"),
        ("[north, north]", "'north'"),
    ],
)
def test_what_is_not_there(tmp_path: Path, takes: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        taken(tmp_path, takes)
    (problem,) = caught.value.problems
    assert said in problem
    assert problem.startswith("test.yaml:3: takes")


def test_there_must_be_a_parent(tmp_path: Path) -> None:
    text = TOUR.replace("schema: 1\n", "schema: 1\ntakes: [north]\n", 1)
    with pytest.raises(ScenarioError, match="there is no parent to take it from"):
        load(text, tmp_path)
