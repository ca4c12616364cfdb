"""What came before a step: counted as blocks stream by, stored, and said on page and screen, in every kind of run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.base import records
from sim.estimates.came_before import CameBefore, Precursor
from sim.estimates.conditional import FEWEST, Conditional
from sim.estimates.summary import Summary
from sim.report import came_before
from sim.report.screens.run import screen
from sim.report.style import NARROW, WIDE
from sim.results.files import read_summary
from sim.results.trajectories import read_trajectories
from sim.scenario.load import load_text
from sim.scenario.names import watch_column
from sim.studies.options import Options
from sim.studies.run import run
from tests.two_holdouts import TEXT

SETTLED = "settlement=comprehensive"
NAMES = {"GRC": "Greece", "ESP": "Spain"}


@pytest.fixture(scope="module")
def summary(kept_run: Path) -> Summary:
    return read_summary(kept_run)


@pytest.fixture(scope="module")
def rows(kept_run: Path) -> pd.DataFrame:
    """Days since the start, steps taken themselves only."""
    stored = read_trajectories(kept_run)
    days = stored.filter(regex="^(pfp|map|invitation|protocol|membership|watch_.*)$") * 365.25
    days["substitute for pfp"] = days["pfp"].where(stored["how_pfp"] == "bypassed")
    days["pfp"] = days["pfp"].where(stored["how_pfp"] != "bypassed")
    return days.assign(world=stored["world"])


def test_pandas_makes_the_same_of_the_trajectories(summary: Summary, rows: pd.DataFrame) -> None:
    first, last = summary.came_before
    assert (first.step, str(first.date)) == ("pfp", "2036-12-31")
    assert (last.step, str(last.date)) == ("membership", "2056-12-01")
    assert [p.name for p in first.precursors] == list(summary.watched)
    assert [p.name for p in last.precursors][6:] == [
        "pfp", "map", "invitation", "protocol", "substitute for pfp",
    ]  # fmt: skip
    for found in (first, last):
        until = (found.date - summary.start).days + 1e-6
        took = rows[found.step] <= until
        assert found.futures == took.sum()
        for p in found.precursors:
            time = rows[watch_column(p.name) if "=" in p.name else p.name]
            there = time <= until
            earlier = (time <= rows[found.step] + 1e-6)[took]
            if p.before.probability is not None:
                assert p.before.probability == pytest.approx(earlier.mean()), p.name
            assert (p.given.futures, p.without.futures) == (there.sum(), (~there).sum())
            if p.given.probability is not None:
                assert p.given.probability == pytest.approx(took[there].mean())
            if p.without.probability is not None:
                assert p.without.probability == pytest.approx(took[~there].mean())


def test_what_a_run_keeps_and_the_size_of_blocks_change_nothing(tmp_path: Path) -> None:
    scenario = load_text(TEXT + "watch: [{voter: GRC, stance: recognises}]\n", "two-holdouts")
    found = {
        run(scenario, Options(trajectories=2_000, worlds=100, keep=keep, block=block)).summary.came_before
        for keep, block in (("paths", None), ("summary", 137))
    }
    assert len(found) == 1
    _, last = found.pop()
    assert [p.name for p in last.precursors] == ["GRC.stance=recognises", "talks"]
    assert [p.before.probability for p in last.precursors] == [1.0, 1.0]


def test_one_world_has_errors_from_batches() -> None:
    known = TEXT.replace("{prior: {uniform: {low: 0.1, high: 0.9}}", "{value: 0.5")
    scenario = load_text(known + "watch: [{voter: GRC, stance: recognises}]\n", "known")
    summary = run(scenario, Options(trajectories=3_000)).summary
    assert summary.worlds == 1
    first = summary.came_before[0].precursors[0]
    assert first.before.probability is not None
    assert first.before.error == pytest.approx(
        (first.before.probability * (1 - first.before.probability) / first.before.futures) ** 0.5, rel=0.1
    )


# --- what is said ---------------------------------------------------------------------------------------


def known(probability: float, error: float | None = 0.01, futures: int = 10_000) -> Conditional:
    return Conditional(probability, error, futures, 900.0)


def precursor(name: str, before: float, given: float = 0.6, without: float = 0.02) -> Precursor:
    exact = None if before in (0.0, 1.0) else 0.01
    return Precursor(name, known(before, exact), known(given), known(without))


def with_found(summary: Summary, *precursors: Precursor, futures: int = 20_000) -> Summary:
    first = replace(summary.came_before[0], precursors=precursors, futures=futures)
    return replace(summary, came_before=(first,))


def test_the_sentence_names_what_came_first_and_the_step_with_and_without_it(summary: Summary) -> None:
    found = with_found(
        summary,
        precursor(SETTLED, 0.86),
        precursor("GRC.stance=recognises", 0.64),
        precursor("friends=satisfied", 1.0),
    )
    (said,) = came_before.sentences(found, NAMES)
    assert said == (
        "Of 100 futures that take the step Partnership for Peace by the end of 2036, this had come about before: "
        "comprehensive settlement in 86 and Greece recognises in 64; friends: satisfied in all of them. Partnership "
        "for Peace by the "
        "end of 2036: 60 % ±2 in the futures with comprehensive settlement by then, 2 % ±2 in those without (± two "
        "standard errors). That says what goes together, not what one would bring about."
    )
    assert came_before.line(found) == [
        "Before pfp by 2036: settlement=comprehensive 86 % (with it 60 %, else 2 %)"
    ]


def test_what_cannot_be_ranked_is_not_singled_out(summary: Summary) -> None:
    close = [precursor(f"{code}.stance=recognises", share) for code, share in (("GRC", 0.64), ("ESP", 0.63))]
    found = with_found(summary, *close)
    assert came_before.telling(found.came_before[0], 200) == []
    (said,) = came_before.sentences(found, NAMES)
    assert said.endswith("Greece recognises in 64 and Spain recognises in 63.")
    assert came_before.line(found) == []


def test_where_all_came_before_in_all_futures_the_first_is_told_with_and_without(summary: Summary) -> None:
    found = with_found(summary, precursor("GRC.stance=recognises", 1.0), precursor(SETTLED, 1.0))
    (said,) = came_before.sentences(found, NAMES)
    assert "Greece recognises and comprehensive settlement in all of them. " in said
    assert "with Greece recognises by then" in said


@pytest.mark.parametrize(
    ("futures", "said"), [(0, "None of 6,000 futures"), (FEWEST - 1, "29 of 6,000 futures")]
)
def test_too_few_are_said_to_be_too_few(futures: int, said: str, summary: Summary) -> None:
    none = Conditional(None, None, futures, 0.0, f"fewer than {FEWEST} futures")
    found = with_found(summary, Precursor(SETTLED, none, none, none), futures=futures)
    (sentence,) = came_before.sentences(found, NAMES)
    assert sentence.startswith(said)
    assert sentence.endswith("too few to say what comes first.")
    assert came_before.came_before_sheet(found, NAMES) is None
    made = came_before.section(found, NAMES)
    assert made is not None
    assert not made["figure"]
    assert came_before.line(found) == []


def test_a_scenario_that_watches_nothing_has_earlier_steps_in_its_table_alone() -> None:
    summary = run(load_text(TEXT, "two-holdouts"), Options(trajectories=2_000, worlds=100)).summary
    assert came_before.sentences(summary, NAMES) == []
    made = came_before.section(summary, NAMES)
    assert made is not None
    assert [step["step"] for step in made["steps"]] == ["Entry"]  # type: ignore[attr-defined]
    assert made["example"] == ""


def test_runs_that_do_not_know_say_nothing(tmp_path: Path) -> None:
    scenario = load_text(TEXT + "watch: [{voter: GRC, stance: recognises}]\n", "two-holdouts")
    tilted = run(scenario, Options(trajectories=1_000, worlds=100, tilt=("rate=1.5",))).summary
    solved = run(scenario, Options(worlds=100, engine="exact")).summary
    assert tilted.tilt is not None
    assert "what came before" in tilted.tilt.left_out
    for summary in (tilted, solved):
        assert summary.came_before == ()
        assert came_before.section(summary, NAMES) is None
        assert came_before.sentences(summary, NAMES) == came_before.line(summary) == []
        assert "came_before" not in records.plain(summary)  # type: ignore[operator]


def test_results_of_before_this_was_known_are_read(summary: Summary) -> None:
    older = {k: v for k, v in dict(records.plain(summary)).items() if k != "came_before"}  # type: ignore[call-overload]
    assert records.typed(Summary, older) == replace(summary, came_before=())
    assert records.typed(CameBefore, records.plain(summary.came_before[0])) == summary.came_before[0]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_figure_has_a_row_for_each(width: float, summary: Summary) -> None:
    sheet = came_before.came_before_sheet(summary, NAMES)
    assert sheet is not None
    shares, both = sheet.draw(width).panels
    assert len(shares.y_ticks) == len(came_before.drawn(summary))
    assert "with" in both.title
    assert "comprehensive settlement" in sheet.alt


def test_the_screen_has_it_in_a_line_or_two(summary: Summary) -> None:
    told = " ".join(screen(summary).split())
    assert "Before pfp by 2036: settlement=comprehensive" in told
    assert max(map(len, screen(summary).splitlines())) <= 80
