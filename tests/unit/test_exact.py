"""The exact engine: what it takes and refuses, how states are counted, and that its errors are as stated."""

from __future__ import annotations

import ast
import re
from dataclasses import FrozenInstanceError, replace
from datetime import date
from itertools import permutations
from math import exp, expm1
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.base.dates import report_dates, years_between
from sim.base.errors import ModelError
from sim.engines import exact
from sim.engines.exact import component as axis
from sim.engines.exact import forward as march
from sim.engines.exact import lengths as tail
from sim.estimates.solved import Solved
from sim.model import rules
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.model.worlds import draw_worlds, world_starts
from sim.scenario.load import load_scenario, load_text
from tests.builtin import ALONE

STANCES = "states: [blocks, acquiesces, recognises]"
CLOSE = 1e-11
ALLIES = ("GRC", "ESP", "USA", "DEU", "FRA", "ITA")


def model_of(
    body: str, members: tuple[str, ...] = ("GRC", "ESP", "USA"), horizon: str = "2032-01-01"
) -> Model:
    text = (
        "schema: 1\ntitle: Small\nquestion: How many states?\norganisation: NATO\ncandidate: XKX\n"
        f"start: 2027-01-01\nhorizon: {horizon}\nmembers: [{', '.join(members)}]\n{body}"
    )
    return compile_scenario(load_text(text, "small"))


def solve(model: Model, **options: object) -> exact.Exact:
    return exact.Solver(model, merge=bool(options.get("merge", True))).solve(
        draw_worlds(model, 1, 1).values[0]
    )


def states_of(model: Model) -> int:
    return exact.Solver(model, 50_000_000).states


def refusal(model: Model, bound: int = exact.BOUND) -> str | None:
    """Why a model is refused; None if it is taken."""
    try:
        exact.Solver(model, bound)
    except ModelError as reason:
        return str(reason)
    return None


def years(model: Model, *day: int) -> float:
    return years_between(model.start, date(*day))


ONCE = "calendar: {council: {dates: [2030-01-01]}}\n"
ENTRY = "ladder: [{step: entry, kind: decision, meetings: [council], needs: {stance: recognises}}]\n" + ONCE
EVERYBODY = f"voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}}}}}\n"
OBJECTING = """\
voters:
  everyone:
    stance: {states: [blocks, recognises], start: recognises}
    objection: {states: [none, raised], start: none, moves: [{from: none, to: raised, rate: 0.02}, {from: raised, to: none, rate: 0.5}]}
"""  # noqa: E501
UNLESS = "unless: {objection: raised}"


# --- what it takes, what it refuses -------------------------------------------------------------------------

LADDER = """\
ladder:
  - {step: talk, kind: decision, meetings: [council]}
  - {step: pause, kind: wait, law: {fixed: 30}}
  - {step: sign, kind: ratification}
  - {step: entry, kind: decision, meetings: [council]}
"""


def test_random_clocks_before_the_last_decision_are_refused_by_name_and_number() -> None:
    ratified = EVERYBODY.replace("recognises}", "recognises}, ratification: {law: {fixed: 9}}")
    model = model_of(ratified + LADDER + ONCE)
    said = refusal(model)
    assert said == (
        "the exact engine cannot take ladder step 'pause': 2 random clocks before the last decision (entry); "
        "allowed: 0"
    )
    with pytest.raises(ModelError, match=re.escape(said)):
        exact.blocks(model, draw_worlds(model, 1, 1), 1, range(1))
    with pytest.raises(ModelError, match="'pause'"):
        states_of(model)


def test_a_law_without_a_distribution_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = "ladder: [{step: talk, kind: wait, law: {weibull: {shape: 2, scale: 30}}}]\n"
    model = model_of(EVERYBODY + wait)
    assert refusal(model) is None
    monkeypatch.setattr(tail, "SMOOTH", {kind: f for kind, f in tail.SMOOTH.items() if kind != rules.WEIBULL})
    assert str(refusal(model)).startswith("the exact engine cannot take the law 'weibull': 1 of")


def test_the_same_clocks_after_the_last_decision_are_taken() -> None:
    ratified = EVERYBODY.replace("recognises}", "recognises}, ratification: {law: {fixed: 9}}")
    model = model_of(ratified + LADDER.rpartition("  - ")[0] + ONCE)
    assert refusal(model) is None
    answer = solve(model)
    assert answer.dates[3] == date(2030, 12, 31)
    assert answer.probability[:, 2:4].tolist() == [[0.0, 1.0]] * 3
    dated = exact.Solver(model).solve(
        draw_worlds(model, 1, 1).values[0], dates=[date(2030, 1, 30), date(2030, 2, 1), date(2030, 2, 10)]
    )
    assert dated.probability.tolist() == [[1, 1, 1], [0, 1, 1], [0, 0, 1]]


def test_the_bound_is_met_to_the_state() -> None:
    model = model_of(OBJECTING + ENTRY.replace("}]", f", {UNLESS}}}]"), ALLIES)
    states = states_of(model)
    assert states == 2 * 7  # entry taken or not, nought to six objections
    assert refusal(model, bound=states) is None
    said = str(refusal(model, bound=states - 1))
    assert "at least 14 joint states; allowed: 13." in said
    assert "6 x objection of a voter (2 states)" in said
    assert "the ladder (2 states)" in said
    with pytest.raises(ModelError, match=r"14 joint states; allowed: 13"):
        exact.blocks(model, draw_worlds(model, 1, 1), 1, range(1), bound=13)


def test_the_search_for_states_stops_at_the_bound() -> None:
    model = compile_scenario(load_scenario("grammar-tour"))
    said = str(refusal(model, bound=1000))
    found = re.search(r"at least ([\d,]+) joint states; allowed: 1,000\. They come from (.*)", said)
    assert found is not None
    assert 1000 < int(found[1].replace(",", "")) < states_of(model)
    assert "1 x settlement (3 states)" in found[2]
    assert "1 x government of a voter (3 states)" in found[2]


def faster(model: Model) -> Model:
    """With 1e300 in place of 1000 a year, past what a file may say."""
    recipes = (replace(r, factors=tuple(1e300 if f == 1000 else f for f in r.factors)) for r in model.recipes)
    return replace(model, recipes=tuple(recipes))


def test_a_rate_that_is_too_fast_is_refused_by_name() -> None:
    fast = "voters: {everyone: {stance: {%s, start: blocks, moves: [{name: leap, from: blocks, to: recognises, rate: 1000}]}}}\n"  # noqa: E501
    model = faster(model_of(fast % STANCES + ENTRY))
    with pytest.raises(
        ModelError, match=r"GRC.stance: leap: 1e\+300 per year; allowed: [\d,]+ for all moves"
    ):
        solve(model)


def test_the_grammar_tour_is_taken() -> None:
    """It has every key: joins, peers, never-movers, a bypass, waivers, all rules, mixtures, obstruction."""
    model = compile_scenario(load_scenario("grammar-tour"))
    assert refusal(model) is None


def test_the_baseline_is_refused_and_with_some_chains_at_rest_it_is_taken() -> None:
    model = compile_scenario(load_scenario("baseline"))
    assert "4 x government of a voter (3 states)" in str(refusal(model))
    governments = ("government_softer", "government_harder")
    others = ("objection_rate", "objection_today", "hungary_objects", "north_flares")
    firm = [f"firm_{code}" for code in ("GRC", "ROU", "SVK", "ESP")]
    still = load_scenario("baseline", dict.fromkeys((*governments, *others, *firm), 0))
    assert states_of(compile_scenario(still)) < exact.BOUND


def test_nothing_is_imported_from_the_other_engines() -> None:
    for file in Path(exact.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("sim.engines"):
                    assert name.startswith("sim.engines.exact")


def test_dates_are_those_of_a_summary() -> None:
    for name in ("candidate", ALONE):
        model = compile_scenario(load_scenario(name))
        (answer,) = exact.blocks(model, draw_worlds(model, 1, 1), 1, range(1))
        assert list(answer.dates) == report_dates(model.start, model.horizon)


def test_an_answer_is_frozen_and_says_what_it_is() -> None:
    answer = solve(model_of(EVERYBODY + ENTRY))
    assert answer.probability.shape == (1, len(answer.dates)) == (1, 6)
    assert (answer.states, answer.carried) == (2, 2)
    with pytest.raises(FrozenInstanceError):
        answer.states = 3  # type: ignore[misc]


# --- small models, by hand ----------------------------------------------------------------------------------


def test_one_chain_one_meeting() -> None:
    body = f"voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}}}, GRC: {{stance: {{start: blocks, never: 0.25, moves: [{{from: blocks, to: recognises, rate: 0.3}}]}}}}}}\n"  # noqa: E501
    model = model_of(body + ENTRY.replace("}]", ", held: 0.1}]"))
    t = years(model, 2030, 1, 1)
    assert solve(model).probability[0] == pytest.approx(
        [0, 0, 0, *[0.9 * 0.75 * -expm1(-0.3 * t)] * 3], abs=CLOSE
    )


def test_a_bypass_is_counted_at_every_date_and_carried_into_the_steps_that_follow() -> None:
    body = (
        EVERYBODY
        + "ladder: [{step: entry, kind: decision, meetings: [], bypass: 0.4}, {step: wait, kind: wait, law: {exponential: {mean: 200}}}]\n"  # noqa: E501
    )
    model = model_of(body)
    answer = solve(model)
    other = 365.25 / 200
    for j, day in enumerate(answer.dates):
        t = years_between(model.start, day)
        assert answer.probability[0, j] == pytest.approx(-expm1(-0.4 * t), abs=CLOSE)
        both = 1 - (other * exp(-0.4 * t) - 0.4 * exp(-other * t)) / (other - 0.4)
        assert answer.probability[1, j] == pytest.approx(both, abs=max(answer.error_bound, 1e-9))
    assert answer.error_bound < 1e-6


def test_what_never_holds_stops_meetings_but_not_the_bypass_that_does_not_ask_for_it() -> None:
    body = EVERYBODY + "chains: {weather: {states: [calm, storm], start: calm}}\n"
    for asked, met in (("storm", 0.0), ("calm", 1.0), ("[calm, storm]", 1.0)):
        entry = ENTRY.replace("}]", f", bypass: 0.4, awaits: {{weather: {asked}}}}}]")
        answer = solve(model_of(body + entry))
        for day, p in zip(answer.dates, answer.probability[0], strict=True):
            passed = met if day >= date(2030, 1, 1) else 0.0
            bypassed = -expm1(-0.4 * years_between(date(2027, 1, 1), day))
            assert p == pytest.approx(max(passed, bypassed), abs=CLOSE)


def test_waived_steps_are_passed_when_they_become_next() -> None:
    body = (
        EVERYBODY + "ladder:\n  - {step: first, kind: decision, meetings: [council], waived: 0.2}\n"
        "  - {step: second, kind: decision, meetings: [never], waived: 0.3}\n"
        "  - {step: third, kind: decision, meetings: [council], waived: 0.4}\n"
        "calendar: {council: {dates: [2029-01-01, 2030-01-01]}, never: {dates: [2026-01-01]}}\n"
    )
    found = solve(model_of(body)).probability
    # first: at once or at the first meeting; second: only waived; third: waived, or at a meeting once next
    assert found[0] == pytest.approx([0.2, 0.2, 1, 1, 1, 1], abs=CLOSE)
    assert found[1] == pytest.approx([0.06, 0.06, 0.3, 0.3, 0.3, 0.3], abs=CLOSE)
    third = [0.024, 0.024, 0.024 + 0.036 + 0.24 * 0.4, 0.3, 0.3, 0.3]
    assert found[2] == pytest.approx(third, abs=CLOSE)


@pytest.mark.parametrize(
    ("kind", "law"),
    [
        (rules.EXPONENTIAL, stats.expon(scale=90.0)),
        (rules.WEIBULL, stats.weibull_min(1.7, scale=90.0)),
        (rules.GAMMA, stats.gamma(1.7, scale=90.0)),
        (rules.LOGNORMAL, stats.lognorm(1.7, scale=90.0)),
    ],
)
def test_laws_and_their_tails_are_those_of_the_books(kind: int, law: Any) -> None:
    days = np.array([0.5, 40.0, 90.0, 700.0])
    assert tail.SMOOTH[kind](days, 90.0, 1.7) == pytest.approx(law.cdf(days), rel=1e-12)
    assert tail.LOG_TAIL[kind](days, 90.0, 1.7) == pytest.approx(law.logsf(days), rel=1e-9)


def test_an_ally_that_joins_has_a_vote_from_that_day_on() -> None:
    body = (
        f"voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}}}, BIH: {{stance: {{start: blocks}}}}}}\n"
        "ladder: [{step: a, kind: decision, meetings: [council], needs: {stance: recognises}},"
        " {step: b, kind: decision, meetings: [council], needs: {stance: recognises}}]\n"
        "calendar: {council: {dates: [2028-01-01, 2029-01-01]}}\n"
        "events: [{on: 2029-01-01, voter: BIH, joins: true}]\n"
    )
    assert solve(model_of(body)).probability[:, -1].tolist() == [1, 0]
    later = body.replace("on: 2029-01-01", "on: 2029-01-02")
    assert solve(model_of(later)).probability[:, -1].tolist() == [1, 1]
    assert solve(
        model_of(
            body.replace("]\ncal", "]\ncal").replace(
                "needs: {stance: recognises}}]", "needs: {stance: recognises}, rule: {all_but: 1}}]"
            )
        )
    ).probability[:, -1].tolist() == [1, 1]


def test_a_start_drawn_for_each_world_is_averaged_unless_it_is_given() -> None:
    body = f"voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}}}, GRC: {{stance: {{start: {{blocks: 0.3, recognises: rest}}}}}}}}\n"  # noqa: E501
    model = model_of(body + ENTRY)
    chain = model.chain_names.index("GRC.stance")
    numbers = draw_worlds(model, 1, 1).values[0]
    assert exact.Solver(model).solve(numbers).probability[0, -1] == pytest.approx(0.7, abs=CLOSE)
    assert exact.Solver(model).solve(numbers, {chain: 0}).probability[0, -1] == 0
    assert exact.Solver(model).solve(numbers, {chain: 2}).probability[0, -1] == 1


DRAWN = """\
parameters: {speed: {prior: {gamma: {shape: 4, rate: 10}}, unit: per year, basis: judged, source: made up}}
voters:
  everyone:
    stance:
      states: [blocks, recognises]
      start: {blocks: 0.5, recognises: rest}
      moves: [{from: blocks, to: recognises, rate: speed}]
ladder: [{step: entry, kind: decision, meetings: [council], needs: {stance: recognises}, held: 0.3}]
calendar: {council: {then: {every: 4 months, from: 2027-03-01}}}
"""


def test_the_average_over_worlds() -> None:
    """As a run makes it: of worlds whose drawn starts are known."""
    model = model_of(DRAWN)
    worlds, dates = draw_worlds(model, 1, 2), [date(2030, 12, 31)]
    assert worlds.values[0].tolist() != worlds.values[1].tolist()
    assert world_starts(model, worlds, 1, 0) != world_starts(model, worlds, 1, 1)
    both = Solved(model, exact.BOUND)
    for world in exact.blocks(model, worlds, 1, range(2), dates=both.moments):
        both.add(world)
    alone = list(exact.blocks(model, worlds, 1, range(2), dates=dates))
    mean = (alone[0].apart + alone[1].apart) / 2
    ends, shares = both.bins()
    by_then = shares[:, : ends.index(dates[0]) + 1].sum(axis=1)
    assert by_then == pytest.approx(mean[:, 0], abs=1e-12)
    assert both.solution().error_bound >= max(one.error_bound for one in alone)
    assert [one.dates for one in alone] == [tuple(dates)] * 2


def test_numbers_of_another_model_are_refused() -> None:
    model = model_of(EVERYBODY + ENTRY.replace("}]", ", held: 0}]"))
    numbers = draw_worlds(model, 1, 1).values[0]
    with pytest.raises(ModelError, match="numbers for a world; allowed"):
        exact.Solver(model).solve(numbers[:-1])
    numbers[model.steps.held[0]] = 0.5
    with pytest.raises(ModelError, match=r"entry\.held: 0\.5; allowed: 0, as the scenario says"):
        exact.Solver(model).solve(numbers)


# --- counting voters that are alike ---------------------------------------------------------------------------

PEERS = """\
voters:
  everyone:
    stance:
      states: [blocks, acquiesces, recognises]
      start: {blocks: 0.3, recognises: 0.2, acquiesces: rest}
      drawn_by: trajectory
      never: 0.2
      moves:
        - {from: blocks, to: acquiesces, rate: 0.3}
        - {from: acquiesces, to: recognises, rate: 0.2, scaled_by: {peers: {recognises: 1.5, blocks: 0.5}}}
        - {from: recognises, to: acquiesces, rate: 0.1}
"""
GOVERNED = """\
chains:
  settlement: {states: [none, done], start: none, moves: [{from: none, to: done, rate: 0.1}]}
voters:
  everyone: {stance: {states: [blocks, recognises], start: recognises}}
  GRC:
    stance: {start: blocks, never: 0.3, moves: &m [{from: blocks, to: recognises, rate: 0.2, when: {settlement: none}, scaled_by: {government: {soft: 3}}}, {name: settled, from: blocks, to: recognises, rate: 1, when: {settlement: done}}]}
    government: &g {states: [same, soft], start: same, moves: [{from: same, to: soft, rate: 0.5}, {from: soft, to: same, rate: 1}]}
  ESP: {stance: {start: blocks, moves: *m}, government: *g}
"""  # noqa: E501
WARY = """\
voters:
  everyone:
    stance: {states: [blocks, recognises], start: blocks, moves: [{from: blocks, to: recognises, rate: 0.4}]}
    objection:
      states: [none, raised]
      start: none
      moves:
        - {from: none, to: raised, rate: 0.2, scaled_by: {peers: {blocks: 3}}}
        - {from: raised, to: none, rate: 0.5}
"""
SEVERAL = """\
ladder:
  - {step: a, kind: decision, meetings: [council], needs: {stance: %s}, rule: %s, bypass: 0.01}
  - {step: b, kind: decision, meetings: [council], needs: {stance: recognises}, waived: 0.2}
calendar: {council: {then: {every: 6 months, from: 2027-07-01}}}
"""


@pytest.mark.parametrize(
    ("body", "members"),
    [
        (PEERS + SEVERAL % ("acquiesces", "consensus"), ("GRC", "ESP", "USA")),
        (PEERS + SEVERAL % ("recognises", "{all_but: 1}"), ("GRC", "ESP", "USA")),
        (GOVERNED + SEVERAL % ("recognises", "consensus"), ("GRC", "ESP", "USA")),
        (GOVERNED + SEVERAL % ("recognises", "{share: 2/3}"), ("GRC", "ESP", "USA")),
        (OBJECTING + ENTRY.replace("}]", f", {UNLESS}}}]"), ALLIES),
        (WARY + ENTRY.replace("}]", f", {UNLESS}}}]"), ("GRC", "ESP", "USA")),
        (WARY + ENTRY.replace("}]", f", {UNLESS}, rule: {{all_but: 1}}}}]"), ("GRC", "ESP", "USA")),
    ],
)
def test_merging_states_changes_no_number(body: str, members: tuple[str, ...]) -> None:
    model = model_of(body, members)
    numbers = draw_worlds(model, 1, 1).values[0]
    merged, full = exact.Solver(model), exact.Solver(model, merge=False)
    assert merged.states < full.states / 2
    one, other = merged.solve(numbers), full.solve(numbers)
    assert one.probability == pytest.approx(other.probability, abs=1e-10)
    assert one.probability[0, -1] > 0.01


def test_a_government_matters_only_while_its_voter_can_still_be_moved_by_it() -> None:
    one = GOVERNED[: GOVERNED.index("  ESP:")].replace(", never: 0.3", "")
    model = model_of(one + ENTRY)
    # (blocks, same), (blocks, soft), (blocks, settled), recognises; each with the entry taken or not
    assert states_of(model) == 4 * 2


def test_two_voters_alike_with_a_government_each_have_six_states() -> None:
    """The example that ``merging`` is explained by: sixteen rows, of which six are left."""
    body = (
        "voters:\n  everyone:\n    stance: {states: [blocks, recognises], start: blocks,"
        " moves: [{from: blocks, to: recognises, rate: 0.2, scaled_by: {government: {soft: 3}}}]}\n"
        "    government: {states: [same, soft], start: same,"
        " moves: [{from: same, to: soft, rate: 0.5}, {from: soft, to: same, rate: 1}]}\n"
    )
    model = model_of(body + ENTRY, ("GRC", "ESP"))
    assert [len(space) for space in exact.Solver(model).spaces] == [2, 6]
    assert exact.Solver(model, merge=False).states == 2 * 16


def test_where_the_next_step_can_never_be_taken_nothing_else_is_carried() -> None:
    body = GOVERNED.replace("never: 0.3, moves: &m", "moves: &m").replace(
        "ESP: {stance: {start: blocks, moves: *m}, government: *g}", "ESP: {stance: {start: blocks}}"
    )
    assert states_of(model_of(body + ENTRY)) == 1


def test_voters_that_differ_in_a_number_are_not_counted_together() -> None:
    ladder = ENTRY.replace("}]", f", {UNLESS}}}]")
    alike = model_of(OBJECTING + ladder, ALLIES)
    other = "  USA: {objection: {moves: [{from: none, to: raised, rate: 0.03}]}}\n"
    assert states_of(alike) == 14
    assert states_of(model_of(OBJECTING + other + ladder, ALLIES)) == 2 * 6 * 2
    named = ladder + "events: [{on: 2028-01-01, voter: USA, objection: raised}]\n"
    assert states_of(model_of(OBJECTING + named, ALLIES)) == 2 * 6 * 2
    start = "  USA: {objection: {start: raised}}\n"  # where one starts is no difference in how it goes on
    assert states_of(model_of(OBJECTING + start + ladder, ALLIES)) == 14


def test_where_voters_start_and_who_never_moves_may_differ_among_those_counted_together() -> None:
    """Two voters at one meeting, independent of one another: the product of what each alone would do."""
    body = (
        "voters:\n  everyone:\n    stance: {states: [blocks, recognises], start: blocks, never: 0.1,"
        " moves: [{from: blocks, to: recognises, rate: 0.3}]}\n"
        "  ESP: {stance: {start: {blocks: 0.6, recognises: rest}, drawn_by: trajectory, never: 0.5}}\n"
    )
    model = model_of(body + ENTRY, ("GRC", "ESP"))
    up = -expm1(-0.3 * years(model, 2030, 1, 1))
    assert solve(model).probability[0, -1] == pytest.approx(0.9 * up * (0.4 + 0.6 * 0.5 * up), abs=1e-9)
    assert states_of(model) < exact.Solver(model, merge=False).states


def test_a_voter_who_may_have_two_reasons_to_block_is_counted_once() -> None:
    """Three voters, each with a stance and an objection that run alone; at most one may be against."""
    body = WARY.replace(", scaled_by: {peers: {blocks: 3}}", "")
    model = model_of(body + ENTRY.replace("}]", f", {UNLESS}, rule: {{all_but: 1}}}}]"))
    t = years(model, 2030, 1, 1)
    clear = -expm1(-0.4 * t) * (1 - 0.2 / 0.7 * -expm1(-0.7 * t))
    expected = clear**3 + 3 * clear**2 * (1 - clear)
    assert solve(model).probability[0, -1] == pytest.approx(expected, abs=1e-9)


def test_a_voter_who_always_blocks_is_counted_once() -> None:
    blocked = OBJECTING + "  GRC: {stance: {start: blocks}}\n"
    entry = ENTRY.replace("}]", f", {UNLESS}, rule: {{all_but: 1}}}}]")
    model = model_of(blocked + entry)
    raised = 0.02 / 0.52 * -expm1(-0.52 * years(model, 2030, 1, 1))
    assert solve(model).probability[0, -1] == pytest.approx((1 - raised) ** 2, abs=1e-9)


def test_peers_count_from_the_day_they_join() -> None:
    """GRC moves 5 times as fast beside a blocking peer, who is one only after joining."""
    body = (
        "voters:\n  everyone: {stance: {states: [blocks, recognises], start: recognises}}\n"
        "  GRC: {stance: {start: blocks, moves: [{from: blocks, to: recognises, rate: 0.1,"
        " scaled_by: {peers: {blocks: 5}}}]}}\n  BIH: {stance: {start: blocks}}\n"
    )
    joins = "events: [{on: 2029-01-01, voter: BIH, joins: true}]\n"
    model = model_of(body + ENTRY.replace("}]", ", rule: {all_but: 1}}]") + joins)
    slow, fast = years(model, 2029, 1, 1), years(model, 2030, 1, 1) - years(model, 2029, 1, 1)
    expected = -expm1(-0.1 * slow - 0.5 * fast)
    assert solve(model).probability[0, -1] == pytest.approx(expected, abs=1e-9)


def test_a_state_is_kept_that_is_likely_only_once_peers_have_joined() -> None:
    """GRC hardly moves at all until four peers have joined, and then fast: what is hardly ever entered is left out."""
    joiners = ("BIH", "GEO", "MDA", "UKR")
    body = (
        "voters:\n  everyone: {stance: {states: [blocks, recognises], start: recognises}}\n"
        "  GRC: {stance: {start: blocks, moves: [{from: blocks, to: recognises, rate: 1.0e-12,"
        " scaled_by: {peers: {blocks: 1000}}}]}}\n"
        + "".join(f"  {code}: {{stance: {{start: blocks}}}}\n" for code in joiners)
    )
    events = ", ".join(f"{{on: 2029-01-01, voter: {code}, joins: true}}" for code in joiners)
    model = model_of(body + ENTRY.replace("}]", ", rule: {all_but: 4}}]") + f"events: [{events}]\n", ALLIES)
    expected = -expm1(-(years(model, 2030, 1, 1) - years(model, 2029, 1, 1)))
    assert solve(model).probability[0, -1] == pytest.approx(expected, abs=1e-9)


def test_only_who_started_below_the_top_is_a_peer() -> None:
    """ESP recognises from 2028 on in any case; GRC is quickened only if ESP did not from the start."""
    body = (
        "voters:\n  everyone: {stance: {states: [blocks, recognises], start: recognises}}\n"
        "  GRC: {stance: {start: blocks, moves: [{from: blocks, to: recognises, rate: 0.1,"
        " scaled_by: {peers: {recognises: 5}}}]}}\n"
        "  ESP: {stance: {start: {blocks: 0.4, recognises: rest}, drawn_by: trajectory}}\n"
    )
    model = model_of(body + ENTRY + "events: [{on: 2028-01-01, voter: ESP, stance: recognises}]\n")
    alone, beside = years(model, 2028, 1, 1), years(model, 2030, 1, 1) - years(model, 2028, 1, 1)
    quick, slow = -expm1(-0.1 * alone - 0.5 * beside), -expm1(-0.1 * (alone + beside))
    assert solve(model).probability[0, -1] == pytest.approx(0.4 * quick + 0.6 * slow, abs=1e-9)


def test_the_order_of_voters_does_not_matter() -> None:
    body = GOVERNED + SEVERAL % ("recognises", "{all_but: 1}")
    found = [solve(model_of(body, order)).probability for order in permutations(("GRC", "ESP", "USA"))]
    for other in found[1:]:
        assert other == pytest.approx(found[0], abs=CLOSE)


def test_thirty_two_objections_take_thirty_three_states() -> None:
    """The count of objections has a closed form: independent voters at one meeting."""
    allies = (
        "ALB", "BEL", "BGR", "CAN", "HRV", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN", "ISL", "ITA",
        "LVA", "LTU", "LUX", "MNE", "NLD", "MKD", "NOR", "POL", "PRT", "ROU", "SVK", "SVN", "ESP", "SWE", "TUR",
        "GBR", "USA",
    )  # fmt: skip
    for rule, most in (("consensus", 0), ("{all_but: 2}", 2)):
        model = model_of(OBJECTING + ENTRY.replace("}]", f", {UNLESS}, rule: {rule}}}]"), allies)
        assert states_of(model) == 66
        raised = 0.02 / 0.52 * -expm1(-0.52 * years(model, 2030, 1, 1))
        assert solve(model).probability[0, -1] == pytest.approx(stats.binom(32, raised).cdf(most), abs=1e-9)


# --- errors are as stated -------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["", ", when: {settlement: [none, done]}"])
def test_what_is_cut_off_from_poisson_sums_is_within_the_bound(when: str) -> None:
    """In a small component, and (a bypass that reads the settlement) in the main one."""
    model = model_of(
        GOVERNED + (SEVERAL % ("recognises", "consensus")).replace("bypass: 0.01", f"bypass: 0.01{when}")
    )
    numbers = draw_worlds(model, 1, 1).values[0]
    made = exact.Solver(model)
    assert len(made.spaces) == (1 if when else 2)
    fine = made.solve(numbers)
    for left in (1e-2, 1e-4, 1e-6, 1e-8):
        rough = made.solve(numbers, tail=left)
        off = fine.probability - rough.probability
        assert 0 < rough.truncation <= 40 * left  # ten meetings, and twice for a small component
        assert off.min() > -1e-13
        assert left * 1e-3 < off.max() <= rough.truncation
    assert fine.truncation < 1e-11


def test_states_left_out_are_within_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(
        OBJECTING + SEVERAL.replace("}, rule: %s", f"}}, {UNLESS}").replace("%s", "recognises"), ALLIES
    )
    numbers = draw_worlds(model, 1, 1).values[0]
    made = exact.Solver(model)
    monkeypatch.setattr(march, "CUT", 0.0)
    full = made.solve(numbers)
    assert full.carried == full.states == made.states
    for cut in (1e-1, 1e-2, 1e-4, 1e-6):
        monkeypatch.setattr(march, "CUT", cut)
        rough = made.solve(numbers)
        off = full.probability - rough.probability
        assert rough.carried < full.carried
        assert 0 < off.max() <= rough.truncation <= cut + 1e-9
        assert off.min() > -1e-13


def test_the_error_of_the_grid_is_within_what_is_stated() -> None:
    laws = "{lognormal: {median: 60, sigma: 0.7}}", "{gamma: {shape: 2, scale: 30}}"
    body = (
        EVERYBODY.replace("recognises}", f"recognises}}, ratification: {{law: {laws[1]}}}")
        + f"ladder: [{{step: wait, kind: wait, law: {laws[0]}}}, {{step: entry, kind: ratification}}]\n"
    )
    model = model_of(body)
    numbers = draw_worlds(model, 1, 1).values[0]
    made, days = exact.Solver(model), [date(2027, 3, 1), date(2027, 6, 1), date(2028, 1, 1)]
    fine = made.solve(numbers, dates=days, per_day=64)
    for points in (2, 4, 8):
        rough = made.solve(numbers, dates=days, per_day=points)
        assert np.abs(rough.probability - fine.probability).max() <= rough.error_bound < 1e-5
    assert made.solve(numbers, dates=days).error_bound < 1e-6


def test_poisson_weights_and_what_is_left() -> None:
    for mean in (0.0, 1e-9, 0.3, 7.0, 900.0):
        weights, left = axis.poisson_terms(mean, 1e-12)
        assert weights == pytest.approx(stats.poisson(mean).pmf(np.arange(len(weights))), abs=1e-15)
        assert left <= 1e-12
        assert weights.sum() + left == pytest.approx(1, abs=1e-12)


# --- after the last decision ------------------------------------------------------------------------------------


def tail_of(ladder: str, law: str, horizon: str = "2032-01-01") -> exact.Exact:
    voters = EVERYBODY.replace("recognises}", f"recognises}}, ratification: {{law: {law}}}")
    model = model_of(voters + f"ladder: [{ladder}]\n", horizon=horizon)
    return solve(model)


def test_two_waits_of_one_law_add_up_to_a_gamma() -> None:
    wait = "{step: %s, kind: wait, law: {exponential: {mean: 200}}}"
    answer = tail_of(f"{wait % 'a'}, {wait % 'b'}, {wait % 'c'}", "{fixed: 1}")
    for j, day in enumerate(answer.dates):
        days = (day - date(2027, 1, 1)).days
        for step in range(3):
            expected = stats.gamma(step + 1, scale=200).cdf(days)
            assert answer.probability[step, j] == pytest.approx(expected, abs=answer.error_bound)
    assert answer.error_bound < 1e-6


@pytest.mark.parametrize(
    ("law", "cdf"),
    [
        ("{weibull: {shape: 0.8, scale: 150}}", stats.weibull_min(0.8, scale=150).cdf),
        ("{gamma: {shape: 2, rate: 0.01}}", stats.gamma(2, scale=100).cdf),
        ("{lognormal: {median: 200, sigma: 0.7}}", stats.lognorm(0.7, scale=200).cdf),
        ("{exponential: {mean: 150}}", stats.expon(scale=150).cdf),
        ("{mixture: [{weight: 0.3, fixed: 364}, {weight: rest, exponential: {mean: 100}}]}",
         lambda x: 0.3 * (x >= 364) + 0.7 * stats.expon(scale=100).cdf(x)),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("rule", "needed"), [("consensus", 3), ("{all_but: 1}", 2)])
def test_the_needed_capital(law: str, cdf: stats.rv_continuous, rule: str, needed: int) -> None:
    answer = tail_of(f"{{step: entry, kind: ratification, rule: {rule}}}", law)
    for day, p in zip(answer.dates, answer.probability[0], strict=True):
        one = cdf((day - date(2027, 1, 1)).days)
        assert p == pytest.approx(stats.binom(3, one).sf(needed - 1), abs=1e-10)


def test_obstruction_takes_the_place_of_one_capital_and_the_lag_follows() -> None:
    entry = (
        "{step: entry, kind: ratification, lag: {fixed: 14}, obstruction: {probability: 0.3, by: {GRC: 0.5, others: rest},"  # noqa: E501
        " law: {exponential: {mean: 900}}}}"
    )
    answer = tail_of(entry, "{exponential: {mean: 100}}")
    for day, p in zip(answer.dates, answer.probability[0], strict=True):
        days = (day - date(2027, 1, 1)).days - 14
        quick, slow = -expm1(-days / 100), -expm1(-days / 900)
        assert p == pytest.approx(0.7 * quick**3 + 0.3 * quick**2 * slow, abs=1e-10)


def test_capitals_with_laws_of_their_own_are_obstructed_by_their_weights() -> None:
    voters = (
        f"voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}, ratification: {{law: {{exponential: {{mean: 100}}}}}}}},"  # noqa: E501
        " GRC: {ratification: {law: {exponential: {mean: 400}}}}}\n"
    )
    by = "obstruction: {probability: 0.3, by: {GRC: 0.8, others: rest}, law: {exponential: {mean: 900}}}"
    answer = solve(model_of(voters + f"ladder: [{{step: entry, kind: ratification, {by}}}]\n"))
    for day, p in zip(answer.dates, answer.probability[0], strict=True):
        days = (day - date(2027, 1, 1)).days
        others, greece, slow = (-expm1(-days / mean) for mean in (100, 400, 900))
        expected = 0.7 * others**2 * greece + 0.3 * slow * (0.8 * others**2 + 0.2 * others * greece)
        assert p == pytest.approx(expected, abs=1e-10)


def test_who_ratifies_is_settled_on_the_day_it_begins() -> None:
    """A wait of a fixed or random length ends before, on or after the day on which a slow ally joins."""
    body = (
        f"voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}, ratification: {{law: {{fixed: 0}}}}}},"
        " BIH: {ratification: {law: {fixed: 400}}}}\n"
        "ladder: [{step: wait, kind: wait, law: LAW}, {step: entry, kind: ratification}]\n"
        "events: [{on: 2027-04-01, voter: BIH, joins: true}]\n"
    )
    for law, before in (
        ("{fixed: 89}", 1.0), ("{fixed: 90}", 0.0), ("{exponential: {mean: 100}}", -expm1(-0.9)),
    ):  # fmt: skip
        model = model_of(body.replace("LAW", law))
        dated = exact.Solver(model).solve(draw_worlds(model, 1, 1).values[0], dates=[date(2028, 1, 1)])
        assert dated.probability[1, 0] == pytest.approx(before, abs=1e-12)


def test_times_by_hand() -> None:
    """Atoms are where they fall in floating-point years; between points of the grid lies a straight line."""
    times = tail.Times(((0.0, 30.0, 0.5),), np.linspace(0, 0.5, 401), 4)
    assert times.by(29.9 / 365.25) == pytest.approx(0.5 * 29.9 / 100)
    assert times.by(30.0 / 365.25) == pytest.approx(0.5 + 0.5 * 0.3)
    for days in (0.0, 0.1, 0.3, 1.0, 99.9, 100.0):
        smooth = tail.Times((), times.smooth, 4)
        assert smooth.by(days / 365.25) == pytest.approx(0.5 * days / 100)
    assert (times.by(-1.0), times.by(9.0)) == (0.0, 1.0)
    assert times.between(0.0, 30.0 / 365.25).atoms == ()
