"""The verb compare, as a user calls it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.commands import CHECKOUT, Done

SMALL = ("--trajectories", "2000", "--worlds", "100")
FILES = {
    "compare.json", "differences.csv", "figures/differences.png", "figures/differences.svg",
    "figures/probabilities.png", "figures/probabilities.svg", "futures.csv", "manifest.json", "probabilities.csv",
}  # fmt: skip
STEPS = ["pfp", "map", "invitation", "protocol", "membership"]
OTHER = """\
schema: 1
title: Another ladder
question: What if nothing is shared?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2030-12-01
members: [GRC]
voters:
  everyone: {stance: {states: [blocks, recognises], start: recognises}}
ladder:
  - {step: talks, kind: decision, meetings: [summit], needs: {stance: recognises}}
calendar:
  summit: {dates: [2027-07-07]}
"""
Accession = Callable[..., Done]


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_two_scenarios(drawn_or_blank: bool, accession: Accession, tmp_path: Path) -> None:
    done = accession("compare", "status-quo", "athens-first", *SMALL)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("athens-first against status-quo, 2026-12-01 to 2056-12-01\n")
    assert len(done.stdout.splitlines()) <= 35
    assert max(map(len, done.stdout.splitlines())) <= 80
    folder = tmp_path / "results" / "status-quo-vs-athens-first"
    first = files(folder)
    assert set(first) == FILES
    table = pd.read_csv(folder / "differences.csv")
    assert len(table) == 6 * 31
    last = table[table["date"] == "2056-12-01"].set_index("step")
    assert list(last.index) == [*STEPS, "substitute for pfp"]
    last = last.loc[STEPS]
    assert (last["difference"] > 0).all()
    assert (last["variance_ratio"] > 1).all()
    # again elsewhere, with another number of threads, and with JSON instead of words
    again = accession(
        "compare", "status-quo", "athens-first", *SMALL, "--threads", "1", "--out", "again", "--json"
    )
    assert files(tmp_path / "again") == first
    assert json.loads(again.stdout) == json.loads(first["compare.json"])
    manifest = first["manifest.json"].decode()
    assert not any(said in manifest for said in (str(tmp_path), str(CHECKOUT), os.uname().nodename))


def test_several_with_a_parameter_set_in_all(
    drawn_or_blank: bool, accession: Accession, tmp_path: Path
) -> None:
    names = ("status-quo", "washington-engaged", "march-2022")
    done = accession("compare", *names, *SMALL, "--set", "settlement_rate=0.1", "--out", "three")
    assert (done.returncode, done.stderr) == (0, "")
    assert "washington-engaged and march-2022 against status-quo, 2026-12-01 to 2052-03-03" in done.stdout
    said = done.stdout.replace("\n  ", " ")
    assert "march-2022: They start on 2026-12-01 and 2022-03-03: compared by calendar date" in said
    assert "washington-engaged: Parameters that are not equal: washington_engages" in said
    assert "settlement_rate" not in said.split("Parameters that are not equal")[1]  # it is 0.1 in all of them
    assert set(files(tmp_path / "three")) == FILES


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "FIRST is missing; allowed: accession compare"),
        (("status-quo",), "compare: one scenario; allowed: 2 to 7"),
        (("status-quo", "athens-frist"), "did you mean 'athens-first'?"),
        (("status-quo", "athens-first", "--set", "settlment_rate=1"), "did you mean 'settlement_rate'?"),
        (("status-quo", "other.yaml", "--set", "settlement_rate=1"), "other.yaml: --set: settlement_rate"),
        (("status-quo", "athens-first", "--worlds", "3"), "worlds: 3"),
        (("status-quo", "athens-first", "--trajectories", "10"), "--trajectories 10"),
        (("status-quo", "athens-first", "--trajectories", "0"), "--trajectories 0: allowed: 1 or more"),
        (
            ("status-quo", "other.yaml", *SMALL),
            "compare: no step in common (status-quo: pfp, map, invitation, protocol, membership; other: talks)",
        ),
    ],
)
def test_bad_input_is_said_and_nothing_is_written(
    accession: Accession, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "other.yaml").write_text(OTHER, "utf-8")
    before = sorted(tmp_path.iterdir())
    done = accession("compare", *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_of_other_things_is_left_alone(accession: Accession, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    done = accession("compare", "status-quo", "athens-first", *SMALL, "--out", "mine")
    assert done.returncode == 1
    assert "exists and is not a folder of results (there is 'letter.txt'); nothing was written" in done.stderr
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_scenario_with_a_change_is_an_argument_of_its_own(accession: Accession, tmp_path: Path) -> None:
    words = ("status-quo", "status-quo:settlement_rate=x2", "status-quo:settlement_rate=x1,settled_rate=0.5")
    done = accession("compare", *words, "--trajectories", "2000", "--worlds", "100")
    assert done.returncode == 0, done.stderr
    folder = "status-quo-vs-status-quo+settlement_rate=x2-vs-status-quo+settlement_rate=x1+settled_rate=0.5"
    assert f"results/{folder}" in done.stdout.replace("\n", "")
    made = json.loads((tmp_path / "results" / folder / "compare.json").read_text("utf-8"))
    assert [side["name"] for side in made["scenarios"]] == list(words)
    wrong = accession("compare", "status-quo", "status-quo:settlement_rat=2")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "settlement_rat" in wrong.stderr
    assert "settlement_rate" in wrong.stderr
