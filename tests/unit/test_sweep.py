"""Sweeps: what a grid may be, what the table holds, paired errors, files and figures."""

from __future__ import annotations

import json
import math
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.base.errors import AccessionError, OptionError, RunError
from sim.base.records import read, text, typed
from sim.commands.designs import read_axes, two_values
from sim.engines import montecarlo
from sim.estimates.paired import paired_error
from sim.report.screens.sweep import screen
from sim.report.sweep_page import write_page
from sim.results.folder import PARTIAL
from sim.studies.designs.values import Levels
from sim.studies.options import Options, Sampling
from sim.studies.prepare import prepare
from sim.studies.run import run
from sim.studies.sweep.answer import Sweep, SweepAnswer
from sim.studies.sweep.rows import COLUMNS, RESULT_COLUMNS
from sim.studies.sweep.study import sweep
from tests.bits import read_csv
from tests.two_holdouts import TEXT, content, scenario, split

HORIZON = date(2029, 12, 31)
PAIR = {"rate": [0.2, 0.4, 0.8], "known": [0.3, 0.6]}


def made(grid: dict[str, list[float]], **more: Any) -> Sweep:
    options, rest = split(more, trajectories=2000, worlds=100)
    return sweep(scenario(), grid, options, **rest)


def at_horizon(table: pd.DataFrame, step: str = "entry", **values: float) -> pd.Series:
    chosen = (table["date"] == "2029-12-31") & (table["step"] == step)
    for name, value in values.items():
        chosen &= table[name] == value
    assert chosen.sum() == 1
    return table[chosen].iloc[0]


# --- the grid --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("r=1", [1.0]),
        ("r=0.5,1,2e-3", [0.5, 1.0, 0.002]),
        ("r = 1, 2", [1.0, 2.0]),
        ("r=0:1:5", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("r=0.1:0.3:3", [0.1, 0.2, 0.3]),
        ("r=0.01:100:5:log", [0.01, 0.1, 1.0, 10.0, 100.0]),
        ("r=0.1:0.7:2", [0.1, 0.7]),
        ("r=0, 5", [0.0, 5.0]),
        ("r=0.0,5.0", [0.0, 5.0]),
        ("r=1,5", [1.0, 5.0]),
        ("r=0,5,10,20", [0.0, 5.0, 10.0, 20.0]),
        ("r=90,30,60,120", [90.0, 30.0, 60.0, 120.0]),
    ],
)
def test_values_are_listed_or_spaced(text: str, values: list[float]) -> None:
    assert read_axes("--grid", [text]) == {"r": Levels("value", tuple(values))}


def test_two_whole_numbers_are_told_to_be_two() -> None:
    assert two_values(["r=1,5", "s=1, 5", "t=1,5,9", "u=0.1,5", "v"]) == [
        "--grid r=1,5: two values, 1 and 5; one is written 1.5"
    ]


def test_several_names_keep_their_order() -> None:
    assert list(read_axes("--grid", ["b=1", "a=2"])) == ["b", "a"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["rate"], "no name and '='"),
        (["=1,2"], "no name before '='"),
        (["rate="], "no values"),
        (["rate=1,,2"], "'' is not a number"),
        (["rate=1,two"], "'two' is not a number"),
        (["rate=0,5"], "'0,5' may have decimal commas; write 0.5, or 0.0,5.0 for 2 values"),
        (["rate=-0,5"], "write -0.5, or -0.0,5.0 for 2 values"),
        (["rate=0,5,1,5"], "write 0.5,1.5, or 0.0,5.0,1.0,5.0 for 4 values"),
        (["rate=0,1, 0,5"], "write 0.1,0.5, or"),
        (["rate=1,5e-2"], "write 1.5e-2, or 1.0,0.05 for 2 values"),
        (["rate=x0,5"], "has decimal commas; write x0.5, with points"),
        (["rate=1,nan"], "nan is not a finite number"),
        (["rate=0:inf:3"], "inf is not a finite number"),
        (["rate=1:2"], "'1:2' is not a range"),
        (["rate=1:2:3:lin"], "'1:2:3:lin' is not a range"),
        (["rate=1:2:2.5"], "'2.5' is not a whole number"),
        (["rate=1:2:1"], "a range of 1 values"),
        (["rate=0:1:1000001"], "a range of 1000001 values, where 2 to 1000000 are possible"),
        (["rate=2:1:3"], "2 is not below 1"),
        (["rate=0:1:3:log"], "0 has no logarithm"),
        (["rate=1", "rate=2"], "rate is given twice"),
    ],
)
def test_a_grid_that_cannot_be_read(options: list[str], said: str) -> None:
    with pytest.raises(AccessionError) as error:
        read_axes("--grid", options)
    assert said in str(error.value)
    assert f"--grid {options[-1]}" in str(error.value)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({}, "no parameter"),
        ({"rat": [1.0]}, "did you mean 'rate'?"),
        ({"zzz": [1.0]}, "allowed: rate, known, chance, idle"),
        ({"rate": []}, "no values"),
        ({"rate": [0.1, 0.2, 0.1]}, "0.1 is given twice"),
        ({"rate": [-1.0]}, "-1; allowed: finite numbers, 0 or more"),
        ({"rate": [math.nan]}, "nan; allowed"),
        ({"chance": [1.5, 0.5]}, "point chance = 1.5: talks.held: chance is 1.5"),
    ],
)  # fmt: skip
def test_a_grid_that_cannot_be_run(grid: dict[str, list[float]], said: str) -> None:
    with pytest.raises(AccessionError) as error:
        made(grid)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"by": date(2026, 12, 31)}, "by 2026-12-31: allowed: after 2026-12-31, up to 2029-12-31"),
        ({"by": date(2030, 1, 1)}, "by 2030-01-01"),
        ({"step": "entri"}, "did you mean 'entry'?"),
        ({"trajectories": 99}, "trajectories 99"),
        ({"worlds": 7}, "worlds: 7"),
        ({"overrides": {"rate": 1.0}}, "give them to load_scenario"),
    ],
)
def test_other_bad_input(more: dict[str, Any], said: str) -> None:
    with pytest.raises(AccessionError, match=said.replace("?", r"\?")):
        made({"known": [0.1]}, **more)


def test_a_parameter_is_not_set_and_swept(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TEXT)
    with pytest.raises(AccessionError, match="also given by overrides"):
        sweep(file, {"rate": [0.1]}, Sampling(overrides={"rate": 0.2}))


def test_a_parameter_cannot_hide_a_column() -> None:
    text = TEXT.replace("known", "difference")
    with pytest.raises(AccessionError, match="column of that name"):
        sweep(scenario(text=text), {"difference": [0.1]})


# --- the table -------------------------------------------------------------------------------------------


def test_a_row_for_each_point_step_and_date() -> None:
    table = made(PAIR).table
    assert list(table.columns) == ["rate", "known", *RESULT_COLUMNS]
    dates = ["2027-12-31", "2028-12-31", "2029-12-31"]
    expected = [
        (rate, known, step, day)
        for rate in PAIR["rate"] for known in PAIR["known"] for step in ("talks", "entry") for day in dates
    ]  # fmt: skip
    assert list(table[["rate", "known", "step", "date"]].itertuples(index=False, name=None)) == expected


def test_any_date_can_be_looked_at() -> None:
    day = date(2028, 7, 1)
    table = made({"known": [0.4]}, by=day).table
    assert "2028-07-01" in set(table["date"])
    # what happened by then does not depend on who asks
    others = made({"known": [0.4]}).table
    pd.testing.assert_frame_equal(table[table["date"] != "2028-07-01"].reset_index(drop=True), others)


@pytest.mark.parametrize("name", ["rate", "known"])
def test_a_point_is_a_run_with_that_value_set(name: str) -> None:
    """Also for a parameter with a prior: the grid fixes it."""
    table = made({name: [0.3, 0.7]}).table
    alone = run(scenario(**{name: 0.7}), Options(trajectories=2000, worlds=100)).probabilities()
    point = table[table[name] == 0.7].reset_index(drop=True)
    columns = ["step", "date", "probability", "low", "high", "mc_error"]
    pd.testing.assert_frame_equal(point[columns], alone[columns], check_exact=True)


def test_a_point_does_not_depend_on_the_other_points_or_on_threads() -> None:
    many = made(PAIR, threads=2).table
    few = made({"rate": [0.4], "known": [0.6]}, threads=1).table
    columns = ["step", "date", "probability", "low", "high", "mc_error"]
    chosen = many[(many["rate"] == 0.4) & (many["known"] == 0.6)].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen[columns], few[columns], check_exact=True)


def test_the_first_point_does_not_differ_from_itself() -> None:
    table = made(PAIR).table
    first = table[(table["rate"] == 0.2) & (table["known"] == 0.3)]
    assert (first["difference"] == 0).all()
    assert (first["difference_error"] == 0).all()
    assert first["variance_ratio"].isna().all()


def test_nothing_uncertain_is_one_world_without_interval() -> None:
    table = made({"rate": [0.2, 0.8]}).table
    assert (table["worlds"] == 1).all()
    assert table["low"].isna().all()
    row = at_horizon(table, rate=0.8)
    assert row["mc_error"] == pytest.approx(
        math.sqrt(row["probability"] * (1 - row["probability"]) / 2000), rel=0.01
    )
    assert row["difference_error"] > 0
    assert row["variance_ratio"] > 1


# --- differences under common luck -----------------------------------------------------------------------


def test_paired_error_by_hand() -> None:
    totals = np.array([10, 10, 10, 10])
    error, ratio = paired_error(np.array([1, 2, 3, 4]), np.array([2, 4, 4, 6]), totals)
    differences = [0.1, 0.2, 0.1, 0.2]
    assert error == pytest.approx(np.std(differences, ddof=1) / 2)
    apart = np.var([0.1, 0.2, 0.3, 0.4], ddof=1) + np.var([0.2, 0.4, 0.4, 0.6], ddof=1)
    assert ratio == pytest.approx(apart / np.var(differences, ddof=1))


def test_no_difference_seen_is_not_no_error() -> None:
    hits, totals = np.array([3, 5, 4]), np.array([10, 10, 10])
    error, ratio = paired_error(hits, hits, totals)
    assert error == pytest.approx(0.7 / 30, rel=0.05)
    assert math.isnan(ratio)


def test_a_parameter_that_nothing_reads_changes_nothing() -> None:
    table = made({"idle": [0.1, 5.0]}).table
    assert (table["difference"] == 0).all()
    assert table["variance_ratio"].isna().all()


@pytest.mark.parametrize("grid", ["known", "rate"])
def test_differences_are_those_of_the_paths(grid: str) -> None:
    """The error, from the trajectories of two separate runs, paired by world (or batches, as many as worlds)."""
    units = 100
    table = made({grid: [0.3, 0.7]}).table
    shares = []
    for value in (0.3, 0.7):
        ready = prepare(scenario(**{grid: value}), worlds=100)
        paths = montecarlo.simulate(ready.model, ready.worlds, ready.seed, 2000)
        taken = paths.time[:, 1] <= ready.model.horizon_years
        shares.append(np.array([taken[paths.trajectory % units == unit].mean() for unit in range(units)]))
    row = at_horizon(table, **{grid: 0.7})
    assert row["difference"] == pytest.approx(shares[1].mean() - shares[0].mean(), abs=1e-12)
    assert row["difference_error"] == pytest.approx(np.std(shares[1] - shares[0], ddof=1) / math.sqrt(units))
    apart = shares[0].var(ddof=1) + shares[1].var(ddof=1)
    assert row["variance_ratio"] == pytest.approx(apart / np.var(shares[1] - shares[0], ddof=1))


def test_a_faster_move_never_lowers_a_probability() -> None:
    table = made({"known": [0.1, 0.2, 0.5, 2.0]}).table
    for _, curve in table.groupby(["step", "date"]):
        assert curve["probability"].is_monotonic_increasing
    assert at_horizon(table, known=0.2)["variance_ratio"] > 1


def test_differences_against_closed_form() -> None:
    """Entry at the last meeting needs talks before it, and talks need ESP, entry needs GRC too.

    Only one step is taken at a meeting, so ESP must have moved by the meeting before. Six standard errors:
    a false alarm in 2e-9 of seeds.
    """
    before, last = 912 / 365.25, 1095 / 365.25
    assert date(2026, 12, 31) + timedelta(days=912) == date(2029, 6, 30)
    table = sweep(
        scenario(chance=0.0, rate=0.5), {"known": [0.2, 0.6]}, Sampling(trajectories=100_000, seed=3)
    ).table
    row = at_horizon(table, known=0.6)

    def both(known: float) -> float:
        return -math.expm1(-0.5 * last) * -math.expm1(-known * before)

    assert abs(row["difference"] - (both(0.6) - both(0.2))) < 6 * row["difference_error"]
    assert row["difference_error"] < 0.002


# --- files -----------------------------------------------------------------------------------------------

FIGURES = [f"figures/{name}.{ending}" for name in ("axes", "lines", "map") for ending in ("png", "svg")]
FILES = [
    *FIGURES, "manifest.json", "points.parquet", "results.parquet", "shown.json", "sweep.csv", "sweep.html",
    "sweep.json",
]  # fmt: skip


def test_the_files_hold_the_table_and_are_the_same_every_time(tmp_path: Path) -> None:
    first = made(PAIR, out=tmp_path / "a", threads=1, figures=write_page)
    made(PAIR, out=tmp_path / "b", threads=2, figures=write_page)
    assert list(content(tmp_path / "a")) == FILES
    assert content(tmp_path / "a") == content(tmp_path / "b")
    points, results = (pd.read_parquet(tmp_path / f"a/{name}.parquet") for name in ("points", "results"))
    assert list(results) == list(COLUMNS)
    joined = points.merge(results, on="id")[["rate", "known", *RESULT_COLUMNS]]
    pd.testing.assert_frame_equal(joined, first.table, check_exact=True, check_dtype=False)
    summary = read_csv(tmp_path / "a/sweep.csv")[["rate", "known", *RESULT_COLUMNS]]
    last = first.table[first.table["date"] == "2029-12-31"].reset_index(drop=True)
    pd.testing.assert_frame_equal(summary, last, check_exact=True, check_dtype=False)
    assert read(tmp_path / "a/sweep.json", SweepAnswer) == first.answer
    manifest = json.loads((tmp_path / "a/manifest.json").read_text())
    assert manifest["grid"] == PAIR
    assert (manifest["seed"], manifest["worlds"], manifest["trajectories"]) == (1, 1, 2000)
    assert manifest["scenario"] == {"name": "two", "digest": first.model.digest}
    assert str(tmp_path) not in (tmp_path / "a/manifest.json").read_text()


def test_an_earlier_sweep_is_replaced_and_other_things_are_not(tmp_path: Path) -> None:
    made({"rate": [0.1]}, out=tmp_path / "old")
    with pytest.raises(OptionError, match=r"what differs: seed \(1 there, 2 now\); allowed: another folder"):
        made({"rate": [0.1]}, seed=2, out=tmp_path / "old")
    made({"rate": [0.1]}, seed=2, out=tmp_path / "old", fresh=True)
    assert json.loads((tmp_path / "old/manifest.json").read_text("utf-8"))["seed"] == 2
    with pytest.raises(RunError, match=r"something else \(sweep of two with rate=…\)"):
        made({"known": [0.2]}, out=tmp_path / "old")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear")
    with pytest.raises(RunError, match="nothing was written"):
        made({"rate": [0.1]}, out=tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_sweep_that_fails_leaves_its_points(tmp_path: Path) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match="No space left"):
        made({"rate": [0.1]}, out=tmp_path / "new", figures=full)
    assert [p.name for p in (tmp_path / "new").iterdir()] == [PARTIAL]
    said: list[str] = []
    made({"rate": [0.1]}, out=tmp_path / "new", say=said.append)
    assert said == ["resuming: 1 of 1 point is there"]
    assert not (tmp_path / "new" / PARTIAL).exists()


# --- the answer ------------------------------------------------------------------------------------------


def test_the_screen_is_one_screen_without_certainties() -> None:
    done = made({"known": [0.0, *(i / 10 for i in range(1, 20)), 50.0], "chance": [0.0, 1.0]})
    lines = screen(done).splitlines()
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80
    assert not re.search(r"(?<!\d)0 %|100 %", screen(done))
    assert any(line.startswith("Probability of entry by 2029-12-31: <1 % to ") for line in lines)
    assert [line.split()[0] for line in lines if line.startswith(("chance", "known"))] == ["chance", "known"]
    greatest = next(line for line in lines if line.startswith("greatest"))
    assert greatest.split()[1] == "0"


def test_the_data_are_the_table_at_one_date() -> None:
    done = made({"known": [0.3, 0.6]})
    data = json.loads(text(done.answer))
    assert typed(SweepAnswer, data) == done.answer
    assert data["grid"] == {"known": [0.3, 0.6]}
    assert data["by"] == "2029-12-31"
    row, told = at_horizon(done.table, known=0.6), data["points"][1]["steps"]["entry"]
    assert data["points"][1]["values"] == {"known": 0.6}
    assert told["probability"] == row["probability"]
    assert told["credible_90"] == [row["low"], row["high"]]
    assert told["difference_error"] == row["difference_error"]
    assert data["points"][0]["steps"]["entry"]["variance_ratio"] is None
