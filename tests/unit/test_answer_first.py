"""Where somebody waits at a terminal, the answer is printed before files and report are written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sim.cli import main
from tests.figures import blank

FEW = ["--trajectories", "500", "--worlds", "100"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of a report and of figures: a word on the screen when they would be written."""
    for what in ("page.write_report", "comparison_figures.write_figures"):
        monkeypatch.setattr(f"sim.report.{what}", lambda *_: print("WRITTEN"))


def shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with blank(), pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("verb", [["run", "status-quo"], ["compare", "status-quo", "athens-first"]])
def test_the_answer_comes_first_on_a_terminal_and_is_the_same_elsewhere(
    verb: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*verb, *FEW, "--out", str(tmp_path / "out")]
    plain = shown(arguments, capsys)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    first = shown(arguments, capsys)
    told = plain.removeprefix("WRITTEN\n")
    assert told != plain
    assert first.replace("WRITTEN\n", "") == told
    answer, end = first.split("WRITTEN\n")
    assert "Partnership for Peace" in answer or "pfp" in answer
    assert str(tmp_path) in "".join(end.split())
    assert shown([*arguments, "--quiet"], capsys) == "WRITTEN\n"
    assert "WRITTEN\n{" in shown([*arguments, "--json"], capsys)
