"""First-order indices against functions and a scenario of which they are known, with chance within worlds and without.

Ishigami's function (a = 7, b = 0.1) and the g-function of Sobol' (a = 0, 1, 4.5, 9, 99 …) go through a curve into
probabilities, whose indices are integrals; beside them the two themselves, without a curve, have their published
indices. In the scenario one chain moves at a rate that is the product of two parameters, so p = 1 - exp(-a b T), and
indices follow by quadrature.

False alarms. Over RUNS sets of worlds the mean of an index may be off the truth by BIAS (what polynomials of degree 8
miss, and 1 / W) and 5.5 standard errors of that mean; of the RUNS 90 % intervals at most as many may miss the truth as
have a chance of 1e-9 if each does so with probability 0.2. Fewer than 150 such claims are made. A run of the engine is
5.5 stated errors from the truth at most, 12 times; totals and effects likewise, 40 times. If all claims are true, the
chance that any fails for other seeds is below 1e-5.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, qmc

from sim.engines import montecarlo
from sim.estimates.first_orders import moving
from sim.estimates.indices import Shares, by_bins, first_order, of_ranks
from sim.estimates.tally import Tally
from sim.estimates.totals import Difference, Spread, effects, exact_difference, jansen, saltelli
from sim.model.unknowns import Unknown, unknowns
from sim.studies.prepare import prepare
from tests import two_numbers

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]
RUNS, WORLDS, FAR = 60, 1000, 5.5
BIAS, BIAS_OF_BINS = 0.008, 0.015
MISSES = int(binom.isf(1e-9, RUNS, 0.2))
COLUMNS = 6


def ishigami(u: Floats) -> Floats:
    """Of uniforms [N, 6], of which three do something."""
    x = np.pi * (2 * u - 1)
    made: Floats = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    return made


def g_function(u: Floats) -> Floats:
    """Of uniforms [N, 6]."""
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])
    made: Floats = np.prod((np.abs(4 * u - 2) + a) / (1 + a), axis=1)
    return made


CHANCES: dict[str, Function] = {
    "Ishigami": lambda u: 1 / (1 + np.exp(-(ishigami(u) - 3.5) / 2)),
    "g": lambda u: 1 / (1 + np.exp(-2 * (g_function(u) - 1))),
}


@cache
def truth(name: str) -> tuple[float, ...]:
    """First-order indices of a probability by 400,000 points (error below 0.003)."""
    rng = np.random.default_rng(7)
    a, b = rng.random((2, 400_000, COLUMNS))
    f = CHANCES[name]
    first, other = f(a), f(b)
    whole = np.var(np.concatenate([first, other]))
    return tuple(
        float(np.mean((first - first.mean()) * (f(np.where(np.arange(COLUMNS) == j, a, b)) - other)) / whole)
        for j in range(COLUMNS)
    )


@pytest.mark.parametrize("name", CHANCES)
@pytest.mark.parametrize("each", [None, 1000, 100, 10])
def test_indices_of_known_functions(name: str, each: int | None) -> None:
    """``each``: trajectories a world; None where the probabilities are known."""
    rng = np.random.default_rng(11)
    found, bins, missed = [], [], np.zeros(COLUMNS, np.int64)
    basis = of_ranks(WORLDS, 8)
    for _ in range(RUNS):
        u = rng.random((WORLDS, COLUMNS))
        p = CHANCES[name](u)
        of = np.full(WORLDS, each)
        shares = Shares.solved(p) if each is None else Shares.counted(rng.binomial(of, p), of)
        order = np.argsort(u.T, axis=1)
        index = first_order(basis, shares, order)
        found.append(index.value)
        bins.append(by_bins(order, shares))
        missed += np.abs(index.value - truth(name)) > 1.645 * index.error
    for estimates, allowed in ((found, BIAS), (bins, BIAS_OF_BINS)):
        off = np.mean(estimates, axis=0) - truth(name)
        assert (np.abs(off) < allowed + FAR * np.std(estimates, axis=0) / np.sqrt(RUNS)).all()
    assert (missed <= MISSES).all()


@pytest.mark.parametrize(
    ("function", "published"),
    [(ishigami, (0.3139, 0.4424, 0.0)), (g_function, (0.7165, 0.1791, 0.0237, 0.0072))],
)
def test_published_indices(function: Function, published: tuple[float, ...]) -> None:
    u = np.random.default_rng(2).random((20_000, COLUMNS))
    found = first_order(of_ranks(20_000, 8), Shares.solved(function(u)), np.argsort(u.T, axis=1))
    wanted = np.zeros(COLUMNS)
    wanted[: len(published)] = published
    assert (np.abs(found.value - wanted) < BIAS + FAR * found.error).all()


# --- a scenario -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", [10, 100, 1000])
def test_indices_of_a_scenario_whose_indices_are_known(each: int) -> None:
    ready = prepare(two_numbers.load(), WORLDS, seed=20)
    tally = Tally(ready.model, WORLDS)
    for paths in montecarlo.blocks(ready.model, ready.worlds, ready.seed, range(each * WORLDS)):
        tally.add(paths)
    place = ("entry", tally.dates[-1])
    things = unknowns(ready.model, ready.worlds, ready.seed)
    bases = {name: p.basis for name, p in ready.loaded.content.parameters.items()}
    found = moving(things, bases, {place: Shares.counted(tally.hits[0].sum(axis=1), tally.totals)})
    (target,) = found.targets
    for part, wanted in zip(target.alone, two_numbers.first_orders(), strict=True):
        assert abs(part.index - wanted) < FAR * part.error
        assert part.error < 0.05
    assert target.together is not None
    assert abs(target.together.index - sum(two_numbers.first_orders())) < FAR * target.together.error


def test_many_independent_things_add_up() -> None:
    """A sum of two of 90 things: what they do together is all of it, however many do nothing."""
    rng = np.random.default_rng(4)
    off = []
    for _ in range(12):
        u = rng.random((90, WORLDS))
        things = [Unknown(f"p{i}", "wide.csv" if i > 40 else f"p{i}", row) for i, row in enumerate(u)]
        shares = Shares.counted(rng.binomial(200, 0.1 + 0.3 * u[0] + 0.2 * u[50]), np.full(WORLDS, 200))
        (target,) = moving(
            things, {x.name: "judged" for x in things}, {("step", date(2040, 1, 1)): shares}
        ).targets
        assert target.together is not None
        assert target.together.error < 0.1
        off.append((target.together.index - 1) / target.together.error)
    assert abs(np.mean(off)) < 1 + FAR / np.sqrt(len(off))


# --- totals ---------------------------------------------------------------------------------------------------

ROWS = 2048


@pytest.mark.parametrize("each", [None, 10, 100])
def test_totals_of_known_functions(each: int | None) -> None:
    """Ishigami's totals are 0.5576, 0.4424 and 0.2437; through a curve, and with chance within rows, they are compared
    with those of the same rows without chance.
    """
    rng = np.random.default_rng(5)
    drawn = qmc.Sobol(2 * COLUMNS, seed=6).random(ROWS)
    a, b = drawn[:, :COLUMNS], drawn[:, COLUMNS:]
    f = ishigami if each is None else CHANCES["Ishigami"]
    luck, other_luck = rng.random((2, ROWS, each or 1))
    exact = Spread(f(a), f(b), np.zeros(ROWS))
    spread = exact if each is None else Spread.of(luck < f(a)[:, None], other_luck < f(b)[:, None])
    for k in range(4):
        changed = np.where(np.arange(COLUMNS) == k, b, a)
        known = exact_difference(f(a), f(changed))
        if each is None:
            total, first = jansen(spread, known), saltelli(spread, known)
            wanted = ((0.5576, 0.3139), (0.4424, 0.4424), (0.2437, 0.0), (0.0, 0.0))[k]
        else:
            found = Difference.of(luck < f(a)[:, None], luck < f(changed)[:, None])
            total, first = jansen(spread, found), saltelli(spread, found)
            wanted = jansen(exact, known).value[0], saltelli(exact, known).value[0]
        assert abs(total.value[0] - wanted[0]) <= FAR * total.error[0]
        assert abs(first.value[0] - wanted[1]) <= FAR * first.error[0]
        assert total.error[0] < 0.04


def test_chance_adds_nothing_to_the_size_of_effects() -> None:
    rng = np.random.default_rng(8)
    up, zero = np.ones(400), np.zeros((400, 20))
    nothing = effects(Difference.of(rng.random((400, 20)) < 0.3, rng.random((400, 20)) < 0.3), up)
    assert abs(nothing.size) < FAR * nothing.size_error
    assert nothing.spread < 0.1
    luck = rng.random((400, 20))
    steady = effects(Difference.of(luck < 0.3, luck < 0.5 + zero), up)
    assert abs(steady.mean - 0.2) < FAR * steady.mean_error
    assert steady.size <= steady.mean + FAR * steady.size_error
