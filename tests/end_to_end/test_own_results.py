"""Results of one's own: where they go, what their report prints to be typed, and what is said when they are altered."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import accession as acc
from sim.results.manifest import FILE as MANIFEST
from sim.results.seal import read_sealed, resealed, write_manifest
from tests.commands import answer

SMALL = ("--trajectories", "200", "--worlds", "100", "--quiet")
OWN = """\
schema: 1
title: My own
question: What if?
extends: status-quo
parameters:
  settlement_rate: {prior: {table: {file: mine.csv, column: rate}}, unit: per year, basis: judged, source: me}
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, drawn_or_blank: bool) -> Iterator[Path]:
    """A folder in which a file of one's own was run, by its absolute path, and a built-in scenario with a change."""
    place = tmp_path_factory.mktemp("own")
    (place / "my files").mkdir()
    file = place / "my files" / "it's mine.yaml"
    file.write_text(OWN, "utf-8")
    (file.parent / "mine.csv").write_text("rate\n0.01\n0.05\n", "utf-8")
    before = Path.cwd()
    os.chdir(place)
    for words in ([str(file)], ["grammar-tour", "--set", "never_share=0.25"]):
        done = answer("run", *words, *SMALL)
        assert done.returncode == 0, done.stderr
    yield place
    os.chdir(before)


def printed(folder: Path, verb: str) -> list[str]:
    """The words of a command that the report prints."""
    found = re.search(rf"<code>(accession {verb} .*?)</code>", (folder / "report.html").read_text("utf-8"))
    assert found
    return shlex.split(html.unescape(found[1]))[1:]


def test_each_goes_into_a_folder_that_says_what_it_is(ran: Path) -> None:
    assert sorted(os.listdir(ran / "results")) == ["grammar-tour+never_share=0.25", "it's mine"]


def test_no_file_knows_where_it_lies(ran: Path) -> None:
    for file in (ran / "results").rglob("*"):
        if file.is_file():
            assert str(ran).encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("name", "anywhere"), [("it's mine", False), ("grammar-tour+never_share=0.25", True)]
)
def test_the_commands_of_a_report_work(
    name: str, anywhere: bool, ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "moved"
    shutil.copytree(ran / "results" / name, folder)
    monkeypatch.chdir(tmp_path if anywhere else folder)
    told = answer(*printed(folder, "replay"), "--json")
    assert told.returncode == 0, told.stderr
    taken = {step: entry["years"] for step, entry in json.loads(told.stdout)["steps"].items()}
    row = acc.read(folder).trajectories().iloc[3]
    assert {step for step, years in taken.items() if years is not None} == {
        step for step in taken if row[f"how_{step}"] != "not reached"
    }
    assert json.loads(told.stdout)["scenario"]["digest"] == acc.read(folder).summary.scenario.digest


@pytest.mark.usefixtures("some_variants")
def test_the_command_for_variants_works(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ran / "results" / "it's mine")
    done = answer(*printed(Path(), "run"), "--trajectories", "100", "--no-report", "--quiet")
    assert done.returncode == 0, done.stderr


def test_something_else_is_refused_where_a_result_is(ran: Path) -> None:
    before = (ran / "results" / "it's mine" / MANIFEST).read_bytes()
    done = answer("run", "grammar-tour", *SMALL, "--out", "results/it's mine")
    assert (done.returncode, done.stdout) == (1, "")
    assert "holds results of something else (run of it's mine)" in done.stderr
    assert (ran / "results" / "it's mine" / MANIFEST).read_bytes() == before


# --- altered --------------------------------------------------------------------------------------------


def _cut(text: str) -> str:
    return text[: len(text) // 2]


ALTERED: dict[str, Callable[[str], str]] = {
    "cut": _cut,
    "empty": lambda text: "",
    "a list": lambda text: "[]",
    "a mapping": lambda text: "{}",
    "nothing": lambda text: "null",
    "another number": lambda text: re.sub(r"\d", "7", text, count=3),
}


@pytest.mark.parametrize("what", ALTERED)
@pytest.mark.parametrize(
    "name", ["summary.json", "inputs.json", "samples.json", "scorecard.json", "sensitivity.json", MANIFEST]
)
def test_a_file_that_was_altered_is_named(name: str, what: str, ran: Path, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    shutil.copytree(ran / "results" / "it's mine", folder)
    file = folder / name
    file.write_text(ALTERED[what](file.read_text("utf-8")), "utf-8")
    page = (folder / "report.html").read_bytes()
    done = answer("report", str(folder))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert name in done.stderr or "no results there" in done.stderr
    assert (folder / "report.html").read_bytes() == page
    if name in ("summary.json", MANIFEST):
        with pytest.raises(acc.RunError):
            acc.read(folder)


@pytest.mark.parametrize("what", ["cut", "empty", "a mapping", "nothing"])
@pytest.mark.parametrize(
    "name", ["summary.json", "inputs.json", "samples.json", "scorecard.json", "sensitivity.json"]
)
def test_and_whoever_seals_it_again_gets_a_message_too(
    name: str, what: str, ran: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    shutil.copytree(ran / "results" / "it's mine", folder)
    file = folder / name
    file.write_text(ALTERED[what](file.read_text("utf-8")), "utf-8")
    old = read_sealed(folder)
    assert old is not None
    write_manifest(folder, resealed(old, folder))
    done = answer("report", str(folder))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert name in done.stderr


def test_a_step_named_like_a_way_out_writes_nothing(ran: Path, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    shutil.copytree(ran / "results" / "it's mine", folder)
    for name in ("summary.json", "samples.json", "inputs.json"):
        text = (folder / name).read_text("utf-8")
        (folder / name).write_text(text.replace('"pfp"', '"../../../pfp"'), "utf-8")
    old = read_sealed(folder)
    assert old is not None
    write_manifest(folder, resealed(old, folder))
    before = sorted(path.name for path in tmp_path.rglob("*"))
    done = answer("report", str(folder))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
