"""``given`` against what pandas makes of the same trajectories, what it refuses, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import accession as acc
from sim.base import records
from sim.base.errors import OptionError, RunError
from sim.estimates.conditions import Met
from sim.estimates.given import TOO_UNEVEN, GivenTally
from sim.report.given_figures import given_sheet
from sim.report.given_prose import answer, warning
from sim.report.screens.given import screen
from sim.report.style import NARROW, WIDE
from sim.results.happenings import ROWS, happenings
from sim.results.trajectories import read_trajectories
from sim.studies.asked import AskedRun, asked_run
from sim.studies.given import given, weighable
from sim.studies.given_answer import Given
from sim.studies.options import Options
from sim.studies.run import run
from tests.commands import Done

START = pd.Timestamp("2026-12-01")
SETTLED = "settlement=comprehensive"


@pytest.fixture(scope="module")
def folder(kept_run: Path) -> Path:
    return kept_run


@pytest.fixture(scope="module")
def asked(folder: Path) -> AskedRun:
    return asked_run(folder)


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    """Days since the start, by arithmetic of the test's own; a step that is bypassed has none."""
    stored = read_trajectories(folder)
    days = stored.filter(regex="^(pfp|map|membership|watch_.*)$") * 365.25
    days["substitute"] = days["pfp"].where(stored["how_pfp"] == "bypassed")
    days["pfp"] = days["pfp"].where(stored["how_pfp"] != "bypassed")
    return days.assign(world=stored["world"])


def until(day: str) -> float:
    return (pd.Timestamp(day) - START).days + 1e-6


def by(column: str, day: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda rows: rows[column] <= until(day)


SETTLEMENT = "watch_settlement_comprehensive"
CASES: list[tuple[str, str, str, Callable[[pd.DataFrame], pd.Series], str]] = [
    (f"{SETTLED} by 2033", "pfp", "2036-12-31", by(SETTLEMENT, "2033-12-31"), "pfp"),
    (f"not {SETTLED} by 2040", "pfp", "2045-12-31", lambda r: ~(r[SETTLEMENT] <= until("2040-12-31")), "pfp"),
    (f"{SETTLED} before pfp", "membership", "2056-12-01",
     lambda r: r[SETTLEMENT].notna() & ~(r["pfp"] < r[SETTLEMENT]), "membership"),
    ("substitute for pfp or GRC.stance=recognises by 2035-06", "map", "2046-12-31",
     lambda r: r["substitute"].notna() | (r["watch_GRC_stance_recognises"] <= until("2035-06-30")), "map"),
    ("pfp after 2030 by 2040 and not map by 2040", "membership", "2056-12-01",
     lambda r: r["pfp"].between(until("2030-12-31"), until("2040-12-31")) & ~(r["map"] <= until("2040-12-31")),
     "membership"),
    ("pfp by 2036", SETTLED, "2036-12-31", by("pfp", "2036-12-31"), SETTLEMENT),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "step", "day", "holds", "column"), CASES)
def test_pandas_makes_the_same_of_the_trajectories(
    condition: str, step: str, day: str, holds: Callable[[pd.DataFrame], pd.Series], column: str,
    asked: AskedRun, rows: pd.DataFrame,
) -> None:  # fmt: skip
    found = given(asked, condition, step, day).at(date.fromisoformat(day))
    meets, happened = holds(rows), rows[column] <= until(day)
    assert (found.given.futures, found.without.futures) == (meets.sum(), (~meets).sum())
    assert found.given.probability == pytest.approx(happened[meets].mean())
    assert found.without.probability == pytest.approx(happened[~meets].mean())
    assert found.overall.value == pytest.approx(happened.mean())
    world = rows["world"]
    off = (happened & meets).groupby(world).sum() - happened[meets].mean() * meets.groupby(world).sum()
    assert found.given.error == pytest.approx(np.sqrt((off**2).sum() * 200 / 199) / meets.sum())
    each = happened.groupby(world).mean()
    assert found.overall.error == pytest.approx(each.std() / np.sqrt(200))


def test_the_choice_of_worlds_is_measured_over_pairs_of_different_futures(
    asked: AskedRun, rows: pd.DataFrame
) -> None:
    found = given(asked, f"{SETTLED} by 2040", "pfp", "2040").at(date(2040, 12, 31))
    meets, happened = by(SETTLEMENT, "2040-12-31")(rows), rows["pfp"] <= until("2040-12-31")
    total = 0.0
    for _, part in pd.DataFrame({"a": meets, "b": happened}).groupby(rows["world"]):
        a, b = part["a"].to_numpy(), part["b"].to_numpy()
        total += (a.sum() * b.sum() - (a & b).sum()) / (len(a) - 1)
    assert found.picked is not None
    assert found.difference is not None
    assert found.picked.worlds_alone.value == pytest.approx(total / meets.sum())
    parts = found.picked.by_worlds.value + found.picked.within_worlds.value
    assert parts == pytest.approx((found.given.probability or 0.0) - found.overall.value)
    assert found.difference.value > found.picked.within_worlds.value > 0


def test_all_futures_are_those_of_the_summary(asked: AskedRun) -> None:
    found = given(asked, f"{SETTLED} by 2033", "substitute for pfp")
    milestone = asked.summary.substitutes["pfp"]
    for entry, told in zip(milestone.by, found.by, strict=True):
        assert (told.date, told.overall.value) == (entry.date, pytest.approx(entry.probability))
        assert told.overall.error == pytest.approx(entry.mc_error)


def test_blocks_are_read_a_part_at_a_time_and_only_what_is_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.results.happenings.ROWS", 700)
    read = list(happenings(folder, ("pfp", SETTLED), ["pfp"], False, [SETTLED]))
    assert [len(block.world) for block in read] == [700] * 8 + [400]
    assert list(read[0].times) == [SETTLED]
    assert np.array_equal(np.concatenate([block.trajectory for block in read]), np.arange(6_000))


def test_memory_does_not_grow_with_the_number_of_futures(folder: Path, tmp_path: Path) -> None:
    """Of pyarrow's own: what it would buffer before it is needed stays to the end."""
    table = pq.read_table(folder / "trajectories.parquet")
    with pq.ParquetWriter(tmp_path / "trajectories.parquet", table.schema) as writer:
        for _ in range(20):
            writer.write_table(table, row_group_size=500)
    del table
    held = []
    for block in happenings(tmp_path, ("pfp", SETTLED), ["pfp"], False, ["pfp", SETTLED]):
        held.append(pa.total_allocated_bytes())
        assert len(block.world) <= ROWS
    assert len(held) > 200
    assert max(held[1:]) - held[0] < 500_000


# --- what is said ---------------------------------------------------------------------------------------


def test_the_screen_says_all_three_and_that_it_is_no_effect(asked: AskedRun) -> None:
    made = given(asked, f"{SETTLED} by 2036")
    text = " ".join(screen(made).split())
    assert "The condition: comprehensive settlement by the end of 2036" in text
    assert f"{made.asked.futures:,} of 6,000 futures meet it" in text
    for row in ("condition met", "not met", "all futures"):
        assert row in text
    assert "This is not the effect of bringing the condition about" in text
    assert "The choice of worlds alone makes" in text
    assert "Dates before the condition's own" in text
    assert max(map(len, screen(made).splitlines())) <= 80
    assert made.step == "pfp"
    assert made.told == date(2036, 12, 31)


def test_a_bound_has_no_error_beside_it_and_what_is_refused_is_told_with_its_reason(asked: AskedRun) -> None:
    made = given(asked, "pfp by 2036", "membership", "2029")
    assert "<1 %" in screen(made)
    assert "<1 % ±" not in screen(made)
    rare = given(asked, "membership by 2042", "pfp")
    at = rare.at(date(2036, 12, 31))
    assert rare.asked.futures < 200
    assert at.given.probability is not None
    refused = replace(
        at, given=replace(at.given, probability=None, error=None, refused="fewer than 30 futures")
    )
    told = replace(rare, by=tuple(refused for _ in rare.by), told=refused.date)
    assert "not told: fewer than 30 futures if the condition is met" in answer(told)
    assert warning(told) == []


def test_a_difference_within_noise_is_not_divided(asked: AskedRun) -> None:
    made = given(asked, "pfp or not pfp", "map")
    assert made.asked.futures == 6_000
    assert warning(made)[1].endswith("cannot be told from all futures: there is no difference to divide.")
    assert made.at(made.told).without.refused == "fewer than 30 futures"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_figure_has_three_curves_and_the_condition_under_it(width: float, asked: AskedRun) -> None:
    drawing = given_sheet(given(asked, f"{SETTLED} by 2036")).draw(width)
    (panel,) = drawing.panels
    assert len([mark for mark in panel.marks if getattr(mark, "width", 0) in (1.2, 2.0)]) == 3
    assert "comprehensive settlement by the end of 2036" in drawing.words[0].text.replace("\n", " ")


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "step", "day", "said"),
    [
        ("north=crisis", None, None, "with {chain: north, state: crisis} under watch:"),
        ("USA.stance=blocks", None, None, "with {voter: USA, stance: blocks} under watch:"),
        ("north=crysis", None, None, "north has no state 'crysis'; did you mean 'crisis'?"),
        ("settlement", None, None, "a state is missing; allowed: settlement=comprehensive"),
        (
            "settlement=comprehensiv",
            None,
            None,
            "settlement has no state 'comprehensiv'; did you mean 'comprehensive'?",
        ),
        ("pfp by 2036", "mpa", None, "step 'mpa': did you mean 'map'?"),
        ("pfp by 2036", None, "2056", "by 2056: outside of the run (it stands for 2056-12-31)"),
        ("membership by 2030", None, None, "of 6,000 futures meet it (membership by 2030-12-31); allowed:"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(
    condition: str, step: str | None, day: str | None, said: str, asked: AskedRun
) -> None:
    with pytest.raises(OptionError) as error:
        given(asked, condition, step, day)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def without_paths(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("kept") / "run"
    run("candidate", Options(trajectories=200, worlds=100, seed=7, keep="summary"), target)
    return target


def test_a_run_without_trajectories_says_how_to_have_them(without_paths: Path) -> None:
    with pytest.raises(OptionError, match="holds no trajectories") as error:
        asked_run(without_paths)
    assert "accession run candidate --seed 7 --keep paths" in str(error.value)


def test_what_was_altered_is_not_read(folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with (copy / "trajectories.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(RunError, match="was altered or cut"):
        given(asked_run(copy), "pfp")
    with pytest.raises(RunError, match="no results there"):
        asked_run(tmp_path)


def test_few_heavy_weights_are_refused() -> None:
    """Of 2,000 futures with the condition one makes nearly all of the squared error."""
    rng = np.random.default_rng(1)
    n, worlds = 2_000, 100
    weights = np.column_stack([rng.uniform(0.5, 1.5, n), np.ones(n)])

    def found(weights: np.ndarray) -> GivenTally:
        tally = GivenTally([1.0], worlds, worlds)
        condition = Met(np.zeros(n), np.zeros(n, int))
        asked_for = Met(np.where(rng.random(n) < 0.5, 0.5, np.inf), np.ones(n, int))
        tally.add(np.arange(n) % worlds, condition, asked_for, weights)
        return tally

    even = found(weights).found([date(2030, 1, 1)])[0].given
    assert even.probability == pytest.approx(0.5, abs=0.1)
    weights[7, 0] = 300.0
    assert found(weights).found([date(2030, 1, 1)])[0].given.refused == TOO_UNEVEN


def test_a_not_within_a_condition_of_a_tilted_run_is_refused_and_one_around_it_turned(
    asked: AskedRun,
) -> None:
    inner = asked.condition("pfp and membership")
    assert weighable(asked.condition("not (pfp and membership)")) == (inner, True)
    assert weighable(asked.condition("not not (pfp and membership)")) == (inner, False)
    with pytest.raises(OptionError, match="a not within a condition cannot be weighed"):
        weighable(asked.condition("pfp and not membership"))


def test_the_futures_that_do_not_meet_it_are_told_the_same_whether_turned_or_counted() -> None:
    """Turned, ``not`` is what a tilted run needs; where nothing is weighed both ways are the same."""
    rng = np.random.default_rng(3)
    n, worlds, day = 4_000, 100, date(2030, 1, 1)
    world = np.arange(n) % worlds
    met, took = rng.random(n) < 0.2 + world / 200, rng.random(n) < 0.1 + world / 300

    def found(meets: np.ndarray, negated: bool) -> GivenTally:
        tally = GivenTally([1.0], worlds, worlds, negated)
        condition = Met(np.where(meets, 0.0, np.inf), np.zeros(n, int))
        tally.add(world, condition, Met(np.where(took, 0.5, np.inf), np.ones(n, int)))
        return tally

    turned, counted = found(met, True), found(~met, False)
    assert turned.futures == counted.futures
    assert turned.chance().value == pytest.approx(counted.chance().value)
    (one,), (other,) = turned.found([day]), counted.found([day])
    assert one.picked is not None
    assert other.picked is not None
    for name in ("worlds_alone", "by_worlds", "within_worlds"):
        assert getattr(one.picked, name).value == pytest.approx(getattr(other.picked, name).value)
        assert getattr(one.picked, name).error == pytest.approx(getattr(other.picked, name).error)
    assert one.given.probability == pytest.approx(other.given.probability)
    assert one.without.probability == pytest.approx(other.without.probability)
    assert one.difference is not None
    assert one.difference.value == pytest.approx(other.difference.value if other.difference else None)


def test_weights_are_summed_world_by_world() -> None:
    """Four worlds of ten futures, each with a weight up to what decided it; by sums as they are written."""
    rng = np.random.default_rng(4)
    n, worlds, edges = 400, 4, [1.0, 2.0]
    world = np.arange(n) % worlds
    weights = rng.uniform(0.5, 1.5, (n, 3))
    met = Met(np.where(rng.random(n) < 0.6, rng.random(n) * 2, np.inf), rng.integers(0, 3, n))
    asked_for = Met(
        np.where(rng.random(n) < 0.2 + world / 10, rng.random(n) * 3, np.inf), rng.integers(0, 3, n)
    )
    tally = GivenTally(edges, worlds, worlds)
    for part in (slice(0, 150), slice(150, n)):
        one, other = (Met(x.time[part], x.decided[part]) for x in (met, asked_for))
        tally.add(world[part], one, other, weights[part])
    dates = [date(2030, 1, 1), date(2031, 1, 1)]
    each = n / worlds
    for edge, found in zip(edges, tally.found(dates), strict=True):
        every, cases, given_, pairs = (np.zeros(worlds) for _ in range(4))
        for i in range(n):
            condition, asked = weights[i, met.decided[i]], weights[i, asked_for.decided[i]]
            came, holds = asked_for.time[i] <= edge, np.isfinite(met.time[i])
            later = asked_for.time[i] > met.time[i]
            every[world[i]] += asked if came else 0.0
            cases[world[i]] += condition if holds else 0.0
            given_[world[i]] += (asked if later else condition) if came and holds else 0.0
            pairs[world[i]] -= condition * asked if came and holds else 0.0
        pairs += cases * every

        def of(pull: np.ndarray) -> float:
            return float(np.sqrt((pull**2).sum() * 4 / 3))

        overall = every.mean() / each
        pull = (every / each - overall) / 4
        share, rest = given_.sum() / cases.sum(), (every - given_).sum() / (each - cases).sum()
        by_given = (given_ - share * cases) / cases.sum()
        by_rest = (every - given_ - rest * (each - cases)) / (each - cases).sum()
        alone = pairs.sum() / (each - 1) / cases.sum()
        by_alone = (pairs / (each - 1) - alone * cases) / cases.sum()
        assert (found.overall.value, found.overall.error) == pytest.approx((overall, of(pull)))
        assert (found.given.probability, found.given.error) == pytest.approx((share, of(by_given)))
        assert (found.without.probability, found.without.error) == pytest.approx((rest, of(by_rest)))
        assert found.difference is not None
        assert (found.difference.value, found.difference.error) == pytest.approx(
            (share - rest, of(by_given - by_rest))
        )
        assert found.picked is not None
        for told, value, error in (
            (found.picked.worlds_alone, alone, of(by_alone)),
            (found.picked.by_worlds, alone - overall, of(by_alone - pull)),
            (found.picked.within_worlds, share - alone, of(by_given - by_alone)),
        ):
            assert (told.value, told.error) == pytest.approx((value, error))
    assert tally.chance().value == pytest.approx(cases.mean() / each)


@pytest.mark.parametrize(("largest", "refused"), [(4.1, ""), (4.3, TOO_UNEVEN)])
def test_one_weight_may_make_a_seventh_of_the_squares(largest: float, refused: str) -> None:
    """Of 100 others of weight 1: 4.2 squared is 15 % of all squares."""
    weights = np.ones((101, 1))
    weights[5] = largest
    tally = GivenTally([1.0], 101, 101)
    none = np.zeros(101, int)
    tally.add(np.arange(101), Met(np.zeros(101), none), Met(np.full(101, 0.5), none), weights)
    assert tally.found([date(2030, 1, 1)])[0].given.refused == refused


def test_one_world_is_told_by_batches_and_one_proportion() -> None:
    """Where nothing happened, or in one world without weights, the error is that of a proportion (Jeffreys)."""
    n = 3000
    took = np.arange(n) % 3 == 0
    none = np.zeros(n, int)
    for worlds in (1, 100):
        tally = GivenTally([1.0], 1000 if worlds == 1 else worlds, worlds)
        unit = np.arange(n) % (1000 if worlds == 1 else worlds)
        never = Met(np.full(n, np.inf), none)
        tally.add(unit, Met(np.where(took, 0.5, np.inf), none), never)
        found = tally.found([date(2030, 1, 1)])[0]
        nothing = np.sqrt(0.5 * (n + 0.5) / (n + 2)) / (n + 1)
        assert (found.overall.value, found.overall.error) == pytest.approx((0.0, nothing))
        assert found.given.error is None
        if worlds == 1:
            third = np.sqrt(1000.5 * 2000.5 / (n + 2)) / (n + 1)
            assert (tally.chance().value, tally.chance().error) == pytest.approx((1 / 3, third))
            assert found.picked is None


# --- files and faces ------------------------------------------------------------------------------------


def test_files_hold_the_answer(folder: Path, tmp_path: Path, accession: Callable[..., Done]) -> None:
    target = tmp_path / "answer"
    condition = f"{SETTLED} by 2036"
    done = accession("given", str(folder), condition, "--json", "--out", str(target))
    assert done.returncode == 0, done.stderr
    stored = records.read(target / "given.json", Given)
    assert json.loads(done.stdout) == records.plain(stored)
    table = pd.read_csv(target / "given.csv")
    assert table["given"].to_list() == pytest.approx([e.given.probability for e in stored.by], nan_ok=True)
    assert {path.name for path in (target / "figures").iterdir()} == {"given.svg", "given.png"}
    again = accession("given", str(folder), "pfp by 2036", "--out", str(target))
    assert again.returncode == 1
    assert "holds results of something else" in again.stderr
    mistake = accession("given", str(folder), "pfp befor 2030")
    assert mistake.returncode == 2
    assert "CONDITION: letter 5, 'befor': not expected here" in mistake.stderr


def test_in_python_it_takes_a_result_or_a_folder(folder: Path, tmp_path: Path) -> None:
    result = acc.given(acc.read(folder), f"{SETTLED} by 2036", step="pfp", by=date(2036, 12, 31))
    assert result.given == acc.given(folder, f"{SETTLED} by 2036").given
    table = result.table()
    assert table["date"].dtype.kind == "M"
    assert table["overall"].is_monotonic_increasing
    axes = result.draw()
    assert axes.get_title() == "Partnership for Peace: of 100 futures, by date"
    assert "not the effect" in repr(result)
    saved = result.save(tmp_path / "kept", figures=False)
    assert acc.read(saved).given == result.given  # type: ignore[union-attr]
