"""Structural variants together: what is run, what lies at the ends, and that what is shared is what a run alone has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from sim.base.records import plain, typed
from sim.estimates.paired import Counts
from sim.estimates.summary import StructureEnd, StructureRange
from sim.report.screens.run import _end
from sim.scenario.load import lay_over, load_scenario
from sim.studies import combinations as studied
from sim.studies.combinations import SCREENED, Chosen, Combined, _Builder, combined
from sim.studies.prepare import Prepared, prepare
from sim.studies.variant_layers import Change, Layer, layers
from sim.studies.variants import _under

DATES = (date(2036, 12, 31), date(2056, 12, 1))
N = 1_000_000


def layer(name: str, choice: str, *paths: str) -> Layer:
    changes = tuple(Change(("parameters", path), 0, 1) for path in paths or (name,))
    return Layer(name, choice, "", name, "?", changes, {})


EIGHT = [
    layer(f"{choice}{n}", choice) for choice, many in (("a", 2), ("b", 1), ("c", 1)) for n in range(many)
]
EFFECT = {"a0": 0.1, "a1": -0.05, "b0": 0.02, "c0": -0.03}


@dataclass
class Toy:
    """Probabilities that are sums of effects, but where two variants undo one another."""

    run: list[tuple[Chosen, int]]
    undone: Chosen = ()

    def share(self, chosen: Chosen) -> float:
        if self.undone and set(self.undone) <= set(chosen):
            return 0.01
        return 0.3 + sum(EFFECT[name] for name in chosen)

    def counts(self, chosen: Chosen) -> Counts:
        hits = np.full((2, 1, 2), round(N * self.share(chosen)))
        return Counts(("pfp", "membership"), hits, np.array([N]), 1)

    def combined(self, monkeypatch: pytest.MonkeyPatch, most: int = 128) -> Combined | None:
        monkeypatch.setattr(studied, "MOST", most)
        monkeypatch.setattr(
            studied._Builder, "prepared_under", lambda _, held: tuple(each.name for each in held)
        )

        def counted(chosen: Any, trajectories: int) -> Counts:
            self.run.append((chosen, trajectories))
            return self.counts(chosen)

        model = SimpleNamespace(step_names=("pfp", "membership"), start=date(2026, 12, 1))
        base = cast(Prepared, SimpleNamespace(model=model, worlds=[0]))
        singles = dict.fromkeys(EIGHT, base)
        found = {chosen: self.counts(chosen) for chosen in [(), *((each.name,) for each in EIGHT)]}
        return combined(
            base, singles, found, DATES, 100_000, cast(Callable[[Prepared, int], Counts], counted)
        )


def test_all_are_run_if_there_are_not_many(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Toy([])
    found = toy.combined(monkeypatch)
    assert found is not None
    assert (found.possible, found.every, found.trajectories) == (3 * 2 * 2, True, SCREENED)
    assert found.choices == {"a": ("a0", "a1"), "b": ("b0",), "c": ("c0",)}
    few = [chosen for chosen, trajectories in toy.run if trajectories == SCREENED]
    assert len(few) == len(set(few)) == 12 - 5  # the run and single variants are known
    assert {each.variants for each in found.run} == set(few)
    for moves in found.ranges:
        assert (moves.low.variants, moves.high.variants) == (("a1", "c0"), ("a0", "b0"))
        assert (moves.low.probability, moves.high.probability) == pytest.approx((0.22, 0.42))
        assert 0 < moves.low.mc_error < 0.001
        assert moves.combinations == 12
    assert [(moves.step, moves.date) for moves in found.ranges] == [
        (step, day) for step in ("pfp", "membership") for day in DATES
    ]
    # what lies at an end is run again with as many as a variant
    assert [each for each in toy.run if each[1] == 100_000] == [
        (("a1", "c0"), 100_000),
        (("a0", "b0"), 100_000),
    ]
    assert typed(Combined, plain(found)) == found


def test_of_many_all_pairs_are_run_and_what_leads_furthest(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Toy([])
    found = toy.combined(monkeypatch, most=0)
    assert found is not None
    assert not found.every
    few = {chosen for chosen, trajectories in toy.run if trajectories == SCREENED}
    assert few >= {(a.name, b.name) for a, b in combinations(EIGHT, 2) if a.choice != b.choice}
    assert found.ranges[0].low.variants == ("a1", "c0")
    assert found.ranges[0].high.variants == ("a0", "b0")


def test_the_end_is_sought_where_variants_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing alone leads there."""
    found = Toy([], undone=("a0", "b0")).combined(monkeypatch, most=0)
    assert found is not None
    assert found.ranges[0].low.variants == ("a0", "b0")
    assert found.ranges[0].high.variants == ("a0",)


def test_variants_that_change_the_same_or_decide_the_same_do_not_go_together() -> None:
    one, other = layer("x", "a", "p"), layer("y", "b", "p", "q")
    assert not one.goes_with(other)
    assert not layer("x", "a").goes_with(layer("y", "a"))
    assert layer("x", "a").goes_with(layer("y", "b"))


def test_nothing_to_combine_is_no_range(monkeypatch: pytest.MonkeyPatch) -> None:
    base = cast(Prepared, SimpleNamespace(worlds=[0]))
    assert combined(base, dict.fromkeys(EIGHT[:2], base), {}, DATES, 10, lambda *_: None) is None  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    "names",
    [
        ("variant-flat-prior", "recognition-last", "variant-no-never-movers"),
        ("variant-one-rate", "variant-holdouts-apart"),
        ("variant-pfp-needs-recognition", "variant-filing-needed", "variant-friends-do-not-wait"),
    ],
)
def test_what_is_shared_is_what_a_run_of_its_own_has(names: tuple[str, ...]) -> None:
    """Parameters laid over a compiled model give the worlds of the scenario loaded with all variants laid over it."""
    prepared = prepare("status-quo", 100)
    singles: dict[Layer, Prepared] = {}
    for each in (each for each in layers() if each.name in names):
        under = _under(each, prepared)
        assert isinstance(under, Prepared)
        singles[each] = under
    loaded = load_scenario("status-quo")
    for name in names:
        loaded = lay_over(loaded, name)
    alone, shared = prepare(loaded, 100), _Builder(prepared, singles).prepared_under(list(singles))
    assert shared is not None
    assert (shared.worlds.values == alone.worlds.values).all()
    for one, other in ((shared.model.steps, alone.model.steps), (shared.model.moves, alone.model.moves)):
        assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_ends_are_named_in_short() -> None:
    assert _end(StructureEnd(0.13, 0.001, ("variant-a", "b"))) == "13 % (a + b)"
    assert _end(StructureEnd(0.13, 0.001, ())) == "13 % (this run)"
    moves = StructureRange("pfp", DATES[0], StructureEnd(0.1, 0.0, ()), StructureEnd(0.2, 0.0, ("a",)), 3)
    assert typed(StructureRange, plain(moves)) == moves
