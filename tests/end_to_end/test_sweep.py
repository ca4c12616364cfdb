"""The verb sweep, as a user calls it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.commands import CHECKOUT, Done
from tests.two_holdouts import TEXT

SMALL = ("--trajectories", "2000", "--worlds", "100")
Accession = Callable[..., Done]


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_a_sweep_of_two_parameters(accession: Accession, tmp_path: Path) -> None:
    grid = ("--grid", "settlement_rate=0.01:0.3:3:log", "--grid", "settlement_centring=0.5,1")
    done = accession("sweep", "baseline", *grid, *SMALL)
    assert done.returncode == 0
    assert "warning: grid: settlement_rate: 0.3 is far above what the parent thinks possible" in done.stderr
    assert len(done.stdout.splitlines()) <= 27
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80  # the last line is a path
    varied = "settlement_rate=0.01..0.3x3+settlement_centring=0.5..1x2"
    folder = tmp_path / "results" / f"baseline-sweep+{varied}"
    assert set(files(folder)) == {
        *(f"figures/{name}.{ending}" for name in ("axes", "lines", "map") for ending in ("png", "svg")),
        "manifest.json", "points.parquet", "results.parquet", "shown.json", "sweep.csv", "sweep.html", "sweep.json",
    }  # fmt: skip
    table = pd.read_parquet(folder / "results.parquet")
    assert len(table) == 3 * 2 * 6 * 31
    last = table[table["date"] == "2056-12-01"].groupby("step")["probability"]
    assert (last.max() > last.min()).all()
    first = files(folder)
    # again elsewhere, with another number of threads, and with JSON instead of words
    again = accession("sweep", "baseline", *grid, *SMALL, "--threads", "1", "--out", "again", "--json")
    assert files(tmp_path / "again") == first
    data = json.loads(again.stdout)
    assert [point["values"]["settlement_centring"] for point in data["points"]] == [0.5, 1.0] * 3
    manifest = (folder / "manifest.json").read_text()
    assert not any(said in manifest for said in (str(tmp_path), str(CHECKOUT), os.uname().nodename))


def test_a_point_that_fails_is_a_row_and_the_others_are_run(accession: Accession, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(TEXT, "utf-8")
    done = accession("sweep", "two.yaml", "--grid", "chance=0.5,1.5,0.25", *SMALL, "--out", "x")
    assert done.returncode == 1
    assert "1 of 3 points failed (x/failures.csv has all of them):\n  chance=1.5: " in done.stderr
    results = pd.read_parquet(tmp_path / "x/results.parquet")
    assert results["error"].notna().tolist() == [False] * 6 + [True] + [False] * 6
    assert "talks.held: chance is 1.5" in results["error"][6]
    assert (tmp_path / "x/failures.csv").read_text().splitlines()[1].split(",")[1] == "1.5"
    assert any(line.split() == ["1.5", "failed"] for line in done.stdout.splitlines())
    # again: nothing is run, and it says the same
    again = accession("sweep", "two.yaml", "--grid", "chance=0.5,1.5,0.25", *SMALL, "--out", "x")
    assert again.returncode == 1
    assert again.stdout == done.stdout
    assert again.stderr == f"resuming: 3 of 3 points are there\n{done.stderr}"


def test_the_example_file(accession: Accession, tmp_path: Path) -> None:
    """A grid of a happening, a lever and a structural choice, with points drawn at each; then its page again."""
    file = str(CHECKOUT / "docs/sweep.yaml")
    done = accession("sweep", file, "--trajectories", "100")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results/status-quo-sweep"
    assert len(pd.read_parquet(folder / "points.parquet")) == 64
    assert json.loads((folder / "sweep.json").read_text("utf-8"))["design"]["kind"] == "sobol"
    assert len(done.stdout.splitlines()) <= 27
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    before = files(folder)
    again = accession("report", "results/status-quo-sweep")
    assert (again.returncode, again.stdout) == (0, "Report: results/status-quo-sweep/sweep.html\n")
    assert {name for name, data in files(folder).items() if data != before[name]} <= {"manifest.json"}
    schema = accession("schema", "sweep")
    assert json.loads(schema.stdout)["title"] == "accession sweep"
    assert accession("schema", "swep").stderr == "'swep': did you mean 'sweep'? allowed: scenario, sweep\n"
    wrong = accession("run", file)
    assert wrong.returncode == 2
    assert f"{file}:1: a sweep file, not a scenario; allowed: accession sweep {file}" in wrong.stderr


def test_points_of_a_table_of_ones_own(accession: Accession, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(TEXT, "utf-8")
    (tmp_path / "mine.csv").write_text(
        "rate (quantile),GRC.stance=recognises\n0.1,never\n0.9,2027-06-01\n", "utf-8"
    )
    done = accession("sweep", "two.yaml", "--table", "mine.csv", *SMALL, "--step", "entry", "--by", "2029")
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(tmp_path / "results/two-sweep+table=mine/points.parquet")
    assert list(table)[1:] == ["rate (quantile)", "GRC.stance=recognises"]
    (tmp_path / "mine.csv").write_text("rate (quantile)\n0.1\nhigh\n", "utf-8")
    wrong = accession("sweep", "two.yaml", "--table", "mine.csv")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("mine.csv:3: rate (quantile): 'high' is not a number")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "grid"),
        (("--grid", "settlment_rate=1"), "did you mean 'settlement_rate'?"),
        (("--grid", "settlement_rate=1,x"), "'x' is not a number"),
        (("--grid", "settlement_rate=1", "--grid", "settlement_rate=2"), "given twice"),
        (("--grid", "settlement_rate=1", "--set", "settlement_rate=2"), "also given by --set"),
        (("--grid", "settlement_rate=0:1:1000001"), "2 to 1000000"),
        (("--grid", "settlement_rate=1", "--by", "soon"), "not a date"),
        (("--grid", "settlement_rate=1", "--worlds", "3"), "worlds: 3"),
    ],
)
def test_bad_input_is_said_and_nothing_is_written(
    accession: Accession, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = accession("sweep", "baseline", *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
