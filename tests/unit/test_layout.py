"""Which rates are looked up: a table for each chain, of one width, with a place for all that its rates read."""

from __future__ import annotations

import pytest

from sim.engines.montecarlo import layout as laid
from sim.engines.montecarlo.layout import layout
from sim.model.compiler import compile_scenario
from sim.model.model import Model
from sim.scenario.load import load_text

TEXT = """\
schema: 1
title: Read
question: What do rates read?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2037-01-01
members: [GRC, ESP, ROU]
chains:
  alone: {states: [low, high], start: low, moves: [{from: low, to: high, rate: 0.1}]}
  rests: {states: [a, b, c], start: a}
  reads:
    states: [none, some, all]
    start: none
    moves:
      - {name: slowly, from: none, to: some, rate: 0.1, scaled_by: {alone: {high: 2}}}
      - {name: at_once, from: none, to: all, rate: 0.1, when: {rests: b}}
      - {name: on, from: some, to: all, rate: 0.1}
voters:
  everyone: {stance: {states: [blocks, recognises], start: recognises}}
  GRC:
    stance:
      start: blocks
      moves: [{from: blocks, to: recognises, rate: 0.1, scaled_by: {peers: {recognises: 3}, alone: {high: 2}}}]
  ESP: {stance: {start: blocks, moves: [{from: blocks, to: recognises, rate: 0.1}]}}
ladder: [{step: entry, kind: decision, meetings: [council], needs: {stance: recognises}}]
calendar: {council: {dates: [2030-01-01]}}
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return compile_scenario(load_text(TEXT, "read"))


def test_a_table_has_a_place_for_each_joint_state(model: Model) -> None:
    """Of three rates where two moves are open at once: their sum and each of both."""
    sizes = dict(zip(model.chain_names, layout(model).sizes, strict=True))
    assert sizes["alone"] == 2
    assert sizes["rests"] == 0
    assert sizes["reads"] == 3 * 3 * 2 * 3
    assert sizes["ESP.stance"] == 2
    assert sizes["GRC.stance"] == 2 * 2 * (2 + 1)  # of its peers, GRC and ESP, none to two recognise
    assert layout(model).size == sum(sizes.values())


def test_axes_lie_one_within_another(model: Model) -> None:
    found, names = layout(model), list(model.chain_names)
    reads, greece = names.index("reads"), names.index("GRC.stance")
    assert found.widths[reads] == 3
    assert [(names[other], stride, size) for other, stride, size in found.axes[reads]] == [
        ("alone", 9, 2),
        ("rests", 18, 3),
    ]
    assert [(names[other], stride, size) for other, stride, size in found.axes[greece]] == [("alone", 2, 2)]
    assert found.peer_strides[greece] == [0, 4]


def test_what_would_be_too_large_has_no_table(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid, "MOST_RATES", 12)
    sizes = dict(zip(model.chain_names, layout(model).sizes, strict=True))
    assert (sizes["reads"], sizes["GRC.stance"]) == (0, 12)
    assert layout(model).axes[list(model.chain_names).index("reads")] == []
