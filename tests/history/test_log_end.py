"""The end of a log: the last rows are watched too, old logs are read, and a missing line end does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.base.errors import ModelError, RunError
from sim.history import forecast_log as log
from sim.history.log_end import end_of


def row(name: str) -> log.Logged:
    return log.Logged(
        name, "2026-11-24", "Will it?", "pfp", "2027-07-31", "0.010", "0.001", "0.020", "0.0010",
        "status-quo", "0" * 64, "1", "1000",
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "log.csv"
    log.append(found, [row("a"), row("b")])
    return found


def test_an_altered_last_row_shows(file: Path) -> None:
    text = file.read_text()
    file.write_text(text[: text.rindex("0.010")] + "0.900" + text[text.rindex("0.010") + 5 :])
    with pytest.raises(RunError, match="row 3: was altered"):
        log.read_log(file)


def test_a_removed_last_row_shows(file: Path) -> None:
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(RunError, match="has 1 row; 2 were written"):
        log.read_log(file)


def test_rows_are_added_after_a_line_without_an_end(file: Path) -> None:
    file.write_text(file.read_text().rstrip("\n"))
    log.append(file, [row("c")])
    assert [each.id for each in log.read_log(file)] == ["a", "b", "c"]
    assert file.read_text().count("\n") == 4


def test_a_log_without_an_end_is_read_and_gets_one(file: Path) -> None:
    end_of(file).unlink()
    assert len(log.read_log(file)) == 2
    log.append(file, [row("c")])
    assert end_of(file).read_text().startswith("3 ")


def test_an_end_that_was_not_written_any_more_does_no_harm(file: Path) -> None:
    before = end_of(file).read_text()
    log.append(file, [row("c")])
    end_of(file).write_text(before)
    assert len(log.read_log(file)) == 3


@pytest.mark.parametrize("content", ["", "2", "two abc\n", "\0" * 1000])
def test_an_end_that_cannot_be_read_is_named(content: str, file: Path) -> None:
    end_of(file).write_text(content)
    with pytest.raises(RunError, match=r"log\.csv\.end: cannot be read"):
        log.read_log(file)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2027-07-31", "2027-13-31", "row 2: resolves_by '2027-13-31'; allowed: YYYY-MM-DD"),
        ("2026-11-24", "", "row 2: made_on ''; allowed: YYYY-MM-DD"),
        ("0.010", "nan", "row 2: probability 'nan'; allowed: a number between 0 and 1"),
        ("0.010", "1", "row 2: probability '1'; allowed: a number between 0 and 1"),
        ("0.020", "much", "row 2: high 'much'; allowed: a number between 0 and 1"),
    ],
)
def test_a_day_or_a_probability_that_is_none_is_named(old: str, new: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    log.append(file, [row("a")])
    end_of(file).unlink()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(ModelError, match=said):
        log.read_log(file)
