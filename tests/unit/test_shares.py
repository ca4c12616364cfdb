"""A share of a rule is what the file says, to its last digit, whatever the number of voters."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engines import exact, montecarlo, replay
from sim.model import rules
from sim.model.compiler import _share_of, compile_scenario
from sim.model.worlds import draw_worlds
from sim.scenario.load import load_text
from tests.bits import differences

CODES = ("GRC", "ESP", "ROU", "SVK", "TUR", "DEU", "FRA")


@given(st.integers(1, 10**18), st.integers(1, 10**18), st.integers(1, 300))
def test_the_compiled_share_asks_the_same_number_of_any_voters(a: int, b: int, voters: int) -> None:
    share = Fraction(min(a, b), max(a, b))
    above, below = _share_of(share, voters)
    assert below <= voters
    for n in range(voters + 1):
        assert rules.required(rules.SHARE, above, below, n) == ceil(n * share)


@pytest.mark.parametrize(
    ("share", "voters", "needed"),
    [
        ("0.50001", 4, 3),
        ("0.5000000000000001", 4, 3),
        ("0.49999999999999994", 4, 2),
        ("0.6", 5, 3),
        ("0.2", 5, 1),
        ("2/3", 6, 4),
        ("66667/100000", 3, 3),
        ("1/3", 3, 1),
        ("1 / 3", 3, 1),
        ("1e-300", 7, 1),
        ("1", 4, 4),
    ],
)
def test_every_engine_needs_as_many_votes(share: str, voters: int, needed: int) -> None:
    """Each voter agrees or not, once and for all, with chance a half: all of their votes can be listed."""
    members = CODES[:voters]
    text = f"""\
schema: 1
title: Shares
question: How many votes?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2029-01-01
members: [{", ".join(members)}]
voters:
  everyone: {{stance: {{states: [blocks, recognises], start: {{blocks: 0.5, recognises: rest}}, drawn_by: trajectory}}}}
ladder:
  - {{step: entry, kind: decision, meetings: [council], needs: {{stance: recognises}}, rule: {{share: {share}}}}}
calendar: {{council: {{dates: [2028-01-01]}}}}
"""
    model = compile_scenario(load_text(text, "shares"))
    worlds = draw_worlds(model, 1, 1)
    chance = sum(sum(votes) >= needed for votes in product((0, 1), repeat=voters)) / 2**voters
    solved = exact.Solver(model).solve(worlds.values[0])
    assert np.isclose(solved.probability[0, -1], chance, rtol=0, atol=1e-12)
    paths = montecarlo.simulate(model, worlds, 1, 300)
    assert differences(paths, replay.simulate(model, worlds, 1, 300)) == []
    against = [int(bits).bit_count() for bits in paths.blockers[:, 0, 0]]
    assert np.isfinite(paths.time[:, 0]).tolist() == [voters - n >= needed for n in against]
