"""Keyed draws: known answers of Philox, uniforms, and keys that no two meanings share."""

from __future__ import annotations

import math
from dataclasses import replace
from hashlib import blake2b
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base.errors import ModelError
from sim.model import draws, worlds
from sim.model.compiler import compile_scenario
from sim.model.model import NONE, Model, PriorColumn, Recipe
from sim.model.pieces import Pieces
from sim.model.worlds import at_quantile, draw_parameters, draw_worlds, with_parameters, world_starts
from sim.scenario.load import builtin_scenarios, load_text
from tests.builtin import builtin
from tests.unit.test_rates_too_large import TEXT

Words = tuple[int, ...]

# Random123 1.14.0, tests/kat_vectors, the lines `philox4x32 10`: counter, key, answer.
KNOWN = (
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
)
WORD = st.integers(0, 2**32 - 1)


def words(text: str) -> Words:
    return tuple(int(word, 16) for word in text.split())


def philox(counter: Words, key: Words) -> Words:
    return tuple(int(w) for w in draws.philox(*map(np.uint32, counter), *map(np.uint32, key)))


def textbook_philox(counter: Words, key: Words) -> Words:
    """Philox 4x32-10 as Salmon et al. (2011) write it, in whole numbers of any size."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c0, 2**32)
        high1, low1 = divmod(0xCD9E8D57 * c2, 2**32)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0, c1, c2, c3


def textbook_uniform(high: int, low: int) -> float:
    """The middle of cell number (52 bits) of 2**52 equal cells of (0, 1)."""
    return math.ldexp(2 * ((high >> 6 << 26) + (low >> 6)) + 1, -53)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: str, key: str, answer: str) -> None:
    assert philox(words(counter), words(key)) == words(answer)
    assert textbook_philox(words(counter), words(key)) == words(answer)


@given(st.tuples(WORD, WORD, WORD, WORD), st.tuples(WORD, WORD))
def test_the_compiled_philox_is_the_one_of_the_paper(counter: Words, key: Words) -> None:
    assert philox(counter, key) == textbook_philox(counter, key)


@given(
    seed=st.integers(0, 2**64),
    meaning=st.text(max_size=20),
    unit=st.integers(0, 2**63 - 1),
    index=WORD,
    sub=WORD,
)
def test_a_block_is_keyed_by_meaning_and_counted_by_unit_index_and_sub(
    seed: int, meaning: str, unit: int, index: int, sub: int
) -> None:
    digest = blake2b(f"{seed}/{meaning}".encode(), digest_size=8).digest()
    key = int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")
    made = draws.key(seed, meaning)
    assert (made.dtype, tuple(made.tolist())) == (np.uint32, key)
    a, b, c, d = textbook_philox((unit % 2**32, unit >> 32, index, sub), key)
    assert draws.uniforms(made, unit, index, sub) == (textbook_uniform(a, b), textbook_uniform(c, d))
    if sub == 0:
        assert draws.uniform(made, unit, index) == textbook_uniform(a, b)


def test_the_first_uniform_alone_is_the_first_of_the_block() -> None:
    key = draws.key(1, "move/GRC.stance")
    for unit, index in product(range(5), range(5)):
        assert draws.uniform(key, unit, index) == draws.uniforms(key, unit, index, 0)[0]


def test_a_uniform_is_never_0_and_never_1() -> None:
    lowest = draws._uniform(np.uint32(0), np.uint32(0))
    highest = draws._uniform(np.uint32(2**32 - 1), np.uint32(2**32 - 1))
    assert lowest == 2.0**-53
    assert highest == 1.0 - 2.0**-53 < 1.0
    assert -math.log(highest) > 0.0
    assert math.isfinite(-math.log(lowest))


def test_the_order_of_units_is_kept_beyond_32_bits() -> None:
    key = draws.key(1, "a")
    assert len({draws.uniforms(key, unit, 0, 0) for unit in (0, 1, 2**32, 2**32 + 1, 2**33)}) == 5


def test_uniforms_are_uniform_and_independent() -> None:
    """Chi-square over cells, for each way in which a draw can differ. False alarms: 6 x 1e-7 < 1e-6."""
    n, cells = 40_000, 20
    key = draws.key(1, "move/GRC.stance")
    keys = [draws.key(seed, f"move/{seed % 7}") for seed in range(n)]
    samples = {
        "unit": [draws.uniforms(key, i, 0, 0) for i in range(n)],
        "index": [draws.uniforms(key, 0, i, 0) for i in range(n)],
        "key": [draws.uniforms(k, 0, 0, 0) for k in keys],
    }
    # upper 1e-7 points of chi-square with 19 and 399 degrees of freedom (scipy.stats.chi2.isf)
    for pairs in samples.values():
        u, v = np.array(pairs).T
        alone = np.bincount((u * cells).astype(int), minlength=cells)
        assert ((alone - n / cells) ** 2 / (n / cells)).sum() < 69.8
        joint = np.bincount((u * cells).astype(int) * cells + (v * cells).astype(int), minlength=cells**2)
        assert ((joint - n / cells**2) ** 2 / (n / cells**2)).sum() < 563.7


def meanings(model: Model) -> list[str]:
    """Everything that chance is asked for in a model."""
    steps, voters = model.step_names, model.voter_names
    files = {given.file for given in model.parameters.values() if isinstance(given, PriorColumn)}
    return [
        *(f"parameter/{name}" for name in model.parameters),
        *(f"table/{file}" for file in sorted(files)),
        *(f"{what}/{chain}" for what in ("start", "never", "move", "redraw") for chain in model.chain_names),
        *(f"held/{step}/{calendar}" for step in steps for calendar in model.calendar_names),
        *(
            f"{what}/{step}"
            for what in ("waived", "bypass", "wait", "lag", "obstruction", "obstruction-length")
            for step in steps
        ),
        *(f"ratification/{step}/{voter}" for step in steps for voter in voters),
    ]


def test_no_two_meanings_of_the_built_in_scenarios_share_a_key() -> None:
    every = {m for name in builtin_scenarios() for m in meanings(compile_scenario(builtin(name)))}
    assert len(every) > 500
    for seed in (0, 1, 2026):
        assert len({draws.key(seed, meaning).tobytes() for meaning in every}) == len(every)
    both = {draws.key(seed, meaning).tobytes() for seed in range(20) for meaning in every}
    assert len(both) == 20 * len(every)


def test_parameters_are_drawn_by_world_and_name_and_tables_by_row() -> None:
    model = compile_scenario(builtin("grammar-tour"))
    drawn = draw_parameters(model, 3, 50)
    mood = [2.0 * draws.uniform(draws.key(3, "parameter/mood"), world, 0) for world in range(50)]
    assert drawn["mood"].tolist() == mood
    columns = model.tables["grammar-tour.csv"]
    row = draws.key(3, "table/grammar-tour.csv")
    for world in range(50):
        at = int(draws.uniform(row, world, 0) * len(columns["settled_rate"]))
        for name in ("recognition_rate", "settled_rate"):
            assert drawn[name][world] == columns[name][at], (name, world)


def test_the_first_worlds_stay_when_there_are_more() -> None:
    model = compile_scenario(builtin("grammar-tour"))
    few, many = draw_parameters(model, 3, 7), draw_parameters(model, 3, 300)
    assert all(many[name][:7].tobytes() == few[name].tobytes() for name in few)


def test_a_factor_scales_draws_and_quantiles_and_changes_no_luck() -> None:
    plain = compile_scenario(builtin("grammar-tour"))
    mood, settled = plain.parameters["mood"], plain.parameters["settled_rate"]
    factors = {"mood": replace(mood, times=3.0), "settled_rate": replace(settled, times=0.5)}  # type: ignore[type-var]
    model = replace(plain, parameters={**plain.parameters, **factors})
    before, after = draw_parameters(plain, 3, 20), draw_parameters(model, 3, 20)
    assert after["mood"].tolist() == [3.0 * value for value in before["mood"].tolist()]
    assert after["settled_rate"].tolist() == [0.5 * value for value in before["settled_rate"].tolist()]
    assert after["recognition_rate"].tolist() == before["recognition_rate"].tolist()
    column = plain.tables["grammar-tour.csv"]["settled_rate"]
    for q in (0.1, 0.5, 0.9):
        assert at_quantile(plain, "mood", q) == pytest.approx(2.0 * q)
        assert at_quantile(model, "mood", q) == pytest.approx(6.0 * q)
        assert at_quantile(model, "settled_rate", q) == pytest.approx(0.5 * np.quantile(column, q))
    with pytest.raises(ModelError, match="turnout: has no prior"):
        at_quantile(model, "turnout", 0.5)


def test_every_slot_is_worked_out_by_its_recipe() -> None:
    """Products, inverses and what the others leave; and again where some parameters have other values."""
    model = compile_scenario(builtin("grammar-tour"))
    drawn = draw_worlds(model, 3, 6)
    changed = {"mood": drawn.parameters["mood"] * 0.5, "never_share": drawn.parameters["never_share"] / 3}
    other = with_parameters(model, drawn, changed)
    for made, parameters in ((drawn, drawn.parameters), (other, {**drawn.parameters, **changed})):
        assert made.parameters == parameters
        for world, values in enumerate(made.values.tolist()):
            for recipe, value in zip(model.recipes, values, strict=True):
                numbers = [parameters[f][world] if isinstance(f, str) else f for f in recipe.factors]
                expected = math.prod(numbers)
                if recipe.kind == "rest":
                    expected = 1.0 - sum(values[slot] for slot in recipe.slots)
                elif recipe.kind == "inverse":
                    value = 1.0 / value
                assert value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert {recipe.kind for recipe in model.recipes} == {"product", "inverse", "rest"}
    assert (other.values != drawn.values).any(axis=0).sum() < len(model.recipes) / 2


def test_what_is_left_is_nothing_where_rounding_makes_it_less() -> None:
    recipes = (Recipe("product", ("a",)), Recipe("product", ("b",)), Recipe("rest", (), (0, 1)))
    model = replace(compile_scenario(builtin("grammar-tour")), recipes=recipes)
    over = 1.0 - 0.75 + 2.0**-40
    made = [{"a": np.array([0.75]), "b": np.array([b])} for b in (0.125, 0.25, over)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "_check_exits", lambda *_: None)
        patch.setattr(worlds, "check_lasting", lambda *_: None)
        found = [worlds._worked_out(model, each, np.empty((1, 3)), range(3)).values[0, 2] for each in made]
        assert found == [0.125, 0.0, 0.0]
        with pytest.raises(ModelError, match="what the others leave is -1e-08"):
            worlds._worked_out(
                model, {"a": np.array([0.75]), "b": np.array([0.25 + 1e-8])}, np.empty((1, 3)), range(3)
            )


def test_the_chains_that_read_a_slot_are_those_of_its_moves() -> None:
    for made in (builtin("grammar-tour"), load_text(TEXT, "ways")):
        model = compile_scenario(made)
        moves = list(Pieces(model).moves())
        read = [{m.rate}.union(*(scale.slots for scale in m.scales)) for m in moves]
        for slot in range(len(model.recipes)):
            expected = {m.chain for m, slots in zip(moves, read, strict=True) if slot in slots}
            assert worlds._reading(model, {slot}) == expected, model.recipes[slot]


def test_a_start_is_drawn_for_each_world_by_its_own_luck() -> None:
    model = compile_scenario(builtin("grammar-tour"))
    drawn, c = draw_worlds(model, 3, 30), model.chains
    chains = [i for i in range(len(c.start)) if c.start[i] == NONE and c.by_world[i]]
    assert chains
    seen = set()
    for world in range(30):
        found = world_starts(model, drawn, 3, world)
        assert list(found) == chains
        for chain, state in found.items():
            u = draws.uniform(draws.key(3, f"start/{model.chain_names[chain]}"), world, 0)
            slots = c.slots[c.start_at[chain] : c.start_at[chain] + c.states[chain]]
            below = np.cumsum(drawn.values[world][slots])
            assert state == int((u * below[-1] >= below).sum())
            seen.add((chain, state))
    assert len(seen) > len(chains)


@pytest.mark.parametrize(
    ("role", "good", "bad", "allowed"),
    [
        ("probability", (0.0, 1.0), (-1e-9, 1.0 + 1e-9, math.nan), "0 to 1"),
        ("positive", (5e-324, 1e300), (0.0, math.inf), "more than 0"),
        ("rate", (0.0, 1e300), (-1e-9, math.inf), "0 or more"),
        ("factor", (0.0, 1e300), (-1e-9, math.inf), "0 or more"),
        ("nothing", (-1e-10, 1e-10), (-2e-9, 2e-9), "probabilities that sum to 1"),
    ],
)
def test_a_number_has_the_bounds_of_its_place(
    role: str, good: tuple[float, ...], bad: tuple[float, ...], allowed: str
) -> None:
    recipe = Recipe("product", ("rate", 2.0), role=role, where="chains.north")
    worlds._check(recipe, np.array(good))
    for value in bad:
        with pytest.raises(ModelError) as told:
            worlds._check(recipe, np.array([*good, value]))
        assert str(told.value) == (
            f"chains.north: rate, 2.0 is {value:.6g} in world 2 of 3; allowed: {allowed}. 1 of 3 worlds are outside."
        )
