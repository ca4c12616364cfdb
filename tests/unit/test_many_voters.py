"""More voters than one word of 64 bits has: the same in both engines, in files, across threads and blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.base.errors import ScenarioError
from sim.engines import montecarlo, replay
from sim.engines.paths import Paths
from sim.facts.read import load_facts
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import Worlds, draw_worlds
from sim.report.page import write_report
from sim.results.files import read_summary
from sim.results.trajectories import to_table
from sim.scenario.load import load_scenario, load_text
from sim.studies.options import Options
from sim.studies.run import run
from tests.bits import differences

SEED, WORLDS, N = 3, 100, 300


def codes(voters: int) -> list[str]:
    """ISO codes in their order, without the candidate's."""
    return [code for code in sorted(load_facts().countries) if code != "XKX"][:voters]


def scenario(voters: int) -> str:
    """Everybody may object; the first, the 64th, the 65th and the last hold out; one more joins later."""
    *members, joiner = codes(voters)
    holdouts = "".join(
        f"  {members[at]}: {{stance: {{start: {{blocks: 0.6, recognises: rest}}, moves: [{{from: blocks, "
        "to: recognises, rate: speed, scaled_by: {peers: {recognises: 1.5}}}]}}\n"
        for at in sorted({0, min(63, voters - 2), min(64, voters - 2), voters - 2})
    )
    return f"""\
schema: 1
title: Many voters
question: Does the number of voters matter to the machine?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2036-12-01
members: [{", ".join(members)}]
parameters:
  speed: {{prior: {{gamma: {{shape: 4, rate: 10}}}}, unit: per year, basis: judged, source: made up}}
voters:
  everyone:
    stance: {{states: [blocks, recognises], start: recognises}}
    objection:
      states: [none, raised]
      start: none
      moves: [{{from: none, to: raised, rate: 0.02}}, {{from: raised, to: none, rate: 2}}]
    ratification: {{law: {{exponential: {{mean: 90}}}}}}
{holdouts}ladder:
  - {{step: pfp, kind: decision, meetings: [council], needs: {{stance: recognises}}, unless: {{objection: raised}}}}
  - step: membership
    kind: ratification
    obstruction: {{probability: 0.3, by: {{{members[-1]}: 0.5, others: rest}}, law: {{fixed: 400}}}}
calendar:
  council: {{then: {{every: 4 months, from: 2027-01-01}}}}
events:
  - {{on: 2029-01-01, voter: {joiner}, joins: true}}
watch: [{{voter: {members[-1]}, stance: recognises}}]
"""


def prepared(voters: int) -> tuple[Model, Worlds]:
    model = compile_scenario(load_text(scenario(voters), "many"))
    return model, draw_worlds(model, SEED, WORLDS)


@pytest.fixture(scope="module")
def hundred() -> tuple[Model, Worlds]:
    return prepared(100)


@pytest.fixture(scope="module")
def whole(hundred: tuple[Model, Worlds]) -> Paths:
    return montecarlo.simulate(*hundred, SEED, N, threads=1)


def test_both_engines_agree_to_the_bit(hundred: tuple[Model, Worlds], whole: Paths) -> None:
    assert hundred[0].n_voters == 100
    assert whole.blockers.shape == (N, 2, 2)
    assert differences(whole, replay.simulate(*hundred, SEED, N)) == []


def test_voters_of_every_word_block_move_and_ratify_last(whole: Paths) -> None:
    """The scenario does what it is for: without this, agreement would say little."""
    bits = np.unpackbits(whole.blockers[:, 0].view(np.uint8), axis=1, bitorder="little")
    assert bits[:, [0, 63, 64, 98]].any(axis=0).all()
    assert not bits[:, 100:].any()
    last = whole.last_to_ratify
    assert (last >= 64).any()
    assert ((last >= 0) & (last < 64)).any()
    assert (whole.last_to_move >= 64).any()
    assert (whole.blocked[0, :, 64:].sum(axis=1) > 0).any()


@pytest.mark.parametrize(("threads", "block"), [(2, 4096), (3, 7)])
def test_threads_and_blocks_do_not_matter(
    threads: int, block: int, hundred: tuple[Model, Worlds], whole: Paths
) -> None:
    assert differences(montecarlo.simulate(*hundred, SEED, N, threads=threads, block=block), whole) == []


def test_files_hold_every_voter(
    drawn_or_blank: bool, hundred: tuple[Model, Worlds], whole: Paths, tmp_path: Path
) -> None:
    model = hundred[0]
    file = tmp_path / "many.yaml"
    file.write_text(scenario(100))
    loaded = load_scenario(file)
    size = Options(trajectories=N, worlds=WORLDS, seed=SEED)
    for threads in (1, 2):
        report = write_report if threads == 1 else None
        run(loaded, replace(size, threads=threads), tmp_path / str(threads), report=report)
    run(loaded, replace(size, engine="replay"), tmp_path / "replay")
    for name in ("trajectories.parquet", "summary.json", "worlds.parquet", "times.parquet", "samples.json"):
        first = (tmp_path / "1" / name).read_bytes()
        assert (tmp_path / "2" / name).read_bytes() == first, name
        assert (tmp_path / "replay" / name).read_bytes() == first, name
    table = pq.read_table(tmp_path / "1" / "trajectories.parquet")
    expected = to_table(model, whole)
    assert table.cast(expected.schema).equals(expected)  # older readers widen the codes of a category
    for word, name in enumerate(["blockers_pfp", "blockers_pfp_2"]):
        assert np.array_equal(table[name].to_numpy(), whole.blockers[:, 0, word])
    # what the summary counts is what the bits say, voter by voter
    stuck = table["pfp"].is_null().to_numpy()
    assert stuck.sum() == read_summary(tmp_path / "1").blockers["pfp"].stuck > 0
    shares = read_summary(tmp_path / "1").blockers["pfp"].at_last_meeting
    for voter, code in enumerate(model.voter_names):
        words = table[f"blockers_pfp{'' if voter < 64 else '_2'}"].to_numpy()
        blocks = (words >> np.uint64(voter % 64)) & np.uint64(1)
        assert shares.get(code, 0.0) == blocks[stuck].sum() / stuck.sum()


def test_no_step_takes_the_name_of_a_further_column() -> None:
    renamed = {n: scenario(n).replace("step: membership", "step: pfp_2") for n in (64, 65)}
    assert compile_scenario(load_text(renamed[64], "many")).step_names == ("pfp", "pfp_2")
    with pytest.raises(
        ScenarioError, match="a step cannot be called 'pfp_2' beside 'pfp', whose column 'blockers_pfp_2' is"
    ):
        load_text(renamed[65], "many")


@pytest.mark.parametrize(
    "voters", [64, 65, 129, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in (63, 128, 249))]
)
def test_at_the_edges_of_words_both_engines_agree(voters: int) -> None:
    model, worlds = prepared(voters)
    fast = montecarlo.simulate(model, worlds, SEED, 60)
    assert fast.blockers.shape[2] == -(-voters // 64)
    assert differences(fast, replay.simulate(model, worlds, SEED, 60)) == []
    assert fast.blocked[0, :, [0, voters - 2]].sum(axis=1).all()  # the first and the last member
    bits = np.unpackbits(fast.blockers[:, 0].view(np.uint8), axis=1, bitorder="little")
    assert not bits[:, voters:].any()
