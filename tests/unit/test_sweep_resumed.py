"""A sweep that was stopped, at whatever moment, goes on where it was and ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from sim.base.errors import AccessionError, OptionError, RunError
from sim.results.folder import JOURNAL, PARTIAL, STUDY, whole_folder
from sim.results.journal import BLOCK, Journal
from sim.scenario.setting import Set
from sim.studies.design import Design, NumberAxis, Table
from sim.studies.named import subject
from sim.studies.points import Point
from sim.studies.sweep import study as sweeping
from sim.studies.sweep import work
from sim.studies.sweep.answer import Sweep
from sim.studies.sweep.study import sweep
from tests.two_holdouts import content, scenario, split

AXIS = NumberAxis("known")


def design(points: int, first: int = 0) -> Table:
    return Table((AXIS,), ((0.055,), *(((i + 1) / 100,) for i in range(first, points - 1))))


def made(of: Design | int, **more: Any) -> Sweep:
    options, rest = split(more, trajectories=200, worlds=100, threads=1)
    return sweep(scenario(), design(of) if isinstance(of, int) else of, options, **rest)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("unbroken") / "x"
    made(30, out=folder)
    return content(folder)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the points that are run."""
    found: list[str] = []
    plain = work.Ready.found

    def noted(self: work.Ready, point: Point, threads: int | None) -> Any:
        found.append(point.id)
        return plain(self, point, threads)

    monkeypatch.setattr(work.Ready, "found", noted)
    return found


def journal(folder: Path) -> Path:
    return folder / PARTIAL / JOURNAL


def blocks(folder: Path) -> list[Path]:
    return sorted(journal(folder).glob(f"*{BLOCK}")) if journal(folder).exists() else []


# --- killed -------------------------------------------------------------------------------------------------


def killed(folder: Path, when: Callable[[], bool], points: int = 30) -> None:
    """Begins (or goes on with) a sweep in a process that is killed at some moment; it may be done before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads: this one only computes
        child = os.fork()
    if child == 0:
        try:
            made(points, out=folder)
        finally:
            os._exit(0)
    while not when() and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.001)
    try:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes")
def test_what_is_killed_goes_on(tmp_path: Path, unbroken: dict[str, bytes], ran: list[str]) -> None:
    folder = tmp_path / "x"
    for number in (1, 2, 3):
        killed(folder, lambda number=number: len(blocks(folder)) >= number)  # type: ignore[misc]
        assert len(blocks(folder)) >= number
        assert not (folder / "manifest.json").exists()
    said: list[str] = []
    made(30, out=folder, say=said.append)
    assert content(folder) == unbroken
    there = 30 - len(ran)
    assert there >= 7
    assert said == [f"resuming: {there} of 30 points are there"]


@pytest.mark.exhaustive
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes")
@pytest.mark.parametrize("seed", range(3))
def test_killed_twenty_times_at_any_moment(tmp_path: Path, unbroken: dict[str, bytes], seed: int) -> None:
    """Also while the folder is made, while a block is written, and while the files take their places."""
    draw, folder = random.Random(seed), tmp_path / "x"
    for _ in range(20):
        until = time.monotonic() + draw.uniform(0.0, 0.4)
        killed(folder, lambda until=until: time.monotonic() > until)  # type: ignore[misc]
    made(30, out=folder)
    assert content(folder) == unbroken


@pytest.mark.parametrize("harm", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-1] + b"x"])
def test_a_block_that_is_not_whole_is_run_again(
    tmp_path: Path, unbroken: dict[str, bytes], ran: list[str], harm: Callable[[bytes], bytes]
) -> None:
    stopped_after(2, 30, tmp_path / "x")
    first, _ = blocks(tmp_path / "x")
    first.write_bytes(harm(first.read_bytes()))
    (journal(tmp_path / "x") / f"half{BLOCK}.new").write_bytes(b"half")
    ran.clear()
    made(30, out=tmp_path / "x")
    assert len(ran) == 30 - 7
    assert content(tmp_path / "x") == unbroken


def stopped_after(number: int, points: int, folder: Path, **more: Any) -> list[str]:
    """A sweep that is interrupted when it has kept so many blocks; what it says of it."""
    plain, said, left = Journal.put, [], [number]

    def put(self: Journal, block: bytes) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return plain(self, block)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "put", put)
        with pytest.raises(KeyboardInterrupt):
            made(points, out=folder, say=said.append, **more)
    return said


def test_who_stops_it_is_told_how_to_go_on(tmp_path: Path) -> None:
    said = stopped_after(2, 30, tmp_path / "x")
    assert said == ["stopped: 14 of 30 points are kept; the same command goes on from there"]


def test_a_full_disk_leaves_what_was_done(tmp_path: Path, unbroken: dict[str, bytes], ran: list[str]) -> None:
    """First while a block is written, then while the files are."""
    folder, plain = tmp_path / "x", os.fsync

    def full_after(number: int) -> Callable[[int], None]:
        left = [number]

        def fsync(file: int) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device")
            plain(file)

        return fsync

    for calls, kept in ((6, 2), (2 + 2 * 4, 6)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", full_after(calls))
            with pytest.raises(
                RunError, match="what is done is kept, and the same command goes on: No space left"
            ):
                made(30, out=folder)
        assert len(blocks(folder)) == kept
    assert [file.name for file in folder.iterdir()] == [PARTIAL]
    ran.clear()
    made(30, out=folder)
    assert ran == []
    assert content(folder) == unbroken


# --- other points -------------------------------------------------------------------------------------------


def test_a_design_that_has_grown_keeps_what_is_there(tmp_path: Path, ran: list[str]) -> None:
    """Grown twice and shrunk; finished each time, and once not."""
    made(30, out=tmp_path / "unbroken")
    made(6, out=tmp_path / "x")
    stopped_after(2, 20, tmp_path / "x")
    ran.clear()
    made(30, out=tmp_path / "x")
    assert len(ran) == 30 - 6 - 2 * 3
    assert content(tmp_path / "x") == content(tmp_path / "unbroken")
    ran.clear()
    made(Table((AXIS,), ((0.055,), (0.5,), (0.03,))), out=tmp_path / "x")
    assert ran == [Point({"known": Set("value", (0.5,))}).id]
    assert sorted(content(tmp_path / "x")) == [
        "manifest.json", "points.parquet", "results.parquet", "sweep.csv", "sweep.json",
    ]  # fmt: skip


def test_a_point_that_comes_twice_is_run_once(tmp_path: Path, ran: list[str]) -> None:
    done = made(Table((AXIS,), ((0.1,), (0.2,), (0.1,))), out=tmp_path / "x")
    assert len(ran) == 2
    assert [point.id for point in done.points] == [ran[0], ran[1], ran[0]]
    assert done.points[0].steps == done.points[2].steps
    assert len(done.table) == 3 * 2 * 3


# --- another study ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished sweep, and one with an unfinished one."""
    folder = tmp_path_factory.mktemp("there")
    made(4, out=folder / "finished")
    stopped_after(2, 4, folder / "unfinished")
    return folder


DIFFERENT = [
    ({"trajectories": 400}, "trajectories (200 there, 400 now)"),
    ({"seed": 2}, "seed (1 there, 2 now)"),
    ({"by": date(2028, 7, 1)}, "dates (by) (2028-07-01 in one of the two only)"),
    ({"of": Table((AXIS,), ((0.06,),))}, "first point, which the others are held against"),
]
OTHER = {"of": Table((NumberAxis("known", "times"),), ((2.0,),))}


@pytest.mark.parametrize(
    ("more", "said", "name"),
    [
        *((more, said, name) for more, said in DIFFERENT for name in ("finished", "unfinished")),
        (OTHER, "results of something else", "finished"),
        (OTHER, "axes (known there, known (times) now)", "unfinished"),
    ],
)
def test_what_differs_is_told(there: Path, more: dict[str, Any], said: str, name: str) -> None:
    before = content(there / name)
    with pytest.raises(AccessionError) as error:
        made(**{"of": 4, **more}, out=there / name)
    assert said in str(error.value)
    assert content(there / name) == before
    if isinstance(error.value, OptionError):
        assert "allowed: another folder, or fresh to begin anew" in str(error.value)
        assert "or --fresh to begin" in error.value.on_command_line()


@pytest.mark.parametrize("name", ["finished", "unfinished"])
def test_a_fresh_start_takes_the_place_of_what_is_there(there: Path, tmp_path: Path, name: str) -> None:
    copytree(there / name, tmp_path / "x")
    made(2, seed=2, out=tmp_path / "x", fresh=True)
    made(2, seed=2, out=tmp_path / "y")
    assert content(tmp_path / "x") == content(tmp_path / "y")


def test_other_code_or_facts_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(3, out=tmp_path / "x")
    monkeypatch.setattr(work, "code_digest", lambda: "other")
    with pytest.raises(OptionError, match="what differs: version of accession's code;"):
        made(3, out=tmp_path / "x")


def test_another_result_does_not_wipe_an_unfinished_sweep(tmp_path: Path) -> None:
    stopped_after(1, 8, tmp_path / "x")
    with (
        pytest.raises(RunError, match="holds a sweep that is not finished"),
        whole_folder(tmp_path / "x", subject("run", [scenario()])),
    ):
        pass
    assert len(blocks(tmp_path / "x")) == 1


def test_a_journal_of_which_nothing_is_known_is_not_used(tmp_path: Path, ran: list[str]) -> None:
    stopped_after(2, 8, tmp_path / "x")
    (journal(tmp_path / "x") / STUDY).write_text("{")
    ran.clear()
    made(8, out=tmp_path / "x")
    assert len(ran) == 8


def test_the_table_in_memory_is_that_of_the_files(tmp_path: Path) -> None:
    from pandas.testing import assert_frame_equal

    assert_frame_equal(made(5).table, made(5, out=tmp_path / "x").table, check_exact=True)
    assert sweeping.UNFINISHED
