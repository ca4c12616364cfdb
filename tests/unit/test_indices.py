"""What moves a probability: first-order indices of additive things, blocks of what is drawn together, and refusals."""

from __future__ import annotations

from datetime import date
from math import sqrt

import numpy as np
import pytest
from numpy.polynomial import legendre
from numpy.typing import NDArray

from sim.estimates import first_orders
from sim.estimates.first_orders import basis, moving
from sim.estimates.indices import (
    Partition,
    Shares,
    additive,
    basis_of,
    by_bins,
    categories,
    degree_for,
    first_order,
    of_ranks,
    polynomials,
)
from sim.estimates.moving import Alone, Part
from sim.estimates.products import gram, orthonormal, product
from sim.model.unknowns import Unknown, drawn_starts, picked, unknowns
from sim.model.worlds import world_starts
from sim.studies.prepare import prepare

Floats = NDArray[np.float64]
PLACE = ("membership", date(2040, 1, 1))


def drawn(worlds: int, columns: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).random((columns, worlds))


def test_products_are_those_of_the_matrix_library() -> None:
    a, b = drawn(7, 900), drawn(50, 7, seed=2)
    assert np.allclose(product(a, b), a @ b)
    assert np.allclose(product(drawn(300_000, 2), drawn(3, 300_000)), drawn(300_000, 2) @ drawn(3, 300_000))
    assert np.allclose(gram(a), a.T @ a)
    made = orthonormal(np.concatenate([a, a[:, :2] + a[:, 1:3], np.zeros((900, 1))], axis=1), 1e-9)
    assert made.shape == (900, 7)
    assert np.allclose(made.T @ made, np.eye(7))


def test_indices_of_a_sum_are_its_parts_and_add_up() -> None:
    u = drawn(2000, 3)
    shares = Shares.solved(0.2 + 0.1 * u[0] + 0.2 * u[1])  # variances as 1 to 4
    order = np.argsort(u, axis=1)
    found = first_order(of_ranks(2000, 8), shares, order)
    assert np.allclose(found.value, [0.2, 0.8, 0.0], atol=0.03)
    assert (found.error < 0.03).all()
    assert np.allclose(by_bins(order, shares), [0.2, 0.8, 0.0], atol=0.03)


def test_chance_within_worlds_is_taken_out() -> None:
    rng = np.random.default_rng(3)
    chances = 0.3 + 0.1 * (drawn(4000, 1)[0] - 0.5)
    counted = Shares.counted(rng.binomial(20, chances), np.full(4000, 20))
    assert counted.share.var() > 10 * chances.var()
    assert abs(counted.between - chances.var()) < 3 * counted.between_error
    assert not Shares.counted(rng.binomial(20, 0.3, 4000), np.full(4000, 20)).told_apart


def test_a_block_has_what_its_members_do_together_in_sum() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(300, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    row = rng.integers(0, 300, 1500)
    alone = rng.random(1500)
    state = (rng.random(1500) < 0.3).astype(float)
    things = [
        Unknown("a", "two.csv", rows[row, 0]),
        Unknown("b", "two.csv", rows[row, 1]),
        Unknown("c", "c", alone),
        Unknown("start of x", "start of x", state, ("low", "high")),
    ]
    chances = 0.4 + 0.02 * (rows[row, 0] - rows[row, 1]) + 0.05 * (alone - 0.5) + 0.06 * state
    parts = [np.var(x) for x in (0.02 * (rows[row, 0] - rows[row, 1]), 0.05 * alone, 0.06 * state)]
    found = moving(things, {"a": "fitted", "b": "fitted", "c": "judged"}, {PLACE: Shares.solved(chances)})
    (target,) = found.targets
    assert target.blocks is not None
    assert target.together is not None
    shares = [part.index if part else None for part in target.blocks.values()]
    assert shares == pytest.approx([part / sum(parts) for part in parts], abs=0.04)
    assert target.together.index == pytest.approx(1.0, abs=0.02)
    assert [u.basis for u in found.unknowns] == ["fitted", "fitted", "judged", ""]
    start = target.alone[3]
    assert [w.which for w in found.unknowns[3].where] == ["low", "high"]
    assert start.rises == pytest.approx(0.06, abs=0.02)
    assert target.alone[2].rises == pytest.approx(0.045, abs=0.02)
    assert found.unknowns[2].where[0].end == pytest.approx(0.1, abs=0.02)


def test_a_table_of_few_rows_is_known_row_by_row() -> None:
    """What two columns do only together is seen, as no sum of functions of either could see it."""
    rng = np.random.default_rng(6)
    table = np.array([[a, b] for a in (0.0, 1.0, 2.0) for b in (0.0, 1.0, 2.0)])
    row = rng.integers(0, 9, 1000)
    a, b = table[row].T
    things = [Unknown("a", "t.csv", a), Unknown("b", "t.csv", b), Unknown("c", "c", rng.random(1000))]
    chances = 0.5 + 0.1 * (a - 1) * (b - 1) + 0.1 * (things[2].values - 0.5)
    found = moving(things, {x.name: "judged" for x in things}, {PLACE: Shares.solved(chances)}).targets[0]
    assert found.blocks is not None
    assert found.blocks["t.csv"] is not None
    assert found.blocks["t.csv"].index == pytest.approx((4 / 9) / (4 / 9 + 1 / 12), abs=0.03)
    assert abs(found.alone[0].index) < 0.02
    assert found.together is not None
    assert found.together.index == pytest.approx(1.0, abs=0.02)


def test_too_many_columns_for_the_worlds_are_not_told_together() -> None:
    u = drawn(120, 50)
    things = [Unknown(f"p{i}", "wide.csv", column) for i, column in enumerate(u)]
    found = moving(things, {x.name: "judged" for x in things}, {PLACE: Shares.solved(0.5 + 0.1 * u[0])})
    assert found.targets[0].blocks == {"wide.csv": None}
    assert found.targets[0].together is None
    assert found.targets[0].alone[0].index > 0.9


@pytest.mark.parametrize(
    ("worlds", "things", "said"),
    [(99, 1, "99 worlds are too few"), (1, 0, "nothing in this scenario is uncertain but chance")],
)
def test_what_cannot_be_told_is_refused(worlds: int, things: int, said: str) -> None:
    u = drawn(worlds, things)
    shares = Shares.counted(np.full(worlds, 5), np.full(worlds, 10))
    found = moving(
        [Unknown(f"p{i}", f"p{i}", row) for i, row in enumerate(u)], {"p0": "judged"}, {PLACE: shares}
    )
    assert said in found.refused
    assert [(target.step, target.refused) for target in found.targets] == [("membership", found.refused)]


def test_worlds_that_do_not_differ_have_no_indices() -> None:
    shares = Shares.counted(np.random.default_rng(1).binomial(50, 0.2, 300), np.full(300, 50))
    (target,) = moving([Unknown("p", "p", drawn(300, 1)[0])], {"p": "judged"}, {PLACE: shares}).targets
    assert "no more than chance" in target.refused
    assert target.alone == ()
    with pytest.raises(ValueError, match="do not differ"):
        first_order(basis_of(drawn(300, 2).T), Shares.solved(np.full(300, 0.2)))


def test_what_is_not_known_of_a_built_in_scenario_and_its_blocks() -> None:
    ready = prepare("grammar-tour", 200)
    starts = drawn_starts(ready.model, ready.worlds, ready.seed)
    assert starts
    for world in range(200):
        one = world_starts(ready.model, ready.worlds, ready.seed, world)
        assert one == {chain: states[world] for chain, states in starts.items()}
    found = {x.name: x for x in unknowns(ready.model, ready.worlds, ready.seed)}
    assert {name for name, x in found.items() if x.states} <= {
        f"start of {ready.model.chain_names[chain]}" for chain in starts
    }
    blocks = {x.block for x in found.values()}
    assert len(blocks) < len(found)


def test_a_start_is_picked_as_the_engines_pick_it() -> None:
    weights = np.array([[0.0, 0.5, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0], [0.2, 0.0, 0.8, 0.0]])
    assert picked(np.array([0.2, 0.999, 0.2]), weights).tolist() == [1, 0, 2]
    assert picked(np.array([1.0, 1.0, 1.0]), weights).tolist() == [2, 0, 2]


def test_a_category_of_one_world_is_no_division_by_nothing() -> None:
    codes = np.zeros(200)
    codes[7] = 1.0
    basis = basis_of(categories(codes))
    assert basis.leverage[7] == pytest.approx(1 - 1 / 200)
    found = first_order(basis, Shares.solved(np.linspace(0.2, 0.6, 200)))
    assert np.isfinite(found.value).all()
    assert np.isfinite(found.error).all()
    assert abs(float(found.value[0])) < 0.1


def test_categories_need_not_be_written_out() -> None:
    """Index and error are those of a function for each category, and so is each function's own sum."""
    codes = drawn(400, 1)[0].round(1)
    shares = Shares.solved(np.sin(5 * codes) + drawn(400, 2)[1])
    told, written = Partition.of(codes), basis_of(categories(codes))
    assert told.size == written.size == len(np.unique(codes)) - 1
    np.testing.assert_allclose(told.leverage, written.leverage)
    np.testing.assert_allclose(told.functions, written.functions)
    rows = drawn(400, 3)
    np.testing.assert_allclose(told.fitted(rows), written.fitted(rows), atol=1e-12)
    np.testing.assert_allclose(told.squared(rows), written.squared(rows))
    one, other = first_order(told, shares), first_order(written, shares)
    np.testing.assert_allclose([one.value, one.error], [other.value, other.error])


# --- formulas, world by world -------------------------------------------------------------------------------


def noisy(worlds: int, seed: int = 9) -> Shares:
    """Shares of which half the variance is chance, each world with a noise of its own."""
    rng = np.random.default_rng(seed)
    totals = rng.integers(5, 30, worlds)
    return Shares.counted(rng.binomial(totals, rng.random(worlds)), totals)


def by_hand(design: Floats, leverage: Floats, shares: Shares, accident: float) -> tuple[float, float]:
    """Index and error of a fit of [W, k], by sums over worlds; the fit by least squares."""
    worlds, mean = len(shares), sum(shares.share) / len(shares)
    centred = [float(share) - mean for share in shares.share]
    solution = np.linalg.lstsq(np.column_stack([np.ones(worlds), design]), np.array(centred), rcond=None)[0]
    rest = [c - float(row @ solution[1:] + solution[0]) for c, row in zip(centred, design, strict=True)]
    between = sum(c * c for c in centred) / (worlds - 1) - sum(shares.noise) / worlds
    apart = [e / (1 - h) for e, h in zip(rest, leverage, strict=True)]
    value = sum(
        c * c - e * e - h * e * a for c, e, h, a in zip(centred, rest, leverage, apart, strict=True)
    ) / ((worlds - 1) * between)
    pulls = [
        c * c - a * a - value * (c * c - n) for c, a, n in zip(centred, apart, shares.noise, strict=True)
    ]
    middle = sum(pulls) / worlds
    drawn = sum((pull - middle) ** 2 for pull in pulls) / (worlds - 1) / worlds
    chance = 2 * accident / worlds**2
    return value, sqrt(max(drawn - chance, chance)) / between


def accident_of(functions: Floats, weights: Floats) -> float:
    return sum(sum(f * f * w for f, w in zip(column, weights, strict=True)) ** 2 for column in functions.T)


@pytest.mark.parametrize("seed", [9, 10])
def test_index_and_error_are_sums_over_worlds(seed: int) -> None:
    shares, x = noisy(60, seed), drawn(60, 2, seed)
    basis = basis_of(np.column_stack([x[0], x[0] ** 2, x[1] * x[0]]))
    found = first_order(basis, shares)
    centred = shares.share - shares.mean
    rest = centred - basis.functions @ (basis.functions.T @ centred)
    accident = accident_of(basis.functions, rest**2 / (1 - basis.leverage))
    value, error = by_hand(basis.functions, basis.leverage, shares, accident)
    assert found.value == pytest.approx([value], rel=1e-9)
    assert found.error == pytest.approx([error], rel=1e-9)
    turned = np.random.default_rng(1).permutation(60)
    order = np.stack([turned, np.arange(60)])
    both = first_order(basis, shares, order)
    moved = first_order(basis, Shares(shares.share[turned], shares.noise[turned]))
    assert both.value == pytest.approx([moved.value[0], value], rel=1e-9)
    assert both.error == pytest.approx([moved.error[0], error], rel=1e-9)


def test_of_several_things_in_sum_the_fit_is_that_of_all_at_once() -> None:
    shares, u = noisy(60), drawn(60, 3)
    bases = [basis_of(polynomials(2 * row - 1, 2)) for row in u[:2]] + [Partition.of((3 * u[2]).round())]
    found = additive(bases, shares)
    design = np.column_stack([basis.functions for basis in bases])
    leverage = sum(np.square(basis.functions).sum(axis=1) for basis in bases)
    centred = shares.share - shares.mean
    rest = centred - design @ np.linalg.lstsq(design, centred, rcond=None)[0]
    accident = accident_of(design, rest**2 / (1 - leverage))
    value, error = by_hand(design, leverage, shares, accident)
    assert found.value == pytest.approx([value], rel=1e-5)
    assert found.error == pytest.approx([error], rel=1e-5)


def test_bins_are_sums_over_worlds() -> None:
    shares = noisy(50)
    orders = np.argsort(drawn(50, 2), axis=1)
    for bins, sizes in ((7, [7, 7, 7, 7, 7, 7, 8]), (32, [2] * 25)):
        expected = []
        for order in orders:
            total, at = 0.0, 0
            for size in sizes:
                inside = [float(shares.share[w]) - shares.mean for w in order[at : at + size]]
                at += size
                mean = sum(inside) / size
                spread = sum((c - mean) ** 2 for c in inside) / (size - 1)
                total += size / 50 * (mean**2 - spread / size * (1 - size / 50))
            expected.append(total / shares.between)
        assert by_bins(orders, shares, bins) == pytest.approx(expected, rel=1e-9)
    assert by_bins(orders, shares).tolist() == by_bins(orders, shares, 32).tolist()
    many = noisy(500)
    order = np.argsort(drawn(500, 1), axis=1)
    assert by_bins(order, many).tolist() == by_bins(order, many, 32).tolist()


def test_what_is_chance_in_shares() -> None:
    shares = Shares.counted(np.array([1, 4, 3, 0]), np.array([2, 5, 4, 1]))
    assert shares.share == pytest.approx([0.5, 0.8, 0.75, 0.0])
    assert shares.noise == pytest.approx([0.25, 0.16 / 4, 0.1875 / 3, 0.0])
    squares = [(s - 0.5125) ** 2 for s in (0.5, 0.8, 0.75, 0.0)]
    assert shares.between == pytest.approx(sum(squares) / 3 - (0.25 + 0.04 + 0.0625) / 4)
    parts = [square - noise for square, noise in zip(squares, (0.25, 0.04, 0.0625, 0.0), strict=True)]
    middle = sum(parts) / 4
    assert shares.between_error == pytest.approx(sqrt(sum((p - middle) ** 2 for p in parts) / 3 / 4))
    assert Shares.solved(np.full(9, 0.1)).between == 0.0
    known = Shares.solved(np.array([0.1] * 9 + [0.9]))  # 0.064, with an error of 0.051
    assert not known.noise.any()
    assert (known.told_apart, known.between > known.between_error) == (False, True)
    assert Shares.solved(np.tile(known.share, 4)).told_apart


def test_polynomials_are_those_of_legendre() -> None:
    x = np.linspace(-1, 1, 11)
    for degree in (1, 2, 8):
        assert polynomials(x, degree) == pytest.approx(legendre.legvander(x, degree)[:, 1:], abs=1e-14)
    ranks = of_ranks(40, 3)
    expected = np.linalg.qr(np.vander(np.arange(40.0), 4, increasing=True))[0][:, 1:]
    assert np.abs(ranks.functions.T @ expected) == pytest.approx(np.eye(3), abs=1e-9)
    assert ranks.leverage == pytest.approx(np.square(expected).sum(axis=1))


def test_degrees_are_as_many_as_worlds_allow() -> None:
    assert [degree_for(worlds) for worlds in (24, 25, 199, 200, 5000)] == [0, 1, 7, 8, 8]
    assert [degree_for(worlds, 2) for worlds in (5, 6, 47, 48, 5000)] == [0, 1, 2, 3, 8]
    assert [degree_for(5000, columns) for columns in (16, 17, 43, 64, 65, 128, 1666, 1667)] == [
        8, 7, 2, 2, 1, 1, 1, 0,
    ]  # fmt: skip


def test_a_basis_is_what_functions_span_less_their_means() -> None:
    x = drawn(30, 2)
    basis = basis_of(np.column_stack([np.full(30, 3.0), x[0], x[1], x[0] - 2 * x[1] + 5]))
    assert (basis.size, basis.functions.shape) == (2, (30, 2))
    assert basis.functions.sum(axis=0) == pytest.approx([0, 0], abs=1e-12)
    rows = drawn(30, 3, seed=4)
    design = np.column_stack([x[0] - x[0].mean(), x[1] - x[1].mean()])
    fitted = [design @ np.linalg.lstsq(design, row, rcond=None)[0] for row in rows]
    assert basis.fitted(rows) == pytest.approx(np.stack(fitted))
    assert basis.squared(rows) == pytest.approx(rows @ np.square(basis.functions))


# --- what moves an answer, part by part ---------------------------------------------------------------------


@pytest.mark.parametrize("at_a_time", [1 << 20, 1])
def test_what_moves_an_answer_is_put_together_of_indices(
    at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two numbers alone, one of two values, a start, and a block of two; as many worlds as for degree 8."""
    monkeypatch.setattr(first_orders, "AT_A_TIME", at_a_time)
    worlds, rng = 215, np.random.default_rng(12)
    a, b, c, d = drawn(worlds, 4, seed=13)
    switch, state = (rng.random(worlds) < 0.3).astype(float), rng.integers(0, 3, worlds).astype(float)
    state[0] = 3.0
    totals = rng.integers(20, 40, worlds)
    shares = Shares.counted(rng.binomial(totals, 0.2 + 0.3 * a + 0.1 * c * d + 0.1 * switch), totals)
    states = ("none", "some", "all", "once")
    things = [
        Unknown("a", "a", a), Unknown("b", "b", b), Unknown("switch", "switch", switch),
        Unknown("start", "start", state, states, ("a", "b")), Unknown("c", "t.csv", c), Unknown("d", "t.csv", d),
    ]  # fmt: skip
    bases = {"a": "fitted", "b": "judged", "switch": "literature", "c": "yours", "d": "fitted"}
    found = moving(things, bases, {PLACE: shares}, {"b": "how fast b is"})
    assert [u.label for u in found.unknowns] == ["a", "how fast b is", "switch", "start", "c", "d"]
    assert [u.basis for u in found.unknowns] == [
        "fitted",
        "judged",
        "literature",
        "judged",
        "yours",
        "fitted",
    ]
    (target,) = found.targets
    assert target.blocks is not None
    assert target.probability == pytest.approx(shares.mean, abs=1e-6)
    assert target.spread == pytest.approx(sqrt(shares.between), abs=1e-6)
    order = np.argsort(a)
    low, high = shares.share[order[:21]], shares.share[order[-21:]]
    assert [(w.which, w.worlds, w.end) for w in found.unknowns[0].where] == [
        ("lowest tenth", 21, a[order[20]]), ("highest tenth", 21, a[order[-21]]),
    ]  # fmt: skip
    assert target.alone[0].probability == pytest.approx((low.mean(), high.mean()), abs=1e-6)
    errors = (low.std(ddof=1) / sqrt(21), high.std(ddof=1) / sqrt(21))
    assert target.alone[0].probability_error == pytest.approx(errors, abs=1e-6)
    groups = [shares.share[state == s] for s in range(4)]
    assert [(w.which, w.worlds, w.end) for w in found.unknowns[3].where] == [
        (name, len(group), None) for name, group in zip(states, groups, strict=True)
    ]
    assert target.alone[3].probability == pytest.approx([group.mean() for group in groups], abs=1e-6)
    errors = [group.std(ddof=1) / sqrt(len(group)) for group in groups[:3]]
    assert target.alone[3].probability_error == pytest.approx([*errors, 1.0], abs=1e-6)
    assert (target.alone[3].by_bins, target.alone[0].by_bins) == (
        None, pytest.approx(by_bins(np.argsort(a)[None], shares)[0], abs=1e-6),
    )  # fmt: skip
    every = []
    for values in (a, b, switch, state, c, d):
        few = len(np.unique(values)) < 10
        sorted_ = None if few else np.argsort(values, kind="stable")[None]
        every.append(first_order(Partition.of(values) if few else of_ranks(worlds, 8), shares, sorted_))
    for told, index in zip(target.alone, every, strict=True):
        assert (told.index, told.error) == pytest.approx((index.value[0], index.error[0]), abs=1e-6)
    assert [(p.index, p.error) for p in list(target.blocks.values())[:4] if p] == [
        (told.index, told.error) for told in target.alone[:4]
    ]

    def ranked(values: Floats, degree: int) -> Floats:
        functions = np.empty((worlds, degree))
        functions[np.argsort(values)] = of_ranks(worlds, 8).functions[:, :degree]
        return functions

    both = basis_of(np.column_stack([ranked(c, 8), ranked(d, 8)]))
    pair = first_order(both, shares)
    block = target.blocks["t.csv"]
    assert block is not None
    assert (block.index, block.error) == pytest.approx((pair.value[0], pair.error[0]), abs=1e-6)
    # together: those above their errors by one fit, the greatest first, and the rest by their indices
    wide = {
        "a": basis_of(ranked(a, 8)), "b": basis_of(ranked(b, 8)), "switch": Partition.of(switch),
        "start": Partition.of(state), "t.csv": both,
    }  # fmt: skip
    parts = sorted(target.blocks.items(), key=lambda item: -item[1].index if item[1] else 0.0)
    fitted = [wide[name] for name, part in parts if part and part.index > part.error]
    rest = [part for _, part in parts if part and part.index <= part.error]
    assert fitted
    assert rest
    joint = additive(fitted, shares)
    assert target.together is not None
    index = joint.value[0] + sum(part.index for part in rest)
    error = sqrt(joint.error[0] ** 2 + sum(part.error**2 for part in rest))
    assert (target.together.index, target.together.error) == pytest.approx((index, error), abs=1e-5)


@pytest.mark.parametrize(("values", "fitted"), [(31, [30, 20]), (32, [31])])
def test_no_more_is_fitted_together_than_worlds_allow(
    values: int, fitted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 200 worlds, 50 functions; each thing is a category for each of its values."""
    taken = []
    real = first_orders.additive

    def seen(bases: list[Partition], shares: Shares) -> object:
        taken.append([one.size for one in bases])
        return real(bases, shares)

    monkeypatch.setattr(first_orders, "additive", seen)
    monkeypatch.setattr(first_orders, "DEGREE", 40)
    one, other = (
        np.random.default_rng(n).permutation(np.arange(200) % n).astype(float) for n in (values, 21)
    )
    shares = Shares.solved(0.1 + one / 50 + other / 60)
    things = [Unknown("one", "one", one), Unknown("other", "other", other)]
    found = moving(things, {"one": "judged", "other": "judged"}, {PLACE: shares})
    assert taken == [fitted]
    assert found.targets[0].together is not None


def test_a_start_rests_on_the_weakest_of_what_is_behind_it() -> None:
    bases = {"a": "fitted", "b": "literature", "c": "judged", "d": "yours"}
    values = np.zeros(3)
    for behind, weakest in (
        (("a",), "fitted"),
        (("a", "b"), "literature"),
        (("c", "b", "a"), "judged"),
        (("a", "d", "c"), "yours"),
        ((), ""),
    ):
        assert basis(Unknown("s", "s", values, ("x", "y"), behind), bases) == weakest
    assert basis(Unknown("a", "a", values), bases) == "fitted"


def test_what_stands_out_its_interval_and_what_rises() -> None:
    assert Part(0.5, 0.1).ends_90 == pytest.approx((0.5 - 0.16448536, 0.5 + 0.16448536))
    assert Part(0.1, 0.1).ends_90 == (0.0, pytest.approx(0.26448536))
    assert Part(0.9, 0.1).ends_90 == (pytest.approx(0.73551464), 1.0)
    assert [Part(index, 0.1).stands_out for index in (0.29, 0.3, 0.31)] == [False, 0.3 > 3 * 0.1, True]

    def rises(first: float, last: float) -> float:
        """With errors of 0.3 and 0.4, which make 0.5 together, and one between that does not count."""
        return Alone(0.1, 0.1, None, (first, 0.2, last), (0.3, 9.0, 0.4)).rises

    assert rises(0.0, 0.99) == pytest.approx(0.99)
    assert rises(0.99, 0.0) == pytest.approx(-0.99)
    assert (rises(0.0, 0.97), rises(0.97, 0.0)) == (0.0, 0.0)
