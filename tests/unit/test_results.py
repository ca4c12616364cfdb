"""What a run writes is read back into the same records, and files that are not of that form are refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.base import records
from sim.base.errors import RunError
from sim.estimates.summary import Summary
from sim.report.page import read_stored
from sim.results.files import read_summary
from sim.results.manifest import Manifest
from sim.results.scored import Scorecard
from sim.scenario.load import load_text
from sim.studies.inputs import Inputs
from sim.studies.options import Options
from sim.studies.run import FinishedRun, run
from sim.studies.samples import Sample

KINDS = {
    "summary": Summary,
    "inputs": Inputs,
    "samples": tuple[Sample, ...],
    "manifest": Manifest,
    "scorecard": Scorecard,
}
SIZE = Options(trajectories=2400, worlds=100)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    return run("grammar-tour", SIZE, tmp_path_factory.mktemp("results") / "tour")


@pytest.fixture(scope="module")
def folder(made: FinishedRun) -> Path:
    assert made.folder is not None
    return made.folder


@pytest.mark.parametrize("name", KINDS)
def test_every_file_is_read_back_and_written_again_to_the_byte(name: str, folder: Path) -> None:
    file = folder / f"{name}.json"
    stored: Any = records.read(file, KINDS[name])
    assert records.text(stored) + "\n" == file.read_text("utf-8")


def test_the_answer_of_a_run_is_what_its_folder_holds(made: FinishedRun, folder: Path) -> None:
    assert read_summary(folder) == made.summary
    assert read_stored(folder).summary == made.summary


@pytest.mark.parametrize(
    ("options", "there"),
    [
        (SIZE, set()),
        (Options(trajectories=2400, worlds=100, tilt=("recognition_rate=0.2",)), {"tilt"}),
        (Options(trajectories=2400, worlds=100, precision=0.02), {"precision"}),
    ],
)
def test_a_key_that_says_nothing_is_absent_and_comes_back(options: Options, there: set[str]) -> None:
    summary = run("grammar-tour", options).summary
    text = records.text(summary)
    may_be = {"exact", "tilt", "precision", "behind", "facts_until"}
    assert may_be & set(json.loads(text)) == there
    assert records.typed(Summary, json.loads(text)) == summary


def test_steps_behind_and_hindsight_come_back() -> None:
    text = "schema: 1\nextends: candidate\nladder: [{step: pfp, waived: 1}, {step: map, waived: 1}]\n"
    summary = run(load_text(text), Options(trajectories=200, worlds=100)).summary
    plain = json.loads(records.text(summary))
    assert (plain["behind"], plain["facts_until"]) == (["pfp", "map"], "2026-07-01")
    assert records.typed(Summary, plain) == summary


@pytest.mark.parametrize(
    ("place", "key", "value", "said"),
    [
        ((), "worlds", None, "Summary: worlds is missing"),
        (("milestones", "pfp"), "median", None, r"Summary\.milestones\.pfp: median is missing"),
        (("milestones", "pfp"), "mean", 1, r"Summary\.milestones\.pfp: mean is not known"),
        (("scenario",), "name", 3, r"Summary\.scenario\.name: '3'"),
        ((), "start", "soon", "soon"),
    ],
)
def test_a_wrong_key_is_refused_with_its_file(
    place: tuple[str, ...], key: str, value: object, said: str, folder: Path, tmp_path: Path
) -> None:
    plain = part = json.loads((folder / "summary.json").read_text("utf-8"))
    for name in place:
        part = part[name]
    if value is None:
        del part[key]
    else:
        part[key] = value
    (tmp_path / "summary.json").write_text(json.dumps(plain), "utf-8")
    with pytest.raises(RunError, match=rf"summary\.json: cannot be read: .*{said}"):
        read_summary(tmp_path)
