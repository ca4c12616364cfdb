"""The public log: rows are added and never changed, what was altered shows, and resolved forecasts are scored."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from sim.base.errors import ModelError, OptionError, RunError
from sim.history import closing
from sim.history import forecast_log as log
from sim.studies.prepare import prepare

MADE = date(2026, 11, 24)


@pytest.fixture(scope="module")
def rows() -> list[log.Logged]:
    return log.forecasts(MADE, trajectories=4000, worlds=200)


def test_questions_are_short_and_can_be_resolved(rows: list[log.Logged]) -> None:
    assert len(rows) == len({row.id for row in rows}) == len(log.questions())
    for row in rows:
        by = date.fromisoformat(row.resolves_by)
        assert MADE < by <= date(2030, 1, 1)
        assert str(by) in row.question
        low, p, high = (float(each) for each in (row.low, row.probability, row.high))
        assert 0 < low <= high < 1
        assert 0 < p < 1
        assert len(row.scenario_digest) == 64
    said = " ".join(row.question for row in rows)
    asked = ("Partnership for Peace", "recognised Kosovo", "comprehensive agreement", "Council of Europe")
    assert all(word in said for word in asked)


def test_each_question_is_put_to_its_scenario(rows: list[log.Logged]) -> None:
    """Rows stand in the order of the questions and name the scenario, with its digest, that answered."""
    from sim.scenario.load import load_scenario

    assert [row.question for row in rows] == [q.text for q in log.questions()]
    digests = {
        name: load_scenario(name).digest for name in (log.SCENARIO, log.WITH_FILING, log.COUNCIL_OF_EUROPE)
    }
    assert {(row.scenario, row.scenario_digest) for row in rows} == set(digests.items())
    for row in rows:
        special = {"Council of Europe": log.COUNCIL_OF_EUROPE, "have filed": log.WITH_FILING}
        asked = next((name for words, name in special.items() if words in row.question), log.SCENARIO)
        assert row.scenario == asked


def test_a_later_day_is_never_less_likely(rows: list[log.Logged]) -> None:
    by_entry: dict[str, list[float]] = {}
    for row in rows:
        by_entry.setdefault(row.entry, []).append(float(row.probability))
    assert len(by_entry) == 5
    assert all(values == sorted(values) for values in by_entry.values())


def test_any_of_four_is_the_first_of_them(rows: list[log.Logged]) -> None:
    """By hand from the same run."""
    from sim.base.dates import years_between
    from sim.engines.montecarlo.engine import simulate

    prepared = prepare(log.SCENARIO, 200, 1)
    paths = simulate(prepared.model, prepared.worlds, 1, 4000)
    at = [i for i, name in enumerate(prepared.model.watch_names) if name.endswith("=recognises")]
    assert len(at) == 4
    row = next(r for r in rows if r.id == f"{MADE}-recognition-2029-12-31")
    t = years_between(prepared.model.start, date(2029, 12, 31))
    assert float(row.probability) == pytest.approx((paths.watch[:, at].min(axis=1) <= t).mean(), abs=0.0011)


def test_rows_are_only_added(rows: list[log.Logged], tmp_path: Path) -> None:
    file = tmp_path / "logs" / "log.csv"
    assert log.append(file, rows[:3]) == 3
    before = file.read_bytes()
    log.append(file, rows[3:])
    assert file.read_bytes().startswith(before)
    back = log.read_log(file)
    assert [replace(row, above="") for row in back] == rows
    assert back[0].above == log.FIRST
    with pytest.raises(RunError, match="is there already"):
        log.append(file, rows[:1])
    assert file.read_bytes().startswith(before)


@pytest.mark.parametrize("change", ["alter", "remove", "swap"])
def test_what_was_altered_shows(change: str, rows: list[log.Logged], tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    log.append(file, rows)
    lines = file.read_text("utf-8").splitlines()
    if change == "alter":
        lines[2] = lines[2].replace("2026-11-24", "2026-11-23", 1)
    elif change == "remove":
        del lines[2]
    else:
        lines[2], lines[3] = lines[3], lines[2]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(RunError, match="has been altered"):
        log.read_log(file)
    with pytest.raises(RunError, match="has been altered"):
        log.append(file, [replace(rows[0], id="new")])


def test_the_log_of_the_repository_is_whole(checkout: Path) -> None:
    rows = log.read_log(checkout / "docs" / "forecast-log.csv")
    asked = {row.question.split(" by ")[0] for row in rows}
    assert len(asked) >= 5
    assert {row.scenario for row in rows} == {
        log.SCENARIO,
        log.WITH_FILING,
        log.COUNCIL_OF_EUROPE,
        log.CLOSES,
    }
    closed = {row.closes for row in rows if row.closes}  # these counted a substitute as the Partnership
    assert closed == {row.id for row in rows if row.entry == "pfp" and row.made_on == "2026-11-25"}


def test_no_log_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        log.read_log(tmp_path / "none.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(ModelError, match="is no forecast log"):
        log.read_log(tmp_path / "other.csv")


def test_an_entry_that_is_not_there() -> None:
    asked = [log.Question("x", "?", "membershp", date(2028, 1, 1))]
    with pytest.raises(ModelError, match="no entry 'membershp'; allowed: pfp, map"):
        log.forecasts(MADE, trajectories=200, worlds=100, asked=asked)
    asked = [log.Question("x", "?", "pfp", date(2126, 1, 1))]
    with pytest.raises(ModelError, match="2126-01-01 is not within"):
        log.forecasts(MADE, trajectories=200, worlds=100, asked=asked)


def row_of(name: str, probability: str, by: str) -> log.Logged:
    empty = log.Logged(*[""] * len(log.COLUMNS))
    return replace(empty, id=name, probability=probability, resolves_by=by)


def test_a_closed_forecast_is_kept_and_not_scored(rows: list[log.Logged], tmp_path: Path) -> None:
    file, first, second = tmp_path / "log.csv", rows[0].id, rows[1].id
    log.append(file, rows)
    before, on = file.read_bytes(), date(2026, 12, 1)
    for names, why, said in (
        ([first], " ", "allowed: a reason in words"),
        (["x"], "why", "x: no forecast that is open on 2026-12-01"),
    ):
        with pytest.raises(OptionError, match=said):
            closing.close(file, names, why, on)
    (row,) = closing.close(file, [first], "It asked of another thing.", on)
    assert (row.id, row.closes) == (f"2026-12-01-closes-{first}", first)
    assert file.read_bytes().startswith(before)
    found = log.score_log(log.read_log(file), {first: True, second: True}, date(2030, 1, 1))
    assert [(each.id, each.why) for each in found.closed] == [(first, "It asked of another thing.")]
    assert (found.forecasts, found.due, found.scored) == (len(rows), len(rows) - 1, 1)
    assert [each.id for each in found.rows] == [second]
    assert first not in found.due_without_outcome
    with pytest.raises(OptionError, match="no forecast that is open"):
        closing.close(file, [first], "again", on)
    late = date.fromisoformat(rows[1].resolves_by) + timedelta(days=1)
    with pytest.raises(OptionError, match="no forecast that is open"):
        closing.close(file, [second], "after its day", late)
    log.append(file, [replace(row, id="again")])
    with pytest.raises(ModelError, match=f"row {len(rows) + 3}: closes '{first}'; allowed: a forecast above"):
        log.read_log(file)


def test_scores_by_hand() -> None:
    rows = [
        row_of("a", "0.2", "2027-01-01"),
        row_of("b", "0.1", "2027-01-01"),
        row_of("c", "0.3", "2029-01-01"),
    ]
    found = log.score_log(rows, {"a": True, "c": True}, date(2028, 1, 1))
    assert (found.forecasts, found.due, found.scored) == (3, 2, 2)
    assert found.due_without_outcome == ["b"]
    assert found.mean.brier == pytest.approx((0.8**2 + 0.7**2) / 2)
    assert found.mean.brier_nothing_changes == 1.0
    assert found.mean.log == pytest.approx(-(math.log(0.2) + math.log(0.3)) / 2, abs=1e-6)
    found = log.score_log(rows, {"a": False, "b": False}, date(2028, 1, 1))
    assert found.mean.brier == pytest.approx((0.04 + 0.01) / 2)
    assert found.mean.brier_nothing_changes == 0.0
    assert log.score_log(rows, {}, date(2026, 1, 1)).mean.brier is None


def test_outcomes_that_cannot_be(tmp_path: Path) -> None:
    rows = [row_of("a", "0.2", "2029-01-01")]
    with pytest.raises(ModelError, match="no such forecast"):
        log.score_log(rows, {"b": True}, date(2028, 1, 1))
    with pytest.raises(ModelError, match="has not passed"):
        log.score_log(rows, {"a": False}, date(2028, 1, 1))
    file = tmp_path / "outcomes.csv"
    file.write_text("id,happened\na,yes\nb,no\n", "utf-8")
    assert log.read_outcomes(file) == {"a": True, "b": False}
    file.write_text("id,happened\na,yes\nb,no\na,yes\n", "utf-8")  # said twice, but the same
    assert log.read_outcomes(file) == {"a": True, "b": False}
    file.write_text("id,happened\na,yes\nb,no\na,no\n", "utf-8")
    with pytest.raises(ModelError, match=r"row 4: no for 'a', which an earlier row gives the other outcome"):
        log.read_outcomes(file)
    file.write_text("id,happened\na,perhaps\n", "utf-8")
    with pytest.raises(ModelError, match="row 2"):
        log.read_outcomes(file)
