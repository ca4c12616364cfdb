"""Comparisons: what is held against what, paired counts, tables, files, figures, and the words on the screen."""

from __future__ import annotations

import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import accession
from sim.base.errors import AccessionError, RunError
from sim.base.records import plain
from sim.engines import montecarlo
from sim.engines.paths import Paths
from sim.estimates.differences import (
    FEW_TRAJECTORIES,
    FEW_WORLDS,
    NO_CHANGE,
    NO_WORLDS,
    TOO_MUCH_NOISE,
    luck_ratio,
    spread,
)
from sim.estimates.paired import paired_error
from sim.report.comparison_figures import draw_differences, draw_probabilities, write_figures
from sim.report.screens.compare import screen
from sim.report.style import whole_figure
from sim.scenario.load import Scenario
from sim.studies.compare import MOST, common_dates, compare, names_of
from sim.studies.comparison import ComparedParameters, Comparison, TwoValues, read_comparison
from sim.studies.options import Options, Sampling
from sim.studies.prepare import Prepared, prepare
from sim.studies.run import run
from sim.studies.together import BATCHES, counted, run_together
from tests.bits import read_csv
from tests.two_holdouts import TEXT, content, scenario, split

SIZE = {"trajectories": 4000, "worlds": 100}
EVENT = "events: [{on: 2028-01-01, voter: ESP, stance: recognises}]\n"


def made(*others: Scenario, first: Scenario | None = None, **more: Any) -> Comparison:
    options, rest = split(more, **SIZE)
    return compare(first or scenario("slow"), *others, options=options, **rest)


def fast(**more: Any) -> Comparison:
    return made(scenario("fast", known=0.8), **more)


def simulated(loaded: Scenario) -> tuple[Prepared, Paths]:
    ready = prepare(loaded, worlds=SIZE["worlds"])
    return ready, montecarlo.simulate(ready.model, ready.worlds, ready.seed, SIZE["trajectories"])


def row(done: Comparison, step: str = "entry", day: str = "2029-12-31", name: str = "fast") -> pd.Series:
    table = done.differences()
    chosen = table[(table["step"] == step) & (table["date"] == day) & (table["scenario"] == name)]
    assert len(chosen) == 1
    return chosen.iloc[0]


# --- what is compared -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "more", "said"),
    [
        ((), {}, "compare: one scenario; allowed: 2 to 7, the first of which"),
        (("a",) * MOST, {}, "compare: 8 scenarios; allowed: 2 to 7"),
        (("a",), {"trajectories": 99}, "trajectories 99"),
        (("a",), {"worlds": 7}, "worlds: 7"),
        (("a",), {"overrides": {"rate": 1.0}}, "loaded already"),
    ],
)
def test_bad_input(others: tuple[str, ...], more: dict[str, Any], said: str) -> None:
    with pytest.raises(AccessionError, match=said) as error:
        made(*map(scenario, others), **more)
    assert error.value.exit_code == 2


def test_no_step_in_common_is_said() -> None:
    other = scenario("other", TEXT.replace("talks", "chats").replace("entry", "exit"))
    with pytest.raises(AccessionError, match=r"no step in common \(slow: talks, entry; other: chats, exit\)"):
        made(other)


def test_no_date_in_common_is_said() -> None:
    later = scenario("later", TEXT.replace("2029-12-31", "2035-12-31").replace("2026-12-31", "2029-12-31"))
    with pytest.raises(AccessionError, match="no date in common"):
        made(later)


def test_steps_that_are_not_in_both_are_listed_and_not_compared() -> None:
    other = scenario("other", TEXT.replace("step: talks", "step: chats"))
    done = made(other)
    (pair,) = done.comparisons
    assert list(pair.steps) == ["entry"]
    assert pair.steps_only_in_first == ("talks",)
    assert pair.steps_only_in_scenario == ("chats",)
    # but their probabilities are there
    table = done.probabilities()
    assert set(table[table["scenario"] == "other"]["step"]) == {"chats", "entry"}
    assert "Steps only in slow, not compared: talks." in screen(done)
    assert "Steps only in other, not compared: chats." in screen(done)
    assert len(curves(draw_probabilities(done, "talks"))) == 1


def test_a_name_that_comes_again_says_what_was_set_or_is_numbered() -> None:
    done = made(scenario("slow", known=0.5), scenario("slow", known=0.5), scenario("slow"))
    assert [s.name for s in done.scenarios] == ["slow", "slow:known=0.5", "slow:known=0.5 (2)", "slow (2)"]
    assert names_of([prepare(scenario("x"))]) == ["x"]


def test_parameters_drawn_in_both_are_equal_in_every_world() -> None:
    """Whatever else the scenarios have, and whatever the order in which they have it."""
    extra = TEXT.replace(
        "parameters:\n",
        "parameters:\n  a: {prior: {beta: {a: 1, b: 2}}, unit: share, basis: judged, source: made up}\n",
    )
    first, other = prepare(scenario("slow"), 100), prepare(scenario("other", extra), 100)
    assert np.array_equal(first.worlds.parameters["rate"], other.worlds.parameters["rate"])
    assert len(set(first.worlds.parameters["rate"])) == 100
    (pair,) = made(scenario("other", extra)).comparisons
    assert pair.parameters == ComparedParameters(4, {}, (), ("a",))


def test_parameters_that_differ_are_named() -> None:
    done = made(scenario("other", TEXT.replace("high: 0.9", "high: 0.8"), known=0.5))
    (pair,) = done.comparisons
    assert pair.parameters.different == {"rate": TwoValues(None, None), "known": TwoValues(0.4, 0.5)}
    words = "Parameters that are not equal: rate (drawn → drawn) and known (0.4 → 0.5)."
    assert words in screen(done)


def test_one_horizon_is_earlier() -> None:
    short = scenario("short", TEXT.replace("horizon: 2029-12-31", "horizon: 2028-07-01"))
    done = made(short)
    assert done.horizon == date(2028, 7, 1)
    assert list(dict.fromkeys(done.differences()["date"])) == ["2027-12-31", "2028-07-01"]
    assert (done.differences()["difference"] == 0).all()  # the horizon changes nothing before it
    assert "They end on 2029-12-31 and 2028-07-01: compared up to the earlier." in screen(done)


def test_other_starts_are_compared_by_calendar_date() -> None:
    """Held meetings share their luck by date, so a step that hangs on nothing else falls on the same day."""
    fixed = TEXT.replace("start: blocks", "start: recognises").replace("needs: {stance: acquiesces}, ", "")
    early = scenario("early", fixed.replace("start: 2026-12-31", "start: 2025-12-31"))
    done = made(early, first=scenario("late", fixed))
    assert done.start == date(2026, 12, 31)
    assert common_dates([prepare(early), prepare(scenario("late", fixed))])[0] == date(2027, 12, 31)
    changed = done.futures().set_index("step").loc["talks"]
    assert changed["same"] + changed["neither"] == 1.0
    assert (done.differences().query("step == 'talks'")["difference"] == 0).all()
    assert "They start on 2026-12-31 and 2025-12-31: compared by calendar date" in screen(done)


# --- paired counts --------------------------------------------------------------------------------------


def test_a_scenario_does_not_differ_from_itself() -> None:
    done = made(scenario("slow"))
    table, futures = done.differences(), done.futures()
    assert (table[["difference", "gained", "lost"]] == 0).all(axis=None)
    assert (futures[["earlier", "later", "gained", "lost"]] == 0).all(axis=None)
    assert table[["variance_ratio", "variance_ratio_luck", "low", "high"]].isna().all(axis=None)
    assert (table["difference_error"] > 0).all()  # no difference seen is not no error
    (pair,) = done.comparisons
    assert pair.steps["entry"].by[-1].no_interval == NO_CHANGE
    assert "Nothing differs by the last date" in screen(done)


def test_a_scenario_alone_is_counted_as_a_sweep_counts_it() -> None:
    ready = prepare(scenario("slow"), worlds=100)
    dates = common_dates([ready])
    together, alone = run_together([ready, ready], dates, 2000), counted(ready, dates, 2000, None)
    for counts in together.counts:
        assert np.array_equal(counts.hits, alone.hits)
        assert np.array_equal(counts.totals, alone.totals)


def test_probabilities_are_those_of_a_run() -> None:
    table = fast().probabilities()
    for name, known in (("slow", 0.4), ("fast", 0.8)):
        alone = run(scenario(name, known=known), Options(trajectories=4000, worlds=100)).probabilities()
        own = table[table["scenario"] == name].drop(columns="scenario").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, alone, check_exact=True)


@pytest.mark.parametrize("other", [{"known": 0.8}, {"known": 0.8, "rate": 0.5}])
def test_differences_are_those_of_the_paths(other: dict[str, float]) -> None:
    """Also where only one of the two has worlds: units are then the other's worlds."""
    loaded = scenario("fast", **other)
    done = made(loaded)
    (ready, before), (_, after) = simulated(scenario("slow")), simulated(loaded)
    limit = ready.model.horizon_years
    taken = [paths.time[:, 1] <= limit for paths in (before, after)]
    unit = before.trajectory % 100
    shares = [np.array([t[unit == u].mean() for u in range(100)]) for t in taken]
    found = row(done)
    assert found["difference"] == pytest.approx(shares[1].mean() - shares[0].mean(), abs=1e-12)
    assert found["difference_error"] == pytest.approx(np.std(shares[1] - shares[0], ddof=1) / 10)
    apart = shares[0].var(ddof=1) + shares[1].var(ddof=1)
    assert found["variance_ratio"] == pytest.approx(apart / np.var(shares[1] - shares[0], ddof=1))
    assert found["gained"] == (taken[1] & ~taken[0]).mean()
    assert found["lost"] == (taken[0] & ~taken[1]).mean()
    (futures,) = done.futures().query("step == 'entry'").to_dict("records")
    both = taken[0] & taken[1]
    later = after.time[both, 1] - before.time[both, 1]
    assert futures["earlier"] == (later < -1e-8).sum() / 4000
    assert futures["later"] == (later > 1e-8).sum() / 4000
    assert futures["neither"] == (~taken[0] & ~taken[1]).mean()
    assert futures["mean_years_later"] == pytest.approx(later.mean())
    assert futures["earlier"] > 0
    names = ["same", "earlier", "later", "gained", "lost", "neither"]
    assert sum(futures[name] for name in names) == pytest.approx(1)


def test_nothing_uncertain_is_one_world_in_batches() -> None:
    done = made(scenario("fast", known=0.8, rate=0.3), first=scenario("slow", rate=0.3))
    assert done.worlds == 1
    found = row(done)
    assert math.isnan(found["low"])
    assert found["variance_ratio"] > 1
    (_, before), (_, after) = (
        simulated(scenario("slow", rate=0.3)),
        simulated(scenario("fast", known=0.8, rate=0.3)),
    )
    hits = [
        np.bincount(paths.trajectory[paths.time[:, 1] < 10] % BATCHES, minlength=BATCHES)
        for paths in (before, after)
    ]
    totals = np.full(BATCHES, 4)
    assert (found["difference_error"], found["variance_ratio"]) == paired_error(hits[0], hits[1], totals)
    (pair,) = done.comparisons
    assert pair.steps["entry"].by[-1].no_interval == NO_WORLDS


def test_a_softer_voter_only_gains() -> None:
    table = fast().differences()
    assert (table["lost"] == 0).all()
    assert (table["gained"] == table["difference"].round(12)).all() or np.allclose(
        table["gained"], table["difference"], atol=1e-12
    )
    assert (table["variance_ratio"].dropna() > 1).all()


def test_threads_do_not_show() -> None:
    assert fast(threads=1) == fast(threads=3)


def test_one_pool_of_threads_serves_all(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Noted(ThreadPoolExecutor):
        def __init__(self, workers: int) -> None:
            made.append(workers)
            super().__init__(workers)

    monkeypatch.setattr("sim.engines.montecarlo.engine.ThreadPoolExecutor", Noted)
    fast(threads=1)
    assert made == [1]


def test_progress_is_told_of_every_trajectory() -> None:
    told: list[int] = []
    fast(progress=told.append)
    assert sum(told) == 2 * SIZE["trajectories"]


def test_overrides_are_laid_over_all(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TEXT)
    done = compare(file, file, options=Sampling(overrides={"rate": 0.5}, trajectories=500))
    assert done.worlds == 1


# --- worlds ---------------------------------------------------------------------------------------------


def test_the_spread_by_hand() -> None:
    gained, lost, totals = np.array([3, 1, 0, 4]), np.array([1, 0, 0, 2]), np.array([10, 10, 10, 20])
    seen = np.array([0.2, 0.1, 0.0, 0.1])
    noise = (np.array([0.4, 0.1, 0.0, 0.3]) - seen**2) / np.array([9, 9, 9, 19])
    found = spread(gained, lost, totals, 4)
    assert found.mc_error_within == pytest.approx(math.sqrt(noise.mean() / 4))
    assert (found.credible_90, found.refused) == (None, FEW_WORLDS)
    hits = np.array([4, 4, 4, 10]), np.array([6, 5, 4, 12])
    apart = sum((h / totals * (1 - h / totals) / (totals - 1)).mean() for h in hits)
    between = max(seen.var(ddof=1) - noise.mean(), 0)
    expected = (between + apart) / seen.var(ddof=1)
    assert luck_ratio(*hits, gained, lost, totals) == pytest.approx(expected)


def test_an_interval_is_refused_where_it_could_not_be_trusted() -> None:
    rng = np.random.default_rng(1)
    none, totals = np.zeros(200, np.int64), np.full(200, 100)
    alike = rng.binomial(100, 0.1, 200)
    assert spread(alike, none, totals, 200).refused == TOO_MUCH_NOISE
    assert spread(alike, none, totals, 1).refused == NO_WORLDS
    assert spread(none, none, totals, 200).refused == NO_CHANGE
    assert spread(none + 1, none, none + 9, 200).refused == FEW_TRAJECTORIES
    apart = rng.binomial(100, rng.beta(2, 8, 200))
    found = spread(apart, none, totals, 200)
    assert found.refused is None
    assert found.credible_90 is not None
    assert found.credible_90[0] < 0.2 < found.credible_90[1]


def test_an_end_is_not_pulled_off_no_change() -> None:
    """Half of the worlds have no changed future at all: the interval begins at 0, not above."""
    gained = np.where(np.arange(200) % 2, 0, np.random.default_rng(2).binomial(100, 0.3, 200))
    found = spread(gained, np.zeros(200, np.int64), np.full(200, 100), 200)
    assert found.credible_90 is not None
    assert found.credible_90[0] == 0.0


# --- files ----------------------------------------------------------------------------------------------

FILES = [
    "compare.json", "differences.csv", "figures/differences.png", "figures/differences.svg",
    "figures/probabilities.png", "figures/probabilities.svg", "futures.csv", "manifest.json", "probabilities.csv",
]  # fmt: skip


def test_the_files_hold_the_answer_and_are_the_same_every_time(tmp_path: Path) -> None:
    done = fast(out=tmp_path / "a", threads=1, figures=write_figures)
    fast(out=tmp_path / "b", threads=2, figures=write_figures)
    assert read_comparison(tmp_path / "a") == done
    assert list(content(tmp_path / "a")) == FILES
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert json.loads((tmp_path / "a/compare.json").read_text()) == plain(done)
    for name, table in (("differences", done.differences()), ("probabilities", done.probabilities()),
                        ("futures", done.futures())):  # fmt: skip
        read = read_csv(tmp_path / f"a/{name}.csv")
        pd.testing.assert_frame_equal(read, table, check_exact=True, check_dtype=False)
    manifest = json.loads((tmp_path / "a/manifest.json").read_text())
    assert [s["name"] for s in manifest["scenarios"]] == ["slow", "fast"]
    assert len({s["digest"] for s in manifest["scenarios"]}) == 2
    assert (manifest["seed"], manifest["worlds"], manifest["trajectories"]) == (1, 100, 4000)
    assert str(tmp_path) not in (tmp_path / "a/manifest.json").read_text()


def test_a_comparison_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match="No space left"):
        fast(out=tmp_path / "new", figures=full)
    assert list(tmp_path.iterdir()) == []


def test_it_is_offered_by_the_package() -> None:
    assert accession.compare.__module__ == "sim.api.compare"
    assert "compare" in accession.__all__


# --- figures --------------------------------------------------------------------------------------------


def curves(ax: Axes) -> list[Line2D]:
    """Lines that are no line of a grid."""
    return [line for line in ax.lines if len(line.get_path().vertices) > 2]


def test_a_line_for_each_scenario_with_its_name() -> None:
    done = made(scenario("fast", known=0.8), scenario("faster", known=2.0))
    ax = Figure(figsize=(4, 2)).add_subplot()
    assert draw_probabilities(done, ax=ax) is ax
    table = done.probabilities().query("step == 'entry'")
    for line, name in zip(curves(ax), ("slow", "fast", "faster"), strict=True):
        own = table[table["scenario"] == name]["probability"]
        assert np.allclose(line.get_ydata(), [0.0, *(100 * own)])
    ends = table[table["date"] == "2029-12-31"].set_index("scenario")["probability"]
    labels = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert set(labels) == {f"{round(100 * p)}  {name}" for name, p in ends.items()}
    heights = sorted(labels.values())
    assert min(np.diff(heights)) > 0
    assert ax.get_title(loc="left") or ax.get_title()


def test_differences_are_drawn_with_two_errors() -> None:
    done = fast()
    ax = draw_differences(done, "entry", Figure(figsize=(4, 2)).add_subplot())
    table = done.differences().query("step == 'entry'")
    line = curves(ax)[0]
    assert np.allclose(line.get_ydata(), 100 * table["difference"])
    (band,) = ax.patches
    tops = band.get_path().vertices[:, 1]
    assert tops.max() == pytest.approx((100 * (table["difference"] + 2 * table["difference_error"])).max())
    assert f"{100 * table['difference'].iloc[-1]:+.1f}  fast" in [text.get_text() for text in ax.texts]
    assert "slow" in [text.get_text() for text in ax.texts]


def test_labels_do_not_overlap_however_alike_the_scenarios_are() -> None:
    done = made(*(scenario(f"scenario-number-{k}", known=0.4 + 0.001 * k) for k in range(MOST - 1)))
    for draw in (draw_probabilities, draw_differences):
        ax = draw(done, "entry")
        figure = whole_figure(ax)
        figure.canvas.draw()
        boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
        assert len(boxes) == MOST
        assert all(low.y1 <= high.y0 + 1.5 for low, high in pairwise(boxes))
        assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_figures_do_not_depend_on_the_settings_of_a_user(tmp_path: Path) -> None:
    done = fast()
    for name in ("plain", "own"):
        (tmp_path / name).mkdir()
    write_figures(tmp_path / "plain", done)
    with rc_context({"font.size": 20, "svg.hashsalt": "mine", "axes.facecolor": "red", "savefig.dpi": 30}):
        write_figures(tmp_path / "own", done)
    assert content(tmp_path / "plain") == content(tmp_path / "own")


# --- the answer -----------------------------------------------------------------------------------------


def test_the_screen_shows_every_step_and_no_certainty() -> None:
    text = screen(made(scenario("fast", known=50.0), trajectories=20_000))
    assert text.splitlines()[0] == "fast against slow, 2026-12-31 to 2029-12-31"
    assert re.search(r"^talks +[\d<>]+ → [\d<>]+ %", text, flags=re.MULTILINE)
    assert re.search(r"^entry +", text, flags=re.MULTILINE)
    assert not re.search(r"(?<![\d.])0 %|(?<![\d.])100 %|nan|None", text)
    assert "<1 %" in text
    assert re.search(r"With separate worlds and luck the square of the error would be [\d.]+", text)
    assert re.search(r"Luck being equal, entry changes in \d+ % of futures: only in fast in \d+ %", text)
    assert max(map(len, text.splitlines())) <= 80


def test_against_several_the_screen_shows_the_first_and_last_step() -> None:
    more = TEXT.replace(
        "  - {step: entry", "  - {step: middle, kind: decision, meetings: [summit]}\n  - {step: entry"
    )
    others = [scenario("fast", more, known=0.8), scenario("event", more + EVENT)]
    done = made(*others, first=scenario("slow", more))
    text = screen(done)
    assert text.count("\ntalks ") == text.count("\nentry ") == 2
    assert "\nmiddle " not in text
    assert "\nmiddle " in screen(made(others[0], first=scenario("slow", more)))
    assert "event: Luck being equal" in text


def test_why_there_is_no_interval_is_said() -> None:
    done = made(scenario("fast", known=0.8), trajectories=400)
    assert f"No interval for talks and entry by the last date: {FEW_TRAJECTORIES}" in screen(done).replace(
        "\n  ", " "
    )
    one = made(scenario("fast", known=0.8, rate=0.3), first=scenario("slow", rate=0.3))
    assert NO_WORLDS in screen(one).replace("\n  ", " ")
    assert "in 1 world with the same luck" in screen(one)
