"""A substitute in place of a step is an outcome of its own in every estimate, and never counted as the step."""

from __future__ import annotations

from functools import cache
from math import exp, expm1
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.base.dates import years_between
from sim.engines import exact, montecarlo
from sim.engines.paths import Paths
from sim.engines.replay.engine import replay
from sim.engines.replay.story import country, story
from sim.estimates.outcomes import Outcomes
from sim.estimates.paired import Counts
from sim.estimates.solved import Solved
from sim.estimates.summary import Summary, summarise
from sim.estimates.tally import Tally
from sim.estimates.weighed import WeighedTally
from sim.history.forecast_log import Question, forecasts
from sim.model.compiler import compile_scenario
from sim.model.model import BYPASSED, HOW, Model
from sim.model.worlds import Worlds, draw_worlds
from sim.report.screens.run import screen
from sim.results.trajectories import read_times, read_worlds, write_bin_chances, write_worlds
from sim.scenario.load import load_text
from sim.scenario.names import parted, together
from sim.studies.compare import compare
from sim.studies.options import Sampling
from sim.studies.prepare import prepare
from sim.studies.samples import samples
from sim.studies.together import counted
from sim.studies.verify import beside_exact

HEAD = """
schema: 1
title: Two ways in
question: Is a substitute the thing itself?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2033-01-01
members: [GRC, ESP]
voters: {everyone: {stance: {states: [blocks, recognises], start: recognises}}}
"""
TWO = (
    HEAD
    + """
ladder:
  - {step: pfp, kind: decision, meetings: [council], needs: {stance: recognises}, held: 0.5, bypass: 0.2}
  - {step: map, kind: decision, meetings: [council], needs: {stance: recognises}, waived: 0.4, bypass: 0.1}
  - {step: entry, kind: wait, law: {exponential: {mean: 300}}}
calendar: {council: {dates: [2028-01-01, 2029-06-01, 2031-01-01]}}
watch: [{voter: GRC, stance: blocks}]
"""
)
TRAJECTORIES = 4000


@cache
def model() -> Model:
    return compile_scenario(load_text(TWO, "two-ways"))


@cache
def worlds() -> Worlds:
    return draw_worlds(model(), 1, 1)


@cache
def paths() -> Paths:
    return montecarlo.simulate(model(), worlds(), 1, TRAJECTORIES)


@cache
def tally() -> Tally:
    found = Tally(model(), 1)
    found.add(paths())
    return found


@cache
def solved() -> Solved:
    found = Solved(model(), exact.BOUND)
    for world in exact.blocks(model(), worlds(), 1, range(1), dates=found.moments):
        found.add(world)
    return found


def ends(summary: Summary) -> dict[str, float]:
    named = together(summary.milestones, summary.substitutes)
    return {name: milestone.by[-1].probability for name, milestone in named.items()}


def test_a_step_has_a_time_only_if_it_was_taken_itself() -> None:
    outcomes, found = Outcomes.of(model()), paths()
    assert outcomes.names == (
        "pfp", "map", "entry", "substitute for pfp", "substitute for map", "GRC.stance=blocks",
    )  # fmt: skip
    times = outcomes.times(found)
    for step, column in ((0, 3), (1, 4)):
        bypassed = found.how[:, step] == BYPASSED
        assert 0.05 < bypassed.mean() < 0.95
        assert np.isinf(times[bypassed, step]).all()
        assert (times[bypassed, column] == found.time[bypassed, step]).all()
        assert (times[~bypassed, step] == found.time[~bypassed, step]).all()
        assert np.isinf(times[~bypassed, column]).all()
    assert (times[:, 2] == found.time[:, 2]).all()


def test_both_are_counted_apart_and_are_all_that_climb() -> None:
    found = summarise(tally(), 1, "?")
    for number, step in enumerate(("pfp", "map")):
        how = found.how[step]
        assert ends(found)[step] == pytest.approx(how["passed"] + how["waived"], abs=1e-12)
        assert ends(found)[f"substitute for {step}"] == pytest.approx(how["bypassed"], abs=1e-12)
        assert found.milestones[step].never_within_horizon.probability == pytest.approx(
            how["not reached"] + how["bypassed"]
        )
        when = paths().time[paths().how[:, number] == BYPASSED, number]
        years = years_between(model().start, found.substitutes[step].by[2].date)
        assert found.substitutes[step].by[2].probability == (when <= years).sum() / TRAJECTORIES
    assert set(found.probabilities()["step"]) == set(Outcomes.of(model()).taken)
    assert any("pfp (bypassed)" in path.path for path in found.paths)  # what happened is told as it was


def test_the_exact_engine_tells_them_apart_by_hand() -> None:
    """Before the first meeting nothing but bypasses: of pfp, and of map behind it (where it is not waived)."""
    solver = exact.Solver(model())
    numbers = worlds().values[0]
    years = 0.75
    answer = solver.solve(numbers, dates=[years])
    pfp, map_ = answer.apart[0, 0], answer.apart[1, 0]
    assert pfp == pytest.approx(0.0, abs=1e-10)
    assert answer.apart[3, 0] == pytest.approx(-expm1(-0.2 * years), abs=1e-10)
    assert map_ == pytest.approx(0.4 * -expm1(-0.2 * years), abs=1e-10)  # waived behind the substitute
    second = 1 - (0.2 * exp(-0.1 * years) - 0.1 * exp(-0.2 * years)) / 0.1
    assert answer.apart[4, 0] == pytest.approx(0.6 * second, abs=1e-10)
    whole = solver.solve(numbers)
    itself = whole.apart[:2] + whole.apart[3:]
    assert itself == pytest.approx(whole.probability[:2], abs=1e-12)


def test_the_engines_agree_on_both() -> None:
    found = beside_exact(exact.Solver(model()), worlds(), worlds(), 1, TRAJECTORIES)
    assert found.agrees
    assert {number.step for number in found.numbers} == set(Outcomes.of(model()).taken)
    summary = ends(summarise(solved(), 1, "?"))
    for name, share in ends(summarise(tally(), 1, "?")).items():
        assert summary[name] == pytest.approx(share, abs=0.04)


def test_weights_are_those_up_to_the_step() -> None:
    weighed = WeighedTally(model(), 1, ())
    found = montecarlo.simulate(model(), worlds(), 1, TRAJECTORIES, tilt=np.zeros(len(model().moves.rate)))
    weighed.add(found)
    assert ends(summarise(weighed, 1, "?")) == pytest.approx(ends(summarise(tally(), 1, "?")), abs=1e-12)


def test_files_of_worlds_and_times_have_both(tmp_path: Path) -> None:
    write_worlds(tmp_path / "worlds.parquet", worlds(), solved().by_horizon(), model())
    row = read_worlds(tmp_path).iloc[0]
    last = ends(summarise(solved(), 1, "?"))
    assert row["probability_pfp"] == last["pfp"]
    assert row["probability_substitute_map"] == last["substitute for map"]
    days, shares = solved().bins()
    write_bin_chances(
        tmp_path / "times.parquet", model().step_names, model().replaceable, model().start, days, shares
    )
    times: pd.DataFrame = read_times(tmp_path)
    assert times[times["step"] == "map"]["substitute"].sum() == pytest.approx(last["substitute for map"])
    assert times[times["step"] == "map"]["probability"].sum() == pytest.approx(last["map"])
    assert times[times["step"] == "entry"]["substitute"].isna().all()


def test_comparisons_hold_each_against_its_like() -> None:
    sure = load_text(TWO.replace("bypass: 0.2", "bypass: 1"), "sure")
    made = compare(load_text(TWO, "two-ways"), sure, options=Sampling(trajectories=1000))
    (pair,) = made.comparisons
    assert list(pair.steps) == ["pfp", "map", "entry"]
    assert list(pair.substitutes) == ["pfp", "map"]
    assert pair.steps["pfp"].by[-1].difference < -0.2
    assert pair.substitutes["pfp"].by[-1].difference > 0.2
    for side in made.scenarios:
        assert side.milestones["pfp"].by[-1].probability + side.substitutes["pfp"].by[-1].probability <= 1
    assert "substitute for pfp" in set(made.differences()["step"])


def test_counts_of_any_study_have_them() -> None:
    prepared = prepare(load_text(TWO, "two-ways"))
    found: Counts = counted(prepared, tally().dates, TRAJECTORIES, 1)
    steps, substitutes = parted(found.curves)
    assert steps["pfp"][-1].probability == tally().curve(0)[-1].probability
    assert substitutes["map"][-1].probability == tally().curve(4)[-1].probability


def test_a_forecast_of_the_step_does_not_count_its_substitute(tmp_path: Path) -> None:
    from datetime import date

    (tmp_path / "two.yaml").write_text(TWO, "utf-8")
    by, file = date(2033, 1, 1), str(tmp_path / "two.yaml")
    asked = [Question(name, "?", name, by, file) for name in ("pfp", "substitute for pfp")]
    rows = forecasts(date(2027, 1, 1), TRAJECTORIES, asked=asked)
    last = ends(summarise(tally(), 1, "?"))
    assert [float(row.probability) for row in rows] == [
        pytest.approx(last[name], abs=0.0006) for name in ("pfp", "substitute for pfp")
    ]


def test_what_can_never_be_is_not_listed() -> None:
    never = compile_scenario(load_text(TWO.replace("bypass: 0.2", "bypass: 0"), "never"))
    found = Tally(never, 1)
    found.add(montecarlo.simulate(never, draw_worlds(never, 1, 1), 1, 10))
    assert list(summarise(found, 1, "?").substitutes) == ["map"]


def test_people_are_told_that_it_is_not_the_step() -> None:
    shown = " ".join(screen(summarise(tally(), 1, "?")).split())
    assert "a substitute for the Partnership for Peace, not counted as the step: " in shown
    future = int(np.flatnonzero(paths().how[:, 0] == BYPASSED)[0])
    told = story(model(), replay(model(), worlds(), 1, future), country)
    assert "pfp: a substitute in its place, not the step itself" in told
    texts = [t.text for sample in samples(model(), worlds(), 1) for t in sample.happenings]
    assert "A substitute in place of the Partnership for Peace, not the Partnership for Peace itself" in texts
    assert HOW[BYPASSED] == "bypassed"
