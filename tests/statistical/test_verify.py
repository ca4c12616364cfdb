"""The engines held against one another: agreement is found, and so is a rate that is wrong by 2 %.

False alarms: ``verify`` marks a number at a level that makes an alarm on engines that agree less likely than
1e-4 for each call; the seeds are fixed, and none of the calls here alarms. The law of the p-value itself is
tested against sums worked out by hand, without chance.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.base.errors import AccessionError, ModelError
from sim.base.records import typed
from sim.commands.verify import tell, verify_command
from sim.engines import exact, montecarlo, replay
from sim.engines.paths import Paths
from sim.estimates.binomials import p_value
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import Worlds, draw_worlds, world_starts
from sim.scenario.load import load_scenario, load_text
from sim.studies import verify as study
from sim.studies.options import Sampling
from sim.studies.verify import FALSE_ALARM, BesideExact, VerifyAnswer, beside_exact, verify
from tests.two_holdouts import split

SEED = 11
SMALL = """\
schema: 1
title: Four and a settlement
question: Is a rate that is wrong by 2 % found?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2037-01-02
members: [GRC, ROU, SVK, ESP]
chains:
  settlement: {states: [none, comprehensive], start: none, moves: [{from: none, to: comprehensive, rate: 0.07}]}
voters:
  everyone:
    stance:
      states: [blocks, acquiesces, recognises]
      start: acquiesces
      moves:
        - {name: slow, from: acquiesces, to: recognises, rate: 0.15, when: {settlement: none}}
        - {name: fast, from: acquiesces, to: recognises, rate: 1.1, when: {settlement: comprehensive}}
    objection:
      states: [none, raised]
      start: none
      moves: [{from: none, to: raised, rate: 0.2}, {from: raised, to: none, rate: 0.5}]
ladder:
  - {step: pfp, kind: decision, meetings: [council], unless: {objection: raised}, bypass: 0.11}
  - {step: entry, kind: decision, meetings: [council], needs: {stance: recognises}}
calendar: {council: {then: {every: 1 year, from: 2028-01-01}}}
"""


@pytest.fixture(scope="module")
def small() -> Model:
    return compile_scenario(load_text(SMALL, "small"))


def altered(model: Model, worlds: Worlds, slot: int, factor: float) -> Worlds:
    values = worlds.values.copy()
    values[:, slot] *= factor
    return replace(worlds, values=values)


# --- power ------------------------------------------------------------------------------------------------

FACTOR, POWER = 1.02, 0.999
FOUR_MILLION, MILLION = 4_000_000, 1_000_000
RATES = (0.07, 0.15, 1.1, 0.2, 0.5, 0.11)


def power(model: Model, slot: int, n: int) -> float:
    """Chance that the sharpest of the compared numbers alone is rejected, where the rate is altered."""
    made, worlds = exact.Solver(model), draw_worlds(model, SEED, 1)
    right = made.solve(worlds.values[0]).probability.ravel()
    wrong = made.solve(altered(model, worlds, slot, FACTOR).values[0]).probability.ravel()
    level = FALSE_ALARM / len(right)
    found = []
    for p, truth in zip(right, wrong, strict=True):
        low = stats.binom.ppf(level / 2, n, p) - 1
        high = stats.binom.isf(level / 2, n, p) + 1
        law = stats.binom(n, truth)
        found.append(float(law.cdf(low) + law.sf(high)))
    return max(found)


@pytest.mark.parametrize("rate", RATES)
def test_every_rate_has_power(small: Model, rate: float) -> None:
    """Four million trajectories tell any rate of this model from one 2 % higher, with a chance above 0.999."""
    numbers = draw_worlds(small, SEED, 1).values[0]
    assert power(small, int(np.flatnonzero(numbers == rate)[0]), FOUR_MILLION) > POWER


@pytest.mark.parametrize("rate", [0.07, 0.15])
def test_a_rate_altered_by_two_per_cent_is_rejected(small: Model, rate: float) -> None:
    """In the numbers of the Monte Carlo engine alone. For these two a million is enough."""
    worlds = draw_worlds(small, SEED, 1)
    slot = int(np.flatnonzero(worlds.values[0] == rate)[0])
    assert power(small, slot, MILLION) > POWER
    wrong_worlds = altered(small, worlds, slot, FACTOR)
    assert not beside_exact(exact.Solver(small), worlds, wrong_worlds, SEED, MILLION).agrees


def test_the_rates_as_they_are_are_not_rejected(small: Model) -> None:
    worlds = draw_worlds(small, SEED, 1)
    right = beside_exact(exact.Solver(small), worlds, worlds, SEED, MILLION)
    assert right.agrees
    assert right.table()["p_value"].min() > 1e-3


def test_what_is_found_is_what_the_power_says(small: Model) -> None:
    """The sharpest number finds its relative error, by exact tails, with a chance close to the stated 0.99."""
    worlds = draw_worlds(small, SEED, 1)
    n = 100_000
    found = beside_exact(exact.Solver(small), worlds, worlds, SEED, n)
    best = found.finds
    assert best is not None
    (row,) = [number for number in found.numbers if (number.step, number.date) == (best.step, best.date)]
    truth = row.exact * (1 + best.relative_error)
    high = stats.binom.isf(found.level / 2, n, row.exact)
    assert stats.binom.sf(high, n, truth) == pytest.approx(0.99, abs=0.01)


# --- the p-value --------------------------------------------------------------------------------------------


def test_p_values_of_one_world_are_binomial_tails() -> None:
    for seen in (0, 3, 10, 17, 40):
        law = stats.binom(100, 0.1)
        expected = min(1.0, 2 * min(law.cdf(seen), law.sf(seen - 1)))
        assert p_value(seen, np.array([100]), np.array([0.1])) == pytest.approx(expected)


@pytest.mark.parametrize("chances", [(0.1, 0.1, 0.1), (0.5, 0.5, 0.0), (0.01, 0.4, 0.9), (1.0, 0.0, 1e-6)])
def test_p_values_of_several_worlds_are_tails_of_the_sum(chances: tuple[float, ...]) -> None:
    totals = np.array([60, 59, 59])
    law = np.ones(1)
    for n, p in zip(totals, chances, strict=True):
        law = np.convolve(law, stats.binom(n, p).pmf(np.arange(n + 1)))
    for seen in range(len(law)):
        expected = min(1.0, 2 * min(law[: seen + 1].sum(), law[seen:].sum()))
        assert p_value(seen, totals, np.array(chances)) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_error_of_the_exact_engine_counts_for_agreement() -> None:
    one = np.array([1000])
    assert p_value(1, one, np.array([0.0])) == 0
    assert p_value(1, one, np.array([0.0]), error=1e-4) > 0.1
    assert p_value(600, one, np.array([0.5]), error=0.1) == 1


# --- the whole --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tour() -> study.Verification:
    """The grammar tour has a start and parameters that are drawn for each world, a bypass, joins, all rules."""
    return verify("grammar-tour", Sampling(trajectories=40_000, worlds=2, seed=SEED), replayed=50)


def test_worlds_are_compared_each_with_its_own_start(tour: study.Verification) -> None:
    result, found = tour, tour.answer.exact
    assert result.answer.agrees
    assert isinstance(found, BesideExact)
    assert result.answer.replay.differences == ()
    table = found.table()
    assert list(table.columns) == ["step", "date", "exact", "montecarlo", "z", "p_value", "disagrees"]
    assert len(table) == 6 * 16  # a substitute for the first step is compared, too
    assert found.level == pytest.approx(1e-4 / 96)
    assert table["z"].abs().max() < 6


def test_the_start_of_a_world_is_that_of_the_monte_carlo_engine() -> None:
    model = compile_scenario(load_scenario("grammar-tour"))
    worlds = draw_worlds(model, SEED, 30)
    chain = model.chain_names.index("GRC.stance")
    starts = {world_starts(model, worlds, SEED, world)[chain] for world in range(30)}
    assert starts == {0, 1}
    for world in range(30):
        told = replay.replay(model, worlds, SEED, world).log[0].cause["chains"]["GRC.stance"]
        assert told == model.state_names[chain][world_starts(model, worlds, SEED, world)[chain]]


def test_a_refused_model_is_compared_with_the_replay_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(verify("grammar-tour", Sampling(trajectories=1000, worlds=5), replayed=20, bound=1000)) == 0
    said = capsys.readouterr().out
    assert re.search(r"not compared\.\n  the exact engine would need at least [\d,]+ joint states", said)
    assert "every bit of every column is the same" in said
    assert "no disagreement found" in said


def test_one_screen_and_json(tour: study.Verification, capsys: pytest.CaptureFixture[str]) -> None:
    result = tour
    assert tell(result) == 0
    said = capsys.readouterr().out
    assert len(said.splitlines()) < 40
    assert max(map(len, said.splitlines())) <= 80
    assert "96 numbers compared; disagreements (p-value below 1.0e-06): 0." in said
    assert "the chance that any number is marked is at most 0.0001" in said
    assert tell(result, as_json=True) == 0
    data = json.loads(capsys.readouterr().out)
    assert typed(VerifyAnswer, data) == result.answer
    assert data["agrees"] is True
    assert (
        data["exact"]["joint_states"] == exact.Solver(compile_scenario(load_scenario("grammar-tour"))).states
    )
    assert data["exact"]["false_alarm"] == 1e-4
    assert len(data["exact"]["numbers"]) == 96
    assert data["replay"] == {"trajectories": 50, "differences": []}


def test_a_disagreement_is_shown_and_ends_with_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both ways to disagree: another rate in one engine, and one bit of one number in another."""
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, "utf-8")
    honest, told = montecarlo.blocks, replay.simulate

    def wrong_blocks(model: Model, worlds: Worlds, *rest: object, **named: object) -> object:
        slot = int(np.flatnonzero(worlds.values[0] == 0.15)[0])
        return honest(model, altered(model, worlds, slot, 1.2), *rest, **named)  # type: ignore[arg-type]

    def wrong_bit(*arguments: object) -> Paths:
        paths = told(*arguments)  # type: ignore[arg-type]
        time = paths.time.copy()
        row = int(np.flatnonzero(np.isfinite(time[:, 0]))[3])
        time[row, 0] = np.nextafter(time[row, 0], 99)
        return replace(paths, time=time)

    monkeypatch.setattr(study.montecarlo, "blocks", wrong_blocks)
    assert tell(verify(file, Sampling(trajectories=200_000), replayed=60)) == 1
    said = capsys.readouterr().out
    assert "THE ENGINES DISAGREE" in said
    assert "  disagrees" in said
    monkeypatch.setattr(study.montecarlo, "blocks", honest)
    monkeypatch.setattr(study.replay, "simulate", wrong_bit)
    assert tell(verify(file, Sampling(trajectories=20_000), replayed=60)) == 1
    assert re.search(r"time differs, first in trajectory \d+\.", capsys.readouterr().out)


def _verified(asked: dict[str, int]) -> None:
    options, rest = split(asked)
    verify("grammar-tour", options, **rest)


@pytest.mark.parametrize(
    ("option", "value"), [("worlds", 0), ("trajectories", 3), ("replayed", 0), ("bound", 0)]
)
def test_bad_numbers_name_the_option(option: str, value: int) -> None:
    with pytest.raises(ModelError, match=f"^{option} {value}: allowed: ") as error:
        _verified({option: value})
    assert error.value.on_command_line().startswith(f"--{option} {value}: allowed: ")
    with pytest.raises(AccessionError):
        verify_command("nowhere")
