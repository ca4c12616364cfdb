"""What levers are worth: which are pulled together, what is counted, what is told."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.base import records
from sim.base.errors import OptionError
from sim.estimates.paired import Counts, combined
from sim.estimates.rankings import first_ones
from sim.report.levers_figure import draw_levers
from sim.report.screens.levers import screen
from sim.scenario.load import Scenario, load_text
from sim.studies.lever_answer import LeversAnswer, LeverTold
from sim.studies.levers import levers, sets_of
from sim.studies.options import Sampling
from sim.studies.points import NOTHING, Point

TEXT = """\
schema: 1
title: Two holdouts
question: What is each worth?
organisation: NATO
candidate: XKX
start: 2026-12-31
horizon: 2030-12-31
members: [ESP, GRC, FRA]
parameters:
  rate: {prior: {uniform: {low: 0.1, high: 0.9}}, unit: per year, basis: judged, source: made up}
  held: {value: 0.5, unit: probability, basis: judged, source: made up}
chains:
  mood: {states: [low, high], start: low, moves: []}
voters:
  everyone: {stance: {states: [blocks, recognises], start: recognises}}
  ESP: {stance: {start: blocks, never: 1, moves: [{from: blocks, to: recognises, rate: rate}]}}
  GRC: {stance: {start: {blocks: 0.9, recognises: rest}, moves: [{from: blocks, to: recognises, rate: rate}]}}
ladder:
  - {step: entry, kind: decision, meetings: [summit], needs: {stance: recognises}, held: held}
calendar: {summit: {dates: [2027-06-30, 2028-06-30, 2029-06-30]}}
levers:
  up: {title: a better mood, events: [{chain: mood, state: high}]}
  down: {events: [{chain: mood, state: low}]}
  quick: {values: {held: 0}}
"""


def loaded(text: str = TEXT) -> Scenario:
    return load_text(text, "two")


@pytest.fixture(scope="module")
def made() -> LeversAnswer:
    return levers(loaded(), Sampling(trajectories=2_000, worlds=100), step="entry", by=date(2029, 12, 31))


def test_holdouts_are_all_who_may_start_below_and_the_day_is_the_next_meeting(made: LeversAnswer) -> None:
    assert made.voters == ("ESP", "GRC")  # FRA recognises; GRC starts below in most worlds
    assert (made.on, made.on_is) == (date(2027, 6, 30), "the next date of summit")
    assert made.levers[0].title == "Spain: recognises"
    assert made.levers[1].does == "GRC.stance=recognises on 2027-06-30"


def test_a_change_of_stance_counts_whatever_the_law_says_of_never_moving(made: LeversAnswer) -> None:
    """Spain makes no move by itself, so that nothing passes without it; held at each meeting with an even chance."""
    by = {one.levers: made.at(one) for one in made.pulled}
    assert made.base().probability == 0.0
    assert by["GRC",].worth == 0.0
    assert by["ESP", "GRC"].probability == pytest.approx(7 / 8, abs=0.03)
    assert by["ESP", "GRC", "quick"].probability == 1.0


def test_beyond_the_sum(made: LeversAnswer) -> None:
    by = {one.levers: made.at(one) for one in made.pulled}
    pair, spain, greece = by["ESP", "GRC"], by["ESP",], by["GRC",]
    assert spain.beyond_sum is None
    assert pair.beyond_sum == pytest.approx(pair.worth - spain.worth - greece.worth)
    assert 0 < pair.beyond_sum_error < 0.05


def test_what_contradicts_is_not_pulled_together(made: LeversAnswer) -> None:
    assert made.not_together == (("up", "down"),)
    assert not any({"up", "down"} <= set(one.levers) for one in made.pulled)
    assert ("ESP", "GRC", "up") in {one.levers for one in made.pulled}


def test_named_levers_are_tried_in_all_sets() -> None:
    sampling = Sampling(trajectories=200, worlds=100)
    made = levers(loaded(), sampling, on=date(2028, 1, 1), names=["quick", "ESP", "GRC"])
    assert len(made.pulled) == 7
    assert made.on_is == "chosen"


def test_many_are_pulled_alone_in_pairs_and_all() -> None:
    told = [LeverTold(f"A{i}", "", True, "") for i in range(7)]
    sets, apart = sets_of(told, dict.fromkeys((t.name for t in told), NOTHING))
    assert (len(sets), apart) == (7 + 21 + 1, [])
    told = [LeverTold("a", "", False, ""), LeverTold("b", "", False, "")]
    points = {"a": Point(events={"x=1": date(2027, 1, 1)}), "b": Point(events={"x=2": date(2028, 1, 1)})}
    assert sets_of(told, points)[0] == [("a",), ("b",), ("a", "b")]  # on other days both can be


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on": date(2026, 1, 1)}, "on 2026-01-01: allowed: 2026-12-31 to 2030-12-31"),
        (
            {"on": date(2029, 1, 1), "by": date(2028, 1, 1)},
            "on 2029-01-01: is after by; allowed: 2026-12-31 to 2028-01-01",
        ),
        ({"names": ["GRE"]}, "lever GRE: not a lever here; did you mean 'GRC'?"),
        ({"names": ["ESP", "ESP"]}, "given twice"),
        ({"step": "entri"}, "did you mean 'entry'?"),
        ({"by": date(2031, 12, 31)}, "by 2031-12-31: allowed: after 2026-12-31, up to 2030-12-31"),
    ],
)
def test_what_cannot_be_asked(given: dict[str, object], said: str) -> None:
    with pytest.raises(OptionError, match=said.replace("?", r"\?")):
        levers(loaded(), Sampling(trajectories=200, worlds=100), **given)  # type: ignore[arg-type]


def test_nothing_to_pull() -> None:
    text = TEXT[: TEXT.index("levers:")].replace("start: blocks, never: 1", "start: recognises")
    text = text.replace("start: {blocks: 0.9, recognises: rest}", "start: recognises")
    with pytest.raises(OptionError, match="nobody starts below"):
        levers(loaded(text), Sampling(trajectories=200, worlds=100))


def test_the_answer_is_read_back_and_shown(made: LeversAnswer) -> None:
    assert records.typed(LeversAnswer, records.plain(made)) == made
    text = screen(made)
    assert max(map(len, text.splitlines())) <= 80
    assert "ESP + GRC" in text
    assert "no advice" in text
    assert "worth" in draw_levers(made).get_title()


def test_a_rank_within_noise_is_none() -> None:
    values = {"a": 0.10, "b": 0.09, "c": 0.02}
    error = 0.01
    assert first_ones(values, lambda x, y: (values[x] - values[y], error)) == ["a", "b"]
    assert first_ones(values, lambda x, y: (values[x] - values[y], 0.001)) == ["a"]
    assert first_ones(values, lambda x, y: (values[x] - values[y], 1.0)) == []
    assert first_ones({"a": 0.0, "b": 0.0}, lambda x, y: (0.0, 0.001)) == []


def test_a_sum_of_runs_and_its_error() -> None:
    hits = [np.array([[[1], [3]]]), np.array([[[2], [4]]]), np.array([[[4], [4]]])]
    one, two, three = (Counts(("a",), h, np.array([4, 4]), 2) for h in hits)
    ((value, error),) = combined([(1.0, three), (-1.0, two), (-1.0, one)], "a")
    assert value == pytest.approx((8 - 6 - 4) / 8)
    assert error == pytest.approx(np.std([(4 - 2 - 1) / 4, (4 - 4 - 3) / 4], ddof=1) / np.sqrt(2))
    ((value, error),) = combined([(1.0, two), (-1.0, two)], "a")
    assert value == 0.0 < error
