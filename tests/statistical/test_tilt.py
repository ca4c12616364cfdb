"""Tilted estimates against closed forms.

False alarms. Each claim is that a mean of weighed trajectories lies within Z = 6 of its own standard errors of the
true value; the weights have bounded squares here, so the normal law is good enough, and it makes a false alarm with
chance 2e-9 for each of the 6 claims.

Power. Without weights, or with weights a fifth too high, a claim fails (the last test).
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.engines import montecarlo
from sim.engines.paths import TiltedPaths
from sim.estimates.weighed import WeighedTally, least_rates
from sim.scenario.load import load_text
from sim.studies.prepare import prepare

N, Z, LEAST = 200_000, 6.0, 0.2
HOLDOUTS = ("GRC", "ROU", "SVK", "ESP")
SCENARIO = """\
schema: 1
title: Four who move rarely
question: Is the weighed share the true probability?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2037-01-01
members: [GRC, ROU, SVK, ESP]
parameters:
  moving: {value: RATE, unit: per year, basis: judged, source: a test}
voters:
  everyone:
    stance:
      states: [blocks, acquiesces, recognises]
      start: blocks
      moves: [{from: blocks, to: recognises, rate: moving, scaled_by: {peers: {recognises: 1.8}}}]
ladder: [{step: entry, kind: decision, meetings: [council], needs: {stance: recognises}}]
calendar: {council: {dates: [2036-12-31]}}
watch:
  - {voter: GRC, stance: recognises}
  - {voter: ROU, stance: recognises}
  - {voter: SVK, stance: recognises}
  - {voter: ESP, stance: recognises}
"""
END = 3652 / 365.25
"""Years to the only meeting."""


def weighed(rate: float) -> TiltedPaths:
    ready = prepare(load_text(SCENARIO.replace("RATE", str(rate)), "rare"), seed=3)
    least = least_rates(ready.model, [f"moving={LEAST}"])
    paths = montecarlo.simulate(ready.model, ready.worlds, ready.seed, N, tilt=least)
    assert isinstance(paths, TiltedPaths)
    return paths


def all_four(rate: float) -> float:
    """Chance that four in turn, each quickened by those before, have moved by the meeting."""
    in_turn = [(4 - k) * rate * 1.8**k for k in range(4)]
    cells = np.diag([*(-r for r in in_turn), 0.0]) + np.diag(in_turn, 1)
    from scipy.linalg import expm

    return float(expm(cells * END)[0, 4])


def holds(sample: NDArray[np.float64], truth: float) -> bool:
    return bool(abs(sample.mean() - truth) < Z * sample.std() / N**0.5)


@pytest.mark.parametrize("rate", [0.0067, 0.03])
def test_a_rare_end_is_estimated_without_bias(rate: float) -> None:
    paths = weighed(rate)
    truth = all_four(rate)
    sample = paths.weights[:, 1]
    assert holds(sample, truth)
    assert sample.std() / N**0.5 < 0.02 * truth
    assert holds(paths.weights[:, 0], 1.0)
    by_five = np.where(paths.watch[:, 0] <= 5.0, paths.weights[:, 2], 0.0)  # Greece, by the middle of the run
    in_five = five_years(rate)
    assert holds(by_five, in_five)


def five_years(rate: float) -> float:
    """Chance that one of the four, who are alike, has moved by then: a quarter of the mean number that has."""
    from scipy.linalg import expm

    in_turn = [(4 - k) * rate * 1.8**k for k in range(4)]
    cells = np.diag([*(-r for r in in_turn), 0.0]) + np.diag(in_turn, 1)
    return float(expm(cells * 5.0)[0] @ np.arange(5)) / 4


TWO_WAYS = """\
schema: 1
title: There and back
question: Is it there?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2030-09-01
members: [ESP]
parameters: {r: {value: 0.1, unit: per year, basis: judged, source: a test}}
chains:
  gate: {states: [shut, open], start: shut, moves: [{from: shut, to: open, rate: r}, {from: open, to: shut, rate: r}]}
voters: {everyone: {stance: {states: [blocks, recognises], start: recognises}}}
ladder: [{step: entry, kind: decision, meetings: [council], when: {gate: open}}]
calendar: {council: {dates: [2030-08-25]}}
"""
SEEDS, FEW = range(20), 4000


def verdicts(text: str, name: str, rate: float, meeting: float) -> list[tuple[bool, float]]:
    """Whether each of some runs is called reliable, and by how many of its errors it is from the truth."""
    found = []
    truth = (1 - np.exp(-0.2 * meeting)) / 2 if name == "r" else all_four(0.03)
    scenario = load_text(text, "tilted")
    for seed in SEEDS:
        ready = prepare(scenario, seed=seed)
        tally = WeighedTally(ready.model, 1, [f"{name}={rate}"])
        tally.add(
            montecarlo.simulate(
                ready.model, ready.worlds, seed, FEW, tilt=least_rates(ready.model, tally.tilt)
            )
        )
        share = tally.curve(0)[-1]
        found.append((tally.tilted().reliable, abs(share.probability - truth) / share.mc_error))
    return found


@pytest.mark.parametrize(
    ("text", "name", "rate", "good"),
    [
        (TWO_WAYS, "r", 0.2, True),
        (TWO_WAYS, "r", 0.5, True),
        (TWO_WAYS, "r", 5.0, False),
        (TWO_WAYS, "r", 20.0, False),
        (SCENARIO.replace("RATE", "0.03"), "moving", 0.1, True),
        (SCENARIO.replace("RATE", "0.03"), "moving", 1.0, False),
        (SCENARIO.replace("RATE", "0.03"), "moving", 50.0, False),
    ],
)
def test_tilts_that_are_too_strong_are_told_from_good_ones(
    text: str, name: str, rate: float, good: bool
) -> None:
    """Good ones are called reliable in all of 20 runs (and are, within 6 errors); of the others none is."""
    found = verdicts(text, name, rate, 1332 / 365.25)
    assert [reliable for reliable, _ in found] == [good] * len(found)
    if good:
        assert max(away for _, away in found) < Z


def test_without_weights_the_claims_fail() -> None:
    paths = weighed(0.0067)
    happened = np.isfinite(paths.time[:, 0]).astype(float)
    assert not holds(happened, all_four(0.0067))
    assert stats.norm.sf(Z) * 2 < 2e-9
    assert not holds(paths.weights[:, 1] * 1.2, all_four(0.0067))
