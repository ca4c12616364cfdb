"""A wait or ratification under way at the start: what is left of it, by its law given how long it has lasted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy import stats

from sim.base.errors import ModelError, ScenarioError
from sim.engines import exact, montecarlo, replay
from sim.engines.exact.lengths import length_of
from sim.engines.replay.story import story
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_text
from tests.bits import differences
from tests.unit.scenario_samples import FACTS

N = 4000
# Dvoretzky, Kiefer and Wolfowitz with Massart's constant, as in test_rules; 30 laws or so: 1e-5 in all
FURTHEST = np.sqrt(np.log(2 / 3e-7) / (2 * N))


# --- scenarios --------------------------------------------------------------------------------------------

HEAD = """\
schema: 1
title: Under way
question: What is left?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2037-01-01
members: [DEU, HUN, TUR, USA]
parameters:
  pace: {prior: {lognormal: {median: 100, sigma: 0.4}}, unit: days, basis: judged, source: made up}
voters:
  everyone:
    stance: {states: [recognises], start: recognises}
    ratification: {law: {weibull: {shape: 1.4, scale: pace}}}
  HUN: {ratification: {law: {gamma: {shape: 2, scale: 60}}}}
  USA:
    ratification:
      law:
        mixture: [{weight: 0.7, exponential: {mean: 80}}, {weight: rest, lognormal: {median: 200, sigma: 0.5}}]
"""
CHANCE = "0.3, by: {TUR: 0.5, others: rest}"
OBSTRUCTION = f"obstruction: {{probability: {CHANCE}, law: {{lognormal: {{median: 400, sigma: 0.5}}}}}}"
BEHIND = "{step: map, kind: decision, waived: 1}, {step: talks, kind: wait, law: {fixed: 0}}"


def ladder(*steps: str) -> str:
    return HEAD + f"ladder: [{', '.join(steps)}]\n"


def entry(said: str) -> str:
    return ladder(BEHIND, f"{{step: entry, kind: ratification, {said}}}")


CASES = {
    "a wait": ladder("{step: talks, kind: wait, law: {lognormal: {median: 120, sigma: 0.7}}, since: 2026-06-15}"),
    "two of four": entry(f"since: 2026-06-15, outstanding: [TUR, HUN], lag: {{fixed: 14}}, {OBSTRUCTION}"),
    "all of them": entry(f"since: 2026-10-01, outstanding: [DEU, HUN, TUR, USA], {OBSTRUCTION}"),
    "one may stay out": entry(f"since: 2026-10-01, outstanding: [DEU, HUN, TUR], rule: {{all_but: 1}}, {OBSTRUCTION}"),
    "without obstruction": entry("since: 2026-06-15, outstanding: [USA]"),
    "the lag alone": entry("since: 2026-12-01, outstanding: [], lag: {gamma: {shape: 3, scale: 20}}"),
    "from today": entry(f"since: 2027-01-01, outstanding: [USA, TUR], {OBSTRUCTION}"),
}  # fmt: skip


def model_of(text: str) -> Model:
    return compile_scenario(load_text(text, "under-way", facts=FACTS))


@pytest.mark.parametrize("case", CASES)
def test_the_engines_agree_on_what_is_left(case: str) -> None:
    """Monte Carlo and replay to the bit; the exact one within what 4,000 trajectories in one world bear."""
    model = model_of(CASES[case])
    worlds = draw_worlds(model, 3, 5)
    assert (
        differences(
            montecarlo.simulate(model, worlds, 3, 60, threads=1), replay.simulate(model, worlds, 3, 60)
        )
        == []
    )
    one = draw_worlds(model, 3, 1)
    times = montecarlo.simulate(model, one, 3, N, threads=1).time[:, -1]
    dates = [0.02, 0.1, 0.3, 0.6, 1.0, 2.0]
    answer = exact.Solver(model).solve(one.values[0], dates=dates).probability[-1]
    assert np.array([(times <= when).mean() for when in dates]) == pytest.approx(answer, abs=FURTHEST)


def test_what_is_left_is_what_is_left_of_those_who_took_so_long() -> None:
    """The same ratification from its beginning: of the futures in which it stood as it stands, the rest of it."""
    model = model_of(CASES["two of four"])
    worlds, days, draws = draw_worlds(model, 3, 1), 200, 400_000
    rng = np.random.default_rng(8)
    pace = worlds.parameters["pace"][0]
    taken = np.stack([
        pace * rng.weibull(1.4, draws), rng.gamma(2, 60, draws), pace * rng.weibull(1.4, draws),
        np.where(rng.random(draws) < 0.7, rng.exponential(80, draws), rng.lognormal(np.log(200), 0.5, draws)),
    ], axis=1)  # fmt: skip
    by = rng.choice(4, draws, p=[1 / 6, 1 / 6, 1 / 2, 1 / 6])
    obstructed = rng.random(draws) < 0.3
    taken[obstructed, by[obstructed]] = rng.lognormal(np.log(400), 0.5, int(obstructed.sum()))
    as_seen = taken[(taken[:, [0, 3]] < days).all(axis=1) & (taken[:, [1, 2]] > days).all(axis=1)]
    expected = as_seen.max(axis=1) - days + 14
    paths = montecarlo.simulate(model, worlds, 3, N, threads=1)
    found = paths.time[:, -1][np.isfinite(paths.time[:, -1])] * 365.25
    assert len(expected) > 2000
    assert len(found) > N - 20
    assert stats.ks_2samp(expected, found).pvalue > 1e-5
    last = {model.voter_names[v] for v in paths.last_to_ratify.tolist() if v >= 0}
    assert last == {"HUN", "TUR"}
    share = float((as_seen.argmax(axis=1) == 2).mean())
    turkey = float((paths.last_to_ratify == model.voter_names.index("TUR")).mean())
    assert turkey == pytest.approx(share, abs=0.04)


def test_a_lag_that_runs_alone_has_no_last_capital() -> None:
    model = model_of(CASES["the lag alone"])
    paths = montecarlo.simulate(model, draw_worlds(model, 3, 5), 3, 50, threads=1)
    assert set(paths.last_to_ratify.tolist()) == {-1}


def test_a_later_start_with_the_same_day_of_beginning_leaves_no_memory_in_an_exponential() -> None:
    plain = HEAD.replace("{weibull: {shape: 1.4, scale: pace}}", "{exponential: {mean: pace}}")
    said = f"ladder: [{BEHIND}, {{step: entry, kind: ratification SINCE}}]\n"
    without = model_of(plain.replace("HUN, TUR, USA", "TUR").split("  HUN:")[0] + said.replace("SINCE", ""))
    since = ", since: 2026-01-01, outstanding: [DEU, TUR]"
    under_way = model_of(
        plain.replace("HUN, TUR, USA", "TUR").split("  HUN:")[0] + said.replace(" SINCE", since)
    )
    worlds = draw_worlds(without, 3, 5)
    first, second = (montecarlo.simulate(model, worlds, 3, 50, threads=1) for model in (without, under_way))
    assert (first.time == second.time).all()


def test_who_obstructs_for_certain_takes_the_law_of_obstruction_from_the_beginning() -> None:
    sure = OBSTRUCTION.replace(CHANCE, "1, by: {TUR: 1}")
    text = entry(f"since: 2026-06-15, outstanding: [TUR], {sure}").replace("scale: pace", "scale: 0.01")
    model = model_of(text)
    times = montecarlo.simulate(model, draw_worlds(model, 3, 1), 3, N, threads=1).time[:, -1] * 365.25
    law = stats.lognorm(0.5, scale=400)
    assert stats.kstest(times, lambda t: 1 - law.sf(t + 200) / law.sf(200)).statistic < FURTHEST


def test_the_exact_engine_says_when_a_law_is_too_far_out() -> None:
    model = model_of(
        ladder("{step: talks, kind: wait, since: 2007-01-01, law: {gamma: {shape: 2, scale: 1}}}")
    )
    worlds = draw_worlds(model, 3, 1)
    with pytest.raises(ModelError, match="7305 days are as good as impossible"):
        exact.Solver(model).solve(worlds.values[0])
    assert length_of(model, 0, worlds.values[0]).by(np.array([1e9])) == pytest.approx(1.0)
    assert np.isfinite(montecarlo.simulate(model, worlds, 3, 20, threads=1).time).all()


# --- what cannot be ---------------------------------------------------------------------------------------


HALF = "since: 2026-06-15"
ENOUGH = "enough have ratified without them"
AHEAD = "talks is not under way at the start: map comes before it; allowed: only where"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            entry("since: 2027-02-01, outstanding: [TUR]"),
            "2027-02-01 is after the start; allowed: 2027-01-01 or",
        ),
        (entry(HALF), "who has not ratified; allowed: codes"),
        (entry("outstanding: [TUR]"), "'outstanding' without 'since'"),
        (entry(f"{HALF}, outstanding: [TUR, TR]"), "did you mean 'TUR' (Turkey)?"),
        (entry(f"{HALF}, outstanding: [ESP]"), "ESP (Spain) is not a voter here"),
        (entry(f"{HALF}, outstanding: []"), "nobody is outstanding, and there is no lag"),
        (entry(f"{HALF}, outstanding: [TUR], rule: {{all_but: 1}}"), ENOUGH),
        (entry(f"{HALF}, outstanding: [TUR], rule: {{share: 3/4}}"), ENOUGH),
        (
            entry(f"{HALF}, outstanding: [], lag: {{fixed: 30}}"),
            "30 days, but it has lasted 200 since 2026-06-15",
        ),
        (
            entry(f"{HALF}, outstanding: [TUR]").replace(
                "{weibull: {shape: 1.4, scale: pace}}", "{fixed: 90}"
            ),
            "90 days, but it has lasted 200",
        ),
        (
            ladder(f"{{step: talks, kind: wait, {HALF}, law: {{fixed: [2, 90]}}}}"),
            "180 days, but it has lasted 200",
        ),
        (
            ladder(
                "{step: map, kind: decision, waived: 0.5}",
                f"{{step: talks, kind: wait, {HALF}, law: {{fixed: 900}}}}",
            ),
            AHEAD,
        ),
        (
            ladder(f"{{step: map, kind: decision, waived: 1, {HALF}}}"),
            "'since' belongs to a wait or a ratification, and this is a decision",
        ),
        (
            ladder("{step: talks, kind: wait, outstanding: [TUR], law: {fixed: 900}}"),
            "'outstanding' belongs to a ratification, and this is a wait",
        ),
    ],
)
def test_what_cannot_be_under_way_is_told(text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as error:
        load_text(text, "mine", facts=FACTS)
    assert said in str(error.value), str(error.value)
    assert str(error.value).startswith("mine.yaml:"), str(error.value)


WHOLE = "{step: entry, kind: ratification, since: 2026-06-15, outstanding: "


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            "{step: talks, kind: wait, since: 2026-09-23, law: {fixed: pace}}",
            "talks.law: it has lasted 100 days",
        ),
        (f"{BEHIND}, {WHOLE} [], lag: {{fixed: pace}}}}", "entry.lag: it has lasted 200 days"),
        (
            f"{BEHIND}, {WHOLE} [TUR], obstruction: {{probability: 1, by: {{TUR: 1}}, law: {{fixed: 150}}}}}}",
            "entry: it has lasted 200 days",
        ),
    ],
)
def test_worlds_in_which_it_is_over_are_refused(steps: str, said: str) -> None:
    with pytest.raises(ModelError, match="worlds") as error:
        draw_worlds(model_of(ladder(steps)), 1, 20)
    assert said in str(error.value)


def test_a_fixed_length_that_is_over_may_be_an_obstruction() -> None:
    """Who should have ratified after 90 days and has not, obstructs for certain, if it can."""
    text = entry(f"since: 2026-06-15, outstanding: [TUR], {OBSTRUCTION}")
    model = model_of(text.replace("{weibull: {shape: 1.4, scale: pace}}", "{fixed: 90}"))
    worlds = draw_worlds(model, 3, 2)
    a, b = montecarlo.simulate(model, worlds, 3, 30, threads=1), replay.simulate(model, worlds, 3, 30)
    assert differences(a, b) == []
    assert np.isfinite(a.time[:, -1]).all()
    kinds = [[h.kind for h in replay.replay(model, worlds, 3, i).log] for i in range(5)]
    assert all("obstruction" in of for of in kinds)


def test_a_step_under_way_is_told_of() -> None:
    model = model_of(CASES["two of four"])
    log = replay.replay(model, draw_worlds(model, 3, 2), 3, 0).log
    begun = next(h for h in log if h.kind == "ratification")
    assert begun.cause["elapsed"] == (date(2027, 1, 1) - date(2026, 6, 15)).days == 200
    assert begun.cause["ratified"] == ["DEU", "USA"]
    assert list(begun.cause["days"]) == ["HUN", "TUR"]
    assert begun.cause["required"] == 2


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("a wait", "talks: under way for 200 days, takes "),
        ("two of four", "entry: under way for 200 days, left to 2 capitals"),
        ("without obstruction", "entry: under way for 200 days, left to 1 capital"),
        ("the lag alone", "entry: ratified before the start, takes "),
    ],
)
def test_its_story_says_how_long_it_has_lasted(case: str, said: str) -> None:
    model = model_of(CASES[case])
    told = story(model, replay.replay(model, draw_worlds(model, 3, 2), 3, 0))
    assert said in told
    assert " more" in told or "left to" in told
