"""Looking back (``given --before``) against what pandas makes of the same trajectories, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import accession as acc
from sim.base import records
from sim.base.errors import OptionError
from sim.estimates.before import BeforeTally
from sim.estimates.conditions import Futures, Happened, Not, ranked
from sim.estimates.weighed import Tilted
from sim.report.before_figure import before_sheet
from sim.report.before_prose import in_order, orders
from sim.report.screens.before import screen
from sim.report.style import NARROW, WIDE
from sim.results.trajectories import read_trajectories
from sim.scenario.names import watch_column
from sim.studies.asked import AskedRun, asked_run
from sim.studies.before import Before, before
from tests.commands import Done

SETTLED, CONDITION = "settlement=comprehensive", "pfp by 2046"
COLUMN = "watch_settlement_comprehensive"
UNTIL = (date(2046, 12, 31) - date(2026, 12, 1)).days


@pytest.fixture(scope="module")
def folder(kept_run: Path) -> Path:
    return kept_run


@pytest.fixture(scope="module")
def asked(folder: Path) -> AskedRun:
    return asked_run(folder)


@pytest.fixture(scope="module")
def made(asked: AskedRun) -> Before:
    return before(asked, CONDITION)


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    """Days since the start."""
    stored = read_trajectories(folder)
    days = stored.filter(regex="^(pfp|map|watch_.*)$") * 365.25
    days["pfp"] = days["pfp"].where(stored["how_pfp"] != "bypassed")
    return days.assign(world=stored["world"], success=days["pfp"] <= UNTIL + 1e-6)


def test_pandas_makes_the_same_of_the_trajectories(made: Before, rows: pd.DataFrame) -> None:
    found = next(e for e in made.earlier if e.name == SETTLED)
    took = rows[rows["success"]]
    earlier = took[COLUMN] <= took["pfp"]
    assert made.asked.futures == found.before.futures == len(took)
    assert found.before.probability == pytest.approx(earlier.mean())
    off = earlier.groupby(took["world"]).sum() - earlier.mean() * took.groupby("world").size()
    spread = (off.reindex(range(200), fill_value=0.0) ** 2).sum() * 200 / 199
    assert found.before.error == pytest.approx(np.sqrt(spread) / len(took))
    assert found.by_date.probability == pytest.approx((took[COLUMN] <= UNTIL).mean())
    assert found.in_all.value == pytest.approx((rows[COLUMN] <= UNTIL).mean())
    lead = ((took["pfp"] - took[COLUMN])[earlier] / 365.25 * 12).apply(np.floor).sort_values()
    assert found.lead is not None
    assert found.lead.median == pytest.approx(lead.iloc[(len(lead) + 1) // 2 - 1] / 12)
    days = took[COLUMN][earlier].sort_values()
    middle = pd.Timestamp("2026-12-01") + pd.Timedelta(days=float(days.iloc[(len(days) + 1) // 2 - 1]))
    assert found.when is not None
    assert found.when.median == f"{middle:%Y-%m}"


def test_what_was_first_and_which_of_two(made: Before, rows: pd.DataFrame) -> None:
    took = rows[rows["success"]]
    watched = took.filter(like="watch_")
    earlier = watched.where(watched.le(took["pfp"], axis=0))
    first = earlier.idxmin(axis=1, skipna=True)[earlier.notna().any(axis=1)]
    found = next(e for e in made.earlier if e.name == SETTLED)
    # nothing else that a ladder has can come before its first step, but what waives the next one
    assert found.first.probability == pytest.approx((first == COLUMN).sum() / len(took), abs=0.01)
    assert len(made.pairs) > 3
    for pair in made.pairs:
        columns = [watch_column(name) for name in (pair.first, pair.second)]
        both = earlier[columns].dropna()
        assert pair.share.futures == len(both)
        if pair.share.probability is not None:
            assert pair.share.probability == pytest.approx((both[columns[0]] < both[columns[1]]).mean())


def test_one_moment_is_in_order_and_the_end_is_after_everything() -> None:
    """At one moment what is watched comes before steps; a condition with ``not`` is met when all is over."""
    ranks = ranked(("a", "b"), {}, ("w",))
    n = 40
    times = {"a": np.full(n, 2.0), "b": np.full(n, 2.0), "w": np.full(n, 2.0)}
    start, horizon = date(2030, 1, 1), date(2040, 1, 1)

    def found(condition: Happened | Not) -> dict[str, float]:
        tally = BeforeTally(ranks, start, horizon, horizon, n)
        tally.add(np.arange(n), Futures(times, ranks, start).met(condition), times)
        assert tally.orders()[0].happenings[0] == "w"
        return {e.name: e.before.probability or 0.0 for e in tally.earlier(n)}

    assert found(Happened("b")) == {"a": 1.0, "b": 0.0, "w": 1.0}
    assert found(Happened("a")) == {"a": 0.0, "b": 0.0, "w": 1.0}
    times["c"] = np.full(n, np.inf)
    ranks["c"] = 9
    assert found(Not(Happened("c"))) == {"a": 1.0, "b": 1.0, "w": 1.0, "c": 0.0}


def test_common_orders_are_named_and_not_ranked_within_noise(made: Before) -> None:
    assert made.asked.futures > 100
    order = replace(made.orders[0], share=0.30)
    close = replace(order, share=0.29, happenings=("pfp",))
    lines = orders(replace(made, orders=(order, close)))
    assert lines[0].startswith("~30 %: ")
    assert lines[2] == "The first 2 cannot be told apart in frequency."
    rare = orders(replace(made, orders=(replace(order, share=0.01),)))
    assert rare == ["No single order of all of them is common: none is that of more than 1 %."]


def test_two_that_come_as_often_either_way_are_not_ordered(made: Before) -> None:
    pair = made.pairs[0]
    even = replace(pair, share=replace(pair.share, probability=0.51, error=0.02))
    assert "as often as after it" in in_order(replace(made, pairs=(even,)))[0]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_figure_has_a_row_for_each(width: float, made: Before) -> None:
    (panel,) = before_sheet(made).draw(width).panels
    assert "Comprehensive" in " ".join(text for _, text in panel.y_ticks)
    assert panel.y_ticks[-1][1] == "Condition met"


def test_the_screen_and_its_refusals(made: Before, asked: AskedRun) -> None:
    text = screen(made)
    assert max(map(len, text.splitlines())) <= 80
    for said in ("settlement=comprehensive", "Met in ", "does not say that it was needed", "all futures"):
        assert said in " ".join(text.split())
    tilted = Tilted(("settlement_rate=0.5",), 1.0, 0.1, "", {}, True, ())
    of_tilted = replace(asked, summary=replace(asked.summary, tilt=tilted))
    with pytest.raises(OptionError, match="before: the rates of this run are tilted"):
        before(of_tilted, CONDITION)


def test_files_and_faces(folder: Path, made: Before, tmp_path: Path, accession: Callable[..., Done]) -> None:
    target = tmp_path / "answer"
    done = accession("given", str(folder), CONDITION, "--before", "--out", str(target))
    assert done.returncode == 0, done.stderr
    assert records.read(target / "before.json", Before) == made
    assert len(pd.read_csv(target / "before.csv")) == len(made.earlier)
    result = acc.before(folder, CONDITION)
    assert result.before == made
    assert acc.read(target).table().equals(result.table())
    assert "median" in result.table().select_dtypes("datetime").columns
    assert result.draw().get_title().startswith("What had come about before")
    wrong = accession("given", str(folder), CONDITION, "--before", "--step", "pfp")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--step: not allowed together with --before" in wrong.stderr
