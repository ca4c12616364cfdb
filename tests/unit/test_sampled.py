"""Samples of points: where they lie, that they come again, and which of them stay when there are more."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sim.base import records
from sim.base.errors import OptionError
from sim.studies.design import Design, DesignRecord
from sim.studies.designs.making import full_grid, sample
from sim.studies.designs.sampled import Sample, sample_remarks
from sim.studies.options import Sampling
from sim.studies.prepare import Prepared, prepare
from sim.studies.sweep.study import sweep
from tests.two_holdouts import scenario

OVER = {"rate": "prior", "known": "0.1..0.9", "idle": "1..100:log"}


@pytest.fixture(scope="module")
def base() -> Prepared:
    return prepare(scenario(), 100)


def units(design: Sample) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([design.units(i) for i in range(design.draws)])


def test_one_value_in_each_part_of_a_hypercube(base: Prepared) -> None:
    found = units(sample("lhs", 50, OVER, base))
    assert np.array_equal(np.sort(np.floor(50 * found), axis=0), np.repeat(np.arange(50)[:, None], 3, axis=1))


def test_a_sobol_sequence_is_even_and_grows(base: Prepared) -> None:
    few, many = sample("sobol", 64, OVER, base), sample("sobol", 3000, OVER, base)
    found = units(few)
    assert np.array_equal(np.sort(np.floor(64 * found), axis=0), np.repeat(np.arange(64)[:, None], 3, axis=1))
    assert [row.cells for row in few] == [many[i].cells for i in range(64)]
    # in any order, and beyond one block
    assert [many[i].cells for i in (2999, 1030, 5)] == [[*many][i].cells for i in (2999, 1030, 5)]


@pytest.mark.parametrize("method", ["sobol", "lhs", "morris"])
def test_a_seed_says_it_all(base: Prepared, method: str) -> None:
    one, other = (sample(method, 16, OVER, base) for _ in range(2))
    assert [*one] == [*other]
    assert [*sample(method, 16, OVER, base, seed=2)] != [*one]


def test_a_trajectory_moves_one_axis_at_a_time(base: Prepared) -> None:
    design = sample("morris", 40, dict.fromkeys(("rate", "known", "idle"), "0.1..0.7"), base)
    cells = np.array([row.cells for row in design], dtype=float).reshape(10, 4, 3)
    for trajectory in cells:
        moves = np.array([b - a for a, b in pairwise(trajectory)])
        assert (np.count_nonzero(moves, axis=1) == 1).all()
        assert (np.count_nonzero(moves, axis=0) == 1).all()
        np.testing.assert_allclose(np.abs(moves).sum(axis=0), 0.4)
    assert set(np.round(cells.ravel(), 9)) == {0.1, 0.3, 0.5, 0.7}
    more = sample("morris", 80, dict.fromkeys(("rate", "known", "idle"), "0.1..0.7"), base)
    assert [row.cells for row in design] == [more[i].cells for i in range(40)]
    # a prior has no ends
    prior = sample("morris", 40, {"rate": "prior"}, base)
    assert {row.cells for row in prior} == {(0.125,), (0.375,), (0.625,), (0.875,)}


def test_values_are_equally_likely(base: Prepared) -> None:
    design = sample("lhs", 90, {"known": "1,2,3", "rate": "prior"}, base)
    found = [row.cells[0] for row in design]
    assert [found.count(value) for value in (1.0, 2.0, 3.0)] == [30, 30, 30]


def test_a_sample_at_every_point_of_a_grid(base: Prepared) -> None:
    design = sample("sobol", 4, {"rate": "prior"}, base, grid={"known": "1,2", "chance": "0.1,0.2"})
    assert [axis.name for axis in design.axes] == ["known", "chance", "rate (quantile)"]
    assert len(design) == 16
    rows = [row.cells for row in design]
    assert [row[:2] for row in rows[:4]] == [(1.0, 0.1), (1.0, 0.2), (2.0, 0.1), (2.0, 0.2)]
    assert len({row[2] for row in rows[:4]}) == 1
    more = sample("sobol", 8, {"rate": "prior"}, base, grid={"known": "1,2", "chance": "0.1,0.2"})
    assert [more[i].cells for i in range(16)] == rows


@pytest.mark.parametrize(
    ("method", "points", "over", "said"),
    [
        ("sobel", 8, OVER, "sample sobel: not a way of sampling; did you mean 'sobol'?"),
        ("lhs", 0, OVER, "points: 0; allowed: 1 or more"),
        ("morris", 10, OVER, "points: 10; allowed: a multiple of 4, such as 8 or 12, as"),
        ("morris", 1, {"rate": "prior"}, "a multiple of 2, such as 2, as a Morris trajectory over 1 axis has 2 points"),
        ("sobol", 2**30 + 1, OVER, "allowed: at most 1073741824"),
        ("sobol", 8, {}, "over: no axis"),
        ("sobol", 8, {"known": "prior"}, "over known: has no prior here, so no quantiles"),
        ("sobol", 8, {"rate": "0.9..0.1"}, "over rate: 0.9 is not below 0.1"),
    ],
)  # fmt: skip
def test_samples_that_cannot_be_made(
    base: Prepared, method: str, points: int, over: dict[str, str], said: str
) -> None:
    with pytest.raises(OptionError) as error:
        sample(method, points, over, base)
    assert said in str(error.value)


def test_an_axis_is_in_one_of_grid_and_sample(base: Prepared) -> None:
    with pytest.raises(OptionError, match="over rate: also in the grid"):
        sample("lhs", 8, {"rate": "prior"}, base, grid={"rate": "1,2"})


def test_a_number_that_sobol_does_not_like(base: Prepared) -> None:
    (said,) = sample_remarks(sample("sobol", 100, OVER, base))
    assert "at powers of two, such as 64 or 128" in said
    assert not [*sample_remarks(sample("sobol", 128, OVER, base))]


def test_a_hypercube_does_not_grow_and_says_so(base: Prepared, tmp_path: Path) -> None:
    options = Sampling(trajectories=100, worlds=100)
    sweep(base, sample("lhs", 3, OVER, base), options, out=tmp_path / "a")
    with pytest.raises(
        OptionError, match="a Latin hypercube of other points is another one, where a Sobol' seq"
    ):
        sweep(base, sample("lhs", 4, OVER, base), options, out=tmp_path / "a")
    said: list[str] = []
    for points in (2, 4):
        sweep(base, sample("sobol", points, OVER, base), options, out=tmp_path / "b", say=said.append)
    assert said == ["resuming: 2 of 4 points are there"]


def test_the_record_of_a_design_comes_back_and_says_what_differs(base: Prepared) -> None:
    designs: list[Design] = [
        full_grid({"rate": "0.1,0.2"}, base),
        full_grid({"rate": "0.1,0.3"}, base),
        full_grid({"rate": "x0.1,x0.2"}, base),
        *(sample(method, 16, OVER, base) for method in ("sobol", "lhs", "morris")),
        sample("sobol", 16, OVER, base, seed=2),
        sample("sobol", 16, OVER, base, grid={"chance": "0.1,0.2"}),
        sample("sobol", 16, {**OVER, "idle": "1..100"}, base),
    ]
    for design in designs:
        assert records.typed(DesignRecord, records.plain(design.record)) == design.record
    assert len({design.record.digest for design in designs}) == len(designs)
