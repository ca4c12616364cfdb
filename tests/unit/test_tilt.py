"""Tilted rates: both engines weigh alike, nothing tilted changes nothing, and users are told what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from sim.base.errors import ModelError
from sim.engines import montecarlo, replay
from sim.engines.paths import Paths, TiltedPaths
from sim.estimates.weighed import _of_mean, _of_step, least_rates
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import Worlds, draw_worlds
from sim.report.page import write_report
from sim.report.screens.run import screen
from sim.scenario.load import load_scenario
from sim.studies.options import Options
from sim.studies.run import run
from tests.awkward import load_awkward
from tests.bits import differences

SEED, TRAJECTORIES, WORLDS = 5, 120, 100
LEAST = (0.1, 0.4, 2.0)


@cache
def told_of(name: str) -> tuple[Model, Worlds, NDArray[np.float64], Paths]:
    """A model, its worlds, least rates for about half of all moves, of every kind of chain, and the replay's paths."""
    model = compile_scenario(load_awkward() if name == "awkward" else load_scenario(name))
    worlds = draw_worlds(model, SEED, WORLDS if model.uncertain else 1)
    moves = np.random.default_rng(SEED)
    least = np.where(
        moves.random(len(model.moves.rate)) < 0.5, moves.choice(LEAST, len(model.moves.rate)), 0.0
    )
    return model, worlds, least, replay.simulate(model, worlds, SEED, TRAJECTORIES, tilt=least)


@pytest.mark.parametrize("name", ["awkward", "grammar-tour"])
@pytest.mark.parametrize("tables", ["looked up", "worked out"])
def test_the_engines_weigh_alike_to_the_bit(name: str, tables: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, worlds, least, told = told_of(name)
    if tables == "worked out":
        monkeypatch.setattr("sim.engines.montecarlo.layout.MOST_RATES", 0)
    fast = montecarlo.simulate(model, worlds, SEED, TRAJECTORIES, block=77, tilt=least)
    assert isinstance(fast, TiltedPaths)
    assert isinstance(told, TiltedPaths)
    assert differences(fast, told) == []
    assert fast.weights.tobytes() == told.weights.tobytes()
    assert fast.weights.shape == (TRAJECTORIES, 1 + model.n_steps + len(model.watch_names))
    assert len(np.unique(fast.weights[:, 0])) > TRAJECTORIES / 2
    reached = np.isfinite(np.concatenate([fast.time, fast.watch], axis=1))
    assert ((fast.weights[:, 1:] > 0) == reached).all()
    done = np.isfinite(fast.time[:, -1])
    assert done.any()
    assert (fast.weights[done, 0] == fast.weights[done, model.n_steps]).all()


def test_least_rates_that_are_low_enough_change_no_bit() -> None:
    model = compile_scenario(load_scenario("grammar-tour"))
    worlds = draw_worlds(model, SEED, WORLDS)
    plain = montecarlo.simulate(model, worlds, SEED, TRAJECTORIES)
    for least in (0.0, 1e-300):
        tilted = montecarlo.simulate(
            model, worlds, SEED, TRAJECTORIES, tilt=np.full(len(model.moves.rate), least)
        )
        assert isinstance(tilted, TiltedPaths)
        assert differences(plain, tilted) == []
        assert set(tilted.weights[:, 0].tolist()) == {1.0}
        assert set(tilted.weights.ravel().tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("tilt", "said"),
    [
        ("settlement_rat=1", "did you mean 'settlement_rate'"),
        ("settlement_rate", "NAME=RATE"),
        ("settlement_rate=-1", "above 0"),
        ("settlement_rate=inf", "above 0"),
    ],
)
def test_what_is_wrong_is_said(tilt: str, said: str) -> None:
    model = compile_scenario(load_scenario("baseline"))
    with pytest.raises(ModelError, match=said):
        least_rates(model, [tilt])


def test_the_moves_that_name_the_parameter_are_tilted() -> None:
    model = compile_scenario(load_scenario("baseline"))
    least = least_rates(model, ["recognition_rate=0.2"])
    assert {name for name, rate in zip(model.move_names, least, strict=True) if rate} == {
        "recognition", "recognition-at-once",
    }  # fmt: skip
    assert set(least.tolist()) == {0.0, 0.2}


@pytest.mark.parametrize(("option", "value"), [("precision", 0.01), ("variants", True), ("engine", "exact")])
def test_options_that_do_not_go_together(option: str, value: object) -> None:
    with pytest.raises(ModelError, match="tilt"):
        Options(tilt=("recognition_rate=0.2",), **{option: value})  # type: ignore[arg-type]


def test_files_and_summary_hold_the_weights(drawn_or_blank: bool, tmp_path: Path) -> None:
    size = Options(trajectories=2000, worlds=1000)
    tilted = replace(size, tilt=("recognition_rate=0.1",))
    result = run("no-settlement", tilted, tmp_path / "run", report=write_report)
    table = pq.read_table(tmp_path / "run" / "trajectories.parquet").to_pandas()
    worlds = pq.read_table(tmp_path / "run" / "worlds.parquet").to_pandas()
    assert [c for c in table if c.startswith("weight")][:3] == ["weight", "weight_pfp", "weight_map"]
    last = result.summary.milestones["pfp"].by[-1]
    itself = table["weight_pfp"].where(table["how_pfp"] != "bypassed", 0.0)
    share = itself.groupby(table["world"]).mean()
    assert last.probability == pytest.approx(share.mean(), rel=1e-12)
    assert last.mc_error == pytest.approx(share.std(ddof=1) / 1000**0.5, rel=1e-12)
    within = itself.groupby(table["world"]).var(ddof=1).mean() / 2 / 1000
    assert last.mc_error_within == pytest.approx(min(within**0.5, last.mc_error), rel=1e-9)
    assert worlds["probability_pfp"].to_numpy() == pytest.approx(share.to_numpy(), rel=1e-12)
    assert last.credible_90 is None
    assert result.summary.tilt is not None
    assert result.summary.tilt.mean_weight == pytest.approx(table["weight"].mean(), rel=1e-12)
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "binomial" in page
    assert "moves were simulated at recognition_rate=0.1 a year at least" in page
    assert "weighed for tilted rates (recognition_rate=0.1); Monte Carlo" in page  # under every figure
    plain = run("no-settlement", size, tmp_path / "plain")
    assert plain.summary.tilt is None
    columns = pq.read_schema(tmp_path / "plain" / "trajectories.parquet").names
    assert not [name for name in columns if name.startswith("weight")]


def test_a_run_that_is_tilted_too_strongly_says_so_everywhere(tmp_path: Path) -> None:
    strong = Options(trajectories=1000, worlds=1000, tilt=("recognition_rate=20",))
    result = run("no-settlement", strong, tmp_path / "run", report=write_report)
    assert result.summary.tilt is not None
    assert not result.summary.tilt.reliable
    assert "mean weight" in result.summary.tilt.doubts[0]
    stored = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))
    assert stored["tilt"]["reliable"] is False
    assert screen(result.summary).splitlines()[3].startswith("NOT RELIABLE: rates are tilted too strongly")
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert page.count("NOT RELIABLE") > 2


@pytest.mark.parametrize(
    ("mean", "error", "said"),
    [
        (1.0, 0.01, 0),
        (0.96, 0.001, 0),
        (0.7, 0.1, 0),
        (0.7, 0.05, 1),
        (1.5, 0.1, 1),
        (0.0, 0.0, 1),
        (float("inf"), 1.0, 1),
    ],
)
def test_a_mean_weight_may_be_off_by_its_error_or_by_little(mean: float, error: float, said: int) -> None:
    assert len(list(_of_mean(mean, error))) == said


@pytest.mark.parametrize(
    ("effective", "largest", "said"),
    [
        (25.0, 0.15, ""),
        (1e6, 0.16, "16 % of the squared error"),
        (24.0, 0.1, "than 24 traj"),
        (1.0, 1.0, "100 %"),
    ],
)
def test_what_an_estimate_rests_on(effective: float, largest: float, said: str) -> None:
    found = list(_of_step("entry", effective, largest))
    assert len(found) == bool(said)
    assert said in "".join(found)
