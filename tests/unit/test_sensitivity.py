"""``sensitivity``: of a new run and of one that is there; a tornado with ends that are known; files, page, screen."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.base.errors import AccessionError, OptionError, RunError
from sim.engines import montecarlo
from sim.model.given_starts import with_starts
from sim.model.unknowns import drawn_starts, streams, unknowns
from sim.report.screens.sensitivity import screen
from sim.report.sensitivity_page import PAGE, write_page
from sim.report.sensitivity_page import html as page_of
from sim.report.tornado_figure import draw_tornado
from sim.report.totals_figure import draw_totals
from sim.studies.options import Options, Sampling
from sim.studies.prepare import prepare
from sim.studies.run import run
from sim.studies.sensitivity import Wanted, simulated, what_moves
from sim.studies.sensitivity_answer import Sensitivity, read_sensitivity
from tests import two_numbers
from tests.bits import differences
from tests.commands import Done

SMALL = Sampling(trajectories=20_000, worlds=200)
ALONE = Wanted(tornado=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sensitivity, Path]:
    folder = tmp_path_factory.mktemp("sensitivity") / "x"
    return what_moves(two_numbers.load(), SMALL, out=folder, pages=write_page), folder


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "two"
    run(two_numbers.load(), Options(trajectories=20_000, worlds=200), folder)
    return folder


def test_the_ends_of_the_tornado_are_those_of_the_closed_form(made: tuple[Sensitivity, Path]) -> None:
    tornado = made[0].tornado
    assert tornado is not None
    p = two_numbers.chances()
    known = {"pace": p.mean(axis=1), "pull": p.mean(axis=0), "idle": np.full(two_numbers.CELLS, p.mean())}
    for swing in tornado.swings[:3]:
        for end, q in zip(swing.ends, (0.05, 0.95), strict=True):
            (shift,) = end.shifts
            wanted = known[swing.name][int(q * two_numbers.CELLS)] - p.mean()
            # 200 worlds, of which the others are drawn: their error is that of the difference
            assert abs(shift.difference - wanted) < 5 * shift.error + 0.01
    assert [swing.name for swing in tornado.ranked(0)] == ["pace", "pull"]
    assert tornado.swings[2].width(0) == 0.0
    assert (tornado.swings[0].trajectories, tornado.swings[2].trajectories) == (tornado.many, tornado.few)
    structure = [swing for swing in tornado.swings if swing.kind == "structure"]
    assert structure
    assert all(swing.ends[0].refused for swing in structure)


def test_a_run_that_is_there_says_the_same(ran: Path, made: tuple[Sensitivity, Path]) -> None:
    found = what_moves(ran, wanted=ALONE)
    assert found.first == made[0].first == read_sensitivity(ran).first
    other = what_moves(ran, wanted=Wanted(by=date(2037, 1, 15), tornado=False))
    assert replace(other.first.targets[0], date=date(2037, 2, 1)) == found.first.targets[0]
    assert simulated(ran, Sampling(), ALONE) == 0


def test_files_hold_every_number_and_end(made: tuple[Sensitivity, Path]) -> None:
    answer, folder = made
    assert {file.name for file in folder.iterdir()} == {
        "sensitivity.json", "indices.csv", "tornado.csv", "manifest.json", PAGE, "figures",
    }  # fmt: skip
    assert read_sensitivity(folder) == answer
    rows = list(csv.DictReader((folder / "indices.csv").read_text("utf-8").splitlines()))
    assert [row["name"] for row in rows] == ["pace", "pull", "idle"]
    assert float(rows[0]["index"]) == answer.first.targets[0].alone[0].index
    bars = list(csv.DictReader((folder / "tornado.csv").read_text("utf-8").splitlines()))
    assert [(bar["name"], bar["end"]) for bar in bars[:2]] == [("pace", "5 %"), ("pace", "95 %")]
    page = (folder / PAGE).read_text("utf-8")
    assert "<script" not in page
    assert "How far the probability moves" in page
    assert (folder / "figures" / "tornado-entry-2037.svg").exists()


def test_the_screen_and_the_figure_say_what_matters(made: tuple[Sensitivity, Path]) -> None:
    said = screen(made[0])
    assert max(map(len, said.splitlines())) <= 80
    assert "Pace (judged) moves it most" in said
    assert "○ pace" in said
    assert "tornado, points (error)" in said
    assert made[0].tornado is not None
    ax = draw_tornado(made[0].tornado, made[0].first.targets[0], 0)
    assert "Entry" in ax.get_title()


def test_where_nothing_is_uncertain_only_structure_is_looked_at() -> None:
    text = two_numbers.TEXT
    for prior, value in (
        ("{gamma: {shape: 2, rate: 20}}", "0.1"),
        ("{lognormal: {median: 1, sigma: 0.5}}", "1"),
        ("{uniform: {low: 0, high: 1}}", "0.5"),
    ):
        text = text.replace(f"prior: {prior}", f"value: {value}")
    found = what_moves(two_numbers.load(text), Sampling(trajectories=500))
    assert found.first.refused == "nothing in this scenario is uncertain but chance"
    assert found.tornado is not None
    assert all(swing.kind == "structure" for swing in found.tornado.swings)
    assert "Not told: nothing in this scenario is uncertain" in screen(found)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Wanted(step="entri"), "step entri: not a step; did you mean 'entry'"),
        (Wanted(by=date(2040, 1, 1)), "by 2040-01-01: allowed: after 2027-01-01, up to 2037-02-01"),
        (Wanted(by=date(2027, 1, 1)), "by 2027-01-01: allowed"),
    ],
)
def test_what_is_not_there_is_named(given: Wanted, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        what_moves(two_numbers.load(), SMALL, given)


def test_a_folder_takes_no_settings_and_must_give_the_same_worlds(ran: Path, tmp_path: Path) -> None:
    for name, value in (("trajectories", 100), ("worlds", 200), ("seed", 3)):
        with pytest.raises(OptionError, match=f"{name}: not allowed with a folder of results"):
            what_moves(ran, Sampling(**{name: value}), ALONE)
    with pytest.raises(OptionError, match="overrides: not allowed with a folder of results"):
        what_moves(ran, Sampling(overrides={"pace": 0.1}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.studies.reopened.world_columns", lambda folder, names: {"pace": np.zeros(200)})
        with pytest.raises(RunError, match="does not give the worlds of"):
            what_moves(ran)
    summary = tmp_path / "s"
    run(two_numbers.load(), Options(trajectories=2_000, worlds=100, keep="summary"), summary)
    assert what_moves(summary, wanted=ALONE).first.targets
    with pytest.raises(AccessionError, match="holds no trajectories"):
        what_moves(summary, wanted=Wanted(by=date(2030, 1, 1), tornado=False))


def test_on_the_command_line(ran: Path, accession: Callable[..., Done]) -> None:
    done = accession("sensitivity", str(ran), "--no-tornado")
    assert done.returncode == 0, done.stderr
    assert "moves it most" in done.stdout
    assert (ran.parent / "two-sensitivity" / PAGE).exists()
    wrong = accession("sensitivity", str(ran), "--set", "pace=1")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("--set: not allowed with a folder of results")


# --- totals and elementary effects --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def designed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sensitivity, Path]:
    folder = tmp_path_factory.mktemp("designed") / "x"
    wanted = Wanted(tornado=False, totals=256, morris=32)
    return what_moves(two_numbers.load(), SMALL, wanted, out=folder, pages=write_page), folder


def test_totals_and_effects_of_a_scenario_of_which_they_are_known(designed: tuple[Sensitivity, Path]) -> None:
    made, folder = designed
    assert made.totals is not None
    assert made.morris is not None
    known = zip(made.totals.targets[0], two_numbers.totals(), two_numbers.first_orders(), strict=True)
    for one, total, alone in known:
        assert abs(one.total.index - total) <= 5.5 * one.total.error
        assert abs(one.alone.index - alone) <= 5.5 * one.alone.error
        assert one.total.error < 0.1
    pace, pull, idle = made.morris.targets[0]
    assert pace.size > pull.size > 0.1
    assert pace.ordered
    assert pace.mean == pytest.approx(pace.size, abs=0.02)
    # luck is shared, so that what does nothing is known to do nothing
    assert (idle.size, idle.mean, idle.spread) == (0.0, 0.0, 0.0)
    assert made.totals.targets[0][2].total.index == 0.0
    assert (folder / "totals.csv").read_text("utf-8").count("\n") == 4
    assert (folder / "morris.csv").read_text("utf-8").splitlines()[1].startswith("entry,2037-02-01,pace,")
    page = (folder / PAGE).read_text("utf-8")
    assert "Elementary effects" in page
    assert "Alone and with others" in page
    said = screen(made)
    assert "totals (256 rows)" in said
    assert "effects, points (32 rows)" in said
    assert max(map(len, said.splitlines())) <= 80
    assert "Entry" in draw_totals(made, made.first.targets[0], 0).get_title()


def test_a_design_of_the_worlds_own_luck_gives_the_run_itself() -> None:
    """To the bit, with starts that a design gives in place of drawn ones."""
    ready = prepare("grammar-tour", 100)
    states = drawn_starts(ready.model, ready.worlds, ready.seed)
    model, worlds = with_starts(ready.model, ready.worlds, states)
    own = montecarlo.simulate(ready.model, ready.worlds, ready.seed, 300)
    given = montecarlo.simulate(model, worlds, ready.seed, 300)
    assert not differences(own, given)
    assert {x.block for x in unknowns(ready.model, ready.worlds, ready.seed)} == set(
        streams(ready.model, unknowns(ready.model, ready.worlds, ready.seed))
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"totals": 100}, "totals 100: allowed: a power of two from 16 to 8192"),
        ({"totals": 8}, "totals 8: allowed"),
        ({"morris": 9}, "morris 9: allowed: from 16 to 8192"),
    ],
)
def test_rows_of_a_design_that_are_not_allowed(given: dict[str, int], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Wanted(**given)  # type: ignore[arg-type]


# --- what the tornado must not trip over --------------------------------------------------------------------


def test_the_only_number_that_is_not_known_has_both_its_ends() -> None:
    """Where it is fixed nothing is uncertain, and there would be one world."""
    text = two_numbers.TEXT.replace("prior: {lognormal: {median: 1, sigma: 0.5}}", "value: 1")
    text = text.replace("prior: {uniform: {low: 0, high: 1}}", "value: 0.5")
    found = what_moves(two_numbers.load(text), Sampling(trajectories=2_000, worlds=100)).tornado
    assert found is not None
    low, high = found.swings[0].ends
    assert low.shifts[0].difference < 0 < high.shifts[0].difference
    # gamma of shape 2 and rate 20 at 5 %: 0.01777
    assert low.shifts[0].probability == pytest.approx(1 - np.exp(-0.01777 * two_numbers.YEARS), abs=0.02)


def test_a_start_that_is_drawn_is_set_to_each_of_its_states() -> None:
    text = two_numbers.TEXT.replace(
        "settlement: {states: [none, done], start: none,",
        "settlement: {states: [none, done], start: {none: 0.5, done: 0.5}, drawn_by: world,",
    )
    found = what_moves(two_numbers.load(text), Sampling(trajectories=4_000, worlds=200))
    assert found.tornado is not None
    swing = next(swing for swing in found.tornado.swings if swing.kind == "start")
    assert [end.said for end in swing.ends] == ["none", "done"]
    none, done = (end.shifts[0] for end in swing.ends)
    assert done.probability > 0.999
    assert none.probability == pytest.approx(two_numbers.chances().mean(), abs=0.06)
    assert "settlement at the start" in screen(found)
    assert "none -" in page_of(found)
