"""The verb bids, as a user calls it: the three bids of March 2022 in the same futures."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.commands import CHECKOUT, Done

SMALL = ("--trajectories", "1000", "--worlds", "100")
THREE = ("status-quo", "european-union", "council-of-europe")
FILES = {
    "before_each_other.csv", "bids.html", "bids.json", "conditional.csv", "figures/bids.png", "figures/bids.svg",
    "first.csv", "manifest.json", "probabilities.csv", "trajectories.parquet",
}  # fmt: skip
SHARED = [
    "settlement", "north", "washington",
    *(f"{code}.{chain}" for code in ("GRC", "ROU", "SVK", "ESP") for chain in ("stance", "government")),
]  # fmt: skip
Accession = Callable[..., Done]


def test_the_three_bids(accession: Accession, tmp_path: Path) -> None:
    done = accession("bids", *THREE, *SMALL)
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "results" / "status-quo-vs-european-union-vs-council-of-europe-bids"
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert found == FILES
    made = json.loads((folder / "bids.json").read_text("utf-8"))
    sharing = made["sharing"]
    assert set(SHARED) <= set(sharing["same"])
    assert [d["chain"] for d in sharing["different"]] in ([], ["CYP.stance"])
    shown = " ".join(done.stdout.split())
    assert "Equal to the bit in all bids, in every state and all 1,000 futures: settlement, north," in shown
    assert "Voters only in status-quo: CAN and USA." in shown
    assert max(map(len, done.stdout.splitlines())) <= 80
    page = (folder / "bids.html").read_text("utf-8")
    for text in (shown, page.replace("\u00a0", " ")):
        assert " 0 %" not in text
        assert "100 %" not in text
        assert "CYP.stance" in text
    assert not any(said in page for said in (str(tmp_path), str(CHECKOUT), os.uname().nodename, "://"))
    table = pd.read_parquet(folder / "trajectories.parquet")
    assert len(table) == 1000
    assert table["european-union: accession"].notna().sum() <= table["european-union: opinion"].notna().sum()
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["subject"]["verb"] == "bids"
    assert [s["name"] for s in manifest["scenarios"]] == list(THREE)
    # something else may not take its place
    other = accession("bids", *THREE[:2], *SMALL, "--out", str(folder))
    assert other.returncode == 1
    assert "holds results of something else (bids of status-quo" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("status-quo", "march-2022"),
            "bids: not one start (status-quo: 2026-12-01; march-2022: 2022-03-03)",
        ),
        (("status-quo", "candidate"), "bids: not one candidate (status-quo: XKX; candidate: MNE)"),
        (("status-quo", "grammar-tour", "--trajectories", "10"), "--trajectories 10"),
    ],
)
def test_bids_that_cannot_be_held_together(
    accession: Accession, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = accession("bids", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
