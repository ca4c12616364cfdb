"""A table of points of one's own: what its columns are, and every mistake with its file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from sim.base.errors import AccessionError, OptionError, ScenarioError
from sim.studies.design import DayAxis, NumberAxis, VariantAxis
from sim.studies.designs.checking import check, doubts
from sim.studies.designs.places import TablePlaces
from sim.studies.designs.table import from_columns, from_file, table
from sim.studies.points import Points
from sim.studies.prepare import Prepared, prepare
from tests.two_holdouts import scenario


@pytest.fixture(scope="module")
def base() -> Prepared:
    return prepare(scenario(), 100)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("points.csv")


def test_every_kind_of_column(base: Prepared, file: Path) -> None:
    file.write_text(
        "id,rate (times),known,GRC.stance=recognises,where recognition is needed\n"
        "ab,x2,0.1,2028-06-01,none\n"
        "cd,0.5,0.2,never,none\n"
    )
    found = table(from_file(file), base)
    assert found.axes == (
        NumberAxis("rate", "times"), NumberAxis("known"), DayAxis("GRC.stance=recognises"),
        VariantAxis("Where recognition is needed"),
    )  # fmt: skip
    assert found.rows == ((2.0, 0.1, "2028-06-01", "none"), (0.5, 0.2, "never", "none"))


def test_a_data_frame(base: Prepared) -> None:
    frame = pd.DataFrame(
        {
            "rate (quantile)": [0.05, 0.5],
            "known": [1, 2],
            "GRC.stance=recognises": [date(2028, 6, 1), "never"],
        }
    )
    found = table(from_columns(frame), base)
    assert found.rows == ((0.05, 1.0, "2028-06-01"), (0.5, 2.0, "never"))
    with pytest.raises(ScenarioError, match="table:2: known: 'two' is not a number"):
        table(from_columns({"known": [1, "two"]}), base)
    with pytest.raises(OptionError, match="columns of different lengths"):
        from_columns({"known": [1, 2], "rate": [1]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "points.csv: the file is empty"),
        ("rate;known\n1;2\n", "points.csv:1: columns separated by semicolons"),
        ("rate,rate\n1,2\n", "points.csv:1: more than one column 'rate'"),
        ("rate,known\n1,2,3\n", "points.csv:2: 3 cells, where the header has 2"),
        ("raet\n1\n", "points.csv:1: raet: not a parameter; did you mean 'rate'?"),
        ("rate,rate (times)\n1,2\n", "points.csv:1: rate (times): rate is varied by rate too"),
        ("id\nab\n", "points.csv:1: no column of an axis"),
        ("rate\n", "points.csv:1: no rows"),
        ("rate,known\n0.1,\n", "points.csv:2: known: an empty cell"),
        ("rate\n0.1\n\nx2\n", "points.csv:4: rate: x2; allowed: numbers; a column of times is called 'rate (times)'"),
        ("rate (times)\nq2\n", "points.csv:2: rate (times): 'q2' is not a number"),
        ("rate (times)\n-2\n", "points.csv:2: rate (times): x-2; allowed: factors above 0"),
        ("rate\n5%\n", "points.csv:2: rate: '5%' is not a number; write 0.05"),
        ("known (quantile)\n0.5\n", "points.csv:2: known (quantile): has no prior here"),
        ("GRC.stance=recognises\n1.6.2028\n", "points.csv:2: GRC.stance=recognises: '1.6.2028' is not a date; write"),
        ("GRC.stance=recognizes\nnever\n", "did you mean 'recognises'?"),
        ("Where recognition is needed\nall\n", "points.csv:2: Where recognition is needed: all: none goes with this"),
        ("GRC\nall\n", "points.csv:2: GRC: all; allowed: one value"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used(base: Prepared, file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(AccessionError) as error:
        table(from_file(file), base)
    assert said in str(error.value)


def test_all_mistakes_are_told(base: Prepared, file: Path) -> None:
    file.write_text("rate,known\n" + "a,b\n" * 15)
    with pytest.raises(ScenarioError) as error:
        table(from_file(file), base)
    assert len(error.value.problems) == 21
    assert error.value.problems[-1] == "and 10 more"


def test_a_first_point_that_cannot_run_is_told_by_its_line(base: Prepared, file: Path) -> None:
    file.write_text("chance,rate\n\n1.5,0.2\n0.5,0.1\n")
    given = from_file(file)
    places = TablePlaces(given.label, [line for line, _ in given.rows])
    with pytest.raises(ScenarioError, match=r"points.csv:3: chance = 1.5, rate = 0.2: talks.held"):
        check(table(given, base), Points(base), places)


def test_another_point_that_cannot_run_is_a_doubt(base: Prepared, file: Path) -> None:
    file.write_text("chance,rate\n" + "0.5,0.1\n" * 500 + "1.5,0.2\n")
    (said,) = doubts(table(from_file(file), base), Points(base))
    assert said.startswith("table: chance = 1.5, rate = 0.2: talks.held")
