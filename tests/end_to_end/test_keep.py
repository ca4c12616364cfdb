"""``--keep summary``: the same files without the trajectories, and memory that does not grow with them."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from sim.base.errors import ModelError
from sim.report.page import write_report
from sim.results.files import read_summary
from sim.results.trajectories import read_times, read_trajectories
from sim.studies.options import Options
from sim.studies.run import run
from tests.commands import Processes

GROWTH = 25
"""MB by which the larger run may raise the peak of the smaller: 16 as it is, 34 if blocks were kept."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, drawn_or_blank: bool) -> Path:
    folder = tmp_path_factory.mktemp("keep")
    for keep in ("paths", "summary"):
        options = Options(trajectories=6000, worlds=200, keep=keep)
        run("status-quo", options, folder / keep, report=write_report)
    return folder


def test_only_the_trajectories_are_missing(kept: Path) -> None:
    def names(folder: Path) -> set[str]:
        return {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}

    whole, short = kept / "paths", kept / "summary"
    assert names(whole) - names(short) == {"trajectories.parquet"}
    assert names(short) - names(whole) == set()
    for name in names(short) - {"manifest.json"}:
        assert (short / name).read_bytes() == (whole / name).read_bytes(), name
    assert '"keep": "summary"' in (short / "manifest.json").read_text()


def test_times_are_those_of_the_trajectories(kept: Path) -> None:
    rows, times = read_trajectories(kept / "paths"), read_times(kept / "paths")
    summary = read_summary(kept / "summary")
    start = summary.start
    for step in summary.milestones:
        of = times[times["step"] == step]
        assert list(of["after"])[1:] == list(of["until"])[:-1]
        assert (of["after"].iloc[0], of["until"].iloc[-1].isoformat()) == (start, summary.horizon.isoformat())
        ends = [(day - start).days / 365.25 for day in of["until"]]
        bins = pd.cut(rows[step], [-1.0, *ends], labels=False)  # left open, right closed
        for way in ("passed", "waived", "bypassed"):
            expected = bins[rows[f"how_{step}"] == way].value_counts().reindex(range(len(ends)), fill_value=0)
            assert list(of[way]) == list(expected), (step, way)
        assert (of["trajectories"] == of["passed"] + of["waived"] + of["bypassed"]).all()
        assert of["trajectories"].sum() == rows[step].notna().sum()
        until = set(of["until"].astype(str))
        assert {entry.date.isoformat() for entry in summary.milestones[step].by} <= until


def test_the_steps_that_pass_do_so_on_the_last_day_of_a_bin(kept: Path) -> None:
    """The bins end on the meetings: no decision passes inside of one."""
    times, rows = read_times(kept / "paths"), read_trajectories(kept / "paths")
    passed = rows["pfp"][rows["how_pfp"] == "passed"]
    start = read_summary(kept / "paths").start
    days = {round(years * 365.25) for years in passed}
    assert days
    assert days <= {(day - start).days for day in times["until"]}


PEAK = """
import resource, sys
from pathlib import Path
from sim.studies.options import Options
from sim.studies.run import run
for n in (50_000, 200_000):
    options = Options(trajectories=n, worlds=100, threads=1, keep="summary")
    run("status-quo", options, Path(sys.argv[1]) / str(n))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_number_of_trajectories(processes: Processes, tmp_path: Path) -> None:
    """Peak memory in kB (Linux) of a process after the smaller run, and after both."""
    done = processes.run([sys.executable, "-c", PEAK, str(tmp_path)])
    assert done.returncode == 0, done.stderr
    few, many = map(int, done.stdout.split())
    assert many - few < GROWTH * 1000, (few, many)


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(ModelError, match="keep 'all': allowed: paths, summary"):
        Options(keep="all")
