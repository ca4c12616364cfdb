"""What would have to be believed: scenarios whose answers are known, and what is told of them."""

from __future__ import annotations

from datetime import date
from math import exp, log

import numpy as np
import pytest
from scipy.special import ndtr

from sim.base import records
from sim.base.errors import ModelError, OptionError
from sim.base.reading import one_side, read_day, read_share
from sim.model.worlds import draw_worlds, with_parameters
from sim.report.belief_figures import draw_alone, draw_boxes
from sim.report.screens.believe import screen
from sim.scenario.load import Scenario, load_scenario, load_text
from sim.studies.belief_answer import FOUND, NOT_ALONE, NOTHING, BeliefAnswer
from sim.studies.believe import believe
from sim.studies.options import Sampling
from sim.studies.prepare import prepare
from sim.studies.scores import blocks_of, scored

TEXT = """\
schema: 1
title: Rates
question: a?
organisation: NATO
candidate: XKX
start: 2026-12-31
horizon: 2036-12-31
members: [GRC]
parameters:
  rate: {prior: {lognormal: {median: 0.05, sigma: 0.8}}, unit: per year, basis: judged, source: made up}
  weak: {prior: {uniform: {low: 0.9, high: 1.1}}, unit: factor, basis: judged, source: made up}
  idle: {prior: {beta: {a: 2, b: 2}}, unit: probability, basis: judged, source: made up}
chains:
  unread: {states: [off, on], start: off, moves: [{from: off, to: on, rate: idle}]}
voters:
  everyone: {stance: {states: [blocks, recognises]}}
  GRC: {stance: {start: blocks, moves: [{from: blocks, to: recognises, rate: [rate, weak]}]}}
ladder:
  - {step: entry, kind: decision, meetings: [summit], needs: {stance: recognises}}
calendar: {summit: {dates: [2036-12-30]}}
"""
YEARS = (date(2036, 12, 30) - date(2026, 12, 31)).days / 365.25
TARGET = 0.6


def loaded() -> Scenario:
    return load_text(TEXT, "rates")


@pytest.fixture(scope="module")
def made() -> BeliefAnswer:
    return believe(loaded(), TARGET, options=Sampling(trajectories=8_000, worlds=400))


def test_a_rate_is_found_at_its_quantile(made: BeliefAnswer) -> None:
    """P = 1 - exp(-rate T), nearly: the other factor is all but 1."""
    (rate,) = made.of(FOUND)
    assert rate.name == "rate"
    assert rate.quantile is not None
    assert rate.quantile_error is not None
    exact = float(ndtr(log(-log(1 - TARGET) / YEARS / 0.05) / 0.8))
    assert rate.quantile == pytest.approx(exact, abs=4 * rate.quantile_error)
    assert rate.quantile_error < 0.02
    assert rate.value == pytest.approx(
        0.05 * exp(0.8 * np.sqrt(2) * _erfinv(2 * rate.quantile - 1)), rel=1e-6
    )


def _erfinv(x: float) -> float:
    from scipy.special import erfinv

    return float(erfinv(x))


def test_what_cannot_get_there_says_how_far_it_gets(made: BeliefAnswer) -> None:
    by = {one.name: one for one in made.alone}
    assert by["weak"].answer in (NOT_ALONE, "nothing beyond noise")
    assert by["weak"].furthest.probability < TARGET
    assert by["idle"].answer == NOTHING  # both ends were tried, and no future changed
    assert [tried.quantile for tried in by["idle"].tried] == [0.01, 0.99]


def test_the_shortest_shift_is_that_of_the_one_that_matters(made: BeliefAnswer) -> None:
    """With one lognormal rate, a shift by d multiplies all rates by exp(0.8 d)."""
    assert made.together is not None
    assert made.together.reached
    assert made.together.shifts[0].name == "rate"
    assert made.together.shifts[0].share > 0.9
    z = (np.arange(4000) + 0.5) / 4000
    from scipy.special import ndtri

    def at(d: float) -> float:
        return float(np.mean(1 - np.exp(-0.05 * np.exp(0.8 * (ndtri(z) + d)) * YEARS)))

    error = 4 * made.together.length_error + 0.05
    assert at(made.together.length - error) < TARGET < at(made.together.length + error)


def test_the_box_is_where_the_rate_is_high(made: BeliefAnswer) -> None:
    """A world has more than the target from a rate on; so many worlds are beyond it."""
    limit = made.boxes[0].limits[0]
    assert (limit.name, limit.lower) == ("rate", True)
    assert limit.value == pytest.approx(-log(1 - TARGET) / YEARS, rel=0.2)
    assert made.worlds_beyond == pytest.approx(1 - ndtr(log(-log(1 - TARGET) / YEARS / 0.05) / 0.8), abs=0.05)
    assert made.boxes[0].density > 0.7


def test_the_answer_is_read_back_shown_and_drawn(made: BeliefAnswer) -> None:
    assert records.typed(BeliefAnswer, records.plain(made)) == made
    text = screen(made)
    assert max(map(len, text.splitlines())) <= 80
    assert "rate at its" in text
    assert "1 change no future at all" in text
    assert "at least 60 % asked" in draw_alone(made).get_title()
    assert draw_boxes(made).get_xlabel() == "quantile, %"


def test_a_target_that_is_met_is_said() -> None:
    made = believe(loaded(), 0.1, options=Sampling(trajectories=400, worlds=200))
    assert made.met
    assert made.alone == ()
    assert "met as the priors are" in screen(made)


def test_below() -> None:
    made = believe(loaded(), 0.2, above=False, options=Sampling(trajectories=2_000, worlds=200))
    (rate,) = made.of(FOUND)
    assert rate.quantile is not None
    assert rate.quantile < 0.5
    assert made.together is not None
    assert made.together.shifts[0].score < 0


def test_what_cannot_be_asked() -> None:
    few = Sampling(trajectories=200, worlds=100)
    with pytest.raises(OptionError, match="above 1: allowed: more than 0 and less than 1"):
        believe(loaded(), 1.0, options=few)
    with pytest.raises(OptionError, match="did you mean 'entry'"):
        believe(loaded(), 0.5, step="entri", options=few)
    certain = {"rate": 0.1, "weak": 1.0, "idle": 0.5}
    with pytest.raises(ModelError, match="no parameter has a prior"):
        believe(load_text(TEXT, "rates", overrides=certain), 0.5)


@pytest.mark.parametrize(
    ("text", "share"),
    [("50%", 0.5), ("50 %", 0.5), ("0.5", 0.5), (0.25, 0.25), ("2.5%", 0.025), (None, None)],
)
def test_probabilities_as_users_write_them(text: str | float | None, share: float | None) -> None:
    assert read_share(text, "above") == share


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("50", "50 % is written 50%, or 0.5"), ("0", "not between 0 and 1"), ("100%", "not between 0 and 1"),
        ("x", "not a probability"), ("0,5", "write 0.5"), ("nan", "not between"),
    ],
)  # fmt: skip
def test_what_is_no_probability(text: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        read_share(text, "above")


def test_one_side_and_days() -> None:
    assert one_side(None, 0.1) == (False, 0.1)
    with pytest.raises(OptionError, match="missing"):
        one_side(None, None)
    with pytest.raises(OptionError, match="together"):
        one_side(0.1, 0.2)
    assert read_day(2036, "by") == read_day("2036", "by") == date(2036, 12, 31)
    with pytest.raises(OptionError, match="by soon: not a date"):
        read_day("soon", "by")


# --- what it rests on -----------------------------------------------------------------------------------


def test_worlds_with_other_values_are_those_drawn_with_them() -> None:
    base = prepare(load_scenario("grammar-tour"), 100)
    changed = {name: base.worlds.parameters[name] * 0.5 for name in ("mood", "settlement_rate")}
    some = with_parameters(base.model, base.worlds, changed)
    again = with_parameters(base.model, some, {name: base.worlds.parameters[name] for name in changed})
    assert (some.values != base.worlds.values).any()
    np.testing.assert_array_equal(again.values, base.worlds.values)
    np.testing.assert_array_equal(draw_worlds(base.model, base.seed, 100).values, base.worlds.values)


def test_no_shift_leaves_every_world_as_it_was_and_columns_of_a_table_together() -> None:
    base = prepare(load_scenario("grammar-tour"), 100)
    names = ["recognition_rate", "settled_rate", "mood"]
    shares = base.worlds.parameters["recognition_rate"] / 0.1
    blocks = blocks_of(base.model, base.seed, shares, names)
    all_ = scored(base.model, base.seed, blocks, names, 100)
    assert all_.names == ["mood", "grammar-tour.csv"]
    for name, values in all_.shifted(dict.fromkeys(all_.names, 0.0)).items():
        np.testing.assert_allclose(values, base.worlds.parameters[name], rtol=1e-9)
    up = all_.shifted({"grammar-tour.csv": 1.0})
    assert up["recognition_rate"].mean() > base.worlds.parameters["recognition_rate"].mean()
    table = base.model.tables["grammar-tour.csv"]
    rows = set(zip(table["recognition_rate"], table["settled_rate"], strict=True))
    assert set(zip(up["recognition_rate"], up["settled_rate"], strict=True)) <= rows
