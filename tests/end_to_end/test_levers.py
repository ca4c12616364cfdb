"""The verbs levers and believe, as a user calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import accession
from tests.commands import Done

SMALL = ("--trajectories", "400", "--worlds", "100")
LEVERS = (
    "levers", "grammar-tour", "--step", "pfp", "--by", "2036", "--lever", "GRC", "--lever", "deal", *SMALL,
)  # fmt: skip
BELIEVE = ("believe", "grammar-tour", "--step", "map", "--by", "2036", "--above", "90 %", *SMALL)
Accession = Callable[..., Done]


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@pytest.mark.parametrize(
    ("asked", "folder", "name", "said"),
    [
        (LEVERS, "grammar-tour-levers-GRC-deal", "levers", "GRC + deal"),
        (BELIEVE, "grammar-tour-believe-map-2036-12-31-above-0.9", "believe", "all else as drawn"),
    ],
)
def test_a_screen_and_files_that_are_the_same_again(
    accession: Accession, tmp_path: Path, asked: tuple[str, ...], folder: str, name: str, said: str
) -> None:
    done = accession(*asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80  # the last line is a path
    found = files(tmp_path / "results" / folder)
    assert {"manifest.json", f"{name}.json", f"{name}.csv"} <= set(found)
    assert {"figures/levers.svg", "figures/alone.svg"} & set(found)
    again = accession(*asked, "--threads", "1", "--out", "again", "--json")
    assert files(tmp_path / "again") == found
    assert json.loads(again.stdout) == json.loads(found[f"{name}.json"])


def test_they_are_read_back(accession: Accession, tmp_path: Path) -> None:
    accession(*LEVERS, "--out", "levers", "--quiet")
    back = accession_read(tmp_path / "levers")
    assert isinstance(back, LeversResult)
    assert back.answer.voters == ("GRC",)
    kept = back.save(tmp_path / "kept")
    assert files(kept) == files(tmp_path / "levers")


accession_read, LeversResult = accession.read, accession.LeversResult


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("levers status-quo --lever GRE", "--lever GRE: not a lever here; did you mean 'GRC'?"),
        ("levers status-quo --on 2020-01-01", "--on 2020-01-01: allowed: 2026-12-01 to 2056-12-01"),
        ("levers status-quo --on soon", "--on soon: not a date"),
        ("levers status-quo --by 2060", "--by 2060-12-31: allowed: after 2026-12-01, up to 2056-12-01"),
        ("believe status-quo", "--above is missing; allowed: --above 50%, or --below 5%"),
        ("believe status-quo --above 50", "--above 50: not between 0 and 1; 50 % is written 50%, or 0.5"),
        ("believe status-quo --above 100%", "--above 100%: not between 0 and 1"),
        ("believe status-quo --above 50% --below 5%", "--above and --below together; allowed: one of them"),
        ("believe status-quo --above 50% --step pfb", "--step pfb: not a step; did you mean 'pfp'?"),
    ],
)
def test_what_cannot_be_asked_is_one_line(accession: Accession, command: str, said: str) -> None:
    done = accession(*command.split(), "--out", "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1
    assert not Path("nowhere").exists()
