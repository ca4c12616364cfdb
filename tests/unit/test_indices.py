"""What moves a probability: first-order indices of additive things, blocks of what is drawn together, and refusals."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.estimates.first_orders import moving
from sim.estimates.indices import Partition, Shares, basis_of, by_bins, categories, first_order, of_ranks
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
