"""What cannot matter does not: threads, blocks, order, company, hash seeds. What is shared stays shared."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engines import montecarlo, replay
from sim.engines.montecarlo.engine import simulate
from sim.engines.paths import Paths, concatenated
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import Worlds, draw_worlds
from sim.scenario.load import load_scenario
from sim.studies.prepare import paths_of, prepare
from tests.awkward import AWKWARD, load_awkward
from tests.bits import differences
from tests.commands import ran

SEED, WORLDS, N = 5, 40, 600
BY_ROW = ("trajectory", "world", "time", "how", "blockers", "last_to_move", "last_to_ratify", "watch")


def prepared(text: str, seed: int = SEED, worlds: int = WORLDS) -> tuple[Model, Worlds]:
    model = compile_scenario(load_awkward(text))
    return model, draw_worlds(model, seed, worlds)


@pytest.fixture(scope="module")
def awkward() -> tuple[Model, Worlds]:
    return prepared(AWKWARD)


@pytest.fixture(scope="module")
def whole(awkward: tuple[Model, Worlds]) -> Paths:
    return simulate(*awkward, SEED, N, threads=1)


def rows_differ(one: Paths, other: Paths) -> list[str]:
    """The columns of which rows differ in a bit."""
    return [name for name in BY_ROW if getattr(one, name).tobytes() != getattr(other, name).tobytes()]


def part(paths: Paths, rows: slice) -> Paths:
    cut = {name: getattr(paths, name)[rows] for name in BY_ROW}
    return Paths(**cut, due=paths.due, blocked=paths.blocked)


# --- one run --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("block", [1, 7, 4096])
def test_threads_and_blocks_do_not_matter(
    threads: int, block: int, awkward: tuple[Model, Worlds], whole: Paths
) -> None:
    assert differences(simulate(*awkward, SEED, N, threads=threads, block=block), whole) == []


@pytest.mark.parametrize("n", [1, 39, 40, 41, 500])
def test_the_first_trajectories_stay_when_there_are_more(
    n: int, awkward: tuple[Model, Worlds], whole: Paths
) -> None:
    assert rows_differ(simulate(*awkward, SEED, n), part(whole, slice(n))) == []


def test_blocks_come_in_order_whoever_is_done_first(awkward: tuple[Model, Worlds]) -> None:
    first = [
        int(paths.trajectory[0]) for paths in montecarlo.blocks(*awkward, SEED, range(N), threads=3, block=50)
    ]
    assert first == list(range(0, N, 50))


def test_any_trajectory_can_be_lived_alone(awkward: tuple[Model, Worlds], whole: Paths) -> None:
    for trajectory in [0, 1, 39, 40, 217, N - 1]:
        alone = replay.replay(*awkward, SEED, trajectory).paths
        assert rows_differ(alone, part(whole, slice(trajectory, trajectory + 1))) == []


def test_a_trajectory_lives_in_world_i_modulo_their_number(
    awkward: tuple[Model, Worlds], whole: Paths
) -> None:
    assert whole.world.tolist() == [i % WORLDS for i in range(N)]
    # the first trajectories are the same however many worlds there are
    model = awkward[0]
    more = simulate(model, draw_worlds(model, SEED, 3 * WORLDS), SEED, WORLDS)
    assert rows_differ(more, part(whole, slice(WORLDS))) == []


def test_running_twice_changes_nothing(awkward: tuple[Model, Worlds], whole: Paths) -> None:
    assert differences(simulate(*awkward, SEED, N), whole) == []
    assert differences(simulate(*prepared(AWKWARD), SEED, N), whole) == []


def test_two_seeds_differ(awkward: tuple[Model, Worlds], whole: Paths) -> None:
    model, worlds = awkward
    other = simulate(model, worlds, SEED + 1, N)
    # same worlds, other luck: hardly a first entry is the same, and no world is drawn as before
    both = np.isfinite(other.watch) & np.isfinite(whole.watch) & (whole.watch > 0.0) & (other.watch > 0.0)
    fixed = np.isin(whole.watch, model.agenda.time) | np.isin(other.watch, model.agenda.time)
    assert (both & ~fixed).sum() > 100
    assert not ((other.watch == whole.watch) & both & ~fixed).any()
    drawn = draw_worlds(model, SEED + 1, WORLDS).parameters
    assert not any((drawn[name] == worlds.parameters[name]).any() for name in drawn)


BYTES = """
import sys
from hashlib import blake2b
from sim.model.compiler import compile_scenario
from sim.engines import montecarlo, replay
from sim.scenario.load import load_scenario
from sim.model.worlds import draw_worlds
from tests.bits import COLUMNS
model = compile_scenario(load_scenario("grammar-tour"))
worlds = draw_worlds(model, 5, 30)
digest = blake2b(model.digest.encode() + worlds.values.tobytes(), digest_size=16)
for paths in (montecarlo.simulate(model, worlds, 5, 300), replay.simulate(model, worlds, 5, 20)):
    for name in COLUMNS:
        digest.update(getattr(paths, name).tobytes())
print(digest.hexdigest(), hash("a"))
"""


def test_the_seed_of_hashes_does_not_matter(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sets and dicts have another order of hashes in another process; the bytes are the same."""
    exec(BYTES, {})
    said = [capsys.readouterr().out.split()]
    done = ran([sys.executable, "-c", BYTES], cwd=checkout, env={"PYTHONHASHSEED": "4711"})
    said.append(done.stdout.split())
    assert len({digest for digest, _ in said}) == 1
    assert len({hashed for _, hashed in said}) == 2


# --- additions ------------------------------------------------------------------------------------------

Story = list[tuple[float, str, str, str]]


def stories(text: str, trajectories: int = 30) -> Iterator[tuple[Story, dict[str, float], dict[str, str]]]:
    """What happened to whom (meetings left out), the parameters, and how everything stood at the start."""
    model, worlds = prepared(text)
    kinds = ("move", "redraw", "event", "step", "waived", "bypassed", "wait", "obstruction")
    for trajectory in range(trajectories):
        log = replay.replay(model, worlds, SEED, trajectory).log
        told = [(h.time, h.subject, h.before, h.after) for h in log if h.kind in kinds]
        yield told, log[0].cause["parameters"], log[0].cause["chains"]


def changed(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, old + new)
    return text


CHAIN = (
    "\nchains:\n",
    "  weather: {states: [dry, wet], start: {wet: 0.5, dry: rest}, drawn_by: trajectory, never: 0.3,\n"
    "            moves: [{from: dry, to: wet, rate: 3}, {from: wet, to: dry, rate: 5}]}\n",
)
PARAMETER = (
    "\nparameters:\n",
    "  more: {prior: {uniform: {low: 0, high: 2}}, unit: factor, basis: judged, source: made up}\n",
)
CALENDAR = ("\ncalendar:\n", "  full_moons: {then: {every: 29 days, from: 2026-12-24}}\n")
OWN = ("\n  TUR:\n", "    tide: {states: [low, high], start: low, moves: [{from: low, to: high, rate: 1}]}\n")
FIRST_MEMBER = ("members: [", "ALB, ")
"""A voter who never blocks, first in the order, so that every other voter and its chains have new numbers."""


@pytest.mark.parametrize(
    "edits",
    [(CHAIN,), (PARAMETER,), (CALENDAR,), (OWN,), (CHAIN, PARAMETER, CALENDAR, OWN)],
    ids=["chain", "parameter", "calendar", "a voter's chain", "all of these"],
)
def test_what_is_added_does_not_shift_the_others(edits: tuple[tuple[str, str], ...]) -> None:
    new = {"weather", "TUR.tide"}
    for before, after in zip(stories(AWKWARD), stories(changed(AWKWARD, *edits)), strict=True):
        assert [entry for entry in after[0] if entry[1] not in new] == before[0]
        assert {name: value for name, value in after[1].items() if name != "more"} == before[1]
        assert {name: state for name, state in after[2].items() if name not in new} == before[2]


def test_a_voter_who_is_added_does_not_shift_the_others() -> None:
    """Only the ratification may end later: it waits for one more capital."""
    text = UPWARDS.replace("ESP: {value: 1,", "ESP: {value: 0.4,").replace(
        "GRC: {value: 1,", "GRC: {value: 0.6,"
    )
    longer = 0
    for before, after in zip(stories(text), stories(changed(text, FIRST_MEMBER)), strict=True):
        said = [[entry for entry in told[0] if entry[1] != "membership"] for told in (before, after)]
        assert said[0] == said[1]
        assert len(said[0]) > 4
        assert {c: state for c, state in after[2].items() if not c.startswith("ALB.")} == before[2]
        longer += after[0] != before[0]
    assert 0 < longer < 30


# --- shared luck ----------------------------------------------------------------------------------------

UPWARDS = """\
schema: 1
title: Upwards
question: Does a higher rate ever delay?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2046-12-01
members: [ESP, GRC, TUR]
parameters:
  rate_ESP: {value: 1, unit: per year, basis: judged, source: made up}
  rate_GRC: {value: 1, unit: per year, basis: judged, source: made up}
chains:
  north: {states: [calm, crisis], start: calm, moves: [{from: calm, to: crisis, rate: 0.5}]}
voters:
  everyone:
    stance: {states: [blocks, acquiesces, recognises], start: recognises}
    ratification: {law: {weibull: {shape: 1.5, scale: 200}}}
  ESP:
    stance:
      start: blocks
      moves:
        - from: blocks
          to: acquiesces
          rate: rate_ESP
          scaled_by: {peers: {recognises: 2}, north: {crisis: 1.5}}
        - {from: acquiesces, to: recognises, rate: rate_ESP, scaled_by: {peers: {recognises: 2}}}
  GRC:
    stance:
      start: blocks
      moves:
        - {from: blocks, to: acquiesces, rate: rate_GRC}
        - from: acquiesces
          to: recognises
          rate: rate_GRC
          scaled_by: {peers: {acquiesces: 1.5, recognises: 3}}
ladder:
  - {step: pfp, kind: decision, meetings: [council], needs: {stance: acquiesces}, held: 0.2}
  - {step: invitation, kind: decision, meetings: [council], needs: {stance: recognises}}
  - {step: membership, kind: ratification}
calendar:
  council: {then: {every: 3 months, from: 2026-12-01}}
"""


def upwards(rate_ESP: float, rate_GRC: float) -> tuple[Model, Worlds]:
    """One text, which is parsed once, with other rates."""
    rates = {"rate_ESP": rate_ESP, "rate_GRC": rate_GRC}
    model = compile_scenario(load_awkward(UPWARDS, overrides=rates))
    return model, draw_worlds(model, SEED, WORLDS)


@settings(max_examples=25)
@given(
    rates=st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)),
    more=st.tuples(st.floats(1.0, 4.0), st.floats(1.0, 4.0)),
)
def test_with_moves_up_only_a_higher_rate_never_delays(
    rates: tuple[float, float], more: tuple[float, float]
) -> None:
    slow, fast = upwards(*rates), upwards(rates[0] * more[0], rates[1] * more[1])
    later, sooner = simulate(*slow, SEED, 300), simulate(*fast, SEED, 300)
    # each meeting holds or passes a step by its own draw, so a step that comes up earlier passes no later
    assert (sooner.time <= later.time).all()


def test_scenarios_share_their_luck() -> None:
    """What two scenarios have in common happens in both on the same days."""
    base, other = (compile_scenario(load_scenario(name)) for name in ("baseline", "recognition-last"))
    one, two = (simulate(model, draw_worlds(model, 1, 200), 1, 400) for model in (base, other))
    settled = base.watch_names.index("settlement=comprehensive")
    assert one.watch[:, settled].tobytes() == two.watch[:, settled].tobytes()
    assert np.isfinite(one.watch[:, settled]).sum() > 50


def test_rates_of_a_world_are_learnt_once_in_a_block_and_change_no_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever has been looked up before, with large tables, small ones and none."""
    ready = prepare(load_awkward(), 100, 1)
    found = []
    for most in (0, 100, 50_000):
        monkeypatch.setattr("sim.engines.montecarlo.layout.MOST_RATES", most)
        found += [concatenated(list(paths_of(ready, 900, threads=1, block=size))) for size in (900, 250)]
    for other in found[1:]:
        assert differences(found[0], other) == []
