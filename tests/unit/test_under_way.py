"""A wait or ratification under way at the start: what is left of it, by its law given how long it has lasted."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from scipy import special, stats

from sim.base.errors import ModelError, ScenarioError
from sim.engines import exact, montecarlo, replay
from sim.engines.exact.lengths import length_of
from sim.engines.replay.story import story
from sim.model import rules, tails
from sim.model.compiler import compile_scenario
from sim.model.draws import key
from sim.model.model import Floats, Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_text
from tests.bits import differences
from tests.unit.scenario_samples import FACTS

N = 4000
# Dvoretzky, Kiefer and Wolfowitz with Massart's constant, as in test_rules; 30 laws or so: 1e-5 in all
FURTHEST = np.sqrt(np.log(2 / 3e-7) / (2 * N))
LAWS = {
    "exponential": (rules.EXPONENTIAL, 80.0, 0.0, stats.expon(scale=80.0)),
    "weibull 1": (rules.WEIBULL, 100.0, 1.0, stats.weibull_min(1.0, scale=100.0)),
    "weibull 0.7": (rules.WEIBULL, 100.0, 0.7, stats.weibull_min(0.7, scale=100.0)),
    "weibull 2.5": (rules.WEIBULL, 100.0, 2.5, stats.weibull_min(2.5, scale=100.0)),
    "gamma 2": (rules.GAMMA, 60.0, 2.0, stats.gamma(2.0, scale=60.0)),
    "gamma 0.3": (rules.GAMMA, 60.0, 0.3, stats.gamma(0.3, scale=60.0)),
    "lognormal": (rules.LOGNORMAL, 120.0, 0.7, stats.lognorm(0.7, scale=120.0)),
}


# --- tails ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("z", [-8.0, -3.0, -0.1, 0.0, 0.5, 3.0, 10.0, 29.99, 30.0, 100.0, 1e5])
def test_the_normal_tail_in_logarithms(z: float) -> None:
    assert tails.log_normal_tail(z) == pytest.approx(special.log_ndtr(-z), rel=1e-12)


@pytest.mark.parametrize("shape", [0.05, 0.5, 1.0, 2.0, 30.0, 1000.0])
@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.99, 1.01, 1.2, 3.0])
def test_the_gamma_tail_in_logarithms(shape: float, ratio: float) -> None:
    x = shape * ratio
    expected = special.gammaincc(shape, x)
    if expected > 1e-290:
        below, above = special.gammainc(shape, x), np.log(expected)
        assert tails.log_gamma_tail(shape, x) == pytest.approx(
            above if expected < 0.5 else np.log1p(-below), rel=1e-10
        )


def test_a_gamma_tail_far_out_is_still_a_number() -> None:
    assert tails.log_gamma_tail(1.0, 5000.0) == pytest.approx(-5000.0, rel=1e-13)
    assert tails.gamma_beyond(1.0, 2.0, 5000.0) == pytest.approx(5002.0, rel=1e-13)
    assert tails.log_gamma_tail(2.0, 0.0) == 0.0


@pytest.mark.parametrize("shape", [0.05, 0.5, 2.0, 30.0, 1000.0])
@pytest.mark.parametrize("u", [1e-9, 0.3, 0.99])
@pytest.mark.parametrize("v", [1e-6, 0.5, 0.999])
def test_what_is_beyond_a_point_of_a_gamma_law(shape: float, u: float, v: float) -> None:
    x, least = stats.gamma(shape).isf(u), stats.gamma(shape).isf(v)
    assert tails.gamma_beyond(shape, x, least) == pytest.approx(stats.gamma(shape).isf(u * v), rel=1e-8)


@pytest.mark.parametrize("z", [-9.0, -1.0, 0.0, 2.0, 9.0])
@pytest.mark.parametrize("least", [-9.0, -1.0, 0.3, 7.0, 40.0])
def test_what_is_beyond_a_point_of_a_normal_law(z: float, least: float) -> None:
    found = tails.normal_beyond(z, least)
    assert found >= max(z, least)
    target = special.log_ndtr(-z) + special.log_ndtr(-least)
    assert special.log_ndtr(-found) == pytest.approx(target, rel=1e-11)


# --- laws -------------------------------------------------------------------------------------------------


def sample(rows: list[tuple[int, int, int, int]], law: int, numbers: list[float], elapsed: float) -> Floats:
    table = tuple(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    k = key(5, f"law/{rows}/{numbers}")
    values, scratch = np.array(numbers), np.empty(8)
    return np.array([
        rules.sample_law(*table, law, values, scratch, k[0], k[1], unit, elapsed) for unit in range(N)
    ])  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("elapsed", [3.0, 361.0])
def test_what_is_left_has_the_law_given_how_long_it_has_lasted(name: str, elapsed: float) -> None:
    kind, a, b, law = LAWS[name]
    left = sample([(kind, 0, 1, -1)], 0, [a, b], elapsed)
    assert (left >= 0.0).all()
    given = stats.kstest(left, lambda t: 1.0 - law.sf(t + elapsed) / law.sf(elapsed))
    assert given.statistic < FURTHEST


@pytest.mark.parametrize("name", LAWS)
def test_the_chance_to_last(name: str) -> None:
    kind, a, b, law = LAWS[name]
    table = tuple(np.array([column]) for column in (kind, 0, 1, -1))
    found = rules.log_lasting(*table, 0, np.array([a, b]), np.empty(1), 200.0)
    assert found == pytest.approx(law.logsf(200.0), rel=1e-11)
    assert rules.log_over(found) == pytest.approx(law.logcdf(200.0), rel=1e-11)


@pytest.mark.parametrize("name", LAWS)
def test_who_has_waited_longer_is_never_done_sooner(name: str) -> None:
    """The luck is the same: in all, a length is never shorter for having lasted, and 0 days change nothing."""
    kind, a, b, _ = LAWS[name]
    whole = [sample([(kind, 0, 1, -1)], 0, [a, b], e)[:500] + e for e in (0.0, 1e-6, 30.0, 100.0, 1000.0)]
    for less, more in itertools.pairwise(whole):
        assert (more >= less * (1 - 1e-12)).all()
    if name != "gamma 0.3":  # of which a good part is over in an instant
        assert whole[1] == pytest.approx(whole[0], abs=1e-3)


def test_an_exponential_law_has_no_memory() -> None:
    for row in ((rules.EXPONENTIAL, 0, 0, -1), (rules.WEIBULL, 0, 1, -1)):
        fresh, old = (sample([row], 0, [80.0, 1.0], elapsed) for elapsed in (0.0, 500.0))
        assert (fresh == old).all()


def test_a_fixed_length_is_what_is_left_of_it() -> None:
    assert set(sample([(rules.FIXED, 0, 0, -1)], 0, [14.0], 4.0)) == {10.0}
    assert set(sample([(rules.FIXED, 0, 0, -1)], 0, [14.0], 14.0)) == {0.0}
    assert set(sample([(rules.LOGNORMAL, 0, 1, -1)], 0, [14.0, 0.0], 4.0)) == {10.0}


def test_a_mixture_is_weighed_by_what_can_have_lasted() -> None:
    rows = [
        (rules.EXPONENTIAL, 0, 0, 3),
        (rules.LOGNORMAL, 1, 2, 4),
        (rules.FIXED, 0, 0, 5),
        (rules.MIXTURE, 0, 3, -1),
    ]
    left = sample(rows, 3, [80.0, 300.0, 0.8, 0.5, 0.2, 0.3], 250.0)
    quick, slow = stats.expon(scale=80.0), stats.lognorm(0.8, scale=300.0)

    def more(t: Floats) -> Floats:
        return np.asarray(0.5 * quick.sf(t) + 0.2 * slow.sf(t))

    assert stats.kstest(left, lambda t: 1 - more(t + 250.0) / more(np.array(250.0))).statistic < FURTHEST
    table = tuple(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    numbers = np.array([80.0, 300.0, 0.8, 0.5, 0.2, 0.3])
    found = rules.log_lasting(*table, 3, numbers, np.empty(3), 250.0)
    assert found == pytest.approx(float(np.log(more(np.array(250.0)))), rel=1e-12)


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
