"""A scenario whose answer is known: a chain moves at a rate that is the product of two numbers; a third does nothing.

So the step is taken by the tenth year with probability 1 - exp(-pace pull T), and what moves it follows by quadrature.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.scenario.load import Scenario, load_text
from sim.scenario.quantiles import QUANTILES

TEXT = """\
schema: 1
title: Two numbers
question: Does the sample agree with the closed form?
organisation: NATO
candidate: XKX
start: 2027-01-01
horizon: 2037-02-01
members: [GRC, ESP]
parameters:
  pace: {prior: {gamma: {shape: 2, rate: 20}}, unit: per year, basis: judged, source: test}
  pull: {prior: {lognormal: {median: 1, sigma: 0.5}}, unit: factor, basis: fitted, source: test}
  idle: {prior: {uniform: {low: 0, high: 1}}, unit: per year, basis: judged, source: test}
chains:
  settlement: {states: [none, done], start: none, moves: [{from: none, to: done, rate: [pace, pull]}]}
  other: {states: [none, done], start: none, moves: [{from: none, to: done, rate: idle}]}
voters: {everyone: {stance: {states: [blocks, recognises], start: recognises}}}
ladder: [{step: entry, kind: decision, meetings: [council], when: {settlement: done}, needs: {stance: recognises}}]
calendar: {council: {dates: [2037-01-01]}}
"""
YEARS = (date(2037, 1, 1) - date(2027, 1, 1)).days / 365.25
CELLS = 2000


def load(text: str = TEXT) -> Scenario:
    """The scenario, or one made of it."""
    return load_text(text, "two-numbers")


def chances() -> NDArray[np.float64]:
    """[CELLS, CELLS] the probability at the middle of equal cells of the priors of pace and pull."""
    u = (np.arange(CELLS) + 0.5) / CELLS
    pace, pull = QUANTILES["gamma"](u, shape=2, rate=20), QUANTILES["lognormal"](u, median=1, sigma=0.5)
    return np.asarray(-np.expm1(-np.outer(pace, pull) * YEARS))


def first_orders() -> tuple[float, float, float]:
    """First-order indices of pace, pull and idle."""
    p = chances()
    return float(p.mean(axis=1).var() / p.var()), float(p.mean(axis=0).var() / p.var()), 0.0


def totals() -> tuple[float, float, float]:
    """Total indices of pace, pull and idle."""
    pace, pull, _ = first_orders()
    return 1 - pull, 1 - pace, 0.0
