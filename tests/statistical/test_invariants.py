"""What must hold of every path, whatever the numbers: compared pathwise, two scenarios with the same luck.

Most claims here are about each of the N trajectories and have no false alarms. Two scenarios that differ in a
rate use up the same luck by other sums, so a time that is the same in exact arithmetic may differ in its last
digits: SLACK, a third of a second, is allowed there. Where nothing but an order or a name differs, times must
be equal to the last bit.

The few statistical claims use exact binomial tails with ALARM = 1e-9 on both sides together; there are fewer
than 50 of them, so if all are true, the chance that any fails for other seeds is below 5e-8.
"""

from __future__ import annotations

from functools import cache
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.engines import montecarlo
from sim.engines.paths import Paths
from sim.model.model import NOT_REACHED, PASSED, WAIVED, Model
from sim.scenario.load import builtin_scenarios, load_text
from sim.studies.prepare import prepare
from tests.structures import by_structure

ALARM = 1e-9
Z = float(stats.norm.isf(ALARM / 2))
N, WORLDS = 20_000, 200
SLACK = 1e-8
"""Years."""

# A ladder of every kind of step, chains that read one another and the ladder, and upward moves only: every
# move goes to a later state, every factor of a later state is larger, and a settlement replaces the slow rate
# by a faster one. Events only raise; nobody redraws or joins.
UPWARD = """\
schema: 1
title: Upward
question: Does nothing good delay anything?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2056-12-01
members: [ESP, GRC, ROU, SVK, TUR, USA]
parameters:
  settlement_rate: {prior: {gamma: {shape: 1, rate: 15}}, unit: per year, basis: judged, source: made up}
  acquiescence: {prior: {gamma: {shape: 2, rate: 8}}, unit: per year, basis: judged, source: made up}
  recognition: {prior: {gamma: {shape: 2, rate: 60}}, unit: per year, basis: judged, source: made up}
  settled: {value: 0.5, unit: per year, basis: judged, source: made up}
  peer_pull: {value: 1.5, unit: factor, basis: judged, source: made up}
  reform: {value: 0.4, unit: per year, basis: judged, source: made up}
  engagement: {value: 0.1, unit: per year, basis: judged, source: made up}
  bypass: {value: 0.02, unit: per year, basis: judged, source: made up}
  never_share: {value: 0.02, unit: probability, basis: judged, source: made up}
chains:
  settlement:
    states: [none, interim, comprehensive]
    start: none
    moves:
      - {from: none, to: interim, rate: [settlement_rate, 2], scaled_by: {washington: {engaged: 2}}}
      - {from: interim, to: comprehensive, rate: settlement_rate, scaled_by: {washington: {engaged: 2}}}
  washington:
    states: [distant, engaged]
    start: distant
    moves: [{from: distant, to: engaged, rate: engagement}]
  readiness:
    states: [begun, ready]
    start: begun
    moves: [{from: begun, to: ready, rate: reform, when: {ladder: [pfp, map]}}]
voters:
  everyone:
    stance: {states: [blocks, acquiesces, recognises], start: recognises}
    ratification: {law: {exponential: {mean: 150}}}
  GRC: &holdout
    stance:
      start: {blocks: 0.5, acquiesces: rest}
      drawn_by: trajectory
      never: never_share
      moves:
        - {from: blocks, to: acquiesces, rate: acquiescence}
        - name: slow
          from: acquiesces
          to: recognises
          rate: recognition
          when: {settlement: [none, interim]}
          scaled_by: {settlement: {interim: 2}, peers: {recognises: peer_pull}}
        - name: settled
          from: acquiesces
          to: recognises
          rate: settled
          when: {settlement: comprehensive}
          scaled_by: {peers: {recognises: peer_pull}}
  ROU: *holdout
  SVK: *holdout
  ESP: *holdout
ladder:
  - {step: pfp, kind: decision, meetings: [council], needs: {stance: acquiesces}, held: 0.2, bypass: bypass}
  - {step: map, kind: decision, meetings: [council], needs: {stance: acquiesces}, waived: 0.3}
  - step: invitation
    kind: decision
    meetings: [council]
    when: {readiness: ready}
    needs: {stance: recognises}
    rule: consensus
    held: 0.1
  - {step: protocol, kind: wait, law: {lognormal: {median: 120, sigma: 0.7}}}
  - {step: membership, kind: ratification, lag: {fixed: 14}}
calendar:
  council: {then: {every: 6 months, from: 2027-01-15}}
watch:
  - {chain: settlement, state: comprehensive}
  - {voter: GRC, stance: recognises}
  - {voter: ROU, stance: recognises}
  - {voter: SVK, stance: recognises}
  - {voter: ESP, stance: recognises}
"""


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """The text with each old part, which must occur once, replaced by the new one."""
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        text = text.replace(old, new)
    return text


@cache
def ran(text: str, n: int = N) -> tuple[Model, Paths]:
    ready = prepare(load_text(text, "invariant"), worlds=WORLDS, seed=31)
    return ready.model, montecarlo.simulate(ready.model, ready.worlds, ready.seed, n)


def times(text: str) -> NDArray[np.float64]:
    """[N, steps and watched entries]."""
    paths = ran(text)[1]
    return np.concatenate([paths.time, paths.watch], axis=1)


def never_later(sooner: NDArray[np.float64], later: NDArray[np.float64], slack: float = SLACK) -> None:
    """In no trajectory, and in some of them sooner: else nothing was compared."""
    with np.errstate(invalid="ignore"):
        delayed = (sooner > later + slack) & ~((sooner == inf) & (later == inf))
    assert not delayed.any(), f"{delayed.sum()} delayed, such as trajectory {np.argmax(delayed.any(axis=1))}"
    assert (sooner + slack < later).any()


def assert_share(seen: int | np.integer, n: int, p: float) -> None:
    assert min(stats.binom.cdf(seen, n, p), stats.binom.sf(seen - 1, n, p)) > ALARM / 2, (seen / n, p)


# --- upward moves only ------------------------------------------------------------

RATES = {
    "settlement_rate": ("{prior: {gamma: {shape: 1, rate: 15}}", "{prior: {gamma: {shape: 1, rate: 11}}"),
    "acquiescence": ("{prior: {gamma: {shape: 2, rate: 8}}", "{prior: {gamma: {shape: 2, rate: 7}}"),
    "recognition": ("{prior: {gamma: {shape: 2, rate: 60}}", "{prior: {gamma: {shape: 2, rate: 50}}"),
    "settled": ("settled: {value: 0.5", "settled: {value: 0.6"),
    "peer_pull": ("peer_pull: {value: 1.5", "peer_pull: {value: 1.7"),
    "reform": ("reform: {value: 0.4", "reform: {value: 0.5"),
    "engagement": ("engagement: {value: 0.1", "engagement: {value: 0.15"),
    "bypass": ("bypass: {value: 0.02", "bypass: {value: 0.03"),
}


@pytest.mark.parametrize("name", RATES)
def test_a_higher_rate_never_delays(name: str) -> None:
    never_later(times(changed(UPWARD, RATES[name])), times(UPWARD))


def test_a_higher_rate_can_delay_where_moves_go_back() -> None:
    """So the limit that the claim above states is a real one, and this file can see delays."""
    back = (
        "        - {from: blocks, to: acquiesces, rate: acquiescence}\n",
        "        - {from: blocks, to: acquiesces, rate: acquiescence}\n"
        "        - {from: acquiesces, to: blocks, rate: 0.3}\n",
    )
    slow, fast = times(changed(UPWARD, back)), times(changed(UPWARD, back, RATES["acquiescence"]))
    assert (fast > slow + SLACK).any()


@pytest.mark.parametrize("name", ["held: 0.2", "held: 0.1", "never_share: {value: 0.02"])
def test_less_of_what_hinders_never_delays(name: str) -> None:
    never_later(times(changed(UPWARD, (name, name[:-1] + "0"))), times(UPWARD))


def test_more_waivers_never_delay() -> None:
    never_later(times(changed(UPWARD, ("waived: 0.3", "waived: 0.6"))), times(UPWARD))


def test_a_weaker_rule_never_delays() -> None:
    never_later(times(changed(UPWARD, ("rule: consensus", "rule: {all_but: 1}"))), times(UPWARD))


def test_a_settlement_from_the_start_dominates() -> None:
    never_later(times(changed(UPWARD, ("start: none\n", "start: comprehensive\n"))), times(UPWARD))


def test_half_a_settlement_from_the_start_helps_on_the_whole() -> None:
    """Not in every trajectory, as the luck of the first exit is now that of what was the second."""
    ahead, base = times(changed(UPWARD, ("start: none\n", "start: interim\n"))), times(UPWARD)
    assert (ahead > base + SLACK).any()
    gain = ((ahead < inf).astype(float) - (base < inf))[:, 4:]  # membership, the settlement, four holdouts
    by_world = gain.reshape(-1, WORLDS, gain.shape[1]).mean(axis=0)
    z = by_world.mean(axis=0) / by_world.std(axis=0) * np.sqrt(WORLDS)
    assert (z > Z).all()  # more than chance could give


def test_a_settlement_by_an_event_dominates_and_changes_nothing_before() -> None:
    events = "events: [{on: 2031-06-01, chain: settlement, state: comprehensive}]\n"
    with_it, without = times(UPWARD + events), times(UPWARD)
    never_later(with_it, without)
    at = 1643 / 365.25
    earlier = np.minimum(with_it, without) < at
    assert (with_it[earlier] == without[earlier]).all()


# --- who is asked ------------------------------------------------------------

MEMBERS = "members: [ESP, GRC, ROU, SVK, TUR, USA]"
# An ally more can also help, by pulling its peers; and it changes who obstructs. Neither is in this model.
NO_PEERS = tuple((f"{before}peers: {{recognises: peer_pull}}", f"{before}peers: {{recognises: 1}}")
                 for before in ("interim: 2}, ", "scaled_by: {"))  # fmt: skip


@pytest.mark.parametrize("ally", ["a recogniser", "a holdout"])
def test_one_more_ally_never_speeds(ally: str) -> None:
    fewer = changed(UPWARD, *NO_PEERS)
    more = changed(fewer, (MEMBERS, MEMBERS.replace("TUR", "HUN, TUR")))
    if ally == "a holdout":
        more = changed(more, ("  ROU: *holdout\n", "  ROU: *holdout\n  HUN: *holdout\n"))
    never_later(times(fewer), times(more), slack=0.0)
    # and it shifts nobody else's luck
    assert (times(fewer)[:, 5:] == times(more)[:, 5:]).all()


def test_the_order_of_members_changes_no_bit() -> None:
    shuffled = changed(UPWARD, (MEMBERS, "members: [USA, SVK, GRC, TUR, ESP, ROU]"))
    (model, paths), (other, again) = ran(UPWARD), ran(shuffled)
    assert model.voter_names != other.voter_names
    assert (times(UPWARD) == times(shuffled)).all()
    assert (paths.how == again.how).all()
    # the same allies block, and the same ally is the last, under other numbers
    for number, name in enumerate(model.voter_names):
        elsewhere = np.uint64(other.voter_names.index(name))
        one, here = np.uint64(1), np.uint64(number)
        assert (((paths.blockers >> here) & one) == ((again.blockers >> elsewhere) & one)).all()
        for last, last_again in (
            (paths.last_to_move, again.last_to_move),
            (paths.last_to_ratify, again.last_to_ratify),
        ):
            assert ((last == number) == (last_again == int(elsewhere))).all()


def test_identical_allies_change_places_freely() -> None:
    """Each of the four holdouts is the last to move as often, and each ally the last to ratify."""
    model, paths = ran(UPWARD, 60_000)
    holdouts = ("GRC", "ROU", "SVK", "ESP")
    for last, equals in ((paths.last_to_move, holdouts), (paths.last_to_ratify, model.voter_names)):
        known = int((last >= 0).sum())
        assert known > 2000
        for name in equals:
            assert_share((last == model.voter_names.index(name)).sum(), known, 1 / len(equals))


def test_an_ally_takes_its_luck_along_with_its_name() -> None:
    """GRC and PRT change places: other luck, the same law."""
    renamed = UPWARD.replace("GRC", "PRT")
    one, two = times(UPWARD), times(renamed)
    assert (one[:, 6] != two[:, 6]).any()
    assert (one[:, 5] == two[:, 5]).all()  # the settlement has nothing to do with it
    moved = [int((column[:, 6] < inf).sum()) for column in (one, two)]
    table = [moved, [N - count for count in moved]]
    assert stats.fisher_exact(table).pvalue > ALARM


@pytest.mark.parametrize("code", ["ROU", "ESP"])
def test_one_sure_never_mover_is_enough(code: str) -> None:
    """With consensus and no bypass; all but one is another matter."""
    never = "{stance: {start: blocks, never: 1, moves: [{from: blocks, to: acquiesces, rate: 9}]}}"
    text = changed(UPWARD, (f"{code}: *holdout", f"{code}: {never}"), ("bypass: bypass", "bypass: 0"))
    model, paths = ran(text)
    assert (paths.time == inf).all()
    assert (paths.how == NOT_REACHED).all()
    bit = np.uint64(model.voter_names.index(code))
    assert ((paths.blockers[:, 0, 0] >> bit) & np.uint64(1) == 1).all()
    without_one = changed(text, ("held: 0.2, bypass: 0", "held: 0.2, rule: {all_but: 1}"))
    assert (ran(without_one)[1].time[:, 0] < inf).any()


# --- the ladder ------------------------------------------------------------

BUILT_IN = by_structure(builtin_scenarios())


@pytest.mark.parametrize("name", BUILT_IN)
def test_steps_are_taken_in_order(name: str) -> None:
    ready = prepare(name, worlds=100, seed=5)
    paths = montecarlo.simulate(ready.model, ready.worlds, ready.seed, 2000)
    reached = paths.time < inf
    assert (np.diff(np.where(reached, paths.time, 1e9), axis=1) >= 0).all()
    assert (reached[:, 1:] <= reached[:, :-1]).all()
    assert ((paths.how != NOT_REACHED) == reached).all()
    assert (paths.time[reached] <= ready.model.horizon_years).all()
    assert (paths.time >= 0).all()
    # two decisions are never taken at one moment, unless the later one was waived
    together = (paths.time[:, 1:] == paths.time[:, :-1]) & reached[:, 1:]
    assert not (together & (paths.how[:, 1:] == PASSED) & (paths.how[:, :-1] == PASSED)).any()
    assert (paths.how[:, 1:][together] == WAIVED).all()


@pytest.mark.parametrize("moves_back", [False, True])
def test_a_step_that_needs_less_is_never_later(moves_back: bool) -> None:
    """Also where stances move back: whoever recognises at a meeting acquiesces there, too.

    Where they do, no chain may read the ladder, or being earlier could be a disadvantage to it.
    """
    text = UPWARD
    if moves_back:
        text = changed(
            text,
            ("        - {from: blocks, to: acquiesces, rate: acquiescence}\n",
             "        - {from: blocks, to: acquiesces, rate: acquiescence}\n"
             "        - {from: acquiesces, to: blocks, rate: 0.3}\n"
             "        - {from: recognises, to: acquiesces, rate: 0.2}\n"),
            (", when: {ladder: [pfp, map]}}]", "}]"),
        )  # fmt: skip
    lower = changed(text, ("needs: {stance: recognises}\n", "needs: {stance: acquiesces}\n"))
    assert (times(lower)[:, 5:] == times(text)[:, 5:]).all()  # stances do not know what they are asked for
    never_later(times(lower)[:, :5], times(text)[:, :5], slack=0.0)
    higher = changed(text, ("needs: {stance: acquiesces}, waived", "needs: {stance: recognises}, waived"))
    never_later(times(text)[:, :5], times(higher)[:, :5], slack=0.0)
