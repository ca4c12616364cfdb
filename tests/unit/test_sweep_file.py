"""Sweep files: what they ask for, and every mistake with its file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.base.errors import AccessionError, OptionError, ScenarioError
from sim.studies.design import Design
from sim.studies.designs.asked import Asked, by_file, by_options
from sim.studies.designs.sampled import Sample
from sim.studies.designs.sweep_file import is_sweep_file, json_schema, read_sweep_file
from sim.studies.designs.values import Levels, Span
from sim.studies.prepare import Prepared, prepare
from tests.two_holdouts import TEXT, scenario

ROOT = Path(__file__).parents[2]
WHOLE = """\
sweep: 1
scenario: two.yaml
set: {idle: x2, known: 0.3}
grid:
  chance: [0.1, 0.2]
  GRC.stance=recognises: [2028-06-01, never]
sample:
  method: lhs
  points: 10
  over:
    rate: q0.1..q0.9
trajectories: 2000
worlds: 100
by: 2028-12-31
step: talks
"""


@pytest.fixture(scope="module")
def base() -> Prepared:
    return prepare(scenario(), 100)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(TEXT)
    return Path("sweep.yaml")


def design_of(file: Path, base: Prepared) -> Design:
    read = read_sweep_file(file)
    read.scenario()
    return by_file(read).design(base)


def test_all_that_a_file_says(file: Path, base: Prepared) -> None:
    file.write_text(WHOLE)
    read = read_sweep_file(file)
    assert (read.scenario(), read.settings()) == ("two.yaml", {"idle": "x2", "known": 0.3})
    content = read.content
    assert (content.trajectories, content.worlds, content.seed) == (2000, 100, None)
    assert (content.by, content.step) == (date(2028, 12, 31), "talks")
    asked = by_file(read)
    assert asked.grid == {
        "chance": Levels("value", (0.1, 0.2)), "GRC.stance=recognises": Levels("day", ("2028-06-01", "never")),
    }  # fmt: skip
    assert asked.over == {"rate": Span("quantile", 0.1, 0.9)}
    made = asked.design(base)
    assert isinstance(made, Sample)
    assert (made.method, len(made)) == ("lhs", 40)


def test_the_example_says_what_can_be_said() -> None:
    """Every key but the table; ``end_to_end/test_sweep.py`` runs it."""
    read = read_sweep_file(ROOT / "docs/sweep.yaml")
    keys = {name for name, value in read.content if value is not None}
    assert keys == {*type(read.content).model_fields} - {"table"}


def test_a_table_beside_the_file(file: Path, base: Prepared) -> None:
    file.write_text("sweep: 1\ntable: points.csv\n")
    with pytest.raises(ScenarioError, match=r"sweep.yaml:2: table: 'points.csv': there is no such file"):
        by_file(read_sweep_file(file))
    Path("points.csv").write_text("rate\n0.1\nx2\n")
    with pytest.raises(ScenarioError, match=r"^points.csv:3: rate: x2"):
        by_file(read_sweep_file(file)).design(base)
    Path("points.csv").write_text("rate\n0.1\n0.2\n")
    assert [row.cells for row in by_file(read_sweep_file(file)).design(base)] == [(0.1,), (0.2,)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "sweep.yaml:1: the file is empty; allowed: a sweep, beginning with 'sweep: 1'"),
        ("- a\n", "sweep.yaml:1: not a sweep; allowed: keys with values, such as 'sweep: 1'"),
        ("grid: {rate: 1}\n", "missing key 'sweep'; allowed: sweep: 1, the version of this form"),
        ("sweep: 2\ngrid: {rate: 1}\n", "sweep.yaml:1: sweep: 2; allowed: 1"),
        ("sweep: 1\n", "no points; allowed: grid, sample, both, or table"),
        ("sweep: 1\ngird: {rate: 1}\n", "sweep.yaml:2: gird: unknown key 'gird'; did you mean 'grid'?"),
        ("sweep: 1\ngrid: {rate: 1}\ntable: a.csv\n", "grid and table together"),
        ("sweep: 1\ngrid: 5\n", "sweep.yaml:2: grid: 5 is not a mapping; allowed: names of axes"),
        ("sweep: 1\ngrid: {}\n", "sweep.yaml:2: grid: nothing given"),
        ("sweep: 1\ngrid:\n  rate:\n", "sweep.yaml:3: grid.rate: nothing is given"),
        ("sweep: 1\ngrid:\n  rate: 1,two\n", "sweep.yaml:3: grid.rate: 'two' is not a number"),
        ("sweep: 1\ngrid:\n  rate: [1, x2]\n", "sweep.yaml:3: grid.rate: 1 and x2: numbers and factors together"),
        ("sweep: 1\ngrid:\n  rate: [1, 1]\n", "1 is given twice"),
        ("sweep: 1\ngrid:\n  rate: {a: 1}\n", "sweep.yaml:3: grid.rate: {a: 1}"),
        ("sweep: 1\ngrid:\n  rate: true\n", "sweep.yaml:3: grid.rate: true is not a value; allowed: finite numbers"),
        ("sweep: 1\ngrid: {rate: 1}\ntrajectories: 2.5\n", "sweep.yaml:3: trajectories: 2.5; allowed: a whole number"),
        ("sweep: 1\ngrid: {rate: 1}\nworlds: many\n", "worlds: 'many'; allowed: a whole number, 1 or more"),
        ("sweep: 1\ngrid: {rate: 1}\nby: 1 June 2030\n", "sweep.yaml:3: by: '1 June 2030' is not a date; write 2030"),
        ("sweep: 1\ngrid: {rate: 1}\nset: {known: fast}\n", "sweep.yaml:3: set.known: 'fast' is not a number"),
        ("sweep: 1\nsample: {method: sobel, points: 8, over: {a: prior}}\n", "'sobel'; did you mean 'sobol'?"),
        ("sweep: 1\nsample: {method: lhs, points: 8}\n", "sample: missing key 'over'; allowed: axes with their ranges"),
        ("sweep: 1\nsample:\n  method: lhs\n  points: 0\n  over: {rate: prior}\n", "sweep.yaml:4: sample.points: 0"),
        ("sweep: 1\nscenario: ../x.yaml\ngrid: {rate: 1}\n", "scenario: '../x.yaml': leads out of the folder"),
        # what only the scenario knows
        ("sweep: 1\ngrid:\n  raet: 1\n  known: q0.5\n", "sweep.yaml:3: grid.raet: not a parameter; did you mean"),
        ("sweep: 1\ngrid:\n  raet: 1\n  known: q0.5\n", "sweep.yaml:4: grid.known: has no prior here"),
        ("sweep: 1\ngrid:\n  rate: 0.1..0.5\n", "sweep.yaml:3: grid.rate: 0.1..0.5 is a range"),
        ("sweep: 1\ngrid:\n  chance: [1.5, 0.5]\n", "sweep.yaml:2: grid: chance = 1.5: talks.held: chance is 1.5"),
        ("sweep: 1\nsample:\n  method: morris\n  points: 9\n  over: {rate: prior}\n", "yaml:4: sample.points: 9;"),
        ("sweep: 1\nsample:\n  method: lhs\n  points: 9\n  over:\n    raet: prior\n", "yaml:6: sample.over.raet: "),
    ],
)  # fmt: skip
def test_mistakes_have_a_line(file: Path, base: Prepared, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(AccessionError) as error:
        design_of(file, base)
    assert said in str(error.value)
    assert all(line.startswith("sweep.yaml:") for line in str(error.value).splitlines())


def test_a_year_stands_for_its_end(file: Path) -> None:
    file.write_text(WHOLE.replace("by: 2028-12-31", "by: 2028"))
    assert read_sweep_file(file).content.by == date(2028, 12, 31)


def test_which_file_is_a_sweep(file: Path) -> None:
    file.write_text(WHOLE)
    assert is_sweep_file("sweep.yaml")
    assert not is_sweep_file("two.yaml")
    assert not is_sweep_file("status-quo")
    assert not is_sweep_file("no.yaml")


def test_the_schema_is_that_of_the_types() -> None:
    schema = json_schema()
    assert schema["required"] == ["sweep"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["SampleOfFile"]["required"] == ["method", "points", "over"]


def test_options_that_go_together(tmp_path: Path) -> None:
    assert by_options(over={"rate": "prior"}) == Asked(None, {"rate": "prior"}, "sobol", 128)
    for given, said in (
        ({}, "grid: no points; allowed: grid NAME=A,B,C, over NAME=RANGE"),
        ({"sample": "lhs"}, "sample lhs: nothing to sample; allowed: with over"),
        ({"points": 4, "grid": {"rate": 1}}, "points 4: nothing to sample"),
        ({"table": "a.csv", "over": {"rate": "prior"}}, "table: together with over"),
    ):
        with pytest.raises(OptionError) as error:
            by_options(**given)  # type: ignore[arg-type]
        assert said in str(error.value)
