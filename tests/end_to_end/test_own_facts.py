"""Facts of one's own over the built-in tables: used, named in what comes of them, and forgotten afterwards."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import accession as acc
from sim.facts.read import facts_dir, load_facts
from sim.studies.again import FACTS
from tests.commands import Done, answer

Accession = Callable[..., Done]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder in which Albania is no ally."""
    (tmp_path / "mine").mkdir()
    with (facts_dir() / "members.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.reader(stream) if row[0] != "ALB"]
    with (tmp_path / "mine" / "members.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    return tmp_path / "mine"


def test_they_are_used_and_named_and_forgotten(
    own: Path, accession: Accession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_facts()
    size = ("--trajectories", "200", "--worlds", "100")
    done = accession("run", "candidate", "--facts", "mine", *size, "--quiet")
    assert done.returncode == 0, done.stderr
    assert load_facts() is before
    folder = tmp_path / "results" / "candidate+facts=mine"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["facts_digest"] == manifest["subject"]["facts"] != before.digest
    assert manifest["facts_digest"] == load_facts(over=own).digest
    assert (folder / FACTS / "members.csv").read_bytes() == (own / "members.csv").read_bytes()
    told = json.loads((folder / "inputs.json").read_text("utf-8"))
    assert "ALB" not in told["members"]
    assert f"--facts {FACTS}" in (folder / "report.html").read_text("utf-8")
    monkeypatch.chdir(folder)
    replayed = answer(
        "replay", "candidate", "--facts", FACTS, "--worlds", "100", "--trajectory", "3", "--json"
    )
    digest = json.loads((folder / "summary.json").read_text("utf-8"))["scenario"]["digest"]
    assert json.loads(replayed.stdout)["scenario"]["digest"] == digest


def test_other_facts_are_another_question(own: Path, accession: Accession) -> None:
    size = ("--trajectories", "200", "--worlds", "100", "--no-report", "--quiet", "--out", "x")
    assert accession("run", "candidate", *size).returncode == 0
    done = accession("run", "candidate", "--facts", "mine", *size)
    assert done.returncode == 1
    assert "these would be of run of candidate and facts of one's own" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("member.csv", "", "member.csv: no such table. Did you mean 'members'?"),
        ("members.csv", "iso3\n", "members.csv, row 1, column"),
        (None, "", "no table in it; allowed: countries.csv, members.csv"),
    ],
)
def test_what_cannot_be_used_is_named(name: str | None, text: str, said: str, accession: Accession) -> None:
    Path("mine").mkdir()
    if name is not None:
        (Path("mine") / name).write_text(text, "utf-8")
    done = accession("validate", "status-quo", "--facts", "mine")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "is no folder" in accession("validate", "status-quo", "--facts", "nowhere").stderr


def test_python_takes_them_for_one_call(own: Path) -> None:
    before = load_facts()
    made = acc.run("candidate", trajectories=200, worlds=100, facts=own)
    told = json.loads((made.folder / "manifest.json").read_text("utf-8"))
    assert told["facts_digest"] == load_facts(over=own).digest != before.digest
    assert load_facts() is before
    replayed = acc.replay("candidate", worlds=100, facts=str(own)).table()
    assert "ALB" not in str(replayed.cause[0])
    with pytest.raises(acc.OptionError, match="facts: a scenario is loaded already"):
        acc.run(acc.load("candidate"), facts=own)
    with pytest.raises(acc.FactsError, match="is no folder"):
        acc.run("candidate", facts=own / "nowhere")
    assert load_facts() is before
