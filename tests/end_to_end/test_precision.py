"""``run --precision``: when it stops, what it says, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from pathlib import Path

import pytest

from sim.base.errors import ModelError
from sim.estimates.precision import StepError, Stopped, judged, looks, rounded_up, verdict
from sim.report.page import write_report
from sim.report.screens.run import _stopped
from sim.results.files import read_summary
from sim.studies.options import Options
from sim.studies.run import FinishedRun, run
from tests.commands import Done

# --- the rule ---------------------------------------------------------------------------------------------


def test_looks_are_twenty_for_each_world_and_doubled() -> None:
    assert looks(100, 20_000) == [2000, 4000, 8000, 16000, 20_000]
    assert looks(100, 16_000) == [2000, 4000, 8000, 16000]
    assert looks(1000, 5000) == [5000]


def test_the_rule_by_hand() -> None:
    """Asked for: 0.01. The error is a hypotenuse: 0.013 from 0.012 (worlds) and 0.005 (within), and so on."""
    small, within = StepError("a", 0.01, 0.002), StepError("b", 0.013, 0.012)
    assert verdict([small], 0.01, last=False) == "reached"  # the bound itself is enough
    assert verdict([small, within], 0.01, last=False) == ""  # 0.012 can be shrunk by more trajectories
    assert verdict([small, within], 0.01, last=True) == "trajectories"
    worlds = StepError("c", 0.025, 0.007)  # worlds make 0.024; 0.007^2 is 7.84 % of 0.025^2
    assert verdict([small, worlds, within], 0.01, last=False) == "worlds"
    mixed = StepError("d", 0.013, 0.005)  # 14.8 % of the square, and worlds make 0.012
    assert verdict([mixed], 0.01, last=False) == ""
    just = StepError("e", 0.0102, 0.003)  # 8.7 %, but worlds make 0.00975: more trajectories do help
    assert verdict([just], 0.01, last=False) == ""


def test_what_would_do_by_hand() -> None:
    # errors fall with the root of the number of worlds: 100 * (0.025 / 0.01)^2 = 625, two digits up: 630
    found = judged([StepError("c", 0.025, 0.007)], 0.01, [2000], 100, 9000)
    assert found is not None
    assert (found.stopped, found.worlds_needed, found.trajectories_needed) == ("worlds", 630, None)
    assert "only more worlds would help" in said(found, 2000, 100)
    assert "about 630 worlds would do (--worlds 630 --trajectories 13000)" in said(found, 2000, 100)
    # worlds make 0.006, chance 0.012; that may be 0.008: 4000 * (0.012 / 0.008)^2 = 9000
    step = StepError("b", sqrt(0.012**2 + 0.006**2), 0.012)
    assert judged([step], 0.01, [2000, 4000], 100, 9000) is None
    found = judged([step], 0.01, [2000, 4000], 100, 4000)
    assert found is not None
    assert (found.stopped, found.worlds_needed) == ("trajectories", None)
    assert found.trajectories_needed in (9000, 9100)  # the root is not a round number
    assert "--trajectories allows no more; about 9,0" in said(found, 4000, 100).replace("9,1", "9,0")
    assert found.looks == (2000, 4000)


def test_rounded_up_keeps_two_digits() -> None:
    assert [rounded_up(x) for x in (7, 99, 100, 101, 9137, 91_000)] == [7, 99, 100, 110, 9200, 91_000]


# --- runs -------------------------------------------------------------------------------------------------


def said(found: Stopped, trajectories: int, worlds: int) -> str:
    return " ".join(_stopped(found, trajectories, worlds))


def precise(most: int, precision: float) -> FinishedRun:
    return run("grammar-tour", Options(trajectories=most, worlds=100, precision=precision))


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture(scope="module")
def adaptive(tmp_path_factory: pytest.TempPathFactory, drawn_or_blank: bool) -> Path:
    folder = tmp_path_factory.mktemp("precision") / "a"
    options = Options(trajectories=50_000, worlds=100, precision=0.021, threads=1, block=4096)
    run("grammar-tour", options, folder, report=write_report)
    return folder


def test_blocks_and_threads_do_not_matter(adaptive: Path, tmp_path: Path) -> None:
    whole = files(adaptive)
    report_too = ("report.html", "manifest.json", "figures")  # the manifest's seal is over all files
    data = {name for name in whole if not name.startswith(report_too)}
    for threads, block, report in ((2, 4096, None), (3, 777, write_report), (2, 100_000, None)):
        options = Options(trajectories=50_000, worlds=100, precision=0.021, threads=threads, block=block)
        run("grammar-tour", options, tmp_path / "b", report=report)
        made = files(tmp_path / "b")
        assert set(made) == (set(whole) if report else data | {"manifest.json"})
        assert {name: made[name] for name in (whole if report else data)} == {
            name: whole[name] for name in (whole if report else data)
        }


def test_the_result_is_that_of_a_run_of_so_many_trajectories(adaptive: Path, tmp_path: Path) -> None:
    summary = read_summary(adaptive)
    found = summary.precision
    assert found is not None
    n = summary.trajectories
    assert found.stopped == "reached"
    assert n in looks(100, 50_000)[:-1]
    assert found.looks == tuple(looks(100, n))
    run("grammar-tour", Options(trajectories=n, worlds=100), tmp_path / "plain", report=write_report)
    assert read_summary(tmp_path / "plain") == replace(summary, precision=None)
    mine, plain = files(adaptive), files(tmp_path / "plain")
    assert {name for name in mine if mine[name] != plain.get(name)} == {"summary.json", "manifest.json"}
    ends = [milestone.by[-1].mc_error for milestone in summary.milestones.values()]
    assert max(ends) == found.mc_error <= 0.021


def test_it_stops_at_the_first_look_that_is_good_enough() -> None:
    """The errors at each look, taken from plain runs, and the rule applied to them."""
    errors = {}
    for n in looks(100, 8000):
        milestones = run("grammar-tour", Options(trajectories=n, worlds=100)).summary.milestones
        errors[n] = max(m.by[-1].mc_error for m in milestones.values())
    assert sorted(errors.values(), reverse=True) == list(errors.values())
    between = (errors[2000] + errors[4000]) / 2
    assert precise(50_000, between).summary.trajectories == 4000
    assert precise(50_000, errors[2000]).summary.trajectories == 2000


def test_it_says_so_if_only_more_worlds_would_help() -> None:
    found = precise(500_000, 0.005).summary.precision
    assert found.stopped == "worlds"
    assert found.looks[-1] < 500_000
    assert found.worlds_needed == rounded_up(100 * (found.mc_error / 0.005) ** 2)


def test_the_worlds_that_it_names_do() -> None:
    """With so many worlds and as many trajectories for each, the error is what was asked for, nearly."""
    first = precise(500_000, 0.01).summary
    found = first.precision
    worlds = found.worlds_needed
    then = run(
        "grammar-tour", Options(trajectories=worlds * (first.trajectories // 100), worlds=worlds)
    ).summary.milestones
    error = max(milestone.by[-1].mc_error for milestone in then.values())
    # a standard deviation of 100 worlds is itself known to some 7 %: three of these
    assert 0.79 * 0.01 < error < 1.21 * 0.01


def test_the_most_that_is_allowed_is_kept() -> None:
    summary = precise(3000, 0.019).summary
    assert summary.trajectories == 3000
    assert summary.precision.stopped == "trajectories"
    assert summary.precision.looks == (2000, 3000)


def test_the_screen_says_it(drawn_or_blank: bool, accession: Callable[..., Done], tmp_path: Path) -> None:
    done = accession("run", "grammar-tour", "--worlds", "100", "--precision", "0.005", "--out", "x")
    assert done.returncode == 0, done.stderr
    found = read_summary(tmp_path / "x").precision
    assert found is not None
    shown = " ".join(done.stdout.split())
    assert "asked for: 0.5." in shown
    assert "only more worlds would help, since nearly all of it comes from their drawing;" in shown
    assert f"about {found.worlds_needed:,} worlds would do (--worlds" in shown


@pytest.mark.parametrize("precision", [0.0, -1.0, 0.5, 2.0, float("nan")])
def test_an_error_that_cannot_be_is_refused(precision: float) -> None:
    with pytest.raises(ModelError, match=r"precision .*: allowed: a Monte Carlo error as a probability"):
        precise(3000, precision)


def test_the_replay_has_no_looks() -> None:
    with pytest.raises(ModelError, match="precision: allowed: with engine montecarlo only, not replay"):
        Options(trajectories=3000, worlds=100, precision=0.01, engine="replay")
