"""The verb ``run`` as its user meets it: files, bytes, exit codes, signals, a full disk."""

from __future__ import annotations

import json
import math
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim.base import records
from sim.engines import montecarlo
from sim.model.compiler import compile_scenario
from sim.model.worlds import draw_worlds
from sim.report.page import write_report
from sim.results.files import read_summary
from sim.results.trajectories import read_trajectories, read_worlds, to_table
from sim.scenario.load import builtin_scenarios, load_scenario
from sim.studies.options import Options
from sim.studies.run import run
from tests.commands import Done, Processes
from tests.structures import by_structure

FILES = {
    "probabilities.csv",
    "summary.json", "trajectories.parquet", "worlds.parquet", "inputs.json", "samples.json", "manifest.json",
    "times.parquet", "scorecard.json", "sensitivity.json",
}  # fmt: skip
SMALL = Options(trajectories=5000, worlds=200)
STEPS = ["pfp", "map", "invitation", "protocol", "membership"]


Accession = Callable[..., Done]


def stored(folder: Path) -> Any:
    """The summary as its file has it, which is what the record says."""
    content = json.loads((folder / "summary.json").read_text("utf-8"))
    assert json.loads(records.text(read_summary(folder))) == content
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, drawn_or_blank: bool) -> Path:
    target = tmp_path_factory.mktemp("run") / "status-quo"
    run("status-quo", SMALL, target, report=write_report)
    return target


def test_the_files_are_there_and_nothing_else_is(folder: Path) -> None:
    assert {f.name for f in folder.iterdir()} == FILES | {"report.html", "figures", "inputs"}
    assert [f.name for f in folder.parent.iterdir()] == ["status-quo"]
    assert {f.suffix for f in (folder / "figures").iterdir()} == {".svg", ".png"}


def test_the_summary_keeps_the_contract(folder: Path) -> None:
    summary = stored(folder)
    assert {"schema", "scenario", "seed", "trajectories", "worlds", "start", "horizon", "milestones"} <= set(
        summary
    )
    assert {"blockers", "last_to_move", "last_to_ratify", "paths"} <= set(summary)
    assert {"name", "digest"} <= set(summary["scenario"])
    assert list(summary["milestones"]) == STEPS
    pfp = summary["milestones"]["pfp"]
    assert {"by", "never_within_horizon", "median"} <= set(pfp)
    dates = [entry["date"] for entry in pfp["by"]]
    assert dates == [f"{year}-12-31" for year in range(2026, 2056)] + ["2056-12-01"]
    for entry in pfp["by"]:
        low, high = entry["credible_90"]
        assert 0 <= low <= high <= 1
        assert entry["mc_error"] >= 0
    assert pfp["by"][-1]["probability"] + pfp["never_within_horizon"]["probability"] == pytest.approx(1)


def test_probabilities_are_those_of_the_trajectories(folder: Path) -> None:
    summary, rows = stored(folder), read_trajectories(folder)
    start = date.fromisoformat(summary["start"])
    assert len(rows) == 5000
    found = [(step, False, summary["milestones"][step]) for step in STEPS]
    for step, replaced, milestone in [*found, ("pfp", True, summary["substitutes"]["pfp"])]:
        so = rows[f"how_{step}"].eq("bypassed").eq(replaced)
        for entry in milestone["by"]:
            years = (date.fromisoformat(entry["date"]) - start).days / 365.25
            share = ((rows[step] <= years) & so).groupby(rows["world"]).mean()
            assert entry["probability"] == pytest.approx(share.mean(), abs=1e-12)
            if share.nunique() > 1:
                assert entry["mc_error"] == pytest.approx(share.std() / math.sqrt(len(share)), rel=1e-9)


def test_columns_keep_the_contract(folder: Path) -> None:
    rows = read_trajectories(folder)
    assert list(rows["trajectory"]) == list(range(5000))
    assert (rows["world"] == rows["trajectory"] % 200).all()
    for step in STEPS:
        assert rows[step].dtype == np.float64
        assert rows[f"blockers_{step}"].dtype == np.uint64
        taken = rows[step].notna()
        assert (rows[f"how_{step}"].eq("not reached") == ~taken).all()
        assert (rows[step][taken] <= 30.0).all()
    assert rows["last_to_move"].dropna().isin(["GRC", "ROU", "SVK", "ESP"]).all()
    worlds = read_worlds(folder)
    assert len(worlds) == 200
    assert set(load_scenario("status-quo").content.parameters) <= set(worlds)
    ways = rows["how_pfp"].groupby(rows["world"])
    for column, way in (("probability_pfp", "passed"), ("probability_substitute_pfp", "bypassed")):
        assert np.allclose(worlds[column], ways.apply(lambda how, way=way: how.eq(way).mean()))


def test_results_survive_the_way_to_disk_and_back(folder: Path) -> None:
    model = compile_scenario(load_scenario("status-quo"))
    paths = montecarlo.simulate(model, draw_worlds(model, 1, 200), 1, 5000)
    written = pq.read_table(folder / "trajectories.parquet")
    expected = to_table(model, paths)
    # Older readers give the codes of a category more bits than are stored.
    assert written.cast(expected.schema).equals(expected)
    finite = np.where(np.isinf(paths.time[:, 0]), np.nan, paths.time[:, 0])
    assert np.array_equal(written["pfp"].to_numpy(), finite, equal_nan=True)


def test_threads_do_not_change_a_byte_and_more_trajectories_keep_the_first(
    folder: Path, tmp_path: Path
) -> None:
    run("status-quo", replace(SMALL, threads=1), tmp_path / "one", report=write_report)
    for name in [*sorted(FILES), "report.html"]:
        assert (tmp_path / "one" / name).read_bytes() == (folder / name).read_bytes(), name
    run("status-quo", replace(SMALL, trajectories=9000, threads=2), tmp_path / "more")
    longer = read_trajectories(tmp_path / "more").head(5000)
    pd.testing.assert_frame_equal(longer, read_trajectories(folder))


def test_the_replay_engine_writes_the_same_files(tmp_path: Path) -> None:
    size = Options(trajectories=400, worlds=100)
    run("grammar-tour", size, tmp_path / "mc")
    run("grammar-tour", replace(size, engine="replay"), tmp_path / "replay")
    for name in FILES - {"manifest.json"}:
        assert (tmp_path / "mc" / name).read_bytes() == (tmp_path / "replay" / name).read_bytes(), name


@pytest.mark.parametrize("name", by_structure(sorted(builtin_scenarios())))
def test_every_scenario_runs(name: str, tmp_path: Path) -> None:
    result = run(name, Options(trajectories=1000, worlds=100), tmp_path / name)
    frame = result.probabilities()
    steps = list(result.summary.milestones)
    assert list(frame.columns) == ["step", "date", "probability", "low", "high", "mc_error"]
    last = frame.groupby("step", sort=False)["probability"].last()
    ends = [last[step] + last.get(f"substitute for {step}", 0.0) for step in steps]
    assert all(frame.groupby("step")["probability"].apply(lambda p: p.is_monotonic_increasing))
    assert ends == sorted(ends, reverse=True)


def test_the_screen_is_one_screen_and_json_is_only_json(
    drawn_or_blank: bool, accession: Accession, processes: Processes, tmp_path: Path
) -> None:
    small = ["--trajectories", "2000", "--worlds", "100"]
    call = processes.accession if drawn_or_blank else accession
    shown = call("run", "status-quo", *small, "--out", str(tmp_path / "a"))
    assert shown.returncode == 0, shown.stderr
    assert len(shown.stdout.splitlines()) <= 24
    assert max(len(line) for line in shown.stdout.splitlines() if str(tmp_path) not in line) <= 80
    assert " 0 %" not in shown.stdout
    assert "100 %" not in shown.stdout
    assert shown.stderr == ""
    data = call("run", "status-quo", *small, "--out", str(tmp_path / "b"), "--no-report", "--json")
    assert data.stderr == ""
    assert json.loads(data.stdout) == stored(tmp_path / "b")


@pytest.mark.usefixtures("some_variants")
def test_variants_change_no_other_result_and_are_told_on_the_screen(
    folder: Path, accession: Accession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.studies.combinations.SCREENED", 200)
    size = ["--trajectories", "5000", "--worlds", "200"]
    shown = accession("run", "status-quo", *size, "--variants", "--out", str(tmp_path / "x"))
    assert shown.returncode == 0, shown.stderr
    assert {f.name for f in (tmp_path / "x").iterdir()} == FILES | {
        "report.html", "figures", "inputs", "variants.json",
    }  # fmt: skip
    for name in FILES - {"manifest.json", "summary.json"}:
        assert (tmp_path / "x" / name).read_bytes() == (folder / name).read_bytes(), name
    found = read_summary(tmp_path / "x")
    assert replace(found, structure=()) == read_summary(folder)
    assert [(moves.step, moves.date.year) for moves in found.structure] == [
        (step, year) for step in ("pfp", "membership") for year in (2036, 2056)
    ]
    stored = json.loads((tmp_path / "x" / "variants.json").read_text("utf-8"))
    assert f"Under {len(stored['variants'])} structural variants, by 2056-12-01: pfp " in shown.stdout
    assert f"Under {found.structure[0].combinations} combinations of them: pfp " in shown.stdout.replace(
        "\n  ", " "
    )
    assert len(shown.stdout.splitlines()) <= 31
    assert max(len(line) for line in shown.stdout.splitlines() if str(tmp_path) not in line) <= 80
    for moves in found.structure:
        inside = [v["milestones"][moves.step]["by"] for v in stored["variants"]]
        shares = [e["probability"] for by in inside for e in by if e["date"] == moves.date.isoformat()]
        assert moves.low.probability <= min(shares) <= max(shares) <= moves.high.probability
    own = stored["run"]["milestones"]["pfp"]["by"][-1]
    assert own["probability"] == read_summary(folder).milestones["pfp"].by[-1].probability


@pytest.mark.usefixtures("some_variants")
def test_a_scenario_of_a_user_runs_under_the_variants_that_fit_it(
    drawn_or_blank: bool, accession: Accession, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "schema: 1\ntitle: Mine\nquestion: What if?\nextends: status-quo\nparameters: {settlement_rate: 0.05}\n"
    )
    size = ["--trajectories", "1000", "--worlds", "100"]
    shown = accession("run", str(file), *size, "--variants", "--out", str(tmp_path / "x"))
    assert shown.returncode == 0, shown.stderr
    stored = json.loads((tmp_path / "x" / "variants.json").read_text("utf-8"))
    assert {v["name"] for v in stored["variants"]} >= {"recognition-last", "variant-no-never-movers"}
    for left in stored["not_run"]:
        assert left["name"] in shown.stdout
        assert left["reason"] in (tmp_path / "x" / "report.html").read_text("utf-8")
    assert "variant-own-record" in {v["name"] for v in stored["not_run"]}


def test_one_world_has_no_interval(tmp_path: Path) -> None:
    text = """
schema: 1
title: Nothing is uncertain
question: What is a proportion's error?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2036-12-01
members: [GRC, ESP]
voters:
  everyone:
    stance:
      states: [blocks, recognises]
      start: blocks
      moves: [{from: blocks, to: recognises, rate: 0.1}]
ladder:
  - {step: pfp, kind: decision, meetings: [summit], needs: {stance: recognises}}
calendar: {summit: {dates: [2027-07-07], then: {every: 1 year}}}
"""
    file = tmp_path / "certain.yaml"
    file.write_text(text)
    summary = run(file, Options(trajectories=4000)).summary
    last = summary.milestones["pfp"].by[-1]
    assert summary.worlds == 1
    assert last.credible_90 is None
    p = last.probability
    assert last.mc_error == pytest.approx(math.sqrt(p * (1 - p) / 4000), rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "status-qou"], ["status-qou", "status-quo"]),
        (["run", "status-quo", "--set", "settlement_rat=1"], ["settlement_rat", "settlement_rate"]),
        (["run", "status-quo", "--worlds", "50"], ["50", "100"]),
        (["run", "status-quo", "--trajectories", "500"], ["500", "1000"]),
        (["run", "status-quo", "--engine", "exakt"], ["exakt", "montecarlo"]),
        (["run", "status-quo", "--trajectories", "0"], ["--trajectories"]),
        (["run", "status-quo", "--variants", "--engine", "exact"], ["--variants", "montecarlo", "exact"]),
    ],
)
def test_bad_input_exits_with_2_and_says_why(
    arguments: list[str], words: list[str], accession: Accession, tmp_path: Path
) -> None:
    done = accession(*arguments, "--out", str(tmp_path / "x"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_never_replaced(accession: Accession, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    done = accession("run", "status-quo", "--trajectories", "1000", "--out", str(tmp_path))
    assert done.returncode == 1
    assert "not a folder of results" in done.stderr
    assert [f.name for f in tmp_path.iterdir()] == ["mine.txt"]


def test_a_result_is_replaced_whole(tmp_path: Path) -> None:
    for seed in (1, 2):
        run("grammar-tour", Options(trajectories=500, worlds=100, seed=seed), tmp_path / "x")
    assert read_summary(tmp_path / "x").seed == 2
    assert [f.name for f in tmp_path.iterdir()] == ["x"]
    assert {f.name for f in (tmp_path / "x").iterdir()} == FILES | {"inputs"}


def test_a_full_disk_leaves_nothing(processes: Processes, tmp_path: Path) -> None:
    def limit() -> None:
        # a file may have no more than 100 kB: the same refusal by the system as a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    run = ("run", "status-quo", "--trajectories", "5000", "--worlds", "100", "--out", str(tmp_path / "x"))
    done = processes.accession(*run, preexec_fn=limit, env={"NUMBA_CACHE_DIR": ""})
    assert done.returncode == 1
    assert "nothing was written" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_run_and_its_report_load_neither_pandas_nor_matplotlib(
    tmp_path: Path, processes: Processes
) -> None:
    """They take longer to load than the figures of a report to draw."""
    arguments = [
        "run",
        "status-quo",
        "--trajectories",
        "500",
        "--worlds",
        "100",
        "--out",
        str(tmp_path / "x"),
    ]
    code = (
        f"import sys\nfrom sim import cli\ntry:\n    cli.main({arguments})\nexcept SystemExit as end:\n"
        "    print(end.code, sorted({'pandas', 'matplotlib'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = processes.run([sys.executable, "-c", code])
    assert done.stderr.strip() == "0 []"
    assert (tmp_path / "x" / "figures" / "ladder.png").stat().st_size > 5000


def test_what_reads_a_finished_run_loads_neither_engines_nor_grammar(processes: Processes) -> None:
    """They take longer to load than `report` or `given` to work."""
    heavy = {"numba", "scipy", "pydantic", "ruamel.yaml", "pandas", "matplotlib"}
    verbs = "sim.report.page, sim.studies.given, sim.studies.before, sim.report.given_figures, sim.report.before_figure"
    screens = "sim.report.screens.run, sim.report.screens.given, sim.report.screens.before"
    code = f"import sys, {verbs}, {screens}; print(*(set(sys.modules) & {heavy}))"
    done = processes.run([sys.executable, "-c", code])
    assert (done.returncode, done.stdout.split()) == (0, [])


def test_help_is_quick_to_import(processes: Processes) -> None:
    heavy = {"numpy", "pandas", "matplotlib", "scipy", "numba", "pyarrow", "pydantic"}
    code = f"import sys, sim.cli, sim.commands.app; print(*(set(sys.modules) & {heavy}))"
    done = processes.run([sys.executable, "-c", code])
    assert (done.returncode, done.stdout.split()) == (0, [])
