"""The exact engine against closed forms, and on random models against the Monte Carlo engine.

Closed forms are met to 1e-6 or better; no chance is in it. Random models: for each the counts of 20,000
trajectories are compared by exact binomial tails (sim.estimates.binomials.p_value) at 1e-6 / 20,000; fewer than
20,000 numbers are compared, so if the engines agree the chance of a false alarm is below 1e-6.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import comb, exp, expm1
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray
from scipy import special
from scipy.linalg import expm

import tests.statistical.test_oracles as oracles
from sim.base.dates import years_between
from sim.base.errors import ModelError
from sim.engines import exact, montecarlo
from sim.estimates.binomials import p_value
from sim.estimates.tally import Tally
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_text
from tests.random_models import AT_ONCE, Tree, loaded, scenarios

CLOSE = 1e-9
"""Ten times closer than what is stated, and a thousand times than what is asked for."""
PEERS = ", scaled_by: {peers: {recognises: 1.8}}"
YEARLY = """\
ladder: [{step: entry, kind: decision, meetings: [council], needs: {stance: recognises}}]
calendar: {council: {then: {every: 1 year, from: 2028-01-01}}}
"""
Floats = NDArray[np.float64]


def model_of(body: str, years: float, members: tuple[str, ...] = oracles.HOLDOUTS) -> Model:
    return compile_scenario(load_text(oracles.text(body, years, members), "oracle"))


def solved(model: Model) -> exact.Exact:
    return exact.Solver(model).solve(draw_worlds(model, 1, 1).values[0])


def at_meetings(model: Model, answer: exact.Exact) -> list[tuple[float, float]]:
    """Years of the last meeting on or before each date, and the probability of the first step."""
    found = []
    for day, p in zip(answer.dates, answer.probability[0], strict=True):
        met = [t for t in model.agenda.time if t <= years_between(model.start, day)]
        if met:
            found.append((float(met[-1]), float(p)))
    return found


def moving(rates: str) -> str:
    return f"voters: {{everyone: {{stance: {{{oracles.STANCES}, start: acquiesces, moves: [{rates}]}}}}}}\n"


def test_o1_at_every_meeting() -> None:
    model = compile_scenario(load_text(oracles.O1.scenario, "O1"))
    pairs = at_meetings(model, solved(model))
    assert len(pairs) == 11
    for t, p in pairs:
        assert p == pytest.approx((-expm1(-0.05 * t)) ** 4, abs=CLOSE)


@pytest.mark.parametrize(("settlement", "peer"), [(0.032, 1.0), (0.032, 1.8), (0.0, 1.8)])
def test_o2_and_its_parts(settlement: float, peer: float) -> None:
    scenario = oracles._o2_scenario(settlement, PEERS if peer > 1 else "", 31)
    model = compile_scenario(load_text(scenario.replace(oracles.ENTRY, YEARLY), "O2"))
    pairs = at_meetings(model, solved(model))
    assert len(pairs) == 31
    for t, p in pairs:
        assert p == pytest.approx(oracles.settled_by(t, settlement, 0.0067, 1.0, peer), abs=CLOSE)


def test_o2_has_the_value_written_down() -> None:
    """0.224552 is at ten years of 365.25 days; the nearest date is 3,652 days after the start."""
    one = YEARLY.replace("{then: {every: 1 year, from: 2028-01-01}}", "{dates: [2036-12-31]}")
    scenario = oracles._o2_scenario(0.032, "", 31).replace(oracles.ENTRY, one)
    model = compile_scenario(load_text(scenario, "O2"))
    slope = oracles.settled_by(10, **oracles._O2, peer=1) - oracles.settled_by(9, **oracles._O2, peer=1)
    assert solved(model).probability[0, -1] == pytest.approx(0.224552 - slope * 0.5 / 365.25, abs=2e-6)


@pytest.mark.parametrize("name", ["O3", "O3b"])
def test_o3_every_year(name: str) -> None:
    """Whole distributions of the slowest of 32 capitals, and the two values written down."""
    model = compile_scenario(load_text(oracles.ORACLES[name].scenario, name))
    answer = solved(model)

    def cdf(days: float) -> float:
        if name == "O3":
            return -expm1(-days / 100)
        return oracles._mixture(0.05, 100.0, exp(6))(days)

    for day, p in zip(answer.dates, answer.probability[0], strict=True):
        assert p == pytest.approx(cdf((day - model.start).days) ** 32, abs=CLOSE)
    by_730 = exact.Solver(model).solve(draw_worlds(model, 1, 1).values[0], dates=[date(2028, 12, 31)])
    assert f"{by_730.probability[0, 0]:.6f}" == oracles.ORACLES[name].figures["by day 730"]


def test_o4_by_quadrature_over_worlds() -> None:
    """A Gamma(1/2, 75.07) rate: generalised Gauss and Laguerre nodes stand for the worlds."""
    model = model_of(moving("{from: acquiesces, to: recognises, rate: 0.5}") + YEARLY, 31)
    solver, numbers = exact.Solver(model), draw_worlds(model, 1, 1).values[0]
    slot = int(model.moves.rate[0])
    assert (model.moves.rate == slot).all()
    nodes, weights = special.roots_genlaguerre(24, -0.5)
    found = np.zeros(len(solver.solve(numbers).dates))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        world = numbers.copy()
        world[slot] = node / 75.07
        found += weight * solver.solve(world).probability[0]
    dates = solver.solve(numbers).dates
    for day, p in zip(dates, found, strict=True):
        met = [t for t in model.agenda.time if t <= years_between(model.start, day)]
        t = float(met[-1]) if met else 0.0
        expected = sum((-1) ** k * comb(4, k) * (75.07 / (75.07 + k * t)) ** 0.5 for k in range(5))
        assert p == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize("day", [date(2030, 1, 1), date(2047, 1, 1)])
def test_o5_a_stance_that_comes_and_goes(day: date) -> None:
    model = compile_scenario(load_text(oracles._coming_and_going(day), "O5"))
    t = years_between(model.start, day)
    assert solved(model).probability[0, -1] == pytest.approx(
        oracles._acquiescing(0.2, 0.1, t) ** 4, abs=CLOSE
    )


def test_o6_peers_only() -> None:
    model = model_of(moving(f"{{from: acquiesces, to: recognises, rate: 0.05{PEERS}}}") + YEARLY, 41)
    for t, p in at_meetings(model, solved(model)):
        assert p == pytest.approx(oracles.in_turn(oracles.peer_rates(0.05, 1.8), t), abs=CLOSE)


# --- the grammar, by a generator written out by hand -------------------------------------------------------

GRAMMAR = """\
chains:
  weather: {{states: [calm, storm], start: calm, redrawn: {{on: spring, to: {{storm: 0.3, calm: rest}}}},
    moves: [{{from: storm, to: calm, rate: 2}}]}}
voters:
  everyone:
    stance: {{{stances}, start: recognises}}
    objection: {{states: [none, raised], start: {{raised: 0.2, none: rest}}, drawn_by: trajectory,
      moves: [{{from: none, to: raised, rate: 0.1}}, {{from: raised, to: none, rate: 0.5}}]}}
  GRC:
    stance:
      start: {{blocks: 0.4, acquiesces: rest}}
      drawn_by: trajectory
      never: 0.25
      moves:
        - {{from: blocks, to: acquiesces, rate: 0.6}}
        - {{from: acquiesces, to: recognises, rate: 0.4, scaled_by: {{weather: {{storm: 0.5}}}},
           when: {{ladder: first}}}}
ladder:
  - {{step: first, kind: decision, meetings: [council], needs: {{stance: acquiesces}},
     unless: {{objection: raised}}, held: 0.2, bypass: 0.05, rule: {rule}}}
  - {{step: second, kind: decision, meetings: [council], waived: 0.3, when: {{weather: calm}}}}
  - {{step: third, kind: decision, meetings: [council], needs: {{stance: recognises}}}}
calendar:
  council: {{then: {{every: 6 months, from: 2027-07-01}}}}
  spring: {{then: {{every: 1 year, from: 2027-03-01}}}}
events: [{{on: 2029-05-01, chain: weather, state: storm}}]
"""


@pytest.mark.parametrize("rule", ["consensus", "{all_but: 1}", "{share: 2/3}"])
def test_the_grammar_by_a_matrix_of_all_states(rule: str) -> None:
    """Every key that matters before the last decision, on 3 voters: 2 x 2^3 x 3 x 2 x 4 states in full."""
    members = ("GRC", "ESP", "USA")
    model = model_of(GRAMMAR.format(stances=oracles.STANCES, rule=rule), 6, members)
    answer = solved(model)
    assert answer.probability == pytest.approx(_by_hand(model, answer.dates, rule), abs=CLOSE)


def _by_hand(model: Model, dates: tuple[date, ...], rule: str) -> Floats:
    """The same scenario with no structure used: one matrix exponential of all states for each stretch."""
    shape = (2, 2, 2, 2, 3, 2, 4)  # weather, three objections, stance, never, ladder
    states = list(np.ndindex(*shape))
    number = {state: i for i, state in enumerate(states)}
    needed = {"consensus": 3, "{all_but: 1}": 2, "{share: 2/3}": 2}[rule]

    def climbed(ladder: int) -> dict[int, float]:
        return {2: 0.3, 1: 0.7} if ladder == 0 else {ladder + 1: 1.0}

    def to(state: tuple[int, ...], place: int, value: int) -> int:
        return number[(*state[:place], value, *state[place + 1 :])]

    q = np.zeros((len(states), len(states)))
    for state, i in number.items():
        weather, stance, never, ladder = state[0], *state[4:]
        rates = {to(state, 0, 0): 2.0} if weather else {}
        for v in (1, 2, 3):
            rates[to(state, v, 1 - state[v])] = 0.5 if state[v] else 0.1
        if not never and stance == 0:
            rates[to(state, 4, 1)] = 0.6
        if not never and stance == 1 and ladder == 1:
            rates[to(state, 4, 2)] = 0.4 * (0.5 if weather else 1.0)
        if ladder == 0:
            rates |= {to(state, 6, after): 0.05 * p for after, p in climbed(0).items()}
        for j, rate in rates.items():
            q[i, j] += rate
            q[i, i] -= rate

    p = np.zeros(len(states))
    for state, i in number.items():
        if state[0] == 0 and state[6] == 0 and state[4] < 2:
            raised = sum(state[1:4])
            p[i] = 0.2**raised * 0.8 ** (3 - raised) * (0.4, 0.6)[state[4]] * (0.75, 0.25)[state[5]]

    def meet(p: Floats) -> Floats:
        after = p.copy()
        for state, i in number.items():
            weather, stance, ladder = state[0], state[4], state[6]
            against = {v for v in (1, 2, 3) if state[v]} | ({1} if stance == 0 else set())
            passes = {
                0: 0.8 * (3 - len(against) >= needed), 1: float(weather == 0), 2: float(stance == 2), 3: 0.0,
            }[ladder]  # fmt: skip
            after[i] -= passes * p[i]
            for landing, share in climbed(ladder).items() if ladder < 3 else ():
                after[to(state, 6, landing)] += passes * share * p[i]
        return after

    def weather(p: Floats, storm: float) -> Floats:
        after = np.zeros_like(p)
        for state, i in number.items():
            after[to(state, 0, 1)] += storm * p[i]
            after[to(state, 0, 0)] += (1 - storm) * p[i]
        return after

    spring, event = model.calendar_names.index("spring"), date(2029, 5, 1)
    council = 1 - spring
    assert spring in (0, 1)
    happenings: dict[float, list[str]] = {}
    for kind, what, time in zip(model.agenda.kind, model.agenda.what, model.agenda.time, strict=True):
        name = {0: "event", 2: "redraw", 3: "council" if what == council else "spring"}[int(kind)]
        happenings.setdefault(float(time), []).append(name)
    assert years_between(model.start, event) in happenings
    found, now = np.zeros((3, len(dates))), 0.0
    stops = sorted({*happenings, *(years_between(model.start, day) for day in dates)})
    for t in stops:
        p, now = p @ expm(q * (t - now)), t
        for name in happenings.get(t, []):
            if name == "event":
                p = weather(p, 1.0)
            elif name == "redraw":
                p = weather(p, 0.3)
            elif name == "council":
                p = meet(p)
        for j, day in enumerate(dates):
            if years_between(model.start, day) == t:
                ladder = np.array([state[6] for state in states])
                found[:, j] = [p[ladder > step].sum() for step in range(3)]
    return found


# --- random models ----------------------------------------------------------------------------------------

TRAJECTORIES, NUMBERS = 20_000, 20_000
LEVEL = 1e-6 / NUMBERS
SEED = 7


def takable(tree: Tree) -> Tree:
    """The same scenario with its decisions first, so that nothing is under way, and no rate beyond 12 a year."""
    names = [step["step"] for step in tree["ladder"]]
    ladder = sorted(tree["ladder"], key=lambda step: step["kind"] != "decision")
    ladder = [{key: step[key] for key in step if key not in ("since", "outstanding")} for step in ladder]
    made = {**tree, "ladder": [{**step, "step": name} for step, name in zip(ladder, names, strict=True)]}

    def calm(part: Any) -> Any:
        if isinstance(part, Mapping):
            return {key: 12 if value == AT_ONCE else calm(value) for key, value in part.items()}
        return [calm(one) for one in part] if isinstance(part, list) else part

    return dict(calm(made))


@pytest.mark.parametrize(
    ("examples", "most_states"), [(20, 4_000), pytest.param(50, 20_000, marks=pytest.mark.exhaustive)]
)
def test_random_models_agree_with_monte_carlo(examples: int, most_states: int) -> None:
    compared, merged = [0], [0]

    @settings(
        max_examples=examples, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(scenarios())
    def agree(tree: Tree) -> None:
        try:
            model = compile_scenario(loaded(takable(tree)))
            worlds = draw_worlds(model, SEED, 2 if model.uncertain else 1)
            solver = exact.Solver(model, most_states)
        except ModelError:
            return  # a number outside its place, or too many states
        answers = list(solver.blocks(worlds, SEED, range(len(worlds))))
        tally = Tally(model, len(worlds))
        tally.add(montecarlo.simulate(model, worlds, SEED, TRAJECTORIES, threads=1))
        taken = tally.outcomes.taken  # a substitute for a step is counted apart from it
        hits = tally.hits[: len(taken)].cumsum(axis=2)
        for step, j in np.ndindex(len(taken), len(tally.dates)):
            chances = np.array([answer.apart[step, j] for answer in answers])
            error = max(answer.error_bound for answer in answers)
            value = p_value(int(hits[step, :, j].sum()), tally.totals, chances, error)
            assert value > LEVEL, (taken[step], tally.dates[j], value)
            compared[0] += 1
        if solver.states <= 60:
            try:
                full = exact.Solver(model, 2_000, merge=False)
            except ModelError:
                return
            unmerged = next(full.blocks(worlds, SEED, range(1)))
            assert unmerged.probability == pytest.approx(answers[0].probability, abs=1e-9)
            assert full.states >= solver.states
            merged[0] += 1

    agree()
    assert 6 * examples < compared[0] < NUMBERS
    assert merged[0] > examples / 5
